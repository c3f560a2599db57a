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

/// What is made of the output of one branch: what the call gives for it, a `V`, or an `E`, which ends the call early.
pub trait Outcome<T, V, E>: Telling<T> {
    /// Splits the output.
    fn split(output: T) -> Result<V, E>;
}

/// How a branch is said to have ended.
pub trait Telling<T> {
    /// By its output.
    #[cfg(feature = "tracing")]
    fn told(_: &T) -> End {
        End::Done
    }
}

/// The output is the value.
pub enum AsValue {}

impl<T> Telling<T> for AsValue {}

impl<T, E> Outcome<T, T, E> for AsValue {
    #[inline]
    fn split(output: T) -> Result<T, E> {
        Ok(output)
    }
}

/// The output is a `Result`: its `Ok` is the value, its `Err` ends the call.
pub enum AsResult {}

impl<T, E> Telling<Result<T, E>> for AsResult {
    #[cfg(feature = "tracing")]
    fn told(output: &Result<T, E>) -> End {
        if output.is_ok() { End::Ok } else { End::Error }
    }
}

impl<T, E> Outcome<Result<T, E>, T, E> for AsResult {
    #[inline]
    fn split(output: Result<T, E>) -> Result<T, E> {
        output
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
