//! The macro `wait!` and its documentation.

#[cfg(doc)]
use crate::*;

/// Waits until a condition holds, and returns the results and the unfinished branches.
///
/// ```text
/// wait!([<options>] branch, ..collection, .. [, name = value, ..])
/// ```
///
/// Branches are the same as in [`gather!`], and all have the same output type. The call evaluates to a [`Wait`], a
/// future that runs nothing before it is polled.
///
/// # Returns
///
/// `(`[`Done`]`<T>, `[`Pending`]`<F>)`: the results, in completion order, and the set of unfinished branches. The set
/// can be waited for again or pushed to; dropping it cancels the branches. Futures of different types are returned in a
/// set of a private type, whereas `wait!(..pending, task)` with futures of one type returns a set of that type.
///
/// The call returns all results that are ready at that moment, not only the one that met the condition, and cancels no
/// branch.
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
/// # Keys
///
/// The results of a spread of pairs `(key, future)` are pairs `(key, output)`, and the returned set is one of [`Keyed`]
/// futures. Conditions that wait for an `Ok` or an `Err` look at the `Result` beside the key. See
/// [`gather!`](macro@gather#keys). A stream of futures is refused, because the call takes all futures at once: pass it to
/// [`as_completed!`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # use rejoin::wait;
/// let mirrors = ["x", "7"].map(|text| (text, async move { text.parse::<u8>() }));
/// let (done, _) = wait!(..mirrors, return_when = FIRST_SUCCESS).await;
/// assert!(done.into_iter().any(|(text, number)| text == "7" && number == Ok(7)));
/// # }
/// ```
///
/// # Options
///
/// Options are written in a header, or after the branches, as in [`gather!`].
///
/// | option | value | default | effect |
/// |---|---|---|---|
/// | `return_when` | `ALL_COMPLETED` | this one | returns when all branches are done |
/// | | `FIRST_COMPLETED` | | returns when one branch is done |
/// | | `FIRST_EXCEPTION` | | returns when one branch has returned an `Err`, or all are done: `FAILED(1)` |
/// | | `FIRST_SUCCESS` | | returns when one branch has returned an `Ok`, or all are done: `SUCCEEDED(1)` |
/// | | `COMPLETED(n)` | | returns when `n: usize` branches are done, or all; with 0 at once, without polling a branch |
/// | | `SUCCEEDED(n)` | | returns when `n` outputs are `Ok`, or so many branches have failed that `n` cannot be reached any more |
/// | | `FAILED(n)` | | the same with `Err` |
/// | | `UNTIL(predicate)` | | returns when `predicate`, an `FnMut(&T) -> bool`, has returned `true` for an output, or all are done |
/// | `timeout` | duration | none | returns after this time in any case, with the results until then |
/// | `until` | a future | none | returns when this future completes, with the results until then |
/// | `stagger` | duration | none: all branches start together | branches start one after another, each this long after the one before it; the first one at once. With `SUCCEEDED` and `FIRST_SUCCESS` each failure starts one more at once. Branches that have not started keep their pace in the returned set. Not for a [`Pending`] among the arguments |
/// | `limit` | `usize`, at least 1 | none: all branches run | maximum number of branches that run concurrently. Iterators are drained at the call in any case, and branches beyond the limit wait in the set. The limit stays with the returned set until a macro takes the set and applies its own limit, or none |
///
/// No option loses anything: branches that are not done are in the returned set, and the call returns all results. Which
/// of the options ended the wait is not reported.
///
/// `SUCCEEDED`, `FAILED` and `UNTIL` also count the results that a [`Pending`] among the arguments holds. If there are fewer than
/// `n` branches and such results from the beginning, the call waits for all. The predicate is called once for each output, in
/// completion order, and not any more once it has returned `true`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # use rejoin::wait;
/// # use std::time::Duration;
/// async fn write(ms: u64) -> Result<u64, u64> {
///     tokio::time::sleep(Duration::from_millis(ms)).await;
///     if ms % 4 == 0 { Err(ms) } else { Ok(ms) }
/// }
///
/// // Two of three replicas must have written; the failure of two ends the wait early.
/// let (done, _) = wait!(..[10, 40, 20].map(write), return_when = SUCCEEDED(2)).await;
/// assert!(done.into_iter().eq([Ok(10), Err(20), Err(40)]));
///
/// let (done, _) = wait!(..[10, 30, 50].map(write), return_when = UNTIL(|r| *r == Ok(30))).await;
/// assert_eq!(done.len(), 2);
/// # }
/// ```
///
/// The deadline is measured from the first poll. Branches that are ready at the deadline are done. With an empty set
/// the call returns at once. `until` is checked after the branches and before the deadline. With `timeout = 0s` each branch that may start is polled once, and the call returns
/// without waiting for the clock.
///
/// # Errors
///
/// None. The output of a branch is a result, whether it is an `Ok` or an `Err`, and a timeout only ends the wait.
///
/// # Cost
///
/// The cost of waiting again grows with the number of branches that were woken, not with the size of the set: a loop
/// that takes a million futures one by one polls each of them twice.
///
/// # Cancel safety
///
/// Dropping the future drops all branches and results. To stop early and keep them, use `timeout` or
/// `until`.
///
/// # Panics
///
/// If a branch or `until` panics, all other branches are dropped, and the panic continues in the caller. The future panics if it
/// is polled after it was ready, and the call panics if `limit` is 0. With `timeout` the call needs a tokio runtime, as
/// [`gather!`] does.
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
/// wait(source, |_| all_completed(), limit, timeout)
/// ```
#[doc(alias(
    "select",
    "select_all",
    "select_ok",
    "race",
    "wait_for",
    "FIRST_COMPLETED"
))]
#[macro_export]
macro_rules! wait {
    ($($call:tt)*) => { $crate::__private::macros::wait! { ($crate) $($call)* } };
}
