//! Branches and pairs of branches as nodes of a gather.

use std::{convert::Infallible, future::Future};

use super::argument::{BranchFuture, OutputOf, SpreadFutures, Undetermined};
use crate::{
    gather::{Leaf, LeafBuilder, Pair, PairBuilder, Part, Shape, Spread, SpreadBuilder},
    mode::{AsResult, AsValue, Failing, Plain},
    supply::Drain,
};

/// The part of one branch, which has a value `V`.
type LeafPart<M, F, V, K, Mode> = Part<LeafBuilder<M>, Leaf<F, V, K>, V, Mode>;

/// The part of one spread of branches with values `V`.
type SpreadPart<M, I, V, K, S, D, Mode> = Part<
    SpreadBuilder<M, I, D>,
    Spread<<D as Drain>::Left<I>, <I as Iterator>::Item, V, K, S>,
    <S as Shape>::Of<V>,
    Mode,
>;

impl<M, F, T, E> BranchFuture<M, F, Result<T, E>> {
    #[inline]
    pub fn rejoin_node(self) -> LeafPart<M, F, T, AsResult, Failing<E>> {
        Part::new(LeafBuilder(self.0))
    }
}

impl<M, F, O> BranchFuture<M, F, O> {
    #[inline]
    pub fn rejoin_value_node(self) -> LeafPart<M, F, O, AsValue, Plain> {
        Part::new(LeafBuilder(self.0))
    }
}

impl<M, T, E, I: Iterator<Item: Future<Output = Result<T, E>>>, S: Shape, D: Drain>
    SpreadFutures<M, I, S, D>
{
    #[inline]
    pub fn rejoin_node(self) -> SpreadPart<M, I, T, AsResult, S, D, Failing<E>> {
        Part::new(SpreadBuilder::new(self.0))
    }
}

impl<M, I: Iterator<Item: Future>, S: Shape, D: Drain> SpreadFutures<M, I, S, D> {
    #[inline]
    pub fn rejoin_value_node(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain> {
        Part::new(SpreadBuilder::new(self.0))
    }
}

/// A branch with an output that is not a `Result`.
pub trait ValueBranch<M, F, O> {
    fn rejoin_node(self) -> LeafPart<M, F, O, AsValue, Plain>;
}

impl<M, F, O> ValueBranch<M, F, O> for BranchFuture<M, F, O> {
    #[inline]
    fn rejoin_node(self) -> LeafPart<M, F, O, AsValue, Plain> {
        self.rejoin_value_node()
    }
}

/// A spread of branches with outputs that are not `Result`s.
pub trait ValueSpread<M, I: Iterator<Item: Future>, S: Shape, D: Drain> {
    fn rejoin_node(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain>;
}

impl<M, I: Iterator<Item: Future>, S: Shape, D: Drain> ValueSpread<M, I, S, D>
    for SpreadFutures<M, I, S, D>
{
    #[inline]
    fn rejoin_node(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain> {
        self.rejoin_value_node()
    }
}

impl<M, F> Undetermined<BranchFuture<M, F, Infallible>> {
    #[inline]
    pub fn rejoin_node(self) -> LeafPart<M, F, Infallible, AsValue, Plain> {
        self.0.rejoin_value_node()
    }

    #[inline]
    pub fn rejoin_value_node(self) -> LeafPart<M, F, Infallible, AsValue, Plain> {
        self.0.rejoin_value_node()
    }
}

impl<M, I: Iterator<Item: Future>, S: Shape, D: Drain> Undetermined<SpreadFutures<M, I, S, D>> {
    #[inline]
    pub fn rejoin_node(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain> {
        self.0.rejoin_value_node()
    }

    #[inline]
    pub fn rejoin_value_node(self) -> SpreadPart<M, I, OutputOf<I>, AsValue, S, D, Plain> {
        self.0.rejoin_value_node()
    }
}

/// Two nodes, sources or sets that a method combines into one.
pub struct PairOf<A, B>(pub A, pub B);

macro_rules! pair {
    (impl<$($error:ident)?> $one:ty, $two:ty => $both:ty) => {
        impl<A, B, N, O, V, W, $($error)?> PairOf<Part<A, N, V, $one>, Part<B, O, W, $two>> {
            #[inline]
            pub fn rejoin_pair_nodes(self) -> Part<PairBuilder<A, B>, Pair<N, O>, (V, W), $both> {
                Part::new(PairBuilder(self.0.builder, self.1.builder))
            }
        }
    };
}

pair! { impl<> Plain, Plain => Plain }
pair! { impl<E> Plain, Failing<E> => Failing<E> }
pair! { impl<E> Failing<E>, Plain => Failing<E> }
// This is the only impl for two that can fail, so it determines an error type that is still `_` in one of them.
pair! { impl<E> Failing<E>, Failing<E> => Failing<E> }
