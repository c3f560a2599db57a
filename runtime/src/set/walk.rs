//! Walking over what is ready in a block.

use super::{
    block::GROUP,
    owner::{Owner, take},
};

/// Summary words on the way from a group to the top, at most: [`LARGEST`](super::block::LARGEST) is 64⁴.
const LEVELS: usize = 3;

/// A walk over the groups of a block that have ready slots, in ascending order.
///
/// It keeps the words it has taken, so it can stop anywhere and go on at the next poll: what was woken meanwhile waits
/// for the next walk, and no slot can keep a higher one from its turn.
#[derive(Default)]
pub(super) struct Walk {
    /// The group that is next, if it has ready slots.
    bits: u64,
    group: usize,
    /// What was taken of the levels above, and which word of its level each is.
    words: [u64; LEVELS],
    at: [usize; LEVELS],
    levels: usize,
}

impl Walk {
    /// Begins anew, when it is at its end.
    #[inline]
    pub(super) fn begin(&mut self, owner: &Owner) {
        let top = owner.take_top();
        self.levels = owner.block().header().levels as usize;
        match self.levels {
            0 => (self.bits, self.group) = (top, 0),
            level => (self.words[level - 1], self.at[level - 1]) = (top, 0),
        }
    }

    /// The next group with ready slots, and their bits; `owner` is the one that the walk began with.
    #[inline]
    pub(super) fn next(&mut self, owner: &Owner) -> Option<(usize, u64)> {
        // A summary may speak of a group that an earlier walk has emptied.
        while self.bits == 0 {
            if self.levels == 0 || self.words[0] == 0 && !self.descend(owner) {
                return None;
            }
            self.group = self.at[0] * GROUP + self.words[0].trailing_zeros() as usize;
            self.words[0] &= self.words[0] - 1;
            self.bits = take(owner.block().word(self.group));
        }
        Some((self.group, std::mem::take(&mut self.bits)))
    }

    /// Takes the next word of the lowest summaries that is not zero.
    fn descend(&mut self, owner: &Owner) -> bool {
        while self.words[0] == 0 {
            let Some(level) = (1..self.levels).find(|&level| self.words[level] != 0) else {
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

    /// Gives bits back of the group that the last `next` gave.
    #[inline]
    pub(super) fn put_back(&mut self, bits: u64) {
        self.bits |= bits;
    }

    /// The number of summary words below those of `level`.
    fn base(owner: &Owner, level: usize) -> usize {
        let mut width = owner.block().groups();
        (1..level).fold(0, |base, _| {
            width = width.div_ceil(GROUP);
            base + width
        })
    }
}
