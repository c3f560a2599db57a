//! The output of a gather, and how a deadline changes it.

use std::{
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{
    flat::Flatten,
    node::{Node, Partial},
};
use crate::{
    TimedOut,
    mode::{Failing, Mode, Plain},
    set::Close,
    timeout::{Deadline, Timeout},
};

/// How the results of a node `N`, which are a `V`, become the output of a call of the mode `M`.
pub trait Finish<N, V, M: Mode> {
    /// The gather's output.
    type Output;

    /// Returns the deadline, if there is one.
    fn clock(self: Pin<&mut Self>) -> Option<Pin<&mut Clock>>;

    /// All branches are done.
    fn complete(self: Pin<&mut Self>, node: Pin<&mut N>) -> Self::Output;

    /// A branch failed.
    fn fail(self: Pin<&mut Self>, error: M::Error) -> Self::Output;

    /// The deadline passed.
    fn expire(self: Pin<&mut Self>, node: Pin<&mut N>, late: TimedOut) -> Self::Output;
}

/// The results as they are, brought from nested pairs into their final form by `G`.
pub struct NoDeadline<G>(G);

impl<G> NoDeadline<G> {
    #[inline]
    pub(crate) const fn new(flat: G) -> Self {
        Self(flat)
    }
}

impl<N: Node<V, M::Error>, V, M: Mode, G: Flatten<V>> Finish<N, V, M> for NoDeadline<G> {
    type Output = M::Output<G::Flat>;

    #[inline]
    fn clock(self: Pin<&mut Self>) -> Option<Pin<&mut Clock>> {
        None
    }

    #[inline]
    fn complete(self: Pin<&mut Self>, node: Pin<&mut N>) -> Self::Output {
        M::output(Ok(self.0.flatten(node.take())))
    }

    #[inline]
    fn fail(self: Pin<&mut Self>, error: M::Error) -> Self::Output {
        M::output(Err(error))
    }

    fn expire(self: Pin<&mut Self>, _: Pin<&mut N>, _: TimedOut) -> Self::Output {
        unreachable!("there is no deadline")
    }
}

pin_project! {
    /// WithDeadline a deadline; `P` says what there is when it has passed.
    pub struct WithDeadline<G, P> {
        flat: G,
        late: P,
        #[pin]
        clock: Clock,
    }
}

impl<G, P> WithDeadline<G, P> {
    /// The results that are there at the deadline are the output if the call `keeps_results`, and are dropped otherwise.
    pub(crate) const fn new(flat: G, timeout: Timeout, late: P, keeps_results: bool) -> Self {
        Self {
            flat,
            late,
            clock: Clock {
                is_late: false,
                keeps_results,
                deadline: Deadline::new(timeout),
            },
        }
    }
}

pin_project! {
    /// The deadline of a gather.
    pub struct Clock {
        is_late: bool,
        keeps_results: bool,
        #[pin]
        deadline: Deadline,
    }
}

impl Clock {
    /// Returns how the branches come to an end in the turn that begins, if it was noted that the deadline passed. It is counted from
    /// the first turn.
    pub(super) fn closing(self: Pin<&mut Self>, is_first: bool) -> Option<Close> {
        let this = self.project();
        let is_zero = this.deadline.is_zero();
        if is_first {
            this.deadline.begin();
        }
        if is_zero {
            Some(Close::Once)
        } else {
            this.is_late.then_some(Close::Fairly)
        }
    }

    /// Returns whether to wait no longer. If the turn was yielded, this is only noted, because there is more to poll first.
    pub(super) fn poll(
        self: Pin<&mut Self>,
        yielded: bool,
        cx: &mut Context<'_>,
    ) -> Poll<TimedOut> {
        let this = self.project();
        let late = this.deadline.poll(cx);
        if yielded {
            *this.is_late |= late.is_ready();
            return Poll::Pending;
        }
        late
    }

    /// Returns whether the results that are there at the deadline are the output.
    pub(super) const fn keeps_results(&self) -> bool {
        self.keeps_results
    }
}

/// The output of a gather after its deadline has passed.
pub trait OnTimeout<N, V, M: Mode, G> {
    /// The gather's output.
    type Output;

    /// All branches are done.
    fn complete(&self, node: Pin<&mut N>, flat: &G) -> Self::Output;

    /// A branch failed.
    fn fail(&self, error: M::Error) -> Self::Output;

    /// The deadline passed.
    fn expire(&self, node: Pin<&mut N>, flat: &G, late: TimedOut) -> Self::Output;
}

impl<N, V, M: Mode, G, P: OnTimeout<N, V, M, G>> Finish<N, V, M> for WithDeadline<G, P> {
    type Output = P::Output;

    fn clock(self: Pin<&mut Self>) -> Option<Pin<&mut Clock>> {
        Some(self.project().clock)
    }

    fn complete(self: Pin<&mut Self>, node: Pin<&mut N>) -> P::Output {
        let this = self.project();
        this.late.complete(node, this.flat)
    }

    fn fail(self: Pin<&mut Self>, error: M::Error) -> P::Output {
        self.project().late.fail(error)
    }

    fn expire(self: Pin<&mut Self>, node: Pin<&mut N>, late: TimedOut) -> P::Output {
        let this = self.project();
        this.late.expire(node, this.flat, late)
    }
}

/// An error around everything: `Result<_, TimedOut>`.
pub struct OuterTimeout;

impl<N: Node<V, M::Error>, V, M: Mode, G: Flatten<V>> OnTimeout<N, V, M, G> for OuterTimeout {
    type Output = Result<M::Output<G::Flat>, TimedOut>;

    fn complete(&self, node: Pin<&mut N>, flat: &G) -> Self::Output {
        Ok(M::output(Ok(flat.flatten(node.take()))))
    }

    fn fail(&self, error: M::Error) -> Self::Output {
        Ok(M::output(Err(error)))
    }

    fn expire(&self, _: Pin<&mut N>, _: &G, late: TimedOut) -> Self::Output {
        Err(late)
    }
}

/// Reports the deadline as an error of the call's error type, as if a branch had failed with it.
pub struct TimeoutAsError<E>(fn(TimedOut) -> E);

impl<E> TimeoutAsError<E> {
    pub(crate) const fn new(convert: fn(TimedOut) -> E) -> Self {
        Self(convert)
    }

    pub(crate) fn convert(self) -> fn(TimedOut) -> E {
        self.0
    }
}

/// A mode that can be seen as one with the error type `E`.
pub trait NamedBy<E>: Mode {
    /// Names the error.
    fn named(error: Self::Error) -> E;
}

impl<E> NamedBy<E> for Plain {
    fn named(error: Self::Error) -> E {
        match error {}
    }
}

impl<E> NamedBy<E> for Failing<E> {
    fn named(error: E) -> E {
        error
    }
}

impl<N, V, M, G, E> OnTimeout<N, V, M, G> for TimeoutAsError<E>
where
    N: Node<V, M::Error>,
    M: NamedBy<E>,
    G: Flatten<V>,
{
    type Output = Result<G::Flat, E>;

    fn complete(&self, node: Pin<&mut N>, flat: &G) -> Self::Output {
        Ok(flat.flatten(node.take()))
    }

    fn fail(&self, error: M::Error) -> Self::Output {
        Err(M::named(error))
    }

    fn expire(&self, _: Pin<&mut N>, _: &G, late: TimedOut) -> Self::Output {
        Err((self.0)(late))
    }
}

/// Returns the results that are there at the deadline, a `P`, instead of an error.
pub struct PartialOutput<P>(PhantomData<fn() -> P>);

impl<P> PartialOutput<P> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<N: Partial<P>, V, M: Mode, G: Flatten<P>, P> OnTimeout<N, V, M, G> for PartialOutput<P> {
    type Output = M::Output<G::Flat>;

    fn complete(&self, node: Pin<&mut N>, flat: &G) -> Self::Output {
        M::output(Ok(flat.flatten(node.take_some())))
    }

    fn fail(&self, error: M::Error) -> Self::Output {
        M::output(Err(error))
    }

    fn expire(&self, node: Pin<&mut N>, flat: &G, _: TimedOut) -> Self::Output {
        M::output(Ok(flat.flatten(node.take_some())))
    }
}
