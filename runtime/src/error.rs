//! The errors that the macros return.

use std::{error::Error, fmt, io, time::Duration};

/// The error of a call or a branch that was not done within its `timeout` or `each_timeout`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use std::{future::pending, time::Duration};
///
/// let error = rejoin::gather!(pending::<()>(), timeout = 1.5s).await.unwrap_err();
/// assert_eq!(error.after(), Duration::from_millis(1500));
/// assert_eq!(error.to_string(), "timed out after 1.5s");
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias("Elapsed", "TimeoutError"))]
pub struct TimedOut {
    after: Duration,
}

impl TimedOut {
    pub(crate) const fn new(after: Duration) -> Self {
        Self { after }
    }

    /// Returns the timeout that elapsed: the value of the option, measured from the first poll.
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

/// Wraps the error in an [`io::Error`] of the kind [`TimedOut`](io::ErrorKind::TimedOut).
impl From<TimedOut> for io::Error {
    fn from(error: TimedOut) -> Self {
        Self::new(io::ErrorKind::TimedOut, error)
    }
}

/// The error of a branch that has a key, for example of one branch of a spread of pairs.
///
/// A [`gather!`](crate::gather) over pairs whose futures return `Result<T, E>` fails with the first error and the key of its branch. If
/// the call names an error type, the error is converted without its key.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use rejoin::{At, gather};
/// use std::num::ParseIntError;
///
/// let texts = ["12", "x"].map(|text| (text, async move { text.parse::<u8>() }));
/// let error: At<&str, ParseIntError> = gather!(..texts).await.unwrap_err();
/// assert_eq!(error.key, "x");
/// assert_eq!(error.to_string(), "\"x\": invalid digit found in string");
/// # }
/// ```
///
/// It implements [`Error`] if the key is `Debug` and the error is an [`Error`], which is then its [`source`](Error::source). To convert
/// it to `anyhow::Error` or `Box<dyn Error>`, use keys that own their data, for example `String` instead of `&str`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At<K, E> {
    /// The key of the branch.
    pub key: K,
    /// Its error.
    pub error: E,
}

impl<K: fmt::Debug, E: fmt::Display> fmt::Display for At<K, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.key, self.error)
    }
}

impl<K: fmt::Debug, E: Error + 'static> Error for At<K, E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// The error of a call that its `until` has ended.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use rejoin::{Stopped, gather};
/// use std::{future::pending, time::Duration};
///
/// let shutdown = tokio::time::sleep(Duration::from_secs(1));
/// let error = gather!(pending::<()>(), until = shutdown).await.unwrap_err();
/// assert_eq!(error, Stopped);
/// assert_eq!(error.to_string(), "stopped before it was done");
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias("Cancelled", "Aborted"))]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped before it was done")
    }
}

impl Error for Stopped {}

/// Wraps the error in an [`io::Error`] of the kind [`Interrupted`](io::ErrorKind::Interrupted).
impl From<Stopped> for io::Error {
    fn from(error: Stopped) -> Self {
        Self::new(io::ErrorKind::Interrupted, error)
    }
}

/// Converts `&E` to `&dyn Error`, if `E` supports it.
pub type AsDynError<E> = Option<fn(&E) -> &(dyn Error + 'static)>;

/// The errors of a failing group, `task_group!(<E> ..)`. There is always at least one.
///
/// They are in the order in which they happened, the error of the body last.
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
/// `Failures<E>` implements [`Error`] if `E` implements `Debug` and `Display`, even if `E` is no [`Error`]. So `?` converts it
/// to `Box<dyn Error + Send + Sync>` or `anyhow::Error`. Its [`source`](Error::source) is the first error, if that is an
/// [`Error`], or dereferences to one like `Box<dyn Error + Send + Sync>`.
///
/// An error `E` converts to a `Failures<E>`, so that `?` can be used before a group as well:
///
/// ```
/// use rejoin::{Failures, task_group};
/// use std::{fs, io};
///
/// async fn load(paths: Vec<String>) -> Result<(), Failures<io::Error>> {
///     let _config = fs::read("/a/file/that/does/not/exist")?;
///     task_group!(<io::Error> |tg| {
///         for path in paths {
///             tg.spawn_blocking(move || fs::read(path).map(drop));
///         }
///         Ok(())
///     })
///     .await
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let failures = load(vec![]).await.unwrap_err();
/// assert_eq!(failures.first().kind(), io::ErrorKind::NotFound);
/// assert_eq!(io::Error::from(failures).kind(), io::ErrorKind::NotFound);
/// # }
/// ```
#[derive(Clone)]
#[doc(alias("ExceptionGroup", "BaseExceptionGroup"))]
pub struct Failures<E> {
    all: Vec<E>,
    as_dyn_error: AsDynError<E>,
}

impl<E> Failures<E> {
    /// Creates the error of a group, if it has any errors.
    pub(crate) fn new(all: Vec<E>, as_dyn_error: AsDynError<E>) -> Option<Self> {
        (!all.is_empty()).then_some(Self { all, as_dyn_error })
    }

    /// Returns the error that happened first.
    #[must_use]
    pub fn first(&self) -> &E {
        &self.all[0]
    }

    /// Consumes the failures and returns the error that happened first.
    #[must_use]
    pub fn into_first(mut self) -> E {
        self.all.swap_remove(0)
    }

    /// Returns the errors as a slice, which is never empty.
    #[must_use]
    pub fn as_slice(&self) -> &[E] {
        &self.all
    }

    /// Returns an iterator over the errors.
    pub fn iter(&self) -> std::slice::Iter<'_, E> {
        self.all.iter()
    }

    /// Returns the number of errors, at least one.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.all.len()
    }
}

/// Creates the failures that consist of one error.
impl<E: Error + 'static> From<E> for Failures<E> {
    fn from(error: E) -> Self {
        Self {
            all: vec![error],
            as_dyn_error: Some(|error| error),
        }
    }
}

/// Wraps the failures in an [`io::Error`] of the kind of the first one.
impl From<Failures<Self>> for io::Error {
    fn from(failures: Failures<Self>) -> Self {
        Self::new(failures.first().kind(), failures)
    }
}

impl<E: PartialEq> PartialEq for Failures<E> {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl<E: Eq> Eq for Failures<E> {}

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
        self.as_dyn_error
            .map(|as_dyn_error| as_dyn_error(self.first()))
    }
}
