//! A timer that is armed again and again.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Waker},
};

use tokio::{
    task::unconstrained,
    time::{Instant, Sleep},
};

use super::Timeout;

/// A timer in an allocation of its own, which is made when the timer is first armed.
pub(super) struct Timer(Option<Pin<Box<Option<Sleep>>>>);

impl Timer {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// Returns the time that the timer is armed for, also after it has fired, or `None` if it is not armed.
    #[inline]
    pub(super) fn at(&self) -> Option<Instant> {
        self.sleep().map(Sleep::deadline)
    }

    /// Checks whether the timer has fired since it was armed. When its runtime shuts down, a timer fires before its time.
    #[inline]
    pub(super) fn has_fired(&self) -> bool {
        self.sleep().is_some_and(Sleep::is_elapsed)
    }

    fn sleep(&self) -> Option<&Sleep> {
        self.0.as_ref()?.as_ref().get_ref().as_ref()
    }

    /// Arms the timer for `at`, in place of the time that it was armed for. If `at` has passed already, this may wake the
    /// waker of the previous call.
    ///
    /// The timer is polled outside of tokio's cooperative budget, because busy branches that use up the budget must not
    /// delay a deadline.
    ///
    /// # Panics
    ///
    /// If there is no current tokio runtime, or its time is not enabled.
    pub(super) fn arm(&mut self, at: Instant, timeout: &Timeout, waker: &Waker) {
        let memory = self.0.get_or_insert_with(|| Box::pin(None));
        match memory.as_mut().as_pin_mut() {
            Some(sleep) => sleep.reset(at),
            None => memory.set(Some(timeout.timer(at))),
        }
        let mut sleep = (memory.as_mut().as_pin_mut()).expect("it was just armed");
        // A timer panics when it is polled after the shutdown of its runtime.
        if !sleep.is_elapsed() {
            let sleep = pin!(unconstrained(sleep.as_mut()));
            let _fired = sleep.poll(&mut Context::from_waker(waker));
        }
    }

    /// Disarms the timer, so that it does not fire. This wakes no waker.
    pub(super) fn disarm(&mut self) {
        if let Some(memory) = &mut self.0 {
            memory.set(None);
        }
    }
}
