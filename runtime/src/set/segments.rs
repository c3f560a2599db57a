//! The segments of a set, and the numbering of slots through all of them.

use std::ops::{Index, IndexMut};

use super::{
    header::{GROUP, LARGEST},
    slots::Segment,
    visit::Vtable,
};

/// The segments of a set. The first one costs no allocation besides its slots.
///
/// Slots are numbered across segments: the numbers of a segment come after those of the segments before it. A segment
/// is added only when the last one is full, so slots are first filled in the order of their numbers.
pub(super) struct Segments {
    first: Segment,
    more: Vec<Segment>,
}

/// Where a slot is: its segment, and its number there.
pub(super) struct SlotAddr {
    pub(super) segment: usize,
    pub(super) slot: usize,
}

impl Segments {
    /// Returns one without room, for futures of this type.
    pub(super) fn empty(vtable: &'static Vtable) -> Self {
        Self::new(Segment::with_capacity(vtable, 0, 0))
    }

    pub(super) fn new(first: Segment) -> Self {
        Self {
            first,
            more: Vec::new(),
        }
    }

    /// Returns the functions of the futures.
    pub(super) fn vtable(&self) -> &'static Vtable {
        self.first.vtable()
    }

    pub(super) fn len(&self) -> usize {
        1 + self.more.len()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Segment> {
        std::iter::once(&mut self.first).chain(&mut self.more)
    }

    /// The last segment, after one was added if there was no room for another future. `hint` is the room to begin with.
    #[inline]
    pub(super) fn with_room(&mut self, hint: usize) -> &mut Segment {
        if self.last().is_full() {
            self.add(hint);
        }
        self.last_mut()
    }

    #[cold]
    fn add(&mut self, hint: usize) {
        if self.first.room() == 0 {
            self.first = Segment::with_capacity(self.vtable(), 0, hint.min(LARGEST));
            return;
        }
        assert!(self.len() < GROUP, "a set holds at most 2^30 futures");
        let room = self.last().end();
        let segment = Segment::with_capacity(self.vtable(), room, room.min(LARGEST));
        self.more.push(segment);
    }

    /// See [`Segment::start_all`].
    pub(super) fn start_all(&mut self) {
        self.first.start_all();
        self.more.iter_mut().for_each(Segment::start_all);
    }

    #[inline]
    fn last(&self) -> &Segment {
        self.more.last().unwrap_or(&self.first)
    }

    #[inline]
    fn last_mut(&mut self) -> &mut Segment {
        self.more.last_mut().unwrap_or(&mut self.first)
    }

    /// Where the slot of this number is.
    #[inline]
    pub(super) fn address(&self, id: usize) -> SlotAddr {
        // Half of all slots are in the last segment.
        let behind = self.more.iter().rev().take_while(|more| id < more.base());
        let segment = self.more.len() - behind.count();
        let slot = id - self[segment].base();
        SlotAddr { segment, slot }
    }
}

impl Index<usize> for Segments {
    type Output = Segment;

    #[inline]
    fn index(&self, segment: usize) -> &Segment {
        match segment {
            0 => &self.first,
            n => &self.more[n - 1],
        }
    }
}

impl IndexMut<usize> for Segments {
    #[inline]
    fn index_mut(&mut self, segment: usize) -> &mut Segment {
        match segment {
            0 => &mut self.first,
            n => &mut self.more[n - 1],
        }
    }
}
