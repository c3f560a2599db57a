//! Branches as nodes of a gather, and two nodes as one.

use std::{convert::Infallible, future::Future};

use super::{Fut, Futs, Open, OutputOf};
use crate::{
    gather::{Leaf, LeafBuilder, Pair, PairBuilder, Part, Shape, Spread, SpreadBuilder},
    mode::{AsResult, AsValue, Failing, Plain},
    supply::Drain,
};

/// One branch, which gives a `V`.
type LeafPart<M, F, V, K, Mode> = Part<LeafBuilder<M>, Leaf<F, V, K>, V, Mode>;

/// One spread, whose branches give a `V` each.
type SpreadPart<M, I, V, K, S, D, Mode> = Part<
    SpreadBuilder<M, I, D>,
    Spread<<D as Drain>::Left<I>, <I as Iterator>::Item, V, K, S>,
    <S as Shape>::Of<V>,
    Mode,
>;

impl<M, F, T, E> Fut<M, F, Result<T, E>> {
    #[inline]
    pub fn rejoin_kind(self) -> LeafPart<M, F, T, AsResult, Failing<E>> {
        Part::new(LeafBuilder(self.0))
    }
}

impl<M, F, O> Fut<M, F, O> {
    #[inline]
    pub fn rejoin_value(self) -> LeafPart<M, F, O, AsValue, Plain> {
        Part::new(LeafBuilder(self.0))
    }
}

impl<M, T, E, I: Iterator<Item: Future<Output = Result<T, E>>>, S: Shape, D: Drain>
    Futs<M, I, S, D>
{
    #[inline]
    pub fn rejoin_kind(self) -> SpreadPart<M, I, T, AsResult, S, D, Failing<E>> {
        Part::new(SpreadBuilder::new(self.0))
    }
}

impl<M, I: Iterator<Item: Future>, S: Shape, D: Drain> Futs<M, I, S, D> {
    #[inline]
    pub fn rejoin_value(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain> {
        Part::new(SpreadBuilder::new(self.0))
    }
}

/// A branch that is no `Result`.
pub trait Infallibly<M, F, O> {
    fn rejoin_kind(self) -> LeafPart<M, F, O, AsValue, Plain>;
}

impl<M, F, O> Infallibly<M, F, O> for Fut<M, F, O> {
    #[inline]
    fn rejoin_kind(self) -> LeafPart<M, F, O, AsValue, Plain> {
        self.rejoin_value()
    }
}

/// A spread of such.
pub trait InfalliblyEach<M, I: Iterator<Item: Future>, S: Shape, D: Drain> {
    fn rejoin_kind(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain>;
}

impl<M, I: Iterator<Item: Future>, S: Shape, D: Drain> InfalliblyEach<M, I, S, D>
    for Futs<M, I, S, D>
{
    #[inline]
    fn rejoin_kind(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain> {
        self.rejoin_value()
    }
}

impl<M, F> Open<Fut<M, F, Infallible>> {
    #[inline]
    pub fn rejoin_kind(self) -> LeafPart<M, F, Infallible, AsValue, Plain> {
        self.0.rejoin_value()
    }

    #[inline]
    pub fn rejoin_value(self) -> LeafPart<M, F, Infallible, AsValue, Plain> {
        self.0.rejoin_value()
    }
}

impl<M, I: Iterator<Item: Future>, S: Shape, D: Drain> Open<Futs<M, I, S, D>> {
    #[inline]
    pub fn rejoin_kind(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain> {
        self.0.rejoin_value()
    }

    #[inline]
    pub fn rejoin_value(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain> {
        self.0.rejoin_value()
    }
}

/// Two, of which one is to be made.
pub struct Two<A, B>(pub A, pub B);

macro_rules! pair {
    (impl<$($error:ident)?> $one:ty, $two:ty => $both:ty) => {
        impl<A, B, N, O, V, W, $($error)?> Two<Part<A, N, V, $one>, Part<B, O, W, $two>> {
            #[inline]
            pub fn rejoin_pair(self) -> Part<PairBuilder<A, B>, Pair<N, O>, (V, W), $both> {
                Part::new(PairBuilder(self.0.builder, self.1.builder))
            }
        }
    };
}

pair! { impl<> Plain, Plain => Plain }
pair! { impl<E> Plain, Failing<E> => Failing<E> }
pair! { impl<E> Failing<E>, Plain => Failing<E> }
// The only one for two that fail: it settles an error type that is still open in one of them.
pair! { impl<E> Failing<E>, Failing<E> => Failing<E> }
