//! Nothing is watched.

#![allow(
    clippy::unused_self,
    clippy::extra_unused_type_parameters,
    reason = "what is watched uses them"
)]

use std::{future::Future, mem::needs_drop, pin::Pin};

use tokio::{runtime::Handle, task::JoinHandle};

use super::{End, Macro, Place};

/// The span of a call: there is none.
pub struct Call;

/// The span of a group, for its children: there is none.
#[derive(Clone)]
pub(crate) struct Scope;

/// The span of a child: there is none.
pub(crate) struct Child;

/// Where a child was started: nobody asks.
pub(crate) struct At;

/// How what runs in a span ends: nobody asks.
pub struct Ending;

// What is there without the feature costs nothing: nothing is stored, and nothing is dropped.
const _: () = assert!(size_of::<(Call, Scope, Child)>() == 0);
const _: () = assert!(!needs_drop::<(Call, Scope, Child)>());

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

    /// It is taken out while it runs, of what it runs.
    #[inline]
    pub(crate) const fn take(&mut self) -> Self {
        Self
    }

    #[inline]
    pub(crate) const fn scope(&self) -> Scope {
        Scope
    }
}

impl Scope {
    #[inline]
    pub(crate) const fn child(&self, _: &'static str) -> Child {
        Child
    }
}

impl Child {
    #[inline]
    pub(crate) fn run<R>(&mut self, work: impl FnOnce() -> R) -> R {
        work()
    }

    #[inline]
    pub(crate) fn drop_in<R>(&mut self, work: impl FnOnce() -> R) -> R {
        work()
    }

    #[inline]
    pub(crate) fn end(&mut self, _: impl FnOnce() -> End) {}

    #[inline]
    pub(crate) const fn at(&self) -> At {
        At
    }
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
pub(crate) fn branches<F, K>(futures: Vec<F>, _: impl Fn(usize) -> Place) -> Vec<F> {
    futures
}

/// A branch as it was given.
#[inline]
pub(crate) const fn inner<F>(branch: Pin<&mut F>) -> Pin<&mut F> {
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

/// Starts a child as a task.
#[inline]
pub(crate) fn spawn_on<F>(runtime: &Handle, _: At, future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    runtime.spawn(future)
}

/// Starts a child that blocks.
#[inline]
pub(crate) fn spawn_blocking_on<C, T>(runtime: &Handle, _: At, closure: C) -> JoinHandle<T>
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    runtime.spawn_blocking(closure)
}
