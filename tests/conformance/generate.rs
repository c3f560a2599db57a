//! Random programs, determined by a seed.

use serde_json::{Map, Value, json};

use crate::program::Program;

/// A generator of random numbers (splitmix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        let index = usize::try_from(self.below(list.len() as u64)).expect("it is short");
        list[index]
    }
}

/// The unit of durations that are distinct: what is below it tells them apart.
pub const UNIT: u64 = 1 << DISTINCT;

/// How many distinct durations there are.
const DISTINCT: u32 = 13;

/// A random program.
pub fn program(random: &mut Random) -> Value {
    loop {
        // With tasks, what happens at one moment happens in an order that nobody has promised: no two durations of such a
        // program, nor any sums of them, are equal.
        let tasks = random.once_in(2);
        let mut generator = Generator {
            leaves: 3 + random.below(8),
            random,
            tasks,
            used: 0,
        };
        let program = generator.node(3);
        if generator.used <= DISTINCT && Program::parse(&program).is_some() {
            return program;
        }
    }
}

struct Generator<'a> {
    random: &'a mut Random,
    /// How many leaves there may still be.
    leaves: u64,
    tasks: bool,
    /// Distinct durations that were given.
    used: u32,
}

impl Generator<'_> {
    fn duration(&mut self, least: u64) -> u64 {
        if self.tasks {
            self.used += 1;
            (self.random.below(4) + 1) * UNIT + (1 << (self.used - 1).min(DISTINCT - 1))
        } else {
            10 * (least + self.random.below(5))
        }
    }

    fn leaf(&mut self) -> Value {
        self.leaves = self.leaves.saturating_sub(1);
        let least = u64::from(!self.random.once_in(4));
        let delay = self.duration(least);
        if self.random.once_in(4) {
            json!({ "e": delay })
        } else {
            json!(delay)
        }
    }

    fn node(&mut self, depth: u32) -> Value {
        if depth == 0 || self.leaves <= 1 {
            return self.leaf();
        }
        let top = depth == 3;
        match self.random.below(if top { 12 } else { 22 }) {
            0..3 => self.gather(depth - 1),
            3..5 => self.completed(depth - 1),
            5..7 => self.wait(depth - 1),
            7..11 => self.group(depth - 1),
            11 => Value::Array(self.nodes(depth - 1, 2, 3)),
            12 => json!({ "catch": self.node(depth - 1) }),
            13 if self.tasks => json!({ "spawn": self.node(depth - 1) }),
            _ => self.leaf(),
        }
    }

    fn nodes(&mut self, depth: u32, least: u64, most: u64) -> Vec<Value> {
        let count = least + self.random.below(most - least + 1);
        (0..count).map(|_| self.node(depth)).collect()
    }

    fn branches(&mut self, depth: u32) -> Vec<Value> {
        let most = self.leaves.clamp(2, 5);
        // A task that takes no time would end at the same moment as others.
        let least = u64::from(self.tasks || !self.random.once_in(40)) * 2;
        let nodes = self.nodes(depth, least, most.max(least));
        if !self.tasks {
            return nodes;
        }
        let spawn = |node| {
            if self.random.once_in(3) {
                json!({ "spawn": node })
            } else {
                node
            }
        };
        nodes.into_iter().map(spawn).collect()
    }

    /// An option that is there once in so many times.
    fn option(&mut self, options: &mut Map<String, Value>, name: &str, times: u64) {
        if self.random.once_in(times) {
            let value = match name {
                "to" | "each" => self.duration(0),
                "lim" | "brk" => 1 + self.random.below(3),
                _ => 1,
            };
            options.insert(name.to_owned(), json!(value));
        }
    }

    fn gather(&mut self, depth: u32) -> Value {
        let branches = self.branches(depth);
        let mut node = Map::new();
        let shape = match branches.len() {
            3 if self.random.once_in(4) => "array",
            1..=5 if self.random.once_in(4) => "tuple",
            1.. if self.random.once_in(4) => "mixed",
            _ => "spread",
        };
        node.insert("gather".to_owned(), Value::Array(branches));
        node.insert("as".to_owned(), json!(shape));
        for (name, times) in [("to", 3), ("lim", 3), ("rex", 4)] {
            self.option(&mut node, name, times);
        }
        if node.contains_key("to") {
            self.option(&mut node, "part", 3);
        }
        if shape == "spread" {
            self.option(&mut node, "each", 5);
            self.option(&mut node, "typed", 3);
        }
        Value::Object(node)
    }

    fn completed(&mut self, depth: u32) -> Value {
        let branches = self.branches(depth);
        let form = match self
            .random
            .one_of(&["stream", "loop", "loop", "each", "lent", "arms"])
        {
            "arms" if branches.len() < 2 => "loop",
            form => form,
        };
        let mut node = Map::new();
        node.insert("next".to_owned(), Value::Array(branches));
        node.insert("as".to_owned(), json!(form));
        self.option(&mut node, "lim", 3);
        if form != "each" {
            self.option(&mut node, "brk", 3);
        }
        // Whether what gets its place at the deadline is started depends on polls.
        if form != "arms" && (self.tasks || !node.contains_key("lim")) {
            self.option(&mut node, "to", 3);
        }
        let lent_until = form == "lent" && node.contains_key("to");
        if matches!(form, "loop" | "each" | "lent") && !lent_until && self.random.once_in(2) {
            let mut bodies = self.nodes(depth.min(1), 1, 2);
            if self.random.once_in(3) {
                bodies.insert(0, json!(0));
            }
            // That of no duration is none.
            bodies.retain(|body| *body != json!({ "e": 0 }));
            node.insert("bodies".to_owned(), Value::Array(bodies));
        }
        match form {
            "stream"
                if !node.contains_key("lim")
                    && (self.tasks || !node.contains_key("to"))
                    && self.random.once_in(3) =>
            {
                node.insert("push".to_owned(), Value::Array(self.nodes(depth, 1, 2)));
            }
            "stream" => self.option(&mut node, "each", 4),
            "lent" => {
                if (self.tasks || !lent_until) && self.random.once_in(2) {
                    node.insert("push".to_owned(), Value::Array(self.nodes(depth, 1, 2)));
                }
                self.option(&mut node, "rest", 3);
            }
            _ => {}
        }
        Value::Object(node)
    }

    fn wait(&mut self, depth: u32) -> Value {
        let branches = self.branches(depth);
        let rounds = (0..=self.random.below(3)).map(|number| {
            let mut round = Map::new();
            let count = json!(1 + self.random.below(3));
            let names = ["all", "first", "first", "error", "success", "count"];
            let when = match self.random.one_of(&names) {
                "count" => count,
                name => json!(name),
            };
            round.insert("when".to_owned(), when);
            self.option(&mut round, "to", 3);
            self.option(&mut round, "lim", 4);
            if number > 0 && self.random.once_in(3) {
                round.insert("gap".to_owned(), self.leaf());
            }
            if number > 0 && self.random.once_in(3) {
                round.insert("push".to_owned(), Value::Array(self.nodes(depth, 1, 2)));
            }
            Value::Object(round)
        });
        let rounds: Vec<_> = rounds.collect();
        let mut node = Map::new();
        node.insert("wait".to_owned(), Value::Array(branches));
        node.insert("rounds".to_owned(), Value::Array(rounds));
        let rest = self
            .random
            .one_of(&[None, None, Some("drain"), Some("gather")]);
        if let Some(rest) = rest {
            node.insert("rest".to_owned(), json!(rest));
        }
        Value::Object(node)
    }

    fn group(&mut self, depth: u32) -> Value {
        let mut node = Map::new();
        self.option(&mut node, "lim", 3);
        let queues = node.contains_key("lim");
        let script = self.script(depth, 2, queues);
        node.insert("group".to_owned(), Value::Array(script));
        self.option(&mut node, "to", 4);
        if !self.random.once_in(3) {
            node.insert("fails".to_owned(), json!(1));
        }
        Value::Object(node)
    }

    /// The statements of a body (`level` 2) or a child.
    fn script(&mut self, depth: u32, level: u32, queues: bool) -> Vec<Value> {
        let (mut statements, mut open, mut children) = (vec![], vec![], 0);
        if self.tasks && level < 2 {
            statements.push(json!({ "run": self.leaf() }));
        }
        let mut has_run = !self.tasks || level < 2;
        for _ in 0..=self.random.below(if level == 2 { 5 } else { 3 }) {
            let body = level == 2;
            let random = self.random.below(10);
            let random = if has_run || random < 6 { random } else { 9 };
            has_run |= random == 9;
            statements.push(match random {
                0..6 if (body || self.tasks) && level > 0 && self.leaves > 0 => {
                    open.push(children);
                    children += 1;
                    let script = self.script(depth.saturating_sub(1), level - 1, queues);
                    if self.tasks && self.random.once_in(2) {
                        json!({ "task": script })
                    } else {
                        json!({ "scope": script })
                    }
                }
                // A child that waits for one that waits for its place would wait for ever.
                6 if self.tasks && (body || !queues) && !open.is_empty() => {
                    json!({ "await": open.remove(0) })
                }
                7 if self.tasks && (body || !queues) && !open.is_empty() => {
                    json!({ "cancel": open.remove(0) })
                }
                8 if self.tasks && self.random.once_in(2) => json!("stop"),
                _ => json!({ "run": self.node(depth) }),
            });
        }
        if !has_run {
            statements.push(json!({ "run": self.leaf() }));
        }
        statements
    }
}
