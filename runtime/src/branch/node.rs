//! Branches as nodes of a gather, and two nodes as one.

use std::future::Future;

use super::{Fut, Futs, Open};
use crate::{
    gather::{Leaf, Node, Pair, Shape, Spread},
    mode::{AsResult, AsValue, Outcome, SameError},
};

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
    pub fn rejoin_kind(self) -> LeafOf<F, AsResult> {
        Leaf::new(self.0)
    }
}

impl<F: Future> Fut<F> {
    #[inline]
    pub fn rejoin_value(self) -> LeafOf<F, AsValue> {
        Leaf::new(self.0)
    }
}

impl<T, E, I: Iterator<Item: Future<Output = Result<T, E>>>, S: Shape> Futs<I, S> {
    #[inline]
    pub fn rejoin_kind(self) -> SpreadOf<I, AsResult, S> {
        Spread::new(self.0)
    }
}

impl<I: Iterator<Item: Future>, S: Shape> Futs<I, S> {
    #[inline]
    pub fn rejoin_value(self) -> SpreadOf<I, AsValue, S> {
        Spread::new(self.0)
    }
}

/// A branch that is no `Result`, or of which it is not asked.
pub trait Infallibly: Sized {
    type Node;

    fn rejoin_kind(self) -> Self::Node;
}

impl<F: Future> Infallibly for Fut<F> {
    type Node = LeafOf<F, AsValue>;

    #[inline]
    fn rejoin_kind(self) -> Self::Node {
        self.rejoin_value()
    }
}

impl<I: Iterator<Item: Future>, S: Shape> Infallibly for Futs<I, S> {
    type Node = SpreadOf<I, AsValue, S>;

    #[inline]
    fn rejoin_kind(self) -> Self::Node {
        self.rejoin_value()
    }
}

impl<B: Infallibly> Open<B> {
    #[inline]
    pub fn rejoin_kind(self) -> B::Node {
        Infallibly::rejoin_kind(self.0)
    }

    #[inline]
    pub fn rejoin_value(self) -> B::Node {
        Infallibly::rejoin_kind(self.0)
    }
}

/// Two nodes, of which one is to be made.
pub struct Two<A, B>(pub A, pub B);

impl<A: Node<Mode: SameError<B::Mode>>, B: Node> Two<A, B> {
    #[inline]
    pub fn rejoin_pair(self) -> Pair<A, B> {
        Pair::new(self.0, self.1)
    }
}
