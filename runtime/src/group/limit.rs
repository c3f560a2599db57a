//! The `limit` of a group: its permits, and the queue of children that wait for one.

use std::{collections::VecDeque, mem};

/// The permits of a `limit`, and the children that wait for them.
///
/// A child has a permit from its start, or from when it enters if it starts at once, until it releases the permit or hands it
/// over to the next task. While there are both a free permit and a queue, the group's future has been notified, because it
/// serves the queue.
pub(super) struct Permits<Q> {
    /// The maximum number of children that run at once.
    limit: usize,
    running: usize,
    queue: Queue<QueueEntry<Q>>,
    /// Tickets of scoped children that were cancelled while they waited.
    cancelled: Vec<u64>,
}

/// How a child was admitted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It starts at once, and needs no permit.
    NoPermit,
    /// It starts at once, with a permit.
    Permit,
    /// It must be queued.
    Queue,
}

/// A child that waits for a permit.
pub(super) enum QueueEntry<Q> {
    /// A task, which is started with this value.
    Task(Q),
    /// A scoped child, which the group's future finds in its inbox under this ticket.
    Scoped(u64),
}

/// A child of the queue that the group's future has to deal with.
pub(super) enum NextQueued<Q> {
    /// Start this task.
    Task(Q),
    /// Start the scoped child with this ticket.
    Scoped(u64),
    /// Drop the scoped child with this ticket, because it was cancelled.
    Cancelled(u64),
}

impl<Q> Permits<Q> {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            running: 0,
            queue: Queue::new(),
            cancelled: Vec::new(),
        }
    }

    /// Checks whether a child that is spawned now would get a permit at once.
    pub(super) fn has_permit(&self) -> bool {
        self.running < self.limit && self.queue.is_empty()
    }

    /// Acquires a permit for a child that is spawned now, if there is one.
    pub(super) fn try_acquire(&mut self) -> bool {
        let has_permit = self.has_permit();
        self.running += usize::from(has_permit);
        has_permit
    }

    /// Releases a permit, and reports whether a child waits for one.
    pub(super) fn release(&mut self) -> bool {
        self.running -= 1;
        !self.queue.is_empty()
    }

    /// Adds a child to the queue. The result is its ticket, and whether a permit is free.
    pub(super) fn enqueue(&mut self, entry: QueueEntry<Q>) -> (u64, bool) {
        (self.queue.push(entry), self.running < self.limit)
    }

    /// Removes a child that was cancelled from the queue, if it still waits. The ticket of a scoped child is kept for the
    /// group's future, which drops the child.
    pub(super) fn remove_cancelled(&mut self, ticket: u64) -> Option<QueueEntry<Q>> {
        let entry = self.queue.take(ticket);
        if let Some(QueueEntry::Scoped(ticket)) = entry {
            self.cancelled.push(ticket);
        }
        entry
    }

    /// Takes the next scoped child that was cancelled; or else the first child of the queue, with a permit, if one is free.
    pub(super) fn next(&mut self) -> Option<NextQueued<Q>> {
        if let Some(ticket) = self.cancelled.pop() {
            return Some(NextQueued::Cancelled(ticket));
        }
        if self.running >= self.limit {
            return None;
        }
        let next = match self.queue.pop()? {
            QueueEntry::Task(start) => NextQueued::Task(start),
            QueueEntry::Scoped(ticket) => NextQueued::Scoped(ticket),
        };
        self.running += 1;
        Some(next)
    }

    /// Takes the first child of the queue, if it is a task. It gets the permit of the caller.
    pub(super) fn hand_over(&mut self) -> Option<Q> {
        match self.queue.first() {
            Some(QueueEntry::Task(_)) => {}
            _ => return None,
        }
        match self.queue.pop() {
            Some(QueueEntry::Task(start)) => Some(start),
            _ => None,
        }
    }

    /// Removes all children from the queue.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = QueueEntry<Q>> + use<Q> {
        self.queue.drain()
    }
}

/// A first-in-first-out queue. Each entry has a ticket, by which it can leave early.
pub(super) struct Queue<T> {
    // An entry that has left is `None`, but never the first.
    entries: VecDeque<Option<T>>,
    /// The ticket of the first entry.
    first: u64,
}

impl<T> Queue<T> {
    pub(super) const fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            first: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds an entry at the end, and returns its ticket.
    pub(super) fn push(&mut self, entry: T) -> u64 {
        self.entries.push_back(Some(entry));
        self.first + (self.entries.len() as u64 - 1)
    }

    pub(super) fn first(&self) -> Option<&T> {
        self.entries.front()?.as_ref()
    }

    /// Removes the first entry.
    pub(super) fn pop(&mut self) -> Option<T> {
        let entry = self.entries.pop_front()?;
        self.first += 1;
        self.skip();
        debug_assert!(entry.is_some());
        entry
    }

    /// Removes the entry with this ticket, if it has not left.
    pub(super) fn take(&mut self, ticket: u64) -> Option<T> {
        let n = usize::try_from(ticket.checked_sub(self.first)?).ok()?;
        let entry = self.entries.get_mut(n)?.take();
        self.skip();
        entry
    }

    /// Removes all entries.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        self.first += self.entries.len() as u64;
        mem::take(&mut self.entries).into_iter().flatten()
    }

    /// Removes entries that have left from the front.
    fn skip(&mut self) {
        while let Some(None) = self.entries.front() {
            self.entries.pop_front();
            self.first += 1;
        }
    }
}

#[cfg(all(test, not(rejoin_loom)))]
mod tests {
    use super::Queue;

    #[test]
    fn entries_that_have_left_are_skipped() {
        let mut queue = Queue::new();
        let tickets: Vec<_> = "abcde".chars().map(|name| queue.push(name)).collect();
        assert_eq!(queue.take(tickets[1]), Some('b'));
        assert_eq!(queue.take(tickets[1]), None);
        assert_eq!(queue.pop(), Some('a'));
        assert_eq!(queue.take(tickets[0]), None);
        assert_eq!(queue.pop(), Some('c'));
        assert_eq!(queue.take(tickets[4]), Some('e'));
        assert_eq!(queue.take(tickets[3]), Some('d'));
        assert!(queue.is_empty());
        let ticket = queue.push('f');
        assert_eq!(queue.take(ticket), Some('f'));
        queue.push('g');
        assert_eq!(queue.drain().collect::<String>(), "g");
        assert!(queue.is_empty());
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn entries_that_have_left_take_no_memory_at_the_front() {
        let mut queue = Queue::new();
        for _ in 0..1000 {
            let ticket = queue.push(());
            queue.take(ticket);
        }
        assert_eq!(queue.entries.len(), 0);
    }
}
