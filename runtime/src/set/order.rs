//! Which slots hold what: indices, free slots, and futures that wait for their first poll.

use std::collections::VecDeque;

/// The order of pushes, kept apart from the slots.
///
/// As long as no slot was used twice, a slot's number is its future's index, and the futures that were never polled are
/// the last ones: two numbers say it all. The first reuse makes the order *shuffled*, and from then on it is written
/// down.
#[derive(Default)]
pub(super) struct Order {
    /// Slots that were ever filled.
    slots: usize,
    /// The index of the next push.
    pushed: usize,
    /// Futures that were never polled.
    unpolled: usize,
    /// Not shuffled: the number of slots that have become free.
    gone: usize,
    shuffled: Option<Box<Shuffled>>,
}

struct Shuffled {
    /// A taken slot's index, with `UNPOLLED` before its future's first poll; a free slot's next free one, or `NONE`.
    of: Vec<usize>,
    free: usize,
    /// The first slot that waits for its first poll, or `NONE`: usually one is pushed, and then polled.
    first: usize,
    /// The others.
    rest: VecDeque<usize>,
}

impl Shuffled {
    #[inline]
    fn add_unpolled(&mut self, slot: usize) {
        if self.first == NONE && self.rest.is_empty() {
            self.first = slot;
        } else {
            self.rest.push_back(slot);
        }
    }

    #[inline]
    fn take_unpolled(&mut self) -> Option<usize> {
        match std::mem::replace(&mut self.first, NONE) {
            NONE => self.rest.pop_front(),
            first => Some(first),
        }
    }
}

const NONE: usize = usize::MAX;
/// A bit that no index has.
const UNPOLLED: usize = 1 << (usize::BITS - 1);

impl Order {
    /// Notes that `count` slots were filled for the first time, and gives the index of the first.
    #[inline]
    pub(super) fn append(&mut self, count: usize) -> usize {
        let index = self.pushed;
        if let Some(shuffled) = &mut self.shuffled {
            for n in 0..count {
                shuffled.of.push(UNPOLLED | (index + n));
                shuffled.add_unpolled(self.slots + n);
            }
        }
        self.slots += count;
        self.pushed += count;
        self.unpolled += count;
        index
    }

    /// Returns whether there may be a free slot.
    #[inline]
    pub(super) fn has_gap(&self) -> bool {
        self.gone > 0 || self.is_shuffled()
    }

    /// Shuffled: takes a free slot for the next push and gives its number and the index, if there is a free one.
    #[inline]
    pub(super) fn reuse(&mut self) -> Option<(usize, usize)> {
        let shuffled = self.shuffled.as_mut()?;
        let slot = shuffled.free;
        if slot == NONE {
            return None;
        }
        let index = self.pushed;
        self.pushed += 1;
        self.unpolled += 1;
        shuffled.free = std::mem::replace(&mut shuffled.of[slot], UNPOLLED | index);
        shuffled.add_unpolled(slot);
        Some((slot, index))
    }

    /// Shuffled: lets the next push have this index, if it is higher than the one it would have.
    pub(super) fn skip_to(&mut self, index: usize) {
        debug_assert!(self.is_shuffled());
        self.pushed = self.pushed.max(index);
    }

    /// The index of the next push.
    pub(super) fn next_index(&self) -> usize {
        self.pushed
    }

    /// Writes down what there is; `is_held` says which slots hold futures.
    #[cold]
    pub(super) fn shuffle(&mut self, is_held: &dyn Fn(usize) -> bool) {
        let started = self.slots - self.unpolled;
        let mut shuffled = Shuffled {
            of: Vec::with_capacity(self.slots),
            free: NONE,
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
        self.shuffled = Some(Box::new(shuffled));
    }

    /// Futures that wait for their first poll.
    #[inline]
    pub(super) fn unpolled(&self) -> usize {
        self.unpolled
    }

    /// Not shuffled: the slot of the first of them, after which the others come in a row.
    #[inline]
    pub(super) fn first_unpolled(&self) -> Option<usize> {
        (self.unpolled > 0).then_some(self.slots - self.unpolled)
    }

    /// Not shuffled: notes that `count` futures had their first poll.
    #[inline]
    pub(super) fn started(&mut self, count: usize) {
        self.unpolled -= count;
    }

    /// Not shuffled: notes that `count` futures are done.
    #[inline]
    pub(super) fn ended(&mut self, count: usize) {
        self.gone += count;
    }

    /// Shuffled: the slot of the first of them, which is then no longer one.
    #[inline]
    pub(super) fn take_unpolled(&mut self) -> Option<usize> {
        let shuffled = self.shuffled.as_mut()?;
        let slot = shuffled.take_unpolled()?;
        self.unpolled -= 1;
        shuffled.of[slot] ^= UNPOLLED;
        Some(slot)
    }

    /// Returns the slot that holds the future with this index. `is_held` says whether a slot that was filled holds a future.
    pub(super) fn find(&self, index: usize, is_held: &dyn Fn(usize) -> bool) -> Option<usize> {
        if index >= self.pushed {
            return None;
        }
        // A free slot may look as if it had this index.
        let has = |slot: usize| self.index(slot) == index && is_held(slot);
        // A slot that was used once, in a set whose indices have no gaps, has the number of its future's index.
        if index < self.slots && has(index) {
            return Some(index);
        }
        let all = if self.is_shuffled() { self.slots } else { 0 };
        (0..all).find(|&slot| has(slot))
    }

    /// Returns whether the future in this taken slot had its first poll.
    pub(super) fn was_polled(&self, slot: usize) -> bool {
        if self.is_shuffled() {
            self.is_started(slot)
        } else {
            slot < self.slots - self.unpolled
        }
    }

    /// Shuffled: notes that the future in this slot, which was never polled, is gone.
    pub(super) fn release_unpolled(&mut self, slot: usize) {
        let shuffled = self.shuffled.as_mut().expect("slots were shuffled");
        let index = shuffled.of[slot];
        if shuffled.first == slot {
            shuffled.first = NONE;
        } else {
            let of = &shuffled.of;
            let found = shuffled.rest.binary_search_by_key(&index, |&slot| of[slot]);
            shuffled.rest.remove(found.expect("it is unpolled"));
        }
        self.unpolled -= 1;
        shuffled.of[slot] = shuffled.free;
        shuffled.free = slot;
    }

    /// Returns whether the future in this live slot had its first poll.
    #[inline]
    pub(super) fn is_started(&self, slot: usize) -> bool {
        match &self.shuffled {
            None => true,
            Some(shuffled) => shuffled.of[slot] & UNPOLLED == 0,
        }
    }

    #[inline]
    pub(super) fn is_shuffled(&self) -> bool {
        self.shuffled.is_some()
    }

    /// The index of the future in this taken slot.
    #[inline]
    pub(super) fn index(&self, slot: usize) -> usize {
        match &self.shuffled {
            None => slot,
            Some(shuffled) => shuffled.of[slot] & !UNPOLLED,
        }
    }

    /// Notes that the future in this slot, which was polled, is done, and gives its index.
    #[inline]
    pub(super) fn release(&mut self, slot: usize) -> usize {
        match &mut self.shuffled {
            None => {
                self.gone += 1;
                slot
            }
            Some(shuffled) => {
                let index = std::mem::replace(&mut shuffled.of[slot], shuffled.free);
                shuffled.free = slot;
                index
            }
        }
    }
}
