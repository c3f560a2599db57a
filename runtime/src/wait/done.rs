//! What is done when a wait returns.

use std::{collections::VecDeque, fmt, iter::FusedIterator};

/// The results that a [`wait!`](crate::wait) gives, in completion order.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use std::future::ready;
///
/// let (done, pending) = rejoin::wait!(ready('a'), ready('b')).await;
/// assert!(pending.is_empty());
/// assert_eq!(done.len(), 2);
/// assert!(done.iter().eq(&['a', 'b']));
/// assert_eq!(done.indexed().collect::<Vec<_>>(), [(0, 'a'), (1, 'b')]);
/// # }
/// ```
#[must_use = "a `Done` holds the results: loop over it, or write `let _ = ..` if they say nothing"]
#[derive(Clone, PartialEq, Eq)]
pub struct Done<T> {
    /// What came first, apart: a wait for one result allocates nothing.
    first: Option<(usize, T)>,
    rest: VecDeque<(usize, T)>,
}

impl<T> Done<T> {
    #[inline]
    pub(super) fn new(first: Option<(usize, T)>, rest: VecDeque<(usize, T)>) -> Self {
        Self { first, rest }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// The results.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + FusedIterator + Clone {
        let all = self.first.iter().chain(&self.rest);
        all.map(|(_, output)| output)
    }

    /// The results with their indices: places among the arguments, and then among the pushes, over all waits.
    pub fn indexed(self) -> IntoIndexed<T> {
        IntoIndexed {
            first: self.first,
            rest: self.rest,
        }
    }
}

impl<T> IntoIterator for Done<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self.indexed())
    }
}

impl<T: fmt::Debug> fmt::Debug for Done<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The results of a [`Done`] with their indices.
#[derive(Clone)]
pub struct IntoIndexed<T> {
    first: Option<(usize, T)>,
    rest: VecDeque<(usize, T)>,
}

/// The results of a [`Done`].
#[derive(Clone)]
pub struct IntoIter<T>(IntoIndexed<T>);

impl<T> Iterator for IntoIndexed<T> {
    type Item = (usize, T);

    #[inline]
    fn next(&mut self) -> Option<(usize, T)> {
        self.first.take().or_else(|| self.rest.pop_front())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = usize::from(self.first.is_some()) + self.rest.len();
        (len, Some(len))
    }
}

impl<T> DoubleEndedIterator for IntoIndexed<T> {
    fn next_back(&mut self) -> Option<(usize, T)> {
        self.rest.pop_back().or_else(|| self.first.take())
    }
}

impl<T> ExactSizeIterator for IntoIndexed<T> {}

impl<T> FusedIterator for IntoIndexed<T> {}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.next().map(|(_, output)| output)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> DoubleEndedIterator for IntoIter<T> {
    fn next_back(&mut self) -> Option<T> {
        self.0.next_back().map(|(_, output)| output)
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}

impl<T> FusedIterator for IntoIter<T> {}

impl<T: fmt::Debug> fmt::Debug for IntoIndexed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.first.iter().chain(&self.rest))
            .finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.first.iter().chain(&self.0.rest);
        f.debug_list()
            .entries(all.map(|(_, output)| output))
            .finish()
    }
}
