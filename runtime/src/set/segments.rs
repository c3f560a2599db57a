//! The segments of a set, and the numbering of slots through all of them.

use std::ops::{Index, IndexMut};

use super::{
    block::{GROUP, LARGEST},
    slots::Segment,
};

/// One segment, and those that were added when it was full. The first costs no allocation beside its slots.
///
/// Slots are numbered through: a segment's numbers come after those of the segments before it. A segment is added only
/// when the last is full, so that slots are first filled in the order of their numbers.
pub(super) struct Segments<F> {
    first: Segment<F>,
    more: Vec<Segment<F>>,
}

/// Where a slot is: its segment, its number there, and its number in the set.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) segment: usize,
    pub(super) slot: usize,
    pub(super) id: usize,
}

impl<F> Segments<F> {
    pub(super) fn new(first: Segment<F>) -> Self {
        Self {
            first,
            more: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        1 + self.more.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Segment<F>> {
        std::iter::once(&self.first).chain(&self.more)
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = Segment<F>> {
        std::iter::once(self.first).chain(self.more)
    }

    /// The last segment, after one was added if there was no room for another future. `hint` is the room to begin with.
    pub(super) fn with_room(&mut self, hint: usize) -> &mut Segment<F> {
        if self.first.room() == 0 {
            self.first = Segment::with_capacity(hint.min(LARGEST));
        }
        if self.last().filled() == self.last().room() {
            assert!(self.len() < GROUP, "a set holds at most 2^30 futures");
            let room: usize = self.iter().map(Segment::room).sum();
            self.more.push(Segment::with_capacity(room.min(LARGEST)));
        }
        self.more.last_mut().unwrap_or(&mut self.first)
    }

    /// See [`Segment::start_all`].
    pub(super) fn start_all(&mut self) {
        self.first.start_all();
        self.more.iter_mut().for_each(Segment::start_all);
    }

    fn last(&self) -> &Segment<F> {
        self.more.last().unwrap_or(&self.first)
    }

    /// Two different segments.
    pub(super) fn two(&mut self, a: usize, b: usize) -> (&mut Segment<F>, &mut Segment<F>) {
        let (low, high) = (a.min(b), a.max(b));
        let (before, after) = self.more.split_at_mut(high - 1);
        let low = match low {
            0 => &mut self.first,
            low => &mut before[low - 1],
        };
        let high = &mut after[0];
        if a < b { (low, high) } else { (high, low) }
    }

    /// The number of a segment's first slot.
    #[inline]
    pub(super) fn base(&self, segment: usize) -> usize {
        self.iter().take(segment).map(Segment::room).sum()
    }

    /// Where the slot of this number is.
    #[inline]
    pub(super) fn place(&self, id: usize) -> Place {
        let mut slot = id;
        let mut segment = 0;
        while slot >= self[segment].room() {
            slot -= self[segment].room();
            segment += 1;
        }
        Place { segment, slot, id }
    }
}

impl<F> Index<usize> for Segments<F> {
    type Output = Segment<F>;

    #[inline]
    fn index(&self, segment: usize) -> &Segment<F> {
        match segment {
            0 => &self.first,
            n => &self.more[n - 1],
        }
    }
}

impl<F> IndexMut<usize> for Segments<F> {
    #[inline]
    fn index_mut(&mut self, segment: usize) -> &mut Segment<F> {
        match segment {
            0 => &mut self.first,
            n => &mut self.more[n - 1],
        }
    }
}
