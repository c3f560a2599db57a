//! Which slots hold which futures: indices, free slots, and futures that wait for their first poll.

use std::{collections::VecDeque, mem};

/// The order in which futures were pushed.
///
/// A set begins in sequence, and is shuffled when it first reuses a slot or skips an index.
pub(super) enum Order {
    /// The number of each slot is the index of its future, and the unpolled futures are in the last slots.
    Sequential(Sequential),
    /// Slots hold futures in any order.
    Shuffled(Box<Shuffled>),
}

/// The order of a set in which no slot was reused and no index was skipped.
#[derive(Clone, Copy, Default)]
pub(super) struct Sequential {
    /// The number of slots that were filled, which is the index of the next push.
    slots: usize,
    /// The number of unpolled futures.
    unpolled: usize,
    /// The number of slots that have become free.
    free: usize,
}

/// The order of a set whose slots are used in any order.
pub(super) struct Shuffled {
    /// For a slot that holds a future, the future's index, with the bit `UNPOLLED` before its first poll. For a free slot, the number
    /// of the next free slot, or `NONE`.
    of: Vec<usize>,
    /// The first free slot, or `NONE`.
    free: usize,
    /// The index of the next push.
    pushed: usize,
    /// The number of unpolled futures.
    unpolled: usize,
    /// The slot of the first unpolled future, or `NONE`. Usually one future is pushed and then polled, so it skips the queue.
    first: usize,
    /// The slots of the other unpolled futures, in the order of their indices.
    rest: VecDeque<usize>,
}

const NONE: usize = usize::MAX;
/// A bit that no index has.
const UNPOLLED: usize = 1 << (usize::BITS - 1);

impl Default for Order {
    fn default() -> Self {
        Self::Sequential(Sequential::default())
    }
}

impl Order {
    /// Notes that `count` slots were filled for the first time. Returns the index of the first of these futures.
    #[inline]
    pub(super) fn append(&mut self, count: usize) -> usize {
        match self {
            Self::Sequential(order) => {
                let index = order.slots;
                order.slots += count;
                order.unpolled += count;
                index
            }
            Self::Shuffled(order) => order.append(count),
        }
    }

    /// Returns the index of the next push.
    #[inline]
    pub(super) fn next_index(&self) -> usize {
        match self {
            Self::Sequential(order) => order.slots,
            Self::Shuffled(order) => order.pushed,
        }
    }

    /// Returns the number of unpolled futures.
    #[inline]
    pub(super) fn unpolled(&self) -> usize {
        match self {
            Self::Sequential(order) => order.unpolled,
            Self::Shuffled(order) => order.unpolled,
        }
    }

    #[inline]
    pub(super) fn is_shuffled(&self) -> bool {
        matches!(self, Self::Shuffled(_))
    }

    /// Returns the slot that holds the future with this index. `is_held` returns whether a slot that was filled holds a future.
    pub(super) fn find(&self, index: usize, is_held: &dyn Fn(usize) -> bool) -> Option<usize> {
        if index >= self.next_index() {
            return None;
        }
        // A free slot may look as if it had this index.
        let has = |slot: usize| self.index(slot) == index && is_held(slot);
        let slots = match self {
            Self::Sequential(_) => return has(index).then_some(index),
            Self::Shuffled(order) => order.of.len(),
        };
        // A slot that was used once, in a set whose indices have no gaps, has the number of its future's index.
        if index < slots && has(index) {
            return Some(index);
        }
        (0..slots).find(|&slot| has(slot))
    }

    /// Returns whether the future in this slot had its first poll.
    pub(super) fn was_polled(&self, slot: usize) -> bool {
        match self {
            Self::Sequential(order) => slot < order.slots - order.unpolled,
            Self::Shuffled(order) => order.is_started(slot),
        }
    }

    /// Returns whether the future in this slot had its first poll. In a set in sequence, the slot was reached by a wake, so it had.
    #[inline]
    pub(super) fn is_started(&self, slot: usize) -> bool {
        match self {
            Self::Sequential(_) => true,
            Self::Shuffled(order) => order.is_started(slot),
        }
    }

    /// Returns the index of the future in this slot.
    #[inline]
    pub(super) fn index(&self, slot: usize) -> usize {
        match self {
            Self::Sequential(_) => slot,
            Self::Shuffled(order) => order.of[slot] & !UNPOLLED,
        }
    }

    /// Notes that the future in this slot is gone. It was polled.
    #[inline]
    pub(super) fn release(&mut self, slot: usize) {
        match self {
            Self::Sequential(order) => order.free += 1,
            Self::Shuffled(order) => order.release(slot),
        }
    }
}

impl Sequential {
    /// Returns whether a slot is free.
    #[inline]
    pub(super) fn has_free_slot(&self) -> bool {
        self.free > 0
    }

    /// Returns the slot of the first unpolled future. The others are in the slots behind it.
    #[inline]
    pub(super) fn first_unpolled(&self) -> Option<usize> {
        (self.unpolled > 0).then_some(self.slots - self.unpolled)
    }

    /// Notes that the first `count` unpolled futures were polled.
    #[inline]
    pub(super) fn start(&mut self, count: usize) {
        self.unpolled -= count;
    }

    /// Notes that `count` futures are done.
    #[inline]
    pub(super) fn end(&mut self, count: usize) {
        self.free += count;
    }

    /// Returns the same order for slots that are used in any order from now on. `is_held` returns whether a slot holds a future.
    pub(super) fn shuffled(&self, is_held: &dyn Fn(usize) -> bool) -> Shuffled {
        let started = self.slots - self.unpolled;
        let mut shuffled = Shuffled {
            of: Vec::with_capacity(self.slots),
            free: NONE,
            pushed: self.slots,
            unpolled: self.unpolled,
            first: NONE,
            rest: (started..self.slots).collect(),
        };
        for slot in 0..self.slots {
            if slot >= started {
                shuffled.of.push(UNPOLLED | slot);
            } else if is_held(slot) {
                shuffled.of.push(slot);
            } else {
                shuffled.of.push(shuffled.free);
                shuffled.free = slot;
            }
        }
        shuffled
    }
}

impl Shuffled {
    fn append(&mut self, count: usize) -> usize {
        let index = self.pushed;
        for n in 0..count {
            self.add_unpolled(self.of.len());
            self.of.push(UNPOLLED | (index + n));
        }
        self.pushed += count;
        self.unpolled += count;
        index
    }

    /// Takes a free slot for the next push. Returns its number and the index, if a slot is free.
    #[inline]
    pub(super) fn reuse(&mut self) -> Option<(usize, usize)> {
        let slot = self.free;
        if slot == NONE {
            return None;
        }
        let index = self.pushed;
        self.pushed += 1;
        self.unpolled += 1;
        self.free = mem::replace(&mut self.of[slot], UNPOLLED | index);
        self.add_unpolled(slot);
        Some((slot, index))
    }

    /// Sets the index of the next push, if `index` is higher than that.
    pub(super) fn skip_to(&mut self, index: usize) {
        self.pushed = self.pushed.max(index);
    }

    /// Takes the slot of the first unpolled future, which is polled now.
    #[inline]
    pub(super) fn take_unpolled(&mut self) -> Option<usize> {
        let slot = match mem::replace(&mut self.first, NONE) {
            NONE => self.rest.pop_front()?,
            first => first,
        };
        self.unpolled -= 1;
        self.of[slot] ^= UNPOLLED;
        Some(slot)
    }

    /// Notes that the unpolled future in this slot is gone.
    pub(super) fn release_unpolled(&mut self, slot: usize) {
        if self.first == slot {
            self.first = NONE;
        } else {
            let of = &self.of;
            let found = (self.rest).binary_search_by_key(&of[slot], |&slot| of[slot]);
            self.rest.remove(found.expect("it is unpolled"));
        }
        self.unpolled -= 1;
        self.release(slot);
    }

    #[inline]
    fn add_unpolled(&mut self, slot: usize) {
        if self.first == NONE && self.rest.is_empty() {
            self.first = slot;
        } else {
            self.rest.push_back(slot);
        }
    }

    #[inline]
    fn is_started(&self, slot: usize) -> bool {
        self.of[slot] & UNPOLLED == 0
    }

    #[inline]
    fn release(&mut self, slot: usize) {
        self.of[slot] = mem::replace(&mut self.free, slot);
    }
}
