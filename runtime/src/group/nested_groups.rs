//! The groups in a group, as that one knows them.

use std::sync::Weak;

use tokio::time::Instant;

use super::sorted_list::{EntryId, SortedList};

/// The nested groups of a group, in the order in which they were linked to it.
pub(super) struct NestedGroups<G> {
    groups: SortedList<u64, Nested<G>>,
    /// When orphans must be aborted.
    deadlines: SortedList<(Instant, u64), NestedKey>,
    /// The newest number of a group or a deadline.
    newest: u64,
}

/// The key of a nested group in its parent. It is not used again for another group.
pub(super) type NestedKey = EntryId<u64>;

struct Nested<G> {
    group: Weak<G>,
    /// The deadline of an orphan.
    deadline: Option<EntryId<(Instant, u64)>>,
}

impl<G> Default for NestedGroups<G> {
    fn default() -> Self {
        Self {
            groups: SortedList::new(),
            deadlines: SortedList::new(),
            newest: 0,
        }
    }
}

impl<G> NestedGroups<G> {
    /// Adds a group, and returns its key.
    pub(super) fn add(&mut self, group: Weak<G>) -> NestedKey {
        self.newest += 1;
        let deadline = None;
        self.groups.insert(self.newest, Nested { group, deadline })
    }

    pub(super) fn all(&self) -> Vec<Weak<G>> {
        (self.groups.values())
            .map(|nested| Weak::clone(&nested.group))
            .collect()
    }

    /// Sets the deadline of an orphan, if it was not removed.
    pub(super) fn set_deadline(&mut self, key: NestedKey, deadline: Instant) {
        if let Some(nested) = self.groups.get_mut(key) {
            self.newest += 1;
            nested.deadline = Some(self.deadlines.insert((deadline, self.newest), key));
        }
    }

    /// Removes a group, and reports whether it had a deadline.
    pub(super) fn remove(&mut self, key: NestedKey) -> bool {
        let nested = self.groups.remove(key);
        let deadline = nested.and_then(|nested| nested.deadline);
        deadline.is_some_and(|deadline| self.deadlines.remove(deadline).is_some())
    }

    /// Removes a deadline that has passed, and returns its orphan.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Weak<G>> {
        self.first_deadline().filter(|&first| first <= now)?;
        let (_, key) = self.deadlines.pop()?;
        let nested = self.groups.get_mut(key)?;
        nested.deadline = None;
        Some(Weak::clone(&nested.group))
    }

    pub(super) fn first_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| deadline)
    }

    #[cfg(all(test, rejoin_loom))]
    pub(super) const fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.deadlines.is_empty()
    }
}

#[cfg(all(test, not(rejoin_loom)))]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::time::Instant;

    use super::NestedGroups;

    /// A deadline does not use the key of a group.
    #[test]
    fn a_group_that_is_added_after_a_deadline_has_a_key_of_its_own() {
        let (first, second) = (Arc::new(1), Arc::new(2));
        let (now, mut nested) = (Instant::now(), NestedGroups::default());
        let key = nested.add(Arc::downgrade(&first));
        nested.set_deadline(key, now);
        nested.add(Arc::downgrade(&second));
        assert!(nested.pop_due(now - Duration::from_secs(1)).is_none());
        assert!(nested.remove(key), "it had a deadline");
        assert_eq!(nested.first_deadline(), None);
        let left = nested.all();
        assert!(left.len() == 1 && left[0].ptr_eq(&Arc::downgrade(&second)));
    }
}
