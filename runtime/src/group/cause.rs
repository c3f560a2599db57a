//! The reason for the end of a group: [`Cause`].

use std::fmt;

use super::{core::Core, state::EndCause};

/// The first reason for the end of a group: see [`GroupHandle::cause`](crate::GroupHandle::cause).
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use rejoin::{Cause, task_group};
/// use std::future::pending;
///
/// let mut group = None;
/// let late = task_group!(|tg| {
///     group = Some(tg.handle());
///     pending::<()>().await;
/// }, timeout = 1s);
/// assert!(late.await.is_err());
/// let cause = group.and_then(|group| group.cause());
/// assert_eq!(cause, Some(Cause::TimedOut));
/// assert_eq!(Cause::TimedOut.to_string(), "timed out");
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The body and all children except daemons have ended.
    Finished,
    /// The body or a child has returned an error.
    Failed,
    /// [`stop`](crate::GroupHandle::stop) was called, or the future of `until` has completed.
    Stopped,
    /// The `timeout` has elapsed.
    TimedOut,
    /// The body, a child or the future of `until` has panicked, or the runtime of a child was shut down.
    Panicked,
    /// The group's future was dropped.
    Dropped,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::TimedOut => "timed out",
            Self::Panicked => "panicked",
            Self::Dropped => "dropped",
        })
    }
}

impl<Q: Send + 'static> Core<Q> {
    /// Returns the reason for the end of this group, or of a group around it if this group is open or was aborted with that one.
    pub(super) fn reported_cause(&self) -> Option<Cause> {
        let mut group = self;
        loop {
            let cause = match group.cause() {
                Some(EndCause::Done) => Cause::Finished,
                Some(EndCause::Failed) => Cause::Failed,
                Some(EndCause::Stopped | EndCause::Until) => Cause::Stopped,
                Some(EndCause::TimedOut) => Cause::TimedOut,
                Some(EndCause::Panicked) => Cause::Panicked,
                Some(EndCause::Dropped) => Cause::Dropped,
                Some(EndCause::ParentAborted) if group.inner.lock().is_orphan => Cause::Dropped,
                None | Some(EndCause::ParentAborted) => {
                    group = group.parent.get()?;
                    continue;
                }
            };
            return Some(cause);
        }
    }
}
