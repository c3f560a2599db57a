//! Panics of one future as values.

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

/// Wraps a future so that its panic becomes a value, `Err(`[`Panicked`]`)`, and does not go on to the caller.
///
/// A panic of a branch ends its call, and a panic of a child ends its group with everything in it. Wrap a future in `catch`
/// if it must not end the others, for example the handler of one connection of a server:
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
/// In a failing group the panic can become an error of the group, which ends it like any other, if `E: From<Panicked>`:
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
/// The panic hook runs as for every panic, so the message is printed. Data that the future shares with others may be left
/// in the middle of a change, as after any caught panic; a [`Mutex`] that was locked is poisoned. A program that is compiled
/// with `panic = "abort"` aborts.
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
/// Dropping the returned future drops the caught one, whose panic in that drop goes on to the caller.
pub const fn catch<F: Future>(future: F) -> Catch<F> {
    Catch {
        future: Some(future),
    }
}

pin_project! {
    /// The future of [`catch`]: the output of `F`, or its panic.
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

/// A panic that [`catch`] has caught, with its payload.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let panicked = rejoin::catch(async { panic!("{} is odd", 3) }).await.unwrap_err();
/// assert_eq!(panicked.message(), Some("3 is odd"));
/// assert_eq!(panicked.to_string(), "panicked: 3 is odd");
/// # }
/// ```
///
/// Dropping it never panics, even if the payload does.
pub struct Panicked(Payload);

/// A panic's payload. Messages are kept under their own types, because a `dyn Any + Send` cannot be shared.
enum Payload {
    Literal(&'static str),
    Text(String),
    Other(Opaque),
}

/// A payload of any other type, behind a mutex that is never locked: it makes this `Sync`. Taking it leaves a `()`.
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

    /// Returns the panic's message, if its payload is one: a `&'static str` or a `String`, as `panic!` makes them.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match &self.0 {
            Payload::Literal(literal) => Some(literal),
            Payload::Text(text) => Some(text),
            Payload::Other(_) => None,
        }
    }

    /// Resumes the panic, with its payload. The panic hook does not run again.
    ///
    /// # Panics
    ///
    /// Always.
    pub fn resume(self) -> ! {
        resume_unwind(self.into_payload())
    }

    /// Returns the payload, as [`catch_unwind`] would.
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
