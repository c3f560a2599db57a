//! How the group's future is notified that there is something to do.

use std::{mem, task::Waker};

use super::waiters::WaiterMap;
use crate::panics::Panics;

/// Notifies the group's future.
///
/// While the future is being polled nothing wakes it: it looks at `notified` before it returns `Pending`. A poll in which it has
/// woken its own waker may last until the next one begins, because there is a next one in any case.
#[derive(Default)]
pub(super) struct GroupNotify {
    waker: Option<Waker>,
    is_polling: bool,
    notified: bool,
    /// During this poll a scoped child has woken a task that waited for it.
    woke_waiter: bool,
}

/// The next step of the group's future after a turn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NextStep {
    /// It cancels everything, because the group is ending.
    End,
    /// It takes another turn, because it was notified in this one.
    TurnAgain,
    /// It takes another turn for futures that were woken in this one, because a scoped child has woken a task that waited for it.
    PollWoken,
    /// It returns `Pending`.
    Idle,
}

impl GroupNotify {
    /// Begins a poll, and reports whether the future was notified before it.
    pub(super) fn begin_poll(&mut self) -> bool {
        self.is_polling = true;
        self.woke_waiter = false;
        mem::take(&mut self.notified)
    }

    pub(super) const fn waker(&mut self) -> &mut Option<Waker> {
        &mut self.waker
    }

    /// Notifies the future. If there is a waker, it must be woken for it.
    #[must_use]
    pub(super) fn notify(&mut self) -> Option<Waker> {
        self.notified = true;
        self.wake_body()
    }

    /// Takes the waker that must be woken because the body was woken. There is none while the future is being polled: it
    /// looks at the body when its next step is [`NextStep::Idle`].
    #[must_use]
    pub(super) fn wake_body(&mut self) -> Option<Waker> {
        if self.is_polling {
            None
        } else {
            self.waker.take()
        }
    }

    /// Notes that a scoped child has woken a task that waited for it.
    pub(super) fn woke_waiter(&mut self) {
        self.woke_waiter |= self.is_polling;
    }

    /// Returns the next step of the future. If that is [`NextStep::Idle`], its poll ends here.
    pub(super) fn next_step(&mut self) -> NextStep {
        let notified = mem::take(&mut self.notified);
        let woke_waiter = mem::take(&mut self.woke_waiter);
        self.is_polling = notified || woke_waiter;
        match (woke_waiter, notified) {
            (true, _) => NextStep::PollWoken,
            (false, true) => NextStep::TurnAgain,
            (false, false) => NextStep::Idle,
        }
    }
}

/// Wakers to wake after the lock was released.
#[must_use]
#[derive(Default)]
pub(super) struct WakeList {
    pub(super) group: Option<Waker>,
    pub(super) waiters: WaiterMap,
}

impl From<Option<Waker>> for WakeList {
    fn from(group: Option<Waker>) -> Self {
        Self {
            group,
            waiters: WaiterMap::new(),
        }
    }
}

impl From<WaiterMap> for WakeList {
    fn from(waiters: WaiterMap) -> Self {
        Self {
            group: None,
            waiters,
        }
    }
}

impl WakeList {
    /// Wakes all of them, and then resumes the first panic of a waker.
    #[inline]
    pub(super) fn wake(self) {
        if self.waiters.is_empty() {
            wake(self.group);
        } else {
            self.wake_all();
        }
    }

    #[cold]
    fn wake_all(self) {
        let mut panics = Panics::default();
        let Self { group, mut waiters } = self;
        while let Some((_, waker)) = waiters.pop() {
            panics.run(|| wake(waker));
        }
        panics.run(|| wake(group));
        panics.resume();
    }
}

/// Wakes the waker, if there is one.
#[inline]
pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
