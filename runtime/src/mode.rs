//! Whether and how a call fails, as a type.

use std::{convert::Infallible, marker::PhantomData};

/// Nothing in the call can fail: it gives a value.
#[derive(Debug)]
pub enum Plain {}

/// The call fails with an `E`: it gives a `Result<_, E>`.
pub struct Failing<E>(PhantomData<fn() -> E>);

/// What a mode makes of a call's result.
pub trait Mode {
    /// What ends the call early.
    type Error;
    /// Whether there is such a thing.
    const FAILS: bool;
    /// What the call gives if it gives `T` in the end.
    type Output<T>;

    /// Wraps the result.
    fn output<T>(result: Result<T, Self::Error>) -> Self::Output<T>;
}

impl Mode for Plain {
    type Error = Infallible;
    const FAILS: bool = false;
    type Output<T> = T;

    #[inline]
    fn output<T>(result: Result<T, Infallible>) -> T {
        match result {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }
}

impl<E> Mode for Failing<E> {
    type Error = E;
    const FAILS: bool = true;
    type Output<T> = Result<T, E>;

    #[inline]
    fn output<T>(result: Result<T, E>) -> Result<T, E> {
        result
    }
}

/// A branch was refused, and nothing is known of the call: it gives whatever the user takes it for.
pub struct Unknown<O>(PhantomData<fn() -> O>);

impl<O> Mode for Unknown<O> {
    type Error = Infallible;
    const FAILS: bool = false;
    type Output<T> = O;

    fn output<T>(_: Result<T, Infallible>) -> O {
        unreachable!("it does not compile")
    }
}

/// The mode of a call that holds parts of two modes.
pub trait SameError<Other: Mode>: Mode {
    /// The mode of both.
    type Both: Mode;

    /// An error of the first part.
    fn first(error: Self::Error) -> <Self::Both as Mode>::Error;
    /// An error of the second part.
    fn second(error: Other::Error) -> <Self::Both as Mode>::Error;
}

impl SameError<Plain> for Plain {
    type Both = Plain;

    fn first(error: Infallible) -> Infallible {
        error
    }

    fn second(error: Infallible) -> Infallible {
        error
    }
}

impl<E> SameError<Plain> for Failing<E> {
    type Both = Failing<E>;

    #[inline]
    fn first(error: E) -> E {
        error
    }

    fn second(error: Infallible) -> E {
        match error {}
    }
}

impl<E> SameError<Failing<E>> for Plain {
    type Both = Failing<E>;

    fn first(error: Infallible) -> E {
        match error {}
    }

    #[inline]
    fn second(error: E) -> E {
        error
    }
}

// The only one for two modes that fail: it settles an error type that is still open in one of them.
impl<E> SameError<Failing<E>> for Failing<E> {
    type Both = Failing<E>;

    #[inline]
    fn first(error: E) -> E {
        error
    }

    #[inline]
    fn second(error: E) -> E {
        error
    }
}

impl<O, M: Mode> SameError<M> for Unknown<O> {
    type Both = Self;

    fn first(error: Infallible) -> Infallible {
        error
    }

    fn second(_: M::Error) -> Infallible {
        unreachable!("it does not compile")
    }
}

impl<O> SameError<Unknown<O>> for Plain {
    type Both = Unknown<O>;

    fn first(error: Infallible) -> Infallible {
        error
    }

    fn second(error: Infallible) -> Infallible {
        error
    }
}

impl<O, E> SameError<Unknown<O>> for Failing<E> {
    type Both = Unknown<O>;

    fn first(_: E) -> Infallible {
        unreachable!("it does not compile")
    }

    fn second(error: Infallible) -> Infallible {
        error
    }
}

/// What is made of the output of one branch.
pub trait Outcome<T> {
    /// What the call gives for the branch.
    type Value;
    /// Whether the branch can end the call early.
    type Mode: Mode;

    /// Splits the output.
    fn split(output: T) -> Result<Self::Value, <Self::Mode as Mode>::Error>;

    /// How the branch is said to have ended.
    #[cfg(feature = "tracing")]
    fn told(_: &T) -> End {
        End::Done
    }
}

/// The output is the value.
pub enum AsValue {}

impl<T> Outcome<T> for AsValue {
    type Value = T;
    type Mode = Plain;

    #[inline]
    fn split(output: T) -> Result<T, Infallible> {
        Ok(output)
    }
}

/// The output is a `Result`: its `Ok` is the value, its `Err` ends the call.
pub enum AsResult {}

impl<T, E> Outcome<Result<T, E>> for AsResult {
    type Value = T;
    type Mode = Failing<E>;

    #[inline]
    fn split(output: Result<T, E>) -> Result<T, E> {
        output
    }

    #[cfg(feature = "tracing")]
    fn told(output: &Result<T, E>) -> End {
        if output.is_ok() { End::Ok } else { End::Error }
    }
}

/// How something ended.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "tracing"),
    allow(dead_code, reason = "nobody is told of it")
)]
pub enum End {
    /// With a value that is no error.
    Ok,
    /// With an error.
    Error,
    /// With a value of which it is not known whether it is an error.
    Done,
    /// It was dropped or aborted.
    Cancelled,
    /// It panicked.
    Panicked,
    /// Its deadline passed.
    TimedOut,
}

impl End {
    /// How a child of a group ended that gave this.
    pub(crate) fn of<M: Mode, T>(result: &Result<T, M::Error>) -> Self {
        match result {
            Ok(_) if M::FAILS => Self::Ok,
            Ok(_) => Self::Done,
            Err(_) => Self::Error,
        }
    }
}
