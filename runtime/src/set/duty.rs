//! The ends of wakes: what is counted afterwards, also when the parent's waker panics.

use std::ptr::NonNull;

use super::{
    block::{Block, Header},
    sync::{Ordering, fence},
};

/// Counts a duty as ended, also when the parent's waker panics. The block must be alive until then.
pub(super) struct WakeInFlight(NonNull<Header>);

impl WakeInFlight {
    /// # Safety
    ///
    /// The block stays alive until the result is dropped, and the caller is on duty.
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

/// Gives a waker's count back, and counts its duty as ended if there was one.
pub(super) struct WakeAndRelease {
    block: NonNull<Header>,
    primary: Option<NonNull<Header>>,
}

impl WakeAndRelease {
    /// # Safety
    ///
    /// The caller owns a count of `block` and gives it up. If there is a `primary`, that is the primary of `block`, and the caller
    /// is on duty there.
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
            // SAFETY: as the caller of `new` said; `block` is still alive, and owns a count of its primary.
            drop(unsafe { WakeInFlight::new(primary) });
        }
        // SAFETY: the count is still there, and with it the block.
        if unsafe { self.block.as_ref() }.state.release(own) {
            fence(Ordering::Acquire);
            // SAFETY: that was the last count.
            unsafe { Block::free(self.block) };
        }
    }
}
