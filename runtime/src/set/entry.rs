//! Futures of a set that can be waited on again.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::detached::Detached;
use crate::trace::Watched;

pin_project! {
    /// A future in a [`Pending`](crate::Pending), with an output of type `T`.
    #[project = EntryProjection]
    pub enum Entry<F: Future, T = <F as Future>::Output> {
        /// A future that was pushed.
        #[doc(hidden)]
        Own { #[pin] future: F },
        /// A future that comes from another set, where it was polled already and stays, or an output that was not handed out there.
        #[doc(hidden)]
        Detached { future: Detached<F, T> },
    }
}

impl<F: Future> Entry<F> {
    /// Returns a future that is in no other set.
    #[inline]
    pub(crate) const fn own(future: F) -> Self {
        Self::Own { future }
    }

    /// Returns a future of another set.
    pub(crate) fn detached(
        future: Detached<Watched!(Self, crate::mode::AsValue), F::Output>,
    ) -> Self {
        // SAFETY: an entry owns an `F`, or what belongs to an `F` and its output. A span, where it is watched, lives as long as anything and
        // goes anywhere.
        let future = unsafe { future.belonging_to() };
        Self::Detached { future }
    }

    /// Returns an output that was not handed out.
    pub(crate) fn done(output: F::Output) -> Self {
        let future = Detached::output(output);
        Self::Detached { future }
    }

    /// Returns the same entry for futures of a type `G`. `wrap` puts a future that is in no other set into a `G`.
    ///
    /// # Safety
    ///
    /// As for [`Detached::belonging_to`], for this output.
    #[inline]
    unsafe fn owned_by<G>(self, wrap: impl FnOnce(F) -> G) -> Entry<G>
    where
        G: Future<Output = F::Output>,
    {
        match self {
            Self::Own { future } => Entry::own(wrap(future)),
            Self::Detached { future } => {
                // SAFETY: as the caller says.
                let future = unsafe { future.belonging_to() };
                Entry::Detached { future }
            }
        }
    }

    /// Shows the future to `see`, if it did not come from another set.
    pub(crate) fn visit_own(self: Pin<&mut Self>, see: impl FnOnce(Pin<&mut F>)) {
        if let EntryProjection::Own { future } = self.project() {
            see(future);
        }
    }
}

impl<F: Future, T> fmt::Debug for Entry<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").finish_non_exhaustive()
    }
}

impl<F: Future> Future for Entry<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            EntryProjection::Own { future } => future.poll(cx),
            EntryProjection::Detached { future } => future.poll(cx),
        }
    }
}

pin_project! {
    /// One of two types of futures with the same output.
    #[project = SumProjection]
    pub enum Sum<F, G> {
        /// A future of the first type.
        First { #[pin] future: F },
        /// A future of the second type.
        Second { #[pin] future: G },
    }
}

impl<F: Future, G: Future<Output = F::Output>> Future for Sum<F, G> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            SumProjection::First { future } => future.poll(cx),
            SumProjection::Second { future } => future.poll(cx),
        }
    }
}

impl<F: Future, G: Future<Output = F::Output>> Sum<F, G> {
    /// Returns an entry for futures of the first type as one for both.
    #[inline]
    pub(crate) fn first(entry: Entry<F>) -> Entry<Self> {
        // SAFETY: a sum may own an `F`, so it neither outlives nor goes farther than one.
        unsafe { entry.owned_by(|future| Self::First { future }) }
    }

    /// Returns an entry for futures of the second type as one for both.
    #[inline]
    pub(crate) fn second(entry: Entry<G>) -> Entry<Self> {
        // SAFETY: a sum may own a `G`, so it neither outlives nor goes farther than one.
        unsafe { entry.owned_by(|future| Self::Second { future }) }
    }
}
