//! A queue of deadlines and their wakers, the next deadline first.

#[cfg(test)]
mod tests;

use std::task::Waker;

use slab::Slab;
use tokio::time::Instant;

/// Waiters in a doubly linked list, sorted by deadline. Most deadlines come in order, so a new one is inserted from the end.
///
/// Removed waiters are unlinked and their nodes are reused, so the memory is bounded by the peak number of waiters.
pub(super) struct DeadlineQueue {
    waiters: Slab<Waiter>,
    first: u32,
    last: u32,
}

/// The key of no waiter: the end of the list.
const NONE: u32 = u32::MAX;

struct Waiter {
    /// `None` once the deadline has passed. Then the waiter is no longer in the list.
    at: Option<Instant>,
    /// `None` once it was taken out to be woken.
    waker: Option<Waker>,
    before: u32,
    after: u32,
}

impl DeadlineQueue {
    pub(super) const fn new() -> Self {
        Self {
            waiters: Slab::new(),
            first: NONE,
            last: NONE,
        }
    }

    /// Returns the next deadline.
    #[inline]
    pub(super) fn next(&self) -> Option<Instant> {
        (self.first != NONE).then(|| self.at(self.first).at.expect("it is in the list"))
    }

    /// Inserts a waiter under a new key.
    pub(super) fn push(&mut self, at: Instant, waker: Waker) -> u32 {
        let mut before = self.last;
        while before != NONE && self.at(before).at > Some(at) {
            before = self.at(before).before;
        }
        let after = match before {
            NONE => self.first,
            before => self.at(before).after,
        };
        let key = self.waiters.insert(Waiter {
            at: Some(at),
            waker: Some(waker),
            before,
            after,
        });
        let key = u32::try_from(key).expect("2^32 waiters do not fit into memory");
        self.link(before, key);
        self.link(key, after);
        key
    }

    /// Checks whether the deadline of this waiter has passed.
    #[inline]
    pub(super) fn has_expired(&self, key: u32) -> bool {
        self.at(key).at.is_none()
    }

    /// Returns the waker of this waiter.
    #[inline]
    pub(super) fn waker(&mut self, key: u32) -> &mut Option<Waker> {
        &mut self.at_mut(key).waker
    }

    /// Removes a waiter and hands back its waker.
    pub(super) fn remove(&mut self, key: u32) -> Option<Waker> {
        let waiter = self.waiters.remove(key as usize);
        if waiter.at.is_some() {
            self.link(waiter.before, waiter.after);
        }
        waiter.waker
    }

    /// Expires the deadlines up to `now`, and returns their wakers.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Waker> {
        let mut wakers = Vec::new();
        while self.next().is_some_and(|at| at <= now) {
            let waiter = self.at_mut(self.first);
            waiter.at = None;
            wakers.extend(waiter.waker.take());
            let (before, after) = (waiter.before, waiter.after);
            self.link(before, after);
        }
        wakers
    }

    /// Takes all wakers out. No deadline expires by this.
    pub(super) fn take_wakers(&mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let mut key = self.first;
        while key != NONE {
            let waiter = self.at_mut(key);
            wakers.extend(waiter.waker.take());
            key = waiter.after;
        }
        wakers
    }

    /// Makes two waiters neighbours. `NONE` is the end of the list.
    fn link(&mut self, before: u32, after: u32) {
        match before {
            NONE => self.first = after,
            before => self.at_mut(before).after = after,
        }
        match after {
            NONE => self.last = before,
            after => self.at_mut(after).before = before,
        }
    }

    #[inline]
    fn at(&self, key: u32) -> &Waiter {
        &self.waiters[key as usize]
    }

    #[inline]
    fn at_mut(&mut self, key: u32) -> &mut Waiter {
        &mut self.waiters[key as usize]
    }
}
