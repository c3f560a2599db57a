//! The part of a child that depends on types of the user: its future, and which way its output goes.
//!
//! All else is in [`running`](super::running), and compiled once: what is here is compiled for each future that is spawned.

use std::{
    any::Any,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{
    child::{Cell, Head},
    mode::GroupMode,
    running::{Member, Parts},
};
use crate::{hint::ChildOutput, trace::End};

/// What a child does: its future, and its output when it has one.
pub(super) trait Work: Send {
    /// Polls the future, keeps its output, and says how it has ended.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End>;

    /// Drops the future.
    fn clear(self: Pin<&mut Self>);

    /// Lets the output go its way, after the future was dropped. Whether this is the way: it is to be handed over with the output.
    fn give(self: Pin<&mut Self>, member: &mut Member) -> bool;

    /// What the child shares with its [`Child`](super::Child), if it does.
    fn head(&self) -> Option<&Head>;
}

/// The same of a child that a runtime runs.
pub(super) trait Task: Work {
    /// Puts the output into `slot`, an `Option` of it.
    fn take(self: Pin<&mut Self>, slot: &mut dyn Any);

    /// What the child shares with its [`Child`](super::Child), if it does.
    fn shared(&self) -> Option<Arc<dyn AsRef<Head> + Send + Sync>>;
}

/// A task that has ended, with its output.
pub(super) type Handed = Pin<Box<dyn Parts<dyn Task>>>;

/// Whether the output of an `F`, a `T`, may be handed over by the runtime, which saves an allocation.
///
/// If nobody wants the output, the runtime drops it, when a panic of its drop could be none of the group any more; and it
/// keeps the future's memory as long as there is a handle. So this is for outputs that need no drop, and small futures.
pub(super) const fn is_handed_over<F, T>() -> bool {
    !mem::needs_drop::<T>() && mem::size_of::<F>() <= 512
}

/// Takes the output out of what was handed over.
pub(super) fn take<T: 'static>(mut child: Handed) -> Option<T> {
    let mut output = None;
    child.as_mut().parts().1.take(&mut output as &mut Option<T>);
    output
}

/// Where the output of a child goes.
pub(super) struct Outlet<T, M: GroupMode> {
    errors: M::Errors,
    /// Shared with the [`Child`](super::Child). Without it the output is handed over by the runtime.
    cell: Option<Arc<Cell<T>>>,
}

impl<T, M: GroupMode> Outlet<T, M> {
    pub(super) const fn new(errors: M::Errors, cell: Option<Arc<Cell<T>>>) -> Self {
        Self { errors, cell }
    }

    pub(super) fn head(&self) -> Option<&Head> {
        self.cell.as_deref().map(AsRef::as_ref)
    }

    /// Lets what the child gives go its way. Returns an output that is to be handed over.
    pub(super) fn give(&mut self, result: Result<T, M::Error>, member: &mut Member) -> Option<T> {
        let output = match result {
            Ok(output) => output,
            Err(error) => {
                if member.core().fail() {
                    M::keep(&self.errors, error);
                }
                return None;
            }
        };
        let Some(cell) = &self.cell else {
            return Some(output);
        };
        // An output that nobody can see any more is dropped here, where its panic is one of the group.
        if Arc::strong_count(cell) > 1 {
            cell.put(output);
            member.settle(cell.as_ref().as_ref());
        }
        None
    }
}

pin_project! {
    /// A child's future, and where its output goes.
    pub(super) struct Job<F, T, M: GroupMode> {
        #[pin]
        future: Option<F>,
        result: Option<Result<T, M::Error>>,
        outlet: Outlet<T, M>,
    }
}

impl<F, T, M: GroupMode> Job<F, T, M> {
    pub(super) const fn new(future: F, outlet: Outlet<T, M>) -> Self {
        Self {
            future: Some(future),
            result: None,
            outlet,
        }
    }
}

impl<F, T, M> Work for Job<F, T, M>
where
    F: Future<Output: ChildOutput<M, Value = T>> + Send,
    T: Send,
    M: GroupMode<Errors: Send>,
    Self: Send,
{
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End> {
        let this = self.project();
        let future = this.future.as_pin_mut();
        let future = future.expect("it is there until it is done");
        let result = ready!(future.poll(cx)).split();
        let end = End::of::<M, _>(&result);
        *this.result = Some(result);
        Poll::Ready(end)
    }

    fn clear(self: Pin<&mut Self>) {
        self.project().future.set(None);
    }

    fn give(self: Pin<&mut Self>, member: &mut Member) -> bool {
        let this = self.project();
        if let Some(result) = this.result.take() {
            let output = this.outlet.give(result, member);
            *this.result = output.map(Ok);
        }
        this.result.is_some()
    }

    fn head(&self) -> Option<&Head> {
        self.outlet.head()
    }
}

impl<F, T, M> Task for Job<F, T, M>
where
    Self: Work,
    T: Send + 'static,
    M: GroupMode,
{
    fn take(self: Pin<&mut Self>, slot: &mut dyn Any) {
        let slot = slot.downcast_mut().expect("an output has one type");
        *slot = self.project().result.take().and_then(Result::ok);
    }

    fn shared(&self) -> Option<Arc<dyn AsRef<Head> + Send + Sync>> {
        Some(Arc::clone(self.outlet.cell.as_ref()?) as _)
    }
}

/// A closure as a future that is ready at once.
pub(super) struct Calls<C>(Option<C>);

impl<C> Calls<C> {
    pub(super) const fn new(closure: C) -> Self {
        Self(Some(closure))
    }
}

impl<C> Unpin for Calls<C> {}

impl<O, C: FnOnce() -> O> Future for Calls<C> {
    type Output = O;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<O> {
        let closure = self.0.take().expect("it is called once");
        Poll::Ready(closure())
    }
}
