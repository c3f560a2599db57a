//! The values of options that are durations, for example `timeout = 2s`.

use std::{
    panic::{AssertUnwindSafe, Location, catch_unwind},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    time::{Instant, Sleep, sleep_until},
};

use crate::panics::discard;

/// The value of an option, with the option and the call, which the panic message of a call without a timer names.
#[derive(Clone, Copy, Debug)]
pub struct Timeout {
    pub(super) after: Duration,
    /// The option, as the panic names it.
    option: &'static str,
    call: &'static Location<'static>,
}

impl Timeout {
    /// Creates a timeout for a call at the location of the caller.
    #[track_caller]
    pub(crate) const fn new(after: Duration, option: &'static str) -> Self {
        Self {
            after,
            option,
            call: Location::caller(),
        }
    }

    /// Returns the duration.
    pub(crate) const fn after(self) -> Duration {
        self.after
    }

    /// Replaces the option's name.
    pub(crate) const fn named(self, option: &'static str) -> Self {
        Self { option, ..self }
    }

    /// Returns a timer for `at`.
    ///
    /// The location of the call is part of the message, because the panic's own location is where the call is polled.
    ///
    /// # Panics
    ///
    /// If there is no current tokio runtime, or its time is not enabled.
    pub(super) fn timer(&self, at: Instant) -> Sleep {
        if Handle::try_current().is_err() {
            self.no_timer();
        }
        // There is no way to ask whether time is enabled.
        catch_unwind(AssertUnwindSafe(|| sleep_until(at))).unwrap_or_else(|payload| {
            discard(payload);
            self.no_timer()
        })
    }

    #[cold]
    fn no_timer(&self) -> ! {
        panic!(
            "{} at {} needs a tokio runtime with time enabled",
            self.option, self.call
        )
    }
}
