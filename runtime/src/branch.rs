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
//! | `rejoin_known` | a variable | nothing; an error if its type is not known |
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
    clippy::must_use_candidate,
    clippy::type_complexity,
    reason = "expansions use what they call, and name no types"
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
    ops::Deref,
};

use crate::{
    gather::{IntoArray, IntoVec},
    supply::{AtCall, Make, UnderLimit},
};

pub use self::{
    convert::{Late, Named, NoError, OtherError},
    mistakes::{
        Alone, Beside, Borrowed, BorrowedFutures, Boxed, BoxedFutures, Collection, Function, Kept,
        NotLent, NotResults, Nowhere, OneFuture, OneLent, StreamAlone, StreamMany, TasksAlone,
        TasksMany, Unlike, UnlikeOutputs, UnlikeSets, Unpinned, UnpinnedFutures, Untimed, Value,
        Values, WholeSet, Wrapped,
    },
    node::{Infallibly, InfalliblyEach, Two},
    source::{Left, Lent, SameOutput, Until},
};

/// An argument, until it is taken.
//
// In a build that is not optimized, each function that a value is handed through copies it. So the steps hand on references,
// and what is made of the argument in the end is where it stays.
pub struct Given<T>(Option<T>);

impl<T> Given<T> {
    #[inline]
    pub(crate) const fn new(argument: T) -> Self {
        Self(Some(argument))
    }

    /// As an argument without `..`.
    #[inline]
    pub const fn branch(&mut self) -> Branch<'_, T> {
        Branch(self)
    }

    /// As an argument without `..` that awaits something itself.
    #[inline]
    pub const fn awaited(&mut self) -> Awaited<'_, T> {
        Awaited(self)
    }

    /// As an argument with `..`.
    #[inline]
    pub const fn many(&mut self) -> Many<'_, T> {
        Many(self)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    fn take(&mut self) -> T {
        self.0.take().expect("an argument is taken once")
    }
}

impl<T> Deref for Given<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("the argument was not taken")
    }
}

/// An argument without `..`.
pub struct Branch<'a, T>(&'a mut Given<T>);

/// An argument without `..` that awaits something itself, for example `f().await?`.
pub struct Awaited<'a, T>(&'a mut Given<T>);

/// An argument with `..`.
pub struct Many<'a, T>(&'a mut Given<T>);

/// What an argument is that is a variable.
pub trait Variable {
    /// Is never called: the call is an error where the variable's type is not known.
    fn rejoin_known<X>(&self) -> X {
        unreachable!()
    }
}

impl<T: ?Sized> Variable for T {}

/// A future `F` that `M` makes, which gives an `O`.
//
// A parameter, and so are those of what is made of it: the compiler finds once what a future gives, and the steps after
// that have no bounds to look into.
pub struct Fut<M, F, O>(M, PhantomData<fn() -> (F, O)>);

impl<M, F, O> Fut<M, F, O> {
    #[inline]
    const fn new(future: M) -> Self {
        Self(future, PhantomData)
    }
}

/// Futures of an iterator `I` that `M` makes, which make an `S` of results, and are taken when `D` says.
pub struct Futs<M, I, S, D = AtCall>(M, PhantomData<fn() -> (I, S, D)>);

/// The output of the futures of an iterator.
type OutputOf<I> = <<I as Iterator>::Item as Future>::Output;

/// What is spread and is not an array.
pub struct AnyMany<'a, T>(Many<'a, T>);

/// A branch or a spread whose output nothing determines: it never returns.
pub struct Open<T>(T);

// ---- is it a future? --------------------------------------------------------------------------------------------

impl<T: IntoFuture> Make<T::IntoFuture> for Branch<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    fn make(self) -> T::IntoFuture {
        self.0.take().into_future()
    }
}

// Inherent, so that of a future nothing else is asked: the mistakes are looked at when this does not fit.
impl<T: IntoFuture> Branch<'_, T> {
    #[inline]
    pub fn rejoin_check(self) -> Fut<Self, T::IntoFuture, T::Output> {
        Fut::new(self)
    }
}

impl<'a, T: IntoFuture> Awaited<'a, T> {
    #[inline]
    pub fn rejoin_check(self) -> Fut<Branch<'a, T>, T::IntoFuture, T::Output> {
        Fut::new(Branch(self.0))
    }
}

// ---- is it a collection of futures? -----------------------------------------------------------------------------

impl<T: IntoIterator<Item: IntoFuture>> Make<IntoFutures<T::IntoIter>> for Many<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    fn make(self) -> IntoFutures<T::IntoIter> {
        IntoFutures(self.0.take().into_iter())
    }
}

impl<F: IntoFuture, const N: usize> Many<'_, [F; N]> {
    #[inline]
    pub fn rejoin_futures(self) -> Futs<Self, IntoFutures<array::IntoIter<F, N>>, IntoArray<N>> {
        Futs::new(self)
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

impl<M, I, S> Futs<M, I, S> {
    #[inline]
    fn new(futures: M) -> Self {
        Self(futures, PhantomData)
    }
}

pub trait OtherMany<'a, T> {
    fn rejoin_futures(self) -> AnyMany<'a, T>;
}

impl<'a, T> OtherMany<'a, T> for Many<'a, T> {
    #[inline]
    fn rejoin_futures(self) -> AnyMany<'a, T> {
        AnyMany(self)
    }
}

impl<M, I, S> Futs<M, I, S> {
    #[inline]
    pub fn rejoin_check(self) -> Self {
        self
    }
}

impl<'a, T: IntoIterator<Item: IntoFuture>> AnyMany<'a, T> {
    #[inline]
    pub fn rejoin_check(self) -> Futs<Many<'a, T>, IntoFutures<T::IntoIter>, IntoVec> {
        Futs::new(self.0)
    }
}

// ---- is it drained at the call? ---------------------------------------------------------------------------------

impl<M, I, S> Futs<M, I, S> {
    #[inline]
    pub fn rejoin_draw(self) -> Futs<M, I, S, UnderLimit> {
        Futs(self.0, PhantomData)
    }
}

impl<M, I, S> Open<Futs<M, I, S>> {
    #[inline]
    pub fn rejoin_draw(self) -> Open<Futs<M, I, S, UnderLimit>> {
        Open(self.0.rejoin_draw())
    }
}

// ---- is its output determined? ----------------------------------------------------------------------------------

impl<M, F> Fut<M, F, Infallible> {
    #[inline]
    pub fn rejoin_open(self) -> Open<Self> {
        Open(self)
    }
}

impl<M, I: Iterator<Item: Future<Output = Infallible>>, S> Futs<M, I, S> {
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

impl<M, F, O> Determined for Fut<M, F, O> {}

impl<M, I, S> Determined for Futs<M, I, S> {}
