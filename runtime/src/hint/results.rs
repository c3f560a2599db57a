//! Errors in the outputs of branches, in their errors, and in conversions of errors.

use crate::{
    error::{Stopped, TimedOut},
    group::GroupMode,
    too_few::TooFew,
};

// ---- outputs ----------------------------------------------------------------------------------------------------

/// Not implemented for the output type of a branch that differs from the output type `T` of another branch.
#[diagnostic::on_unimplemented(
    message = "these branches have different output types, `{T}` and `{Self}`",
    label = "use arms: `as_completed! {{ a = f() => .., b = g() => .. }}`"
)]
pub trait SameOutput<T> {}

/// Not implemented for the type of a value that differs from the type `V` of the value of another branch, in a call with `need`.
#[diagnostic::on_unimplemented(
    message = "these branches succeed with different types, `{V}` and `{Self}`, and a call with `need` returns values of one type",
    label = "convert one of them: `async {{ Ok(f().await?.into()) }}`"
)]
pub trait SameValue<V> {}

/// Not implemented for an output that is not a `Result`, in a call with `need`.
#[diagnostic::on_unimplemented(
    message = "`need` counts branches that succeed, but the output of this branch is `{Self}`, which cannot fail",
    label = "return a `Result`, or name an error type: `gather!(<MyError> ..)`"
)]
pub trait SuccessOrError {}

/// Not implemented for outputs that are not `Result`s, in a call that waits for a success or an error.
#[diagnostic::on_unimplemented(
    message = "`SUCCEEDED`, `FAILED`, `FIRST_SUCCESS` and `FIRST_EXCEPTION` wait for a `Result`, but the output of these branches is `{Self}`",
    label = "write `FIRST_COMPLETED` or `ALL_COMPLETED`"
)]
pub trait Fallible {}

// ---- errors -----------------------------------------------------------------------------------------------------

/// Not implemented for the error type of a branch that differs from the error type `Other` of another branch.
#[diagnostic::on_unimplemented(
    message = "these branches fail with different error types, `{Self}` and `{Other}`",
    label = "name one that both convert into: `gather!(<MyError> ..)`"
)]
pub trait SameError<Other> {}

/// Converts the error of a branch into the error type `E` of the call. Implemented for every type that is `Into<E>`.
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

/// Converts a timeout into the error type of the call. Implemented for every type that is `From<TimedOut>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}`, the error type of this call, cannot hold a timeout",
    label = "write `impl From<rejoin::TimedOut> for {Self}`"
)]
pub trait FromTimedOut {
    /// Converts the timeout.
    fn from_timed_out(timed_out: TimedOut) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<TimedOut>> FromTimedOut for E {
    #[inline]
    fn from_timed_out(timed_out: TimedOut) -> E {
        timed_out.into()
    }
}

/// Converts a [`TooFew`] into the error type of the call. Implemented for every type that is `From<TooFew<Self>>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}`, the error type of this call, cannot hold the errors of several branches",
    label = "write `impl From<rejoin::TooFew<{Self}>> for {Self}`"
)]
pub trait FromTooFew: Sized {
    /// Converts the error.
    fn from_too_few(error: TooFew<Self>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<TooFew<E>>> FromTooFew for E {
    #[inline]
    fn from_too_few(error: TooFew<E>) -> E {
        error.into()
    }
}

/// Converts the end of a call by its `until` into the error type of the call. Implemented for every type that is
/// `From<Stopped>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}`, the error type of this call, cannot hold the end by `until`",
    label = "write `impl From<rejoin::Stopped> for {Self}`"
)]
pub trait FromStopped {
    /// Converts it.
    fn from_stopped(stopped: Stopped) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<Stopped>> FromStopped for E {
    #[inline]
    fn from_stopped(stopped: Stopped) -> E {
        stopped.into()
    }
}

/// The mode of a group with an error type that is [`Send`].
#[diagnostic::on_unimplemented(
    message = "the error type of a group with children must be `Send`",
    label = "write `Box<dyn Error + Send + Sync>`, or another type that is `Send`"
)]
pub trait SendError: GroupMode<Errors: Send, Error: Send> {}

#[diagnostic::do_not_recommend]
impl<M: GroupMode<Errors: Send, Error: Send>> SendError for M {}
