//! A small set of branches with a size known at compile time, which is polled from several places in the code.

use std::{collections::VecDeque, mem, task::Context};

use tokio::task::coop::has_budget_remaining;

use super::{
    block::BlockRole,
    close::Close,
    header::{GROUP, Woken},
    owner::Owner,
    turn::Progress,
    waker::{LazyBlock, LentWakers, PolledSlot},
};

/// Polls a branch by its number. Returns whether it is done.
pub(crate) type PollBranch<'a> = dyn FnMut(usize, &mut Context<'_>) -> bool + 'a;

/// Records which of at most [`StaticSet::MOST`] branches are to be polled, and which results were not taken. The caller
/// stores the branches and their results.
///
/// It behaves like a [`Set`](super::Set) that is filled with the same futures, but needs only a few words: a set of
/// branches is one word, and branches are polled in the order of their bits. Branches that are ready at once cost no
/// allocation; the wake block is allocated when the first waker is cloned.
pub(crate) struct StaticSet {
    count: usize,
    /// Made when the first waker is kept.
    owner: Option<Owner>,
    /// Branches that were never polled.
    unpolled: u64,
    /// Branches that were woken and are not polled yet. Their ready bits have been taken.
    woken: u64,
    /// Branches that are not done.
    live: u64,
    /// Results that were not handed out, in the order in which they came, but for the first.
    rest: VecDeque<u8>,
    /// The first of them. So results that are taken as they come cost no allocation.
    first: Option<u8>,
    /// Whether branches that were never polled come before woken ones in the next turn.
    unpolled_first: bool,
    /// The deadline has passed.
    closing: Option<Closing>,
}

/// How the branches come to an end after the deadline.
struct Closing {
    close: Close,
    /// Ready bits may be taken once more.
    may_take: bool,
}

impl StaticSet {
    /// There are no more branches than this.
    pub(crate) const MOST: usize = GROUP;

    /// Returns a set of the first `count` branches. The branches in `live` are not done.
    #[inline]
    pub(crate) const fn new(count: usize, live: u64) -> Self {
        assert!(count <= Self::MOST);
        Self {
            count,
            owner: None,
            unpolled: live,
            woken: 0,
            live,
            rest: VecDeque::new(),
            first: None,
            unpolled_first: false,
            closing: None,
        }
    }

    /// Returns the branches that are not done, as bits.
    #[inline]
    pub(crate) const fn live(&self) -> u64 {
        self.live
    }

    /// Returns the number of results that were not handed out.
    #[inline]
    pub(crate) fn ready(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    /// Takes the first result that was not taken, and returns its branch.
    pub(crate) fn pop(&mut self) -> Option<usize> {
        let next = self.first.take().or_else(|| self.rest.pop_front());
        next.map(usize::from)
    }

    /// Notes that a branch has a result.
    pub(crate) fn push(&mut self, branch: usize) {
        self.live &= !(1 << branch);
        let branch = u8::try_from(branch).expect("there are few branches");
        if self.ready() == 0 {
            self.first = Some(branch);
        } else {
            self.rest.push_back(branch);
        }
    }

    /// Lets the next turn poll a branch that is not done, even if nothing wakes it.
    pub(crate) const fn poll_again(&mut self, branch: usize) {
        self.unpolled |= 1 << branch;
    }

    /// Closes the set, see [`Set::close`](super::Set::close).
    pub(crate) fn close(&mut self, close: Close) {
        self.closing.get_or_insert(Closing {
            close,
            may_take: true,
        });
    }

    /// Ends all polls. Later wakes have no effect.
    pub(crate) fn end(&mut self) {
        (self.live, self.unpolled, self.woken) = (0, 0, 0);
        self.owner = None;
    }

    /// Polls the branches that were woken before this call and those that were never polled, each in the order of their
    /// numbers. Where `one` is set, a result ends the turn. After [`Progress::Yielded`] the task is woken.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        one: bool,
        poll: &mut PollBranch<'_>,
    ) -> Progress {
        let turn = self.poll_turn(cx, one, poll);
        if turn == Progress::Yielded {
            cx.waker().wake_by_ref();
        }
        turn
    }

    fn poll_turn(
        &mut self,
        cx: &mut Context<'_>,
        one: bool,
        poll: &mut PollBranch<'_>,
    ) -> Progress {
        // As in a set: neither those that were woken nor those that are new may keep the others waiting for more than a turn.
        let unpolled_first = mem::take(&mut self.unpolled_first);
        if unpolled_first {
            match self.start(cx, one, poll) {
                Progress::Done => {}
                other => return other,
            }
        }
        match self.poll_woken(cx, one, poll) {
            Progress::Done => self.start(cx, one, poll),
            Progress::Yielded => {
                self.unpolled_first = !unpolled_first;
                Progress::Yielded
            }
            stopped @ Progress::Stopped(()) => stopped,
        }
    }

    /// Polls the branches that are left of those that were woken, and then those that were woken since.
    fn poll_woken(&mut self, cx: &Context<'_>, one: bool, poll: &mut PollBranch<'_>) -> Progress {
        let Some(owner) = &mut self.owner else {
            return Progress::Done;
        };
        owner.register(cx.waker());
        if self.woken != 0 {
            if self.is_once() && self.may_take() {
                self.woken |= self.take();
            }
            match self.poll_row(|few| &mut few.woken, cx, one, poll) {
                Progress::Done => {}
                other => return other,
            }
        }
        if !self.may_take() {
            return Progress::Done;
        }
        self.woken = self.take();
        self.poll_row(|few| &mut few.woken, cx, one, poll)
    }

    /// Takes the ready bits.
    fn take(&mut self) -> u64 {
        let owner = self.owner.as_mut().expect("a waker was kept");
        let woken = match owner.take_first_woken() {
            Woken::Nothing => 0,
            Woken::One { slot, .. } => 1 << slot,
            Woken::Many(one) => owner.take_top(one.map(|(_, slot)| slot)),
        };
        // A waker may be used after its branch is done.
        woken & self.live & !self.unpolled
    }

    /// Polls the branches that were never polled.
    fn start(&mut self, cx: &Context<'_>, one: bool, poll: &mut PollBranch<'_>) -> Progress {
        self.poll_row(|few| &mut few.unpolled, cx, one, poll)
    }

    /// Polls the branches in `row` and removes their bits.
    fn poll_row(
        &mut self,
        row: fn(&mut Self) -> &mut u64,
        cx: &Context<'_>,
        one: bool,
        poll: &mut PollBranch<'_>,
    ) -> Progress {
        if *row(self) == 0 {
            return Progress::Done;
        }
        if let Some(owner) = self.owner.take() {
            // A panic drops it, because nothing is polled after that.
            let turn = self.poll_with(owner.lend(0), row, one, poll);
            self.owner = Some(owner);
            return turn;
        }
        let lazy = LazyBlock::new(self.count, BlockRole::Primary(cx.waker(), 0));
        let turn = self.poll_with(lazy.lend(), row, one, poll);
        self.owner = lazy.into_owner();
        turn
    }

    fn poll_with(
        &mut self,
        (wakers, polled): (LentWakers<'_>, Option<&PolledSlot>),
        row: fn(&mut Self) -> &mut u64,
        one: bool,
        poll: &mut PollBranch<'_>,
    ) -> Progress {
        while *row(self) != 0 {
            if self.is_once() && !has_budget_remaining() {
                return Progress::Yielded;
            }
            let bits = row(self);
            let branch = bits.trailing_zeros() as usize;
            *bits &= *bits - 1;
            if let Some(polled) = polled {
                polled.set(branch);
            }
            let done = wakers.poll(branch, |cx| poll(branch, cx));
            match self.note(branch, done, one) {
                Progress::Done => {}
                other => return other,
            }
        }
        Progress::Done
    }

    /// Notes what came of a poll. Returns how the row goes on, which is [`Progress::Done`] where it does.
    #[inline]
    fn note(&mut self, branch: usize, done: bool, one: bool) -> Progress {
        if done {
            self.push(branch);
            if one {
                Progress::Stopped(())
            } else {
                Progress::Done
            }
        } else if has_budget_remaining() {
            Progress::Done
        } else {
            // More and more branches would be polled in vain.
            Progress::Yielded
        }
    }

    /// Returns whether each branch is polled at most once more.
    fn is_once(&self) -> bool {
        (self.closing.as_ref()).is_some_and(|closing| closing.close == Close::Once)
    }

    /// Returns whether ready bits may be taken. A closing set allows it once.
    fn may_take(&mut self) -> bool {
        (self.closing.as_mut()).is_none_or(|closing| mem::take(&mut closing.may_take))
    }
}
