//! The wake block: one allocation that a set shares with the wakers of its slots.
//!
//! ```text
//! Header | summary words | .. | Group 0 | Group 1 | ..
//! ```
//!
//! A group has one ready bit for each of its 64 slots. A summary word has one bit for each of the 64 words below it,
//! which is set when that word is not zero. Summaries are stacked until there is one word, the *top*. A set that has
//! grown owns several blocks: the first one is the *primary* block, and the top of each other block has a bit in the
//! *root* word of the primary block.
//!
//! The owner of the block first reads the word `first_woken` of the primary block. A wake that finds it zero stores its
//! slot there and has finished, because most often there is no second wake before the owner looks. Any other wake sets
//! the ready bit of its slot; as long as a word that it changes was zero before, it goes on to set the bit of that word
//! one level higher, and at last `HAS_BITS` in `first_woken`, so that the owner finds its way down. The thread that
//! changes `first_woken` from zero wakes the parent.
//!
//! A group has two words of ready bits. The bits of wakers that were consumed by `wake` are in `consumed`. Such a waker
//! does not decrement the reference count: its reference stays with its ready bit. The owner takes all bits of a word
//! with one `swap` and releases the references of those bits with one `fetch_sub`. The waker that found the word zero
//! keeps its reference, because it has yet to change the words above; so the owner releases one reference less than
//! there are bits. When the owner is dropped it sets all bits of `consumed`, and a waker that finds its bit set keeps
//! its reference, too.

use std::{
    alloc::{Layout, handle_alloc_error},
    ptr::NonNull,
    task::Waker,
};

use super::{
    header::{GROUP, Group, Header, LARGEST, STRIDE, StaticState, small},
    parent::{Parent, drop_wakers},
    state::State,
};
use crate::sync::{AtomicU64, Ordering, UnsafeCell, alloc, dealloc, fence};

/// Whether a new block is the primary block of its set.
#[derive(Clone, Copy)]
pub(super) enum BlockRole<'a> {
    /// The new block is the first of its set: it wakes this parent. No other block of the set has this bit.
    Primary(&'a Waker, u32),
    /// It reports to this block, as this bit of its root word.
    Secondary(&'a Block, u32),
}

/// A counted reference to a block.
pub(super) struct Block(pub(super) NonNull<Header>);

// SAFETY: the memory behind the pointer is made to be shared between threads: atomics need no care, `Parent` and
// `static_state` document which thread may access them, and wakers are `Send` and `Sync`.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// Allocates a block for `slots` slots, at least one and at most [`LARGEST`], with `prepaid` references beside the
    /// one that it returns.
    pub(super) fn new(slots: usize, role: BlockRole<'_>, prepaid: usize) -> Self {
        assert!((1..=LARGEST).contains(&slots));
        let groups = slots.div_ceil(GROUP);
        let (levels, summaries) = summary_words(groups);
        let words = size_of::<Header>() + summaries * size_of::<AtomicU64>();
        let words = words.next_multiple_of(align());
        // Alignment of the first group takes less than a stride. An aligned allocation would be slower.
        let size = words + STRIDE - align() + (groups - 1) * STRIDE + size_of::<Group>();
        let layout = layout(size);
        // The clone runs foreign code, which may panic, so it comes before the allocation.
        let (primary, bit, parent) = match role {
            BlockRole::Primary(waker, bit) => (None, bit, Parent::new(Some(waker.clone()))),
            BlockRole::Secondary(block, bit) => {
                let primary = NonNull::new(block.clone().into_raw());
                (primary, bit, Parent::new(None))
            }
        };
        assert!(bit < u64::BITS);
        // SAFETY: the layout is not empty.
        let raw = unsafe { alloc(layout) };
        let Some(header) = NonNull::new(raw.cast::<Header>()) else {
            handle_alloc_error(layout)
        };
        let first = (raw.addr() + words).next_multiple_of(STRIDE) - raw.addr();
        assert!(first + (groups - 1) * STRIDE + size_of::<Group>() <= size);
        // SAFETY: all writes are within `layout`, whose alignment is that of the parts: `raw` was allocated with it,
        // and the last group ends within `size`, as was asserted above.
        unsafe {
            header.write(Header {
                state: State::new(prepaid),
                first_woken: AtomicU64::new(0),
                primary: primary.unwrap_or(header),
                parent,
                root: AtomicU64::new(0),
                groups: small(groups),
                levels: small(levels),
                summaries: small(summaries),
                first: small(first),
                size: small(size),
                bit,
                static_state: UnsafeCell::new(StaticState::new(0, 0)),
            });
            let words = raw.add(size_of::<Header>()).cast::<AtomicU64>();
            for n in 0..summaries {
                words.add(n).write(AtomicU64::new(0));
            }
            for number in 0..groups {
                let offset = first + number * STRIDE;
                raw.add(offset).cast::<Group>().write(Group {
                    word: AtomicU64::new(0),
                    consumed: AtomicU64::new(0),
                    primary: primary.unwrap_or(header),
                    offset: small(offset),
                    first: small(bit as usize * LARGEST + number * GROUP),
                });
            }
        }
        Self(header)
    }

    #[inline]
    pub(super) fn header(&self) -> &Header {
        // SAFETY: a counted reference keeps the header alive, and there is no unique reference to it before the count
        // is zero.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub(super) fn groups(&self) -> usize {
        self.header().groups as usize
    }

    #[inline]
    pub(super) fn summary(&self, n: usize) -> &AtomicU64 {
        debug_assert!(n < summary_words(self.groups()).1);
        // SAFETY: `n` is below the number of summary words that `new` wrote behind the header.
        unsafe { &*self.0.as_ptr().add(1).cast::<AtomicU64>().add(n) }
    }

    #[inline]
    fn group(&self, number: usize) -> *const Group {
        let header = self.header();
        debug_assert!(number < self.groups());
        let offset = header.first as usize + number * STRIDE;
        // SAFETY: group `number` is within the allocation.
        unsafe { self.0.as_ptr().cast::<u8>().add(offset).cast() }
    }

    /// Returns both words of a group: the bits that own no reference, and those of consumed wakers.
    #[inline]
    pub(super) fn words(&self, number: usize) -> [&AtomicU64; 2] {
        // SAFETY: `group` points into this block, and `new` wrote the words.
        let group = unsafe { &*self.group(number) };
        [&group.word, &group.consumed]
    }

    /// Returns the top summary, if there is one. When no wake is under way, it is zero only if all other words are.
    #[inline]
    pub(super) fn top(&self) -> Option<&AtomicU64> {
        let last = self.header().summaries.checked_sub(1)?;
        Some(self.summary(last as usize))
    }

    /// Returns the data pointer of a slot's waker.
    #[inline]
    pub(super) fn id(&self, slot: usize) -> *const u8 {
        let group = self.group(slot / GROUP).cast::<u8>();
        // The last ids may be beyond the end of the allocation.
        group.wrapping_add(slot % GROUP)
    }

    /// Returns the group of a slot's waker.
    #[inline]
    pub(super) fn group_of(id: *const u8) -> *const Group {
        id.wrapping_sub(id.addr() % STRIDE).cast()
    }

    /// Returns the block of a slot's waker.
    ///
    /// # Safety
    ///
    /// `id` came from [`Block::id`], of a block that is alive. The result does not own a reference: it must not be dropped.
    #[inline]
    pub(super) unsafe fn of(id: *const u8) -> Self {
        let group = Self::group_of(id);
        // SAFETY: the group is at the multiple of `STRIDE` below the id, and stores its distance from the header. Both
        // are in one allocation, from which the pointer has its provenance.
        unsafe {
            let header = group.byte_sub((*group).offset as usize).cast::<Header>();
            Self(NonNull::new_unchecked(header.cast_mut()))
        }
    }

    /// Takes group `number`'s ready slots, and releases the references that came with them. Called by the owner.
    #[inline]
    pub(super) fn take_group(&self, number: usize) -> u64 {
        let [word, consumed] = self.words(number);
        let left = take(consumed);
        if left != 0 {
            self.give_back_left(left);
        }
        left | take(word)
    }

    /// Keeps later wakers from leaving their references in a group, and releases the references that were left there.
    ///
    /// # Safety
    ///
    /// Only the owner may call this, once, before it releases its own reference.
    pub(super) unsafe fn close_groups(&self) {
        for number in 0..self.groups() {
            let [_, consumed] = self.words(number);
            self.give_back_left(consumed.swap(u64::MAX, Ordering::AcqRel));
        }
    }

    /// Releases the references that came with these bits of consumed wakers. The first of these wakers has kept its
    /// own.
    #[inline(never)]
    fn give_back_left(&self, bits: u64) {
        let others = bits & bits.wrapping_sub(1);
        // SAFETY: each of these bits came with a reference, which is released once, by the owner that took the bit.
        unsafe { self.give_back(others.count_ones() as usize) };
    }

    /// Frees the block if this is the only reference to it, and returns whether it was.
    ///
    /// # Safety
    ///
    /// If it was, this is not used after it, nor dropped.
    #[inline]
    pub(super) unsafe fn free_alone(&mut self) -> bool {
        let alone = self.header().state.is_alone();
        if alone {
            // SAFETY: this is the last reference, and the caller does not use it any more.
            unsafe { Self::free(self.0) };
        }
        alone
    }

    #[inline]
    pub(super) fn is_primary(&self) -> bool {
        self.header().primary == self.0
    }

    /// Releases `count` references that were prepaid.
    ///
    /// # Safety
    ///
    /// The caller owns these references, and another one.
    #[inline]
    pub(super) unsafe fn give_back(&self, count: usize) {
        if count > 0 {
            self.header().state.give_back(count);
        }
    }

    /// Adds a reference, for a waker.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`].
    #[inline]
    pub(super) unsafe fn retain(id: *const u8) {
        // SAFETY: as the caller says.
        let block = std::mem::ManuallyDrop::new(unsafe { Self::of(id) });
        block.header().state.retain();
    }

    /// Releases a waker's reference.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`], and the caller gives up one reference.
    #[inline]
    pub(super) unsafe fn release(id: *const u8) {
        // SAFETY: as the caller says.
        drop(unsafe { Self::of(id) });
    }

    pub(super) fn as_raw(&self) -> *mut Header {
        self.0.as_ptr()
    }

    pub(super) fn into_raw(self) -> *mut Header {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }

    /// # Safety
    ///
    /// `raw` came from [`Block::into_raw`], and its reference belongs to the result from then on.
    pub(super) unsafe fn from_raw(raw: *mut Header) -> Self {
        // SAFETY: `into_raw` returns no null pointer.
        Self(unsafe { NonNull::new_unchecked(raw) })
    }

    /// Frees a block.
    ///
    /// # Safety
    ///
    /// `header` belongs to a block whose last reference was released or is owned by the caller, who does not use it
    /// after this. All accesses through other references have been acquired.
    pub(super) unsafe fn free(header: NonNull<Header>) {
        // SAFETY: the caller says that nothing else reaches the header; `new` has written it, and its fields are moved
        // out once.
        let header_value = unsafe { header.read() };
        #[cfg(rejoin_loom)]
        // SAFETY: as above, for each of the words behind it.
        unsafe {
            let this = std::mem::ManuallyDrop::new(Block(header));
            for n in 0..summary_words(this.groups()).1 {
                std::ptr::drop_in_place(std::ptr::from_ref(this.summary(n)).cast_mut());
            }
            for n in 0..header_value.groups as usize {
                for word in this.words(n) {
                    std::ptr::drop_in_place(std::ptr::from_ref(word).cast_mut());
                }
            }
            // A use after free is then likely to fail.
            header
                .cast::<u8>()
                .write_bytes(0xdb, header_value.size as usize);
        }
        // SAFETY: allocated by `new` with this layout.
        unsafe { dealloc(header.as_ptr().cast(), layout(header_value.size as usize)) };
        // Foreign code runs last.
        let Header {
            primary, parent, ..
        } = header_value;
        if primary == header {
            drop_wakers(parent.into_wakers());
        } else {
            // SAFETY: the block owned a reference to its primary block.
            drop(unsafe { Self::from_raw(primary.as_ptr()) });
        }
    }
}

impl Clone for Block {
    #[inline]
    fn clone(&self) -> Self {
        self.header().state.retain();
        Self(self.0)
    }
}

impl Drop for Block {
    #[inline]
    fn drop(&mut self) {
        if self.header().state.release() {
            fence(Ordering::Acquire);
            // SAFETY: that was the last reference.
            unsafe { Self::free(self.0) };
        }
    }
}

/// Swaps a word to zero; a word that is zero costs a load.
#[inline]
pub(super) fn take(word: &AtomicU64) -> u64 {
    if word.load(Ordering::Relaxed) == 0 {
        return 0;
    }
    word.swap(0, Ordering::AcqRel)
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, align()).expect("a block's size is bounded")
}

/// An alignment that every allocator has, and that is enough for a block.
const fn align() -> usize {
    2 * align_of::<u64>()
}

const _: () = assert!(align_of::<Header>() <= align() && align_of::<Group>() <= align());

/// Returns the number of summary levels above `groups` groups, and of words in them.
fn summary_words(groups: usize) -> (usize, usize) {
    let (mut width, mut levels, mut words) = (groups, 0, 0);
    while width > 1 {
        width = width.div_ceil(GROUP);
        levels += 1;
        words += width;
    }
    (levels, words)
}
