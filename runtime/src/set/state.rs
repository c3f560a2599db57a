//! The count of a block's references, and of the duties to wake the parent that were done.

use std::process::abort;

use super::sync::{AtomicU64, Ordering};

/// Two counts in one word, so that a waker which has woken the parent is consumed back in one step.
///
/// - Low half: references. The owner has one, every waker, and every block that has this one as primary. Freed at zero.
/// - High half: duties (see [`Parent`](super::parent::Parent)) that have ended, however they ended. Wraps around.
pub(super) struct State(AtomicU64);

const REFERENCE: u64 = 1;
const WAKE: u64 = 1 << 32;

impl State {
    /// With one reference, and others in advance, for somebody to hand out.
    pub(super) fn new(others: usize) -> Self {
        Self(AtomicU64::new(REFERENCE + others as u64))
    }

    /// Gives such references back; they are not the last.
    pub(super) fn give_back(&self, count: usize) {
        self.0.fetch_sub(count as u64, Ordering::Release);
    }

    #[inline]
    pub(super) fn retain(&self) {
        // Relaxed, as in `Arc`: whoever adds a reference has one, so the block is alive, and nothing else is asked.
        let before = self.0.fetch_add(REFERENCE, Ordering::Relaxed);
        if low(before) > u32::MAX / 2 {
            abort();
        }
    }

    /// Gives a reference back, and counts a duty as ended if there was one. Whether it was the last reference.
    ///
    /// Release, so that the last one sees all that was done through the others, and the owner what was done on duty.
    #[inline]
    pub(super) fn release(&self, duty: bool) -> bool {
        let before = if duty {
            self.0.fetch_add(WAKE - REFERENCE, Ordering::Release)
        } else {
            self.0.fetch_sub(REFERENCE, Ordering::Release)
        };
        low(before) == 1
    }

    /// Whether there is one reference only, which the caller has: then nobody makes others, and all that was done through
    /// those that there were is seen.
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
