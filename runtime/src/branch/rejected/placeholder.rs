//! Placeholders for rejected branches, with all methods of the later steps, so that these cause no further errors.

use std::{future::Ready, marker::PhantomData, pin::Pin, sync::Arc, time::Duration};

use crate::{
    branch::{convert::ErrorType, need::RejectedNeed},
    gather::{Branches, Kind, Node, Part, Partial, Turn},
    mode::{Failing, Plain, Unknown},
    pending::Source,
    timeout::Stagger,
};

/// A placeholder for a branch that was rejected. Nothing determines its value `V` or the output `O` of the call. The compiler does
/// not ask for them, because it has an error to report already.
pub struct Rejected<V, O>(PhantomData<fn() -> (V, O)>);

impl<V, O> Rejected<V, O> {
    pub fn rejoin_output(self) -> Self {
        self
    }

    pub fn rejoin_error_type<E>(self, _: ErrorType<E>) -> RejectedConverting<V, E> {
        RejectedConverting(PhantomData)
    }

    pub fn rejoin_made(self) -> Ready<V> {
        unreachable!()
    }

    pub fn rejoin_unstarted(self) -> Self {
        self
    }

    pub fn rejoin_stagger(self, _: &Arc<Stagger>) -> Self {
        self
    }

    pub fn rejoin_stagger_attempts(self, _: &Arc<Stagger>) -> Self {
        self
    }

    pub fn rejoin_timed(self) -> Self {
        self
    }

    pub fn rejoin_items(self) -> Self {
        self
    }

    pub fn rejoin_keys(self) -> Self {
        self
    }

    pub fn rejoin_whole(self) -> Self {
        self
    }

    pub fn rejoin_drain_lazily(self) -> Self {
        self
    }

    pub fn rejoin_drained(self) -> Self {
        self
    }

    pub fn rejoin_needed<E>(self) -> RejectedNeed<V, E> {
        unreachable!()
    }

    pub fn rejoin_source(self) -> RejectedSource<V> {
        unreachable!()
    }

    pub fn rejoin_each_timeout<L>(self, _: Duration, _: L) -> Self {
        self
    }

    pub fn rejoin_node(self) -> RejectedPart<V, Unknown<O>> {
        unreachable!()
    }

    pub fn rejoin_value_node(self) -> RejectedPart<V, Unknown<O>> {
        unreachable!()
    }
}

/// A placeholder for a rejected branch in a call with the error type `E`.
pub struct RejectedConverting<V, E>(PhantomData<fn() -> (V, E)>);

impl<V, E> RejectedConverting<V, E> {
    pub fn rejoin_stagger(self, _: &Arc<Stagger>) -> Self {
        self
    }

    pub fn rejoin_stagger_attempts(self, _: &Arc<Stagger>) -> Self {
        self
    }

    pub fn rejoin_keep_error(self) -> Self {
        self
    }

    pub fn rejoin_convert_error(self) -> Self {
        self
    }

    pub fn rejoin_drain_lazily(self) -> Self {
        self
    }

    pub fn rejoin_each_timeout<L>(self, _: Duration, _: L) -> Self {
        self
    }

    pub fn rejoin_needed(self) -> RejectedNeed<V, E> {
        unreachable!()
    }

    pub fn rejoin_node(self) -> RejectedPart<V, Failing<E>> {
        unreachable!()
    }

    pub fn rejoin_value_node(self) -> RejectedPart<V, Plain> {
        unreachable!()
    }
}

/// The part of a rejected branch, which has a value `V` in a call of the mode `M`.
pub(super) type RejectedPart<V, M> = Part<RejectedNode, RejectedNode, V, M>;

/// The source of a rejected branch, which has a value `V`.
pub(super) type RejectedSource<V> = Source<Ready<V>, ()>;

/// The node of a rejected branch, which has a value of any type.
pub struct RejectedNode;

impl Branches for RejectedNode {
    const BRANCHES: usize = 1;

    fn count(&self) -> usize {
        unreachable!()
    }

    fn clear(self: Pin<&mut Self>, _: usize, _: Kind) {}
}

impl<V, E> Node<V, E> for RejectedNode {
    fn poll(self: Pin<&mut Self>, _: usize, _: &mut Turn<'_>) -> Result<(), E> {
        unreachable!()
    }

    fn take(self: Pin<&mut Self>) -> V {
        unreachable!()
    }
}

impl<V> Partial<V> for RejectedNode {
    fn take_some(self: Pin<&mut Self>) -> V {
        unreachable!()
    }
}
