//! `as_completed!`, as a stream and as a loop.

use super::{Model, Output, text};
use crate::options::call::Next;

/// The results that were not handed out, and what ends the call.
struct Consumer {
    ordered: bool,
    /// In completion order; under `ordered` in the order of indices.
    results: Vec<(usize, Output)>,
    /// The index of the result that is next, under `ordered`.
    next: usize,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    /// The deadline has passed. Results come first, then the error.
    Late,
    Over,
}

/// What comes next.
enum Item {
    Result(usize, Output),
    Late,
    End,
}

impl Model<'_> {
    /// Consumes the results of an `as_completed!`.
    pub(super) fn next(&mut self, next: &Next) -> String {
        let mut consumer = Consumer {
            ordered: next.ordered,
            results: vec![],
            next: 0,
            end: End::Open,
        };
        let mut pushes = self.call.pushes();
        let mut handed = 0;
        let mut is_first = true;
        loop {
            match self.item(&mut consumer, &mut is_first) {
                Item::End => break,
                Item::Late => {
                    self.note("late".to_owned());
                    continue;
                }
                Item::Result(leaf, output) => {
                    let text = text(leaf, output);
                    let text = self.keyed(leaf, &text);
                    let has_index = !next.is_loop && self.call.pushes().is_empty();
                    self.note(if has_index {
                        format!("{}:{text}", self.index(leaf))
                    } else {
                        text
                    });
                }
            }
            if let Some(push) = pushes.next() {
                // After the deadline and after `until` a push drops its future.
                if consumer.end == End::Open {
                    self.push(push);
                }
            }
            if let Some(body) = next.bodies.get(handed).filter(|body| **body > 0) {
                self.body(&mut consumer, *body);
            }
            handed += 1;
            if Some(handed) == next.stop_after {
                break;
            }
        }
        String::new()
    }

    /// Waits for the next item.
    fn item(&mut self, consumer: &mut Consumer, is_first: &mut bool) -> Item {
        loop {
            self.kept = consumer.results.len();
            if let Some((leaf, output)) = consumer.pop(self) {
                self.kept = consumer.results.len();
                return Item::Result(leaf, output);
            }
            match consumer.end {
                End::Open => {}
                End::Late => {
                    consumer.end = End::Over;
                    return Item::Late;
                }
                End::Over => return Item::End,
            }
            // One turn: no branch is polled beyond the first result that comes next.
            self.take();
            if let Some((leaf, output)) = self.complete_one() {
                consumer.add(self, leaf, output);
                let is_next = consumer.has_next(self);
                if is_next && self.is_stopped() {
                    let item = consumer.pop(self);
                    consumer.stop(self);
                    let (leaf, output) = item.expect("there is one");
                    return Item::Result(leaf, output);
                }
                continue;
            }
            if self.is_empty() {
                return Item::End;
            }
            if *is_first && self.start_one() {
                if self.call.stagger.is_some() {
                    *is_first = false;
                }
                continue;
            }
            *is_first = false;
            if self.is_stopped() {
                consumer.stop(self);
                return Item::End;
            }
            if self.is_late() {
                consumer.late(self);
                continue;
            }
            if !self.start_one() {
                self.advance(None);
            }
        }
    }

    /// Awaits something in the body of a loop, which drives the branches.
    fn body(&mut self, consumer: &mut Consumer, duration: u64) {
        let end = self.now + duration;
        while self.now < end {
            while consumer.end == End::Open {
                self.kept = consumer.results.len();
                if let Some((leaf, output)) = self.complete_one() {
                    consumer.add(self, leaf, output);
                } else if self.is_stopped() {
                    consumer.stop(self);
                } else if self.is_late() && !self.is_empty() {
                    consumer.late(self);
                } else if !self.start_one() {
                    break;
                }
            }
            self.advance(Some(end));
        }
    }
}

impl Consumer {
    fn add(&mut self, model: &Model<'_>, leaf: usize, output: Output) {
        self.results.push((leaf, output));
        if self.ordered {
            self.results.sort_by_key(|(leaf, _)| model.index(*leaf));
        }
    }

    fn has_next(&self, model: &Model<'_>) -> bool {
        let Some((leaf, _)) = self.results.first() else {
            return false;
        };
        // At the deadline gaps are left out.
        !self.ordered || self.end == End::Late || model.index(*leaf) == self.next
    }

    fn pop(&mut self, model: &Model<'_>) -> Option<(usize, Output)> {
        self.has_next(model).then(|| {
            self.next += 1;
            self.results.remove(0)
        })
    }

    /// `until` has completed: branches and results are dropped.
    fn stop(&mut self, model: &mut Model<'_>) {
        self.end = End::Over;
        self.results.clear();
        model.drop_all();
    }

    fn late(&mut self, model: &mut Model<'_>) {
        self.end = End::Late;
        model.drop_all();
    }
}
