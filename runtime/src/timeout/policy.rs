//! The timeout of a call that returns its results one by one, and the item that reports it.

use std::{pin::Pin, task::Context};

use super::{Deadline, Timeout};
use crate::{
    end_policy::{Begun, EndPolicy},
    error::TimedOut,
};

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

impl EndPolicy for TimeoutItem {
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

impl EndPolicy for SilentTimeout {
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
