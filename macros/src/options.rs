//! The options of all macros: one table, which the parser and the messages read.

use std::fmt;

use proc_macro2::Ident;
use syn::{Expr, Type, parse::ParseStream};

use crate::{
    errors::{self, Errors, list},
    values::{self, Count, Duration, When},
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
    /// Checks whether a call may name its error type.
    pub(crate) fn takes_error(self) -> bool {
        let mut taken = TABLE.iter().filter(|spec| spec.macros.contains(&self));
        taken.any(|spec| spec.id == OptionName::Error)
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

/// The name of an option. Code that depends on the option matches all variants, so that a new option does not compile until each
/// such place handles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OptionName {
    Timeout,
    EachTimeout,
    Limit,
    Partial,
    ReturnExceptions,
    ReturnWhen,
    Grace,
    Need,
    Stagger,
    Ordered,
    Until,
    Error,
}

impl OptionName {
    /// Checks whether the value is a type.
    pub(crate) fn is_type(self) -> bool {
        match self {
            Self::Error => true,
            Self::Timeout
            | Self::EachTimeout
            | Self::Limit
            | Self::Partial
            | Self::ReturnExceptions
            | Self::ReturnWhen
            | Self::Grace
            | Self::Need
            | Self::Stagger
            | Self::Ordered
            | Self::Until => false,
        }
    }
}

/// The value of an option, with the type that this option has.
pub(crate) enum OptionValue {
    Timeout(Duration),
    EachTimeout(Duration),
    Limit(Expr),
    Partial(bool),
    ReturnExceptions(bool),
    ReturnWhen(When),
    Grace(Duration),
    Need(Count),
    Stagger(Duration),
    Ordered(bool),
    Until(Expr),
    /// The error type. It may also be the first part of the header, without `error =`.
    Error(Type),
}

impl OptionValue {
    /// Parses the value of an option.
    pub(crate) fn parse(spec: &OptionSpec, input: ParseStream<'_>) -> syn::Result<Self> {
        match spec.id {
            OptionName::Timeout => values::duration(input).map(Self::Timeout),
            OptionName::EachTimeout => values::duration(input).map(Self::EachTimeout),
            OptionName::Limit => {
                values::count(spec.name, input).map(|limit| Self::Limit(limit.expr))
            }
            OptionName::Partial => values::flag(spec.name, input).map(Self::Partial),
            OptionName::ReturnExceptions => {
                values::flag(spec.name, input).map(Self::ReturnExceptions)
            }
            OptionName::ReturnWhen => values::when(input).map(Self::ReturnWhen),
            OptionName::Grace => values::duration(input).map(Self::Grace),
            OptionName::Stagger => values::duration(input).map(Self::Stagger),
            OptionName::Ordered => values::flag(spec.name, input).map(Self::Ordered),
            OptionName::Need => values::count(spec.name, input).map(Self::Need),
            OptionName::Until => values::until(input).map(Self::Until),
            OptionName::Error => values::error_type(input).map(Self::Error),
        }
    }

    pub(crate) fn name(&self) -> OptionName {
        match self {
            Self::Timeout(_) => OptionName::Timeout,
            Self::EachTimeout(_) => OptionName::EachTimeout,
            Self::Limit(_) => OptionName::Limit,
            Self::Partial(_) => OptionName::Partial,
            Self::ReturnExceptions(_) => OptionName::ReturnExceptions,
            Self::ReturnWhen(_) => OptionName::ReturnWhen,
            Self::Grace(_) => OptionName::Grace,
            Self::Need(_) => OptionName::Need,
            Self::Stagger(_) => OptionName::Stagger,
            Self::Ordered(_) => OptionName::Ordered,
            Self::Until(_) => OptionName::Until,
            Self::Error(_) => OptionName::Error,
        }
    }

    /// Returns the expression that the call evaluates for this value, if there is one.
    fn expr(&self) -> Option<&Expr> {
        match self {
            Self::Timeout(duration)
            | Self::EachTimeout(duration)
            | Self::Stagger(duration)
            | Self::Grace(duration) => match duration {
                Duration::Value(value) => Some(value),
                Duration::Literal { .. } => None,
            },
            Self::Limit(limit) => Some(limit),
            Self::Need(need) => Some(&need.expr),
            Self::Until(until) => Some(until),
            Self::ReturnWhen(
                When::Completed(value)
                | When::Succeeded(_, Some(value))
                | When::Failed(_, Some(value))
                | When::Until(value),
            ) => Some(value),
            Self::ReturnWhen(
                When::AllCompleted
                | When::FirstCompleted
                | When::Succeeded(_, None)
                | When::Failed(_, None),
            )
            | Self::Partial(_)
            | Self::ReturnExceptions(_)
            | Self::Ordered(_)
            | Self::Error(_) => None,
        }
    }
}

/// A row of the table.
pub(crate) struct OptionSpec {
    pub(crate) id: OptionName,
    pub(crate) name: &'static str,
    pub(crate) macros: &'static [Macro],
    /// The names that other libraries have for it.
    aliases: &'static [&'static str],
}

use Macro::{AsCompleted, Gather, TaskGroup, Wait};

pub(crate) const TABLE: &[OptionSpec] = &[
    OptionSpec {
        id: OptionName::Timeout,
        name: "timeout",
        macros: &[Gather, AsCompleted, Wait, TaskGroup],
        aliases: &["deadline", "within"],
    },
    OptionSpec {
        id: OptionName::EachTimeout,
        name: "each_timeout",
        macros: &[Gather, AsCompleted],
        aliases: &["timeout_each"],
    },
    OptionSpec {
        id: OptionName::Limit,
        name: "limit",
        macros: &[Gather, AsCompleted, Wait, TaskGroup],
        aliases: &["concurrency", "max_concurrency", "max", "semaphore"],
    },
    OptionSpec {
        id: OptionName::Partial,
        name: "partial",
        macros: &[Gather],
        aliases: &[],
    },
    OptionSpec {
        id: OptionName::ReturnExceptions,
        name: "return_exceptions",
        macros: &[Gather],
        aliases: &["return_errors", "settled"],
    },
    OptionSpec {
        id: OptionName::ReturnWhen,
        name: "return_when",
        macros: &[Wait],
        aliases: &[],
    },
    OptionSpec {
        id: OptionName::Grace,
        name: "grace",
        macros: &[TaskGroup],
        aliases: &["grace_period"],
    },
    OptionSpec {
        id: OptionName::Need,
        name: "need",
        macros: &[Gather],
        aliases: &["quorum", "succeeded"],
    },
    OptionSpec {
        id: OptionName::Stagger,
        name: "stagger",
        macros: &[Gather, AsCompleted, Wait],
        aliases: &["delay", "hedge"],
    },
    OptionSpec {
        id: OptionName::Ordered,
        name: "ordered",
        macros: &[AsCompleted],
        aliases: &["in_order", "preserve_order", "buffered"],
    },
    OptionSpec {
        id: OptionName::Until,
        name: "until",
        macros: &[Gather, AsCompleted, Wait, TaskGroup],
        aliases: &["shutdown", "cancel", "stop_when", "take_until"],
    },
    OptionSpec {
        id: OptionName::Error,
        name: "error",
        macros: &[Gather, TaskGroup],
        aliases: &["error_type"],
    },
];

/// Returns the option with this name, whichever macros take it.
pub(crate) fn find(name: &Ident) -> Option<&'static OptionSpec> {
    TABLE.iter().find(|spec| name == spec.name)
}

/// Returns the option that a word probably means, of those that `call` takes.
fn nearest(name: &str, call: Macro) -> Option<&'static str> {
    let known = || TABLE.iter().filter(|spec| spec.macros.contains(&call));
    if let Some(spec) = known().find(|spec| spec.aliases.contains(&name)) {
        return Some(spec.name);
    }
    nearest_of(name, known().map(|spec| spec.name))
}

/// Returns the one of `names` that a word probably means.
pub(crate) fn nearest_of<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (far, name) = names.map(|name| (distance(name, word), name)).min()?;
    (far <= 1 + word.len() / 4).then_some(name)
}

/// Checks whether a word is an option of any macro, or probably means an option of `call`.
pub(crate) fn is_near(name: &Ident, call: Macro) -> bool {
    find(name).is_some() || nearest(&name.to_string(), call).is_some()
}

/// Returns the edit distance of `a` and `b`: the number of letters to change, insert or remove.
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
pub(crate) struct CallOption {
    pub(crate) name: Ident,
    pub(crate) value: OptionValue,
}

/// The options of a call, in the order in which they were written.
#[derive(Default)]
pub(crate) struct Options(Vec<CallOption>);

impl Options {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &CallOption> {
        self.0.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn first(&self) -> Option<&CallOption> {
        self.0.first()
    }

    pub(crate) fn find(&self, name: OptionName) -> Option<&CallOption> {
        self.0.iter().find(|option| option.value.name() == name)
    }

    /// Returns the value of `need`.
    pub(crate) fn need(&self) -> Option<&Count> {
        self.0.iter().find_map(|option| match &option.value {
            OptionValue::Need(need) => Some(need),
            _ => None,
        })
    }

    /// Returns the one of two options that is written second, if both are written.
    pub(crate) fn second_of(&self, names: [OptionName; 2]) -> Option<&CallOption> {
        let [first, second] = names;
        self.find(first).and(self.find(second))?;
        (self.0.iter().rev()).find(|option| names.contains(&option.value.name()))
    }

    /// Returns whether `partial = true` is written.
    pub(crate) fn is_partial(&self) -> bool {
        (self.0.iter()).any(|option| matches!(option.value, OptionValue::Partial(true)))
    }

    /// Returns the value of `return_when`.
    pub(crate) fn return_when(&self) -> Option<&When> {
        self.0.iter().find_map(|option| match &option.value {
            OptionValue::ReturnWhen(when) => Some(when),
            _ => None,
        })
    }

    /// Returns the expressions that the call evaluates for its options.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.0.iter().filter_map(|option| option.value.expr())
    }

    /// Returns the option called `name`. If `call` does not take it, or has it already, reports that and returns `None`.
    pub(crate) fn admit(
        &self,
        name: &Ident,
        call: Macro,
        errors: &mut Errors,
    ) -> Option<&'static OptionSpec> {
        let Some(spec) = find(name) else {
            errors.error_spanned_by(name, unknown_option(name, call));
            return None;
        };
        if !spec.macros.contains(&call) {
            errors.error_spanned_by(name, other_macros_option(spec, call));
            return None;
        }
        if self.find(spec.id).is_some() {
            errors.error_spanned_by(
                name,
                if spec.id.is_type() {
                    errors::ERROR_TWICE.to_owned()
                } else {
                    errors::option_twice(spec.name)
                },
            );
            return None;
        }
        Some(spec)
    }

    pub(crate) fn add(&mut self, name: Ident, value: OptionValue) {
        self.0.push(CallOption { name, value });
    }

    /// Removes the error type if it is `_`, and returns it.
    pub(crate) fn remove_inferred_error(&mut self) -> Option<Type> {
        let is_inferred =
            |option: &CallOption| matches!(option.value, OptionValue::Error(Type::Infer(_)));
        let at = self.0.iter().position(is_inferred)?;
        match self.0.remove(at).value {
            OptionValue::Error(ty) => Some(ty),
            _ => None,
        }
    }
}

pub(crate) fn no_error_type(call: Macro) -> String {
    format!("`{call}!` takes no error type: remove it")
}

pub(crate) fn unknown_option(name: &Ident, call: Macro) -> String {
    match nearest(&name.to_string(), call) {
        Some(near) => format!("unknown option `{name}`, did you mean `{near}`?"),
        None => format!(
            "unknown option `{name}`: `{call}!` takes {}",
            options_of(call)
        ),
    }
}

pub(crate) fn other_macros_option(spec: &OptionSpec, call: Macro) -> String {
    let others: Vec<_> = spec
        .macros
        .iter()
        .map(|call| format!("`{call}!`"))
        .collect();
    format!(
        "`{}` is an option of {}: `{call}!` takes {}",
        spec.name,
        list(&others, "and"),
        options_of(call)
    )
}

/// Returns the names of the options that `call` takes, for example "`timeout`, `limit` and `return_when`".
fn options_of(call: Macro) -> String {
    let taken: Vec<_> = (TABLE.iter())
        .filter(|spec| spec.macros.contains(&call))
        .map(|spec| format!("`{}`", spec.name))
        .collect();
    list(&taken, "and")
}

#[cfg(test)]
mod tests {
    use super::{Macro::Gather, distance, nearest};

    #[test]
    fn a_misspelt_option_is_recognized() {
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
