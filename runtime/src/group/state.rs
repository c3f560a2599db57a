//! The state of a group, in one atomic word: the cause of its end, and the numbers of its children.
//!
//! A child enters and leaves, and the group ends, in one atomic operation each.

use std::process::abort;

use crate::sync::{AtomicU64, Ordering};

/// The fields of the word, from the lowest bit on:
///
/// - `CAUSE`: the [`EndCause`] that has ended the group, or zero while the group is open. Set once. No child enters after that.
/// - `JOINING`: the body has ended. Set by the group's future and never cleared. From then on the last member that leaves an
///   open group notifies the group's future.
/// - `ABORTED`: tasks must be dropped at their next await. Never set in an open group.
/// - `LOST`: a child was dropped by the shutdown of its runtime. Set at any time and never cleared; the group's future panics
///   because of it.
/// - `BODY_DROPPED`: the body and the scoped children were dropped. Set by the group's future, never in an open group.
/// - The number of daemons: children that do not keep the group open, and tasks of nested groups.
/// - The number of members: all other children.
///
/// A group is over when `BODY_DROPPED` is set and both numbers are zero. From then on only `ABORTED` can change.
pub(super) struct State(AtomicU64);

const CAUSE: u64 = 0b1111;
const JOINING: u64 = 1 << 4;
const ABORTED: u64 = 1 << 5;
const LOST: u64 = 1 << 6;
const BODY_DROPPED: u64 = 1 << 7;
const DAEMON: u64 = 1 << 8;
const MEMBER: u64 = 1 << 36;

/// The reason for the end of a group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum EndCause {
    /// The body and all children have ended.
    Done = 1,
    /// The body or a child has returned an error.
    Failed,
    /// `stop` was called.
    Stopped,
    /// `until` has completed.
    Until,
    /// The `timeout` has elapsed.
    TimedOut,
    /// The body or a child has panicked.
    Panicked,
    /// The group's future was dropped.
    Dropped,
    /// The group around it has aborted its tasks.
    ParentAborted,
}

/// The number of a [`State`] in which a child is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counter {
    /// The child keeps the group open.
    Member,
    /// The child does not keep the group open.
    Daemon,
}

impl Counter {
    #[inline]
    const fn one(self) -> u64 {
        match self {
            Self::Member => MEMBER,
            Self::Daemon => DAEMON,
        }
    }
}

impl State {
    /// Creates the state of an open group without children.
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts a task of a nested group, as a daemon. Unlike a child it may enter while the group is ending. Fails if the group is
    /// over.
    pub(super) fn enter_nested(&self) -> bool {
        self.change(|before| {
            if daemons(before) > MEMBER / DAEMON / 2 {
                abort();
            }
            (before & BODY_DROPPED == 0 || !is_empty(before)).then_some(before + DAEMON)
        })
    }

    /// Counts a child. Fails if the group is not open.
    #[inline]
    pub(super) fn enter(&self, counter: Counter) -> bool {
        let mut before = self.0.load(Ordering::Relaxed);
        loop {
            if before & CAUSE != 0 {
                return false;
            }
            // Half of the range is left unused, so that children that enter on other threads meanwhile cannot overflow it.
            if members(before) > u64::MAX / MEMBER / 2 || daemons(before) > MEMBER / DAEMON / 2 {
                abort();
            }
            // Relaxed, because a child that enters publishes nothing; everything that it reads comes from the thread that spawns it.
            let entered = self.0.compare_exchange_weak(
                before,
                before + counter.one(),
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match entered {
                Ok(_) => return true,
                Err(now) => before = now,
            }
        }
    }

    /// Removes a child that has left from its count. Reports whether the group's future must be notified.
    ///
    /// Release, so that a thread that sees an empty group also sees everything that its children have done.
    #[inline]
    pub(super) fn leave(&self, counter: Counter) -> bool {
        let one = counter.one();
        let now = self.0.fetch_sub(one, Ordering::Release) - one;
        if now & CAUSE == 0 {
            counter == Counter::Member && now & JOINING != 0 && members(now) == 0
        } else {
            is_empty(now)
        }
    }

    /// Ends the group. Fails if it is not open.
    pub(super) fn end(&self, cause: EndCause) -> bool {
        self.change(|before| (before & CAUSE == 0).then_some(before | cause as u64))
    }

    /// Notes that the body has ended. The group ends if it has no member; otherwise the last member to leave notifies the
    /// group's future.
    pub(super) fn join(&self) {
        self.change(|before| {
            let next = if before & LOST != 0 {
                before | EndCause::Panicked as u64
            } else if members(before) == 0 {
                before | EndCause::Done as u64
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

    pub(super) fn is_lost(&self) -> bool {
        self.0.load(Ordering::Acquire) & LOST != 0
    }

    /// Notes that the body and the scoped children were dropped, in a group that is ending.
    pub(super) fn body_dropped(&self) {
        let before = self.0.fetch_or(BODY_DROPPED, Ordering::AcqRel);
        debug_assert_ne!(before & CAUSE, 0);
    }

    /// Notes that tasks must be dropped, in a group that is ending.
    pub(super) fn abort(&self) {
        let before = self.0.fetch_or(ABORTED, Ordering::Release);
        debug_assert_ne!(before & CAUSE, 0);
    }

    #[inline]
    pub(super) fn is_aborted(&self) -> bool {
        self.0.load(Ordering::Acquire) & ABORTED != 0
    }

    /// Returns what has ended the group, or `None` while it is open.
    #[inline]
    pub(super) fn cause(&self) -> Option<EndCause> {
        const ALL: [EndCause; 8] = [
            EndCause::Done,
            EndCause::Failed,
            EndCause::Stopped,
            EndCause::Until,
            EndCause::TimedOut,
            EndCause::Panicked,
            EndCause::Dropped,
            EndCause::ParentAborted,
        ];
        let cause = self.0.load(Ordering::Acquire) & CAUSE;
        ALL.into_iter().find(|&one| one as u64 == cause)
    }

    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire) & CAUSE == 0
    }

    /// Returns the number of members.
    pub(super) fn members(&self) -> usize {
        let members = members(self.0.load(Ordering::Acquire));
        usize::try_from(members).unwrap_or(usize::MAX)
    }

    pub(super) fn is_empty(&self) -> bool {
        is_empty(self.0.load(Ordering::Acquire))
    }

    /// Returns whether the body and all children are gone, and no child can enter any more.
    pub(super) fn is_over(&self) -> bool {
        let now = self.0.load(Ordering::Acquire);
        now & BODY_DROPPED != 0 && is_empty(now)
    }

    fn change(&self, next: impl FnMut(u64) -> Option<u64>) -> bool {
        (self.0)
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
            .is_ok()
    }
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
