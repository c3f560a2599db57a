//! Branches in a call with an error type: their outputs become `Result<_, E>`.
//!
//! Whether they are that already is asked first, so that an error type still open is settled by it; then whether they
//! are another `Result`, whose error is converted; what is none is an `Ok`.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{Fut, Futs, Open, OutputOf};
use crate::{__private::ErrorType, gather::TimeoutAsError, hint, supply::Make, timeout::AsError};

pin_project! {
    /// A future whose output, an `O`, is converted.
    //
    // A parameter, not `F::Output`: what is `Send` must be so for every lifetime at once, and a projection in a field
    // of a task's future is one that the compiler cannot follow there.
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

/// Futures that are converted, as the iterator gives them.
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

/// Makes what `M` makes, converted.
pub struct Converted<M, O, T> {
    make: M,
    convert: fn(O) -> T,
}

impl<M: Make<F>, F, O, T> Make<Convert<F, O, T>> for Converted<M, O, T> {
    #[inline]
    fn make(self) -> Convert<F, O, T> {
        Convert {
            future: self.make.make(),
            convert: self.convert,
        }
    }
}

impl<M: Make<I>, I, O, T> Make<ConvertEach<I, O, T>> for Converted<M, O, T> {
    #[inline]
    fn make(self) -> ConvertEach<I, O, T> {
        ConvertEach {
            futures: self.make.make(),
            convert: self.convert,
        }
    }
}

/// What converts the outputs of a branch, or of each of a spread's.
pub trait Outputs: Sized {
    /// The output.
    type Output;
    /// The same with another output.
    type With<T>;

    fn convert<T>(self, convert: fn(Self::Output) -> T) -> Self::With<T>;
}

impl<M, F, O> Outputs for Fut<M, F, O> {
    type Output = O;
    type With<T> = Fut<Converted<M, O, T>, Convert<F, O, T>, T>;

    #[inline]
    fn convert<T>(self, convert: fn(O) -> T) -> Self::With<T> {
        Fut::new(Converted {
            make: self.0,
            convert,
        })
    }
}

impl<M, I: Iterator<Item: Future>, S> Outputs for Futs<M, I, S> {
    type Output = OutputOf<I>;
    type With<T> = Futs<Converted<M, OutputOf<I>, T>, ConvertEach<I, OutputOf<I>, T>, S>;

    fn convert<T>(self, convert: fn(OutputOf<I>) -> T) -> Self::With<T> {
        Futs::new(Converted {
            make: self.0,
            convert,
        })
    }
}

/// A branch or a spread in a call with the error type `E`.
pub struct To<B, E>(B, PhantomData<fn() -> E>);

/// The same, when its outputs are not `Result<_, E>`.
pub struct Other<B, E>(B, PhantomData<fn() -> E>);

pub trait Named: Sized {
    #[inline]
    fn rejoin_to<E>(self, _: ErrorType<E>) -> To<Self, E> {
        To(self, PhantomData)
    }
}

impl<M, F, O> Named for Fut<M, F, O> {}

impl<M, I, S> Named for Futs<M, I, S> {}

impl<B: Outputs> Open<B> {
    pub fn rejoin_to<E>(self, _: ErrorType<E>) -> Done<B::With<Result<B::Output, E>>> {
        Done(self.0.convert(Ok))
    }
}

/// A branch or a spread whose outputs are `Result<_, E>` now.
pub struct Done<B>(B);

impl<B> Done<B> {
    pub fn rejoin_same(self) -> Self {
        self
    }

    #[inline]
    pub fn rejoin_other(self) -> B {
        self.0
    }
}

impl<B: Outputs<Output = Result<T, E>>, T, E> To<B, E> {
    /// Settles an error type that is still open, too.
    #[inline]
    pub fn rejoin_same(self) -> Done<B> {
        Done(self.0)
    }
}

pub trait OtherError<B, E> {
    fn rejoin_same(self) -> Other<B, E>;
}

impl<B, E> OtherError<B, E> for To<B, E> {
    fn rejoin_same(self) -> Other<B, E> {
        Other(self.0, PhantomData)
    }
}

impl<B: Outputs<Output = Result<T, X>>, T, X, E> Other<B, E> {
    pub fn rejoin_other(self) -> B::With<Result<T, E>>
    where
        X: hint::IntoError<E>,
    {
        self.0
            .convert(|output| output.map_err(hint::IntoError::into_error))
    }
}

pub trait NoError<B: Outputs, E> {
    fn rejoin_other(self) -> B::With<Result<B::Output, E>>;
}

impl<B: Outputs, E> NoError<B, E> for Other<B, E> {
    fn rejoin_other(self) -> B::With<Result<B::Output, E>> {
        self.0.convert(Ok)
    }
}

/// What a deadline does with an error type. A trait, for its bounds are reported where the method's name stands.
pub trait Late<E>: Sized {
    /// To the call.
    fn rejoin_among(self) -> TimeoutAsError<E>
    where
        E: hint::FromTimedOut,
    {
        TimeoutAsError::new(E::from_timed_out)
    }

    /// To a branch.
    fn rejoin_as_error(self) -> AsError<E>
    where
        E: hint::FromTimedOut,
    {
        AsError::new(E::from_timed_out)
    }
}

impl<E> Late<E> for ErrorType<E> {}
