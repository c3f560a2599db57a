//! Sets of futures that can be waited on again.

mod poll;
mod results;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
mod source;
mod stream;

use std::{
    fmt,
    future::{Future, IntoFuture},
    mem,
    pin::Pin,
};

pub(crate) use self::{poll::Keep, source::both};
pub use self::{
    results::{Iter, Results},
    source::{Collector, Drained, Each, EachOfStream, First, Held, One, Second, Source, Sources},
};
pub use crate::set::{Entry, Sum};
use crate::{
    drive::{Drive, Next},
    mode::AsValue,
    panics::Panics,
    set::{self, Close, Outlined, Permits, Set},
    trace::{self, BranchId, Watched},
};

/// A set of futures of one type that run concurrently, which can be waited on again and again.
///
/// [`wait!`](crate::wait) returns its unfinished futures as a `Pending`, and every macro accepts one as an argument:
/// `..pending` moves the set into the call, and `..&mut pending` lends it to a loop of
/// [`as_completed!`](crate::as_completed), and the body of the loop may push to it. The futures only make progress while the set, or a call
/// that holds it, is awaited. Dropping the set cancels its futures.
///
/// Each future has an index, the number of futures that were pushed before it. The index stays the same over all waits.
///
/// A `Pending` is also a [`Stream`](futures_core::Stream) of outputs in completion order, like [`next`](Self::next). The stream ends when the set is
/// empty, and continues after a push.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use rejoin::{Pending, wait};
/// use std::time::Duration;
///
/// async fn after(ms: u64) -> u64 {
///     tokio::time::sleep(Duration::from_millis(ms)).await;
///     ms
/// }
///
/// let mut pending: Pending<_> = [30, 10, 20].map(after).into_iter().collect();
/// while !pending.is_empty() {
///     let (done, rest) = wait!(..pending, return_when = FIRST_COMPLETED).await;
///     pending = rest;
///     for ms in done {
///         if ms == 10 {
///             assert_eq!(pending.push(after(5)), 3);
///         }
///     }
/// }
/// # }
/// ```
///
/// # Cost
///
/// The cost of a wait grows with the number of futures that were woken, not with the size of the set. The memory of finished
/// futures is reused.
///
/// # Panics
///
/// If a future panics, the other futures and the results in the set are dropped, and the panic continues in the caller that
/// polled the set. Polling the set again panics.
#[doc(alias("FuturesUnordered", "JoinSet"))]
pub struct Pending<F: Future, T = <F as Future>::Output>(Outlined<Box<Inner<F, T>>>);

// The output type is a parameter. With a field of type `F::Output` the compiler could not prove that a loop is `Send` if its
// futures contain borrowing closures.
struct Inner<F: Future, T> {
    set: Set<Watched!(Entry<F, T>, AsValue)>,
    /// Results that were not handed out.
    results: Results<T>,
    /// The maximum number of futures that run at once, if the call that polls the set has no `limit`.
    limit: usize,
    /// Whether a future has panicked.
    broken: bool,
}

// The futures are pinned in the memory of the set.
impl<F: Future, T> Unpin for Pending<F, T> {}

impl<F: Future> Pending<F> {
    /// Creates an empty set.
    #[must_use]
    pub fn new() -> Self {
        Self(Outlined::new(Box::new(Inner {
            set: Set::new(),
            results: Results::new(),
            limit: usize::MAX,
            broken: false,
        })))
    }

    /// Adds a future and returns its index. The future is first polled by the next wait.
    #[inline]
    pub fn push(&mut self, future: F) -> usize {
        self.add(Entry::own(future))
    }

    /// Drops the future with this index, or its output if that was not handed out yet. Returns whether there was one.
    ///
    /// The index is the one that [`push`](Self::push) returned. A canceled future frees its permit of a `limit`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// use rejoin::Pending;
    /// use std::time::Duration;
    /// use tokio::time::sleep;
    ///
    /// let mut pending = Pending::new();
    /// let long = pending.push(sleep(Duration::from_secs(60)));
    /// pending.push(sleep(Duration::from_secs(1)));
    /// assert!(pending.cancel(long));
    /// assert!(!pending.cancel(long));
    /// assert_eq!(pending.next().await, Some(()));
    /// assert_eq!(pending.next().await, None);
    /// # }
    /// ```
    ///
    /// # Cost
    ///
    /// If the memory of a finished future was reused, and if the future was never polled, the time grows with the size of the set.
    ///
    /// # Panics
    ///
    /// If the drop of the future or of its output panics. The rest of the set is unchanged.
    #[doc(alias = "abort")]
    pub fn cancel(&mut self, index: usize) -> bool {
        self.0.set.cancel(index) || self.0.results.remove(index).is_some()
    }

    /// Returns the number of futures in the set, including finished ones with outputs that were not handed out yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.set.len() + self.0.results.len()
    }

    /// Checks whether the set holds neither futures nor outputs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits for the next future to finish and returns its output, or `None` if the set is empty.
    ///
    /// # Cancel safety
    ///
    /// Dropping the returned future loses no output: futures that have finished stay in the set.
    ///
    /// # Panics
    ///
    /// If a future of the set panics, or has panicked before.
    #[doc(alias = "join_next")]
    #[inline]
    #[allow(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream"
    )]
    pub fn next(&mut self) -> Next<&mut Self> {
        Next::new(self)
    }

    /// Awaits `future` while the futures of the set go on. Those that finish meanwhile stay in the set.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # use rejoin::Pending;
    /// use std::time::Duration;
    /// use tokio::time::{Instant, sleep};
    ///
    /// let start = Instant::now();
    /// let mut pending = Pending::new();
    /// pending.push(sleep(Duration::from_millis(20)));
    /// pending.drive(sleep(Duration::from_millis(30))).await;
    /// pending.next().await;
    /// assert_eq!(start.elapsed(), Duration::from_millis(30));
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the returned future drops `future`. The set loses neither futures nor outputs.
    ///
    /// # Panics
    ///
    /// If `future` panics, or a future of the set panics or has panicked before.
    #[inline]
    pub fn drive<X: IntoFuture>(&mut self, future: X) -> Drive<X::IntoFuture, &mut Self> {
        Drive::new(future.into_future(), self)
    }
}

impl<F: Future> Pending<F> {
    /// Sets the maximum number of futures that run at once.
    pub(crate) fn set_limit(&mut self, limit: Option<usize>) {
        self.0.limit = limit.unwrap_or(usize::MAX);
    }

    /// Adds a future that may come from another set.
    pub(crate) fn add(&mut self, entry: Entry<F>) -> usize {
        let id = BranchId::Index(self.0.set.next_index());
        self.0.set.push(trace::branch::<_, AsValue>(entry, id))
    }

    /// Adds futures that may come from other sets.
    pub(crate) fn fill(&mut self, entries: Vec<Entry<F>>) {
        let next = self.0.set.next_index();
        let id = |n| BranchId::Index(next + n);
        (self.0.set).fill(trace::branches::<_, AsValue>(entries, id));
    }

    /// Reserves memory for about `futures` more pushes.
    pub(crate) fn expect(&mut self, futures: usize) {
        self.0.set.expect(futures);
    }

    /// Sets the index of the next push to at least `index`.
    pub(crate) fn skip_to(&mut self, index: usize) {
        self.0.set.skip_to(index);
    }

    /// Returns the index of the next push.
    pub(crate) fn next_index(&self) -> usize {
        self.0.set.next_index()
    }

    /// Returns the indices of the futures and of the results that were not handed out, in ascending order.
    pub(crate) fn indices(&self) -> Vec<usize> {
        let results = self.0.results.iter().map(|(index, _)| *index);
        let mut all: Vec<_> = self.0.set.indices().into_iter().chain(results).collect();
        all.sort_unstable();
        all
    }

    /// Returns the number of results that were not handed out.
    #[inline]
    pub(crate) fn ready(&self) -> usize {
        self.0.results.len()
    }

    /// Returns the number of futures that are not done.
    #[inline]
    pub(crate) fn live(&self) -> usize {
        self.0.set.len()
    }

    /// Calls `visit` with each future that is not done and did not come from another set, in no particular order.
    pub(crate) fn visit_pushed(&mut self, mut visit: impl FnMut(Pin<&mut F>)) {
        (self.0.set).visit(|branch| trace::inner(branch).visit_own(&mut visit));
    }

    /// Returns the index of the first result.
    #[inline]
    pub(crate) fn first_ready(&self) -> Option<usize> {
        self.0.results.first_index()
    }

    /// Takes the first result.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(usize, F::Output)> {
        self.0.results.pop()
    }

    /// Adds a result.
    pub(crate) fn push_ready(&mut self, index: usize, output: F::Output) {
        let expected = self.0.set.len();
        self.0.results.push(index, output, expected);
    }

    /// Takes all results.
    #[inline]
    pub(crate) fn take_ready(&mut self) -> Results<F::Output> {
        self.0.results.take()
    }

    /// Returns how much of a call's limit is in use. There a result counts until it is handed out.
    pub(crate) fn taken(&self) -> usize {
        self.0.set.running() + self.0.results.len()
    }

    /// Closes the set after a deadline, see [`Set::close`]. If the call has a `limit`, the set may still start
    /// [`set::POLL_BUDGET_WITH_STARTS`] futures, or as many as the limit allows if that is more.
    pub(crate) fn close(&mut self, close: Close, limit: Option<usize>) {
        let starts = limit.map(|_| self.free(limit).max(set::POLL_BUDGET_WITH_STARTS));
        self.0.set.close(close, starts);
    }

    /// Closes a set that also takes futures from streams, without a limit. It may still start the futures that are in it, and one turn of
    /// others.
    pub(crate) fn close_with_streams(&mut self, close: Close) {
        let starts = self.0.set.unpolled() + set::POLL_BUDGET_WITH_STARTS;
        self.0.set.close(close, Some(starts));
    }

    /// See [`Set::reopen`].
    #[inline]
    pub(crate) fn reopen(&mut self) {
        self.0.set.reopen();
    }

    /// See [`Set::reset_budget`].
    #[inline]
    pub(crate) fn reset_budget(&mut self) {
        self.0.set.reset_budget();
    }

    /// Computes how many futures the limit allows in addition to the futures of the set.
    pub(crate) fn free(&self, limit: Option<usize>) -> usize {
        let free = self.permits(limit).free(self.0.set.running());
        free.saturating_sub(self.0.set.unpolled())
    }

    /// Returns the limit of the call, under which a result counts until it is handed out, or else the limit of the set.
    fn permits(&self, limit: Option<usize>) -> Permits {
        match limit {
            Some(limit) => Permits::kept(limit, self.0.results.len()),
            None => Permits::freed(self.0.limit),
        }
    }

    /// Returns all futures and results with their indices, in the order of indices.
    fn into_entries(mut self) -> Vec<(usize, Entry<F>)> {
        let set = mem::replace(&mut self.0.set, Set::new());
        let detached = set
            .into_detached()
            .map(|(index, future)| (index, Entry::detached(future)));
        let mut all: Vec<_> = detached.collect();
        while let Some((index, output)) = self.pop() {
            all.push((index, Entry::done(output)));
        }
        all.sort_by_key(|(index, _)| *index);
        all
    }
}

impl<F: Future, T> Pending<F, T> {
    /// Drops the futures and the results, because `until` of the call has panicked. The set cannot be polled any more.
    pub(crate) fn abandon(&mut self) {
        self.0.broken = true;
        let mut panics = Panics::default();
        self.0.clear(&mut panics);
        panics.resume();
    }

    /// Drops the futures that are not done.
    pub(crate) fn drop_futures(&mut self, panics: &mut Panics) {
        self.0.set.clear(panics);
    }
}

impl<F: Future, T> Inner<F, T> {
    /// Drops the futures and the results.
    #[cold]
    #[inline(never)]
    fn clear(&mut self, panics: &mut Panics) {
        self.set.clear(panics);
        while let Some((_, output)) = self.results.pop() {
            panics.drop(output);
        }
    }
}

impl<F: Future, T> Drop for Inner<F, T> {
    fn drop(&mut self) {
        if self.set.len() > 0 || self.results.len() > 0 {
            let mut panics = Panics::default();
            self.clear(&mut panics);
            panics.resume();
        }
    }
}

impl<F: Future> Default for Pending<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Future> FromIterator<F> for Pending<F> {
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut pending = Self::new();
        pending.fill(futures.into_iter().map(Entry::own).collect());
        pending
    }
}

impl<F: Future> Extend<F> for Pending<F> {
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        for future in futures {
            self.push(future);
        }
    }
}

impl<F: Future> fmt::Debug for Pending<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
