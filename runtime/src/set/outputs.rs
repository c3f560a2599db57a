//! Results that arrive in any order, and leave in the order of their places.

use std::mem::MaybeUninit;

use super::bits::Bits;
use crate::panics::Panics;

/// A vector that is filled place by place.
///
/// Invariant: the places in `filled` are initialized, and are below `values.len()`.
pub(crate) struct Outputs<T> {
    values: Vec<MaybeUninit<T>>,
    filled: Bits,
    count: usize,
}

impl<T> Outputs<T> {
    pub(crate) fn new() -> Self {
        Self {
            values: Vec::new(),
            filled: Bits::default(),
            count: 0,
        }
    }

    /// Makes places for the results below `len`.
    pub(crate) fn grow(&mut self, len: usize) {
        if len > self.values.len() {
            self.values.resize_with(len, MaybeUninit::uninit);
            self.filled.reserve(len);
        }
    }

    /// Makes room for as many places, without making them.
    pub(crate) fn reserve(&mut self, places: usize) {
        self.values.reserve(places);
    }

    /// Fills a place, which exists and is empty.
    #[inline]
    pub(crate) fn fill(&mut self, place: usize, value: T) {
        debug_assert!(!self.filled.has(place));
        self.values[place].write(value);
        self.filled.add(place);
        self.count += 1;
    }

    /// The results, if every place is filled.
    pub(crate) fn take_all(&mut self) -> Option<Vec<T>> {
        if self.count != self.values.len() {
            return None;
        }
        self.count = 0;
        self.filled = Bits::default();
        let mut values = std::mem::ManuallyDrop::new(std::mem::take(&mut self.values));
        let (start, len, room) = (values.as_mut_ptr(), values.len(), values.capacity());
        // SAFETY: `count` places are filled, which are all `len`; `MaybeUninit<T>` has the layout of `T`; and nothing
        // else owns the memory or the values any more.
        Some(unsafe { Vec::from_raw_parts(start.cast::<T>(), len, room) })
    }

    /// The results, and `None` for each empty place.
    pub(crate) fn take_some(&mut self) -> Vec<Option<T>> {
        let filled = std::mem::take(&mut self.filled);
        self.count = 0;
        let values = std::mem::take(&mut self.values);
        (values.into_iter().enumerate())
            // SAFETY: a place in `filled` is initialized, and is read once, for the values are gone.
            .map(|(place, value)| filled.has(place).then(|| unsafe { value.assume_init() }))
            .collect()
    }

    /// Drops one place's result, if it is there.
    #[inline]
    pub(crate) fn clear(&mut self, place: usize, panics: &mut Panics) {
        if self.filled.has(place) {
            self.filled.remove(place);
            self.count -= 1;
            // SAFETY: the place was filled, and no longer counts as such.
            panics.run(|| unsafe { self.values[place].assume_init_drop() });
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}

impl<T> Drop for Outputs<T> {
    fn drop(&mut self) {
        if self.count > 0 {
            let mut panics = Panics::default();
            (0..self.len()).for_each(|place| self.clear(place, &mut panics));
            panics.resume();
        }
    }
}
