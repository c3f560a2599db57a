//! The output of a gather with `need`, and how an early end or an error type changes it.

use std::{convert::Infallible, marker::PhantomData};

use super::finish::{OuterError, ToError};
use crate::TooFew;

/// The output of a call that needs successes, an `A`, and whose branches fail with an `E`. An `X` may end the call early.
pub trait NeedOutput<A, E, X> {
    /// The output.
    type Output;

    /// There are enough successes.
    fn succeed(&self, values: A) -> Self::Output;

    /// There are too few successes.
    fn fail(&self, error: TooFew<E>) -> Self::Output;

    /// The call ended early, before there were enough successes. `error` has the errors of the branches.
    fn end_early(&self, end: X, error: TooFew<E>) -> Self::Output;
}

/// Returns a `Result<_, TooFew<E>>`, in a call that does not end early.
pub struct Unconverted;

impl<A, E> NeedOutput<A, E, Infallible> for Unconverted {
    type Output = Result<A, TooFew<E>>;

    fn succeed(&self, values: A) -> Self::Output {
        Ok(values)
    }

    fn fail(&self, error: TooFew<E>) -> Self::Output {
        Err(error)
    }

    fn end_early(&self, end: Infallible, _: TooFew<E>) -> Self::Output {
        match end {}
    }
}

/// Returns a `Result<Result<_, TooFew<E>>, X>`.
impl<A, E, X> NeedOutput<A, E, X> for OuterError {
    type Output = Result<Result<A, TooFew<E>>, X>;

    fn succeed(&self, values: A) -> Self::Output {
        Ok(Ok(values))
    }

    fn fail(&self, error: TooFew<E>) -> Self::Output {
        Ok(Err(error))
    }

    fn end_early(&self, end: X, _: TooFew<E>) -> Self::Output {
        Err(end)
    }
}

/// Converts a [`TooFew`] to the error type of the call. `C` converts an early end of the call, which is the last of the errors then.
pub struct TooFewAsError<E, C> {
    convert: fn(TooFew<E>) -> E,
    convert_end: C,
}

impl<E, C> TooFewAsError<E, C> {
    pub(crate) const fn new(convert: fn(TooFew<E>) -> E, convert_end: C) -> Self {
        Self {
            convert,
            convert_end,
        }
    }
}

/// Replaces the conversion of an early end in a call without one.
pub struct NoConversion<E>(PhantomData<fn() -> E>);

impl<E> NoConversion<E> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E> ToError<Infallible> for NoConversion<E> {
    type Error = E;

    fn to_error(&self, end: Infallible) -> E {
        match end {}
    }
}

impl<A, E, C: ToError<X, Error = E>, X> NeedOutput<A, E, X> for TooFewAsError<E, C> {
    type Output = Result<A, E>;

    fn succeed(&self, values: A) -> Self::Output {
        Ok(values)
    }

    fn fail(&self, error: TooFew<E>) -> Self::Output {
        Err((self.convert)(error))
    }

    fn end_early(&self, end: X, mut error: TooFew<E>) -> Self::Output {
        error.push(self.convert_end.to_error(end));
        Err((self.convert)(error))
    }
}
