//! The deadline of a set whose results come one by one, and how they are told from its passing.

use std::{pin::Pin, task::Context};

use crate::{
    TimedOut,
    timeout::{Deadline, Timeout},
};

/// When a set ends though not everything is done.
pub trait Clock {
    /// What is handed out for an output.
    type Item<T>;

    /// An output that was in time.
    fn item<T>(output: T) -> Self::Item<T>;

    /// What is handed out for a deadline that has passed, if anything is.
    fn late<T>(late: TimedOut) -> Option<Self::Item<T>>;

    /// Names the call and its option, for the panic if there is no timer.
    #[must_use]
    fn named(self, option: &'static str) -> Self;

    /// Lets the time run, if it does not already. Returns how the set is to be polled if this is the first poll of a call.
    fn begin(&mut self) -> Begun;

    /// Returns whether the deadline has passed, after a turn; if not, the task is woken when it does. Where the turn was
    /// `cut` short, `close` is called when it has passed, and it is over only when the set has come to an end.
    fn poll(&mut self, cx: &mut Context<'_>, cut: bool, close: impl FnOnce()) -> Option<TimedOut>;

    /// The deadline has passed, and this is to be said of it.
    fn end(&mut self, late: Option<TimedOut>);

    /// Whether it has.
    fn is_over(&self) -> bool;

    /// Whether something is to be said of it.
    fn is_late(&self) -> bool;

    /// Says it, once.
    fn take_late<T>(&mut self) -> Option<Self::Item<T>>;

    /// How many items are still to come, of a set with so many results, of which there will be from `least` to `most`.
    fn hint(&self, ready: usize, least: usize, most: Option<usize>) -> (usize, Option<usize>);
}

/// How a set is polled that may have been polled by an earlier call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// This is not the first poll of the call.
    Before,
    /// A deadline of an earlier call counts no more.
    Now,
    /// The same, and the deadline of this one passes at once.
    Late,
}

/// There is no deadline: outputs are handed out as they are.
pub struct Endless;

impl Clock for Endless {
    type Item<T> = T;

    #[inline]
    fn item<T>(output: T) -> T {
        output
    }

    fn late<T>(_: TimedOut) -> Option<T> {
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

/// A deadline: outputs that are in time are `Ok`, and if some are not, an `Err` is the last item.
pub struct Until {
    // Of its own, so that a stream can be moved.
    deadline: Pin<Box<Deadline>>,
    begun: bool,
    over: bool,
    late: Option<TimedOut>,
    /// The deadline has passed, and the set comes to an end.
    closing: bool,
}

impl Until {
    pub(crate) fn new(timeout: Timeout) -> Self {
        Self {
            deadline: Box::pin(Deadline::new(timeout)),
            begun: false,
            over: false,
            late: None,
            closing: false,
        }
    }
}

impl Clock for Until {
    type Item<T> = Result<T, TimedOut>;

    #[inline]
    fn item<T>(output: T) -> Result<T, TimedOut> {
        Ok(output)
    }

    fn late<T>(late: TimedOut) -> Option<Result<T, TimedOut>> {
        Some(Err(late))
    }

    fn named(mut self, option: &'static str) -> Self {
        self.deadline.as_mut().name(option);
        self
    }

    fn begin(&mut self) -> Begun {
        if self.begun {
            return Begun::Before;
        }
        self.begun = true;
        self.deadline.as_mut().begin();
        if self.deadline.is_zero() {
            Begun::Late
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
        (!cut).then(|| self.deadline.late())
    }

    fn end(&mut self, late: Option<TimedOut>) {
        self.over = true;
        self.late = late;
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn is_late(&self) -> bool {
        self.late.is_some()
    }

    fn take_late<T>(&mut self) -> Option<Result<T, TimedOut>> {
        self.late.take().map(Err)
    }

    fn hint(&self, ready: usize, least: usize, most: Option<usize>) -> (usize, Option<usize>) {
        let late = usize::from(self.late.is_some());
        if self.over {
            (ready + late, Some(ready + late))
        } else {
            // The error takes the place of at least one result.
            (least.min(ready.saturating_add(1)), most)
        }
    }
}

/// A deadline of which the set itself says what there is to say.
pub struct Told(Until);

impl Told {
    pub(crate) fn new(timeout: Timeout) -> Self {
        Self(Until::new(timeout))
    }
}

impl Clock for Told {
    type Item<T> = T;

    #[inline]
    fn item<T>(output: T) -> T {
        output
    }

    fn late<T>(_: TimedOut) -> Option<T> {
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
