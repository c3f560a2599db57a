//! The wakers that branches are polled with.

use std::{
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr,
    task::{Context, RawWaker, RawWakerVTable, Waker},
};

use super::{
    block::{Block, BlockRole, GROUP, Header},
    owner::Owner,
    sync::{AtomicPtr, AtomicUsize, Ordering, ThreadToken},
};

/// A waker of a slot: its data pointer is the slot's id in a block of which it owns a count.
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
    /// The bits of a slot's number that its waker depends on: none where one waker is that of all slots.
    slots: usize,
    owner: PhantomData<&'a Waker>,
}

impl<'a> LentWakers<'a> {
    /// Lends a waker as that of all slots.
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
        // SAFETY: the parts are those of a waker that lives as long as `self`, or of a block or an `LazyBlock` that does, with the table that
        // keeps the contract of wakers for it. This copy owns no count, and is never dropped; all that a branch can keep is a clone.
        let waker = ManuallyDrop::new(unsafe { Waker::new(data, self.table) });
        poll(&mut Context::from_waker(&waker))
    }
}

/// The first polls of slots that have no block yet: they are polled with one waker that lives on the stack and stands for
/// each of them in turn. The block is made when it is first cloned or used. Slots that are ready at once cost no
/// allocation.
///
/// The thread that makes the block counts a reference for every slot at once, and hands those out to clones one by one;
/// what is left in the end it gives back. So most clones cost no atomic change.
pub(super) struct LazyBlock<'a> {
    /// Null until a waker was cloned. Atomic, for a branch may share its waker with other threads while it is polled.
    block: AtomicPtr<Header>,
    slots: usize,
    primary: BlockRole<'a>,
    /// The thread that polls.
    thread: ThreadToken,
    /// References that are counted and not handed out. Only `thread` changes it, and it is read by nobody else.
    prepaid: AtomicUsize,
    slot: PolledSlot,
}

/// The slot that is being polled, of several that are polled with one waker. Nobody keeps that waker itself, so this is read only while
/// the poll lasts.
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
    pub(super) fn new(slots: usize, primary: BlockRole<'a>) -> Self {
        Self {
            block: AtomicPtr::new(ptr::null_mut()),
            slots,
            primary,
            thread: ThreadToken::current(),
            prepaid: AtomicUsize::new(0),
            slot: PolledSlot::new(),
        }
    }

    /// Lends the waker for first polls, and what is told of each slot before it is polled.
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
        // SAFETY: what stood there came from `into_raw`, with its count. The counts that were prepaid in advance and not handed
        // out are owned here, too.
        let block = unsafe {
            let block = Block::from_raw(block);
            block.give_back(self.prepaid.load(Ordering::Relaxed));
            block
        };
        Some(Owner::new(block))
    }

    /// The block, which is made if need be. It is lent: its count is that of `self`.
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
        let own = self.thread == ThreadToken::current();
        let prepaid = if own { self.slots } else { 0 };
        let made = Block::new(self.slots, self.primary, prepaid).into_raw();
        match self.block.compare_exchange(
            ptr::null_mut(),
            made,
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            Ok(_) => {
                if own {
                    self.prepaid.store(prepaid, Ordering::Relaxed);
                }
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
    /// Lets the block go that nobody took.
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
    // SAFETY: it outlives the waker that points at it, for that one is only lent; it is only read.
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
