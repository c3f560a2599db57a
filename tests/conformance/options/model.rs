//! The reference: a model of calls in virtual time, which is written from the contract and knows nothing of the library.

mod gather;
mod next;
mod wait;

use std::collections::VecDeque;

use super::{
    call::{Call, Kind, When},
    story::{How, Story, Trace},
};

/// Returns how a call ends.
pub fn predict(call: &Call) -> Story {
    let mut model = Model::new(call);
    let result = match &call.kind {
        Kind::Gather { values, partial } => model.gather(*values, *partial),
        Kind::Need(need) => model.need(*need),
        Kind::Next(next) => model.next(next),
        Kind::Wait(rounds) => model.wait(rounds),
    };
    model.drop_all();
    Story {
        leaves: model.traces,
        end: model.now,
        result,
        notes: model.notes,
    }
}

/// Whether a call waits for successes. A set keeps the pace of the first call.
fn waits_for_successes(kind: &Kind) -> bool {
    match kind {
        Kind::Need(_) => true,
        Kind::Wait(rounds) => {
            let first = rounds.first().map(|round| round.when);
            matches!(first, Some(When::FirstSuccess | When::Succeeded(_)))
        }
        Kind::Gather { .. } | Kind::Next(_) => false,
    }
}

/// A leaf that has ended, and was not dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Success,
    Failure,
    /// It reached its own deadline.
    Late,
}

/// The state of a call.
struct Model<'a> {
    call: &'a Call,
    now: u64,
    traces: Vec<Option<Trace>>,
    notes: Vec<(u64, String)>,
    /// Leaves in the order of their indices.
    taken: Vec<usize>,
    /// Leaves that run, in the order of their indices.
    running: Vec<usize>,
    /// Leaves that were taken and have not started.
    waiting: VecDeque<usize>,
    /// Arguments that are in the iterator.
    iterator: VecDeque<usize>,
    /// Leaves that are in the stream.
    feed: VecDeque<(u64, usize)>,
    limit: Option<usize>,
    /// The number of results that keep their permits.
    kept: usize,
    /// When the next leaf may start, in a call with `stagger` that has started one.
    due: Option<u64>,
    /// Whether a failure lets one more leaf start at once.
    starts_on_failure: bool,
    /// The number of leaves that may start at once.
    early: usize,
    /// When a call ends early, from its begin on.
    timeout: Option<u64>,
    until: Option<u64>,
}

impl<'a> Model<'a> {
    fn new(call: &'a Call) -> Self {
        let arguments = 0..call.arguments;
        let is_drained = call.limit.is_none() || matches!(call.kind, Kind::Wait(_));
        let feed = call.feed.iter().copied().zip(call.arguments..).collect();
        let mut model = Self {
            call,
            now: 0,
            traces: vec![None; call.leaves.len()],
            notes: vec![],
            taken: vec![],
            running: vec![],
            waiting: VecDeque::new(),
            iterator: VecDeque::new(),
            feed,
            limit: call.limit,
            kept: 0,
            due: None,
            starts_on_failure: call.stagger.is_some() && waits_for_successes(&call.kind),
            early: 0,
            timeout: call.timeout,
            until: call.until,
        };
        if is_drained {
            arguments.for_each(|leaf| model.push(leaf));
        } else {
            model.iterator.extend(arguments);
        }
        model
    }

    /// Adds a leaf, which gets the next index.
    fn push(&mut self, leaf: usize) {
        self.taken.push(leaf);
        self.waiting.push_back(leaf);
    }

    fn index(&self, leaf: usize) -> usize {
        let index = self.taken.iter().position(|taken| *taken == leaf);
        index.expect("it was taken")
    }

    /// When a leaf that runs ends, and with which output.
    fn due_of(&self, leaf: usize) -> (u64, Output) {
        let start = self.traces[leaf].expect("it was started").start;
        let own = self.call.leaves[leaf];
        let output = if own.fails {
            Output::Failure
        } else {
            Output::Success
        };
        match self.call.each {
            Some(each) if each < own.delay => (start + each, Output::Late),
            _ => (start + own.delay, output),
        }
    }

    /// Polls the leaves that run, in the order of their indices, up to the first one that is done.
    fn complete_one(&mut self) -> Option<(usize, Output)> {
        let is_due = |leaf: &usize| self.due_of(*leaf).0 <= self.now;
        let position = self.running.iter().position(is_due)?;
        let leaf = self.running[position];
        let (_, output) = self.due_of(leaf);
        let how = if output == Output::Late {
            How::Dropped
        } else {
            How::Ended
        };
        self.end(leaf, how);
        self.early += usize::from(self.starts_on_failure && output != Output::Success);
        Some((leaf, output))
    }

    fn end(&mut self, leaf: usize, how: How) {
        self.running.retain(|running| *running != leaf);
        let trace = self.traces[leaf].as_mut().expect("it was started");
        (trace.end, trace.how) = (self.now, how);
    }

    /// Whether all are done and no source has more.
    fn is_empty(&self) -> bool {
        self.running.is_empty() && !self.may_give_more()
    }

    fn may_give_more(&self) -> bool {
        !(self.waiting.is_empty() && self.iterator.is_empty() && self.feed.is_empty())
    }

    fn has_permit(&self) -> bool {
        let limit = self.limit.unwrap_or(usize::MAX);
        self.running.len() + self.kept < limit
    }

    fn is_stopped(&self) -> bool {
        self.until.is_some_and(|until| until <= self.now)
    }

    fn is_late(&self) -> bool {
        self.timeout.is_some_and(|timeout| timeout <= self.now)
    }

    /// Takes leaves for the permits that are free.
    fn take(&mut self) {
        let limit = self.limit.unwrap_or(usize::MAX);
        while self.running.len() + self.waiting.len() + self.kept < limit && self.take_one() {}
    }

    /// Takes a leaf out of the iterator or the stream, if one of them has it now.
    fn take_one(&mut self) -> bool {
        // The stream of an `as_completed!` stands before the iterator.
        let next = if let Kind::Next(_) = self.call.kind {
            self.pop_feed().or_else(|| self.iterator.pop_front())
        } else {
            self.iterator.pop_front().or_else(|| self.pop_feed())
        };
        next.map(|leaf| self.push(leaf)).is_some()
    }

    /// Starts the next leaf, if there is one that may start now.
    fn start_one(&mut self) -> bool {
        if self.call.stagger.is_some() {
            self.take();
        }
        let is_due = self.due.is_none_or(|due| due <= self.now);
        if !self.has_permit() || !is_due && self.early == 0 {
            return false;
        }
        if self.waiting.is_empty() && !self.take_one() {
            return false;
        }
        let leaf = self.waiting.pop_front().expect("there is one");
        self.early = self.early.saturating_sub(1);
        self.due = self.call.stagger.map(|interval| self.now + interval);
        let (start, how) = (self.now, How::Dropped);
        self.traces[leaf] = Some(Trace {
            start,
            end: start,
            how,
        });
        self.running.push(leaf);
        // Those of a `gather!` are polled in the order of arguments, which numbers are in.
        let is_gather = matches!(self.call.kind, Kind::Gather { .. });
        let order = |leaf: &usize| {
            if is_gather {
                Some(*leaf)
            } else {
                self.taken.iter().position(|taken| taken == leaf)
            }
        };
        self.running.sort_by_key(order);
        true
    }

    /// Takes the next leaf out of the stream, if the stream has it now.
    fn pop_feed(&mut self) -> Option<usize> {
        let (at, leaf) = *self.feed.front()?;
        (at <= self.now).then(|| self.feed.pop_front())?;
        Some(leaf)
    }

    /// Starts all that may start now. Returns whether there were some.
    fn start_all(&mut self) -> bool {
        let mut any = false;
        while self.start_one() {
            any = true;
        }
        any
    }

    /// Lets time pass until something can happen, but not beyond this time.
    fn advance(&mut self, most: Option<u64>) {
        let next_start = (self.has_permit() && self.may_give_more())
            .then_some(self.due)
            .flatten();
        let next_item = (self.has_permit())
            .then(|| self.feed.front().map(|(at, _)| *at))
            .flatten();
        let ends = self.running.iter().map(|leaf| self.due_of(*leaf).0);
        let times = ends.chain(
            [next_start, next_item, self.timeout, self.until, most]
                .into_iter()
                .flatten(),
        );
        let next = times.filter(|time| *time > self.now).min();
        self.now = next.expect("something happens");
    }

    /// Drops what runs and what has not started.
    fn drop_all(&mut self) {
        for leaf in self.running.clone() {
            self.end(leaf, How::Dropped);
        }
        self.waiting.clear();
        self.iterator.clear();
        self.feed.clear();
    }

    fn note(&mut self, note: String) {
        self.notes.push((self.now, note));
    }

    /// A result with the key of its leaf, as stories show it.
    fn keyed(&self, leaf: usize, text: &str) -> String {
        if self.call.keys {
            format!("k{leaf}/{text}")
        } else {
            text.to_owned()
        }
    }
}

/// The output of a leaf, as stories show it.
fn text(leaf: usize, output: Output) -> String {
    match output {
        Output::Success => leaf.to_string(),
        Output::Failure => format!("!e{leaf}"),
        Output::Late => "!late".to_owned(),
    }
}

/// The error of a leaf, as stories show it.
fn error(leaf: usize, output: Output) -> String {
    text(leaf, output).split_off(1)
}
