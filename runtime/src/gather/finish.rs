//! What a gather gives in the end, and when it does not wait for the end.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::node::{ErrorOf, Node};
use crate::{
    TimedOut,
    mode::{Failing, Mode, Plain},
    timeout::Deadline,
};

/// How the results of the node `N` become the output.
pub trait Finish<N: Node> {
    /// The gather's output.
    type Output;

    /// The first poll is about to begin.
    fn begin(self: Pin<&mut Self>);

    /// Whether to wait no longer.
    fn poll_late(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TimedOut>;

    /// Notes whether to wait no longer, though there is more to poll first.
    fn note_late(self: Pin<&mut Self>, cx: &mut Context<'_>);

    /// Whether that was noted.
    fn is_late(&self) -> bool;

    /// All branches are done.
    fn complete(self: Pin<&mut Self>, node: Pin<&mut N>) -> Self::Output;

    /// A branch failed.
    fn fail(self: Pin<&mut Self>, error: ErrorOf<N>) -> Self::Output;

    /// The deadline passed.
    fn expire(self: Pin<&mut Self>, node: Pin<&mut N>, late: TimedOut) -> Self::Output;
}

/// The results as they are, brought from nested pairs into their final form by `G`.
pub struct Whenever<G>(G);

impl<G> Whenever<G> {
    #[inline]
    pub(crate) const fn new(shape: G) -> Self {
        Self(shape)
    }
}

impl<N: Node, G: Fn(N::Values) -> O, O> Finish<N> for Whenever<G> {
    type Output = <N::Mode as Mode>::Output<O>;

    #[inline]
    fn begin(self: Pin<&mut Self>) {}

    #[inline]
    fn poll_late(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<TimedOut> {
        Poll::Pending
    }

    #[inline]
    fn note_late(self: Pin<&mut Self>, _: &mut Context<'_>) {}

    #[inline]
    fn is_late(&self) -> bool {
        false
    }

    #[inline]
    fn complete(self: Pin<&mut Self>, node: Pin<&mut N>) -> Self::Output {
        N::Mode::output(Ok((self.0)(node.take())))
    }

    #[inline]
    fn fail(self: Pin<&mut Self>, error: ErrorOf<N>) -> Self::Output {
        N::Mode::output(Err(error))
    }

    fn expire(self: Pin<&mut Self>, _: Pin<&mut N>, _: TimedOut) -> Self::Output {
        unreachable!("there is no deadline")
    }
}

pin_project! {
    /// Within a deadline; `P` says what there is when it has passed.
    pub struct Within<G, P> {
        shape: G,
        late: P,
        is_late: bool,
        #[pin]
        deadline: Deadline,
    }
}

impl<G, P> Within<G, P> {
    pub(crate) const fn new(shape: G, after: Duration, late: P) -> Self {
        Self {
            shape,
            late,
            is_late: false,
            deadline: Deadline::new(after),
        }
    }
}

/// What there is when the deadline has passed.
pub trait Late<N: Node, G> {
    /// The gather's output.
    type Output;

    /// All branches are done.
    fn complete(&self, node: Pin<&mut N>, shape: &G) -> Self::Output;

    /// A branch failed.
    fn fail(&self, error: ErrorOf<N>) -> Self::Output;

    /// The deadline passed.
    fn expire(&self, node: Pin<&mut N>, shape: &G, late: TimedOut) -> Self::Output;
}

impl<N: Node, G, P: Late<N, G>> Finish<N> for Within<G, P> {
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

    fn is_late(&self) -> bool {
        self.is_late
    }

    fn complete(self: Pin<&mut Self>, node: Pin<&mut N>) -> P::Output {
        let this = self.project();
        this.late.complete(node, this.shape)
    }

    fn fail(self: Pin<&mut Self>, error: ErrorOf<N>) -> P::Output {
        self.project().late.fail(error)
    }

    fn expire(self: Pin<&mut Self>, node: Pin<&mut N>, late: TimedOut) -> P::Output {
        let this = self.project();
        this.late.expire(node, this.shape, late)
    }
}

/// An error around everything: `Result<_, TimedOut>`.
pub struct Outside;

impl<N: Node, G: Fn(N::Values) -> O, O> Late<N, G> for Outside {
    type Output = Result<<N::Mode as Mode>::Output<O>, TimedOut>;

    fn complete(&self, node: Pin<&mut N>, shape: &G) -> Self::Output {
        Ok(N::Mode::output(Ok(shape(node.take()))))
    }

    fn fail(&self, error: ErrorOf<N>) -> Self::Output {
        Ok(N::Mode::output(Err(error)))
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

impl<N: Node, G: Fn(N::Values) -> O, O, E> Late<N, G> for Among<E>
where
    N::Mode: NamedBy<E>,
{
    type Output = Result<O, E>;

    fn complete(&self, node: Pin<&mut N>, shape: &G) -> Self::Output {
        Ok(shape(node.take()))
    }

    fn fail(&self, error: ErrorOf<N>) -> Self::Output {
        Err(<N::Mode as NamedBy<E>>::named(error))
    }

    fn expire(&self, _: Pin<&mut N>, _: &G, late: TimedOut) -> Self::Output {
        Err((self.0)(late))
    }
}

/// No error: what is done by then.
pub struct Partly;

impl<N: Node, G: Fn(N::Partial) -> O, O> Late<N, G> for Partly {
    type Output = <N::Mode as Mode>::Output<O>;

    fn complete(&self, node: Pin<&mut N>, shape: &G) -> Self::Output {
        N::Mode::output(Ok(shape(node.take_some())))
    }

    fn fail(&self, error: ErrorOf<N>) -> Self::Output {
        N::Mode::output(Err(error))
    }

    fn expire(&self, node: Pin<&mut N>, shape: &G, _: TimedOut) -> Self::Output {
        N::Mode::output(Ok(shape(node.take_some())))
    }
}
