//! The traits that compile errors print. They are here to have a name; there is nothing to implement or to call.

use crate::TimedOut;

// ---- what a branch must be --------------------------------------------------------------------------------------

/// What every branch must be; see [`IntoFuture`].
#[diagnostic::on_unimplemented(
    message = "this branch is not a future",
    label = "`{Self}` is not a future",
    note = "a value needs no waiting: leave it out, or write `async {{ value }}`"
)]
pub trait Branch {}

/// What a branch is told that is a collection of futures.
#[diagnostic::on_unimplemented(
    message = "this branch is a collection, not a future",
    label = "spread it: `..xs`"
)]
pub trait Spread {}

/// What a branch is told that is a function.
#[diagnostic::on_unimplemented(
    message = "this branch is a function, not a future",
    label = "call it: `f(..)`"
)]
pub trait Call {}

/// What a branch is told that is an `Option` or a `Result` of a future.
#[diagnostic::on_unimplemented(
    message = "this branch is wrapped in an `Option` or a `Result`, not a future",
    label = "unwrap it, with `?` for instance"
)]
pub trait Unwrap {}

/// What a branch is told that is a reference to a future.
#[diagnostic::on_unimplemented(
    message = "this branch is a reference to a future, not a future",
    label = "give the future itself: remove the `&`"
)]
pub trait Own {}

/// What a branch is told that is a mutable reference to a future which can move.
#[diagnostic::on_unimplemented(
    message = "this future must be pinned before it is lent",
    label = "pin it first: `let mut f = std::pin::pin!(f)`, then write `&mut f`"
)]
pub trait Pinned {}

// ---- what a spread must be --------------------------------------------------------------------------------------

/// What stands behind `..`: an iterator of futures, or a collection of them.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures",
    label = "`{Self}` is not one",
    note = "`..xs` takes anything that iterates over futures: a `Vec`, an array, `urls.iter().map(fetch)`"
)]
pub trait Futures {}

/// What is told to a spread of one future.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and this is one future",
    label = "remove the `..`"
)]
pub trait One {}

/// What is told to a spread of references to futures.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and this one gives references to futures",
    label = "give the collection itself, or lend it: `..xs.iter_mut()`"
)]
pub trait OwnEach {}

// ---- what errors must be ----------------------------------------------------------------------------------------

/// What is told to branches whose errors are not of one type.
#[diagnostic::on_unimplemented(
    message = "these branches fail with different error types, `{Self}` and `{Other}`",
    label = "name one that both convert into: `gather!(<MyError> ..)`"
)]
pub trait SameError<Other> {}

/// How an error becomes the error type of the call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not convert into `{E}`, the error type of this call",
    label = "write `impl From<{Self}> for {E}`, or convert it in the branch"
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
