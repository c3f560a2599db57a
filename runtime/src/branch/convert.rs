//! Branches in a call with an error type `E`: their outputs become `Result<_, E>`.
//!
//! The first case is an output that is a `Result<_, E>` already, so that it determines an error type that is still `_`. The second
//! is another `Result`: its error is converted. Any other output becomes an `Ok`.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::argument::{BranchFuture, OutputOf, SpreadFutures, Undetermined};
use crate::{gather::TimeoutAsError, hint, supply::Make, timeout::BranchTimeoutAsError};

/// The error type of a call.
pub struct ErrorType<E>(PhantomData<fn() -> E>);

impl<E> ErrorType<E> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E> Clone for ErrorType<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ErrorType<E> {}

pin_project! {
    /// A future that converts its output, an `O`.
    //
    // The output is a parameter instead of `F::Output`, because a task's future must be `Send` for every lifetime at once, and
    // the compiler cannot prove it for a projection in a field.
    pub struct Convert<F, O, T> {
        #[pin]
        future: F,
        convert: fn(O) -> T,
    }
}

impl<F: Future, T> Future for Convert<F, F::Output, T> {
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.project();
        this.future.poll(cx).map(this.convert)
    }
}

/// An iterator that converts the outputs of its futures.
pub struct ConvertEach<I, O, T> {
    futures: I,
    convert: fn(O) -> T,
}

impl<I: Iterator<Item: Future<Output = O>>, O, T> Iterator for ConvertEach<I, O, T> {
    type Item = Convert<I::Item, O, T>;

    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.next()?;
        Some(Convert {
            future,
            convert: self.convert,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

/// Makes the future or the iterator that `M` makes, and converts its outputs.
pub struct MakeConverted<M, O, T> {
    make: M,
    convert: fn(O) -> T,
}

impl<M: Make<F>, F, O, T> Make<Convert<F, O, T>> for MakeConverted<M, O, T> {
    #[inline]
    fn make(self) -> Convert<F, O, T> {
        Convert {
            future: self.make.make(),
            convert: self.convert,
        }
    }
}

impl<M: Make<I>, I, O, T> Make<ConvertEach<I, O, T>> for MakeConverted<M, O, T> {
    #[inline]
    fn make(self) -> ConvertEach<I, O, T> {
        ConvertEach {
            futures: self.make.make(),
            convert: self.convert,
        }
    }
}

/// A branch or a spread with outputs that can be converted.
pub trait Outputs: Sized {
    /// The output type of each branch.
    type Output;
    /// The same with another output type.
    type With<T>;

    fn convert<T>(self, convert: fn(Self::Output) -> T) -> Self::With<T>;
}

impl<M, F, O> Outputs for BranchFuture<M, F, O> {
    type Output = O;
    type With<T> = BranchFuture<MakeConverted<M, O, T>, Convert<F, O, T>, T>;

    #[inline]
    fn convert<T>(self, convert: fn(O) -> T) -> Self::With<T> {
        BranchFuture::new(MakeConverted {
            make: self.0,
            convert,
        })
    }
}

impl<M, I: Iterator<Item: Future>, S> Outputs for SpreadFutures<M, I, S> {
    type Output = OutputOf<I>;
    type With<T> =
        SpreadFutures<MakeConverted<M, OutputOf<I>, T>, ConvertEach<I, OutputOf<I>, T>, S>;

    fn convert<T>(self, convert: fn(OutputOf<I>) -> T) -> Self::With<T> {
        SpreadFutures::new(MakeConverted {
            make: self.0,
            convert,
        })
    }
}

/// A branch or a spread in a call with the error type `E`.
pub struct Converting<B, E>(B, PhantomData<fn() -> E>);

/// A branch or a spread with outputs that are not `Result<_, E>`.
pub struct NeedsConvert<B, E>(B, PhantomData<fn() -> E>);

pub trait WithErrorType: Sized {
    #[inline]
    fn rejoin_error_type<E>(self, _: ErrorType<E>) -> Converting<Self, E> {
        Converting(self, PhantomData)
    }
}

impl<M, F, O> WithErrorType for BranchFuture<M, F, O> {}

impl<M, I, S> WithErrorType for SpreadFutures<M, I, S> {}

impl<B: Outputs> Undetermined<B> {
    pub fn rejoin_error_type<E>(self, _: ErrorType<E>) -> Converted<B::With<Result<B::Output, E>>> {
        Converted(self.0.convert(Ok))
    }
}

/// A branch or a spread with outputs that are `Result<_, E>`.
pub struct Converted<B>(B);

impl<B> Converted<B> {
    pub fn rejoin_keep_error(self) -> Self {
        self
    }

    #[inline]
    pub fn rejoin_convert_error(self) -> B {
        self.0
    }
}

impl<B: Outputs<Output = Result<T, E>>, T, E> Converting<B, E> {
    /// Returns the branch unchanged. This also determines an error type that is still `_`.
    #[inline]
    pub fn rejoin_keep_error(self) -> Converted<B> {
        Converted(self.0)
    }
}

pub trait OtherError<B, E> {
    fn rejoin_keep_error(self) -> NeedsConvert<B, E>;
}

impl<B, E> OtherError<B, E> for Converting<B, E> {
    fn rejoin_keep_error(self) -> NeedsConvert<B, E> {
        NeedsConvert(self.0, PhantomData)
    }
}

impl<B: Outputs<Output = Result<T, X>>, T, X, E> NeedsConvert<B, E> {
    pub fn rejoin_convert_error(self) -> B::With<Result<T, E>>
    where
        X: hint::IntoError<E>,
    {
        self.0
            .convert(|output| output.map_err(hint::IntoError::into_error))
    }
}

pub trait PlainOutput<B: Outputs, E> {
    fn rejoin_convert_error(self) -> B::With<Result<B::Output, E>>;
}

impl<B: Outputs, E> PlainOutput<B, E> for NeedsConvert<B, E> {
    fn rejoin_convert_error(self) -> B::With<Result<B::Output, E>> {
        self.0.convert(Ok)
    }
}

/// Converts timeouts to an error type.
//
// This is a trait, because the compiler reports the bounds of a trait's method at the method's name.
pub trait TimeoutConversion<E>: Sized {
    /// Returns the conversion for a timeout of the call.
    fn rejoin_call_timeout(self) -> TimeoutAsError<E>
    where
        E: hint::FromTimedOut,
    {
        TimeoutAsError::new(E::from_timed_out)
    }

    /// Returns the conversion for a timeout of a branch.
    fn rejoin_branch_timeout(self) -> BranchTimeoutAsError<E>
    where
        E: hint::FromTimedOut,
    {
        BranchTimeoutAsError::new(E::from_timed_out)
    }
}

impl<E> TimeoutConversion<E> for ErrorType<E> {}
