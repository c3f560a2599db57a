//! Branches as sources of futures for a set, and two sources as one.

#![allow(clippy::must_use_candidate, reason = "expansions use what they call")]

use std::future::Future;

use super::{Fut, Futs, Many, Two};
use crate::{
    drive::{self, Both, Live, Order},
    gather::IntoVec,
    pending::{Drained, Each, First, Held, One, Pending, Second, Source, Sum},
    supply::Made,
    wait::When,
};

/// What is spread and is a set.
pub struct Left<F: Future>(Pending<F>);

/// What takes the place of a set's futures in a gather.
type Rest<F> = Futs<Made<Drained<F>>, Drained<F>, IntoVec>;

// ---- is it a set? -----------------------------------------------------------------------------------------------

impl<F: Future> Many<'_, Pending<F>> {
    #[inline]
    pub fn rejoin_futures(self) -> Left<F> {
        Left(self.0.take())
    }
}

impl<F: Future> Left<F> {
    #[inline]
    pub fn rejoin_check(self) -> Self {
        self
    }

    pub fn rejoin_open(self) -> Rest<F> {
        Futs::new(Made(self.0.into_drained()))
    }
}

// ---- can it have deadlines of its own? --------------------------------------------------------------------------

impl<M, F, O> Fut<M, F, O> {
    #[inline]
    pub fn rejoin_timed(self) -> Self {
        self
    }
}

impl<M, I, S> Futs<M, I, S> {
    #[inline]
    pub fn rejoin_timed(self) -> Self {
        self
    }
}

// ---- as a source ------------------------------------------------------------------------------------------------

impl<M, F, O> Fut<M, F, O> {
    #[inline]
    pub fn rejoin_source(self) -> Source<F, One<M>> {
        Source::new(One(self.0))
    }
}

impl<M, I: Iterator, S> Futs<M, I, S> {
    #[inline]
    pub fn rejoin_source(self) -> Source<I::Item, Each<M, I>> {
        Source::new(Each::new(self.0))
    }
}

impl<F: Future> Left<F> {
    #[inline]
    pub fn rejoin_source(self) -> Source<F, Held<F>> {
        Source::new(Held(Some(self.0)))
    }
}

// ---- two sources ------------------------------------------------------------------------------------------------

impl<F, P, Q> Two<Source<F, P>, Source<F, Q>> {
    #[inline]
    pub fn rejoin_join(self) -> Source<F, (P, Q)> {
        Source::new((self.0.of, self.1.of))
    }
}

/// Two types of futures that give the same.
pub trait SameOutput {
    type Sum;

    fn rejoin_join(self) -> Self::Sum;
}

impl<F, G, P, Q> SameOutput for Two<Source<F, P>, Source<G, Q>>
where
    F: Future,
    G: Future<Output = F::Output>,
{
    type Sum = Source<Sum<F, G>, (First<F, G, P>, Second<F, G, Q>)>;

    #[inline]
    fn rejoin_join(self) -> Self::Sum {
        Source::new((First::new(self.0.of), Second::new(self.1.of)))
    }
}

// ---- conditions -------------------------------------------------------------------------------------------------

/// The source of a wait for a condition that outputs must meet.
pub struct Until<'a, S>(pub &'a S);

impl<T, E, F: Future<Output = Result<T, E>>, I> Until<'_, Source<F, I>> {
    pub fn rejoin_exception(self) -> When<Result<T, E>> {
        When::Any(Result::is_err)
    }

    pub fn rejoin_success(self) -> When<Result<T, E>> {
        When::Any(Result::is_ok)
    }
}

// ---- sets that are lent -----------------------------------------------------------------------------------------

/// What a loop is lent.
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

impl<A: Live, B: Live<Output = A::Output>> Two<A, B> {
    #[inline]
    pub fn rejoin_both(self, order: &mut Order) -> Both<'_, A, B> {
        drive::both(order, self.0, self.1)
    }
}
