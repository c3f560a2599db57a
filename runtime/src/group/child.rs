//! The handle of one child: [`Child`].

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::task::JoinHandle;

use super::{
    cell::OutputCell,
    child_future::BoxedTask,
    core::{Shared, Waiter},
    waiters::Event,
};

/// The panic message for a child that was dropped by the shutdown of its runtime.
pub(super) const LOST: &str = "this `Child` will never be ready: its runtime was shut down";

/// A child of a group: a future of its output, which the `spawn` methods of [`TaskGroup`](crate::TaskGroup) return.
///
/// Dropping it lets the child run on; the group waits for it in any case. [`cancel`](Self::cancel) ends it early.
///
/// A child has no output if it returned an error of a failing group, panicked or was cancelled, if its runtime was shut down, or
/// if it was spawned when the group was ending or over. While the group is ending, a `Child` without an output is pending:
/// the body and the children that await it are about to be dropped. [`join`](Self::join) returns `None` instead.
///
/// # Panics
///
/// Awaiting it panics if there is no output and
///
/// - the group is over: "this `Child` has no value: its group has ended without it";
/// - the group is open, which happens only if the runtime that ran the child was shut down: "this `Child` will never be ready: its
///   runtime was shut down". The group panics as well.
///
/// It also panics if it is polled after it was ready. A panic of the child itself is resumed by the group.
///
/// # Cancel safety
///
/// Awaiting `&mut child` loses nothing when it is dropped.
#[doc(alias = "JoinHandle")]
#[doc(alias = "ScopedJoinHandle")]
pub struct Child<T>(Inner<T>);

enum Inner<T> {
    /// The child puts its output into a cell.
    ViaCell {
        cell: Arc<OutputCell<T>>,
        /// The ticket of a child that had to be queued.
        ticket: Option<u64>,
    },
    /// The `JoinHandle` hands back the task with the output in it.
    ViaJoinHandle {
        task: RuntimeTask,
        /// Takes the output out of the task.
        take: fn(BoxedTask) -> Option<T>,
    },
    /// The child has ended without an output. This waits for the end of its group.
    NoOutput(Waiter),
    /// The output was returned.
    Taken,
}

impl<T> Child<T> {
    /// Creates the handle of a child that was not admitted, because the group is ending or over.
    pub(super) fn rejected(core: &Arc<Shared>) -> Self {
        Self(Inner::no_output(core))
    }

    pub(super) const fn via_cell(cell: Arc<OutputCell<T>>, ticket: Option<u64>) -> Self {
        Self(Inner::ViaCell { cell, ticket })
    }

    pub(super) const fn via_join_handle(
        task: RuntimeTask,
        take: fn(BoxedTask) -> Option<T>,
    ) -> Self {
        Self(Inner::ViaJoinHandle { task, take })
    }

    /// Cancels the child at once. The future that this returns waits until the child is gone, and returns its output if it had
    /// finished before.
    ///
    /// The child is cancelled by the call, whether the future is awaited or not. A task is aborted at its next await, without
    /// the `grace` of the group; a child that waits for the group's `limit` is dropped unpolled; a blocking child that runs
    /// already cannot be cancelled, and is waited for. The group goes on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the output, if there is one. The child is cancelled in any case.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// rejoin::task_group!(|tg| {
    ///     let child = tg.spawn(std::future::pending::<u8>());
    ///     assert_eq!(child.cancel().await, None);
    /// })
    /// .await;
    /// # }
    /// ```
    #[doc(alias = "abort")]
    pub fn cancel(mut self) -> impl Future<Output = Option<T>> + use<T> {
        self.0.cancel();
        poll_fn(move |cx| match self.0 {
            Inner::Taken => Poll::Ready(None),
            _ => self.0.poll_finished(cx),
        })
    }

    /// Waits until the child has ended, and returns its output if there is one.
    ///
    /// It returns `None` where awaiting the `Child` panics or waits for the end of the group: if the child returned an error of a
    /// failing group, panicked or was cancelled with its group, if its runtime was shut down, and if it was spawned when the
    /// group was ending or over. While the group is ending it waits until this child is gone, and not until the group is over.
    ///
    /// # Panics
    ///
    /// If the output was returned before, through `&mut child`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the output, if there is one. The child runs on.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let mut kept = None;
    /// let failed = rejoin::task_group!(<&str> |tg| {
    ///     kept = Some(tg.spawn(async { Err::<u8, _>("no answer") }));
    ///     Ok(())
    /// });
    /// assert!(failed.await.is_err());
    /// assert_eq!(kept.unwrap().join().await, None);
    /// # }
    /// ```
    pub fn join(mut self) -> impl Future<Output = Option<T>> + use<T> {
        poll_fn(move |cx| self.0.poll_finished(cx))
    }

    /// Returns whether the child has ended, for whatever reason.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// rejoin::task_group!(|tg| {
    ///     let mut child = tg.spawn(async { 7 });
    ///     assert!(!child.is_finished());
    ///     assert_eq!((&mut child).await, 7);
    ///     assert!(child.is_finished());
    /// })
    /// .await;
    /// # }
    /// ```
    #[doc(alias = "done")]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Inner::ViaCell { cell, .. } => cell.header().is_finished(),
            Inner::ViaJoinHandle { task, .. } => task.is_finished(),
            Inner::NoOutput(_) | Inner::Taken => true,
        }
    }
}

impl<T> Inner<T> {
    fn no_output(core: &Arc<Shared>) -> Self {
        Self::NoOutput(Waiter::new(core, Event::Over))
    }

    /// Makes the child be dropped as soon as possible.
    fn cancel(&self) {
        match self {
            Self::ViaCell { cell, ticket } => cell.header().cancel(*ticket),
            Self::ViaJoinHandle { task, .. } => task.cancel(),
            Self::NoOutput(_) | Self::Taken => {}
        }
    }

    /// Polls for the end of the child, and takes its output.
    fn poll_finished(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let (output, core) = match self {
            Self::ViaCell { cell, .. } => {
                ready!(cell.header().poll_finished(cx));
                (cell.take_output(), cell.header().core())
            }
            Self::ViaJoinHandle { task, take } => {
                (ready!(task.poll_finished(cx)).and_then(*take), &task.core)
            }
            Self::NoOutput(_) => return Poll::Ready(None),
            Self::Taken => panic!("this `Child` has given its value already"),
        };
        *self = match output {
            Some(_) => Self::Taken,
            None => Self::no_output(core),
        };
        Poll::Ready(output)
    }

    /// Waits for the end of the group, for a child without an output.
    fn poll_group_over(&mut self, cx: &Context<'_>) {
        let Self::NoOutput(group) = self else {
            unreachable!("there was an output");
        };
        poll_group_over(group, cx);
    }
}

/// Waits for the end of the group, for a child without an output.
///
/// # Panics
///
/// When the group is over. Also if the group is open, because then the child's runtime was shut down.
fn poll_group_over(group: &mut Waiter, cx: &Context<'_>) {
    assert!(group.core().is_ending(), "{LOST}");
    assert!(
        group.poll(cx).is_pending(),
        "this `Child` has no value: its group has ended without it"
    );
}

impl<T> Unpin for Child<T> {}

impl<T> Future for Child<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if let Some(output) = ready!(self.0.poll_finished(cx)) {
            return Poll::Ready(output);
        }
        self.0.poll_group_over(cx);
        Poll::Pending
    }
}

impl<T> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

/// A task that its `JoinHandle` hands back with the output in it.
pub(super) struct RuntimeTask {
    handle: JoinHandle<Option<BoxedTask>>,
    core: Arc<Shared>,
}

impl RuntimeTask {
    pub(super) const fn new(handle: JoinHandle<Option<BoxedTask>>, core: Arc<Shared>) -> Self {
        Self { handle, core }
    }

    /// Makes the task be dropped as soon as possible.
    fn cancel(&self) {
        if !self.handle.is_finished() {
            self.core.add_cancelled_task(self.handle.abort_handle());
            self.handle.abort();
        }
    }

    fn is_finished(&self) -> bool {
        // The group is over a moment before the runtime marks its last task as finished.
        self.handle.is_finished() || self.core.is_over()
    }

    /// Polls for the end of the task, which is handed back if its output is in it.
    fn poll_finished(&mut self, cx: &mut Context<'_>) -> Poll<Option<BoxedTask>> {
        let end = ready!(Pin::new(&mut self.handle).poll(cx));
        Poll::Ready(end.ok().flatten())
    }
}
