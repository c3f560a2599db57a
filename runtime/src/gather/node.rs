//! The branches of a gather: a balanced tree of pairs, in argument order.

use std::{future::Future, marker::PhantomData, pin::Pin, task::Poll};

use pin_project_lite::pin_project;

use super::turn::Turn;
use crate::{
    keyed::TakeKey,
    mode::Outcome,
    panics::drop_before,
    trace::{self, BranchId, Watched},
};

/// A part of a gather: a branch, a spread, or two nodes.
pub trait Branches {
    /// The number of branches. A spread counts as one.
    const BRANCHES: usize;
    /// Whether a spread in it is a stream.
    const HAS_STREAMS: bool = false;

    /// Reserves memory for iterators that are advanced as permits are released, with `limit` permits in all.
    fn expect(&mut self, _limit: usize) {}

    /// Returns a lower bound of the number of branches. Each future of a spread counts.
    fn count(&self) -> usize;

    /// Drops what branch `branch` has of this kind.
    fn clear(self: Pin<&mut Self>, branch: usize, kind: Kind);
}

/// The part of a branch that is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its future; a spread has several, and its iterator.
    Future,
    /// Its result; a spread has several.
    Result,
}

/// A part of a gather that returns a `V` when all its branches are done, and that an `E` of a branch ends early.
///
/// `V` and `E` are parameters and not associated types, because the compiler infers a parameter once and normalizes an
/// associated type at each use.
pub trait Node<V, E>: Branches {
    /// Polls the branches that `turn` visits. The first branch of this part has the number `first`.
    fn poll(self: Pin<&mut Self>, first: usize, turn: &mut Turn<'_>) -> Result<(), E>;

    /// Takes the results out. All branches are done, and this is done once.
    fn take(self: Pin<&mut Self>) -> V;
}

/// A part of a gather that returns a `P` at the deadline, with the results that have arrived.
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

    fn clear(self: Pin<&mut Self>, _: usize, _: Kind) {}
}

impl<E> Node<(), E> for Empty {
    fn poll(self: Pin<&mut Self>, _: usize, _: &mut Turn<'_>) -> Result<(), E> {
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
            future: trace::branch::<_, K>(future, BranchId::Index(0)),
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
    fn clear(mut self: Pin<&mut Self>, _: usize, kind: Kind) {
        let has = match self.as_mut().project() {
            LeafProjection::Running { .. } => Some(Kind::Future),
            LeafProjection::Done { .. } => Some(Kind::Result),
            LeafProjection::Gone => None,
        };
        if has == Some(kind) {
            self.set(Self::Gone);
        }
    }
}

impl<F, V, E, K> Node<V, E> for Leaf<F, V, K>
where
    F: Future,
    K: Outcome<F::Output, V, E>,
{
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(mut self: Pin<&mut Self>, branch: usize, turn: &mut Turn<'_>) -> Result<(), E> {
        if !turn.has(branch) {
            return Ok(());
        }
        let LeafProjection::Running { mut future, .. } = self.as_mut().project() else {
            return Ok(());
        };
        trace::number(future.as_mut(), turn.number(branch));
        match turn.poll(branch, |cx| future.poll(cx)) {
            Poll::Pending => turn.waits(branch),
            Poll::Ready(output) => {
                let output = drop_before::<Watched!(F, K), _>(|| self.set(Self::Gone), output);
                turn.done(branch);
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

/// A branch or a spread with futures that leave their keys in an `L` if they are dropped before they are ready.
pub trait LeaveKeys<L> {
    /// Takes the keys out of the futures.
    fn leave_keys(self: Pin<&mut Self>, keys: &mut L);
}

impl<F: TakeKey<K>, K, T, R> LeaveKeys<Option<K>> for Leaf<F, (K, T), R> {
    fn leave_keys(self: Pin<&mut Self>, key: &mut Option<K>) {
        if let LeafProjection::Running { future, .. } = self.project() {
            *key = Some(trace::inner(future).take_key());
        }
    }
}

pin_project! {
    /// A branch or a spread of a call with `partial`, and the keys of futures that were dropped before they were ready.
    pub struct KeepKeys<N, L> {
        #[pin]
        pub(super) node: N,
        pub(super) keys: L,
    }
}

impl<N, L> KeepKeys<N, L> {
    /// Returns the node and the keys.
    pub(super) fn parts(self: Pin<&mut Self>) -> (Pin<&mut N>, &mut L) {
        let this = self.project();
        (this.node, this.keys)
    }
}

impl<N: Branches + LeaveKeys<L>, L> Branches for KeepKeys<N, L> {
    const BRANCHES: usize = N::BRANCHES;
    const HAS_STREAMS: bool = N::HAS_STREAMS;

    fn expect(&mut self, limit: usize) {
        self.node.expect(limit);
    }

    fn count(&self) -> usize {
        self.node.count()
    }

    fn clear(self: Pin<&mut Self>, branch: usize, kind: Kind) {
        let mut this = self.project();
        if kind == Kind::Future {
            this.node.as_mut().leave_keys(this.keys);
        }
        this.node.clear(branch, kind);
    }
}

impl<N: Node<V, E> + LeaveKeys<L>, L, V, E> Node<V, E> for KeepKeys<N, L> {
    #[inline]
    fn poll(self: Pin<&mut Self>, first: usize, turn: &mut Turn<'_>) -> Result<(), E> {
        self.project().node.poll(first, turn)
    }

    #[inline]
    fn take(self: Pin<&mut Self>) -> V {
        self.project().node.take()
    }
}

impl<F: TakeKey<K>, K, T, R> Partial<(K, Option<T>)> for KeepKeys<Leaf<F, (K, T), R>, Option<K>> {
    fn take_some(self: Pin<&mut Self>) -> (K, Option<T>) {
        let this = self.project();
        match this.node.take_some() {
            Some((key, value)) => (key, Some(value)),
            None => {
                let key = this.keys.take();
                (
                    key.expect("a branch that is not done has left its key"),
                    None,
                )
            }
        }
    }
}

/// A subtree of at least this many branches is skipped by one test if none of them is to be visited.
const ASKED: usize = 4;

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
    const HAS_STREAMS: bool = A::HAS_STREAMS || B::HAS_STREAMS;

    fn expect(&mut self, limit: usize) {
        self.a.expect(limit);
        self.b.expect(limit);
    }

    fn count(&self) -> usize {
        self.a.count() + self.b.count()
    }

    #[inline]
    fn clear(self: Pin<&mut Self>, branch: usize, kind: Kind) {
        let this = self.project();
        match branch.checked_sub(A::BRANCHES) {
            None => this.a.clear(branch, kind),
            Some(branch) => this.b.clear(branch, kind),
        }
    }
}

impl<A: Node<V, E>, B: Node<W, E>, V, W, E> Node<(V, W), E> for Pair<A, B> {
    // The tree is one function, in which the numbers of branches are constants.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is called once")]
    fn poll(self: Pin<&mut Self>, first: usize, turn: &mut Turn<'_>) -> Result<(), E> {
        let this = self.project();
        let second = first.wrapping_add(A::BRANCHES);
        if A::BRANCHES < ASKED || turn.any(first, A::BRANCHES) {
            this.a.poll(first, turn)?;
        }
        if B::BRANCHES < ASKED || turn.any(second, B::BRANCHES) {
            this.b.poll(second, turn)?;
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
