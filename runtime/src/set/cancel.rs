//! Drops a future before it is done.

use super::{
    raw::RawSet,
    segments::{Segments, SlotAddr},
};

impl Segments {
    /// Returns whether the slot of this number holds a future. It has held one before.
    pub(super) fn holds(&self, id: usize) -> bool {
        let SlotAddr { segment, slot } = self.address(id);
        self[segment].holds(slot)
    }
}

impl RawSet {
    /// Drops the future with this index. Returns whether there was one.
    ///
    /// Takes time in the number of slots if slots were reused, or if the future was never polled and none was canceled before.
    #[inline(never)]
    pub(super) fn cancel(&mut self, index: usize) -> bool {
        let segments = &self.segments;
        let Some(id) = self.order.find(index, &|id| segments.holds(id)) else {
            return false;
        };
        let was_polled = self.order.was_polled(id);
        if was_polled {
            self.running -= 1;
            self.order.release(id);
        } else {
            // Unpolled futures are a row of slots, in which there can be no gap.
            self.shuffle().release_unpolled(id);
        }
        // The next future in this slot was not woken.
        self.sweep.batch.retain(|&(_, woken)| woken != id);
        let SlotAddr { segment, slot } = self.segments.address(id);
        self.segments[segment].remove(slot);
        true
    }
}
