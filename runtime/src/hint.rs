//! The traits that compile errors print. They are here to have a name; there is nothing to implement or to call.

use std::convert::Infallible;

use crate::{TimedOut, group::GroupMode, mode::Mode};

// ---- what a branch must be --------------------------------------------------------------------------------------

/// What every branch must be; see [`IntoFuture`].
#[diagnostic::on_unimplemented(
    message = "this branch is not a future",
    label = "`{Self}` is not a future",
    note = "a value needs no waiting: leave it out, or write `async {{ value }}`"
)]
pub trait Branch {}

/// What a branch is told that is a collection of futures.
#[diagnostic::on_unimplemented(
    message = "this branch is a collection, not a future",
    label = "spread it: `..xs`"
)]
pub trait Spread {}

/// What a branch is told that is a function.
#[diagnostic::on_unimplemented(
    message = "this branch is a function, not a future",
    label = "call it: `f(..)`"
)]
pub trait Call {}

/// What a branch is told that is an `Option` or a `Result` of a future.
#[diagnostic::on_unimplemented(
    message = "this branch is wrapped in an `Option` or a `Result`, not a future",
    label = "unwrap it, with `?` for instance"
)]
pub trait Unwrap {}

/// What a branch is told that is a reference to a future.
#[diagnostic::on_unimplemented(
    message = "this branch is a reference to a future, not a future",
    label = "give the future itself: remove the `&`"
)]
pub trait Own {}

/// What a branch is told that is a mutable reference to a future which can move.
#[diagnostic::on_unimplemented(
    message = "this future must be pinned before it is lent",
    label = "pin it first: `let mut f = std::pin::pin!(f)`, then write `&mut f`"
)]
pub trait Pinned {}

/// Printed for a branch that is a future in a `Box`.
#[diagnostic::on_unimplemented(
    message = "a future in a `Box` must be pinned",
    label = "pin it: `Box::into_pin(..)`, or make it with `Box::pin(..)`"
)]
pub trait IntoPin {}

/// Printed for a branch that is a stream.
#[diagnostic::on_unimplemented(
    message = "this branch is a stream, not a future",
    label = "wait for its next item: `stream.next()`"
)]
pub trait NextItem {}

/// Printed for a branch that is a `JoinSet`.
#[diagnostic::on_unimplemented(
    message = "this branch is a set of tasks, not a future",
    label = "wait for one of them, `set.join_next()`, or for all, `set.join_all()`"
)]
pub trait NextTask {}

/// Printed for a branch that awaits its future itself.
#[diagnostic::on_unimplemented(
    message = "it would run alone, before the others: remove `.await`, and everything behind it",
    label = "this gives `{Self}`, which is not a future"
)]
pub trait Together {}

// ---- what a spread must be --------------------------------------------------------------------------------------

/// What stands behind `..`: an iterator of futures, or a collection of them.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures",
    label = "`{Self}` is not one",
    note = "`..xs` takes anything that iterates over futures: a `Vec`, an array, `urls.iter().map(fetch)`",
    note = "the values of a channel come one by one: `while let Some(x) = rx.recv().await {{ .. }}`"
)]
pub trait Futures {}

/// What is told to a spread of one future.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and this is one future",
    label = "remove the `..`"
)]
pub trait One {}

/// What is told to a spread of references to futures.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and this one gives references to futures",
    label = "give the collection itself, or lend it: `..xs.iter_mut()`"
)]
pub trait OwnEach {}

/// Printed for a spread of futures in `Box`es.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and these must be pinned",
    label = "pin them: `..xs.into_iter().map(Box::into_pin)`, or make them with `Box::pin(..)`"
)]
pub trait IntoPinEach {}

/// Printed for a spread of mutable references to futures that are not pinned.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and these must be pinned before they are lent",
    label = "make them with `Box::pin(..)`, then write `..xs.iter_mut()`"
)]
pub trait PinnedEach {}

/// Printed for a spread of a stream.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and this is a stream, whose items come one by one",
    label = "take them as they come: `while let Some(x) = stream.next().await {{ .. }}`"
)]
pub trait NoStream {}

/// Printed for a spread of a `JoinSet`.
#[diagnostic::on_unimplemented(
    message = "`..` spreads a collection of futures, and a `JoinSet` gives none of its tasks away",
    label = "start them with `rejoin::spawn`: `..xs.map(|x| spawn(f(x)))`"
)]
pub trait NoJoinSet {}

/// What is told to a lent [`Pending`](crate::Pending) outside of a loop.
#[diagnostic::on_unimplemented(
    message = "a `Pending` is lent only to a loop: `as_completed!(for x in ..&mut pending {{ }})`",
    label = "give it: `..pending`"
)]
pub trait Give {}

/// What is told to something else that is lent to a loop.
#[diagnostic::on_unimplemented(
    message = "a loop can be lent a `Pending`, and `{Self}` is none",
    label = "lend each of its futures: `..tasks.iter_mut()`"
)]
pub trait Lend {}

/// What is told to a [`Pending`](crate::Pending) in a call with `each_timeout`.
#[diagnostic::on_unimplemented(
    message = "`each_timeout` does not go with a `Pending`, whose futures run already",
    label = "give each future its deadline where it is pushed, and remove `each_timeout`"
)]
pub trait OwnTimeout {}

// ---- what bodies may await --------------------------------------------------------------------------------------

/// Printed if the operand of an `.await` in the body of a loop or an arm is not a future.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future",
    label = "`{Self}` is not a future"
)]
pub trait Awaited {}

/// Printed if the body of a loop awaits the loop's item, which is not a future.
#[diagnostic::on_unimplemented(
    message = "the loop has awaited it: remove `.await`",
    label = "`{Self}` is not a future"
)]
pub trait AwaitedItem {}

/// Printed if the body of an arm awaits the output of its branch, which is not a future.
#[diagnostic::on_unimplemented(
    message = "the arm has awaited it: remove `.await`",
    label = "`{Self}` is not a future"
)]
pub trait AwaitedOutput {}

/// Printed for a `for` loop around a call of `as_completed!`.
#[diagnostic::on_unimplemented(
    message = "a loop over completions is inside of the call: write `as_completed!(for x in ..xs {{ .. }})`",
    label = "this is a stream, which no `for` loop goes through"
)]
pub trait LoopInside {}

// ---- what outputs must be ---------------------------------------------------------------------------------------

/// What is told to branches whose outputs are not of one type.
#[diagnostic::on_unimplemented(
    message = "these branches give different types, `{T}` and `{Self}`",
    label = "use arms: `as_completed! {{ a = f() => .., b = g() => .. }}`"
)]
pub trait SameOutput<T> {}

/// What is told to branches that cannot fail, where it is waited for one that does or does not.
#[diagnostic::on_unimplemented(
    message = "`FIRST_EXCEPTION` and `FIRST_SUCCESS` wait for a `Result`, and these branches give `{Self}`",
    label = "write `FIRST_COMPLETED` or `ALL_COMPLETED`"
)]
pub trait Fallible {}

// ---- what errors must be ----------------------------------------------------------------------------------------

/// What is told to branches whose errors are not of one type.
#[diagnostic::on_unimplemented(
    message = "these branches fail with different error types, `{Self}` and `{Other}`",
    label = "name one that both convert into: `gather!(<MyError> ..)`"
)]
pub trait SameError<Other> {}

/// How an error becomes the error type of the call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not convert into `{E}`, the error type of this call",
    label = "write `impl From<{Self}> for {E}`, or convert it in the branch"
)]
pub trait IntoError<E> {
    /// Converts the error.
    fn into_error(self) -> E;
}

#[diagnostic::do_not_recommend]
impl<T: Into<E>, E> IntoError<E> for T {
    #[inline]
    fn into_error(self) -> E {
        self.into()
    }
}

/// How a timeout becomes the error type of the call.
#[diagnostic::on_unimplemented(
    message = "`{Self}`, the error type of this call, cannot hold a timeout",
    label = "write `impl From<rejoin::TimedOut> for {Self}`"
)]
pub trait FromTimedOut {
    /// Converts the timeout.
    fn from_timed_out(late: TimedOut) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<TimedOut>> FromTimedOut for E {
    #[inline]
    fn from_timed_out(late: TimedOut) -> E {
        late.into()
    }
}

/// Printed if the error type of a group with children is not [`Send`].
#[diagnostic::on_unimplemented(
    message = "the error type of a group with children must be `Send`",
    label = "write `Box<dyn Error + Send + Sync>`, or another type that is"
)]
pub trait SendError: GroupMode<Errors: Send, Error: Send> {}

#[diagnostic::do_not_recommend]
impl<M: GroupMode<Errors: Send, Error: Send>> SendError for M {}

// ---- what is called otherwise -----------------------------------------------------------------------------------

/// Printed for other libraries' names of [`spawn`](crate::TaskGroup::spawn).
#[diagnostic::on_unimplemented(
    message = "a group starts its children with `spawn`, or with `spawn_scoped` if they borrow",
    label = "write `spawn`"
)]
pub trait Spawn {}

/// Printed for other libraries' names of [`stop`](crate::GroupHandle::stop).
#[diagnostic::on_unimplemented(
    message = "a group is ended by `stop`, with the value that it gives then",
    label = "write `stop(value)`"
)]
pub trait Stop {}

/// Printed for `join_next` of a group.
#[diagnostic::on_unimplemented(
    message = "a group waits for its children by itself; each `Child` that `spawn` returns is a future of its output",
    label = "remove this, or await the `Child`"
)]
pub trait Joins {}

/// Printed for other libraries' names of [`cancel`](crate::Task::cancel).
#[diagnostic::on_unimplemented(
    message = "there is no `abort`: `cancel` ends this, and returns when it is gone",
    label = "write `cancel().await`"
)]
pub trait Cancel {}

// ---- what children must give ------------------------------------------------------------------------------------

/// Which children a group takes: those that give anything in a plain group; in one that fails with `E`, a `Result<_, E>`, or
/// `()`, or nothing, as they never return.
///
/// It is a matter of what the body of the group may give, `()` or `Result<(), E>`, and not of what the child gives, so
/// that a plain group leaves the compiler to find out the latter.
#[diagnostic::on_unimplemented(
    message = "this child gives `{Output}`, but its group fails with `{E}`",
    label = "it must give a `Result<_, {E}>`, or `()`",
    note = "`?` in the child converts into the error type of the group; an error that is none of the group's is handled in the child"
)]
pub trait Takes<Output, E> {
    /// What the [`Child`](crate::Child) gives.
    type Value;

    /// Splits the output.
    #[doc(hidden)]
    fn split(output: Output) -> Result<Self::Value, E>;
}

#[diagnostic::do_not_recommend]
impl<T> Takes<T, Infallible> for () {
    type Value = T;

    #[inline]
    fn split(output: T) -> Result<T, Infallible> {
        Ok(output)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> Takes<Result<T, E>, E> for Result<(), E> {
    type Value = T;

    #[inline]
    fn split(output: Result<T, E>) -> Result<T, E> {
        output
    }
}

#[diagnostic::do_not_recommend]
impl<E> Takes<(), E> for Result<(), E> {
    type Value = ();

    #[inline]
    fn split((): ()) -> Self {
        Ok(())
    }
}

/// The return type of a function, by which alone the type `!` can be named.
#[doc(hidden)]
pub trait Returns {
    /// The type.
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

#[diagnostic::do_not_recommend]
impl<E> Takes<<fn() -> ! as Returns>::Output, E> for Result<(), E> {
    type Value = <fn() -> ! as Returns>::Output;

    fn split(never: Self::Value) -> Result<Self::Value, E> {
        never
    }
}

/// What a child of a group of mode `M` may give.
#[doc(hidden)]
pub trait ChildOutput<M: Mode> {
    /// What the [`Child`](crate::Child) gives.
    type Value;

    /// Splits the output.
    fn split(self) -> Result<Self::Value, M::Error>;
}

impl<O, M: Mode<Output<()>: Takes<O, M::Error>>> ChildOutput<M> for O {
    type Value = <M::Output<()> as Takes<O, M::Error>>::Value;

    #[inline]
    fn split(self) -> Result<Self::Value, M::Error> {
        <M::Output<()> as Takes<O, M::Error>>::split(self)
    }
}
