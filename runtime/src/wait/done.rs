//! The results of a wait.

use std::{fmt, iter::FusedIterator};

use crate::pending::{self, Results};

/// The results that a [`wait!`](crate::wait) returns, in completion order.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use std::future::ready;
///
/// let (done, pending) = rejoin::wait!(ready('a'), ready('b')).await;
/// assert!(pending.is_empty());
/// assert_eq!(done.len(), 2);
/// assert!(done.iter().eq(&['a', 'b']));
/// assert_eq!(done.first(), Some(&'a'));
/// assert_eq!(done.indexed().collect::<Vec<_>>(), [(0, 'a'), (1, 'b')]);
/// # }
/// ```
#[must_use = "a `Done` holds the results: loop over it, or write `let _ = ..` to ignore them"]
#[derive(Clone, PartialEq, Eq)]
pub struct Done<T> {
    results: Results<T>,
}

impl<T> Done<T> {
    #[inline]
    pub(super) const fn new(results: Results<T>) -> Self {
        Self { results }
    }

    /// Returns the number of results.
    #[must_use]
    pub fn len(&self) -> usize {
        self.results.len()
    }

    /// Checks whether there are no results.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the result that came first, or `None` if there are no results.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.iter().next()
    }

    /// Returns the result that came first and drops the others, or returns `None` if there are no results.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use std::future::{pending, ready};
    ///
    /// let (done, _) = rejoin::wait!(pending(), ready(7), return_when = FIRST_COMPLETED).await;
    /// assert_eq!(done.into_first(), Some(7));
    /// # }
    /// ```
    #[must_use]
    pub fn into_first(mut self) -> Option<T> {
        self.results.pop().map(|(_, output)| output)
    }

    /// Iterates over the results.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self.results.iter())
    }

    /// Iterates over the results with their indices. The branches are numbered in the order of the arguments, and
    /// after them in the order of the pushes. In a [`Pending`](crate::Pending), indices stay the same over all waits.
    pub fn indexed(self) -> IntoIndexed<T> {
        IntoIndexed(self.results)
    }
}

impl<T> IntoIterator for Done<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self.results)
    }
}

impl<'a, T> IntoIterator for &'a Done<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Done<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// An iterator over the results of a [`Done`], see [`Done::iter`].
pub struct Iter<'a, T>(pending::Iter<'a, T>);

/// An iterator over the results of a [`Done`], see [`Done::into_iter`].
#[derive(Clone)]
pub struct IntoIter<T>(Results<T>);

/// An iterator over the indices and results of a [`Done`], see [`Done::indexed`].
#[derive(Clone)]
pub struct IntoIndexed<T>(Results<T>);

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        self.0.next().map(|(_, output)| output)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(_, output)| output)
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

impl<T> FusedIterator for Iter<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.pop().map(|(_, output)| output)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<T> DoubleEndedIterator for IntoIter<T> {
    fn next_back(&mut self) -> Option<T> {
        self.0.pop_back().map(|(_, output)| output)
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}

impl<T> FusedIterator for IntoIter<T> {}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Iter(self.0.iter())).finish()
    }
}

impl<T> Iterator for IntoIndexed<T> {
    type Item = (usize, T);

    #[inline]
    fn next(&mut self) -> Option<(usize, T)> {
        self.0.pop()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<T> DoubleEndedIterator for IntoIndexed<T> {
    fn next_back(&mut self) -> Option<(usize, T)> {
        self.0.pop_back()
    }
}

impl<T> ExactSizeIterator for IntoIndexed<T> {}

impl<T> FusedIterator for IntoIndexed<T> {}

impl<T: fmt::Debug> fmt::Debug for IntoIndexed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}
