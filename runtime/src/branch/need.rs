//! The branches of a gather with `need`, as sources of futures whose outputs are `Result`s.

use std::{
    future::{Future, Ready},
    marker::PhantomData,
};

use super::{
    argument::{BranchFuture, SpreadFutures},
    convert::ErrorType,
    node::PairOf,
    source::{DrainedFutures, PendingArgument},
};
use crate::{
    gather::{TimeoutAsError, TooFewAsError},
    hint,
    pending::{Each, First, Held, One, Second, Source, Sum},
};

/// A source of futures with values `V` and errors `E`.
pub struct NeedSource<F, P, V, E> {
    pub(crate) source: Source<F, P>,
    results: PhantomData<fn() -> (V, E)>,
}

impl<F, P, V, E> NeedSource<F, P, V, E> {
    #[inline]
    pub(crate) const fn new(of: P) -> Self {
        Self {
            source: Source::new(of),
            results: PhantomData,
        }
    }
}

/// A source in a call that does not compile, with nothing known of its values and errors.
pub type RejectedNeed<V, E> = NeedSource<Ready<Result<V, E>>, (), V, E>;

// ---- with an error type: a set is taken apart, so that its outputs can be converted ------------------------------

impl<M, F, O> BranchFuture<M, F, O> {
    #[inline]
    pub fn rejoin_drained(self) -> Self {
        self
    }
}

impl<M, I, S> SpreadFutures<M, I, S> {
    #[inline]
    pub fn rejoin_drained(self) -> Self {
        self
    }
}

impl<F: Future> PendingArgument<F> {
    pub fn rejoin_drained(self) -> DrainedFutures<F> {
        self.drained()
    }
}

// ---- are the outputs results? ------------------------------------------------------------------------------------

impl<M, F, T, E> BranchFuture<M, F, Result<T, E>> {
    #[inline]
    pub fn rejoin_needed(self) -> NeedSource<F, One<M>, T, E> {
        NeedSource::new(One(self.0))
    }
}

impl<M, I: Iterator<Item: Future<Output = Result<T, E>>>, S, D, T, E> SpreadFutures<M, I, S, D> {
    #[inline]
    pub fn rejoin_needed(self) -> NeedSource<I::Item, Each<M, I>, T, E> {
        NeedSource::new(Each::new(self.0))
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> PendingArgument<F> {
    #[inline]
    pub fn rejoin_needed(self) -> NeedSource<F, Held<F>, T, E> {
        NeedSource::new(self.held())
    }
}

/// A branch with an output that is not a `Result`.
pub trait NotAResult<O> {
    fn rejoin_needed<V, E>(&self) -> RejectedNeed<V, E>
    where
        O: hint::SuccessOrError,
    {
        unreachable!()
    }
}

impl<M, F, O> NotAResult<O> for BranchFuture<M, F, O> {}

impl<M, I: Iterator<Item: Future>, S, D> NotAResult<<I::Item as Future>::Output>
    for SpreadFutures<M, I, S, D>
{
}

impl<F: Future> NotAResult<F::Output> for PendingArgument<F> {}

// ---- two sources -------------------------------------------------------------------------------------------------

impl<F, P, Q, V, E> PairOf<NeedSource<F, P, V, E>, NeedSource<F, Q, V, E>> {
    #[inline]
    pub fn rejoin_pair_needs(self) -> NeedSource<F, (P, Q), V, E> {
        NeedSource::new((self.0.source.of, self.1.source.of))
    }
}

/// Two sources with futures of different types that have the same output type.
pub trait SumOfNeeds {
    type Sum;

    fn rejoin_pair_needs(self) -> Self::Sum;
}

impl<F, G, P, Q, V, E> SumOfNeeds for PairOf<NeedSource<F, P, V, E>, NeedSource<G, Q, V, E>>
where
    F: Future,
    G: Future<Output = F::Output>,
{
    type Sum = NeedSource<Sum<F, G>, (First<F, G, P>, Second<F, G, Q>), V, E>;

    #[inline]
    fn rejoin_pair_needs(self) -> Self::Sum {
        NeedSource::new((First::new(self.0.source.of), Second::new(self.1.source.of)))
    }
}

/// Two sources with different error types.
pub trait UnlikeNeedErrors<E, X> {
    fn rejoin_pair_needs<V, W>(&self) -> RejectedNeed<V, W>
    where
        E: hint::SameError<X>,
    {
        unreachable!()
    }
}

impl<F, G, P, Q, V, E, X> UnlikeNeedErrors<E, X>
    for PairOf<NeedSource<F, P, V, E>, NeedSource<G, Q, V, X>>
{
}

/// Two sources with different types of values.
pub trait UnlikeNeedValues<V, W> {
    fn rejoin_pair_needs<X, E>(&mut self) -> RejectedNeed<X, E>
    where
        W: hint::SameValue<V>,
    {
        unreachable!()
    }
}

impl<F, G, P, Q, V, W, E, X> UnlikeNeedValues<V, W>
    for PairOf<NeedSource<F, P, V, E>, NeedSource<G, Q, W, X>>
{
}

// ---- the error of the call ---------------------------------------------------------------------------------------

/// Converts a `TooFew` to the error type of the call.
pub trait TooFewConversion<E>: Sized {
    /// Returns the conversion in a call without a timeout.
    fn rejoin_too_few(self) -> TooFewAsError<E>
    where
        E: hint::FromTooFew,
    {
        TooFewAsError::new(E::from_too_few, None)
    }

    /// Returns the conversion in a call with a timeout, which `late` converts.
    fn rejoin_too_few_or(self, late: TimeoutAsError<E>) -> TooFewAsError<E>
    where
        E: hint::FromTooFew,
    {
        TooFewAsError::new(E::from_too_few, Some(late.convert()))
    }
}

impl<E> TooFewConversion<E> for ErrorType<E> {}
