//! The order in which the branches of a call with dependencies are visited.

use super::{Order, Walk};
use crate::gather::{dependencies::Dependencies, limit::Limited};

/// Starts the branches of a call with dependencies.
pub(super) struct Starts<'a> {
    dependencies: &'a mut Dependencies,
    /// The branch that the last walk visited.
    visited: Option<usize>,
    /// The number of branches that were not done before that walk.
    live: usize,
}

impl<'d> Starts<'d> {
    /// Begins a turn in which `live` branches are not done.
    pub(super) const fn new(dependencies: &'d mut Dependencies, live: usize) -> Self {
        Self {
            dependencies,
            visited: None,
            live,
        }
    }

    /// Returns the next walk, over one branch: first those that were woken, then those that start, as long as there are permits.
    pub(super) fn next<'a>(
        &mut self,
        order: &mut Order<'a>,
        limit: &mut Limited,
        live: usize,
    ) -> Option<Walk<'a>> {
        if let Some(visited) = self.visited.take() {
            if live < self.live {
                self.dependencies.done(visited);
            }
        }
        self.live = live;
        let branch = match self.next_woken(order) {
            Some(branch) => {
                limit.set_next(usize::MAX);
                branch
            }
            None if !limit.has_permit() => return None,
            None => {
                let branch = self.dependencies.start_next()?;
                limit.set_next(branch);
                branch
            }
        };
        self.visited = Some(branch);
        let mut walk = Walk::one(branch, true, true);
        if let Order::Woken(woken) = order {
            walk.wakers = Some(woken.wakers(branch));
        }
        Some(walk)
    }

    /// Returns the next branch that has started and is to be polled again.
    fn next_woken(&self, order: &mut Order<'_>) -> Option<usize> {
        loop {
            let branch = match order {
                Order::Each { from_start, before } => {
                    from_start.next().or_else(|| before.next())?
                }
                Order::Woken(woken) => woken.next()?,
                Order::All(_) | Order::New => return None,
            };
            if self.dependencies.has_started(branch) {
                return Some(branch);
            }
        }
    }
}
