//! Builds the future of a call from its arguments.
//!
//! The steps of an expansion find out what each argument is and pass on references to the arguments. When the whole
//! tree is known, its nodes are built in their final place, because a build without optimizations copies a value for
//! every function that returns it, and a deep tree needs many functions.

#![allow(
    unsafe_code,
    reason = "nodes are written where the caller says, before there is a reference to them"
)]
#![allow(
    clippy::inline_always,
    reason = "an optimized build then puts the arguments where they stay, and copies none of them"
)]
#![allow(clippy::type_complexity, reason = "the types of markers")]

use std::{
    future::Future,
    marker::PhantomData,
    mem::{self, MaybeUninit},
};

use super::{
    Gather, Gathering, MAX_BRANCHES,
    collection::{Spread, Take},
    limit::Limit,
    node::{Branches, Empty, KeepKeys, Leaf, Pair},
    shared::{SharedValue, Sharing},
};
use crate::{
    branch::RejectedNode,
    mode::Classify,
    set::StaticWakers,
    supply::Make,
    trace::{Call, Macro},
};

/// A part of a call that is not built yet: `B` builds an `N` of it. That gives a `V`, in a call of the mode `M`.
pub struct Part<B, N, V, M> {
    pub(crate) builder: B,
    gives: PhantomData<fn() -> (N, V, M)>,
}

impl<B, N, V, M> Part<B, N, V, M> {
    #[inline]
    pub(crate) const fn new(builder: B) -> Self {
        Self {
            builder,
            gives: PhantomData,
        }
    }
}

/// Builds a node `N`.
///
/// # Safety
///
/// When `build` returns, the node is there.
pub unsafe trait Build<N> {
    /// Takes the arguments and writes the node to `at`. If this panics, nothing is there.
    ///
    /// # Safety
    ///
    /// `at` is valid for writes, and aligned.
    unsafe fn build(self, at: *mut N);
}

// SAFETY: it writes the whole.
unsafe impl Build<Self> for Empty {
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn build(self, at: *mut Self) {
        // SAFETY: the caller says that it is valid and aligned.
        unsafe { at.write(self) }
    }
}

/// Builds a branch of the future that `M` makes.
pub struct LeafBuilder<M>(pub(crate) M);

// SAFETY: it writes the whole.
unsafe impl<M: Make<F>, F, V, K> Build<Leaf<F, V, K>> for LeafBuilder<M> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn build(self, at: *mut Leaf<F, V, K>) {
        // SAFETY: the caller says that it is valid and aligned.
        unsafe { at.write(Leaf::new(self.0.make())) }
    }
}

/// Builds a spread of the iterator or the stream `I` that `M` makes. `D` says which futures are taken here.
pub struct SpreadBuilder<M, I, D>(M, PhantomData<fn() -> (I, D)>);

impl<M, I, D> SpreadBuilder<M, I, D> {
    #[inline]
    pub(crate) const fn new(futures: M) -> Self {
        Self(futures, PhantomData)
    }
}

// SAFETY: it writes the whole.
unsafe impl<M, I, F, V, K, S, D> Build<Spread<D::Left, F, V, K, S>> for SpreadBuilder<M, I, D>
where
    M: Make<I>,
    F: Future,
    K: Classify<F::Output>,
    D: Take<I, F>,
{
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn build(self, at: *mut Spread<D::Left, F, V, K, S>) {
        // SAFETY: the caller says that it is valid and aligned.
        unsafe { at.write(Spread::new::<D, I>(self.0)) }
    }
}

/// Builds two nodes.
pub struct PairBuilder<A, B>(pub(crate) A, pub(crate) B);

// SAFETY: both fields are written, and a pair has no others.
unsafe impl<A: Build<N>, B: Build<O>, N, O> Build<Pair<N, O>> for PairBuilder<A, B> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn build(self, at: *mut Pair<N, O>) {
        // SAFETY: `at` is valid and aligned, so its fields are. The first field is dropped here only if building the
        // second one panics.
        unsafe {
            self.0.build(&raw mut (*at).a);
            let first = DropOnPanic(&raw mut (*at).a);
            self.1.build(&raw mut (*at).b);
            mem::forget(first);
        }
    }
}

/// Builds a node that keeps the keys of futures that are not done at the deadline.
pub struct KeepKeysBuilder<B>(pub(crate) B);

// SAFETY: both fields are written, and a `KeepKeys` has no others.
unsafe impl<B: Build<N>, N, L: Default> Build<KeepKeys<N, L>> for KeepKeysBuilder<B> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn build(self, at: *mut KeepKeys<N, L>) {
        let keys = L::default();
        // SAFETY: `at` is valid and aligned, so its fields are. The keys are written last, so nothing has to be dropped if building the
        // node panics.
        unsafe {
            self.0.build(&raw mut (*at).node);
            (&raw mut (*at).keys).write(keys);
        }
    }
}

/// Builds a branch with a value that others need.
pub struct SharingBuilder<B, V>(pub(crate) B, pub(crate) SharedValue<V>);

// SAFETY: both fields are written, and a `Sharing` has no others.
unsafe impl<B: Build<N>, N, V> Build<Sharing<N, V>> for SharingBuilder<B, V> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn build(self, at: *mut Sharing<N, V>) {
        // SAFETY: `at` is valid and aligned, so its fields are. The value is written last, so nothing has to be dropped if building the
        // node panics.
        unsafe {
            self.0.build(&raw mut (*at).node);
            (&raw mut (*at).value).write(Some(self.1));
        }
    }
}

/// Drops a node that was built if a later step panics.
struct DropOnPanic<N>(*mut N);

impl<N> Drop for DropOnPanic<N> {
    fn drop(&mut self) {
        // SAFETY: the node was built, and nothing else drops it.
        unsafe { self.0.drop_in_place() }
    }
}

// SAFETY: it does not return.
unsafe impl Build<Self> for RejectedNode {
    unsafe fn build(self, _: *mut Self) {
        unreachable!()
    }
}

/// Begins a gather of what `part` builds.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(feature = "tracing", track_caller)]
pub(crate) fn gathering<B: Build<N>, N: Branches, V, M, L: Limit, G>(
    part: Part<B, N, V, M>,
    mut limit: L,
    finish: G,
) -> Gather<Gathering<N, V, M, L, G>> {
    const {
        assert!(
            N::BRANCHES <= MAX_BRANCHES,
            "`gather!` takes at most 4096 branches; spread a collection for more"
        );
    };
    let mut gather = MaybeUninit::<Gather<Gathering<N, V, M, L, G>>>::uninit();
    let at = gather.as_mut_ptr();
    // SAFETY: every field is written before the whole is read, which is done once. An iterator may panic where it is asked how much it
    // has: then the node is dropped, which is the only field by then. The whole is read, and not `assume_init`ed, because that copies it twice in a build that is not
    // optimized.
    unsafe {
        // `Outlined` is transparent: its value has the same address.
        let inner = (&raw mut (*at).inner).cast::<Gathering<N, V, M, L, G>>();
        let node = &raw mut (*inner).node;
        part.builder.build(node);
        let built = DropOnPanic(node);
        if let Some(limit) = limit.limited() {
            (*node).expect(limit.permits());
        }
        let call = Call::new(Macro::Gather, || (*node).count());
        mem::forget(built);
        (&raw mut (*inner).wakes).write(StaticWakers::new());
        (&raw mut (*inner).limit).write(limit);
        (&raw mut (*inner).finish).write(finish);
        (&raw mut (*inner).call).write(call);
        (&raw mut (*inner).gives).write(PhantomData);
        at.read()
    }
}
