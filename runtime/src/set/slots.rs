//! Where the futures of a set stay: slots that never move.

use std::iter;

use super::{
    bits::Bits,
    block::BlockRole,
    header::{GROUP, LARGEST},
    memory::{Memory, Parts},
    owner::Owner,
    visit::{Pass, PassEnd, Polled, Slots, Visits, Vtable},
    waker::{LazyBlock, LentWakers, PolledSlot},
    walk::Walk,
};
use crate::panics::Panics;

/// A run of slots that is allocated at once, and the block that wakes them.
///
/// # Invariants
///
/// - The first `filled` slots have held a future.
/// - A slot holds a future if it is in `live`, or if it is not below `started` and is below `filled`. Slots in `live` are
///   below `started`.
/// - A future that was polled stays where it is until it is dropped there.
pub(super) struct Segment {
    memory: Memory,
    filled: usize,
    live: Bits,
    started: usize,
    /// The number of the segment's first slot in the set.
    base: usize,
    /// Made when the first waker is kept.
    owner: Option<Owner>,
}

impl Segment {
    /// Returns the first segment of a set, with the elements of a vector in its slots.
    ///
    /// # Safety
    ///
    /// As for [`Memory::of_vec`]; the segment then owns the elements of the vector.
    pub(super) unsafe fn of_vec(vtable: &'static Vtable, parts: Parts) -> Self {
        // SAFETY: as the caller says.
        let memory = unsafe { Memory::of_vec(vtable, parts) };
        let mut segment = Self::new(memory, 0);
        segment.filled = parts.len;
        segment
    }

    /// Returns an empty segment. `base` is the number of its first slot.
    pub(super) fn with_capacity(vtable: &'static Vtable, base: usize, room: usize) -> Self {
        Self::new(Memory::new(vtable, room), base)
    }

    fn new(memory: Memory, base: usize) -> Self {
        let mut segment = Self {
            memory,
            filled: 0,
            live: Bits::default(),
            started: 0,
            base,
            owner: None,
        };
        segment.live.reserve(segment.room());
        segment
    }

    /// Returns the functions of the futures.
    pub(super) fn vtable(&self) -> &'static Vtable {
        self.memory.vtable()
    }

    /// Returns whether a waker was cloned.
    #[inline]
    pub(super) fn has_owner(&self) -> bool {
        self.owner.is_some()
    }

    /// Returns the owner of the block, which is there once a waker was kept.
    #[inline]
    pub(super) fn owner(&self) -> &Owner {
        self.owner.as_ref().expect("a waker was kept")
    }

    /// Returns the same, to take ready slots.
    #[inline]
    pub(super) fn owner_mut(&mut self) -> &mut Owner {
        self.owner.as_mut().expect("a waker was kept")
    }

    /// Returns the number of slots for which there is room.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.memory.capacity().min(LARGEST)
    }

    /// Returns whether every slot holds or has held a future.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.filled == self.room()
    }

    /// Returns the number of the segment's first slot in the set.
    #[inline]
    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// Returns the number after the one of the last slot.
    pub(super) fn end(&self) -> usize {
        self.base + self.room()
    }

    /// Claims the next slot that never held a future; there must be room.
    ///
    /// # Safety
    ///
    /// The caller writes a future there before anything else is done with the segment.
    #[inline]
    pub(super) unsafe fn claim(&mut self) -> *mut () {
        assert!(!self.is_full(), "a segment does not grow");
        let slot = self.filled;
        self.filled += 1;
        self.memory.slot(slot)
    }

    /// Claims a slot that held a future before and is free.
    ///
    /// # Safety
    ///
    /// The caller writes a future there before anything else is done with the segment.
    #[inline]
    pub(super) unsafe fn claim_again(&mut self, slot: usize) -> *mut () {
        assert!(
            slot < self.started && !self.is_live(slot),
            "the slot is free"
        );
        self.live.add(slot);
        self.memory.slot(slot)
    }

    /// Makes the slots that were never polled ones that are polled one by one, in whatever order.
    pub(super) fn start_all(&mut self) {
        while self.started < self.filled {
            self.live.add(self.started);
            self.started += 1;
        }
    }

    /// Returns whether the slot holds a future.
    pub(super) fn holds(&self, slot: usize) -> bool {
        slot >= self.started || self.is_live(slot)
    }

    /// Returns whether the slot holds a future that is not one of a row that waits for first polls.
    #[inline]
    pub(super) fn is_live(&self, slot: usize) -> bool {
        self.live.has(slot)
    }

    /// Returns the least slot that holds a future and is not below `from`.
    fn next_held(&self, from: usize) -> Option<usize> {
        let new = from.max(self.started);
        let live = self.live.next(from);
        live.or_else(|| (new < self.filled).then_some(new))
    }

    /// Returns the slots that hold a future, in ascending order.
    pub(super) fn held(&self) -> impl Iterator<Item = usize> {
        iter::successors(self.next_held(0), |slot| self.next_held(slot + 1))
    }

    /// Returns a pointer to a slot.
    pub(super) fn slot(&self, slot: usize) -> *mut () {
        self.memory.slot(slot)
    }

    /// Takes the memory out, with the futures in it.
    pub(super) fn take_memory(&mut self) -> Memory {
        self.live = Bits::default();
        (self.started, self.filled) = (0, 0);
        let nothing = Memory::new(self.vtable(), 0);
        std::mem::replace(&mut self.memory, nothing)
    }

    /// Drops the future in a slot, if it holds one that is live or the first of those that are not.
    pub(super) fn remove(&mut self, slot: usize) {
        if self.live.has(slot) {
            self.live.remove(slot);
        } else {
            assert_eq!(slot, self.started, "the slot holds a future");
            self.started += 1;
        }
        // SAFETY: the slot held a future, and no longer counts as such, also if the drop panics.
        unsafe { self.memory.drop_slot(slot) }
    }

    /// Polls slots that were never polled, at most `most` of them, in order. A block that is made for them gets this `role`.
    pub(super) fn poll_new(
        &mut self,
        role: BlockRole<'_>,
        most: usize,
        visits: &mut Visits<'_>,
    ) -> Pass {
        let lazy = (!self.has_owner()).then(|| LazyBlock::new(self.room(), role));
        let mut pass = Pass::NONE;
        while self.started < self.filled && pass.end == PassEnd::Reached {
            let left = most - pass.polled;
            if left == 0 {
                pass.end = PassEnd::Full;
                break;
            }
            let (group, from) = (self.started / GROUP, self.started % GROUP);
            let count = left.min(GROUP - from).min(self.filled - self.started);
            let bits = (u64::MAX >> (GROUP - count)) << from;
            // They count as started, so that a panic leaves none of them behind.
            self.started += count;
            let live = &mut self.live.words_mut()[group];
            *live |= bits;
            let wakers = match (&lazy, &self.owner) {
                (Some(lazy), _) => lazy.lend(),
                (None, owner) => owner.as_ref().expect("a waker was kept").lend(group),
            };
            let index = self.base + group * GROUP;
            let mut slots = Slots::new(&self.memory, group, index, bits, live, wakers);
            pass.end = visits.visit(&mut slots);
            let left = slots.bits;
            let done = bits & !*slots.live;
            *slots.live ^= left;
            let left = left.count_ones() as usize;
            self.started -= left;
            pass.polled += count - left;
            pass.done += done.count_ones() as usize;
        }
        if let Some(lazy) = lazy {
            self.owner = lazy.into_owner();
        }
        pass
    }

    /// Polls the slots that a walk comes to, at most `most` of them.
    pub(super) fn poll_woken(
        &mut self,
        walk: &mut Walk,
        most: usize,
        visits: &mut Visits<'_>,
    ) -> Pass {
        let mut pass = Pass::NONE;
        let Some(owner) = &mut self.owner else {
            return pass;
        };
        let live = self.live.words_mut();
        while let Some((group, bits)) = walk.next(owner) {
            let live = &mut live[group];
            // A waker may be used after its future is gone.
            let mut bits = bits & *live;
            let mut later = 0;
            while pass.polled + bits.count_ones() as usize > most {
                let last = 1 << (u64::BITS - 1 - bits.leading_zeros());
                bits ^= last;
                later |= last;
            }
            let index = self.base + group * GROUP;
            let mut slots = Slots::new(&self.memory, group, index, bits, live, owner.lend(group));
            pass.end = visits.visit(&mut slots);
            pass.polled += (bits ^ slots.bits).count_ones() as usize;
            pass.done += (bits & !*slots.live).count_ones() as usize;
            let left = slots.bits | later;
            if left != 0 {
                walk.put_back(left);
                if pass.end == PassEnd::Reached {
                    pass.end = PassEnd::Full;
                }
            }
            if pass.end != PassEnd::Reached {
                break;
            }
        }
        pass
    }

    /// Polls the future of this `index` in a slot, unless it is gone. A block that is made for it gets this `role`.
    #[inline(never)]
    pub(super) fn poll_first(
        &mut self,
        slot: usize,
        index: usize,
        role: BlockRole<'_>,
        visits: &mut Visits<'_>,
    ) -> Option<Polled> {
        let lazy = LazyBlock::new(self.room(), role);
        let (memory, live) = (&self.memory, &mut self.live);
        let pass = poll_one(memory, live, slot, index, lazy.lend(), visits);
        self.owner = lazy.into_owner();
        pass
    }

    /// Polls the future of this `index` in a slot where wakers were kept, unless it is gone.
    #[inline]
    pub(super) fn poll_again(
        &mut self,
        slot: usize,
        index: usize,
        visits: &mut Visits<'_>,
    ) -> Option<Polled> {
        let owner = self.owner.as_ref().expect("a waker was kept");
        let wakers = owner.lend(slot / GROUP);
        poll_one(&self.memory, &mut self.live, slot, index, wakers, visits)
    }

    /// Returns whether no slot holds a future.
    #[inline]
    fn is_empty(&self) -> bool {
        self.started == self.filled && self.live.words().iter().all(|&word| word == 0)
    }

    /// Drops every future, in the order of slots.
    pub(super) fn clear(&mut self, panics: &mut Panics) {
        let mut from = 0;
        while let Some(slot) = self.next_held(from) {
            panics.run(|| self.remove(slot));
            from = slot + 1;
        }
    }
}

/// Polls the future of this `index` in a slot, if the slot is among those that are `live`.
#[inline]
fn poll_one(
    memory: &Memory,
    live: &mut Bits,
    slot: usize,
    index: usize,
    wakers: (LentWakers<'_>, Option<&PolledSlot>),
    visits: &mut Visits<'_>,
) -> Option<Polled> {
    let (group, bits) = (slot / GROUP, 1 << (slot % GROUP));
    let live = &mut live.words_mut()[group];
    if *live & bits == 0 {
        return None;
    }
    let first = index.wrapping_sub(slot % GROUP);
    let mut slots = Slots::new(memory, group, first, bits, live, wakers);
    let end = visits.visit(&mut slots);
    let is_done = *slots.live & bits == 0;
    Some(Polled { is_done, end })
}

impl Segment {
    #[cold]
    #[inline(never)]
    fn clear_and_resume(&mut self) {
        let mut panics = Panics::default();
        self.clear(&mut panics);
        panics.resume();
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if !self.is_empty() {
            self.clear_and_resume();
        }
    }
}
