//! Random calls, determined by a seed.

use serde_json::{Map, Value, json};

use super::call::Call;
use crate::generate::Random;

/// Returns a random call.
pub fn call(random: &mut Random) -> Value {
    loop {
        let mut generator = Generator {
            random,
            node: Map::new(),
        };
        match generator.random.below(8) {
            0..2 => generator.gather(),
            2..4 => generator.need(),
            4..6 => generator.next(),
            _ => generator.wait(),
        }
        let call = Value::Object(generator.node);
        if Call::parse(&call).is_some() {
            return call;
        }
    }
}

struct Generator<'a> {
    random: &'a mut Random,
    node: Map<String, Value>,
}

impl Generator<'_> {
    fn leaf(&mut self) -> Value {
        let delay = 10 * self.random.below(6);
        if self.random.once_in(3) {
            json!({ "e": delay })
        } else {
            json!(delay)
        }
    }

    fn leaves(&mut self, most: u64) -> Vec<Value> {
        let count = self.random.below(most + 1);
        (0..count).map(|_| self.leaf()).collect()
    }

    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.node.insert(name.to_owned(), value.into());
    }

    /// Puts an option there once in so many times.
    fn option(&mut self, name: &str, times: u64) {
        if self.random.once_in(times) {
            let value = self.value(name);
            self.put(name, value);
        }
    }

    fn value(&mut self, name: &str) -> u64 {
        match name {
            "to" | "until" => 5 * self.random.below(16),
            "each" => 10 * (1 + self.random.below(4)),
            "stag" => 10 * (1 + self.random.below(3)),
            "lim" | "need" | "brk" => 1 + self.random.below(4),
            _ => 1,
        }
    }

    fn options(&mut self, options: &[(&str, u64)]) {
        for (name, times) in options {
            self.option(name, *times);
        }
        if self.random.once_in(3) {
            let mut at = 0;
            let items = (0..=self.random.below(4)).map(|_| {
                at += 10 * self.random.below(3);
                json!([at, self.leaf()])
            });
            let items: Vec<_> = items.collect();
            self.put("feed", items);
        }
    }

    fn gather(&mut self) {
        let leaves = self.leaves(6);
        self.put("gather", leaves);
        self.options(&[
            ("to", 4),
            ("until", 4),
            ("part", 3),
            ("rex", 2),
            ("lim", 3),
            ("stag", 3),
            ("keys", 3),
        ]);
    }

    fn need(&mut self) {
        let leaves = self.leaves(6);
        self.put("gather", leaves);
        self.option("need", 1);
        self.options(&[
            ("typed", 2),
            ("literal", 3),
            ("to", 4),
            ("until", 4),
            ("each", 4),
            ("lim", 3),
            ("stag", 3),
            ("keys", 3),
        ]);
    }

    fn next(&mut self) {
        let leaves = self.leaves(6);
        self.put("next", leaves);
        self.options(&[
            ("ord", 2),
            ("to", 4),
            ("until", 4),
            ("each", 4),
            ("lim", 3),
            ("stag", 3),
            ("keys", 3),
            ("brk", 4),
        ]);
        if self.random.once_in(2) {
            self.put("loop", 1);
            let bodies = (0..self.random.below(4)).map(|_| json!(10 * self.random.below(4)));
            let bodies: Vec<_> = bodies.collect();
            self.put("bodies", bodies);
        } else if self.random.once_in(3) {
            let pushes = self.leaves(3);
            self.put("push", pushes);
        }
    }

    fn wait(&mut self) {
        let leaves = self.leaves(6);
        self.put("wait", leaves);
        let rounds: Vec<_> = (0..=self.random.below(3))
            .map(|number| self.round(number))
            .collect();
        self.put("rounds", rounds);
        self.option("stag", 3);
        self.option("keys", 3);
    }

    fn round(&mut self, number: u64) -> Value {
        let count = 1 + self.random.below(4);
        let conditions = [
            "all", "first", "success", "error", "done", "ok", "ok", "bad", "bad", "until",
        ];
        let when = match self.random.one_of(&conditions) {
            name @ ("done" | "ok" | "bad" | "until") => json!({ name: count }),
            name => json!(name),
        };
        let mut round = Map::from_iter([("when".to_owned(), when)]);
        let ends = 10 * self.random.below(5) + (1 << number);
        for (name, times, value) in [("to", 4, ends), ("until", 4, ends), ("lim", 3, count)] {
            if self.random.once_in(times) {
                round.insert(name.to_owned(), json!(value));
            }
        }
        if number > 0 && self.random.once_in(3) {
            round.insert("gap".to_owned(), json!(10 * self.random.below(4)));
        }
        if number > 0 && self.random.once_in(3) {
            round.insert("cancel".to_owned(), json!([self.random.below(6)]));
        }
        Value::Object(round)
    }
}
