//! Branches and pairs of branches as nodes of a gather.

use std::convert::Infallible;

use super::argument::{BranchFuture, SpreadFutures, Undetermined};
use crate::{
    gather::{
        KeepKeys, KeepKeysBuilder, Leaf, LeafBuilder, Pair, PairBuilder, Part, Shape, Spread,
        SpreadBuilder, Taken,
    },
    keyed::{Key, TakeKey},
    mode::{AsValue, Failing, Plain},
};

/// The part of one branch, which has a value `V`.
type LeafPart<M, F, V, K, Mode> = Part<LeafBuilder<M>, Leaf<F, V, K>, V, Mode>;

/// The part of one spread of branches with values `V`.
type SpreadPart<M, I, F, V, K, S, D, Mode> = Part<
    SpreadBuilder<M, I, D>,
    Spread<<D as Taken<I>>::Left, F, V, K, S>,
    <S as Shape>::Of<V>,
    Mode,
>;

/// The value of a branch with output `O`, and its key if `Q` says so.
type Value<Q, O> = <Q as Key>::Output<O>;

/// The mode of a call with a branch that fails with `E`.
type FailingWith<Q, E> = Failing<<Q as Key>::Error<E>>;

impl<M, F, T, E, Q: Key> BranchFuture<M, F, Result<T, E>, Q> {
    #[inline]
    pub fn rejoin_node(self) -> LeafPart<M, F, Value<Q, T>, Q::Rule, FailingWith<Q, E>> {
        Part::new(LeafBuilder(self.0))
    }
}

impl<M, F, O, Q: Key> BranchFuture<M, F, O, Q> {
    #[inline]
    pub fn rejoin_value_node(self) -> LeafPart<M, F, Value<Q, O>, AsValue, Plain> {
        Part::new(LeafBuilder(self.0))
    }
}

impl<M, I, F, T, E, S: Shape, Q: Key, D: Taken<I>> SpreadFutures<M, I, F, Result<T, E>, S, Q, D> {
    #[inline]
    pub fn rejoin_node(self) -> SpreadPart<M, I, F, Value<Q, T>, Q::Rule, S, D, FailingWith<Q, E>> {
        Part::new(SpreadBuilder::new(self.0))
    }
}

impl<M, I, F, O, S: Shape, Q: Key, D: Taken<I>> SpreadFutures<M, I, F, O, S, Q, D> {
    #[inline]
    pub fn rejoin_value_node(self) -> SpreadPart<M, I, F, Value<Q, O>, AsValue, S, D, Plain> {
        Part::new(SpreadBuilder::new(self.0))
    }
}

/// A branch with an output that is not a `Result`.
pub trait ValueBranch<M, F, O, Q: Key> {
    fn rejoin_node(self) -> LeafPart<M, F, Value<Q, O>, AsValue, Plain>;
}

impl<M, F, O, Q: Key> ValueBranch<M, F, O, Q> for BranchFuture<M, F, O, Q> {
    #[inline]
    fn rejoin_node(self) -> LeafPart<M, F, Value<Q, O>, AsValue, Plain> {
        self.rejoin_value_node()
    }
}

/// A spread of branches with outputs that are not `Result`s.
pub trait ValueSpread<M, I, F, O, S: Shape, Q: Key, D: Taken<I>> {
    fn rejoin_node(self) -> SpreadPart<M, I, F, Value<Q, O>, AsValue, S, D, Plain>;
}

impl<M, I, F, O, S: Shape, Q: Key, D: Taken<I>> ValueSpread<M, I, F, O, S, Q, D>
    for SpreadFutures<M, I, F, O, S, Q, D>
{
    #[inline]
    fn rejoin_node(self) -> SpreadPart<M, I, F, Value<Q, O>, AsValue, S, D, Plain> {
        self.rejoin_value_node()
    }
}

impl<M, F, Q: Key> Undetermined<BranchFuture<M, F, Infallible, Q>> {
    #[inline]
    pub fn rejoin_node(self) -> LeafPart<M, F, Value<Q, Infallible>, AsValue, Plain> {
        self.0.rejoin_value_node()
    }

    #[inline]
    pub fn rejoin_value_node(self) -> LeafPart<M, F, Value<Q, Infallible>, AsValue, Plain> {
        self.0.rejoin_value_node()
    }
}

impl<M, I, F, O, S: Shape, Q: Key, D: Taken<I>> Undetermined<SpreadFutures<M, I, F, O, S, Q, D>> {
    #[inline]
    pub fn rejoin_node(self) -> SpreadPart<M, I, F, Value<Q, O>, AsValue, S, D, Plain> {
        self.0.rejoin_value_node()
    }

    #[inline]
    pub fn rejoin_value_node(self) -> SpreadPart<M, I, F, Value<Q, O>, AsValue, S, D, Plain> {
        self.0.rejoin_value_node()
    }
}

// ---- keys with `partial` ----------------------------------------------------------------------------------------

/// A part that keeps the keys of branches that are not done at the deadline, in an `L`.
type KeyPart<B, N, L, V, Mode> = Part<KeepKeysBuilder<B>, KeepKeys<N, L>, V, Mode>;

impl<M, F: TakeKey<K>, K, T, R, Mode> LeafPart<M, F, (K, T), R, Mode> {
    pub fn rejoin_keep_keys(
        self,
    ) -> KeyPart<LeafBuilder<M>, Leaf<F, (K, T), R>, Option<K>, (K, T), Mode> {
        Part::new(KeepKeysBuilder(self.builder))
    }
}

impl<B, I, F: TakeKey<K>, K, T, R, S: Shape, V, Mode> Part<B, Spread<I, F, (K, T), R, S>, V, Mode> {
    pub fn rejoin_keep_keys(self) -> KeyPart<B, Spread<I, F, (K, T), R, S>, Vec<K>, V, Mode> {
        Part::new(KeepKeysBuilder(self.builder))
    }
}

/// A part without keys.
pub trait NoKeysToKeep: Sized {
    #[inline]
    fn rejoin_keep_keys(self) -> Self {
        self
    }
}

impl<B, N, V, Mode> NoKeysToKeep for Part<B, N, V, Mode> {}

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
