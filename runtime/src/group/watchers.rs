//! Who waits for something that happens to a group.

use std::{
    collections::BTreeMap,
    mem,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use super::Shared;

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

/// Those who wait for one event, by number.
pub(super) type Watching = BTreeMap<u64, Waker>;

/// Those who wait for each event.
#[derive(Default)]
pub(super) struct Watchers {
    events: [Watching; 3],
    /// The last number that was given. Each is given once.
    numbers: u64,
}

impl Watchers {
    /// Whether `number` waits already, and is woken as the context says.
    pub(super) fn waits(&self, event: Event, number: Option<u64>, cx: &Context<'_>) -> bool {
        let waker = number.and_then(|number| self.events[event as usize].get(&number));
        waker.is_some_and(|waker| waker.will_wake(cx.waker()))
    }

    /// Adds a waker, under a new number if there is none yet. Gives the waker that it takes the place of.
    #[must_use]
    pub(super) fn add(
        &mut self,
        event: Event,
        number: &mut Option<u64>,
        waker: Waker,
    ) -> Option<Waker> {
        let number = *number.get_or_insert_with(|| {
            self.numbers += 1;
            self.numbers
        });
        self.events[event as usize].insert(number, waker)
    }

    #[must_use]
    pub(super) fn remove(&mut self, event: Event, number: u64) -> Option<Waker> {
        self.events[event as usize].remove(&number)
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
    number: Option<u64>,
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
