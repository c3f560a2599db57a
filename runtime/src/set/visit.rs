//! The interface between the engine, which is compiled once, and the futures of a set.

use std::{
    alloc::Layout, future::Future, marker::PhantomData, mem, ops::ControlFlow, pin::Pin, task::Poll,
};

use tokio::task::coop::has_budget_remaining;

use super::{
    header::GROUP,
    memory::Memory,
    waker::{LentWakers, PolledSlot},
};
use crate::panics::drop_before;

/// Checks whether the task has budget left. This is compiled once, because tokio's function is inlined into its caller together with
/// the set-up of a variable of the thread.
#[inline(never)]
pub(super) fn has_budget() -> bool {
    has_budget_remaining()
}

/// How futures of one type are laid out and dropped.
pub(super) struct Vtable {
    pub(super) layout: Layout,
    /// `None` where there is nothing to drop.
    pub(super) drop: Option<unsafe fn(*mut ())>,
}

impl Vtable {
    /// Returns the table of `F`.
    pub(super) const fn of<F>() -> &'static Self {
        const {
            &Self {
                layout: Layout::new::<F>(),
                drop: if mem::needs_drop::<F>() {
                    Some(drop_at::<F>)
                } else {
                    None
                },
            }
        }
    }
}

/// Drops a future where it is.
///
/// # Safety
///
/// It is an `F`, which is not used after this.
unsafe fn drop_at<F>(future: *mut ()) {
    // SAFETY: as the caller says.
    unsafe { future.cast::<F>().drop_in_place() }
}

/// Slots of a segment that are to be polled, all in one group of its block.
///
/// # Invariants
///
/// - The slots in `bits` hold futures, and their bits are in `live`, too.
/// - These futures are pinned until they are dropped, and nothing else accesses them meanwhile.
pub(super) struct Slots<'a> {
    /// The first slot of the group.
    first: *mut (),
    /// Its number in the segment.
    number: usize,
    /// The index of the first slot's future. The following slots have the following indices.
    index: usize,
    /// Slots that are to be polled, in ascending order.
    pub(super) bits: u64,
    /// Slots of the group that hold futures which had their first poll.
    pub(super) live: &'a mut u64,
    wakers: LentWakers<'a>,
    /// Stores which slot is polled, if all slots are polled with one waker.
    polled: Option<&'a PolledSlot>,
}

impl<'a> Slots<'a> {
    /// Returns the slots of a group of a segment whose bits are in `bits`. `index` is the index of the group's first
    /// slot. The last argument has the wakers of the slots, and the cell that stores which slot is polled.
    #[inline]
    pub(super) fn new(
        memory: &Memory,
        group: usize,
        index: usize,
        bits: u64,
        live: &'a mut u64,
        (wakers, polled): (LentWakers<'a>, Option<&'a PolledSlot>),
    ) -> Self {
        let number = group * GROUP;
        Self {
            first: memory.slot(number),
            number,
            index,
            bits,
            live,
            wakers,
            polled,
        }
    }
}

/// Polls of slots in a row.
#[derive(Clone, Copy)]
pub(super) struct Pass {
    /// The number of slots that were polled.
    pub(super) polled: usize,
    /// The number of polled slots that are done.
    pub(super) done: usize,
    pub(super) end: PassEnd,
}

impl Pass {
    pub(super) const NONE: Self = Self {
        polled: 0,
        done: 0,
        end: PassEnd::Reached,
    };
}

/// The poll of one slot.
#[derive(Clone, Copy)]
pub(super) struct Polled {
    pub(super) is_done: bool,
    pub(super) end: PassEnd,
}

/// The reason why a row of polls ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PassEnd {
    /// There was nothing left to poll.
    Reached,
    /// The largest allowed number of slots was polled.
    Full,
    /// The cooperative budget is spent.
    Spent,
    /// The visitor wanted to stop.
    Stopped,
}

/// Polls futures of a type that it knows, and takes their outputs.
pub(super) trait Visit {
    /// Polls the futures in `slots`, as long as nothing ends that. Removes the bits of futures that were polled from `slots`, and the bits
    /// of those that are done from its live ones. Returns why it ended.
    ///
    /// If it panics, only the live bits are up to date.
    ///
    /// # Safety
    ///
    /// They are of the type that the visitor knows.
    unsafe fn visit(&mut self, slots: &mut Slots<'_>) -> PassEnd;
}

/// A visitor that gives each output to a closure, and keeps the value with which that one stops.
pub(super) struct Visitor<F, D, B> {
    done: D,
    stopped: Option<B>,
    futures: PhantomData<fn(F)>,
}

impl<F: Future, B, D: FnMut(usize, F::Output) -> ControlFlow<B>> Visitor<F, D, B> {
    #[inline]
    pub(super) fn new(done: D) -> Self {
        Self {
            done,
            stopped: None,
            futures: PhantomData,
        }
    }

    /// Returns the value with which the closure has stopped the visits.
    #[inline]
    pub(super) fn into_stopped(self) -> Option<B> {
        self.stopped
    }
}

impl<F: Future, B, D: FnMut(usize, F::Output) -> ControlFlow<B>> Visit for Visitor<F, D, B> {
    unsafe fn visit(&mut self, slots: &mut Slots<'_>) -> PassEnd {
        let mut bits = slots.bits;
        let end = loop {
            if bits == 0 {
                break PassEnd::Reached;
            }
            let bit = bits & bits.wrapping_neg();
            let slot = bit.trailing_zeros() as usize;
            bits ^= bit;
            if let Some(polled) = slots.polled {
                polled.set(slots.number + slot);
            }
            let future = slots.first.cast::<F>().wrapping_add(slot);
            let poll = (slots.wakers).poll(slot, |cx| {
                // SAFETY: it is an `F`, as the caller says. It is initialized and pinned, and accessed only through
                // this pointer.
                unsafe { Pin::new_unchecked(&mut *future) }.poll(cx)
            });
            let Poll::Ready(output) = poll else {
                // Where the budget is spent, more and more futures would be polled in vain.
                if has_budget() {
                    continue;
                }
                break PassEnd::Spent;
            };
            *slots.live ^= bit;
            // SAFETY: the slot held the future, and no longer counts as such, also if the drop panics.
            let drop = || unsafe { future.drop_in_place() };
            let output = drop_before::<F, _>(drop, output);
            if let ControlFlow::Break(stop) = (self.done)(slots.index.wrapping_add(slot), output) {
                self.stopped = Some(stop);
                break PassEnd::Stopped;
            }
        };
        slots.bits = bits;
        end
    }
}

/// A visitor for the futures of the set that it is used with.
pub(super) struct Visits<'a>(&'a mut dyn Visit);

impl<'a> Visits<'a> {
    /// # Safety
    ///
    /// The result is used only with a set of futures of the type that the visitor knows.
    #[inline]
    pub(super) unsafe fn new(visitor: &'a mut dyn Visit) -> Self {
        Self(visitor)
    }

    /// Polls the futures in `slots`, see [`Visit::visit`].
    #[inline]
    pub(super) fn visit(&mut self, slots: &mut Slots<'_>) -> PassEnd {
        // SAFETY: as is said at `new`.
        unsafe { self.0.visit(slots) }
    }
}
