//! Children in place, on their way to the group's future.

use std::mem;

use super::{
    Shared,
    places::{Entered, Waiting},
    queue::Queue,
    running::Running,
    sync::Lock,
    work::Work,
};

/// A child that is polled by its group.
pub(super) type InPlace<'a> = Running<'a, dyn Work + 'a>;

/// Where children in place are put by whoever spawns them, until the group's future takes them in.
pub(super) struct Inbox<'a>(Lock<Boxes<'a>>);

struct Boxes<'a> {
    /// They can be started.
    new: Vec<InPlace<'a>>,
    /// They wait for a place.
    waiting: Queue<InPlace<'a>>,
    /// Nobody takes them in any more.
    closed: bool,
}

impl<'a> Inbox<'a> {
    pub(super) fn new() -> Self {
        Self(Lock::new(Boxes {
            new: Vec::new(),
            waiting: Queue::new(),
            closed: false,
        }))
    }

    /// Adds one that was let in, and calls the group. Returns the ticket of its place in the queue, if it waits for a place. One that
    /// nobody takes in is dropped.
    pub(super) fn admit(&self, core: &Shared, child: InPlace<'a>, entered: Entered) -> Option<u64> {
        if entered != Entered::Wait {
            let _refused = self.push(child);
            core.call();
            return None;
        }
        let ticket = self.queue(child).ok()?;
        let place_in_queue = core.queue(Waiting::InPlace(ticket)).ok();
        if place_in_queue.is_none() {
            drop(self.take(ticket));
        }
        place_in_queue
    }

    /// Adds one that can be started, or gives it back if nobody takes it in.
    fn push(&self, child: InPlace<'a>) -> Option<InPlace<'a>> {
        let boxes = &mut *self.0.lock();
        if boxes.closed {
            return Some(child);
        }
        boxes.new.push(child);
        None
    }

    /// Adds one that waits for a place and gives its ticket, or gives it back if nobody takes it in.
    fn queue(&self, child: InPlace<'a>) -> Result<u64, InPlace<'a>> {
        let boxes = &mut *self.0.lock();
        if boxes.closed {
            return Err(child);
        }
        Ok(boxes.waiting.push(child))
    }

    /// Takes out those that can be started.
    pub(super) fn take_new(&self) -> Vec<InPlace<'a>> {
        mem::take(&mut self.0.lock().new)
    }

    /// Takes out one that waits.
    pub(super) fn take(&self, ticket: u64) -> Option<InPlace<'a>> {
        self.0.lock().waiting.take(ticket)
    }

    /// Takes out all, and takes in none from now on.
    pub(super) fn close(&self) -> impl Iterator<Item = InPlace<'a>> + use<'a> {
        let boxes = &mut *self.0.lock();
        boxes.closed = true;
        let new = mem::take(&mut boxes.new);
        new.into_iter().chain(boxes.waiting.drain())
    }
}
