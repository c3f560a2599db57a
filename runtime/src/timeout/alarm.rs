//! A timer that is set again and again.

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

/// A timer in memory of its own, which is asked for when it is first set.
pub(super) struct Alarm(Option<Pin<Box<Option<Sleep>>>>);

impl Alarm {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// When it rings, or rang, if it is set.
    #[inline]
    pub(super) fn at(&self) -> Option<Instant> {
        self.sleep().map(Sleep::deadline)
    }

    /// Whether it has rung, since it was set. So does one whose runtime shuts down, whatever the time is.
    #[inline]
    pub(super) fn has_rung(&self) -> bool {
        self.sleep().is_some_and(Sleep::is_elapsed)
    }

    fn sleep(&self) -> Option<&Sleep> {
        self.0.as_ref()?.as_ref().get_ref().as_ref()
    }

    /// Sets it for another time. If that has passed already, it may wake whom it was set for before.
    ///
    /// Outside of tokio's cooperative budget: what used the budget up must not keep a deadline from passing.
    ///
    /// # Panics
    /// Where tokio cannot make a timer.
    pub(super) fn set(&mut self, at: Instant, timeout: &Timeout, waker: &Waker) {
        let memory = self.0.get_or_insert_with(|| Box::pin(None));
        match memory.as_mut().as_pin_mut() {
            Some(sleep) => sleep.reset(at),
            None => memory.set(Some(timeout.timer(at))),
        }
        let mut sleep = (memory.as_mut().as_pin_mut()).expect("it was just set");
        // One whose runtime shuts down would panic.
        if !sleep.is_elapsed() {
            let sleep = pin!(unconstrained(sleep.as_mut()));
            let _rung = sleep.poll(&mut Context::from_waker(waker));
        }
    }

    /// It is not to ring any more. This wakes nobody.
    pub(super) fn unset(&mut self) {
        if let Some(memory) = &mut self.0 {
            memory.set(None);
        }
    }
}
