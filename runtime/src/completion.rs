//! Sets with results: how they are polled for their next result, and in the background of another await.

use std::task::{Context, Poll};

use crate::{
    end_policy::{Begun, EndPolicy, UntilEnd},
    error::TimedOut,
    panics::Panics,
    set::{Close, Progress},
    trace::End,
};

/// The number of results that a turn may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

    /// Ends the set because `until` has ended the call: drops the futures that the call owns, unless it `keeps_results` also
    /// the results. Those of a set that a loop borrows stay there.
    fn stop(&mut self, keeps_results: bool);
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
pub(crate) fn poll_next<L: Live, C: EndPolicy, T>(
    live: &mut L,
    clock: &mut C,
    limit: Option<usize>,
    cx: &mut Context<'_>,
    item: impl FnOnce((usize, L::Output)) -> T,
) -> Poll<Option<C::Item<T>>> {
    if clock.is_stopped() {
        return Poll::Ready(None);
    }
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
pub(crate) fn poll_on<L: Live, C: EndPolicy>(
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
fn step<L: Live, C: EndPolicy>(
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
    // The completion of this turn is still yielded, but not those of a turn in which another future is awaited.
    let stop = |end| live.stop(take == Take::One && end == UntilEnd::Completed);
    let mut panics = Panics::default();
    if clock.poll_until(cx, &mut panics, stop) {
        panics.resume();
        return match pace {
            Progress::Yielded => Progress::Done,
            pace => pace,
        };
    }
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

/// Returns why a stream or a loop has ended, if it has.
pub(crate) fn over<L: Live, C: EndPolicy>(live: &L, clock: &C) -> Option<End> {
    if clock.is_stopped() {
        Some(End::Stopped)
    } else if clock.is_over() {
        Some(End::TimedOut)
    } else {
        (live.ready() == 0 && !live.is_live()).then_some(End::Done)
    }
}
