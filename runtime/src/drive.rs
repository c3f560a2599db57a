//! The futures that poll a set: for its next result, and in the background of another await.

use std::{
    fmt,
    future::{Future, IntoFuture},
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::task::coop::has_budget_remaining;

use crate::completion::Completions;

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
