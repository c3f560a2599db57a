//! What expansions name. Nothing here is meant for anybody else, and all of it may change with any release.

#![allow(
    clippy::must_use_candidate,
    clippy::type_complexity,
    reason = "expansions use what they call, and name no types"
)]

use std::{marker::PhantomData, pin::Pin, time::Duration};

use pin_project_lite::pin_project;

use crate::{
    TaskGroup,
    as_completed::fixed::{self, Tree},
    branch::Given,
    drive::{Completions, Lending, Next, Timed},
    group::GroupMode,
    set::Outlined,
};

pub use rejoin_macros as macros;

/// A duration written with a unit.
#[inline]
pub const fn duration(seconds: u64, nanoseconds: u32) -> After {
    After(Duration::new(seconds, nanoseconds))
}

/// A duration that is given as a value.
///
/// No function, here and below: what is of another type is told so, and nothing else.
pub struct After(pub Duration);

/// `limit = n`.
pub struct AtOnce(pub usize);

/// The condition of an arm.
pub struct If(pub bool);

/// `COMPLETED(n)`.
pub struct Enough(pub usize);

/// The error type of a call.
pub struct ErrorType<E>(PhantomData<fn() -> E>);

impl<E> Clone for ErrorType<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ErrorType<E> {}

/// `error = E`.
#[inline]
pub const fn error<E>() -> ErrorType<E> {
    ErrorType(PhantomData)
}

pub use std::{option::Option::Some, pin::pin};

pub use crate::{
    as_completed::Either,
    drive::{Order, drive, drive_item, drive_output, lending},
};

/// Keeps an argument until it is taken.
//
// A function, because the compiler copies what a constructor makes once more where its type is opaque.
#[inline]
pub const fn given<T>(argument: T) -> Given<T> {
    Given::new(argument)
}

/// The next item of a loop.
#[inline]
pub fn next<S: Completions + Unpin>(set: S) -> Next<S> {
    Next::new(set)
}

/// Nothing, of the type that the body of a group gives: `return`ed first, it tells the compiler that type.
#[inline]
pub const fn end<R, M: GroupMode>(_: &TaskGroup<'_, R, M>) -> Option<M::Output<R>> {
    None
}

pin_project! {
    /// What a loop keeps that is lent sets, or has arms.
    pub struct Lender<O, C> {
        // The set of what is not lent, or the arms.
        #[pin]
        pub own: O,
        // The deadline.
        pub clock: Timed<C>,
        // How many run at once.
        pub limit: Option<usize>,
    }
}

/// Lends arms to their loop.
#[inline]
pub fn lend<'a, A: Tree, C>(
    lender: &'a mut Pin<&mut Lender<Outlined<fixed::Arms<A>>, C>>,
) -> Lending<'a, Pin<&'a mut fixed::Arms<A>>, C> {
    let lender = lender.as_mut().project();
    Lending::new(lender.own.pinned(), lender.clock, None)
}

/// All that stands in scope where an expansion deals with its arguments, and nowhere else.
pub mod scope {
    use std::time::Duration;

    pub use crate::branch::{
        Alone as _, Beside as _, Borrowed as _, BorrowedFutures as _, Boxed as _,
        BoxedFutures as _, Collection as _, Determined as _, Function as _, Infallibly as _,
        InfalliblyEach as _, Kept as _, Late as _, Lent, Named as _, NoError as _, NotLent as _,
        NotResults as _, OneFuture as _, OneLent as _, OtherError as _, OtherMany as _,
        SameOutput as _, StreamAlone as _, StreamMany as _, TasksAlone as _, TasksMany as _, Two,
        Unlike as _, UnlikeOutputs as _, UnlikeSets as _, Unpinned as _, UnpinnedFutures as _,
        Until, Untimed as _, Value as _, Values as _, Variable as _, WholeSet as _, Wrapped as _,
    };
    pub use crate::gather::{Bare, Flat, OuterTimeout, Unlimited};
    pub use crate::group::error_kind::{NoError as _, NoPointer as _, plain};
    pub use crate::timeout::AsItIs;

    use super::{AtOnce, Enough, ErrorType, If, Lender, Timed};
    use crate::{
        as_completed::{
            AsCompleted, Feed,
            arms::{ArmLeaf, ArmPair, ArmSources, Arms},
            fixed::{self, Arm},
        },
        clock::{self, Clock, Endless, Told},
        gather::{
            Build, By, Empty, Flatten, Gather, Gathering, Limit, Limited, NoDeadline, Node,
            OnTimeout, Part, Partial, PartialOutput, WithDeadline, gathering,
        },
        group::{
            GroupBuilder, GroupMode, TaskGroup,
            error_kind::{ErrorKind, ErrorKindProbe, failing},
            group,
        },
        mode::{Failing, Mode, Plain},
        pending::{Entry, Owned, Source, Sources},
        set::Outlined,
        supply::{AtCall, Drain, Supply, UnderLimit},
        timeout::Timeout,
        wait::{Wait, When},
    };
    use std::future::{Future, Ready};

    const GATHER_TIMEOUT: &str = "`gather!` with `timeout`";
    const AS_COMPLETED_TIMEOUT: &str = "`as_completed!` with `timeout`";

    /// The name of the variables of expansions' closures. That it means this function here keeps whatever else a user calls
    /// by this name, a constant above all, from being taken for a pattern.
    pub fn x() {}

    /// # Panics
    ///
    /// If it is zero.
    #[inline]
    #[track_caller]
    pub fn limit(AtOnce(limit): AtOnce) -> Limited {
        Limited::new(limit)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    #[cfg_attr(feature = "tracing", track_caller)]
    pub fn gather<B, N, V, M: Mode, L: Limit, G: Flatten<V>>(
        part: Part<B, N, V, M>,
        limit: L,
        flat: G,
    ) -> Gather<Gathering<N, V, M, L, NoDeadline<G>>>
    where
        B: Build<N>,
        N: Node<V, M::Error>,
    {
        gathering(part, limit, NoDeadline::new(flat))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    #[track_caller]
    pub fn gather_within<B: Build<N>, N, V, M: Mode, L: Limit, G, P: OnTimeout<N, V, M, G>>(
        part: Part<B, N, V, M>,
        limit: L,
        flat: G,
        after: Duration,
        late: P,
    ) -> Gather<Gathering<N, V, M, L, WithDeadline<G, P>>>
    where
        N: Node<V, M::Error>,
    {
        let timeout = Timeout::new(after, GATHER_TIMEOUT);
        gathering(part, limit, WithDeadline::new(flat, timeout, late, false))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "see `gather::build`")]
    #[track_caller]
    pub fn gather_partly<B, N, V, M: Mode, L: Limit, G: Flatten<P>, P>(
        part: Part<B, N, V, M>,
        limit: L,
        flat: G,
        after: Duration,
    ) -> Gather<Gathering<N, V, M, L, WithDeadline<G, PartialOutput<P>>>>
    where
        B: Build<N>,
        N: Node<V, M::Error> + Partial<P>,
    {
        let timeout = Timeout::new(after, GATHER_TIMEOUT);
        let finish = WithDeadline::new(flat, timeout, PartialOutput::new(), true);
        gathering(part, limit, finish)
    }

    #[inline]
    pub const fn by<B, N, V, M, O, G: Fn(V) -> O>(_: &Part<B, N, V, M>, flat: G) -> By<G> {
        By(flat)
    }

    #[inline]
    pub const fn by_some<B, N: Partial<P>, V, M, P, O, G: Fn(P) -> O>(
        _: &Part<B, N, V, M>,
        flat: G,
    ) -> By<G> {
        By(flat)
    }

    #[inline]
    pub const fn nothing() -> Part<Empty, Empty, (), Plain> {
        Part::new(Empty)
    }

    #[inline]
    pub const fn nothing_or<E>(_: ErrorType<E>) -> Part<Empty, Empty, (), Failing<E>> {
        Part::new(Empty)
    }

    // ---- `as_completed!` and `wait!` ----

    /// # Panics
    ///
    /// If it is zero.
    #[inline]
    #[track_caller]
    pub fn at_once(AtOnce(limit): AtOnce) -> UnderLimit {
        assert!(limit > 0, "`limit` must be at least 1");
        UnderLimit(limit)
    }

    #[inline]
    pub const fn all_at_once() -> AtCall {
        AtCall
    }

    #[inline]
    pub const fn endless() -> Endless {
        Endless
    }

    #[inline]
    #[track_caller]
    pub fn within(after: Duration) -> clock::Until {
        clock::Until::new(Timeout::new(after, "`timeout`"))
    }

    #[inline]
    #[track_caller]
    pub fn told(after: Duration) -> Told {
        Told::new(Timeout::new(after, "`timeout`"))
    }

    #[inline]
    pub const fn no_source<T>() -> Source<Ready<T>, ()> {
        Source::new(())
    }

    #[inline]
    #[cfg_attr(feature = "tracing", track_caller)]
    pub fn as_completed<F: Future, P: Sources<F>, L: Drain, C: Clock>(
        source: Source<F, P>,
        limit: L,
        clock: C,
    ) -> AsCompleted<F, L::Left<P::Iter>, C>
    where
        L::Left<P::Iter>: Supply<Entry<F>>,
    {
        let clock = clock.named(AS_COMPLETED_TIMEOUT);
        crate::as_completed::as_completed(feed(source, limit), limit.limit(), clock)
    }

    #[inline]
    #[cfg_attr(feature = "tracing", track_caller)]
    pub fn lender<O, C: Clock>(own: O, limit: impl Drain, clock: C) -> Lender<O, C> {
        Lender {
            own,
            clock: Timed::new(clock.named(AS_COMPLETED_TIMEOUT)),
            limit: limit.limit(),
        }
    }

    #[inline]
    pub fn feed<F: Future, P: Sources<F>, L: Drain>(
        source: Source<F, P>,
        limit: L,
    ) -> Feed<F, L::Left<P::Iter>>
    where
        L::Left<P::Iter>: Supply<Entry<F>>,
    {
        crate::as_completed::feed(source, limit)
    }

    #[inline]
    pub const fn arm<F, P>(source: Source<F, P>) -> ArmLeaf<F, P, Endless> {
        ArmLeaf::new(source)
    }

    #[inline]
    pub const fn arm_within<F, P>(source: Source<F, P>) -> ArmLeaf<F, P, clock::Until> {
        ArmLeaf::new(source)
    }

    /// Drops the branches of an arm whose condition is `false`; such an arm has ended.
    #[inline]
    pub fn arm_if<F: Future, P: Sources<F>, C>(
        leaf: ArmLeaf<F, P, C>,
        If(condition): If,
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
    pub fn arms<A: ArmSources, L: Drain>(
        arms: A,
        limit: L,
    ) -> Arms<A::Item, L::Left<Owned<A::Iter>>>
    where
        L::Left<Owned<A::Iter>>: Supply<Entry<A::Item>>,
    {
        crate::as_completed::arms::arms(arms, limit)
    }

    /// Waits for what the source of the condition `when` gives.
    #[inline]
    #[cfg_attr(feature = "tracing", track_caller)]
    pub fn wait<F: Future, P: Sources<F>, C: Clock>(
        source: Source<F, P>,
        when: impl FnOnce(&Source<F, P>) -> When<F::Output>,
        limit: impl Drain,
        clock: C,
    ) -> Wait<F, C> {
        let when = when(&source);
        let clock = clock.named("`wait!` with `timeout`");
        crate::wait::wait(source, limit.limit(), when, clock)
    }

    #[inline]
    pub const fn all_completed<T>() -> When<T> {
        When::All
    }

    #[inline]
    pub const fn first_completed<T>() -> When<T> {
        When::Completed(1)
    }

    #[inline]
    pub const fn completed<T>(Enough(count): Enough) -> When<T> {
        When::Completed(count)
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
    pub fn task_group<'a, R, M: GroupMode, C: Clock>(
        kind: ErrorKind<M>,
        limit: impl Drain,
        grace: Option<Timeout>,
        clock: C,
    ) -> (GroupBuilder<'a, R, M, C>, TaskGroup<'a, R, M>) {
        let clock = clock.named("`task_group!` with `timeout`");
        group(kind, limit.limit(), grace, clock)
    }
}
