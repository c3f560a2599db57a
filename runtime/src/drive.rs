//! Sets that are polled both for their next result and in the background of another await.

use std::{
    collections::VecDeque,
    fmt,
    future::{Future, IntoFuture},
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::task::coop::has_budget_remaining;

use crate::{
    error::TimedOut,
    set::{Close, Progress},
    timeout::{Begun, TimeoutPolicy},
    trace::{Call, End, Macro},
};

/// The number of results that a turn may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// One: futures that were woken beside it are not polled before it has been handed out, so that nothing is lost if
    /// they are dropped then.
    One,
    /// All results.
    All,
}

/// Futures that run together, and the results of those that are done.
///
/// With a `limit` that the caller passes, a result keeps its permit until it is taken.
pub trait Live {
    /// The output of each future.
    type Output;

    /// Polls the futures that were woken, and starts those that there are permits for.
    fn turn(&mut self, cx: &mut Context<'_>, limit: Option<usize>, take: Take) -> Progress;

    /// Returns a lower bound of the number of futures that are not done and results that were not taken.
    fn len(&self) -> usize;

    /// Results that were not handed out.
    fn ready(&self) -> usize;

    /// Hands out the first of them, with its index.
    fn pop(&mut self) -> Option<(usize, Self::Output)>;

    /// Returns whether a future is not done.
    fn is_live(&self) -> bool;

    /// Permits that are taken.
    fn taken(&self) -> usize;

    /// Closes the set, see [`Set::close`](crate::set::Set::close).
    fn close(&mut self, close: Close, limit: Option<usize>);

    /// Ends [`close`](Self::close): allows all polls again.
    fn reopen(&mut self);

    /// Notes that the runtime has its turn.
    fn rest(&mut self);

    /// Ends the set at the deadline. Returns the error to yield after the results, if a future was not done.
    fn expire(&mut self, late: TimedOut) -> Option<TimedOut> {
        self.is_live().then_some(late)
    }
}

/// A source of completions that a loop iterates over.
pub trait Completions {
    /// The output of a future, or the error at the deadline.
    type Item;

    /// Polls for the next item.
    #[doc(hidden)]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;

    /// Polls the branches while another future is awaited.
    #[doc(hidden)]
    fn poll_on(&mut self, cx: &mut Context<'_>);
}

/// The next of a set with a clock, as what `item` makes of it.
pub(crate) fn poll_next<L: Live, C: TimeoutPolicy, T>(
    live: &mut L,
    clock: &mut C,
    limit: Option<usize>,
    cx: &mut Context<'_>,
    item: impl FnOnce((usize, L::Output)) -> T,
) -> Poll<Option<C::Item<T>>> {
    if let Some(output) = live.pop() {
        return Poll::Ready(Some(C::item(item(output))));
    }
    if !clock.is_over() {
        match step(live, clock, limit, Take::One, cx) {
            Progress::Yielded => return Poll::Pending,
            // At the deadline there may be some, too.
            Progress::Done | Progress::Stopped(()) => {
                if let Some(output) = live.pop() {
                    return Poll::Ready(Some(C::item(item(output))));
                }
            }
        }
    }
    if let Some(late) = clock.take_late() {
        return Poll::Ready(Some(late));
    }
    if clock.is_over() || !live.is_live() {
        return Poll::Ready(None);
    }
    live.rest();
    Poll::Pending
}

/// A turn of a set with a clock, while something else is awaited.
pub(crate) fn poll_on<L: Live, C: TimeoutPolicy>(
    live: &mut L,
    clock: &mut C,
    limit: Option<usize>,
    cx: &mut Context<'_>,
) {
    if !clock.is_over() {
        step(live, clock, limit, Take::All, cx);
        live.rest();
    }
}

/// A turn, and then a look at the clock.
fn step<L: Live, C: TimeoutPolicy>(
    live: &mut L,
    clock: &mut C,
    limit: Option<usize>,
    take: Take,
    cx: &mut Context<'_>,
) -> Progress {
    match clock.begin() {
        Begun::Earlier => {}
        begun => {
            live.reopen();
            if begun == Begun::Elapsed {
                live.close(Close::Once, limit);
            }
        }
    }
    let pace = live.turn(cx, limit, take);
    // The deadline is checked whenever the set yields to the runtime, which it does after a bounded number of results.
    if pace != Progress::Stopped(()) && (pace == Progress::Yielded || live.is_live()) {
        let close = || live.close(Close::Fairly, limit);
        if let Some(late) = clock.poll(cx, pace == Progress::Yielded, close) {
            let late = live.expire(late);
            clock.end(late);
            return Progress::Done;
        }
    }
    pace
}

/// A future of the next item of a set or a stream, an `Option`: see [`Pending::next`](crate::Pending::next) and
/// [`AsCompleted::next`](crate::AsCompleted::next).
#[must_use = "futures do nothing unless awaited: add `.await`"]
pub struct Next<S>(S);

impl<S: Completions + Unpin> Next<S> {
    pub(crate) const fn new(set: S) -> Self {
        Self(set)
    }
}

impl<S> fmt::Debug for Next<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").finish_non_exhaustive()
    }
}

impl<S: Completions + Unpin> Future for Next<S> {
    type Output = Option<S::Item>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_next(cx)
    }
}

pin_project! {
    /// A future that is awaited while a set goes on, with its output: see [`Pending::drive`](crate::Pending::drive).
    #[must_use = "futures do nothing unless awaited: add `.await`"]
    pub struct Drive<X, S> {
        #[pin]
        future: X,
        set: S,
        // `None` before the first poll.
        first: Option<First>,
    }
}

/// The side that is polled first in the next turn: the one that did not use up the budget in the last turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    Future,
    Set,
}

impl<X, S> Drive<X, S> {
    #[inline]
    pub(crate) const fn new(future: X, set: S) -> Self {
        Self {
            future,
            set,
            first: None,
        }
    }
}

/// A future to await while `set` goes on. `W` selects the error for an operand that is not a future.
pub struct Driving<X, S, W = Anything> {
    future: X,
    set: S,
    from: PhantomData<W>,
}

/// The operand is any expression of a body.
pub enum Anything {}

/// The operand is the item of a loop.
pub enum Item {}

/// The operand is the output of an arm's branch.
pub enum Output {}

/// Awaits `future` while `set` goes on.
#[inline]
pub const fn drive<X, S>(future: X, set: S) -> Driving<X, S> {
    let from = PhantomData;
    Driving { future, set, from }
}

/// Awaits a variable of a loop's pattern while `set` goes on.
#[inline]
pub const fn drive_item<X, S>(future: X, set: S) -> Driving<X, S, Item> {
    let from = PhantomData;
    Driving { future, set, from }
}

/// Awaits a variable of an arm's pattern while `set` goes on.
#[inline]
pub const fn drive_output<X, S>(future: X, set: S) -> Driving<X, S, Output> {
    let from = PhantomData;
    Driving { future, set, from }
}

// The returned type contains no projection, so that a body stays `Send` whatever closures its futures hold.
impl<X, F, S, W> Driving<X, S, W>
where
    X: IntoFuture<IntoFuture = F>,
    F: Future,
    S: Completions,
{
    /// Returns the future to await.
    #[inline]
    pub fn on(self) -> Drive<F, S> {
        Drive::new(self.future.into_future(), self.set)
    }
}

impl<X, S> fmt::Debug for Drive<X, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive").finish_non_exhaustive()
    }
}

impl<X: Future, S: Completions> Future for Drive<X, S> {
    type Output = X::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<X::Output> {
        let this = self.project();
        let first = *this.first;
        if first == Some(First::Set) {
            this.set.poll_on(cx);
        }
        let had_budget = has_budget_remaining();
        let poll = this.future.poll(cx);
        if poll.is_pending() {
            let spent = !has_budget_remaining();
            *this.first = Some(match first {
                // The body has used up what this turn had, by earlier awaits or by this one.
                None if spent => First::Set,
                // A turn without a budget changes nothing.
                Some(First::Future) if !had_budget => First::Future,
                _ if had_budget && spent => First::Set,
                _ => First::Future,
            });
            if first != Some(First::Set) {
                this.set.poll_on(cx);
            }
        }
        poll
    }
}

/// Two sets as one.
pub struct Both<'a, A, B> {
    order: &'a mut Order,
    first: A,
    second: B,
}

/// In which order results came of two sets, and in which order the sets are polled.
#[derive(Default)]
pub struct Order {
    /// Runs of results, each with whether they are of the first set.
    runs: VecDeque<(bool, usize)>,
    /// The first set used the budget or the turn up when it was polled last.
    second_first: bool,
}

/// Two sets as one. The order is kept between its polls.
#[inline]
pub fn both<A, B>(order: &mut Order, first: A, second: B) -> Both<'_, A, B> {
    Both {
        order,
        first,
        second,
    }
}

impl Order {
    /// Returns an order without results.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            runs: VecDeque::new(),
            second_first: false,
        }
    }

    /// Returns how many results of the first set, or of the second one, are recorded.
    fn known(&self, first: bool) -> usize {
        let of = self.runs.iter().filter(|(of, _)| *of == first);
        of.map(|(_, count)| count).sum()
    }

    /// Takes note of the results that came since the last time.
    fn note(&mut self, first: bool, ready: usize) {
        let known = self.known(first);
        if ready > known {
            self.runs.push_back((first, ready - known));
        }
    }
}

impl<A: Live, B: Live> Both<'_, A, B> {
    fn note(&mut self) {
        self.order.note(true, self.first.ready());
        self.order.note(false, self.second.ready());
    }

    fn limits(&self, limit: Option<usize>) -> [Option<usize>; 2] {
        let beside = |taken| limit.map(|limit| limit.saturating_sub(taken));
        [beside(self.second.taken()), beside(self.first.taken())]
    }
}

impl<A: Live, B: Live<Output = A::Output>> Live for Both<'_, A, B> {
    type Output = A::Output;

    fn turn(&mut self, cx: &mut Context<'_>, limit: Option<usize>, take: Take) -> Progress {
        // Results that came outside of this call are noted first.
        self.note();
        let had_budget = has_budget_remaining();
        let order = if self.order.second_first {
            [false, true]
        } else {
            [true, false]
        };
        let mut cut_first = None;
        for first in order {
            let [of_first, of_second] = self.limits(limit);
            let pace = if first {
                self.first.turn(cx, of_first, take)
            } else {
                self.second.turn(cx, of_second, take)
            };
            self.note();
            match pace {
                Progress::Stopped(()) => return pace,
                Progress::Yielded => {
                    cut_first.get_or_insert(first);
                }
                Progress::Done => {}
            }
        }
        // A turn without a budget changes nothing.
        if had_budget {
            self.order.second_first = cut_first == Some(true);
        }
        if cut_first.is_some() {
            Progress::Yielded
        } else {
            Progress::Done
        }
    }

    fn len(&self) -> usize {
        self.first.len().saturating_add(self.second.len())
    }

    fn ready(&self) -> usize {
        self.first.ready() + self.second.ready()
    }

    fn pop(&mut self) -> Option<(usize, A::Output)> {
        while let Some((first, count)) = self.order.runs.front_mut() {
            let output = if *first {
                self.first.pop()
            } else {
                self.second.pop()
            };
            *count -= 1;
            if *count == 0 {
                self.order.runs.pop_front();
            }
            // Otherwise it was taken elsewhere.
            if output.is_some() {
                return output;
            }
        }
        self.first.pop().or_else(|| self.second.pop())
    }

    fn is_live(&self) -> bool {
        self.first.is_live() || self.second.is_live()
    }

    fn taken(&self) -> usize {
        self.first.taken() + self.second.taken()
    }

    fn close(&mut self, close: Close, limit: Option<usize>) {
        let [of_first, of_second] = self.limits(limit);
        self.first.close(close, of_first);
        self.second.close(close, of_second);
    }

    fn reopen(&mut self) {
        self.first.reopen();
        self.second.reopen();
    }

    fn rest(&mut self) {
        self.first.rest();
        self.second.rest();
    }

    fn expire(&mut self, late: TimedOut) -> Option<TimedOut> {
        let first = self.first.expire(late);
        self.second.expire(late).or(first)
    }
}

/// The clock of a loop, and the span of its call.
pub struct Timed<C> {
    clock: C,
    call: Call,
}

impl<C: TimeoutPolicy> Timed<C> {
    #[inline]
    #[cfg_attr(feature = "tracing", track_caller)]
    pub(crate) fn new(clock: C) -> Self {
        Self {
            clock,
            call: Call::of_unknown(Macro::AsCompleted),
        }
    }
}

/// The sets of a loop, owned or borrowed for the time of one poll or one await.
pub struct Lending<'a, L, C> {
    live: L,
    clock: &'a mut Timed<C>,
    limit: Option<usize>,
}

/// Lends sets to a loop.
#[inline]
pub fn lending<L: Live, C: TimeoutPolicy>(
    live: L,
    clock: &mut Timed<C>,
    limit: Option<usize>,
) -> Lending<'_, L, C> {
    Lending { live, clock, limit }
}

impl<'a, L, C> Lending<'a, L, C> {
    #[inline]
    pub(crate) const fn new(live: L, clock: &'a mut Timed<C>, limit: Option<usize>) -> Self {
        Self { live, clock, limit }
    }
}

impl<L: Live, C: TimeoutPolicy> Completions for Lending<'_, L, C> {
    type Item = C::Item<L::Output>;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { live, clock, limit } = self;
        let Timed { clock, call } = &mut **clock;
        call.count(|| live.len());
        call.run(|ending| {
            let poll = poll_next(live, clock, *limit, cx, |(_, output)| output);
            ending.maybe(|| over(live, clock));
            poll
        })
    }

    fn poll_on(&mut self, cx: &mut Context<'_>) {
        let Timed { clock, call } = &mut *self.clock;
        call.run(|_| poll_on(&mut self.live, clock, self.limit, cx));
    }
}

/// Returns why a stream or a loop has ended, if it has.
pub(crate) fn over<L: Live, C: TimeoutPolicy>(live: &L, clock: &C) -> Option<End> {
    if clock.is_over() {
        Some(End::TimedOut)
    } else {
        (live.ready() == 0 && !live.is_live()).then_some(End::Done)
    }
}
