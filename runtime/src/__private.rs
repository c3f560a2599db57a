//! The names that expansions use. Nothing else may use them, because they can change with any release.

#![allow(
    clippy::must_use_candidate,
    clippy::type_complexity,
    reason = "expansions use every result, and name no types"
)]

use std::{future::Future, pin::Pin, time::Duration};

use pin_project_lite::pin_project;

pub use crate::branch::{AwaitedUntilValue, UntilValue};
use crate::{
    as_completed::fixed::{self, Tree},
    as_completed::lending::{Lending, Timed},
    branch::{Argument, ErrorType},
    completion::Completions,
    drive::Next,
    gather::SharedValue,
    group::{GroupMode, TaskGroup},
    set::Outlined,
    timeout::TimeoutPolicy,
    wait::{Until, Wait},
};

pub use rejoin_macros as macros;

/// A duration written with a unit.
#[inline]
pub const fn duration(seconds: u64, nanoseconds: u32) -> DurationValue {
    DurationValue(Duration::new(seconds, nanoseconds))
}

/// A duration that is written as an expression.
///
/// This type and the next three have a public field instead of a function, because an expression of another type is then reported
/// without a note about the function.
pub struct DurationValue(pub Duration);

/// The value of `limit`.
pub struct LimitValue(pub usize);

/// The condition of an arm.
pub struct ConditionValue(pub bool);

/// The `n` of `COMPLETED(n)`, `SUCCEEDED(n)` and `FAILED(n)`.
pub struct CountValue(pub usize);

/// The error type of a call.
#[inline]
pub const fn error<E>() -> ErrorType<E> {
    ErrorType::new()
}

pub use std::{
    option::Option::{None, Some},
    pin::pin,
};

/// Creates the place of a branch's value, for this branch and for `N - 1` others that need the value.
#[inline]
pub fn shared_value<V, const N: usize>() -> [SharedValue<V>; N] {
    SharedValue::shares()
}

pub use crate::gather::{
    call, depends_1, depends_2, depends_3, depends_4, depends_5, depends_6, depends_7, depends_8,
};
pub use crate::{
    as_completed::Either,
    as_completed::{lending::lending, merge::Order},
    drive::{drive, drive_item, drive_output},
};

/// Keeps the value of an argument until the expansion takes it.
//
// This is a function, because the compiler copies the result of a constructor once more if its type is opaque.
#[inline]
pub const fn argument<T>(value: T) -> Argument<T> {
    Argument::new(value)
}

/// Adds the condition `UNTIL(predicate)` to a wait. This is outside of the block that imports names, because the predicate is an
/// expression of the user, and behind the source, whose type determines the type of a closure's parameter.
#[inline]
pub fn wait_until<F: Future, C: TimeoutPolicy, P: FnMut(&F::Output) -> bool>(
    wait: Wait<F, C, ()>,
    predicate: P,
) -> Wait<F, C, Until<P, F::Output>> {
    wait.when(Until::new(predicate))
}

/// Waits for the next item of a loop.
#[inline]
pub fn next<S: Completions + Unpin>(set: S) -> Next<S> {
    Next::new(set)
}

/// Returns `None`, of the type that the body of a group returns. A `return` of it at the beginning of the body determines that type.
#[inline]
pub const fn end<R, M: GroupMode>(_: &TaskGroup<'_, R, M>) -> Option<M::Output<R>> {
    None
}

pin_project! {
    /// The state of a loop that borrows sets, or of one with arms.
    pub struct LoopState<O, C> {
        // The loop's own set, or its arms.
        #[pin]
        pub own: O,
        // The timeout.
        pub clock: Timed<C>,
        // The maximum number of branches that run concurrently.
        pub limit: Option<usize>,
    }
}

/// Borrows the arms for one poll or one await of their loop.
#[inline]
pub fn lend_arms<'a, A: Tree, C>(
    state: &'a mut Pin<&mut LoopState<Outlined<fixed::Arms<A>>, C>>,
) -> Lending<'a, Pin<&'a mut fixed::Arms<A>>, C> {
    let state = state.as_mut().project();
    Lending::new(state.own.pinned(), state.clock, None)
}

/// The names that an expansion imports in the block that uses its arguments. The user's expressions are outside of it.
pub mod scope {
    use std::time::Duration;

    pub use crate::branch::{
        ArgumentWithoutKey as _, AwaitedUntil as _, AwaitedValue as _, BesideRejected as _,
        Borrowed as _, BorrowedFutures as _, Boxed as _, BoxedFutures as _, Collection as _,
        Determined as _, Function as _, FunctionUntil as _, JoinSetBranch as _, JoinSetSpread as _,
        KeyedResults as _, KeyedSet as _, Lent, LentFuture as _, LentOther as _, LentStream as _,
        NoAttempt as _, NoKeysToKeep as _, NotAResult as _, NotAnArray as _, NotResults as _,
        OneFuture as _, OtherError as _, OtherField as _, OtherKeys as _, OtherUntil as _,
        OtherValue as _, OtherValues as _, PairOf, Pairs as _, PendingEachTimeout as _,
        PendingStagger as _, PlainOutput as _, ReturnWhen, StreamBranch as _, StreamInWait as _,
        StreamOfPairs as _, StreamOfValues as _, StreamSpread as _, SumOfNeeds as _,
        SumOfSources as _, TimeoutConversion as _, TooFewConversion as _, Tuple as _,
        UnlikeErrors as _, UnlikeNeedErrors as _, UnlikeNeedValues as _, UnlikeOutputs as _,
        UnlikeSets as _, Unpinned as _, UnpinnedFutures as _, UnpinnedUntil as _, ValueBranch as _,
        ValueSpread as _, Variable as _, WithErrorType as _, Wrapped as _,
    };
    pub use crate::gather::{AsError, Bare, ConvertBoth, Flat, OuterError, Unconverted, Unlimited};
    pub use crate::group::error_kind::{NoError as _, NoPointer as _, plain};
    pub use crate::timeout::BranchTimeoutAsResult;

    use super::{
        ConditionValue, CountValue, DurationValue, ErrorType, LimitValue, LoopState, Timed,
    };
    use crate::{
        as_completed::{
            ArgumentOrder, AsCompleted, Feed,
            arms::{ArmLeaf, ArmPair, ArmSources, ArmsOf, LeftOfArms},
            fixed::{self, Arm},
        },
        branch::NeedSource,
        gather::{
            AtCompletion, Build, By, Clock, Dependent, Empty, EndSource, Flatten, Gather,
            Gathering, IntoArray, IntoOne, IntoVec, Limit, Limited, NeedOutput, Needed, Needing,
            Node, OnEarlyEnd, Part, Partial, PartialOutput, Shape, SharedValue, Sharing,
            SharingBuilder, UntilOrClock, WithEarlyEnd, gathering,
        },
        group::{
            GroupBuilder, GroupMode, TaskGroup,
            error_kind::{ErrorKind, ErrorKindProbe, failing},
            group,
        },
        mode::{Failing, Mode, Plain},
        pending::{Entry, Source, Sources},
        set::Outlined,
        supply::{AtCall, Drain, Supply, UnderLimit},
        timeout::{NoTimeout, SilentTimeout, Stagger, Timeout, TimeoutItem, TimeoutPolicy},
        until::{StoppedItem, Until, UntilPolicy},
        wait::{Completed, Condition, Wait},
    };
    use std::convert::Infallible;
    use std::future::{Future, Ready};
    use std::sync::Arc;

    const GATHER_TIMEOUT: &str = "`gather!` with `timeout`";
    const WAIT_TIMEOUT: &str = "`wait!` with `timeout`";
    const AS_COMPLETED_TIMEOUT: &str = "`as_completed!` with `timeout`";

    /// Has the name of the variables of closures in expansions. It shadows a constant of the user with this name, which would be a
    /// pattern instead of a variable.
    pub fn x() {}

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

    /// Says that a value is the one of the branch that `part` builds. This is never called.
    pub fn shares<B, N, V, M>(_: &Part<B, N, V, M>, _: &SharedValue<V>) {}

    /// Lets a branch share its value.
    #[inline]
    pub fn sharing<B, N, V, M>(
        part: Part<B, N, V, M>,
        value: SharedValue<V>,
    ) -> Part<SharingBuilder<B, V>, Sharing<N, V>, V, M> {
        Part::new(SharingBuilder(part.builder, value))
    }

    /// Creates the limit of a call with branches that need others, which `needs` has as bits.
    #[inline]
    pub const fn dependent(limit: Limited, needs: &'static [u64]) -> Dependent<Limited> {
        Dependent::new(limit, needs)
    }

    /// The limit of such a call without `limit`.
    #[inline]
    pub const fn unreached_limit() -> Limited {
        Limited::none()
    }

    /// Creates the deadline of a gather.
    #[inline]
    #[track_caller]
    pub const fn deadline(after: Duration) -> Clock {
        Clock::new(Timeout::new(after, GATHER_TIMEOUT))
    }

    /// Creates the end of a gather with `until` and `timeout`.
    #[inline]
    pub const fn until_or_deadline<F>(until: Until<F>, deadline: Clock) -> UntilOrClock<F> {
        UntilOrClock::new(until, deadline)
    }

    #[inline]
    pub const fn flatten_with<B, N, V, M, O, G: Fn(V) -> O>(
        _: &Part<B, N, V, M>,
        flat: G,
    ) -> By<G> {
        By(flat)
    }

    #[inline]
    pub const fn flatten_partial_with<B, N: Partial<P>, V, M, P, O, G: Fn(P) -> O>(
        _: &Part<B, N, V, M>,
        flat: G,
    ) -> By<G> {
        By(flat)
    }

    /// Creates the queue of a call with `stagger`.
    #[track_caller]
    pub fn stagger(DurationValue(interval): DurationValue) -> Arc<Stagger> {
        Stagger::new(Timeout::new(interval, "`stagger`"))
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

    // ---- `as_completed!` and `wait!` ----

    /// Checks the `limit` of a set or a group.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[inline]
    #[track_caller]
    pub fn set_limit(LimitValue(limit): LimitValue) -> UnderLimit {
        assert!(limit > 0, "`limit` must be at least 1");
        UnderLimit(limit)
    }

    #[inline]
    pub const fn no_limit() -> AtCall {
        AtCall
    }

    #[inline]
    pub const fn no_timeout() -> NoTimeout {
        NoTimeout
    }

    #[inline]
    #[track_caller]
    pub fn set_timeout(after: Duration) -> TimeoutItem {
        TimeoutItem::new(Timeout::new(after, "`timeout`"))
    }

    #[inline]
    #[track_caller]
    pub fn silent_timeout(after: Duration) -> SilentTimeout {
        SilentTimeout::new(Timeout::new(after, "`timeout`"))
    }

    /// Adds `until` to the timeout of a call.
    #[inline]
    pub fn until<C, F>(until: Until<F>, timeout: C) -> UntilPolicy<C, F> {
        UntilPolicy::new(timeout, until)
    }

    /// Replaces the timeout of a group that has an `until`.
    #[inline]
    pub const fn stopped_item() -> StoppedItem {
        StoppedItem
    }

    #[inline]
    pub const fn no_source<T>() -> Source<Ready<T>, ()> {
        Source::new(())
    }

    #[inline]
    #[cfg_attr(feature = "tracing", track_caller)]
    pub fn as_completed<F: Future, P: Sources<F>, L: Drain, C: TimeoutPolicy>(
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
    pub fn loop_state<O, C: TimeoutPolicy>(own: O, limit: impl Drain, clock: C) -> LoopState<O, C> {
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
    pub fn wait<F: Future, P: Sources<F>, C: TimeoutPolicy, W: Condition<F::Output>>(
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
    pub fn unconditional<F: Future, P: Sources<F>, C: TimeoutPolicy>(
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

    // ---- `task_group!` ----

    #[inline]
    pub const fn errors<E>(_: ErrorType<E>) -> ErrorKindProbe<E> {
        failing()
    }

    #[inline]
    pub const fn no_grace() -> Option<Timeout> {
        None
    }

    #[inline]
    #[track_caller]
    pub const fn grace(after: Duration) -> Option<Timeout> {
        Some(Timeout::new(after, "`task_group!` with `grace`"))
    }

    #[inline]
    #[cfg_attr(feature = "tracing", track_caller)]
    pub fn task_group<'a, R, M: GroupMode, C: TimeoutPolicy>(
        kind: ErrorKind<M>,
        limit: impl Drain,
        grace: Option<Timeout>,
        clock: C,
    ) -> (GroupBuilder<'a, R, M, C>, TaskGroup<'a, R, M>) {
        let clock = clock.named("`task_group!` with `timeout`");
        group(kind, limit.limit(), grace, clock)
    }
}
