//! The wake block: one allocation that the wakers of up to some thousand slots share with the set that owns them.
//!
//! ```text
//! Header | summary words | .. | Group 0 | Group 1 | ..
//! ```
//!
//! A group has a word with one ready bit for each of its 64 slots. A summary word has a bit for each of 64 words below
//! it, set when that word is not zero; summaries are stacked until one word, the *top*, is left. A set that has grown owns
//! several blocks: the first made is *primary*, and the top of each other one is a bit in primary's root word.
//!
//! BlockRole's *first_woken* word is what the owner looks at first. A wake that finds it zero writes its slot there and is done: most
//! often there is no second one before the owner comes. Any other sets its slot's bit and goes up while the word it
//! changed was zero before, and at the end sets `HAS_BITS` in the first_woken word, for the owner to come down the same way. Whoever
//! turns the first_woken word from zero to non-zero tells the parent.
//!
//! A group's bits are in two words: in *consumed* are those of wakers that were used up. Such a waker's count is not consumed
//! back by a step of its own. It stays with the bit, and the owner, who takes all bits of the word in one step, gives all
//! counts that came with them back in another. The waker that found the word zero keeps its count, for it has yet to go
//! up; so the owner owes one less than there are bits. When the owner goes it fills the word, and whoever finds its bit
//! set already keeps its count, too.

use std::{
    alloc::{Layout, handle_alloc_error},
    ptr::NonNull,
    task::Waker,
};

use super::{
    duty::{WakeAndRelease, WakeInFlight},
    parent::{Parent, drop_wakers},
    state::State,
    sync::{AtomicU64, Ordering, UnsafeCell, alloc, dealloc, fence},
};

/// Slots in a group, bits in a word.
pub(super) const GROUP: usize = 64;
/// A block never has more slots than this, 64⁴; larger sets own several.
pub(crate) const LARGEST: usize = 1 << 24;

/// In the first_woken word: there are bits.
const HAS_BITS: u64 = 1 << 63;
/// In the first_woken word: the owner is gone.
pub(super) const CLOSED: u64 = u64::MAX;

pub(super) struct Header {
    pub(super) state: State,
    /// Zero, or `HAS_BITS`, or a slot that was woken, see [`Group::first`], plus one; or both.
    pub(super) first_woken: AtomicU64,
    /// The block whose parent is woken, which may be this one.
    primary: NonNull<Self>,
    /// Holds none where `primary` has it.
    pub(super) parent: Parent,
    /// Bits of the other blocks whose tops have risen.
    pub(super) root: AtomicU64,
    groups: u32,
    /// Levels of summaries.
    pub(super) levels: u32,
    /// Words in all of them.
    summaries: u32,
    /// Bytes from here to group 0.
    first: u32,
    /// The allocation's size.
    size: u32,
    /// This block's bit in the root word of `primary`.
    bit: u32,
    pub(super) static_state: UnsafeCell<StaticState>,
}

/// What the owner of a fixed number of branches keeps in their block.
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

/// Groups lie [`STRIDE`] bytes apart, at multiples of that; a wake touches no other line but primary's.
///
/// The data pointer of a slot's waker, its *id*, is that of its group plus the slot's number there. So it needs no memory to
/// say which slot it is, and what is behind it is never read there.
struct Group {
    /// Bits of wakers that live on, and of those that left their counts to nobody.
    word: AtomicU64,
    /// Bits of wakers that were used up, with their counts but for one. All are set once the owner is gone.
    consumed: AtomicU64,
    /// That of the header.
    primary: NonNull<Header>,
    /// Bytes from the header to this group.
    offset: u32,
    /// Its first slot, plus this block's bit times [`LARGEST`].
    first: u32,
}

/// A cache line, and as many ids as a group needs.
const STRIDE: usize = 64;
const _: () = assert!(size_of::<Group>() <= STRIDE && GROUP <= STRIDE);

/// What was woken since the owner last asked, as the first_woken word says.
#[derive(Clone, Copy)]
pub(super) enum Woken {
    Nothing,
    /// This slot alone, of the block with this bit.
    One {
        bit: usize,
        slot: usize,
    },
    /// Those that have bits, and perhaps this one.
    Many(Option<(usize, usize)>),
}

impl Woken {
    #[inline]
    pub(super) fn read(word: u64) -> Self {
        if word == 0 {
            return Self::Nothing;
        }
        let place = (word & !HAS_BITS) as usize;
        let (bit, slot) = (
            place.wrapping_sub(1) / LARGEST,
            place.wrapping_sub(1) % LARGEST,
        );
        match (word & HAS_BITS, place) {
            (0, _) => Self::One { bit, slot },
            (_, 0) => Self::Many(None),
            _ => Self::Many(Some((bit, slot))),
        }
    }
}

/// What `Block::new` needs to tie a block to the one that knows the parent.
#[derive(Clone, Copy)]
pub(super) enum BlockRole<'a> {
    /// The new block is the first of its set: it wakes this parent. No other block of the set has this bit.
    Primary(&'a Waker, u32),
    /// It reports to this block, as this bit of its root word.
    Secondary(&'a Block, u32),
}

/// A counted reference to a block.
pub(super) struct Block(NonNull<Header>);

// SAFETY: what is behind the pointer is shared between threads by design: the atomics need no care, `Parent` and `live`
// say who may touch them, and wakers are `Send` and `Sync`.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// Allocates a block for `slots` slots, at least one and at most [`LARGEST`], with so many counts in advance.
    pub(super) fn new(slots: usize, primary: BlockRole<'_>, prepaid: usize) -> Self {
        assert!((1..=LARGEST).contains(&slots));
        let groups = slots.div_ceil(GROUP);
        let (levels, summaries) = summary_words(groups);
        let words = size_of::<Header>() + summaries * size_of::<AtomicU64>();
        let words = words.next_multiple_of(align());
        // Aligning the first group takes less than a stride; asking for aligned memory takes longer.
        let size = words + STRIDE - align() + (groups - 1) * STRIDE + size_of::<Group>();
        let layout = layout(size);
        // Cloned before anything is allocated: it is somebody else's code.
        let (primary, bit, parent) = match primary {
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
        // SAFETY: everything written here lies within `layout`, whose alignment suits all of it: `raw` came from the
        // allocator with it, and the last group ends within `size`, as was just asserted.
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
        // SAFETY: a counted reference keeps the header alive, and nobody has a unique reference to it until the count
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
        // SAFETY: group `number` lies within the allocation.
        unsafe { self.0.as_ptr().cast::<u8>().add(offset).cast() }
    }

    /// Both words of a group: the one of wakers that live on, and the one of those that were used up.
    #[inline]
    pub(super) fn words(&self, number: usize) -> [&AtomicU64; 2] {
        // SAFETY: `group` points into this block, and `new` wrote the words.
        let group = unsafe { &*self.group(number) };
        [&group.word, &group.consumed]
    }

    /// The top summary, where there is one: it is not zero while any other word is not, once all wakes have come up to it.
    #[inline]
    pub(super) fn top(&self) -> Option<&AtomicU64> {
        let last = self.header().summaries.checked_sub(1)?;
        Some(self.summary(last as usize))
    }

    /// The data pointer of a slot's waker.
    #[inline]
    pub(super) fn id(&self, slot: usize) -> *const u8 {
        let group = self.group(slot / GROUP).cast::<u8>();
        // The last ids may lie behind the allocation.
        group.wrapping_add(slot % GROUP)
    }

    /// The group of a slot's waker.
    #[inline]
    fn group_of(id: *const u8) -> *const Group {
        id.wrapping_sub(id.addr() % STRIDE).cast()
    }

    /// The block of a slot's waker.
    ///
    /// # Safety
    ///
    /// `id` came from [`Block::id`], of a block that is alive. The result does not own a count: it must not be dropped.
    #[inline]
    unsafe fn of(id: *const u8) -> Self {
        let group = Self::group_of(id);
        // SAFETY: the group lies at the multiple of `STRIDE` below the id, and tells how far the header is; both lie in
        // one allocation, from which the pointer's provenance comes.
        unsafe {
            let header = group.byte_sub((*group).offset as usize).cast::<Header>();
            Self(NonNull::new_unchecked(header.cast_mut()))
        }
    }

    /// Marks a slot as ready, and wakes the parent if it must hear of it.
    ///
    /// # Safety
    ///
    /// `id` came from [`Block::id`], of a block that stays alive during the call.
    #[inline]
    pub(super) unsafe fn mark(id: *const u8) {
        // SAFETY: as the caller says.
        if let Raised::Telling(primary) = unsafe { Self::raise(id, false) } {
            // SAFETY: the block is alive, and so is its primary, whose first_woken word this call has made non-zero.
            unsafe {
                let _duty = WakeInFlight::new(primary);
                primary.as_ref().parent.wake();
            }
        }
    }

    /// The same, and gives a waker's count back, or leaves it to the owner.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`], and the caller gives up one count.
    #[inline]
    pub(super) unsafe fn mark_and_release(id: *const u8) {
        // SAFETY: as the caller says. Where the count was left with a bit, nothing is touched any more.
        unsafe {
            let primary = match Self::raise(id, true) {
                Raised::Left => return,
                Raised::Quiet => None,
                Raised::Telling(primary) => Some(primary),
            };
            let block = std::mem::ManuallyDrop::new(Self::of(id)).0;
            let _last = WakeAndRelease::new(block, primary);
            if let Some(primary) = primary {
                primary.as_ref().parent.wake();
            }
        }
    }

    /// Marks a slot as ready; `leave` says whether the waker is used up, so that its count may be left to the owner.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`]. When the count was left, the block may be gone.
    #[inline]
    unsafe fn raise(id: *const u8, leave: bool) -> Raised {
        let slot = id.addr() % STRIDE;
        // SAFETY: the block is alive, and its groups were written by `new`.
        let group = unsafe { &*Self::group_of(id) };
        let primary = group.primary;
        // SAFETY: a block that is not its own primary owns a count of its primary.
        let first_woken = unsafe { &primary.as_ref().first_woken };
        // The load spares an exchange that would fail. In the models it is left out, for loom would overlook orders that only
        // the exchange makes.
        let place = group.first as usize + slot;
        let is_first = (cfg!(rejoin_loom) || first_woken.load(Ordering::Relaxed) == 0)
            && first_woken
                .compare_exchange(0, place as u64 + 1, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        if is_first {
            return Raised::Telling(primary);
        }
        let (word, bit) = (if leave { &group.consumed } else { &group.word }, 1 << slot);
        let before = word.fetch_or(bit, Ordering::AcqRel);
        if before != 0 {
            return if leave && before & bit == 0 {
                Raised::Left
            } else {
                Raised::Quiet
            };
        }
        // SAFETY: the block is alive: a count that might have been left is kept by whoever comes here.
        let block = std::mem::ManuallyDrop::new(unsafe { Self::of(id) });
        if block.rise(place % LARGEST / GROUP)
            && first_woken.fetch_or(HAS_BITS, Ordering::AcqRel) == 0
        {
            Raised::Telling(primary)
        } else {
            Raised::Quiet
        }
    }

    /// Sets a slot's bit, for the owner, who will look.
    pub(super) fn raise_bit(&self, slot: usize) {
        let (number, bit) = (slot / GROUP, 1 << (slot % GROUP));
        let [word, _] = self.words(number);
        if word.fetch_or(bit, Ordering::AcqRel) == 0 {
            self.rise(number);
        }
    }

    /// Takes group `number`'s ready slots, and gives back the counts that came with them; this is the owner.
    #[inline]
    pub(super) fn take_group(&self, number: usize) -> u64 {
        let [word, consumed] = self.words(number);
        let left = take(consumed);
        if left != 0 {
            self.give_back_left(left);
        }
        left | take(word)
    }

    /// Lets no later waker leave its count in a group, and gives back the counts that were left there.
    ///
    /// # Safety
    ///
    /// Only the owner may call this, once, before it gives its own count back.
    pub(super) unsafe fn close_groups(&self) {
        for number in 0..self.groups() {
            let [_, consumed] = self.words(number);
            self.give_back_left(consumed.swap(u64::MAX, Ordering::AcqRel));
        }
    }

    /// Gives the counts back that came with these bits, of wakers that were used up: the first of them has kept its own.
    #[inline(never)]
    fn give_back_left(&self, bits: u64) {
        let others = bits & bits.wrapping_sub(1);
        // SAFETY: each of these bits came with a count, which is consumed back once, by whoever took the bit.
        unsafe { self.give_back(others.count_ones() as usize) };
    }

    /// Carries it upwards that group `number`'s word is no longer zero. Whether the last word was zero before.
    fn rise(&self, number: usize) -> bool {
        let header = self.header();
        let (mut index, mut width, mut base) = (number, self.groups(), 0);
        while width > 1 {
            let word = self.summary(base + index / GROUP);
            if word.fetch_or(1 << (index % GROUP), Ordering::AcqRel) != 0 {
                return false;
            }
            width = width.div_ceil(GROUP);
            base += width;
            index /= GROUP;
        }
        if self.is_primary() {
            return true;
        }
        // SAFETY: a block that is not its own primary owns a count of its primary.
        let root = unsafe { &header.primary.as_ref().root };
        root.fetch_or(1 << header.bit, Ordering::AcqRel) == 0
    }

    /// Frees the block if this is the only reference to it. Whether it was.
    ///
    /// # Safety
    ///
    /// If it was, this is not used after it, nor dropped.
    #[inline]
    pub(super) unsafe fn free_alone(&mut self) -> bool {
        let alone = self.header().state.is_alone();
        if alone {
            // SAFETY: this is the last count, and the caller does not use it any more.
            unsafe { Self::free(self.0) };
        }
        alone
    }

    #[inline]
    pub(super) fn is_primary(&self) -> bool {
        self.header().primary == self.0
    }

    /// Gives counts back.
    ///
    /// # Safety
    ///
    /// The caller owns these counts, and another one beside them.
    #[inline]
    pub(super) unsafe fn give_back(&self, counts: usize) {
        if counts > 0 {
            self.header().state.give_back(counts);
        }
    }

    /// Adds a count, for a waker.
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

    /// Gives a waker's count back.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`], and the caller gives up one count.
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
    /// `raw` came from [`Block::into_raw`] and its count is consumed to the result.
    pub(super) unsafe fn from_raw(raw: *mut Header) -> Self {
        // SAFETY: `into_raw` gives no null.
        Self(unsafe { NonNull::new_unchecked(raw) })
    }

    /// Frees a block.
    ///
    /// # Safety
    ///
    /// `header` is that of a block whose last count is gone, or owned by the caller, who does not use it after this. All
    /// that was done through other counts has been acquired.
    pub(super) unsafe fn free(header: NonNull<Header>) {
        // SAFETY: nobody else reaches the header, as the caller says; it was written by `new`, and its fields are moved
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
            // Whoever uses it after this trips over it.
            header
                .cast::<u8>()
                .write_bytes(0xdb, header_value.size as usize);
        }
        // SAFETY: allocated by `new` with this layout.
        unsafe { dealloc(header.as_ptr().cast(), layout(header_value.size as usize)) };
        // What runs foreign code comes last.
        let Header {
            primary, parent, ..
        } = header_value;
        if primary == header {
            drop_wakers(parent.into_wakers());
        } else {
            // SAFETY: the block owned a count of its primary.
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
        if self.header().state.release(false) {
            fence(Ordering::Acquire);
            // SAFETY: that was the last count.
            unsafe { Self::free(self.0) };
        }
    }
}

/// What a wake leaves to be done, besides giving the waker's count back.
enum Raised {
    /// Nothing, and the count was left, too: the block may be gone.
    Left,
    /// Nothing.
    Quiet,
    /// The parent is to be woken, which this block has.
    Telling(NonNull<Header>),
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

/// What every allocator gives anyhow, and enough for a block.
const fn align() -> usize {
    2 * align_of::<u64>()
}

const _: () = assert!(align_of::<Header>() <= align() && align_of::<Group>() <= align());

/// Sizes and counts fit, for a block has at most [`LARGEST`] slots.
#[inline]
fn small(n: usize) -> u32 {
    u32::try_from(n).expect("a block's size is bounded")
}

/// Levels of summaries above `groups` groups, and the words in all of them.
fn summary_words(groups: usize) -> (usize, usize) {
    let (mut width, mut levels, mut words) = (groups, 0, 0);
    while width > 1 {
        width = width.div_ceil(GROUP);
        levels += 1;
        words += width;
    }
    (levels, words)
}
