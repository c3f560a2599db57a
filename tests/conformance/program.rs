//! The language of the programs, as README.md describes it: from JSON to a tree with numbers.

use std::sync::Arc;

use serde_json::Value;

/// A shared node.
pub type Child = Arc<Node>;

/// A program.
pub struct Program {
    pub root: Child,
    /// What is above each number.
    pub above: Vec<Option<Above>>,
}

/// What is above a node or a script.
#[derive(Clone, Copy)]
pub struct Above {
    pub id: usize,
    /// Whether it is a branch of a gather.
    pub gather: bool,
}

/// A node of a program.
pub struct Node {
    pub id: usize,
    pub kind: Kind,
}

/// What a node does.
pub enum Kind {
    Leaf { delay: u64, fails: bool },
    Sequence(Vec<Child>),
    Catch(Child),
    Spawn(Child),
    Gather(Gather),
    Completed(Completed),
    Wait(Wait),
    Group(Group),
}

/// A `gather!`.
pub struct Gather {
    pub branches: Vec<Child>,
    pub shape: Shape,
    pub timeout: Option<u64>,
    pub each: Option<u64>,
    pub limit: Option<usize>,
    pub exceptions: bool,
    pub partial: bool,
    pub typed: bool,
}

/// How branches are written.
#[derive(Clone, Copy)]
pub enum Shape {
    Spread,
    Array,
    Tuple,
    Mixed,
}

/// An `as_completed!`.
pub struct Completed {
    pub branches: Vec<Child>,
    pub form: Form,
    pub stop_after: Option<usize>,
    pub timeout: Option<u64>,
    pub each: Option<u64>,
    pub limit: Option<usize>,
    /// What the body awaits, for each item.
    pub bodies: Vec<Option<Child>>,
    /// What is pushed, one with each item.
    pub pushes: Vec<Child>,
    /// Whether what a lent set has left is waited for.
    pub drains: bool,
}

/// How an `as_completed!` is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Stream,
    Loop,
    ForEach,
    Lent,
    Arms,
}

/// Several `wait!`s on one set.
pub struct Wait {
    pub branches: Vec<Child>,
    pub rounds: Vec<Round>,
    pub rest: Rest,
}

/// A `wait!`.
pub struct Round {
    pub when: When,
    pub timeout: Option<u64>,
    pub limit: Option<usize>,
    /// What is awaited before.
    pub gap: Option<Child>,
    /// What is pushed before.
    pub pushes: Vec<Child>,
}

/// Until when.
#[derive(Clone, Copy)]
pub enum When {
    All,
    First,
    Error,
    Success,
    Count(usize),
}

/// What becomes of what is pending after the last round.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    Dropped,
    Drained,
    Gathered,
}

/// A `task_group!`.
pub struct Group {
    pub body: Arc<Script>,
    pub fails: bool,
    pub timeout: Option<u64>,
    pub limit: Option<usize>,
}

/// What the body of a group or a child does.
pub struct Script {
    pub id: usize,
    pub statements: Vec<Statement>,
}

/// A step of a script.
pub enum Statement {
    Run(Child),
    Task(Arc<Script>),
    Scope(Arc<Script>),
    Await(usize),
    Cancel(usize),
    Stop,
}

impl Program {
    /// Reads a program, if it is one.
    pub fn parse(json: &Value) -> Option<Self> {
        let mut parser = Parser::default();
        let root = parser.node(json, None)?;
        // What happens at one moment must happen in an order that is promised.
        let depends = if parser.tasks {
            parser.ties
        } else {
            parser.polls
        };
        (!depends).then_some(())?;
        Some(Self {
            root,
            above: parser.above,
        })
    }
}

#[derive(Default)]
struct Parser {
    above: Vec<Option<Above>>,
    /// Whether there are tasks.
    tasks: bool,
    /// Whether something takes no time, or the same time as something else, so that the order of tasks would matter.
    ties: bool,
    /// Whether it matters in which poll something happens, of those at one moment.
    polls: bool,
}

fn number(json: &Value, name: &str) -> Option<u64> {
    json.get(name).and_then(Value::as_u64)
}

fn size(json: &Value, name: &str) -> Option<usize> {
    number(json, name).and_then(|number| number.try_into().ok())
}

/// A list; none is empty.
fn list<'a>(json: &'a Value, name: &str) -> Option<&'a [Value]> {
    let Some(list) = json.get(name) else {
        return Some(&[]);
    };
    list.as_array().map(Vec::as_slice)
}

/// Whether a limit or a number of items, if there is one, is at least one.
fn is_positive(json: &Value, name: &str) -> bool {
    json.get(name).is_none() || number(json, name) > Some(0)
}

impl Parser {
    fn number(&mut self, above: Option<Above>) -> usize {
        self.above.push(above);
        self.above.len() - 1
    }

    fn node(&mut self, json: &Value, above: Option<Above>) -> Option<Child> {
        let id = self.number(above);
        let kind = self.kind(json, id)?;
        Some(Arc::new(Node { id, kind }))
    }

    /// A node below another that is not one of its branches.
    fn inner(&mut self, json: &Value, id: usize) -> Option<Child> {
        let above = Above { id, gather: false };
        self.node(json, Some(above))
    }

    fn branches(&mut self, list: &[Value], id: usize, gather: bool) -> Option<Vec<Child>> {
        self.ties |= list.is_empty();
        let above = Above { id, gather };
        let branches = list.iter().map(|json| self.node(json, Some(above)));
        branches.collect()
    }

    fn kind(&mut self, json: &Value, id: usize) -> Option<Kind> {
        let delay = json.as_u64().or_else(|| number(json, "e"));
        self.ties |= delay == Some(0) || json.as_array().is_some_and(Vec::is_empty);
        self.tasks |= json.get("spawn").is_some();
        ["lim", "brk"]
            .iter()
            .all(|name| is_positive(json, name))
            .then_some(())?;
        if let Some(delay) = json.as_u64() {
            let fails = false;
            return Some(Kind::Leaf { delay, fails });
        }
        if let Some(nodes) = json.as_array() {
            return Some(Kind::Sequence(self.branches(nodes, id, false)?));
        }
        Some(if let Some(delay) = number(json, "e") {
            let fails = true;
            Kind::Leaf { delay, fails }
        } else if let Some(node) = json.get("catch") {
            Kind::Catch(self.inner(node, id)?)
        } else if let Some(node) = json.get("spawn") {
            Kind::Spawn(self.inner(node, id)?)
        } else if json.get("gather").is_some() {
            Kind::Gather(self.gather(json, id)?)
        } else if json.get("next").is_some() {
            Kind::Completed(self.completed(json, id)?)
        } else if json.get("wait").is_some() {
            Kind::Wait(self.wait(json, id)?)
        } else {
            json.get("group")?;
            let body = self.script(list(json, "group")?, id)?;
            let is_spawn = |statement: &&Statement| {
                matches!(statement, Statement::Task(_) | Statement::Scope(_))
            };
            let first = body
                .statements
                .iter()
                .find(|statement| !is_spawn(statement));
            self.ties |= !matches!(first, Some(Statement::Run(_)));
            Kind::Group(Group {
                body,
                fails: json.get("fails").is_some(),
                timeout: number(json, "to"),
                limit: size(json, "lim"),
            })
        })
    }

    fn gather(&mut self, json: &Value, id: usize) -> Option<Gather> {
        let branches = self.branches(list(json, "gather")?, id, true)?;
        let gather = Gather {
            shape: match json.get("as")?.as_str()? {
                "array" if branches.len() == 3 => Shape::Array,
                "tuple" if matches!(branches.len(), 1..=5) => Shape::Tuple,
                "mixed" if !branches.is_empty() => Shape::Mixed,
                "spread" => Shape::Spread,
                _ => return None,
            },
            branches,
            timeout: number(json, "to"),
            each: number(json, "each"),
            limit: size(json, "lim"),
            exceptions: json.get("rex").is_some(),
            partial: json.get("part").is_some(),
            typed: json.get("typed").is_some(),
        };
        self.ties |= gather.each.is_some() && gather.limit.is_some();
        let spread = matches!(gather.shape, Shape::Spread);
        let special = gather.each.is_some() || gather.typed;
        (gather.timeout.is_some() >= gather.partial && spread >= special).then_some(gather)
    }

    fn completed(&mut self, json: &Value, id: usize) -> Option<Completed> {
        let branches = self.branches(list(json, "next")?, id, false)?;
        let body = |json: &Value| match json.as_u64() {
            Some(0) => Some(None),
            _ => self.inner(json, id).map(Some),
        };
        let bodies: Option<Vec<_>> = list(json, "bodies")?.iter().map(body).collect();
        let pushes = list(json, "push")?.iter().map(|json| self.inner(json, id));
        let completed = Completed {
            branches,
            form: match json.get("as")?.as_str()? {
                "stream" => Form::Stream,
                "loop" => Form::Loop,
                "each" => Form::ForEach,
                "lent" => Form::Lent,
                "arms" => Form::Arms,
                _ => return None,
            },
            stop_after: size(json, "brk"),
            timeout: number(json, "to"),
            each: number(json, "each"),
            limit: size(json, "lim"),
            pushes: pushes.collect::<Option<_>>()?,
            bodies: bodies?,
            drains: json.get("rest").is_some(),
        };
        self.polls |= completed.timeout.is_some() && completed.limit.is_some();
        self.polls |= completed.timeout.is_some() && !completed.pushes.is_empty();
        self.ties |= completed.each.is_some() && completed.limit.is_some();
        completed.is_possible().then_some(completed)
    }

    fn wait(&mut self, json: &Value, id: usize) -> Option<Wait> {
        let branches = self.branches(list(json, "wait")?, id, false)?;
        let mut rounds = vec![];
        for (number, json) in list(json, "rounds")?.iter().enumerate() {
            let round = self.round(json, id)?;
            if number == 0 && (round.gap.is_some() || !round.pushes.is_empty()) {
                return None;
            }
            rounds.push(round);
        }
        (!rounds.is_empty()).then_some(())?;
        Some(Wait {
            branches,
            rounds,
            rest: match json.get("rest").and_then(Value::as_str) {
                Some("drain") => Rest::Drained,
                Some("gather") => Rest::Gathered,
                _ => Rest::Dropped,
            },
        })
    }

    fn round(&mut self, json: &Value, id: usize) -> Option<Round> {
        let gap = match json.get("gap") {
            Some(gap) => Some(self.inner(gap, id)?),
            None => None,
        };
        is_positive(json, "lim").then_some(())?;
        self.polls |= gap.is_some() && json.get("lim").is_some();
        let pushes = list(json, "push")?.iter().map(|json| self.inner(json, id));
        Some(Round {
            gap,
            pushes: pushes.collect::<Option<_>>()?,
            when: match (json.get("when")?.as_str(), size(json, "when")) {
                (Some("all"), _) => When::All,
                (Some("first"), _) => When::First,
                (Some("error"), _) => When::Error,
                (Some("success"), _) => When::Success,
                (_, Some(count)) if count > 0 => When::Count(count),
                _ => return None,
            },
            timeout: number(json, "to"),
            limit: size(json, "lim"),
        })
    }

    /// The statements of the node or the child with this number.
    fn script(&mut self, list: &[Value], id: usize) -> Option<Arc<Script>> {
        let (mut statements, mut children) = (vec![], vec![]);
        for json in list {
            let child = if json.get("scope").is_some() {
                "scope"
            } else {
                "task"
            };
            self.tasks |= json.get("run").is_none() && json.get("scope").is_none();
            statements.push(if json.as_str() == Some("stop") {
                Statement::Stop
            } else if let Some(node) = json.get("run") {
                Statement::Run(self.inner(node, id)?)
            } else if let Some(nested) = json.get(child) {
                let above = Above { id, gather: false };
                let nested_id = self.number(Some(above));
                let script = self.script(nested.as_array()?, nested_id)?;
                self.ties |= !matches!(script.statements.first(), Some(Statement::Run(_)));
                children.push(true);
                if child == "task" {
                    Statement::Task(script)
                } else {
                    Statement::Scope(script)
                }
            } else {
                let word = if json.get("cancel").is_some() {
                    "cancel"
                } else {
                    "await"
                };
                let child = size(json, word)?;
                std::mem::take(children.get_mut(child)?).then_some(())?;
                if word == "cancel" {
                    Statement::Cancel(child)
                } else {
                    Statement::Await(child)
                }
            });
        }
        Some(Arc::new(Script { id, statements }))
    }
}

impl Completed {
    /// Whether it can be written so.
    fn is_possible(&self) -> bool {
        let plain = self.bodies.is_empty() && self.each.is_none() && self.pushes.is_empty();
        let fits = match self.form {
            Form::Stream => {
                self.bodies.is_empty() && (self.pushes.is_empty() || self.limit.is_none())
            }
            Form::Loop => self.each.is_none() && self.pushes.is_empty(),
            Form::ForEach => {
                self.each.is_none() && self.pushes.is_empty() && self.stop_after.is_none()
            }
            Form::Lent => self.each.is_none() && (self.timeout.is_none() || self.bodies.is_empty()),
            Form::Arms => plain && self.timeout.is_none() && self.branches.len() >= 2,
        };
        fits && (self.form == Form::Lent || !self.drains)
    }
}
