//! The wakers that branches are polled with.

use std::{
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr,
    task::{Context, RawWaker, RawWakerVTable, Waker},
};

use super::{
    block::{Block, BlockRole},
    header::{GROUP, Header},
    owner::Owner,
};
use crate::sync::{AtomicPtr, AtomicUsize, Ordering, ThreadToken};

/// The vtable of a slot's waker. Its data pointer is the slot's id, and it owns a reference to the block.
static SLOT: RawWakerVTable =
    RawWakerVTable::new(clone_slot, wake_slot, wake_slot_by_ref, drop_slot);

unsafe fn clone_slot(id: *const ()) -> RawWaker {
    // SAFETY: the waker that is cloned owns a count, so the block is alive.
    unsafe { Block::retain(id.cast()) };
    RawWaker::new(id, &SLOT)
}

unsafe fn wake_slot(id: *const ()) {
    // SAFETY: the waker that is used up owns a count, and gives it up.
    unsafe { Block::mark_and_release(id.cast()) };
}

unsafe fn wake_slot_by_ref(id: *const ()) {
    // SAFETY: the waker that is used owns a count, so the block is alive.
    unsafe { Block::mark(id.cast()) };
}

unsafe fn drop_slot(id: *const ()) {
    // SAFETY: the waker that is dropped owns a count, and gives it up.
    unsafe { Block::release(id.cast()) };
}

/// Wakers that are lent: they own no counts, and are never dropped.
#[derive(Clone, Copy)]
pub(crate) struct LentWakers<'a> {
    data: *const (),
    table: &'static RawWakerVTable,
    /// The bits of a slot's number that its waker depends on: zero if all slots have the same waker.
    slots: usize,
    owner: PhantomData<&'a Waker>,
}

impl<'a> LentWakers<'a> {
    /// Lends a waker as the waker of all slots.
    #[inline]
    pub(crate) fn of(waker: &'a Waker) -> Self {
        Self {
            data: waker.data(),
            table: waker.vtable(),
            slots: 0,
            owner: PhantomData,
        }
    }

    /// Lends the wakers of the slots of a group, which are numbered from its first one on.
    ///
    /// # Safety
    ///
    /// The owner's block lives as long as the result.
    #[inline]
    pub(super) unsafe fn of_group(owner: &Owner, group: usize) -> Self {
        Self {
            data: owner.block().id(group * GROUP).cast(),
            table: &SLOT,
            slots: GROUP - 1,
            owner: PhantomData,
        }
    }

    /// Polls with the waker of a slot.
    #[inline]
    pub(crate) fn poll<R>(self, slot: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        // Ids of a group follow each other.
        let data = self.data.wrapping_byte_add(slot & self.slots);
        // SAFETY: these are the parts of a waker that lives as long as `self`, or of a block or a `LazyBlock` that
        // does, with the vtable for it. This copy owns no reference and is never dropped; a branch can keep only a
        // clone of it.
        let waker = ManuallyDrop::new(unsafe { Waker::new(data, self.table) });
        poll(&mut Context::from_waker(&waker))
    }
}

/// The first polls of slots that have no block yet. They are polled with one waker on the stack that stands for each
/// slot in turn. The block is allocated when that waker is first cloned or woken, so slots that are ready at once cost
/// no allocation.
///
/// The thread that allocates the block counts a reference for every slot at once. The thread that polls hands those out to its
/// clones one by one, and releases the rest at the end. So most clones cost no atomic read-modify-write.
pub(super) struct LazyBlock<'a> {
    /// Null until a waker is cloned. Atomic, because a branch may share its waker with other threads while it is
    /// polled.
    block: AtomicPtr<Header>,
    slots: usize,
    role: BlockRole<'a>,
    /// The thread that polls.
    thread: ThreadToken,
    /// References that are counted and not handed out. The thread that allocates the block sets it, while the branch is polled whose
    /// waker it uses. After that only `thread` accesses it.
    prepaid: AtomicUsize,
    slot: PolledSlot,
}

/// The slot that is being polled, of several slots that are polled with one waker. That waker itself is never kept, so
/// this is read only during the poll.
pub(crate) struct PolledSlot(AtomicUsize);

impl PolledSlot {
    #[inline]
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    #[inline]
    pub(crate) fn set(&self, slot: usize) {
        self.0.store(slot, Ordering::Relaxed);
    }

    #[inline]
    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl<'a> LazyBlock<'a> {
    #[inline]
    pub(super) fn new(slots: usize, role: BlockRole<'a>) -> Self {
        Self {
            block: AtomicPtr::new(ptr::null_mut()),
            slots,
            role,
            thread: ThreadToken::current(),
            prepaid: AtomicUsize::new(0),
            slot: PolledSlot::new(),
        }
    }

    /// Lends the waker for first polls, and the cell that stores which slot is polled.
    #[inline]
    pub(super) fn lend(&self) -> (LentWakers<'_>, Option<&PolledSlot>) {
        let wakers = LentWakers {
            data: ptr::from_ref(self).cast(),
            table: &STUB,
            slots: 0,
            owner: PhantomData,
        };
        (wakers, Some(&self.slot))
    }

    /// The block, if one was needed.
    #[inline]
    pub(super) fn into_owner(mut self) -> Option<Owner> {
        self.take_owner()
    }

    /// Takes the block, if one was needed. Nothing is polled after that.
    #[inline]
    pub(super) fn take_owner(&mut self) -> Option<Owner> {
        let block = self.block.load(Ordering::Acquire);
        if block.is_null() {
            return None;
        }
        self.block.store(ptr::null_mut(), Ordering::Relaxed);
        // SAFETY: the pointer came from `into_raw`, with its reference. The prepaid references that were not handed out
        // are owned here, too.
        let block = unsafe {
            let block = Block::from_raw(block);
            block.give_back(self.prepaid.load(Ordering::Relaxed));
            block
        };
        Some(Owner::new(block))
    }

    /// Returns the block, which is allocated if there is none. The result borrows the reference of `self`.
    #[inline]
    fn block(&self) -> ManuallyDrop<Block> {
        let mut block = self.block.load(Ordering::Acquire);
        if block.is_null() {
            block = self.make_block();
        }
        // SAFETY: `self` owns a count of the block, and this copy of it is not dropped.
        ManuallyDrop::new(unsafe { Block::from_raw(block) })
    }

    #[cold]
    fn make_block(&self) -> *mut Header {
        let prepaid = self.slots;
        let made = Block::new(self.slots, self.role, prepaid).into_raw();
        match self.block.compare_exchange(
            ptr::null_mut(),
            made,
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            Ok(_) => {
                self.prepaid.store(prepaid, Ordering::Relaxed);
                made
            }
            Err(other) => {
                // SAFETY: none of the counts of `made` was consumed away.
                unsafe { Block::from_raw(made).give_back(prepaid) };
                other
            }
        }
    }

    /// A waker of the slot that is being polled, with a count of its own.
    #[inline]
    fn clone_waker(&self) -> RawWaker {
        let block = self.block();
        let id = block.id(self.slot.get());
        let prepaid = if self.thread == ThreadToken::current() {
            self.prepaid.load(Ordering::Relaxed)
        } else {
            0
        };
        if prepaid > 0 {
            self.prepaid.store(prepaid - 1, Ordering::Relaxed);
        } else {
            // SAFETY: the block is alive.
            unsafe { Block::retain(id) };
        }
        RawWaker::new(id.cast(), &SLOT)
    }
}

impl Drop for LazyBlock<'_> {
    /// Releases a block that was not taken.
    #[inline]
    fn drop(&mut self) {
        if !self.block.load(Ordering::Relaxed).is_null() {
            drop(self.take_owner());
        }
    }
}

/// The waker on the stack: its data pointer is the `LazyBlock`.
static STUB: RawWakerVTable =
    RawWakerVTable::new(clone_stub, wake_stub_by_ref, wake_stub_by_ref, drop_stub);

unsafe fn clone_stub(lazy: *const ()) -> RawWaker {
    // SAFETY: it outlives the waker that points at it, because that waker is only lent; and it is only read.
    unsafe { &*lazy.cast::<LazyBlock<'_>>() }.clone_waker()
}

unsafe fn wake_stub_by_ref(lazy: *const ()) {
    // SAFETY: as in `clone_stub`.
    let lazy = unsafe { &*lazy.cast::<LazyBlock<'_>>() };
    let block = lazy.block();
    // SAFETY: the block is alive.
    unsafe { Block::mark(block.id(lazy.slot.get())) };
}

unsafe fn drop_stub(_: *const ()) {}
