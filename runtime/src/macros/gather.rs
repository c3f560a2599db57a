//! The macro `gather!` and its documentation.

#[cfg(doc)]
use crate::*;

/// Runs all branches concurrently and returns their results in argument order.
///
/// ```text
/// gather!([<Error | options>] branch, ..collection, .. [, name = value, ..])
/// ```
///
/// A branch is any type that implements [`IntoFuture`](std::future::IntoFuture). `..xs` spreads an iterator, a
/// collection or an array of futures; the call may mix any number of both. The call evaluates to a [`Gather`], a future
/// that runs nothing before it is polled. It can be stored, nested in another call, and passed on.
///
/// # Returns
///
/// | call | output |
/// |---|---|
/// | `gather!()` | `()` |
/// | `gather!(a)`, `gather!(a, b, c)` | `(A,)`, `(A, B, C)` |
/// | `gather!(..xs)` | `Vec<T>`; `[T; N]` if `xs` is an array of length `N` |
/// | `gather!(a, ..xs, b)` | `(A, Vec<T>, B)` |
/// | `gather!(Page { user: a, ads: b })` | `Page`, see [below](#a-struct-of-branches) |
/// | any of these with a branch that returns a `Result` | `Result<_, E>`, with the `Ok` values |
/// | any of these with `need = 1`, `need = 3` or `need = n` | `Result<T, TooFew<E>>`, `Result<[T; 3], _>` or `Result<Vec<T>, _>` |
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
/// If a branch returns a `Result`, the first `Err` ends the call; of two errors in the same poll, the one of the
/// earlier argument is returned. All other branches are dropped before the caller sees the error. All error types must
/// be the same, unless the call names an error type: `gather!(<AppError> a, b)` or `error = AppError` converts all
/// errors with [`Into`]. With `return_exceptions = true` no error ends the call, and each outcome is returned as a
/// value.
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
/// # Output types are decided at the call
///
/// If nothing up to the call determines the output type of a branch, the branch counts as one that never returns, and
/// its output type is [`Infallible`](std::convert::Infallible). If a later line determines another type, the compiler
/// reports "expected `Infallible`" there. Name the type before the call, for example `oneshot::channel::<u32>()` or
/// `pending::<()>()`.
///
/// # A struct of branches
///
/// If the only item is a struct literal, each field is a branch, and the call returns the struct. A field may also be a closure: its
/// parameters are names of other fields, before or after it. When these are done, the closure is called with a reference to
/// each of their values (the `Ok` value of a branch that returns a `Result`), and the future that it returns starts in the same
/// poll. So each branch starts as early as the values that it needs allow, and no order has to be written down.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::gather;
/// # use std::time::Duration;
/// # use tokio::time::{Instant, sleep};
/// struct Page {
///     user: String,
///     posts: Vec<String>,
///     ads: u32,
/// }
///
/// async fn fetch_user(id: u32) -> String {
///     sleep(Duration::from_millis(10)).await;
///     format!("user {id}")
/// }
///
/// async fn fetch_posts(user: &str) -> Vec<String> {
///     sleep(Duration::from_millis(20)).await;
///     vec![format!("a post of {user}")]
/// }
///
/// async fn fetch_ads() -> u32 {
///     sleep(Duration::from_millis(25)).await;
///     3
/// }
///
/// let start = Instant::now();
/// let page = gather!(Page {
///     user: fetch_user(7),
///     posts: |user| fetch_posts(user), // starts when `user` is there
///     ads: fetch_ads(),
/// })
/// .await;
/// assert_eq!((&*page.user, page.ads), ("user 7", 3));
/// assert_eq!(page.posts, ["a post of user 7"]);
/// assert_eq!(start.elapsed(), Duration::from_millis(30));
/// # }
/// ```
///
/// The literal has a path (also of an enum variant), named fields, and no `..rest`. A struct that is itself a future goes in
/// parentheses: `gather!((delay))`, `gather!((Delay { .. }))`. A field is one branch: a collection is a call of its own,
/// `pages: gather!(..xs)`. Closures may be `move` or `async`, and have types. Each takes up to eight fields. Its future may borrow from
/// the values and from the surroundings, but its output may not borrow from the values.
///
/// - **Order.** Expressions are evaluated in field order, at the call. A closure captures there, or after the last field that it needs
///   if that one is later. Branches that were woken are polled in field order, and branches that start in a poll after them.
/// - **Limit.** A branch waits for a permit only when it has its values, and holds up no other branch until then. Of the
///   branches that have theirs, the first one in field order is next.
/// - **Errors.** The first error ends the call. Futures that run and closures that were not called are dropped in field order,
///   and values after them.
/// - **Options.** A struct takes `timeout`, `until`, `limit` and `error`. `timeout = 0s` starts what can start in one poll.
/// - **Cost.** One allocation for each value that another field needs. Such a value must be [`Sync`] for the call to be [`Send`], and need
///   not be [`Clone`]. A literal without closures costs as much as a tuple.
///
/// The page [`guide::dataflow`] has more examples.
///
/// # Keys
///
/// A spread of pairs `(key, future)` keeps each key with its result: the output is a `Vec<(K, T)>`, or an array if the
/// spread is one. A `HashMap<K, F>` is such a spread, and so is `.enumerate()`. [`keyed`] gives a key to one branch, and a
/// spread of [`Keyed`] futures is the same as a spread of pairs.
///
/// An error that ends the call is an [`At<K, E>`](At): the error and the key of its branch. If the call names an error
/// type, the error is converted without its key. Errors of branches without keys, or with keys of another type, are
/// different error types: name one. Options wrap the result inside of the pair: `(K, Result<T, TimedOut>)` with
/// `each_timeout`, `(K, Result<T, E>)` with `return_exceptions`, and `(K, Option<T>)` with `partial`. With `need` a value
/// is a pair, and the error is a `TooFew<At<K, E>>`. The futures of a [`Pending`] may have been polled and cannot return
/// their keys, so with `partial` they give `Option<(K, T)>`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::gather;
/// use std::collections::HashMap;
///
/// async fn size(path: &str) -> Result<usize, std::io::Error> {
///     if path == "gone" { Err(std::io::ErrorKind::NotFound.into()) } else { Ok(path.len()) }
/// }
///
/// let sizes = gather!(..["a", "bb"].map(|path| (path, size(path)))).await.unwrap();
/// assert_eq!(HashMap::from(sizes), HashMap::from([("a", 1), ("bb", 2)]));
///
/// let error = gather!(..["a", "gone"].map(|path| (path, size(path)))).await.unwrap_err();
/// assert_eq!(error.key, "gone");
/// # }
/// ```
///
/// # Streams
///
/// `..stream` spreads a [`Stream`](futures_core::Stream) of futures or of pairs; the output is a `Vec`, in the order in
/// which the futures were taken. The stream is polled when it was woken, with a `limit` only while a slot is free, and at
/// most 1,024 futures are taken in one poll of the call. A stream that has nothing yet does not hold up the arguments
/// after it. It is dropped when it has ended. An argument that is both an iterator and a stream is an iterator. For a stream of
/// values, `.map(..)` each value to a future. A stream that is used afterwards is passed as `..&mut stream`.
///
/// An [`AsCompleted`] is a stream, too. If its outputs are futures, a second stage begins for each as soon as the first one
/// is done:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::gather;
/// # use rejoin::as_completed;
/// use std::future::{Future, ready};
///
/// async fn connect(host: &str) -> impl Future<Output = usize> {
///     ready(host.len()) // the request
/// }
///
/// let connections = as_completed!(..["a.org", "example.org"].map(connect));
/// let responses = gather!(..connections, limit = 8).await;
/// assert_eq!(responses, [5, 11]);
/// # }
/// ```
///
/// # Options
///
/// Options are written after the branches as `name = value`, or before them in a header: `gather!(<limit = 8> ..xs)`. A
/// duration is a number with a unit (`2s`, `1.5s`, `500ms`, `20us`, `3min`, `1h`) or an expression of type
/// [`Duration`](std::time::Duration). All expressions are evaluated once, at the call, first the branches in order and
/// then the options.
///
/// | option | value | default | effect, and its cost |
/// |---|---|---|---|
/// | `timeout` | duration | none: the call waits for all branches | the call returns `Err(TimedOut)` after this time: the output is `Result<_, TimedOut>`, or with an error type that type. Branches that are not done are dropped, and so are the results of the others, unless the call is `partial` |
/// | `until` | a future | none | the call returns `Err(Stopped)` when this future completes: the output is `Result<_, Stopped>`, or with an error type that type. The same is lost as with `timeout` |
/// | `partial` | `true`, `false` | `false` | needs `timeout` or `until`: instead of an error, each branch returns `Some(value)` if it was done in time and `None` otherwise. The reason for the end is not reported |
/// | `each_timeout` | duration | none | each branch returns `Result<T, TimedOut>`. With an error type a branch that times out fails. Its own result is lost, and no other |
/// | `stagger` | duration | none: all branches start together | branches start one after another, see [below](#one-after-another) |
/// | `need` | `usize`, at least 1 | none: the call waits for all branches | the call returns as soon as this number of branches have succeeded, see [below](#the-first-successes). The other branches are dropped, and so are their results |
/// | `limit` | `usize`, at least 1 | none: all branches run, and iterators are drained at the call | maximum number of branches that run concurrently. Branches start in argument order, and iterators are advanced when a slot is free. Branches that were not started when the call ends are never polled |
/// | `return_exceptions` | `true`, `false` | `false`: the first error ends the call, and the results of the others are lost | each outcome is returned as a value, so the call waits for all branches |
/// | `error` | a type | the error type of the branches, which must be the same for all | the error type of the call, which can also be written as a bare type in the header. Errors are converted |
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
/// `until` is any future: a signal, a token, a channel. It may borrow, and it is polled with the call, after the branches
/// and before the deadline, at first and then only when it was woken. A branch that is ready in the same poll is done. Its
/// output is dropped, and it is dropped itself as soon as it completes, otherwise after the branches. With both `timeout`
/// and `until`, name an error type that can be made from [`TimedOut`] and from [`Stopped`], or write `partial = true`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::gather;
/// use rejoin::Stopped;
/// use std::future::pending;
/// use tokio::sync::oneshot;
///
/// let (stop, stopped) = oneshot::channel::<()>();
/// let work = gather!(pending::<u8>(), until = stopped);
/// drop(stop);
/// assert_eq!(work.await, Err(Stopped));
/// # }
/// ```
///
/// A `timeout` is measured from the first poll of the call, and an `each_timeout` from the first poll of its branch.
/// Branches that are ready at the deadline are in time. With `timeout = 0s` or `each_timeout = 0s` the call polls each
/// branch that may start once, and returns without waiting for the clock, even if branches are woken meanwhile.
///
/// # The first successes
///
/// With `need = n` the call ends with its `n`-th success: the other branches are dropped before the caller sees the values. A
/// failure ends the call only when `n` successes cannot be reached any more. All branches return a `Result` with one type of
/// values and one type of errors, though their futures may be of different types. The output depends on how `n` is written:
///
/// | `need` | output |
/// |---|---|
/// | the literal `1` | `Result<T, `[`TooFew`]`<E>>`: the value of the branch that succeeded first |
/// | another literal | `Result<[T; n], TooFew<E>>`: the values of the first `n` successes, in argument order |
/// | another expression | `Result<Vec<T>, TooFew<E>>`, the same as a vector; an expression that is 0 returns an empty vector without polling |
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::gather;
/// # use std::time::Duration;
/// async fn fetch(mirror: u64) -> Result<u64, String> {
///     tokio::time::sleep(Duration::from_millis(mirror)).await;
///     if mirror == 10 { Err(format!("mirror {mirror} is down")) } else { Ok(mirror) }
/// }
///
/// // A race that failures lose.
/// assert_eq!(gather!(fetch(30), fetch(10), fetch(20), need = 1).await, Ok(20));
///
/// // A majority of replicas.
/// assert_eq!(gather!(..[50, 10, 20].map(fetch), need = 2).await, Ok([50, 20]));
///
/// let error = gather!(fetch(10), fetch(10), need = 1).await.unwrap_err();
/// assert_eq!(error.to_string(), "0 of 1 needed successes; 2 failures:\nmirror 10 is down\nmirror 10 is down");
/// # }
/// ```
///
/// With an error type the output is `Result<_, AppError>`, and `AppError` implements `From<TooFew<AppError>>`, as
/// `Box<dyn Error + Send + Sync>` does. Every `Err` is converted to the error type, and a branch that returns no `Result` is a
/// success. A branch that exceeds its `each_timeout` is a failure. If the `timeout` of the call passes, the timeout is the last
/// error in the `TooFew`; without an error type the output is `Result<Result<_, TooFew<E>>, TimedOut>`.
///
/// A call with fewer branches than `n` fails at once, without polling; under a `limit` an iterator that has not ended may still
/// yield more.
///
/// # One after another
///
/// With `stagger` the first branch starts at the first poll, and each later one this long after the start of the one before it, in
/// argument order. With a `limit` a branch also waits for its permit. With `need` each failure starts one more branch at once. So
/// a call that hedges a slow request is:
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::gather;
/// # use std::time::Duration;
/// async fn fetch(server: &str, ms: u64) -> Result<String, String> {
///     tokio::time::sleep(Duration::from_millis(ms)).await;
///     Ok(format!("from {server} after {ms} ms"))
/// }
///
/// // The backup is asked if the first server has not answered after 250 ms, or has failed.
/// let page = gather!(fetch("primary", 900), fetch("backup", 30), need = 1, stagger = 250ms).await;
/// assert_eq!(page, Ok("from backup after 30 ms".to_owned()));
/// # }
/// ```
///
/// A branch that has not started was never polled, its `each_timeout` does not run, and it is `None` with `partial`. If the call
/// ends at the moment when a branch is due, the branch does not start. After a poll that comes late, one branch starts, and the time
/// of the next one counts from there. `stagger` delays the polls of a future; a task that was spawned in an argument runs at once.
///
/// # Cancel safety
///
/// Dropping the future drops its branches, in argument order, and their results. Whether work is lost by that depends
/// on each branch. To continue a branch later, gather `&mut branch`, for example of a [`Task`].
///
/// # Panics
///
/// If a branch or `until` panics, all other branches are dropped, and the panic continues in the caller. The future panics if it
/// is polled after it was ready, and the call panics if `limit` is 0. With `timeout` or `each_timeout` the future
/// panics if it has to wait for a branch outside of a tokio runtime, or in a runtime without the time driver; the
/// message names the option and the call.
///
/// # Fairness
///
/// A branch is polled once at first, and after that only when it was woken. With two or three arguments all branches
/// are polled on each wake, because that is faster. Branches woken between two polls are polled in argument order. A
/// large collection yields to the runtime at least every 1,024 polls, and when tokio's cooperative budget is spent.
///
/// A busy branch, for example one that reads a socket on which data always arrives, does not starve other branches: the
/// branch that used up the budget is polled last in the next poll of the call. This holds in every macro: among
/// branches, nested calls and spread collections, among the sets that are lent to a loop, and between a body and the
/// branches of its loop or group, in both directions. In every poll of the call, free slots of a `limit` are filled and
/// deadlines and `until` are checked, even if the budget is spent.
///
/// # Expands to
///
/// The branches are evaluated in order, and their temporaries live as long as the temporaries of function arguments.
/// The code that uses the branches follows:
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
/// A branch is moved a few times on its way into the future of the call. In a build without optimizations each move
/// takes stack of the branch's size, about twice as much as in `tokio::join!` (32 branches of 4 KiB: 823 and 423 KiB).
/// Box large futures.
#[doc(alias("join", "join_all", "try_join", "try_join_all", "zip", "all"))]
#[macro_export]
macro_rules! gather {
    ($($call:tt)*) => { $crate::__private::macros::gather! { ($crate) $($call)* } };
}
