//! What waits for a place, first come, first served; anybody may leave.

use std::collections::VecDeque;

/// A queue whose entries have tickets.
pub(super) struct Queue<T> {
    // What left is `None`, but never the first.
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

    /// Adds an entry at the end and gives its ticket.
    pub(super) fn push(&mut self, entry: T) -> u64 {
        self.entries.push_back(Some(entry));
        self.first + (self.entries.len() as u64 - 1)
    }

    /// The first entry.
    pub(super) fn first(&self) -> Option<&T> {
        self.entries.front()?.as_ref()
    }

    /// Takes out the first entry.
    pub(super) fn pop(&mut self) -> Option<T> {
        let entry = self.entries.pop_front()?;
        self.first += 1;
        self.skip();
        debug_assert!(entry.is_some());
        entry
    }

    /// Takes out the entry with this ticket, if it is still there.
    pub(super) fn take(&mut self, ticket: u64) -> Option<T> {
        let n = usize::try_from(ticket.checked_sub(self.first)?).ok()?;
        let entry = self.entries.get_mut(n)?.take();
        self.skip();
        entry
    }

    /// Takes out everything.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        self.first += self.entries.len() as u64;
        std::mem::take(&mut self.entries).into_iter().flatten()
    }

    /// Forgets what has left at the front.
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
    fn whoever_leaves_is_passed_over() {
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
    fn those_that_left_are_forgotten_from_the_front_on() {
        let mut queue = Queue::new();
        for _ in 0..1000 {
            let ticket = queue.push(());
            queue.take(ticket);
        }
        assert_eq!(queue.entries.len(), 0);
    }
}
