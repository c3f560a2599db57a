//! The leaf: a future that a benchmark wakes by hand.
//!
//! A leaf is only a reference to its cell, so making one costs nothing and a row measures the code that drives it. It behaves
//! like a real leaf: it stores the waker of its last poll, compares wakers before it clones one, and consumes the waker
//! when it is woken.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The cells of a set of leaves, which all laps share.
pub(crate) struct Leaves {
    cells: Box<[LeafCell]>,
}

#[derive(Default)]
struct LeafCell {
    waker: Cell<Option<Waker>>,
    /// The number of wakes that the leaf still waits for.
    wakes: Cell<u32>,
    /// The number of its polls.
    polls: Cell<u32>,
}

/// A future that returns its index after a number of wakes.
#[must_use = "a leaf does nothing unless polled"]
pub(crate) struct Leaf<'a> {
    cell: &'a LeafCell,
    index: u64,
}

impl Leaves {
    /// Creates the cells of `count` leaves.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            cells: (0..count).map(|_| LeafCell::default()).collect(),
        }
    }

    /// Returns the number of leaves.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Returns a new leaf at `index`, which is ready after `wakes` wakes.
    pub(crate) fn leaf(&self, index: usize, wakes: u32) -> Leaf<'_> {
        let cell = &self.cells[index];
        cell.wakes.set(wakes);
        cell.waker.set(None);
        Leaf {
            cell,
            index: index as u64,
        }
    }

    /// Returns new leaves at all indices.
    pub(crate) fn all(&self, wakes: u32) -> impl ExactSizeIterator<Item = Leaf<'_>> {
        (0..self.len()).map(move |index| self.leaf(index, wakes))
    }

    /// Wakes the leaf at `index`.
    pub(crate) fn wake(&self, index: usize) {
        let cell = &self.cells[index];
        cell.wakes.set(cell.wakes.get().saturating_sub(1));
        if let Some(waker) = cell.waker.take() {
            waker.wake();
        }
    }

    /// Returns the number of polls since the last call.
    pub(crate) fn take_polls(&self) -> u32 {
        self.cells.iter().map(|cell| cell.polls.take()).sum()
    }
}

impl Future for Leaf<'_> {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let cell = self.cell;
        cell.polls.set(cell.polls.get().wrapping_add(1));
        if cell.wakes.get() == 0 {
            return Poll::Ready(self.index);
        }
        let waker = match cell.waker.take() {
            Some(known) if known.will_wake(cx.waker()) => known,
            _ => cx.waker().clone(),
        };
        cell.waker.set(Some(waker));
        Poll::Pending
    }
}
