//! Spans for calls, branches, tasks and children, with the feature `tracing`; see `guide::observing`.
//!
//! Without the feature (`disabled.rs`) the same names cost nothing: the types have no size and need no drop, and a future is
//! not wrapped.

#[cfg(not(feature = "tracing"))]
mod disabled;
#[cfg(feature = "tracing")]
mod enabled;

#[cfg(not(feature = "tracing"))]
use self::disabled as spans;
#[cfg(feature = "tracing")]
use self::enabled as spans;

#[cfg(feature = "tracing")]
pub use self::spans::Branch;
pub use self::spans::{Call, Ending};
pub(crate) use self::spans::{
    Child, Scope, branch, branches, inner, number, spawn, spawn_blocking, spawn_blocking_on,
    spawn_local, spawn_on, timed_out,
};
pub(crate) use crate::mode::End;

/// The type of a future `F` in its span. `K` is a [`Classify`](crate::mode::Classify), which classifies the output for the span.
///
/// It is a macro, because a type alias would have to use `K` without the feature too, and a projection would hide from the
/// compiler that types around it are `Send`.
#[cfg(not(feature = "tracing"))]
macro_rules! Watched {
    ($future:ty, $outcome:ty) => {
        $future
    };
}
#[cfg(feature = "tracing")]
macro_rules! Watched {
    ($future:ty, $outcome:ty) => {
        $crate::trace::Branch<$future, $outcome>
    };
}
pub(crate) use Watched;

/// The number by which the span of a branch identifies it.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "tracing"),
    allow(dead_code, reason = "only read with the feature `tracing`")
)]
pub(crate) enum BranchId {
    /// The index among the arguments of the call, or in the set.
    Index(usize),
    /// The index in the collection that was spread.
    Element(usize),
}

/// The macro of a call.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "tracing"),
    allow(dead_code, reason = "only read with the feature `tracing`")
)]
pub(crate) enum Macro {
    Gather,
    AsCompleted,
    Wait,
    TaskGroup,
}
