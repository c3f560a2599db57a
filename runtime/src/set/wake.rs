//! Wakes: the half of a block that wakers use, on any thread.

use std::{mem::ManuallyDrop, ptr::NonNull};

use super::{
    block::Block,
    header::{GROUP, Group, HAS_BITS, Header, LARGEST, STRIDE},
};
use crate::sync::{AtomicU64, Ordering, fence};

/// Whether a wake consumes its waker.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Consumed {
    No,
    Yes,
}

impl Group {
    /// Returns the word for the ready bits of such a waker.
    #[inline]
    fn word_of(&self, consumed: Consumed) -> &AtomicU64 {
        match consumed {
            Consumed::No => &self.word,
            Consumed::Yes => &self.consumed,
        }
    }
}

impl Block {
    /// Marks a slot as ready, and wakes the parent if this is the first wake.
    ///
    /// # Safety
    ///
    /// `id` came from [`Block::id`], of a block that stays alive during the call.
    #[inline]
    pub(super) unsafe fn mark(id: *const u8) {
        // SAFETY: as the caller says.
        if let AfterMark::WakeParent(primary) = unsafe { Self::mark_slot(id, Consumed::No) } {
            // SAFETY: the block is alive, and so is its primary block, whose `first_woken` this call has changed from
            // zero.
            unsafe {
                let _wake = WakeInFlight::new(primary);
                primary.as_ref().parent.wake();
            }
        }
    }

    /// Marks a slot as ready, wakes the parent if needed, and releases the waker's reference or leaves it to the owner.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`], and the caller gives up one reference.
    #[inline]
    pub(super) unsafe fn mark_and_release(id: *const u8) {
        // SAFETY: as the caller says. Nothing is accessed after the reference was left.
        unsafe {
            let primary = match Self::mark_slot(id, Consumed::Yes) {
                AfterMark::ReferenceLeft => return,
                AfterMark::Done => None,
                AfterMark::WakeParent(primary) => Some(primary),
            };
            let block = ManuallyDrop::new(Self::of(id)).0;
            let _last = WakeAndRelease::new(block, primary);
            if let Some(primary) = primary {
                primary.as_ref().parent.wake();
            }
        }
    }

    /// Marks a slot as ready. A waker that is consumed may leave its reference to the owner.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`]. If the reference was left, the block may have been freed.
    #[inline]
    unsafe fn mark_slot(id: *const u8, consumed: Consumed) -> AfterMark {
        let slot = id.addr() % STRIDE;
        // SAFETY: the block is alive, and its groups were written by `new`.
        let group = unsafe { &*Self::group_of(id) };
        let primary = group.primary;
        // SAFETY: a block that is not its own primary owns a reference to its primary block.
        let first_woken = unsafe { &primary.as_ref().first_woken };
        // The load avoids an exchange that would fail. The models omit it, because loom would then miss orders that only the
        // exchange makes.
        let number = group.first as usize + slot;
        let is_first = (cfg!(rejoin_loom) || first_woken.load(Ordering::Relaxed) == 0)
            && first_woken
                .compare_exchange(0, number as u64 + 1, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        if is_first {
            return AfterMark::WakeParent(primary);
        }
        let (word, bit) = (group.word_of(consumed), 1 << slot);
        let before = word.fetch_or(bit, Ordering::AcqRel);
        if before != 0 {
            return if consumed == Consumed::Yes && before & bit == 0 {
                AfterMark::ReferenceLeft
            } else {
                AfterMark::Done
            };
        }
        // SAFETY: the block is alive, because a waker that comes here has kept its reference.
        let block = ManuallyDrop::new(unsafe { Self::of(id) });
        if block.mark_summaries(number % LARGEST / GROUP)
            && first_woken.fetch_or(HAS_BITS, Ordering::AcqRel) == 0
        {
            AfterMark::WakeParent(primary)
        } else {
            AfterMark::Done
        }
    }

    /// Sets the ready bit of a slot. Called by the owner, which looks for ready bits afterwards.
    pub(super) fn mark_bit(&self, slot: usize) {
        let (number, bit) = (slot / GROUP, 1 << (slot % GROUP));
        let [word, _] = self.words(number);
        if word.fetch_or(bit, Ordering::AcqRel) == 0 {
            self.mark_summaries(number);
        }
    }

    /// Sets the bits of group `number` in the summaries, as long as a word was zero before. Returns whether the last one was.
    fn mark_summaries(&self, number: usize) -> bool {
        let header = self.header();
        let (mut index, mut width, mut base) = (number, self.groups(), 0);
        while width > 1 {
            let word = self.summary(base + index / GROUP);
            if word.fetch_or(1 << (index % GROUP), Ordering::AcqRel) != 0 {
                return false;
            }
            width = width.div_ceil(GROUP);
            base += width;
            index /= GROUP;
        }
        if self.is_primary() {
            return true;
        }
        // SAFETY: a block that is not its own primary owns a reference to its primary block.
        let root = unsafe { &header.primary.as_ref().root };
        root.fetch_or(1 << header.bit, Ordering::AcqRel) == 0
    }
}

/// The work that is left to do after a slot was marked, besides releasing the waker's reference.
enum AfterMark {
    /// Nothing is left to do, and the reference was left with the bit: the block may have been freed.
    ReferenceLeft,
    /// Nothing is left to do.
    Done,
    /// The parent is to be woken, which this block has.
    WakeParent(NonNull<Header>),
}

/// Counts a wake as ended, even if the parent's waker panics. The block must be alive until then.
pub(super) struct WakeInFlight(NonNull<Header>);

impl WakeInFlight {
    /// # Safety
    ///
    /// The block stays alive until the result is dropped, and the caller has a wake in flight.
    #[inline]
    pub(super) unsafe fn new(primary: NonNull<Header>) -> Self {
        Self(primary)
    }
}

impl Drop for WakeInFlight {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the block is alive, as the caller of `new` said.
        unsafe { self.0.as_ref() }.state.end_wake();
    }
}

/// Releases a waker's reference, and counts its wake as ended if it had one in flight.
pub(super) struct WakeAndRelease {
    block: NonNull<Header>,
    primary: Option<NonNull<Header>>,
}

impl WakeAndRelease {
    /// # Safety
    ///
    /// The caller owns a reference to `block` and gives it up. If there is a `primary`, it is the primary block of `block`, and the
    /// caller has a wake in flight there.
    #[inline]
    pub(super) unsafe fn new(block: NonNull<Header>, primary: Option<NonNull<Header>>) -> Self {
        Self { block, primary }
    }
}

impl Drop for WakeAndRelease {
    #[inline]
    fn drop(&mut self) {
        let own = self.primary == Some(self.block);
        if let Some(primary) = self.primary.filter(|_| !own) {
            // SAFETY: as the caller of `new` said; `block` is still alive, and owns a reference to its primary block.
            drop(unsafe { WakeInFlight::new(primary) });
        }
        // SAFETY: the reference keeps the block alive.
        let state = &unsafe { self.block.as_ref() }.state;
        let is_last = if own {
            state.end_wake_and_release()
        } else {
            state.release()
        };
        if is_last {
            fence(Ordering::Acquire);
            // SAFETY: that was the last reference.
            unsafe { Block::free(self.block) };
        }
    }
}
