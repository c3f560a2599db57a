//! Results that arrive in any order, and leave in the order of their slots.

use std::mem::MaybeUninit;

use super::bits::Bits;
use crate::panics::Panics;

/// A vector that is filled in any order.
///
/// Invariant: the slots below `prefix` and those in `filled` are initialized, and are below `values.len()`.
pub(crate) struct Outputs<T> {
    values: Vec<MaybeUninit<T>>,
    /// As long as slots are filled in order, nothing else need be written down.
    prefix: usize,
    filled: Bits,
    /// How many are filled that did not come in order. Those that do need no count: to keep one would take longer than all
    /// else that is done for a result.
    apart: usize,
}

impl<T> Outputs<T> {
    pub(crate) const fn new() -> Self {
        Self {
            values: Vec::new(),
            prefix: 0,
            filled: Bits::new(),
            apart: 0,
        }
    }

    /// Makes slots for the results below `len`.
    #[inline]
    pub(crate) fn grow(&mut self, len: usize) {
        if len > self.values.len() {
            // A vector that grows costs more than a new one, though it grows from nothing.
            if self.values.capacity() == 0 {
                self.values = Vec::with_capacity(len);
            }
            self.values.resize_with(len, MaybeUninit::uninit);
        }
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
            debug_assert!(!self.has(slot));
            self.filled.reserve(self.values.len());
            self.filled.add(slot);
            self.apart += 1;
        }
    }

    /// Returns the number of filled slots.
    #[inline]
    fn count(&self) -> usize {
        self.prefix + self.apart
    }

    #[inline]
    fn has(&self, slot: usize) -> bool {
        slot < self.prefix || self.filled.has(slot)
    }

    /// Returns the results, if every slot is filled.
    pub(crate) fn take_all(&mut self) -> Option<Vec<T>> {
        if self.count() != self.values.len() {
            return None;
        }
        self.apart = 0;
        self.prefix = 0;
        self.filled = Bits::new();
        let mut values = std::mem::ManuallyDrop::new(std::mem::take(&mut self.values));
        let (start, len, room) = (values.as_mut_ptr(), values.len(), values.capacity());
        // SAFETY: all `len` slots are filled; `MaybeUninit<T>` has the layout of `T`; and nothing else owns the memory
        // or the values any more.
        Some(unsafe { Vec::from_raw_parts(start.cast::<T>(), len, room) })
    }

    /// Returns the results, with `None` for each empty slot.
    pub(crate) fn take_some(&mut self) -> Vec<Option<T>> {
        let filled = std::mem::take(&mut self.filled);
        let prefix = std::mem::take(&mut self.prefix);
        self.apart = 0;
        let values = std::mem::take(&mut self.values);
        (values.into_iter().enumerate())
            .map(|(slot, value)| {
                let has = slot < prefix || filled.has(slot);
                // SAFETY: such a slot is initialized, and is read once, because `values` is consumed.
                has.then(|| unsafe { value.assume_init() })
            })
            .collect()
    }

    /// Drops the results, in the order of their slots.
    pub(crate) fn clear(&mut self, panics: &mut Panics) {
        if self.count() == 0 {
            return;
        }
        self.apart = 0;
        let prefix = std::mem::take(&mut self.prefix);
        let filled = std::mem::take(&mut self.filled);
        for (slot, value) in self.values.iter_mut().enumerate() {
            if slot < prefix || filled.has(slot) {
                // SAFETY: such a slot is initialized, and no longer counts as filled.
                panics.run(|| unsafe { value.assume_init_drop() });
            }
        }
    }
}

impl<T> Drop for Outputs<T> {
    fn drop(&mut self) {
        let mut panics = Panics::default();
        self.clear(&mut panics);
        panics.resume();
    }
}
