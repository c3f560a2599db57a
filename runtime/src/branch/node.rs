//! Branches as nodes of a gather, and two nodes as one.

use std::{convert::Infallible, future::Future};

use super::{Fut, Futs, Open};
use crate::{
    gather::{Leaf, Pair, Part, Shape, SpreadOf, spread},
    mode::{AsResult, AsValue, Failing, Plain},
    supply::Drain,
};

/// One branch, which gives a `V`.
type LeafPart<F, V, K, M> = Part<Leaf<F, V, K>, V, M>;

/// One spread, whose branches give a `V` each.
type SpreadPart<D, I, V, K, S, M> = Part<SpreadOf<D, I, V, K, S>, <S as Shape>::Of<V>, M>;

/// The output of the futures of an iterator.
type OutputOf<I> = <<I as Iterator>::Item as Future>::Output;

impl<F, T, E> Fut<F, Result<T, E>> {
    #[inline]
    pub fn rejoin_kind(self) -> LeafPart<F, T, AsResult, Failing<E>> {
        Part::new(Leaf::new(self.0))
    }
}

impl<F, O> Fut<F, O> {
    #[inline]
    pub fn rejoin_value(self) -> LeafPart<F, O, AsValue, Plain> {
        Part::new(Leaf::new(self.0))
    }
}

impl<T, E, I: Iterator<Item: Future<Output = Result<T, E>>>, S: Shape, D: Drain> Futs<I, S, D> {
    #[inline]
    pub fn rejoin_kind(self) -> SpreadPart<D, I, T, AsResult, S, Failing<E>> {
        Part::new(spread::<D, _, _, _, _>(self.0))
    }
}

impl<I: Iterator<Item: Future>, S: Shape, D: Drain> Futs<I, S, D> {
    #[inline]
    pub fn rejoin_value(self) -> SpreadPart<D, I, OutputOf<I>, AsValue, S, Plain> {
        Part::new(spread::<D, _, _, _, _>(self.0))
    }
}

/// A branch that is no `Result`.
pub trait Infallibly<F, O> {
    fn rejoin_kind(self) -> LeafPart<F, O, AsValue, Plain>;
}

impl<F, O> Infallibly<F, O> for Fut<F, O> {
    #[inline]
    fn rejoin_kind(self) -> LeafPart<F, O, AsValue, Plain> {
        self.rejoin_value()
    }
}

/// A spread of such.
pub trait InfalliblyEach<I: Iterator<Item: Future>, S: Shape, D: Drain> {
    fn rejoin_kind(self) -> SpreadPart<D, I, OutputOf<I>, AsValue, S, Plain>;
}

impl<I: Iterator<Item: Future>, S: Shape, D: Drain> InfalliblyEach<I, S, D> for Futs<I, S, D> {
    #[inline]
    fn rejoin_kind(self) -> SpreadPart<D, I, OutputOf<I>, AsValue, S, Plain> {
        self.rejoin_value()
    }
}

impl<F> Open<Fut<F, Infallible>> {
    #[inline]
    pub fn rejoin_kind(self) -> LeafPart<F, Infallible, AsValue, Plain> {
        self.0.rejoin_value()
    }

    #[inline]
    pub fn rejoin_value(self) -> LeafPart<F, Infallible, AsValue, Plain> {
        self.0.rejoin_value()
    }
}

impl<I: Iterator<Item: Future>, S: Shape, D: Drain> Open<Futs<I, S, D>> {
    #[inline]
    pub fn rejoin_kind(self) -> SpreadPart<D, I, OutputOf<I>, AsValue, S, Plain> {
        self.0.rejoin_value()
    }

    #[inline]
    pub fn rejoin_value(self) -> SpreadPart<D, I, OutputOf<I>, AsValue, S, Plain> {
        self.0.rejoin_value()
    }
}

/// Two, of which one is to be made.
pub struct Two<A, B>(pub A, pub B);

macro_rules! pair {
    (impl<$($error:ident)?> $one:ty, $two:ty => $both:ty) => {
        impl<A, B, V, W, $($error)?> Two<Part<A, V, $one>, Part<B, W, $two>> {
            #[inline]
            pub fn rejoin_pair(self) -> Part<Pair<A, B>, (V, W), $both> {
                Part::new(Pair::new(self.0.node, self.1.node))
            }
        }
    };
}

pair! { impl<> Plain, Plain => Plain }
pair! { impl<E> Plain, Failing<E> => Failing<E> }
pair! { impl<E> Failing<E>, Plain => Failing<E> }
// The only one for two that fail: it settles an error type that is still open in one of them.
pair! { impl<E> Failing<E>, Failing<E> => Failing<E> }
