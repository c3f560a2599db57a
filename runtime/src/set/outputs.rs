//! Results that arrive in any order, and leave in the order of their permits.

use std::mem::MaybeUninit;

use super::bits::Bits;
use crate::panics::Panics;

/// A vector that is filled place by place.
///
/// Invariant: the permits below `prefix` and those in `filled` are initialized, and are below `values.len()`.
pub(crate) struct Outputs<T> {
    values: Vec<MaybeUninit<T>>,
    /// As long as permits are filled in order, nothing else need be written down.
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

    /// Makes permits for the results below `len`.
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

    /// Makes room for as many permits, without making them.
    pub(crate) fn reserve(&mut self, permits: usize) {
        self.values.reserve(permits);
    }

    /// Fills a place, which exists and is empty.
    #[inline]
    pub(crate) fn fill(&mut self, place: usize, value: T) {
        self.values[place].write(value);
        if place == self.prefix {
            self.prefix += 1;
        } else {
            debug_assert!(!self.has(place));
            self.filled.reserve(self.values.len());
            self.filled.add(place);
            self.apart += 1;
        }
    }

    /// How many permits are filled.
    #[inline]
    fn count(&self) -> usize {
        self.prefix + self.apart
    }

    #[inline]
    fn has(&self, place: usize) -> bool {
        place < self.prefix || self.filled.has(place)
    }

    /// The results, if every place is filled.
    pub(crate) fn take_all(&mut self) -> Option<Vec<T>> {
        if self.count() != self.values.len() {
            return None;
        }
        self.apart = 0;
        self.prefix = 0;
        self.filled = Bits::new();
        let mut values = std::mem::ManuallyDrop::new(std::mem::take(&mut self.values));
        let (start, len, room) = (values.as_mut_ptr(), values.len(), values.capacity());
        // SAFETY: as many permits are filled as there are, `len`; `MaybeUninit<T>` has the layout of `T`; and nothing
        // else owns the memory or the values any more.
        Some(unsafe { Vec::from_raw_parts(start.cast::<T>(), len, room) })
    }

    /// The results, and `None` for each empty place.
    pub(crate) fn take_some(&mut self) -> Vec<Option<T>> {
        let filled = std::mem::take(&mut self.filled);
        let prefix = std::mem::take(&mut self.prefix);
        self.apart = 0;
        let values = std::mem::take(&mut self.values);
        (values.into_iter().enumerate())
            .map(|(place, value)| {
                let has = place < prefix || filled.has(place);
                // SAFETY: such a place is initialized, and is read once, for the values are gone.
                has.then(|| unsafe { value.assume_init() })
            })
            .collect()
    }

    /// Drops the results, in the order of their permits.
    pub(crate) fn clear(&mut self, panics: &mut Panics) {
        if self.count() == 0 {
            return;
        }
        self.apart = 0;
        let prefix = std::mem::take(&mut self.prefix);
        let filled = std::mem::take(&mut self.filled);
        for (place, value) in self.values.iter_mut().enumerate() {
            if place < prefix || filled.has(place) {
                // SAFETY: such a place is initialized, and no longer counts as such.
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
