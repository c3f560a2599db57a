//! One poll of a gather: which of its branches are polled, and with which waker.
//!
//! Branches are numbered in argument order and are visited in that order; a spread is one branch here. After a turn in which
//! a branch used up the runtime's budget, the next one begins with the branch behind it and wraps around, so that a branch
//! that always has something to do starves none.

use std::task::Context;

use tokio::task::coop::has_budget_remaining;

use super::limit::Limit;
use crate::set::{Close, First, More, Woken};

/// Which branches a turn is for.
pub trait Wakers {
    /// Whether every branch that is not done is visited.
    const ALL: bool;

    /// Whether any of `count` branches from `first` on may be among them.
    fn any(&self, first: usize, count: usize, limit: &impl Limit) -> bool;

    /// Whether this branch is.
    fn has(&mut self, branch: usize, limit: &mut impl Limit) -> bool;

    /// Whether this spread is; a spread takes its places itself.
    fn has_spread(&mut self, branch: usize, limit: &impl Limit) -> bool;

    /// Polls the branch.
    fn poll<R>(&mut self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R;
}

/// A turn.
pub struct Turn<'a, W, L> {
    pub(super) wakers: W,
    pub(super) limit: &'a mut L,
    /// Branches that are not done.
    pub(super) live: usize,
    /// Whether a spread stopped half-way, for the runtime to have its turn.
    pub(super) cut: bool,
    /// The deadline has passed, and spreads come to an end in this way.
    pub(super) closing: Option<Close>,
    pub(super) visits: Visits,
    /// The branch that the next turn begins with: the one behind the branch that used the budget up, which is the number of
    /// branches if that was the last one, or 0 as long as there is some left.
    pub(super) next_start: usize,
}

/// Which of the branches that a turn is for are visited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Visits {
    All,
    /// Those that were not polled before, and spreads, because the deadline has passed.
    NewOrSpread,
    /// Those that were not polled before, and spreads that have something to start.
    New,
}

impl<'a, W: Wakers, L: Limit> Turn<'a, W, L> {
    /// `live` is the number of branches that are not done, unless the turn visits all and so counts them itself.
    #[inline]
    pub(super) fn new(wakers: W, limit: &'a mut L, live: usize) -> Self {
        Self {
            wakers,
            limit,
            live: if W::ALL { 0 } else { live },
            cut: false,
            closing: None,
            visits: Visits::All,
            next_start: 0,
        }
    }

    #[inline]
    pub(super) fn any(&self, first: usize, count: usize) -> bool {
        self.wakers.any(first, count, self.limit)
    }

    #[inline]
    pub(super) fn has(&mut self, branch: usize) -> bool {
        let is_passed_over = self.visits != Visits::All && self.limit.has_started(branch);
        !is_passed_over && self.wakers.has(branch, self.limit)
    }

    #[inline]
    pub(super) fn has_spread(&mut self, branch: usize) -> bool {
        let is_passed_over = self.visits == Visits::New && self.limit.has_started(branch);
        !is_passed_over && self.wakers.has_spread(branch, self.limit)
    }

    /// The deadline has passed, and this is not the first turn.
    #[inline]
    pub(super) fn close(&mut self, closing: Option<Close>) {
        self.closing = closing;
        if closing.is_some() {
            self.visits = Visits::NewOrSpread;
        }
    }

    /// A branch was polled and is not done.
    #[inline]
    pub(super) fn waits(&mut self, branch: usize) {
        if self.next_start == 0 && !has_budget_remaining() {
            self.next_start = branch + 1;
        }
    }

    /// The turn begins with branch `start`, because the last one was cut. Where there is no budget in this
    /// one, because others have used it up before, nothing changes.
    #[cold]
    pub(super) fn begin_with(&mut self, start: usize) {
        if !has_budget_remaining() {
            self.next_start = start;
        }
    }

    /// A branch was visited and is not done.
    #[inline]
    pub(super) fn unfinished(&mut self) {
        if W::ALL {
            self.live += 1;
        }
    }

    /// A branch was visited and is done now.
    #[inline]
    pub(super) fn finished(&mut self) {
        if !W::ALL {
            self.live -= 1;
        }
    }
}

/// All branches that have a bit, with the caller's waker: the fastest way for few of them.
pub(super) struct All<'a, 'b>(pub(super) &'a mut Context<'b>, pub(super) u8);

impl Wakers for All<'_, '_> {
    const ALL: bool = true;

    #[inline]
    fn any(&self, first: usize, count: usize, _: &impl Limit) -> bool {
        self.1 & (((1 << count) - 1) << first) != 0
    }

    #[inline]
    fn has(&mut self, branch: usize, limit: &mut impl Limit) -> bool {
        limit.has_started(branch) || limit.start(branch)
    }

    #[inline]
    fn has_spread(&mut self, branch: usize, limit: &impl Limit) -> bool {
        limit.has_started(branch) || limit.is_next(branch)
    }

    #[inline]
    fn poll<R>(&mut self, _: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        poll(self.0)
    }
}

/// Branches for the first time: all, or under a limit those that may start.
pub(super) struct New<P>(pub(super) P);

/// How they are polled.
pub(super) trait FirstPoll {
    fn poll<R>(&mut self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R;
}

impl FirstPoll for First<'_, '_> {
    #[inline]
    fn poll<R>(&mut self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        First::poll(self, branch, poll)
    }
}

impl FirstPoll for More<'_> {
    #[inline]
    fn poll<R>(&mut self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        More::poll(self, branch, poll)
    }
}

impl<P: FirstPoll> Wakers for New<P> {
    const ALL: bool = false;

    #[inline]
    fn any(&self, first: usize, count: usize, limit: &impl Limit) -> bool {
        limit.reaches(first + count)
    }

    #[inline]
    fn has(&mut self, branch: usize, limit: &mut impl Limit) -> bool {
        limit.start(branch)
    }

    #[inline]
    fn has_spread(&mut self, branch: usize, limit: &impl Limit) -> bool {
        limit.is_next(branch)
    }

    #[inline]
    fn poll<R>(&mut self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        self.0.poll(branch, poll)
    }
}

/// Branches that were woken.
impl Wakers for Woken<'_> {
    const ALL: bool = false;

    #[inline]
    fn any(&self, first: usize, count: usize, _: &impl Limit) -> bool {
        Woken::any(self, first, count)
    }

    #[inline]
    fn has(&mut self, branch: usize, _: &mut impl Limit) -> bool {
        self.take(branch)
    }

    #[inline]
    fn has_spread(&mut self, branch: usize, _: &impl Limit) -> bool {
        self.take(branch)
    }

    #[inline]
    fn poll<R>(&mut self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        Woken::poll(self, branch, poll)
    }
}
