//! Turns of polls.

use std::{mem, ops::ControlFlow, task::Context};

use super::{
    block::Home,
    close::Close,
    owner::Glance,
    raw::{AtHome, RawSet},
    segments::Place,
    slots::Segment,
    visit::{PassEnd, Polled, Visits},
    walk::Begun,
};

/// Branches are polled no more often than this before the runtime gets its turn.
pub(super) const TURN: usize = 512;
/// Under a limit, branches are started until this many were polled in a turn, because [`TURN`] busy ones must not keep free
/// places empty.
pub(crate) const TURN_WITH_STARTS: usize = 1024;

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
    pub(super) fn ended(&mut self, count: usize) {
        if self.kept {
            self.limit -= count.min(self.limit);
        }
    }
}

/// How a turn of polls ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn<B = ()> {
    /// All that could be polled was, or started in the places there are.
    Done,
    /// The runtime must have its turn.
    Cut,
    /// The caller wanted to stop.
    Stopped(B),
}

impl RawSet {
    /// Polls the futures that were woken before this call and, as far as there are `places`, those that were never
    /// polled, each in the order in which they were pushed. The caller calls [`Set::yielding`](super::Set::yielding) at the end of its turn.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut places: Places,
        visits: &mut Visits<'_>,
    ) -> Turn {
        // A turn that a result has stopped is most often stopped by the next one.
        while self.sweep.is_under_way {
            let Some((n, slot)) = self.next_woken(cx.waker()) else {
                break;
            };
            match self.poll_lone(n, slot, &mut places, visits) {
                Turn::Done => {}
                other => return other,
            }
        }
        match self.glance(cx.waker()) {
            Glance::Nothing => Turn::Done,
            Glance::One { bit, slot } => self.poll_lone(bit, slot, &mut places, visits),
            Glance::Fresh => self.start(cx, &mut places, visits),
            Glance::Much => self.poll_much(cx, &mut places, visits),
        }
    }

    /// Polls the futures that were never polled, as far as there are `places`, in the order in which they were pushed. The
    /// caller calls [`Set::yielding`](super::Set::yielding) at the end of its turn.
    pub(super) fn poll_fresh(
        &mut self,
        cx: &mut Context<'_>,
        mut places: Places,
        visits: &mut Visits<'_>,
    ) -> Turn {
        self.start(cx, &mut places, visits)
    }

    /// Polls the futures that are left of a sweep that was stopped, and at most this number of those that were never polled. The
    /// caller calls [`Set::yielding`](super::Set::yielding) at the end of its turn.
    pub(super) fn poll_rest(
        &mut self,
        cx: &mut Context<'_>,
        fresh: usize,
        visits: &mut Visits<'_>,
    ) -> Turn {
        let places = &mut { Places::ALL };
        if self.sweep.is_under_way {
            match self.end_sweep(cx, places, visits) {
                Turn::Done => {}
                other => return other,
            }
        }
        self.start_most(cx, places, fresh, visits)
    }

    fn poll_much(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        visits: &mut Visits<'_>,
    ) -> Turn {
        // Usually those that were woken were pushed before those that are new. But neither may keep the other waiting
        // for more than a turn.
        let fresh_first = mem::take(&mut self.fresh_first);
        if fresh_first {
            match self.start(cx, places, visits) {
                Turn::Done => {}
                other => return other,
            }
        }
        let swept = self.poll_woken(cx, places, visits);
        match swept {
            Turn::Stopped(()) => return swept,
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
        match (swept, self.start(cx, places, visits)) {
            (Turn::Cut, Turn::Done) => Turn::Cut,
            (_, started) => started,
        }
    }

    /// Polls the futures that are left of a sweep that was stopped, and then those that were woken since that began.
    fn poll_woken(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        visits: &mut Visits<'_>,
    ) -> Turn {
        if self.sweep.is_under_way {
            match self.end_sweep(cx, places, visits) {
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
                self.poll_lone(self.sweep.segment, slot, places, visits)
            }
            begun => self.poll_begun(begun, places, visits),
        }
    }

    /// Polls the only future that was woken: this one of the `n`-th segment.
    #[inline]
    pub(super) fn poll_lone(
        &mut self,
        n: usize,
        slot: usize,
        places: &mut Places,
        visits: &mut Visits<'_>,
    ) -> Turn {
        let segment = &mut self.segments[n];
        let id = segment.base() + slot;
        // A waker may be used after its future is gone, and before the next one in its slot was polled.
        if !self.order.is_started(id) {
            return Turn::Done;
        }
        let Some(polled) = segment.poll_again(slot, self.order.index(id), visits) else {
            return Turn::Done;
        };
        self.polls += 1;
        match self.settle(id, polled, places) {
            ControlFlow::Continue(()) => Turn::Done,
            ControlFlow::Break(turn) => turn,
        }
    }

    fn start(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        visits: &mut Visits<'_>,
    ) -> Turn {
        self.start_most(cx, places, usize::MAX, visits)
    }

    /// Polls at most this number of the futures that were never polled.
    fn start_most(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        most: usize,
        visits: &mut Visits<'_>,
    ) -> Turn {
        let fresh = self.order.fresh();
        let starts = self.starts().min(most);
        let turn = if self.order.is_shuffled() {
            self.start_one_by_one(cx, places, starts, visits)
        } else {
            self.start_in_rows(cx, places, starts, visits)
        };
        if let Some(closing) = &mut self.closing {
            closing.starts -= fresh - self.order.fresh();
        }
        turn
    }

    /// Returns how many futures may be started in what is left of the turn.
    #[inline]
    fn starts_left(&self, places: &Places) -> usize {
        let polls = if places.are_limited {
            TURN_WITH_STARTS
        } else {
            TURN
        };
        polls.saturating_sub(self.polls)
    }

    fn start_in_rows(
        &mut self,
        cx: &mut Context<'_>,
        places: &mut Places,
        mut starts: usize,
        visits: &mut Visits<'_>,
    ) -> Turn {
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
            let Place { segment, .. } = self.segments.place(first);
            let pass = self.poll_segment(cx, segment, |own, home| own.poll_new(home, most, visits));
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
                PassEnd::Stopped => return Turn::Stopped(()),
            }
        }
        Turn::Done
    }

    fn start_one_by_one(
        &mut self,
        cx: &Context<'_>,
        places: &mut Places,
        mut starts: usize,
        visits: &mut Visits<'_>,
    ) -> Turn {
        while self.order.fresh() > 0 && starts > 0 && places.free(self.running) > 0 {
            if self.starts_left(places) == 0 || self.is_out_of_budget() {
                return Turn::Cut;
            }
            starts -= 1;
            match self.start_next(cx, places, visits) {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(Turn::Cut) if places.are_limited => {}
                ControlFlow::Break(turn) => return turn,
            }
        }
        Turn::Done
    }

    /// Polls the next future that was never polled, where they are polled one by one; there is one, and a place for it.
    #[inline]
    fn start_next(
        &mut self,
        cx: &Context<'_>,
        places: &mut Places,
        visits: &mut Visits<'_>,
    ) -> ControlFlow<Turn> {
        let id = self.order.take_fresh().expect("one is fresh");
        let index = self.order.index(id);
        let Place { segment, slot } = self.segments.place(id);
        self.polls += 1;
        self.running += 1;
        let own = &mut self.segments[segment];
        let polled = if own.has_owner() {
            own.poll_again(slot, index, visits)
        } else {
            self.poll_segment(cx, segment, |own, home| {
                own.poll_first(slot, index, home, visits)
            })
        };
        let polled = polled.expect("a fresh slot holds a future");
        self.settle(id, polled, places)
    }

    /// Does first polls in a segment, with what a block that is made for it is tied to: the first block is home.
    #[inline]
    fn poll_segment<R>(
        &mut self,
        cx: &Context<'_>,
        segment: usize,
        work: impl FnOnce(&mut Segment, Home<'_>) -> R,
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

    /// Takes note of what came of a poll.
    #[inline]
    pub(super) fn settle(
        &mut self,
        id: usize,
        polled: Polled,
        places: &mut Places,
    ) -> ControlFlow<Turn> {
        if polled.is_done {
            self.running -= 1;
            places.ended(1);
            self.order.release(id);
        }
        match polled.end {
            PassEnd::Reached | PassEnd::Full => ControlFlow::Continue(()),
            PassEnd::Spent => ControlFlow::Break(Turn::Cut),
            PassEnd::Stopped => ControlFlow::Break(Turn::Stopped(())),
        }
    }

    /// Wakes the caller, and gives the runtime its turn.
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
