//! Ends a set at its deadline, even if it has more futures to poll than one turn may poll.

use std::mem;

use super::{raw::RawSet, turn::POLL_BUDGET_WITH_STARTS, visit::has_budget};

/// How a set comes to an end after its deadline, while there are more branches to poll than one turn may poll.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Close {
    /// Each future is polled at most once more.
    Once,
    /// A future that was polled in vain, because the budget was spent, is polled another time.
    Fairly,
}

/// The polls that a closing set may still do.
pub(super) struct Closing {
    /// Futures that may still have their first poll.
    pub(super) starts: usize,
    /// Another walk over futures that were woken may begin.
    may_sweep: bool,
    close: Close,
}

impl RawSet {
    /// See [`Set::close`](super::Set::close).
    pub(super) fn close(&mut self, close: Close, starts: Option<usize>) {
        let starts = starts.unwrap_or(self.order.unpolled());
        self.closing.get_or_insert(Closing {
            starts,
            may_sweep: true,
            close,
        });
    }

    /// Returns how many futures a closing set may still start.
    #[inline]
    pub(super) fn starts(&self) -> usize {
        self.closing
            .as_ref()
            .map_or(usize::MAX, |closing| closing.starts)
    }

    /// Returns how many futures that are pushed now may have their first poll before the set ends.
    pub(super) fn may_start(&self) -> usize {
        self.starts().saturating_sub(self.order.unpolled())
    }

    /// Returns whether a set with a limit has polled, or is about to poll, the number of futures that one turn may
    /// poll.
    pub(super) fn is_turn_full(&self) -> bool {
        self.polls + self.order.unpolled() >= POLL_BUDGET_WITH_STARTS
    }

    #[inline]
    pub(super) fn is_closing(&self, close: Close) -> bool {
        self.closing
            .as_ref()
            .is_some_and(|closing| closing.close == close)
    }

    /// Returns whether another walk may begin. A closing set allows one.
    #[inline]
    pub(super) fn may_sweep(&mut self) -> bool {
        (self.closing.as_mut()).is_none_or(|closing| mem::take(&mut closing.may_sweep))
    }

    /// Returns whether the turn must end because a future has one poll left, which would be wasted without a budget.
    #[inline]
    pub(super) fn is_out_of_budget(&self) -> bool {
        self.is_closing(Close::Once) && !has_budget()
    }
}
