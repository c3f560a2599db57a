//! Results that were not handed out.

use std::{
    collections::{VecDeque, vec_deque},
    iter, mem, option,
};

/// A queue of results and their indices, in completion order.
///
/// A result that comes to an empty queue is stored in `first`, so that results that are taken one by one need no allocation
/// and skip the ring buffer. Invariant: the result in `first`, if there is one, came before those in `later`.
#[derive(Clone, PartialEq, Eq)]
pub struct Results<T> {
    first: Option<(usize, T)>,
    later: VecDeque<(usize, T)>,
}

/// An iterator over borrowed results.
pub type Iter<'a, T> = iter::Chain<option::Iter<'a, (usize, T)>, vec_deque::Iter<'a, (usize, T)>>;

impl<T> Results<T> {
    /// Results for which the first allocation has room, at most 1 KiB of them: after a second result more will come soon.
    const FIRST_CAPACITY: usize = match 1024 / size_of::<(usize, T)>() {
        0 => 1,
        capacity => capacity,
    };

    pub(super) const fn new() -> Self {
        Self {
            first: None,
            later: VecDeque::new(),
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.later.len()
    }

    /// Adds a result. About `expected` more results may follow.
    #[inline]
    pub(crate) fn push(&mut self, index: usize, output: T, expected: usize) {
        if self.len() == 0 {
            self.first = Some((index, output));
        } else {
            self.push_later(index, output, expected);
        }
    }

    // A call keeps the growth of the ring buffer out of the code that polls futures.
    #[inline(never)]
    fn push_later(&mut self, index: usize, output: T, expected: usize) {
        if self.later.capacity() == 0 {
            let capacity = expected.clamp(1, Self::FIRST_CAPACITY);
            self.later.reserve_exact(capacity);
        }
        self.later.push_back((index, output));
    }

    /// Returns the index of the first result.
    #[inline]
    pub(crate) fn first_index(&self) -> Option<usize> {
        let first = self.first.as_ref().or_else(|| self.later.front());
        first.map(|(index, _)| *index)
    }

    /// Takes the first result.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(usize, T)> {
        if self.first.is_some() {
            self.first.take()
        } else {
            self.later.pop_front()
        }
    }

    /// Takes the last result.
    #[inline]
    pub(crate) fn pop_back(&mut self) -> Option<(usize, T)> {
        self.later.pop_back().or_else(|| self.first.take())
    }

    /// Takes the result with this index.
    pub(super) fn remove(&mut self, index: usize) -> Option<T> {
        let is_it = |(of, _): &(usize, T)| *of == index;
        if let Some((_, output)) = self.first.take_if(|first| is_it(first)) {
            return Some(output);
        }
        let at = self.later.iter().position(is_it)?;
        self.later.remove(at).map(|(_, output)| output)
    }

    pub(crate) fn iter(&self) -> Iter<'_, T> {
        self.first.iter().chain(&self.later)
    }

    /// Takes all results. The first of them is in `first`, so that equal results are equal values.
    #[inline(never)]
    pub(super) fn take(&mut self) -> Self {
        let first = self.pop();
        // An empty buffer stays, with its memory.
        let later = match self.later.len() {
            0 => VecDeque::new(),
            _ => mem::take(&mut self.later),
        };
        Self { first, later }
    }
}
