#![doc = include_str!("guide/links.md")]
#![cfg_attr(doc, doc = include_str!("guide/pictures.txt"))]
#![doc = include_str!("../README.md")]
// The first definition of a link counts, so these links replace those of the README, which lead to files beside it.

#[cfg(doc)]
use std::future::IntoFuture;

#[doc(hidden)]
pub mod __private;
mod as_completed;
mod branch;
mod catch;
mod clock;
mod drive;
mod error;
mod gather;
mod group;
#[cfg(doc)]
pub mod guide;
pub mod hint;
mod misnamed;
mod mode;
mod panics;
mod pending;
mod set;
mod supply;
mod sync;
mod task;
mod timeout;
mod trace;
mod wait;

pub use crate::{
    as_completed::{AsCompleted, Indexed},
    catch::{Catch, Panicked, catch},
    drive::{Drive, Next},
    error::{Failures, TimedOut},
    gather::Gather,
    group::{Cancelled, Child, Group, GroupHandle, GroupMode, Ready, TaskGroup},
    mode::{Failing, Plain},
    pending::Pending,
    task::{Task, spawn, spawn_blocking},
    wait::{Done, Wait},
};

/// Runs all branches concurrently; gives their results in argument order.
///
/// ```text
/// gather!([<Error | options>] branch, ..collection, .. [, name = value, ..])
/// ```
///
/// A branch is anything that is [`IntoFuture`]; `..xs` stands for the futures of an iterator, a collection or an array.
/// Any number of both may be mixed. The call evaluates to a [`Gather`], a future: nothing runs before it is polled, and
/// it can be stored, nested and passed on.
///
/// # Returns
///
/// | call | output |
/// |---|---|
/// | `gather!()` | `()` |
/// | `gather!(a)`, `gather!(a, b, c)` | `(A,)`, `(A, B, C)` |
/// | `gather!(..xs)` | `Vec<T>`; `[T; N]` if `xs` is an array of N |
/// | `gather!(a, ..xs, b)` | `(A, Vec<T>, B)` |
/// | any of these with a branch that gives a `Result` | `Result<_, E>`, of the `Ok` values |
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::gather;
/// let (a, squares, b) = gather!(async { 'a' }, ..(0..3).map(|n| async move { n * n }), async { 'b' }).await;
/// assert_eq!((a, squares, b), ('a', vec![0, 1, 4], 'b'));
/// # }
/// ```
///
/// # Errors
///
/// If a branch gives a `Result`, the first `Err` to happen ends the call; of two in the same poll, that of the earlier
/// argument. Every other branch is dropped before the caller sees it. All error types must be the same, unless the call
/// names one, into which all are converted with [`Into`]: `gather!(<AppError> a, b)` or `error = AppError`. With
/// `return_exceptions = true` nothing ends the call, and every outcome is a value.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::gather;
/// async fn fails() -> Result<u8, std::io::Error> {
///     Err(std::io::ErrorKind::NotFound.into())
/// }
///
/// let error = gather!(fails(), std::future::pending::<()>()).await.unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
///
/// let boxed: Result<_, Box<dyn std::error::Error>> =
///     gather!(fails(), async { "x".parse::<u8>() }, error = Box<dyn std::error::Error>).await;
/// assert!(boxed.is_err());
///
/// let (first, second) = gather!(fails(), async { 2 }, return_exceptions = true).await;
/// assert!(first.is_err());
/// assert_eq!(second, 2);
/// # }
/// ```
///
/// # The type of an output is decided at the call
///
/// If nothing up to the call determines the output type of a branch, the branch counts as one that never returns, and its output
/// type is [`Infallible`](std::convert::Infallible). If a later line determines another type, the compiler reports
/// "expected `Infallible`" there. Name the type before the call: `oneshot::channel::<u32>()`, `pending::<()>()`.
///
/// # Options
///
/// They stand behind the branches as `name = value`, or in a header before them: `gather!(<limit = 8> ..xs)`. A duration
/// is a number with a unit (`2s`, `1.5s`, `500ms`, `20us`, `3min`, `1h`) or an expression of type
/// [`Duration`](std::time::Duration). Everything is evaluated once, at the call: the branches in order, then the options.
///
/// | option | value | meaning |
/// |---|---|---|
/// | `timeout` | duration | after it, `Err(TimedOut)`: the output is `Result<_, TimedOut>`. With an error type the timeout becomes one of its values |
/// | `partial` | `true`, `false` | with `timeout`: no error, but `Some` for what is done by then and `None` for what is not |
/// | `each_timeout` | duration | each branch gives `Result<T, TimedOut>`; with an error type a late branch is one that fails |
/// | `limit` | `usize`, at least 1 | so many branches run at once. They start in argument order, and an iterator is drawn from as places come free; without it, at the call |
/// | `return_exceptions` | `true`, `false` | every outcome is a value |
/// | `error` | a type | the error type of the call; a bare type in the header is the same |
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::gather;
/// use std::time::Duration;
/// use tokio::time::sleep;
///
/// let jobs = [10, 50, 20].map(|n| async move {
///     sleep(Duration::from_millis(n)).await;
///     n
/// });
/// let done = gather!(..jobs, timeout = 30ms, partial = true).await;
/// assert_eq!(done, [Some(10), None, Some(20)]);
/// # }
/// ```
///
/// Deadlines count from the first poll, `each_timeout` from that of the branch. What is ready at the deadline is in time.
/// With `timeout = 0s` or `each_timeout = 0s` each branch that can start is polled once, and the call returns without waiting
/// for the clock, whatever the branch wakes meanwhile: a look at what is ready now.
///
/// # Cancel safety
///
/// Dropping the future drops its branches, in argument order, and their results. What a branch loses by that is up to
/// the branch; to go on with it later, gather `&mut branch`, for instance a [`Task`].
///
/// # Panics
///
/// A panic of a branch drops all others and goes on to the caller. Polled again after it was ready, the future panics;
/// so does the call if `limit` is 0. With `timeout` or `each_timeout` the future panics if a branch has to be waited for
/// outside of a tokio runtime, or in one whose time is not enabled; the message names the option and the call.
///
/// # Fairness
///
/// A branch is polled once at first, and then only when it was woken (of two or three arguments, all are polled on each
/// wake, which is faster). Branches that were woken between two polls are polled in argument order. A large collection returns to
/// the runtime at least every 1,024 polls, and when tokio's cooperative budget is spent.
///
/// A branch that always has something to do, for example a socket that always has data, starves no other. Each poll of the
/// call is a turn, and whatever used up the budget or ended the turn is polled last in the next one. That holds in every
/// macro: among branches, nested calls and spread collections, among the sets that are lent to a loop, and between a body and the
/// branches of its loop or group, in both directions. Under a `limit` free places are filled in every turn, and deadlines
/// are looked at in every turn, whatever is left of the budget.
///
/// # Expands to
///
/// The branches are evaluated in order, and their temporaries live as long as in a function call. What uses them is behind it:
///
/// ```text
/// match (a, b) {
///     x => {
///         let mut a = argument(x.0);
///         let mut b = argument(x.1);
///         gather(PairOf(a.rejoin_branch().rejoin_check()..., b.rejoin_branch().rejoin_check()...)..., ...)
///     }
/// }
/// ```
///
/// A branch is moved a few times on its way into the call's future. In a build that is not optimized each move takes its size
/// of stack: about twice as much as for `tokio::join!` (32 branches of 4 KiB: 823 and 423 KiB). Large futures are better boxed.
#[macro_export]
macro_rules! gather {
    ($($call:tt)*) => { $crate::__private::macros::gather! { ($crate) $($call)* } };
}

/// Takes results in the order in which they come.
///
/// ```text
/// as_completed!([<options>] branch, ..collection, .. [, name = value, ..])                          a stream
/// as_completed!([<options>] ['label:] for pattern in ..collection { body } [, name = value, ..])    a loop
/// as_completed! { [<options>] pattern = branch [, if condition] => body, pattern in ..collection => body, .. }       arms
/// ```
///
/// Branches are what they are for [`gather!`]. In a stream and in a loop all of them give the same type; arms are for those
/// that do not. A branch starts when the call is first polled, and is dropped when it is done or not needed any more.
///
/// # Returns
///
/// | call | value |
/// |---|---|
/// | `as_completed!(a, ..xs)` | an [`AsCompleted`], a stream of what the branches give |
/// | a loop, or arms | `()`, where it stands: there is no `.await` behind it |
///
/// # As a stream
///
/// The call evaluates to an [`AsCompleted`], a [`Stream`](futures_core::Stream) with methods of its own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::as_completed;
/// # use std::time::Duration;
/// async fn after(ms: u64) -> u64 {
///     tokio::time::sleep(Duration::from_millis(ms)).await;
///     ms
/// }
///
/// let mut results = as_completed!(after(20), ..[30, 10].map(after));
/// assert_eq!(results.next().await, Some(10));
/// assert_eq!(results.len(), 2);
/// # }
/// ```
///
/// # As a loop
///
/// The loop runs where it stands and awaits inside: there is no `.await` behind it, and its value is `()`. `break`,
/// `continue`, labels, `return` and `?` do what they do in any `for` loop; leaving it drops the branches that are left
/// before the next statement. Bodies run one at a time and may use `&mut` of their surroundings.
///
/// While the body awaits, the other branches go on: every `.await` that is written in it also drives the loop's branches.
/// That holds for the arguments of macros too, where they are expressions, and an inner loop drives the outer one. It does
/// not hold inside of `async` blocks, closures and items, nor for awaits that another macro makes (`select!`, `join!`).
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::as_completed;
/// use std::time::Duration;
/// use tokio::time::{Instant, sleep};
///
/// let start = Instant::now();
/// let fetch = |ms| async move {
///     sleep(Duration::from_millis(ms)).await;
///     ms
/// };
/// let mut pages = vec![];
/// as_completed!(for page in ..[30, 10, 20].map(fetch) {
///     sleep(Duration::from_millis(100)).await; // the other fetches go on
///     pages.push(page);
/// });
/// assert_eq!(pages, [10, 20, 30]);
/// assert_eq!(start.elapsed(), Duration::from_millis(310));
/// # }
/// ```
///
/// Several items stand in parentheses: `for page in (home(), ..pages) { }`.
///
/// `..&mut pending`, of a variable, a field or a dereference, lends a [`Pending`] to the loop, which borrows it only while it
/// polls. So the body may push to it, and what is left after `break` or a timeout stays in it, alive. What the body awaits
/// cannot borrow it as well: give an awaited argument a name first. A `limit` holds for the loop; `each_timeout` does not
/// go with it. For tasks in a `Vec` write `..tasks.iter_mut()`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::{Pending, as_completed};
/// async fn links(page: u32) -> Vec<u32> {
///     if page < 10 { vec![page * 2, page * 3] } else { vec![] }
/// }
///
/// let mut pending = Pending::from_iter([links(3)]);
/// let mut seen = 1;
/// as_completed!(for found in ..&mut pending {
///     for page in found {
///         seen += 1;
///         pending.push(links(page));
///     }
/// }, limit = 8);
/// assert_eq!(seen, 7);
/// # }
/// ```
///
/// # As arms
///
/// `pattern = branch => body` runs its body once, `pattern in ..collection => body` once for each. It is a loop over all
/// that completes, with the rules of a loop: `break` ends it, and drops what is left. The value of a body is dropped; a comma
/// after a body in braces may be left out.
///
/// An output that the pattern does not match is dropped, and the body does not run. The condition in
/// `pattern = branch, if condition => body` is evaluated once, at the call, after the branch. If it is `false`, the branch is
/// dropped at the call, and the arm counts as finished.
///
/// Because the arms are a loop, a body cannot move a variable out of its surroundings, not even that of an arm that runs once,
/// unless it ends with `break` or `return`. Put the variable into an `Option` and `take()` it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), std::num::ParseIntError> {
/// # use rejoin::as_completed;
/// let (mut name, mut ages) = (String::new(), vec![]);
/// as_completed! {
///     text = async { "Ada" } => name.push_str(text),
///     age in ..["36", "41"].map(|age| async { age.parse::<u8>() }) => { ages.push(age?); }
/// }
/// assert_eq!((name.as_str(), ages), ("Ada", vec![36, 41]));
///
/// let cache = std::collections::HashMap::from([(1, "Ada")]);
/// let mut found = cache.get(&1).copied();
/// as_completed! {
///     Some(row) = async { Some("Grace") }, if found.is_none() => found = Some(row),
/// }
/// assert_eq!(found, Some("Ada"));
/// # Ok(()) }
/// ```
///
/// # Coming from `select!`
///
/// `tokio::select!` runs the body of the first branch that completes and drops the others. Arms run until all branches
/// are done, each body once, so a body that is to be the only one ends in `break`:
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::as_completed;
/// # use std::time::Duration;
/// use tokio::{sync::mpsc, time::sleep};
///
/// let (sender, mut commands) = mpsc::channel(8);
/// sender.send("load").await.unwrap();
/// sender.send("save").await.unwrap();
///
/// let mut seen = vec![];
/// loop {
///     let mut next = None;
///     as_completed! {
///         command = commands.recv() => { next = command; break; }
///         () = sleep(Duration::from_secs(60)) => break, // idle
///     }
///     let Some(command) = next else { break };
///     sleep(Duration::from_secs(1)).await; // after the arms: nothing else goes on meanwhile
///     seen.push(command);
/// }
/// assert_eq!(seen, ["load", "save"]);
/// # }
/// ```
///
/// - **One completion at a time.** After a branch has completed no other is polled until its body has begun; of several that
///   are ready, the first in argument order is handed out (`select!` says `biased;` for that). So a body that
///   leaves by `break` takes nothing from the others: a message stays in its channel, as with `select!`, if the branch is
///   cancel safe, as `recv`, `accept` and `next_line` are.
/// - **An `await` in a body drives the others on**, which `select!` does not do. Results that come in that time are handed out
///   next, or dropped when the loop is left before. So do not await between a completion and `break` or `return` if a lost
///   result matters: note what is to be done, leave the loop, and await behind it. An `await` that is ready at its first poll
///   drives nothing.
/// - **The order is not random.** In each round the first arm that is ready is taken, so one that always is, for example requests
///   of a client that sends without a pause, leaves no round to those after it. A signal to stop stands in the first arm.
/// - **A body cannot use a variable that another branch borrows**, because the branches live as long as the loop, where
///   `select!` drops them before it runs a body. Leave the loop with the result, and use the variable behind it.
/// - **A branch that is to go on in the next round** must not be dropped: give `&mut future`, or keep the branches in a
///   [`Pending`] and lend it to a loop.
/// - [`wait!`] loses nothing in any case: it returns all results, and the branches that are not done.
///
/// # Options
///
/// They stand in a header, or behind everything else, as in [`gather!`].
///
/// | option | value | meaning |
/// |---|---|---|
/// | `timeout` | duration | items are `Result<_, TimedOut>`: what is done by then, then one `Err` if anything was left, and the rest is dropped. Each arm that is not finished runs once with the `Err` |
/// | `each_timeout` | duration | each branch gives `Result<T, TimedOut>` |
/// | `limit` | `usize`, at least 1 | so many branches run at once, and a result keeps its place until it is handed on: a slow consumer holds an iterator back, which may be endless. An iterator is drawn from as places come free; without a limit, at the call |
///
/// Deadlines count from the first poll. What is ready when the set is polled is in time. With `timeout = 0s` each branch is
/// polled at most once over all items: results that are ready are handed out, then the `Err`.
///
/// # Errors
///
/// None ends anything by itself: an `Err` of a branch is an item like any other, with which the body does what it likes; `?`
/// leaves the loop and drops the rest. With `timeout` and `each_timeout` a [`TimedOut`] is an item, too.
///
/// # Cancel safety
///
/// Dropping the stream, or the future that a loop stands in, drops its branches in argument order, and results that were not
/// handed out. What was lent is not dropped.
///
/// Branches complete one at a time: none is polled beyond the first completion until that has been handed out, by `next`, to
/// the body of a loop or to an arm. Under a `limit` the next branch starts after that, too. So leaving a loop by `break`, or
/// dropping a stream after `next`, loses nothing that a cancel-safe branch had not yet taken. Only an `await` in a body, or in
/// the closure of [`for_each`](AsCompleted::for_each), drives the other branches on, and only if it has to wait. Results that
/// come in that time and were not handed out are dropped with the other branches when the loop is left.
///
/// # Panics
///
/// A panic of a branch drops all others and goes on to the caller. The call panics if `limit` is 0. With a time option it
/// needs a tokio runtime, as [`gather!`] does.
///
/// # Fairness
///
/// A branch is polled once at first, and then only when it was woken; branches that were woken between two polls are polled in
/// argument order. At least every 1,024 polls, and when tokio's cooperative budget is spent, the runtime gets its turn.
/// A branch that is always busy [starves no other](macro@gather#fairness).
///
/// # Expands to
///
/// ```text
/// match as_completed(source, limit, clock) {
///     mut set => while let Some(item) = next(&mut set).await {
///         let page = item;
///         body                        // with `drive(future, &mut set).await` for each `future.await`
///     }
/// }
/// ```
#[macro_export]
macro_rules! as_completed {
    ($($call:tt)*) => { $crate::__private::macros::as_completed! { ($crate) $($call)* } };
}

/// Waits until a condition holds, and gives what is done and what is not.
///
/// ```text
/// wait!([<options>] branch, ..collection, .. [, name = value, ..])
/// ```
///
/// Branches are what they are for [`gather!`], and all give the same type. The call evaluates to a [`Wait`], a future: nothing
/// runs before it is polled.
///
/// # Returns
///
/// `(`[`Done`]`<T>, `[`Pending`]`<F>)`: the results, in completion order, and the set of what is left, which may be waited
/// for again, pushed to, or dropped, which cancels it. Futures of unlike types are put into a set of a private type, while
/// `wait!(..pending, task)` of equal ones stays a set of that type.
///
/// It returns all that are ready at that moment, not only the one that met the condition, and cancels nothing.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::wait;
/// use std::time::Duration;
///
/// async fn write(ms: u64) -> Result<u64, std::io::Error> {
///     tokio::time::sleep(Duration::from_millis(ms)).await;
///     Ok(ms)
/// }
///
/// let replicas = [30, 10, 50, 20, 40].map(write);
/// let (done, pending) = wait!(..replicas, return_when = COMPLETED(3), timeout = 1s).await;
/// assert_eq!((done.len(), pending.len()), (3, 2));
///
/// let (done, pending) = wait!(..pending).await;
/// assert_eq!(done.indexed().map(|(index, _)| index).collect::<Vec<_>>(), [4, 2]);
/// assert!(pending.is_empty());
/// # }
/// ```
///
/// # Options
///
/// They stand in a header, or behind the branches, as in [`gather!`].
///
/// | option | value | meaning |
/// |---|---|---|
/// | `return_when` | `ALL_COMPLETED` | it returns when all are done; this is the default |
/// | | `FIRST_COMPLETED` | when one is done |
/// | | `FIRST_EXCEPTION` | when one has given an `Err`, or all are done |
/// | | `FIRST_SUCCESS` | when one has given an `Ok`, or all are done |
/// | | `COMPLETED(n)` | when `n: usize` are done, or all; with 0 at once, without polling anything |
/// | `timeout` | duration | it returns after that in any case, with what is done by then |
/// | `limit` | `usize`, at least 1 | so many run at once. Iterators are drained at the call in any case; what there is no place for waits in the set, and the limit stays with it until a macro takes it, which sets its own or none |
///
/// The deadline counts from the first poll. What is ready then is done. An empty set returns at once. With `timeout = 0s` each
/// branch that can start is polled once, and the call returns without waiting for the clock.
///
/// # Errors
///
/// None: what a branch gives is a result, `Ok` or `Err`, and a deadline that passes is the end of the waiting.
///
/// # Cost
///
/// Waiting again costs what was woken, not what is in the set: a loop that takes a million futures one by one polls each
/// twice.
///
/// # Cancel safety
///
/// Dropping the future drops all that it waits for, results too; to stop after some time and keep them, give it a `timeout`.
///
/// # Panics
///
/// A panic of a branch drops all others and goes on to the caller. Polled again after it was ready, the future panics; so
/// does the call if `limit` is 0. With `timeout` it needs a tokio runtime, as [`gather!`] does.
///
/// # Fairness
///
/// A branch is polled once at first, and then only when it was woken; branches that were woken between two polls are polled in
/// argument order. At least every 1,024 polls, and when tokio's cooperative budget is spent, the runtime gets its turn.
/// A branch that is always busy [starves no other](macro@gather#fairness).
///
/// # Expands to
///
/// ```text
/// wait(source, |_| all_completed(), limit, clock)
/// ```
#[macro_export]
macro_rules! wait {
    ($($call:tt)*) => { $crate::__private::macros::wait! { ($crate) $($call)* } };
}

/// Binds children to a scope that none of them outlives.
///
/// ```text
/// task_group!([<Error | options>] [async] [move] |tg| body [, name = value, ..])
/// ```
///
/// The call evaluates to a [`Group`], a future. The body is one async block (whether `async` stands before it or not) that
/// may borrow its surroundings, or take them, with `move`. It starts children through `tg`, a [`TaskGroup`]:
///
/// | call | the child |
/// |---|---|
/// | [`tg.spawn(future)`](TaskGroup::spawn) | is a task, and runs in parallel: `Send + 'static` |
/// | [`tg.spawn_scoped(future)`](TaskGroup::spawn_scoped) | is polled by the group, in turn with the body: `Send`, may borrow what outlives the group |
/// | [`tg.spawn_blocking(closure)`](TaskGroup::spawn_blocking) | runs on a thread that may block |
/// | [`tg.spawn_daemon(future)`](TaskGroup::spawn_daemon) | is a task that is cancelled when all others have ended |
///
/// Each gives a [`Child`], a future of what the child gives. The group ends when the body and all children have ended; a
/// child is there no longer than the group, whatever happens.
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
/// What must be `'static`, as the future of a task, takes [`tg.handle()`](TaskGroup::handle) to spawn more; children in place
/// take clones of `tg`.
///
/// # Returns
///
/// | call | output |
/// |---|---|
/// | `task_group!(\|tg\| body)` | the value `R` of the body; what children give, also a `Result`, is a value like any other |
/// | `task_group!(<E> \|tg\| body)`, or with `error = E` | `Result<R, Failures<E>>`: the body gives a `Result<R, E>`, children a `Result<_, E>`, or `()` |
/// | either of them with a `timeout` | `Result<_, TimedOut>` of that |
///
/// [`tg.stop(value)`](GroupHandle::stop), from the body or any child, ends the group early, as if the body had returned
/// `value`.
///
/// # Errors
///
/// In a failing group the first `Err` of a child or of the body ends the group: the body and the children in place are dropped,
/// tasks are cancelled and joined. Then it gives [`Failures`], all errors that happened, in completion order, that of the
/// body last. In children and in the body `?` converts into the error type.
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
/// They stand in a header, or behind the body, as in [`gather!`].
///
/// | option | value | meaning |
/// |---|---|---|
/// | `timeout` | duration | after it everything is cancelled and joined, and the group gives `Err(TimedOut)` |
/// | `limit` | `usize`, at least 1 | so many children run at once, of whatever kind, but for daemons. The others wait in the order in which they were spawned; [`tg.ready()`](GroupHandle::ready) waits before they are. See [below](#limit) |
/// | `grace` | duration | how long tasks may go on when they are cancelled, daemons at the normal end too: those that do not listen to [`cancelled()`](GroupHandle::cancelled) take all of it |
/// | `error` | a type | the error type of the group; a bare type in the header is the same |
///
/// # Cancellation
///
/// The body and children in place are dropped. A task is told in two steps: [`cancelled()`](GroupHandle::cancelled) of the
/// group's handle completes, and the task has the time of `grace` to end by itself; then it is aborted, at its next await.
/// Without `grace` it is aborted at once. The group waits until it is gone. A closure on a blocking thread cannot be stopped:
/// the group waits for it, for as long as it takes.
///
/// Of several ends the first counts, but a panic comes before all others. An error that comes after a stop, or after the
/// deadline, is dropped. Once the group is ending its deadline counts no more.
///
/// # Groups in groups
///
/// A group that is polled by the body or by a child of another group is part of that one, from its first poll on; it does not
/// matter how it is polled there, through [`gather!`] for example. The outer group is over only when every task of the inner
/// one is gone.
///
/// - When the outer group is cancelled, [`cancelled()`](GroupHandle::cancelled) of the inner group completes in the same moment. The
///   inner group goes on, and may spawn more, until the child that holds it ends or is aborted.
/// - Where the future of the inner group is dropped midway, its tasks are told, and are aborted after the outer group's `grace`: what
///   is left of it, or all of it from the drop on if the outer group is not ending. Without `grace` they are aborted at once. The
///   outer group waits until they are gone. A panic of such a task is one of the outer group, an error of it is dropped.
///
/// A group that another task polls first, one of [`spawn`] for example, or a thread that blocks on it, is on its own. So is a group that
/// was polled before it came into the other one. A group that leaves the group in which it was polled first stays part of that
/// one: if its tasks must be aborted, its future panics when it is polled.
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
/// A `limit` counts children from when they start until they are gone, also while they await something. A child that awaits
/// another child of the same group keeps its place meanwhile, so the two wait for each other for ever once all places are taken.
/// Let such a child have a group of its own, whose children are not counted:
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::task_group;
/// let waits_for_ever = task_group!(|tg| {
///     let group = tg.handle();
///     tg.spawn(async move { group.spawn(async {}).await }); // has the only place
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
/// Tasks that run already are not held back: a child that awaits a [`Task`] takes a place, but the task itself runs from the call of
/// [`spawn`] on.
///
/// # Cancel safety
///
/// Dropping the future cancels the group. Children in place are dropped at once. A drop cannot wait: tasks are aborted, and are gone
/// after their next await, and a closure on a blocking thread runs to its end. In another group that one waits for them. To wait
/// for them elsewhere, [`stop`](GroupHandle::stop) the group, or give it a `timeout`, instead of dropping it.
///
/// # Panics
///
/// A panic of the body or of a child cancels everything else, which is joined; then the panic goes on, with its payload. Of
/// several the first does. If a child was dropped because its runtime was shut down, the group panics as well. Polled again after
/// it was ready, the future panics; so does the call if `limit` is 0. With `timeout` or `grace` it needs a tokio runtime whose time
/// is enabled.
///
/// So one handler that panics ends the whole server. If the others must go on, wrap each handler in [`catch`], which returns
/// the panic as a value: `tg.spawn(catch(serve(client)))`.
///
/// # Fairness
///
/// The body and a child in place are polled once at first, and then only when they were woken, in the order in which they were
/// spawned, the body first. At least every 1,024 polls, and when tokio's cooperative budget is spent, the runtime gets its turn.
/// None of them [starves another](macro@gather#fairness).
///
/// # Expands to
///
/// ```text
/// match task_group(kind, limit, grace, clock) {
///     (group, tg) => group.run(async { let tg = tg; body })
/// }
/// ```
#[macro_export]
macro_rules! task_group {
    ($($call:tt)*) => { $crate::__private::macros::task_group! { ($crate) $($call)* } };
}
