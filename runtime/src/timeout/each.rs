//! `each_timeout`: a timeout for each branch.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use tokio::time::Instant;

use super::{
    Deadline, Timeout,
    shared::{BranchDeadline, SharedDeadlines},
};
use crate::{
    error::TimedOut,
    keyed::{KeyOf, NoKey, TakeKey},
    trace,
};

/// Selects the output of a branch with a timeout, for example `Result<T, TimedOut>`.
pub trait OnBranchTimeout<T>: Copy {
    /// The output of the branch with its timeout.
    type Output;

    /// Converts an output that was ready before the deadline.
    fn done(self, output: T) -> Self::Output;

    /// Converts the error of a branch that was not ready at its deadline.
    fn timed_out(self, error: TimedOut) -> Self::Output;
}

/// The output is a value, `Result<T, TimedOut>`: a timeout does not end the call.
#[derive(Clone, Copy)]
pub struct BranchTimeoutAsResult;

impl<T> OnBranchTimeout<T> for BranchTimeoutAsResult {
    type Output = Result<T, TimedOut>;

    #[inline]
    fn done(self, output: T) -> Self::Output {
        Ok(output)
    }

    fn timed_out(self, error: TimedOut) -> Self::Output {
        Err(error)
    }
}

/// The output stays a `Result<T, E>`: a timeout is converted to an `E`.
pub struct BranchTimeoutAsError<E>(fn(TimedOut) -> E);

impl<E> BranchTimeoutAsError<E> {
    pub(crate) const fn new(convert: fn(TimedOut) -> E) -> Self {
        Self(convert)
    }
}

impl<E> Clone for BranchTimeoutAsError<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for BranchTimeoutAsError<E> {}

impl<T, E> OnBranchTimeout<Result<T, E>> for BranchTimeoutAsError<E> {
    type Output = Result<T, E>;

    #[inline]
    fn done(self, output: Result<T, E>) -> Self::Output {
        output
    }

    fn timed_out(self, error: TimedOut) -> Self::Output {
        Err((self.0)(error))
    }
}

pin_project! {
    /// A single branch under `each_timeout`, with a timer of its own. Its output is an `O`, with a key if `Q` says so.
    pub struct EachTimeout<F, L, O, Q = NoKey> {
        #[pin]
        future: F,
        #[pin]
        deadline: Deadline,
        begun: bool,
        on_timeout: L,
        output: PhantomData<fn() -> (O, Q)>,
    }
}

impl<F, L, O, Q> EachTimeout<F, L, O, Q> {
    pub(crate) const fn new(future: F, timeout: Timeout, on_timeout: L) -> Self {
        Self {
            future,
            deadline: Deadline::new(timeout),
            begun: false,
            on_timeout,
            output: PhantomData,
        }
    }
}

impl<F, L, O, Q> Future for EachTimeout<F, L, O, Q>
where
    F: Future<Output = Q::Output<O>>,
    L: OnBranchTimeout<O>,
    Q: KeyOf<F>,
{
    type Output = Q::Output<L::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if !*this.begun {
            *this.begun = true;
            this.deadline.as_mut().begin();
        }
        Poll::Ready(match this.future.as_mut().poll(cx) {
            Poll::Ready(output) => Q::map(output, |output| this.on_timeout.done(output)),
            Poll::Pending => {
                let error = ready!(this.deadline.poll(cx));
                trace::timed_out();
                Q::output(this.future, this.on_timeout.timed_out(error))
            }
        })
    }
}

impl<F: TakeKey<K>, L, O, Q, K> TakeKey<K> for EachTimeout<F, L, O, Q> {
    fn take_key(self: Pin<&mut Self>) -> K {
        self.project().future.take_key()
    }
}

pin_project! {
    /// A branch of a spread under `each_timeout`. All branches of the spread share one timer. Its output is an `O`, with a key if `Q`
    /// says so.
    pub struct SpreadTimeout<F, L, O, Q = NoKey> {
        #[pin]
        future: F,
        deadline: BranchDeadline,
        on_timeout: L,
        output: PhantomData<fn() -> (O, Q)>,
    }
}

impl<F, L, O, Q> SpreadTimeout<F, L, O, Q> {
    #[inline]
    pub(crate) fn new(future: F, deadlines: &Arc<SharedDeadlines>, on_timeout: L) -> Self {
        let deadline = BranchDeadline::new(deadlines);
        Self {
            future,
            deadline,
            on_timeout,
            output: PhantomData,
        }
    }
}

impl<F, L, O, Q> Future for SpreadTimeout<F, L, O, Q>
where
    F: Future<Output = Q::Output<O>>,
    L: OnBranchTimeout<O>,
    Q: KeyOf<F>,
{
    type Output = Q::Output<L::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let begun = this.deadline.is_new().then(Instant::now);
        Poll::Ready(match this.future.as_mut().poll(cx) {
            Poll::Ready(output) => Q::map(output, |output| this.on_timeout.done(output)),
            Poll::Pending => {
                let has_passed = match begun {
                    Some(begun) => this.deadline.begin(begun, cx.waker()),
                    None => this.deadline.check(cx.waker()),
                };
                if !has_passed {
                    return Poll::Pending;
                }
                trace::timed_out();
                let error = this.deadline.timed_out();
                Q::output(this.future, this.on_timeout.timed_out(error))
            }
        })
    }
}

impl<F: TakeKey<K>, L, O, Q, K> TakeKey<K> for SpreadTimeout<F, L, O, Q> {
    fn take_key(self: Pin<&mut Self>) -> K {
        self.project().future.take_key()
    }
}
