//! The count of a block's references, and of the wakes of the parent that have ended.

use std::process::abort;

use crate::sync::{AtomicU64, Ordering};

/// Two counts in one word, so that a waker that has woken the parent is released in one step.
///
/// - Low half: references. The owner has one, every waker, and every block that has this one as primary. Freed at zero.
/// - High half: wakes (see [`Parent`](super::parent::Parent)) that have ended, with or without a panic. Wraps around.
pub(super) struct State(AtomicU64);

const REFERENCE: u64 = 1;
const WAKE: u64 = 1 << 32;

impl State {
    /// Returns a state with one reference, and `others` that are counted in advance.
    pub(super) fn new(others: usize) -> Self {
        Self(AtomicU64::new(REFERENCE + others as u64))
    }

    /// Releases `count` references, which are not the last ones.
    pub(super) fn give_back(&self, count: usize) {
        self.0.fetch_sub(count as u64, Ordering::Release);
    }

    #[inline]
    pub(super) fn retain(&self) {
        // Relaxed, as in `Arc`: the caller has a reference, so the block is alive, and no other access depends on it.
        let before = self.0.fetch_add(REFERENCE, Ordering::Relaxed);
        if low(before) > u32::MAX / 2 {
            abort();
        }
    }

    /// Releases a reference. Returns whether it was the last one.
    ///
    /// `Release`, so that the last holder sees all accesses through the other references.
    #[inline]
    pub(super) fn release(&self) -> bool {
        low(self.0.fetch_sub(REFERENCE, Ordering::Release)) == 1
    }

    /// Counts a wake as ended and releases a reference, in one step. Returns whether it was the last reference.
    ///
    /// `Release`, as in [`release`](Self::release), and so that the owner sees the accesses of the wake.
    #[inline]
    pub(super) fn end_wake_and_release(&self) -> bool {
        low(self.0.fetch_add(WAKE - REFERENCE, Ordering::Release)) == 1
    }

    /// Returns whether the caller has the only reference. Then no thread can make another one, and all accesses through
    /// earlier references are visible.
    #[inline]
    pub(super) fn is_alone(&self) -> bool {
        low(self.0.load(Ordering::Acquire)) == 1
    }

    #[inline]
    pub(super) fn end_wake(&self) {
        self.0.fetch_add(WAKE, Ordering::Release);
    }

    pub(super) fn ended(&self) -> u32 {
        low(self.0.load(Ordering::Acquire) >> 32)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is what is wanted")]
const fn low(state: u64) -> u32 {
    state as u32
}
