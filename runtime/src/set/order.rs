//! Which slots hold what: indices, free slots, and futures that wait for their first poll.

use std::collections::VecDeque;

use super::bits::Bits;

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
    /// Not shuffled: slots below this were polled.
    started: usize,
    /// Not shuffled: slots whose futures are gone.
    gone: usize,
    shuffled: Option<Box<Shuffled>>,
}

#[derive(Default)]
struct Shuffled {
    /// A taken slot's index; a free slot's next free one, or `NONE`.
    of: Vec<usize>,
    free: usize,
    fresh: VecDeque<usize>,
    is_fresh: Bits,
}

const NONE: usize = usize::MAX;

impl Order {
    /// Notes that `count` slots were filled for the first time, and gives the index of the first.
    pub(super) fn append(&mut self, count: usize) -> usize {
        let index = self.pushed;
        if let Some(shuffled) = &mut self.shuffled {
            for n in 0..count {
                shuffled.of.push(index + n);
                shuffled.await_first_poll(self.slots + n);
            }
        }
        self.slots += count;
        self.pushed += count;
        index
    }

    /// Takes a free slot for the next push and gives its number and the index, if there is a free one. `is_held` is
    /// asked about the slots if nothing was written down yet.
    #[inline]
    pub(super) fn reuse(&mut self, is_held: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
        if self.shuffled.is_none() {
            if self.gone == 0 {
                return None;
            }
            self.shuffle(is_held);
        }
        let shuffled = self.shuffled.as_mut()?;
        let slot = shuffled.free;
        if slot == NONE {
            return None;
        }
        let index = self.pushed;
        self.pushed += 1;
        shuffled.free = std::mem::replace(&mut shuffled.of[slot], index);
        shuffled.await_first_poll(slot);
        Some((slot, index))
    }

    /// Lets the next push have this index, if it is higher than the one it would have. See [`reuse`](Self::reuse) for
    /// `is_held`.
    pub(super) fn skip_to(&mut self, index: usize, is_held: impl Fn(usize) -> bool) {
        if index > self.pushed {
            if self.shuffled.is_none() {
                self.shuffle(is_held);
            }
            self.pushed = index;
        }
    }

    /// The index of the next push.
    pub(super) fn next_index(&self) -> usize {
        self.pushed
    }

    #[cold]
    fn shuffle(&mut self, is_held: impl Fn(usize) -> bool) {
        let mut shuffled = Shuffled {
            free: NONE,
            ..Shuffled::default()
        };
        for slot in 0..self.slots {
            if is_held(slot) {
                shuffled.of.push(slot);
            } else {
                shuffled.of.push(shuffled.free);
                shuffled.free = slot;
            }
        }
        (self.started..self.slots).for_each(|slot| shuffled.await_first_poll(slot));
        self.shuffled = Some(Box::new(shuffled));
    }

    /// Futures that wait for their first poll.
    #[inline]
    pub(super) fn fresh(&self) -> usize {
        match &self.shuffled {
            None => self.slots - self.started,
            Some(shuffled) => shuffled.fresh.len(),
        }
    }

    /// Not shuffled: the slot of the first of them, after which the others come in a row.
    #[inline]
    pub(super) fn first_fresh(&self) -> Option<usize> {
        (self.started < self.slots).then_some(self.started)
    }

    /// Not shuffled: as many had their first poll.
    #[inline]
    pub(super) fn started(&mut self, count: usize) {
        self.started += count;
    }

    /// Not shuffled: as many are done.
    #[inline]
    pub(super) fn ended(&mut self, count: usize) {
        self.gone += count;
    }

    /// Shuffled: the slot of the first of them, which is then no longer one.
    pub(super) fn take_fresh(&mut self) -> Option<usize> {
        let shuffled = self.shuffled.as_mut()?;
        let slot = shuffled.fresh.pop_front()?;
        shuffled.is_fresh.remove(slot);
        Some(slot)
    }

    /// Whether the future in this taken slot had its first poll.
    #[inline]
    pub(super) fn is_started(&self, slot: usize) -> bool {
        match &self.shuffled {
            None => slot < self.started,
            Some(shuffled) => !shuffled.is_fresh.has(slot),
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
            Some(shuffled) => shuffled.of[slot],
        }
    }

    /// Shuffled: frees a slot, and gives the index its future had.
    pub(super) fn release(&mut self, slot: usize) -> usize {
        let shuffled = self.shuffled.as_mut().expect("slots were used again");
        let index = std::mem::replace(&mut shuffled.of[slot], shuffled.free);
        shuffled.free = slot;
        index
    }
}

impl Shuffled {
    fn await_first_poll(&mut self, slot: usize) {
        self.fresh.push_back(slot);
        self.is_fresh.reserve(slot + 1);
        self.is_fresh.add(slot);
    }
}
