//! Where the futures of a set stay: slots that never move.

use std::{future::Future, mem::MaybeUninit, pin::Pin, task::Poll};

use super::{
    bits::Bits,
    block::{Home, LARGEST, Owner},
    waker::{Unwoken, poll_slot},
};
use crate::panics::Panics;

/// A run of slots that is allocated at once, and the block that wakes them.
///
/// # Invariants
///
/// - The first `filled` slots have held a future. Of those, the ones in `taken` hold one now.
/// - A future that was polled stays where it is until it is dropped there: `slots` is then neither grown nor moved out.
pub(super) struct Segment<F> {
    slots: Vec<MaybeUninit<F>>,
    taken: Bits,
    room: usize,
    /// Made when the first waker is kept.
    pub(super) owner: Option<Owner>,
}

impl<F> Segment<F> {
    /// A segment whose slots are `futures`, all taken.
    pub(super) fn from_vec(futures: Vec<F>) -> Self {
        let mut futures = std::mem::ManuallyDrop::new(futures);
        let (start, len, room) = (futures.as_mut_ptr(), futures.len(), futures.capacity());
        // SAFETY: `MaybeUninit<F>` has the layout of `F`, and the vector's memory passes on to the new one.
        let slots = unsafe { Vec::from_raw_parts(start.cast(), len, room) };
        let mut taken = Bits::default();
        taken.reserve(len);
        taken.fill(len);
        Self {
            // A vector of nothing has room without end.
            room: if size_of::<F>() == 0 {
                len
            } else {
                room.clamp(len, LARGEST)
            },
            slots,
            taken,
            owner: None,
        }
    }

    pub(super) fn with_capacity(room: usize) -> Self {
        let mut taken = Bits::default();
        taken.reserve(room);
        Self {
            slots: Vec::with_capacity(room),
            taken,
            room,
            owner: None,
        }
    }

    /// Whether nothing was ever put in.
    pub(super) fn is_new(&self) -> bool {
        self.slots.is_empty()
    }

    /// Slots that are or were taken.
    pub(super) fn filled(&self) -> usize {
        self.slots.len()
    }

    /// Slots for which there is room.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Puts a future into the next slot that never held one; there must be room.
    pub(super) fn append(&mut self, future: F) {
        assert!(self.filled() < self.room(), "a segment does not grow");
        self.taken.reserve(self.slots.len() + 1);
        self.taken.add(self.filled());
        self.slots.push(MaybeUninit::new(future));
    }

    /// Puts a future into a slot whose last one is gone.
    pub(super) fn refill(&mut self, slot: usize, future: F) {
        assert!(!self.taken.has(slot), "the slot is free");
        self.slots[slot].write(future);
        self.taken.add(slot);
    }

    #[inline]
    pub(super) fn is_taken(&self, slot: usize) -> bool {
        self.taken.has(slot)
    }

    /// The least taken slot that is not below `from`.
    pub(super) fn next_taken(&self, from: usize) -> Option<usize> {
        self.taken.next(from)
    }

    /// The future in a slot that is taken.
    #[inline]
    fn future<'a>(slots: &'a mut [MaybeUninit<F>], taken: &Bits, slot: usize) -> Pin<&'a mut F> {
        assert!(taken.has(slot), "the slot is taken");
        // SAFETY: a taken slot is initialized, and its future stays where it is until it is dropped.
        unsafe { Pin::new_unchecked(slots[slot].assume_init_mut()) }
    }

    /// Drops the future in a slot that is taken.
    #[inline]
    pub(super) fn remove(&mut self, slot: usize) {
        assert!(self.taken.has(slot), "the slot is taken");
        self.taken.remove(slot);
        // SAFETY: the slot was taken, and no longer counts as such, also if the drop panics.
        unsafe { self.slots[slot].assume_init_drop() }
    }
}

impl<F: Future> Segment<F> {
    /// Polls a future for the first time; a block that is made for it gets this `home`.
    #[inline]
    pub(super) fn poll_first(&mut self, slot: usize, home: Home<'_>) -> Poll<F::Output> {
        let future = Self::future(&mut self.slots, &self.taken, slot);
        if let Some(owner) = &self.owner {
            return poll_slot(owner, slot, |cx| future.poll(cx));
        }
        let unwoken = Unwoken::new(self.room, home);
        let poll = unwoken.poll(slot, |cx| future.poll(cx));
        self.owner = unwoken.into_owner();
        poll
    }

    /// Polls a future that was woken.
    #[inline]
    pub(super) fn poll_again(&mut self, slot: usize) -> Poll<F::Output> {
        let future = Self::future(&mut self.slots, &self.taken, slot);
        let owner = self.owner.as_ref().expect("a woken slot has a block");
        poll_slot(owner, slot, |cx| future.poll(cx))
    }
}

impl<F> Drop for Segment<F> {
    fn drop(&mut self) {
        let mut panics = Panics::default();
        let mut slot = 0;
        while let Some(next) = self.taken.next(slot) {
            panics.run(|| self.remove(next));
            slot = next + 1;
        }
        panics.resume();
    }
}
