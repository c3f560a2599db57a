//! A set that does not know the type of its futures: all that is compiled once.

use std::mem::ManuallyDrop;

use super::{
    close::Closing,
    header::LARGEST,
    memory::{Memory, Parts},
    order::{Order, Shuffled},
    outlined::Outlined,
    owner::OwnerRef,
    segments::{Segments, SlotAddr},
    slots::Segment,
    sort::sort_down,
    sweep::Sweep,
    visit::Vtable,
};
use crate::panics::Panics;

/// Slots of the first segment, where nothing is known of how many will be needed.
pub(crate) const FIRST: usize = 64;

/// The part of a [`Set`](super::Set) that does not depend on the type of the futures.
///
/// Invariant: the futures in the slots have the type that the set was made for.
pub(super) struct RawSet {
    pub(super) segments: Segments,
    pub(super) order: Order,
    /// Futures that were polled and are not done.
    pub(super) running: usize,
    /// The walk over the slots that were woken, which may have stopped half-way.
    pub(super) sweep: Sweep,
    /// The deadline has passed.
    pub(super) closing: Option<Closing>,
    /// Whether futures that were never polled come before woken ones in the next turn.
    pub(super) unpolled_first: bool,
    /// Polls since the runtime last had its turn.
    pub(super) polls: usize,
    /// Where the parent is known.
    pub(super) primary: Option<PrimaryBlock>,
    /// Room to ask for when the next segment is made.
    hint: usize,
}

/// The segment whose block was made first, and a second handle of that block's owner, which is reached without a look
/// at the segment.
///
/// Invariant: the segment lives as long as this.
pub(super) struct PrimaryBlock {
    pub(super) segment: usize,
    pub(super) owner: OwnerRef,
}

impl PrimaryBlock {
    #[inline]
    pub(super) fn new(number: usize, segment: &Segment) -> Self {
        Self {
            segment: number,
            // SAFETY: by the invariant, the segment's own handle lives as long as this. Both belong to the set, whose
            // methods borrow one of them at a time.
            owner: unsafe { segment.owner().second_handle() },
        }
    }
}

impl RawSet {
    /// Returns an empty set, for futures of this type.
    pub(super) fn new(vtable: &'static Vtable) -> Self {
        Self {
            segments: Segments::empty(vtable),
            order: Order::default(),
            running: 0,
            sweep: Sweep::default(),
            closing: None,
            unpolled_first: false,
            polls: 0,
            primary: None,
            hint: FIRST,
        }
    }

    /// Returns a set of the elements of a vector.
    ///
    /// # Safety
    ///
    /// As for [`fill`](Self::fill), for futures that `vtable` describes.
    #[inline(never)]
    pub(super) unsafe fn from_vec(vtable: &'static Vtable, futures: Parts) -> Self {
        let mut this = Self::new(vtable);
        // SAFETY: as the caller says.
        unsafe { this.fill(futures) };
        this
    }

    /// Pushes the elements of a vector. A set that is new takes over the memory of the vector.
    ///
    /// # Safety
    ///
    /// `futures` are the parts of a vector of futures of the set's type, which now belongs to the set.
    pub(super) unsafe fn fill(&mut self, futures: Parts) {
        if futures.len > LARGEST || self.order.next_index() > 0 {
            // SAFETY: as the caller says.
            return unsafe { self.push_all(futures) };
        }
        // SAFETY: as the caller says.
        let segment = unsafe { Segment::of_vec(self.segments.vtable(), futures) };
        if segment.room() > 0 {
            self.order.append(futures.len);
            self.segments = Segments::new(segment);
        }
    }

    /// Moves the elements of a vector into slots.
    ///
    /// # Safety
    ///
    /// As for [`fill`](Self::fill).
    #[cold]
    unsafe fn push_all(&mut self, futures: Parts) {
        if self.order.next_index() == 0 {
            self.expect(futures.len);
        }
        let vtable = self.segments.vtable();
        // SAFETY: as the caller says.
        let memory = unsafe { Memory::of_vec(vtable, futures) };
        for n in 0..futures.len {
            // SAFETY: the future is moved from the vector, which is freed without its elements. If a claim panics, those
            // that were not moved are leaked.
            unsafe {
                let (slot, _) = self.claim();
                let size = vtable.layout.size();
                slot.cast::<u8>()
                    .copy_from_nonoverlapping(memory.slot(n).cast(), size);
            }
        }
    }

    /// Announces that about `futures` futures will be pushed.
    pub(super) fn expect(&mut self, futures: usize) {
        self.hint = futures.clamp(1, LARGEST);
    }

    /// Claims a slot for a future and gives its index. The set hands the slot out, because a future that is handed on by value is
    /// copied each time in a build that is not optimized.
    ///
    /// # Safety
    ///
    /// The caller writes a future there before anything else is done with the set.
    pub(super) unsafe fn claim(&mut self) -> (*mut (), usize) {
        let order = match &mut self.order {
            Order::Sequential(order) if !order.has_free_slot() => None,
            Order::Sequential(_) => Some(self.shuffle()),
            Order::Shuffled(order) => Some(&mut **order),
        };
        if let Some((id, index)) = order.and_then(Shuffled::reuse) {
            let SlotAddr { segment, slot } = self.segments.address(id);
            // SAFETY: as for this function.
            return (unsafe { self.segments[segment].claim_again(slot) }, index);
        }
        let last = self.segments.with_room(self.hint);
        // SAFETY: as for this function.
        let slot = unsafe { last.claim() };
        if self.order.is_shuffled() {
            last.start_all();
        }
        (slot, self.order.append(1))
    }

    /// Makes `index` the index of the next push, unless that is higher already.
    pub(super) fn skip_to(&mut self, index: usize) {
        if index > self.order.next_index() {
            self.shuffle().skip_to(index);
        }
    }

    /// Uses slots in any order from now on, and polls futures one by one, also those that are left of a walk.
    #[cold]
    pub(super) fn shuffle(&mut self) -> &mut Shuffled {
        if let Order::Sequential(order) = self.order {
            let shuffled = order.shuffled(&|id| self.segments.holds(id));
            self.order = Order::Shuffled(Box::new(shuffled));
            self.segments.start_all();
            if self.sweep.is_under_way {
                self.sort_woken();
            }
        }
        match &mut self.order {
            Order::Shuffled(order) => order,
            Order::Sequential(_) => unreachable!("it was just shuffled"),
        }
    }

    /// Returns the number of futures that are not done.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.running + self.order.unpolled()
    }

    /// Returns the index and the slot's number of each future, in the order of indices from the last on.
    pub(super) fn held_last_first(&self) -> Vec<(usize, usize)> {
        let mut all = Vec::with_capacity(self.len());
        for n in 0..self.segments.len() {
            let segment = &self.segments[n];
            let ids = segment.held().map(|slot| segment.base() + slot);
            all.extend(ids.map(|id| (self.order.index(id), id)));
        }
        sort_down(&mut all, &mut Vec::new());
        all
    }

    /// Shows a pointer to each future to `see`, in no order.
    pub(super) fn visit(&self, see: &mut dyn FnMut(*mut ())) {
        for n in 0..self.segments.len() {
            let segment = &self.segments[n];
            for slot in segment.held() {
                see(segment.slot(slot));
            }
        }
    }

    /// Shows the slot of each future to `see`, in the order of pushes.
    pub(super) fn visit_in_order(&self, see: &mut dyn FnMut(*mut ())) {
        if !self.order.is_shuffled() {
            return self.visit(see);
        }
        for (_, id) in self.held_last_first().into_iter().rev() {
            let SlotAddr { segment, slot } = self.segments.address(id);
            see(self.segments[segment].slot(slot));
        }
    }

    /// Drops every future, in the order of pushes. Nothing may be polled after that, as after a panic.
    pub(super) fn clear(&mut self, panics: &mut Panics) {
        if self.order.is_shuffled() {
            for (_, id) in self.held_last_first().into_iter().rev() {
                let SlotAddr { segment, slot } = self.segments.address(id);
                panics.run(|| self.segments[segment].remove(slot));
            }
        } else {
            for n in 0..self.segments.len() {
                self.segments[n].clear(panics);
            }
        }
        self.running = 0;
        self.order = Order::default();
        self.primary = None;
        self.sweep = Sweep::default();
        self.closing = None;
        // With the blocks go wakers.
        let empty = Segments::empty(self.segments.vtable());
        panics.drop(Outlined::new(std::mem::replace(&mut self.segments, empty)));
    }
}

impl RawSet {
    /// Drops every future as [`clear`](Self::clear) does, and resumes the first panic.
    #[inline(never)]
    pub(super) fn clear_and_resume(&mut self) {
        let mut panics = Panics::default();
        self.clear(&mut panics);
        panics.resume();
    }

    /// Drops a set. Not a part of the glue that drops what holds one, which is compiled for each type of futures.
    ///
    /// # Safety
    ///
    /// It is not used after this.
    #[inline(never)]
    pub(super) unsafe fn drop_in_place(set: &mut ManuallyDrop<Self>) {
        // SAFETY: as the caller says.
        unsafe { ManuallyDrop::drop(set) }
    }
}

impl Drop for RawSet {
    fn drop(&mut self) {
        if self.len() > 0 {
            self.clear_and_resume();
        }
    }
}
