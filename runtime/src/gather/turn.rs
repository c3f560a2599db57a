//! Which branches a poll of a gather visits, and what comes of it.
//!
//! Branches are numbered in argument order and are visited in that order; a spread is one branch here. After a turn in which
//! a branch used up the runtime's budget, the next one begins with the branch behind it and wraps around, so that a branch
//! that always has something to do starves none.

mod starts;

use std::{
    ops::Range,
    task::{Context, Waker},
};

use tokio::task::coop::has_budget_remaining;

use self::starts::Starts;
use super::{dependencies::Dependencies, limit::Limited};
use crate::set::{Close, LentWakers, PolledSlot, StaticWakers, WokenBranches};

/// A call of at most this many branches polls all of them on each wake, with the caller's waker, because making a waker
/// for each costs more.
pub(super) const FEW: usize = 3;
/// The largest number of branches that are visited in one walk.
const WIDTH: usize = 64;

/// A poll of a gather, as the branches see it: which branches it visits, in one or more walks over their tree, and the
/// results of these visits.
///
/// In a walk, branches are numbered from the walk's first branch on, and the numbers wrap around. So they are constants
/// in the code of a tree that has no more branches than one walk visits.
///
/// Without spreads, a `Turn` is passed only to functions that are inlined into the caller, so that it can be kept in
/// registers.
pub struct Turn<'a> {
    walk: Walk<'a>,
    /// The wakers of the walk's branches.
    wakers: LentWakers<'a>,
    /// Stores which branch is polled, if branches share a waker that stands for each of them in turn.
    slot: Option<&'a PolledSlot>,
    pub(super) tally: Tally,
    pub(super) limit: Option<&'a mut Limited>,
    /// The deadline has passed, and spreads come to an end in this way.
    pub(super) closing: Option<Close>,
}

/// The branches that a walk visits.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    /// Spreads that are visited, as bits from branch `base` on.
    spreads: u64,
    /// Branches that are visited and that are no spreads.
    leaves: u64,
    base: usize,
    /// The wakers of the branches from `base` on, if they have some of their own.
    wakers: Option<LentWakers<'a>>,
    /// It is known that there is no walk after it.
    is_last: bool,
}

/// The results of the walks of a turn.
#[derive(Clone, Copy)]
pub(super) struct Tally {
    /// Branches that are not done.
    pub(super) live: usize,
    /// A spread stopped half-way to yield to the runtime.
    pub(super) yielded: bool,
    /// The branch that the next turn begins with: the one behind the branch that used the budget up, which is the number of
    /// branches if that was the last one, or 0 as long as there is some left.
    pub(super) next_start: usize,
}

impl<'a> Walk<'a> {
    /// Visits all branches, or the first [`WIDTH`] of them.
    #[inline]
    pub(super) const fn all(branches: usize) -> Self {
        Self {
            spreads: u64::MAX,
            leaves: u64::MAX,
            base: 0,
            wakers: None,
            is_last: branches <= WIDTH,
        }
    }

    /// Visits `branch`, which is the only one that was woken.
    #[inline]
    pub(super) const fn only(branch: usize, wakers: Option<LentWakers<'a>>) -> Self {
        let mut walk = Self::one(branch, true, true);
        walk.wakers = wakers;
        walk.is_last = true;
        walk
    }

    /// Visits `branch`: as a spread if `as_spread` is set, and as a single future if `as_leaf` is set.
    #[inline]
    const fn one(branch: usize, as_spread: bool, as_leaf: bool) -> Self {
        let bit = branch % WIDTH;
        Self {
            spreads: (as_spread as u64) << bit,
            leaves: (as_leaf as u64) << bit,
            base: branch - bit,
            wakers: None,
            is_last: false,
        }
    }
}

/// The walks of a turn that are not known where a call is compiled: all but that over all branches in argument order. No type of a branch
/// is known here, so this is compiled once for all calls.
pub(super) struct Rest<'a> {
    order: Order<'a>,
    branches: usize,
    /// Branches that have started are visited only if they are spreads, because the deadline has passed.
    are_leaves_over: bool,
    /// The branch that was started last.
    started: Option<usize>,
    /// The next branch that may be a stream which has waited for a permit. [`usize::MAX`] if the call has no streams.
    next_stream: usize,
    /// In a call with dependencies, what starts branches.
    starts: Option<Starts<'a>>,
}

/// The branches that the walks of a turn visit.
enum Order<'a> {
    /// All branches, [`WIDTH`] at a time. The number is the first branch of the next walk.
    All(usize),
    /// All branches, one at a time: those from `start` on, and then those before it. If there are any of the latter, branches may be
    /// started after them that they made room for.
    Each {
        from_start: Range<usize>,
        before: Range<usize>,
    },
    /// Branches that are started, one at a time.
    New,
    /// Branches that were woken, one group per walk, or one branch per walk under a limit; then branches that are
    /// started.
    Woken(WokenBranches<'a>),
}

impl<'a> Rest<'a> {
    /// Returns the walks over all branches, without the first walk.
    #[inline]
    pub(super) const fn new(branches: usize) -> Self {
        Self {
            order: Order::All(WIDTH),
            branches,
            are_leaves_over: false,
            started: None,
            next_stream: usize::MAX,
            starts: None,
        }
    }

    /// Returns the walks of a turn, which the wakes, the last turn and the limit determine, and the state that the turn
    /// begins with.
    #[inline(never)]
    pub(super) fn begin(
        branches: usize,
        wakes: &'a mut StaticWakers,
        caller: &Waker,
        is_closing: bool,
        (limit, dependencies): (Option<&Limited>, Option<&'a mut Dependencies>),
    ) -> (Self, Tally) {
        let is_first = wakes.is_unpolled();
        let (mut live, mut start) = wakes.counted(branches);
        let mut order = Order::New;
        if branches <= FEW {
            order = Order::Each {
                from_start: start..branches,
                before: 0..start,
            };
        } else if !is_first {
            if let Some((woken, progress)) = wakes.take(caller) {
                order = Order::Woken(woken);
                (live, start) = (progress.live(), progress.start());
            }
        } else if limit.is_none() {
            order = Order::All(0);
        }
        if let (Order::Woken(woken), 1..) = (&mut order, start) {
            woken.begin_with(start);
        }
        let tally = Tally {
            live,
            yielded: false,
            // Where there is no budget, because others have used it up before, nothing changes.
            next_start: if start > 0 && !has_budget_remaining() {
                start
            } else {
                0
            },
        };
        let walks = Self {
            order,
            branches,
            are_leaves_over: is_closing && !is_first,
            started: None,
            next_stream: usize::MAX,
            starts: dependencies.map(|dependencies| Starts::new(dependencies, live)),
        };
        (walks, tally)
    }

    /// Visits spreads that have started once more if permits are free, because a stream may have waited for one.
    pub(super) const fn visit_streams(&mut self) {
        self.next_stream = 0;
    }

    /// Returns the next walk, if there is one. `live` branches are not done.
    #[inline(never)]
    fn next(&mut self, mut limit: Option<&mut Limited>, live: usize) -> Option<Walk<'a>> {
        if let (Some(starts), Some(limit)) = (&mut self.starts, limit.as_deref_mut()) {
            return starts.next(&mut self.order, limit, live);
        }
        let limit = limit.as_deref();
        let next = match &mut self.order {
            Order::All(next) => {
                let walk = Walk {
                    base: *next,
                    ..Walk::all(self.branches.saturating_sub(*next))
                };
                *next += WIDTH;
                return (walk.base < self.branches).then_some(walk);
            }
            Order::Each { from_start, before } => match from_start.next().or_else(|| before.next())
            {
                None if before.end == 0 && self.next_stream == usize::MAX => return None,
                next => next,
            },
            Order::New => None,
            Order::Woken(woken) if limit.is_none() => {
                let (base, bits) = woken.next_group()?;
                return Some(Walk {
                    spreads: bits,
                    leaves: if self.are_leaves_over { 0 } else { bits },
                    base,
                    wakers: Some(woken.wakers(base)),
                    is_last: woken.is_empty(),
                });
            }
            Order::Woken(woken) => woken.next(),
        };
        let stream = match next {
            Some(_) => None,
            None => self.next_stream(limit?),
        };
        let branch = next.or(stream).or_else(|| self.start_next(limit?))?;
        let mut walk = Walk::one(branch, true, !self.are_leaves_over && stream.is_none());
        if let Some(limit) = limit.filter(|_| stream.is_none()) {
            if limit.is_next(branch) {
                // A spread takes its permits itself, and streams that have waited for one come before a branch that is no spread.
                let may_start = limit.has_permit() && self.next_stream >= branch;
                walk = Walk::one(branch, true, may_start);
            } else if !limit.has_started(branch) {
                walk = Walk::one(branch, false, false);
            }
        }
        if let Order::Woken(woken) = &self.order {
            walk.wakers = Some(woken.wakers(branch));
        }
        Some(walk)
    }

    /// Returns the next branch that may be a stream, if a permit is free.
    fn next_stream(&mut self, limit: &Limited) -> Option<usize> {
        let branch = self.next_stream;
        (limit.reaches_started(branch)).then(|| {
            self.next_stream += 1;
            branch
        })
    }

    /// Returns the branch that the limit lets start now.
    fn start_next(&mut self, limit: &Limited) -> Option<usize> {
        // A spread may have more to start than it may start in one turn.
        let may_start = limit.reaches(self.branches) && self.started != Some(limit.next());
        self.started = may_start.then(|| limit.next());
        self.started
    }

    /// Ends the turn.
    #[inline]
    pub(super) fn end(&mut self, tally: Tally) {
        if let Order::Woken(woken) = &mut self.order {
            woken.keep(tally.live, tally.next_start);
        }
    }
}

impl<'a> Turn<'a> {
    #[inline]
    pub(super) const fn new(
        walk: Walk<'a>,
        wakers: LentWakers<'a>,
        slot: Option<&'a PolledSlot>,
        tally: Tally,
        limit: Option<&'a mut Limited>,
        closing: Option<Close>,
    ) -> Self {
        Self {
            walk,
            wakers,
            slot,
            tally,
            limit,
            closing,
        }
    }

    /// Returns whether it is known that there is no other walk.
    #[inline]
    pub(super) const fn is_last_walk(&self) -> bool {
        self.walk.is_last
    }

    /// Begins this walk.
    #[inline]
    pub(super) const fn begin_walk(&mut self, walk: Walk<'a>) {
        self.walk = walk;
        if let Some(wakers) = walk.wakers {
            self.wakers = wakers;
        }
    }

    /// Begins the next walk, if there is one.
    #[inline]
    pub(super) fn walk_next(&mut self, rest: &mut Rest<'a>) -> bool {
        let Some(walk) = rest.next(self.limit.as_deref_mut(), self.tally.live) else {
            return false;
        };
        self.begin_walk(walk);
        true
    }

    /// Returns the number that the first of `branches` has in this walk.
    #[inline]
    pub(super) const fn first(&self, branches: usize) -> usize {
        if branches <= WIDTH {
            0
        } else {
            0_usize.wrapping_sub(self.walk.base)
        }
    }

    /// Returns whether any of `count` branches from `first` on may be visited.
    #[inline]
    pub(super) const fn any(&self, first: usize, count: usize) -> bool {
        if first < WIDTH {
            return (self.walk.spreads >> first) & low(count) != 0;
        }
        // Some may reach into the walk from before its base.
        let end = first.wrapping_add(count);
        end < count && self.walk.spreads & low(end) != 0
    }

    /// Returns whether this branch, which is no spread, is visited.
    #[inline]
    pub(super) const fn has(&self, branch: usize) -> bool {
        branch < WIDTH && (self.walk.leaves >> branch) & 1 != 0
    }

    /// Returns whether this spread is visited.
    #[inline]
    pub(super) const fn has_spread(&self, branch: usize) -> bool {
        branch < WIDTH && (self.walk.spreads >> branch) & 1 != 0
    }

    /// Returns the number of this branch in the call.
    #[inline]
    pub(super) const fn number(&self, branch: usize) -> usize {
        self.walk.base.wrapping_add(branch)
    }

    /// Polls this branch with its waker.
    #[inline]
    pub(super) fn poll<R>(&self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        if let Some(slot) = self.slot {
            slot.set(self.number(branch));
        }
        self.wakers.poll(branch, poll)
    }

    /// Notes that this branch, which is no spread, was polled and is not done.
    #[inline]
    pub(super) fn waits(&mut self, branch: usize) {
        let number = self.number(branch);
        if let Some(limit) = &mut self.limit {
            limit.waits(number);
        }
        self.ask_budget(branch);
    }

    /// Notes that this branch, which is no spread, is done.
    #[inline]
    pub(super) fn done(&mut self, branch: usize) {
        self.tally.live -= 1;
        let number = self.number(branch);
        if let Some(limit) = &mut self.limit {
            limit.done(number);
        }
    }

    /// Notes that this spread was polled and is not done.
    pub(super) fn spread_waits(&mut self, branch: usize, yielded: bool) {
        self.tally.yielded |= yielded;
        self.ask_budget(branch);
    }

    /// Notes whether this branch used up the budget.
    #[inline]
    fn ask_budget(&mut self, branch: usize) {
        if self.tally.next_start == 0 && !has_budget_remaining() {
            self.tally.next_start = self.number(branch) + 1;
        }
    }
}

/// The lowest `count` bits.
const fn low(count: usize) -> u64 {
    if count < WIDTH {
        (1 << count) - 1
    } else {
        u64::MAX
    }
}
