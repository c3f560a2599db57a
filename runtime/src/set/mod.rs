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
//! This is the only part of the crate with `unsafe` code. Who may touch what is written on [`block::Block`],
//! [`parent::Parent`] and [`slots::Segment`].

#![allow(unsafe_code, reason = "pinned slots and hand-made wakers; see the invariants on each type")]

mod bits;
mod block;
mod order;
mod outputs;
mod parent;
mod slots;
mod sync;
mod waker;
mod wakes;

use std::{
    future::Future,
    ops::ControlFlow,
    task::{Context, Poll},
};

pub(crate) use self::{
    outputs::Outputs,
    wakes::{Starting, Wakes, Woken},
};
use self::{
    block::{GROUP, Home, LARGEST, Owner, Walk},
    order::Order,
    slots::Segment,
};
use crate::panics::{Panics, drop_before};

/// Branches are polled no more often than this before the runtime gets its turn.
const TURN: u32 = 512;
/// Slots of the first segment, where nothing is known of how many will be needed.
const FIRST: usize = 64;

/// A set of futures; see the module.
pub(crate) struct Set<F> {
    segments: Vec<Segment<F>>,
    order: Order,
    /// Futures that were polled and are not done.
    running: usize,
    /// The walk over what was woken, which may have stopped half-way.
    sweep: Sweep,
    /// Polls since the runtime last had its turn.
    polls: u32,
    /// The segment whose block was made first, which knows the parent.
    home: Option<usize>,
    /// Room to ask for when the next segment is made.
    hint: usize,
}

/// A walk over the ready slots of all segments.
#[derive(Default)]
struct Sweep {
    segment: usize,
    walk: Walk,
    /// Segments with ready slots that the walk has not come to.
    segments: u64,
    /// Where slots were reused, what was woken is first brought into the order of pushes: this is that, last first.
    batch: Vec<(usize, usize)>,
}

/// How a turn of polls ended.
pub(crate) enum Turn<B> {
    /// All that could be polled was.
    Done,
    /// The runtime must have its turn; the waker was woken.
    Cut,
    /// The caller wanted to stop.
    Stopped(B),
}

impl<F: Future> Set<F> {
    pub(crate) fn new() -> Self {
        Self {
            segments: Vec::new(),
            order: Order::default(),
            running: 0,
            sweep: Sweep::default(),
            polls: 0,
            home: None,
            hint: FIRST,
        }
    }

    /// A set of `futures`, with the indices of the vector.
    pub(crate) fn from_vec(futures: Vec<F>) -> Self {
        let mut set = Self::new();
        let count = futures.len();
        if count > LARGEST {
            set.extend(futures);
        } else if count > 0 {
            set.order.append(count);
            set.segments.push(Segment::from_vec(futures));
        }
        set
    }

    fn extend(&mut self, futures: Vec<F>) {
        self.expect(futures.len());
        for future in futures {
            self.push(future);
        }
    }

    /// Announces that about as many futures will be pushed.
    pub(crate) fn expect(&mut self, futures: usize) {
        self.hint = futures.clamp(1, LARGEST);
    }

    /// Adds a future, which is not polled here, and gives its index: the number of futures pushed before it.
    pub(crate) fn push(&mut self, future: F) -> usize {
        let free = self.order.reuse(|slot| {
            let (segment, slot) = place(&self.segments, slot);
            self.segments[segment].is_taken(slot)
        });
        if let Some((slot, index)) = free {
            let (segment, slot) = place(&self.segments, slot);
            self.segments[segment].refill(slot, future);
            return index;
        }
        if (self.segments.last()).is_none_or(|last| last.filled() == last.room()) {
            assert!(self.segments.len() < GROUP, "a set holds at most 2^30 futures");
            let room: usize = self.segments.iter().map(Segment::room).sum();
            let room = if room == 0 { self.hint } else { room.min(LARGEST) };
            self.segments.push(Segment::with_capacity(room));
        }
        let last = self.segments.last_mut().expect("there is one with room");
        last.append(future);
        self.order.append(1)
    }

    /// Futures that were polled and are not done.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// Futures that are not done.
    pub(crate) fn len(&self) -> usize {
        self.running + self.order.fresh()
    }

    /// Makes wakes reach `waker`, if any waker was kept at all.
    fn register(&self, waker: &std::task::Waker) {
        if let Some(home) = self.home {
            self.owner(home).register(waker);
        }
    }

    fn owner(&self, segment: usize) -> &Owner {
        let owner = &self.segments[segment].owner;
        owner.as_ref().expect("a segment with ready slots has a block")
    }

    /// Polls the futures that were woken before this call, in the order in which they were pushed, and gives the index
    /// and the output of each that is done to `done`.
    pub(crate) fn poll_woken<B>(
        &mut self,
        cx: &mut Context<'_>,
        mut done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        self.register(cx.waker());
        // What a turn left over comes first; then, once, what was woken meanwhile.
        for fresh in [false, true] {
            if fresh {
                self.begin_sweep();
            }
            while let Some(found @ (segment, slot, _)) = self.next_woken() {
                if self.is_spent() {
                    self.put_back(found);
                    return self.cut(cx);
                }
                self.polls += 1;
                if let Poll::Ready(output) = self.segments[segment].poll_again(slot) {
                    let (index, output) = self.finish(found, output);
                    if let ControlFlow::Break(stop) = done(index, output) {
                        return Turn::Stopped(stop);
                    }
                }
            }
        }
        Turn::Done
    }

    /// Polls the futures that were never polled, in the order in which they were pushed.
    pub(crate) fn poll_fresh<B>(
        &mut self,
        cx: &mut Context<'_>,
        mut done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        self.register(cx.waker());
        while self.order.fresh() > 0 {
            if self.is_spent() {
                return self.cut(cx);
            }
            let id = self.order.take_fresh().expect("one is fresh");
            let (segment, slot) = place(&self.segments, id);
            if let Poll::Ready(output) = self.poll_first(cx, segment, slot) {
                let (index, output) = self.finish((segment, slot, id), output);
                if let ControlFlow::Break(stop) = done(index, output) {
                    return Turn::Stopped(stop);
                }
            }
        }
        Turn::Done
    }

    /// Notes that the set returns to the runtime for a reason of its own.
    pub(crate) fn rest(&mut self) {
        self.polls = 0;
    }

    #[inline]
    fn is_spent(&self) -> bool {
        self.polls >= TURN || !tokio::task::coop::has_budget_remaining()
    }

    #[cold]
    fn cut<B>(&mut self, cx: &Context<'_>) -> Turn<B> {
        self.rest();
        cx.waker().wake_by_ref();
        Turn::Cut
    }

    fn begin_sweep(&mut self) {
        let Some(home) = self.home else { return };
        let owner = self.owner(home);
        self.sweep.segments = if self.segments.len() == 1 {
            1
        } else {
            owner.take_root(bit(home))
        };
        if self.order.is_shuffled() {
            let mut batch = std::mem::take(&mut self.sweep.batch);
            while let Some((_, _, id)) = self.next_in_slots() {
                batch.push((self.order.index(id), id));
            }
            batch.sort_unstable_by(|a, b| b.cmp(a));
            self.sweep.batch = batch;
        }
    }

    /// The next woken future in the order of pushes: its segment, its slot there, and its slot in the set.
    #[inline]
    fn next_woken(&mut self) -> Option<(usize, usize, usize)> {
        if !self.order.is_shuffled() {
            return self.next_in_slots();
        }
        if let Some((_, id)) = self.sweep.batch.pop() {
            let (segment, slot) = place(&self.segments, id);
            return Some((segment, slot, id));
        }
        None
    }

    /// Undoes the last `next_woken`.
    #[cold]
    fn put_back(&mut self, (_, slot, id): (usize, usize, usize)) {
        if self.order.is_shuffled() {
            self.sweep.batch.push((self.order.index(id), id));
        } else {
            self.sweep.walk.put_back(slot);
        }
    }

    /// The next woken future in the order of slots.
    #[inline]
    fn next_in_slots(&mut self) -> Option<(usize, usize, usize)> {
        loop {
            if let Some(segment) = self.segments.get(self.sweep.segment)
                && let Some(owner) = &segment.owner
            {
                while let Some(slot) = self.sweep.walk.next(owner) {
                    // A waker may be used after its future is gone, or before the next one in its slot was polled.
                    let base = base(&self.segments, self.sweep.segment);
                    if segment.is_taken(slot) && self.order.is_started(base + slot) {
                        return Some((self.sweep.segment, slot, base + slot));
                    }
                }
            }
            if self.sweep.segments == 0 {
                return None;
            }
            self.sweep.segment = self.sweep.segments.trailing_zeros() as usize;
            self.sweep.segments &= self.sweep.segments - 1;
            self.sweep.walk = Walk::new(self.owner(self.sweep.segment));
        }
    }

    /// Polls a future for the first time. It counts as running meanwhile, also if it panics.
    #[inline]
    fn poll_first(&mut self, cx: &Context<'_>, segment: usize, slot: usize) -> Poll<F::Output> {
        self.polls += 1;
        self.running += 1;
        let (own, home) = match self.home {
            Some(home) if home != segment => {
                let (low, high) = self.segments.split_at_mut(home.max(segment));
                let (low, high) = (&mut low[home.min(segment)], &mut high[0]);
                let (own, home) = if segment < home { (low, high) } else { (high, low) };
                let block = home.owner.as_ref().expect("home has a block").block();
                (own, Home::At(block, bit(segment)))
            }
            _ => (&mut self.segments[segment], Home::Own(cx.waker())),
        };
        let poll = own.poll_first(slot, home);
        if self.home.is_none() && own.owner.is_some() {
            self.home = Some(segment);
        }
        poll
    }

    /// Drops a future that is done, and then hands on its output and its index.
    #[inline]
    fn finish(
        &mut self,
        (segment, slot, id): (usize, usize, usize),
        output: F::Output,
    ) -> (usize, F::Output) {
        self.running -= 1;
        let index = self.order.release(id);
        (index, drop_before(|| self.segments[segment].remove(slot), output))
    }
}

impl<F> Set<F> {
    /// Drops every future, in the order of pushes. Nothing may be polled after that.
    pub(crate) fn clear(&mut self, panics: &mut Panics) {
        let mut taken = Vec::new();
        for (n, segment) in self.segments.iter_mut().enumerate() {
            let mut from = 0;
            while let Some(slot) = segment.next_taken(from) {
                if self.order.is_shuffled() {
                    taken.push((n, slot));
                } else {
                    panics.run(|| segment.remove(slot));
                }
                from = slot + 1;
            }
        }
        taken.sort_unstable_by_key(|&(n, slot)| self.order.index(base(&self.segments, n) + slot));
        for (n, slot) in taken {
            panics.run(|| self.segments[n].remove(slot));
        }
        self.running = 0;
        self.order = Order::default();
        self.segments.clear();
        self.home = None;
        self.sweep = Sweep::default();
    }
}

impl<F> Drop for Set<F> {
    fn drop(&mut self) {
        if !self.segments.is_empty() {
            let mut panics = Panics::default();
            self.clear(&mut panics);
            panics.resume();
        }
    }
}

/// Slots before segment `n`.
#[inline]
fn base<F>(segments: &[Segment<F>], n: usize) -> usize {
    segments[..n].iter().map(Segment::room).sum()
}

/// The segment of a slot, and the slot's number there.
#[inline]
fn place<F>(segments: &[Segment<F>], mut slot: usize) -> (usize, usize) {
    for (n, segment) in segments.iter().enumerate() {
        if slot < segment.room() {
            return (n, slot);
        }
        slot -= segment.room();
    }
    unreachable!("every slot is in a segment")
}

/// A segment's bit in the root word.
fn bit(segment: usize) -> u32 {
    u32::try_from(segment).expect("there are at most 64 segments")
}
