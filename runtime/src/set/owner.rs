//! The set's own hand on a block: it takes ready slots out, and says who is to be woken.

use std::task::Waker;

use super::{
    block::{Block, Header},
    parent::drop_wakers,
    sync::{AtomicU64, Ordering},
};

/// The set's own reference to a block: the one that may take ready slots out of it.
pub(super) struct Owner(Block);

impl Owner {
    pub(super) fn new(block: Block) -> Self {
        Self(block)
    }

    #[inline]
    pub(super) fn block(&self) -> &Block {
        &self.0
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
        Self(unsafe { Block::from_raw(raw) })
    }

    /// Makes wakes reach `waker`, before ready slots are taken.
    ///
    /// If another thread is in the middle of waking the waker that is to be replaced, the new one is woken instead, so
    /// that the set is polled again: nobody waits for that thread, which may even be this one further up its stack.
    #[inline]
    pub(super) fn register(&self, waker: &Waker) {
        if !self.reaches(waker) {
            self.replace_parent(waker);
        }
    }

    /// Whether wakes reach `waker`.
    #[inline]
    pub(super) fn reaches(&self, waker: &Waker) -> bool {
        // SAFETY: this is the owner.
        unsafe { self.0.header().parent.holds(waker) }
    }

    #[cold]
    fn replace_parent(&self, waker: &Waker) {
        let header = self.0.header();
        let ended = header.state.ended();
        // SAFETY: this is the owner.
        let Ok(old) = (unsafe { header.parent.replace(waker, ended, || self.risen()) }) else {
            waker.wake_by_ref();
            return;
        };
        // The words are about to be read by plain loads. Changing them by nothing puts each wake either before this, so
        // that the load sees it, or behind, so that it finds the new waker.
        for word in [self.top(), &header.root] {
            word.fetch_or(0, Ordering::AcqRel);
        }
        // Only now, for it may panic.
        drop(old);
    }

    /// How many of the watched words are not zero.
    fn risen(&self) -> u32 {
        let top = self.top().load(Ordering::Acquire);
        let root = self.0.header().root.load(Ordering::Acquire);
        u32::from(top != 0) + u32::from(root != 0)
    }

    #[inline]
    fn top(&self) -> &AtomicU64 {
        self.0.top()
    }

    /// Whether nothing was woken, in no block of which this is the home.
    #[inline]
    pub(super) fn has_none(&self) -> bool {
        let root = &self.0.header().root;
        self.top().load(Ordering::Relaxed) == 0 && root.load(Ordering::Relaxed) == 0
    }

    /// Takes the bits of the other blocks that have ready slots, and adds this one's `bit` if it has some.
    #[inline]
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

    #[inline]
    fn count_duty(&self) {
        // SAFETY: this is the owner. Where another block is home, nobody asks for the number.
        unsafe { self.0.header().parent.count_duty() };
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

    #[inline]
    pub(super) fn is_one_group(&self) -> bool {
        self.0.header().levels == 0
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
        if !header.home.is_null() {
            return;
        }
        for word in [self.top(), &header.root] {
            if word.swap(u64::MAX, Ordering::AcqRel) != 0 {
                self.count_duty();
            }
        }
        let ended = header.state.ended();
        // SAFETY: this is the owner, and the watched words stay non-zero from here on.
        drop_wakers(unsafe { header.parent.retire(ended) });
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
