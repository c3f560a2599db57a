//! The output of a gather with `need`, and how an early end or an error type changes it.

use std::marker::PhantomData;

use super::{
    early_end::EarlyEnd,
    finish::{Convert, ToError},
};
use crate::{Stopped, TimedOut, TooFew};

/// The output of a call that needs successes, an `A`, and whose branches fail with an `E`.
pub trait NeedOutput<A, E> {
    /// The output.
    type Output;

    /// There are enough successes.
    fn succeed(&self, values: A) -> Self::Output;

    /// There are too few successes.
    fn fail(&self, error: TooFew<E>) -> Self::Output;

    /// The call ended early, before there were enough successes. `error` has the errors of the branches.
    fn end_early(&self, end: EarlyEnd, error: TooFew<E>) -> Self::Output;
}

/// Returns a `Result<_, TooFew<E>>`.
pub struct Unconverted;

impl<A, E> NeedOutput<A, E> for Unconverted {
    type Output = Result<A, TooFew<E>>;

    fn succeed(&self, values: A) -> Self::Output {
        Ok(values)
    }

    fn fail(&self, error: TooFew<E>) -> Self::Output {
        Err(error)
    }

    fn end_early(&self, _: EarlyEnd, _: TooFew<E>) -> Self::Output {
        unreachable!("the call has no early end")
    }
}

/// Returns a `Result<Result<_, TooFew<E>>, X>`, where an `X` is the early end of the call.
pub struct Outer<X>(PhantomData<fn() -> X>);

impl<X> Outer<X> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<A, E, X: OnlyEnd> NeedOutput<A, E> for Outer<X> {
    type Output = Result<Result<A, TooFew<E>>, X>;

    fn succeed(&self, values: A) -> Self::Output {
        Ok(Ok(values))
    }

    fn fail(&self, error: TooFew<E>) -> Self::Output {
        Ok(Err(error))
    }

    fn end_early(&self, end: EarlyEnd, _: TooFew<E>) -> Self::Output {
        Err(X::of(end))
    }
}

/// The early end of a call that has one source of it.
pub trait OnlyEnd {
    /// Takes the end out.
    fn of(end: EarlyEnd) -> Self;
}

impl OnlyEnd for TimedOut {
    fn of(end: EarlyEnd) -> Self {
        match end {
            EarlyEnd::TimedOut(late) => late,
            EarlyEnd::Stopped(_) => unreachable!("the call has no `until`"),
        }
    }
}

impl OnlyEnd for Stopped {
    fn of(end: EarlyEnd) -> Self {
        match end {
            EarlyEnd::Stopped(stopped) => stopped,
            EarlyEnd::TimedOut(_) => unreachable!("the call has no deadline"),
        }
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

impl<E> ToError<EarlyEnd> for Convert<TimedOut, E> {
    type Error = E;

    fn to_error(&self, end: EarlyEnd) -> E {
        self.to_error(TimedOut::of(end))
    }
}

impl<E> ToError<EarlyEnd> for Convert<Stopped, E> {
    type Error = E;

    fn to_error(&self, end: EarlyEnd) -> E {
        self.to_error(Stopped::of(end))
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

impl<E> ToError<EarlyEnd> for NoConversion<E> {
    type Error = E;

    fn to_error(&self, _: EarlyEnd) -> E {
        unreachable!("the call has no early end")
    }
}

impl<A, E, C: ToError<EarlyEnd, Error = E>> NeedOutput<A, E> for TooFewAsError<E, C> {
    type Output = Result<A, E>;

    fn succeed(&self, values: A) -> Self::Output {
        Ok(values)
    }

    fn fail(&self, error: TooFew<E>) -> Self::Output {
        Err((self.convert)(error))
    }

    fn end_early(&self, end: EarlyEnd, mut error: TooFew<E>) -> Self::Output {
        error.push(self.convert_end.to_error(end));
        Err((self.convert)(error))
    }
}
