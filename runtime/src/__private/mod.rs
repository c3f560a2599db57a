//! The names that expansions use. Nothing else may use them, because they can change with any release.

#![allow(
    clippy::must_use_candidate,
    clippy::type_complexity,
    reason = "expansions use every result, and name no types"
)]

mod gather;
mod group;
mod options;
mod sets;
mod structs;

use std::{future::Future, pin::Pin, time::Duration};

use pin_project_lite::pin_project;

pub use crate::branch::{AwaitedUntilValue, UntilValue};
use crate::{
    as_completed::fixed::{self, Tree},
    as_completed::lending::{Lending, Timed},
    branch::{Argument, ErrorType},
    completion::Completions,
    drive::Next,
    end_policy::EndPolicy,
    gather::SharedValue,
    group::{GroupMode, TaskGroup},
    set::Outlined,
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
pub fn wait_until<F: Future, C: EndPolicy, P: FnMut(&F::Output) -> bool>(
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
    pub use crate::branch::{
        ArgumentWithoutKey as _, AwaitedUntil as _, AwaitedValue as _, BesideRejected as _,
        Borrowed as _, BorrowedFutures as _, Boxed as _, BoxedFutures as _, Collection as _,
        Determined as _, Function as _, FunctionUntil as _, JoinSetBranch as _, JoinSetSpread as _,
        KeyedResults as _, KeyedSet as _, Lent, LentFuture as _, LentOther as _, LentStream as _,
        NoAttempt as _, NoKeysToKeep as _, NotAResult as _, NotAnArray as _, NotResults as _,
        OneFuture as _, OtherError as _, OtherField as _, OtherFutures as _, OtherKeys as _,
        OtherUntil as _, OtherValue as _, OtherValues as _, PairOf, Pairs as _,
        PendingEachTimeout as _, PendingStagger as _, PlainOutput as _, ReturnWhen,
        StreamBranch as _, StreamInWait as _, StreamOfPairs as _, StreamOfValues as _,
        StreamSpread as _, SumOfNeeds as _, SumOfSources as _, TimeoutConversion as _,
        TooFewConversion as _, Tuple as _, UnlikeErrors as _, UnlikeNeedErrors as _,
        UnlikeNeedValues as _, UnlikeOutputs as _, UnlikeSets as _, Unpinned as _,
        UnpinnedFutures as _, UnpinnedUntil as _, ValueBranch as _, ValueSpread as _,
        Variable as _, WithErrorType as _, Wrapped as _,
    };
    pub use crate::gather::{AsError, Bare, ConvertBoth, Flat, OuterError, Unconverted, Unlimited};
    pub use crate::group::error_kind::{NoError as _, NoPointer as _, plain};
    pub use crate::timeout::BranchTimeoutAsResult;

    pub use super::{gather::*, group::*, options::*, sets::*, structs::*};

    /// Has the name of the variables of closures in expansions. It shadows a constant of the user with this name, which would be a
    /// pattern instead of a variable.
    pub fn x() {}
}
