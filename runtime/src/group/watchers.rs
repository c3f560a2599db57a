//! Who waits for something that happens to a group.

use std::{
    collections::BTreeMap,
    mem,
    task::{Context, Waker},
};

/// What can be waited for.
#[derive(Clone, Copy)]
pub(super) enum Event {
    /// The group is ending.
    Ending,
    /// A child that is spawned is started at once, or dropped, as the group is ending.
    Place,
}

/// Those who wait for one event, by number.
pub(super) type Watching = BTreeMap<u64, Waker>;

/// Those who wait for each event.
#[derive(Default)]
pub(super) struct Watchers {
    events: [Watching; 2],
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

    /// Takes out all.
    #[must_use]
    pub(super) fn take_all(&mut self) -> Watching {
        let [mut all, more] = mem::take(&mut self.events);
        all.extend(more);
        all
    }
}
