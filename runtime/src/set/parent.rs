//! The cell that holds the waker of the task that polls the set.

use std::task::Waker;

use crate::panics::Panics;
use crate::sync::{AtomicUsize, Ordering, UnsafeCell};

/// Holds the parent's waker, which any thread may wake while the owner replaces it, without a lock and without a clone
/// for each wake.
///
/// A *wake in flight* is a thread that has to wake the parent, or is waking it: the thread that changed the word
/// `first_woken` from zero. The owner swaps that word back to zero. So the number of wakes that have begun is the
/// number of non-zero values that the owner has swapped out, plus one if the word is not zero now. The block counts the
/// wakes that have ended (see `block::State`), because there the count costs nothing if the waker's reference is
/// released at the same time.
///
/// # Invariants
///
/// - Only the owner writes `slots`, `current` and `begun`. A thread with a wake in flight reads `current` and then the
///   slot that it names.
/// - The slot that `current` names is never written. The other slot is written only while no wake in flight can be
///   reading it. The owner knows this when as many wakes have ended as have begun: a wake that begins later reads a
///   `current` that is at least as new as the owner's last swap, because its own `fetch_or` comes after that swap in
///   the modification order of the word.
/// - The owner publishes a new waker *before* it swaps the word `first_woken`. So a wake that this swap does not see
///   wakes the new parent.
pub(super) struct Parent {
    slots: [UnsafeCell<Option<Waker>>; 2],
    current: AtomicUsize,
    /// The number of wakes that the owner has swapped out.
    begun: UnsafeCell<u32>,
}

/// Another thread may be waking the parent.
pub(super) struct Busy;

/// Drops wakers. This runs foreign code, and a waker that panics does not keep the other one from being dropped.
#[inline]
pub(super) fn drop_wakers(wakers: [Option<Waker>; 2]) {
    let mut panics = Panics::default();
    for waker in wakers.into_iter().flatten() {
        panics.run(|| drop(waker));
    }
    panics.resume();
}

impl Parent {
    pub(super) fn new(waker: Option<Waker>) -> Self {
        Self {
            slots: [UnsafeCell::new(waker), UnsafeCell::new(None)],
            current: AtomicUsize::new(0),
            begun: UnsafeCell::new(0),
        }
    }

    /// Wakes the parent, for a wake in flight. The caller counts that wake as ended afterwards, even if this panics.
    #[inline]
    pub(super) fn wake(&self) {
        let current = self.current.load(Ordering::Acquire);
        self.slots[current & 1].with(|waker| {
            // SAFETY: the slot named by `current` is not written, and not reused before this wake has ended.
            if let Some(waker) = unsafe { &*waker } {
                waker.wake_by_ref();
            }
        });
    }

    /// Notes that the owner has swapped out a non-zero `first_woken`.
    ///
    /// # Safety
    ///
    /// Only the owner may call this.
    #[inline]
    pub(super) unsafe fn count_wake(&self) {
        // SAFETY: only the owner touches `begun`, and the caller is the owner.
        self.begun
            .with_mut(|begun| unsafe { *begun = (*begun).wrapping_add(1) });
    }

    /// Returns whether wakes reach `waker` already.
    ///
    /// # Safety
    ///
    /// Only the owner may call this.
    #[inline]
    pub(super) unsafe fn holds(&self, waker: &Waker) -> bool {
        let current = self.current.load(Ordering::Relaxed);
        self.slots[current & 1].with(|held| {
            // SAFETY: only the owner writes slots, and the caller is the owner.
            unsafe { &*held }
                .as_ref()
                .is_some_and(|held| held.will_wake(waker))
        })
    }

    /// Makes wakes reach `waker` from now on and returns the waker in the spare slot, unless a thread may still be reading that:
    /// then nothing changes. `ended` wakes have ended, and `pending` returns whether `first_woken` is not zero.
    ///
    /// # Safety
    ///
    /// Only the owner may call this.
    #[cold]
    pub(super) unsafe fn replace(
        &self,
        waker: &Waker,
        ended: u32,
        pending: impl FnOnce() -> bool,
    ) -> Result<Option<Waker>, Busy> {
        if !self.no_wake_in_flight(ended, pending) {
            return Err(Busy);
        }
        let waker = waker.clone();
        let spare = 1 - self.current.load(Ordering::Relaxed);
        let old = self.slots[spare].with_mut(|slot| {
            // SAFETY: as many wakes have ended as have begun, so no thread reads the spare slot; the caller is the
            // owner.
            unsafe { (*slot).replace(waker) }
        });
        self.current.store(spare, Ordering::Release);
        Ok(old)
    }

    /// Takes both wakers out if no thread can be reading them. Otherwise they are dropped with the block.
    ///
    /// # Safety
    ///
    /// Only the owner may call this, after it has made the word `first_woken` non-zero for good and counted its last
    /// wake.
    pub(super) unsafe fn retire(&self, ended: u32) -> [Option<Waker>; 2] {
        if !self.no_wake_in_flight(ended, || false) {
            return [None, None];
        }
        // SAFETY: every wake has ended, none can begin, and the caller is the owner.
        [0, 1].map(|n| self.slots[n].with_mut(|slot| unsafe { (*slot).take() }))
    }

    /// Returns whether every wake that has begun has ended. `ended` is read before `pending`, so a wake that begins in
    /// between is counted by `pending`, and the numbers are equal only if no wake is in flight.
    fn no_wake_in_flight(&self, ended: u32, pending: impl FnOnce() -> bool) -> bool {
        // SAFETY: only the owner touches `begun`, and only the owner calls this.
        let begun = self.begun.with(|begun| unsafe { *begun });
        ended == begun.wrapping_add(u32::from(pending()))
    }

    /// The wakers, when the block is freed.
    pub(super) fn into_wakers(self) -> [Option<Waker>; 2] {
        self.slots.map(|slot| {
            slot.with_mut(|waker| {
                // SAFETY: `self` is owned.
                unsafe { (*waker).take() }
            })
        })
    }
}
