//! Memory for slots of a size that is known at run time.

use std::{
    alloc::{Layout, alloc, dealloc, handle_alloc_error},
    mem::ManuallyDrop,
    ptr::{self, NonNull},
};

use super::visit::Vtable;

/// Memory for a number of futures of one type. It allocates and frees memory and nothing else; the segment knows which
/// slots hold a future.
///
/// Slots are accessed through one raw pointer each. A reference to several slots, or a shared reference to one slot,
/// would assert access to the memory of futures that contain references into themselves, and so invalidate those.
///
/// # Invariants
///
/// - `start` is aligned for the futures of `vtable`, and points to an allocation of `capacity` of them if that is not
///   of size zero.
pub(super) struct Memory {
    start: NonNull<u8>,
    capacity: usize,
    vtable: &'static Vtable,
}

// SAFETY: the futures in it are reached through raw pointers only, by code that is `unsafe`. Any thread may free memory.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// The parts of a vector.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    pub(super) start: NonNull<u8>,
    pub(super) len: usize,
    pub(super) capacity: usize,
}

impl Parts {
    /// Takes a vector apart, without dropping anything.
    #[inline]
    pub(super) fn of<F>(futures: Vec<F>) -> Self {
        let mut futures = ManuallyDrop::new(futures);
        let start = NonNull::new(futures.as_mut_ptr()).expect("a vector's pointer is not null");
        Self {
            start: start.cast(),
            len: futures.len(),
            capacity: futures.capacity(),
        }
    }
}

impl Memory {
    /// Allocates `capacity` slots.
    pub(super) fn new(vtable: &'static Vtable, capacity: usize) -> Self {
        let layout = Self::layout(vtable, capacity);
        let start = if layout.size() == 0 {
            let dangling = ptr::without_provenance_mut(vtable.layout.align());
            NonNull::new(dangling).expect("an alignment is not zero")
        } else {
            // SAFETY: the size is not zero.
            let start = unsafe { alloc(layout) };
            NonNull::new(start).unwrap_or_else(|| handle_alloc_error(layout))
        };
        Self {
            start,
            capacity,
            vtable,
        }
    }

    /// Takes over the memory of a vector.
    ///
    /// # Safety
    ///
    /// `parts` are the parts of a vector whose elements have the type of `vtable`, and whose memory now belongs to the
    /// result.
    pub(super) unsafe fn of_vec(vtable: &'static Vtable, parts: Parts) -> Self {
        Self {
            start: parts.start,
            // A vector of nothing has room without end.
            capacity: match vtable.layout.size() {
                0 => parts.len,
                _ => parts.capacity,
            },
            vtable,
        }
    }

    fn layout(vtable: &'static Vtable, capacity: usize) -> Layout {
        let size = vtable.layout.size().checked_mul(capacity);
        let layout = size.map(|size| Layout::from_size_align(size, vtable.layout.align()));
        let Some(Ok(layout)) = layout else {
            panic!("capacity overflow")
        };
        layout
    }

    /// Returns the functions of the futures.
    pub(super) fn vtable(&self) -> &'static Vtable {
        self.vtable
    }

    /// Returns the number of slots.
    #[inline]
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns a pointer to a slot.
    ///
    /// # Panics
    ///
    /// Panics if there is no such slot.
    #[inline]
    pub(super) fn slot(&self, slot: usize) -> *mut () {
        assert!(slot < self.capacity, "the segment has this slot");
        // SAFETY: the slot is within the allocation.
        unsafe { self.start.add(slot * self.vtable.layout.size()) }
            .as_ptr()
            .cast()
    }

    /// Drops the future in a slot.
    ///
    /// # Safety
    ///
    /// The slot held a future until now, and is no longer said to hold one, also if the drop panics.
    pub(super) unsafe fn drop_slot(&self, slot: usize) {
        let slot = self.slot(slot);
        if let Some(drop) = self.vtable.drop {
            // SAFETY: as the caller says; the function is the one for the type of the future.
            unsafe { drop(slot) }
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let layout = Self::layout(self.vtable, self.capacity);
        if layout.size() > 0 {
            // SAFETY: it was allocated with this layout, by `new` or by a vector.
            unsafe { dealloc(self.start.as_ptr(), layout) }
        }
    }
}
