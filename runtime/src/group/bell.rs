//! How a group's future and others are told that there is something to do.

use std::{
    mem,
    task::{Context, Waker},
};

use super::watchers::Watching;
use crate::panics::Panics;

/// How the group's future is told that there is something to do.
#[derive(Default)]
pub(super) struct Bell {
    waker: Option<Waker>,
    /// It is being polled, and looks at `rung` before it returns.
    polling: bool,
    rung: bool,
    /// Meanwhile a child in place has woken whoever waited for it.
    woken: bool,
}

/// What the group has to do after it has looked at everything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It is ending.
    Ending,
    /// Something has happened meanwhile: it looks again.
    Again,
    /// The same, and whoever waited for a child in place was woken.
    Woken,
    /// It rests.
    Rest,
}

impl Bell {
    /// The future is polled: nobody needs to wake it until it rests. Whether it was rung for, and whether it must leave a new
    /// waker.
    pub(super) fn listen(&mut self, cx: &Context<'_>) -> (bool, bool) {
        self.polling = true;
        self.woken = false;
        let rung = mem::take(&mut self.rung);
        let stays = (self.waker.as_ref()).is_some_and(|waker| waker.will_wake(cx.waker()));
        (rung, !stays)
    }

    /// Exchanges the waker.
    #[must_use]
    pub(super) fn exchange(&mut self, waker: Option<Waker>) -> Option<Waker> {
        mem::replace(&mut self.waker, waker)
    }

    /// Gives the waker that must be woken, if one must.
    #[must_use]
    pub(super) fn ring(&mut self) -> Option<Waker> {
        self.rung = true;
        if self.polling {
            None
        } else {
            self.waker.take()
        }
    }

    /// Gives the waker that must be woken because the body was. Not while the future is polled, which looks for that when it has
    /// found a [`Look::Rest`].
    #[must_use]
    pub(super) fn wake_body(&mut self) -> Option<Waker> {
        if self.polling {
            None
        } else {
            self.waker.take()
        }
    }

    /// A child in place has woken whoever waited for it.
    pub(super) fn has_woken(&mut self) {
        self.woken |= self.polling;
    }

    /// The future rests, if it was not rung for since it was last asked.
    pub(super) fn rest(&mut self) -> Look {
        let (rung, woken) = (mem::take(&mut self.rung), mem::take(&mut self.woken));
        self.polling = rung || woken;
        match (woken, rung) {
            (true, _) => Look::Woken,
            (false, true) => Look::Again,
            (false, false) => Look::Rest,
        }
    }

    /// The future returns, though there may be something to do: its waker was woken.
    pub(super) fn pause(&mut self) {
        self.polling = false;
    }
}

/// Who is to be woken when the lock has been given back.
#[must_use]
#[derive(Default)]
pub(super) struct Wakes {
    pub(super) group: Option<Waker>,
    pub(super) others: Watching,
}

impl From<Option<Waker>> for Wakes {
    fn from(group: Option<Waker>) -> Self {
        Self {
            group,
            others: Watching::new(),
        }
    }
}

impl From<Watching> for Wakes {
    fn from(others: Watching) -> Self {
        Self {
            group: None,
            others,
        }
    }
}

impl Wakes {
    /// Wakes them all; the first panic goes on then.
    #[inline]
    pub(super) fn wake(self) {
        if self.others.is_empty() {
            wake(self.group);
        } else {
            self.wake_all();
        }
    }

    #[cold]
    fn wake_all(self) {
        let mut panics = Panics::default();
        let Self { group, mut others } = self;
        while let Some((_, waker)) = others.pop() {
            panics.run(|| waker.wake());
        }
        panics.run(|| wake(group));
        panics.resume();
    }
}

/// Wakes if there is anybody to wake.
#[inline]
pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
