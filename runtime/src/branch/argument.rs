//! Arguments, and the futures that they are.

use std::{
    convert::Infallible,
    future::{Future, IntoFuture},
    marker::PhantomData,
    ops::Deref,
};

use crate::{
    keyed::{KeepKey, Keyed, KeyedFuture, NoKey},
    supply::{AtCall, FromStream, Make, UnderLimit},
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

    /// Begins the steps of an argument without `..` that contains an `.await`.
    #[inline]
    pub const fn rejoin_awaited(&mut self) -> AwaitedArgument<'_, T> {
        AwaitedArgument(self)
    }

    /// Begins the steps of a field of a struct literal.
    #[inline]
    pub const fn rejoin_field(&mut self) -> FieldArgument<'_, T> {
        FieldArgument(self)
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

impl<K, F> Argument<Keyed<K, F>> {
    /// Begins the steps of an argument without `..` that has a key.
    #[inline]
    pub const fn rejoin_branch(&mut self) -> KeyedArgument<'_, K, F> {
        KeyedArgument(BranchArgument(self))
    }
}

/// An argument that is not a [`Keyed`].
pub trait ArgumentWithoutKey<T> {
    /// Begins the steps of an argument without `..`.
    fn rejoin_branch(&mut self) -> BranchArgument<'_, T>;
}

impl<T> ArgumentWithoutKey<T> for Argument<T> {
    #[inline]
    fn rejoin_branch(&mut self) -> BranchArgument<'_, T> {
        BranchArgument(self)
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

/// An argument without `..` that is a future with a key.
pub struct KeyedArgument<'a, K, F>(BranchArgument<'a, Keyed<K, F>>);

/// An argument without `..` that contains an `.await`, for example `f().await?`.
pub struct AwaitedArgument<'a, T>(&'a mut Argument<T>);

/// A field of a struct literal.
pub struct FieldArgument<'a, T>(&'a mut Argument<T>);

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

/// A future `F`, which `M` makes. Its output is an `O`, with a key if `Q` says so.
//
// The output is a parameter, also of the types of later steps, so that the compiler computes the projection once and the later
// steps need no bounds.
pub struct BranchFuture<M, F, O, Q = NoKey>(pub(super) M, PhantomData<fn() -> (F, O, Q)>);

impl<M, F, O, Q> BranchFuture<M, F, O, Q> {
    #[inline]
    pub(super) const fn new(future: M) -> Self {
        Self(future, PhantomData)
    }
}

/// The futures `F` of an iterator or a stream `I`, which `M` makes. The output of each is an `O`, with a key if `Q` says so. The outputs
/// become an `S`. `D` says when the futures are taken.
pub struct SpreadFutures<M, I, F, O, S, Q = NoKey, D = AtCall>(
    pub(super) M,
    PhantomData<fn() -> (I, F, O, S, Q, D)>,
);

impl<M, I, F, O, S, Q, D> SpreadFutures<M, I, F, O, S, Q, D> {
    #[inline]
    pub(super) const fn new(futures: M) -> Self {
        Self(futures, PhantomData)
    }
}

/// A spread that is not a `Pending`. The outputs of its futures become an `S`.
pub struct OtherSpread<'a, T, S>(pub(super) SpreadArgument<'a, T>, PhantomData<fn() -> S>);

impl<'a, T, S> OtherSpread<'a, T, S> {
    #[inline]
    pub(super) const fn new(argument: SpreadArgument<'a, T>) -> Self {
        Self(argument, PhantomData)
    }
}

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

impl<'a, K, F: Future> KeyedArgument<'a, K, F> {
    #[inline]
    pub fn rejoin_check(
        self,
    ) -> BranchFuture<BranchArgument<'a, Keyed<K, F>>, Keyed<K, F>, F::Output, KeepKey<K>> {
        BranchFuture::new(self.0)
    }
}

impl<'a, T: IntoFuture> AwaitedArgument<'a, T> {
    #[inline]
    pub fn rejoin_check(self) -> BranchFuture<BranchArgument<'a, T>, T::IntoFuture, T::Output> {
        BranchFuture::new(BranchArgument(self.0))
    }
}

impl<'a, T: IntoFuture> FieldArgument<'a, T> {
    #[inline]
    pub fn rejoin_check(self) -> BranchFuture<BranchArgument<'a, T>, T::IntoFuture, T::Output> {
        BranchFuture::new(BranchArgument(self.0))
    }
}

impl<M: Make<F>, F, O> BranchFuture<M, F, O> {
    /// Returns the future.
    #[inline]
    pub fn rejoin_made(self) -> F {
        self.0.make()
    }
}

// ---- is the type of its futures known? --------------------------------------------------------------------------

impl<M, I, F, O, S, Q, D> SpreadFutures<M, I, F, O, S, Q, D> {
    /// Is never called. [`Variable::rejoin_known`] is called on the result.
    #[expect(clippy::unused_self, reason = "a step is a method")]
    pub fn rejoin_future(&self) -> &F {
        unreachable!()
    }
}

/// A spread that is a `Pending`, or that is an error.
pub trait OtherFutures {
    fn rejoin_future(&self) -> &Self {
        self
    }
}

impl<T> OtherFutures for T {}

// ---- do its futures have keys? ----------------------------------------------------------------------------------

impl<M, I, F: KeyedFuture, O, S, D> SpreadFutures<M, I, F, O, S, NoKey, D> {
    #[inline]
    pub fn rejoin_keys(self) -> SpreadFutures<M, I, F, F::Value, S, KeepKey<F::Key>, D> {
        SpreadFutures::new(self.0)
    }
}

impl<T> Undetermined<T> {
    #[inline]
    pub fn rejoin_keys(self) -> Self {
        self
    }
}

/// A spread that has no keys, or has them from pairs.
pub trait OtherKeys: Sized {
    #[inline]
    fn rejoin_keys(self) -> Self {
        self
    }
}

impl<M, I, F, O, S, Q, D> OtherKeys for SpreadFutures<M, I, F, O, S, Q, D> {}

// ---- is it drained at the call? ---------------------------------------------------------------------------------

impl<M, I, F, O, S, Q> SpreadFutures<M, I, F, O, S, Q> {
    #[inline]
    pub fn rejoin_drain_lazily(self) -> SpreadFutures<M, I, F, O, S, Q, UnderLimit> {
        SpreadFutures::new(self.0)
    }
}

impl<M, I, F, O, S, Q> SpreadFutures<M, I, F, O, S, Q, FromStream> {
    pub fn rejoin_drain_lazily(self) -> Self {
        self
    }
}

impl<M, I, F, S, Q> Undetermined<SpreadFutures<M, I, F, Infallible, S, Q>> {
    #[inline]
    pub fn rejoin_drain_lazily(
        self,
    ) -> Undetermined<SpreadFutures<M, I, F, Infallible, S, Q, UnderLimit>> {
        Undetermined(self.0.rejoin_drain_lazily())
    }
}

impl<M, I, F, S, Q> Undetermined<SpreadFutures<M, I, F, Infallible, S, Q, FromStream>> {
    pub fn rejoin_drain_lazily(self) -> Self {
        self
    }
}

// ---- is its output determined? ----------------------------------------------------------------------------------

impl<M, F, Q> BranchFuture<M, F, Infallible, Q> {
    #[inline]
    pub fn rejoin_output(self) -> Undetermined<Self> {
        Undetermined(self)
    }
}

impl<M, I, F, S, Q, D> SpreadFutures<M, I, F, Infallible, S, Q, D> {
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

impl<M, F, O, Q> Determined for BranchFuture<M, F, O, Q> {}

impl<M, I, F, O, S, Q, D> Determined for SpreadFutures<M, I, F, O, S, Q, D> {}
