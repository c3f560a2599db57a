//! The walk over ready slots, through all segments of a set.

use std::{
    ops::ControlFlow,
    task::{Context, Waker},
};

use super::{
    close::Close,
    header::{GROUP, Woken},
    order::Order,
    owner::Peek,
    raw::RawSet,
    segments::SlotAddr,
    sort::sort_down,
    turn::{POLL_BUDGET, Permits, Progress, bit},
    visit::{PassEnd, Visits},
    walk::{Begun, Walk},
};

/// A walk over the ready slots of all segments.
#[derive(Default)]
pub(super) struct Sweep {
    /// Whether it has not reached its end.
    pub(super) is_under_way: bool,
    pub(super) segment: usize,
    walk: Walk,
    /// Segments with ready slots that the walk has not come to.
    segments: u64,
    /// Ready slots in reverse order of their pushes. Used only if slots were reused, because otherwise their numbers
    /// are in the order of pushes.
    pub(super) batch: Vec<(usize, usize)>,
    /// Memory to sort a batch through.
    other: Vec<(usize, usize)>,
}

impl RawSet {
    /// Goes on with a sweep that is under way.
    #[inline]
    pub(super) fn end_sweep(
        &mut self,
        cx: &mut Context<'_>,
        permits: &mut Permits,
        visits: &mut Visits<'_>,
    ) -> Progress {
        if self.is_closing(Close::Once) && self.may_sweep() {
            self.take_all(cx.waker());
        }
        let primary = self.primary.as_mut().expect("something was woken");
        primary.owner.register(cx.waker());
        self.sweep(permits, visits)
    }

    /// Looks whether nothing was woken, or one future and nothing else is to be polled, as most often. Then nothing else
    /// is in the way, and wakes reach `waker` already.
    #[inline]
    pub(super) fn peek_woken(&mut self, waker: &Waker) -> Peek {
        if self.sweep.is_under_way
            || self.unpolled_first
            || self.polls >= POLL_BUDGET
            || self.closing.is_some()
        {
            return Peek::Maybe;
        }
        let has_unpolled = self.order.unpolled() > 0;
        let Some(primary) = &mut self.primary else {
            return if has_unpolled {
                Peek::Maybe
            } else {
                Peek::Nothing
            };
        };
        primary.owner.peek_woken(waker, has_unpolled)
    }

    /// Takes the next future out of a sweep that was stopped by a result, if there is one at hand and nothing else is in the
    /// way: its segment and its slot.
    #[inline]
    pub(super) fn next_woken(&mut self, waker: &Waker) -> Option<(usize, usize)> {
        if self.order.unpolled() > 0 || self.polls >= POLL_BUDGET || self.closing.is_some() {
            return None;
        }
        if !self.primary.as_ref()?.owner.reaches(waker) {
            return None;
        }
        if let Some((_, id)) = self.sweep.batch.pop() {
            let SlotAddr { segment, slot } = self.segments.address(id);
            return Some((segment, slot));
        }
        let slot = self.sweep.walk.next_slot()?;
        Some((self.sweep.segment, slot))
    }

    /// Takes the slots that were woken since the last time. If it is one slot there is no walk: the slot is in the
    /// sweep's segment.
    #[inline]
    pub(super) fn begin_sweep(&mut self, waker: &Waker) -> Begun {
        let Some(primary) = &mut self.primary else {
            return Begun::Nothing;
        };
        primary.owner.register(waker);
        match primary.owner.take_first_woken() {
            Woken::Nothing => Begun::Nothing,
            Woken::One { bit, slot } => {
                self.sweep.segment = bit;
                Begun::One(slot)
            }
            Woken::Many(one) => self.begin_many(one),
        }
    }

    #[inline(never)]
    fn begin_many(&mut self, one: Option<(usize, usize)>) -> Begun {
        if self.segments.len() > 1 {
            return self.begin_segments(one);
        }
        let owner = self.segments[0].owner_mut();
        match owner.take_top(one.map(|(_, slot)| slot)) {
            0 => Begun::Nothing,
            top => {
                self.sweep.segment = 0;
                self.sweep.walk.begin(owner, top)
            }
        }
    }

    fn begin_segments(&mut self, one: Option<(usize, usize)>) -> Begun {
        if let Some((segment, slot)) = one {
            self.segments[segment].owner().block().mark_bit(slot);
        }
        let primary = self.primary.as_mut().expect("something was woken");
        let segments = primary.owner.take_root(bit(primary.segment));
        self.sweep.segments = segments;
        if segments == 0 {
            return Begun::Nothing;
        }
        match self.next_segment() {
            begun if segments.is_power_of_two() => begun,
            Begun::One(slot) => {
                self.sweep.walk.only(slot);
                Begun::Many
            }
            Begun::Nothing | Begun::Many => Begun::Many,
        }
    }

    /// Polls the slots of a sweep that has begun.
    #[inline(never)]
    pub(super) fn poll_begun(
        &mut self,
        begun: Begun,
        permits: &mut Permits,
        visits: &mut Visits<'_>,
    ) -> Progress {
        if let Begun::One(slot) = begun {
            self.sweep.walk.only(slot);
        }
        self.sweep.is_under_way = true;
        if self.order.is_shuffled() || self.is_closing(Close::Once) {
            self.sort_woken();
        }
        self.sweep(permits, visits)
    }

    /// Continues a walk over ready slots.
    #[inline]
    fn sweep(&mut self, permits: &mut Permits, visits: &mut Visits<'_>) -> Progress {
        if self.order.is_shuffled() || !self.sweep.batch.is_empty() {
            return self.sweep_one_by_one(permits, visits);
        }
        loop {
            let segment = &mut self.segments[self.sweep.segment];
            let most = POLL_BUDGET.saturating_sub(self.polls);
            let pass = segment.poll_woken(&mut self.sweep.walk, most, visits);
            self.polls += pass.polled;
            self.running -= pass.done;
            permits.ended(pass.done);
            if let Order::Sequential(order) = &mut self.order {
                order.end(pass.done);
            }
            match pass.end {
                PassEnd::Reached if self.has_next_segment() => {}
                PassEnd::Reached => break,
                PassEnd::Full | PassEnd::Spent => return Progress::Yielded,
                PassEnd::Stopped => return Progress::Stopped(()),
            }
        }
        self.sweep.is_under_way = false;
        Progress::Done
    }

    /// Goes on to the next segment with ready slots, if there is one.
    #[inline]
    fn has_next_segment(&mut self) -> bool {
        if self.sweep.segments == 0 {
            return false;
        }
        if let Begun::One(slot) = self.next_segment() {
            self.sweep.walk.only(slot);
        }
        true
    }

    /// Goes on to the next segment with ready slots; there is one.
    #[inline(never)]
    fn next_segment(&mut self) -> Begun {
        let sweep = &mut self.sweep;
        sweep.segment = sweep.segments.trailing_zeros() as usize;
        sweep.segments &= sweep.segments - 1;
        let owner = self.segments[sweep.segment].owner_mut();
        let top = owner.take_top(None);
        sweep.walk.begin(owner, top)
    }

    /// Sorts the ready slots by the order of pushes, where slots were reused.
    pub(super) fn sort_woken(&mut self) {
        let mut batch = std::mem::take(&mut self.sweep.batch);
        loop {
            let segment = self.sweep.segment;
            let base = self.segments[segment].base();
            while let Some((group, mut bits)) =
                (self.sweep.walk).next(self.segments[segment].owner_mut())
            {
                while bits != 0 {
                    let slot = group * GROUP + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    let id = base + slot;
                    // A waker may be used after its future is gone, and before the next one in its slot was polled.
                    if self.segments[segment].is_live(slot) && self.order.is_started(id) {
                        batch.push((self.order.index(id), id));
                    }
                }
            }
            if !self.has_next_segment() {
                break;
            }
        }
        sort_down(&mut batch, &mut self.sweep.other);
        self.sweep.batch = batch;
    }

    /// Adds those futures to a sweep that were woken since it began, so that each is polled once.
    #[cold]
    fn take_all(&mut self, waker: &Waker) {
        self.sort_woken();
        match self.begin_sweep(waker) {
            Begun::Nothing => return,
            Begun::One(slot) => self.sweep.walk.only(slot),
            Begun::Many => {}
        }
        self.sort_woken();
        self.sweep.batch.dedup();
    }

    /// Continues a sweep over ready slots that were sorted.
    #[inline(never)]
    fn sweep_one_by_one(&mut self, permits: &mut Permits, visits: &mut Visits<'_>) -> Progress {
        while let Some(&(index, id)) = self.sweep.batch.last() {
            if self.polls >= POLL_BUDGET || self.is_out_of_budget() {
                return Progress::Yielded;
            }
            self.sweep.batch.pop();
            self.polls += 1;
            let SlotAddr { segment, slot } = self.segments.address(id);
            let polled = self.segments[segment].poll_again(slot, index, visits);
            let polled = polled.expect("it was not polled since it was woken");
            if let ControlFlow::Break(turn) = self.settle(id, polled, permits) {
                return turn;
            }
        }
        self.sweep.is_under_way = false;
        Progress::Done
    }
}
