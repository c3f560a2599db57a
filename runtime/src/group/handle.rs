//! The handle of a group for tasks and other threads: [`GroupHandle`].

use std::{fmt, future::Future, sync::Arc};

use tokio::runtime::Handle;

use super::{
    cell::OutputCell,
    child::{Child, RuntimeTask},
    child_future::{ChildContext, ChildMemory, start, start_or_enqueue, take_output},
    core::{ChildKind, Shared},
    events::Cancelled,
    finalizers::{Deferred, finalizer},
    limit::Admission,
    membership::Membership,
    mode::GroupMode,
    state::EndCause,
    work::{BlockingTask, OutputSink, OutputVia, SpawnedFuture},
};
use crate::{
    hint::{SendError, Takes, TakesCleanUp},
    mode::{Mode, Plain},
    sync::Lock,
    trace::{self, Scope},
};

/// The value of a child with the output `O`, in a group of mode `M`.
pub type Value<O, M> = <<M as Mode>::Output<()> as Takes<O, <M as Mode>::Error>>::Value;

/// A handle of a group that borrows nothing, for tasks and other threads.
///
/// It does not keep the group open. It can still be used when the group is over: a child that is spawned then is dropped.
pub struct GroupHandle<R, M: GroupMode = Plain> {
    core: Arc<Shared>,
    errors: M::Errors,
    /// The value of [`stop`](Self::stop).
    stopped: Arc<Lock<Option<R>>>,
    scope: Scope,
}

/// A child that was admitted and that the runtime will run.
struct AdmittedTask {
    runtime: Handle,
    admission: Admission,
    context: ChildContext,
}

impl<R, M: GroupMode> GroupHandle<R, M> {
    pub(super) fn new(core: Arc<Shared>, errors: M::Errors, scope: Scope) -> Self {
        Self {
            core,
            errors,
            stopped: Arc::new(Lock::new(None)),
            scope,
        }
    }

    pub(super) const fn core(&self) -> &Arc<Shared> {
        &self.core
    }

    pub(super) const fn errors(&self) -> &M::Errors {
        &self.errors
    }

    /// Creates the span of a child that is spawned by the method of this name.
    #[cfg_attr(feature = "tracing", track_caller)]
    pub(super) fn span(&self, method: &'static str) -> trace::Child {
        self.scope.child(method)
    }

    /// Takes the value of [`stop`](Self::stop).
    pub(super) fn take_stopped(&self) -> Option<R> {
        self.stopped.lock().take()
    }

    /// Spawns a child as a task. See [`TaskGroup::spawn`](super::TaskGroup::spawn).
    ///
    /// It returns a [`Child`], a future of the value that the child's future returns; in a failing group of the value in its `Ok`.
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
        self.spawn_task(ChildKind::Task, "spawn", future)
    }

    /// Spawns a task that does not keep the group open: when the body and all other children have ended, it is cancelled.
    ///
    /// It returns a [`Child`], a future of the value that the task's future returns, with the rules of
    /// [`TaskGroup::spawn`](super::TaskGroup::spawn). A daemon that is cancelled, as most are, has no value.
    ///
    /// A daemon needs no permit of the `limit`. Its error or panic ends the group, like that of any other child. In a group with a
    /// `grace`, it should end when [`cancelled`](Self::cancelled) completes: otherwise the end of the group waits for the
    /// whole `grace`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// use std::time::Duration;
    /// use tokio::time::sleep;
    ///
    /// rejoin::task_group!(|tg| {
    ///     tg.spawn_daemon(async {
    ///         loop {
    ///             sleep(Duration::from_secs(1)).await;
    ///             println!("still there");
    ///         }
    ///     });
    ///     tg.spawn(sleep(Duration::from_secs(3)));
    /// })
    /// .await;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If this is called outside of a tokio runtime, and the group was not polled in one either.
    #[track_caller]
    pub fn spawn_daemon<F>(&self, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.spawn_task(ChildKind::Daemon, "spawn_daemon", future)
    }

    #[track_caller]
    fn spawn_task<F>(
        &self,
        kind: ChildKind,
        method: &'static str,
        future: F,
    ) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        let Some(task) = self.admit(kind, method) else {
            return Child::rejected(&self.core);
        };
        let via = match task.admission {
            Admission::Queue => OutputVia::Cell,
            _ => OutputVia::of::<F, Value<F::Output, M>>(),
        };
        self.start(task, future, via)
    }

    /// Admits a child that the runtime will run, if the group is open.
    #[inline]
    #[track_caller]
    fn admit(&self, kind: ChildKind, method: &'static str) -> Option<AdmittedTask> {
        let runtime = self.core.runtime();
        let admission = self.core.enter(kind)?;
        Some(AdmittedTask {
            runtime,
            admission,
            context: ChildContext::new(
                self.span(method),
                Membership::new(&self.core, kind, admission),
            ),
        })
    }

    /// Starts a child, or adds it to the queue.
    fn start<F>(&self, task: AdmittedTask, future: F, via: OutputVia) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        let cell = (via == OutputVia::Cell).then(|| OutputCell::new(&self.core));
        let sink = OutputSink::<_, M>::new(self.errors.clone(), cell.clone());
        let AdmittedTask {
            runtime,
            admission,
            context,
        } = task;
        let task = Box::pin(ChildMemory::new(context, SpawnedFuture::new(future, sink)));
        match cell {
            Some(cell) => {
                let ticket = start_or_enqueue(task, runtime, admission, &self.core);
                Child::via_cell(cell, ticket)
            }
            None => {
                let handle = start(task, runtime);
                Child::via_join_handle(
                    RuntimeTask::new(handle, Arc::clone(&self.core)),
                    take_output,
                )
            }
        }
    }

    /// Runs a closure on a blocking thread, as a child.
    ///
    /// It returns a [`Child`], a future of the value that the closure returns, with the rules of
    /// [`TaskGroup::spawn`](super::TaskGroup::spawn).
    ///
    /// A closure that runs cannot be cancelled. The group waits for it even if it is cancelled itself, and if the group's future is
    /// dropped, the closure runs on. A long one should check [`is_cancelled`](Self::is_cancelled) now and then. A closure that
    /// still waits for a thread is dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let sum = rejoin::task_group!(|tg| {
    ///     tg.spawn_blocking(|| (1..=10).sum::<u32>()).await
    /// })
    /// .await;
    /// assert_eq!(sum, 55);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If this is called outside of a tokio runtime, and the group was not polled in one either.
    #[doc(alias = "to_thread")]
    #[doc(alias = "run_sync")]
    #[track_caller]
    pub fn spawn_blocking<C, O>(&self, closure: C) -> Child<Value<O, M>>
    where
        C: FnOnce() -> O + Send + 'static,
        M::Output<()>: Takes<O, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.spawn_closure(ChildKind::Blocking, "spawn_blocking", closure)
    }

    /// Runs a closure on a blocking thread, as a child that does not keep the group open: when the body and all other children have
    /// ended, it is cancelled.
    ///
    /// A closure that runs cannot be stopped from outside, and the end of the group waits for it. So the closure gets a
    /// [`Cancelled`], and should return soon after [`is_cancelled()`](Cancelled::is_cancelled) is true.
    ///
    /// It returns a [`Child`], a future of the value that the closure returns, with the rules of
    /// [`TaskGroup::spawn`](super::TaskGroup::spawn). It needs no permit of the `limit`. A closure that still waits for a thread when the
    /// group ends is dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use std::{thread, time::Duration};
    ///
    /// rejoin::task_group!(|tg| {
    ///     tg.spawn_blocking_daemon(|cancelled| {
    ///         while !cancelled.is_cancelled() {
    ///             // Reads a device, for example.
    ///             thread::sleep(Duration::from_millis(1));
    ///         }
    ///     });
    ///     tg.spawn(tokio::time::sleep(Duration::from_millis(5)));
    /// })
    /// .await;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If this is called outside of a tokio runtime, and the group was not polled in one either.
    #[track_caller]
    pub fn spawn_blocking_daemon<C, O>(&self, closure: C) -> Child<Value<O, M>>
    where
        C: FnOnce(Cancelled) -> O + Send + 'static,
        M::Output<()>: Takes<O, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        let cancelled = self.cancelled();
        self.spawn_closure(ChildKind::BlockingDaemon, "spawn_blocking_daemon", || {
            closure(cancelled)
        })
    }

    #[track_caller]
    fn spawn_closure<C, O>(
        &self,
        kind: ChildKind,
        method: &'static str,
        closure: C,
    ) -> Child<Value<O, M>>
    where
        C: FnOnce() -> O + Send + 'static,
        M::Output<()>: Takes<O, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        let Some(task) = self.admit(kind, method) else {
            return Child::rejected(&self.core);
        };
        self.start(task, BlockingTask::new(closure), OutputVia::Cell)
    }

    /// Registers clean-up that borrows nothing: a future that the group runs and awaits at its end. See
    /// [`TaskGroup::defer`](crate::TaskGroup::defer) for the order, the time, errors and panics.
    ///
    /// If the group's future is dropped, a task of the runtime in which the group was first polled runs this clean-up when the last
    /// child of the group is gone, also the clean-up that had begun. Without such a runtime it is dropped. A group around this one waits
    /// for it, in its own `grace`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// use std::{future::pending, time::Duration};
    /// use tokio::{sync::oneshot, time::timeout};
    ///
    /// let (sender, closed) = oneshot::channel();
    /// let group = rejoin::task_group!(|tg| {
    ///     tg.handle().defer(async move {
    ///         let _ = sender.send("closed");
    ///     });
    ///     pending::<()>().await;
    /// });
    /// // Drops the group after a second.
    /// assert!(timeout(Duration::from_secs(1), group).await.is_err());
    /// assert_eq!(closed.await, Ok("closed"));
    /// # }
    /// ```
    ///
    /// # Returns
    ///
    /// Whether the future was accepted; it is dropped otherwise. It is accepted until the group has returned, or its clean-up has ended.
    pub fn defer<F>(&self, future: F) -> bool
    where
        F: Future + Send + 'static,
        M::Output<()>: TakesCleanUp<F::Output, M::Error>,
        M: SendError + 'static,
    {
        let finalizer = finalizer::<F, M>(future, self.errors().clone());
        self.core().defer(Deferred::Owned(finalizer)).is_ok()
    }

    /// Ends the group early, as if its body had returned `value`: everything else is cancelled and joined first.
    ///
    /// The first call wins. A call does nothing if the group is ending already, for example because of an error.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let first = rejoin::task_group!(|tg| {
    ///     for n in 1..=3 {
    ///         let group = tg.handle();
    ///         tg.spawn(async move { group.stop(n) });
    ///     }
    ///     std::future::pending().await
    /// })
    /// .await;
    /// assert_eq!(first, 1);
    /// # }
    /// ```
    #[doc(alias = "cancel")]
    #[doc(alias = "cancel_scope")]
    #[doc(alias = "abort_all")]
    #[doc(alias = "shutdown")]
    pub fn stop(&self, value: R) {
        let _unused = {
            let mut stopped = self.stopped.lock();
            if stopped.is_some() || self.core.is_ending() {
                Some(value)
            } else {
                stopped.replace(value)
            }
        };
        self.core.end(EndCause::Stopped);
    }
}

impl<R, M: GroupMode> Clone for GroupHandle<R, M> {
    fn clone(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
            errors: self.errors.clone(),
            stopped: Arc::clone(&self.stopped),
            scope: self.scope.clone(),
        }
    }
}

impl<R, M: GroupMode> fmt::Debug for GroupHandle<R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupHandle")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
