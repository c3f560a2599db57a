//! The early end of a gather, before all branches are done: by a deadline, an `until`, or both.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::{
    error::{Stopped, TimedOut},
    set::Close,
    timeout::{Deadline, Timeout},
    trace,
    until::Until,
};

/// A source of the early end of a gather.
pub trait EndSource {
    /// The value from which the output is made when this has ended the call.
    type End;
    /// Whether this has a future of the user, which may panic when it is polled or dropped.
    const HAS_FUTURE: bool;

    /// Begins a turn. Returns how the branches come to an end in it, if the deadline has passed. Time is measured from the first
    /// turn.
    fn begin_turn(self: Pin<&mut Self>, is_first: bool) -> Option<Close>;

    /// Checks whether this has ended the call. If the turn was yielded, a deadline that has passed is only noted,
    /// because there is more to poll first.
    fn poll(self: Pin<&mut Self>, yielded: bool, cx: &mut Context<'_>) -> Poll<Self::End>;

    /// Drops the future of the user.
    fn discard(self: Pin<&mut Self>);

    /// Classifies the end for the call's span.
    fn outcome(end: &Self::End) -> trace::End;
}

/// A call that does not end early.
impl EndSource for Infallible {
    type End = Self;
    const HAS_FUTURE: bool = false;

    #[inline]
    fn begin_turn(self: Pin<&mut Self>, _: bool) -> Option<Close> {
        match *self {}
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, _: bool, _: &mut Context<'_>) -> Poll<Self> {
        match *self {}
    }

    #[inline]
    fn discard(self: Pin<&mut Self>) {
        match *self {}
    }

    #[inline]
    fn outcome(end: &Self) -> trace::End {
        match *end {}
    }
}

pin_project! {
    /// The deadline of a gather.
    pub struct Clock {
        is_late: bool,
        #[pin]
        deadline: Deadline,
    }
}

impl Clock {
    pub(crate) const fn new(timeout: Timeout) -> Self {
        Self {
            is_late: false,
            deadline: Deadline::new(timeout),
        }
    }
}

impl EndSource for Clock {
    type End = TimedOut;
    const HAS_FUTURE: bool = false;

    fn begin_turn(self: Pin<&mut Self>, is_first: bool) -> Option<Close> {
        let this = self.project();
        let is_zero = this.deadline.is_zero();
        if is_first {
            this.deadline.begin();
        }
        if is_zero {
            Some(Close::Once)
        } else {
            this.is_late.then_some(Close::Fairly)
        }
    }

    fn poll(self: Pin<&mut Self>, yielded: bool, cx: &mut Context<'_>) -> Poll<TimedOut> {
        let this = self.project();
        let late = this.deadline.poll(cx);
        if yielded {
            *this.is_late |= late.is_ready();
            return Poll::Pending;
        }
        late
    }

    #[inline]
    fn discard(self: Pin<&mut Self>) {}

    fn outcome(_: &TimedOut) -> trace::End {
        trace::End::TimedOut
    }
}

impl<F: Future> EndSource for Until<F> {
    type End = Stopped;
    const HAS_FUTURE: bool = true;

    #[inline]
    fn begin_turn(self: Pin<&mut Self>, _: bool) -> Option<Close> {
        None
    }

    fn poll(self: Pin<&mut Self>, _: bool, cx: &mut Context<'_>) -> Poll<Stopped> {
        if Until::poll(self, cx) {
            Poll::Ready(Stopped)
        } else {
            Poll::Pending
        }
    }

    fn discard(self: Pin<&mut Self>) {
        Until::discard(self);
    }

    fn outcome(_: &Stopped) -> trace::End {
        trace::End::Stopped
    }
}

pin_project! {
    /// Both. `until` is polled before the deadline is checked.
    pub struct UntilOrClock<F> {
        #[pin]
        until: Until<F>,
        #[pin]
        clock: Clock,
    }
}

impl<F> UntilOrClock<F> {
    pub(crate) const fn new(until: Until<F>, clock: Clock) -> Self {
        Self { until, clock }
    }
}

/// The early end of a call that has both.
pub enum EarlyEnd {
    Stopped(Stopped),
    TimedOut(TimedOut),
}

impl<F: Future> EndSource for UntilOrClock<F> {
    type End = EarlyEnd;
    const HAS_FUTURE: bool = true;

    fn begin_turn(self: Pin<&mut Self>, is_first: bool) -> Option<Close> {
        self.project().clock.begin_turn(is_first)
    }

    fn poll(self: Pin<&mut Self>, yielded: bool, cx: &mut Context<'_>) -> Poll<EarlyEnd> {
        let this = self.project();
        if this.until.poll(cx) {
            return Poll::Ready(EarlyEnd::Stopped(Stopped));
        }
        let late = ready!(this.clock.poll(yielded, cx));
        Poll::Ready(EarlyEnd::TimedOut(late))
    }

    fn discard(self: Pin<&mut Self>) {
        self.project().until.discard();
    }

    fn outcome(end: &EarlyEnd) -> trace::End {
        match end {
            EarlyEnd::Stopped(_) => trace::End::Stopped,
            EarlyEnd::TimedOut(_) => trace::End::TimedOut,
        }
    }
}
