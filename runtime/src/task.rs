//! [`Task`]: a task of the runtime that is cancelled when its handle is dropped.

use std::{
    fmt,
    future::Future,
    panic::resume_unwind,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::task::{Id, JoinError, JoinHandle};

use crate::trace;

/// Spawns a future as a task, which starts at once and runs in parallel to the caller.
///
/// It is like asyncio's `create_task`, and like [`tokio::spawn`], except that dropping the returned [`Task`] cancels it.
///
/// A `limit` cannot hold the task back, because it runs already. Let the macro draw the tasks from an iterator, for example
/// `gather!(..urls.iter().map(|url| spawn(fetch(url))), limit = 8)`. The task does not see the task-locals of the caller:
/// pass them on with [`LocalKey::scope`](tokio::task::LocalKey::scope). A [`task_group!`](crate::task_group) in the task is not
/// part of a group around the call.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (a, b) = rejoin::gather!(rejoin::spawn(async { 1 }), rejoin::spawn(async { 2 })).await;
/// assert_eq!(a + b, 3);
/// # }
/// ```
///
/// # Panics
///
/// If this is called outside of a tokio runtime.
#[doc(alias = "create_task")]
#[doc(alias = "ensure_future")]
#[track_caller]
pub fn spawn<F, T>(future: F) -> Task<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    Task::new(trace::spawn(future))
}

/// Spawns a future that need not be [`Send`] as a task, which runs on this thread, in turn with the caller.
///
/// Apart from that it is like [`spawn`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use std::{cell::Cell, rc::Rc};
/// use tokio::task::LocalSet;
///
/// let count = Rc::new(Cell::new(0));
/// let own = Rc::clone(&count);
/// let tasks = async move {
///     let add = |n| {
///         let own = Rc::clone(&own);
///         rejoin::spawn_local(async move { own.set(own.get() + n) })
///     };
///     rejoin::gather!(add(1), add(2)).await;
/// };
/// LocalSet::new().run_until(tasks).await;
/// assert_eq!(count.get(), 3);
/// # }
/// ```
///
/// # Panics
///
/// If this is called outside of a [`LocalSet`](tokio::task::LocalSet) or another local runtime of tokio.
#[track_caller]
pub fn spawn_local<F, T>(future: F) -> Task<T>
where
    F: Future<Output = T> + 'static,
    T: 'static,
{
    Task::new(trace::spawn_local(future))
}

/// Runs a closure on a blocking thread, at once or when a thread is free.
///
/// A closure that runs cannot be cancelled: dropping the [`Task`] cancels it only while it waits for a thread.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let sum = rejoin::spawn_blocking(|| (1..=10).sum::<u32>()).await;
/// assert_eq!(sum, 55);
/// # }
/// ```
///
/// # Panics
///
/// If this is called outside of a tokio runtime.
#[doc(alias = "to_thread")]
#[doc(alias = "run_in_executor")]
#[track_caller]
pub fn spawn_blocking<C, T>(closure: C) -> Task<T>
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Task::new(trace::spawn_blocking(closure))
}

/// The panic message for a task that is awaited again.
const TAKEN: &str = "this `Task` has given its value already";

/// The handle of a task that [`spawn`], [`spawn_local`] or [`spawn_blocking`] has started: a future of the task's output.
///
/// Dropping it cancels the task, which stops at its next await. [`detach`](Self::detach) lets the task run on instead. To wait for a
/// task and keep it if the waiting is cancelled (asyncio's `shield`), await `&mut task`.
///
/// # Panics
///
/// Awaiting it resumes the task's panic; [`join`](Self::join) has it as an error. It also panics if
/// the task's runtime was shut down, and if it is polled after it was ready.
///
/// A [`JoinHandle`] of tokio converts into a `Task`, with [`From`]. Then dropping it cancels the task, as with a task that `spawn` has
/// started. If something else aborts the task, for example an [`AbortHandle`](tokio::task::AbortHandle), awaiting the `Task` panics.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use rejoin::Task;
///
/// let task = Task::from(tokio::spawn(async { 7 }));
/// assert_eq!(task.await, 7);
/// # }
/// ```
///
/// # Cancel safety
///
/// Awaiting `&mut task` loses nothing when it is dropped.
#[doc(alias = "JoinHandle")]
#[doc(alias = "AbortOnDropHandle")]
#[doc(alias = "shield")]
#[must_use = "dropping a `Task` cancels it: await it, or `detach()` it"]
pub struct Task<T> {
    handle: JoinHandle<T>,
    done: bool,
    /// Whether only the runtime can have cancelled the task, because it has no other handle.
    has_one_handle: bool,
}

impl<T> Task<T> {
    fn new(handle: JoinHandle<T>) -> Self {
        Self {
            handle,
            done: false,
            has_one_handle: true,
        }
    }

    /// Lets the task run on without a handle. Its output is dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let (sender, receiver) = tokio::sync::oneshot::channel();
    /// rejoin::spawn(async move { sender.send(7) }).detach();
    /// assert_eq!(receiver.await, Ok(7));
    /// # }
    /// ```
    pub fn detach(mut self) {
        self.done = true;
    }

    /// Cancels the task, and waits until it is gone. Returns its output if it had finished before, unless the output was
    /// taken earlier, through `&mut task`.
    ///
    /// A closure of [`spawn_blocking`] that runs already cannot be cancelled, and is waited for.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let task = rejoin::spawn(std::future::pending::<u8>());
    /// assert_eq!(task.cancel().await, None);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the task has panicked: this resumes its panic.
    ///
    /// # Cancel safety
    ///
    /// Dropping this future cancels the task, too.
    #[doc(alias = "abort")]
    pub async fn cancel(self) -> Option<T> {
        if self.done {
            return None;
        }
        self.handle.abort();
        match self.join().await {
            Ok(output) => Some(output),
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(_) => None,
        }
    }

    /// Waits for the task, and returns a panic of it as an error.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let error = rejoin::spawn(async { panic!("oops") }).join().await.unwrap_err();
    /// assert!(error.is_panic());
    /// # }
    /// ```
    ///
    /// The returned future has a name, [`Joined`], so that a struct can hold a set of them:
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use rejoin::{Joined, Pending, spawn};
    ///
    /// struct Workers {
    ///     running: Pending<Joined<u32>>,
    /// }
    ///
    /// let mut workers = Workers { running: Pending::new() };
    /// workers.running.push(spawn(async { 1 }).join());
    /// assert_eq!(workers.running.next().await.unwrap().unwrap(), 1);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If it is awaited after the output was taken through `&mut task`.
    ///
    /// # Cancel safety
    ///
    /// Dropping this cancels the task, as dropping the `Task` does. Awaiting it by `&mut` loses nothing.
    pub const fn join(self) -> Joined<T> {
        Joined(self)
    }

    /// Returns whether the task has ended, for whatever reason.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// Returns the id that tokio has given to the task.
    #[must_use]
    pub fn id(&self) -> Id {
        self.handle.id()
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        assert!(!self.done, "{TAKEN}");
        let Poll::Ready(result) = Pin::new(&mut self.handle).poll(cx) else {
            return Poll::Pending;
        };
        self.done = true;
        match result {
            Ok(output) => Poll::Ready(output),
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(error) => {
                debug_assert!(error.is_cancelled());
                assert!(
                    !self.has_one_handle,
                    "this `Task` will never be ready: its runtime was shut down"
                );
                panic!(
                    "this `Task` will never be ready: it was aborted, or its runtime was shut down"
                )
            }
        }
    }
}

/// Takes over a task of tokio. Dropping the result cancels the task.
impl<T> From<JoinHandle<T>> for Task<T> {
    fn from(handle: JoinHandle<T>) -> Self {
        Self {
            handle,
            done: false,
            has_one_handle: false,
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if !self.done {
            self.handle.abort();
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id())
            .field("finished", &self.is_finished())
            .finish()
    }
}

/// The future of [`Task::join`]: the output of the task, or its panic as an error.
///
/// Dropping it cancels the task.
///
/// # Errors
///
/// A [`JoinError`] if the task panicked, or if it was cancelled: its runtime was shut down, or another handle has aborted it.
///
/// # Panics
///
/// If it is polled after it was ready, or after the output was taken through `&mut task`.
#[must_use = "dropping this cancels the task: add `.await`"]
pub struct Joined<T>(Task<T>);

impl<T> Future for Joined<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let task = &mut self.0;
        assert!(!task.done, "{TAKEN}");
        let result = Pin::new(&mut task.handle).poll(cx);
        task.done = result.is_ready();
        result
    }
}

impl<T> fmt::Debug for Joined<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Joined").field(&self.0).finish()
    }
}
