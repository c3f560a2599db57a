//! A growable set of small numbers; the first 64 cost no allocation.

use super::block::GROUP;

#[derive(Default)]
pub(crate) struct Bits {
    first: u64,
    rest: Vec<u64>,
}

impl Bits {
    pub(crate) const fn new() -> Self {
        Self {
            first: 0,
            rest: Vec::new(),
        }
    }

    /// The numbers of a group of 64, of which `n` is one.
    #[inline]
    pub(crate) fn word(&self, n: usize) -> u64 {
        match n / GROUP {
            0 => self.first,
            word => self.rest.get(word - 1).copied().unwrap_or(0),
        }
    }

    /// The same, for there must be room.
    #[inline]
    pub(crate) fn word_mut(&mut self, n: usize) -> &mut u64 {
        match n / GROUP {
            0 => &mut self.first,
            word => &mut self.rest[word - 1],
        }
    }

    /// Makes room for the numbers below `end`.
    #[inline]
    pub(crate) fn reserve(&mut self, end: usize) {
        if end > GROUP * (1 + self.rest.len()) {
            self.rest.resize(end.div_ceil(GROUP) - 1, 0);
        }
    }

    #[inline]
    pub(crate) fn has(&self, n: usize) -> bool {
        self.word(n) & (1 << (n % GROUP)) != 0
    }

    /// Adds `n`, for which there must be room.
    #[inline]
    pub(crate) fn add(&mut self, n: usize) {
        *self.word_mut(n) |= 1 << (n % GROUP);
    }

    /// Removes `n`, for which there must be room.
    #[inline]
    pub(crate) fn remove(&mut self, n: usize) {
        *self.word_mut(n) &= !(1 << (n % GROUP));
    }

    /// The least number that is in the set and not below `from`.
    pub(crate) fn next(&self, from: usize) -> Option<usize> {
        let mut word = from / GROUP;
        let mut bits = self.word(from) & (u64::MAX << (from % GROUP));
        while bits == 0 {
            if word >= self.rest.len() {
                return None;
            }
            bits = self.rest[word];
            word += 1;
        }
        Some(word * GROUP + bits.trailing_zeros() as usize)
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
}
