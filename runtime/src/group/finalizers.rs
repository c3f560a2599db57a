//! The finalizers of a group: the futures of [`defer`](crate::TaskGroup::defer) that were not started yet.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use tokio::time::Instant;

use super::mode::GroupMode;
use crate::hint::TakesCleanUp;

/// A future of `defer`, without its type.
pub(super) type Finalizer<'a> = Pin<Box<dyn Finalize + Send + 'a>>;

/// A future of `defer`, and the way of its error to the group.
pub(super) trait Finalize {
    /// Polls the future. Its error is dropped unless `keeps_error`.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>, keeps_error: bool) -> Poll<()>;
}

pin_project! {
    struct DeferredFuture<F, M: GroupMode> {
        #[pin]
        future: F,
        errors: M::Errors,
        mode: PhantomData<fn() -> M>,
    }
}

impl<F, M> Finalize for DeferredFuture<F, M>
where
    F: Future,
    M: GroupMode<Output<()>: TakesCleanUp<F::Output, M::Error>>,
{
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>, keeps_error: bool) -> Poll<()> {
        let this = self.project();
        let output = ready!(this.future.poll(cx));
        if let Err(error) = M::Output::<()>::split(output) {
            if keeps_error {
                M::keep_from_clean_up(this.errors, error);
            }
        }
        Poll::Ready(())
    }
}

/// Boxes a future of `defer`.
pub(super) fn finalizer<'a, F, M>(future: F, errors: M::Errors) -> Finalizer<'a>
where
    F: Future + Send + 'a,
    M: GroupMode<Output<()>: TakesCleanUp<F::Output, M::Error>, Errors: Send> + 'a,
{
    Box::pin(DeferredFuture::<F, M> {
        future,
        errors,
        mode: PhantomData,
    })
}

/// A finalizer in the stack of its group.
pub(super) enum Deferred {
    /// A finalizer that borrows nothing.
    Owned(Finalizer<'static>),
    /// A finalizer that may borrow. It is in the group's inbox, under this ticket.
    InPlace(u64),
}

/// The finalizers of a group, in the order in which they were registered.
#[derive(Default)]
pub(super) struct Finalizers {
    stack: Vec<Deferred>,
    stage: Stage,
    /// When the clean-up must have ended, if it has begun and has a deadline.
    deadline: Option<Instant>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    InFuture,
    /// The group's future was dropped, and a task runs them.
    InTask,
    /// The last of them was taken.
    Closed,
}

impl Finalizers {
    /// Adds a finalizer. Fails when the last one was taken.
    pub(super) fn push(&mut self, finalizer: Deferred) -> Result<(), Deferred> {
        if self.stage == Stage::Closed {
            return Err(finalizer);
        }
        self.stack.push(finalizer);
        Ok(())
    }

    /// Takes the finalizer that was registered last. If there is none, none can be added from now on.
    pub(super) fn pop(&mut self) -> Option<Deferred> {
        let last = self.stack.pop();
        if last.is_none() {
            self.stage = Stage::Closed;
        }
        last
    }

    /// Checks, once, whether a task must run the finalizers, after the group's future was dropped. If there are none, none can be
    /// added from now on.
    pub(super) fn move_to_task(&mut self) -> bool {
        let moves = self.stage == Stage::InFuture;
        if moves {
            self.stage = if self.stack.is_empty() {
                Stage::Closed
            } else {
                Stage::InTask
            };
        }
        self.stage == Stage::InTask && moves
    }

    /// Returns the deadline of the clean-up, which is `deadline` if it begins now.
    pub(super) fn begin(&mut self, deadline: Instant) -> Instant {
        *self.deadline.get_or_insert(deadline)
    }
}
