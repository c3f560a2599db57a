//! The streams, loops and futures of `as_completed!` and `wait!`.

use std::future::{Future, Ready};

use super::{ConditionValue, LoopState, Timed};
use crate::{
    as_completed::{
        ArgumentOrder, AsCompleted, Feed,
        arms::{ArmLeaf, ArmPair, ArmSources, ArmsOf, LeftOfArms},
        fixed::{self, Arm},
    },
    end_policy::{EndPolicy, NoTimeout},
    pending::{Entry, Source, Sources},
    set::Outlined,
    supply::{Drain, Supply},
    timeout::TimeoutItem,
    wait::{Completed, Condition, Wait},
};

const WAIT_TIMEOUT: &str = "`wait!` with `timeout`";
const AS_COMPLETED_TIMEOUT: &str = "`as_completed!` with `timeout`";

#[inline]
pub const fn no_source<T>() -> Source<Ready<T>, ()> {
    Source::new(())
}

#[inline]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn as_completed<F: Future, P: Sources<F>, L: Drain, C: EndPolicy>(
    source: Source<F, P>,
    limit: L,
    clock: C,
) -> AsCompleted<F, L::Left<P::All, P::Streams>, C>
where
    L::Left<P::All, P::Streams>: Supply<Entry<F>>,
{
    let clock = clock.named(AS_COMPLETED_TIMEOUT);
    crate::as_completed::as_completed(feed(source, limit), limit.limit(), clock)
}

/// Makes a stream with `ordered = true` of one without it.
#[inline]
pub fn in_argument_order<F: Future, I, C>(
    stream: AsCompleted<F, I, C>,
) -> AsCompleted<F, I, C, ArgumentOrder<F::Output>> {
    crate::as_completed::in_argument_order(stream)
}

#[inline]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn loop_state<O, C: EndPolicy>(own: O, limit: impl Drain, clock: C) -> LoopState<O, C> {
    LoopState {
        own,
        clock: Timed::new(clock.named(AS_COMPLETED_TIMEOUT)),
        limit: limit.limit(),
    }
}

#[inline]
pub fn feed<F: Future, P: Sources<F>, L: Drain>(
    source: Source<F, P>,
    limit: L,
) -> Feed<F, L::Left<P::All, P::Streams>>
where
    L::Left<P::All, P::Streams>: Supply<Entry<F>>,
{
    crate::as_completed::feed(source, limit)
}

#[inline]
pub const fn arm<F, P>(source: Source<F, P>) -> ArmLeaf<F, P, NoTimeout> {
    ArmLeaf::new(source)
}

#[inline]
pub const fn arm_within<F, P>(source: Source<F, P>) -> ArmLeaf<F, P, TimeoutItem> {
    ArmLeaf::new(source)
}

/// Drops the branches of an arm if its condition is `false`. Such an arm counts as one that has ended.
#[inline]
pub fn arm_if<F: Future, P: Sources<F>, C>(
    leaf: ArmLeaf<F, P, C>,
    ConditionValue(condition): ConditionValue,
) -> ArmLeaf<F, P, C> {
    if condition { leaf } else { leaf.ended() }
}

#[inline]
pub const fn arm_pair<A, B>(first: A, second: B) -> ArmPair<A, B> {
    ArmPair(first, second)
}

#[inline]
pub fn fixed<A: Arm>(arms: A) -> Outlined<fixed::Arms<A::Slots>> {
    fixed::arms(arms)
}

#[inline]
pub fn arms<A: ArmSources, L: Drain>(arms: A, limit: L) -> ArmsOf<A, L>
where
    LeftOfArms<A, L>: Supply<Entry<A::Item>>,
{
    crate::as_completed::arms::arms(arms, limit)
}

/// Creates the future of a `wait!`. `when` makes the condition from the source.
#[inline]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn wait<F: Future, P: Sources<F>, C: EndPolicy, W: Condition<F::Output>>(
    source: Source<F, P>,
    when: impl FnOnce(&Source<F, P>) -> W,
    limit: impl Drain,
    clock: C,
) -> Wait<F, C, W> {
    let when = when(&source);
    let clock = clock.named(WAIT_TIMEOUT);
    crate::wait::wait(source, limit.limit(), when, clock)
}

/// Creates the future of a `wait!` to which [`wait_until`](super::wait_until) adds the condition.
#[inline]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn unconditional<F: Future, P: Sources<F>, C: EndPolicy>(
    source: Source<F, P>,
    limit: impl Drain,
    clock: C,
) -> Wait<F, C, ()> {
    let clock = clock.named(WAIT_TIMEOUT);
    crate::wait::wait(source, limit.limit(), (), clock)
}

#[inline]
pub const fn all_completed() -> Completed {
    Completed::ALL
}

#[inline]
pub const fn completed(count: usize) -> Completed {
    Completed::new(count)
}
