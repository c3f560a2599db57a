//! Walks over the ready slots of a block.

use super::{block::take, header::GROUP, owner::Owner};

/// Summary words on the way from a group to the top, at most: [`LARGEST`](super::header::LARGEST) is 64⁴.
const LEVELS: usize = 3;

/// A walk over the groups of a block that have ready slots, in ascending order.
///
/// It keeps the words that it has taken, so it can stop anywhere and continue at the next poll. Slots that are woken
/// meanwhile wait for the next walk, so that no slot can keep a higher one from being polled.
#[derive(Default)]
pub(super) struct Walk {
    /// The group that is next, if it has ready slots.
    bits: u64,
    group: usize,
    /// The bits that were taken of each level above, and the number of that word in its level.
    words: [u64; LEVELS],
    at: [usize; LEVELS],
}

/// The slots that were ready when a walk began.
#[derive(Clone, Copy)]
pub(super) enum Begun {
    /// No slot.
    Nothing,
    /// One slot: there is no walk.
    One(usize),
    /// More than one, to be walked to.
    Many,
}

impl Walk {
    /// Begins a walk with the bits of the top word. The previous walk has ended.
    #[inline(never)]
    pub(super) fn begin(&mut self, owner: &mut Owner, top: u64) -> Begun {
        match owner.block().header().levels {
            0 => self.begin_group(0, top),
            1 if top.is_power_of_two() => {
                let group = top.trailing_zeros() as usize;
                self.begin_group(group, owner.take_group(group))
            }
            levels => self.begin_above(owner, levels as usize, top),
        }
    }

    #[inline]
    fn begin_group(&mut self, group: usize, bits: u64) -> Begun {
        if bits.is_power_of_two() {
            return Begun::One(group * GROUP + bits.trailing_zeros() as usize);
        }
        (self.bits, self.group) = (bits, group);
        if bits == 0 {
            Begun::Nothing
        } else {
            Begun::Many
        }
    }

    /// Goes down to the first word that says more than where to go on.
    #[inline(never)]
    fn begin_above(&mut self, owner: &mut Owner, mut level: usize, mut word: u64) -> Begun {
        let mut at = 0;
        while word.is_power_of_two() {
            at = at * GROUP + word.trailing_zeros() as usize;
            level -= 1;
            if level == 0 {
                return self.begin_group(at, owner.take_group(at));
            }
            word = take(owner.block().summary(Self::base(owner, level) + at));
        }
        (self.words[level - 1], self.at[level - 1]) = (word, at);
        if word == 0 {
            Begun::Nothing
        } else {
            Begun::Many
        }
    }

    /// Makes this slot the only one of the walk.
    pub(super) fn only(&mut self, slot: usize) {
        self.group = slot / GROUP;
        self.bits = 1 << (slot % GROUP);
    }

    /// The next group with ready slots, and their bits; `owner` is the one that the walk began with.
    #[inline]
    pub(super) fn next(&mut self, owner: &mut Owner) -> Option<(usize, u64)> {
        // A summary may speak of a group that an earlier walk has emptied.
        while self.bits == 0 {
            if self.words[0] == 0 && !self.descend(owner) {
                return None;
            }
            self.group = self.at[0] * GROUP + self.words[0].trailing_zeros() as usize;
            self.words[0] &= self.words[0] - 1;
            self.bits = owner.take_group(self.group);
        }
        Some((self.group, std::mem::take(&mut self.bits)))
    }

    /// Takes the next word of the lowest summaries that is not zero.
    #[cold]
    fn descend(&mut self, owner: &Owner) -> bool {
        while self.words[0] == 0 {
            let Some(level) = (1..LEVELS).find(|&level| self.words[level] != 0) else {
                return false;
            };
            let below = self.at[level] * GROUP + self.words[level].trailing_zeros() as usize;
            self.words[level] &= self.words[level] - 1;
            self.at[level - 1] = below;
            let index = Self::base(owner, level) + below;
            self.words[level - 1] = take(owner.block().summary(index));
        }
        true
    }

    /// Takes the next slot of the group that the walk is at, if there is one.
    #[inline]
    pub(super) fn next_slot(&mut self) -> Option<usize> {
        if self.bits == 0 {
            return None;
        }
        let slot = self.group * GROUP + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(slot)
    }

    /// Returns bits of the group that the last `next` returned to the walk.
    #[inline]
    pub(super) fn put_back(&mut self, bits: u64) {
        self.bits |= bits;
    }

    /// Returns the number of summary words in the levels below `level`.
    #[inline]
    fn base(owner: &Owner, level: usize) -> usize {
        let mut width = owner.block().groups();
        (1..level).fold(0, |base, _| {
            width = width.div_ceil(GROUP);
            base + width
        })
    }
}
