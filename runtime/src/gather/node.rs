//! The branches of a gather: a balanced tree of pairs, in argument order.

use std::{future::Future, marker::PhantomData, pin::Pin, task::Poll};

use pin_project_lite::pin_project;

use super::{
    limit::Limit,
    turn::{Turn, Wakers},
};
use crate::{
    mode::{Mode, Outcome, SameError},
    panics::{Panics, drop_before},
    trace::{self, Place, Watched},
};

/// The error that ends a node early.
pub(super) type ErrorOf<N> = <<N as Node>::Mode as Mode>::Error;

/// A part of a gather: a branch, a spread, or two nodes.
pub trait Node {
    /// Whether a branch in it can end the gather early.
    type Mode: Mode;
    /// What it gives when all is done.
    type Values;
    /// What it gives at the deadline, if what is there by then is wanted.
    type Partial;
    /// How many branches it has; a spread is one.
    const BRANCHES: usize;

    /// Draws from the iterators all they have, before anything is polled.
    fn drain(&mut self) {}

    /// Makes ready for an iterator to be drawn from as places come free, of which there are `limit`.
    fn expect(&mut self, _limit: usize) {}

    /// Polls those of its branches that `turn` wants; the first of them has the number `first`.
    fn poll<W: Wakers, L: Limit>(
        self: Pin<&mut Self>,
        first: usize,
        turn: &mut Turn<'_, W, L>,
    ) -> Result<(), ErrorOf<Self>>;

    /// Takes the results out. All branches are done, and this is done once.
    fn take(self: Pin<&mut Self>) -> Self::Values;

    /// Takes out the results that are there.
    fn take_some(self: Pin<&mut Self>) -> Self::Partial;

    /// How many branches it has, at least; each of a spread is one.
    fn count(&self) -> usize;

    /// Drops the futures, in argument order.
    fn drop_futures(self: Pin<&mut Self>, panics: &mut Panics);

    /// Drops the results, in argument order.
    fn drop_values(self: Pin<&mut Self>, panics: &mut Panics);
}

/// No branches.
pub struct Empty<M>(PhantomData<fn() -> M>);

impl<M> Empty<M> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<M: Mode> Node for Empty<M> {
    type Mode = M;
    type Values = ();
    type Partial = ();
    const BRANCHES: usize = 0;

    fn poll<W: Wakers, L: Limit>(
        self: Pin<&mut Self>,
        _: usize,
        _: &mut Turn<'_, W, L>,
    ) -> Result<(), ErrorOf<Self>> {
        Ok(())
    }

    fn count(&self) -> usize {
        0
    }

    fn take(self: Pin<&mut Self>) {}

    fn take_some(self: Pin<&mut Self>) {}

    fn drop_futures(self: Pin<&mut Self>, _: &mut Panics) {}

    fn drop_values(self: Pin<&mut Self>, _: &mut Panics) {}
}

pin_project! {
    /// One branch: its future, then its value, then nothing.
    #[project = LeafProjection]
    #[project_replace = LeafReplaced]
    pub enum Leaf<F, V, K> {
        Running { #[pin] future: Watched!(F, K), outcome: PhantomData<fn() -> K> },
        Done { value: V },
        Gone,
    }
}

impl<F: Future, K: Outcome<F::Output>> Leaf<F, K::Value, K> {
    #[inline]
    pub(crate) fn new(future: F) -> Self {
        Self::Running {
            future: trace::branch::<_, K>(future, Place::Index(0)),
            outcome: PhantomData,
        }
    }
}

impl<F: Future, K: Outcome<F::Output>> Node for Leaf<F, K::Value, K> {
    type Mode = K::Mode;
    type Values = K::Value;
    type Partial = Option<K::Value>;
    const BRANCHES: usize = 1;

    #[inline]
    fn poll<W: Wakers, L: Limit>(
        mut self: Pin<&mut Self>,
        first: usize,
        turn: &mut Turn<'_, W, L>,
    ) -> Result<(), ErrorOf<Self>> {
        let LeafProjection::Running { mut future, .. } = self.as_mut().project() else {
            return Ok(());
        };
        if !turn.has(first) {
            turn.unfinished();
            return Ok(());
        }
        trace::number(future.as_mut(), first);
        match turn.wakers.poll(first, |cx| future.poll(cx)) {
            Poll::Pending => turn.unfinished(),
            Poll::Ready(output) => {
                let output = drop_before::<Watched!(F, K), _>(|| self.set(Self::Gone), output);
                turn.limit.free_place();
                turn.finished();
                let value = K::split(output)?;
                self.set(Self::Done { value });
            }
        }
        Ok(())
    }

    fn count(&self) -> usize {
        1
    }

    #[inline]
    fn take(self: Pin<&mut Self>) -> K::Value {
        match self.project_replace(Self::Gone) {
            LeafReplaced::Done { value } => value,
            _ => unreachable!("the branch is done"),
        }
    }

    #[inline]
    fn take_some(self: Pin<&mut Self>) -> Option<K::Value> {
        match self.project_replace(Self::Gone) {
            LeafReplaced::Done { value } => Some(value),
            _ => None,
        }
    }

    #[inline]
    fn drop_futures(mut self: Pin<&mut Self>, panics: &mut Panics) {
        if let LeafProjection::Running { .. } = self.as_mut().project() {
            panics.run(|| self.set(Self::Gone));
        }
    }

    #[inline]
    fn drop_values(mut self: Pin<&mut Self>, panics: &mut Panics) {
        if let LeafProjection::Done { .. } = self.as_mut().project() {
            panics.run(|| self.set(Self::Gone));
        }
    }
}

pin_project! {
    /// Two nodes.
    pub struct Pair<A, B> {
        #[pin]
        a: A,
        #[pin]
        b: B,
    }
}

impl<A, B> Pair<A, B> {
    #[inline]
    pub(crate) const fn new(a: A, b: B) -> Self {
        Self { a, b }
    }
}

impl<A: Node, B: Node> Node for Pair<A, B>
where
    A::Mode: SameError<B::Mode>,
{
    type Mode = <A::Mode as SameError<B::Mode>>::Both;
    type Values = (A::Values, B::Values);
    type Partial = (A::Partial, B::Partial);
    const BRANCHES: usize = A::BRANCHES + B::BRANCHES;

    fn drain(&mut self) {
        self.a.drain();
        self.b.drain();
    }

    fn expect(&mut self, limit: usize) {
        self.a.expect(limit);
        self.b.expect(limit);
    }

    #[inline]
    fn poll<W: Wakers, L: Limit>(
        self: Pin<&mut Self>,
        first: usize,
        turn: &mut Turn<'_, W, L>,
    ) -> Result<(), ErrorOf<Self>> {
        let this = self.project();
        if turn.any(first, A::BRANCHES) {
            (this.a.poll(first, turn)).map_err(<A::Mode as SameError<B::Mode>>::first)?;
        }
        let first = first + A::BRANCHES;
        if turn.any(first, B::BRANCHES) {
            (this.b.poll(first, turn)).map_err(<A::Mode as SameError<B::Mode>>::second)?;
        }
        Ok(())
    }

    fn count(&self) -> usize {
        self.a.count() + self.b.count()
    }

    #[inline]
    fn take(self: Pin<&mut Self>) -> Self::Values {
        let this = self.project();
        (this.a.take(), this.b.take())
    }

    #[inline]
    fn take_some(self: Pin<&mut Self>) -> Self::Partial {
        let this = self.project();
        (this.a.take_some(), this.b.take_some())
    }

    #[inline]
    fn drop_futures(self: Pin<&mut Self>, panics: &mut Panics) {
        let this = self.project();
        this.a.drop_futures(panics);
        this.b.drop_futures(panics);
    }

    #[inline]
    fn drop_values(self: Pin<&mut Self>, panics: &mut Panics) {
        let this = self.project();
        this.a.drop_values(panics);
        this.b.drop_values(panics);
    }
}
