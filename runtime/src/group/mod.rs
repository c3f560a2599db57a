//! `task_group!`: children that do not outlive the call.
//!
//! ```text
//! Group ── the body; GroupDriver ── Set: scoped children        (polled by the group's future)
//!   └── Arc<Core> ── tasks, blocking children ────────────────  (polled by the runtime)
//!          ▲ ▲
//!          │ └─ Child, Membership: one of each for a child
//!          └─── TaskGroup, GroupHandle: from which children are spawned
//! ```
//!
//! The group's future polls its body if that was woken, and then its scoped children. They are futures of one
//! [`Set`](crate::set::Set), so only those that were woken are polled, in the order in which they were spawned.
//!
//! A task is a [`ChildFuture`](child_future::ChildFuture). It passes the task's output, error or panic on, and leaves the
//! group after everything else of the task was dropped. So the group joins its tasks by counting them.
//!
//! No type that a task holds depends on the type of the body's value `R`, because that may borrow.

// The group's future.
mod driver;
mod future;
mod mode;

pub mod error_kind;

// The state of a group.
mod cancelled_tasks;
mod cancellers;
mod cause;
mod clean_up;
mod core;
mod current;
mod end;
mod finalizers;
mod limit;
mod nested_groups;
mod nesting;
mod notify;
mod sorted_list;
mod state;
mod waiters;
mod wake;

// Handles, and children.
mod cell;
mod child;
mod child_future;
mod events;
mod handle;
mod inbox;
mod membership;
mod task_group;
mod work;

#[cfg(all(test, rejoin_loom))]
mod model;

pub use self::{
    cause::Cause,
    child::Child,
    events::{Cancelled, Ready},
    future::{Group, GroupBuilder, group},
    handle::GroupHandle,
    mode::GroupMode,
    task_group::TaskGroup,
};
