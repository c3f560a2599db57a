//! The ends of wakes: what is counted afterwards, also when the parent's waker panics.

use std::ptr::NonNull;

use super::{
    block::{Block, Header},
    sync::{Ordering, fence},
};

/// Counts a duty as ended, also when the parent's waker panics. The block must be alive until then.
pub(super) struct OnDuty(pub(super) NonNull<Header>);

impl Drop for OnDuty {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the block is alive.
        unsafe { self.0.as_ref() }.state.end_duty();
    }
}

/// Gives a waker's count back, and counts its duty as ended if there was one.
pub(super) struct LastAct {
    pub(super) block: NonNull<Header>,
    pub(super) home: Option<NonNull<Header>>,
}

impl Drop for LastAct {
    #[inline]
    fn drop(&mut self) {
        let own = self.home == Some(self.block);
        if let Some(home) = self.home.filter(|_| !own) {
            drop(OnDuty(home));
        }
        // SAFETY: the count is still there, and with it the block.
        if unsafe { self.block.as_ref() }.state.release(own) {
            fence(Ordering::Acquire);
            Block::free(self.block);
        }
    }
}
