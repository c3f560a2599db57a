//! A child as whoever has spawned it sees it.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use tokio::task::JoinHandle;

use super::{
    Shared,
    bell::wake,
    stops::{Key, Stop},
    sync::{AtomicBool, Lock, Ordering},
    watchers::{Event, Watch},
    work::Handed,
};

/// What the panics say of a child that was dropped by the shutdown of its runtime.
pub(super) const LOST: &str = "this `Child` will never be ready: its runtime was shut down";

/// A child of a group: a future of its output.
///
/// Dropping it lets the child go on; the group waits for it all the same. [`cancel`](Self::cancel) ends it early.
///
/// A child has no output if it returned an error of a failing group, panicked or was cancelled, if its runtime was shut down, or
/// if it was spawned when the group was ending or over. While the group is ending, a `Child` without an output is pending:
/// body and children that await it are about to be dropped. [`join`](Self::join) returns `None` instead.
///
/// # Panics
///
/// Awaiting it panics if there is no output and
///
/// - the group is over: "this `Child` has no value: its group has ended without it";
/// - the group is open, which is so only if the runtime that ran the child was shut down: "this `Child` will never be ready: its
///   runtime was shut down". The group panics as well.
///
/// It panics also if it is polled after it was ready. A panic of the child itself is resumed by the group.
///
/// # Cancel safety
///
/// Awaiting `&mut child` loses nothing when it is dropped.
pub struct Child<T>(Inner<T>);

enum Inner<T> {
    /// The output is handed over in a cell.
    Shared {
        cell: Arc<Cell<T>>,
        /// That of a child which had to wait for a place.
        ticket: Option<u64>,
    },
    /// The runtime hands the output over.
    Task {
        task: Task,
        /// Takes it out of what is handed over.
        take: fn(Handed) -> Option<T>,
    },
    /// It is gone, and there is no output: the end of its group is waited for.
    Gone(Watch),
    /// The output was handed out.
    Taken,
}

impl<T> Child<T> {
    /// One that was not let in.
    pub(super) fn refused(core: &Arc<Shared>) -> Self {
        Self(Inner::gone(core))
    }

    pub(super) const fn new(cell: Arc<Cell<T>>, ticket: Option<u64>) -> Self {
        Self(Inner::Shared { cell, ticket })
    }

    pub(super) const fn task(task: Task, take: fn(Handed) -> Option<T>) -> Self {
        Self(Inner::Task { task, take })
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
    pub fn cancel(mut self) -> impl Future<Output = Option<T>> + use<T> {
        self.0.cancel();
        poll_fn(move |cx| match self.0 {
            Inner::Taken => Poll::Ready(None),
            _ => self.0.poll_end(cx),
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
    /// If the output was handed out before, through `&mut child`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the output, if there is one. The child goes on.
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
        poll_fn(move |cx| self.0.poll_end(cx))
    }

    /// Whether the child has ended, in whatever way.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Inner::Shared { cell, .. } => cell.head.is_finished(),
            Inner::Task { task, .. } => task.is_finished(),
            Inner::Gone(_) | Inner::Taken => true,
        }
    }
}

impl<T> Inner<T> {
    fn gone(core: &Arc<Shared>) -> Self {
        Self::Gone(Watch::new(core, Event::Over))
    }

    /// The child is to be dropped as soon as possible.
    fn cancel(&self) {
        match self {
            Self::Shared { cell, ticket } => cell.head.cancel(*ticket),
            Self::Task { task, .. } => task.cancel(),
            Self::Gone(_) | Self::Taken => {}
        }
    }

    /// Whether the child has ended, and its output if there is one.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let (output, core) = match self {
            Self::Shared { cell, .. } => {
                ready!(cell.head.poll_end(cx));
                (cell.output.lock().take(), &cell.head.core)
            }
            Self::Task { task, take } => (ready!(task.poll_end(cx)).and_then(*take), &task.core),
            Self::Gone(_) => return Poll::Ready(None),
            Self::Taken => panic!("this `Child` has given its value already"),
        };
        *self = match output {
            Some(_) => Self::Taken,
            None => Self::gone(core),
        };
        Poll::Ready(output)
    }

    /// Waits for the end of the group, of a child without an output.
    fn poll_gone(&mut self, cx: &Context<'_>) {
        let Self::Gone(group) = self else {
            unreachable!("there was an output");
        };
        poll_gone(group, cx);
    }
}

/// Waits for the end of the group, of a child without an output.
///
/// # Panics
///
/// When the group is over; also if it is open, because then the child's runtime was shut down.
fn poll_gone(group: &mut Watch, cx: &Context<'_>) {
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
        if let Some(output) = ready!(self.0.poll_end(cx)) {
            return Poll::Ready(output);
        }
        self.0.poll_gone(cx);
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

/// A task whose output the runtime hands over.
pub(super) struct Task {
    handle: JoinHandle<Option<Handed>>,
    core: Arc<Shared>,
}

impl Task {
    pub(super) const fn new(handle: JoinHandle<Option<Handed>>, core: Arc<Shared>) -> Self {
        Self { handle, core }
    }

    /// The child is to be dropped as soon as possible.
    fn cancel(&self) {
        if !self.handle.is_finished() {
            self.core.cancels(self.handle.abort_handle());
            self.handle.abort();
        }
    }

    fn is_finished(&self) -> bool {
        // The runtime learns of it a little later than the group.
        self.handle.is_finished() || self.core.is_over()
    }

    /// Whether the child has ended, and its output if there is one.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<Handed>> {
        let end = ready!(Pin::new(&mut self.handle).poll(cx));
        Poll::Ready(end.ok().flatten())
    }
}

/// What a child and its [`Child`] share.
pub(super) struct Cell<T> {
    head: Head,
    /// There, if there is any, when the child has ended, and until it is handed out.
    output: Lock<Option<T>>,
}

impl<T> Cell<T> {
    pub(super) fn new(core: &Arc<Shared>) -> Arc<Self> {
        Arc::new(Self {
            head: Head::new(core),
            output: Lock::new(None),
        })
    }

    /// Puts the output there, for when the child has ended.
    pub(super) fn put(&self, output: T) {
        *self.output.lock() = Some(output);
    }
}

impl<T> AsRef<Head> for Cell<T> {
    fn as_ref(&self) -> &Head {
        &self.head
    }
}

/// What a child and its [`Child`] share beside the output.
pub(super) struct Head {
    core: Arc<Shared>,
    cancelled: AtomicBool,
    state: Lock<State>,
}

struct State {
    progress: Progress,
    /// Who waits for it.
    waker: Option<Waker>,
}

enum Progress {
    /// The group may keep its [`Stop`], under this key.
    Running(Option<Key>),
    /// It is gone, or is about to go.
    Ended,
}

impl Head {
    fn new(core: &Arc<Shared>) -> Self {
        Self {
            core: Arc::clone(core),
            cancelled: AtomicBool::new(false),
            state: Lock::new(State {
                progress: Progress::Running(None),
                waker: None,
            }),
        }
    }

    // ---- for the `Child` ----

    /// The child is to be dropped as soon as possible.
    fn cancel(&self, ticket: Option<u64>) {
        // Before the lock is taken: who leaves a stop later sees it.
        self.cancelled.store(true, Ordering::Release);
        let key = self.state.lock().progress.take_key();
        let stop = key.and_then(|key| self.core.unpark(key));
        match (stop, ticket) {
            (Some(stop), _) => stop.stop(),
            (None, Some(ticket)) => self.core.refuse(ticket),
            (None, None) => {}
        }
    }

    fn is_finished(&self) -> bool {
        self.state.lock().progress.has_ended()
    }

    /// Waits until the child has ended.
    fn poll_end(&self, cx: &Context<'_>) -> Poll<()> {
        {
            let state = &*self.state.lock();
            if state.progress.has_ended() {
                return Poll::Ready(());
            }
            if (state.waker.as_ref()).is_some_and(|waker| waker.will_wake(cx.waker())) {
                return Poll::Pending;
            }
        }
        let waker = cx.waker().clone();
        let (end, _outside) = {
            let state = &mut *self.state.lock();
            if state.progress.has_ended() {
                (Poll::Ready(()), Some(waker))
            } else {
                (Poll::Pending, state.waker.replace(waker))
            }
        };
        end
    }

    // ---- for the child ----

    #[inline]
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// This stops the child, from now on. Given back if it has ended, or was called off.
    pub(super) fn park(&self, stop: Stop) -> Result<(), Stop> {
        let state = &mut *self.state.lock();
        match &mut state.progress {
            Progress::Running(key) if !self.is_cancelled() => {
                *key = Some(self.core.park(stop)?);
                Ok(())
            }
            _ => Err(stop),
        }
    }

    /// The child has ended, and its output is there if it has any; whoever waits for it is woken. Whether anybody does.
    pub(super) fn settle(&self) -> bool {
        let (key, waker) = {
            let state = &mut *self.state.lock();
            let key = state.progress.take_key();
            state.progress = Progress::Ended;
            (key, state.waker.take())
        };
        drop(key.and_then(|key| self.core.unpark(key)));
        let woke = waker.is_some();
        wake(waker);
        woke
    }
}

impl Progress {
    fn take_key(&mut self) -> Option<Key> {
        match self {
            Self::Running(key) => key.take(),
            Self::Ended => None,
        }
    }

    const fn has_ended(&self) -> bool {
        matches!(self, Self::Ended)
    }
}
