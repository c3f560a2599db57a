//! The cell that holds the waker of whoever polls the set.

use std::task::Waker;

use super::sync::{AtomicUsize, Ordering, UnsafeCell};
use crate::panics::Panics;

/// Holds the parent's waker where any thread may wake it while the owner replaces it, without a lock and without
/// cloning it for each wake.
///
/// A *duty* is the obligation to wake the parent. It falls to the thread that turns the first_woken word from zero to non-zero;
/// the owner ends that state by swapping the word to zero. So the number of duties that have ever begun is the number of
/// non-zero values that the owner has swapped out, plus one if the word is non-zero now. How many have ended, the block
/// counts (see `block::State`), for there it costs nothing more when the waker is consumed back at the same time.
///
/// # Invariants
///
/// - Only the owner writes `slots`, `current` and `begun`. A thread on duty reads `current` and then the slot it names.
/// - The slot named by `current` is never written. The other one is written only while no thread on duty can be reading
///   it, which the owner knows when as many duties have ended as have begun: a duty that begins later reads a `current`
///   at least as new as the owner's last swap, for its own `fetch_or` comes after that swap in the word's order.
/// - The owner publishes a new waker *before* it swaps the first_woken word. A wake that it does not see in the swap
///   therefore wakes the new parent.
pub(super) struct Parent {
    slots: [UnsafeCell<Option<Waker>>; 2],
    current: AtomicUsize,
    /// Duties that the owner has swapped out.
    begun: UnsafeCell<u32>,
}

/// Somebody may be waking the parent.
pub(super) struct Busy;

/// Drops wakers, which is somebody else's code: one that panics stops no other.
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

    /// Does one duty: wakes the parent. The caller counts it as ended afterwards, also if this panics.
    #[inline]
    pub(super) fn wake(&self) {
        let current = self.current.load(Ordering::Acquire);
        self.slots[current & 1].with(|waker| {
            // SAFETY: the slot named by `current` is not written, and not reused before this duty has ended.
            if let Some(waker) = unsafe { &*waker } {
                waker.wake_by_ref();
            }
        });
    }

    /// Notes that the owner has swapped out a first_woken word that was not zero.
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

    /// Whether wakes reach `waker` already.
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

    /// Makes wakes reach `waker` from now on and gives what the spare slot held, unless a thread may still be reading that:
    /// then nothing changes. `ended` duties have ended, and `risen` says whether the first_woken word is not zero.
    ///
    /// # Safety
    ///
    /// Only the owner may call this.
    #[cold]
    pub(super) unsafe fn replace(
        &self,
        waker: &Waker,
        ended: u32,
        risen: impl FnOnce() -> bool,
    ) -> Result<Option<Waker>, Busy> {
        if !self.no_wake_in_flight(ended, risen) {
            return Err(Busy);
        }
        let waker = waker.clone();
        let spare = 1 - self.current.load(Ordering::Relaxed);
        let old = self.slots[spare].with_mut(|slot| {
            // SAFETY: as many duties have ended as have begun, so nobody reads the spare slot; the caller is the owner.
            unsafe { (*slot).replace(waker) }
        });
        self.current.store(spare, Ordering::Release);
        Ok(old)
    }

    /// Takes both wakers out when nobody can be reading them; otherwise they go with the block.
    ///
    /// # Safety
    ///
    /// Only the owner may call this, after the first_woken word was made non-zero for good and its last duty counted.
    pub(super) unsafe fn retire(&self, ended: u32) -> [Option<Waker>; 2] {
        if !self.no_wake_in_flight(ended, || false) {
            return [None, None];
        }
        // SAFETY: every duty has ended, none can begin, and the caller is the owner.
        [0, 1].map(|n| self.slots[n].with_mut(|slot| unsafe { (*slot).take() }))
    }

    /// Whether every duty that had begun has ended. `ended` was read before `risen` is: a duty that begins in between is
    /// not missed in `risen`, so the two are equal only if nobody is on duty.
    fn no_wake_in_flight(&self, ended: u32, risen: impl FnOnce() -> bool) -> bool {
        // SAFETY: only the owner touches `begun`, and only the owner calls this.
        let begun = self.begun.with(|begun| unsafe { *begun });
        ended == begun.wrapping_add(u32::from(risen()))
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
