//! Sets that can be waited on again.

mod ready;
mod source;

use std::{
    collections::VecDeque,
    fmt,
    future::{Future, IntoFuture},
    mem,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

use self::ready::Ready;
pub(crate) use self::source::both;
pub use self::source::{
    Collector, Drained, Each, First, Held, One, Owned, Second, Source, Sources,
};
pub use crate::set::{Entry, Sum};
use crate::{
    clock::Endless,
    drive::{self, Completions, Drive, Live, Next, Take},
    mode::AsValue,
    panics::Panics,
    set::{self, Close, Outlined, Permits, Progress, Set},
    supply::{Exhausted, Supply},
    trace::{self, Place, Watched},
};

/// Futures of one type that run together, and can be waited on again and again.
///
/// It is what [`wait!`](crate::wait) leaves over, and a source for every macro: `..pending` gives it away,
/// `..&mut pending` lends it to a loop of [`as_completed!`](crate::as_completed), whose body may push to it. A future runs
/// only while something that has the set is awaited; dropping the set cancels what it holds.
///
/// Every future has an index, the number of those that were pushed before it, which it keeps over all waits.
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
/// A wait costs what was woken, not what is in the set. The memory of a future that is done is used again.
///
/// # Panics
///
/// A panic of a future goes on to whoever waits, after everything else in the set was dropped. Waiting on it after that
/// panics.
pub struct Pending<F: Future, T = <F as Future>::Output>(Outlined<Box<Inner<F, T>>>);

// What the futures give is a parameter: were it `F::Output` here, a loop over futures whose types hold closures that
// borrow could not be seen to be `Send`.
struct Inner<F: Future, T> {
    set: Set<Watched!(Entry<F, T>, AsValue)>,
    /// What is done and was not handed out.
    ready: Ready<T>,
    /// How many run at once where nobody says otherwise.
    limit: usize,
    /// A future has panicked.
    broken: bool,
}

// The set's futures are pinned where they are, not here.
impl<F: Future, T> Unpin for Pending<F, T> {}

impl<F: Future> Pending<F> {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self(Outlined::new(Box::new(Inner {
            set: Set::new(),
            ready: Ready::new(),
            limit: usize::MAX,
            broken: false,
        })))
    }

    /// Adds a future and gives its index. It is polled from the next wait on.
    #[inline]
    pub fn push(&mut self, future: F) -> usize {
        self.add(Entry::own(future))
    }

    /// How many are in the set: those that are not done, and those that are done and were not handed out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.set.len() + self.0.ready.len()
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits for the next one to be done and gives its output; `None` if the set is empty.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: what is done meanwhile stays in the set.
    ///
    /// # Panics
    ///
    /// If a future does, or did before.
    #[inline]
    #[allow(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream"
    )]
    pub fn next(&mut self) -> Next<&mut Self> {
        Next::new(self)
    }

    /// Awaits `future` while the set goes on. What is done meanwhile stays in the set.
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
    /// Dropping it drops `future`; nothing of the set is lost.
    ///
    /// # Panics
    ///
    /// If `future` does, or a future of the set does or did before.
    #[inline]
    pub fn drive<X: IntoFuture>(&mut self, future: X) -> Drive<X::IntoFuture, &mut Self> {
        Drive::new(future.into_future(), self)
    }
}

impl<F: Future> Pending<F> {
    /// Lets at most so many run at once.
    pub(crate) fn set_limit(&mut self, limit: Option<usize>) {
        self.0.limit = limit.unwrap_or(usize::MAX);
    }

    /// Adds a future that may come from another set.
    pub(crate) fn add(&mut self, entry: Entry<F>) -> usize {
        let place = Place::Index(self.0.set.next_index());
        self.0.set.push(trace::branch::<_, AsValue>(entry, place))
    }

    /// Adds futures that may come from other sets.
    pub(crate) fn fill(&mut self, entries: Vec<Entry<F>>) {
        let next = self.0.set.next_index();
        let place = |n| Place::Index(next + n);
        (self.0.set).fill(trace::branches::<_, AsValue>(entries, place));
    }

    /// Announces that about as many futures will be pushed.
    pub(crate) fn expect(&mut self, futures: usize) {
        self.0.set.expect(futures);
    }

    /// Lets the next push have this index at least.
    pub(crate) fn skip_to(&mut self, index: usize) {
        self.0.set.skip_to(index);
    }

    /// The index of the next push.
    pub(crate) fn next_index(&self) -> usize {
        self.0.set.next_index()
    }

    /// Results that were not handed out.
    #[inline]
    pub(crate) fn ready(&self) -> usize {
        self.0.ready.len()
    }

    /// Returns whether `is` holds of a result that was not handed out.
    pub(crate) fn any_ready(&self, is: fn(&F::Output) -> bool) -> bool {
        self.0.ready.any(is)
    }

    /// Futures that are not done.
    #[inline]
    pub(crate) fn live(&self) -> usize {
        self.0.set.len()
    }

    /// Shows the futures that are not done, and were pushed here, to `see`, in no order.
    pub(crate) fn visit_own(&mut self, mut see: impl FnMut(Pin<&mut F>)) {
        (self.0.set).visit(|branch| trace::inner(branch).visit_own(&mut see));
    }

    /// Hands out the result that came first.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(usize, F::Output)> {
        self.0.ready.pop()
    }

    /// Adds a result.
    pub(crate) fn push_ready(&mut self, index: usize, output: F::Output) {
        let more = self.0.set.len();
        self.0.ready.push(index, output, more);
    }

    /// Takes those out that came after the first.
    #[inline]
    pub(crate) fn take_rest(&mut self) -> VecDeque<(usize, F::Output)> {
        self.0.ready.take_rest()
    }

    /// Permits that are taken, where results keep theirs.
    pub(crate) fn taken(&self) -> usize {
        self.0.set.running() + self.0.ready.len()
    }

    /// Lets the set come to an end after a deadline, see [`Set::close`]: under a limit of the caller's, at least a turn's
    /// number of futures may still have their first poll, and always as many as there are places for.
    pub(crate) fn close(&mut self, close: Close, limit: Option<usize>) {
        let starts = limit.map(|_| self.free(limit).max(set::POLL_BUDGET_WITH_STARTS));
        self.0.set.close(close, starts);
    }

    /// See [`Set::reopen`].
    #[inline]
    pub(crate) fn reopen(&mut self) {
        self.0.set.reopen();
    }

    /// See [`Set::rest`].
    #[inline]
    pub(crate) fn rest(&mut self) {
        self.0.set.reset_budget();
    }

    /// Permits beside those that are taken.
    pub(crate) fn free(&self, limit: Option<usize>) -> usize {
        let free = self.places(limit).free(self.0.set.running());
        free.saturating_sub(self.0.set.unpolled())
    }

    /// A `limit` of the caller's, under which results keep their places, or else that of the set.
    fn places(&self, limit: Option<usize>) -> Permits {
        match limit {
            Some(limit) => Permits::kept(limit, self.0.ready.len()),
            None => Permits::freed(self.0.limit),
        }
    }

    /// Polls the futures that were woken, then starts those that there are places for, from the set and then from `source`.
    /// Outputs go into the queue, and each is shown to `see`; `take` says whether the first of them ends the turn.
    ///
    /// If anything panics, everything is dropped, also the source.
    pub(crate) fn turn<I: Supply<Entry<F>>>(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut Option<I>,
        limit: Option<usize>,
        take: Take,
        mut see: impl FnMut(&F::Output),
    ) -> Progress {
        assert!(
            !self.0.broken,
            "a set was polled after a panic of a future in it"
        );
        let guard = Guard {
            pending: self,
            source,
        };
        let (pending, source) = (&mut *guard.pending, &mut *guard.source);
        // What is drawn from an iterator may be a task, which runs from then on: places that are free are filled before a
        // result ends the turn.
        let free = pending.starts(limit);
        pending.draw(source, free);
        let places = pending.places(limit);
        let Inner { set, ready, .. } = &mut **pending.0;
        let most = set.len();
        let mut turn = set.poll(cx, places, keep(ready, most, take, &mut see));
        while !matches!(turn, Progress::Stopped(())) && source.is_some() {
            if pending.free(limit) > 0 && pending.0.set.is_turn_full() {
                turn = Progress::Yielded;
                break;
            }
            let free = pending.starts(limit);
            if !pending.draw(source, free) {
                break;
            }
            let places = pending.places(limit);
            let Inner { set, ready, .. } = &mut **pending.0;
            let most = set.len();
            match set.poll_unpolled(cx, places, keep(ready, most, take, &mut see)) {
                Progress::Done => {}
                other => turn = other,
            }
        }
        let progress = pending.0.set.yielding(cx, turn);
        mem::forget(guard);
        progress
    }

    /// How many futures may be taken from the source now.
    fn starts(&self, limit: Option<usize>) -> usize {
        let set = &self.0.set;
        let turn = set::POLL_BUDGET_WITH_STARTS.saturating_sub(set.unpolled());
        self.free(limit).min(turn).min(set.may_start())
    }

    /// Takes at most `most` futures from the source. Whether there was one.
    fn draw<I: Supply<Entry<F>>>(&mut self, source: &mut Option<I>, most: usize) -> bool {
        for n in 0..most {
            let Some(entry) = source.as_mut().and_then(Supply::draw) else {
                *source = None;
                return n > 0;
            };
            self.add(entry);
        }
        most > 0
    }

    /// Takes everything out, in the order of indices, with these.
    pub(crate) fn into_entries(mut self) -> Vec<(usize, Entry<F>)> {
        let set = mem::replace(&mut self.0.set, Set::new());
        let (first, rest) = (self.pop(), self.take_rest());
        let held = set.into_detached();
        let held = held
            .into_iter()
            .map(|(index, held)| (index, Entry::detached(held)));
        let done =
            (first.into_iter().chain(rest)).map(|(index, output)| (index, Entry::done(output)));
        let mut all: Vec<_> = held.chain(done).collect();
        all.sort_by_key(|(index, _)| *index);
        all
    }
}

/// Returns what shows each output to `see` and puts it into the queue, into which at most `most` of them will come.
#[inline]
fn keep<T>(
    ready: &mut Ready<T>,
    most: usize,
    take: Take,
    see: &mut impl FnMut(&T),
) -> impl FnMut(usize, T) -> ControlFlow<()> {
    move |index, output| {
        see(&output);
        ready.push(index, output, most);
        match take {
            Take::One => ControlFlow::Break(()),
            Take::All => ControlFlow::Continue(()),
        }
    }
}

/// Drops everything when a future panics.
struct Guard<'a, F: Future, I> {
    pending: &'a mut Pending<F>,
    source: &'a mut Option<I>,
}

impl<F: Future, I> Drop for Guard<'_, F, I> {
    fn drop(&mut self) {
        self.pending.0.broken = true;
        let mut panics = Panics::default();
        self.pending.0.clear(&mut panics);
        panics.drop(self.source.take());
        panics.resume();
    }
}

impl<F: Future, T> Pending<F, T> {
    /// Drops the futures that are not done.
    pub(crate) fn drop_futures(&mut self, panics: &mut Panics) {
        self.0.set.clear(panics);
    }
}

impl<F: Future, T> Inner<F, T> {
    /// Drops everything.
    #[cold]
    #[inline(never)]
    fn clear(&mut self, panics: &mut Panics) {
        self.set.clear(panics);
        while let Some((_, output)) = self.ready.pop() {
            panics.drop(output);
        }
    }
}

impl<F: Future, T> Drop for Inner<F, T> {
    fn drop(&mut self) {
        if self.set.len() > 0 || self.ready.len() > 0 {
            let mut panics = Panics::default();
            self.clear(&mut panics);
            panics.resume();
        }
    }
}

impl<F: Future> Live for &mut Pending<F> {
    type Output = F::Output;

    fn turn(&mut self, cx: &mut Context<'_>, limit: Option<usize>, take: Take) -> Progress {
        Pending::turn(self, cx, &mut None::<Exhausted>, limit, take, |_| {})
    }

    fn len(&self) -> usize {
        Pending::len(self)
    }

    #[inline]
    fn ready(&self) -> usize {
        Pending::ready(self)
    }

    #[inline]
    fn pop(&mut self) -> Option<(usize, F::Output)> {
        Pending::pop(self)
    }

    #[inline]
    fn is_live(&self) -> bool {
        self.live() > 0
    }

    fn taken(&self) -> usize {
        Pending::taken(self)
    }

    fn close(&mut self, close: Close, limit: Option<usize>) {
        Pending::close(self, close, limit);
    }

    #[inline]
    fn reopen(&mut self) {
        Pending::reopen(self);
    }

    #[inline]
    fn rest(&mut self) {
        Pending::rest(self);
    }
}

impl<F: Future> Completions for &mut Pending<F> {
    type Item = F::Output;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        drive::poll_next(self, &mut Endless, None, cx, |(_, output)| output)
    }

    fn poll_on(&mut self, cx: &mut Context<'_>) {
        drive::poll_on(self, &mut Endless, None, cx);
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
