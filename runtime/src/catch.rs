//! `catch`: the panic of a future as a value.

use std::{
    any::Any,
    error::Error,
    fmt,
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::panics::{Panics, discard};

/// Wraps a future so that its panic becomes a value, `Err(`[`Panicked`]`)`, instead of continuing in the caller.
///
/// A panic of a branch ends its call, and a panic of a child cancels its whole group. Wrap a future in `catch` if its panic
/// must not end the other futures, for example the handler of one connection of a server:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use rejoin::{catch, task_group};
///
/// async fn serve(client: u32) -> u32 {
///     assert!(client != 2, "client {client} is refused");
///     client
/// }
///
/// let served = task_group!(|tg| {
///     let [one, two, three] = [1, 2, 3].map(|client| tg.spawn(catch(serve(client))));
///     [one.await, two.await, three.await]
/// })
/// .await;
/// let [Ok(1), Err(panicked), Ok(3)] = served else { panic!("{served:?}") };
/// assert_eq!(panicked.message(), Some("client 2 is refused"));
/// # }
/// ```
///
/// In a failing group with `E: From<Panicked>` the panic can become an error, which ends the group like any other error:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use rejoin::{catch, task_group};
/// use std::error::Error;
///
/// async fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
///     panic!("a mistake")
/// }
///
/// let failures = task_group!(<Box<dyn Error + Send + Sync>> |tg| {
///     tg.spawn(async move { catch(serve()).await? });
///     Ok(())
/// })
/// .await
/// .unwrap_err();
/// assert_eq!(failures.first().to_string(), "panicked: a mistake");
/// # }
/// ```
///
/// The panic hook runs as for every panic, so the message is printed. As after any caught panic, data that the future shares
/// with other code may be in an inconsistent state; a [`Mutex`] that was locked is poisoned. With `panic = "abort"` the
/// process aborts.
///
/// It works on any executor.
///
/// # Errors
///
/// Returns [`Panicked`] if the future panics while it is polled or dropped. The future is dropped as soon as it is ready; if
/// it panics then, its value is lost. Of two panics the first is returned.
///
/// # Panics
///
/// The returned future panics if it is polled after it was ready.
///
/// # Cancel safety
///
/// Dropping the returned future drops the wrapped future. A panic in that drop continues in the caller, because there is no
/// output that could return it.
#[doc(alias = "catch_unwind")]
pub const fn catch<F: Future>(future: F) -> Catch<F> {
    Catch {
        future: Some(future),
    }
}

pin_project! {
    /// The future of [`catch`]: its output is the output of `F` or a panic.
    #[must_use = "futures do nothing unless awaited: add `.await`"]
    pub struct Catch<F> {
        // `None` once it is ready.
        #[pin]
        future: Option<F>,
    }
}

impl<F: Future> Future for Catch<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.project().future;
        let future = slot.as_mut().as_pin_mut();
        let future = future.expect("`catch` polled after it was ready");
        let mut panics = Panics::default();
        let output = match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Some(output),
            Err(payload) => {
                panics.keep(payload);
                None
            }
        };
        panics.run(|| slot.set(None));
        Poll::Ready(match (output, panics.is_some()) {
            (Some(output), false) => Ok(output),
            (output, _) => {
                panics.drop(output);
                let payload = panics.into_first().expect("there was a panic");
                Err(Panicked::new(payload))
            }
        })
    }
}

impl<F> fmt::Debug for Catch<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catch").finish_non_exhaustive()
    }
}

/// A panic that was caught by [`catch`], with its payload.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let panicked = rejoin::catch(async { panic!("{} is odd", 3) }).await.unwrap_err();
/// assert_eq!(panicked.message(), Some("3 is odd"));
/// assert_eq!(panicked.to_string(), "panicked: 3 is odd");
/// # }
/// ```
///
/// Dropping it never panics, even if the drop of the payload does.
pub struct Panicked(Payload);

/// The payload of a panic. Messages are stored with their types, because a `dyn Any + Send` is not `Sync`.
enum Payload {
    Literal(&'static str),
    Text(String),
    Other(Opaque),
}

/// A payload of any other type. The mutex is never locked; it makes the type `Sync`. Taking the payload leaves a `()`.
struct Opaque(Mutex<Box<dyn Any + Send>>);

impl Opaque {
    fn take(&mut self) -> Box<dyn Any + Send> {
        let payload = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        mem::replace(payload, Box::new(()))
    }
}

impl Drop for Opaque {
    fn drop(&mut self) {
        discard(self.take());
    }
}

impl Panicked {
    fn new(payload: Box<dyn Any + Send>) -> Self {
        let payload = match payload.downcast() {
            Ok(literal) => return Self(Payload::Literal(*literal)),
            Err(payload) => payload,
        };
        Self(match payload.downcast() {
            Ok(text) => Payload::Text(*text),
            Err(payload) => Payload::Other(Opaque(Mutex::new(payload))),
        })
    }

    /// Returns the message of the panic, if its payload is a `&'static str` or a `String`, which `panic!` creates.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match &self.0 {
            Payload::Literal(literal) => Some(literal),
            Payload::Text(text) => Some(text),
            Payload::Other(_) => None,
        }
    }

    /// Resumes the panic with its payload. The panic hook does not run again.
    ///
    /// # Panics
    ///
    /// Always.
    pub fn resume(self) -> ! {
        resume_unwind(self.into_payload())
    }

    /// Returns the payload, as [`catch_unwind`] does.
    #[must_use]
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        match self.0 {
            Payload::Literal(literal) => Box::new(literal),
            Payload::Text(text) => Box::new(text),
            Payload::Other(mut other) => other.take(),
        }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            Some(message) => write!(f, "panicked: {message}"),
            None => f.write_str("panicked"),
        }
    }
}

impl fmt::Debug for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panicked")
            .field("message", &self.message())
            .finish_non_exhaustive()
    }
}

impl Error for Panicked {}
