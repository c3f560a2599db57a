//! The futures of events of a group: [`Cancelled`] and [`Ready`].

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::core::Waiter;
#[cfg(doc)]
use super::handle::GroupHandle;

/// The future of [`GroupHandle::cancelled`]. Dropping it loses nothing.
///
/// It names no type of its group. So a function that only needs to know whether to end can take it, instead of a [`GroupHandle`],
/// and a clone of it for each of its own futures.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use rejoin::{future::Cancelled, task_group};
///
/// fn count(cancelled: &Cancelled) -> u64 {
///     let mut count = 0;
///     while !cancelled.is_cancelled() {
///         count += 1;
///     }
///     count
/// }
///
/// task_group!(|tg| {
///     let cancelled = tg.cancelled();
///     tg.spawn_blocking({
///         let cancelled = cancelled.clone();
///         move || count(&cancelled)
///     });
///     tg.spawn_blocking(move || count(&cancelled));
///     tg.stop(());
/// })
/// .await;
/// # }
/// ```
#[derive(Clone)]
#[must_use = "futures do nothing unless awaited: add `.await`"]
pub struct Cancelled(pub(super) Waiter);

impl Cancelled {
    /// Returns whether the group is ending or over, or a group around it is. See [`GroupHandle::is_cancelled`].
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.core().is_cancelled()
    }
}

impl Future for Cancelled {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll(cx)
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancelled").finish_non_exhaustive()
    }
}

/// The future of [`GroupHandle::ready`]. Dropping it loses nothing, because it holds no permit.
#[must_use = "futures do nothing unless awaited: add `.await`"]
pub struct Ready(pub(super) Waiter);

impl Future for Ready {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll(cx)
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}
