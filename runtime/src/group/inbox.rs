//! Scoped children on their way to the group's future.

use std::mem;

use super::{
    child_future::ChildFuture,
    core::Shared,
    finalizers::{Deferred, Finalizer},
    limit::{Admission, Queue, QueueEntry},
    work::Work,
};
use crate::sync::Lock;

/// A child that the group's future polls.
pub(super) type ScopedChild<'a> = ChildFuture<'a, dyn Work + 'a>;

/// The scoped children that were spawned and that the group's future has not taken yet, and the finalizers that may borrow.
pub(super) struct Inbox<'a>(Lock<Children<'a>>);

struct Children<'a> {
    /// Children that can start.
    new: Vec<ScopedChild<'a>>,
    /// Children that wait for a permit.
    queue: Queue<ScopedChild<'a>>,
    /// Set when the group's future takes no more children.
    is_closed: bool,
    /// `None` after the group's future was dropped.
    deferred: Option<Queue<Finalizer<'a>>>,
}

impl<'a> Inbox<'a> {
    pub(super) fn new() -> Self {
        Self(Lock::new(Children {
            new: Vec::new(),
            queue: Queue::new(),
            is_closed: false,
            deferred: Some(Queue::new()),
        }))
    }

    /// Adds a child that was admitted, and notifies the group. The result is its ticket in the group's queue, if it waits for a permit.
    /// If the inbox is closed, the child is dropped.
    pub(super) fn add(
        &self,
        core: &Shared,
        child: ScopedChild<'a>,
        admission: Admission,
    ) -> Option<u64> {
        if admission != Admission::Queue {
            let _rejected = self.push(child);
            core.notify();
            return None;
        }
        let ticket = self.enqueue(child).ok()?;
        let group_ticket = core.enqueue(QueueEntry::Scoped(ticket)).ok();
        if group_ticket.is_none() {
            drop(self.take_queued(ticket));
        }
        group_ticket
    }

    /// Adds a child that can start, unless the inbox is closed: then the caller gets it back.
    fn push(&self, child: ScopedChild<'a>) -> Option<ScopedChild<'a>> {
        let children = &mut *self.0.lock();
        if children.is_closed {
            return Some(child);
        }
        children.new.push(child);
        None
    }

    /// Adds a child that waits for a permit, under the ticket that this returns. Fails if the inbox is closed.
    fn enqueue(&self, child: ScopedChild<'a>) -> Result<u64, ScopedChild<'a>> {
        let children = &mut *self.0.lock();
        if children.is_closed {
            return Err(child);
        }
        Ok(children.queue.push(child))
    }

    /// Removes the children that can start.
    pub(super) fn take_new(&self) -> Vec<ScopedChild<'a>> {
        mem::take(&mut self.0.lock().new)
    }

    /// Removes a child that waits for a permit.
    pub(super) fn take_queued(&self, ticket: u64) -> Option<ScopedChild<'a>> {
        self.0.lock().queue.take(ticket)
    }

    /// Removes all children, and lets none be added from now on.
    pub(super) fn close(&self) -> impl Iterator<Item = ScopedChild<'a>> + use<'a> {
        let children = &mut *self.0.lock();
        children.is_closed = true;
        let new = mem::take(&mut children.new);
        new.into_iter().chain(children.queue.drain())
    }

    /// Adds a finalizer that may borrow. Drops it, and fails, if the clean-up has ended or the group's future was dropped.
    pub(super) fn defer(&self, core: &Shared, finalizer: Finalizer<'a>) -> bool {
        let mut finalizer = Some(finalizer);
        let ticket = {
            let deferred = &mut self.0.lock().deferred;
            deferred
                .as_mut()
                .map(|deferred| deferred.push(finalizer.take().expect("it was given")))
        };
        let Some(ticket) = ticket else {
            return false;
        };
        let is_accepted = core.defer(Deferred::InPlace(ticket)).is_ok();
        if !is_accepted {
            drop(self.take_deferred(ticket));
        }
        is_accepted
    }

    /// Removes a finalizer.
    pub(super) fn take_deferred(&self, ticket: u64) -> Option<Finalizer<'a>> {
        self.0.lock().deferred.as_mut()?.take(ticket)
    }

    /// Removes all finalizers, and lets none be added from now on. The last one that was added comes last.
    pub(super) fn close_deferred(&self) -> Vec<Finalizer<'a>> {
        let deferred = self.0.lock().deferred.take();
        deferred.map_or_else(Vec::new, |mut deferred| deferred.drain().collect())
    }
}
