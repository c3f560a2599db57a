//! Results that were not handed out.

use std::{collections::VecDeque, mem};

/// Results with their indices, in completion order.
///
/// What comes to an empty queue lies apart: results that are taken as they come cost no allocation, and no way through a
/// ring. Invariant: `first`, where there is one, came before the `rest`.
pub(super) struct Ready<T> {
    first: Option<(usize, T)>,
    rest: VecDeque<(usize, T)>,
}

impl<T> Ready<T> {
    /// Room to begin with, at most: where there are two results, there are soon more.
    const BEGIN: usize = match 1024 / size_of::<(usize, T)>() {
        0 => 1,
        room => room,
    };

    pub(super) const fn new() -> Self {
        Self {
            first: None,
            rest: VecDeque::new(),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    /// Adds a result; there may be `more` soon.
    #[inline]
    pub(super) fn push(&mut self, index: usize, output: T, more: usize) {
        if self.len() == 0 {
            self.first = Some((index, output));
        } else {
            if self.rest.capacity() == 0 {
                self.rest.reserve_exact(more.clamp(1, Self::BEGIN));
            }
            self.rest.push_back((index, output));
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<(usize, T)> {
        if self.first.is_some() {
            self.first.take()
        } else {
            self.rest.pop_front()
        }
    }

    /// Returns whether `is` holds of a result.
    pub(super) fn any(&self, is: fn(&T) -> bool) -> bool {
        let mut all = self.first.iter().chain(&self.rest);
        all.any(|(_, output)| is(output))
    }

    /// Takes all that came after the first.
    #[inline]
    pub(super) fn take_rest(&mut self) -> VecDeque<(usize, T)> {
        // The memory of an empty queue is kept.
        match self.rest.len() {
            0 => VecDeque::new(),
            _ => mem::take(&mut self.rest),
        }
    }
}
