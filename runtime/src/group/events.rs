//! The events of a group: its end, and a free permit. The futures [`Cancelled`] and [`Ready`] wait for them.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::{cause::Cause, core::Waiter, handle::GroupHandle, mode::GroupMode, waiters::Event};

impl<R, M: GroupMode> GroupHandle<R, M> {
    /// Waits until the group is ending, for whatever reason, or a group around it is. This is the first step of cancelling a task.
    ///
    /// With a `grace` the task then has that long to end by itself, before it is aborted. Without one it is aborted at once.
    /// The body and the scoped children are dropped at once in any case.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use std::time::Duration;
    ///
    /// rejoin::task_group!(|tg| {
    ///     let group = tg.handle();
    ///     tg.spawn_daemon(async move {
    ///         group.cancelled().await;
    ///         println!("flushed"); // has five seconds
    ///     });
    /// }, grace = 5s)
    /// .await;
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: call this again.
    #[doc(alias = "CancellationToken")]
    pub fn cancelled(&self) -> Cancelled {
        Cancelled(Waiter::new(self.core(), Event::Ending))
    }

    /// Returns whether the group is ending or over, or a group around it is. If so, its tasks should end.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let value = rejoin::task_group!(|tg| {
    ///     let group = tg.handle();
    ///     tg.spawn_blocking(move || while !group.is_cancelled() { std::thread::yield_now() });
    ///     tg.stop("stopped");
    ///     std::future::pending().await
    /// })
    /// .await;
    /// assert_eq!(value, "stopped");
    /// # }
    /// ```
    #[doc(alias = "cancel_called")]
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.core().is_cancelled()
    }

    /// Returns the number of children that the group waits for: those that were spawned and are not gone yet, also if they wait for a
    /// permit of the `limit`. Daemons are not counted.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// rejoin::task_group!(|tg| {
    ///     let child = tg.spawn(async { 1 });
    ///     tg.spawn_daemon(std::future::pending::<()>());
    ///     assert_eq!(tg.len(), 1);
    ///     child.await;
    ///     assert!(tg.is_empty());
    /// })
    /// .await;
    /// # }
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.core().state.members()
    }

    /// Returns whether there is no child that the group waits for, see [`len`](Self::len).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the first reason for the end of the group, or `None` as long as [`is_cancelled`](Self::is_cancelled) is `false`.
    ///
    /// For an open group inside of another group that is ending, it is the cause of the other group.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use rejoin::{Cause, task_group};
    ///
    /// task_group!(|tg| {
    ///     let group = tg.handle();
    ///     tg.spawn_daemon(async move {
    ///         group.cancelled().await;
    ///         match group.cause() {
    ///             Some(Cause::Finished) => println!("everything is done"),
    ///             Some(cause) => println!("the group has {cause}"),
    ///             None => unreachable!("the group is ending"),
    ///         }
    ///     });
    /// }, grace = 5s)
    /// .await;
    /// # }
    /// ```
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.core().reported_cause()
    }

    /// Waits until a child that is spawned then can start at once, or the group is ending. Without a `limit` it does not wait.
    ///
    /// Children that wait for the `limit` take up memory. A loop that spawns without end should await this before each child, so
    /// that at most `limit` children exist at once. If several tasks wait for this, all of them are woken when a child ends.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// rejoin::task_group!(|tg| {
    ///     for n in 0..10_000 {
    ///         tg.ready().await;
    ///         tg.spawn(async move { n * n });
    ///     }
    /// }, limit = 100)
    /// .await;
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: call this again.
    #[doc(alias = "Semaphore")]
    #[doc(alias = "CapacityLimiter")]
    pub fn ready(&self) -> Ready {
        Ready(Waiter::new(self.core(), Event::Permit))
    }
}

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
pub struct Cancelled(Waiter);

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
pub struct Ready(Waiter);

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
