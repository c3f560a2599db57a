//! Who waits for something that happens to a group.

use std::{
    mem,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use super::{
    Shared,
    sorted::{Slot, Sorted},
};

/// What can be waited for.
#[derive(Clone, Copy)]
pub(super) enum Event {
    /// The group is ending.
    Ending,
    /// A child that is spawned is started at once, or dropped, as the group is ending.
    Place,
    /// The body and all children are gone.
    Over,
}

/// Those who wait for one event, in the order in which they came.
pub(super) type Watching = Sorted<u64, Waker>;

/// Where one of those who wait is found. After it was taken out nothing is found.
pub(super) type Number = Slot<u64>;

/// Those who wait for each event.
#[derive(Default)]
pub(super) struct Watchers {
    events: [Watching; 3],
    /// The last number that was given. Each is given once.
    numbers: u64,
}

impl Watchers {
    /// Whether `number` waits already, and is woken as the context says.
    pub(super) fn waits(&self, event: Event, number: Option<Number>, cx: &Context<'_>) -> bool {
        let waker = number.and_then(|number| self.events[event as usize].get(number));
        waker.is_some_and(|waker| waker.will_wake(cx.waker()))
    }

    /// Adds a waker, under a new number if there is none that waits. Gives the waker that it takes the place of.
    #[must_use]
    pub(super) fn add(
        &mut self,
        event: Event,
        number: &mut Option<Number>,
        waker: Waker,
    ) -> Option<Waker> {
        let watching = &mut self.events[event as usize];
        if let Some(before) = number.and_then(|number| watching.get_mut(number)) {
            return Some(mem::replace(before, waker));
        }
        self.numbers += 1;
        *number = Some(watching.insert(self.numbers, waker));
        None
    }

    #[must_use]
    pub(super) fn remove(&mut self, event: Event, number: Number) -> Option<Waker> {
        self.events[event as usize].remove(number)
    }

    /// Takes out those who wait for this.
    #[must_use]
    pub(super) fn take(&mut self, event: Event) -> Watching {
        mem::take(&mut self.events[event as usize])
    }
}

/// Waits for an event of a group.
pub(super) struct Watch {
    core: Arc<Shared>,
    event: Event,
    /// The number of this among those who wait, once it does.
    number: Option<Number>,
}

impl Watch {
    pub(super) fn new(core: &Arc<Shared>, event: Event) -> Self {
        Self {
            core: Arc::clone(core),
            event,
            number: None,
        }
    }

    /// The group that it is an event of.
    pub(super) fn core(&self) -> &Arc<Shared> {
        &self.core
    }

    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.core.poll_event(self.event, cx, &mut self.number) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.core.unwatch(self.event, number);
        }
    }
}
