//! The values that branches of a struct need from other branches, and when they start.

#[cfg(test)]
mod tests;

use super::limit::{Limit, Limited};

/// The dependencies between the branches of a call, and how far the call has come.
///
/// A branch starts when all branches that it needs are done. If several branches may start, the first one in argument order does.
pub struct Dependencies {
    /// The branches that each branch needs, as bits.
    needs: &'static [u64],
    started: u64,
    done: u64,
}

impl Dependencies {
    pub(crate) const fn new(needs: &'static [u64]) -> Self {
        Self {
            needs,
            started: 0,
            done: 0,
        }
    }

    /// Returns whether this branch has started.
    pub(super) const fn has_started(&self, branch: usize) -> bool {
        (self.started >> branch) & 1 != 0
    }

    /// Notes that this branch is done.
    pub(super) fn done(&mut self, branch: usize) {
        self.done |= 1 << branch;
    }

    /// Starts the first branch that has all values that it needs and has not started. Returns its number.
    pub(super) fn start_next(&mut self) -> Option<usize> {
        let may_start =
            |&(branch, needs): &(usize, &u64)| !self.has_started(branch) && needs & !self.done == 0;
        let (branch, _) = self.needs.iter().enumerate().find(may_start)?;
        self.started |= 1 << branch;
        Some(branch)
    }
}

/// The limit of a call with dependencies. Without `limit` there are more permits than branches.
pub struct Dependent {
    limit: Limited,
    dependencies: Dependencies,
}

impl Dependent {
    pub(crate) const fn new(limit: Limited, needs: &'static [u64]) -> Self {
        Self {
            limit,
            dependencies: Dependencies::new(needs),
        }
    }
}

impl Limit for Dependent {
    #[inline]
    fn limited(&mut self) -> Option<&mut Limited> {
        Some(&mut self.limit)
    }

    #[inline]
    fn starts(&mut self) -> (Option<&mut Limited>, Option<&mut Dependencies>) {
        (Some(&mut self.limit), Some(&mut self.dependencies))
    }
}
