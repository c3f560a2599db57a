//! Start work and join it again.
//!
//! Four macros, one grammar: run all ([`gather!`]), take results as they come ([`as_completed!`]), wait until a condition
//! holds ([`wait!`]), and bind tasks to a scope ([`task_group!`]). They keep what is good of Python's
//! [asyncio](https://docs.python.org/3/library/asyncio-task.html) and mend what is not: results are typed, nothing that
//! you started is leaked, and there are deadlines, limits and partial results. In this version `gather!` is there.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), std::num::ParseIntError> {
//! use rejoin::gather;
//!
//! async fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
//!     text.parse()
//! }
//!
//! // A tuple of different types; the first error ends it, and drops the others.
//! let (name, age) = gather!(async { "Ada" }, parse("36")).await?;
//! assert_eq!((name, age), ("Ada", 36));
//!
//! // As many futures as there are, at most eight at a time, results in order.
//! let ages = gather!(..["36", "41", "29"].iter().map(|text| parse(text)), limit = 8).await?;
//! assert_eq!(ages, [36, 41, 29]);
//! # Ok(()) }
//! ```
//!
//! # In place, or in parallel
//!
//! The macros poll their branches *in place*, in the task that awaits them: branches may borrow, need not be `Send`, and
//! run concurrently but not in parallel. For parallel work give them tasks: [`spawn`] starts one, and a [`Task`] is a
//! branch like any other.
//!
//! # Executors
//!
//! In-place work runs on any executor. The options `timeout` and `each_timeout`, and [`spawn`] and [`spawn_blocking`],
//! need tokio.

#[cfg(doc)]
use std::future::IntoFuture;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod branch;
mod error;
mod gather;
pub mod hint;
mod mode;
mod panics;
mod set;
mod task;
mod timeout;

pub use crate::{
    error::TimedOut,
    gather::Gather,
    mode::{Failing, Plain},
    task::{Task, spawn, spawn_blocking},
};

/// Runs all branches concurrently; gives their results in argument order.
///
/// ```text
/// gather!([<Error | options>] branch, ..collection, .. [, name = value, ..])
/// ```
///
/// A branch is anything that is [`IntoFuture`]; `..xs` stands for the futures of an iterator, a collection or an array.
/// Any number of both may be mixed. The call evaluates to a [`Gather`], a future: nothing runs before it is polled, and
/// it can be stored, nested and passed on.
///
/// # Returns
///
/// | call | output |
/// |---|---|
/// | `gather!()` | `()` |
/// | `gather!(a)`, `gather!(a, b, c)` | `(A,)`, `(A, B, C)` |
/// | `gather!(..xs)` | `Vec<T>`; `[T; N]` if `xs` is an array of N |
/// | `gather!(a, ..xs, b)` | `(A, Vec<T>, B)` |
/// | any of these with a branch that gives a `Result` | `Result<_, E>`, of the `Ok` values |
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::gather;
/// let (a, squares, b) = gather!(async { 'a' }, ..(0..3).map(|n| async move { n * n }), async { 'b' }).await;
/// assert_eq!((a, squares, b), ('a', vec![0, 1, 4], 'b'));
/// # }
/// ```
///
/// # Errors
///
/// If a branch gives a `Result`, the first `Err` to happen ends the call; of two in the same poll, that of the earlier
/// argument. Every other branch is dropped before the caller sees it. All error types must be the same, unless the call
/// names one, into which all are converted with [`Into`]: `gather!(<AppError> a, b)` or `error = AppError`. With
/// `return_exceptions = true` nothing ends the call, and every outcome is a value.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::gather;
/// async fn fails() -> Result<u8, std::io::Error> {
///     Err(std::io::ErrorKind::NotFound.into())
/// }
///
/// let error = gather!(fails(), std::future::pending::<()>()).await.unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
///
/// let boxed: Result<_, Box<dyn std::error::Error>> =
///     gather!(fails(), async { "x".parse::<u8>() }, error = Box<dyn std::error::Error>).await;
/// assert!(boxed.is_err());
///
/// let (first, second) = gather!(fails(), async { 2 }, return_exceptions = true).await;
/// assert!(first.is_err());
/// assert_eq!(second, 2);
/// # }
/// ```
///
/// # Options
///
/// They stand behind the branches as `name = value`, or in a header before them: `gather!(<limit = 8> ..xs)`. A duration
/// is a number with a unit (`2s`, `1.5s`, `500ms`, `20us`, `3min`, `1h`) or an expression of type
/// [`Duration`](std::time::Duration). Everything is evaluated once, at the call: the branches in order, then the options.
///
/// | option | value | meaning |
/// |---|---|---|
/// | `timeout` | duration | after it, `Err(TimedOut)`: the output is `Result<_, TimedOut>`. With an error type the timeout becomes one of its values |
/// | `partial` | `true`, `false` | with `timeout`: no error, but `Some` for what is done by then and `None` for what is not |
/// | `each_timeout` | duration | each branch gives `Result<T, TimedOut>`; with an error type a late branch is one that fails |
/// | `limit` | `usize`, at least 1 | so many branches run at once. They start in argument order, and an iterator is drawn from as places come free; without it, at the call |
/// | `return_exceptions` | `true`, `false` | every outcome is a value |
/// | `error` | a type | the error type of the call; a bare type in the header is the same |
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::gather;
/// use std::time::Duration;
/// use tokio::time::sleep;
///
/// let jobs = [10, 50, 20].map(|n| async move {
///     sleep(Duration::from_millis(n)).await;
///     n
/// });
/// let done = gather!(..jobs, timeout = 30ms, partial = true).await;
/// assert_eq!(done, [Some(10), None, Some(20)]);
/// # }
/// ```
///
/// Deadlines count from the first poll, `each_timeout` from that of the branch. What is ready at the deadline is in time.
///
/// # Cancel safety
///
/// Dropping the future drops its branches, in argument order, and their results. What a branch loses by that is up to
/// the branch; to go on with it later, gather `&mut branch`, for instance a [`Task`].
///
/// # Panics
///
/// A panic of a branch drops all others and goes on to the caller. Polled again after it was ready, the future panics;
/// so does the call if `limit` is 0.
///
/// # Fairness
///
/// A branch is polled once at first, and then only when it was woken (of two or three arguments, all are polled on each
/// wake, which is faster). What was woken between two polls is polled in argument order. A large collection returns to
/// the runtime at least every 1,024 polls, and when tokio's cooperative budget is spent.
///
/// # Expands to
///
/// One function call with the branches as its arguments, so that temporaries in them live as long as in any other call:
///
/// ```text
/// with((a, b), |x| gather(Two(Branch(x.0).rejoin_future()..., Branch(x.1).rejoin_future()...)..., |x| (x.0, x.1)))
/// ```
#[macro_export]
macro_rules! gather {
    ($($call:tt)*) => { $crate::__private::macros::gather! { ($crate) $($call)* } };
}

/// Takes results in the order in which they come.
///
/// Not there yet: a call is a compile error.
#[macro_export]
macro_rules! as_completed {
    ($($call:tt)*) => { $crate::__private::macros::as_completed! { ($crate) $($call)* } };
}

/// Waits until a condition holds, and gives what is done and what is not.
///
/// Not there yet: a call is a compile error.
#[macro_export]
macro_rules! wait {
    ($($call:tt)*) => { $crate::__private::macros::wait! { ($crate) $($call)* } };
}

/// Binds tasks to a scope that none of them outlives.
///
/// Not there yet: a call is a compile error.
#[macro_export]
macro_rules! task_group {
    ($($call:tt)*) => { $crate::__private::macros::task_group! { ($crate) $($call)* } };
}
