//! The errors that the macros give.

use std::{error::Error, fmt, io, time::Duration};

/// A deadline passed: what a call with `timeout` or `each_timeout` gives for what was not done in time.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use std::{future::pending, time::Duration};
///
/// let late = rejoin::gather!(pending::<()>(), timeout = 1.5s).await.unwrap_err();
/// assert_eq!(late.after(), Duration::from_millis(1500));
/// assert_eq!(late.to_string(), "timed out after 1.5s");
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimedOut {
    after: Duration,
}

impl TimedOut {
    pub(crate) const fn new(after: Duration) -> Self {
        Self { after }
    }

    /// How long was waited: the option's value, counted from the first poll.
    #[must_use]
    pub const fn after(&self) -> Duration {
        self.after
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "timed out after {:?}", self.after)
    }
}

impl Error for TimedOut {}

/// An error of kind [`io::ErrorKind::TimedOut`], with the [`TimedOut`] inside.
impl From<TimedOut> for io::Error {
    fn from(late: TimedOut) -> Self {
        Self::new(io::ErrorKind::TimedOut, late)
    }
}

/// How to see an error as one of [`Error`], where its type can be seen so.
pub type Source<E> = Option<fn(&E) -> &(dyn Error + 'static)>;

/// All errors that ended a failing group: what `task_group!(<E> ..)` gives. Never empty.
///
/// They stand in the order in which they happened, that of the body last.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let failures = rejoin::task_group!(<std::num::ParseIntError> |tg| {
///     tg.spawn_scoped(async { "x".parse::<u8>() });
///     tg.spawn_scoped(async { "300".parse::<u8>() });
///     Ok(())
/// })
/// .await
/// .unwrap_err();
/// assert_eq!(failures.len(), 2);
/// assert_eq!(failures.to_string(), "2 failures:\ninvalid digit found in string\nnumber too large to fit in target type");
/// # }
/// ```
///
/// It is an [`Error`] where `E` is `Debug` and `Display`, whether `E` is one or not, so that `?` takes it into
/// `Box<dyn Error + Send + Sync>` and what is like it. Its [`source`](Error::source) is the first of them, where that is an
/// [`Error`], or dereferences to one as a `Box<dyn Error + Send + Sync>` does.
#[derive(Clone)]
pub struct Failures<E> {
    all: Vec<E>,
    source: Source<E>,
}

impl<E> Failures<E> {
    /// Of all these, unless there are none.
    pub(crate) fn new(all: Vec<E>, source: Source<E>) -> Option<Self> {
        (!all.is_empty()).then_some(Self { all, source })
    }

    /// The error that happened first.
    #[must_use]
    pub fn first(&self) -> &E {
        &self.all[0]
    }

    /// The error that happened first, for its own sake.
    #[must_use]
    pub fn into_first(mut self) -> E {
        self.all.swap_remove(0)
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, E> {
        self.all.iter()
    }

    /// How many there are, at least one.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.all.len()
    }
}

impl<E> IntoIterator for Failures<E> {
    type Item = E;
    type IntoIter = std::vec::IntoIter<E>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl<'a, E> IntoIterator for &'a Failures<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E: fmt::Debug> fmt::Debug for Failures<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Failures").field(&self.all).finish()
    }
}

impl<E: fmt::Display> fmt::Display for Failures<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.len() == 1 { "" } else { "s" };
        write!(f, "{} failure{plural}:", self.len())?;
        self.iter().try_for_each(|error| write!(f, "\n{error}"))
    }
}

impl<E: fmt::Debug + fmt::Display> Error for Failures<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.map(|source| source(self.first()))
    }
}
