//! The early end of a call that returns its results one by one, and of a group. `gather!` has an `EndSource` instead.

use std::task::Context;

use crate::{error::TimedOut, panics::Panics};

/// When a call ends early, by a timeout or an `until`, and how its end is reported.
///
/// The caller polls its set first and the policy after it, so that branches that are ready at the deadline are in time.
pub trait EndPolicy {
    /// The type of items: `T` itself, or `Result<T, TimedOut>`.
    type Item<T>;

    /// Wraps an output that was ready before the deadline.
    #[doc(hidden)]
    fn item<T>(output: T) -> Self::Item<T>;

    /// Creates the item that reports a timeout, if timeouts are reported by an item.
    #[doc(hidden)]
    fn timeout_item<T>(error: TimedOut) -> Option<Self::Item<T>>;

    /// Creates the output of a group that its `until` has ended, in a group with one.
    #[doc(hidden)]
    #[must_use]
    fn stopped_item<T>() -> Option<Self::Item<T>> {
        None
    }

    /// Sets the name of the call and its option for the panic message, see [`Timeout::named`].
    #[doc(hidden)]
    #[must_use]
    fn named(self, option: &'static str) -> Self;

    /// Starts to measure the time if this is the first poll of the call.
    #[doc(hidden)]
    fn begin(&mut self) -> Begun;

    /// Returns whether `until` has ended the call. This is called after the set was polled, and before the deadline is checked.
    ///
    /// If `until` has completed or panicked, this calls `stop`, which drops the branches, and adds all panics to `panics`, which the
    /// caller resumes.
    #[doc(hidden)]
    #[inline]
    fn poll_until(
        &mut self,
        _: &mut Context<'_>,
        _: &mut Panics,
        _: impl FnOnce(UntilEnd),
    ) -> bool {
        false
    }

    /// Checks whether `until` has ended the call, so that it yields nothing more.
    ///
    /// # Panics
    ///
    /// If `until` has panicked.
    #[doc(hidden)]
    #[inline]
    fn is_stopped(&self) -> bool {
        false
    }

    /// Drops the future of `until`, because the call has ended.
    #[doc(hidden)]
    #[inline]
    fn discard_until(&mut self, _: &mut Panics) {}

    /// Returns the error if the deadline has passed; otherwise the task is woken when it passes.
    ///
    /// This is called after the set was polled. If that poll was `cut` short, branches that are ready may be unpolled. Then
    /// an elapsed deadline only calls `close`, and the error is returned after the first poll that is not cut short.
    #[doc(hidden)]
    fn poll(&mut self, cx: &mut Context<'_>, cut: bool, close: impl FnOnce()) -> Option<TimedOut>;

    /// Ends the call because its deadline has passed. `error` is the error to report, if any.
    #[doc(hidden)]
    fn end(&mut self, error: Option<TimedOut>);

    /// Checks whether the deadline has ended the call.
    #[doc(hidden)]
    fn is_over(&self) -> bool;

    /// Checks whether there is an error that was not reported yet.
    #[doc(hidden)]
    fn is_late(&self) -> bool;

    /// Takes the item that reports the timeout, once.
    #[doc(hidden)]
    fn take_late<T>(&mut self) -> Option<Self::Item<T>>;

    /// Computes the `size_hint` of the items, for a set that holds `ready` results and will yield from `least` to `most`
    /// results, including those.
    #[doc(hidden)]
    fn hint(&self, ready: usize, least: usize, most: Option<usize>) -> (usize, Option<usize>);
}

/// Whether a poll is the first one of its call. The set may have been polled by an earlier call.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The call was polled before.
    Earlier,
    /// This is the first poll of the call.
    Now,
    /// This is the first poll of the call, and its timeout is zero.
    Elapsed,
}

/// The policy of a call without a timeout: items are the outputs.
#[derive(Debug)]
pub struct NoTimeout;

impl EndPolicy for NoTimeout {
    type Item<T> = T;

    #[inline]
    fn item<T>(output: T) -> T {
        output
    }

    fn timeout_item<T>(_: TimedOut) -> Option<T> {
        None
    }

    #[inline]
    fn named(self, _: &'static str) -> Self {
        self
    }

    #[inline]
    fn begin(&mut self) -> Begun {
        Begun::Now
    }

    #[inline]
    fn poll(&mut self, _: &mut Context<'_>, _: bool, _: impl FnOnce()) -> Option<TimedOut> {
        None
    }

    fn end(&mut self, _: Option<TimedOut>) {}

    #[inline]
    fn is_over(&self) -> bool {
        false
    }

    #[inline]
    fn is_late(&self) -> bool {
        false
    }

    #[inline]
    fn take_late<T>(&mut self) -> Option<T> {
        None
    }

    fn hint(&self, _: usize, least: usize, most: Option<usize>) -> (usize, Option<usize>) {
        (least, most)
    }
}

/// How the poll of `until` has ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UntilEnd {
    /// It has completed.
    Completed,
    /// It has panicked. The panic continues after the call has dropped its branches.
    Panicked,
}
