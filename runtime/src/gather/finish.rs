//! What a gather gives in the end, and when it does not wait for the end.

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

    /// The first poll is about to begin.
    fn begin(self: Pin<&mut Self>);

    /// Whether to wait no longer.
    fn poll_late(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TimedOut>;

    /// Notes whether to wait no longer, though there is more to poll first.
    fn note_late(self: Pin<&mut Self>, cx: &mut Context<'_>);

    /// Returns how the branches come to an end, if that was noted.
    fn closing(&self) -> Option<Close>;

    /// All branches are done.
    fn complete(self: Pin<&mut Self>, node: Pin<&mut N>) -> Self::Output;

    /// A branch failed.
    fn fail(self: Pin<&mut Self>, error: M::Error) -> Self::Output;

    /// The deadline passed.
    fn expire(self: Pin<&mut Self>, node: Pin<&mut N>, late: TimedOut) -> Self::Output;
}

/// The results as they are, brought from nested pairs into their final form by `G`.
pub struct Whenever<G>(G);

impl<G> Whenever<G> {
    #[inline]
    pub(crate) const fn new(flat: G) -> Self {
        Self(flat)
    }
}

impl<N: Node<V, M::Error>, V, M: Mode, G: Flatten<V>> Finish<N, V, M> for Whenever<G> {
    type Output = M::Output<G::Flat>;

    #[inline]
    fn begin(self: Pin<&mut Self>) {}

    #[inline]
    fn poll_late(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<TimedOut> {
        Poll::Pending
    }

    #[inline]
    fn note_late(self: Pin<&mut Self>, _: &mut Context<'_>) {}

    #[inline]
    fn closing(&self) -> Option<Close> {
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
    /// Within a deadline; `P` says what there is when it has passed.
    pub struct Within<G, P> {
        flat: G,
        late: P,
        is_late: bool,
        #[pin]
        deadline: Deadline,
    }
}

impl<G, P> Within<G, P> {
    pub(crate) const fn new(flat: G, timeout: Timeout, late: P) -> Self {
        Self {
            flat,
            late,
            is_late: false,
            deadline: Deadline::new(timeout),
        }
    }
}

/// What there is when the deadline has passed.
pub trait Late<N, V, M: Mode, G> {
    /// The gather's output.
    type Output;

    /// All branches are done.
    fn complete(&self, node: Pin<&mut N>, flat: &G) -> Self::Output;

    /// A branch failed.
    fn fail(&self, error: M::Error) -> Self::Output;

    /// The deadline passed.
    fn expire(&self, node: Pin<&mut N>, flat: &G, late: TimedOut) -> Self::Output;
}

impl<N, V, M: Mode, G, P: Late<N, V, M, G>> Finish<N, V, M> for Within<G, P> {
    type Output = P::Output;

    fn begin(self: Pin<&mut Self>) {
        self.project().deadline.begin();
    }

    fn poll_late(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TimedOut> {
        self.project().deadline.poll(cx)
    }

    fn note_late(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.project();
        *this.is_late |= this.deadline.poll(cx).is_ready();
    }

    fn closing(&self) -> Option<Close> {
        if self.deadline.is_zero() {
            Some(Close::Once)
        } else {
            self.is_late.then_some(Close::Fairly)
        }
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
pub struct Outside;

impl<N: Node<V, M::Error>, V, M: Mode, G: Flatten<V>> Late<N, V, M, G> for Outside {
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

/// An error like those of the branches, in the error type of the call.
pub struct Among<E>(fn(TimedOut) -> E);

impl<E> Among<E> {
    pub(crate) const fn new(convert: fn(TimedOut) -> E) -> Self {
        Self(convert)
    }
}

/// A mode whose errors are those of a call with the error type `E`.
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

impl<N, V, M, G, E> Late<N, V, M, G> for Among<E>
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

/// No error: what is done by then, a `P`.
pub struct Partly<P>(PhantomData<fn() -> P>);

impl<P> Partly<P> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<N: Partial<P>, V, M: Mode, G: Flatten<P>, P> Late<N, V, M, G> for Partly<P> {
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
