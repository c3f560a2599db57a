//! How the children are stopped that wait for something.

use std::{mem, num::NonZeroU32, task::Waker};

use slab::Slab;
use tokio::task::JoinHandle;

/// What makes a child notice that it was called off.
pub(super) enum Stop {
    /// It waits, and this wakes it.
    Wake(Waker),
    /// It waits for a thread, or blocks one.
    Abort(JoinHandle<()>),
}

impl Stop {
    pub(super) fn stop(self) {
        match self {
            Self::Wake(waker) => waker.wake(),
            Self::Abort(handle) => handle.abort(),
        }
    }
}

/// Where a stop is found again. It is small, for it lies in each task.
#[derive(Clone, Copy)]
pub(super) struct Key(NonZeroU32);

impl Key {
    fn new(index: usize) -> Self {
        let number = u32::try_from(index + 1).ok().and_then(NonZeroU32::new);
        Self(number.expect("a group has fewer children"))
    }

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The stops of all who wait.
///
/// Once they were all taken out none is added, so that a child may still give back a key from before.
#[derive(Default)]
pub(super) struct Stops {
    slab: Slab<Stop>,
    closed: bool,
}

impl Stops {
    /// Adds one and gives its key, or gives it back if all were taken out.
    pub(super) fn add(&mut self, stop: Stop) -> Result<Key, Stop> {
        if self.closed {
            Err(stop)
        } else {
            Ok(Key::new(self.slab.insert(stop)))
        }
    }

    /// Takes one out, if it is still there.
    pub(super) fn take(&mut self, key: Key) -> Option<Stop> {
        self.slab.try_remove(key.index())
    }

    /// Takes all out.
    pub(super) fn close(&mut self) -> impl Iterator<Item = Stop> + use<> {
        self.closed = true;
        mem::take(&mut self.slab).into_iter().map(|(_, stop)| stop)
    }
}
