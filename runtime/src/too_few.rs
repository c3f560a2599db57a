//! The error of a gather with too few successes.

use std::{error::Error, fmt};

/// The error of a [`gather!`](crate::gather) with `need = n`, if fewer than `n` branches succeeded.
///
/// It holds the errors in completion order. The last one is the error after which `n` successes could not be reached any more:
/// branches that were not done then have been dropped. There are no errors if the call had fewer than `n` branches from the
/// beginning, for example if a collection was empty.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use std::future::ready;
///
/// let replicas = ["x", "7", "y"].map(|text| ready(text.parse::<u8>()));
/// let error = rejoin::gather!(..replicas, need = 2).await.unwrap_err();
/// assert_eq!((error.needed(), error.succeeded(), error.errors().len()), (2, 1, 2));
/// assert_eq!(
///     error.to_string(),
///     "1 of 2 needed successes; 2 failures:\ninvalid digit found in string\ninvalid digit found in string",
/// );
/// # }
/// ```
///
/// `TooFew<E>` implements [`Error`] if `E` implements `Debug` and `Display`, even if `E` is no [`Error`]. So `?` converts it to
/// `Box<dyn Error + Send + Sync>` or `anyhow::Error`. It has no [`source`](Error::source), because its text contains its errors.
#[derive(Clone, PartialEq, Eq)]
pub struct TooFew<E> {
    needed: usize,
    succeeded: usize,
    errors: Vec<E>,
}

impl<E> TooFew<E> {
    pub(crate) const fn new(needed: usize, succeeded: usize, errors: Vec<E>) -> Self {
        Self {
            needed,
            succeeded,
            errors,
        }
    }

    /// Adds an error.
    pub(crate) fn push(&mut self, error: E) {
        self.errors.push(error);
    }

    /// Returns the number of successes that the call needed: the value of the option.
    #[must_use]
    pub const fn needed(&self) -> usize {
        self.needed
    }

    /// Returns the number of branches that succeeded before the call ended. Their values were dropped.
    #[must_use]
    pub const fn succeeded(&self) -> usize {
        self.succeeded
    }

    /// Returns the errors, in completion order.
    #[must_use]
    pub fn errors(&self) -> &[E] {
        &self.errors
    }

    /// Returns an iterator over the errors.
    pub fn iter(&self) -> std::slice::Iter<'_, E> {
        self.errors.iter()
    }

    /// Consumes the error and returns the errors of the branches, in completion order.
    #[must_use]
    pub fn into_errors(self) -> Vec<E> {
        self.errors
    }
}

impl<E> IntoIterator for TooFew<E> {
    type Item = E;
    type IntoIter = std::vec::IntoIter<E>;

    fn into_iter(self) -> Self::IntoIter {
        self.errors.into_iter()
    }
}

impl<'a, E> IntoIterator for &'a TooFew<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E: fmt::Debug> fmt::Debug for TooFew<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TooFew")
            .field("needed", &self.needed)
            .field("succeeded", &self.succeeded)
            .field("errors", &self.errors)
            .finish()
    }
}

impl<E: fmt::Display> fmt::Display for TooFew<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} needed successes; ",
            self.succeeded, self.needed
        )?;
        match self.errors.len() {
            0 => return f.write_str("no failures"),
            1 => f.write_str("1 failure:")?,
            count => write!(f, "{count} failures:")?,
        }
        self.errors
            .iter()
            .try_for_each(|error| write!(f, "\n{error}"))
    }
}

impl<E: fmt::Debug + fmt::Display> Error for TooFew<E> {}
