//! The deadlines of the branches of one spread, which share a timer.

#[cfg(test)]
mod tests;

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    task::{Wake, Waker},
};

use tokio::time::Instant;

use super::{Timeout, queue::DeadlineQueue, timer::Timer};
use crate::{error::TimedOut, panics::Panics};

/// Deadlines of equal length, each measured from the first poll of its branch, with one timer for the next deadline.
///
/// No waker is cloned, woken or dropped under the lock. Arming the timer may wake the waker that it was armed with before. So
/// the timer is taken out of the state while a thread arms it. Meanwhile other threads leave it alone, and the thread that
/// puts it back checks whether it must be armed for another time.
///
/// The timer wakes a [`TimerWaker`], not the task, so a timer that fires for a branch that has left polls no branch. While
/// no branch waits the timer is disarmed, because a paused clock would advance to it.
pub struct SharedDeadlines {
    timeout: Timeout,
    state: Mutex<State>,
    timer_waker: OnceLock<Waker>,
}

struct State {
    queue: DeadlineQueue,
    /// Armed for the next deadline or an earlier time if a branch waits. `None` while a thread arms it.
    timer: Option<Timer>,
}

/// The deadline of one branch.
pub(super) struct BranchDeadline {
    deadlines: Arc<SharedDeadlines>,
    state: DeadlineState,
}

enum DeadlineState {
    /// The branch was not polled yet.
    New,
    /// The branch waits; this is its key in the queue.
    Waiting(u32),
    /// The branch is done, or the clock cannot represent its deadline.
    Inactive,
}

impl BranchDeadline {
    #[inline]
    pub(super) fn new(deadlines: &Arc<SharedDeadlines>) -> Self {
        Self {
            deadlines: Arc::clone(deadlines),
            state: DeadlineState::New,
        }
    }

    /// Checks whether [`begin`](Self::begin) was not called yet.
    #[inline]
    pub(super) const fn is_new(&self) -> bool {
        matches!(self.state, DeadlineState::New)
    }

    /// Creates the error for this timeout.
    pub(super) fn timed_out(&self) -> TimedOut {
        TimedOut::new(self.deadlines.timeout.after)
    }

    /// Starts to measure the time, from `begun` on. Returns whether the deadline has passed; otherwise `waker` is woken when
    /// it passes.
    pub(super) fn begin(&mut self, begun: Instant, waker: &Waker) -> bool {
        let deadlines = &self.deadlines;
        self.state = DeadlineState::Inactive;
        if deadlines.timeout.after.is_zero() {
            return true;
        }
        let Some(at) = begun.checked_add(deadlines.timeout.after) else {
            return false;
        };
        let waker = waker.clone();
        let mut state = deadlines.lock();
        self.state = DeadlineState::Waiting(state.queue.push(at, waker));
        let to_arm = state.take_late_timer();
        drop(state);
        deadlines.arm(to_arm);
        false
    }

    /// Checks whether the deadline has passed; otherwise `waker` is woken when it passes.
    pub(super) fn check(&mut self, waker: &Waker) -> bool {
        let DeadlineState::Waiting(key) = self.state else {
            return false;
        };
        let deadlines = &self.deadlines;
        let mut old = None;
        let mut state = deadlines.lock();
        let known = state.queue.waker(key).as_ref();
        if !known.is_some_and(|known| known.will_wake(waker)) {
            drop(state);
            let new = waker.clone();
            state = deadlines.lock();
            old = state.queue.waker(key).replace(new);
        }
        if state.queue.has_expired(key) {
            drop(state);
            self.leave();
            return true;
        }
        let to_arm = state.take_late_timer();
        drop(state);
        drop(old);
        deadlines.arm(to_arm);
        false
    }

    /// Removes the deadline from the queue.
    #[inline]
    fn leave(&mut self) {
        if let DeadlineState::Waiting(key) = mem::replace(&mut self.state, DeadlineState::Inactive)
        {
            self.deadlines.remove(key);
        }
    }
}

impl Drop for BranchDeadline {
    #[inline]
    fn drop(&mut self) {
        self.leave();
    }
}

impl SharedDeadlines {
    pub(crate) fn new(timeout: Timeout) -> Arc<Self> {
        let state = State {
            queue: DeadlineQueue::new(),
            timer: Some(Timer::new()),
        };
        Arc::new(Self {
            timeout,
            state: Mutex::new(state),
            timer_waker: OnceLock::new(),
        })
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self, key: u32) {
        let mut state = self.lock();
        let waker = state.queue.remove(key);
        state.disarm_if_idle();
        drop(state);
        drop(waker);
    }

    /// Arms the timer for a time, if it was taken out for that.
    #[inline]
    fn arm(self: &Arc<Self>, to_arm: Option<(Timer, Instant)>) {
        if let Some((timer, at)) = to_arm {
            self.run(timer, Some(at));
        }
    }

    /// Arms the timer, which was taken out of the state, for `next` and puts it back. As long as it has fired, expires
    /// deadlines, wakes their branches and arms it for the deadline after them.
    fn run(self: &Arc<Self>, mut timer: Timer, mut next: Option<Instant>) {
        let replace = ReplaceTimerOnPanic(self);
        let mut panics = Panics::default();
        loop {
            if let Some(at) = next {
                let waker = (self.timer_waker)
                    .get_or_init(|| Arc::new(TimerWaker(Arc::downgrade(self))).into());
                timer.arm(at, &self.timeout, waker);
            }
            let wakers;
            let mut state = self.lock();
            (wakers, next) = state.expire(&mut timer);
            if next.is_none() {
                state.timer = Some(timer);
                state.disarm_if_idle();
                drop(state);
                wake(wakers, &mut panics);
                break;
            }
            drop(state);
            wake(wakers, &mut panics);
        }
        mem::forget(replace);
        panics.resume();
    }
}

impl State {
    /// Takes the timer out if it would fire after the next deadline and no other thread is arming it. Returns it with the
    /// time to arm it for.
    #[inline]
    fn take_late_timer(&mut self) -> Option<(Timer, Instant)> {
        let next = self.queue.next()?;
        match self.timer.as_ref()?.at() {
            Some(at) if at <= next => None,
            _ => Some((self.timer.take()?, next)),
        }
    }

    /// Takes the timer out if it has fired.
    fn take_fired_timer(&mut self) -> Option<Timer> {
        self.timer.take_if(|timer| timer.has_fired())
    }

    /// Disarms the timer if no branch waits.
    #[inline]
    fn disarm_if_idle(&mut self) {
        if let (Some(timer), None) = (&mut self.timer, self.queue.next()) {
            timer.disarm();
        }
    }

    /// Expires every deadline that the timer has reached. Returns the wakers to wake, and the time to arm the timer for, if
    /// it must be armed.
    fn expire(&mut self, timer: &mut Timer) -> (Vec<Waker>, Option<Instant>) {
        match timer.at() {
            Some(at) if timer.has_fired() => {
                let now = Instant::now();
                if now < at {
                    // The timer fired early because its runtime shuts down. The branch that is polled next arms a new one, in
                    // the runtime in which it is polled.
                    timer.disarm();
                    return (self.queue.take_wakers(), None);
                }
                (self.queue.expire(now), self.queue.next())
            }
            Some(at) => (Vec::new(), self.queue.next().filter(|next| *next < at)),
            None => (Vec::new(), self.queue.next()),
        }
    }
}

/// Puts a new timer into the state if arming the old one panics.
struct ReplaceTimerOnPanic<'a>(&'a SharedDeadlines);

impl Drop for ReplaceTimerOnPanic<'_> {
    fn drop(&mut self) {
        self.0.lock().timer = Some(Timer::new());
    }
}

fn wake(wakers: Vec<Waker>, panics: &mut Panics) {
    for waker in wakers {
        panics.run(|| waker.wake());
    }
}

/// The waker that the timer is polled with. The reference is weak, because the timer, which holds this waker, is part of the
/// shared state.
struct TimerWaker(Weak<SharedDeadlines>);

impl Wake for TimerWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(deadlines) = self.0.upgrade() {
            let fired = deadlines.lock().take_fired_timer();
            if let Some(timer) = fired {
                deadlines.run(timer, None);
            }
        }
    }
}
