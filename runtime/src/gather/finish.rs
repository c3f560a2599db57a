//! The output of a gather, and how an early end changes it.

use std::{convert::Infallible, marker::PhantomData, pin::Pin};

use pin_project_lite::pin_project;

use super::{
    early_end::{EarlyEnd, EndSource},
    flat::Flatten,
    node::{Node, Partial},
};
use crate::{
    Stopped, TimedOut,
    mode::{Failing, Mode, Plain},
};

/// How the results of a node `N`, which are a `V`, become the output of a call of the mode `M`.
pub trait Finish<N, V, M: Mode> {
    /// The gather's output.
    type Output;

    /// The source of an early end.
    type Source: EndSource;

    /// Whether the results that are there at an early end are part of the output. Otherwise they are dropped.
    const KEEPS_RESULTS: bool;

    /// Returns the source of an early end, if there is one.
    fn source(self: Pin<&mut Self>) -> Option<Pin<&mut Self::Source>>;

    /// All branches are done.
    fn complete(self: Pin<&mut Self>, node: Pin<&mut N>) -> Self::Output;

    /// A branch failed.
    fn fail(self: Pin<&mut Self>, error: M::Error) -> Self::Output;

    /// The source ended the call.
    fn end_early(
        self: Pin<&mut Self>,
        node: Pin<&mut N>,
        end: <Self::Source as EndSource>::End,
    ) -> Self::Output;
}

/// The results as they are, brought from nested pairs into their final form by `G`.
pub struct AtCompletion<G>(G);

impl<G> AtCompletion<G> {
    #[inline]
    pub(crate) const fn new(flat: G) -> Self {
        Self(flat)
    }
}

impl<N: Node<V, M::Error>, V, M: Mode, G: Flatten<V>> Finish<N, V, M> for AtCompletion<G> {
    type Output = M::Output<G::Flat>;
    type Source = Infallible;
    const KEEPS_RESULTS: bool = false;

    #[inline]
    fn source(self: Pin<&mut Self>) -> Option<Pin<&mut Infallible>> {
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

    fn end_early(self: Pin<&mut Self>, _: Pin<&mut N>, end: Infallible) -> Self::Output {
        match end {}
    }
}

pin_project! {
    /// A call that the source `S` may end early. `P` makes the output.
    pub struct WithEarlyEnd<G, S, P> {
        flat: G,
        output: P,
        #[pin]
        source: S,
    }
}

impl<G, S, P> WithEarlyEnd<G, S, P> {
    #[inline]
    pub(crate) const fn new(flat: G, source: S, output: P) -> Self {
        Self {
            flat,
            output,
            source,
        }
    }
}

/// The output of a gather that an `X` may end early.
pub trait OnEarlyEnd<N, V, M: Mode, G, X> {
    /// The gather's output.
    type Output;

    /// See [`Finish::KEEPS_RESULTS`].
    const KEEPS_RESULTS: bool = false;

    /// All branches are done.
    fn complete(&self, node: Pin<&mut N>, flat: &G) -> Self::Output;

    /// A branch failed.
    fn fail(&self, error: M::Error) -> Self::Output;

    /// The call ended early.
    fn end_early(&self, node: Pin<&mut N>, flat: &G, end: X) -> Self::Output;
}

impl<N, V, M, G, S, P> Finish<N, V, M> for WithEarlyEnd<G, S, P>
where
    M: Mode,
    S: EndSource,
    P: OnEarlyEnd<N, V, M, G, S::End>,
{
    type Output = P::Output;
    type Source = S;
    const KEEPS_RESULTS: bool = P::KEEPS_RESULTS;

    fn source(self: Pin<&mut Self>) -> Option<Pin<&mut S>> {
        Some(self.project().source)
    }

    fn complete(self: Pin<&mut Self>, node: Pin<&mut N>) -> P::Output {
        let this = self.project();
        this.output.complete(node, this.flat)
    }

    fn fail(self: Pin<&mut Self>, error: M::Error) -> P::Output {
        self.project().output.fail(error)
    }

    fn end_early(self: Pin<&mut Self>, node: Pin<&mut N>, end: S::End) -> P::Output {
        let this = self.project();
        this.output.end_early(node, this.flat, end)
    }
}

/// An error around everything, for example `Result<_, TimedOut>`.
pub struct OuterError;

impl<N: Node<V, M::Error>, V, M: Mode, G: Flatten<V>, X> OnEarlyEnd<N, V, M, G, X> for OuterError {
    type Output = Result<M::Output<G::Flat>, X>;

    fn complete(&self, node: Pin<&mut N>, flat: &G) -> Self::Output {
        Ok(M::output(Ok(flat.flatten(node.take()))))
    }

    fn fail(&self, error: M::Error) -> Self::Output {
        Ok(M::output(Err(error)))
    }

    fn end_early(&self, _: Pin<&mut N>, _: &G, end: X) -> Self::Output {
        Err(end)
    }
}

/// Converts the early end of a call to an error of the call's error type.
pub trait ToError<X> {
    /// The error type.
    type Error;

    /// Converts it.
    fn to_error(&self, end: X) -> Self::Error;
}

/// Converts an `X`, which is [`TimedOut`] or [`Stopped`], to an `E`.
pub struct Convert<X, E>(fn(X) -> E);

impl<X, E> Convert<X, E> {
    pub(crate) const fn new(convert: fn(X) -> E) -> Self {
        Self(convert)
    }
}

impl<X, E> ToError<X> for Convert<X, E> {
    type Error = E;

    fn to_error(&self, end: X) -> E {
        (self.0)(end)
    }
}

/// Converts both.
pub struct ConvertBoth<E>(pub Convert<Stopped, E>, pub Convert<TimedOut, E>);

impl<E> ToError<EarlyEnd> for ConvertBoth<E> {
    type Error = E;

    fn to_error(&self, end: EarlyEnd) -> E {
        match end {
            EarlyEnd::Stopped(stopped) => self.0.to_error(stopped),
            EarlyEnd::TimedOut(late) => self.1.to_error(late),
        }
    }
}

/// Reports the early end as an error of the call's error type, as if a branch had failed with it.
pub struct AsError<C>(pub C);

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

impl<N, V, M, G, X, C> OnEarlyEnd<N, V, M, G, X> for AsError<C>
where
    N: Node<V, M::Error>,
    M: NamedBy<C::Error>,
    G: Flatten<V>,
    C: ToError<X>,
{
    type Output = Result<G::Flat, C::Error>;

    fn complete(&self, node: Pin<&mut N>, flat: &G) -> Self::Output {
        Ok(flat.flatten(node.take()))
    }

    fn fail(&self, error: M::Error) -> Self::Output {
        Err(M::named(error))
    }

    fn end_early(&self, _: Pin<&mut N>, _: &G, end: X) -> Self::Output {
        Err(self.0.to_error(end))
    }
}

/// Returns the results that are there at the early end, a `P`, instead of an error.
pub struct PartialOutput<P>(PhantomData<fn() -> P>);

impl<P> PartialOutput<P> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<N: Partial<P>, V, M: Mode, G: Flatten<P>, P, X> OnEarlyEnd<N, V, M, G, X>
    for PartialOutput<P>
{
    type Output = M::Output<G::Flat>;
    const KEEPS_RESULTS: bool = true;

    fn complete(&self, node: Pin<&mut N>, flat: &G) -> Self::Output {
        M::output(Ok(flat.flatten(node.take_some())))
    }

    fn fail(&self, error: M::Error) -> Self::Output {
        M::output(Err(error))
    }

    fn end_early(&self, node: Pin<&mut N>, flat: &G, _: X) -> Self::Output {
        M::output(Ok(flat.flatten(node.take_some())))
    }
}
