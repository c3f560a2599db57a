//! The futures of `gather!`.

use std::{
    convert::Infallible,
    future::{Future, Ready},
    time::Duration,
};

use super::{CountValue, ErrorType, LimitValue, sets::feed};
use crate::{
    branch::NeedSource,
    gather::{
        AtCompletion, Build, By, Clock, Empty, EndSource, Flatten, Gather, Gathering, IntoArray,
        IntoOne, IntoVec, Limit, Limited, NeedOutput, Needed, Needing, Node, OnEarlyEnd, Part,
        Partial, PartialOutput, Shape, UntilOrClock, WithEarlyEnd, gathering,
    },
    mode::{Failing, Mode, Plain},
    pending::{Entry, Sources},
    supply::{Drain, Supply},
    timeout::Timeout,
    until::Until,
};

/// Checks the `limit` of a gather.
///
/// # Panics
///
/// If it is zero.
#[inline]
#[track_caller]
pub fn limit(LimitValue(limit): LimitValue) -> Limited {
    Limited::new(limit)
}

#[cfg_attr(not(debug_assertions), inline(always))]
#[allow(clippy::inline_always, reason = "see `gather::build`")]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn gather<B, N, V, M: Mode, L: Limit, G: Flatten<V>>(
    part: Part<B, N, V, M>,
    limit: L,
    flat: G,
) -> Gather<Gathering<N, V, M, L, AtCompletion<G>>>
where
    B: Build<N>,
    N: Node<V, M::Error>,
{
    gathering(part, limit, AtCompletion::new(flat))
}

#[cfg_attr(not(debug_assertions), inline(always))]
#[allow(clippy::inline_always, reason = "see `gather::build`")]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn gather_with_end<B: Build<N>, N, V, M: Mode, L: Limit, G, S: EndSource, P>(
    part: Part<B, N, V, M>,
    limit: L,
    flat: G,
    source: S,
    output: P,
) -> Gather<Gathering<N, V, M, L, WithEarlyEnd<G, S, P>>>
where
    N: Node<V, M::Error>,
    P: OnEarlyEnd<N, V, M, G, S::End>,
{
    gathering(part, limit, WithEarlyEnd::new(flat, source, output))
}

#[cfg_attr(not(debug_assertions), inline(always))]
#[allow(clippy::inline_always, reason = "see `gather::build`")]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn gather_partial<B, N, V, M: Mode, L: Limit, G: Flatten<P>, S: EndSource, P>(
    part: Part<B, N, V, M>,
    limit: L,
    flat: G,
    source: S,
) -> Gather<Gathering<N, V, M, L, WithEarlyEnd<G, S, PartialOutput<P>>>>
where
    B: Build<N>,
    N: Node<V, M::Error> + Partial<P>,
{
    let finish = WithEarlyEnd::new(flat, source, PartialOutput::new());
    gathering(part, limit, finish)
}

/// Creates the deadline of a gather.
#[inline]
#[track_caller]
pub const fn deadline(after: Duration) -> Clock {
    Clock::new(Timeout::new(after, "`gather!` with `timeout`"))
}

/// Creates the end of a gather with `until` and `timeout`.
#[inline]
pub const fn until_or_deadline<F>(until: Until<F>, deadline: Clock) -> UntilOrClock<F> {
    UntilOrClock::new(until, deadline)
}

#[inline]
pub const fn flatten_with<B, N, V, M, O, G: Fn(V) -> O>(_: &Part<B, N, V, M>, flat: G) -> By<G> {
    By(flat)
}

#[inline]
pub const fn flatten_partial_with<B, N: Partial<P>, V, M, P, O, G: Fn(P) -> O>(
    _: &Part<B, N, V, M>,
    flat: G,
) -> By<G> {
    By(flat)
}

/// Creates the future of a gather with `need`.
#[inline]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn gather_some<F, P, V, E, L, S, O>(
    source: NeedSource<F, P, V, E>,
    limit: L,
    needed: Needed<S>,
    output: O,
) -> Gather<Needing<F, L::Left<P::All, P::Streams>, Infallible, S, O>>
where
    F: Future,
    P: Sources<F>,
    L: Drain<Left<P::All, P::Streams>: Supply<Entry<F>>>,
    S: Shape,
    O: NeedOutput<S::Of<V>, E, Infallible>,
{
    let feed = feed(source.source, limit);
    Gather::new(Needing::new(feed, limit.limit(), needed, None, output))
}

/// Creates the future of a gather with `need` that `end` may end early.
#[inline]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn gather_some_with_end<F, P, V, E, L, S, X: EndSource, O>(
    source: NeedSource<F, P, V, E>,
    limit: L,
    needed: Needed<S>,
    end: X,
    output: O,
) -> Gather<Needing<F, L::Left<P::All, P::Streams>, X, S, O>>
where
    F: Future,
    P: Sources<F>,
    L: Drain<Left<P::All, P::Streams>: Supply<Entry<F>>>,
    S: Shape,
    O: NeedOutput<S::Of<V>, E, X::End>,
{
    let feed = feed(source.source, limit);
    Gather::new(Needing::new(feed, limit.limit(), needed, Some(end), output))
}

#[inline]
pub const fn no_needed<V, E>() -> NeedSource<Ready<Result<V, E>>, (), V, E> {
    NeedSource::new(())
}

/// The value of `need = 1`.
#[inline]
pub const fn need_one() -> Needed<IntoOne> {
    Needed::new(1)
}

/// The value of `need` if it is another literal.
#[inline]
pub const fn need_array<const N: usize>() -> Needed<IntoArray<N>> {
    Needed::new(N)
}

/// The value of `need` if it is an expression.
#[inline]
pub const fn need(CountValue(successes): CountValue) -> Needed<IntoVec> {
    Needed::new(successes)
}

#[inline]
pub const fn no_branches() -> Part<Empty, Empty, (), Plain> {
    Part::new(Empty)
}

#[inline]
pub const fn no_branches_or<E>(_: ErrorType<E>) -> Part<Empty, Empty, (), Failing<E>> {
    Part::new(Empty)
}
