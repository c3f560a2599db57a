//! Methods of other libraries that groups and tasks do not have.

/// A group that has another name for [`spawn`](crate::TaskGroup::spawn). No group has.
#[diagnostic::on_unimplemented(
    message = "a group starts its children with `spawn`, or with `spawn_scoped` if they borrow",
    label = "write `spawn`"
)]
pub trait OtherSpawnMethod {}

/// A group that has another name for [`stop`](crate::GroupHandle::stop). No group has.
#[diagnostic::on_unimplemented(
    message = "`stop` ends a group, and takes the value that the group returns then",
    label = "write `stop(value)`"
)]
pub trait OtherStopMethod {}

/// A group that has a method `join_next`. No group has.
#[diagnostic::on_unimplemented(
    message = "a group waits for its children by itself; each `Child` that `spawn` returns is a future of its output",
    label = "remove this, or await the `Child`"
)]
pub trait JoinNextMethod {}

/// A task that has a method `abort`. No task has.
#[diagnostic::on_unimplemented(
    message = "there is no `abort`: `cancel` stops the task, and returns when it has ended",
    label = "write `cancel().await`"
)]
pub trait AbortMethod {}
