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

/// Where a slot is: its segment, and its number there.
pub(super) struct Place {
    pub(super) segment: usize,
    pub(super) slot: usize,
}

impl<F> Default for Segments<F> {
    fn default() -> Self {
        Self::new(Segment::with_capacity(0, 0))
    }
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

    pub(super) fn into_iter(self) -> impl Iterator<Item = Segment<F>> {
        std::iter::once(self.first).chain(self.more)
    }

    /// The last segment, after one was added if there was no room for another future. `hint` is the room to begin with.
    #[inline]
    pub(super) fn with_room(&mut self, hint: usize) -> &mut Segment<F> {
        if self.last().is_full() {
            self.add(hint);
        }
        self.last_mut()
    }

    #[cold]
    fn add(&mut self, hint: usize) {
        if self.first.room() == 0 {
            self.first = Segment::with_capacity(0, hint.min(LARGEST));
            return;
        }
        assert!(self.len() < GROUP, "a set holds at most 2^30 futures");
        let room = self.last().end();
        let segment = Segment::with_capacity(room, room.min(LARGEST));
        self.more.push(segment);
    }

    /// See [`Segment::start_all`].
    pub(super) fn start_all(&mut self) {
        self.first.start_all();
        self.more.iter_mut().for_each(Segment::start_all);
    }

    #[inline]
    fn last(&self) -> &Segment<F> {
        self.more.last().unwrap_or(&self.first)
    }

    #[inline]
    fn last_mut(&mut self) -> &mut Segment<F> {
        self.more.last_mut().unwrap_or(&mut self.first)
    }

    /// Where the slot of this number is.
    #[inline]
    pub(super) fn place(&self, id: usize) -> Place {
        // Half of all slots are in the last segment.
        let behind = self.more.iter().rev().take_while(|more| id < more.base());
        let segment = self.more.len() - behind.count();
        let slot = id - self[segment].base();
        Place { segment, slot }
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
