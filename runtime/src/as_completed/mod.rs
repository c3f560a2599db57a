//! `as_completed!`: results in completion order.

#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
pub(crate) mod arms;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
mod feed;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
pub(crate) mod fixed;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
pub(crate) mod lending;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
pub(crate) mod merge;
mod ordered;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

pub(crate) use self::feed::feed;
pub use self::{
    arms::Either,
    feed::Feed,
    ordered::{ArgumentOrder, CompletionOrder, ResultOrder},
};
use crate::{
    completion::{self, Completions},
    drive::{Drive, Next},
    end_policy::EndPolicy,
    pending::{Entry, Pending},
    supply::{self, Supply},
    trace::{Call, End, Macro},
};

/// The stream of an [`as_completed!`](crate::as_completed) call. It yields the results of its branches in completion
/// order, or with `ordered = true` in the order of arguments and pushes.
///
/// `F` is the type of the branches; the other parameters stand for the call's arguments and options, and need not be
/// named. It is a [`Stream`] and a [`FusedStream`], and has the most used methods of streams itself, so neither trait
/// has to be imported. An item is the output of a branch. With `timeout` it is a `Result<_, TimedOut>`: branches that
/// are done by the deadline yield `Ok`, then one `Err` follows if any branch was not done, and these branches are
/// dropped.
///
/// Branches run only while the stream is polled. They also run while an item is handled in [`for_each`](Self::for_each)
/// and in the loops of the macro. Dropping the stream cancels its branches.
///
/// # Panics
///
/// Resumes the panic of a branch, after everything else was dropped. Polling it after that panics. After its end it
/// keeps returning `None`.
#[must_use = "streams do nothing unless polled: write `.next().await`, or a loop"]
#[doc(alias("FuturesUnordered", "BufferUnordered"))]
pub struct AsCompleted<F: Future, I, C, O = CompletionOrder, T = <F as Future>::Output> {
    feed: Feed<F, I, T>,
    order: O,
    limit: Option<usize>,
    clock: C,
    call: Call,
}

// The branches are pinned elsewhere, and the iterator is not pinned at all.
impl<F: Future, I, C, O, T> Unpin for AsCompleted<F, I, C, O, T> {}

#[inline]
#[cfg_attr(feature = "tracing", track_caller)]
pub(crate) fn as_completed<F: Future, I: Supply<Entry<F>>, C: EndPolicy>(
    feed: Feed<F, I>,
    limit: Option<usize>,
    clock: C,
) -> AsCompleted<F, I, C> {
    let call = Call::new(Macro::AsCompleted, || feed.size_hint().0);
    AsCompleted {
        feed,
        order: CompletionOrder,
        limit,
        clock,
        call,
    }
}

/// Makes a stream with `ordered = true` of one without it, which was not polled yet.
#[inline]
pub(crate) fn in_argument_order<F: Future, I, C>(
    stream: AsCompleted<F, I, C>,
) -> AsCompleted<F, I, C, ArgumentOrder<F::Output>> {
    let AsCompleted {
        feed,
        limit,
        clock,
        call,
        ..
    } = stream;
    let order = ArgumentOrder::new(&feed.pending);
    AsCompleted {
        feed,
        order,
        limit,
        clock,
        call,
    }
}

impl<F: Future, I: Supply<Entry<F>>, C: EndPolicy, O: ResultOrder<F, I>> AsCompleted<F, I, C, O> {
    /// Waits for the next branch to be done and returns its item, or `None` after the last item.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: results that have arrived are returned by the next call.
    #[inline]
    #[allow(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream"
    )]
    pub fn next(&mut self) -> Next<&mut Self> {
        Next::new(self)
    }

    /// Adds a branch, of the type of the others, and gives its index. It may be added at any time, also to a stream that
    /// has come to its end and then goes on; after a timeout it is dropped.
    ///
    /// Under a `limit` it starts before what the arguments have not given yet.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use std::future::ready;
    ///
    /// let mut results = rejoin::as_completed!(ready(1), ready(2));
    /// assert_eq!(results.next().await, Some(1));
    /// assert_eq!(results.push(ready(3)), 2);
    /// assert_eq!(results.next().await, Some(2));
    /// assert_eq!(results.next().await, Some(3));
    /// assert_eq!(results.next().await, None);
    /// # }
    /// ```
    #[inline]
    pub fn push(&mut self, future: F) -> usize {
        if self.clock.is_over() {
            drop(future);
            return self.feed.pass_index();
        }
        self.feed.pending.push(future)
    }

    /// Drops the branch with this index, or its result if that was not yielded yet. Returns whether there was one: under a `limit`
    /// there is none for an index that was not taken from its iterator yet.
    ///
    /// The index is the position of the branch among the arguments, and then among the pushes. A canceled branch frees its permit
    /// of a `limit`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// use std::time::Duration;
    ///
    /// async fn after(seconds: u64) -> u64 {
    ///     tokio::time::sleep(Duration::from_secs(seconds)).await;
    ///     seconds
    /// }
    ///
    /// let mut results = rejoin::as_completed!(..[60, 1, 2].map(after));
    /// assert_eq!(results.next().await, Some(1));
    /// assert!(results.cancel(0));
    /// assert_eq!(results.next().await, Some(2));
    /// assert_eq!(results.next().await, None);
    /// # }
    /// ```
    ///
    /// The costs and panics are those of [`Pending::cancel`].
    #[doc(alias = "abort")]
    pub fn cancel(&mut self, index: usize) -> bool {
        self.order.cancel(&mut self.feed, index)
    }

    /// Returns a lower bound of the number of results that are still to come. It is exact if there is no `limit` or if
    /// the iterators know their length.
    #[must_use]
    pub fn len(&self) -> usize {
        self.size().0
    }

    /// Returns whether no item can come any more. As long as an iterator under a `limit` may have more futures, this is `false`,
    /// even if [`len`](Self::len) is 0.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use std::future::ready;
    ///
    /// let odd = (0..10).filter(|n| n % 2 == 1).map(ready);
    /// let mut results = rejoin::as_completed!(..odd, limit = 2);
    /// assert_eq!(results.len(), 0); // the number is not known
    /// let mut sum = 0;
    /// while !results.is_empty() {
    ///     sum += results.next().await.unwrap_or(0);
    /// }
    /// assert_eq!(sum, 25);
    /// # }
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_over()
    }

    /// Returns the same stream with the index of each result: the position of its branch among the arguments, and then
    /// among the pushes.
    ///
    /// Items are `(usize, T)`; with `timeout`, `Result<(usize, T), TimedOut>`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// use std::time::Duration;
    ///
    /// let slow_first = [20, 10].map(|ms| tokio::time::sleep(Duration::from_millis(ms)));
    /// let mut results = rejoin::as_completed!(..slow_first).indexed();
    /// assert_eq!(results.next().await, Some((1, ())));
    /// assert_eq!(results.next().await, Some((0, ())));
    /// # }
    /// ```
    #[doc(alias = "enumerate")]
    pub fn indexed(self) -> Indexed<F, I, C, O> {
        Indexed(self)
    }

    /// Returns the branches that are not done and the results that were not taken, as a set. Drops futures that a
    /// `limit` has not started.
    #[must_use]
    pub fn into_pending(mut self) -> Pending<F> {
        self.call.end(End::Done);
        self.order.return_to(&mut self.feed.pending);
        self.feed.pending
    }

    /// Calls `body` with each item and awaits what it gives, while the other branches go on.
    ///
    /// The future is `Send` if `body` borrows nothing; the loop `as_completed!(for item in .. { })` has no such limit.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// use std::time::Duration;
    /// use tokio::time::{Instant, sleep};
    ///
    /// let start = Instant::now();
    /// let work = [10, 20, 30].map(|ms| sleep(Duration::from_millis(ms)));
    /// rejoin::as_completed!(..work)
    ///     .for_each(async |()| sleep(Duration::from_millis(100)).await)
    ///     .await;
    /// assert_eq!(start.elapsed(), Duration::from_millis(310));
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream.
    #[doc(alias = "for_each_concurrent")]
    pub async fn for_each<B: AsyncFnMut(C::Item<F::Output>)>(mut self, mut body: B) {
        while let Some(item) = Next::new(&mut self).await {
            Drive::new(body(item), &mut self).await;
        }
    }
}

impl<F: Future, I: Supply<Entry<F>>, C: EndPolicy, O: ResultOrder<F, I>> Completions
    for &mut AsCompleted<F, I, C, O>
{
    type Item = C::Item<F::Output>;

    #[inline]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx, |(_, output)| output)
    }

    #[inline]
    fn poll_on(&mut self, cx: &mut Context<'_>) {
        let AsCompleted {
            feed,
            order,
            limit,
            clock,
            call,
        } = &mut **self;
        let mut live = order.live(feed);
        call.run(|_| completion::poll_on(&mut live, clock, *limit, cx));
    }
}

impl<F: Future, I: Supply<Entry<F>>, C: EndPolicy, O: ResultOrder<F, I>> AsCompleted<F, I, C, O> {
    #[inline]
    fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        item: impl FnOnce((usize, F::Output)) -> T,
    ) -> Poll<Option<C::Item<T>>> {
        let Self {
            feed,
            order,
            limit,
            clock,
            call,
        } = self;
        let mut live = order.live(feed);
        call.run(|ending| {
            let poll = completion::poll_next(&mut live, clock, *limit, cx, item);
            ending.maybe(|| completion::over(&live, clock));
            poll
        })
    }

    /// Returns the number of results that are still to come.
    fn size(&self) -> (usize, Option<usize>) {
        let stored = self.order.stored();
        supply::add((stored, Some(stored)), self.feed.size_hint())
    }

    fn hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.size();
        let ready = self.feed.pending.ready() + self.order.stored();
        self.clock.hint(ready, least, most)
    }

    fn is_over(&self) -> bool {
        !self.clock.is_late() && self.feed.is_empty() && self.order.stored() == 0
    }
}

impl<F: Future, I: Supply<Entry<F>>, C: EndPolicy, O: ResultOrder<F, I>> Stream
    for AsCompleted<F, I, C, O>
{
    type Item = C::Item<F::Output>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx, |(_, output)| output)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.hint()
    }
}

impl<F: Future, I: Supply<Entry<F>>, C: EndPolicy, O: ResultOrder<F, I>> FusedStream
    for AsCompleted<F, I, C, O>
{
    fn is_terminated(&self) -> bool {
        self.is_over()
    }
}

impl<F: Future, I, C, O> fmt::Debug for AsCompleted<F, I, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("len", &self.feed.pending.len())
            .finish_non_exhaustive()
    }
}

/// An [`AsCompleted`] that yields each result with its index, see [`indexed`](AsCompleted::indexed).
#[must_use = "streams do nothing unless polled: write `.next().await`"]
pub struct Indexed<F: Future, I, C, O = CompletionOrder, T = <F as Future>::Output>(
    AsCompleted<F, I, C, O, T>,
);

impl<F: Future, I: Supply<Entry<F>>, C: EndPolicy, O: ResultOrder<F, I>> Indexed<F, I, C, O> {
    /// Waits for the next branch to be done and returns its index and its output, or `None` after the last item.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: results that have arrived are returned by the next call.
    #[inline]
    #[allow(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream"
    )]
    pub fn next(&mut self) -> Next<&mut Self> {
        Next::new(self)
    }
}

impl<F: Future, I: Supply<Entry<F>>, C: EndPolicy, O: ResultOrder<F, I>> Completions
    for &mut Indexed<F, I, C, O>
{
    type Item = C::Item<(usize, F::Output)>;

    #[inline]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll(cx, |item| item)
    }

    #[inline]
    fn poll_on(&mut self, cx: &mut Context<'_>) {
        (&mut self.0).poll_on(cx);
    }
}

impl<F: Future, I: Supply<Entry<F>>, C: EndPolicy, O: ResultOrder<F, I>> Stream
    for Indexed<F, I, C, O>
{
    type Item = C::Item<(usize, F::Output)>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll(cx, |item| item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.hint()
    }
}

impl<F: Future, I: Supply<Entry<F>>, C: EndPolicy, O: ResultOrder<F, I>> FusedStream
    for Indexed<F, I, C, O>
{
    fn is_terminated(&self) -> bool {
        self.0.is_over()
    }
}

impl<F: Future, I, C, O> fmt::Debug for Indexed<F, I, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Indexed").field(&self.0).finish()
    }
}
