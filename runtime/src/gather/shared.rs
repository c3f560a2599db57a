//! Values of branches that other branches of the call need.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
};

use pin_project_lite::pin_project;

use super::{
    build::Part,
    node::{Branches, Kind, Node},
    turn::Turn,
};

/// The value of a branch, as soon as that is done, for the branches that need it.
///
/// There is one allocation for it, because the branches that borrow from the value and the node that returns it at the end are
/// parts of one future, which cannot borrow from itself.
pub struct SharedValue<V>(Arc<OnceLock<V>>);

impl<V> SharedValue<V> {
    /// Creates the place of the value of the branch that `part` builds.
    pub(crate) fn of<B, N, M>(_: &Part<B, N, V, M>) -> Self {
        Self(Arc::new(OnceLock::new()))
    }

    /// Returns the value for a branch that needs it.
    pub(super) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Returns the value.
    pub(super) fn get(&self) -> &V {
        self.0
            .get()
            .expect("a branch starts after those that it needs")
    }

    /// Sets the value.
    fn set(&self, value: V) {
        let is_set = self.0.set(value).is_ok();
        debug_assert!(is_set, "a branch is done once");
    }

    /// Takes the value out, when no branch shares it any more.
    fn take(self) -> V {
        Arc::into_inner(self.0)
            .and_then(OnceLock::into_inner)
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
        let value = self.project().value.take();
        value.map(SharedValue::take).expect("values are taken once")
    }
}
