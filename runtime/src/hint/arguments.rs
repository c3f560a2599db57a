//! Errors in the arguments of a call, and in the bodies of loops and arms.

// ---- branches ---------------------------------------------------------------------------------------------------

/// A future, or a value that becomes one; see [`IntoFuture`].
#[diagnostic::on_unimplemented(
    message = "this branch is not a future",
    label = "`{Self}` is not a future",
    note = "a value needs no waiting: leave it out, or write `async {{ value }}`"
)]
pub trait Branch {}

/// Not implemented for a collection of futures without `..`.
#[diagnostic::on_unimplemented(
    message = "this branch is a collection, not a future",
    label = "spread it: `..xs`"
)]
pub trait SingleFuture {}

/// Not implemented for a function that returns a future.
#[diagnostic::on_unimplemented(
    message = "this branch is a function, not a future",
    label = "call it: `f(..)`"
)]
pub trait NotAFunction {}

/// Not implemented for an `Option` or a `Result` of a future.
#[diagnostic::on_unimplemented(
    message = "this branch is wrapped in an `Option` or a `Result`, not a future",
    label = "unwrap it, for example with `?`"
)]
pub trait NotWrapped {}

/// Not implemented for a reference to a future.
#[diagnostic::on_unimplemented(
    message = "this branch is a reference to a future, not a future",
    label = "pass the future itself: remove the `&`"
)]
pub trait OwnedFuture {}

/// Not implemented for a future that is not [`Unpin`] and is passed as `&mut`.
#[diagnostic::on_unimplemented(
    message = "this future must be pinned before it is borrowed",
    label = "pin it first: `let mut f = std::pin::pin!(f)`, then write `&mut f`"
)]
pub trait PinnedFuture {}

/// Not implemented for a future in a `Box`.
#[diagnostic::on_unimplemented(
    message = "a future in a `Box` must be pinned",
    label = "pin it: `Box::into_pin(..)`, or create it with `Box::pin(..)`"
)]
pub trait PinnedBox {}

/// Not implemented for a tuple as one branch.
#[diagnostic::on_unimplemented(
    message = "a tuple is no branch: write its parts without the parentheses, or `keyed(key, future)`",
    label = "`{Self}` is not a future"
)]
pub trait SeparateBranches {}

/// Not implemented for a stream without `..`.
#[diagnostic::on_unimplemented(
    message = "this branch is a stream, not a future",
    label = "wait for its next item: `stream.next()`"
)]
pub trait NotAStream {}

/// Not implemented for a `JoinSet` without `..`.
#[diagnostic::on_unimplemented(
    message = "this branch is a set of tasks, not a future",
    label = "wait for one of them, `set.join_next()`, or for all, `set.join_all()`"
)]
pub trait NotAJoinSet {}

/// Not implemented for the output of a future that the branch awaits.
#[diagnostic::on_unimplemented(
    message = "it would run alone, before the others: remove `.await`, and everything after it",
    label = "this is `{Self}`, which is not a future"
)]
pub trait UnawaitedFuture {}

/// Not implemented for a field of a struct literal that is no future.
#[diagnostic::on_unimplemented(
    message = "this field is not a future",
    label = "`{Self}` is not a future",
    note = "each field of `gather!(Page {{ .. }})` is a branch: for a value, write `async {{ value }}`",
    note = "a struct that is a future itself needs parentheses: `gather!((Delay {{ .. }}))`"
)]
pub trait Field {}

// ---- spreads ----------------------------------------------------------------------------------------------------

/// A collection or an iterator of futures.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures",
    label = "`{Self}` is not one",
    note = "`..xs` takes anything that iterates over futures: a `Vec`, an array, `urls.iter().map(fetch)`",
    note = "a channel yields its values one by one: `while let Some(x) = rx.recv().await {{ .. }}`"
)]
pub trait Futures {}

/// Not implemented for one future with `..`.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, but this is one future",
    label = "remove the `..`"
)]
pub trait Collection {}

/// Not implemented for a collection of references to futures.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, but this one yields references to futures",
    label = "pass the collection itself, or borrow its futures: `..xs.iter_mut()`"
)]
pub trait OwnedFutures {}

/// Not implemented for a collection of futures in `Box`es.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and these must be pinned",
    label = "pin them: `..xs.into_iter().map(Box::into_pin)`, or create them with `Box::pin(..)`"
)]
pub trait PinnedBoxes {}

/// Not implemented for a collection of mutable references to futures that are not [`Unpin`].
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and these must be pinned before they are borrowed",
    label = "create them with `Box::pin(..)`, then write `..xs.iter_mut()`"
)]
pub trait PinnedFutures {}

/// Not implemented for the items of a stream with `..`, if they are no futures.
#[diagnostic::on_unimplemented(
    message = "this stream gives `{Self}`, not futures: `.map(..)` each to one",
    label = "`..` takes a stream of futures, or of pairs `(key, future)`",
    note = "values are taken one by one: `while let Some(x) = stream.next().await {{ .. }}`"
)]
pub trait StreamedFuture {}

/// Not implemented for a stream in a `wait!`.
#[diagnostic::on_unimplemented(
    message = "`wait!` takes all futures at the call: use `as_completed!`",
    label = "this is a stream, which gives its futures later"
)]
pub trait WholeCollection {}

/// Not implemented for a stream that a loop borrows with `..&mut`.
#[diagnostic::on_unimplemented(
    message = "`..&mut` lends a `Pending` to a loop, and this is a stream",
    label = "write `..(&mut stream)`"
)]
pub trait BorrowableSet {}

/// Not implemented for a `JoinSet` with `..`.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, but a `JoinSet` does not hand out its tasks",
    label = "start them with `rejoin::spawn`: `..xs.map(|x| spawn(f(x)))`"
)]
pub trait CollectionNotJoinSet {}

/// Not implemented for a [`Pending`](crate::Pending) that is borrowed outside of a loop.
#[diagnostic::on_unimplemented(
    message = "only a loop can borrow a `Pending`: `as_completed!(for x in ..&mut pending {{ }})`",
    label = "move it into this call: `..pending`"
)]
pub trait OwnedPending {}

/// Not implemented for a value that a loop borrows and that is not a [`Pending`](crate::Pending).
#[diagnostic::on_unimplemented(
    message = "a loop can borrow a `Pending`, but not a `{Self}`",
    label = "borrow each of its futures: `..tasks.iter_mut()`"
)]
pub trait LendablePending {}

/// Not implemented for a [`Pending`](crate::Pending) in a call with `each_timeout`.
#[diagnostic::on_unimplemented(
    message = "`each_timeout` does not apply to a `Pending`, because its futures are running already",
    label = "set the timeout of each future where it is pushed, and remove `each_timeout`"
)]
pub trait AcceptsEachTimeout {}

/// Not implemented for a [`Pending`](crate::Pending) in a call with `stagger`.
#[diagnostic::on_unimplemented(
    message = "`stagger` does not apply to a `Pending`, because its futures are running already",
    label = "remove `stagger`, or pass the futures themselves"
)]
pub trait AcceptsStagger {}

// ---- `until` ----------------------------------------------------------------------------------------------------

/// Not implemented for a value of `until` that is not a future.
#[diagnostic::on_unimplemented(
    message = "the value of `until` is a future, which ends the call when it completes",
    label = "`{Self}` is not a future",
    note = "a time after which the call ends is written `timeout = 2s`"
)]
pub trait UntilFuture {}

/// Not implemented for a function that returns a future, as the value of `until`.
#[diagnostic::on_unimplemented(
    message = "the value of `until` is a function, not a future",
    label = "call it: `f()`"
)]
pub trait UntilNotAFunction {}

/// Not implemented for the output of a future that the value of `until` awaits.
#[diagnostic::on_unimplemented(
    message = "it would complete before the call begins: remove `.await`, and everything after it",
    label = "this is `{Self}`, which is not a future"
)]
pub trait UnawaitedUntil {}

// ---- awaits in bodies -------------------------------------------------------------------------------------------

/// Not implemented for the operand of an `.await` in the body of a loop or an arm that is not a future.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future",
    label = "`{Self}` is not a future"
)]
pub trait Awaitable {}

/// Not implemented for the item of a loop, which its body awaits.
#[diagnostic::on_unimplemented(
    message = "the loop has awaited it: remove `.await`",
    label = "`{Self}` is not a future"
)]
pub trait AwaitableItem {}

/// Not implemented for the output of a branch, which the body of its arm awaits.
#[diagnostic::on_unimplemented(
    message = "the arm has awaited it: remove `.await`",
    label = "`{Self}` is not a future"
)]
pub trait AwaitableOutput {}

/// Not implemented for the branches of a call of `as_completed!` in a `for` loop.
#[diagnostic::on_unimplemented(
    message = "a loop over completions goes inside the call: write `as_completed!(for x in ..xs {{ .. }})`",
    label = "this is a stream, and a `for` loop takes an iterator"
)]
pub trait ForLoopOutside {}
