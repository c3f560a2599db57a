//! The language of calls with the options that asyncio has no counterpart for: from JSON to one call of a macro.

use serde_json::Value;

/// A call of one macro. Its branches are leaves.
///
/// Leaves have numbers: first the arguments, then the items of the stream, then the leaves that are pushed.
pub struct Call {
    pub kind: Kind,
    pub leaves: Vec<Leaf>,
    /// The number of leaves that are arguments.
    pub arguments: usize,
    /// When the stream yields its next item, for each item.
    pub feed: Vec<u64>,
    pub keys: bool,
    pub timeout: Option<u64>,
    pub until: Option<u64>,
    pub each: Option<u64>,
    pub limit: Option<usize>,
    pub stagger: Option<u64>,
}

/// A branch: it takes so many milliseconds.
#[derive(Clone, Copy)]
pub struct Leaf {
    pub delay: u64,
    pub fails: bool,
}

/// The macro, and the options that only it has.
pub enum Kind {
    Gather { values: bool, partial: bool },
    Need(Need),
    Next(Next),
    Wait(Vec<Round>),
}

/// A `gather!` with `need`.
#[derive(Clone, Copy)]
pub struct Need {
    pub needed: usize,
    /// Whether the call has an error type.
    pub typed: bool,
    /// Whether the number is a literal.
    pub literal: bool,
}

/// An `as_completed!`.
pub struct Next {
    /// Whether it is a loop, and not a stream.
    pub is_loop: bool,
    pub ordered: bool,
    /// How long the body awaits, for each item.
    pub bodies: Vec<u64>,
    pub stop_after: Option<usize>,
}

/// A `wait!`, of several on one set.
pub struct Round {
    pub when: When,
    pub timeout: Option<u64>,
    pub until: Option<u64>,
    pub limit: Option<usize>,
    /// How long something else is awaited before, while the set goes on.
    pub gap: u64,
    /// The indices of branches that are cancelled before.
    pub cancel: Vec<usize>,
}

/// The condition of a wait.
#[derive(Clone, Copy)]
pub enum When {
    All,
    First,
    FirstSuccess,
    FirstException,
    Completed(usize),
    Succeeded(usize),
    Failed(usize),
    /// `UNTIL` a predicate that holds at so many failures.
    Until(usize),
}

impl Call {
    /// Reads a call. Returns `None` if it is no call, or if the contract does not determine how it ends.
    pub fn parse(json: &Value) -> Option<Self> {
        let name = ["gather", "next", "wait"]
            .into_iter()
            .find(|name| json.get(name).is_some())?;
        let mut leaves = numbers(json, name, Leaf::parse)?;
        let arguments = leaves.len();
        let feed = numbers(json, "feed", |item| item.get(0)?.as_u64())?;
        leaves.extend(numbers(json, "feed", |item| Leaf::parse(item.get(1)?))?);
        leaves.extend(numbers(json, "push", Leaf::parse)?);
        let call = Self {
            kind: match name {
                "gather" => gather(json)?,
                "next" => Kind::Next(Next {
                    is_loop: flag(json, "loop"),
                    ordered: flag(json, "ord"),
                    bodies: numbers(json, "bodies", Value::as_u64)?,
                    stop_after: size(json, "brk"),
                }),
                _ => Kind::Wait(numbers(json, "rounds", Round::parse)?),
            },
            leaves,
            arguments,
            feed,
            keys: flag(json, "keys"),
            timeout: number(json, "to"),
            until: number(json, "until"),
            each: number(json, "each"),
            limit: size(json, "lim"),
            stagger: number(json, "stag"),
        };
        call.is_determined().then_some(call)
    }

    /// The leaves that are pushed.
    pub fn pushes(&self) -> std::ops::Range<usize> {
        self.arguments + self.feed.len()..self.leaves.len()
    }

    fn is_determined(&self) -> bool {
        let ascending = self.feed.is_sorted();
        let positive = self.limit != Some(0) && self.stagger != Some(0);
        // The contract does not say when a stream is polled between two starts.
        let paced_feed = self.stagger.is_some() && !self.feed.is_empty();
        let (fits, is_exact) = match &self.kind {
            Kind::Gather { partial, .. } => {
                let ends = [self.timeout, self.until].into_iter().flatten().count();
                (
                    self.each.is_none()
                        && self.pushes().is_empty()
                        && if *partial { ends > 0 } else { ends < 2 },
                    true,
                )
            }
            Kind::Need(need) => {
                let ends = [self.timeout, self.until].into_iter().flatten().count();
                let plain = self.each.is_none() && ends < 2;
                let literal = !need.literal
                    || (1..=2).contains(&need.needed) && self.feed.is_empty() && !self.keys;
                let possible = need.needed > 0 && self.pushes().is_empty();
                (literal && possible && (need.typed || plain), true)
            }
            Kind::Next(next) => {
                let pushes = !self.pushes().is_empty();
                let plain = self.each.is_none() && !pushes && next.stop_after != Some(0);
                let stream = next.bodies.is_empty()
                    && next.stop_after != Some(0)
                    && (!pushes
                        || self.each.is_none() && self.stagger.is_none() && self.feed.is_empty());
                (
                    if next.is_loop { plain } else { stream },
                    !pushes && next.bodies.is_empty(),
                )
            }
            Kind::Wait(rounds) => {
                let first = rounds.first();
                // A set that is paced starts its branches by its pace alone.
                let paced = self.stagger.is_some();
                let paced_limit = paced && rounds.iter().skip(1).any(|round| round.limit.is_some());
                let bare = self.feed.is_empty() && self.pushes().is_empty() && self.each.is_none();
                let ends = self.timeout.is_none() && self.until.is_none() && self.limit.is_none();
                let starts = first.is_some_and(|first| first.gap == 0 && first.cancel.is_empty());
                let is_odd = rounds.iter().enumerate().all(|(number, round)| {
                    let ends = [round.timeout, round.until].into_iter().flatten();
                    ends.into_iter().all(|end| end % 10 == 1 << number)
                });
                (
                    bare && !(paced && self.keys)
                        && !paced_limit
                        && ends
                        && starts
                        && rounds.len() <= 3
                        && is_odd,
                    true,
                )
            }
        };
        // What starts at the time of an end, with a permit that became free or out of a stream, depends on polls.
        let is_exact = is_exact && self.limit.is_none() && self.feed.is_empty();
        let mut ends = [self.timeout, self.until].into_iter().flatten();
        let is_odd = is_exact || ends.all(|end| end % 10 == 5);
        ascending && positive && !paced_feed && fits && is_odd
    }
}

impl Leaf {
    fn parse(json: &Value) -> Option<Self> {
        let fails = json.as_u64().is_none();
        let delay = json.as_u64().or_else(|| number(json, "e"))?;
        Some(Self { delay, fails })
    }
}

impl Round {
    fn parse(json: &Value) -> Option<Self> {
        let when = json.get("when")?;
        let count = |name| size(when, name).filter(|count| *count > 0);
        Some(Self {
            when: match when.as_str() {
                Some("all") => When::All,
                Some("first") => When::First,
                Some("success") => When::FirstSuccess,
                Some("error") => When::FirstException,
                _ => (count("done").map(When::Completed))
                    .or_else(|| count("ok").map(When::Succeeded))
                    .or_else(|| count("bad").map(When::Failed))
                    .or_else(|| count("until").map(When::Until))?,
            },
            timeout: number(json, "to"),
            until: number(json, "until"),
            limit: match size(json, "lim") {
                Some(0) => return None,
                limit => limit,
            },
            gap: number(json, "gap").unwrap_or(0),
            cancel: numbers(json, "cancel", |index| index.as_u64()?.try_into().ok())?,
        })
    }
}

fn gather(json: &Value) -> Option<Kind> {
    let (values, partial) = (flag(json, "rex"), flag(json, "part"));
    Some(match json.get("need") {
        None => Kind::Gather { values, partial },
        Some(_) if values || partial => return None,
        Some(_) => Kind::Need(Need {
            needed: size(json, "need")?,
            typed: flag(json, "typed"),
            literal: flag(json, "literal"),
        }),
    })
}

fn number(json: &Value, name: &str) -> Option<u64> {
    json.get(name).and_then(Value::as_u64)
}

fn size(json: &Value, name: &str) -> Option<usize> {
    number(json, name)?.try_into().ok()
}

fn flag(json: &Value, name: &str) -> bool {
    json.get(name).is_some()
}

/// The values of a list, which is empty if it is not there.
fn numbers<T>(json: &Value, name: &str, parse: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    let Some(list) = json.get(name) else {
        return Some(vec![]);
    };
    list.as_array()?.iter().map(parse).collect()
}
