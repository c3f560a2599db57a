//! The walk over what was woken, through all segments of a set.

use std::{future::Future, ops::ControlFlow, task::Context};

use super::{Places, Set, TURN, Turn, bit, block::GROUP, slots::PassEnd, walk::Walk};

/// A walk over the ready slots of all segments.
#[derive(Default)]
pub(super) struct Sweep {
    /// Whether it is not at its end.
    pub(super) is_under_way: bool,
    segment: usize,
    /// The number of the segment's first slot.
    base: usize,
    walk: Walk,
    /// Segments with ready slots that the walk has not come to.
    segments: u64,
    /// Where slots were reused, what was woken is first brought into the order of pushes: this is that, last first.
    batch: Vec<(usize, usize)>,
}

impl<F: Future> Set<F> {
    /// Polls the futures that were woken before this call.
    #[inline]
    pub(super) fn poll_woken<B>(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        done: &mut impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        let Some(home) = self.home else {
            // Nobody was woken: that was a walk too.
            self.sweeps = self.sweeps.wrapping_add(1);
            return Turn::Done;
        };
        self.segments[home].owner().register(cx.waker());
        // What a turn left over comes first; then, once, what was woken meanwhile.
        if self.sweep.is_under_way {
            match self.sweep(cx, places, done) {
                Turn::Done => {}
                other => return other,
            }
        }
        self.begin_sweep(home);
        self.sweep(cx, places, done)
    }

    #[inline]
    fn begin_sweep(&mut self, home: usize) {
        self.sweeps = self.sweeps.wrapping_add(1);
        self.sweep.is_under_way = true;
        if self.segments.len() == 1 {
            self.sweep.walk.begin(self.segments[home].owner());
        } else {
            self.sweep.segments = self.segments[home].owner().take_root(bit(home));
        }
        if self.order.is_shuffled() {
            self.sort_woken();
        }
    }

    /// Goes on with a walk over what was woken.
    #[inline]
    fn sweep<B>(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        done: &mut impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        if self.order.is_shuffled() {
            return self.sweep_one_by_one(cx, places, done);
        }
        loop {
            let base = self.sweep.base;
            let segment = &mut self.segments[self.sweep.segment];
            let most = TURN - self.polls;
            let pass = segment.poll_woken(&mut self.sweep.walk, most, |slot, output| {
                done(base + slot, output)
            });
            self.polls += pass.polled;
            self.running -= pass.done;
            places.ended(pass.done);
            self.order.ended(pass.done);
            match pass.end {
                PassEnd::Reached if self.next_segment() => {}
                PassEnd::Reached => break,
                PassEnd::Full | PassEnd::Spent => return self.cut(cx),
                PassEnd::Stopped(stop) => return Turn::Stopped(stop),
            }
        }
        self.sweep.is_under_way = false;
        Turn::Done
    }

    /// Goes on to the next segment with ready slots.
    #[inline]
    fn next_segment(&mut self) -> bool {
        let sweep = &mut self.sweep;
        if sweep.segments == 0 {
            return false;
        }
        sweep.segment = sweep.segments.trailing_zeros() as usize;
        sweep.segments &= sweep.segments - 1;
        sweep.base = self.segments.base(sweep.segment);
        sweep.walk.begin(self.segments[sweep.segment].owner());
        true
    }

    /// Brings what was woken into the order of pushes, where slots were used again.
    #[cold]
    pub(super) fn sort_woken(&mut self) {
        let mut batch = std::mem::take(&mut self.sweep.batch);
        loop {
            let segment = &self.segments[self.sweep.segment];
            if segment.has_owner() {
                let owner = segment.owner();
                while let Some((group, mut bits)) = self.sweep.walk.next(owner) {
                    while bits != 0 {
                        let slot = group * GROUP + bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                        // A waker may be used after its future is gone, and before the next one in its slot was polled.
                        let id = self.sweep.base + slot;
                        if segment.is_live(slot) && self.order.is_started(id) {
                            batch.push((self.order.index(id), id));
                        }
                    }
                }
            }
            if !self.next_segment() {
                break;
            }
        }
        if batch.len() > 1 {
            batch.sort_unstable_by(|a, b| b.cmp(a));
        }
        self.sweep.batch = batch;
    }

    #[cold]
    fn sweep_one_by_one<B>(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        done: &mut impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        while let Some(&(_, id)) = self.sweep.batch.last() {
            if self.polls >= TURN {
                return self.cut(cx);
            }
            self.sweep.batch.pop();
            self.polls += 1;
            let place = self.segments.place(id);
            let poll = self.segments[place.segment].poll_again(place.slot);
            if let ControlFlow::Break(turn) = self.settle(cx, place, poll, places, done) {
                return turn;
            }
        }
        self.sweep.is_under_way = false;
        Turn::Done
    }
}
