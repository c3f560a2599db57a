//! Timeouts of a call and of each branch.
//!
//! [`policy`] handles the timeout of calls that return their results one by one, [`each`] the timeout of each branch, and
//! [`shared`] lets the branches of a spread share one timer.

#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
mod each;
mod option;
mod policy;
mod queue;
mod shared;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
mod stagger;
#[cfg(test)]
mod test_waker;
mod timer;

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use tokio::{
    task::unconstrained,
    time::{Instant, Sleep},
};

pub use self::{
    each::{
        BranchTimeoutAsError, BranchTimeoutAsResult, EachTimeout, OnBranchTimeout, SpreadTimeout,
    },
    option::Timeout,
    policy::{SilentTimeout, TimeoutItem},
    shared::SharedDeadlines,
    stagger::{OnFailure, OnTime, Stagger, Staggered},
};
use crate::error::TimedOut;

pin_project! {
    #[derive(Debug)]
    /// A point in time, measured from the call of [`begin`](Self::begin).
    pub struct Deadline {
        timeout: Timeout,
        // `None` before `begin`, and if the clock cannot represent the time: then the deadline never passes.
        at: Option<Instant>,
        // Created when the deadline is first waited for, so that a call that is ready at once needs no timer.
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl Deadline {
    pub(crate) const fn new(timeout: Timeout) -> Self {
        Self {
            timeout,
            at: None,
            sleep: None,
        }
    }

    /// Creates a deadline that has begun and passes at `at`.
    pub(crate) const fn until(at: Instant, timeout: Timeout) -> Self {
        Self {
            timeout,
            at: Some(at),
            sleep: None,
        }
    }

    /// Sets the name of the option for the panic message, see [`Timeout::named`].
    pub(crate) fn name(self: Pin<&mut Self>, option: &'static str) {
        let timeout = self.project().timeout;
        *timeout = timeout.named(option);
    }

    /// Returns when the deadline passes, if it has begun and the clock can represent that time.
    pub(crate) const fn at(&self) -> Option<Instant> {
        self.at
    }

    /// Starts to measure the time.
    pub(crate) fn begin(self: Pin<&mut Self>) {
        let this = self.project();
        *this.at = Instant::now().checked_add(this.timeout.after);
    }

    /// Returns `Ready` if the deadline has passed, and otherwise wakes the task when it passes.
    ///
    /// The timer is polled outside of tokio's cooperative budget, because busy branches that use up the budget must not
    /// delay a deadline.
    pub(crate) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TimedOut> {
        let mut this = self.project();
        if this.timeout.after.is_zero() {
            // A timer would only fire at the next tick of the clock.
            return Poll::Ready(TimedOut::new(this.timeout.after));
        }
        let Some(at) = *this.at else {
            return Poll::Pending;
        };
        if this
            .sleep
            .as_ref()
            .get_ref()
            .as_ref()
            .is_some_and(Sleep::is_elapsed)
        {
            if Instant::now() >= at {
                return Poll::Ready(TimedOut::new(this.timeout.after));
            }
            // The timer elapsed early because its runtime was shut down. It would panic if it were polled.
            this.sleep.set(None);
        }
        if this.sleep.is_none() {
            this.sleep.set(Some(this.timeout.timer(at)));
        }
        let sleep = this.sleep.as_pin_mut().expect("it was just created");
        ready!(pin!(unconstrained(sleep)).poll(cx));
        Poll::Ready(TimedOut::new(this.timeout.after))
    }

    /// Checks whether the timeout is zero, so that the deadline passes as soon as it has begun.
    pub(crate) const fn is_zero(&self) -> bool {
        self.timeout.after.is_zero()
    }

    /// Creates the error for this timeout.
    pub(crate) const fn timed_out(&self) -> TimedOut {
        TimedOut::new(self.timeout.after)
    }
}
