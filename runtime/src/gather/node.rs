//! The branches of a gather: a balanced tree of pairs, in argument order.

use std::{future::Future, marker::PhantomData, pin::Pin, task::Poll};

use pin_project_lite::pin_project;

use super::{
    limit::Limit,
    turn::{Turn, Wakers},
};
use crate::{
    mode::Outcome,
    panics::{Panics, drop_before},
    trace::{self, Place, Watched},
};

/// A part of a gather: a branch, a spread, or two nodes.
pub trait Branches {
    /// How many branches it has; a spread is one.
    const BRANCHES: usize;

    /// Makes ready for an iterator to be drawn from as places come free, of which there are `limit`.
    fn expect(&mut self, _limit: usize) {}

    /// How many branches it has, at least; each of a spread is one.
    fn count(&self) -> usize;

    /// Drops the futures, in argument order.
    fn drop_futures(self: Pin<&mut Self>, panics: &mut Panics);

    /// Drops the results, in argument order.
    fn drop_values(self: Pin<&mut Self>, panics: &mut Panics);
}

/// A part of a gather that gives a `V` when all is done, and that an `E` of a branch ends early.
///
/// Parameters, for the compiler finds what parameters are once, and what associated types are again and again.
pub trait Node<V, E>: Branches {
    /// Polls those of its branches that `turn` wants; the first of them has the number `first`.
    fn poll<W: Wakers, L: Limit>(
        self: Pin<&mut Self>,
        first: usize,
        turn: &mut Turn<'_, W, L>,
    ) -> Result<(), E>;

    /// Takes the results out. All branches are done, and this is done once.
    fn take(self: Pin<&mut Self>) -> V;
}

/// A part of a gather that gives a `P` at the deadline, if what is there by then is wanted.
pub trait Partial<P>: Branches {
    /// Takes out the results that are there.
    fn take_some(self: Pin<&mut Self>) -> P;
}

/// No branches.
pub struct Empty;

impl Branches for Empty {
    const BRANCHES: usize = 0;

    fn count(&self) -> usize {
        0
    }

    fn drop_futures(self: Pin<&mut Self>, _: &mut Panics) {}

    fn drop_values(self: Pin<&mut Self>, _: &mut Panics) {}
}

impl<E> Node<(), E> for Empty {
    fn poll<W: Wakers, L: Limit>(
        self: Pin<&mut Self>,
        _: usize,
        _: &mut Turn<'_, W, L>,
    ) -> Result<(), E> {
        Ok(())
    }

    fn take(self: Pin<&mut Self>) {}
}

impl Partial<()> for Empty {
    fn take_some(self: Pin<&mut Self>) {}
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

impl<F, V, K> Leaf<F, V, K> {
    #[inline]
    pub(crate) fn new(future: F) -> Self {
        Self::Running {
            future: trace::branch::<_, K>(future, Place::Index(0)),
            outcome: PhantomData,
        }
    }
}

impl<F, V, K> Branches for Leaf<F, V, K> {
    const BRANCHES: usize = 1;

    fn count(&self) -> usize {
        1
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

impl<F, V, E, K> Node<V, E> for Leaf<F, V, K>
where
    F: Future,
    K: Outcome<F::Output, V, E>,
{
    #[inline]
    fn poll<W: Wakers, L: Limit>(
        mut self: Pin<&mut Self>,
        first: usize,
        turn: &mut Turn<'_, W, L>,
    ) -> Result<(), E> {
        let LeafProjection::Running { mut future, .. } = self.as_mut().project() else {
            return Ok(());
        };
        if !turn.has(first) {
            turn.unfinished();
            return Ok(());
        }
        trace::number(future.as_mut(), first);
        match turn.wakers.poll(first, |cx| future.poll(cx)) {
            Poll::Pending => {
                turn.unfinished();
                turn.waits(first);
            }
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

    #[inline]
    fn take(self: Pin<&mut Self>) -> V {
        match self.project_replace(Self::Gone) {
            LeafReplaced::Done { value } => value,
            _ => unreachable!("the branch is done"),
        }
    }
}

impl<F, V, K> Partial<Option<V>> for Leaf<F, V, K> {
    #[inline]
    fn take_some(self: Pin<&mut Self>) -> Option<V> {
        match self.project_replace(Self::Gone) {
            LeafReplaced::Done { value } => Some(value),
            _ => None,
        }
    }
}

pin_project! {
    /// Two nodes.
    pub struct Pair<A, B> {
        #[pin]
        pub(super) a: A,
        #[pin]
        pub(super) b: B,
    }
}

impl<A: Branches, B: Branches> Branches for Pair<A, B> {
    const BRANCHES: usize = A::BRANCHES + B::BRANCHES;

    fn expect(&mut self, limit: usize) {
        self.a.expect(limit);
        self.b.expect(limit);
    }

    fn count(&self) -> usize {
        self.a.count() + self.b.count()
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

impl<A: Node<V, E>, B: Node<W, E>, V, W, E> Node<(V, W), E> for Pair<A, B> {
    // What a turn is made of then stays in registers, which is a fourth of the time of branches that are ready at once.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "it is called once for each kind of turn"
    )]
    fn poll<P: Wakers, L: Limit>(
        self: Pin<&mut Self>,
        first: usize,
        turn: &mut Turn<'_, P, L>,
    ) -> Result<(), E> {
        let this = self.project();
        if turn.any(first, A::BRANCHES) {
            this.a.poll(first, turn)?;
        }
        let first = first + A::BRANCHES;
        if turn.any(first, B::BRANCHES) {
            this.b.poll(first, turn)?;
        }
        Ok(())
    }

    #[inline]
    fn take(self: Pin<&mut Self>) -> (V, W) {
        let this = self.project();
        (this.a.take(), this.b.take())
    }
}

impl<A: Partial<P>, B: Partial<Q>, P, Q> Partial<(P, Q)> for Pair<A, B> {
    #[inline]
    fn take_some(self: Pin<&mut Self>) -> (P, Q) {
        let this = self.project();
        (this.a.take_some(), this.b.take_some())
    }
}
