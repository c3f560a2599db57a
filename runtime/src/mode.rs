//! Whether a call can fail, and with which error, as a type.

use std::{convert::Infallible, fmt, marker::PhantomData};

use crate::error::At;

/// The mode of a call that cannot fail: its output is a value.
#[derive(Debug)]
pub enum Plain {}

/// The mode of a call that can fail with an `E`: its output is a `Result<_, E>`.
pub struct Failing<E>(PhantomData<fn() -> E>);

impl<E> fmt::Debug for Failing<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Failing")
    }
}

/// The mode of a call.
pub trait Mode {
    /// The error that ends the call early.
    type Error;
    /// Whether the call can fail.
    const FAILS: bool;
    /// The output of a call with a value of type `T`.
    type Output<T>;

    /// Converts a result to the output of the call.
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

/// The mode of a call with a branch that is rejected with a compile error. Its output `O` is inferred from its use, because the
/// compiler would report a second error there otherwise.
#[allow(
    missing_debug_implementations,
    reason = "only calls that do not compile use it"
)]
pub struct Unknown<O>(PhantomData<fn() -> O>);

impl<O> Mode for Unknown<O> {
    type Error = Infallible;
    const FAILS: bool = false;
    type Output<T> = O;

    fn output<T>(_: Result<T, Infallible>) -> O {
        unreachable!("such a call does not compile")
    }
}

/// Converts the output `T` of a branch: to a value `V` of the call's output, or to an `E`, which ends the call early.
pub trait Outcome<T, V, E>: Classify<T> {
    /// Splits the output.
    fn split(output: T) -> Result<V, E>;
}

/// Classifies the output of a branch, for its span.
pub trait Classify<T> {
    /// Classifies this output.
    #[cfg(feature = "tracing")]
    fn classify(_: &T) -> End {
        End::Done
    }
}

/// The rule for a branch that returns a value.
#[derive(Debug)]
pub enum AsValue {}

impl<T> Classify<T> for AsValue {}

impl<T, E> Outcome<T, T, E> for AsValue {
    #[inline]
    fn split(output: T) -> Result<T, E> {
        Ok(output)
    }
}

/// The rule for a branch with a `Result`: its `Ok` is a value, and its `Err` ends the call.
#[derive(Debug)]
pub enum AsResult {}

impl<T, E> Classify<Result<T, E>> for AsResult {
    #[cfg(feature = "tracing")]
    fn classify(output: &Result<T, E>) -> End {
        if output.is_ok() { End::Ok } else { End::Error }
    }
}

impl<T, E> Outcome<Result<T, E>, T, E> for AsResult {
    #[inline]
    fn split(output: Result<T, E>) -> Result<T, E> {
        output
    }
}

/// The rule for a branch with a key and a `Result`: its `Ok` is a value beside the key, and its `Err` ends the call, with the key.
#[derive(Debug)]
pub enum AsKeyedResult {}

/// The rule for a branch with a key and a `Result` in a call with an error type: its `Err` ends the call, without the key.
#[derive(Debug)]
pub enum AsResultWithoutKey {}

impl<K, T, E> Classify<(K, Result<T, E>)> for AsKeyedResult {
    #[cfg(feature = "tracing")]
    fn classify((_, output): &(K, Result<T, E>)) -> End {
        AsResult::classify(output)
    }
}

impl<K, T, E> Outcome<(K, Result<T, E>), (K, T), At<K, E>> for AsKeyedResult {
    #[inline]
    fn split((key, output): (K, Result<T, E>)) -> Result<(K, T), At<K, E>> {
        match output {
            Ok(value) => Ok((key, value)),
            Err(error) => Err(At { key, error }),
        }
    }
}

impl<K, T, E> Classify<(K, Result<T, E>)> for AsResultWithoutKey {
    #[cfg(feature = "tracing")]
    fn classify((_, output): &(K, Result<T, E>)) -> End {
        AsResult::classify(output)
    }
}

impl<K, T, E> Outcome<(K, Result<T, E>), (K, T), E> for AsResultWithoutKey {
    #[inline]
    fn split((key, output): (K, Result<T, E>)) -> Result<(K, T), E> {
        output.map(|value| (key, value))
    }
}

/// How a call, a branch, a task or a child has ended.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "tracing"),
    allow(dead_code, reason = "only the feature tracing reads it")
)]
pub enum End {
    /// With an `Ok`.
    Ok,
    /// With an `Err`.
    Error,
    /// With a value that may or may not be an error.
    Done,
    /// It was dropped or aborted.
    Cancelled,
    /// It panicked.
    Panicked,
    /// Its deadline passed.
    TimedOut,
    /// Its `until` completed.
    Stopped,
}

impl End {
    /// Returns how a child of a group with this result has ended.
    pub(crate) fn of<M: Mode, T>(result: &Result<T, M::Error>) -> Self {
        match result {
            Ok(_) if M::FAILS => Self::Ok,
            Ok(_) => Self::Done,
            Err(_) => Self::Error,
        }
    }
}
