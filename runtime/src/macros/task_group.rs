//! The macro `task_group!` and its documentation.

#[cfg(doc)]
use crate::*;

/// Runs child tasks in a scope that none of them outlives.
///
/// ```text
/// task_group!([<Error | options>] [async] [move] |tg| body [, name = value, ..])
/// ```
///
/// The call evaluates to a [`Group`], a future. The body is one async block, with or without the keyword `async`. It
/// may borrow surrounding variables, or take them with `move`. It starts children through `tg`, a [`TaskGroup`]:
///
/// | call | the child |
/// |---|---|
/// | [`tg.spawn(future)`](TaskGroup::spawn) | is a task that runs in parallel: `Send + 'static` |
/// | [`tg.spawn_scoped(future)`](TaskGroup::spawn_scoped) | is polled by the group, concurrently with the body: `Send`, may borrow from variables that outlive the group |
/// | [`tg.spawn_blocking(closure)`](TaskGroup::spawn_blocking) | runs on a thread for blocking work |
/// | [`tg.spawn_daemon(future)`](TaskGroup::spawn_daemon) | is a task that is cancelled when all other children have ended |
/// | [`tg.spawn_daemon_scoped(future)`](TaskGroup::spawn_daemon_scoped), [`tg.spawn_blocking_daemon(closure)`](TaskGroup::spawn_blocking_daemon) | the same for a child that borrows, and for a closure |
///
/// Each call returns a [`Child`], a future of the child's output. The group ends when the body and all children have
/// ended. No child outlives the group, whichever way the group ends.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::task_group;
/// let pages = ["/", "/about"].map(String::from);
/// let longest = task_group!(|tg| {
///     let lengths = pages.each_ref().map(|page| tg.spawn_scoped(async { page.len() }));
///     let sum = tg.spawn(async { 1 + 2 });
///     let [first, second] = lengths;
///     first.await.max(second.await).max(sum.await)
/// })
/// .await;
/// assert_eq!(longest, 6);
/// # }
/// ```
///
/// To spawn from the future of a task, which must be `'static`, use [`tg.handle()`](TaskGroup::handle). Scoped children
/// use clones of `tg`.
///
/// # Returns
///
/// | call | output |
/// |---|---|
/// | `task_group!(\|tg\| body)` | the value `R` of the body; the output of a child, even a `Result`, is a value like any other |
/// | `task_group!(<E> \|tg\| body)`, or with `error = E` | `Result<R, Failures<E>>`: the body returns a `Result<R, E>`, children return a `Result<_, E>` or `()` |
/// | either of them with a `timeout` | `Result<_, TimedOut>` around that type |
/// | either of them with an `until` | `Result<_, Stopped>` around that type |
///
/// [`tg.stop(value)`](GroupHandle::stop), called by the body or any child, ends the group early, as if the body had
/// returned `value`.
///
/// # Errors
///
/// In a failing group the first `Err` of a child or of the body ends the group: the body and the scoped children are
/// dropped, and tasks are cancelled and joined. Then the group returns [`Failures`], which holds all errors that
/// happened in completion order, the error of the body last. In children and in the body `?` converts to the error
/// type.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::task_group;
/// use std::{io, net::IpAddr};
///
/// let failures = task_group!(<Box<dyn std::error::Error + Send + Sync>> |tg| {
///     tg.spawn(async {
///         let _host: IpAddr = "localhost".parse()?;
///         Ok(())
///     });
///     tg.spawn(std::future::pending::<()>()); // is cancelled
///     Ok(())
/// })
/// .await
/// .unwrap_err();
/// assert_eq!(failures.first().to_string(), "invalid IP address syntax");
/// # }
/// ```
///
/// # Options
///
/// Options are written in a header, or after the body, as in [`gather!`].
///
/// | option | value | default | effect, and its cost |
/// |---|---|---|---|
/// | `timeout` | duration | none: the group waits for all children | after this time the body and all children are cancelled and joined, and the group returns `Err(TimedOut)`. The value of the body is lost, and errors that happen later |
/// | `until` | a future | none | when this future completes, the body and all children are cancelled and joined, and the group returns `Err(Stopped)`. The same is lost. A group has either `timeout` or `until`: write a deadline beside a signal as a future |
/// | `limit` | `usize`, at least 1 | none: all children run | maximum number of children that run concurrently, of all kinds except daemons. Further children wait, and start in the order of their spawns; to wait before the spawn, use [`tg.ready()`](GroupHandle::ready). Children that wait when the group ends are dropped unpolled. See [below](#limit) |
/// | `grace` | duration | zero: a cancelled task is aborted at once, and loses what it has not saved | how long cancelled tasks may continue before they are aborted, daemons at the normal end too. A task that does not use [`cancelled()`](GroupHandle::cancelled) takes all of this time. All [clean-up](#clean-up) together has the same time once more |
/// | `error` | a type | none: the group cannot fail | the error type of the group, which can also be written as a bare type in the header |
///
/// `until` is polled by the group after the body and the scoped children, at first and then only when it was woken. It is
/// no child: it may borrow, and the group does not wait for it. It is dropped when it completes, otherwise at the end of
/// the group.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::task_group;
/// use rejoin::{Cause, Stopped};
/// use std::{future::pending, time::Duration};
/// use tokio::time::sleep;
///
/// let shutdown = sleep(Duration::from_secs(5)); // for example `signal::ctrl_c()`
/// let served = task_group!(|tg| {
///     let group = tg.handle();
///     tg.spawn(async move {
///         group.cancelled().await;
///         assert_eq!(group.cause(), Some(Cause::Stopped));
///     });
///     pending::<()>().await; // accepts connections
/// }, until = shutdown, grace = 10s)
/// .await;
/// assert_eq!(served, Err(Stopped));
/// # }
/// ```
///
/// # Cancellation
///
/// The body and scoped children are dropped. A task is cancelled in two steps: first
/// [`cancelled()`](GroupHandle::cancelled) of the group's handle completes, and the task may end by itself within the
/// time of `grace`; then it is aborted, at its next await. Without `grace` it is aborted at once. The group waits until
/// the task is gone. A closure on a blocking thread cannot be aborted: the group waits until it returns.
///
/// If the group ends for several reasons, the first one counts, but a panic precedes all others. An error after a stop,
/// after the deadline or after the end by `until` is dropped. Once the group is ending its deadline and its `until` have
/// no effect. [`cause()`](GroupHandle::cause) says in the children, and in handles that are left, what ended the group.
///
/// # Clean-up
///
/// [`tg.defer(future)`](TaskGroup::defer) registers clean-up that awaits, for example to flush a file or to close a
/// connection. The group runs it at its end, whichever way it ends: after everything else is gone, one future after
/// another, the last registered first. Then the group returns.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::task_group;
/// # use std::time::Duration;
/// # use tokio::time::sleep;
/// let mut log = vec![];
/// let late = task_group!(|tg| {
///     let log = &mut log;
///     tg.defer(async move {
///         sleep(Duration::from_millis(10)).await;
///         log.push("closed");
///     });
///     tg.spawn(sleep(Duration::from_secs(60)));
/// }, timeout = 1s)
/// .await;
/// assert!(late.is_err());
/// assert_eq!(log, ["closed"]);
/// # }
/// ```
///
/// With a `grace` all clean-up of a group together has that time, otherwise there is no limit. If the group's future is
/// dropped, only clean-up of [`tg.handle().defer(future)`](GroupHandle::defer) runs, in a task of the runtime.
///
/// # Groups in groups
///
/// A group that is polled by the body or by a child of another group is part of that group from its first poll on, also
/// if it is polled through another future, for example [`gather!`]. The outer group ends only after every task of the
/// inner group is gone.
///
/// - When the outer group is cancelled, [`cancelled()`](GroupHandle::cancelled) of the inner group completes in the
///   same moment. The inner group continues, and may spawn more children, until the child that holds it ends or is
///   aborted.
/// - If the future of the inner group is dropped before it is ready, its tasks are cancelled, and aborted after the
///   outer group's `grace`: after the remaining time if the outer group is ending, otherwise after the full time from
///   the drop on. Without `grace` they are aborted at once. The outer group waits until they are gone. A panic of such
///   a task becomes a panic of the outer group, and an error of it is dropped. The same holds for the clean-up of its
///   handles, which runs before the clean-up of the outer group and has the `grace` of that one.
///
/// A group is independent if it is first polled by another task, for example one of [`spawn`], or by a thread that
/// blocks on it. So is a group that was polled before it was moved into the other group. A group that is moved out of
/// the group in which it was first polled stays part of that group: if its tasks must be aborted, its future panics
/// when it is polled.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::task_group;
/// use std::time::Duration;
/// use tokio::time::{Instant, sleep};
///
/// let start = Instant::now();
/// task_group!(|outer| {
///     outer.spawn(task_group!(|inner| {
///         let group = inner.handle();
///         inner.spawn(async move {
///             group.cancelled().await; // of either group
///             sleep(Duration::from_millis(10)).await; // saves its work
///         })
///         .await;
///     }));
///     sleep(Duration::from_secs(1)).await;
///     outer.stop(());
/// }, grace = 5s)
/// .await;
/// assert_eq!(start.elapsed(), Duration::from_millis(1010));
/// # }
/// ```
///
/// # Limit
///
/// A `limit` counts children from their start until they are gone, also while they await. A child that awaits another
/// child of the same group still counts, so both wait for each other forever once the limit is reached. Give such a
/// child a group of its own, because the children of that group are not counted:
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::task_group;
/// let waits_for_ever = task_group!(|tg| {
///     let group = tg.handle();
///     tg.spawn(async move { group.spawn(async {}).await }); // takes the only slot
/// }, limit = 1, timeout = 1h);
/// assert!(waits_for_ever.await.is_err());
///
/// task_group!(|tg| {
///     tg.spawn(task_group!(|inner| inner.spawn(async {}).await));
/// }, limit = 1)
/// .await;
/// # }
/// ```
///
/// A limit does not apply to tasks that are running already: a child that awaits a [`Task`] counts, but the task itself
/// runs from the call of [`spawn`] on.
///
/// # Cancel safety
///
/// Dropping the future cancels the group. Scoped children are dropped at once. A drop cannot wait: tasks are aborted,
/// and are gone after their next await, and a closure on a blocking thread runs to its end. If the group is part of
/// another group, that group waits for them. To wait for them elsewhere, [`stop`](GroupHandle::stop) the group, or give
/// it a `timeout` or an `until`, instead of dropping it.
///
/// # Panics
///
/// If the body, a child or `until` panics, the body and all children are cancelled and joined; then the panic continues in the
/// caller, with its payload. Of several panics the first continues. The group also panics if a child was dropped
/// because its runtime was shut down. The future panics if it is polled after it was ready, and the call panics if
/// `limit` is 0. With `timeout` or `grace` the call needs a tokio runtime with the time driver.
///
/// So one handler that panics ends the whole server. If the other handlers must continue, wrap each handler in
/// [`catch`], which returns the panic as a value: `tg.spawn(catch(serve(client)))`.
///
/// # Fairness
///
/// The body and scoped children are polled once at first, and after that only when they were woken, first the body and
/// then the children in the order of their spawns. The group yields to the runtime at least every 1,024 polls, and when
/// tokio's cooperative budget is spent. A busy child [does not starve others](macro@gather#fairness).
///
/// # Expands to
///
/// ```text
/// match task_group(kind, limit, grace, timeout) {
///     (group, tg) => group.run(async { let tg = tg; body })
/// }
/// ```
#[doc(alias(
    "nursery",
    "create_task_group",
    "open_nursery",
    "JoinSet",
    "scope",
    "CancelScope",
    "cancel_scope",
    "move_on_after",
    "fail_after"
))]
#[macro_export]
macro_rules! task_group {
    ($($call:tt)*) => { $crate::__private::macros::task_group! { ($crate) $($call)* } };
}
