//! A child: how it is held, and how its output, its errors and its panics get where they belong.

use std::{
    fmt,
    future::{Future, poll_fn},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;
use tokio::{runtime::Handle, task::JoinHandle};

use super::{
    Shared,
    core::{Payload, Place},
    mode::GroupMode,
    sync::{AtomicBool, Lock},
};
use crate::hint::ChildOutput;

/// A child of a group: a future of its output.
///
/// Dropping it lets the child go on; the group waits for it all the same. [`cancel`](Self::cancel) ends it early.
///
/// It never completes if the child has given an error, panicked or was cancelled, or was spawned when the group was
/// ending already: whoever waits for it then is cancelled with the group.
///
/// # Panics
///
/// If it is polled after it was ready. A panic of the child goes on from the group.
///
/// # Cancel safety
///
/// Awaiting `&mut child` loses nothing when it is dropped.
pub struct Child<T>(Option<Arc<Cell<T>>>);

impl<T> Child<T> {
    /// One that was not let in.
    pub(super) const fn refused() -> Self {
        Self(None)
    }

    pub(super) fn new(cell: Arc<Cell<T>>) -> Self {
        Self(Some(cell))
    }

    /// Cancels the child at once, and returns when it is gone: with its output if it had finished before.
    ///
    /// It is called off when this is called, whether what it gives is awaited or not. A task is aborted at its next await,
    /// without the group's `grace`; a child that waits for a place of the group's `limit` is dropped unpolled; a blocking one
    /// that runs is waited for. The group goes on.
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
    pub fn cancel(self) -> impl Future<Output = Option<T>> + use<T> {
        if let Some(cell) = &self.0 {
            cell.cancel();
        }
        let mut cell = self.0;
        poll_fn(move |cx| {
            let Some(there) = &cell else {
                return Poll::Ready(None);
            };
            let Poll::Ready(output) = there.poll_end(cx) else {
                return Poll::Pending;
            };
            cell = None;
            Poll::Ready(output)
        })
    }

    /// Whether the child has ended, in whatever way.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let cell = self.0.as_ref();
        cell.is_none_or(|cell| !matches!(cell.state.lock().progress, Progress::Running))
    }
}

impl<T> Future for Child<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.0.as_ref().map_or(Poll::Pending, |cell| cell.poll(cx))
    }
}

impl<T> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

/// What a child and its [`Child`] share.
pub(super) struct Cell<T> {
    core: Arc<Shared>,
    place: Place,
    cancelled: AtomicBool,
    state: Lock<State<T>>,
}

struct State<T> {
    progress: Progress<T>,
    /// Who waits for it.
    waker: Option<Waker>,
}

enum Progress<T> {
    Running,
    Done(T),
    /// It was handed out.
    Taken,
    /// It is gone, and there is no output.
    Gone,
}

impl<T> Cell<T> {
    pub(super) fn new(core: &Arc<Shared>, place: Place) -> Arc<Self> {
        Arc::new(Self {
            core: Arc::clone(core),
            place,
            cancelled: AtomicBool::new(false),
            state: Lock::new(State {
                progress: Progress::Running,
                waker: None,
            }),
        })
    }

    fn cancel(&self) {
        // Whatever wakes the child after this brings it along.
        self.cancelled.store(true, Ordering::Release);
        self.core.cancel(self.place);
    }

    /// The output, if there ever is one.
    fn poll(&self, cx: &Context<'_>) -> Poll<T> {
        match self.poll_end(cx) {
            Poll::Ready(Some(output)) => Poll::Ready(output),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    /// Whether the child has ended, with an output or without.
    fn poll_end(&self, cx: &Context<'_>) -> Poll<Option<T>> {
        {
            let state = &mut *self.state.lock();
            if let end @ Poll::Ready(_) = state.progress.take() {
                return end;
            }
            if (state.waker.as_ref()).is_some_and(|waker| waker.will_wake(cx.waker())) {
                return Poll::Pending;
            }
        }
        let waker = cx.waker().clone();
        let (end, _outside) = {
            let state = &mut *self.state.lock();
            match state.progress.take() {
                Poll::Pending => (Poll::Pending, state.waker.replace(waker)),
                end @ Poll::Ready(_) => (end, Some(waker)),
            }
        };
        end
    }

    /// The child has ended; whoever waits for it is woken. Whether anybody does.
    fn settle(&self, progress: Progress<T>) -> bool {
        let waker = {
            let state = &mut *self.state.lock();
            state.progress = progress;
            state.waker.take()
        };
        let woke = waker.is_some();
        if let Some(waker) = waker {
            waker.wake();
        }
        woke
    }
}

impl<T> Progress<T> {
    /// Whether the child has ended, and its output.
    fn take(&mut self) -> Poll<Option<T>> {
        match self {
            Self::Running => return Poll::Pending,
            Self::Gone => return Poll::Ready(None),
            Self::Done(_) | Self::Taken => {}
        }
        match mem::replace(self, Self::Taken) {
            Self::Done(output) => Poll::Ready(Some(output)),
            _ => panic!("a `Child` was polled after it was ready"),
        }
    }
}

/// A child's tie to its group. Dropping it is the last that a child does: it is gone then.
pub(super) struct Member<T, M: GroupMode> {
    cell: Arc<Cell<T>>,
    errors: M::Errors,
    settled: bool,
    woke: bool,
}

impl<T, M: GroupMode> Member<T, M> {
    pub(super) const fn new(cell: Arc<Cell<T>>, errors: M::Errors) -> Self {
        Self {
            cell,
            errors,
            settled: false,
            woke: false,
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cell.cancelled.load(Ordering::Acquire)
    }

    /// The child has given this.
    pub(super) fn done(&mut self, result: Result<T, M::Error>) {
        match result {
            Ok(output) => {
                self.settled = true;
                // An output that nobody can see any more is dropped here, where its panic is one of the group.
                if Arc::get_mut(&mut self.cell).is_none() {
                    self.woke = self.cell.settle(Progress::Done(output));
                }
            }
            Err(error) if self.cell.core.fail() => M::keep(&self.errors, error),
            Err(_) => {}
        }
    }

    fn panicked(&self, payload: Payload) {
        self.cell.core.panicked(payload);
    }

    /// Does something of the user's, whose panic is one of the child.
    fn run<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(result) => Some(result),
            Err(payload) => {
                self.panicked(payload);
                None
            }
        }
    }
}

impl<T, M: GroupMode> Drop for Member<T, M> {
    fn drop(&mut self) {
        if !self.settled {
            self.run(|this| this.woke = this.cell.settle(Progress::Gone));
        }
        self.cell.core.leave(self.cell.place, self.woke);
    }
}

pin_project! {
    /// A child that is polled, by the runtime or by its group. Panics go to the group, and not to whoever polls.
    pub(super) struct Running<F, T, M> where M: GroupMode {
        #[pin]
        future: Option<F>,
        member: Member<T, M>,
        // Whether the group must still be told how it is woken.
        tells: bool,
    }

    impl<F, T, M> PinnedDrop for Running<F, T, M> where M: GroupMode {
        fn drop(this: Pin<&mut Self>) {
            this.clear();
        }
    }
}

impl<F, T, M: GroupMode> Running<F, T, M> {
    /// A child that the runtime will poll.
    pub(super) const fn task(future: F, member: Member<T, M>) -> Self {
        Self {
            future: Some(future),
            member,
            tells: false,
        }
    }

    /// A child that its group will poll.
    pub(super) const fn in_place(future: F, member: Member<T, M>) -> Self {
        Self {
            future: Some(future),
            member,
            tells: true,
        }
    }

    /// Drops the future.
    fn clear(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.member.run(|_| this.future.set(None));
    }
}

impl<F, T, M: GroupMode> Future for Running<F, T, M>
where
    F: Future,
    F::Output: ChildOutput<M, Value = T>,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.as_mut().project();
        let Some(future) = this
            .future
            .as_pin_mut()
            .filter(|_| !this.member.is_cancelled())
        else {
            self.clear();
            return Poll::Ready(());
        };
        match this.member.run(|_| future.poll(cx)) {
            Some(Poll::Pending) => {
                if mem::take(this.tells) {
                    let waker = cx.waker().clone();
                    this.member.cell.core.waits(this.member.cell.place, waker);
                }
                return Poll::Pending;
            }
            Some(Poll::Ready(output)) => {
                self.as_mut().clear();
                let member = self.project().member;
                member.run(|member| member.done(output.split()));
            }
            None => self.clear(),
        }
        Poll::Ready(())
    }
}

/// A child that blocks a thread.
pub(super) struct Blocking<C, T, M: GroupMode> {
    closure: Option<C>,
    member: Member<T, M>,
}

impl<C, T, M: GroupMode> Blocking<C, T, M> {
    pub(super) const fn new(closure: C, member: Member<T, M>) -> Self {
        Self {
            closure: Some(closure),
            member,
        }
    }

    fn run<O>(mut self)
    where
        C: FnOnce() -> O,
        O: ChildOutput<M, Value = T>,
    {
        let Some(closure) = self.closure.take_if(|_| !self.member.is_cancelled()) else {
            return;
        };
        self.member.run(|member| member.done(closure().split()));
    }
}

impl<C, T, M: GroupMode> Drop for Blocking<C, T, M> {
    fn drop(&mut self) {
        self.member.run(|_| self.closure = None);
    }
}

/// A child that the runtime runs.
pub(super) trait Start: Send {
    /// Starts it.
    fn spawn(self, runtime: &Handle) -> JoinHandle<()>
    where
        Self: Sized;

    /// Starts it, after it has waited for a place.
    fn start(self: Box<Self>, runtime: &Handle) -> JoinHandle<()>;
}

impl<F, T, M> Start for Running<F, T, M>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<M, Value = T>,
    T: Send + 'static,
    M: GroupMode<Errors: Send> + 'static,
{
    fn spawn(self, runtime: &Handle) -> JoinHandle<()> {
        runtime.spawn(self)
    }

    fn start(self: Box<Self>, runtime: &Handle) -> JoinHandle<()> {
        self.spawn(runtime)
    }
}

impl<C, O, T, M> Start for Blocking<C, T, M>
where
    C: FnOnce() -> O + Send + 'static,
    O: ChildOutput<M, Value = T>,
    T: Send + 'static,
    M: GroupMode<Errors: Send> + 'static,
{
    fn spawn(self, runtime: &Handle) -> JoinHandle<()> {
        runtime.spawn_blocking(move || self.run())
    }

    fn start(self: Box<Self>, runtime: &Handle) -> JoinHandle<()> {
        self.spawn(runtime)
    }
}
