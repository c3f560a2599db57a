//! Values of branches that other branches of the call need.

use std::{
    array,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use pin_project_lite::pin_project;

use super::{
    node::{Branches, Kind, Node},
    turn::Turn,
};
use crate::set::Outlined;

/// The value of a branch, as soon as that is done, for the branches that need it.
///
/// There is one allocation for it, because the branches that borrow from the value and the node that returns it at the end are
/// parts of one future, which cannot borrow from itself.
//
// Its methods are not inlined, because a call has as many copies of them as values and branches that need these.
pub struct SharedValue<V>(Outlined<Arc<OnceLock<V>>>);

impl<V> SharedValue<V> {
    /// Creates the place of a value that `N` share.
    #[inline(never)]
    pub(crate) fn shares<const N: usize>() -> [Self; N] {
        let value = Arc::new(OnceLock::new());
        array::from_fn(|_| Self(Outlined::new(Arc::clone(&value))))
    }

    /// Returns the value.
    #[inline(never)]
    pub(super) fn get(&self) -> &V {
        self.0
            .get()
            .expect("a branch starts after those that it needs")
    }

    /// Sets the value.
    #[inline(never)]
    fn set(&self, value: V) {
        let is_set = self.0.set(value).is_ok();
        debug_assert!(is_set, "a branch is done once");
    }

    /// Takes the value out, when no branch shares it any more.
    #[inline(never)]
    fn take(&mut self) -> V {
        Arc::get_mut(&mut self.0)
            .and_then(OnceLock::take)
            .expect("all branches are done, and their futures dropped")
    }
}

pin_project! {
    /// A branch with a value that others need.
    pub struct Sharing<N, V> {
        #[pin]
        pub(super) node: N,
        pub(super) value: Option<SharedValue<V>>,
    }
}

impl<N: Branches, V> Branches for Sharing<N, V> {
    const BRANCHES: usize = N::BRANCHES;

    fn count(&self) -> usize {
        self.node.count()
    }

    #[inline]
    fn clear(self: Pin<&mut Self>, branch: usize, kind: Kind) {
        let this = self.project();
        if kind == Kind::Result {
            *this.value = None;
        }
        this.node.clear(branch, kind);
    }
}

impl<N: Node<V, E>, V, E> Node<V, E> for Sharing<N, V> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `Leaf`")]
    fn poll(self: Pin<&mut Self>, first: usize, turn: &mut Turn<'_>) -> Result<(), E> {
        let mut this = self.project();
        let live = turn.tally.live;
        this.node.as_mut().poll(first, turn)?;
        if turn.tally.live < live {
            if let Some(shared) = this.value {
                shared.set(this.node.take());
            }
        }
        Ok(())
    }

    #[inline]
    fn take(self: Pin<&mut Self>) -> V {
        let value = self.project().value.as_mut();
        value.map(SharedValue::take).expect("a value is taken once")
    }
}
