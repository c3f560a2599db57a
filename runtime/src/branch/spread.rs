//! Arguments with `..`: collections and streams of futures or of pairs.

use std::{
    future::IntoFuture,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::argument::{OtherSpread, SpreadArgument, SpreadFutures};
use crate::{
    gather::{IntoArray, IntoVec},
    keyed::{KeepKey, Keyed, NoKey, keyed},
    supply::{FromStream, FutureStream, Make},
};

// ---- is it a collection of futures? -----------------------------------------------------------------------------

impl<T: IntoIterator<Item: IntoFuture>> Make<IntoFutures<T::IntoIter>> for SpreadArgument<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    fn make(self) -> IntoFutures<T::IntoIter> {
        IntoFutures(self.0.take().into_iter())
    }
}

impl<'a, X, const N: usize> SpreadArgument<'a, [X; N]> {
    #[inline]
    pub const fn rejoin_futures(self) -> OtherSpread<'a, [X; N], IntoArray<N>> {
        OtherSpread::new(self)
    }
}

/// An iterator over the futures of an iterator's items, or a stream over the futures of a stream's items.
//
// This is not a `Map`. With a function pointer, a `Map` would make an indirect call for each future. With the function's own type,
// which contains the type of the items, the compiler could not prove that the call's future is `Send`.
pub struct IntoFutures<I>(I);

impl<I: Iterator<Item: IntoFuture>> Iterator for IntoFutures<I> {
    type Item = <I::Item as IntoFuture>::IntoFuture;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(IntoFuture::into_future)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }

    // The standard library specializes `collect` for `Map`: it reuses a vector's memory, and asks a range for its length once.
    #[inline]
    fn collect<C: FromIterator<Self::Item>>(self) -> C {
        self.0.map(IntoFuture::into_future).collect()
    }
}

impl<I: FutureStream<Item: IntoFuture>> FutureStream for IntoFutures<I> {
    type Item = <I::Item as IntoFuture>::IntoFuture;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.0.poll_next(cx);
        next.map(|item| item.map(IntoFuture::into_future))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

pub trait NotAnArray<'a, T> {
    fn rejoin_futures(self) -> OtherSpread<'a, T, IntoVec>;
}

impl<'a, T> NotAnArray<'a, T> for SpreadArgument<'a, T> {
    #[inline]
    fn rejoin_futures(self) -> OtherSpread<'a, T, IntoVec> {
        OtherSpread::new(self)
    }
}

/// The futures of a collection `T`.
type FuturesOf<'a, T, S> = SpreadFutures<
    SpreadArgument<'a, T>,
    IntoFutures<<T as IntoIterator>::IntoIter>,
    <<T as IntoIterator>::Item as IntoFuture>::IntoFuture,
    <<T as IntoIterator>::Item as IntoFuture>::Output,
    S,
>;

impl<'a, T: IntoIterator<Item: IntoFuture>, S> OtherSpread<'a, T, S> {
    #[inline]
    pub fn rejoin_check(self) -> FuturesOf<'a, T, S> {
        SpreadFutures::new(self.0)
    }
}

// ---- is it a collection of pairs? -------------------------------------------------------------------------------

/// The futures of an iterator or a stream of pairs, with the keys that the pairs begin with.
pub struct IntoKeyed<I>(I);

impl<I: Iterator<Item = (K, X)>, K, X: IntoFuture> Iterator for IntoKeyed<I> {
    type Item = Keyed<K, X::IntoFuture>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (key, future) = self.0.next()?;
        Some(keyed(key, future))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<I: FutureStream<Item = (K, X)>, K, X: IntoFuture> FutureStream for IntoKeyed<I> {
    type Item = Keyed<K, X::IntoFuture>;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.0.poll_next(cx);
        next.map(|pair| pair.map(|(key, future)| keyed(key, future)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T: IntoIterator<Item = (K, X)>, K, X: IntoFuture> Make<IntoKeyed<T::IntoIter>>
    for SpreadArgument<'_, T>
{
    fn make(self) -> IntoKeyed<T::IntoIter> {
        IntoKeyed(self.0.take().into_iter())
    }
}

/// The futures of a collection `T` of pairs `(K, X)`.
type PairsOf<'a, T, K, X, S> = SpreadFutures<
    SpreadArgument<'a, T>,
    IntoKeyed<<T as IntoIterator>::IntoIter>,
    Keyed<K, <X as IntoFuture>::IntoFuture>,
    <X as IntoFuture>::Output,
    S,
    KeepKey<K>,
>;

// The compiler cannot exclude that a tuple is a future, so this is not inherent.
pub trait Pairs<'a, T: IntoIterator, K, X: IntoFuture, S> {
    fn rejoin_check(self) -> PairsOf<'a, T, K, X, S>;
}

impl<'a, T: IntoIterator<Item = (K, X)>, K, X: IntoFuture, S> Pairs<'a, T, K, X, S>
    for OtherSpread<'a, T, S>
{
    #[inline]
    fn rejoin_check(self) -> PairsOf<'a, T, K, X, S> {
        SpreadFutures::new(self.0)
    }
}

// ---- is it a stream? --------------------------------------------------------------------------------------------

/// An argument with `..` that is a stream. It is put into a box, because it may have to be pinned.
pub struct StreamArgument<'a, T>(SpreadArgument<'a, T>);

/// A stream that was an argument.
type Boxed<T> = Pin<Box<T>>;

impl<T> StreamArgument<'_, T> {
    fn boxed(self) -> Boxed<T> {
        Box::pin(self.0.0.take())
    }
}

impl<T: Stream<Item: IntoFuture>> Make<IntoFutures<Boxed<T>>> for StreamArgument<'_, T> {
    fn make(self) -> IntoFutures<Boxed<T>> {
        IntoFutures(self.boxed())
    }
}

impl<T: Stream<Item = (K, X)>, K, X: IntoFuture> Make<IntoKeyed<Boxed<T>>>
    for StreamArgument<'_, T>
{
    fn make(self) -> IntoKeyed<Boxed<T>> {
        IntoKeyed(self.boxed())
    }
}

/// The futures of a stream `T`.
type FuturesOfStream<'a, T> = SpreadFutures<
    StreamArgument<'a, T>,
    IntoFutures<Boxed<T>>,
    <<T as Stream>::Item as IntoFuture>::IntoFuture,
    <<T as Stream>::Item as IntoFuture>::Output,
    IntoVec,
    NoKey,
    FromStream,
>;

/// The futures of a stream `T` of pairs `(K, X)`.
type PairsOfStream<'a, T, K, X> = SpreadFutures<
    StreamArgument<'a, T>,
    IntoKeyed<Boxed<T>>,
    Keyed<K, <X as IntoFuture>::IntoFuture>,
    <X as IntoFuture>::Output,
    IntoVec,
    KeepKey<K>,
    FromStream,
>;

/// A spread of a stream.
pub trait StreamSpread<'a, T> {
    fn rejoin_check(self) -> StreamArgument<'a, T>;
}

impl<'a, T: Stream> StreamSpread<'a, T> for OtherSpread<'a, T, IntoVec> {
    fn rejoin_check(self) -> StreamArgument<'a, T> {
        StreamArgument(self.0)
    }
}

// ---- is it a stream of futures or of pairs? ---------------------------------------------------------------------

impl<M, I, F, O, S, Q, D> SpreadFutures<M, I, F, O, S, Q, D> {
    #[inline]
    pub fn rejoin_items(self) -> Self {
        self
    }
}

impl<'a, T: Stream<Item: IntoFuture>> StreamArgument<'a, T> {
    pub fn rejoin_items(self) -> FuturesOfStream<'a, T> {
        SpreadFutures::new(self)
    }
}

/// A stream of pairs.
pub trait StreamOfPairs<'a, T, K, X: IntoFuture> {
    fn rejoin_items(self) -> PairsOfStream<'a, T, K, X>;
}

impl<'a, T: Stream<Item = (K, X)>, K, X: IntoFuture> StreamOfPairs<'a, T, K, X>
    for StreamArgument<'a, T>
{
    fn rejoin_items(self) -> PairsOfStream<'a, T, K, X> {
        SpreadFutures::new(self)
    }
}
