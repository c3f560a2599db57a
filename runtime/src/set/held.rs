//! Futures that leave their set, one by one, and stay where they are.

use std::{
    mem::{ManuallyDrop, MaybeUninit},
    pin::Pin,
    ptr::NonNull,
    sync::Arc,
};

use super::{Set, segments::Segments, slots::Segment};

/// A future that was in a set, and is polled and dropped by whoever has this.
///
/// # Invariants
///
/// - `future` is initialized until this is dropped, and no other `Held` leads to it: this owns it.
/// - It is pinned: it stays there until it is dropped there.
/// - `_room` is the memory that it lies in.
pub struct Held<F> {
    future: NonNull<F>,
    _room: Arc<Room<F>>,
}

// SAFETY: a `Held` owns its future as a `Box` does. What is shared is memory that nobody reads or writes, see `Room`.
unsafe impl<F: Send> Send for Held<F> {}
// SAFETY: as above.
unsafe impl<F: Sync> Sync for Held<F> {}

/// The memory of a segment's slots. It is only kept, and given back in the end: what lies in it is not its affair.
struct Room<F> {
    start: NonNull<MaybeUninit<F>>,
    capacity: usize,
}

// SAFETY: nothing is done with it but giving it back, which any thread may do.
unsafe impl<F> Send for Room<F> {}
// SAFETY: as above.
unsafe impl<F> Sync for Room<F> {}

impl<F> Held<F> {
    pub(crate) fn future(&mut self) -> Pin<&mut F> {
        // SAFETY: it is initialized, owned, and stays where it is.
        unsafe { Pin::new_unchecked(self.future.as_mut()) }
    }
}

impl<F> Drop for Held<F> {
    fn drop(&mut self) {
        // SAFETY: it is initialized, owned, and not used after this. The memory is there until `_room` is dropped, which
        // is after this, also if it panics.
        unsafe { self.future.drop_in_place() }
    }
}

impl<F> Drop for Room<F> {
    fn drop(&mut self) {
        // SAFETY: these are the parts of a vector, see `Segment::dissolve`. It drops none of what it may hold.
        drop(unsafe { Vec::from_raw_parts(self.start.as_ptr(), 0, self.capacity) });
    }
}

impl<F> Segment<F> {
    /// Takes the futures out with the number of the slot of each. Later wakes reach nobody.
    fn dissolve(mut self, mut each: impl FnMut(usize, Held<F>)) {
        let held: Vec<_> =
            std::iter::successors(self.next_held(0), |slot| self.next_held(slot + 1)).collect();
        let mut slots = ManuallyDrop::new(self.take_slots());
        let Some(start) = NonNull::new(slots.as_mut_ptr()) else {
            unreachable!("a vector's pointer is not null")
        };
        let room = Arc::new(Room {
            start,
            capacity: slots.capacity(),
        });
        for slot in held {
            // SAFETY: the slot is one of the vector's.
            let future = unsafe { start.add(slot) }.cast();
            let held = Held {
                future,
                _room: Arc::clone(&room),
            };
            each(slot, held);
        }
    }
}

impl<F> Set<F> {
    /// Takes the futures out, in the order of their indices, with these. Later wakes of the set reach nobody: each is to
    /// be polled again.
    pub(crate) fn into_held(mut self) -> Vec<(usize, Held<F>)> {
        let mut all = Vec::with_capacity(self.running + self.order.fresh());
        self.home = None;
        let empty = Segments::default();
        let segments = std::mem::replace(&mut self.segments, empty);
        let order = std::mem::take(&mut self.order);
        self.running = 0;
        let mut base = 0;
        for segment in segments.into_iter() {
            let room = segment.room();
            segment.dissolve(|slot, held| all.push((order.index(base + slot), held)));
            base += room;
        }
        if order.is_shuffled() {
            all.sort_unstable_by_key(|(index, _)| *index);
        }
        all
    }
}
