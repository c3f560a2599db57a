//! The wake block: one allocation that the wakers of up to some thousand slots share with the set that owns them.
//!
//! ```text
//! Header | summary words | Group 0 | Group 1 | ..
//! ```
//!
//! A group has a word with one ready bit for each of its 64 slots. A summary word has a bit for each of 64 words below
//! it, set when that word is not zero; summaries are stacked until one word, the *top*, is left. A wake sets its slot's
//! bit and goes up while the word it changed was zero before; whoever turns the top from zero to non-zero tells the
//! parent. A set that has grown owns several blocks: the first made is *home*, and the top of each other one is a
//! bit in home's root word.

use std::{
    alloc::{Layout, alloc, dealloc, handle_alloc_error},
    mem::offset_of,
    process::abort,
    ptr::{self, NonNull},
    task::Waker,
};

use super::{
    parent::Parent,
    sync::{AtomicU64, Ordering, UnsafeCell, fence},
};

/// Slots in a group, bits in a word.
pub(super) const GROUP: usize = 64;
/// Summary words on the way from a group to the top, at most.
const LEVELS: usize = 3;
/// A block never has more slots than this, 64⁴; larger sets own several.
pub(crate) const LARGEST: usize = 1 << 24;

pub(super) struct Header {
    state: State,
    groups: u32,
    summaries: u32,
    /// Levels of summaries.
    levels: u32,
    /// Bytes from here to group 0.
    first: u32,
    /// The allocation's size.
    size: u32,
    /// The block whose parent is woken; null if that is this one.
    home: *const Header,
    /// This block's bit in the root word of `home`.
    bit: u32,
    /// Bits of the other blocks whose tops have risen.
    root: AtomicU64,
    /// `None` where `home` has it.
    parent: Option<Parent>,
    /// For the owner's use.
    live: UnsafeCell<usize>,
}

/// Two counts in one word, so that a waker which has woken the parent is given back in one step.
///
/// - Low half: references. The owner has one, every waker, and every block that has this one as home. Freed at zero.
/// - High half: duties (see [`Parent`]) that have ended, however they ended. Wraps around.
struct State(AtomicU64);

const REFERENCE: u64 = 1;
const DUTY: u64 = 1 << 32;

impl State {
    fn retain(&self) {
        // Relaxed, as in `Arc`: whoever adds a reference has one, so the block is alive, and nothing else is asked.
        let before = self.0.fetch_add(REFERENCE, Ordering::Relaxed);
        if low(before) > u32::MAX / 2 {
            abort();
        }
    }

    /// Gives a reference back, and counts a duty as ended if there was one. Whether it was the last reference.
    ///
    /// Release, so that the last one sees all that was done through the others, and the owner what was done on duty.
    fn release(&self, duty: bool) -> bool {
        let before = if duty {
            self.0.fetch_add(DUTY - REFERENCE, Ordering::Release)
        } else {
            self.0.fetch_sub(REFERENCE, Ordering::Release)
        };
        low(before) == 1
    }

    fn end_duty(&self) {
        self.0.fetch_add(DUTY, Ordering::Release);
    }

    fn ended(&self) -> u32 {
        low(self.0.load(Ordering::Acquire) >> 32)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is what is wanted")]
const fn low(state: u64) -> u32 {
    state as u32
}

/// Laid out so that the tail of the last group can be cut off behind the ids that it needs.
#[repr(C)]
struct Group {
    word: AtomicU64,
    /// Bytes from the header to this group.
    offset: u32,
    number: u32,
    /// `ids[n] == n`. The data pointer of a slot's waker points at its id, and leads from there to the group.
    ids: [u8; GROUP],
}

/// What `Block::new` needs to tie a block to the one that knows the parent.
#[derive(Clone, Copy)]
pub(super) enum Home<'a> {
    /// The new block is the first of its set: it wakes this parent.
    Own(&'a Waker),
    /// It reports to this block, as this bit of its root word.
    At(&'a Block, u32),
}

/// A counted reference to a block.
pub(super) struct Block(NonNull<Header>);

// SAFETY: what is behind the pointer is shared between threads by design: the atomics need no care, `Parent` and `live`
// say who may touch them, and wakers are `Send` and `Sync`.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// Allocates a block for `slots` slots, at least one and at most [`LARGEST`].
    pub(super) fn new(slots: usize, home: Home<'_>) -> Self {
        assert!((1..=LARGEST).contains(&slots));
        let groups = slots.div_ceil(GROUP);
        let (levels, summaries) = summary_words(groups);
        let ids = slots - (groups - 1) * GROUP;
        let first = size_of::<Header>() + summaries * size_of::<AtomicU64>();
        let first = first.next_multiple_of(align_of::<Group>());
        let size = first + (groups - 1) * size_of::<Group>() + offset_of!(Group, ids) + ids;
        let layout = layout(size);
        // Cloned before anything is allocated: it is somebody else's code.
        let (home, bit, parent) = match home {
            Home::Own(waker) => (ptr::null(), 0, Some(Parent::new(waker.clone()))),
            Home::At(block, bit) => (block.clone().into_raw().cast_const(), bit, None),
        };
        // SAFETY: the layout is not empty.
        let raw = unsafe { alloc(layout) };
        let Some(header) = NonNull::new(raw.cast::<Header>()) else {
            handle_alloc_error(layout)
        };
        // SAFETY: everything written here lies within `layout`, whose alignment suits all of it: `raw` came from the
        // allocator with it, `first` is a multiple of the group's alignment, and of the last group only `ids` ids
        // are touched. References to whole groups are never made.
        unsafe {
            header.write(Header {
                state: State(AtomicU64::new(REFERENCE)),
                groups: small(groups),
                summaries: small(summaries),
                levels: small(levels),
                first: small(first),
                size: small(size),
                home,
                bit,
                root: AtomicU64::new(0),
                parent,
                live: UnsafeCell::new(0),
            });
            let words = raw.add(size_of::<Header>()).cast::<AtomicU64>();
            for n in 0..summaries {
                words.add(n).write(AtomicU64::new(0));
            }
            for number in 0..groups {
                let offset = first + number * size_of::<Group>();
                let group = raw.add(offset).cast::<Group>();
                (&raw mut (*group).word).write(AtomicU64::new(0));
                (&raw mut (*group).offset).write(small(offset));
                (&raw mut (*group).number).write(small(number));
                let count = if number + 1 == groups { ids } else { GROUP };
                for (id, n) in (0..count).zip(0u8..) {
                    (&raw mut (*group).ids[id]).write(n);
                }
            }
        }
        Self(header)
    }

    fn header(&self) -> &Header {
        // SAFETY: a counted reference keeps the header alive, and nobody has a unique reference to it until the count
        // is zero.
        unsafe { self.0.as_ref() }
    }

    fn groups(&self) -> usize {
        self.header().groups as usize
    }

    fn summary(&self, n: usize) -> &AtomicU64 {
        debug_assert!(n < self.header().summaries as usize);
        // SAFETY: `n` is below the number of summary words that `new` wrote behind the header.
        unsafe { &*self.0.as_ptr().add(1).cast::<AtomicU64>().add(n) }
    }

    fn group(&self, number: usize) -> *const Group {
        let header = self.header();
        debug_assert!(number < self.groups());
        let offset = header.first as usize + number * size_of::<Group>();
        // SAFETY: group `number` lies within the allocation.
        unsafe { self.0.as_ptr().cast::<u8>().add(offset).cast() }
    }

    #[inline]
    fn word(&self, number: usize) -> &AtomicU64 {
        // SAFETY: `group` points into this block, and `new` wrote the word.
        unsafe { &(*self.group(number)).word }
    }

    /// The data pointer of a slot's waker.
    #[inline]
    pub(super) fn id(&self, slot: usize) -> *const u8 {
        // SAFETY: the slot is one that the block was made for, so its id lies within the allocation.
        unsafe {
            (&raw const (*self.group(slot / GROUP)).ids)
                .cast::<u8>()
                .add(slot % GROUP)
        }
    }

    /// The block of a slot's waker.
    ///
    /// # Safety
    ///
    /// `id` came from [`Block::id`], of a block that is alive. The result does not own a count: it must not be dropped.
    #[inline]
    unsafe fn of(id: *const u8) -> (Self, *const Group) {
        // SAFETY: the id is the n-th of its group's ids and tells n, and the group tells how far the header is; all
        // three lie in one allocation, from which the pointer's provenance comes.
        unsafe {
            let n = usize::from(*id);
            let group = id.sub(n + offset_of!(Group, ids)).cast::<Group>();
            let header = group.byte_sub((*group).offset as usize).cast::<Header>();
            (Self(NonNull::new_unchecked(header.cast_mut())), group)
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
        if let Some(home) = unsafe { Self::raise(id) } {
            let _duty = OnDuty(home);
            // SAFETY: the block is alive, and so is its home.
            unsafe { home.as_ref() }.wake();
        }
    }

    /// The same, and gives a waker's count back.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`], and the caller gives up one count.
    #[inline]
    pub(super) unsafe fn mark_and_release(id: *const u8) {
        // SAFETY: as the caller says.
        unsafe {
            let (block, _) = Self::of(id);
            let mut last = LastAct { block: block.0, home: None };
            std::mem::forget(block);
            last.home = Self::raise(id);
            if let Some(home) = last.home {
                home.as_ref().wake();
            }
        }
    }

    /// Marks a slot as ready. If it is now upon the caller to wake the parent, the result is the block that has it.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`].
    #[inline]
    unsafe fn raise(id: *const u8) -> Option<NonNull<Header>> {
        // SAFETY: the block is alive; `ManuallyDrop` below keeps its count.
        let (block, group) = unsafe { Self::of(id) };
        let block = std::mem::ManuallyDrop::new(block);
        // SAFETY: as above; a single field of the group is touched at a time.
        let (before, number) = unsafe {
            let bit = 1 << *id;
            ((*group).word.fetch_or(bit, Ordering::AcqRel), (*group).number)
        };
        match before {
            0 => block.rise(number as usize),
            _ => None,
        }
    }

    /// Carries it upwards that group `number`'s word is no longer zero.
    #[inline]
    fn rise(&self, number: usize) -> Option<NonNull<Header>> {
        let header = self.header();
        let (mut index, mut width, mut base) = (number, self.groups(), 0);
        while width > 1 {
            let word = self.summary(base + index / GROUP);
            if word.fetch_or(1 << (index % GROUP), Ordering::AcqRel) != 0 {
                return None;
            }
            width = width.div_ceil(GROUP);
            base += width;
            index /= GROUP;
        }
        let Some(home) = NonNull::new(header.home.cast_mut()) else {
            return Some(self.0);
        };
        // SAFETY: a block that is not its own home owns a count of its home.
        let before = unsafe { home.as_ref() }.root.fetch_or(1 << header.bit, Ordering::AcqRel);
        (before == 0).then_some(home)
    }

    /// Adds counts in advance.
    pub(super) fn prepay(&self, counts: usize) {
        self.header().state.0.fetch_add(counts as u64, Ordering::Relaxed);
    }

    /// Gives counts back, which are not the last.
    #[inline]
    pub(super) fn give_back(&self, counts: usize) {
        if counts > 0 {
            self.header().state.0.fetch_sub(counts as u64, Ordering::Release);
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
        let (block, _) = unsafe { Self::of(id) };
        std::mem::forget(block.clone());
        std::mem::forget(block);
    }

    /// Gives a waker's count back.
    ///
    /// # Safety
    ///
    /// As for [`Block::mark`], and the caller gives up one count.
    #[inline]
    pub(super) unsafe fn release(id: *const u8) {
        // SAFETY: as the caller says.
        drop(unsafe { Self::of(id) }.0);
    }

    pub(super) fn into_raw(self) -> *mut Header {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }

    /// # Safety
    ///
    /// `raw` came from [`Block::into_raw`] and its count is given to the result.
    pub(super) unsafe fn from_raw(raw: *mut Header) -> Self {
        // SAFETY: `into_raw` gives no null.
        Self(unsafe { NonNull::new_unchecked(raw) })
    }

    /// Frees a block whose last count is gone.
    fn free(header: NonNull<Header>) {
        // SAFETY: the count is zero, so nobody else reaches the header; it was written by `new`, and its fields are
        // moved out once.
        let header_value = unsafe { header.read() };
        #[cfg(rejoin_loom)]
        // SAFETY: as above, for each of the words behind it.
        unsafe {
            let this = std::mem::ManuallyDrop::new(Block(header));
            for n in 0..header_value.summaries as usize {
                ptr::drop_in_place(ptr::from_ref(this.summary(n)).cast_mut());
            }
            for n in 0..header_value.groups as usize {
                ptr::drop_in_place(ptr::from_ref(this.word(n)).cast_mut());
            }
        }
        // SAFETY: allocated by `new` with this layout.
        unsafe { dealloc(header.as_ptr().cast(), layout(header_value.size as usize)) };
        // What runs foreign code comes last.
        let Header { home, parent, .. } = header_value;
        if let Some(parent) = parent {
            let [first, second] = parent.into_wakers();
            drop(first);
            drop(second);
        } else {
            // SAFETY: the block owned a count of its home.
            drop(unsafe { Self::from_raw(home.cast_mut()) });
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
            Self::free(self.0);
        }
    }
}

impl Header {
    /// Wakes the parent, which this block has.
    #[inline]
    fn wake(&self) {
        if let Some(parent) = &self.parent {
            parent.wake();
        }
    }
}

/// Counts a duty as ended, also when the parent's waker panics. The block must be alive until then.
struct OnDuty(NonNull<Header>);

impl Drop for OnDuty {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the block is alive.
        unsafe { self.0.as_ref() }.state.end_duty();
    }
}

/// Gives a waker's count back, and counts its duty as ended if there was one.
struct LastAct {
    block: NonNull<Header>,
    home: Option<NonNull<Header>>,
}

impl Drop for LastAct {
    #[inline]
    fn drop(&mut self) {
        let own = self.home == Some(self.block);
        if let Some(home) = self.home
            && !own
        {
            drop(OnDuty(home));
        }
        // SAFETY: the count is still there, and with it the block.
        if unsafe { self.block.as_ref() }.state.release(own) {
            fence(Ordering::Acquire);
            Block::free(self.block);
        }
    }
}

fn layout(size: usize) -> Layout {
    let align = align_of::<Header>().max(align_of::<Group>());
    Layout::from_size_align(size, align).expect("a block's size is bounded")
}

/// Sizes and counts fit, for a block has at most [`LARGEST`] slots.
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

/// The set's own reference to a block: the one that may take ready slots out of it.
pub(super) struct Owner(Block);

impl Owner {
    pub(super) fn new(block: Block) -> Self {
        Self(block)
    }

    pub(super) fn block(&self) -> &Block {
        &self.0
    }

    pub(super) fn into_raw(self) -> *mut Header {
        let raw = self.0.0.as_ptr();
        std::mem::forget(self);
        raw
    }

    /// # Safety
    ///
    /// `raw` came from [`Owner::into_raw`], and its count is given to the result.
    #[inline]
    pub(super) unsafe fn from_raw(raw: *mut Header) -> Self {
        // SAFETY: as the caller says.
        Self(unsafe { Block::from_raw(raw) })
    }

    /// Makes wakes reach `waker`, before ready slots are taken.
    ///
    /// If another thread is in the middle of waking the waker that is to be replaced, the new one is woken instead, so
    /// that the set is polled again: nobody waits for that thread, which may even be this one further up its stack.
    #[inline]
    pub(super) fn register(&self, waker: &Waker) {
        let parent = self
            .0
            .header()
            .parent
            .as_ref()
            .expect("home knows the parent");
        // SAFETY: this is the owner.
        if unsafe { !parent.holds(waker) } {
            self.replace_parent(parent, waker);
        }
    }

    #[cold]
    fn replace_parent(&self, parent: &Parent, waker: &Waker) {
        let ended = self.0.header().state.ended();
        // SAFETY: this is the owner.
        if unsafe { parent.replace(waker, ended, || self.risen()) } {
            // The words are about to be read by plain loads. Changing them by nothing puts each wake either before
            // this, so that the load sees it, or behind, so that it finds the new waker.
            for word in [self.top(), &self.0.header().root] {
                word.fetch_or(0, Ordering::AcqRel);
            }
        } else {
            waker.wake_by_ref();
        }
    }

    /// How many of the watched words are not zero.
    fn risen(&self) -> u32 {
        let top = self.top().load(Ordering::Acquire);
        let root = self.0.header().root.load(Ordering::Acquire);
        u32::from(top != 0) + u32::from(root != 0)
    }

    #[inline]
    fn top(&self) -> &AtomicU64 {
        match self.0.header().summaries {
            0 => self.0.word(0),
            n => self.0.summary(n as usize - 1),
        }
    }

    /// Takes the bits of the other blocks that have ready slots, and adds this one's `bit` if it has some.
    pub(super) fn take_root(&self, bit: u32) -> u64 {
        let header = self.0.header();
        let mut blocks = take(&header.root);
        if blocks != 0 {
            self.count_duty();
        }
        if self.top().load(Ordering::Relaxed) != 0 {
            blocks |= 1 << bit;
        }
        blocks
    }

    fn count_duty(&self) {
        if let Some(parent) = &self.0.header().parent {
            // SAFETY: this is the owner.
            unsafe { parent.count_duty() };
        }
    }

    /// Takes the top word; its bits are ready slots where the block is one group.
    #[inline]
    pub(super) fn take_top(&self) -> u64 {
        let bits = take(self.top());
        if bits != 0 {
            self.count_duty();
        }
        bits
    }

    /// Takes group `number`'s word, of a block of at most 64 groups whose top has been taken.
    #[inline]
    pub(super) fn take_group(&self, number: usize) -> u64 {
        take(self.0.word(number))
    }

    pub(super) fn is_one_group(&self) -> bool {
        self.0.header().summaries == 0
    }

    /// A number for the owner's use, zero at first.
    #[inline]
    pub(super) fn live(&self) -> usize {
        // SAFETY: only the owner touches it.
        self.0.header().live.with(|live| unsafe { *live })
    }

    #[inline]
    pub(super) fn set_live(&self, live: usize) {
        // SAFETY: only the owner touches it.
        self.0
            .header()
            .live
            .with_mut(|cell| unsafe { *cell = live });
    }
}

impl Drop for Owner {
    /// Lets no later wake reach the parent, and drops its waker now unless somebody is just using it.
    fn drop(&mut self) {
        let header = self.0.header();
        let Some(parent) = &header.parent else {
            return;
        };
        for word in [self.top(), &header.root] {
            if word.swap(u64::MAX, Ordering::AcqRel) != 0 {
                self.count_duty();
            }
        }
        let ended = header.state.ended();
        // SAFETY: this is the owner, and the watched words stay non-zero from here on.
        let [first, second] = unsafe { parent.retire(ended) };
        drop(first);
        drop(second);
    }
}

/// Swaps a word to zero; a word that is zero costs a load.
#[inline]
fn take(word: &AtomicU64) -> u64 {
    if word.load(Ordering::Relaxed) == 0 {
        return 0;
    }
    word.swap(0, Ordering::AcqRel)
}

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
        self.levels = owner.0.header().levels as usize;
        match self.levels {
            0 => (self.bits, self.group) = (top, 0),
            level => (self.words[level - 1], self.at[level - 1]) = (top, 0),
        }
    }

    /// The next group with ready slots, and their bits; `owner` is the one that the walk began with.
    #[inline]
    pub(super) fn next(&mut self, owner: &Owner) -> Option<(usize, u64)> {
        if self.bits == 0 {
            match self.levels {
                0 => return None,
                1 if self.words[0] == 0 => return None,
                1 => {
                    self.group = self.words[0].trailing_zeros() as usize;
                    self.words[0] &= self.words[0] - 1;
                    self.bits = take(owner.0.word(self.group));
                }
                _ => self.descend(owner),
            }
            // A summary may speak of a group that an earlier walk has emptied.
            while self.bits == 0 {
                if self.words[..self.levels].iter().all(|&word| word == 0) {
                    return None;
                }
                self.descend(owner);
            }
        }
        Some((self.group, std::mem::take(&mut self.bits)))
    }

    /// Takes the word below the lowest bit of the lowest level that has one.
    fn descend(&mut self, owner: &Owner) {
        let Some(level) = self.words[..self.levels].iter().position(|&word| word != 0) else {
            return;
        };
        let below = self.at[level] * GROUP + self.words[level].trailing_zeros() as usize;
        self.words[level] &= self.words[level] - 1;
        if level == 0 {
            self.group = below;
            self.bits = take(owner.0.word(below));
        } else {
            self.at[level - 1] = below;
            self.words[level - 1] = take(owner.0.summary(Self::base(owner, level) + below));
        }
    }

    /// Gives bits back of the group that the last `next` gave.
    #[inline]
    pub(super) fn put_back(&mut self, bits: u64) {
        self.bits |= bits;
    }

    /// The number of summary words below those of `level`.
    fn base(owner: &Owner, level: usize) -> usize {
        let mut width = owner.0.groups();
        (1..level).fold(0, |base, _| {
            width = width.div_ceil(GROUP);
            base + width
        })
    }
}
