//! The deadlines of the futures of one spread, which share a timer.

#[cfg(test)]
mod tests;

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    task::{Wake, Waker},
    time::Duration,
};

use tokio::time::Instant;

use super::{Timeout, alarm::Alarm, queue::Queue};
use crate::panics::Panics;

/// Deadlines that are all equally long, each counted from its own beginning, with one timer for the next to pass.
///
/// Under the lock nobody's waker is cloned, woken or dropped. Setting the timer may wake whom it was set for, so it is taken
/// out for that; meanwhile others let it be, and whoever puts it back looks whether it is still set right.
///
/// When a future leaves, the timer stays as it is, and may ring in vain, which nobody hears. But while nobody waits it is not
/// set, for a paused clock would go forward to it.
pub struct Deadlines {
    timeout: Timeout,
    state: Mutex<State>,
    /// What the timer wakes.
    bell: OnceLock<Waker>,
}

struct State {
    queue: Queue,
    /// Set for the next deadline or for an earlier time, if anybody waits. `None` while somebody sets it.
    alarm: Option<Alarm>,
}

/// A future's deadline among them.
pub(crate) struct Ticket {
    deadlines: Arc<Deadlines>,
    place: Place,
}

enum Place {
    /// It was not polled yet.
    New,
    /// It waits, at this place of the queue.
    Waiting(u32),
    /// It has no deadline: it is done, or the clock does not reach that far.
    Free,
}

impl Ticket {
    #[inline]
    pub(crate) fn new(deadlines: &Arc<Deadlines>) -> Self {
        Self {
            deadlines: Arc::clone(deadlines),
            place: Place::New,
        }
    }

    /// Whether its time does not run yet.
    #[inline]
    pub(crate) const fn is_new(&self) -> bool {
        matches!(self.place, Place::New)
    }

    /// How long it has.
    pub(crate) fn after(&self) -> Duration {
        self.deadlines.timeout.after
    }

    /// Lets the time run, from `begun` on. Gives whether the deadline has passed; if not, the task is woken when it does.
    pub(crate) fn begin(&mut self, begun: Instant, waker: &Waker) -> bool {
        let deadlines = &self.deadlines;
        self.place = Place::Free;
        if deadlines.timeout.after.is_zero() {
            return true;
        }
        let Some(at) = begun.checked_add(deadlines.timeout.after) else {
            return false;
        };
        let waker = waker.clone();
        let mut state = deadlines.lock();
        self.place = Place::Waiting(state.queue.push(at, waker));
        let taken = state.take_unfit();
        drop(state);
        deadlines.set(taken);
        false
    }

    /// Whether the deadline has passed; if not, the task is woken when it does.
    pub(crate) fn check(&mut self, waker: &Waker) -> bool {
        let Place::Waiting(place) = self.place else {
            return false;
        };
        let deadlines = &self.deadlines;
        let mut old = None;
        let mut state = deadlines.lock();
        let known = state.queue.waker(place).as_ref();
        if !known.is_some_and(|known| known.will_wake(waker)) {
            drop(state);
            let new = waker.clone();
            state = deadlines.lock();
            old = state.queue.waker(place).replace(new);
        }
        if state.queue.is_late(place) {
            drop(state);
            self.leave();
            return true;
        }
        let taken = state.take_unfit();
        drop(state);
        drop(old);
        deadlines.set(taken);
        false
    }

    /// Ends it.
    #[inline]
    fn leave(&mut self) {
        if let Place::Waiting(place) = mem::replace(&mut self.place, Place::Free) {
            self.deadlines.remove(place);
        }
    }
}

impl Drop for Ticket {
    #[inline]
    fn drop(&mut self) {
        self.leave();
    }
}

impl Deadlines {
    pub(crate) fn new(timeout: Timeout) -> Arc<Self> {
        let state = State {
            queue: Queue::new(),
            alarm: Some(Alarm::new()),
        };
        Arc::new(Self {
            timeout,
            state: Mutex::new(state),
            bell: OnceLock::new(),
        })
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self, place: u32) {
        let mut state = self.lock();
        let waker = state.queue.remove(place);
        state.rest();
        drop(state);
        drop(waker);
    }

    /// Sets the timer, if it was taken out for that.
    #[inline]
    fn set(self: &Arc<Self>, taken: Option<(Alarm, Instant)>) {
        if let Some((alarm, at)) = taken {
            self.keep_time(alarm, Some(at));
        }
    }

    /// Sets the timer that was taken out, and puts it back; if it has rung, tells those whose deadlines have passed, and sets
    /// it for the next.
    fn keep_time(self: &Arc<Self>, mut alarm: Alarm, mut next: Option<Instant>) {
        let afresh = AfreshAfterPanic(self);
        let mut panics = Panics::default();
        loop {
            if let Some(at) = next {
                let bell = (self.bell).get_or_init(|| Arc::new(Bell(Arc::downgrade(self))).into());
                alarm.set(at, &self.timeout, bell);
            }
            let wakers;
            let mut state = self.lock();
            (wakers, next) = state.pass(&mut alarm);
            if next.is_none() {
                state.alarm = Some(alarm);
                state.rest();
                drop(state);
                wake(wakers, &mut panics);
                break;
            }
            drop(state);
            wake(wakers, &mut panics);
        }
        mem::forget(afresh);
        panics.resume();
    }
}

impl State {
    /// Takes the timer out if there is somebody for whom it would be late, and nobody else is setting it. Says what to set it
    /// for.
    #[inline]
    fn take_unfit(&mut self) -> Option<(Alarm, Instant)> {
        let next = self.queue.next()?;
        match self.alarm.as_ref()?.at() {
            Some(at) if at <= next => None,
            _ => Some((self.alarm.take()?, next)),
        }
    }

    /// Takes the timer out if it has rung.
    fn take_rung(&mut self) -> Option<Alarm> {
        self.alarm.take_if(|alarm| alarm.has_rung())
    }

    /// Unsets the timer if nobody waits.
    #[inline]
    fn rest(&mut self) {
        if let (Some(alarm), None) = (&mut self.alarm, self.queue.next()) {
            alarm.unset();
        }
    }

    /// Lets pass what the timer has rung for. Gives whom to tell, and when it must be set for if it is to be set.
    fn pass(&mut self, alarm: &mut Alarm) -> (Vec<Waker>, Option<Instant>) {
        match alarm.at() {
            Some(at) if alarm.has_rung() => {
                let now = Instant::now();
                if now < at {
                    // Its runtime shuts down. Whoever is polled next sets one where that happens.
                    alarm.unset();
                    return (self.queue.call(), None);
                }
                (self.queue.pass(now), self.queue.next())
            }
            Some(at) => (Vec::new(), self.queue.next().filter(|next| *next < at)),
            None => (Vec::new(), self.queue.next()),
        }
    }
}

/// Makes the timer anew if setting it panics.
struct AfreshAfterPanic<'a>(&'a Deadlines);

impl Drop for AfreshAfterPanic<'_> {
    fn drop(&mut self) {
        self.0.lock().alarm = Some(Alarm::new());
    }
}

fn wake(wakers: Vec<Waker>, panics: &mut Panics) {
    for waker in wakers {
        panics.run(|| waker.wake());
    }
}

/// What the timer wakes. It does not hold who holds the timer.
struct Bell(Weak<Deadlines>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(deadlines) = self.0.upgrade() {
            let rung = deadlines.lock().take_rung();
            if let Some(alarm) = rung {
                deadlines.keep_time(alarm, None);
            }
        }
    }
}
