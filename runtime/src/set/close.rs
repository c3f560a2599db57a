//! The end of a set whose deadline has passed, while there is more to poll than one turn may poll.

use std::mem;

use tokio::task::coop::has_budget_remaining;

use super::{raw::RawSet, turn::POLL_BUDGET_WITH_STARTS};

/// How a set comes to an end after its deadline, while there are more branches to poll than one turn may poll.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Close {
    /// Each future is polled at most once more.
    Once,
    /// A future that was polled in vain, because the budget was spent, is polled another time.
    Fairly,
}

/// What may still be polled in a set that comes to an end.
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

    /// How many futures may still be started, where the set is closing.
    #[inline]
    pub(super) fn starts(&self) -> usize {
        self.closing
            .as_ref()
            .map_or(usize::MAX, |closing| closing.starts)
    }

    /// How many futures that are pushed now may have their first poll before the set comes to an end.
    pub(super) fn may_start(&self) -> usize {
        self.starts().saturating_sub(self.order.unpolled())
    }

    /// Whether as many futures of a set with a limit were polled, or are about to be, as one turn may poll.
    pub(super) fn is_turn_full(&self) -> bool {
        self.polls + self.order.unpolled() >= POLL_BUDGET_WITH_STARTS
    }

    #[inline]
    pub(super) fn is_closing(&self, close: Close) -> bool {
        self.closing
            .as_ref()
            .is_some_and(|closing| closing.close == close)
    }

    /// Whether another walk may begin, which then does.
    #[inline]
    pub(super) fn may_sweep(&mut self) -> bool {
        (self.closing.as_mut()).is_none_or(|closing| mem::take(&mut closing.may_sweep))
    }

    /// Whether the turn must end because a future has one poll left, and would be polled without a budget.
    #[inline]
    pub(super) fn is_out_of_budget(&self) -> bool {
        self.is_closing(Close::Once) && !has_budget_remaining()
    }
}
