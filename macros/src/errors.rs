//! The mistakes of a call, and the wording of every message.
//!
//! Messages are in lower case and end in what to write instead, without a full stop; code stands in backticks.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::{
    options::{Macro, Spec, TABLE},
    values::UNITS,
};

/// Collects mistakes, so that one does not hide the others. Must be read: it panics when it is dropped unread.
pub(crate) struct Errors(Option<Vec<syn::Error>>);

impl Errors {
    pub(crate) fn new() -> Self {
        Self(Some(Vec::new()))
    }

    fn list(&mut self) -> &mut Vec<syn::Error> {
        self.0.as_mut().expect("errors are read once, at the end")
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.list().push(error);
    }

    /// Adds a message at a place.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Adds a message at all of these tokens.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// How many there are by now.
    pub(crate) fn len(&mut self) -> usize {
        self.list().len()
    }

    /// Puts one mistake in the place of all that were found since there were `len`: they follow from it.
    pub(crate) fn instead(&mut self, len: usize, span: Span, message: impl Display) {
        self.list().truncate(len);
        self.at(span, message);
    }

    /// The messages.
    #[cfg(test)]
    pub(crate) fn messages(mut self) -> Vec<String> {
        let list = self.0.take().unwrap_or_default();
        list.iter().map(syn::Error::to_string).collect()
    }

    /// All mistakes as `compile_error!`s, or nothing.
    pub(crate) fn report(mut self) -> Option<TokenStream> {
        let list = self.0.take().unwrap_or_default();
        let errors: TokenStream = list.iter().map(syn::Error::to_compile_error).collect();
        (!errors.is_empty()).then_some(errors)
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_none(), "mistakes of a call were not reported");
        }
    }
}

// ---- items ----

pub(crate) const STAR: &str =
    "a spread is written `..xs`; a dereference stands in parentheses: `(*x)`";
pub(crate) const DOTS: &str = "a spread is written `..xs`";
pub(crate) const NOTHING_SPREAD: &str = "nothing to spread: write `..xs`";
pub(crate) const AWAITED: &str = "it would run alone, before the others: remove `.await`";
pub(crate) const NO_COMMA: &str = "write `,` before this";
pub(crate) const SEMICOLON: &str = "branches are separated by `,`: write it instead of `;`";
pub(crate) const NO_BRANCH: &str = "no branch before this `,`: remove it, or write a future";
pub(crate) const TUPLE: &str =
    "a tuple is neither a future nor a collection: write its parts without the parentheses";
pub(crate) const LET: &str =
    "a branch gets its name outside: write `let (a, b) = ..` before the call";
pub(crate) const ATTRIBUTE: &str =
    "no attribute stands here: write it before the statement, or inside of `async { .. }`";
pub(crate) const NO_FIELD: &str = "a name is missing: write a field or a method behind this";
pub(crate) const LOOP: &str = "a loop is not a future: write `..xs.map(|x| ..)`";

pub(crate) fn item_after_option(option: &str) -> String {
    format!("branches stand before the options: move this in front of `{option}`")
}

// ---- loops and arms ----

pub(crate) const NO_LOOP_PATTERN: &str =
    "a `for` loop needs a pattern: write `for x in ..xs { .. }`";
pub(crate) const REFUSES: &str = "the pattern of a loop fits every item: write `for x in ..xs { .. }`, and match `x` in the body";
pub(crate) const NO_SOURCE: &str =
    "a `for` loop needs branches behind `in`: write `for x in ..xs { .. }`";
pub(crate) const SEVERAL: &str =
    "several branches of a loop stand in parentheses: `for x in (a, ..xs) { .. }`";
pub(crate) const ASYNC_FOR: &str = "the loop awaits by itself: remove `async`";
pub(crate) const FOR_AWAIT: &str = "the loop awaits by itself: remove `await`";
pub(crate) const OTHER_LOOP: &str =
    "a loop over completions is written `for x in ..xs { .. }`, with nothing before it";
pub(crate) const BEFORE_BODY: &str =
    "options stand behind the body, or in a header before `for`: move this";
pub(crate) const GUARD: &str = "the condition of an arm stands behind a `,`: write it before this";
pub(crate) const NO_CONDITION: &str =
    "the condition is missing: write `pattern = future, if condition => body`";
pub(crate) const LET_CONDITION: &str =
    "the condition of an arm is a `bool`: write `matches!(value, pattern)`";
pub(crate) const SECOND_BRANCH: &str =
    "an arm has one branch: write an arm for this one, or `pattern = gather!(f(), g()) => body`";
pub(crate) const ARM_SEMICOLON: &str = "arms are separated by `,`: write it instead of `;`";
pub(crate) const LAST_SEMICOLON: &str = "the body of an arm ends by itself: remove `;`";
pub(crate) const BIASED: &str =
    "arms come in the order in which they stand, always: remove `biased;`";

pub(crate) fn no_last_arm(word: impl Display) -> String {
    format!(
        "arms have no `{word}`: write this behind the call, which ends when no arm is left, or by `break`"
    )
}

pub(crate) const ARMS_ELSEWHERE: &str =
    "arms go with `as_completed!`: write `as_completed! { a = f() => .. }`, or `f()` alone";
pub(crate) const NO_IN: &str = "a `for` loop needs `in`: write `for x in ..xs { .. }`";
pub(crate) const NO_BODY: &str = "a `for` loop needs a body: write `for x in ..xs { .. }`";
pub(crate) const AFTER_LOOP: &str = "only options stand behind the loop; several branches stand in parentheses: `for x in (a, ..xs) { .. }`";
pub(crate) const AFTER_ARMS: &str = "only options stand behind the last arm: move this before them";
pub(crate) const NO_FUTURE: &str = "an arm is written `pattern = future => body`";
pub(crate) const NO_ARM_BODY: &str = "an arm needs a body: write `pattern = future => body`";
pub(crate) const IN_ONE: &str =
    "`in` goes with many futures: write `..` before this, or `=` instead of `in`";
pub(crate) const EQUALS_MANY: &str =
    "`=` goes with one future: write `in` for what is spread with `..`";
pub(crate) const LENT_TO_ARMS: &str =
    "arms cannot be lent a `Pending`: give it, `x in ..pending`, or write a loop";
pub(crate) const LENT_TIMED: &str =
    "`each_timeout` does not go with a `Pending` that is lent: remove it";
pub(crate) const BREAK_VALUE: &str =
    "a loop over completions has no value: assign it to a variable, and write `break`";

// ---- groups ----

pub(crate) const NO_GROUP: &str = "a task group is written `task_group!(|tg| { .. })`";
pub(crate) const CHILD_OUTSIDE: &str =
    "the children of a group are spawned in its body: write `task_group!(|tg| { tg.spawn(..); })`";
pub(crate) const BARE_BODY: &str = "the body is given the group: write `|tg| { .. }`";
pub(crate) const NO_BARS: &str = "the name of the group stands between bars: write `|tg| { .. }`";
pub(crate) const NO_NAME: &str = "the body is given the group: write `|tg|`";
pub(crate) const NOT_A_NAME: &str = "the group is given a name, and nothing more: write `|tg|`";
pub(crate) const TWO_NAMES: &str = "the body is given one thing, the group: write `|tg|`";
pub(crate) const NO_SCOPE_BODY: &str = "a group needs a body: write `|tg| { .. }`";
pub(crate) const ASYNC_BODY: &str =
    "the body is asynchronous as it is: write `|tg| { .. }`, or `move |tg| { .. }`";
pub(crate) const TYPE_BEHIND: &str =
    "the error type stands before the body: write `task_group!(<MyError> |tg| { .. })`";
pub(crate) const ERROR_OPEN: &str = "the error type of a group is not inferred: name it";
pub(crate) const SCOPE_SEMICOLON: &str = "options stand behind a `,`: write it instead of `;`";
pub(crate) const AFTER_GROUP: &str =
    "only options stand behind the body: spawn this in it, with `tg.spawn(..)`";

// ---- the header ----

pub(crate) const UNCLOSED: &str = "this header is not closed: write `>` after it";
pub(crate) const NEEDS_HEADER: &str =
    "a branch that starts with `<` needs a header before it: write at least `<>`";
pub(crate) const NO_HEADER_PART: &str =
    "a header holds an error type and options: `<MyError, limit = 8>`";
pub(crate) const NOT_AN_OPTION: &str = "write an option here: `name = value`";
pub(crate) const TYPE_FIRST: &str = "the error type stands first in the header: move it there";
pub(crate) const HEADER_COMMA: &str = "no `,` stands behind the header: remove this one";
pub(crate) const UNSIZED: &str = "an error type has a known size: put this into a `Box`";

pub(crate) fn no_error_type(call: Macro) -> String {
    format!("`{call}!` takes no error type: remove it")
}

// ---- options ----

pub(crate) const BOTH_PLACES: &str =
    "options stand in the header or at the end, not in both: move this one";
pub(crate) const ERROR_TWICE: &str = "the error type is given twice: remove one";
pub(crate) const NO_VALUE: &str = "this option has no value: write one after the `=`";
pub(crate) const LIMIT_ZERO: &str = "`limit` must be at least 1: leave it out to run all at once";
pub(crate) const NOT_A_TYPE: &str = "`error` is a type: write `error = MyError`";
pub(crate) const NOT_A_COUNT: &str =
    "`limit` is a number: write `limit = 8`, or a value of type `usize`";
pub(crate) const NOT_A_DURATION: &str =
    "a duration is a number with a unit, `2s` or `500ms`, or a value of type `Duration`";
pub(crate) const NEGATIVE: &str = "a duration cannot be negative: remove the `-`";
pub(crate) const TOO_LONG: &str =
    "this duration is too long: leave the option out, or write `Duration::MAX`";
pub(crate) const PARTIAL_ALONE: &str =
    "`partial` says what to do at the deadline: give a `timeout` too";

pub(crate) fn unknown_option(name: &str, call: Macro, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("unknown option `{name}`, did you mean `{near}`?"),
        None => format!(
            "unknown option `{name}`: `{call}!` takes {}",
            taken_by(call)
        ),
    }
}

pub(crate) fn other_macros_option(spec: &Spec, call: Macro) -> String {
    let others: Vec<_> = spec
        .macros
        .iter()
        .map(|call| format!("`{call}!`"))
        .collect();
    format!(
        "`{}` is an option of {}: `{call}!` takes {}",
        spec.name,
        list(&others, "and"),
        taken_by(call)
    )
}

fn taken_by(call: Macro) -> String {
    let taken: Vec<_> = (TABLE.iter())
        .filter(|spec| spec.macros.contains(&call))
        .map(|spec| format!("`{}`", spec.name))
        .collect();
    list(&taken, "and")
}

pub(crate) fn equals(name: impl Display) -> String {
    format!("an option is written with `=`: `{name} = ..`")
}

pub(crate) fn no_equals(name: impl Display) -> String {
    format!("this option has no value: write `{name} = ..`")
}

pub(crate) fn option_twice(name: &str) -> String {
    format!("`{name}` is given twice: remove one")
}

pub(crate) fn not_a_flag(name: &str) -> String {
    format!("`{name}` is decided when the call is compiled: write `true` or `false`")
}

pub(crate) fn no_unit(digits: &str) -> String {
    format!("a duration needs a unit: `{digits}s` or `{digits}ms`")
}

pub(crate) fn unknown_unit(unit: &str, digits: &str, meant: Option<&str>) -> String {
    if let Some(meant) = meant {
        return format!("unknown unit `{unit}`: write `{digits}{meant}`");
    }
    let units: Vec<_> = (UNITS.iter())
        .map(|unit| format!("`{}`", unit.name))
        .collect();
    format!("unknown unit `{unit}`: use {}", list(&units, "or"))
}

pub(crate) fn unit_of_a_value(made_by: &str) -> String {
    format!("a unit stands behind a literal number: write `{made_by}`")
}

pub(crate) const BAD_WHEN: &str = "`return_when` is one of `ALL_COMPLETED`, `FIRST_COMPLETED`, \
    `FIRST_EXCEPTION`, `FIRST_SUCCESS` and `COMPLETED(n)`";

/// `a, b and c`.
fn list(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [words @ .., word] => format!("{} {last} {word}", words.join(", ")),
    }
}
