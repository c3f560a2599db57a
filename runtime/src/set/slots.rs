//! Where the futures of a set stay: slots that never move.

use std::{
    future::Future, marker::PhantomData, mem::MaybeUninit, ops::ControlFlow, pin::Pin, task::Poll,
};

use super::{
    bits::Bits,
    block::{GROUP, Home, LARGEST},
    owner::Owner,
    waker::{Unwoken, poll_slot},
    walk::Walk,
};
use crate::panics::{Panics, drop_before};

/// A run of slots that is allocated at once, and the block that wakes them.
///
/// # Invariants
///
/// - The first `slots.len()` slots have held a future; there is room for `room`.
/// - A slot holds a future if it is in `live`, or if it is not below `started`. Slots in `live` are below `started`.
/// - A future that was polled stays where it is until it is dropped there: `slots` is then neither grown nor moved out.
/// - Slots are reached through raw pointers, each by itself. A reference to a row of slots, or a shared one to a single
///   slot, would claim the memory of futures that hold references into themselves, which it then invalidates.
pub(crate) struct Segment<F> {
    slots: Vec<MaybeUninit<F>>,
    live: Bits,
    started: usize,
    room: usize,
    /// The number of the first slot among those of the set.
    base: usize,
    /// Made when the first waker is kept.
    owner: Option<Owner>,
}

/// Polls of slots in a row.
pub(super) struct Pass<B> {
    /// How many were polled.
    pub(super) polled: usize,
    /// How many of them are done.
    pub(super) done: usize,
    pub(super) end: PassEnd<B>,
}

/// What ended a row of polls.
pub(super) enum PassEnd<B> {
    /// There was nothing left to poll.
    Reached,
    /// As many were polled as allowed.
    Full,
    /// The cooperative budget is spent.
    Spent,
    /// The caller wanted to stop.
    Stopped(B),
}

impl<F> Segment<F> {
    /// A segment whose slots, the first of a set, hold `futures`.
    #[inline]
    pub(super) fn from_vec(futures: Vec<F>) -> Self {
        let mut futures = std::mem::ManuallyDrop::new(futures);
        let (start, len, capacity) = (futures.as_mut_ptr(), futures.len(), futures.capacity());
        // SAFETY: `MaybeUninit<F>` has the layout of `F`, and the vector's memory passes on to the new one.
        let slots = unsafe { Vec::from_raw_parts(start.cast(), len, capacity) };
        // A vector of nothing has room without end.
        let room = if size_of::<F>() == 0 {
            len
        } else {
            capacity.clamp(len, LARGEST)
        };
        Self::new(slots, 0, room)
    }

    /// An empty segment, for the slots from `base` on.
    #[inline]
    pub(super) fn with_capacity(base: usize, room: usize) -> Self {
        Self::new(Vec::with_capacity(room), base, room)
    }

    #[inline]
    fn new(slots: Vec<MaybeUninit<F>>, base: usize, room: usize) -> Self {
        let mut live = Bits::default();
        live.reserve(room);
        Self {
            slots,
            live,
            started: 0,
            room,
            base,
            owner: None,
        }
    }

    /// Whether a waker was kept.
    #[inline]
    pub(super) fn has_owner(&self) -> bool {
        self.owner.is_some()
    }

    /// The owner of the block, which is there once a waker was kept.
    #[inline]
    pub(super) fn owner(&self) -> &Owner {
        self.owner.as_ref().expect("a waker was kept")
    }

    /// The same, to take ready slots out.
    #[inline]
    pub(super) fn owner_mut(&mut self) -> &mut Owner {
        self.owner.as_mut().expect("a waker was kept")
    }

    /// Slots that hold or have held a future.
    #[inline]
    pub(super) fn filled(&self) -> usize {
        self.slots.len()
    }

    /// Slots whose futures were never polled, where all are polled in a row.
    #[inline]
    pub(super) fn unstarted(&self) -> usize {
        self.slots.len() - self.started
    }

    /// Slots for which there is room.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Whether every slot holds or has held a future.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.slots.len() == self.room
    }

    /// The number of the first slot among those of the set.
    #[inline]
    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// The number behind that of the last slot.
    pub(super) fn end(&self) -> usize {
        self.base + self.room
    }

    /// Claims the next slot that never held a future; there must be room.
    ///
    /// # Safety
    ///
    /// The caller writes a future there before anything else is done with the segment.
    #[inline]
    pub(super) unsafe fn claim(&mut self) -> *mut F {
        assert!(!self.is_full(), "a segment does not grow");
        let slot = self.slots.len();
        // SAFETY: the room is no more than the capacity, and any bytes are a `MaybeUninit`.
        unsafe { self.slots.set_len(slot + 1) };
        Memory::of(&mut self.slots).slot(slot)
    }

    /// Claims a slot whose last future is gone.
    ///
    /// # Safety
    ///
    /// The caller writes a future there before anything else is done with the segment.
    #[inline]
    pub(super) unsafe fn claim_again(&mut self, slot: usize) -> *mut F {
        let word = self.live.words()[slot / GROUP];
        let bit = 1 << (slot % GROUP);
        assert!(slot < self.started && word & bit == 0, "the slot is free");
        let word = &mut self.live.words_mut()[slot / GROUP];
        *word |= bit;
        Memory::of(&mut self.slots).slot(slot)
    }

    /// Makes the slots that were never polled ones that are polled one by one, in whatever order.
    pub(super) fn start_all(&mut self) {
        while self.started < self.filled() {
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

    /// The least slot that holds a future and is not below `from`.
    pub(super) fn next_held(&self, from: usize) -> Option<usize> {
        let new = from.max(self.started);
        let live = self.live.next(from);
        live.or_else(|| (new < self.filled()).then_some(new))
    }

    /// Gives the slots away, with what they hold.
    pub(super) fn take_slots(&mut self) -> Vec<MaybeUninit<F>> {
        self.live = Bits::default();
        self.started = 0;
        std::mem::take(&mut self.slots)
    }

    /// Shows each future to `see`, in the order of slots.
    pub(super) fn visit(&mut self, mut see: impl FnMut(Pin<&mut F>)) {
        let mut from = 0;
        while let Some(slot) = self.next_held(from) {
            let mut slots = Memory::of(&mut self.slots);
            // SAFETY: the slot holds a future, which stays there until it is dropped.
            see(unsafe { slots.pinned(slot) });
            from = slot + 1;
        }
    }

    /// Drops the future in a slot, if it holds one that is live or the first of those that are not.
    #[inline]
    pub(super) fn remove(&mut self, slot: usize) {
        if self.live.has(slot) {
            self.live.remove(slot);
        } else {
            assert_eq!(slot, self.started, "the slot holds a future");
            self.started += 1;
        }
        // SAFETY: the slot held a future, and no longer counts as such, also if the drop panics.
        unsafe { Memory::of(&mut self.slots).slot(slot).drop_in_place() }
    }
}

/// The slots of a segment, each of which is reached by itself, through a raw pointer.
struct Memory<'a, F> {
    start: *mut F,
    len: usize,
    slots: PhantomData<&'a mut Vec<MaybeUninit<F>>>,
}

impl<'a, F> Memory<'a, F> {
    #[inline]
    fn of(slots: &'a mut Vec<MaybeUninit<F>>) -> Self {
        Self {
            // The vector makes no reference to its elements for this.
            start: slots.as_mut_ptr().cast(),
            len: slots.len(),
            slots: PhantomData,
        }
    }

    /// Returns a pointer to a slot.
    ///
    /// # Panics
    ///
    /// Panics if there is no such slot.
    #[inline]
    fn slot(&mut self, slot: usize) -> *mut F {
        assert!(slot < self.len, "the segment has this slot");
        // SAFETY: the slot lies within the vector.
        unsafe { self.start.add(slot) }
    }

    /// Returns the future in a slot.
    ///
    /// # Safety
    ///
    /// The slot holds a future, which stays there until it is dropped.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as for `poll_again`")]
    unsafe fn pinned(&mut self, slot: usize) -> Pin<&mut F> {
        // SAFETY: as the caller says.
        unsafe { Pin::new_unchecked(&mut *self.slot(slot)) }
    }

    /// Drops the future in a slot, and then returns the output that it gave.
    ///
    /// # Safety
    ///
    /// The slot held a future until now, and is no longer said to hold one, also if the drop panics.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as for `poll_again`")]
    unsafe fn drop_before<T>(&mut self, slot: usize, output: T) -> T {
        // SAFETY: as the caller says.
        drop_before::<F, _>(|| unsafe { self.slot(slot).drop_in_place() }, output)
    }
}

impl<F: Future> Segment<F> {
    /// Polls slots that were never polled, at most `most` of them, in order, and gives the slot and the output of each
    /// that is done to `done`. A block that is made for them gets this `home`.
    #[inline]
    pub(super) fn poll_new<B>(
        &mut self,
        home: Home<'_>,
        most: usize,
        done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Pass<B> {
        let memory = Memory::of(&mut self.slots);
        if let Some(owner) = &self.owner {
            return Row::new(memory, self.live.words_mut(), &mut self.started).poll(
                most,
                |slot, future| poll_slot(owner, slot, |cx| future.poll(cx)),
                done,
            );
        }
        let unwoken = Unwoken::new(self.room, home);
        let pass = unwoken.polls(|mut polls| {
            Row::new(memory, self.live.words_mut(), &mut self.started).poll(
                most,
                |slot, future| polls.poll(slot, |cx| future.poll(cx)),
                done,
            )
        });
        self.owner = unwoken.into_owner();
        pass
    }

    /// Polls the slots that a walk comes to, at most `most` of them, and gives the slot and the output of each that is
    /// done to `done`.
    #[inline]
    pub(super) fn poll_woken<B>(
        &mut self,
        walk: &mut Walk,
        most: usize,
        mut done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Pass<B> {
        let mut pass = Pass::new();
        let Some(owner) = &mut self.owner else {
            return pass;
        };
        let (mut slots, live) = (Memory::of(&mut self.slots), self.live.words_mut());
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
                pass.polled += 1;
                // SAFETY: a live slot holds a future, which stays where it is until it is dropped. That the slot is live
                // still holds: nothing but this method, which polls each slot once, has changed it since.
                let pinned = unsafe { slots.pinned(slot) };
                let Poll::Ready(output) = poll_slot(owner, slot, |cx| pinned.poll(cx)) else {
                    if pass.is_out_of_budget() {
                        walk.put_back(bits);
                        break 'walk;
                    }
                    continue;
                };
                *live ^= bit;
                // SAFETY: the slot held a future, and no longer counts as such, also if the drop panics.
                let output = unsafe { slots.drop_before(slot, output) };
                if pass.is_stopped(done(slot, output)) {
                    walk.put_back(bits);
                    break 'walk;
                }
            }
        }
        pass
    }

    /// Polls a live future where no waker was kept; a block that is made for it gets this `home`.
    #[inline(never)]
    pub(super) fn poll_first(&mut self, slot: usize, home: Home<'_>) -> Option<Poll<F::Output>> {
        let unwoken = Unwoken::new(self.room, home);
        let poll = unwoken.polls(|mut polls| {
            let slots = Memory::of(&mut self.slots);
            poll_live(slots, &mut self.live, slot, |future| {
                polls.poll(slot, |cx| future.poll(cx))
            })
        });
        self.owner = unwoken.into_owner();
        poll
    }

    /// Polls the future in a slot where wakers were kept, unless it is gone.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a call costs as much as all that is done here, and there are three"
    )]
    pub(super) fn poll_again(&mut self, slot: usize) -> Option<Poll<F::Output>> {
        let owner = self.owner.as_ref().expect("a waker was kept");
        let slots = Memory::of(&mut self.slots);
        poll_live(slots, &mut self.live, slot, |future| {
            poll_slot(owner, slot, |cx| future.poll(cx))
        })
    }
}

/// Polls the future in a slot, if it is live, and drops it if it is done.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as for `poll_again`")]
fn poll_live<F: Future>(
    mut slots: Memory<'_, F>,
    live: &mut Bits,
    slot: usize,
    poll: impl FnOnce(Pin<&mut F>) -> Poll<F::Output>,
) -> Option<Poll<F::Output>> {
    let live = &mut live.words_mut()[slot / GROUP];
    let bit = 1 << (slot % GROUP);
    if *live & bit == 0 {
        return None;
    }
    // SAFETY: a live slot holds a future, which stays where it is until it is dropped.
    let pinned = unsafe { slots.pinned(slot) };
    let Poll::Ready(output) = poll(pinned) else {
        return Some(Poll::Pending);
    };
    *live ^= bit;
    // SAFETY: the slot held a future, and no longer counts as such, also if the drop panics.
    let output = unsafe { slots.drop_before(slot, output) };
    Some(Poll::Ready(output))
}

impl<B> Pass<B> {
    const fn new() -> Self {
        Self {
            polled: 0,
            done: 0,
            end: PassEnd::Reached,
        }
    }

    /// Looks at the cooperative budget, after a future was not ready: where it is spent, more and more futures would be
    /// polled in vain.
    #[inline]
    fn is_out_of_budget(&mut self) -> bool {
        let spent = !tokio::task::coop::has_budget_remaining();
        if spent {
            self.end = PassEnd::Spent;
        }
        spent
    }

    /// Counts a future as done.
    #[inline]
    fn is_stopped(&mut self, flow: ControlFlow<B>) -> bool {
        self.done += 1;
        match flow {
            ControlFlow::Continue(()) => false,
            ControlFlow::Break(stop) => {
                self.end = PassEnd::Stopped(stop);
                true
            }
        }
    }
}

/// Slots in a row that were never polled. How far it got is noted also if a poll panics, which leaves its future in its
/// slot.
///
/// Invariant: the slots from `slot` on hold futures.
struct Row<'a, F> {
    slots: Memory<'a, F>,
    live: &'a mut [u64],
    slot: usize,
    started: &'a mut usize,
}

impl<'a, F> Row<'a, F> {
    /// The row behind the slots that are `started`, which is part of the segment's invariants.
    #[inline]
    fn new(slots: Memory<'a, F>, live: &'a mut [u64], started: &'a mut usize) -> Self {
        Self {
            slots,
            live,
            slot: *started,
            started,
        }
    }
}

impl<F: Future> Row<'_, F> {
    #[inline]
    fn poll<B>(
        mut self,
        most: usize,
        mut poll: impl FnMut(usize, Pin<&mut F>) -> Poll<F::Output>,
        mut done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Pass<B> {
        let mut pass = Pass::new();
        let begin = self.slot;
        while self.slot < self.slots.len {
            let slot = self.slot;
            if slot - begin == most {
                pass.end = PassEnd::Full;
                break;
            }
            // SAFETY: the slot holds a future, which stays where it is until it is dropped.
            let pinned = unsafe { self.slots.pinned(slot) };
            let poll = poll(slot, pinned);
            self.slot += 1;
            let Poll::Ready(output) = poll else {
                self.live[slot / GROUP] |= 1 << (slot % GROUP);
                if pass.is_out_of_budget() {
                    break;
                }
                continue;
            };
            // SAFETY: the slot held a future, and no longer counts as such, also if the drop panics.
            let output = unsafe { self.slots.drop_before(slot, output) };
            if pass.is_stopped(done(slot, output)) {
                break;
            }
        }
        pass.polled = self.slot - begin;
        pass
    }
}

impl<F> Drop for Row<'_, F> {
    #[inline]
    fn drop(&mut self) {
        *self.started = self.slot;
    }
}

impl<F> Drop for Segment<F> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_empty() {
            self.drop_all();
        }
    }
}

impl<F> Segment<F> {
    /// Whether no slot holds a future.
    #[inline]
    fn is_empty(&self) -> bool {
        self.started == self.filled() && self.live.words().iter().all(|&word| word == 0)
    }

    #[cold]
    fn drop_all(&mut self) {
        let mut panics = Panics::default();
        self.clear(&mut panics);
        panics.resume();
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
