//! The value of `until`, and values that are no futures.

use std::future::{Future, IntoFuture, Ready};

use crate::{hint, until::Until};

/// The value of `until`.
pub struct UntilValue<T>(pub T);

/// The value of `until`, if it contains an `.await`.
pub struct AwaitedUntilValue<T>(pub T);

impl<T: IntoFuture> UntilValue<T> {
    #[inline]
    pub fn rejoin_until(self) -> Until<T::IntoFuture> {
        Until::new(self.0.into_future())
    }
}

impl<T: IntoFuture> AwaitedUntilValue<T> {
    #[inline]
    pub fn rejoin_until(self) -> Until<T::IntoFuture> {
        Until::new(self.0.into_future())
    }
}

/// A mutable reference to a future that is not pinned.
pub trait UnpinnedUntil<T>: Sized {
    fn rejoin_until(self) -> Until<Ready<()>>
    where
        T: hint::PinnedFuture,
    {
        unreachable!()
    }
}

impl<F: Future> UnpinnedUntil<F> for UntilValue<&mut F> {}

/// A function or a closure that returns a future.
pub trait FunctionUntil<T>: Sized {
    fn rejoin_until(self) -> Until<Ready<()>>
    where
        T: hint::UntilNotAFunction,
    {
        unreachable!()
    }
}

impl<T: FnOnce() -> F, F: IntoFuture> FunctionUntil<T> for UntilValue<T> {}

/// A value of any other type.
pub trait OtherUntil<T> {
    fn rejoin_until(&self) -> Until<Ready<()>>
    where
        T: hint::UntilFuture,
    {
        unreachable!()
    }
}

impl<T> OtherUntil<T> for UntilValue<T> {}

/// The output of a future that the value awaits.
pub trait AwaitedUntil<T> {
    fn rejoin_until(&self) -> Until<Ready<()>>
    where
        T: hint::UnawaitedUntil,
    {
        unreachable!()
    }
}

impl<T> AwaitedUntil<T> for AwaitedUntilValue<T> {}
