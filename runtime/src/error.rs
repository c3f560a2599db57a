//! The errors that the macros give.

use std::{error::Error, fmt, io, time::Duration};

/// A deadline passed: what a call with `timeout` or `each_timeout` gives for what was not done in time.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use std::{future::pending, time::Duration};
///
/// let late = rejoin::gather!(pending::<()>(), timeout = 1.5s).await.unwrap_err();
/// assert_eq!(late.after(), Duration::from_millis(1500));
/// assert_eq!(late.to_string(), "timed out after 1.5s");
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimedOut {
    after: Duration,
}

impl TimedOut {
    pub(crate) const fn new(after: Duration) -> Self {
        Self { after }
    }

    /// How long was waited: the option's value, counted from the first poll.
    #[must_use]
    pub const fn after(&self) -> Duration {
        self.after
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "timed out after {:?}", self.after)
    }
}

impl Error for TimedOut {}

/// An error of kind [`io::ErrorKind::TimedOut`], with the [`TimedOut`] inside.
impl From<TimedOut> for io::Error {
    fn from(late: TimedOut) -> Self {
        Self::new(io::ErrorKind::TimedOut, late)
    }
}
