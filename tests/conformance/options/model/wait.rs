//! `wait!`, several times on one set.

use super::{Model, Output, text};
use crate::options::call::{Round, When};

/// What is done in a wait, and whether its condition holds.
struct Waiting {
    when: When,
    /// Results in completion order.
    results: Vec<(usize, Output)>,
    /// The numbers of successes and failures that were within reach at the beginning, and that are now.
    reach: [(usize, usize); 2],
    /// Leaves whose outputs the predicate was asked for.
    asked: Vec<usize>,
    failures_asked: usize,
    holds: bool,
}

impl Model<'_> {
    /// Runs all waits.
    pub(super) fn wait(&mut self, rounds: &[Round]) -> String {
        for (number, round) in rounds.iter().enumerate() {
            let mut results = vec![];
            self.gap(round.gap, &mut results);
            for index in &round.cancel {
                let is_there = self.cancel(*index, &mut results);
                self.note(format!("cancel {index} {is_there}"));
            }
            self.limit = round.limit;
            self.timeout = round.timeout.map(|timeout| self.now + timeout);
            self.until = round.until.map(|until| self.now + until);
            let waiting = self.round(round.when, number == 0, results);
            (self.timeout, self.until) = (None, None);
            let asked: Vec<_> = waiting.asked.iter().map(ToString::to_string).collect();
            if let When::Until(_) = round.when {
                self.note(format!("asked {}", asked.join(",")));
            }
            let done = waiting.results.iter().map(|(leaf, output)| {
                let text = text(*leaf, *output);
                format!("{}:{}", self.index(*leaf), self.keyed(*leaf, &text))
            });
            let done: Vec<_> = done.collect();
            let left = self.running.len() + self.waiting.len();
            self.note(format!("{} /{left}", done.join(",")));
        }
        String::new()
    }

    /// Awaits something else while the set goes on.
    fn gap(&mut self, duration: u64, results: &mut Vec<(usize, Output)>) {
        let end = self.now + duration;
        while self.now < end {
            loop {
                if let Some(done) = self.complete_one() {
                    results.push(done);
                } else if !self.start_one() {
                    break;
                }
            }
            self.advance(Some(end));
        }
    }

    fn cancel(&mut self, index: usize, results: &mut Vec<(usize, Output)>) -> bool {
        let Some(leaf) = self.taken.get(index).copied() else {
            return false;
        };
        let before = results.len() + self.running.len() + self.waiting.len();
        results.retain(|(other, _)| *other != leaf);
        self.waiting.retain(|other| *other != leaf);
        if self.running.contains(&leaf) {
            self.end(leaf, super::How::Dropped);
        }
        results.len() + self.running.len() + self.waiting.len() < before
    }

    fn round(&mut self, when: When, is_first: bool, results: Vec<(usize, Output)>) -> Waiting {
        let open = self.running.len() + self.waiting.len();
        let mut waiting = Waiting::new(when, open, results);
        let is_paced = self.call.stagger.is_some();
        let mut is_first_poll = is_first;
        loop {
            while let Some((leaf, output)) = self.complete_one() {
                waiting.complete(leaf, output);
            }
            // Without a pace, free permits are used before the call looks whether it ends, and so is the start in the first poll.
            let starts = is_first_poll || !is_paced;
            if starts && self.start_all() && self.is_any_due() {
                is_first_poll = false;
                continue;
            }
            is_first_poll = false;
            let is_over = waiting.is_over() || self.is_empty();
            if is_over || self.is_stopped() || self.is_late() {
                return waiting;
            }
            if !self.start_all() {
                self.advance(None);
            }
        }
    }

    /// Whether a branch that runs would be done if it were polled now.
    fn is_any_due(&self) -> bool {
        self.running
            .iter()
            .any(|leaf| self.due_of(*leaf).0 <= self.now)
    }
}

impl Waiting {
    /// Begins a wait for so many branches that are not done, and for results that were there before.
    fn new(when: When, open: usize, results: Vec<(usize, Output)>) -> Self {
        let count = |wanted| {
            results
                .iter()
                .filter(|(_, output)| *output == wanted)
                .count()
        };
        let successes = open + count(Output::Success);
        let failures = open + count(Output::Failure);
        let mut waiting = Self {
            when,
            results: vec![],
            reach: [(successes, successes), (failures, failures)],
            asked: vec![],
            failures_asked: 0,
            holds: false,
        };
        for (leaf, output) in results {
            waiting.add(leaf, output);
        }
        waiting
    }

    fn add(&mut self, leaf: usize, output: Output) {
        self.results.push((leaf, output));
        if let (When::Until(failures), false) = (self.when, self.holds) {
            self.asked.push(leaf);
            self.failures_asked += usize::from(output == Output::Failure);
            self.holds = self.failures_asked == failures;
        }
    }

    /// Adds an output of this call, which puts one of the other kind out of reach.
    fn complete(&mut self, leaf: usize, output: Output) {
        let other = usize::from(output == Output::Success);
        self.reach[other].1 -= 1;
        self.add(leaf, output);
    }

    fn is_over(&self) -> bool {
        let is = |wanted| move |result: &&(usize, Output)| result.1 == wanted;
        let successes = self.results.iter().filter(is(Output::Success)).count();
        let done = [successes, self.results.len() - successes];
        // There are enough, or what has happened in this call leaves too few.
        let reached = |kind: usize, n| {
            let (at_first, now) = self.reach[kind];
            done[kind] >= n || at_first >= n && now < n
        };
        match self.when {
            When::All => false,
            When::First => !self.results.is_empty(),
            When::Completed(n) => self.results.len() >= n,
            When::FirstSuccess => reached(0, 1),
            When::FirstException => reached(1, 1),
            When::Succeeded(n) => reached(0, n),
            When::Failed(n) => reached(1, n),
            When::Until(_) => self.holds,
        }
    }
}
