//! Tests of the parser: the items, options and errors of calls of all four macros.

mod group;
mod list;
mod loops;
mod options;

use quote::ToTokens;

use super::{Call, Item};
use crate::{
    options::{
        Macro::{self, AsCompleted, Gather, TaskGroup, Wait},
        OptionValue,
    },
    values::{Duration, When},
};

/// The macros that take branches.
const LISTS: [Macro; 3] = [Gather, AsCompleted, Wait];
const ALL: [Macro; 4] = [Gather, AsCompleted, Wait, TaskGroup];

/// A call, as text.
#[derive(Debug, PartialEq)]
struct Parsed {
    items: Vec<String>,
    options: Vec<String>,
    errors: Vec<String>,
}

fn parse(macro_: Macro, call: &str) -> Parsed {
    let call = format!("($crate) {call}")
        .parse()
        .expect("the tokens are balanced");
    let call = Call::parse(macro_, call);
    assert_eq!(call.krate.to_string(), "$ crate");
    assert_eq!(call.macro_, macro_);
    let item = |item: &Item| {
        let dots = if item.kind.is_spread() { ".." } else { "" };
        let condition = item.condition.as_ref();
        let condition = condition.map_or_else(String::new, |of| format!(" if {}", text(of)));
        format!("{dots}{}{condition}", text(&item.expr))
    };
    Parsed {
        items: call.items.iter().map(item).collect(),
        options: call
            .options
            .iter()
            .map(|option| format!("{}={}", option.name, value(&option.value)))
            .collect(),
        errors: call.errors.messages(),
    }
}

/// Returns tokens as text without spaces.
fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}

fn value(value: &OptionValue) -> String {
    match value {
        OptionValue::Timeout(value)
        | OptionValue::EachTimeout(value)
        | OptionValue::Stagger(value)
        | OptionValue::Grace(value) => match value {
            Duration::Literal {
                seconds,
                nanoseconds,
            } => format!("{seconds}.{nanoseconds:09}"),
            Duration::Value(value) => text(value),
        },
        OptionValue::Limit(value) | OptionValue::Until(value) => text(value),
        OptionValue::Need(value) => text(&value.expr),
        OptionValue::Partial(flag)
        | OptionValue::ReturnExceptions(flag)
        | OptionValue::Ordered(flag) => flag.to_string(),
        OptionValue::ReturnWhen(When::AllCompleted) => "all".to_owned(),
        OptionValue::ReturnWhen(When::FirstCompleted) => "first".to_owned(),
        OptionValue::ReturnWhen(When::Failed(_, None)) => "failed".to_owned(),
        OptionValue::ReturnWhen(When::Failed(_, Some(count))) => format!("failed {}", text(count)),
        OptionValue::ReturnWhen(When::Succeeded(_, None)) => "succeeded".to_owned(),
        OptionValue::ReturnWhen(When::Succeeded(_, Some(count))) => {
            format!("succeeded {}", text(count))
        }
        OptionValue::ReturnWhen(When::Until(predicate)) => format!("until {}", text(predicate)),
        OptionValue::ReturnWhen(When::Completed(count)) => format!("completed {}", text(count)),
        OptionValue::Error(ty) => text(ty),
    }
}

/// Parses a call without mistakes.
#[track_caller]
fn good(macro_: Macro, call: &str, items: &[&str], options: &[&str]) {
    let parsed = parse(macro_, call);
    assert_eq!(
        (parsed.items, parsed.options, parsed.errors),
        (owned(items), owned(options), vec![]),
        "{call}"
    );
}

/// Parses a call that has these mistakes and these items.
#[track_caller]
fn bad(macro_: Macro, call: &str, items: &[&str], errors: &[&str]) {
    let parsed = parse(macro_, call);
    assert_eq!(
        (parsed.items, parsed.errors),
        (owned(items), owned(errors)),
        "{call}"
    );
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
