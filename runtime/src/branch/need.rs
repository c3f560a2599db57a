//! The branches of a gather with `need`, as sources of futures with outputs that are `Result`s.

use std::{
    future::{Future, Ready},
    marker::PhantomData,
};

use super::{
    argument::{BranchFuture, SpreadFutures},
    convert::{Convert, ConvertEach, ErrorType, MakeConverted},
    node::PairOf,
    source::{DrainedFutures, PendingArgument, SourceOf},
};
use crate::{
    error::At,
    gather::{NoConversion, TooFewAsError},
    hint,
    keyed::{KeepKey, KeepKeyInValues, KeyedFuture, NoKey},
    mode::{AsResultWithoutKey, Outcome},
    pending::{First, Held, One, Second, Source, Sum},
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

impl<M, F, O, Q> BranchFuture<M, F, O, Q> {
    #[inline]
    pub fn rejoin_drained(self) -> Self {
        self
    }
}

impl<M, I, F, O, S, Q, D> SpreadFutures<M, I, F, O, S, Q, D> {
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

impl<M, I, F, T, E, S, D: SourceOf<M, I>> SpreadFutures<M, I, F, Result<T, E>, S, NoKey, D> {
    #[inline]
    pub fn rejoin_needed(self) -> NeedSource<F, D::Of, T, E> {
        NeedSource::new(D::of(self.0))
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> PendingArgument<F> {
    #[inline]
    pub fn rejoin_needed(self) -> NeedSource<F, Held<F>, T, E> {
        NeedSource::new(self.held())
    }
}

// ---- are the outputs results beside keys? ------------------------------------------------------------------------

impl<M, F, T, E, K> BranchFuture<M, F, Result<T, E>, KeepKey<K>> {
    pub fn rejoin_needed(self) -> NeedSource<F, One<M>, (K, T), At<K, E>> {
        NeedSource::new(One(self.0))
    }
}

impl<M, I, F, T, E, S, K, D: SourceOf<M, I>>
    SpreadFutures<M, I, F, Result<T, E>, S, KeepKey<K>, D>
{
    pub fn rejoin_needed(self) -> NeedSource<F, D::Of, (K, T), At<K, E>> {
        NeedSource::new(D::of(self.0))
    }
}

/// A set of futures with keys.
pub trait KeyedSet<F: Future, K, T, E> {
    fn rejoin_needed(self) -> NeedSource<F, Held<F>, (K, T), At<K, E>>;
}

impl<F, K, T, E> KeyedSet<F, K, T, E> for PendingArgument<F>
where
    F: KeyedFuture<Key = K, Value = Result<T, E>>,
{
    fn rejoin_needed(self) -> NeedSource<F, Held<F>, (K, T), At<K, E>> {
        NeedSource::new(self.held())
    }
}

/// A future that returns the error of `F` without its key.
type WithoutKey<F, K, T, E> = Convert<F, (K, Result<T, E>), Result<(K, T), E>>;

/// Makes futures that return errors without keys.
type MakeWithoutKey<M, K, T, E> = MakeConverted<M, (K, Result<T, E>), Result<(K, T), E>>;

/// An iterator or a stream over futures that return errors without keys.
type EachWithoutKey<I, K, T, E> = ConvertEach<I, (K, Result<T, E>), Result<(K, T), E>>;

impl<M, F, T, E, K> BranchFuture<M, F, Result<T, E>, KeepKeyInValues<K>> {
    pub fn rejoin_needed(
        self,
    ) -> NeedSource<WithoutKey<F, K, T, E>, One<MakeWithoutKey<M, K, T, E>>, (K, T), E> {
        let make = MakeConverted::new(self.0, AsResultWithoutKey::split);
        NeedSource::new(One(make))
    }
}

impl<M, I, F, T, E, S, K, D> SpreadFutures<M, I, F, Result<T, E>, S, KeepKeyInValues<K>, D>
where
    D: SourceOf<MakeWithoutKey<M, K, T, E>, EachWithoutKey<I, K, T, E>>,
{
    pub fn rejoin_needed(self) -> NeedSource<WithoutKey<F, K, T, E>, D::Of, (K, T), E> {
        let make = MakeConverted::new(self.0, AsResultWithoutKey::split);
        NeedSource::new(D::of(make))
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

impl<M, F, O, Q> NotAResult<O> for BranchFuture<M, F, O, Q> {}

impl<M, I, F, O, S, Q, D> NotAResult<O> for SpreadFutures<M, I, F, O, S, Q, D> {}

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
    /// Returns the conversion in a call without an early end.
    fn rejoin_too_few(self) -> TooFewAsError<E, NoConversion<E>>
    where
        E: hint::FromTooFew,
    {
        TooFewAsError::new(E::from_too_few, NoConversion::new())
    }

    /// Returns the conversion in a call with an early end, which `C` converts.
    fn rejoin_too_few_or<C>(self, convert_end: C) -> TooFewAsError<E, C>
    where
        E: hint::FromTooFew,
    {
        TooFewAsError::new(E::from_too_few, convert_end)
    }
}

impl<E> TooFewConversion<E> for ErrorType<E> {}
