//! How many branches may run at once.

use super::dependencies::Dependencies;

/// The `limit` of a call, as a type.
pub trait Limit {
    /// Returns the limit, if there is one.
    fn limited(&mut self) -> Option<&mut Limited>;

    /// Returns the limit, and the dependencies between the branches. If there are any, there is a limit.
    #[inline]
    fn starts(&mut self) -> (Option<&mut Limited>, Option<&mut Dependencies>) {
        (self.limited(), None)
    }
}

/// All run at once: they start together, in one turn.
pub struct Unlimited;

impl Limit for Unlimited {
    #[inline]
    fn limited(&mut self) -> Option<&mut Limited> {
        None
    }
}

/// `limit = n`. Branches start in argument order.
pub struct Limited {
    permits: usize,
    /// Branches below have started, those above have not. A spread has when its iterator has ended, or its stream had nothing for the
    /// first time.
    next: usize,
}

impl Limit for Limited {
    #[inline]
    fn limited(&mut self) -> Option<&mut Self> {
        Some(self)
    }
}

impl Limited {
    /// # Panics
    ///
    /// If `limit` is zero.
    #[inline]
    #[track_caller]
    pub(crate) fn new(limit: usize) -> Self {
        assert!(limit > 0, "`limit` must be at least 1");
        Self {
            permits: limit,
            next: 0,
        }
    }

    /// Creates a limit that is never reached.
    pub(crate) const fn none() -> Self {
        Self {
            permits: usize::MAX,
            next: 0,
        }
    }

    /// Sets the branch that is the next to start. [`usize::MAX`] stands for none.
    pub(super) fn set_next(&mut self, branch: usize) {
        self.next = branch;
    }

    /// Returns how many permits are free.
    pub(super) const fn permits(&self) -> usize {
        self.permits
    }

    /// Returns whether one more may start.
    pub(super) const fn has_permit(&self) -> bool {
        self.permits > 0
    }

    /// Notes that one more of a spread has started.
    pub(super) fn acquire(&mut self) {
        self.permits -= 1;
    }

    /// Notes that one of a spread is done.
    pub(super) fn release(&mut self) {
        self.permits += 1;
    }

    /// Returns the branch that is the next to start, as permits allow.
    pub(super) const fn next(&self) -> usize {
        self.next
    }

    /// Returns whether it is this branch's turn to start.
    pub(super) const fn is_next(&self, branch: usize) -> bool {
        branch == self.next
    }

    /// Returns whether this branch has started.
    pub(super) const fn has_started(&self, branch: usize) -> bool {
        branch < self.next
    }

    /// Returns whether a branch below `end` may start now.
    pub(super) const fn reaches(&self, end: usize) -> bool {
        self.has_permit() && self.next < end
    }

    /// Returns whether this branch has started, and one more future of it may start now.
    pub(super) const fn reaches_started(&self, branch: usize) -> bool {
        self.has_permit() && branch < self.next
    }

    /// Notes that the spread that is next has started all its futures.
    pub(super) fn pass(&mut self) {
        self.next += 1;
    }

    /// Notes that this branch, which is no spread, was polled and is not done.
    pub(super) fn waits(&mut self, branch: usize) {
        if self.is_next(branch) {
            self.acquire();
            self.pass();
        }
    }

    /// Notes that this branch, which is no spread, is done.
    pub(super) fn done(&mut self, branch: usize) {
        if self.is_next(branch) {
            self.pass();
        } else {
            self.release();
        }
    }
}
