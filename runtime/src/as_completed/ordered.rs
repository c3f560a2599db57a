//! In which order a stream yields its results: as they complete, or with `ordered = true` in the order of their indices.
//!
//! With `ordered`, results that have to wait are stored in a window, from the result that is next to the last one that is done. Its
//! slots have the numbers of the branches, so nothing is sorted. Each result in the window counts for the `limit`, so under a limit the
//! window is as long as the limit, unless branches in it were canceled.

use std::{collections::VecDeque, future::Future, mem, task::Context};

use super::Feed;
use crate::{
    completion::{Live, Take},
    error::TimedOut,
    panics::Panics,
    pending::{Entry, Pending},
    set::{Close, Progress},
    supply::Supply,
};

/// The order in which a stream of the branches `F`, which it takes from `I`, yields their results.
pub trait ResultOrder<F: Future, I> {
    /// The set as it is polled.
    #[doc(hidden)]
    type Live<'a>: Live<Output = F::Output>
    where
        Self: 'a,
        F: 'a,
        I: 'a;

    /// Borrows the set to poll it.
    #[doc(hidden)]
    fn live<'a>(&'a mut self, feed: &'a mut Feed<F, I>) -> Self::Live<'a>;

    /// Returns the number of results that are stored here.
    #[doc(hidden)]
    fn stored(&self) -> usize;

    /// Drops the branch with this index, or its result. Returns whether there was one.
    #[doc(hidden)]
    fn cancel(&mut self, feed: &mut Feed<F, I>, index: usize) -> bool;

    /// Adds the results that are stored here to those of the set.
    #[doc(hidden)]
    fn return_to(self, pending: &mut Pending<F>);
}

/// Results are yielded as they complete.
#[derive(Clone, Copy, Debug)]
pub struct CompletionOrder;

impl<F: Future, I: Supply<Entry<F>>> ResultOrder<F, I> for CompletionOrder {
    type Live<'a>
        = &'a mut Feed<F, I>
    where
        F: 'a,
        I: 'a;

    #[inline]
    fn live<'a>(&'a mut self, feed: &'a mut Feed<F, I>) -> &'a mut Feed<F, I> {
        feed
    }

    #[inline]
    fn stored(&self) -> usize {
        0
    }

    #[inline]
    fn cancel(&mut self, feed: &mut Feed<F, I>, index: usize) -> bool {
        feed.pending.cancel(index)
    }

    #[inline]
    fn return_to(self, _: &mut Pending<F>) {}
}

/// Results are yielded in the order of their indices, which is the order of arguments and pushes.
#[derive(Debug)]
pub struct ArgumentOrder<T> {
    /// The results, from the one that is next.
    window: VecDeque<Slot<T>>,
    /// The number of the first slot of the window.
    first: usize,
    /// The number of results in the window.
    stored: usize,
    /// The indices of the branches that were in the set before, if some indices before the next one are not in it. Their slots
    /// have the first numbers, and the slot of the next index comes after them.
    earlier: Vec<usize>,
    /// The index of the slot after those of `earlier`.
    next: usize,
    /// Whether the branches that are not done were dropped, so results after them need not wait.
    has_ended: bool,
}

#[derive(Debug)]
enum Slot<T> {
    /// Of a branch that is not done.
    Waiting,
    Done(T),
    /// Of a branch that was canceled.
    Canceled,
}

impl<T> ArgumentOrder<T> {
    /// Returns the order of the results of a set that is about to be polled.
    pub(super) fn new<F: Future<Output = T>>(pending: &mut Pending<F>) -> Self {
        let next = pending.next_index();
        let (earlier, next) = if pending.len() == next {
            (Vec::new(), 0)
        } else {
            (pending.indices(), next)
        };
        Self {
            window: VecDeque::new(),
            first: 0,
            stored: 0,
            earlier,
            next,
            has_ended: false,
        }
    }

    /// Returns the number of the slot for the result with this index.
    #[inline]
    fn number(&self, index: usize) -> Option<usize> {
        if index >= self.next {
            Some(self.earlier.len() + index - self.next)
        } else {
            self.earlier.binary_search(&index).ok()
        }
    }

    /// Returns the index of the first slot.
    fn first_index(&self) -> usize {
        let earlier = self.earlier.get(self.first).copied();
        earlier.unwrap_or_else(|| self.next + self.first - self.earlier.len())
    }

    /// Fills the slot with this index. Returns the result that was in it.
    #[inline]
    fn fill(&mut self, index: usize, content: Slot<T>) -> Option<T> {
        let at = self.number(index)?.checked_sub(self.first)?;
        while self.window.len() <= at {
            self.window.push_back(Slot::Waiting);
        }
        self.stored += usize::from(matches!(content, Slot::Done(_)));
        match mem::replace(&mut self.window[at], content) {
            Slot::Done(output) => {
                self.stored -= 1;
                Some(output)
            }
            Slot::Waiting | Slot::Canceled => None,
        }
    }

    /// Returns whether the result that is next is done.
    #[inline]
    fn is_ready(&mut self) -> bool {
        while let Some(slot) = self.window.front() {
            match slot {
                Slot::Done(_) => return true,
                Slot::Waiting if !self.has_ended => return false,
                Slot::Waiting | Slot::Canceled => {
                    self.window.pop_front();
                    self.first += 1;
                }
            }
        }
        false
    }

    /// Takes the result that is next, if it is done.
    #[inline]
    fn pop(&mut self) -> Option<(usize, T)> {
        if !self.is_ready() {
            return None;
        }
        let index = self.first_index();
        let Some(Slot::Done(output)) = self.window.pop_front() else {
            unreachable!("the first one is done")
        };
        self.first += 1;
        self.stored -= 1;
        Some((index, output))
    }

    /// Takes the results of a set over.
    #[inline]
    fn take_from<F: Future<Output = T>>(&mut self, pending: &mut Pending<F>) {
        while let Some((index, output)) = pending.pop() {
            self.fill(index, Slot::Done(output));
        }
    }

    /// Drops all results but the first `kept` slots.
    #[cold]
    fn drop_results(&mut self, kept: usize, panics: &mut Panics) {
        self.stored = kept;
        for slot in self.window.split_off(kept) {
            panics.drop(slot);
        }
    }
}

impl<T> Drop for ArgumentOrder<T> {
    fn drop(&mut self) {
        if self.stored > 0 {
            let mut panics = Panics::default();
            self.drop_results(0, &mut panics);
            panics.resume();
        }
    }
}

impl<F: Future<Output = T>, I: Supply<Entry<F>>, T> ResultOrder<F, I> for ArgumentOrder<T> {
    type Live<'a>
        = Ordered<'a, F, I, T>
    where
        Self: 'a,
        F: 'a,
        I: 'a;

    #[inline]
    fn live<'a>(&'a mut self, feed: &'a mut Feed<F, I>) -> Ordered<'a, F, I, T> {
        Ordered { feed, order: self }
    }

    #[inline]
    fn stored(&self) -> usize {
        self.stored
    }

    fn cancel(&mut self, feed: &mut Feed<F, I>, index: usize) -> bool {
        let mut panics = Panics::default();
        let mut is_found = false;
        panics.run(|| is_found = feed.pending.cancel(index));
        let at = self.number(index);
        let at = at.and_then(|number| number.checked_sub(self.first));
        let slot = at.and_then(|at| self.window.get(at));
        // If the drop of a branch has panicked, the branch is gone, too.
        if is_found || panics.is_some() || matches!(slot, Some(Slot::Done(_))) {
            is_found = true;
            let output = self.fill(index, Slot::Canceled);
            panics.drop(output);
        }
        panics.resume();
        is_found
    }

    fn return_to(mut self, pending: &mut Pending<F>) {
        self.take_from(pending);
        self.has_ended = true;
        while let Some((index, output)) = self.pop() {
            pending.push_ready(index, output);
        }
    }
}

/// A set with results that are yielded in the order of their indices.
#[allow(
    missing_debug_implementations,
    reason = "it is borrowed for one poll only"
)]
pub struct Ordered<'a, F: Future, I, T> {
    feed: &'a mut Feed<F, I, T>,
    order: &'a mut ArgumentOrder<T>,
}

impl<F: Future<Output = T>, I: Supply<Entry<F>>, T> Ordered<'_, F, I, T> {
    /// Returns the permits of a limit for the set, in which those of the results in the window are not counted.
    fn permits(&self, limit: Option<usize>) -> Option<usize> {
        limit.map(|limit| limit.saturating_sub(self.order.stored))
    }
}

impl<F: Future<Output = T>, I: Supply<Entry<F>>, T> Live for Ordered<'_, F, I, T> {
    type Output = T;

    /// With [`Take::One`] the turn ends at the result that is next. Other results do not end it, because they cannot be yielded.
    fn turn(&mut self, cx: &mut Context<'_>, limit: Option<usize>, take: Take) -> Progress {
        loop {
            let permits = self.permits(limit);
            let guard = ClearOnPanic(self);
            let mut feed = &mut *guard.0.feed;
            let progress = feed.turn(cx, permits, take);
            mem::forget(guard);
            self.order.take_from(&mut self.feed.pending);
            if progress != Progress::Stopped(()) || self.order.is_ready() {
                return progress;
            }
        }
    }

    fn len(&self) -> usize {
        self.feed.size_hint().0.saturating_add(self.order.stored)
    }

    #[inline]
    fn ready(&self) -> usize {
        self.feed.pending.ready() + self.order.stored
    }

    #[inline]
    fn pop(&mut self) -> Option<(usize, T)> {
        self.order.take_from(&mut self.feed.pending);
        self.order.pop()
    }

    #[inline]
    fn is_live(&self) -> bool {
        self.feed.is_live()
    }

    fn taken(&self) -> usize {
        self.feed.pending.taken() + self.order.stored
    }

    fn close(&mut self, close: Close, limit: Option<usize>) {
        let permits = self.permits(limit);
        self.feed.close(close, permits);
    }

    #[inline]
    fn reopen(&mut self) {
        self.feed.pending.reopen();
    }

    #[inline]
    fn rest(&mut self) {
        self.feed.pending.reset_budget();
    }

    fn expire(&mut self, late: TimedOut) -> Option<TimedOut> {
        self.order.has_ended = true;
        let mut feed = &mut *self.feed;
        feed.expire(late)
    }

    fn stop(&mut self, keeps_results: bool) {
        let kept = usize::from(keeps_results && self.order.is_ready());
        let mut panics = Panics::default();
        let mut feed = &mut *self.feed;
        panics.run(|| feed.stop(false));
        self.order.drop_results(kept, &mut panics);
        panics.resume();
    }
}

/// Drops the results in the window when a branch panics.
struct ClearOnPanic<'a, 'b, F: Future, I, T>(&'a mut Ordered<'b, F, I, T>);

impl<F: Future, I, T> Drop for ClearOnPanic<'_, '_, F, I, T> {
    #[cold]
    fn drop(&mut self) {
        let mut panics = Panics::default();
        self.0.order.drop_results(0, &mut panics);
        panics.resume();
    }
}
