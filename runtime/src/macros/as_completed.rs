//! The macro `as_completed!` and its documentation.

#[cfg(doc)]
use crate::*;

/// Yields results in completion order, as a stream, a loop or match-like arms.
///
/// ```text
/// as_completed!([<options>] branch, ..collection, .. [, name = value, ..])                          a stream
/// as_completed!([<options>] ['label:] for pattern in ..collection { body } [, name = value, ..])    a loop
/// as_completed! { [<options>] pattern = branch [, if condition] => body, pattern in ..collection => body, .. }       arms
/// ```
///
/// Branches are the same as in [`gather!`]. In a stream and in a loop all branches have the same output type; arms are
/// for branches of different types. A branch starts when the call is first polled. It is dropped as soon as it is done,
/// or when the call no longer needs it.
///
/// # Returns
///
/// | call | value |
/// |---|---|
/// | `as_completed!(a, ..xs)` | an [`AsCompleted`], a stream of the outputs |
/// | a loop, or arms | `()`, or an `Option<T>` if a `break` has a value. The call awaits by itself: write no `.await` after it |
///
/// # As a stream
///
/// The call evaluates to an [`AsCompleted`], a [`Stream`](futures_core::Stream) with inherent methods such as `next`.
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
/// The loop runs in the surrounding async function, so that no `.await` follows it. `break`, `continue`, labels,
/// `return` and `?` work as in any `for` loop. When the loop is left, the remaining branches are dropped before the
/// next statement. Bodies run one at a time and may use `&mut` of surrounding variables.
///
/// If the loop has a `break value`, with its label or without one, its value is an `Option`: `Some(value)`, or `None`
/// after a `break` without a value and when no branch is left. Without a `break value` it is `()`. A `break` in an inner
/// call may leave the outer one: `break 'outer value`. As everywhere in the body, the arguments of other macros belong to
/// the loop only if they are expressions: a `break value` inside of `select!` is a compile error.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::as_completed;
/// let replicas = [None, Some("Ada"), Some("Grace")].map(|row| async move { row });
/// let first = as_completed!(for row in ..replicas {
///     if let Some(name) = row {
///         break name; // the remaining branches are dropped
///     }
/// });
/// assert_eq!(first, Some("Ada"));
/// # }
/// ```
///
/// The other branches keep running while the body awaits, because every `.await` that is written in the body also polls
/// the loop's branches. This includes awaits in the arguments of macros, if the arguments are expressions, and awaits
/// in an inner loop. It does not include awaits inside of `async` blocks, closures and items, nor awaits that another
/// macro generates (`select!`, `join!`).
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
/// Several items are written in parentheses: `for page in (home(), ..pages) { }`.
///
/// `..&mut pending`, with a variable, a field or a dereference, lends a [`Pending`] to the loop. The loop borrows it
/// only while it polls, so the body may push to it, and the futures that remain after `break` or a timeout stay in it
/// and can be awaited again. A future that the body awaits cannot borrow the set as well: bind an awaited argument to a
/// variable first. A `limit` holds for this loop; `each_timeout` cannot be combined with a lent set. To wait for tasks
/// in a `Vec`, write `..tasks.iter_mut()`.
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
/// The body of `pattern = branch => body` runs once, the body of `pattern in ..collection => body` once for each
/// result. Arms are a loop over all results and follow the rules of a loop: for example, `break` ends the loop and
/// drops the remaining branches, and `break value` gives the call a value. The value of a body is dropped. The comma after a body in braces may be omitted.
///
/// If an output does not match the pattern, it is dropped, and the body does not run. The condition in `pattern =
/// branch, if condition => body` is evaluated once, at the call, after the branch. If it is `false`, the branch is
/// dropped at the call, and the arm counts as finished.
///
/// Because arms are a loop, a body cannot move a surrounding variable, even in an arm that runs once, unless the body
/// ends with `break` or `return`. Put the variable into an `Option` and `take()` it.
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
/// # Keys and streams
///
/// The items of a spread of pairs `(key, future)` are pairs `(key, output)`, in all three forms. With `each_timeout` they
/// are `(K, Result<T, TimedOut>)`; the `Result` of a `timeout` and the index of [`indexed`](AsCompleted::indexed) are
/// outside of the pair. [`keyed`] gives a key to one branch or to a `push`. See [`gather!`](macro@gather#keys).
/// So `each_timeout` needs to know the type of a spread's futures at the call. For a vector that gets its first future after the call,
/// write the type where the vector is created, or box the futures.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::as_completed;
/// let mut sizes = std::collections::HashMap::new();
/// as_completed!(for (name, size) in ..["a", "bb"].map(|name| (name, async { name.len() })) {
///     sizes.insert(name, size);
/// });
/// assert_eq!(sizes["bb"], 2);
/// # }
/// ```
///
/// A [`Stream`](futures_core::Stream) of futures or of pairs is a collection, too: `..stream`, in an arm `pattern in
/// ..stream`. Its futures are taken when the stream gives them: with a `limit` while a slot is free, otherwise whenever it
/// was woken, at most 1,024 in one poll. A stream that has nothing yet does not hold up other arguments, so their
/// branches have the lower indices. The call has ended when the streams have ended, too. To keep the rest of a stream
/// after a loop, pass it in parentheses: `..(&mut stream)`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::as_completed;
/// use std::future::{Future, ready};
///
/// async fn connect(host: &str) -> impl Future<Output = usize> {
///     ready(host.len()) // the request
/// }
///
/// let connections = as_completed!(..["a.org", "example.org"].map(connect)); // a stream of futures
/// let mut size = 0;
/// as_completed!(for response in ..connections {
///     size += response;
/// }, limit = 8);
/// assert_eq!(size, 16);
/// # }
/// ```
///
/// # Coming from `select!`
///
/// `tokio::select!` runs the body of the first branch that completes and drops the others. Arms run until all branches
/// are done, each body once. To run only one body, end each body with `break`, or with `break value` to use the call as a
/// value:
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
///     let next = as_completed! {
///         Some(command) = commands.recv() => break command,
///         () = sleep(Duration::from_secs(60)) => break, // idle
///     };
///     let Some(command) = next else { break };
///     sleep(Duration::from_secs(1)).await; // after the arms: nothing else goes on meanwhile
///     seen.push(command);
/// }
/// assert_eq!(seen, ["load", "save"]);
/// # }
/// ```
///
/// - **One completion at a time.** After a branch has completed, no other branch is polled until the body of the first
///   has begun. If several are ready, the first in argument order is yielded, as with `biased;` in `select!`. So a body
///   that leaves by `break` takes nothing from the other branches: as with `select!`, a message stays in its channel if
///   the branch is cancel safe, for example `recv`, `accept` or `next_line`.
/// - **An `await` in a body polls the other branches**, in contrast to `select!`. Results that are completed meanwhile
///   are yielded next, or dropped if the loop is left before. So do not await between a completion and `break` or
///   `return` if a lost result matters: store the result, leave the loop, and await after it. An `await` that is ready
///   at its first poll does not poll the branches.
/// - **The order is not random.** Each round takes the first arm that is ready. An arm that is always ready, for
///   example the requests of a client that sends without a pause, leaves no round to the arms after it. Write a shutdown
///   signal as `until = shutdown`, or as the first arm if it has a body.
/// - **A body cannot use a variable that another branch borrows**, because the branches live as long as the loop,
///   whereas `select!` drops them before it runs a body. Leave the loop with the result, and use the variable after it.
/// - **To continue a branch in the next round**, do not let the loop drop it: pass `&mut future`, or keep the branches
///   in a [`Pending`] and lend it to a loop.
/// - [`wait!`] never loses a result: it returns all results, and the branches that are not done.
///
/// # Options
///
/// Options are written in a header, or after all branches, as in [`gather!`].
///
/// | option | value | default | effect, and its cost |
/// |---|---|---|---|
/// | `timeout` | duration | none: the call goes on until all branches are done | items are `Result<_, TimedOut>`: `Ok` for each result until the deadline, then one `Err` if a branch was not done; remaining branches are dropped. Of arms, each unfinished one runs once with the `Err` |
/// | `until` | a future | none | when it completes, the call ends as if no branch were left: remaining branches are dropped, and results that were not yielded. Nothing reports it. A set that was lent keeps its branches and results |
/// | `each_timeout` | duration | none | each branch returns `Result<T, TimedOut>`. Its own result is lost, and no other |
/// | `stagger` | duration | none: all branches start together | branches start one after another, each this long after the one before it; the first one at once. Not for a [`Pending`] |
/// | `ordered` | `true`, `false` | `false`: results come as they complete | results come in the order of arguments and pushes, each as soon as it and all before it are there. Results that wait are stored, and under a `limit` each keeps its permit, so at most `limit` of them wait. A slow branch holds up those after it. For streams and for loops without a borrowed [`Pending`] |
/// | `limit` | `usize`, at least 1 | none: all branches run, and iterators are drained at the call | maximum number of branches that run concurrently. A result counts until it is yielded, so a slow consumer holds the iterator back, which may be endless. Iterators are advanced when a slot is free |
///
/// Deadlines are measured from the first poll. Branches that are ready when the deadline is checked are in time. With
/// `timeout = 0s` each branch is polled at most once over all items: results that are ready are yielded, and then the
/// `Err`.
///
/// `until` is checked in every poll of the call, after the branches and before the deadline. The completion that is found
/// in the same poll is still yielded; then the stream returns `None`, and a loop or arms end without another body. A body
/// that is running continues to its end.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::as_completed;
/// # use std::time::Duration;
/// use tokio::time::sleep;
///
/// let ticks = (1..).map(|n| async move {
///     sleep(Duration::from_secs(n)).await;
///     n
/// });
/// let mut seen = vec![];
/// as_completed!(for n in ..ticks {
///     seen.push(n);
/// }, limit = 3, until = sleep(Duration::from_millis(3_500)));
/// assert_eq!(seen, [1, 2, 3]);
/// # }
/// ```
///
/// With `ordered = true` a result that is done before an earlier branch is stored until its turn. Under a `limit` it keeps its
/// slot, so at most `limit` results are stored; without one all results may be stored. The futures of a moved
/// [`Pending`] have their place by their indices. At the deadline the results that are done are yielded in order, without
/// those of unfinished branches, and then the `Err`. A branch that was [canceled](AsCompleted::cancel) leaves no gap.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::as_completed;
/// # use std::time::Duration;
/// async fn download(chunk: u64) -> String {
///     tokio::time::sleep(Duration::from_millis(100 / chunk)).await;
///     format!("chunk {chunk}; ")
/// }
///
/// let mut file = String::new();
/// as_completed!(for text in ..(1..=4).map(download) {
///     file += &text; // the fourth chunk starts after the first was written
/// }, limit = 3, ordered = true);
/// assert_eq!(file, "chunk 1; chunk 2; chunk 3; chunk 4; ");
/// # }
/// ```
///
/// # Errors
///
/// No `Err` of a branch ends the call: it is an item like any other. `?` in a body leaves the loop and drops the
/// remaining branches. With `timeout` and `each_timeout` a [`TimedOut`] is an item, too.
///
/// # Cancel safety
///
/// Dropping the stream, or the future that contains the loop, drops the branches in argument order, and results that
/// were not yielded. A set that was lent is not dropped.
///
/// Branches complete one at a time: after the first completion no branch is polled until that result has been yielded,
/// by `next`, to the body of a loop or to an arm. Under a `limit` the next branch starts after that, too. So leaving a
/// loop by `break`, or dropping a stream after `next`, loses no message that a cancel-safe branch had not yet taken.
/// The other branches are only polled by an `await` in a body, or in the closure of
/// [`for_each`](AsCompleted::for_each), and only if that `await` has to wait. Results that are completed meanwhile and
/// were not yielded are dropped with the remaining branches when the loop is left.
///
/// # Panics
///
/// If a branch or `until` panics, all other branches are dropped, and the panic continues in the caller. The call panics if
/// `limit` is 0. With a time option it needs a tokio runtime, as [`gather!`] does.
///
/// # Fairness
///
/// A branch is polled once at first, and after that only when it was woken. Branches woken between two polls are polled
/// in argument order. The call yields to the runtime at least every 1,024 polls, and when tokio's cooperative budget is
/// spent. A busy branch [does not starve others](macro@gather#fairness).
///
/// # Expands to
///
/// ```text
/// match as_completed(source, limit, timeout) {
///     mut set => while let Some(item) = next(&mut set).await {
///         let page = item;
///         body                        // with `drive(future, &mut set).await` for each `future.await`
///     }
/// }
/// ```
#[doc(alias(
    "select",
    "select_all",
    "FuturesUnordered",
    "buffered",
    "buffer_unordered",
    "for_each_concurrent",
    "merge",
    "race"
))]
#[macro_export]
macro_rules! as_completed {
    ($($call:tt)*) => { $crate::__private::macros::as_completed! { ($crate) $($call)* } };
}
