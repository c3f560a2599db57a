//! The set's own hand on a block: it takes ready slots out, and says who is to be woken.

use std::{
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    task::Waker,
};

use super::{
    block::{Block, CLOSED, Header, Lone, Progress, take},
    parent::drop_wakers,
    sync::{AtomicU64, Ordering},
    waker::{LentWakers, PolledSlot},
};

/// What is to be done, as far as it is seen without effort.
#[derive(Clone, Copy)]
pub(crate) enum Glance {
    /// Nothing.
    Nothing,
    /// Nothing was woken, but there are futures that were never polled.
    Fresh,
    /// This slot alone, of the block with this bit, is to be polled. It was taken.
    One { bit: usize, slot: usize },
    /// Perhaps more.
    Much,
}

/// The set's own reference to a block: the one that may take ready slots out of it.
///
/// # Invariants
///
/// - A block has one owner. [`Owner::alias`] and [`Owner::from_raw`] make a second handle of it; their callers use one of
///   the two at a time.
/// - So `&mut self` says that no other thread, and no code further up the stack, is in one of these methods: what only
///   the owner may do is done there, without a check. What takes `&self` only reads.
pub(super) struct Owner(ManuallyDrop<Block>);

/// An [`Owner`] that is held at another place, too, and dropped there.
pub(super) struct Alias(ManuallyDrop<Owner>);

impl Deref for Alias {
    type Target = Owner;

    #[inline]
    fn deref(&self) -> &Owner {
        &self.0
    }
}

impl DerefMut for Alias {
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
    pub(super) unsafe fn alias(&self) -> Alias {
        // SAFETY: the copy owns no count: it is never dropped.
        Alias(ManuallyDrop::new(unsafe {
            Self::from_raw(self.0.as_raw())
        }))
    }

    #[inline]
    pub(super) fn block(&self) -> &Block {
        &self.0
    }

    /// Lends the wakers of the slots of a group, as [`Unwoken::lend`](super::waker::Unwoken::lend) does: each slot has its own, so nothing is
    /// told of the one that is polled.
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
    /// `raw` came from [`Owner::into_raw`], and its count is given to the result.
    #[inline]
    pub(super) unsafe fn from_raw(raw: *mut Header) -> Self {
        // SAFETY: as the caller says.
        Self::new(unsafe { Block::from_raw(raw) })
    }

    /// Makes wakes reach `waker`, before ready slots are taken.
    ///
    /// If another thread is in the middle of waking the waker that is to be replaced, the new one is woken instead, so
    /// that the set is polled again: nobody waits for that thread, which may even be this one further up its stack.
    #[inline]
    pub(super) fn register(&mut self, waker: &Waker) {
        if !self.reaches(waker) {
            self.replace_parent(waker);
        }
    }

    /// Whether wakes reach `waker`.
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
        let Ok(old) = (unsafe { header.parent.replace(waker, ended, || self.risen()) }) else {
            waker.wake_by_ref();
            return;
        };
        // The lone word is about to be read by a plain load. Changing it by nothing puts each wake either before this,
        // so that the load sees it, or behind, so that it finds the new waker.
        header.lone.fetch_or(0, Ordering::AcqRel);
        // Only now, for it may panic.
        drop(old);
    }

    /// Whether the lone word is not zero.
    fn risen(&self) -> bool {
        self.0.header().lone.load(Ordering::Acquire) != 0
    }

    /// Takes what the lone word says; this is the owner of the home block. After `Many`, the root word and the top are to
    /// be taken, too.
    #[inline]
    pub(super) fn take_lone(&mut self) -> Lone {
        let word = take(&self.0.header().lone);
        if word != 0 {
            // SAFETY: this is the owner, by `&mut self`.
            unsafe { self.0.header().parent.count_duty() };
        }
        Lone::read(word)
    }

    /// Takes the slot in the lone word if that says that there is nothing else, and wakes reach `waker`. Otherwise nothing
    /// changes. This is the owner of the home block.
    #[inline]
    pub(super) fn glance(&mut self, waker: &Waker, has_fresh: bool) -> Glance {
        let header = self.0.header();
        if !self.reaches(waker) {
            return Glance::Much;
        }
        let word = header.lone.load(Ordering::Relaxed);
        match Lone::read(word) {
            Lone::Nothing if has_fresh => Glance::Fresh,
            Lone::Nothing => Glance::Nothing,
            Lone::One { bit, slot }
                if !has_fresh
                    && (header.lone)
                        .compare_exchange(word, 0, Ordering::AcqRel, Ordering::Relaxed)
                        .is_ok() =>
            {
                // SAFETY: this is the owner, by `&mut self`.
                unsafe { header.parent.count_duty() };
                Glance::One { bit, slot }
            }
            _ => Glance::Much,
        }
    }

    /// Takes the bits of the other blocks that have ready slots, and adds this one's `bit` if it has some.
    #[inline]
    pub(super) fn take_root(&mut self, bit: u32) -> u64 {
        let mut blocks = take(&self.0.header().root);
        let block = &self.0;
        let risen = |word: &AtomicU64| word.load(Ordering::Relaxed) != 0;
        if (block.top()).map_or_else(|| block.words(0).into_iter().any(risen), risen) {
            blocks |= 1 << bit;
        }
        blocks
    }

    /// Takes the top word; its bits are ready slots where the block is one group. The `lone` slot was taken before, and is
    /// among what is to be found.
    #[inline]
    pub(super) fn take_top(&mut self, lone: Option<usize>) -> u64 {
        let Some(top) = self.0.top() else {
            return self.take_group(0) | lone.map_or(0, |slot| 1 << slot);
        };
        if let Some(slot) = lone {
            self.0.raise_bit(slot);
        }
        take(top)
    }

    /// Takes group `number`'s ready slots. What is above it has been taken.
    #[inline(never)]
    pub(super) fn take_group(&mut self, number: usize) -> u64 {
        self.0.take_group(number)
    }

    #[inline]
    pub(super) fn is_one_group(&self) -> bool {
        self.0.header().levels == 0
    }

    /// What the owner keeps in the block, zeros at first.
    #[inline]
    pub(super) fn progress(&self) -> Progress {
        // SAFETY: only `set_progress` writes it, which takes `&mut self`.
        (self.0.header().progress).with(|progress| unsafe { *progress })
    }

    #[inline]
    pub(super) fn set_progress(&mut self, progress: Progress) {
        // SAFETY: only the owner touches it, by `&mut self` nobody else does now.
        (self.0.header().progress).with_mut(|cell| unsafe { *cell = progress });
    }
}

impl Drop for Owner {
    /// Lets no later wake reach the parent, and drops its waker now unless somebody is just using it.
    fn drop(&mut self) {
        // Where there is no waker, nobody would find out, and what comes below is spared.
        // SAFETY: then it is neither used nor dropped below.
        if unsafe { self.0.free_alone() } {
            return;
        }
        let mut wakers = [None, None];
        let header = self.0.header();
        // SAFETY: this is the owner, which goes.
        unsafe { self.0.close_groups() };
        if self.0.is_home() {
            if header.lone.swap(CLOSED, Ordering::AcqRel) != 0 {
                // SAFETY: this is the owner, by `&mut self`.
                unsafe { header.parent.count_duty() };
            }
            let ended = header.state.ended();
            // SAFETY: this is the owner, and the lone word stays non-zero from here on.
            wakers = unsafe { header.parent.retire(ended) };
        }
        // SAFETY: this is the only place where it is dropped, and it was not freed above.
        unsafe { ManuallyDrop::drop(&mut self.0) };
        drop_wakers(wakers);
    }
}
