//! A growable set of small numbers; the first 64 cost no allocation.

use std::slice;

use super::header::GROUP;

#[derive(Default)]
pub(crate) struct Bits {
    /// The only word, as long as `many` is empty.
    one: u64,
    many: Vec<u64>,
}

impl Bits {
    pub(crate) const fn new() -> Self {
        Self {
            one: 0,
            many: Vec::new(),
        }
    }

    /// The numbers as words, a group of 64 to each.
    #[inline]
    pub(crate) fn words(&self) -> &[u64] {
        match &*self.many {
            [] => slice::from_ref(&self.one),
            many => many,
        }
    }

    /// Returns the words, to change them.
    #[inline]
    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        match &mut *self.many {
            [] => slice::from_mut(&mut self.one),
            many => many,
        }
    }

    /// Makes room for the numbers below `end`.
    #[inline]
    pub(crate) fn reserve(&mut self, end: usize) {
        if end > GROUP * self.words().len() {
            self.grow(end.div_ceil(GROUP));
        }
    }

    #[cold]
    fn grow(&mut self, words: usize) {
        if self.many.is_empty() {
            self.many = vec![0; words];
            self.many[0] = self.one;
        } else {
            self.many.resize(words, 0);
        }
    }

    #[inline]
    pub(crate) fn has(&self, n: usize) -> bool {
        let word = self.words().get(n / GROUP);
        word.is_some_and(|word| word & (1 << (n % GROUP)) != 0)
    }

    /// Adds `n`, for which there must be room.
    #[inline]
    pub(crate) fn add(&mut self, n: usize) {
        self.words_mut()[n / GROUP] |= 1 << (n % GROUP);
    }

    /// Removes `n`, for which there must be room.
    #[inline]
    pub(crate) fn remove(&mut self, n: usize) {
        self.words_mut()[n / GROUP] &= !(1 << (n % GROUP));
    }

    /// The least number that is in the set and not below `from`.
    pub(crate) fn next(&self, from: usize) -> Option<usize> {
        let mut mask = u64::MAX << (from % GROUP);
        for (group, word) in self.words().iter().enumerate().skip(from / GROUP) {
            let bits = word & mask;
            if bits != 0 {
                return Some(group * GROUP + bits.trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_in_order() {
        for end in [1, 63, 64, 65, 128, 1000] {
            let mut bits = Bits::default();
            bits.reserve(end);
            let wanted: Vec<_> = (0..end).filter(|n| n % 7 == 0 || n % 64 == 63).collect();
            for &n in &wanted {
                bits.add(n);
            }
            let mut found = vec![];
            let mut from = 0;
            while let Some(n) = bits.next(from) {
                found.push(n);
                from = n + 1;
            }
            assert_eq!(found, wanted, "{end}");
            for &n in &wanted {
                bits.remove(n);
            }
            assert_eq!(bits.next(0), None);
        }
    }

    #[test]
    fn numbers_stay_when_there_is_more_room() {
        let mut bits = Bits::default();
        for (end, n) in [(1, 0), (65, 64), (1_000, 999)] {
            bits.reserve(end);
            bits.add(n);
        }
        let found: Vec<_> = (0..1_000).filter(|&n| bits.has(n)).collect();
        assert_eq!(found, [0, 64, 999]);
    }
}
