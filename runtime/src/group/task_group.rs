//! The handle of a group for its body and its scoped children: [`TaskGroup`].

use std::{fmt, future::Future, sync::Arc};

use super::{
    cause::Cause,
    cell::OutputCell,
    child::Child,
    child_future::{ChildContext, ChildFuture, ChildMemory},
    core::ChildKind,
    events::{Cancelled, Ready},
    finalizers::finalizer,
    handle::{GroupHandle, Value},
    inbox::Inbox,
    membership::Membership,
    mode::GroupMode,
    work::{OutputSink, SpawnedFuture},
};
use crate::{
    hint::{SendError, Takes, TakesCleanUp},
    mode::Plain,
};

/// A group, for its body and its children: the argument of the body of [`task_group!`](crate::task_group).
///
/// `R` is the type of the body's value. `M` is [`Plain`], or [`Failing<E>`](crate::Failing) in a group that fails with an `E`.
///
/// Clones belong to the same group. A scoped child may hold one and spawn more children. A child that must be `'static` uses a
/// [`handle`](Self::handle).
///
/// A child that is spawned when the group is ending or over is dropped unpolled, and its [`Child`] has no value: awaiting it panics
/// after the group is over.
#[doc(alias = "nursery")]
#[doc(alias = "JoinSet")]
#[doc(alias = "TaskTracker")]
#[doc(alias = "scope")]
pub struct TaskGroup<'a, R, M: GroupMode = Plain> {
    handle: GroupHandle<R, M>,
    inbox: Arc<Inbox<'a>>,
}

impl<'a, R, M: GroupMode> TaskGroup<'a, R, M> {
    pub(super) const fn new(handle: GroupHandle<R, M>, inbox: Arc<Inbox<'a>>) -> Self {
        Self { handle, inbox }
    }

    /// Returns a handle of the group that borrows nothing, for tasks, other threads, and other values that must be `'static`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let answer = rejoin::task_group!(|tg| {
    ///     let group = tg.handle();
    ///     tg.spawn(async move { group.spawn(async { 42 }).await }).await
    /// })
    /// .await;
    /// assert_eq!(answer, 42);
    /// # }
    /// ```
    #[must_use]
    pub fn handle(&self) -> GroupHandle<R, M> {
        self.handle.clone()
    }

    /// Spawns a child as a task, which runs in parallel.
    ///
    /// The runtime that is current at the call starts it at once, or under a `limit` when a permit is free. In a thread outside
    /// of a runtime, the task runs in the runtime in which the group was first polled.
    ///
    /// The future must be `Send` and borrow nothing. If it borrows from the surroundings of the group, use
    /// [`spawn_scoped`](Self::spawn_scoped). If it is not `Send`, await it in the body, for example with
    /// [`gather!`](crate::gather). An `async move` block owns the variables that it uses, so it borrows nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let sum = rejoin::task_group!(|tg| {
    ///     let (a, b) = (tg.spawn(async { 1 }), tg.spawn(async { 2 }));
    ///     a.await + b.await
    /// })
    /// .await;
    /// assert_eq!(sum, 3);
    /// # }
    /// ```
    ///
    /// # Returns
    ///
    /// A [`Child`], a future of the value that the child's future returns; in a failing group of the value in its `Ok`. Dropping the
    /// `Child` lets the child run on.
    ///
    /// A child that fails, panics or is cancelled has no value, nor has one that is dropped by the shutdown of its runtime, or that is spawned
    /// when the group is ending or over. Awaiting its `Child` waits for the end of the group, and panics then, where
    /// [`join`](Child::join) returns `None`.
    ///
    /// A child that panics ends the group with all other children, unless [`catch`](crate::catch) returns the panic as a
    /// value: `tg.spawn(catch(serve(client)))`.
    ///
    /// # Task-locals
    ///
    /// A task has task-locals of its own. It does not see the task-locals of the body, unlike a child of
    /// [`spawn_scoped`](Self::spawn_scoped). Pass them on:
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// tokio::task_local! {
    ///     static USER: u32;
    /// }
    ///
    /// let group = rejoin::task_group!(|tg| {
    ///     let unknown = tg.spawn(async { USER.try_with(|user| *user).is_err() });
    ///     let known = tg.spawn(USER.scope(USER.get(), async { USER.get() }));
    ///     (unknown.await, known.await)
    /// });
    /// assert_eq!(USER.scope(7, group).await, (true, 7));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If this is called outside of a tokio runtime, and the group was not polled in one either.
    #[doc(alias = "create_task")]
    #[doc(alias = "start_soon")]
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.handle.spawn(future)
    }

    /// Spawns a child that the group's future polls, in turn with the body. It is first polled when the body next waits.
    ///
    /// It may borrow values that outlive the group. The body's own variables do not, nor do those that `move |tg|` has
    /// captured: declare them before the call. The child sees the task-locals that the body sees.
    ///
    /// It returns a [`Child`], a future of the value that the child's future returns, with the rules of [`spawn`](Self::spawn).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let words = ["Ada", "Grace"].map(String::from);
    /// let lengths = std::sync::Mutex::new(vec![]);
    /// rejoin::task_group!(|tg| {
    ///     for word in &words {
    ///         tg.spawn_scoped(async { lengths.lock().unwrap().push(word.len()) });
    ///     }
    /// })
    /// .await;
    /// assert_eq!(lengths.into_inner().unwrap(), [3, 5]);
    /// # }
    /// ```
    #[cfg_attr(feature = "tracing", track_caller)]
    pub fn spawn_scoped<F>(&self, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'a,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'a>,
        M: SendError + 'a,
    {
        self.spawn_in_place(ChildKind::Scoped, "spawn_scoped", future)
    }

    /// Spawns a child that the group's future polls, like [`spawn_scoped`](Self::spawn_scoped), and that does not keep the group open:
    /// when the body and all other children have ended, it is dropped.
    ///
    /// It may borrow what a child of `spawn_scoped` may. It needs no permit of the `limit`. As it is dropped at once when the group
    /// ends, without the `grace`, it cannot clean up by itself: [`defer`](Self::defer) can.
    ///
    /// It returns a [`Child`], a future of the value that the child's future returns, with the rules of [`spawn`](Self::spawn). A daemon
    /// that is dropped, as most are, has no value.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// use std::{sync::Mutex, time::Duration};
    /// use tokio::time::sleep;
    ///
    /// let done = Mutex::new(0);
    /// rejoin::task_group!(|tg| {
    ///     tg.spawn_daemon_scoped(async {
    ///         loop {
    ///             sleep(Duration::from_secs(1)).await;
    ///             println!("{} done", done.lock().unwrap());
    ///         }
    ///     });
    ///     for n in 1..=3 {
    ///         tg.spawn_scoped(async move { sleep(Duration::from_secs(n)).await });
    ///         *done.lock().unwrap() += 1;
    ///     }
    /// })
    /// .await;
    /// # }
    /// ```
    #[cfg_attr(feature = "tracing", track_caller)]
    pub fn spawn_daemon_scoped<F>(&self, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'a,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'a>,
        M: SendError + 'a,
    {
        self.spawn_in_place(ChildKind::ScopedDaemon, "spawn_daemon_scoped", future)
    }

    #[cfg_attr(feature = "tracing", track_caller)]
    fn spawn_in_place<F>(
        &self,
        kind: ChildKind,
        method: &'static str,
        future: F,
    ) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'a,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'a>,
        M: SendError + 'a,
    {
        let core = self.handle.core();
        let Some(admission) = core.enter(kind) else {
            return Child::rejected(core);
        };
        let cell = OutputCell::new(core);
        let errors = self.handle.errors().clone();
        let sink = OutputSink::<_, M>::new(errors, Some(Arc::clone(&cell)));
        let context = ChildContext::new(
            self.handle.span(method),
            Membership::new(core, kind, admission),
        );
        let memory = ChildMemory::new(context, SpawnedFuture::new(future, sink));
        let child = ChildFuture::new(Box::pin(memory));
        Child::via_cell(cell, self.inbox.add(core, child, admission))
    }

    /// Runs a closure on a blocking thread, as a child. See [`GroupHandle::spawn_blocking`].
    ///
    /// It returns a [`Child`], a future of the value that the closure returns, with the rules of [`spawn`](Self::spawn).
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn) does.
    #[doc(alias = "to_thread")]
    #[doc(alias = "run_sync")]
    #[track_caller]
    pub fn spawn_blocking<C, O>(&self, closure: C) -> Child<Value<O, M>>
    where
        C: FnOnce() -> O + Send + 'static,
        M::Output<()>: Takes<O, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.handle.spawn_blocking(closure)
    }

    /// Spawns a task that does not keep the group open. See [`GroupHandle::spawn_daemon`].
    ///
    /// It returns a [`Child`], a future of the value that the task's future returns. A daemon that is cancelled, as most are, has
    /// no value.
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn) does.
    #[track_caller]
    pub fn spawn_daemon<F>(&self, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.handle.spawn_daemon(future)
    }

    /// Registers clean-up: a future that the group runs and awaits at its end, whichever way it ends.
    ///
    /// The clean-up begins when the body and all children are gone, daemons too. The futures run one after another, the last registered
    /// first, those of [`GroupHandle::defer`] in the same order. The group returns after the last one. The group's future polls it, so
    /// it may borrow what a child of [`spawn_scoped`](Self::spawn_scoped) may, and must be `Send`. It owns the variables of the body
    /// that it uses, in an `async move` block:
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use tokio::{fs::File, io::AsyncWriteExt};
    ///
    /// # let path = std::env::temp_dir().join(format!("rejoin-defer-{}", std::process::id()));
    /// # let path = path.as_path();
    /// let written = rejoin::task_group!(<std::io::Error> |tg| {
    ///     let file = File::create(path).await?;
    ///     let mut copy = file.try_clone().await?;
    ///     tg.defer(async move { file.sync_all().await }); // also after an error or a timeout
    ///     copy.write_all(b"one line\n").await
    /// }, timeout = 5s)
    /// .await;
    /// # assert!(matches!(written, Ok(Ok(()))));
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    ///
    /// # Returns
    ///
    /// Whether the future was accepted. It is accepted as long as the group has not returned: one that is registered while the group is
    /// ending, for example by other clean-up, is the next to run. Later it is dropped unpolled.
    ///
    /// # Time
    ///
    /// The `timeout` and the `until` of the group have no effect on clean-up. In a group with a `grace`, all of the clean-up has that time
    /// from its beginning; after that each future is polled once, and dropped. Without a `grace` the group awaits it without limit.
    ///
    /// In clean-up the group [`is_cancelled`](Self::is_cancelled), and a child that is spawned is dropped unpolled.
    ///
    /// # Errors
    ///
    /// Clean-up returns `()`, or in a group that fails with an `E` also `Result<(), E>`. With its `Err` a group fails that would have
    /// returned a value. Errors of clean-up come last in [`Failures`](crate::Failures), after that of the body. After a timeout, an
    /// `until` or a panic they are dropped.
    ///
    /// # Panics
    ///
    /// A panic of clean-up is resumed by the group after all clean-up has run, unless the group has panicked before.
    ///
    /// # Cancel safety
    ///
    /// If the group's future is dropped, nothing can await the clean-up: it is dropped, the last registered first. Clean-up that must run
    /// in that case too borrows nothing and is registered with [`GroupHandle::defer`].
    #[doc(alias = "finally")]
    #[doc(alias = "AsyncExitStack")]
    #[doc(alias = "push_async_callback")]
    #[doc(alias = "scopeguard")]
    pub fn defer<F>(&self, future: F) -> bool
    where
        F: Future + Send + 'a,
        M::Output<()>: TakesCleanUp<F::Output, M::Error>,
        M: SendError + 'a,
    {
        let finalizer = finalizer::<F, M>(future, self.handle.errors().clone());
        self.inbox.defer(self.handle.core(), finalizer)
    }

    /// Runs a closure on a blocking thread, as a child that does not keep the group open. See
    /// [`GroupHandle::spawn_blocking_daemon`].
    ///
    /// It returns a [`Child`], a future of the value that the closure returns.
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn) does.
    #[track_caller]
    pub fn spawn_blocking_daemon<C, O>(&self, closure: C) -> Child<Value<O, M>>
    where
        C: FnOnce(Cancelled) -> O + Send + 'static,
        M::Output<()>: Takes<O, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.handle.spawn_blocking_daemon(closure)
    }

    /// Ends the group early with this value. See [`GroupHandle::stop`].
    #[doc(alias = "cancel")]
    #[doc(alias = "cancel_scope")]
    #[doc(alias = "abort_all")]
    #[doc(alias = "shutdown")]
    pub fn stop(&self, value: R) {
        self.handle.stop(value);
    }

    /// Waits until the group is ending. See [`GroupHandle::cancelled`].
    pub fn cancelled(&self) -> Cancelled {
        self.handle.cancelled()
    }

    /// Returns whether the group is ending or over. See [`GroupHandle::is_cancelled`].
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.handle.is_cancelled()
    }

    /// Returns the number of children that the group waits for. See [`GroupHandle::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.handle.len()
    }

    /// Returns whether there is no child that the group waits for. See [`GroupHandle::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handle.is_empty()
    }

    /// Returns the first reason for the end of the group. See [`GroupHandle::cause`].
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.handle.cause()
    }

    /// Waits until a child can start at once. See [`GroupHandle::ready`].
    pub fn ready(&self) -> Ready {
        self.handle.ready()
    }
}

impl<R, M: GroupMode> Clone for TaskGroup<'_, R, M> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
            inbox: Arc::clone(&self.inbox),
        }
    }
}

impl<R, M: GroupMode> fmt::Debug for TaskGroup<'_, R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup").finish_non_exhaustive()
    }
}
