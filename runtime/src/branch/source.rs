//! Branches and pairs of branches as sources of futures for a set, and the sets that a loop borrows.

use std::future::Future;

use super::{
    argument::{BranchFuture, OtherKeys, SpreadArgument, SpreadFutures},
    node::PairOf,
};
use crate::{
    as_completed::merge::{Both, Order, both},
    completion::Live,
    gather::{Fallible, IntoVec},
    keyed::KeyedFuture,
    pending::{Drained, Each, EachOfStream, Entry, First, Held, One, Pending, Second, Source, Sum},
    supply::{AtCall, FromStream, Made},
    wait::Counted,
};

/// A spread of a [`Pending`].
pub struct PendingArgument<F: Future>(Pending<F>);

/// The futures of a [`Pending`] in a gather.
pub(super) type DrainedFutures<F> =
    SpreadFutures<Made<Drained<F>>, Drained<F>, Entry<F>, <F as Future>::Output, IntoVec>;

// ---- is it a set? -----------------------------------------------------------------------------------------------

impl<F: Future> SpreadArgument<'_, Pending<F>> {
    #[inline]
    pub fn rejoin_futures(self) -> PendingArgument<F> {
        PendingArgument(self.0.take())
    }
}

impl<F: Future> PendingArgument<F> {
    #[inline]
    pub fn rejoin_check(self) -> Self {
        self
    }

    #[inline]
    pub fn rejoin_items(self) -> Self {
        self
    }

    pub fn rejoin_output(self) -> DrainedFutures<F> {
        self.drained()
    }

    pub(super) fn drained(self) -> DrainedFutures<F> {
        SpreadFutures::new(Made(self.0.into_drained()))
    }

    pub(super) fn held(self) -> Held<F> {
        Held(Some(self.0))
    }
}

impl<F: Future> OtherKeys for PendingArgument<F> {}

// ---- can it have deadlines of its own? --------------------------------------------------------------------------

impl<M, F, O, Q> BranchFuture<M, F, O, Q> {
    #[inline]
    pub fn rejoin_timed(self) -> Self {
        self
    }
}

impl<M, I, F, O, S, Q, D> SpreadFutures<M, I, F, O, S, Q, D> {
    #[inline]
    pub fn rejoin_timed(self) -> Self {
        self
    }
}

// ---- are all its futures there at the call? ---------------------------------------------------------------------

impl<M, I, F, O, S, Q> SpreadFutures<M, I, F, O, S, Q> {
    #[inline]
    pub fn rejoin_whole(self) -> Self {
        self
    }
}

impl<F: Future> PendingArgument<F> {
    #[inline]
    pub fn rejoin_whole(self) -> Self {
        self
    }
}

// ---- as a source ------------------------------------------------------------------------------------------------

impl<M, F, O, Q> BranchFuture<M, F, O, Q> {
    #[inline]
    pub fn rejoin_source(self) -> Source<F, One<M>> {
        Source::new(One(self.0))
    }
}

/// When the futures of a spread are taken, which determines its source.
pub trait SourceOf<M, I> {
    /// The source.
    type Of;

    /// Returns the source of the futures that `make` makes.
    fn of(make: M) -> Self::Of;
}

impl<M, I> SourceOf<M, I> for AtCall {
    type Of = Each<M, I>;

    #[inline]
    fn of(make: M) -> Each<M, I> {
        Each::new(make)
    }
}

impl<M, I> SourceOf<M, I> for FromStream {
    type Of = EachOfStream<M, I>;

    fn of(make: M) -> EachOfStream<M, I> {
        EachOfStream::new(make)
    }
}

impl<M, I, F, O, S, Q, D: SourceOf<M, I>> SpreadFutures<M, I, F, O, S, Q, D> {
    #[inline]
    pub fn rejoin_source(self) -> Source<F, D::Of> {
        Source::new(D::of(self.0))
    }
}

impl<F: Future> PendingArgument<F> {
    #[inline]
    pub fn rejoin_source(self) -> Source<F, Held<F>> {
        Source::new(self.held())
    }
}

// ---- two sources ------------------------------------------------------------------------------------------------

impl<F, P, Q> PairOf<Source<F, P>, Source<F, Q>> {
    #[inline]
    pub fn rejoin_pair_sources(self) -> Source<F, (P, Q)> {
        Source::new((self.0.of, self.1.of))
    }
}

/// Two sources with futures of different types that have the same output type.
pub trait SumOfSources {
    type Sum;

    fn rejoin_pair_sources(self) -> Self::Sum;
}

impl<F, G, P, Q> SumOfSources for PairOf<Source<F, P>, Source<G, Q>>
where
    F: Future,
    G: Future<Output = F::Output>,
{
    type Sum = Source<Sum<F, G>, (First<F, G, P>, Second<F, G, Q>)>;

    #[inline]
    fn rejoin_pair_sources(self) -> Self::Sum {
        Source::new((First::new(self.0.of), Second::new(self.1.of)))
    }
}

// ---- conditions -------------------------------------------------------------------------------------------------

/// The source of a `wait!` that returns when an output meets a condition.
pub struct ReturnWhen<'a, S>(pub &'a S);

impl<T, E, F: Future<Output = Result<T, E>>, I> ReturnWhen<'_, Source<F, I>> {
    pub fn rejoin_failed(self, wanted: usize) -> Counted<Result<T, E>> {
        Counted::new(wanted, Result::is_err)
    }

    pub fn rejoin_succeeded(self, wanted: usize) -> Counted<Result<T, E>> {
        Counted::new(wanted, Result::is_ok)
    }
}

/// A source of branches that return a `Result` beside a key.
pub trait KeyedResults<O> {
    fn rejoin_failed(self, wanted: usize) -> Counted<O>;
    fn rejoin_succeeded(self, wanted: usize) -> Counted<O>;
}

impl<T, F, I> KeyedResults<(F::Key, T)> for ReturnWhen<'_, Source<F, I>>
where
    F: KeyedFuture<Value = T>,
    (F::Key, T): Fallible,
{
    fn rejoin_failed(self, wanted: usize) -> Counted<(F::Key, T)> {
        Counted::new(wanted, |output| !output.is_success())
    }

    fn rejoin_succeeded(self, wanted: usize) -> Counted<(F::Key, T)> {
        Counted::new(wanted, Fallible::is_success)
    }
}

// ---- sets that are lent -----------------------------------------------------------------------------------------

/// A set that a loop borrows.
pub struct Lent<T>(pub T);

impl<'a, F: Future> Lent<&'a mut Pending<F>> {
    #[inline]
    pub fn rejoin_lent(self) -> &'a mut Pending<F> {
        self.0
    }
}

#[allow(clippy::mut_mut, reason = "the variable is a reference already")]
impl<'a, F: Future> Lent<&'a mut &mut Pending<F>> {
    #[inline]
    pub fn rejoin_lent(self) -> &'a mut Pending<F> {
        self.0
    }
}

// ---- two sets ---------------------------------------------------------------------------------------------------

impl<A: Live, B: Live<Output = A::Output>> PairOf<A, B> {
    #[inline]
    pub fn rejoin_pair_sets(self, order: &mut Order) -> Both<'_, A, B> {
        both(order, self.0, self.1)
    }
}
