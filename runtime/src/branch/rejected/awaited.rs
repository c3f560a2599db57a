//! Values that a body awaits although they are not futures, and streams in a `for` loop.

use std::{
    future::{Future, Ready},
    marker::PhantomData,
    ops::Deref,
};

use crate::{
    as_completed::{AsCompleted, Indexed},
    drive::{Anything, Driving, Item, Output},
    end_policy::EndPolicy,
    hint,
};

/// An operand of an `.await` in a body that is not a future. `W` says which kind of variable it is.
pub struct NotAFuture<X, W>(PhantomData<fn() -> (X, W)>);

// This is not a trait, because a trait would have to be in scope of the body. If the method of `Driving` does not fit, the compiler
// looks for one here.
impl<X, S, W> Deref for Driving<X, S, W> {
    type Target = NotAFuture<X, W>;

    fn deref(&self) -> &NotAFuture<X, W> {
        unreachable!()
    }
}

/// Makes a method's own type parameter equal to `X`. The bound is on the method's parameter, because the compiler would report a
/// bound on a parameter of the receiver's type at the receiver.
pub trait Same<X> {}

impl<X, W> Same<X> for NotAFuture<X, W> {}

impl<X> NotAFuture<X, Anything> {
    pub fn on<Y, O>(&self) -> Ready<O>
    where
        Y: hint::Awaitable,
        Self: Same<Y>,
    {
        unreachable!()
    }
}

impl<X> NotAFuture<X, Item> {
    pub fn on<Y, O>(&self) -> Ready<O>
    where
        Y: hint::AwaitableItem,
        Self: Same<Y>,
    {
        unreachable!()
    }
}

impl<X> NotAFuture<X, Output> {
    pub fn on<Y, O>(&self) -> Ready<O>
    where
        Y: hint::AwaitableOutput,
        Self: Same<Y>,
    {
        unreachable!()
    }
}

// A `for` loop around a stream. The bounds are on the type of the branches, because that type is always known. A bound on a type that
// is not known yet might hold, and the methods of `Iterator` would be ambiguous with the methods of `StreamExt`. The items have the
// types that the stream has, so that the body of the loop causes no further errors.

#[doc(hidden)]
impl<F: Future + hint::ForLoopOutside, I, C: EndPolicy, O, T> Iterator
    for AsCompleted<F, I, C, O, T>
{
    type Item = C::Item<T>;

    fn next(&mut self) -> Option<Self::Item> {
        unreachable!()
    }
}

#[doc(hidden)]
impl<F: Future + hint::ForLoopOutside, I, C: EndPolicy, O, T> Iterator for Indexed<F, I, C, O, T> {
    type Item = C::Item<(usize, T)>;

    fn next(&mut self) -> Option<Self::Item> {
        unreachable!()
    }
}
