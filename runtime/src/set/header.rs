//! The layout of a block: its header and its groups. See [`block`](super::block).

use std::ptr::NonNull;

use super::{parent::Parent, state::State};
use crate::sync::{AtomicU64, UnsafeCell};

/// Slots in a group, bits in a word.
pub(super) const GROUP: usize = 64;
/// A block never has more slots than this, 64⁴; larger sets own several.
pub(crate) const LARGEST: usize = 1 << 24;

/// In the word `first_woken`: there are ready bits.
pub(super) const HAS_BITS: u64 = 1 << 63;
/// In the word `first_woken`: the owner was dropped.
pub(super) const CLOSED: u64 = u64::MAX;

/// The beginning of a block.
pub(super) struct Header {
    pub(super) state: State,
    /// Zero, or `HAS_BITS`, or a slot that was woken, see [`Group::first`], plus one; or both.
    pub(super) first_woken: AtomicU64,
    /// The block whose parent is woken, which may be this block.
    pub(super) primary: NonNull<Self>,
    /// Holds none where `primary` has it.
    pub(super) parent: Parent,
    /// Bits of the other blocks that have ready slots.
    pub(super) root: AtomicU64,
    pub(super) groups: u32,
    /// Levels of summaries.
    pub(super) levels: u32,
    /// Words in all of them.
    pub(super) summaries: u32,
    /// Bytes from here to group 0.
    pub(super) first: u32,
    /// The allocation's size.
    pub(super) size: u32,
    /// This block's bit in the root word of `primary`.
    pub(super) bit: u32,
    pub(super) static_state: UnsafeCell<StaticState>,
}

/// The state that the owner of a fixed number of branches stores in their block.
#[derive(Clone, Copy)]
pub(crate) struct StaticState {
    live: u32,
    start: u32,
}

impl StaticState {
    #[inline]
    pub(super) fn new(live: usize, start: usize) -> Self {
        Self {
            live: small(live),
            start: small(start),
        }
    }

    /// Branches that have started and are not done.
    #[inline]
    pub(crate) const fn live(self) -> usize {
        self.live as usize
    }

    /// The branch that the next turn begins with.
    #[inline]
    pub(crate) const fn start(self) -> usize {
        self.start as usize
    }
}

/// A group of slots. Groups are aligned to [`STRIDE`] bytes, so that a wake touches only the cache lines of one group
/// and of the primary header.
///
/// The data pointer of a slot's waker, its *id*, is the address of its group plus the slot's number in the group. So no
/// memory stores which slot it is, and nothing is read at the id itself.
pub(super) struct Group {
    /// Ready bits that own no reference.
    pub(super) word: AtomicU64,
    /// Bits of wakers that were used up, with their counts but for one. All are set once the owner is gone.
    pub(super) consumed: AtomicU64,
    /// The primary block, as in the header.
    pub(super) primary: NonNull<Header>,
    /// Bytes from the header to this group.
    pub(super) offset: u32,
    /// Its first slot, plus this block's bit times [`LARGEST`].
    pub(super) first: u32,
}

/// The size of a cache line, and at least the number of ids in a group.
pub(super) const STRIDE: usize = 64;
const _: () = assert!(size_of::<Group>() <= STRIDE && GROUP <= STRIDE);

/// The slots that were woken since the owner last looked, as the word `first_woken` says.
#[derive(Clone, Copy)]
pub(super) enum Woken {
    Nothing,
    /// One slot, of the block with this bit.
    One {
        bit: usize,
        slot: usize,
    },
    /// The slots that have ready bits, and this one if there is one.
    Many(Option<(usize, usize)>),
}

impl Woken {
    #[inline]
    pub(super) fn read(word: u64) -> Self {
        if word == 0 {
            return Self::Nothing;
        }
        let stored = (word & !HAS_BITS) as usize;
        let (bit, slot) = (
            stored.wrapping_sub(1) / LARGEST,
            stored.wrapping_sub(1) % LARGEST,
        );
        match (word & HAS_BITS, stored) {
            (0, _) => Self::One { bit, slot },
            (_, 0) => Self::Many(None),
            _ => Self::Many(Some((bit, slot))),
        }
    }
}

/// Converts a size or a count, which fits because a block has at most [`LARGEST`] slots.
#[inline]
pub(super) fn small(n: usize) -> u32 {
    u32::try_from(n).expect("a block's size is bounded")
}
