//! `wait!`: waits until a condition holds, and returns the results and the futures that are not done.

mod done;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

pub use self::done::{Done, IntoIndexed, IntoIter, Iter};
use crate::{
    completion::Take,
    pending::{Pending, Source, Sources},
    set::{Close, Progress},
    supply::Exhausted,
    timeout::{Begun, TimeoutPolicy},
    trace::{Call, End, Macro},
};

/// When a wait returns. It returns in any case when everything is done.
#[derive(Debug)]
pub enum When<T> {
    /// When this number of futures is done.
    Completed(usize),
    /// When the predicate holds for a result.
    Any(fn(&T) -> bool),
    /// Not before that.
    All,
}

impl<T> When<T> {
    /// Returns whether the condition holds for this result.
    #[inline]
    fn holds_of(&self, output: &T) -> bool {
        match self {
            Self::Any(is) => is(output),
            Self::Completed(_) | Self::All => false,
        }
    }
}

/// The future of a [`wait!`](crate::wait) call. It returns the results, [`Done`], and the other futures, [`Pending`].
///
/// # Cancel safety
///
/// Dropping it drops all its futures and results. To stop waiting after some time and keep them, use the option
/// `timeout`.
#[must_use = "futures do nothing unless awaited: add `.await`"]
pub struct Wait<F: Future, C, T = <F as Future>::Output> {
    /// Gone when it is ready.
    pending: Option<Pending<F, T>>,
    state: State<T, C>,
    call: Call,
}

struct State<T, C> {
    when: When<T>,
    clock: C,
    begun: bool,
    met: bool,
}

// The futures are pinned where they are.
impl<F: Future, C, T> Unpin for Wait<F, C, T> {}

/// Begins a wait for all that `source` gives.
#[cfg_attr(feature = "tracing", track_caller)]
pub(crate) fn wait<F: Future, P: Sources<F>, C: TimeoutPolicy>(
    mut source: Source<F, P>,
    limit: Option<usize>,
    when: When<F::Output>,
    clock: C,
) -> Wait<F, C> {
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
            met: false,
        },
    }
}

impl<F: Future, C: TimeoutPolicy> Future for Wait<F, C> {
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
        let done = Done::new(waiting.take_ready());
        let pending = pending.take().expect("it was there");
        Poll::Ready((done, pending))
    }
}

impl<T, C: TimeoutPolicy> State<T, C> {
    /// Polls the set; whether the wait is over, and why.
    fn poll<F: Future<Output = T>>(
        &mut self,
        pending: &mut Pending<F>,
        cx: &mut Context<'_>,
    ) -> Option<End> {
        if !self.begun {
            self.begun = true;
            pending.reopen();
            if self.clock.begin() == Begun::Elapsed {
                pending.close(Close::Once, None);
            }
            self.met = match self.when {
                When::Completed(0) => return Some(End::Done),
                When::Completed(count) => pending.ready() >= count,
                When::Any(is) => pending.any_ready(is),
                When::All => false,
            };
        }
        let (when, met) = (&self.when, &mut self.met);
        let pace = pending.poll_branches(cx, &mut None::<Exhausted>, None, Take::All, |output| {
            *met |= when.holds_of(output);
        });
        if pending.live() == 0 {
            return Some(End::Done);
        }
        if let When::Completed(count) = self.when {
            self.met |= pending.ready() >= count;
        }
        // Results that are ready now belong to this wait, even if one turn is too short for them.
        let cut = pace == Progress::Yielded;
        let mut close = || pending.close(Close::Fairly, None);
        if !self.met {
            return self.clock.poll(cx, cut, close).map(|_| End::TimedOut);
        }
        if cut {
            close();
            return None;
        }
        Some(End::Done)
    }
}

impl<F: Future, C> fmt::Debug for Wait<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}
