//! The deadline of a set whose results come one by one, and how they are told from its passing.

use std::{pin::Pin, task::Context, time::Duration};

use crate::{TimedOut, timeout::Deadline};

/// When a set ends though not everything is done.
pub trait Clock {
    /// What is handed out for an output.
    type Item<T>;

    /// An output that was in time.
    fn item<T>(output: T) -> Self::Item<T>;

    /// What is handed out for a deadline that has passed, if anything is.
    fn late<T>(late: TimedOut) -> Option<Self::Item<T>>;

    /// Lets the time run, if it does not already.
    fn begin(&mut self);

    /// Looks whether the deadline has passed, after a turn; if not, the task is woken when it does. A turn that was cut
    /// short gives the number of sweeps, and lets it pass only when what was woken before has been polled.
    fn poll(&mut self, cx: &mut Context<'_>, cut_at: Option<usize>) -> Option<TimedOut>;

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
    fn begin(&mut self) {}

    #[inline]
    fn poll(&mut self, _: &mut Context<'_>, _: Option<usize>) -> Option<TimedOut> {
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
    /// The number of sweeps when a turn that was cut short saw the deadline passed.
    passed_at: Option<usize>,
}

impl Until {
    pub(crate) fn new(after: Duration) -> Self {
        Self {
            deadline: Box::pin(Deadline::new(after)),
            begun: false,
            over: false,
            late: None,
            passed_at: None,
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

    fn begin(&mut self) {
        if !self.begun {
            self.begun = true;
            self.deadline.as_mut().begin();
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, cut_at: Option<usize>) -> Option<TimedOut> {
        if let (Some(passed), Some(now)) = (self.passed_at, cut_at) {
            return (now.wrapping_sub(passed) >= 2).then(|| self.deadline.late());
        }
        if self.passed_at.is_none() && self.deadline.as_mut().poll(cx).is_pending() {
            return None;
        }
        self.passed_at = cut_at;
        cut_at.is_none().then(|| self.deadline.late())
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
    pub(crate) fn new(after: Duration) -> Self {
        Self(Until::new(after))
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

    fn begin(&mut self) {
        self.0.begin();
    }

    fn poll(&mut self, cx: &mut Context<'_>, cut_at: Option<usize>) -> Option<TimedOut> {
        self.0.poll(cx, cut_at)
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
