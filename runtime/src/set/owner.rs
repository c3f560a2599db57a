//! The consumer half of a block: it takes ready slots out, and registers the parent's waker.

use std::{
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    task::Waker,
};

use super::{
    block::{Block, take},
    header::{CLOSED, Header, StaticState, Woken},
    parent::drop_wakers,
    waker::{LentWakers, PolledSlot},
};
use crate::sync::{AtomicU64, Ordering};

/// The slots that are to be polled, as far as one look at the word `first_woken` shows.
#[derive(Clone, Copy)]
pub(crate) enum Peek {
    /// No slot.
    Nothing,
    /// No slot was woken, but there are futures that were never polled.
    Unpolled,
    /// One slot, of the block with this bit. It was taken.
    One { bit: usize, slot: usize },
    /// Perhaps more.
    Maybe,
}

/// The consumer half of a block: the reference that may take ready slots out of it.
///
/// # Invariants
///
/// - A block has one owner. [`Owner::second_handle`] and [`Owner::from_raw`] return a second handle; their callers use
///   one of the two at a time.
/// - So `&mut self` guarantees that no other thread, and no caller further up the stack, is in one of these methods.
///   Methods that take `&self` only read.
pub(super) struct Owner(ManuallyDrop<Block>);

/// A second handle of an [`Owner`], which does not release the reference.
pub(super) struct OwnerRef(ManuallyDrop<Owner>);

impl Deref for OwnerRef {
    type Target = Owner;

    #[inline]
    fn deref(&self) -> &Owner {
        &self.0
    }
}

impl DerefMut for OwnerRef {
    #[inline]
    fn deref_mut(&mut self) -> &mut Owner {
        &mut self.0
    }
}

impl Owner {
    pub(super) fn new(block: Block) -> Self {
        Self(ManuallyDrop::new(block))
    }

    /// Makes a second handle of this owner.
    ///
    /// # Safety
    ///
    /// The result is not used after `self` is gone, and never while a method of `self` runs.
    #[inline]
    pub(super) unsafe fn second_handle(&self) -> OwnerRef {
        // SAFETY: the copy owns no count: it is never dropped.
        OwnerRef(ManuallyDrop::new(unsafe {
            Self::from_raw(self.0.as_raw())
        }))
    }

    #[inline]
    pub(super) fn block(&self) -> &Block {
        &self.0
    }

    /// Lends the wakers of the slots of a group, as [`LazyBlock::lend`](super::waker::LazyBlock::lend) does. Each slot
    /// has a waker of its own, so no `PolledSlot` is needed.
    #[inline]
    pub(super) fn lend(&self, group: usize) -> (LentWakers<'_>, Option<&PolledSlot>) {
        // SAFETY: the result borrows this, which owns a count of the block.
        (unsafe { LentWakers::of_group(self, group) }, None)
    }

    pub(super) fn into_raw(self) -> *mut Header {
        let raw = self.0.as_raw();
        std::mem::forget(self);
        raw
    }

    /// # Safety
    ///
    /// `raw` came from [`Owner::into_raw`], and its count is consumed to the result.
    #[inline]
    pub(super) unsafe fn from_raw(raw: *mut Header) -> Self {
        // SAFETY: as the caller says.
        Self::new(unsafe { Block::from_raw(raw) })
    }

    /// Makes wakes reach `waker`, before ready slots are taken.
    ///
    /// If another thread is just waking the waker that is to be replaced, the new waker is woken instead, so that the
    /// set is polled again. The owner does not wait for that thread, because it may be this one, further up its stack.
    #[inline]
    pub(super) fn register(&mut self, waker: &Waker) {
        if !self.reaches(waker) {
            self.replace_parent(waker);
        }
    }

    /// Returns whether wakes reach `waker`.
    #[inline]
    pub(super) fn reaches(&self, waker: &Waker) -> bool {
        // SAFETY: only the owner writes the parent's slots, in methods that take `&mut self`.
        unsafe { self.0.header().parent.holds(waker) }
    }

    #[cold]
    fn replace_parent(&mut self, waker: &Waker) {
        let header = self.0.header();
        let ended = header.state.ended();
        // SAFETY: this is the owner, by `&mut self`.
        let Ok(old) = (unsafe {
            header
                .parent
                .replace(waker, ended, || self.has_pending_wake())
        }) else {
            waker.wake_by_ref();
            return;
        };
        // The first_woken word is about to be read by a plain load. Changing it by nothing puts each wake either before this,
        // so that the load sees it, or behind, so that it finds the new waker.
        header.first_woken.fetch_or(0, Ordering::AcqRel);
        // Dropped last, because it may panic.
        drop(old);
    }

    /// Returns whether a wake has changed `first_woken` from zero that the owner has not seen.
    fn has_pending_wake(&self) -> bool {
        self.0.header().first_woken.load(Ordering::Acquire) != 0
    }

    /// Takes what the first_woken word says; this is the owner of the primary block. After `Many`, the root word and the top are to
    /// be taken, too.
    #[inline]
    pub(super) fn take_first_woken(&mut self) -> Woken {
        let word = take(&self.0.header().first_woken);
        if word != 0 {
            // SAFETY: this is the owner, by `&mut self`.
            unsafe { self.0.header().parent.count_wake() };
        }
        Woken::read(word)
    }

    /// Takes the slot in the first_woken word if that says that there is nothing else, and wakes reach `waker`. Otherwise nothing
    /// changes. This is the owner of the primary block.
    #[inline]
    pub(super) fn peek_woken(&mut self, waker: &Waker, has_unpolled: bool) -> Peek {
        let header = self.0.header();
        if !self.reaches(waker) {
            return Peek::Maybe;
        }
        let word = header.first_woken.load(Ordering::Relaxed);
        match Woken::read(word) {
            Woken::Nothing if has_unpolled => Peek::Unpolled,
            Woken::Nothing => Peek::Nothing,
            Woken::One { bit, slot }
                if !has_unpolled
                    && (header.first_woken)
                        .compare_exchange(word, 0, Ordering::AcqRel, Ordering::Relaxed)
                        .is_ok() =>
            {
                // SAFETY: this is the owner, by `&mut self`.
                unsafe { header.parent.count_wake() };
                Peek::One { bit, slot }
            }
            _ => Peek::Maybe,
        }
    }

    /// Takes the bits of the other blocks that have ready slots, and adds this one's `bit` if it has some.
    #[inline]
    pub(super) fn take_root(&mut self, bit: u32) -> u64 {
        let mut blocks = take(&self.0.header().root);
        let block = &self.0;
        let is_ready = |word: &AtomicU64| word.load(Ordering::Relaxed) != 0;
        if (block.top()).map_or_else(|| block.words(0).into_iter().any(is_ready), is_ready) {
            blocks |= 1 << bit;
        }
        blocks
    }

    /// Takes the top word. If the block has one group, its bits are ready slots. The slot `first_woken` was taken
    /// before, and its bit is added.
    #[inline]
    pub(super) fn take_top(&mut self, first_woken: Option<usize>) -> u64 {
        let Some(top) = self.0.top() else {
            return self.take_group(0) | first_woken.map_or(0, |slot| 1 << slot);
        };
        if let Some(slot) = first_woken {
            self.0.mark_bit(slot);
        }
        take(top)
    }

    /// Takes the ready slots of group `number`. The words above it have been taken.
    #[inline(never)]
    pub(super) fn take_group(&mut self, number: usize) -> u64 {
        self.0.take_group(number)
    }

    #[inline]
    pub(super) fn is_one_group(&self) -> bool {
        self.0.header().levels == 0
    }

    /// Returns the state that the owner stores in the block, which begins with zeros.
    #[inline]
    pub(super) fn static_state(&self) -> StaticState {
        // SAFETY: only `set_static_state` writes it, which takes `&mut self`.
        (self.0.header().static_state).with(|static_state| unsafe { *static_state })
    }

    #[inline]
    pub(super) fn set_static_state(&mut self, static_state: StaticState) {
        // SAFETY: only the owner accesses it, and `&mut self` is exclusive.
        (self.0.header().static_state).with_mut(|cell| unsafe { *cell = static_state });
    }
}

impl Drop for Owner {
    /// Keeps later wakes from the parent. Drops the parent's waker now, unless another thread is just waking it.
    fn drop(&mut self) {
        // Without other wakers the block can be freed at once.
        // SAFETY: then it is neither used nor dropped below.
        if unsafe { self.0.free_alone() } {
            return;
        }
        let mut wakers = [None, None];
        let header = self.0.header();
        // SAFETY: this is the owner, which goes.
        unsafe { self.0.close_groups() };
        if self.0.is_primary() {
            if header.first_woken.swap(CLOSED, Ordering::AcqRel) != 0 {
                // SAFETY: this is the owner, by `&mut self`.
                unsafe { header.parent.count_wake() };
            }
            let ended = header.state.ended();
            // SAFETY: this is the owner, and the first_woken word stays non-zero from here on.
            wakers = unsafe { header.parent.retire(ended) };
        }
        // SAFETY: this is the only place where it is dropped, and it was not freed above.
        unsafe { ManuallyDrop::drop(&mut self.0) };
        drop_wakers(wakers);
    }
}
