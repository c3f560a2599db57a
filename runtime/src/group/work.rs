//! The part of a child that depends on the user's types: its future, and the way of its output.
//!
//! It is compiled for each future that is spawned. Everything else of a child is in [`child_future`](super::child_future), and is
//! compiled once.

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
    cell::{Header, OutputCell},
    membership::Membership,
    mode::GroupMode,
};
use crate::{hint::ChildOutput, trace::End};

/// A child's future, and its output after the future has returned it.
pub(super) trait Work: Send {
    /// Polls the future and keeps its output. Reports how it has ended.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End>;

    /// Drops the future.
    fn drop_future(self: Pin<&mut Self>);

    /// Sends the output to the `Child`, after the future was dropped. Reports whether the output stays here, and this must
    /// go through the runtime's `JoinHandle`.
    fn send_output(self: Pin<&mut Self>, membership: &mut Membership) -> bool;

    /// Finds the header of the cell that the child shares with its `Child`, if there is one.
    fn header(&self) -> Option<&Header>;
}

/// The [`Work`] of a child that the runtime runs.
pub(super) trait TaskWork: Work {
    /// Moves the output into `slot`, which is an `Option<T>` for an output of type `T`.
    fn take_output(self: Pin<&mut Self>, slot: &mut dyn Any);

    /// Clones the cell that the child shares with its `Child`, if there is one.
    fn shared_cell(&self) -> Option<Arc<dyn AsRef<Header> + Send + Sync>>;
}

/// The way of an output from the child to its `Child`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputVia {
    /// An [`OutputCell`] that both of them share.
    Cell,
    /// The runtime's `JoinHandle`, which hands back the child with the output in it. This needs no allocation.
    JoinHandle,
}

impl OutputVia {
    /// Chooses the way for the output `T` of a task with the future `F`.
    ///
    /// With a `JoinHandle` the runtime drops an output that nothing takes, and a panic of that drop would not reach the group. The
    /// handle also keeps the memory of the future alive. So only the outputs of small futures go this way, and only if
    /// they need no drop.
    pub(super) const fn of<F, T>() -> Self {
        if mem::needs_drop::<T>() || mem::size_of::<F>() > 512 {
            Self::Cell
        } else {
            Self::JoinHandle
        }
    }
}

/// Sends the output of a child to its `Child`, and its error to the group.
pub(super) struct OutputSink<T, M: GroupMode> {
    errors: M::Errors,
    /// `None` if the output goes through a `JoinHandle`.
    cell: Option<Arc<OutputCell<T>>>,
}

impl<T, M: GroupMode> OutputSink<T, M> {
    pub(super) const fn new(errors: M::Errors, cell: Option<Arc<OutputCell<T>>>) -> Self {
        Self { errors, cell }
    }

    pub(super) fn header(&self) -> Option<&Header> {
        self.cell.as_deref().map(OutputCell::header)
    }

    /// Sends the result. The caller gets back an output that must go through the `JoinHandle`.
    pub(super) fn send(
        &mut self,
        result: Result<T, M::Error>,
        membership: &mut Membership,
    ) -> Option<T> {
        let output = match result {
            Ok(output) => output,
            Err(error) => {
                if membership.core().fail() {
                    M::keep(&self.errors, error);
                }
                return None;
            }
        };
        let Some(cell) = &self.cell else {
            return Some(output);
        };
        // If the `Child` was dropped, the output is dropped here, where the group catches a panic of the drop.
        if Arc::strong_count(cell) > 1 {
            cell.set_output(output);
            membership.report_finished(cell.header());
        }
        None
    }
}

pin_project! {
    /// A future that was spawned, and the sink of its output.
    pub(super) struct SpawnedFuture<F, T, M: GroupMode> {
        #[pin]
        future: Option<F>,
        result: Option<Result<T, M::Error>>,
        sink: OutputSink<T, M>,
    }
}

impl<F, T, M: GroupMode> SpawnedFuture<F, T, M> {
    pub(super) const fn new(future: F, sink: OutputSink<T, M>) -> Self {
        Self {
            future: Some(future),
            result: None,
            sink,
        }
    }
}

impl<F, T, M> Work for SpawnedFuture<F, T, M>
where
    F: Future<Output: ChildOutput<M, Value = T>> + Send,
    T: Send,
    M: GroupMode<Errors: Send>,
    Self: Send,
{
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End> {
        let this = self.project();
        let future = this.future.as_pin_mut();
        let future = future.expect("the future has not finished");
        let result = ready!(future.poll(cx)).split();
        let end = End::of::<M, _>(&result);
        *this.result = Some(result);
        Poll::Ready(end)
    }

    fn drop_future(self: Pin<&mut Self>) {
        self.project().future.set(None);
    }

    fn send_output(self: Pin<&mut Self>, membership: &mut Membership) -> bool {
        let this = self.project();
        if let Some(result) = this.result.take() {
            let output = this.sink.send(result, membership);
            *this.result = output.map(Ok);
        }
        this.result.is_some()
    }

    fn header(&self) -> Option<&Header> {
        self.sink.header()
    }
}

impl<F, T, M> TaskWork for SpawnedFuture<F, T, M>
where
    Self: Work,
    T: Send + 'static,
    M: GroupMode,
{
    fn take_output(self: Pin<&mut Self>, slot: &mut dyn Any) {
        let slot = slot
            .downcast_mut()
            .expect("the slot is of the output's type");
        *slot = self.project().result.take().and_then(Result::ok);
    }

    fn shared_cell(&self) -> Option<Arc<dyn AsRef<Header> + Send + Sync>> {
        Some(Arc::clone(self.sink.cell.as_ref()?) as _)
    }
}

/// A closure as a future that is ready at its first poll.
pub(super) struct BlockingTask<C>(Option<C>);

impl<C> BlockingTask<C> {
    pub(super) const fn new(closure: C) -> Self {
        Self(Some(closure))
    }
}

impl<C> Unpin for BlockingTask<C> {}

impl<O, C: FnOnce() -> O> Future for BlockingTask<C> {
    type Output = O;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<O> {
        let closure = self.0.take().expect("it is polled once");
        Poll::Ready(closure())
    }
}
