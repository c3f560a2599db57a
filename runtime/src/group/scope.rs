//! The handles of a group: for its body and children in place, and for whoever outlives the call.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    Shared,
    child::{Cell, Child, Task},
    core::Sort,
    inbox::Inbox,
    mode::GroupMode,
    places::Entered,
    running::{Admitted, Boxed, Member, Running, Tie, start, start_or_queue},
    state::Cause,
    sync::Lock,
    watchers::{Event, Watch},
    work::{Calls, Job, Outlet, is_handed_over, take},
};
use crate::{
    hint::{SendError, Takes},
    mode::{Mode, Plain},
    trace::Scope,
};

/// What a child of mode `M` gives to whoever awaits it.
type Value<O, M> = <<M as Mode>::Output<()> as Takes<O, <M as Mode>::Error>>::Value;

/// A group, for its body and its children: what the body of [`task_group!`](crate::task_group) gets.
///
/// `R` is the value of the body; `M` is [`Plain`], or [`Failing<E>`](crate::Failing) in a group that fails with an `E`.
///
/// Clones are of the same group; a child in place may hold one and spawn more. A child that must be `'static` takes a
/// [`handle`](Self::handle).
///
/// Whatever is spawned when the group is ending or over is dropped unpolled, and its [`Child`] has no value: awaiting it panics once
/// the group is over.
pub struct TaskGroup<'a, R, M: GroupMode = Plain> {
    handle: GroupHandle<R, M>,
    inbox: Arc<Inbox<'a>>,
}

impl<'a, R, M: GroupMode> TaskGroup<'a, R, M> {
    pub(super) const fn new(handle: GroupHandle<R, M>, inbox: Arc<Inbox<'a>>) -> Self {
        Self { handle, inbox }
    }

    /// The part of the group that borrows nothing: for tasks, threads, and whoever else must not depend on the body's
    /// surroundings.
    #[must_use]
    pub fn handle(&self) -> GroupHandle<R, M> {
        self.handle.clone()
    }

    /// Starts a child as a task of its own: the runtime that is current here runs it, in parallel, from now on, or under a `limit`
    /// from when there is a place. In a thread that is in no runtime, it is the one in which the group was polled first.
    ///
    /// It must be `Send` and borrow nothing. What borrows the surroundings of the group goes to
    /// [`spawn_scoped`](Self::spawn_scoped); what is not `Send` can be awaited in the body, with
    /// [`gather!`](crate::gather) for instance, and moved into the child with `async move` it borrows nothing.
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
    /// A [`Child`], which gives what the future returns; in a failing group the value of its `Ok`. Dropping it lets the child go on. A
    /// child that fails, panics or is cancelled has no value, nor has one whose runtime is shut down, or that is spawned when the
    /// group is ending or over: awaiting it does not end before the group does, and panics then, where
    /// [`join`](Child::join) returns `None`.
    ///
    /// A child that panics ends the group with all other children, unless [`catch`](crate::catch) turns its panic into a
    /// value: `tg.spawn(catch(serve(client)))`.
    ///
    /// # Task-locals
    ///
    /// A task has task-locals of its own: the child does not see those of the body, as it would with
    /// [`spawn_scoped`](Self::spawn_scoped). Pass on what it needs:
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
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.handle.spawn(future)
    }

    /// Starts a child that is polled by the group's future, in turn with the body, from the next time on that the body
    /// waits.
    ///
    /// It may borrow whatever outlives the group. That is not so of the body's own variables, nor of what `move |tg|` has
    /// taken: declare them before the call. It sees the task-locals that the body sees.
    ///
    /// The [`Child`] gives what the future returns, as that of [`spawn`](Self::spawn) does.
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
        let handle = &self.handle;
        let Some(entered) = handle.core.enter(Sort::InPlace) else {
            return Child::refused(&handle.core);
        };
        let cell = Cell::new(&handle.core);
        let outlet = Outlet::<_, M>::new(handle.errors.clone(), Some(Arc::clone(&cell)));
        let tie = Tie::new(
            handle.scope.child("spawn_scoped"),
            Member::new(&handle.core, Sort::InPlace, entered),
        );
        let child = Running::new(Box::pin(Boxed::new(tie, Job::new(future, outlet))));
        Child::new(cell, self.inbox.admit(&handle.core, child, entered))
    }

    /// See [`GroupHandle::spawn_blocking`].
    ///
    /// # Panics
    ///
    /// As there.
    #[track_caller]
    pub fn spawn_blocking<C, O>(&self, closure: C) -> Child<Value<O, M>>
    where
        C: FnOnce() -> O + Send + 'static,
        M::Output<()>: Takes<O, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.handle.spawn_blocking(closure)
    }

    /// See [`GroupHandle::spawn_daemon`].
    ///
    /// # Panics
    ///
    /// As there.
    #[track_caller]
    pub fn spawn_daemon<F>(&self, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.handle.spawn_daemon(future)
    }

    /// See [`GroupHandle::stop`].
    pub fn stop(&self, value: R) {
        self.handle.stop(value);
    }

    /// See [`GroupHandle::cancelled`].
    pub fn cancelled(&self) -> Cancelled {
        self.handle.cancelled()
    }

    /// See [`GroupHandle::is_cancelled`].
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.handle.is_cancelled()
    }

    /// See [`GroupHandle::ready`].
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

/// A handle of a group that borrows nothing, for tasks and other threads.
///
/// It does not keep the group open. When the group is over it can still be used: what is spawned then is dropped.
pub struct GroupHandle<R, M: GroupMode = Plain> {
    core: Arc<Shared>,
    errors: M::Errors,
    /// The value that the group was stopped with.
    stopped: Arc<Lock<Option<R>>>,
    scope: Scope,
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

    pub(super) fn core(&self) -> &Arc<Shared> {
        &self.core
    }

    pub(super) fn errors(&self) -> &M::Errors {
        &self.errors
    }

    /// Takes out the value that the group was stopped with.
    pub(super) fn take_stopped(&self) -> Option<R> {
        self.stopped.lock().take()
    }

    /// Starts a child as a task of its own; see [`TaskGroup::spawn`].
    ///
    /// # Panics
    ///
    /// As there.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.spawn_task(Sort::Task, future)
    }

    /// Starts a task that does not keep the group open: when the body and all other children have ended, it is cancelled.
    ///
    /// The [`Child`] gives what the future returns, as that of [`TaskGroup::spawn`] does; it has no value if the daemon was
    /// cancelled, as most are.
    ///
    /// It counts for no `limit`. Its error or panic is one of the group, as any child's. Under `grace` it should listen to
    /// [`cancelled`](Self::cancelled), as any task: one that does not holds the end up for that long.
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
    /// As [`TaskGroup::spawn`] does.
    #[track_caller]
    pub fn spawn_daemon<F>(&self, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        self.spawn_task(Sort::Daemon, future)
    }

    #[track_caller]
    fn spawn_task<F>(&self, sort: Sort, future: F) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        let kind = match sort {
            Sort::Daemon => "spawn_daemon",
            _ => "spawn",
        };
        let Some(child) = self.admit(sort, kind) else {
            return Child::refused(&self.core);
        };
        let is_handed_over =
            child.entered != Entered::Wait && is_handed_over::<F, Value<F::Output, M>>();
        self.start(child, future, is_handed_over)
    }

    /// Lets a child in that a runtime runs, if the group is open.
    #[inline]
    #[track_caller]
    fn admit(&self, sort: Sort, kind: &'static str) -> Option<Admitted> {
        let runtime = self.core.runtime();
        let entered = self.core.enter(sort)?;
        Some(Admitted {
            runtime,
            entered,
            tie: Tie::new(
                self.scope.child(kind),
                Member::new(&self.core, sort, entered),
            ),
        })
    }

    /// Starts it, or queues it.
    fn start<F>(
        &self,
        child: Admitted,
        future: F,
        is_handed_over: bool,
    ) -> Child<Value<F::Output, M>>
    where
        F: Future + Send + 'static,
        M::Output<()>: Takes<F::Output, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        let cell = (!is_handed_over).then(|| Cell::new(&self.core));
        let outlet = Outlet::<_, M>::new(self.errors.clone(), cell.clone());
        let Admitted {
            runtime,
            entered,
            tie,
        } = child;
        let child = Box::pin(Boxed::new(tie, Job::new(future, outlet)));
        match cell {
            Some(cell) => Child::new(cell, start_or_queue(child, runtime, entered, &self.core)),
            None => {
                let handle = start(child, runtime);
                Child::task(Task::new(handle, Arc::clone(&self.core)), take)
            }
        }
    }

    /// Runs a closure on a thread that may block, as a child. The [`Child`] gives what the closure returns, as that of
    /// [`TaskGroup::spawn`] does.
    ///
    /// A closure that runs cannot be stopped: the group waits for it, whatever else happens, and whoever drops the group's
    /// future leaves it running. A long one should ask [`is_cancelled`](Self::is_cancelled) now and then. One that still
    /// waits for a thread is dropped.
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
    /// As [`TaskGroup::spawn`] does.
    #[track_caller]
    pub fn spawn_blocking<C, O>(&self, closure: C) -> Child<Value<O, M>>
    where
        C: FnOnce() -> O + Send + 'static,
        M::Output<()>: Takes<O, M::Error, Value: Send + 'static>,
        M: SendError + 'static,
    {
        let Some(child) = self.admit(Sort::Blocking, "spawn_blocking") else {
            return Child::refused(&self.core);
        };
        self.start(child, Calls::new(closure), false)
    }

    /// Ends the group early, as if its body had returned `value`: everything else is cancelled and joined first.
    ///
    /// The first call wins. It does nothing if the group is ending already, because of an error for instance.
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
    pub fn stop(&self, value: R) {
        let _late = {
            let mut stopped = self.stopped.lock();
            if stopped.is_some() || self.core.is_ending() {
                Some(value)
            } else {
                stopped.replace(value)
            }
        };
        self.core.end(Cause::Stopped);
    }

    /// Completes when the group is ending, for whatever reason, or a group around it is: the first step of cancelling a task.
    ///
    /// With `grace` a task has that long to end by itself then; after it, or at once if there is none, it is aborted. The body
    /// and the children in place are dropped at once in any case.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use std::time::Duration;
    ///
    /// rejoin::task_group!(|tg| {
    ///     let group = tg.handle();
    ///     tg.spawn_daemon(async move {
    ///         group.cancelled().await;
    ///         println!("flushed"); // for which there are five seconds
    ///     });
    /// }, grace = 5s)
    /// .await;
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// It may be dropped and asked for again.
    pub fn cancelled(&self) -> Cancelled {
        Cancelled(Watch::new(&self.core, Event::Ending))
    }

    /// Whether the group is ending or over, or a group around it is: its tasks ought to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.core.is_told()
    }

    /// Completes when a child that is spawned then need not wait for a place of the `limit`, or the group itself is ending.
    ///
    /// What waits for a place takes up memory. Whoever spawns without end asks for this before each child: then there are
    /// never more than run at once. Of several who ask, all are told of a free place.
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
    /// It may be dropped and asked for again.
    pub fn ready(&self) -> Ready {
        Ready(Watch::new(&self.core, Event::Place))
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

/// The future of [`GroupHandle::cancelled`]. Dropping it loses nothing.
#[must_use = "futures do nothing unless awaited: add `.await`"]
pub struct Cancelled(Watch);

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

/// The future of [`GroupHandle::ready`]. Dropping it loses nothing: it keeps no place.
#[must_use = "futures do nothing unless awaited: add `.await`"]
pub struct Ready(Watch);

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
