#![doc = include_str!("guide/links.md")]
#![cfg_attr(doc, doc = include_str!("guide/pictures.txt"))]
#![doc = include_str!("../README.md")]
// The first definition of a link counts, so these links replace those of the README, which lead to files beside it.
#![warn(missing_debug_implementations)]

#[doc(hidden)]
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
pub mod __private;
mod as_completed;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
mod branch;
mod catch;
mod completion;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the other types"
)]
mod drive;
mod end_policy;
mod error;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the other types"
)]
mod gather;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the other types"
)]
mod group;
#[cfg(doc)]
pub mod guide;
pub mod hint;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the other types"
)]
mod keyed;
mod macros;
mod misnamed;
mod mode;
mod panics;
mod pending;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
mod set;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
mod supply;
mod sync;
mod task;
mod timeout;
mod too_few;
#[allow(
    missing_debug_implementations,
    reason = "only expansions use the types"
)]
mod trace;
mod until;
mod wait;

pub use crate::{
    as_completed::AsCompleted,
    catch::{Catch, Panicked, catch},
    error::{At, Failures, Stopped, TimedOut},
    gather::Gather,
    group::{Cause, Child, Group, GroupHandle, GroupMode, TaskGroup},
    keyed::{Keyed, keyed},
    mode::{Failing, Plain},
    pending::Pending,
    task::{Joined, Task, spawn, spawn_blocking, spawn_local},
    too_few::TooFew,
    wait::{Done, Wait},
};

/// Futures and streams that methods return, for example [`Pending::next`].
///
/// They are rarely named: store them in a variable, or await them at once.
pub mod future {
    pub use crate::{
        as_completed::Indexed,
        drive::{Drive, Next},
        group::{Cancelled, Ready},
    };
}

/// Iterators over the results of a [`Done`].
pub mod done {
    pub use crate::wait::{IntoIndexed, IntoIter, Iter};
}

/// Traits and types that the signatures of public types name, so that generic code can name them too.
///
/// For example, a function that takes any stream of [`as_completed!`] can be generic in its parameters:
///
/// ```
/// use rejoin::{
///     AsCompleted,
///     bounds::{Entry, Supply, EndPolicy},
/// };
/// use std::future::Future;
///
/// async fn count<F, I, C>(mut results: AsCompleted<F, I, C>) -> usize
/// where
///     F: Future,
///     I: Supply<Entry<F>>,
///     C: EndPolicy,
/// {
///     let mut count = 0;
///     while results.next().await.is_some() {
///         count += 1;
///     }
///     count
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::as_completed;
/// use std::future::ready;
///
/// assert_eq!(count(as_completed!(ready('a'), ready('b'))).await, 2);
/// assert_eq!(count(as_completed!(..[ready(1)], timeout = 1s)).await, 1);
/// # }
/// ```
///
/// The traits are not meant to be implemented elsewhere. Their methods are hidden and may change with any release.
pub mod bounds {
    pub use crate::{
        as_completed::{ArgumentOrder, CompletionOrder, ResultOrder},
        completion::Completions,
        end_policy::EndPolicy,
        pending::Entry,
        supply::Supply,
    };
}
