//! Tasks that the runtime runs by itself.

use std::{
    fmt,
    future::Future,
    panic::resume_unwind,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::task::{Id, JoinError, JoinHandle};

use crate::trace;

/// Runs a future as a task of its own, in parallel to the caller, from now on.
///
/// It is asyncio's `create_task`, and [`tokio::spawn`] whose handle means something when it is dropped: see [`Task`].
///
/// Because it runs already, no `limit` holds it back. Let the limit start the tasks, from an iterator that spawns them:
/// `gather!(..urls.iter().map(|url| spawn(fetch(url))), limit = 8)`. Task-locals of the caller are not seen in the task:
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
/// Outside of a tokio runtime.
#[track_caller]
pub fn spawn<F, T>(future: F) -> Task<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    Task::new(trace::spawn(future))
}

/// Runs a closure on a thread that may block, from now on.
///
/// Once it runs it cannot be cancelled: dropping the [`Task`] cancels it only while it waits for a thread.
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
/// Outside of a tokio runtime.
#[track_caller]
pub fn spawn_blocking<C, T>(closure: C) -> Task<T>
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Task::new(trace::spawn_blocking(closure))
}

/// What panics say of a task that is awaited again.
const GIVEN: &str = "this `Task` has given its value already";

/// A task that [`spawn`] or [`spawn_blocking`] started, owned: a future of its output.
///
/// Dropping it cancels the task, at its next await. [`detach`](Self::detach) lets it go on instead. To wait for a task
/// and keep it whatever becomes of the waiting (asyncio's `shield`), wait for `&mut task`.
///
/// # Panics
///
/// Awaiting it resumes the task's panic, if it panicked; [`join`](Self::join) gives panics as values. It panics also if
/// the task's runtime was shut down, and if it is polled after it was ready.
///
/// # Cancel safety
///
/// Awaiting `&mut task` loses nothing when it is dropped.
#[must_use = "dropping a `Task` cancels it: await it, or `detach()` it"]
pub struct Task<T> {
    handle: JoinHandle<T>,
    done: bool,
}

impl<T> Task<T> {
    fn new(handle: JoinHandle<T>) -> Self {
        Self {
            handle,
            done: false,
        }
    }

    /// Lets the task go on by itself, though nobody will see its output.
    pub fn detach(mut self) {
        self.done = true;
    }

    /// Cancels the task, and returns when it is gone: with its output if it had finished already, and if that was not handed out
    /// before, through `&mut task`.
    ///
    /// A task of [`spawn_blocking`] that runs is waited for.
    ///
    /// # Panics
    ///
    /// Resumes the task's panic, if it panicked.
    ///
    /// # Cancel safety
    ///
    /// The task is cancelled even if this is dropped before it returns, once it was polled or not.
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

    /// Waits for the task, and gives a panic of it as an error.
    ///
    /// # Errors
    ///
    /// If the task panicked, or its runtime was shut down.
    ///
    /// # Panics
    ///
    /// If the output was handed out before, through `&mut task`.
    ///
    /// # Cancel safety
    ///
    /// Dropping this cancels the task, as dropping the `Task` does.
    pub async fn join(mut self) -> Result<T, JoinError> {
        assert!(!self.done, "{GIVEN}");
        let result = (&mut self.handle).await;
        self.done = true;
        result
    }

    /// Whether the task has ended, in whatever way.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// The task's id, as tokio's own functions know it.
    #[must_use]
    pub fn id(&self) -> Id {
        self.handle.id()
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        assert!(!self.done, "{GIVEN}");
        let Poll::Ready(result) = Pin::new(&mut self.handle).poll(cx) else {
            return Poll::Pending;
        };
        self.done = true;
        match result {
            Ok(output) => Poll::Ready(output),
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(error) => {
                debug_assert!(error.is_cancelled());
                panic!("this `Task` will never be ready: its runtime was shut down")
            }
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
