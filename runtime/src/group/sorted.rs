//! A list in the order of its keys, which most often come in ascending order.

#[cfg(all(test, not(rejoin_loom)))]
mod tests;

use slab::Slab;

/// Entries, linked in the order of their keys.
///
/// An entry that leaves leaves no hole, so the list is as large as the most entries that it had at once. Adding one takes as many
/// steps as there are greater keys in the list.
pub(super) struct Sorted<K, T> {
    nodes: Slab<Node<K, T>>,
    first: u32,
    last: u32,
}

/// No node.
const NONE: u32 = u32::MAX;

struct Node<K, T> {
    key: K,
    value: T,
    before: u32,
    after: u32,
}

/// Where an entry is found again, as long as it is there. A list gets each key only once.
#[derive(Clone, Copy)]
pub(super) struct Slot<K> {
    key: K,
    index: u32,
}

impl<K, T> Default for Sorted<K, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, T> Sorted<K, T> {
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

    /// Makes two nodes neighbours; none before the first, and none after the last.
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

    /// The values, in the order of their keys.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        let mut next = self.first;
        std::iter::from_fn(move || {
            let node = self.node(next)?;
            next = node.after;
            Some(&node.value)
        })
    }
}

impl<K: Ord + Copy, T> Sorted<K, T> {
    /// Adds an entry under a new key.
    pub(super) fn insert(&mut self, key: K, value: T) -> Slot<K> {
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
        let index = u32::try_from(self.nodes.insert(node)).expect("so many do not fit into memory");
        self.link(before, index);
        self.link(index, after);
        Slot { key, index }
    }

    /// Returns the value of an entry, if it is still there.
    pub(super) fn get(&self, slot: Slot<K>) -> Option<&T> {
        let node = self.node(slot.index).filter(|node| node.key == slot.key);
        node.map(|node| &node.value)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, slot: Slot<K>) -> Option<&mut T> {
        let node = self.node_mut(slot.index);
        node.filter(|node| node.key == slot.key)
            .map(|node| &mut node.value)
    }

    /// Takes an entry out, if it is still there.
    pub(super) fn remove(&mut self, slot: Slot<K>) -> Option<T> {
        self.get(slot)?;
        let node = self.nodes.remove(slot.index as usize);
        self.link(node.before, node.after);
        Some(node.value)
    }

    /// The lowest key.
    pub(super) fn first(&self) -> Option<K> {
        self.node(self.first).map(|node| node.key)
    }

    /// Takes out the entry with the lowest key.
    pub(super) fn pop(&mut self) -> Option<(K, T)> {
        let (key, index) = (self.first()?, self.first);
        let value = self.remove(Slot { key, index })?;
        Some((key, value))
    }
}
