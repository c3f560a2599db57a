//! `wait!`: waits until a condition holds, and returns the results and the futures that are not done.

mod condition;
mod done;

use std::{
    fmt,
    future::Future,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

pub use self::{
    condition::{Completed, Condition, Counted, Until},
    done::{Done, IntoIndexed, IntoIter, Iter},
};
use crate::{
    completion::Take,
    end_policy::{Begun, EndPolicy, UntilEnd},
    panics::Panics,
    pending::{Pending, Source, Sources},
    set::{Close, Progress},
    supply::Exhausted,
    trace::{Call, End, Macro},
};

/// The future of a [`wait!`](crate::wait) call. It returns the results, [`Done`], and the other futures, [`Pending`].
///
/// # Cancel safety
///
/// Dropping it drops all its futures and results. To stop waiting after some time and keep them, use the option
/// `timeout`.
#[must_use = "futures do nothing unless awaited: add `.await`"]
pub struct Wait<F: Future, C, W = Completed, T = <F as Future>::Output> {
    /// `None` once the wait is ready.
    pending: Option<Pending<F, T>>,
    state: State<C, W>,
    call: Call,
}

struct State<C, W> {
    when: W,
    clock: C,
    begun: bool,
}

// The futures are pinned in the set, and the predicate is not pinned.
impl<F: Future, C, W, T> Unpin for Wait<F, C, W, T> {}

/// Creates the future that waits for all futures of `source`, or until `when` holds.
#[cfg_attr(feature = "tracing", track_caller)]
pub(crate) fn wait<F: Future, P: Sources<F>, C: EndPolicy, W>(
    mut source: Source<F, P>,
    limit: Option<usize>,
    when: W,
    clock: C,
) -> Wait<F, C, W> {
    let mut pending = source.of.held().unwrap_or_default();
    pending.set_limit(limit);
    source.fill(&mut pending);
    let call = Call::new(Macro::Wait, || pending.len());
    Wait {
        pending: Some(pending),
        call,
        state: State {
            when,
            clock,
            begun: false,
        },
    }
}

impl<F: Future, C> Wait<F, C, ()> {
    /// Returns the same wait with a condition.
    pub(crate) fn when<W: Condition<F::Output>>(self, when: W) -> Wait<F, C, W> {
        Wait {
            pending: self.pending,
            state: State {
                when,
                clock: self.state.clock,
                begun: false,
            },
            call: self.call,
        }
    }
}

impl<F: Future, C: EndPolicy, W: Condition<F::Output>> Future for Wait<F, C, W> {
    type Output = (Done<F::Output>, Pending<F>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            pending,
            state,
            call,
        } = &mut *self;
        let waiting = pending.as_mut();
        let waiting = waiting.expect("`wait!` polled after it was ready");
        let end = call.run(|ending| {
            let end = state.poll(waiting, cx);
            ending.maybe(|| end);
            end
        });
        if end.is_none() {
            waiting.reset_budget();
            return Poll::Pending;
        }
        let mut pending = pending.take().expect("it was there");
        let mut panics = Panics::default();
        state.clock.discard_until(&mut panics);
        panics.resume();
        let done = Done::new(pending.take_ready());
        Poll::Ready((done, pending))
    }
}

impl<C: EndPolicy, W> State<C, W> {
    /// Polls the set. Returns why the wait is over, if it is.
    fn poll<F: Future>(&mut self, pending: &mut Pending<F>, cx: &mut Context<'_>) -> Option<End>
    where
        W: Condition<F::Output>,
    {
        if !self.begun {
            self.begun = true;
            pending.reopen();
            if self.clock.begin() == Begun::Elapsed {
                pending.close(Close::Once, None);
            }
            if self.when.holds_at_once() {
                return Some(End::Done);
            }
            pending.inspect_ready(|output| self.when.observe(output));
            self.when.begin(pending.live());
        }
        let when = &mut self.when;
        let pace = pending.poll_branches(cx, &mut None::<Exhausted>, None, Take::All, |output| {
            when.observe(output);
            ControlFlow::Continue(())
        });
        if pending.live() == 0 {
            return Some(End::Done);
        }
        // Results that are ready now belong to this wait, even if one turn is too short for them.
        let cut = pace == Progress::Yielded;
        let is_met = self.when.holds(pending.ready(), pending.live());
        if is_met && !cut {
            return Some(End::Done);
        }
        let stop = |end| {
            if end == UntilEnd::Panicked {
                pending.abandon();
            }
        };
        let mut panics = Panics::default();
        if self.clock.poll_until(cx, &mut panics, stop) {
            panics.resume();
            return Some(End::Stopped);
        }
        let mut close = || pending.close(Close::Fairly, None);
        if !is_met {
            return self.clock.poll(cx, cut, close).map(|_| End::TimedOut);
        }
        close();
        None
    }
}

impl<F: Future, C, W> fmt::Debug for Wait<F, C, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}
