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

use pin_project_lite::pin_project;

use super::{Shape, early_end::EndSource, need_output::NeedOutput};
use crate::{
    At, TooFew,
    as_completed::Feed,
    completion::{Live, Take},
    mode::{AsKeyedResult, Outcome},
    panics::Panics,
    pending::{Entry, Results},
    set::Progress,
    supply::Supply,
    trace::{self, Call},
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

pin_project! {
    /// The branches of a call that needs successes. Their values become an `S`. `X` may end the call early, and `P` makes the output
    /// of the call.
    pub struct Needing<F: Future, I, X, S, P, T = <F as Future>::Output> {
        race: Race<F, I, T>,
        #[pin]
        source: Option<X>,
        output: P,
        call: Call,
        shape: PhantomData<fn() -> S>,
    }
}

/// The branches, and what has become of them.
struct Race<F: Future, I, T> {
    feed: Feed<F, I, T>,
    limit: Option<usize>,
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
enum End<X> {
    Succeeded,
    Failed,
    Early(X),
}

impl<X> End<X> {
    fn outcome<S: EndSource<End = X>>(&self) -> trace::End {
        match self {
            Self::Succeeded => trace::End::Ok,
            Self::Failed => trace::End::Error,
            Self::Early(end) => S::outcome(end),
        }
    }
}

impl<F: Future, I: Supply<Entry<F>>, X, S, P> Needing<F, I, X, S, P> {
    /// Creates the future of a call. Under a limit, `feed` takes branches from iterators, and in any case from streams.
    #[cfg_attr(feature = "tracing", track_caller)]
    pub(crate) fn new(
        mut feed: Feed<F, I>,
        limit: Option<usize>,
        Needed(needed, _): Needed<S>,
        source: Option<X>,
        output: P,
    ) -> Self {
        feed.pending.set_limit(limit);
        let call = Call::new(trace::Macro::Gather, || feed.size_hint().0);
        Self {
            race: Race {
                feed,
                limit,
                state: State::Unpolled,
                needed,
                succeeded: 0,
                failed: 0,
                taken: 0,
            },
            source,
            output,
            call,
            shape: PhantomData,
        }
    }
}

impl<F, I, X, S, P> Future for Needing<F, I, X, S, P>
where
    F: Future<Output: Fallible>,
    I: Supply<Entry<F>>,
    X: EndSource,
    S: Shape,
    P: NeedOutput<S::Of<ValueOf<F>>, ErrorOf<F>, X::End>,
{
    type Output = P::Output;

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Output> {
        let mut this = self.project();
        let race = this.race;
        assert!(
            race.state != State::Over,
            "`gather!` polled after it was ready"
        );
        let end = this.call.run(|ending| {
            let end = race.turn(this.source.as_mut().as_pin_mut(), cx);
            ending.maybe(|| end.as_ref().map(End::outcome::<X>));
            end
        });
        let Some(end) = end else {
            race.feed.pending.reset_budget();
            return Poll::Pending;
        };
        let results = race.end(this.source.as_pin_mut());
        Poll::Ready(match end {
            End::Succeeded => this.output.succeed(S::collect(race.values(results))),
            End::Failed => this.output.fail(race.error(results)),
            End::Early(end) => this.output.end_early(end, race.error(results)),
        })
    }
}

/// The value of a future's success.
type ValueOf<F> = <<F as Future>::Output as Fallible>::Value;

/// The error of a future's failure.
type ErrorOf<F> = <<F as Future>::Output as Fallible>::Error;

impl<F, I> Race<F, I, F::Output>
where
    F: Future<Output: Fallible>,
    I: Supply<Entry<F>>,
{
    /// Polls the branches and then the source of an early end. Returns why the call ends, if it does.
    fn turn<X: EndSource>(
        &mut self,
        mut source: Option<Pin<&mut X>>,
        cx: &mut Context<'_>,
    ) -> Option<End<X::End>> {
        let is_first = self.state == State::Unpolled;
        if is_first {
            self.state = State::Polled;
            self.begin();
        }
        let closing = source
            .as_mut()
            .and_then(|source| source.as_mut().begin_turn(is_first));
        if let Some(close) = closing {
            self.feed.close(close, self.limit);
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
        let mut source = source?;
        let mut panics = Panics::default();
        let mut end = Poll::Pending;
        panics.run(|| end = source.as_mut().poll(progress == Progress::Yielded, cx));
        if panics.is_some() {
            self.state = State::Over;
            panics.run(|| (&mut self.feed).stop(false));
            panics.run(|| source.discard());
            panics.resume();
        }
        match end {
            Poll::Ready(end) => Some(End::Early(end)),
            Poll::Pending => None,
        }
    }

    /// Counts branches that were done before in a set among the arguments.
    fn begin(&mut self) {
        let Self {
            feed,
            succeeded,
            failed,
            ..
        } = self;
        feed.pending.reopen();
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
    fn outcome<X>(&self) -> Option<End<X>> {
        if self.succeeded >= self.needed {
            Some(End::Succeeded)
        } else if !self.feed.may_draw() && self.taken - self.failed < self.needed {
            Some(End::Failed)
        } else {
            None
        }
    }

    /// Drops the branches that are not done and the future of `until`, and returns the results.
    fn end<X: EndSource>(&mut self, source: Option<Pin<&mut X>>) -> Results<F::Output> {
        self.state = State::Over;
        let results = self.feed.pending.take_ready();
        let mut panics = Panics::default();
        self.feed.pending.drop_futures(&mut panics);
        panics.drop(self.feed.source.take());
        if let Some(source) = source {
            panics.run(|| source.discard());
        }
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

    /// Returns the failures. The one that decided is the last one, because no branch was polled after it.
    fn error(&self, mut results: Results<F::Output>) -> TooFew<ErrorOf<F>> {
        let mut errors = Vec::with_capacity(self.failed);
        while let Some((_, output)) = results.pop() {
            errors.extend(output.split().err());
        }
        TooFew::new(self.needed, self.succeeded, errors)
    }
}
