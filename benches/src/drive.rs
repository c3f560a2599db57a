//! Drives a future without a runtime: polls it only after it was woken.

use std::hint::spin_loop;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release},
};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::yield_now;

use crate::leaf::Leaves;

/// Polls a future that is ready at once, and returns its output.
///
/// # Panics
/// Panics if it is not ready.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    expect(pin!(future).poll(&mut Context::from_waker(Waker::noop())))
}

/// A stand-in for the task of a runtime: a wake is one locked operation, and its waker is reference-counted.
#[derive(Default)]
struct Parent {
    wakes: AtomicU64,
}

impl Wake for Parent {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, Release);
    }
}

/// A task to poll futures in, and the order in which it wakes leaves.
pub(crate) struct Driver {
    parent: Arc<Parent>,
    waker: Waker,
    order: Vec<usize>,
}

impl Driver {
    /// Creates a driver for futures without leaves.
    pub(crate) fn new() -> Self {
        let parent = Arc::new(Parent::default());
        Self {
            waker: Waker::from(Arc::clone(&parent)),
            parent,
            order: Vec::new(),
        }
    }

    /// Creates a driver that wakes `count` leaves in argument order.
    pub(crate) fn in_order(count: usize) -> Self {
        let order = (0..count).collect();
        Self {
            order,
            ..Self::new()
        }
    }

    /// Creates a driver that wakes `count` leaves in a random order, which is the same in every run.
    pub(crate) fn shuffled(count: usize) -> Self {
        Self::shuffled_within(count, count)
    }

    /// Creates a driver that wakes `count` leaves in argument order, except within windows of `window` leaves, where the order is
    /// random.
    pub(crate) fn shuffled_within(count: usize, window: usize) -> Self {
        let mut driver = Self::in_order(count);
        driver.order.chunks_mut(window).for_each(shuffle);
        driver
    }

    /// Returns the number of leaves.
    pub(crate) fn leaves(&self) -> usize {
        self.order.len()
    }

    /// Returns the leaves in the order of their wakes.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Drives a future that waits for no leaf, although it may yield.
    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        expect(self.settle(pin!(future)))
    }

    /// "Burst": polls, wakes all leaves, polls.
    pub(crate) fn burst<F: Future>(&self, leaves: &Leaves, future: F) -> F::Output {
        self.turns(future, [()], |()| {
            for &leaf in &self.order {
                leaves.wake(leaf);
            }
        })
    }

    /// "One at a time": polls, then wakes one leaf and polls, `times` times through all of them.
    pub(crate) fn one_at_a_time<F: Future>(
        &self,
        leaves: &Leaves,
        times: u32,
        future: F,
    ) -> F::Output {
        let turns = (0..times).flat_map(|_| &self.order);
        self.turns(future, turns, |&leaf| leaves.wake(leaf))
    }

    /// Polls, then does a `wake` and polls, for each turn until the future is done.
    ///
    /// # Panics
    /// Panics if a wake does not reach the task, because a runtime would wait forever, or if the future is not ready at the end.
    pub(crate) fn turns<F: Future, T>(
        &self,
        future: F,
        turns: impl IntoIterator<Item = T>,
        mut wake: impl FnMut(T),
    ) -> F::Output {
        let mut future = pin!(future);
        let mut state = self.settle(future.as_mut());
        for turn in turns {
            if state.is_ready() {
                break;
            }
            let before = self.wakes();
            wake(turn);
            assert!(self.wakes() != before, "a wake was lost");
            state = self.settle(future.as_mut());
        }
        expect(state)
    }

    /// Polls, lets another thread `start` to wake the leaves, and polls after each wake.
    pub(crate) fn woken_elsewhere<F: Future>(&self, future: F, start: impl FnOnce()) -> F::Output {
        let mut future = pin!(future);
        let mut state = self.settle(future.as_mut());
        let mut seen = self.wakes();
        start();
        while state.is_pending() {
            spin_until(|| self.wakes() != seen);
            seen = self.wakes();
            state = future.as_mut().poll(&mut Context::from_waker(&self.waker));
        }
        expect(state)
    }

    /// Polls like a runtime: once, and again as long as the future has woken its own task.
    fn settle<F: Future>(&self, mut future: Pin<&mut F>) -> Poll<F::Output> {
        let mut cx = Context::from_waker(&self.waker);
        loop {
            let before = self.wakes();
            match future.as_mut().poll(&mut cx) {
                Poll::Pending if self.wakes() != before => {}
                settled => return settled,
            }
        }
    }

    fn wakes(&self) -> u64 {
        self.parent.wakes.load(Acquire)
    }
}

/// Waits for another thread: spins at first, and yields the processor after a while.
pub(crate) fn spin_until(holds: impl Fn() -> bool) {
    /// More spins than the other thread needs between two signals.
    const SPINS: u32 = 1_000;

    loop {
        for _ in 0..SPINS {
            if holds() {
                return;
            }
            spin_loop();
        }
        // The other thread may need this processor.
        yield_now();
    }
}

/// Returns the output of a future that must be ready by now.
fn expect<T>(state: Poll<T>) -> T {
    match state {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future is not done though all it waits for is"),
    }
}

/// Shuffles with the Fisher-Yates algorithm and Marsaglia's xorshift generator.
fn shuffle(order: &mut [usize]) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for end in (1..order.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let other = state % (end as u64 + 1);
        order.swap(end, usize::try_from(other).expect("at most `end`"));
    }
}
