//! Branches as sources of futures for a set, and two sources as one.

#![allow(clippy::must_use_candidate, reason = "expansions use what they call")]

use std::{
    future::Future,
    iter::{self, Empty, Once},
};

use super::{Fut, Futs, Many, Two};
use crate::{
    drive::{self, Both, Live, Order},
    gather::Listed,
    pending::{Drained, Entry, Joined, Owned, Pending, Source, Summed},
    wait::When,
};

/// What is spread and is a set.
pub struct Left<F: Future>(Pending<F>);

/// What takes the place of a set's futures in a gather.
type Rest<F> = Futs<Drained<F>, Listed>;

// ---- is it a set? -----------------------------------------------------------------------------------------------

impl<F: Future> Many<Pending<F>> {
    #[inline]
    pub fn rejoin_futures(self) -> Left<F> {
        Left(self.0)
    }
}

impl<F: Future> Left<F> {
    #[inline]
    pub fn rejoin_check(self) -> Self {
        self
    }

    pub fn rejoin_open(self) -> Rest<F> {
        Futs::new(self.0.into_drained())
    }
}

// ---- can it have deadlines of its own? --------------------------------------------------------------------------

impl<F, O> Fut<F, O> {
    #[inline]
    pub fn rejoin_timed(self) -> Self {
        self
    }
}

impl<I, S> Futs<I, S> {
    #[inline]
    pub fn rejoin_timed(self) -> Self {
        self
    }
}

// ---- as a source ------------------------------------------------------------------------------------------------

impl<F: Future> Fut<F, F::Output> {
    #[inline]
    pub fn rejoin_source(self) -> Source<F, Owned<Once<F>>> {
        Source::iter(iter::once(self.0))
    }
}

impl<I: Iterator<Item: Future>, S> Futs<I, S> {
    #[inline]
    pub fn rejoin_source(self) -> Source<I::Item, Owned<I>> {
        Source::iter(self.0)
    }
}

impl<F: Future> Left<F> {
    #[inline]
    pub fn rejoin_source(self) -> Source<F, Empty<Entry<F>>> {
        Source::of(self.0, iter::empty())
    }
}

// ---- two sources ------------------------------------------------------------------------------------------------

impl<F, I, J> Two<Source<F, I>, Source<F, J>>
where
    F: Future,
    I: Iterator<Item = Entry<F>>,
    J: Iterator<Item = Entry<F>>,
{
    #[inline]
    pub fn rejoin_join(self) -> Joined<F, I, J> {
        self.0.join(self.1)
    }
}

/// Two types of futures that give the same.
pub trait SameOutput {
    type Sum;

    fn rejoin_join(self) -> Self::Sum;
}

impl<F, G, I, J> SameOutput for Two<Source<F, I>, Source<G, J>>
where
    F: Future,
    G: Future<Output = F::Output>,
    I: Iterator<Item = Entry<F>>,
    J: Iterator<Item = Entry<G>>,
{
    type Sum = Summed<F, G, I, J>;

    fn rejoin_join(self) -> Self::Sum {
        self.0.sum(self.1)
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
