//! Several sets that a loop borrows, as one.

use std::{collections::VecDeque, task::Context};

use tokio::task::coop::has_budget_remaining;

use crate::{
    completion::{Live, Take},
    error::TimedOut,
    panics::Panics,
    set::{Close, Progress},
};

/// Two sets as one.
pub struct Both<'a, A, B> {
    order: &'a mut Order,
    first: A,
    second: B,
}

/// In which order results came of two sets, and in which order the sets are polled.
#[derive(Default)]
pub struct Order {
    /// Runs of results, each with whether they are of the first set.
    runs: VecDeque<(bool, usize)>,
    /// The first set used the budget or the turn up when it was polled last.
    second_first: bool,
}

/// Two sets as one. The order is kept between its polls.
#[inline]
pub fn both<A, B>(order: &mut Order, first: A, second: B) -> Both<'_, A, B> {
    Both {
        order,
        first,
        second,
    }
}

impl Order {
    /// Returns an order without results.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            runs: VecDeque::new(),
            second_first: false,
        }
    }

    /// Returns how many results of the first set, or of the second one, are recorded.
    fn known(&self, first: bool) -> usize {
        let of = self.runs.iter().filter(|(of, _)| *of == first);
        of.map(|(_, count)| count).sum()
    }

    /// Takes note of the results that came since the last time.
    fn note(&mut self, first: bool, ready: usize) {
        let known = self.known(first);
        if ready > known {
            self.runs.push_back((first, ready - known));
        }
    }
}

impl<A: Live, B: Live> Both<'_, A, B> {
    fn note(&mut self) {
        self.order.note(true, self.first.ready());
        self.order.note(false, self.second.ready());
    }

    fn limits(&self, limit: Option<usize>) -> [Option<usize>; 2] {
        let beside = |taken| limit.map(|limit| limit.saturating_sub(taken));
        [beside(self.second.taken()), beside(self.first.taken())]
    }
}

impl<A: Live, B: Live<Output = A::Output>> Live for Both<'_, A, B> {
    type Output = A::Output;

    fn turn(&mut self, cx: &mut Context<'_>, limit: Option<usize>, take: Take) -> Progress {
        // Results that came outside of this call are noted first.
        self.note();
        let had_budget = has_budget_remaining();
        let order = if self.order.second_first {
            [false, true]
        } else {
            [true, false]
        };
        let mut cut_first = None;
        for first in order {
            let [of_first, of_second] = self.limits(limit);
            let pace = if first {
                self.first.turn(cx, of_first, take)
            } else {
                self.second.turn(cx, of_second, take)
            };
            self.note();
            match pace {
                Progress::Stopped(()) => return pace,
                Progress::Yielded => {
                    cut_first.get_or_insert(first);
                }
                Progress::Done => {}
            }
        }
        // A turn without a budget changes nothing.
        if had_budget {
            self.order.second_first = cut_first == Some(true);
        }
        if cut_first.is_some() {
            Progress::Yielded
        } else {
            Progress::Done
        }
    }

    fn len(&self) -> usize {
        self.first.len().saturating_add(self.second.len())
    }

    fn ready(&self) -> usize {
        self.first.ready() + self.second.ready()
    }

    fn pop(&mut self) -> Option<(usize, A::Output)> {
        while let Some((first, count)) = self.order.runs.front_mut() {
            let output = if *first {
                self.first.pop()
            } else {
                self.second.pop()
            };
            *count -= 1;
            if *count == 0 {
                self.order.runs.pop_front();
            }
            // Otherwise it was taken elsewhere.
            if output.is_some() {
                return output;
            }
        }
        self.first.pop().or_else(|| self.second.pop())
    }

    fn is_live(&self) -> bool {
        self.first.is_live() || self.second.is_live()
    }

    fn taken(&self) -> usize {
        self.first.taken() + self.second.taken()
    }

    fn close(&mut self, close: Close, limit: Option<usize>) {
        let [of_first, of_second] = self.limits(limit);
        self.first.close(close, of_first);
        self.second.close(close, of_second);
    }

    fn reopen(&mut self) {
        self.first.reopen();
        self.second.reopen();
    }

    fn rest(&mut self) {
        self.first.rest();
        self.second.rest();
    }

    fn expire(&mut self, late: TimedOut) -> Option<TimedOut> {
        let first = self.first.expire(late);
        self.second.expire(late).or(first)
    }

    fn stop(&mut self, keeps_results: bool) {
        let mut panics = Panics::default();
        panics.run(|| self.first.stop(keeps_results));
        panics.run(|| self.second.stop(keeps_results));
        panics.resume();
    }
}
