//! Deadlines, of a call and of a branch.

mod alarm;
mod deadlines;
#[cfg(test)]
mod named;
mod option;
mod queue;

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use tokio::{
    task::unconstrained,
    time::{Instant, Sleep},
};

use self::deadlines::Ticket;
pub use self::{deadlines::Deadlines, option::Timeout};
use crate::{TimedOut, trace};

pin_project! {
    /// A point in time, counted from when it is begun.
    pub struct Deadline {
        timeout: Timeout,
        // `None` too if the clock does not reach that far: then it never passes.
        at: Option<Instant>,
        // Made when something waits for it, so that what is ready at once asks for no timer.
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl Deadline {
    pub(crate) const fn new(timeout: Timeout) -> Self {
        Self {
            timeout,
            at: None,
            sleep: None,
        }
    }

    /// Creates one that passes at this moment.
    pub(crate) const fn until(at: Instant, timeout: Timeout) -> Self {
        Self {
            timeout,
            at: Some(at),
            sleep: None,
        }
    }

    /// Names the call and its option, for the panic if there is no timer.
    pub(crate) fn name(self: Pin<&mut Self>, option: &'static str) {
        let timeout = self.project().timeout;
        *timeout = timeout.named(option);
    }

    /// Returns when it passes, if it has begun and the clock reaches that far.
    pub(crate) const fn at(&self) -> Option<Instant> {
        self.at
    }

    /// Lets the time run.
    pub(crate) fn begin(self: Pin<&mut Self>) {
        let this = self.project();
        *this.at = Instant::now().checked_add(this.timeout.after);
    }

    /// Whether it has passed; if not, the task is woken when it does.
    ///
    /// Outside of tokio's cooperative budget: what used the budget up must not keep a deadline from passing.
    pub(crate) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TimedOut> {
        let mut this = self.project();
        if this.timeout.after.is_zero() {
            // A timer would take a tick of the clock.
            return Poll::Ready(TimedOut::new(this.timeout.after));
        }
        let Some(at) = *this.at else {
            return Poll::Pending;
        };
        if this
            .sleep
            .as_ref()
            .get_ref()
            .as_ref()
            .is_some_and(Sleep::is_elapsed)
        {
            if Instant::now() >= at {
                return Poll::Ready(TimedOut::new(this.timeout.after));
            }
            // Its runtime was shut down, and it would panic.
            this.sleep.set(None);
        }
        if this.sleep.is_none() {
            this.sleep.set(Some(this.timeout.timer(at)));
        }
        let sleep = this.sleep.as_pin_mut().expect("it was just made");
        ready!(pin!(unconstrained(sleep)).poll(cx));
        Poll::Ready(TimedOut::new(this.timeout.after))
    }

    /// Whether it passes as soon as it is begun.
    pub(crate) const fn is_zero(&self) -> bool {
        self.timeout.after.is_zero()
    }

    /// What to say when it has passed.
    pub(crate) const fn late(&self) -> TimedOut {
        TimedOut::new(self.timeout.after)
    }
}

/// What becomes of a branch that has a deadline.
pub trait Late<T>: Copy {
    /// The branch's output.
    type Output;

    /// It was in time.
    fn done(self, output: T) -> Self::Output;

    /// It was not.
    fn late(self, late: TimedOut) -> Self::Output;
}

/// A value that says which: `Result<T, TimedOut>`.
#[derive(Clone, Copy)]
pub struct AsItIs;

impl<T> Late<T> for AsItIs {
    type Output = Result<T, TimedOut>;

    #[inline]
    fn done(self, output: T) -> Self::Output {
        Ok(output)
    }

    fn late(self, late: TimedOut) -> Self::Output {
        Err(late)
    }
}

/// An error like those of the branch.
pub struct AsError<E>(fn(TimedOut) -> E);

impl<E> AsError<E> {
    pub(crate) const fn new(convert: fn(TimedOut) -> E) -> Self {
        Self(convert)
    }
}

impl<E> Clone for AsError<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for AsError<E> {}

impl<T, E> Late<Result<T, E>> for AsError<E> {
    type Output = Result<T, E>;

    #[inline]
    fn done(self, output: Result<T, E>) -> Self::Output {
        output
    }

    fn late(self, late: TimedOut) -> Self::Output {
        Err((self.0)(late))
    }
}

pin_project! {
    /// A branch under `each_timeout` that is not of a spread.
    pub struct EachTimeout<F, L> {
        #[pin]
        future: F,
        #[pin]
        deadline: Deadline,
        begun: bool,
        late: L,
    }
}

impl<F, L> EachTimeout<F, L> {
    pub(crate) const fn new(future: F, timeout: Timeout, late: L) -> Self {
        Self {
            future,
            deadline: Deadline::new(timeout),
            begun: false,
            late,
        }
    }
}

impl<F: Future, L: Late<F::Output>> Future for EachTimeout<F, L> {
    type Output = L::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<L::Output> {
        let mut this = self.project();
        if !*this.begun {
            *this.begun = true;
            this.deadline.as_mut().begin();
        }
        Poll::Ready(match this.future.poll(cx) {
            Poll::Ready(output) => this.late.done(output),
            Poll::Pending => {
                let late = ready!(this.deadline.poll(cx));
                trace::timed_out();
                this.late.late(late)
            }
        })
    }
}

pin_project! {
    /// A future of a spread under `each_timeout`.
    pub struct SpreadTimeout<F, L> {
        #[pin]
        future: F,
        ticket: Ticket,
        late: L,
    }
}

impl<F, L> SpreadTimeout<F, L> {
    #[inline]
    pub(crate) fn new(future: F, deadlines: &Arc<Deadlines>, late: L) -> Self {
        let ticket = Ticket::new(deadlines);
        Self {
            future,
            ticket,
            late,
        }
    }
}

impl<F: Future, L: Late<F::Output>> Future for SpreadTimeout<F, L> {
    type Output = L::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<L::Output> {
        let this = self.project();
        let begun = this.ticket.is_new().then(Instant::now);
        Poll::Ready(match this.future.poll(cx) {
            Poll::Ready(output) => this.late.done(output),
            Poll::Pending => {
                let late = match begun {
                    Some(begun) => this.ticket.begin(begun, cx.waker()),
                    None => this.ticket.check(cx.waker()),
                };
                if !late {
                    return Poll::Pending;
                }
                trace::timed_out();
                this.late.late(TimedOut::new(this.ticket.after()))
            }
        })
    }
}
