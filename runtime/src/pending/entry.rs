//! What a [`Pending`](super::Pending) holds: futures that were pushed, and what was taken over from another one.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{set::Held, trace::Watched};

pin_project! {
    /// A future in a set, which gives a `T`.
    #[project = EntryProjection]
    pub enum Entry<F: Future, T = <F as Future>::Output> {
        /// It was pushed.
        Own { #[pin] future: F },
        /// It comes from another set, where it was polled already.
        Taken { from: Box<Taken<F, T>> },
    }
}

/// What was taken over from another set.
pub enum Taken<F: Future, T = <F as Future>::Output> {
    /// A future, which stays where it is.
    Held(Held<Watched!(Entry<F, T>, crate::mode::AsValue)>),
    /// A result that was not handed out there.
    Done(Option<T>),
}

// A result is not pinned, and a future is pinned elsewhere.
impl<F: Future, T> Unpin for Taken<F, T> {}

impl<F: Future> Entry<F> {
    #[inline]
    pub(crate) const fn own(future: F) -> Self {
        Self::Own { future }
    }

    pub(crate) fn held(held: Held<Watched!(Self, crate::mode::AsValue)>) -> Self {
        Self::Taken {
            from: Box::new(Taken::Held(held)),
        }
    }

    pub(crate) fn done(output: F::Output) -> Self {
        Self::Taken {
            from: Box::new(Taken::Done(Some(output))),
        }
    }

    /// Shows the future to `see`, if it did not come from another set.
    pub(crate) fn visit_own(self: Pin<&mut Self>, see: impl FnOnce(Pin<&mut F>)) {
        if let EntryProjection::Own { future } = self.project() {
            see(future);
        }
    }
}

impl<F: Future> Future for Entry<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            EntryProjection::Own { future } => future.poll(cx),
            EntryProjection::Taken { from } => from.poll(cx),
        }
    }
}

impl<F: Future> Taken<F> {
    #[cold]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self {
            Self::Held(held) => held.future().poll(cx),
            Self::Done(output) => Poll::Ready(output.take().expect("it is polled once")),
        }
    }
}
