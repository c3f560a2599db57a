//! How children that wait for something are cancelled.

use std::{mem, num::NonZeroU32, task::Waker};

use slab::Slab;
use tokio::task::JoinHandle;

/// Makes a child notice that it was cancelled.
pub(super) enum Canceller {
    /// Wakes the child, which is pending.
    Wake(Waker),
    /// Aborts the child, which waits for a blocking thread or runs on one.
    Abort(JoinHandle<()>),
}

impl Canceller {
    /// Makes the child notice it.
    pub(super) fn cancel(self) {
        match self {
            Self::Wake(waker) => waker.wake(),
            Self::Abort(handle) => handle.abort(),
        }
    }
}

/// The key of a registered canceller. It is small, because every task holds one.
#[derive(Clone, Copy)]
pub(super) struct CancellerKey(NonZeroU32);

impl CancellerKey {
    fn new(index: usize) -> Self {
        let number = u32::try_from(index + 1).ok().and_then(NonZeroU32::new);
        Self(number.expect("a group has fewer children"))
    }

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The cancellers of all children that wait.
///
/// They are closed when tasks are aborted. After that none is added, so a key from before never names a canceller of another child.
#[derive(Default)]
pub(super) struct Cancellers {
    slab: Slab<Canceller>,
    is_closed: bool,
}

impl Cancellers {
    /// Registers a canceller. Fails when they are closed.
    pub(super) fn register(&mut self, canceller: Canceller) -> Result<CancellerKey, Canceller> {
        if self.is_closed {
            Err(canceller)
        } else {
            Ok(CancellerKey::new(self.slab.insert(canceller)))
        }
    }

    /// Removes a canceller, if it is still there.
    pub(super) fn deregister(&mut self, key: CancellerKey) -> Option<Canceller> {
        self.slab.try_remove(key.index())
    }

    /// Removes all cancellers, and lets none be registered from now on.
    pub(super) fn close(&mut self) -> impl Iterator<Item = Canceller> + use<> {
        self.is_closed = true;
        let cancellers = mem::take(&mut self.slab);
        cancellers.into_iter().map(|(_, canceller)| canceller)
    }
}
