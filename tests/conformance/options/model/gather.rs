//! `gather!`, with and without `need`.

use super::{Model, Output, error, text};
use crate::options::{call::Need, story::too_few};

/// Why a call ends before its branches have decided.
enum Early {
    Stopped,
    Late,
}

impl Early {
    const fn text(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Late => "late",
        }
    }
}

/// What ends a call, beside a deadline and `until`.
trait Rule {
    /// Looks at an output. Returns whether it ends the call.
    fn add(&mut self, model: &mut Model<'_>, leaf: usize, output: Output) -> bool;

    /// Returns whether the call ends because of the branches that are left.
    fn is_decided(&self, _: &Model<'_>) -> bool {
        false
    }
}

/// The first error ends the call, or none does.
struct FirstError {
    values: bool,
    outputs: Vec<Option<Output>>,
    error: Option<String>,
}

impl Rule for FirstError {
    fn add(&mut self, model: &mut Model<'_>, leaf: usize, output: Output) -> bool {
        self.outputs[leaf] = Some(output);
        if !self.values && output != Output::Success {
            self.error = Some(model.keyed(leaf, &error(leaf, output)));
        }
        self.error.is_some()
    }
}

/// So many successes end the call, or so many failures that there cannot be as many.
struct Successes {
    needed: usize,
    typed: bool,
    leaves: Vec<usize>,
    errors: Vec<String>,
}

impl Rule for Successes {
    fn add(&mut self, model: &mut Model<'_>, leaf: usize, output: Output) -> bool {
        if output == Output::Success {
            self.leaves.push(leaf);
        } else {
            let error = error(leaf, output);
            self.errors.push(if self.typed {
                error
            } else {
                model.keyed(leaf, &error)
            });
        }
        if self.leaves.len() == self.needed {
            return true;
        }
        self.is_decided(model)
    }

    fn is_decided(&self, model: &Model<'_>) -> bool {
        // An iterator or a stream that has not ended may give more.
        let has_ended = model.iterator.is_empty() && model.feed.is_empty();
        let open = model.running.len() + model.waiting.len();
        has_ended && self.leaves.len() + open < self.needed
    }
}

impl Model<'_> {
    /// Runs the branches until the rule decides, all are done, or the call ends early.
    fn run(&mut self, rule: &mut impl Rule) -> Result<(), Early> {
        if rule.is_decided(self) {
            return Ok(());
        }
        let mut is_first = true;
        loop {
            // Branches come before `until`, `until` before the deadline, and all of them before starts; only the start in the first
            // poll comes before both ends.
            let is_over = !is_first && self.complete_all(rule);
            if is_over || self.is_empty() {
                return Ok(());
            }
            let is_over = match (is_first, self.call.stagger) {
                (false, _) => false,
                (true, None) => self.start_in_turn(rule),
                (true, Some(_)) => self.start_one() && self.complete_all(rule),
            };
            if is_over || self.is_empty() {
                return Ok(());
            }
            is_first = false;
            if self.is_stopped() {
                return Err(Early::Stopped);
            }
            if self.is_late() {
                return Err(Early::Late);
            }
            if self.start_in_turn(rule) || self.is_empty() {
                return Ok(());
            }
            self.advance(None);
        }
    }

    /// Lets all branches complete that are done. Returns whether the call ends.
    fn complete_all(&mut self, rule: &mut impl Rule) -> bool {
        while let Some((leaf, output)) = self.complete_one() {
            if rule.add(self, leaf, output) {
                return true;
            }
        }
        // The permits go to the next ones, which wait for their time.
        if self.call.stagger.is_some() {
            self.take();
        }
        rule.is_decided(self)
    }

    /// Starts all branches that may start. Returns whether the call ends.
    fn start_in_turn(&mut self, rule: &mut impl Rule) -> bool {
        while self.start_one() {
            if self.complete_all(rule) {
                return true;
            }
        }
        rule.is_decided(self)
    }

    /// Returns what a `gather!` gives: `values` for `return_exceptions`.
    pub(super) fn gather(&mut self, values: bool, partial: bool) -> String {
        let outputs = vec![None; self.call.leaves.len()];
        let mut rule = FirstError {
            values,
            outputs,
            error: None,
        };
        let end = self.run(&mut rule);
        match (rule.error, end) {
            (Some(error), _) => return format!("!{error}"),
            (None, Err(early)) if !partial => return format!("!{}", early.text()),
            (None, _) => {}
        }
        // In the order of arguments.
        self.taken.sort_unstable();
        let text = |leaf: usize| {
            let output = rule.outputs[leaf].map(|output| text(leaf, output));
            self.keyed(leaf, output.as_deref().unwrap_or("_"))
        };
        let texts: Vec<_> = self.taken.iter().map(|leaf| text(*leaf)).collect();
        texts.join(",")
    }

    /// Returns what a `gather!` with `need` gives.
    pub(super) fn need(&mut self, Need { needed, typed, .. }: Need) -> String {
        let mut rule = Successes {
            needed,
            typed,
            leaves: vec![],
            errors: vec![],
        };
        let end = self.run(&mut rule);
        let Successes {
            mut leaves,
            mut errors,
            ..
        } = rule;
        if leaves.len() == needed {
            leaves.sort_by_key(|leaf| self.index(*leaf));
            let texts = leaves
                .iter()
                .map(|leaf| self.keyed(*leaf, &leaf.to_string()));
            return texts.collect::<Vec<_>>().join(",");
        }
        match end {
            Err(early) if !typed => return format!("!{}", early.text()),
            Err(early) => errors.push(early.text().to_owned()),
            Ok(()) => {}
        }
        format!("!{}", too_few(leaves.len(), needed, &errors))
    }
}
