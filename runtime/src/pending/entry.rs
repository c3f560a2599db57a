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
        /// It comes from another set, where it was polled already and stays.
        Held { future: Box<HeldEntry<F, T>> },
        /// It was done in another set, where its result was not handed out.
        Done { output: Option<Box<T>> },
    }
}

/// A future that was in another set.
type HeldEntry<F, T> = Held<Watched!(Entry<F, T>, crate::mode::AsValue), T>;

impl<F: Future> Entry<F> {
    #[inline]
    pub(crate) const fn own(future: F) -> Self {
        Self::Own { future }
    }

    pub(crate) fn held(future: HeldEntry<F, F::Output>) -> Self {
        let future = Box::new(future);
        Self::Held { future }
    }

    pub(crate) fn done(output: F::Output) -> Self {
        let output = Some(Box::new(output));
        Self::Done { output }
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
            EntryProjection::Held { future } => future.poll(cx),
            EntryProjection::Done { output } => {
                Poll::Ready(*output.take().expect("it is polled once"))
            }
        }
    }
}
