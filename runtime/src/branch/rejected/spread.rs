//! Arguments with `..` that are not collections of futures.

use std::future::{Future, IntoFuture, Ready};

use futures_core::Stream;
use tokio::task::JoinSet;

use super::{branch::Is, placeholder::Rejected};
use crate::{
    branch::{
        argument::{OtherSpread, SpreadFutures},
        source::{Lent, PendingArgument},
        spread::StreamArgument,
    },
    hint,
    pending::Pending,
    supply::FromStream,
};

/// A future.
pub trait OneFuture<T> {
    fn rejoin_check<V, O>(&self) -> Rejected<V, O>
    where
        T: hint::Collection,
    {
        unreachable!()
    }
}

impl<T: IntoFuture, S> OneFuture<T> for OtherSpread<'_, T, S> {}

/// A collection of references to futures.
pub trait BorrowedFutures<T> {
    fn rejoin_check<V, O>(&self) -> Rejected<V, O>
    where
        T: hint::OwnedFutures,
    {
        unreachable!()
    }
}

impl<'a, T, F, S> BorrowedFutures<T> for OtherSpread<'_, T, S>
where
    T: IntoIterator<Item = &'a F>,
    F: IntoFuture + 'a,
{
}

/// A collection of futures in `Box`es.
pub trait BoxedFutures<T> {
    fn rejoin_check<V, O>(&self) -> Rejected<V, O>
    where
        T: hint::PinnedBoxes,
    {
        unreachable!()
    }
}

impl<T, F, S> BoxedFutures<T> for OtherSpread<'_, T, S>
where
    T: IntoIterator<Item = Box<F>>,
    F: Future + ?Sized,
{
}

/// A collection of mutable references to futures that are not pinned.
pub trait UnpinnedFutures<T> {
    fn rejoin_check<V, O>(&self) -> Rejected<V, O>
    where
        T: hint::PinnedFutures,
    {
        unreachable!()
    }
}

impl<'a, T, F, S> UnpinnedFutures<T> for OtherSpread<'_, T, S>
where
    T: IntoIterator<Item = &'a mut F>,
    F: Future + ?Sized + 'a,
{
}

/// A stream of values.
pub trait StreamOfValues<T> {
    fn rejoin_items<V, O>(&self) -> Rejected<V, O>
    where
        T: hint::StreamedFuture,
    {
        unreachable!()
    }
}

impl<T: Stream> StreamOfValues<T::Item> for StreamArgument<'_, T> {}

/// A stream in a `wait!`.
pub trait StreamInWait<T>: Sized {
    fn rejoin_whole<V, O>(self) -> Rejected<V, O>
    where
        T: hint::WholeCollection,
    {
        unreachable!()
    }
}

impl<T, I, F, O, S, Q> StreamInWait<T>
    for SpreadFutures<StreamArgument<'_, T>, I, F, O, S, Q, FromStream>
{
}

/// A `JoinSet` of tokio.
pub trait JoinSetSpread<T>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::CollectionNotJoinSet,
    {
        unreachable!()
    }
}

impl<T, S> JoinSetSpread<JoinSet<T>> for OtherSpread<'_, JoinSet<T>, S> {}

impl<T, S> JoinSetSpread<JoinSet<T>> for OtherSpread<'_, &mut JoinSet<T>, S> {}

// A `Pending` is also a stream. An inherent method precedes the method for streams.
#[doc(hidden)]
impl<'a, F: Future, S> OtherSpread<'_, &'a mut Pending<F>, S> {
    /// Rejects a borrowed `Pending` in a call that is not a loop.
    pub fn rejoin_check<T, V, O>(self) -> Rejected<V, O>
    where
        T: hint::OwnedPending,
        &'a mut Pending<F>: Is<T>,
    {
        unreachable!()
    }
}

/// A value of any other type.
pub trait OtherValues<T> {
    fn rejoin_check<V, O>(&mut self) -> Rejected<V, O>
    where
        T: hint::Futures,
    {
        unreachable!()
    }
}

impl<T, S> OtherValues<T> for OtherSpread<'_, T, S> {}

/// A [`Pending`] in a call with `each_timeout`.
pub trait PendingEachTimeout<T>: Sized {
    fn rejoin_timed<V, O>(self) -> Rejected<V, O>
    where
        T: hint::AcceptsEachTimeout,
    {
        unreachable!()
    }
}

impl<F: Future> PendingEachTimeout<Pending<F>> for PendingArgument<F> {}

/// A [`Pending`] in a call with `stagger`.
pub trait PendingStagger<T>: Sized {
    fn rejoin_unstarted<V, O>(self) -> Rejected<V, O>
    where
        T: hint::AcceptsStagger,
    {
        unreachable!()
    }
}

impl<F: Future> PendingStagger<Pending<F>> for PendingArgument<F> {}

/// One future that a loop borrows as if it were a collection.
pub trait LentFuture<T>: Sized {
    fn rejoin_lent<V>(self) -> &'static mut Pending<Ready<V>>
    where
        T: hint::Collection,
    {
        unreachable!()
    }
}

impl<T: IntoFuture> LentFuture<T> for Lent<&mut T> {}

/// A stream that a loop borrows as if it were a set.
pub trait LentStream<T>: Sized {
    fn rejoin_lent<V>(self) -> &'static mut Pending<Ready<V>>
    where
        T: hint::BorrowableSet,
    {
        unreachable!()
    }
}

impl<T: Stream> LentStream<T> for Lent<&mut T> {}

/// A value of any other type that a loop borrows.
pub trait LentOther<T> {
    fn rejoin_lent<V>(&self) -> &'static mut Pending<Ready<V>>
    where
        T: hint::LendablePending,
    {
        unreachable!()
    }
}

impl<T> LentOther<T> for Lent<&mut T> {}
