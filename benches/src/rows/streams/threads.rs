//! A second thread wakes all leaves while the first polls them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use std::task::{Context, Poll};
use std::thread::{JoinHandle, spawn};

use futures::task::AtomicWaker;

use super::sets::{Bounded, Rejoin, Sets, Unordered, drain};
use crate::drive::{Driver, spin_until};
use crate::harness::Race;
use crate::sheet::{Sheet, Target};

const LEAVES: usize = 1_000;
const UNIT: &str = "ns a wake";

/// Runs the row.
pub(super) fn run(sheet: &mut Sheet) {
    let target = Target::at_most(0.5, Bounded::NAME);
    sheet.timed(
        "woken from another thread, N = 1,000",
        UNIT,
        Some(target),
        |race| {
            let waking = Arc::new(Waking::start(LEAVES));
            enter::<Unordered>(race, &waking);
            enter::<Bounded>(race, &waking);
            enter::<Rejoin>(race, &waking);
        },
    );
}

fn enter<S: Sets>(race: &mut Race, waking: &Arc<Waking>) {
    let (waking, driver) = (Arc::clone(waking), Driver::new());
    race.add(S::NAME, LEAVES, move || waking.lap::<S>(&driver));
}

/// The second thread.
struct Waking {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// The state of both threads.
struct Shared {
    cells: Box<[SharedCell]>,
    /// The number of laps that the first thread has started.
    asked: AtomicU32,
    /// The number of laps that the second thread has finished.
    done: AtomicU32,
    over: AtomicBool,
}

#[derive(Default)]
struct SharedCell {
    waker: AtomicWaker,
    woken: AtomicBool,
}

/// A leaf that another thread wakes: ready after one wake.
struct SharedLeaf<'a> {
    cell: &'a SharedCell,
    index: u64,
}

impl Waking {
    fn start(leaves: usize) -> Self {
        let shared = Arc::new(Shared {
            cells: (0..leaves).map(|_| SharedCell::default()).collect(),
            asked: AtomicU32::new(0),
            done: AtomicU32::new(0),
            over: AtomicBool::new(false),
        });
        let theirs = Arc::clone(&shared);
        let thread = Some(spawn(move || theirs.wake_on_demand()));
        Self { shared, thread }
    }

    /// Drains a set of all leaves while they are woken.
    fn lap<S: Sets>(&self, driver: &Driver) -> u64 {
        let Shared {
            cells, asked, done, ..
        } = &*self.shared;
        for cell in cells {
            cell.woken.store(false, Relaxed);
        }
        let leaves = cells.iter().enumerate().map(|(index, cell)| SharedLeaf {
            cell,
            index: index as u64,
        });
        let lap = asked.load(Relaxed).wrapping_add(1);
        let sum = driver.woken_elsewhere(drain(S::of(leaves)), || asked.store(lap, Release));
        spin_until(|| done.load(Acquire) == lap);
        sum
    }
}

impl Drop for Waking {
    fn drop(&mut self) {
        self.shared.over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it only wakes");
        }
    }
}

impl Shared {
    /// Wakes all leaves in each lap, until the row is over.
    fn wake_on_demand(&self) {
        let mut lap = 0;
        loop {
            spin_until(|| self.asked.load(Acquire) != lap || self.over.load(Relaxed));
            if self.asked.load(Acquire) == lap {
                return;
            }
            for cell in &self.cells {
                cell.woken.store(true, Release);
                cell.waker.wake();
            }
            lap = lap.wrapping_add(1);
            self.done.store(lap, Release);
        }
    }
}

impl Future for SharedLeaf<'_> {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let woken = || self.cell.woken.load(Acquire);
        if woken() {
            return Poll::Ready(self.index);
        }
        self.cell.waker.register(cx.waker());
        // A wake between the two would have found no waker.
        if woken() {
            Poll::Ready(self.index)
        } else {
            Poll::Pending
        }
    }
}
