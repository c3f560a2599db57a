//! Arguments without `..` that are not futures.

use std::future::{Future, IntoFuture};

use futures_core::Stream;
use tokio::task::JoinSet;

use super::placeholder::Rejected;
use crate::{
    branch::argument::{AwaitedArgument, BranchArgument, FieldArgument},
    hint,
    pending::Pending,
};

/// A field of a struct literal that is no future.
pub trait OtherField<T>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::Field,
    {
        unreachable!()
    }
}

impl<T> OtherField<T> for FieldArgument<'_, T> {}

/// An `Option` or a `Result` of a future.
pub trait Wrapped<T>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::NotWrapped,
    {
        unreachable!()
    }
}

impl<F: IntoFuture> Wrapped<Option<F>> for BranchArgument<'_, Option<F>> {}

impl<F: IntoFuture, E> Wrapped<Result<F, E>> for BranchArgument<'_, Result<F, E>> {}

/// A reference to a future.
pub trait Borrowed<T>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::OwnedFuture,
    {
        unreachable!()
    }
}

impl<'a, F: IntoFuture> Borrowed<&'a F> for BranchArgument<'_, &'a F> {}

/// A mutable reference to a future that is not pinned.
pub trait Unpinned<T>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::PinnedFuture,
    {
        unreachable!()
    }
}

impl<F: IntoFuture> Unpinned<F> for BranchArgument<'_, &mut F> {}

/// A future in a `Box` that is not pinned.
pub trait Boxed<T>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::PinnedBox,
    {
        unreachable!()
    }
}

impl<F: Future + ?Sized> Boxed<Box<F>> for BranchArgument<'_, Box<F>> {}

impl<F: Future + ?Sized> Boxed<Box<F>> for BranchArgument<'_, &mut Box<F>> {}

/// A stream.
pub trait StreamBranch<T>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::NotAStream,
    {
        unreachable!()
    }
}

impl<T: Stream> StreamBranch<T> for BranchArgument<'_, T> {}

/// A `JoinSet` of tokio.
pub trait JoinSetBranch<T>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::NotAJoinSet,
    {
        unreachable!()
    }
}

impl<T> JoinSetBranch<JoinSet<T>> for BranchArgument<'_, JoinSet<T>> {}

impl<T> JoinSetBranch<JoinSet<T>> for BranchArgument<'_, &mut JoinSet<T>> {}

/// A tuple.
pub trait Tuple<T>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::SeparateBranches,
    {
        unreachable!()
    }
}

macro_rules! tuples {
    ($(($($part:ident)*))*) => {$(
        impl<$($part),*> Tuple<($($part,)*)> for BranchArgument<'_, ($($part,)*)> {}
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E G) (A B C D E G H) (A B C D E G H I) }

/// A function or a closure that returns a future, with arguments `A`.
pub trait Function<T, A>: Sized {
    fn rejoin_check<V, O>(self) -> Rejected<V, O>
    where
        T: hint::NotAFunction,
    {
        unreachable!()
    }
}

macro_rules! functions {
    ($(($($argument:ident)*))*) => {$(
        impl<T, F, $($argument),*> Function<T, ($($argument,)*)> for BranchArgument<'_, T>
        where
            T: FnOnce($($argument),*) -> F,
            F: IntoFuture,
        {
        }
    )*};
}

functions! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E G) }

/// A collection of futures.
pub trait Collection<T> {
    fn rejoin_check<V, O>(&self) -> Rejected<V, O>
    where
        T: hint::SingleFuture,
    {
        unreachable!()
    }
}

impl<T: IntoIterator<Item: IntoFuture>> Collection<T> for BranchArgument<'_, T> {}

impl<T: IntoIterator<Item: IntoFuture>> Collection<T> for AwaitedArgument<'_, T> {}

/// A type that is `T`. With it the bound of an inherent method is a bound on a parameter that is not in the type of the receiver,
/// like the bound of a trait's method. So the compiler points at the name of the method.
pub trait Is<T> {}

impl<T> Is<T> for T {}

// A `Pending` is also a stream. Inherent methods precede the method for streams.

#[doc(hidden)]
impl<F: Future> BranchArgument<'_, Pending<F>> {
    /// Rejects a `Pending` without `..`.
    pub fn rejoin_check<T, V, O>(self) -> Rejected<V, O>
    where
        T: hint::SingleFuture,
        Pending<F>: Is<T>,
    {
        unreachable!()
    }
}

#[doc(hidden)]
impl<'a, F: Future> BranchArgument<'_, &'a mut Pending<F>> {
    /// Rejects a borrowed `Pending` without `..`.
    pub fn rejoin_check<T, V, O>(self) -> Rejected<V, O>
    where
        T: hint::SingleFuture,
        &'a mut Pending<F>: Is<T>,
    {
        unreachable!()
    }
}

/// A value of any other type.
pub trait OtherValue<T> {
    fn rejoin_check<V, O>(&mut self) -> Rejected<V, O>
    where
        T: hint::Branch,
    {
        unreachable!()
    }
}

impl<T> OtherValue<T> for BranchArgument<'_, T> {}

/// The output of a future that the argument awaits.
pub trait AwaitedValue<T> {
    fn rejoin_check<V, O>(&mut self) -> Rejected<V, O>
    where
        T: hint::UnawaitedFuture,
    {
        unreachable!()
    }
}

impl<T> AwaitedValue<T> for AwaitedArgument<'_, T> {}
