//! Arguments, and the futures that they are.

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

/// The value of an argument, until the expansion takes it.
//
// In a build that is not optimized, each function that a value is passed through copies it. So the steps pass a reference to the
// argument, and the last one moves it to where it stays.
pub struct Argument<T>(Option<T>);

impl<T> Argument<T> {
    #[inline]
    pub(crate) const fn new(argument: T) -> Self {
        Self(Some(argument))
    }

    /// Begins the steps of an argument without `..`.
    #[inline]
    pub const fn rejoin_branch(&mut self) -> BranchArgument<'_, T> {
        BranchArgument(self)
    }

    /// Begins the steps of an argument without `..` that contains an `.await`.
    #[inline]
    pub const fn rejoin_awaited(&mut self) -> AwaitedArgument<'_, T> {
        AwaitedArgument(self)
    }

    /// Begins the steps of an argument with `..`.
    #[inline]
    pub const fn rejoin_spread(&mut self) -> SpreadArgument<'_, T> {
        SpreadArgument(self)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    pub(super) fn take(&mut self) -> T {
        self.0.take().expect("an argument is taken once")
    }
}

impl<T> Deref for Argument<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("the argument was not taken")
    }
}

/// An argument without `..`.
pub struct BranchArgument<'a, T>(&'a mut Argument<T>);

/// An argument without `..` that contains an `.await`, for example `f().await?`.
pub struct AwaitedArgument<'a, T>(&'a mut Argument<T>);

/// An argument with `..`.
pub struct SpreadArgument<'a, T>(pub(super) &'a mut Argument<T>);

/// An argument that is a variable.
pub trait Variable {
    /// Is never called. The call is a compile error if the variable's type is not known.
    fn rejoin_known<X>(&self) -> X {
        unreachable!()
    }
}

impl<T: ?Sized> Variable for T {}

/// A future `F` with output `O`, which `M` makes.
//
// The output is a parameter, also of the types of later steps, so that the compiler computes the projection once and the later
// steps need no bounds.
pub struct BranchFuture<M, F, O>(pub(super) M, PhantomData<fn() -> (F, O)>);

impl<M, F, O> BranchFuture<M, F, O> {
    #[inline]
    pub(super) const fn new(future: M) -> Self {
        Self(future, PhantomData)
    }
}

/// The futures of an iterator `I`, which `M` makes. Their outputs become an `S`, and `D` says when the iterator is advanced.
pub struct SpreadFutures<M, I, S, D = AtCall>(pub(super) M, PhantomData<fn() -> (I, S, D)>);

/// The output type of an iterator's futures.
pub(super) type OutputOf<I> = <<I as Iterator>::Item as Future>::Output;

/// A spread that is neither an array nor a `Pending`.
pub struct OtherSpread<'a, T>(pub(super) SpreadArgument<'a, T>);

/// A branch or a spread with an output type that nothing determines. It counts as one that never returns.
pub struct Undetermined<T>(pub(super) T);

// ---- is it a future? --------------------------------------------------------------------------------------------

impl<T: IntoFuture> Make<T::IntoFuture> for BranchArgument<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    fn make(self) -> T::IntoFuture {
        self.0.take().into_future()
    }
}

// This is inherent, so that the compiler looks at the cases that are errors only if this one does not fit.
impl<T: IntoFuture> BranchArgument<'_, T> {
    #[inline]
    pub fn rejoin_check(self) -> BranchFuture<Self, T::IntoFuture, T::Output> {
        BranchFuture::new(self)
    }
}

impl<'a, T: IntoFuture> AwaitedArgument<'a, T> {
    #[inline]
    pub fn rejoin_check(self) -> BranchFuture<BranchArgument<'a, T>, T::IntoFuture, T::Output> {
        BranchFuture::new(BranchArgument(self.0))
    }
}

// ---- is it a collection of futures? -----------------------------------------------------------------------------

impl<T: IntoIterator<Item: IntoFuture>> Make<IntoFutures<T::IntoIter>> for SpreadArgument<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    fn make(self) -> IntoFutures<T::IntoIter> {
        IntoFutures(self.0.take().into_iter())
    }
}

impl<F: IntoFuture, const N: usize> SpreadArgument<'_, [F; N]> {
    #[inline]
    pub fn rejoin_futures(
        self,
    ) -> SpreadFutures<Self, IntoFutures<array::IntoIter<F, N>>, IntoArray<N>> {
        SpreadFutures::new(self)
    }
}

/// An iterator over the futures of an iterator's items.
//
// This is not a `Map`. With a function pointer, a `Map` would make an indirect call for each future. With the function's own type,
// which contains the type of the items, the compiler could not prove that the call's future is `Send`.
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

    // The standard library specializes `collect` for `Map`: it reuses a vector's memory, and asks a range for its length once.
    #[inline]
    fn collect<C: FromIterator<Self::Item>>(self) -> C {
        self.0.map(IntoFuture::into_future).collect()
    }
}

impl<M, I, S> SpreadFutures<M, I, S> {
    #[inline]
    pub(super) fn new(futures: M) -> Self {
        Self(futures, PhantomData)
    }
}

pub trait NotAnArray<'a, T> {
    fn rejoin_futures(self) -> OtherSpread<'a, T>;
}

impl<'a, T> NotAnArray<'a, T> for SpreadArgument<'a, T> {
    #[inline]
    fn rejoin_futures(self) -> OtherSpread<'a, T> {
        OtherSpread(self)
    }
}

impl<M, I, S> SpreadFutures<M, I, S> {
    #[inline]
    pub fn rejoin_check(self) -> Self {
        self
    }
}

impl<'a, T: IntoIterator<Item: IntoFuture>> OtherSpread<'a, T> {
    #[inline]
    pub fn rejoin_check(
        self,
    ) -> SpreadFutures<SpreadArgument<'a, T>, IntoFutures<T::IntoIter>, IntoVec> {
        SpreadFutures::new(self.0)
    }
}

// ---- is it drained at the call? ---------------------------------------------------------------------------------

impl<M, I, S> SpreadFutures<M, I, S> {
    #[inline]
    pub fn rejoin_drain_lazily(self) -> SpreadFutures<M, I, S, UnderLimit> {
        SpreadFutures(self.0, PhantomData)
    }
}

impl<M, I, S> Undetermined<SpreadFutures<M, I, S>> {
    #[inline]
    pub fn rejoin_drain_lazily(self) -> Undetermined<SpreadFutures<M, I, S, UnderLimit>> {
        Undetermined(self.0.rejoin_drain_lazily())
    }
}

// ---- is its output determined? ----------------------------------------------------------------------------------

impl<M, F> BranchFuture<M, F, Infallible> {
    #[inline]
    pub fn rejoin_output(self) -> Undetermined<Self> {
        Undetermined(self)
    }
}

impl<M, I: Iterator<Item: Future<Output = Infallible>>, S> SpreadFutures<M, I, S> {
    #[inline]
    pub fn rejoin_output(self) -> Undetermined<Self> {
        Undetermined(self)
    }
}

pub trait Determined: Sized {
    #[inline]
    fn rejoin_output(self) -> Self {
        self
    }
}

impl<M, F, O> Determined for BranchFuture<M, F, O> {}

impl<M, I, S> Determined for SpreadFutures<M, I, S> {}
