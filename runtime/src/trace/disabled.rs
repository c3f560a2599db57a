//! Empty types and functions in place of the spans.

#![allow(
    clippy::unused_self,
    clippy::extra_unused_type_parameters,
    reason = "spans use them"
)]

use std::{future::Future, mem::needs_drop, pin::Pin};

use tokio::{runtime::Handle, task::JoinHandle};

use super::{BranchId, End, Macro};

/// Replaces the span of a call.
pub struct Call;

/// Replaces the span of a group.
#[derive(Clone)]
pub(crate) struct Scope;

/// Replaces the span of a child.
pub(crate) struct Child;

/// Replaces the location at which a child was spawned.
pub(crate) struct At;

/// Replaces the end of the work in a span.
pub struct Ending;

// Without the feature nothing is stored and nothing is dropped.
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

/// Returns the branch as it is.
#[inline]
pub(crate) fn branch<F, K>(future: F, _: BranchId) -> F {
    future
}

/// Returns the branches as they are.
#[inline]
pub(crate) fn branches<F, K>(futures: Vec<F>, _: impl Fn(usize) -> BranchId) -> Vec<F> {
    futures
}

/// Returns the branch as it is.
#[inline]
pub(crate) const fn inner<F>(branch: Pin<&mut F>) -> Pin<&mut F> {
    branch
}

/// Does nothing: a branch without a span has no number.
#[inline]
pub(crate) const fn number<F>(_: Pin<&mut F>, _: usize) {}

/// Does nothing: without a span no timeout is recorded.
#[inline]
pub(crate) const fn timed_out() {}

/// Spawns a task.
#[inline]
#[track_caller]
pub(crate) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    tokio::spawn(future)
}

/// Spawns a task that runs on this thread.
#[inline]
#[track_caller]
pub(crate) fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: 'static> + 'static,
{
    tokio::task::spawn_local(future)
}

/// Runs a closure on a blocking thread.
#[inline]
#[track_caller]
pub(crate) fn spawn_blocking<C, T>(closure: C) -> JoinHandle<T>
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    tokio::task::spawn_blocking(closure)
}

/// Spawns the task of a child.
#[inline]
pub(crate) fn spawn_on<F>(runtime: &Handle, _: At, future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    runtime.spawn(future)
}

/// Runs the closure of a child on a blocking thread.
#[inline]
pub(crate) fn spawn_blocking_on<C, T>(runtime: &Handle, _: At, closure: C) -> JoinHandle<T>
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    runtime.spawn_blocking(closure)
}
