//! A list in the order of its keys, made for keys that are mostly added in ascending order.

#[cfg(all(test, not(rejoin_loom)))]
mod tests;

use slab::Slab;

/// A doubly linked list in a slab, in the order of its keys.
///
/// The slots of removed entries are used again, so the memory is bounded by the largest number of entries at one time. Inserting
/// an entry takes one step for each greater key in the list.
pub(super) struct SortedList<K, T> {
    nodes: Slab<Node<K, T>>,
    first: u32,
    last: u32,
}

/// The index of no node.
const NONE: u32 = u32::MAX;

struct Node<K, T> {
    key: K,
    value: T,
    before: u32,
    after: u32,
}

/// The key of an entry, and its index in the slab. It finds nothing after the entry was removed, because no key is inserted into
/// a list twice.
#[derive(Clone, Copy)]
pub(super) struct EntryId<K> {
    key: K,
    index: u32,
}

impl<K, T> Default for SortedList<K, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, T> SortedList<K, T> {
    pub(super) const fn new() -> Self {
        Self {
            nodes: Slab::new(),
            first: NONE,
            last: NONE,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.first == NONE
    }

    fn node(&self, index: u32) -> Option<&Node<K, T>> {
        self.nodes.get(index as usize)
    }

    fn node_mut(&mut self, index: u32) -> Option<&mut Node<K, T>> {
        self.nodes.get_mut(index as usize)
    }

    /// Makes two nodes neighbours. `before` is `NONE` for the first node, and `after` is `NONE` for the last.
    fn link(&mut self, before: u32, after: u32) {
        match self.node_mut(before) {
            Some(node) => node.after = after,
            None => self.first = after,
        }
        match self.node_mut(after) {
            Some(node) => node.before = before,
            None => self.last = before,
        }
    }

    /// Returns the values, in the order of their keys.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        let mut next = self.first;
        std::iter::from_fn(move || {
            let node = self.node(next)?;
            next = node.after;
            Some(&node.value)
        })
    }
}

impl<K: Ord + Copy, T> SortedList<K, T> {
    /// Inserts an entry with a key that was never in the list.
    pub(super) fn insert(&mut self, key: K, value: T) -> EntryId<K> {
        let mut before = self.last;
        while let Some(node) = self.node(before).filter(|node| node.key > key) {
            before = node.before;
        }
        let after = self.node(before).map_or(self.first, |node| node.after);
        let node = Node {
            key,
            value,
            before,
            after,
        };
        let index = u32::try_from(self.nodes.insert(node))
            .expect("an index fits, because nodes take more memory than that");
        self.link(before, index);
        self.link(index, after);
        EntryId { key, index }
    }

    /// Returns the value of an entry that was not removed.
    pub(super) fn get(&self, id: EntryId<K>) -> Option<&T> {
        let node = self.node(id.index).filter(|node| node.key == id.key);
        node.map(|node| &node.value)
    }

    pub(super) fn get_mut(&mut self, id: EntryId<K>) -> Option<&mut T> {
        let node = self.node_mut(id.index);
        node.filter(|node| node.key == id.key)
            .map(|node| &mut node.value)
    }

    /// Removes an entry, if it was not removed before.
    pub(super) fn remove(&mut self, id: EntryId<K>) -> Option<T> {
        self.get(id)?;
        let node = self.nodes.remove(id.index as usize);
        self.link(node.before, node.after);
        Some(node.value)
    }

    pub(super) fn first(&self) -> Option<K> {
        self.node(self.first).map(|node| node.key)
    }

    /// Removes the entry with the lowest key.
    pub(super) fn pop(&mut self) -> Option<(K, T)> {
        let (key, index) = (self.first()?, self.first);
        let value = self.remove(EntryId { key, index })?;
        Some((key, value))
    }
}
