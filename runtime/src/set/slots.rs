//! Where the futures of a set stay: slots that never move.

use super::{
    bits::Bits,
    block::{GROUP, Home, LARGEST},
    memory::{Memory, Parts},
    owner::Owner,
    visit::{Visited, Visits, Vtable},
    waker::{Unwoken, poll_slot},
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
    /// The number of the first slot among those of the set.
    base: usize,
    /// Made when the first waker is kept.
    owner: Option<Owner>,
}

/// Polls of slots in a row.
pub(super) struct Pass {
    /// How many were polled.
    pub(super) polled: usize,
    /// How many of them are done.
    pub(super) done: usize,
    pub(super) end: PassEnd,
}

/// What ended a row of polls.
pub(super) enum PassEnd {
    /// There was nothing left to poll.
    Reached,
    /// As many were polled as allowed.
    Full,
    /// The cooperative budget is spent.
    Spent,
    /// The visitor wanted to stop.
    Stopped,
}

impl Segment {
    /// Returns a segment whose slots, the first of a set, are the elements of a vector.
    ///
    /// # Safety
    ///
    /// As for [`Memory::of_vec`]; the vector's elements are then owned by the segment.
    pub(super) unsafe fn of_vec(vtable: &'static Vtable, parts: Parts) -> Self {
        // SAFETY: as the caller says.
        let memory = unsafe { Memory::of_vec(vtable, parts) };
        let mut segment = Self::new(memory, 0);
        segment.filled = parts.len;
        segment
    }

    /// Returns an empty segment, for the slots from `base` on.
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

    /// Whether a waker was kept.
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

    /// Whether every slot holds or has held a future.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.filled == self.room()
    }

    /// Returns the number of the first slot among those of the set.
    #[inline]
    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// Returns the number behind that of the last slot.
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

    /// Claims a slot whose last future is gone.
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

    /// Whether the slot holds a future.
    pub(super) fn holds(&self, slot: usize) -> bool {
        slot >= self.started || self.is_live(slot)
    }

    /// Whether the slot holds a future that is not waiting in a row for its first poll.
    #[inline]
    pub(super) fn is_live(&self, slot: usize) -> bool {
        self.live.has(slot)
    }

    /// Returns the least slot that holds a future and is not below `from`.
    pub(super) fn next_held(&self, from: usize) -> Option<usize> {
        let new = from.max(self.started);
        let live = self.live.next(from);
        live.or_else(|| (new < self.filled).then_some(new))
    }

    /// Returns a pointer to a slot.
    pub(super) fn slot(&self, slot: usize) -> *mut () {
        self.memory.slot(slot)
    }

    /// Gives the memory away, with the futures that it holds.
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

    /// Polls slots that were never polled, at most `most` of them, in order. A block that is made for them gets this `home`.
    pub(super) fn poll_new(
        &mut self,
        home: Home<'_>,
        most: usize,
        visits: &mut Visits<'_>,
    ) -> Pass {
        let room = self.room();
        let Self {
            memory,
            live,
            started,
            filled,
            base,
            ..
        } = self;
        let mut row = Row {
            memory,
            live,
            started,
            filled: *filled,
        };
        if let Some(owner) = &self.owner {
            return row.poll(most, |slot, occupied| {
                poll_slot(owner, slot, |cx| visits.visit(occupied, *base + slot, cx))
            });
        }
        let unwoken = Unwoken::new(room, home);
        let pass = unwoken.polls(|mut polls| {
            row.poll(most, |slot, occupied| {
                polls.poll(slot, |cx| visits.visit(occupied, *base + slot, cx))
            })
        });
        self.owner = unwoken.into_owner();
        pass
    }

    /// Polls the slots that a walk comes to, at most `most` of them.
    pub(super) fn poll_woken(
        &mut self,
        walk: &mut Walk,
        most: usize,
        visits: &mut Visits<'_>,
    ) -> Pass {
        let mut pass = Pass::new();
        let Some(owner) = &mut self.owner else {
            return pass;
        };
        let live = self.live.words_mut();
        'walk: while let Some((group, bits)) = walk.next(owner) {
            // A waker may be used after its future is gone.
            let live = &mut live[group];
            let mut bits = bits & *live;
            while bits != 0 {
                if pass.polled == most {
                    walk.put_back(bits);
                    pass.end = PassEnd::Full;
                    break 'walk;
                }
                let bit = bits & bits.wrapping_neg();
                let slot = group * GROUP + bits.trailing_zeros() as usize;
                bits ^= bit;
                // SAFETY: a live slot holds a future, which stays where it is until it is dropped. That the slot is live
                // still holds: nothing but this method, which polls each slot once, has changed it since.
                let occupied = unsafe { self.memory.occupied(slot, live, bit) };
                let index = self.base + slot;
                let visited = poll_slot(owner, slot, |cx| visits.visit(occupied, index, cx));
                if pass.is_over(visited) {
                    walk.put_back(bits);
                    break 'walk;
                }
            }
        }
        pass
    }

    /// Polls the future of this `index` in a slot, unless it is gone. A block that is made for it gets this `home`.
    #[inline(never)]
    pub(super) fn poll_first(
        &mut self,
        slot: usize,
        index: usize,
        home: Home<'_>,
        visits: &mut Visits<'_>,
    ) -> Option<Visited> {
        let unwoken = Unwoken::new(self.room(), home);
        let occupied = self.memory.occupied_if(slot, &mut self.live)?;
        let visited =
            unwoken.polls(|mut polls| polls.poll(slot, |cx| visits.visit(occupied, index, cx)));
        self.owner = unwoken.into_owner();
        Some(visited)
    }

    /// Polls the future of this `index` in a slot where wakers were kept, unless it is gone.
    #[inline]
    pub(super) fn poll_again(
        &mut self,
        slot: usize,
        index: usize,
        visits: &mut Visits<'_>,
    ) -> Option<Visited> {
        let owner = self.owner.as_ref().expect("a waker was kept");
        let occupied = self.memory.occupied_if(slot, &mut self.live)?;
        Some(poll_slot(owner, slot, |cx| {
            visits.visit(occupied, index, cx)
        }))
    }

    /// Whether no slot holds a future.
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

impl Drop for Segment {
    fn drop(&mut self) {
        if !self.is_empty() {
            let mut panics = Panics::default();
            self.clear(&mut panics);
            panics.resume();
        }
    }
}

impl Pass {
    const fn new() -> Self {
        Self {
            polled: 0,
            done: 0,
            end: PassEnd::Reached,
        }
    }

    /// Counts a poll. Returns whether the row ends with it.
    ///
    /// Where the cooperative budget is spent after a future was not ready, more and more futures would be polled in vain.
    #[inline]
    fn is_over(&mut self, visited: Visited) -> bool {
        self.polled += 1;
        match visited {
            Visited::Pending if tokio::task::coop::has_budget_remaining() => return false,
            Visited::Pending => self.end = PassEnd::Spent,
            Visited::Done => {
                self.done += 1;
                return false;
            }
            Visited::Stopped => {
                self.done += 1;
                self.end = PassEnd::Stopped;
            }
        }
        true
    }
}

/// Slots in a row that were never polled.
struct Row<'a> {
    memory: &'a Memory,
    live: &'a mut Bits,
    started: &'a mut usize,
    filled: usize,
}

impl Row<'_> {
    #[inline]
    fn poll(
        &mut self,
        most: usize,
        mut poll: impl FnMut(usize, super::visit::Occupied<'_>) -> Visited,
    ) -> Pass {
        let mut pass = Pass::new();
        while *self.started < self.filled {
            if pass.polled == most {
                pass.end = PassEnd::Full;
                break;
            }
            let slot = *self.started;
            *self.started += 1;
            self.live.add(slot);
            let (word, bit) = (
                &mut self.live.words_mut()[slot / GROUP],
                1 << (slot % GROUP),
            );
            // SAFETY: the slot, which is live from now on, holds a future that stays where it is until it is dropped.
            let occupied = unsafe { self.memory.occupied(slot, word, bit) };
            if pass.is_over(poll(slot, occupied)) {
                break;
            }
        }
        pass
    }
}
