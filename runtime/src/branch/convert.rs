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

use super::argument::{BranchFuture, SpreadFutures, Undetermined};
use crate::{
    Stopped, TimedOut, gather, hint,
    keyed::{Key, NoKey, TakeKey},
    supply::{FutureStream, Make},
    timeout::BranchTimeoutAsError,
};

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
    /// A future that converts its output, an `O`. If `Q` has a key, the output is a pair, and its second part is converted.
    //
    // The output is a parameter instead of `F::Output`, because a task's future must be `Send` for every lifetime at once, and
    // the compiler cannot prove it for a projection in a field.
    pub struct Convert<F, O, T, Q = NoKey> {
        #[pin]
        future: F,
        function: fn(O) -> T,
        key: PhantomData<fn() -> Q>,
    }
}

impl<F, O, T, Q> Convert<F, O, T, Q> {
    #[inline]
    const fn new(future: F, function: fn(O) -> T) -> Self {
        Self {
            future,
            function,
            key: PhantomData,
        }
    }
}

impl<F: Future<Output = Q::Output<O>>, O, T, Q: Key> Future for Convert<F, O, T, Q> {
    type Output = Q::Output<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        (this.future.poll(cx)).map(|output| Q::map(output, *this.function))
    }
}

impl<F: TakeKey<K>, O, T, Q, K> TakeKey<K> for Convert<F, O, T, Q> {
    fn take_key(self: Pin<&mut Self>) -> K {
        self.project().future.take_key()
    }
}

/// An iterator or a stream that converts the outputs of its futures.
pub struct ConvertEach<I, O, T, Q = NoKey> {
    futures: I,
    convert: fn(O) -> T,
    key: PhantomData<fn() -> Q>,
}

impl<I: Iterator, O, T, Q> Iterator for ConvertEach<I, O, T, Q> {
    type Item = Convert<I::Item, O, T, Q>;

    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.next()?;
        Some(Convert::new(future, self.convert))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

impl<I: FutureStream, O, T, Q> FutureStream for ConvertEach<I, O, T, Q> {
    type Item = Convert<I::Item, O, T, Q>;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.futures.poll_next(cx);
        next.map(|future| future.map(|future| Convert::new(future, self.convert)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

/// Makes the future, the iterator or the stream that `M` makes, and converts its outputs.
pub struct MakeConverted<M, O, T> {
    make: M,
    convert: fn(O) -> T,
}

impl<M, O, T> MakeConverted<M, O, T> {
    #[inline]
    pub(super) const fn new(make: M, convert: fn(O) -> T) -> Self {
        Self { make, convert }
    }
}

impl<M: Make<F>, F, O, T, Q> Make<Convert<F, O, T, Q>> for MakeConverted<M, O, T> {
    #[inline]
    fn make(self) -> Convert<F, O, T, Q> {
        Convert::new(self.make.make(), self.convert)
    }
}

impl<M: Make<I>, I, O, T, Q> Make<ConvertEach<I, O, T, Q>> for MakeConverted<M, O, T> {
    #[inline]
    fn make(self) -> ConvertEach<I, O, T, Q> {
        ConvertEach {
            futures: self.make.make(),
            convert: self.convert,
            key: PhantomData,
        }
    }
}

/// A branch or a spread with outputs that can be converted.
pub trait Outputs: Sized {
    /// The output type of each branch, without a key.
    type Output;
    /// The same with another output type, in a call with an error type.
    type With<T>;
    /// The same in a call with an error type.
    type Named;

    fn convert<T>(self, convert: fn(Self::Output) -> T) -> Self::With<T>;

    /// Returns the same in a call with an error type, which its errors have.
    fn named(self) -> Self::Named;
}

impl<M, F, O, Q: Key> Outputs for BranchFuture<M, F, O, Q> {
    type Output = O;
    type With<T> = BranchFuture<MakeConverted<M, O, T>, Convert<F, O, T, Q>, T, Q::Named>;
    type Named = BranchFuture<M, F, O, Q::Named>;

    #[inline]
    fn convert<T>(self, convert: fn(O) -> T) -> Self::With<T> {
        BranchFuture::new(MakeConverted::new(self.0, convert))
    }

    #[inline]
    fn named(self) -> Self::Named {
        BranchFuture::new(self.0)
    }
}

impl<M, I, F, O, S, Q: Key, D> Outputs for SpreadFutures<M, I, F, O, S, Q, D> {
    type Output = O;
    type With<T> = SpreadFutures<
        MakeConverted<M, O, T>,
        ConvertEach<I, O, T, Q>,
        Convert<F, O, T, Q>,
        T,
        S,
        Q::Named,
        D,
    >;
    type Named = SpreadFutures<M, I, F, O, S, Q::Named, D>;

    fn convert<T>(self, convert: fn(O) -> T) -> Self::With<T> {
        SpreadFutures::new(MakeConverted::new(self.0, convert))
    }

    #[inline]
    fn named(self) -> Self::Named {
        SpreadFutures::new(self.0)
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

impl<M, F, O, Q> WithErrorType for BranchFuture<M, F, O, Q> {}

impl<M, I, F, O, S, Q, D> WithErrorType for SpreadFutures<M, I, F, O, S, Q, D> {}

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
    pub fn rejoin_keep_error(self) -> Converted<B::Named> {
        Converted(self.0.named())
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
    fn rejoin_call_timeout(self) -> gather::Convert<TimedOut, E>
    where
        E: hint::FromTimedOut,
    {
        gather::Convert::new(E::from_timed_out)
    }

    /// Returns the conversion for the end of a call by its `until`.
    fn rejoin_call_stopped(self) -> gather::Convert<Stopped, E>
    where
        E: hint::FromStopped,
    {
        gather::Convert::new(E::from_stopped)
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
