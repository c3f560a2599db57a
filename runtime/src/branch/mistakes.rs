//! What is told to whom gives a macro something else than it takes.
//!
//! One trait a mistake. Its method has a bound that never holds, and the compiler's error is what that bound says.

#![allow(
    clippy::unused_self,
    reason = "nothing is done, and it is called as if it were"
)]

use std::{
    future::{Future, IntoFuture, Ready},
    marker::PhantomData,
    ops::Deref,
    pin::Pin,
    time::Duration,
};

use futures_core::Stream;
use tokio::task::JoinSet;

use super::{AnyMany, Awaited, Branch, Left, Lent, Two, Until};
use crate::{
    __private::ErrorType,
    AsCompleted, Indexed,
    clock::Clock,
    drive::{Anything, Driving, Item, Live, Order, Output},
    gather::{Branches, Kind, Node, Part, Partial, Turn},
    hint,
    mode::{Failing, Plain, Unknown},
    pending::{Pending, Source},
    wait::When,
};

// ---- what stands for it -----------------------------------------------------------------------------------------

/// What stands for a branch that was refused. Nothing determines what it gives (`V`), or what the whole call gives
/// (`O`): the compiler has an error to show already, and asks for neither.
pub struct Refused<V, O>(PhantomData<fn() -> (V, O)>);

impl<V, O> Refused<V, O> {
    pub fn rejoin_open(self) -> Self {
        self
    }

    pub fn rejoin_to<E>(self, _: ErrorType<E>) -> RefusedTo<V, E> {
        RefusedTo(PhantomData)
    }

    pub fn rejoin_timed(self) -> Self {
        self
    }

    pub fn rejoin_draw(self) -> Self {
        self
    }

    pub fn rejoin_source(self) -> RefusedSource<V> {
        unreachable!()
    }

    pub fn rejoin_each<L>(self, _: Duration, _: L) -> Self {
        self
    }

    pub fn rejoin_kind(self) -> RefusedNode<V, Unknown<O>> {
        unreachable!()
    }

    pub fn rejoin_value(self) -> RefusedNode<V, Unknown<O>> {
        unreachable!()
    }
}

/// The same in a call with the error type `E`.
pub struct RefusedTo<V, E>(PhantomData<fn() -> (V, E)>);

impl<V, E> RefusedTo<V, E> {
    pub fn rejoin_same(self) -> Self {
        self
    }

    pub fn rejoin_other(self) -> Self {
        self
    }

    pub fn rejoin_draw(self) -> Self {
        self
    }

    pub fn rejoin_each<L>(self, _: Duration, _: L) -> Self {
        self
    }

    pub fn rejoin_kind(self) -> RefusedNode<V, Failing<E>> {
        unreachable!()
    }

    pub fn rejoin_value(self) -> RefusedNode<V, Plain> {
        unreachable!()
    }
}

/// A node that gives a `V`, in time or not, in a call that fails as `M` says.
type RefusedNode<V, M> = Part<Nowhere, Nowhere, V, M>;

/// A source of branches that give a `V`.
type RefusedSource<V> = Source<Ready<V>, ()>;

/// A node that gives anything.
pub struct Nowhere;

impl Branches for Nowhere {
    const BRANCHES: usize = 1;

    fn count(&self) -> usize {
        unreachable!()
    }

    fn clear(self: Pin<&mut Self>, _: usize, _: Kind) {}
}

impl<V, E> Node<V, E> for Nowhere {
    fn poll(self: Pin<&mut Self>, _: usize, _: &mut Turn<'_>) -> Result<(), E> {
        unreachable!()
    }

    fn take(self: Pin<&mut Self>) -> V {
        unreachable!()
    }
}

impl<V> Partial<V> for Nowhere {
    fn take_some(self: Pin<&mut Self>) -> V {
        unreachable!()
    }
}

// ---- branches ---------------------------------------------------------------------------------------------------

/// An `Option` or a `Result` of a future.
pub trait Wrapped<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::Unwrap,
    {
        unreachable!()
    }
}

impl<F: IntoFuture> Wrapped<Option<F>> for Branch<'_, Option<F>> {}

impl<F: IntoFuture, E> Wrapped<Result<F, E>> for Branch<'_, Result<F, E>> {}

/// A reference to a future.
pub trait Borrowed<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::Own,
    {
        unreachable!()
    }
}

impl<'a, F: IntoFuture> Borrowed<&'a F> for Branch<'_, &'a F> {}

/// A mutable reference to a future that is not pinned.
pub trait Unpinned<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::Pinned,
    {
        unreachable!()
    }
}

impl<F: IntoFuture> Unpinned<F> for Branch<'_, &mut F> {}

/// A future in a `Box` that is not pinned.
pub trait Boxed<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::IntoPin,
    {
        unreachable!()
    }
}

impl<F: Future + ?Sized> Boxed<Box<F>> for Branch<'_, Box<F>> {}

impl<F: Future + ?Sized> Boxed<Box<F>> for Branch<'_, &mut Box<F>> {}

/// A stream.
pub trait StreamAlone<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::NextItem,
    {
        unreachable!()
    }
}

impl<T: Stream> StreamAlone<T> for Branch<'_, T> {}

/// Tasks of tokio's.
pub trait TasksAlone<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::NextTask,
    {
        unreachable!()
    }
}

impl<T> TasksAlone<JoinSet<T>> for Branch<'_, JoinSet<T>> {}

impl<T> TasksAlone<JoinSet<T>> for Branch<'_, &mut JoinSet<T>> {}

/// A function or a closure that returns a future, with arguments `A`.
pub trait Function<T, A>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::Call,
    {
        unreachable!()
    }
}

macro_rules! functions {
    ($(($($argument:ident)*))*) => {$(
        impl<T, F, $($argument),*> Function<T, ($($argument,)*)> for Branch<'_, T>
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
    fn rejoin_check<V, O>(&self) -> Refused<V, O>
    where
        T: hint::Spread,
    {
        unreachable!()
    }
}

impl<T: IntoIterator<Item: IntoFuture>> Collection<T> for Branch<'_, T> {}

impl<T: IntoIterator<Item: IntoFuture>> Collection<T> for Awaited<'_, T> {}

/// A set, which is a collection too, but has its own way.
pub trait WholeSet<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::Spread,
    {
        unreachable!()
    }
}

#[doc(hidden)]
impl<F: Future> WholeSet<Pending<F>> for Branch<'_, Pending<F>> {}

#[doc(hidden)]
impl<'a, F: Future> WholeSet<&'a mut Pending<F>> for Branch<'_, &'a mut Pending<F>> {}

/// Anything else.
pub trait Value<T> {
    fn rejoin_check<V, O>(&mut self) -> Refused<V, O>
    where
        T: hint::Branch,
    {
        unreachable!()
    }
}

impl<T> Value<T> for Branch<'_, T> {}

/// The output of a future that the argument awaits.
pub trait Alone<T> {
    fn rejoin_check<V, O>(&mut self) -> Refused<V, O>
    where
        T: hint::Together,
    {
        unreachable!()
    }
}

impl<T> Alone<T> for Awaited<'_, T> {}

// ---- spreads ----------------------------------------------------------------------------------------------------

/// A future.
pub trait OneFuture<T> {
    fn rejoin_check<V, O>(&self) -> Refused<V, O>
    where
        T: hint::One,
    {
        unreachable!()
    }
}

impl<T: IntoFuture> OneFuture<T> for AnyMany<'_, T> {}

/// A collection of references to futures.
pub trait BorrowedFutures<T> {
    fn rejoin_check<V, O>(&self) -> Refused<V, O>
    where
        T: hint::OwnEach,
    {
        unreachable!()
    }
}

impl<'a, T, F> BorrowedFutures<T> for AnyMany<'_, T>
where
    T: IntoIterator<Item = &'a F>,
    F: IntoFuture + 'a,
{
}

/// A collection of futures in `Box`es.
pub trait BoxedFutures<T> {
    fn rejoin_check<V, O>(&self) -> Refused<V, O>
    where
        T: hint::IntoPinEach,
    {
        unreachable!()
    }
}

impl<T: IntoIterator<Item = Box<F>>, F: Future + ?Sized> BoxedFutures<T> for AnyMany<'_, T> {}

/// A collection of mutable references to futures that are not pinned.
pub trait UnpinnedFutures<T> {
    fn rejoin_check<V, O>(&self) -> Refused<V, O>
    where
        T: hint::PinnedEach,
    {
        unreachable!()
    }
}

impl<'a, T, F> UnpinnedFutures<T> for AnyMany<'_, T>
where
    T: IntoIterator<Item = &'a mut F>,
    F: Future + ?Sized + 'a,
{
}

/// A stream.
pub trait StreamMany<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::NoStream,
    {
        unreachable!()
    }
}

impl<T: Stream> StreamMany<T> for AnyMany<'_, T> {}

/// Tasks of tokio's.
pub trait TasksMany<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::NoJoinSet,
    {
        unreachable!()
    }
}

impl<T> TasksMany<JoinSet<T>> for AnyMany<'_, JoinSet<T>> {}

impl<T> TasksMany<JoinSet<T>> for AnyMany<'_, &mut JoinSet<T>> {}

/// A set that is lent.
pub trait Kept<T>: Sized {
    fn rejoin_check<V, O>(self) -> Refused<V, O>
    where
        T: hint::Give,
    {
        unreachable!()
    }
}

impl<'a, F: Future> Kept<&'a mut Pending<F>> for AnyMany<'_, &'a mut Pending<F>> {}

/// Anything else.
pub trait Values<T> {
    fn rejoin_check<V, O>(&mut self) -> Refused<V, O>
    where
        T: hint::Futures,
    {
        unreachable!()
    }
}

impl<T> Values<T> for AnyMany<'_, T> {}

/// A set, in a call with `each_timeout`.
pub trait Untimed<T>: Sized {
    fn rejoin_timed<V, O>(self) -> Refused<V, O>
    where
        T: hint::OwnTimeout,
    {
        unreachable!()
    }
}

impl<F: Future> Untimed<Pending<F>> for Left<F> {}

/// One future that is lent to a loop as if it were many.
pub trait OneLent<T>: Sized {
    fn rejoin_lent<V>(self) -> &'static mut Pending<Ready<V>>
    where
        T: hint::One,
    {
        unreachable!()
    }
}

impl<T: IntoFuture> OneLent<T> for Lent<&mut T> {}

/// What is lent to a loop and is no set.
pub trait NotLent<T> {
    fn rejoin_lent<V>(&self) -> &'static mut Pending<Ready<V>>
    where
        T: hint::Lend,
    {
        unreachable!()
    }
}

impl<T> NotLent<T> for Lent<&mut T> {}

// ---- branches that do not go together ---------------------------------------------------------------------------

/// Nodes that fail with different error types.
pub trait Unlike<A, B>: Sized {
    fn rejoin_pair<V, O>(self) -> RefusedNode<V, Unknown<O>>
    where
        A: hint::SameError<B>,
    {
        unreachable!()
    }
}

impl<A, B, N, O, V, W, E, F> Unlike<E, F>
    for Two<Part<A, N, V, Failing<E>>, Part<B, O, W, Failing<F>>>
{
}

/// A node beside one that was refused: no mistake, but nothing is known of both together.
pub trait Beside: Sized {
    fn rejoin_pair<V, O>(self) -> RefusedNode<V, Unknown<O>> {
        unreachable!()
    }
}

impl<A, B, N, O, V, W, M, X> Beside for Two<Part<A, N, V, Unknown<X>>, Part<B, O, W, M>> {}

impl<A, B, N, O, V, W, X> Beside for Two<Part<A, N, V, Plain>, Part<B, O, W, Unknown<X>>> {}

impl<A, B, N, O, V, W, E, X> Beside for Two<Part<A, N, V, Failing<E>>, Part<B, O, W, Unknown<X>>> {}

/// Sources whose futures give different types.
pub trait UnlikeOutputs<T, U> {
    fn rejoin_join<V>(&self) -> RefusedSource<V>
    where
        U: hint::SameOutput<T>,
    {
        unreachable!()
    }
}

impl<F: Future, G: Future, I, J> UnlikeOutputs<F::Output, G::Output>
    for Two<Source<F, I>, Source<G, J>>
{
}

/// Sets of one loop whose futures give different types.
pub trait UnlikeSets<T, U> {
    fn rejoin_both<V>(&self, _: &mut Order) -> &'static mut Pending<Ready<V>>
    where
        U: hint::SameOutput<T>,
    {
        unreachable!()
    }
}

impl<A: Live, B: Live> UnlikeSets<A::Output, B::Output> for Two<A, B> {}

/// A source whose futures give no `Result`s.
pub trait NotResults<F: Future> {
    fn rejoin_exception(&self) -> When<F::Output>
    where
        F::Output: hint::Fallible,
    {
        unreachable!()
    }

    fn rejoin_success(&self) -> When<F::Output>
    where
        F::Output: hint::Fallible,
    {
        unreachable!()
    }
}

impl<F: Future, I> NotResults<F> for Until<'_, Source<F, I>> {}

// ---- what bodies await ------------------------------------------------------------------------------------------

/// An operand of a body's `.await` that is not a future.
pub struct NotAwaited<X, W>(PhantomData<fn() -> (X, W)>);

// No trait, because it would have to be in scope of the bodies. The compiler looks for the method here where that of
// `Driving` does not fit.
impl<X, S, W> Deref for Driving<X, S, W> {
    type Target = NotAwaited<X, W>;

    fn deref(&self) -> &NotAwaited<X, W> {
        unreachable!()
    }
}

/// Makes a method's own parameter equal to `X`, because the compiler points at the receiver if a bound is on a parameter of its type.
pub trait Same<X> {}

impl<X, W> Same<X> for NotAwaited<X, W> {}

impl<X> NotAwaited<X, Anything> {
    pub fn on<Y, O>(&self) -> Ready<O>
    where
        Y: hint::Awaited,
        Self: Same<Y>,
    {
        unreachable!()
    }
}

impl<X> NotAwaited<X, Item> {
    pub fn on<Y, O>(&self) -> Ready<O>
    where
        Y: hint::AwaitedItem,
        Self: Same<Y>,
    {
        unreachable!()
    }
}

impl<X> NotAwaited<X, Output> {
    pub fn on<Y, O>(&self) -> Ready<O>
    where
        Y: hint::AwaitedOutput,
        Self: Same<Y>,
    {
        unreachable!()
    }
}

// ---- what a `for` loop cannot go through ------------------------------------------------------------------------

// The bounds are on the branches' type, because it is always known. If it were not, a bound on it might hold, and the methods of
// `Iterator` would be ambiguous with those of `StreamExt`. The items are those that the body expects.

#[doc(hidden)]
impl<F: Future + hint::LoopInside, I, C: Clock, T> Iterator for AsCompleted<F, I, C, T> {
    type Item = C::Item<T>;

    fn next(&mut self) -> Option<Self::Item> {
        unreachable!()
    }
}

#[doc(hidden)]
impl<F: Future + hint::LoopInside, I, C: Clock, T> Iterator for Indexed<F, I, C, T> {
    type Item = C::Item<(usize, T)>;

    fn next(&mut self) -> Option<Self::Item> {
        unreachable!()
    }
}
