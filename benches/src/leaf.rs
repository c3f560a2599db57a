//! The leaf: a future woken by hand.
//!
//! A leaf is a reference to its cell and nothing more, so that making one costs nothing and what a row measures is
//! the engine around it. It behaves as a real leaf does: it keeps the waker that it was last polled with, compares
//! before it clones, and gives the waker away when it is woken.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The cells of a set of leaves, made once and used for every lap.
pub(crate) struct Leaves {
    cells: Box<[LeafCell]>,
}

#[derive(Default)]
struct LeafCell {
    waker: Cell<Option<Waker>>,
    /// How many wakes the leaf still waits for.
    wakes: Cell<u32>,
    /// How often it was polled.
    polls: Cell<u32>,
}

/// A future of its own index, ready after as many wakes as it was made with.
#[must_use = "a leaf does nothing unless polled"]
pub(crate) struct Leaf<'a> {
    cell: &'a LeafCell,
    index: u64,
}

impl Leaves {
    /// Cells for `count` leaves.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            cells: (0..count).map(|_| LeafCell::default()).collect(),
        }
    }

    /// How many leaves there are.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The leaf at `index`, anew: ready after `wakes` wakes.
    pub(crate) fn leaf(&self, index: usize, wakes: u32) -> Leaf<'_> {
        let cell = &self.cells[index];
        cell.wakes.set(wakes);
        cell.waker.set(None);
        Leaf {
            cell,
            index: index as u64,
        }
    }

    /// All leaves, anew.
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

    /// How often leaves were polled since this was last asked.
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
