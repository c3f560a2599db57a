//! The engine: a set of futures of one type, which polls only the futures that were woken.
//!
//! ```text
//! Set<F> ── RawSet ── Segment ── Memory: the futures, pinned
//!             │          └────── Block: ready bits and the parent's waker ◄── wakers, on any thread
//!             └────── Segment ..   (each twice as large as all before it)
//! ```
//!
//! A future is written into a slot, is polled once, and from then on is polled whenever the ready bit of its slot is
//! set. The wakers of a segment's slots share one block, which is allocated when the first of them is cloned. Futures
//! that became ready between two polls are polled in the order in which they were pushed.
//!
//! Everything is compiled once for all types of futures: [`raw::RawSet`] knows their layout and how to drop one
//! ([`visit::Vtable`]), and polls them through a visitor of the caller ([`visit::Visit`]). [`Set`] only adds the type
//! of the futures.
//!
//! Apart from `gather::build`, this is the only part of the crate with `unsafe` code. [`block::Block`],
//! [`parent::Parent`], [`memory::Memory`] and [`slots::Segment`] document which thread may access each of their parts.

#![allow(
    unsafe_code,
    reason = "pinned slots and hand-made wakers; see the invariants on each type"
)]
#![allow(
    clippy::cast_ptr_alignment,
    reason = "a block's parts are laid out by hand, and aligned"
)]

mod bits;
mod block;
mod cancel;
mod close;
mod detached;
mod entry;
mod header;
mod memory;
#[cfg(all(test, rejoin_loom))]
pub(crate) mod model;
mod order;
mod outlined;
mod outputs;
mod owner;
mod parent;
mod raw;
mod segments;
mod slots;
mod sort;
mod state;
mod static_set;
mod static_wakers;
mod sweep;
#[cfg(all(test, not(rejoin_loom)))]
mod tests;
mod turn;
mod visit;
mod wake;
mod waker;
mod walk;

use std::{
    future::Future,
    marker::PhantomData,
    mem::{self, ManuallyDrop},
    ops::ControlFlow,
    pin::Pin,
    task::Context,
};

pub(crate) use self::{
    close::Close,
    header::LARGEST,
    outlined::Outlined,
    outputs::Outputs,
    raw::FIRST,
    static_set::StaticSet,
    static_wakers::{First, StaticWakers, WokenBranches},
    turn::{POLL_BUDGET_WITH_STARTS, Permits},
    waker::{LentWakers, PolledSlot},
};
pub use self::{
    entry::{Entry, Sum},
    turn::Progress,
};
use self::{
    memory::Parts,
    raw::RawSet,
    visit::{Visitor, Visits, Vtable},
};
use crate::panics::Panics;

/// A set of futures; see the module.
///
/// Invariant: the futures in `raw` are `F`s.
pub(crate) struct Set<F> {
    raw: ManuallyDrop<RawSet>,
    futures: PhantomData<F>,
}

impl<F: Future> Set<F> {
    /// Returns an empty set.
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            raw: ManuallyDrop::new(RawSet::new(Vtable::of::<F>())),
            futures: PhantomData,
        }
    }

    /// Returns a set of `futures`, which takes over the vector's memory.
    #[inline]
    pub(crate) fn from_vec(futures: Vec<F>) -> Self {
        // SAFETY: these are the parts of a vector of `F`s, which is not used after this.
        let raw = unsafe { RawSet::from_vec(Vtable::of::<F>(), Parts::of(futures)) };
        Self {
            raw: ManuallyDrop::new(raw),
            futures: PhantomData,
        }
    }

    /// Pushes `futures`. A set to which nothing was pushed takes over the vector's memory.
    pub(crate) fn fill(&mut self, futures: Vec<F>) {
        // SAFETY: these are the parts of a vector of `F`s, which is not used after this.
        unsafe { self.raw.fill(Parts::of(futures)) }
    }

    /// Announces that about `futures` futures will be pushed.
    pub(crate) fn expect(&mut self, futures: usize) {
        self.raw.expect(futures);
    }

    /// Adds a future, which is not polled here, and gives its index: the number of futures pushed before it.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a future that is handed on is copied once more, and that waits for what was just written of it"
    )]
    pub(crate) fn push(&mut self, future: F) -> usize {
        // SAFETY: the slot is for an `F`, and one is written there at once.
        unsafe {
            let (slot, index) = self.raw.claim();
            slot.cast::<F>().write(future);
            index
        }
    }

    /// Makes `index` the index of the next push, unless that is higher already.
    pub(crate) fn skip_to(&mut self, index: usize) {
        self.raw.skip_to(index);
    }

    /// Returns the index of the next push.
    pub(crate) fn next_index(&self) -> usize {
        self.raw.order.next_index()
    }

    /// Returns the number of futures that were polled and are not done.
    pub(crate) fn running(&self) -> usize {
        self.raw.running
    }

    /// Returns the number of futures that were never polled.
    pub(crate) fn unpolled(&self) -> usize {
        self.raw.order.unpolled()
    }

    /// Polls the futures that were woken before this call and, as far as there are `permits`, those that were never
    /// polled, each in the order in which they were pushed, and gives the index and the output of each that is done to
    /// `done`. The caller calls [`yielding`](Self::yielding) at the end of its turn.
    pub(crate) fn poll<B>(
        &mut self,
        cx: &mut Context<'_>,
        permits: Permits,
        done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Progress<B> {
        self.poll_with(done, |raw, visits| raw.poll(cx, permits, visits))
    }

    /// Polls the futures that were never polled, as far as there are `permits`, and does with each as [`poll`](Self::poll) does.
    pub(crate) fn poll_unpolled<B>(
        &mut self,
        cx: &mut Context<'_>,
        permits: Permits,
        done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Progress<B> {
        self.poll_with(done, |raw, visits| raw.poll_unpolled(cx, permits, visits))
    }

    /// Polls the futures that are left of those that were woken before a turn that was cut short, and at most this number of those
    /// that were never polled, and does with each as [`poll`](Self::poll) does.
    pub(crate) fn poll_rest<B>(
        &mut self,
        cx: &mut Context<'_>,
        unpolled: usize,
        done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Progress<B> {
        self.poll_with(done, |raw, visits| raw.poll_rest(cx, unpolled, visits))
    }

    #[inline]
    fn poll_with<B>(
        &mut self,
        done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
        poll: impl FnOnce(&mut RawSet, &mut Visits<'_>) -> Progress,
    ) -> Progress<B> {
        let mut visitor = Visitor::<F, _, B>::new(done);
        // SAFETY: the set holds `F`s, which the visitor knows.
        let mut visits = unsafe { Visits::new(&mut visitor) };
        match poll(&mut self.raw, &mut visits) {
            Progress::Done => Progress::Done,
            Progress::Yielded => Progress::Yielded,
            Progress::Stopped(()) => {
                Progress::Stopped(visitor.into_stopped().expect("it has stopped"))
            }
        }
    }

    /// Wakes the caller, and yields to the runtime, if the turn was cut short.
    #[inline]
    pub(crate) fn yielding<B>(&mut self, cx: &Context<'_>, turn: Progress<B>) -> Progress<B> {
        if let Progress::Yielded = turn {
            self.raw.yield_now(cx);
        }
        turn
    }

    /// Notes that the set returns to the runtime for a reason of its own.
    #[inline]
    pub(crate) fn reset_budget(&mut self) {
        self.raw.polls = 0;
    }

    /// Lets only those futures be polled from now on that were woken or pushed before, so that the set comes to an end
    /// whatever they wake: a turn that is [`Progress::Done`] is the last one. Under a limit `starts` says how many futures may
    /// still have their first poll; without one, those that were pushed.
    ///
    /// Does nothing if the set comes to an end already.
    pub(crate) fn close(&mut self, close: Close, starts: Option<usize>) {
        self.raw.close(close, starts);
    }

    /// Ends [`close`](Self::close): allows all polls again.
    #[inline]
    pub(crate) fn reopen(&mut self) {
        self.raw.closing = None;
    }

    /// Returns how many futures that are pushed now may have their first poll before the set comes to an end.
    pub(crate) fn may_start(&self) -> usize {
        self.raw.may_start()
    }

    /// Returns whether a set with a limit has polled, or is about to poll, the number of futures that one turn may
    /// poll.
    pub(crate) fn is_turn_full(&self) -> bool {
        self.raw.is_turn_full()
    }
}

impl<F> Set<F> {
    /// Returns the number of futures that are not done.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.raw.len()
    }

    /// Returns the indices of the futures.
    pub(crate) fn indices(&self) -> Vec<usize> {
        let held = self.raw.held_last_first();
        held.into_iter().map(|(index, _)| index).collect()
    }

    /// Shows each future to `see`, in no order.
    pub(crate) fn visit(&mut self, mut see: impl FnMut(Pin<&mut F>)) {
        // SAFETY: it is an `F`, which is pinned, and only `see` has access to it.
        (self.raw)
            .visit(&mut |future| see(unsafe { Pin::new_unchecked(&mut *future.cast::<F>()) }));
    }

    /// Shows each future to `see`, in the order of pushes.
    pub(crate) fn visit_in_order(&mut self, mut see: impl FnMut(Pin<&mut F>)) {
        // SAFETY: as in `visit`.
        (self.raw).visit_in_order(&mut |future| {
            see(unsafe { Pin::new_unchecked(&mut *future.cast::<F>()) });
        });
    }

    /// Drops the future with this index. Returns whether there was one.
    pub(crate) fn cancel(&mut self, index: usize) -> bool {
        self.raw.cancel(index)
    }

    /// Drops every future, in the order of pushes. Nothing may be polled after that, as after a panic.
    pub(crate) fn clear(&mut self, panics: &mut Panics) {
        self.raw.clear(panics);
    }

    /// Drops every future as [`clear`](Self::clear) does, and then `value`.
    pub(crate) fn clear_before<T>(&mut self, value: T) {
        if !mem::needs_drop::<T>() {
            return self.raw.clear_and_resume();
        }
        let mut panics = Panics::default();
        self.raw.clear(&mut panics);
        panics.drop(value);
        panics.resume();
    }
}

impl<F> Drop for Set<F> {
    fn drop(&mut self) {
        // SAFETY: it is not used after this.
        unsafe { RawSet::drop_in_place(&mut self.raw) }
    }
}
