//! What the argument of a macro may be, found out by method calls.
//!
//! An expansion calls the same methods on every argument; which method that is, the argument's type decides. An inherent
//! method stands before a trait's method of the same name, and a method that takes `self` by value before one that
//! takes it by `&`, and that before `&mut`; a candidate whose bounds do not hold is passed over. So each step is a list
//! of cases, and the first that fits is taken. The names begin with `rejoin_`, for a trait of the user's that is
//! implemented for every type may have a method of any plainer name, and it is in scope of the expansion.
//!
//! | step | on | gives |
//! |---|---|---|
//! | `rejoin_branch` `rejoin_many` | a variable | [`Branch`], [`Many`]; an error if its type is not known |
//! | `rejoin_check` | [`Branch`], [`Awaited`] | [`Fut`] of an `IntoFuture`; else an error |
//! | `rejoin_futures` | [`Many`] | [`Futs`] of an array; [`Left`] of a set; else [`AnyMany`] |
//! | `rejoin_check` | these | itself; [`Futs`] of a collection; else an error |
//! | `rejoin_open` | both | [`Open`] if its output is not determined; else itself |
//! | `rejoin_to` `rejoin_same` `rejoin_other` | both | with an error type: the same, with output `Result<_, E>` |
//! | `rejoin_among` `rejoin_as_error` | the error type | what a deadline does to the call, to a branch |
//! | `rejoin_each` | both | with `each_timeout`: the same, with a deadline |
//! | `rejoin_draw` | a spread | with `limit`: the same, drained as places come free, and not at the call |
//! | `rejoin_kind`, `rejoin_value` | both | the node of the gather: a `Result` can fail; everything is a value |
//! | `rejoin_pair` | [`Two`] | the node of two nodes; an error if they fail differently |
//! | `rejoin_timed` | both | itself; an error if it is a set, whose futures have no deadlines of their own |
//! | `rejoin_source` | both | the source of `as_completed!` and `wait!` |
//! | `rejoin_join` | [`Two`] | the source of two sources; an error if they give different types |
//! | `rejoin_exception` `rejoin_success` | [`Until`] | a condition; an error if there are no `Result`s |
//! | `rejoin_lent` | [`Lent`] | the set that is lent to a loop; an error if it is none |
//! | `rejoin_both` | [`Two`] | two sets of a loop as one; an error if they give different types |
//!
//! A case that is an error is in [`mistakes`]. Its method has a bound that never holds, a trait of [`hint`](crate::hint)
//! that has the words. What it gives is of no known type, so whatever the user does with it goes: one mistake, one error.

#![expect(
    missing_docs,
    reason = "the methods of a step are told of in the table above"
)]
#![allow(
    clippy::return_self_not_must_use,
    reason = "expansions use what they call"
)]

mod convert;
mod each;
mod mistakes;
mod node;
mod source;

use std::{
    array,
    convert::Infallible,
    future::{Future, IntoFuture},
    marker::PhantomData,
};

use crate::{
    gather::{Counted, Listed},
    supply::{AtCall, UnderLimit},
};

pub use self::{
    convert::{Late, Named, NoError, OtherError},
    mistakes::{
        Alone, Beside, Borrowed, BorrowedFutures, Boxed, BoxedFutures, Collection, Function, Kept,
        NotLent, NotResults, OneFuture, OneLent, StreamAlone, StreamMany, TasksAlone, TasksMany,
        Unlike, UnlikeOutputs, UnlikeSets, Unpinned, UnpinnedFutures, Untimed, Value, Values,
        WholeSet, Wrapped,
    },
    node::{Infallibly, InfalliblyEach, Two},
    source::{Left, Lent, SameOutput, Until},
};

/// An argument without `..`.
pub struct Branch<T>(pub T);

/// An argument without `..` that awaits something itself, for example `f().await?`.
pub struct Awaited<T>(pub T);

/// A variable that is an argument.
pub trait Variable: Sized {
    #[inline]
    fn rejoin_branch(self) -> Branch<Self> {
        Branch(self)
    }

    #[inline]
    fn rejoin_many(self) -> Many<Self> {
        Many(self)
    }
}

impl<T> Variable for T {}

/// A future, which gives an `O`.
//
// A parameter, and so are those of what is made of it: the compiler finds once what a future gives, and the steps after
// that have no bounds to look into.
pub struct Fut<F, O>(F, PhantomData<fn() -> O>);

impl<F, O> Fut<F, O> {
    #[inline]
    const fn new(future: F) -> Self {
        Self(future, PhantomData)
    }
}

/// An argument with `..`.
pub struct Many<T>(pub T);

/// Futures, which make an `S` of results, and are taken when `D` says.
pub struct Futs<I, S, D = AtCall>(I, PhantomData<fn() -> (S, D)>);

/// What is spread and is not an array.
pub struct AnyMany<T>(T);

/// A branch or a spread whose output nothing determines: it never returns.
pub struct Open<T>(T);

// ---- is it a future? --------------------------------------------------------------------------------------------

// Inherent, so that of a future nothing else is asked: the mistakes are looked at when this does not fit.
impl<T: IntoFuture> Branch<T> {
    #[inline]
    pub fn rejoin_check(self) -> Fut<T::IntoFuture, T::Output> {
        Fut::new(self.0.into_future())
    }
}

impl<T: IntoFuture> Awaited<T> {
    #[inline]
    pub fn rejoin_check(self) -> Fut<T::IntoFuture, T::Output> {
        Fut::new(self.0.into_future())
    }
}

// ---- is it a collection of futures? -----------------------------------------------------------------------------

impl<F: IntoFuture, const N: usize> Many<[F; N]> {
    #[inline]
    pub fn rejoin_futures(self) -> Futs<IntoFutures<array::IntoIter<F, N>>, Counted<N>> {
        Futs::new(IntoFutures(self.0.into_iter()))
    }
}

/// The futures of what an iterator gives.
//
// Not a `Map`: with a function's pointer it would make a call for each future, which is one already, and the type of the
// function itself has in it what the iterator gives, which the compiler cannot follow where it asks what is `Send`.
pub struct IntoFutures<I>(I);

impl<I: Iterator<Item: IntoFuture>> Iterator for IntoFutures<I> {
    type Item = <I::Item as IntoFuture>::IntoFuture;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(IntoFuture::into_future)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }

    // What collects knows a `Map`: a vector's memory is used again, and a range is asked once how long it is.
    #[inline]
    fn collect<C: FromIterator<Self::Item>>(self) -> C {
        self.0.map(IntoFuture::into_future).collect()
    }
}

impl<I, S> Futs<I, S> {
    #[inline]
    fn new(futures: I) -> Self {
        Self(futures, PhantomData)
    }
}

pub trait OtherMany<T> {
    fn rejoin_futures(self) -> AnyMany<T>;
}

impl<T> OtherMany<T> for Many<T> {
    #[inline]
    fn rejoin_futures(self) -> AnyMany<T> {
        AnyMany(self.0)
    }
}

impl<I, S> Futs<I, S> {
    #[inline]
    pub fn rejoin_check(self) -> Self {
        self
    }
}

impl<T: IntoIterator<Item: IntoFuture>> AnyMany<T> {
    #[inline]
    pub fn rejoin_check(self) -> Futs<IntoFutures<T::IntoIter>, Listed> {
        Futs::new(IntoFutures(self.0.into_iter()))
    }
}

// ---- is it drained at the call? ---------------------------------------------------------------------------------

impl<I, S> Futs<I, S> {
    #[inline]
    pub fn rejoin_draw(self) -> Futs<I, S, UnderLimit> {
        Futs(self.0, PhantomData)
    }
}

impl<I, S> Open<Futs<I, S>> {
    #[inline]
    pub fn rejoin_draw(self) -> Open<Futs<I, S, UnderLimit>> {
        Open(self.0.rejoin_draw())
    }
}

// ---- is its output determined? ----------------------------------------------------------------------------------

impl<F> Fut<F, Infallible> {
    #[inline]
    pub fn rejoin_open(self) -> Open<Self> {
        Open(self)
    }
}

impl<I: Iterator<Item: Future<Output = Infallible>>, S> Futs<I, S> {
    #[inline]
    pub fn rejoin_open(self) -> Open<Self> {
        Open(self)
    }
}

pub trait Determined: Sized {
    #[inline]
    fn rejoin_open(self) -> Self {
        self
    }
}

impl<F, O> Determined for Fut<F, O> {}

impl<I, S> Determined for Futs<I, S> {}
