//! What has ended a group, and how many are there: one word, so that entering, leaving and ending are one step each.

use std::process::abort;

use super::sync::{AtomicU64, Ordering};

/// From the lowest bit on:
///
/// - `CAUSE`: what has ended the group; zero as long as it is open. Set once, and nobody enters from then on.
/// - `JOINING`: the body has ended. Set by the group's future, never taken back. Whoever leaves as the last that keeps the
///   group open tells it.
/// - `ABORTED`: tasks are to be dropped at their next await. Never set in a group that is open.
/// - `LOST`: a child was dropped by the shutdown of its runtime. Set at any time, and never taken back; the group's future
///   panics because of it.
/// - `UNWOUND`: the body and the children in place were dropped. Set by the group's future, never in a group that is open.
/// - Daemons: the children that do not keep the group open.
/// - Members: all others.
///
/// A group is over when it is unwound and nobody is there; nothing changes then but `ABORTED`.
pub(super) struct State(AtomicU64);

const CAUSE: u64 = 0b111;
const JOINING: u64 = 1 << 3;
const ABORTED: u64 = 1 << 4;
const LOST: u64 = 1 << 5;
const UNWOUND: u64 = 1 << 6;
const DAEMON: u64 = 1 << 7;
const MEMBER: u64 = 1 << 35;

/// What ended a group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Cause {
    /// Body and children have ended.
    Done = 1,
    /// One of them has given an error.
    Failed,
    /// Somebody gave the group's value.
    Stopped,
    /// The deadline has passed.
    Late,
    /// One of them has panicked.
    Panicked,
    /// The group's future was dropped.
    Dropped,
    /// The group around it has aborted its tasks.
    Cut,
}

impl State {
    /// Of a group that is open, and in which nobody is.
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts a task of a group in this one, as a daemon, also while this one is ending. Not if it is over.
    pub(super) fn enter_nested(&self) -> bool {
        self.change(|before| {
            if daemons(before) > MEMBER / DAEMON / 2 {
                abort();
            }
            (before & UNWOUND == 0 || !is_empty(before)).then_some(before + DAEMON)
        })
    }

    /// Lets a child in if the group is open.
    #[inline]
    pub(super) fn enter(&self, daemon: bool) -> bool {
        let mut before = self.0.load(Ordering::Relaxed);
        loop {
            if before & CAUSE != 0 {
                return false;
            }
            // Half of what there is room for, so that no two that come at once go over.
            if members(before) > u64::MAX / MEMBER / 2 || daemons(before) > MEMBER / DAEMON / 2 {
                abort();
            }
            // Relaxed: who enters brings nothing along, and is given all else by whoever lets it in.
            let entered = self.0.compare_exchange_weak(
                before,
                before + one(daemon),
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match entered {
                Ok(_) => return true,
                Err(now) => before = now,
            }
        }
    }

    /// A child has left. Whether the group's future must be told.
    ///
    /// Release, so that who finds it gone sees all that it has done.
    #[inline]
    pub(super) fn leave(&self, daemon: bool) -> bool {
        let one = one(daemon);
        let now = self.0.fetch_sub(one, Ordering::Release) - one;
        if now & CAUSE == 0 {
            !daemon && now & JOINING != 0 && members(now) == 0
        } else {
            is_empty(now)
        }
    }

    /// Ends the group, if nothing has.
    pub(super) fn end(&self, cause: Cause) -> bool {
        self.change(|before| (before & CAUSE == 0).then_some(before | cause as u64))
    }

    /// The body has ended: the group ends if nobody keeps it open. Otherwise the last of those will tell.
    pub(super) fn join(&self) {
        self.change(|before| {
            let next = if before & LOST != 0 {
                before | Cause::Panicked as u64
            } else if members(before) == 0 {
                before | Cause::Done as u64
            } else {
                before | JOINING
            };
            (before & CAUSE == 0).then_some(next)
        });
    }

    /// Notes that a child was dropped by the shutdown of its runtime.
    pub(super) fn lose(&self) {
        self.0.fetch_or(LOST, Ordering::AcqRel);
    }

    /// Whether a child was dropped by the shutdown of its runtime.
    pub(super) fn is_lost(&self) -> bool {
        self.0.load(Ordering::Acquire) & LOST != 0
    }

    /// Notes that the body and the children in place were dropped, in a group that is ending.
    pub(super) fn unwind(&self) {
        let before = self.0.fetch_or(UNWOUND, Ordering::AcqRel);
        debug_assert_ne!(before & CAUSE, 0);
    }

    /// Tasks are to be dropped, in a group that is ending.
    pub(super) fn abort(&self) {
        let before = self.0.fetch_or(ABORTED, Ordering::Release);
        debug_assert_ne!(before & CAUSE, 0);
    }

    #[inline]
    pub(super) fn is_aborted(&self) -> bool {
        self.0.load(Ordering::Acquire) & ABORTED != 0
    }

    /// What has ended the group.
    #[inline]
    pub(super) fn cause(&self) -> Option<Cause> {
        const ALL: [Cause; 7] = [
            Cause::Done,
            Cause::Failed,
            Cause::Stopped,
            Cause::Late,
            Cause::Panicked,
            Cause::Dropped,
            Cause::Cut,
        ];
        let cause = self.0.load(Ordering::Acquire) & CAUSE;
        ALL.into_iter().find(|&one| one as u64 == cause)
    }

    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire) & CAUSE == 0
    }

    /// Whether nobody is there.
    pub(super) fn is_empty(&self) -> bool {
        is_empty(self.0.load(Ordering::Acquire))
    }

    /// Whether nothing of the group is there, nor will be.
    pub(super) fn is_over(&self) -> bool {
        let now = self.0.load(Ordering::Acquire);
        now & UNWOUND != 0 && is_empty(now)
    }

    fn change(&self, next: impl FnMut(u64) -> Option<u64>) -> bool {
        (self.0)
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
            .is_ok()
    }
}

#[inline]
const fn one(daemon: bool) -> u64 {
    if daemon { DAEMON } else { MEMBER }
}

#[inline]
const fn members(state: u64) -> u64 {
    state / MEMBER
}

#[inline]
const fn daemons(state: u64) -> u64 {
    state % MEMBER / DAEMON
}

#[inline]
const fn is_empty(state: u64) -> bool {
    state / DAEMON == 0
}
