//! The timeout of a call that returns its results one by one, and the item that reports it.

use std::{pin::Pin, task::Context};

use super::{Deadline, Timeout};
use crate::{error::TimedOut, panics::Panics, until::UntilEnd};

/// Whether a call has a timeout or an `until`, and how its end is reported.
///
/// The caller polls its set first and the policy after it, so that branches that are ready at the deadline are in time.
pub trait TimeoutPolicy {
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

impl TimeoutPolicy for NoTimeout {
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

/// A timeout that is reported by an item: outputs are `Ok`, and if a branch was not ready in time, the last item is an `Err`.
#[derive(Debug)]
pub struct TimeoutItem {
    // In a box, so that a stream with a timeout can be moved.
    deadline: Pin<Box<Deadline>>,
    begun: bool,
    over: bool,
    /// The error that was not reported yet.
    unreported: Option<TimedOut>,
    /// The deadline has passed, and the set was closed.
    closing: bool,
}

impl TimeoutItem {
    pub(crate) fn new(timeout: Timeout) -> Self {
        Self {
            deadline: Box::pin(Deadline::new(timeout)),
            begun: false,
            over: false,
            unreported: None,
            closing: false,
        }
    }
}

impl TimeoutPolicy for TimeoutItem {
    type Item<T> = Result<T, TimedOut>;

    #[inline]
    fn item<T>(output: T) -> Result<T, TimedOut> {
        Ok(output)
    }

    fn timeout_item<T>(error: TimedOut) -> Option<Result<T, TimedOut>> {
        Some(Err(error))
    }

    fn named(mut self, option: &'static str) -> Self {
        self.deadline.as_mut().name(option);
        self
    }

    fn begin(&mut self) -> Begun {
        if self.begun {
            return Begun::Earlier;
        }
        self.begun = true;
        self.deadline.as_mut().begin();
        if self.deadline.is_zero() {
            Begun::Elapsed
        } else {
            Begun::Now
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, cut: bool, close: impl FnOnce()) -> Option<TimedOut> {
        if !self.closing {
            if self.deadline.as_mut().poll(cx).is_pending() {
                return None;
            }
            if cut {
                self.closing = true;
                close();
            }
        }
        (!cut).then(|| self.deadline.timed_out())
    }

    fn end(&mut self, error: Option<TimedOut>) {
        self.over = true;
        self.unreported = error;
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn is_late(&self) -> bool {
        self.unreported.is_some()
    }

    fn take_late<T>(&mut self) -> Option<Result<T, TimedOut>> {
        self.unreported.take().map(Err)
    }

    fn hint(&self, ready: usize, least: usize, most: Option<usize>) -> (usize, Option<usize>) {
        let unreported = usize::from(self.unreported.is_some());
        if self.over {
            (ready + unreported, Some(ready + unreported))
        } else {
            // The error replaces at least one result.
            (least.min(ready.saturating_add(1)), most)
        }
    }
}

/// A timeout that is not reported by an item: `wait!` only returns, and arms are called for each branch that timed out.
#[derive(Debug)]
pub struct SilentTimeout(TimeoutItem);

impl SilentTimeout {
    pub(crate) fn new(timeout: Timeout) -> Self {
        Self(TimeoutItem::new(timeout))
    }
}

impl TimeoutPolicy for SilentTimeout {
    type Item<T> = T;

    #[inline]
    fn item<T>(output: T) -> T {
        output
    }

    fn timeout_item<T>(_: TimedOut) -> Option<T> {
        None
    }

    fn named(self, option: &'static str) -> Self {
        Self(self.0.named(option))
    }

    fn begin(&mut self) -> Begun {
        self.0.begin()
    }

    fn poll(&mut self, cx: &mut Context<'_>, cut: bool, close: impl FnOnce()) -> Option<TimedOut> {
        self.0.poll(cx, cut, close)
    }

    fn end(&mut self, _: Option<TimedOut>) {
        self.0.end(None);
    }

    fn is_over(&self) -> bool {
        self.0.is_over()
    }

    fn is_late(&self) -> bool {
        false
    }

    fn take_late<T>(&mut self) -> Option<T> {
        None
    }

    fn hint(&self, _: usize, least: usize, most: Option<usize>) -> (usize, Option<usize>) {
        (least, most)
    }
}
