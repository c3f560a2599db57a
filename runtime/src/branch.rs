//! What the argument of a macro may be, found out by method calls.
//!
//! An expansion calls the same methods on every argument; which method that is, the argument's type decides. An inherent
//! method stands before a trait's method of the same name, and a method that takes `self` by value before one that
//! takes it by `&mut`; a candidate whose bounds do not hold is passed over. So each step is a list of cases, the first
//! that fits is taken, and the last one of the first step is a compile error in the words of [`hint`].
//!
//! | step | on | gives |
//! |---|---|---|
//! | `future` | [`Branch`] | [`Fut`] of an `IntoFuture`; else [`NotFut`] |
//! | `futures` | [`Many`] | [`Futs`] of an array; else [`AnyMany`] |
//! | `check` | both | [`Open`] if its output is not determined; itself; an error |
//! | `to::<E>().same().other()` | both | with an error type: the same, with output `Result<_, E>` |
//! | `each`, `each_to` | both | with `each_timeout`: the same, with a deadline |
//! | `kind`, `value` | both | the node of the gather: a `Result` can fail; everything is a value |

use std::{
    array,
    convert::Infallible,
    future::{Future, IntoFuture, Ready},
    iter::{self, Empty},
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use crate::{
    __private::ErrorType,
    gather::{Counted, Leaf, Listed, Shape, Spread},
    hint,
    mode::{AsResult, AsValue, Outcome},
    timeout::{EachTimeout, Late},
};

/// An argument without `..`.
pub struct Branch<T>(pub T);

/// A future.
pub struct Fut<F>(F);

/// Something else.
pub struct NotFut<T>(T);

/// An argument with `..`.
pub struct Many<T>(pub T);

/// Futures, which make an `S` of results.
pub struct Futs<I, S>(I, PhantomData<fn() -> S>);

/// What is spread and is not an array.
pub struct AnyMany<T>(T);

/// A branch or a spread whose output nothing determines: it never returns.
pub struct Open<T>(T);

// ---- is it a future? --------------------------------------------------------------------------------------------

impl<T: IntoFuture> Branch<T> {
    #[inline]
    pub fn future(self) -> Fut<T::IntoFuture> {
        Fut(self.0.into_future())
    }
}

pub trait OtherBranch<T> {
    fn future(self) -> NotFut<T>;
}

impl<T> OtherBranch<T> for Branch<T> {
    fn future(self) -> NotFut<T> {
        NotFut(self.0)
    }
}

impl<F: Future<Output = Infallible>> Fut<F> {
    #[inline]
    pub fn check(self) -> Open<Self> {
        Open(self)
    }
}

pub trait Checked: Sized {
    #[inline]
    fn check(self) -> Self {
        self
    }
}

impl<F> Checked for Fut<F> {}

/// What stands for a branch that was refused: with this output, so that nothing follows from it.
type Refused<T> = Fut<Ready<T>>;

impl<F: IntoFuture> NotFut<Option<F>> {
    pub fn check(self) -> Refused<F::Output>
    where
        Option<F>: hint::Unwrap,
    {
        unreachable!()
    }
}

impl<F: IntoFuture, E> NotFut<Result<F, E>> {
    pub fn check(self) -> Refused<F::Output>
    where
        Result<F, E>: hint::Unwrap,
    {
        unreachable!()
    }
}

pub trait OtherFunction<T> {
    type Output;

    fn check(self) -> Refused<Self::Output>
    where
        T: hint::Call;
}

impl<T: FnOnce() -> F, F: IntoFuture> OtherFunction<T> for NotFut<T> {
    type Output = F::Output;

    fn check(self) -> Refused<F::Output>
    where
        T: hint::Call,
    {
        unreachable!()
    }
}

pub trait OtherCollection<T> {
    fn check(&self) -> Refused<T>
    where
        T: hint::Spread;
}

impl<T: IntoIterator<Item: IntoFuture>> OtherCollection<T> for NotFut<T> {
    fn check(&self) -> Refused<T>
    where
        T: hint::Spread,
    {
        unreachable!()
    }
}

pub trait OtherValue<T> {
    fn check(&mut self) -> Refused<T>
    where
        T: hint::Branch;
}

impl<T> OtherValue<T> for NotFut<T> {
    fn check(&mut self) -> Refused<T>
    where
        T: hint::Branch,
    {
        unreachable!()
    }
}

// ---- is it a collection of futures? -----------------------------------------------------------------------------

impl<F: IntoFuture, const N: usize> Many<[F; N]> {
    #[inline]
    pub fn futures(self) -> Futs<IntoFutures<array::IntoIter<F, N>>, Counted<N>> {
        Futs::new(self.0.into_iter().map(F::into_future))
    }
}

/// What an iterator is mapped to; a `Map`, so that a vector's memory is used again.
type IntoFutures<I> =
    iter::Map<I, fn(<I as Iterator>::Item) -> <<I as Iterator>::Item as IntoFuture>::IntoFuture>;

impl<I, S> Futs<I, S> {
    #[inline]
    fn new(futures: I) -> Self {
        Self(futures, PhantomData)
    }
}

pub trait OtherMany<T> {
    fn futures(self) -> AnyMany<T>;
}

impl<T> OtherMany<T> for Many<T> {
    #[inline]
    fn futures(self) -> AnyMany<T> {
        AnyMany(self.0)
    }
}

impl<I: Iterator<Item: Future<Output = Infallible>>, S> Futs<I, S> {
    pub fn check(self) -> Open<Self> {
        Open(self)
    }
}

impl<I, S> Checked for Futs<I, S> {}

impl<T: IntoIterator<Item: IntoFuture<Output = Infallible>>> AnyMany<T> {
    pub fn check(self) -> Open<Futs<IntoFutures<T::IntoIter>, Listed>> {
        Open(Futs::new(self.0.into_iter().map(T::Item::into_future)))
    }
}

pub trait Collection<T: IntoIterator<Item: IntoFuture>> {
    fn check(self) -> Futs<IntoFutures<T::IntoIter>, Listed>;
}

impl<T: IntoIterator<Item: IntoFuture>> Collection<T> for AnyMany<T> {
    #[inline]
    fn check(self) -> Futs<IntoFutures<T::IntoIter>, Listed> {
        Futs::new(self.0.into_iter().map(T::Item::into_future))
    }
}

pub trait NotFutures<T> {
    fn check(&mut self) -> Futs<Empty<Ready<T>>, Listed>
    where
        T: hint::Futures;
}

impl<T> NotFutures<T> for AnyMany<T> {
    fn check(&mut self) -> Futs<Empty<Ready<T>>, Listed>
    where
        T: hint::Futures,
    {
        unreachable!()
    }
}

// ---- with an error type -----------------------------------------------------------------------------------------

pin_project! {
    /// A future whose output is converted.
    pub struct Convert<F: Future, T> {
        #[pin]
        future: F,
        convert: fn(F::Output) -> T,
    }
}

impl<F: Future, T> Future for Convert<F, T> {
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.project();
        this.future.poll(cx).map(this.convert)
    }
}

/// Futures that are converted, as the iterator gives them.
pub struct ConvertEach<I: Iterator<Item: Future>, T> {
    futures: I,
    convert: fn(<I::Item as Future>::Output) -> T,
}

impl<I: Iterator<Item: Future>, T> Iterator for ConvertEach<I, T> {
    type Item = Convert<I::Item, T>;

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

/// What converts the outputs of a branch, or of each of a spread's.
pub trait Outputs: Sized {
    /// The output.
    type Output;
    /// The same with another output.
    type With<T>;

    fn convert<T>(self, convert: fn(Self::Output) -> T) -> Self::With<T>;
}

impl<F: Future> Outputs for Fut<F> {
    type Output = F::Output;
    type With<T> = Fut<Convert<F, T>>;

    #[inline]
    fn convert<T>(self, convert: fn(F::Output) -> T) -> Fut<Convert<F, T>> {
        Fut(Convert {
            future: self.0,
            convert,
        })
    }
}

impl<I: Iterator<Item: Future>, S> Outputs for Futs<I, S> {
    type Output = <I::Item as Future>::Output;
    type With<T> = Futs<ConvertEach<I, T>, S>;

    fn convert<T>(self, convert: fn(Self::Output) -> T) -> Futs<ConvertEach<I, T>, S> {
        Futs::new(ConvertEach {
            futures: self.0,
            convert,
        })
    }
}

/// A branch or a spread in a call with the error type `E`.
pub struct To<B, E>(B, PhantomData<fn() -> E>);

/// The same, when its outputs are not `Result<_, E>`.
pub struct Unlike<B, E>(B, PhantomData<fn() -> E>);

pub trait Named: Sized {
    #[inline]
    fn to<E>(self, _: ErrorType<E>) -> To<Self, E> {
        To(self, PhantomData)
    }
}

impl<F> Named for Fut<F> {}

impl<I, S> Named for Futs<I, S> {}

impl<B: Outputs> Open<B> {
    pub fn to<E>(self, _: ErrorType<E>) -> Done<B::With<Result<B::Output, E>>> {
        Done(self.0.convert(Ok))
    }
}

/// A branch or a spread whose outputs are `Result<_, E>` now.
pub struct Done<B>(B);

impl<B> Done<B> {
    pub fn same(self) -> Self {
        self
    }

    #[inline]
    pub fn other(self) -> B {
        self.0
    }
}

impl<B: Outputs<Output = Result<T, E>>, T, E> To<B, E> {
    /// Settles an error type that is still open, too.
    #[inline]
    pub fn same(self) -> Done<B> {
        Done(self.0)
    }
}

pub trait OtherError<B, E> {
    fn same(self) -> Unlike<B, E>;
}

impl<B, E> OtherError<B, E> for To<B, E> {
    fn same(self) -> Unlike<B, E> {
        Unlike(self.0, PhantomData)
    }
}

impl<B: Outputs<Output = Result<T, X>>, T, X, E> Unlike<B, E> {
    pub fn other(self) -> B::With<Result<T, E>>
    where
        X: hint::IntoError<E>,
    {
        self.0
            .convert(|output| output.map_err(hint::IntoError::into_error))
    }
}

pub trait NoError<B: Outputs, E> {
    fn other(self) -> B::With<Result<B::Output, E>>;
}

impl<B: Outputs, E> NoError<B, E> for Unlike<B, E> {
    fn other(self) -> B::With<Result<B::Output, E>> {
        self.0.convert(Ok)
    }
}

// ---- with `each_timeout` ----------------------------------------------------------------------------------------

/// The deadlines of the futures of an iterator.
pub struct TimeEach<I, L> {
    futures: I,
    after: Duration,
    late: L,
}

impl<I: Iterator<Item: Future>, L: Copy> Iterator for TimeEach<I, L> {
    type Item = EachTimeout<I::Item, L>;

    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.next()?;
        Some(EachTimeout::new(future, self.after, self.late))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

impl<F: Future> Fut<F> {
    pub fn each<L: Late<F::Output>>(self, after: Duration, late: L) -> Fut<EachTimeout<F, L>> {
        Fut(EachTimeout::new(self.0, after, late))
    }
}

impl<I: Iterator<Item: Future>, S> Futs<I, S> {
    pub fn each<L: Late<<I::Item as Future>::Output>>(
        self,
        after: Duration,
        late: L,
    ) -> Futs<TimeEach<I, L>, S> {
        let futures = self.0;
        Futs::new(TimeEach {
            futures,
            after,
            late,
        })
    }
}

impl<F: Future> Open<Fut<F>> {
    pub fn each<L: Late<F::Output>>(self, after: Duration, late: L) -> Fut<EachTimeout<F, L>> {
        self.0.each(after, late)
    }
}

impl<I: Iterator<Item: Future>, S> Open<Futs<I, S>> {
    pub fn each<L: Late<<I::Item as Future>::Output>>(
        self,
        after: Duration,
        late: L,
    ) -> Futs<TimeEach<I, L>, S> {
        self.0.each(after, late)
    }
}

// ---- the node of a gather ---------------------------------------------------------------------------------------

type LeafOf<F, K> = Leaf<F, <K as Outcome<<F as Future>::Output>>::Value, K>;
type SpreadOf<I, K, S> = Spread<
    I,
    <I as Iterator>::Item,
    <K as Outcome<<<I as Iterator>::Item as Future>::Output>>::Value,
    K,
    S,
>;

impl<T, E, F: Future<Output = Result<T, E>>> Fut<F> {
    #[inline]
    pub fn kind(self) -> LeafOf<F, AsResult> {
        Leaf::new(self.0)
    }
}

impl<F: Future> Fut<F> {
    #[inline]
    pub fn value(self) -> LeafOf<F, AsValue> {
        Leaf::new(self.0)
    }
}

impl<T, E, I: Iterator<Item: Future<Output = Result<T, E>>>, S: Shape> Futs<I, S> {
    #[inline]
    pub fn kind(self) -> SpreadOf<I, AsResult, S> {
        Spread::new(self.0)
    }
}

impl<I: Iterator<Item: Future>, S: Shape> Futs<I, S> {
    #[inline]
    pub fn value(self) -> SpreadOf<I, AsValue, S> {
        Spread::new(self.0)
    }
}

/// A branch that is no `Result`, or of which it is not asked.
pub trait Infallibly: Sized {
    type Node;

    fn kind(self) -> Self::Node;
}

impl<F: Future> Infallibly for Fut<F> {
    type Node = LeafOf<F, AsValue>;

    #[inline]
    fn kind(self) -> Self::Node {
        self.value()
    }
}

impl<I: Iterator<Item: Future>, S: Shape> Infallibly for Futs<I, S> {
    type Node = SpreadOf<I, AsValue, S>;

    #[inline]
    fn kind(self) -> Self::Node {
        self.value()
    }
}

impl<B: Infallibly> Open<B> {
    #[inline]
    pub fn kind(self) -> B::Node {
        Infallibly::kind(self.0)
    }

    #[inline]
    pub fn value(self) -> B::Node {
        Infallibly::kind(self.0)
    }
}
