//! Who waits for a deadline, the next one first.

#[cfg(test)]
mod tests;

use std::task::Waker;

use slab::Slab;
use tokio::time::Instant;

/// Those who wait, linked in the order of their deadlines, which most often is the order in which they come.
///
/// Whoever leaves from the middle leaves no trace, so it is as large as the most that were there at once.
pub(super) struct Queue {
    places: Slab<Waiting>,
    first: u32,
    last: u32,
}

/// No place.
const NONE: u32 = u32::MAX;

struct Waiting {
    /// `None` when it has passed; then it is not linked any more.
    at: Option<Instant>,
    /// `None` when it was called.
    waker: Option<Waker>,
    before: u32,
    after: u32,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Self {
            places: Slab::new(),
            first: NONE,
            last: NONE,
        }
    }

    /// The next deadline.
    #[inline]
    pub(super) fn next(&self) -> Option<Instant> {
        (self.first != NONE).then(|| self.at(self.first).at.expect("who is linked waits"))
    }

    /// Lets somebody wait, and gives the place.
    pub(super) fn push(&mut self, at: Instant, waker: Waker) -> u32 {
        let mut before = self.last;
        while before != NONE && self.at(before).at > Some(at) {
            before = self.at(before).before;
        }
        let after = match before {
            NONE => self.first,
            before => self.at(before).after,
        };
        let place = self.places.insert(Waiting {
            at: Some(at),
            waker: Some(waker),
            before,
            after,
        });
        let place = u32::try_from(place).expect("so many do not fit into memory");
        self.link(before, place);
        self.link(place, after);
        place
    }

    /// Whether the deadline of this place has passed.
    #[inline]
    pub(super) fn is_late(&self, place: u32) -> bool {
        self.at(place).at.is_none()
    }

    /// Whom to wake for this place.
    #[inline]
    pub(super) fn waker(&mut self, place: u32) -> &mut Option<Waker> {
        &mut self.at_mut(place).waker
    }

    /// Whoever had this place waits no longer.
    pub(super) fn remove(&mut self, place: u32) -> Option<Waker> {
        let waiting = self.places.remove(place as usize);
        if waiting.at.is_some() {
            self.link(waiting.before, waiting.after);
        }
        waiting.waker
    }

    /// Lets the deadlines up to `now` pass, and gives whom to tell.
    pub(super) fn pass(&mut self, now: Instant) -> Vec<Waker> {
        let mut wakers = Vec::new();
        while self.next().is_some_and(|at| at <= now) {
            let waiting = self.at_mut(self.first);
            waiting.at = None;
            wakers.extend(waiting.waker.take());
            let (before, after) = (waiting.before, waiting.after);
            self.link(before, after);
        }
        wakers
    }

    /// Gives all who wait, to be called though nothing has passed.
    pub(super) fn call(&mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let mut place = self.first;
        while place != NONE {
            let waiting = self.at_mut(place);
            wakers.extend(waiting.waker.take());
            place = waiting.after;
        }
        wakers
    }

    /// Makes two places neighbours; none before the first, and none after the last.
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
    fn at(&self, place: u32) -> &Waiting {
        &self.places[place as usize]
    }

    #[inline]
    fn at_mut(&mut self, place: u32) -> &mut Waiting {
        &mut self.places[place as usize]
    }
}
