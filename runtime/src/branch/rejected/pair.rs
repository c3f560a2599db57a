//! Arguments that cannot be in one call, and conditions that do not fit the arguments.

use std::future::{Future, Ready};

use super::placeholder::{RejectedPart, RejectedSource};
use crate::{
    as_completed::merge::Order,
    branch::{node::PairOf, source::ReturnWhen},
    completion::Live,
    gather::Part,
    hint,
    mode::{Failing, Plain, Unknown},
    pending::{Pending, Source},
    wait::Counted,
};

/// Two nodes with different error types.
pub trait UnlikeErrors<A, B>: Sized {
    fn rejoin_pair_nodes<V, O>(self) -> RejectedPart<V, Unknown<O>>
    where
        A: hint::SameError<B>,
    {
        unreachable!()
    }
}

impl<A, B, N, O, V, W, E, F> UnlikeErrors<E, F>
    for PairOf<Part<A, N, V, Failing<E>>, Part<B, O, W, Failing<F>>>
{
}

/// A node beside a rejected one. This is no mistake, but nothing is known of both together.
pub trait BesideRejected: Sized {
    fn rejoin_pair_nodes<V, O>(self) -> RejectedPart<V, Unknown<O>> {
        unreachable!()
    }
}

impl<A, B, N, O, V, W, M, X> BesideRejected
    for PairOf<Part<A, N, V, Unknown<X>>, Part<B, O, W, M>>
{
}

impl<A, B, N, O, V, W, X> BesideRejected
    for PairOf<Part<A, N, V, Plain>, Part<B, O, W, Unknown<X>>>
{
}

impl<A, B, N, O, V, W, E, X> BesideRejected
    for PairOf<Part<A, N, V, Failing<E>>, Part<B, O, W, Unknown<X>>>
{
}

/// Two sources with different output types.
pub trait UnlikeOutputs<T, U> {
    fn rejoin_pair_sources<V>(&self) -> RejectedSource<V>
    where
        U: hint::SameOutput<T>,
    {
        unreachable!()
    }
}

impl<F: Future, G: Future, I, J> UnlikeOutputs<F::Output, G::Output>
    for PairOf<Source<F, I>, Source<G, J>>
{
}

/// Two sets of one loop with different output types.
pub trait UnlikeSets<T, U> {
    fn rejoin_pair_sets<V>(&self, _: &mut Order) -> &'static mut Pending<Ready<V>>
    where
        U: hint::SameOutput<T>,
    {
        unreachable!()
    }
}

impl<A: Live, B: Live> UnlikeSets<A::Output, B::Output> for PairOf<A, B> {}

/// A source with outputs that are not `Result`s.
pub trait NotResults<F: Future> {
    fn rejoin_failed(&self, _: usize) -> Counted<F::Output>
    where
        F::Output: hint::Fallible,
    {
        unreachable!()
    }

    fn rejoin_succeeded(&self, _: usize) -> Counted<F::Output>
    where
        F::Output: hint::Fallible,
    {
        unreachable!()
    }
}

impl<F: Future, I> NotResults<F> for ReturnWhen<'_, Source<F, I>> {}
