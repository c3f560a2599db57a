//! Tasks that wait for an event of a group.

use std::{mem, task::Waker};

use super::sorted_list::{EntryId, SortedList};

/// An event of a group that a task can wait for.
#[derive(Clone, Copy)]
pub(super) enum Event {
    /// The group is ending.
    Ending,
    /// A child that is spawned now need not wait: a permit is free, or the group is ending and drops the child.
    Permit,
    /// The body and all children are gone.
    Over,
}

/// The waiters for one event, in the order in which they registered.
///
/// A waiter has no waker while the context's waker is cloned for it, outside of the lock.
pub(super) type WaiterMap = SortedList<u64, Option<Waker>>;

/// The key of a waiter. It is not used again for another waiter.
pub(super) type WaiterId = EntryId<u64>;

/// The waiters for each event.
#[derive(Default)]
pub(super) struct Waiters {
    events: [WaiterMap; 3],
    /// The number of the newest waiter.
    newest: u64,
}

impl Waiters {
    /// Returns the slot of a waiter's waker. If `id` names no waiter, this adds one and sets `id`.
    pub(super) fn slot(&mut self, event: Event, id: &mut Option<WaiterId>) -> &mut Option<Waker> {
        let waiters = &mut self.events[event as usize];
        let known = id.filter(|&id| waiters.get(id).is_some());
        let found = known.unwrap_or_else(|| {
            self.newest += 1;
            waiters.insert(self.newest, None)
        });
        *id = Some(found);
        waiters.get_mut(found).expect("it is in the list")
    }

    /// Removes a waiter.
    #[must_use]
    pub(super) fn remove(&mut self, event: Event, id: WaiterId) -> Option<Waker> {
        self.events[event as usize].remove(id).flatten()
    }

    /// Removes all waiters for an event.
    #[must_use]
    pub(super) fn take(&mut self, event: Event) -> WaiterMap {
        mem::take(&mut self.events[event as usize])
    }
}
