//! Spans for calls, branches, tasks and children, if the feature `tracing` is on; see the crate's documentation.
//!
//! Without the feature (`off.rs`) everything here is empty and what is wrapped is not: no size, no branch, nothing to drop.

#[cfg(not(feature = "tracing"))]
#[path = "off.rs"]
mod watch;
#[cfg(feature = "tracing")]
#[path = "on.rs"]
mod watch;

#[cfg(feature = "tracing")]
pub use self::watch::Branch;
pub use self::watch::{Call, Ending};
pub(crate) use self::watch::{
    Child, Scope, branch, branches, inner, number, spawn, spawn_blocking, spawn_blocking_on,
    spawn_on, timed_out,
};
pub(crate) use crate::mode::End;

/// The type of a future `F` that is watched, of whose output [`K`](crate::mode::Classify) tells how it ended.
///
/// A macro, since an alias would have to use `K` also where nothing is watched, and a projection would hide from the
/// compiler that what is around it is `Send`.
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

/// Where a branch stands.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "tracing"),
    allow(dead_code, reason = "nobody is told of it")
)]
pub(crate) enum Place {
    /// Among the arguments of the call, or in the set.
    Index(usize),
    /// In the collection that was spread.
    Element(usize),
}

/// Which macro a call is of.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "tracing"),
    allow(dead_code, reason = "nobody is told of it")
)]
pub(crate) enum Macro {
    Gather,
    AsCompleted,
    Wait,
    TaskGroup,
}
