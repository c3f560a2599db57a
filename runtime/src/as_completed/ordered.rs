//! In which order a stream yields its results: as they complete, or with `ordered = true` in the order of their indices.
//!
//! With `ordered`, results that have to wait are stored in a window, from the result that is next to the last one that is done. The
//! slots of the window have the numbers of the branches, so nothing is sorted. Each result in the window counts for the `limit`, so under
//! a limit the window is as long as the limit, unless branches in it were canceled.

use std::{future::Future, mem, ops::ControlFlow, task::Context};

use super::Feed;
use crate::{
    completion::{Live, Take},
    error::TimedOut,
    panics::Panics,
    pending::{Entry, Keep, Pending, Results},
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

    /// Moves the results that are stored here to the set.
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
    /// The window, as a ring: the slot with the number `n` is at `n` modulo the length, which is zero or a power of two.
    slots: Vec<Slot<T>>,
    /// The number of the slot for the result that is next.
    first: usize,
    /// The number of results in the window.
    stored: usize,
    /// The indices of the branches that were in the set before, if some indices before the next one are not in it. Their slots
    /// have the first numbers, and the slot of the next index comes after them.
    earlier: Vec<usize>,
    /// The index of the first branch that is not in `earlier`.
    next: usize,
    /// Whether a branch was canceled.
    has_canceled: bool,
    /// Whether the branches that are not done were dropped, so results after them need not wait.
    has_ended: bool,
}

#[derive(Debug, Default)]
enum Slot<T> {
    /// Of a branch that is not done.
    #[default]
    Waiting,
    Done(T),
    /// Of a branch that was canceled.
    Canceled,
}

impl<T> ArgumentOrder<T> {
    /// The number of slots to begin with.
    const FIRST_CAPACITY: usize = 8;

    /// Returns the order of the results of a set that is about to be polled.
    pub(super) fn new<F: Future<Output = T>>(pending: &Pending<F>) -> Self {
        let next = pending.next_index();
        let (earlier, next) = if pending.len() == next {
            (Vec::new(), 0)
        } else {
            (pending.indices(), next)
        };
        Self {
            slots: Vec::new(),
            first: 0,
            stored: 0,
            earlier,
            next,
            has_canceled: false,
            has_ended: false,
        }
    }

    /// Computes the number of the slot for the result with this index.
    #[inline]
    fn number(&self, index: usize) -> Option<usize> {
        if index >= self.next {
            Some(self.earlier.len() + (index - self.next))
        } else {
            self.earlier.binary_search(&index).ok()
        }
    }

    /// Computes the index of the result that is next.
    #[inline]
    fn first_index(&self) -> usize {
        let earlier = self.earlier.get(self.first).copied();
        earlier.unwrap_or_else(|| self.next + (self.first - self.earlier.len()))
    }

    /// Finds a slot of the window in the ring; `None` if the ring is empty.
    #[inline]
    fn slot(&mut self, number: usize) -> Option<&mut Slot<T>> {
        let mask = self.slots.len().wrapping_sub(1);
        self.slots.get_mut(number & mask)
    }

    /// Fills the slot of this index, and returns its previous content.
    #[inline]
    fn fill(&mut self, index: usize, content: Slot<T>) -> Slot<T> {
        let number = self.number(index);
        let number = number.expect("the index is one of the set");
        if number - self.first >= self.slots.len() {
            self.grow(number - self.first + 1);
        }
        let slot = self.slot(number).expect("the ring has grown");
        mem::replace(slot, content)
    }

    /// Makes the ring as long as a window of this length needs.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, length: usize) {
        let length = length.max(Self::FIRST_CAPACITY).next_power_of_two();
        let mut slots = Vec::new();
        slots.resize_with(length, Slot::default);
        for number in self.first..self.first + self.slots.len() {
            if let Some(slot) = self.slot(number) {
                slots[number & (length - 1)] = mem::take(slot);
            }
        }
        self.slots = slots;
    }

    /// Goes on to the next slot.
    #[inline]
    fn advance(&mut self) {
        self.first += 1;
        if self.has_canceled {
            self.skip();
        }
    }

    /// Skips slots of branches that were canceled, and once the branches have ended all slots before the next result.
    #[cold]
    fn skip(&mut self) {
        let has_later = self.has_ended && self.stored > 0;
        while let Some(slot) = self.slot(self.first) {
            match slot {
                Slot::Canceled => *slot = Slot::Waiting,
                Slot::Waiting if has_later => {}
                Slot::Waiting | Slot::Done(_) => break,
            }
            self.first += 1;
        }
    }

    /// Subtracts the permits that results in the window hold from a limit.
    #[inline]
    fn permits_of(&self, limit: Option<usize>) -> Option<usize> {
        limit.map(|limit| limit.saturating_sub(self.stored))
    }

    /// Checks whether the result with this index is next.
    #[inline]
    fn is_next(&self, index: usize) -> bool {
        self.number(index) == Some(self.first)
    }

    /// Checks whether the first result of the set is next.
    #[inline]
    fn is_next_in<F: Future<Output = T>>(&self, pending: &Pending<F>) -> bool {
        pending
            .first_ready()
            .is_some_and(|index| self.is_next(index))
    }

    /// Takes the result that is next, if it is done.
    #[inline]
    fn pop<F: Future<Output = T>>(&mut self, pending: &mut Pending<F>) -> Option<(usize, T)> {
        // Most results that are next do not pass through the window.
        if self.is_next_in(pending) {
            self.advance();
            return pending.pop();
        }
        self.take_from(pending);
        if self.stored == 0 {
            return None;
        }
        if self.has_ended {
            self.skip();
        }
        let slot = self.slot(self.first)?;
        let Slot::Done(output) = mem::take(slot) else {
            return None;
        };
        let index = self.first_index();
        self.stored -= 1;
        self.advance();
        Some((index, output))
    }

    /// Takes the results of a set over.
    #[inline]
    fn take_from<F: Future<Output = T>>(&mut self, pending: &mut Pending<F>) {
        while let Some((index, output)) = pending.pop() {
            self.store(index, output);
        }
    }

    /// Stores a result in the window.
    #[inline]
    fn store(&mut self, index: usize, output: T) {
        self.fill(index, Slot::Done(output));
        self.stored += 1;
    }

    /// Removes the branch with this index, which is not done or in the window. Returns its result.
    fn remove(&mut self, index: usize) -> Option<T> {
        self.has_canceled = true;
        let removed = self.fill(index, Slot::Canceled);
        self.skip();
        match removed {
            Slot::Done(output) => {
                self.stored -= 1;
                Some(output)
            }
            Slot::Waiting | Slot::Canceled => None,
        }
    }

    /// Checks whether the window has a result with this index.
    fn has(&mut self, index: usize) -> bool {
        let Some(number) = self.number(index) else {
            return false;
        };
        let is_inside = number >= self.first && number - self.first < self.slots.len();
        is_inside && matches!(self.slot(number), Some(Slot::Done(_)))
    }

    /// Drops the results in the window.
    #[cold]
    fn drop_results(&mut self, panics: &mut Panics) {
        self.stored = 0;
        for number in self.first..self.first + self.slots.len() {
            panics.drop(self.slot(number).map(mem::take));
        }
    }
}

impl<T> Drop for ArgumentOrder<T> {
    fn drop(&mut self) {
        if self.stored > 0 {
            let mut panics = Panics::default();
            self.drop_results(&mut panics);
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
        // Slots are only skipped if their results are not in the set.
        self.take_from(&mut feed.pending);
        let mut panics = Panics::default();
        let mut is_found = false;
        panics.run(|| is_found = feed.pending.cancel(index));
        // If the drop of a branch has panicked, the branch is gone, too.
        if is_found || panics.is_some() || self.has(index) {
            is_found = true;
            panics.drop(self.remove(index));
        }
        panics.resume();
        is_found
    }

    fn return_to(mut self, pending: &mut Pending<F>) {
        self.take_from(pending);
        self.has_ended = true;
        // They are collected first, because `pop` would take them from the set again.
        let mut all = Vec::with_capacity(self.stored);
        while let Some(result) = self.pop(pending) {
            all.push(result);
        }
        for (index, output) in all {
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

/// Stores the outputs of a poll in the window, except the one that is next if `take` lets it end the poll.
struct KeepInOrder<'a, T> {
    order: &'a mut ArgumentOrder<T>,
    take: Take,
}

impl<T> Keep<T> for KeepInOrder<'_, T> {
    #[inline]
    fn keep(
        &mut self,
        results: &mut Results<T>,
        index: usize,
        output: T,
        expected: usize,
    ) -> ControlFlow<()> {
        if self.take == Take::One && self.order.is_next(index) {
            results.push(index, output, expected);
            return ControlFlow::Break(());
        }
        self.order.store(index, output);
        ControlFlow::Continue(())
    }

    #[inline]
    fn permits_of(&self, limit: Option<usize>) -> Option<usize> {
        self.order.permits_of(limit)
    }
}

impl<F: Future<Output = T>, I: Supply<Entry<F>>, T> Live for Ordered<'_, F, I, T> {
    type Output = T;

    /// With [`Take::One`] the turn ends at the result that is next. Other results do not end it, because they cannot be yielded.
    fn turn(&mut self, cx: &mut Context<'_>, limit: Option<usize>, take: Take) -> Progress {
        let guard = ClearOnPanic(self);
        let Ordered { feed, order } = &mut *guard.0;
        let kept = KeepInOrder { order, take };
        let progress = (feed.pending).poll_keeping(cx, &mut feed.source, limit, kept);
        mem::forget(guard);
        progress
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
        self.order.pop(&mut self.feed.pending)
    }

    #[inline]
    fn is_live(&self) -> bool {
        self.feed.is_live()
    }

    fn taken(&self) -> usize {
        self.feed.pending.taken() + self.order.stored
    }

    fn close(&mut self, close: Close, limit: Option<usize>) {
        self.feed.close(close, self.order.permits_of(limit));
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
        // A result that is next is in the set, because a turn ends at it.
        let keeps_results = keeps_results && self.order.is_next_in(&self.feed.pending);
        let mut panics = Panics::default();
        let mut feed = &mut *self.feed;
        panics.run(|| feed.stop(keeps_results));
        self.order.drop_results(&mut panics);
        panics.resume();
    }
}

/// Drops the results in the window when a branch panics.
struct ClearOnPanic<'a, 'b, F: Future, I, T>(&'a mut Ordered<'b, F, I, T>);

impl<F: Future, I, T> Drop for ClearOnPanic<'_, '_, F, I, T> {
    #[cold]
    fn drop(&mut self) {
        let mut panics = Panics::default();
        self.0.order.drop_results(&mut panics);
        panics.resume();
    }
}
