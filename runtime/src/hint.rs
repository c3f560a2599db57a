//! The traits that compile errors print. They are here to have a name; there is nothing to implement or to call.

use crate::TimedOut;

pub use crate::mode::SameError;

/// What every branch must be; see [`IntoFuture`].
#[diagnostic::on_unimplemented(
    message = "this branch is not a future",
    label = "a `{Self}`, not a future",
    note = "a value that is there already stands beside the call, or in a branch `async {{ value }}`"
)]
pub trait Branch {}

/// What a branch that is a collection is told.
#[diagnostic::on_unimplemented(
    message = "this branch is a collection, not a future",
    label = "spread it: `..xs`"
)]
pub trait Spread {}

/// What a branch that is a function is told.
#[diagnostic::on_unimplemented(
    message = "this branch is a function, not a future",
    label = "call it: `f()`"
)]
pub trait Call {}

/// What a branch is told that is an `Option` or a `Result` of a future.
#[diagnostic::on_unimplemented(
    message = "this branch is a `{Self}`, not a future",
    label = "unwrap it, with `?` for instance"
)]
pub trait Unwrap {}

/// What stands behind `..`: an iterator of futures, or a collection of them.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures",
    label = "a `{Self}` is not one",
    note = "`..xs` takes anything that iterates over futures: a `Vec`, an array, `urls.iter().map(fetch)`"
)]
pub trait Futures {}

/// How an error becomes the error type of the call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not convert into `{E}`, the error type of this call",
    label = "write `impl From<{Self}> for {E}`"
)]
pub trait IntoError<E> {
    /// Converts the error.
    fn into_error(self) -> E;
}

#[diagnostic::do_not_recommend]
impl<T: Into<E>, E> IntoError<E> for T {
    #[inline]
    fn into_error(self) -> E {
        self.into()
    }
}

/// How a timeout becomes the error type of the call.
#[diagnostic::on_unimplemented(
    message = "`{Self}`, the error type of this call, cannot hold a timeout",
    label = "write `impl From<rejoin::TimedOut> for {Self}`"
)]
pub trait FromTimedOut {
    /// Converts the timeout.
    fn from_timed_out(late: TimedOut) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<TimedOut>> FromTimedOut for E {
    #[inline]
    fn from_timed_out(late: TimedOut) -> E {
        late.into()
    }
}
