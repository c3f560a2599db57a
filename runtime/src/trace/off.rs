//! Nothing is watched.

#![allow(
    clippy::unused_self,
    clippy::extra_unused_type_parameters,
    reason = "what is watched uses them"
)]

use std::{future::Future, pin::Pin};

use tokio::task::JoinHandle;

use super::{End, Macro, Place};

/// The span of a call: there is none.
pub struct Call;

/// How what runs in a span ends: nobody asks.
pub struct Ending;

// What is there without the feature costs nothing: nothing is stored, and nothing is dropped.
const _: () = assert!(size_of::<Call>() == 0 && align_of::<Call>() == 1);
const _: () = assert!(!std::mem::needs_drop::<Call>());

impl Call {
    #[inline]
    pub(crate) fn new(_: Macro, _: impl FnOnce() -> usize) -> Self {
        Self
    }

    #[inline]
    pub(crate) const fn of_unknown(_: Macro) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn count(&mut self, _: impl FnOnce() -> usize) {}

    #[inline]
    pub(crate) fn run<R>(&mut self, work: impl FnOnce(&mut Ending) -> R) -> R {
        work(&mut Ending)
    }

    #[inline]
    pub(crate) const fn end(&mut self, _: End) {}
}

impl Ending {
    #[inline]
    pub(crate) const fn is(&mut self, _: End) {}

    #[inline]
    pub(crate) fn maybe(&mut self, _: impl FnOnce() -> Option<End>) {}
}

/// A branch.
#[inline]
pub(crate) fn branch<F, K>(future: F, _: Place) -> F {
    future
}

/// The branches of a collection.
#[inline]
pub(crate) fn branches<I: Iterator, K>(futures: I, _: fn(usize) -> Place) -> I {
    futures
}

/// A branch as it was given.
#[inline]
pub(crate) const fn inner<F>(branch: &F) -> &F {
    branch
}

/// Gives a branch its number.
#[inline]
pub(crate) const fn number<F>(_: Pin<&mut F>, _: usize) {}

/// The branch that is being polled has come to its own deadline.
#[inline]
pub(crate) const fn timed_out() {}

/// Starts a task.
#[inline]
#[track_caller]
pub(crate) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    tokio::spawn(future)
}

/// Starts a blocking task.
#[inline]
#[track_caller]
pub(crate) fn spawn_blocking<C, T>(closure: C) -> JoinHandle<T>
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    tokio::task::spawn_blocking(closure)
}
