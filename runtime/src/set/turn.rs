//! Turns of polls.

use std::{mem, ops::ControlFlow, task::Context};

use super::{
    block::BlockRole,
    close::Close,
    order::{Order, Sequential},
    owner::Peek,
    raw::{PrimaryBlock, RawSet},
    segments::SlotAddr,
    slots::Segment,
    visit::{PassEnd, Polled, Visits},
    walk::Begun,
};

/// Branches are polled no more often than this before the runtime gets its turn.
pub(super) const POLL_BUDGET: usize = 512;
/// Under a limit, branches are started until this many were polled in a turn, because [`POLL_BUDGET`] busy ones must not keep free
/// permits empty.
pub(crate) const POLL_BUDGET_WITH_STARTS: usize = 1024;

/// The permits of a set: how many futures may run at once.
#[derive(Clone, Copy)]
pub(crate) struct Permits {
    limit: usize,
    kept: bool,
    are_limited: bool,
}

impl Permits {
    /// For all.
    pub(crate) const ALL: Self = Self {
        limit: usize::MAX,
        kept: false,
        are_limited: false,
    };

    /// For all there are, as the caller counts permits.
    pub(crate) const COUNTED: Self = Self {
        are_limited: true,
        ..Self::ALL
    };

    /// A future that is done releases its permit.
    pub(crate) const fn freed(limit: usize) -> Self {
        Self {
            limit,
            kept: false,
            are_limited: limit != usize::MAX,
        }
    }

    /// A future that is done keeps its permit as long as these permits are used; `taken` permits were kept before.
    pub(crate) const fn kept(limit: usize, taken: usize) -> Self {
        Self {
            limit: limit.saturating_sub(taken),
            kept: true,
            are_limited: true,
        }
    }

    /// Returns the number of free permits, with `running` futures holding one each.
    #[inline]
    pub(crate) const fn free(self, running: usize) -> usize {
        self.limit.saturating_sub(running)
    }

    /// Notes that `count` futures are done.
    #[inline]
    pub(super) fn ended(&mut self, count: usize) {
        if self.kept {
            self.limit -= count.min(self.limit);
        }
    }
}

/// How a turn of polls ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress<B = ()> {
    /// All futures were polled that could be, or started as far as there are permits.
    Done,
    /// The runtime must have its turn.
    Yielded,
    /// The caller wanted to stop.
    Stopped(B),
}

impl RawSet {
    /// Polls the futures that were woken before this call and, as far as there are `permits`, those that were never
    /// polled, each in the order in which they were pushed. The caller calls [`Set::yielding`](super::Set::yielding) at the end of its turn.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut permits: Permits,
        visits: &mut Visits<'_>,
    ) -> Progress {
        // A turn that a result has stopped is most often stopped by the next one.
        while self.sweep.is_under_way {
            let Some((n, slot)) = self.next_woken(cx.waker()) else {
                break;
            };
            match self.poll_only(n, slot, &mut permits, visits) {
                Progress::Done => {}
                other => return other,
            }
        }
        match self.peek_woken(cx.waker()) {
            Peek::Nothing => Progress::Done,
            Peek::One { bit, slot } => self.poll_only(bit, slot, &mut permits, visits),
            Peek::Unpolled => self.start(cx, &mut permits, visits),
            Peek::Maybe => self.poll_much(cx, &mut permits, visits),
        }
    }

    /// Polls the futures that were never polled, as far as there are `permits`, in the order in which they were pushed. The
    /// caller calls [`Set::yielding`](super::Set::yielding) at the end of its turn.
    pub(super) fn poll_unpolled(
        &mut self,
        cx: &mut Context<'_>,
        mut permits: Permits,
        visits: &mut Visits<'_>,
    ) -> Progress {
        self.start(cx, &mut permits, visits)
    }

    /// Polls the futures that are left of a sweep that was stopped, and at most this number of those that were never polled. The
    /// caller calls [`Set::yielding`](super::Set::yielding) at the end of its turn.
    pub(super) fn poll_rest(
        &mut self,
        cx: &mut Context<'_>,
        unpolled: usize,
        visits: &mut Visits<'_>,
    ) -> Progress {
        let permits = &mut { Permits::ALL };
        if self.sweep.is_under_way {
            match self.end_sweep(cx, permits, visits) {
                Progress::Done => {}
                other => return other,
            }
        }
        self.start_most(cx, permits, unpolled, visits)
    }

    fn poll_much(
        &mut self,
        cx: &mut Context<'_>,
        permits: &mut Permits,
        visits: &mut Visits<'_>,
    ) -> Progress {
        // Usually those that were woken were pushed before those that are new. But neither may keep the other waiting
        // for more than a turn.
        let unpolled_first = mem::take(&mut self.unpolled_first);
        if unpolled_first {
            match self.start(cx, permits, visits) {
                Progress::Done => {}
                other => return other,
            }
        }
        let swept = self.poll_woken(cx, permits, visits);
        match swept {
            Progress::Stopped(()) => return swept,
            // Running futures must not keep free permits unused, however busy they are.
            Progress::Done | Progress::Yielded if permits.are_limited => {}
            Progress::Done => {
                self.unpolled_first = self.polls >= POLL_BUDGET && self.order.unpolled() > 0;
            }
            Progress::Yielded => {
                self.unpolled_first = !unpolled_first;
                return Progress::Yielded;
            }
        }
        if self.order.unpolled() == 0 {
            return swept;
        }
        match (swept, self.start(cx, permits, visits)) {
            (Progress::Yielded, Progress::Done) => Progress::Yielded,
            (_, started) => started,
        }
    }

    /// Polls the futures that are left of a sweep that was stopped, and then those that were woken since that began.
    fn poll_woken(
        &mut self,
        cx: &mut Context<'_>,
        permits: &mut Permits,
        visits: &mut Visits<'_>,
    ) -> Progress {
        if self.sweep.is_under_way {
            match self.end_sweep(cx, permits, visits) {
                Progress::Done => {}
                other => return other,
            }
        }
        if !self.may_sweep() {
            return Progress::Done;
        }
        match self.begin_sweep(cx.waker()) {
            Begun::Nothing => Progress::Done,
            Begun::One(slot) if self.polls < POLL_BUDGET && !self.is_out_of_budget() => {
                self.poll_only(self.sweep.segment, slot, permits, visits)
            }
            begun => self.poll_begun(begun, permits, visits),
        }
    }

    /// Polls the only future that was woken: this one of the `n`-th segment.
    #[inline]
    pub(super) fn poll_only(
        &mut self,
        n: usize,
        slot: usize,
        permits: &mut Permits,
        visits: &mut Visits<'_>,
    ) -> Progress {
        let segment = &mut self.segments[n];
        let id = segment.base() + slot;
        // A waker may be used after its future is gone, and before the next one in its slot was polled.
        if !self.order.is_started(id) {
            return Progress::Done;
        }
        let Some(polled) = segment.poll_again(slot, self.order.index(id), visits) else {
            return Progress::Done;
        };
        self.polls += 1;
        match self.settle(id, polled, permits) {
            ControlFlow::Continue(()) => Progress::Done,
            ControlFlow::Break(turn) => turn,
        }
    }

    fn start(
        &mut self,
        cx: &mut Context<'_>,
        permits: &mut Permits,
        visits: &mut Visits<'_>,
    ) -> Progress {
        self.start_most(cx, permits, usize::MAX, visits)
    }

    /// Polls at most this number of the futures that were never polled.
    fn start_most(
        &mut self,
        cx: &mut Context<'_>,
        permits: &mut Permits,
        most: usize,
        visits: &mut Visits<'_>,
    ) -> Progress {
        let unpolled = self.order.unpolled();
        let starts = self.starts().min(most);
        let turn = match self.order {
            Order::Sequential(order) => self.start_in_rows(order, cx, permits, starts, visits),
            Order::Shuffled(_) => self.start_one_by_one(cx, permits, starts, visits),
        };
        if let Some(closing) = &mut self.closing {
            closing.starts -= unpolled - self.order.unpolled();
        }
        turn
    }

    /// Returns how many futures may be started in the rest of the turn.
    #[inline]
    fn starts_left(&self, permits: &Permits) -> usize {
        let polls = if permits.are_limited {
            POLL_BUDGET_WITH_STARTS
        } else {
            POLL_BUDGET
        };
        polls.saturating_sub(self.polls)
    }

    fn start_in_rows(
        &mut self,
        mut order: Sequential,
        cx: &mut Context<'_>,
        permits: &mut Permits,
        mut starts: usize,
        visits: &mut Visits<'_>,
    ) -> Progress {
        while let Some(first) = order.first_unpolled() {
            let free = permits.free(self.running).min(starts);
            if free == 0 {
                return Progress::Done;
            }
            let mut most = self.starts_left(permits).min(free);
            if self.is_closing(Close::Once) {
                most = most.min(1);
            }
            if most == 0 || self.is_out_of_budget() {
                return Progress::Yielded;
            }
            let SlotAddr { segment, .. } = self.segments.address(first);
            let pass = self.poll_segment(cx, segment, |own, primary| {
                own.poll_new(primary, most, visits)
            });
            starts -= pass.polled;
            self.polls += pass.polled;
            self.running += pass.polled - pass.done;
            permits.ended(pass.done);
            order.start(pass.polled);
            order.end(pass.done);
            if let Order::Sequential(own) = &mut self.order {
                *own = order;
            }
            match pass.end {
                PassEnd::Reached | PassEnd::Full => {}
                PassEnd::Spent if permits.are_limited => {}
                PassEnd::Spent => return Progress::Yielded,
                PassEnd::Stopped => return Progress::Stopped(()),
            }
        }
        Progress::Done
    }

    fn start_one_by_one(
        &mut self,
        cx: &Context<'_>,
        permits: &mut Permits,
        mut starts: usize,
        visits: &mut Visits<'_>,
    ) -> Progress {
        while self.order.unpolled() > 0 && starts > 0 && permits.free(self.running) > 0 {
            if self.starts_left(permits) == 0 || self.is_out_of_budget() {
                return Progress::Yielded;
            }
            let next = match &mut self.order {
                Order::Sequential(_) => None,
                Order::Shuffled(order) => order.take_unpolled(),
            };
            let Some(id) = next else {
                break;
            };
            starts -= 1;
            match self.start_slot(id, cx, permits, visits) {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(Progress::Yielded) if permits.are_limited => {}
                ControlFlow::Break(turn) => return turn,
            }
        }
        Progress::Done
    }

    /// Polls the future in slot `id` for the first time, if futures are polled one by one.
    #[inline]
    fn start_slot(
        &mut self,
        id: usize,
        cx: &Context<'_>,
        permits: &mut Permits,
        visits: &mut Visits<'_>,
    ) -> ControlFlow<Progress> {
        let index = self.order.index(id);
        let SlotAddr { segment, slot } = self.segments.address(id);
        self.polls += 1;
        self.running += 1;
        let own = &mut self.segments[segment];
        let polled = if own.has_owner() {
            own.poll_again(slot, index, visits)
        } else {
            self.poll_segment(cx, segment, |own, primary| {
                own.poll_first(slot, index, primary, visits)
            })
        };
        let polled = polled.expect("an unpolled slot holds a future");
        self.settle(id, polled, permits)
    }

    /// Does first polls in a segment, with what a block that is made for it is tied to: the first block is primary.
    #[inline]
    fn poll_segment<R>(
        &mut self,
        cx: &Context<'_>,
        segment: usize,
        work: impl FnOnce(&mut Segment, BlockRole<'_>) -> R,
    ) -> R {
        let other = self.primary.as_ref();
        let other = other.filter(|primary| primary.segment != segment);
        let is_primary = other.is_none();
        let role = match other {
            Some(primary) => BlockRole::Secondary(primary.owner.block(), bit(segment)),
            None => BlockRole::Primary(cx.waker(), bit(segment)),
        };
        let own = &mut self.segments[segment];
        let result = work(own, role);
        if is_primary && own.has_owner() {
            self.primary = Some(PrimaryBlock::new(segment, own));
        }
        result
    }

    /// Takes note of what came of a poll.
    #[inline]
    pub(super) fn settle(
        &mut self,
        id: usize,
        polled: Polled,
        permits: &mut Permits,
    ) -> ControlFlow<Progress> {
        if polled.is_done {
            self.running -= 1;
            permits.ended(1);
            self.order.release(id);
        }
        match polled.end {
            PassEnd::Reached | PassEnd::Full => ControlFlow::Continue(()),
            PassEnd::Spent => ControlFlow::Break(Progress::Yielded),
            PassEnd::Stopped => ControlFlow::Break(Progress::Stopped(())),
        }
    }

    /// Wakes the caller, and yields to the runtime.
    #[cold]
    pub(super) fn yield_now(&mut self, cx: &Context<'_>) {
        self.polls = 0;
        cx.waker().wake_by_ref();
    }
}

/// Returns a segment's bit in the root word.
#[inline]
pub(super) fn bit(segment: usize) -> u32 {
    u32::try_from(segment).expect("there are at most 64 segments")
}
