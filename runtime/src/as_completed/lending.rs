//! The sets of a loop, which it owns or borrows.

use std::task::{Context, Poll};

use crate::{
    completion::{Completions, Live, over, poll_next, poll_on},
    end_policy::EndPolicy,
    trace::{Call, Macro},
};

/// The clock of a loop, and the span of its call.
pub struct Timed<C> {
    clock: C,
    call: Call,
}

impl<C: EndPolicy> Timed<C> {
    #[inline]
    #[cfg_attr(feature = "tracing", track_caller)]
    pub(crate) fn new(clock: C) -> Self {
        Self {
            clock,
            call: Call::of_unknown(Macro::AsCompleted),
        }
    }
}

/// The sets of a loop, owned or borrowed for the time of one poll or one await.
pub struct Lending<'a, L, C> {
    live: L,
    clock: &'a mut Timed<C>,
    limit: Option<usize>,
}

/// Lends sets to a loop.
#[inline]
pub fn lending<L: Live, C: EndPolicy>(
    live: L,
    clock: &mut Timed<C>,
    limit: Option<usize>,
) -> Lending<'_, L, C> {
    Lending { live, clock, limit }
}

impl<'a, L, C> Lending<'a, L, C> {
    #[inline]
    pub(crate) const fn new(live: L, clock: &'a mut Timed<C>, limit: Option<usize>) -> Self {
        Self { live, clock, limit }
    }
}

impl<L: Live, C: EndPolicy> Completions for Lending<'_, L, C> {
    type Item = C::Item<L::Output>;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { live, clock, limit } = self;
        let Timed { clock, call } = &mut **clock;
        call.count(|| live.len());
        call.run(|ending| {
            let poll = poll_next(live, clock, *limit, cx, |(_, output)| output);
            ending.maybe(|| over(live, clock));
            poll
        })
    }

    fn poll_on(&mut self, cx: &mut Context<'_>) {
        let Timed { clock, call } = &mut *self.clock;
        call.run(|_| poll_on(&mut self.live, clock, self.limit, cx));
    }
}
