//! `need = n`: a gather that ends with its `n`-th success.
//!
//! The branches run in a set, as those of `wait!` do, because the call polls only what was woken and drops all branches together.

use std::{
    future::Future,
    marker::PhantomData,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Shape, early_end::EarlyEnd, need_output::NeedOutput};
use crate::{
    At, Stopped, TooFew,
    as_completed::Feed,
    completion::{Live, Take},
    mode::{AsKeyedResult, Outcome},
    panics::Panics,
    pending::{Entry, Results},
    set::{Close, Progress},
    supply::Supply,
    timeout::{Begun, TimeoutPolicy},
    trace::{self, Call},
    until::UntilEnd,
};

/// The shape of a value that is the output of one branch.
pub enum IntoOne {}

impl Shape for IntoOne {
    type Of<V> = V;

    fn collect<V>(mut values: Vec<V>) -> V {
        values.pop().expect("one success is needed")
    }
}

/// The number of successes that a call needs. `S` is the shape of their values.
pub struct Needed<S>(usize, PhantomData<fn() -> S>);

impl<S> Needed<S> {
    #[inline]
    pub(crate) const fn new(successes: usize) -> Self {
        Self(successes, PhantomData)
    }
}

/// An output that is a success or a failure, or a key with one of both.
pub trait Fallible {
    /// The value of a success.
    type Value;
    /// The error of a failure.
    type Error;

    /// Returns whether it is a success.
    fn is_success(&self) -> bool;

    /// Splits the output.
    fn split(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    #[inline]
    fn is_success(&self) -> bool {
        self.is_ok()
    }

    #[inline]
    fn split(self) -> Self {
        self
    }
}

impl<K, T, E> Fallible for (K, Result<T, E>) {
    type Value = (K, T);
    type Error = At<K, E>;

    #[inline]
    fn is_success(&self) -> bool {
        self.1.is_ok()
    }

    #[inline]
    fn split(self) -> Result<(K, T), At<K, E>> {
        AsKeyedResult::split(self)
    }
}

/// The branches of a call that needs successes. Their values become an `S`. `P` makes the output of the call.
pub struct Needing<F: Future, I, C, S, P, T = <F as Future>::Output> {
    race: Race<F, I, C, T>,
    output: P,
    call: Call,
    shape: PhantomData<fn() -> S>,
}

// The futures are pinned in the set.
impl<F: Future, I, C, S, P, T> Unpin for Needing<F, I, C, S, P, T> {}

/// The branches, and what has become of them.
struct Race<F: Future, I, C, T> {
    feed: Feed<F, I, T>,
    limit: Option<usize>,
    clock: C,
    state: State,
    needed: usize,
    succeeded: usize,
    failed: usize,
    /// The number of branches that were taken from the arguments.
    taken: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unpolled,
    Polled,
    Over,
}

/// How a call ended.
enum End {
    Succeeded,
    Failed,
    Early(EarlyEnd),
}

impl End {
    const fn outcome(&self) -> trace::End {
        match self {
            Self::Succeeded => trace::End::Ok,
            Self::Failed => trace::End::Error,
            Self::Early(end) => end.outcome(),
        }
    }
}

impl<F: Future, I: Supply<Entry<F>>, C, S, P> Needing<F, I, C, S, P> {
    /// Creates the future of a call. Under a limit, `feed` takes branches from iterators, and in any case from streams.
    #[cfg_attr(feature = "tracing", track_caller)]
    pub(crate) fn new(
        mut feed: Feed<F, I>,
        limit: Option<usize>,
        Needed(needed, _): Needed<S>,
        clock: C,
        output: P,
    ) -> Self {
        feed.pending.set_limit(limit);
        let call = Call::new(trace::Macro::Gather, || feed.size_hint().0);
        Self {
            race: Race {
                feed,
                limit,
                clock,
                state: State::Unpolled,
                needed,
                succeeded: 0,
                failed: 0,
                taken: 0,
            },
            output,
            call,
            shape: PhantomData,
        }
    }
}

impl<F, I, C, S, P> Future for Needing<F, I, C, S, P>
where
    F: Future<Output: Fallible>,
    I: Supply<Entry<F>>,
    C: TimeoutPolicy,
    S: Shape,
    P: NeedOutput<S::Of<ValueOf<F>>, ErrorOf<F>>,
{
    type Output = P::Output;

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Output> {
        let Self {
            race, output, call, ..
        } = &mut *self;
        assert!(
            race.state != State::Over,
            "`gather!` polled after it was ready"
        );
        let end = call.run(|ending| {
            let end = race.turn(cx);
            ending.maybe(|| end.as_ref().map(End::outcome));
            end
        });
        let Some(end) = end else {
            race.feed.pending.reset_budget();
            return Poll::Pending;
        };
        let results = race.end();
        Poll::Ready(match end {
            End::Succeeded => output.succeed(S::collect(race.values(results))),
            End::Failed => output.fail(race.error(results)),
            End::Early(end) => output.end_early(end, race.error(results)),
        })
    }
}

/// The value of a future's success.
type ValueOf<F> = <<F as Future>::Output as Fallible>::Value;

/// The error of a future's failure.
type ErrorOf<F> = <<F as Future>::Output as Fallible>::Error;

impl<F, I, C> Race<F, I, C, F::Output>
where
    F: Future<Output: Fallible>,
    I: Supply<Entry<F>>,
    C: TimeoutPolicy,
{
    /// Polls the branches. Returns why the call ends, if it does.
    fn turn(&mut self, cx: &mut Context<'_>) -> Option<End> {
        if self.state == State::Unpolled {
            self.state = State::Polled;
            self.begin();
        }
        if let Some(end) = self.outcome() {
            return Some(end);
        }
        let tolerated = self.tolerated();
        let Self {
            feed,
            needed,
            succeeded,
            failed,
            ..
        } = self;
        let first = feed.pending.next_index();
        let progress = feed.pending.poll_branches(
            cx,
            &mut feed.source,
            None,
            Take::All,
            |output: &F::Output| {
                let is_decided = if output.is_success() {
                    *succeeded += 1;
                    *succeeded >= *needed
                } else {
                    *failed += 1;
                    tolerated.is_some_and(|tolerated| *failed > tolerated)
                };
                if is_decided {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        self.taken += feed.pending.next_index() - first;
        if let Some(end) = self.outcome() {
            return Some(end);
        }
        let Self {
            feed,
            limit,
            clock,
            state,
            ..
        } = self;
        let stop = |end| {
            if end == UntilEnd::Panicked {
                *state = State::Over;
                (&mut *feed).stop(false);
            }
        };
        let mut panics = Panics::default();
        if clock.poll_until(cx, &mut panics, stop) {
            panics.resume();
            return Some(End::Early(EarlyEnd::Stopped(Stopped)));
        }
        let close = || feed.close(Close::Fairly, *limit);
        let late = clock.poll(cx, progress == Progress::Yielded, close)?;
        Some(End::Early(EarlyEnd::TimedOut(late)))
    }

    /// Starts the clock, and counts branches that were done before in a set among the arguments.
    fn begin(&mut self) {
        let Self {
            feed,
            clock,
            succeeded,
            failed,
            ..
        } = self;
        feed.pending.reopen();
        if clock.begin() == Begun::Elapsed {
            feed.close(Close::Once, self.limit);
        }
        feed.pending.inspect_ready(|output| {
            if output.is_success() {
                *succeeded += 1;
            } else {
                *failed += 1;
            }
        });
        self.taken = feed.pending.len();
    }

    /// Returns how many branches may fail, if that is known. An iterator or a stream that has not ended may yield more branches.
    fn tolerated(&self) -> Option<usize> {
        (!self.feed.may_draw()).then(|| self.taken.saturating_sub(self.needed))
    }

    /// Returns how the call ends, if that is decided.
    fn outcome(&self) -> Option<End> {
        if self.succeeded >= self.needed {
            Some(End::Succeeded)
        } else if !self.feed.may_draw() && self.taken - self.failed < self.needed {
            Some(End::Failed)
        } else {
            None
        }
    }

    /// Drops the branches that are not done, and returns the results.
    fn end(&mut self) -> Results<F::Output> {
        self.state = State::Over;
        let results = self.feed.pending.take_ready();
        let mut panics = Panics::default();
        self.feed.pending.drop_futures(&mut panics);
        panics.drop(self.feed.source.take());
        self.clock.discard_until(&mut panics);
        if panics.is_some() {
            panics.resume_without(results);
        }
        results
    }

    /// Returns the values of the first successes, in the order of arguments.
    fn values(&self, mut results: Results<F::Output>) -> Vec<ValueOf<F>> {
        let mut values = Vec::with_capacity(self.needed);
        while let Some((index, output)) = results.pop() {
            if let Ok(value) = output.split() {
                values.push((index, value));
                if values.len() == self.needed {
                    break;
                }
            }
        }
        values.sort_unstable_by_key(|(index, _)| *index);
        values.into_iter().map(|(_, value)| value).collect()
    }

    /// Returns the errors up to the one that decided.
    fn error(&self, mut results: Results<F::Output>) -> TooFew<ErrorOf<F>> {
        let mut succeeded = 0;
        let mut errors = Vec::new();
        while let Some((_, output)) = results.pop() {
            match output.split() {
                Ok(_) => succeeded += 1,
                Err(error) => errors.push(error),
            }
            if self.taken - errors.len() < self.needed {
                break;
            }
        }
        TooFew::new(self.needed, succeeded, errors)
    }
}
