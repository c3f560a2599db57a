//! The engine: a set of futures of one type, of which only those that were woken are polled.
//!
//! ```text
//! Set ── Segment ── slots: the futures, pinned
//!   │       └────── Block: ready bits and the parent's waker ◄── wakers, on any thread
//!   └─ Segment ..   (each twice as large as all before it)
//! ```
//!
//! A future is put into a slot, is polled once, and from then on whenever its slot's bit is set. The wakers of a
//! segment's slots share one block, which is not made before one of them is kept. What became ready between two polls
//! is polled in the order in which it was pushed.
//!
//! Beside `gather::build`, this is the only part of the crate with `unsafe` code. Who may touch what is written on [`block::Block`],
//! [`parent::Parent`] and [`slots::Segment`].

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
mod close;
mod duty;
mod held;
mod lazy;
#[cfg(all(test, rejoin_loom))]
pub(crate) mod model;
mod order;
mod outputs;
mod owner;
mod parent;
mod segments;
mod slots;
mod state;
mod sweep;
mod sync;
#[cfg(all(test, not(rejoin_loom)))]
mod tests;
mod waker;
mod wakes;
mod walk;

use std::{
    future::Future,
    mem,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::task::coop::has_budget_remaining;

use self::{
    block::Home,
    close::Closing,
    order::Order,
    owner::Alias,
    segments::{Place, Segments},
    slots::{PassEnd, Segment},
    sweep::Sweep,
    walk::Begun,
};
pub(crate) use self::{
    block::LARGEST,
    close::Close,
    held::Held,
    lazy::Lazy,
    outputs::Outputs,
    owner::Glance,
    wakes::{First, More, Wakes, Woken},
};
use crate::panics::Panics;

/// Branches are polled no more often than this before the runtime gets its turn.
const TURN: usize = 512;
/// Under a limit, branches are started until this many were polled in a turn, because [`TURN`] busy ones must not keep free
/// places empty.
pub(crate) const TURN_WITH_STARTS: usize = 1024;
/// Slots of the first segment, where nothing is known of how many will be needed.
pub(crate) const FIRST: usize = 64;

/// A set of futures; see the module.
pub(crate) struct Set<F> {
    segments: Segments<F>,
    order: Order,
    /// Futures that were polled and are not done.
    running: usize,
    /// The walk over what was woken, which may have stopped half-way.
    sweep: Sweep,
    /// The deadline has passed.
    closing: Option<Closing>,
    /// Whether those that were never polled come before those that were woken, the next time.
    fresh_first: bool,
    /// Polls since the runtime last had its turn.
    polls: usize,
    /// Where the parent is known.
    home: Option<AtHome>,
    /// Room to ask for when the next segment is made.
    hint: usize,
}

/// The segment whose block was made first, and the hand on that block, at a place that is reached at once.
///
/// Invariant: the segment is there as long as this is.
struct AtHome {
    segment: usize,
    owner: Alias,
}

impl AtHome {
    #[inline]
    fn new<F>(number: usize, segment: &Segment<F>) -> Self {
        Self {
            segment: number,
            // SAFETY: as the invariant says, the segment's own is there as long as this is. Both belong to the set, whose
            // methods borrow one of them at a time.
            owner: unsafe { segment.owner().alias() },
        }
    }
}

/// How many futures may run at once.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    limit: usize,
    kept: bool,
    are_limited: bool,
}

impl Places {
    /// For all.
    pub(crate) const ALL: Self = Self {
        limit: usize::MAX,
        kept: false,
        are_limited: false,
    };

    /// For all there are, as the caller counts places.
    pub(crate) const COUNTED: Self = Self {
        are_limited: true,
        ..Self::ALL
    };

    /// A future that is done frees its place.
    pub(crate) const fn freed(limit: usize) -> Self {
        Self {
            limit,
            kept: false,
            are_limited: limit != usize::MAX,
        }
    }

    /// A future that is done keeps its place, as long as these are used; `taken` are kept from before.
    pub(crate) const fn kept(limit: usize, taken: usize) -> Self {
        Self {
            limit: limit.saturating_sub(taken),
            kept: true,
            are_limited: true,
        }
    }

    /// Places beside those of the `running`.
    #[inline]
    pub(crate) const fn free(self, running: usize) -> usize {
        self.limit.saturating_sub(running)
    }

    /// Takes note of as many that are done.
    #[inline]
    fn ended(&mut self, count: usize) {
        if self.kept {
            self.limit -= count.min(self.limit);
        }
    }
}

/// How a turn of polls ended.
pub(crate) enum Turn<B> {
    /// All that could be polled was, or started in the places there are.
    Done,
    /// The runtime must have its turn.
    Cut,
    /// The caller wanted to stop.
    Stopped(B),
}

impl<F: Future> Set<F> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            segments: Segments::default(),
            order: Order::default(),
            running: 0,
            sweep: Sweep::default(),
            closing: None,
            fresh_first: false,
            polls: 0,
            home: None,
            hint: FIRST,
        }
    }

    /// Pushes `futures` into a set to which nothing was pushed.
    pub(crate) fn fill(&mut self, futures: Vec<F>) {
        let count = futures.len();
        if count > LARGEST {
            self.expect(count);
            for future in futures {
                self.push(future);
            }
        } else if count > 0 {
            self.order.append(count);
            self.segments = Segments::new(Segment::from_vec(futures));
        }
    }

    /// Announces that about as many futures will be pushed.
    pub(crate) fn expect(&mut self, futures: usize) {
        self.hint = futures.clamp(1, LARGEST);
    }

    /// Adds a future, which is not polled here, and gives its index: the number of futures pushed before it.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a future that is handed on is copied once more, and that waits for what was just written of it"
    )]
    pub(crate) fn push(&mut self, future: F) -> usize {
        // SAFETY: a future is written there at once.
        unsafe {
            let (slot, index) = self.claim();
            slot.write(future);
            index
        }
    }

    /// Claims a slot for a future and gives its index. What is handed on is where the future goes, for what is handed on by
    /// value is copied each time in a build that is not optimized.
    ///
    /// # Safety
    ///
    /// The caller writes a future there before anything else is done with the set.
    #[inline]
    unsafe fn claim(&mut self) -> (*mut F, usize) {
        if self.order.has_gap() {
            if !self.order.is_shuffled() {
                self.shuffle();
            }
            if let Some((id, index)) = self.order.reuse() {
                let Place { segment, slot } = self.segments.place(id);
                // SAFETY: as for this function.
                return (unsafe { self.segments[segment].claim_again(slot) }, index);
            }
        }
        let last = self.segments.with_room(self.hint);
        // SAFETY: as for this function.
        let slot = unsafe { last.claim() };
        if self.order.is_shuffled() {
            last.start_all();
        }
        (slot, self.order.append(1))
    }

    /// Lets the next push have this index, or the one that it would have if that is higher.
    pub(crate) fn skip_to(&mut self, index: usize) {
        if index > self.order.next_index() {
            if !self.order.is_shuffled() {
                self.shuffle();
            }
            self.order.skip_to(index);
        }
    }

    /// From now on slots are used in any order, and futures are polled one by one, also what is left of a walk.
    #[cold]
    fn shuffle(&mut self) {
        self.order.shuffle(&|id| {
            let Place { segment, slot } = self.segments.place(id);
            self.segments[segment].holds(slot)
        });
        self.segments.start_all();
        if self.sweep.is_under_way {
            self.sort_woken();
        }
    }

    /// The index of the next push.
    pub(crate) fn next_index(&self) -> usize {
        self.order.next_index()
    }

    /// Futures that were polled and are not done.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// Futures that were never polled.
    pub(crate) fn fresh(&self) -> usize {
        self.order.fresh()
    }

    /// Polls the futures that were woken before this call and, as far as there are `places`, those that were never
    /// polled, each in the order in which they were pushed, and gives the index and the output of each that is done to
    /// `done`. After [`Turn::Cut`] the task is woken.
    #[inline]
    pub(crate) fn poll<B>(
        &mut self,
        cx: &mut Context<'_>,
        places: Places,
        done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        let turn = self.poll_turn(cx, places, done);
        self.yielding(cx, turn)
    }

    /// Does the same for a caller that has more to do in this turn, and calls [`yielding`](Self::yielding) at its end.
    #[inline]
    pub(crate) fn poll_turn<B>(
        &mut self,
        cx: &mut Context<'_>,
        mut places: Places,
        done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        match self.glance(cx.waker()) {
            Glance::Nothing => Turn::Done,
            Glance::One { bit, slot } => self.poll_lone(bit, slot, &mut places, done),
            Glance::Fresh | Glance::Much => self.poll_much(cx, places, done),
        }
    }

    /// Does the same, where there may be more than one future to poll.
    #[inline(never)]
    pub(crate) fn poll_much<B>(
        &mut self,
        cx: &mut Context<'_>,
        mut places: Places,
        mut done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        // Usually those that were woken were pushed before those that are new. But neither may keep the other waiting
        // for more than a turn.
        let fresh_first = mem::take(&mut self.fresh_first);
        if fresh_first {
            match self.start(cx, &mut places, &mut done) {
                Turn::Done => {}
                other => return other,
            }
        }
        let swept = self.poll_woken(cx, &mut places, &mut done);
        match swept {
            Turn::Stopped(_) => return swept,
            // Those that run must not keep free places empty, however busy they are.
            Turn::Done | Turn::Cut if places.are_limited => {}
            Turn::Done => self.fresh_first = self.polls >= TURN && self.order.fresh() > 0,
            Turn::Cut => {
                self.fresh_first = !fresh_first;
                return Turn::Cut;
            }
        }
        if self.order.fresh() == 0 {
            return swept;
        }
        match (swept, self.start(cx, &mut places, &mut done)) {
            (Turn::Cut, Turn::Done) => Turn::Cut,
            (_, started) => started,
        }
    }

    /// Polls what is left of a sweep that was stopped, and then the futures that were woken since that began.
    #[inline]
    fn poll_woken<B>(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        done: &mut impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        if self.sweep.is_under_way {
            match self.end_sweep(cx, places, done) {
                Turn::Done => {}
                other => return other,
            }
        }
        if !self.may_sweep() {
            return Turn::Done;
        }
        match self.begin_sweep(cx.waker()) {
            Begun::Nothing => Turn::Done,
            Begun::One(slot) if self.polls < TURN && !self.is_out_of_budget() => {
                self.poll_lone(self.sweep.segment, slot, places, done)
            }
            begun => self.poll_begun(begun, places, done),
        }
    }

    /// Polls the futures that were never polled, as far as there are `places`, in the order in which they were pushed. The
    /// caller calls [`yielding`](Self::yielding) at the end of the turn.
    #[inline]
    pub(crate) fn poll_fresh<B>(
        &mut self,
        cx: &mut Context<'_>,
        mut places: Places,
        mut done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        self.start(cx, &mut places, &mut done)
    }

    #[inline]
    fn start<B>(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        done: &mut impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        let fresh = self.order.fresh();
        let turn = if self.order.is_shuffled() {
            self.start_one_by_one(cx, places, done)
        } else {
            self.start_in_rows(cx, places, done)
        };
        if let Some(closing) = &mut self.closing {
            closing.starts -= fresh - self.order.fresh();
        }
        turn
    }

    /// How many futures may be started in what is left of the turn.
    #[inline]
    fn starts_left(&self, places: &Places) -> usize {
        let polls = if places.are_limited {
            TURN_WITH_STARTS
        } else {
            TURN
        };
        polls.saturating_sub(self.polls)
    }

    #[inline]
    fn start_in_rows<B>(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        done: &mut impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        let mut starts = self.starts();
        while let Some(first) = self.order.first_fresh() {
            let free = places.free(self.running).min(starts);
            if free == 0 {
                return Turn::Done;
            }
            let mut most = self.starts_left(places).min(free);
            if self.is_closing(Close::Once) {
                most = most.min(1);
            }
            if most == 0 || self.is_out_of_budget() {
                return Turn::Cut;
            }
            let place = self.segments.place(first);
            let base = first - place.slot;
            let pass = self.poll_segment(cx, place.segment, |own, home| {
                own.poll_new(home, most, |slot, output| done(base + slot, output))
            });
            starts -= pass.polled;
            self.polls += pass.polled;
            self.running += pass.polled - pass.done;
            places.ended(pass.done);
            self.order.started(pass.polled);
            self.order.ended(pass.done);
            match pass.end {
                PassEnd::Reached | PassEnd::Full => {}
                PassEnd::Spent if places.are_limited => {}
                PassEnd::Spent => return Turn::Cut,
                PassEnd::Stopped(stop) => return Turn::Stopped(stop),
            }
        }
        Turn::Done
    }

    #[inline]
    fn start_one_by_one<B>(
        &mut self,
        cx: &Context<'_>,
        places: &mut Places,
        done: &mut impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        let mut starts = self.starts();
        while self.order.fresh() > 0 && starts > 0 && places.free(self.running) > 0 {
            if self.starts_left(places) == 0 || self.is_out_of_budget() {
                return Turn::Cut;
            }
            starts -= 1;
            match self.start_next(cx, places, &mut *done) {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(Turn::Cut) if places.are_limited => {}
                ControlFlow::Break(turn) => return turn,
            }
        }
        Turn::Done
    }

    /// Polls the next future that was never polled, where they are polled one by one; there is one, and a place for it.
    #[inline]
    fn start_next<B>(
        &mut self,
        cx: &Context<'_>,
        places: &mut Places,
        done: impl FnOnce(usize, F::Output) -> ControlFlow<B>,
    ) -> ControlFlow<Turn<B>> {
        let id = self.order.take_fresh().expect("one is fresh");
        let Place { segment, slot } = self.segments.place(id);
        self.polls += 1;
        self.running += 1;
        let own = &mut self.segments[segment];
        let poll = if own.has_owner() {
            own.poll_again(slot)
        } else {
            self.poll_first(cx, segment, slot)
        };
        let poll = poll.expect("a fresh slot holds a future");
        self.settle(id, poll, places, done)
    }

    /// Polls a live future of a segment where no waker was kept.
    #[inline(never)]
    fn poll_first(
        &mut self,
        cx: &Context<'_>,
        segment: usize,
        slot: usize,
    ) -> Option<Poll<F::Output>> {
        self.poll_segment(cx, segment, |own, home| own.poll_first(slot, home))
    }

    /// Does first polls in a segment, with what a block that is made for it is tied to: the first block is home.
    #[inline]
    fn poll_segment<R>(
        &mut self,
        cx: &Context<'_>,
        segment: usize,
        work: impl FnOnce(&mut Segment<F>, Home<'_>) -> R,
    ) -> R {
        match &self.home {
            Some(home) if home.segment != segment => {
                let own = &mut self.segments[segment];
                work(own, Home::At(home.owner.block(), bit(segment)))
            }
            _ => {
                let own = &mut self.segments[segment];
                let result = work(own, Home::Own(cx.waker(), bit(segment)));
                if own.has_owner() {
                    self.home = Some(AtHome::new(segment, own));
                }
                result
            }
        }
    }

    /// Deals with what a poll gave.
    #[inline]
    fn settle<B>(
        &mut self,
        id: usize,
        poll: Poll<F::Output>,
        places: &mut Places,
        done: impl FnOnce(usize, F::Output) -> ControlFlow<B>,
    ) -> ControlFlow<Turn<B>> {
        match poll {
            Poll::Ready(output) => {
                self.running -= 1;
                places.ended(1);
                done(self.order.release(id), output).map_break(Turn::Stopped)
            }
            // Where the budget is spent, more and more futures would be polled in vain.
            Poll::Pending if !has_budget_remaining() => ControlFlow::Break(Turn::Cut),
            Poll::Pending => ControlFlow::Continue(()),
        }
    }

    /// Wakes the caller, and gives the runtime its turn, if the turn was cut short.
    #[inline]
    pub(crate) fn yielding<B>(&mut self, cx: &Context<'_>, turn: Turn<B>) -> Turn<B> {
        if let Turn::Cut = turn {
            self.yield_now(cx);
        }
        turn
    }

    #[cold]
    fn yield_now(&mut self, cx: &Context<'_>) {
        self.rest();
        cx.waker().wake_by_ref();
    }

    /// Notes that the set returns to the runtime for a reason of its own.
    #[inline]
    pub(crate) fn rest(&mut self) {
        self.polls = 0;
    }
}

impl<F> Set<F> {
    /// Futures that are not done.
    pub(crate) fn len(&self) -> usize {
        self.running + self.order.fresh()
    }

    /// Shows each future to `see`, in no order.
    pub(crate) fn visit(&mut self, mut see: impl FnMut(Pin<&mut F>)) {
        for n in 0..self.segments.len() {
            self.segments[n].visit(&mut see);
        }
    }

    /// Drops every future, in the order of pushes. Nothing may be polled after that, as after a panic.
    pub(crate) fn clear(&mut self, panics: &mut Panics) {
        let mut taken = Vec::new();
        let mut base = 0;
        for n in 0..self.segments.len() {
            let segment = &mut self.segments[n];
            let mut from = 0;
            while let Some(slot) = segment.next_held(from) {
                if self.order.is_shuffled() {
                    taken.push(base + slot);
                } else {
                    panics.run(|| segment.remove(slot));
                }
                from = slot + 1;
            }
            base += segment.room();
        }
        self.order.sort(&mut taken);
        for id in taken {
            let Place { segment, slot } = self.segments.place(id);
            panics.run(|| self.segments[segment].remove(slot));
        }
        self.running = 0;
        self.order = Order::default();
        self.home = None;
        self.sweep = Sweep::default();
        self.closing = None;
        // With the blocks go wakers.
        let segments = Segments::default();
        panics.drop(std::mem::replace(&mut self.segments, segments));
    }
}

impl<F> Drop for Set<F> {
    fn drop(&mut self) {
        if self.running > 0 || self.order.fresh() > 0 {
            let mut panics = Panics::default();
            self.clear(&mut panics);
            panics.resume();
        }
    }
}

/// A segment's bit in the root word.
#[inline]
fn bit(segment: usize) -> u32 {
    u32::try_from(segment).expect("there are at most 64 segments")
}
