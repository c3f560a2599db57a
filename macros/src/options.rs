//! The options of all macros: one table, read by the parser and by the messages.

use std::fmt;

use proc_macro2::Ident;
use syn::Expr;

use crate::{
    errors::{self, Errors},
    values::{Duration, Value, When},
};

/// The macros that share the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Macro {
    Gather,
    AsCompleted,
    Wait,
    TaskGroup,
}

impl Macro {
    /// Whether a call may name its error type.
    pub(crate) fn takes_error(self) -> bool {
        let mut taken = TABLE.iter().filter(|spec| spec.macros.contains(&self));
        taken.any(|spec| spec.kind == Kind::Type)
    }
}

impl fmt::Display for Macro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gather => "gather",
            Self::AsCompleted => "as_completed",
            Self::Wait => "wait",
            Self::TaskGroup => "task_group",
        })
    }
}

/// What an option's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A literal with a unit, or an expression.
    Duration,
    /// An expression, not the literal 0.
    Count,
    /// The literal `true` or `false`.
    Flag,
    /// A condition of `wait!`.
    When,
    /// A type; a bare one in the header is this option too.
    Type,
}

/// An option.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) macros: &'static [Macro],
    /// What it is called elsewhere.
    aliases: &'static [&'static str],
}

use Macro::{AsCompleted, Gather, TaskGroup, Wait};

pub(crate) const TABLE: &[Spec] = &[
    Spec {
        name: "timeout",
        kind: Kind::Duration,
        macros: &[Gather, AsCompleted, Wait, TaskGroup],
        aliases: &["deadline", "within"],
    },
    Spec {
        name: "each_timeout",
        kind: Kind::Duration,
        macros: &[Gather, AsCompleted],
        aliases: &["timeout_each"],
    },
    Spec {
        name: "limit",
        kind: Kind::Count,
        macros: &[Gather, AsCompleted, Wait, TaskGroup],
        aliases: &["concurrency", "max_concurrency", "max", "semaphore"],
    },
    Spec {
        name: "partial",
        kind: Kind::Flag,
        macros: &[Gather],
        aliases: &[],
    },
    Spec {
        name: "return_exceptions",
        kind: Kind::Flag,
        macros: &[Gather],
        aliases: &["return_errors", "settled"],
    },
    Spec {
        name: "return_when",
        kind: Kind::When,
        macros: &[Wait],
        aliases: &["until"],
    },
    Spec {
        name: "grace",
        kind: Kind::Duration,
        macros: &[TaskGroup],
        aliases: &["grace_period"],
    },
    Spec {
        name: "error",
        kind: Kind::Type,
        macros: &[Gather, TaskGroup],
        aliases: &["error_type"],
    },
];

/// As what to parse the value of what is called `name`, be it an option or not.
pub(crate) fn kind_of(name: &Ident) -> Kind {
    let spec = TABLE.iter().find(|spec| name == spec.name);
    spec.map_or(Kind::Duration, |spec| spec.kind)
}

/// The option that a word is meant to be.
fn nearest(name: &str, call: Macro) -> Option<&'static str> {
    let known = || TABLE.iter().filter(|spec| spec.macros.contains(&call));
    if let Some(spec) = known().find(|spec| spec.aliases.contains(&name)) {
        return Some(spec.name);
    }
    let close = known()
        .map(|spec| (distance(spec.name, name), spec.name))
        .min()?;
    (close.0 <= 1 + name.len() / 4).then_some(close.1)
}

/// Whether a word is an option of any macro, or meant to be one of this.
pub(crate) fn is_near(name: &Ident, call: Macro) -> bool {
    let word = name.to_string();
    TABLE.iter().any(|spec| spec.name == word) || nearest(&word, call).is_some()
}

/// How many letters must be changed, added or removed to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let changed = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row.pop().unwrap_or_default()
}

/// An option of a call.
pub(crate) struct Opt {
    pub(crate) name: Ident,
    pub(crate) spec: &'static Spec,
    pub(crate) value: Value,
}

/// The options of a call, in the order in which they were written.
#[derive(Default)]
pub(crate) struct Options(pub(crate) Vec<Opt>);

impl Options {
    pub(crate) fn find(&self, name: &str) -> Option<&Opt> {
        self.0.iter().find(|option| option.spec.name == name)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(
            self.find(name),
            Some(Opt {
                value: Value::Flag(true),
                ..
            })
        )
    }

    /// The values that are expressions.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.0.iter().filter_map(|option| match &option.value {
            Value::Duration(Duration::Value(value))
            | Value::Count(value)
            | Value::When(When::Completed(value)) => Some(value),
            _ => None,
        })
    }

    /// Finds the option that `name` names, if `call` takes it and it was not given before.
    pub(crate) fn admit(
        &self,
        name: &Ident,
        call: Macro,
        errors: &mut Errors,
    ) -> Option<&'static Spec> {
        let word = name.to_string();
        let Some(spec) = TABLE.iter().find(|spec| spec.name == word) else {
            errors.on(
                name,
                errors::unknown_option(&word, call, nearest(&word, call)),
            );
            return None;
        };
        if !spec.macros.contains(&call) {
            errors.on(name, errors::other_macros_option(spec, call));
            return None;
        }
        if self.find(spec.name).is_some() {
            let message = match spec.kind {
                Kind::Type => errors::ERROR_TWICE.to_owned(),
                _ => errors::option_twice(spec.name),
            };
            errors.on(name, message);
            return None;
        }
        Some(spec)
    }

    pub(crate) fn add(&mut self, name: Ident, spec: &'static Spec, value: Value) {
        self.0.push(Opt { name, spec, value });
    }
}

#[cfg(test)]
mod tests {
    use super::{Macro::Gather, distance, nearest};

    #[test]
    fn a_slip_finds_its_option() {
        assert_eq!(distance("limit", "limt"), 1);
        assert_eq!(nearest("limt", Gather), Some("limit"));
        assert_eq!(nearest("timout", Gather), Some("timeout"));
        assert_eq!(
            nearest("returnexceptions", Gather),
            Some("return_exceptions")
        );
        assert_eq!(nearest("concurrency", Gather), Some("limit"));
        assert_eq!(nearest("colour", Gather), None);
    }
}
