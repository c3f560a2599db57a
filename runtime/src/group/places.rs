//! The places of a `limit`, and the queue for them.

use super::queue::Queue;

/// How many have a place, and who waits for one.
///
/// A place belongs to a child from when it is started, or let in if it starts at once, until it gives it back or hands it on. As long
/// as there are a free place and a queue, the group's future was called, for it serves the queue.
pub(super) struct Places<Q> {
    /// How many may run at once.
    limit: usize,
    running: usize,
    queue: Queue<Waiting<Q>>,
    /// Children in place that were cancelled while they waited.
    refused: Vec<u64>,
}

/// How a child was let in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Entered {
    /// It is to be started now.
    Free,
    /// The same, and it has a place of the `limit`.
    Placed,
    /// It is to be queued.
    Wait,
}

/// Who waits for a place.
pub(super) enum Waiting<Q> {
    /// It is started with this.
    Task(Q),
    /// It lies where the group finds it by this number.
    InPlace(u64),
}

/// Whom the group has to see to next.
pub(super) enum Next<Q> {
    /// This task is started.
    Task(Q),
    /// The child in place with this ticket is started.
    InPlace(u64),
    /// It is dropped, for it was cancelled before.
    Refused(u64),
}

impl<Q> Places<Q> {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            running: 0,
            queue: Queue::new(),
            refused: Vec::new(),
        }
    }

    /// Whether there is a place for one that comes now.
    pub(super) fn has_one(&self) -> bool {
        self.running < self.limit && self.queue.is_empty()
    }

    /// Takes a place, if there is one for one that comes now.
    pub(super) fn take(&mut self) -> bool {
        let is_there = self.has_one();
        self.running += usize::from(is_there);
        is_there
    }

    /// Gives a place back. Whether somebody waits for it.
    pub(super) fn give_back(&mut self) -> bool {
        self.running -= 1;
        !self.queue.is_empty()
    }

    /// Adds one to the queue, and gives its ticket. Whether there is a place for it.
    pub(super) fn queue(&mut self, waiting: Waiting<Q>) -> (u64, bool) {
        (self.queue.push(waiting), self.running < self.limit)
    }

    /// Takes one that was cancelled out of the queue, if it is still there; one in place is kept for the group.
    pub(super) fn refuse(&mut self, ticket: u64) -> Option<Waiting<Q>> {
        let waiting = self.queue.take(ticket);
        if let Some(Waiting::InPlace(ticket)) = waiting {
            self.refused.push(ticket);
        }
        waiting
    }

    /// The next that was cancelled, or that there is a place for.
    pub(super) fn next(&mut self) -> Option<Next<Q>> {
        if let Some(ticket) = self.refused.pop() {
            return Some(Next::Refused(ticket));
        }
        if self.running >= self.limit {
            return None;
        }
        let next = match self.queue.pop()? {
            Waiting::Task(start) => Next::Task(start),
            Waiting::InPlace(ticket) => Next::InPlace(ticket),
        };
        self.running += 1;
        Some(next)
    }

    /// The next, if it is a task: it gets the place of whoever asks.
    pub(super) fn hand_on(&mut self) -> Option<Q> {
        match self.queue.first() {
            Some(Waiting::Task(_)) => {}
            _ => return None,
        }
        match self.queue.pop() {
            Some(Waiting::Task(start)) => Some(start),
            _ => None,
        }
    }

    /// Takes out who waits.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Waiting<Q>> + use<Q> {
        self.queue.drain()
    }
}
