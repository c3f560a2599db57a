//! Results that arrive in any order, and leave in the order of their slots.

use std::mem::MaybeUninit;

use super::bits::Bits;
use crate::panics::Panics;

/// A vector that is filled in any order.
///
/// Invariant: the slots below `prefix` and those in `apart` are initialized, and are below `values.len()`.
pub(crate) struct Outputs<T> {
    values: Vec<MaybeUninit<T>>,
    /// As long as slots are filled in order, nothing else need be written down.
    prefix: usize,
    apart: Apart,
}

/// The slots that were filled out of order. Slots that are filled in order are not counted here, because that would take longer than
/// everything else that is done for a result.
#[derive(Default)]
struct Apart {
    slots: Bits,
    count: usize,
}

impl Apart {
    const fn new() -> Self {
        Self {
            slots: Bits::new(),
            count: 0,
        }
    }

    /// Adds a slot, of `slots` in all.
    #[inline(never)]
    fn add(&mut self, slot: usize, slots: usize) {
        debug_assert!(!self.slots.has(slot));
        self.slots.reserve(slots);
        self.slots.add(slot);
        self.count += 1;
    }
}

impl<T> Outputs<T> {
    pub(crate) const fn new() -> Self {
        Self {
            values: Vec::new(),
            prefix: 0,
            apart: Apart::new(),
        }
    }

    /// Makes slots for the results below `len`.
    #[inline]
    pub(crate) fn grow(&mut self, len: usize) {
        if len > self.values.len() {
            self.grow_to(len);
        }
    }

    #[inline(never)]
    fn grow_to(&mut self, len: usize) {
        // A vector that grows costs more than a new one, though it grows from nothing.
        if self.values.capacity() == 0 {
            self.values = Vec::with_capacity(len);
        }
        self.values.resize_with(len, MaybeUninit::uninit);
    }

    /// Reserves memory for `slots` more results, without making slots for them.
    pub(crate) fn reserve(&mut self, slots: usize) {
        self.values.reserve(slots);
    }

    /// Fills a slot, which exists and is empty.
    #[inline]
    pub(crate) fn fill(&mut self, slot: usize, value: T) {
        self.values[slot].write(value);
        if slot == self.prefix {
            self.prefix += 1;
        } else {
            self.apart.add(slot, self.values.len());
        }
    }

    /// Returns the number of filled slots.
    #[inline]
    fn count(&self) -> usize {
        self.prefix + self.apart.count
    }

    /// Returns the results, if every slot is filled.
    #[inline(never)]
    pub(crate) fn take_all(&mut self) -> Option<Vec<T>> {
        if self.count() != self.values.len() {
            return None;
        }
        self.prefix = 0;
        self.apart = Apart::new();
        let mut values = std::mem::ManuallyDrop::new(std::mem::take(&mut self.values));
        let (start, len, room) = (values.as_mut_ptr(), values.len(), values.capacity());
        // SAFETY: all `len` slots are filled; `MaybeUninit<T>` has the layout of `T`; and nothing else owns the memory
        // or the values any more.
        Some(unsafe { Vec::from_raw_parts(start.cast::<T>(), len, room) })
    }

    /// Returns the results, with `None` for each empty slot.
    pub(crate) fn take_some(&mut self) -> Vec<Option<T>> {
        let prefix = std::mem::take(&mut self.prefix);
        let apart = std::mem::take(&mut self.apart).slots;
        let values = std::mem::take(&mut self.values);
        (values.into_iter().enumerate())
            .map(|(slot, value)| {
                let has = slot < prefix || apart.has(slot);
                // SAFETY: such a slot is initialized, and is read once, because `values` is consumed.
                has.then(|| unsafe { value.assume_init() })
            })
            .collect()
    }

    /// Drops the results, in the order of their slots.
    #[inline(never)]
    pub(crate) fn clear(&mut self) {
        let prefix = std::mem::take(&mut self.prefix);
        let apart = std::mem::take(&mut self.apart);
        if !std::mem::needs_drop::<T>() || prefix + apart.count == 0 {
            return;
        }
        let mut panics = Panics::default();
        for (slot, value) in self.values.iter_mut().enumerate() {
            if slot < prefix || apart.slots.has(slot) {
                // SAFETY: such a slot is initialized, and no longer counts as filled.
                panics.run(|| unsafe { value.assume_init_drop() });
            }
        }
        panics.resume();
    }
}

impl<T> Drop for Outputs<T> {
    fn drop(&mut self) {
        self.clear();
    }
}
