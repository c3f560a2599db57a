//! Collects the mistakes of a call, and has the wording of the messages. The messages that list options or units are beside
//! those tables.
//!
//! A message is in lower case, has code in backticks, and ends with the code to write instead, without a full stop.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Collects all mistakes of a call, so that the user sees them together. Panics if it is dropped before [`report`](Self::report).
pub(crate) struct Errors(Option<Vec<syn::Error>>);

impl Errors {
    pub(crate) fn new() -> Self {
        Self(Some(Vec::new()))
    }

    fn list(&mut self) -> &mut Vec<syn::Error> {
        self.0
            .as_mut()
            .expect("errors are reported once, at the end")
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.list().push(error);
    }

    /// Adds an error that the compiler shows at `span`.
    pub(crate) fn error_at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Adds an error that the compiler shows at all of these tokens.
    pub(crate) fn error_spanned_by(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Returns the number of errors found until now.
    pub(crate) fn len(&mut self) -> usize {
        self.list().len()
    }

    /// Replaces the errors after the first `len` by one, because they follow from the same mistake.
    pub(crate) fn replace_since(&mut self, len: usize, span: Span, message: impl Display) {
        self.list().truncate(len);
        self.error_at(span, message);
    }

    /// Returns the messages.
    #[cfg(test)]
    pub(crate) fn messages(mut self) -> Vec<String> {
        let list = self.0.take().unwrap_or_default();
        list.iter().map(syn::Error::to_string).collect()
    }

    /// Returns all errors as `compile_error!`s, or `None` if there are none. No error can be added afterwards.
    pub(crate) fn report(&mut self) -> Option<TokenStream> {
        let list = self.0.take().unwrap_or_default();
        let errors: TokenStream = list.iter().map(syn::Error::to_compile_error).collect();
        (!errors.is_empty()).then_some(errors)
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_none(), "the errors of a call were not reported");
        }
    }
}

// ---- items ----

pub(crate) const STAR: &str = "a spread is written `..xs`: write that, or `(*x)` for a dereference";
pub(crate) const DOTS: &str = "a spread is written `..xs`";
pub(crate) const NOTHING_SPREAD: &str = "`..` needs a collection to spread: write `..xs`";
pub(crate) const AWAITED: &str = "it would run alone, before the others: remove `.await`";
pub(crate) const NO_COMMA: &str = "a `,` is missing: write it before this";
pub(crate) const SEMICOLON: &str = "branches are separated by `,`: write it instead of `;`";
pub(crate) const NO_BRANCH: &str =
    "there is no branch before this `,`: remove it, or write a future";
pub(crate) const TUPLE: &str =
    "a tuple is no branch: write its parts without the parentheses, or `keyed(key, future)`";
pub(crate) const TUPLE_SPREAD: &str =
    "a tuple is neither a future nor a collection: write its parts without the parentheses";
pub(crate) const LET: &str =
    "a branch cannot be named inside the call: write `let (a, b) = ..` before the call";
pub(crate) const ATTRIBUTE: &str =
    "an attribute is not allowed here: write it before the statement, or inside `async { .. }`";
pub(crate) const NO_FIELD: &str = "a name is missing: write a field or a method after this";
pub(crate) const LOOP: &str = "a loop is not a future: write `..xs.map(|x| ..)`";

pub(crate) fn item_after_option(option: impl Display) -> String {
    format!("branches go before the options: move this before `{option}`")
}

// ---- struct literals ----

pub(crate) const STRUCT_REST: &str =
    "a struct of branches has no `..rest`: write a branch for each field";
pub(crate) const NO_NEEDS: &str =
    "a closure without parameters needs no other field: write the future itself";
pub(crate) const NEED_IS_NAME: &str =
    "a parameter is the name of another field: write `|field|`, or `|field: &Type|`";
pub(crate) const TOO_MANY_NEEDS: &str =
    "a closure takes at most 8 fields: gather some of them into a struct of their own";
pub(crate) const TOO_MANY_FIELDS: &str =
    "a struct with closures has at most 64 fields: gather some of them into a struct of their own";

pub(crate) fn spread_field(member: impl ToTokens) -> String {
    let member = member.to_token_stream();
    format!("a field is one branch: write `{member}: gather!(..xs)`")
}

pub(crate) fn need_twice(name: impl Display) -> String {
    format!("`{name}` is named twice: remove one")
}

pub(crate) fn unknown_need(name: &str, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("unknown field `{name}`, did you mean `{near}`?"),
        None => format!(
            "unknown field `{name}`: a closure takes the values of other fields of this literal, by their names"
        ),
    }
}

/// Returns the message for a cycle of fields: each needs the next one.
pub(crate) fn cycle(members: &[impl ToTokens]) -> String {
    let members = members
        .iter()
        .map(|on| format!("`{}`", on.to_token_stream()));
    let members: Vec<_> = members.collect();
    format!(
        "{}, so none of them can start: remove one of these parameters",
        members.join(" needs ")
    )
}

pub(crate) fn struct_option(name: impl Display) -> String {
    format!("`{name}` does not apply to a struct of branches: remove it, or gather a tuple")
}

// ---- loops and arms ----

pub(crate) const NO_LOOP_PATTERN: &str =
    "a `for` loop needs a pattern: write `for x in ..xs { .. }`";
pub(crate) const REFUTABLE_PATTERN: &str = "the pattern of a loop must match every item: write `for x in ..xs { .. }`, and match `x` in the body";
pub(crate) const NO_SOURCE: &str =
    "a `for` loop needs branches after `in`: write `for x in ..xs { .. }`";
pub(crate) const SEVERAL: &str =
    "several branches of a loop need parentheses: write `for x in (a, ..xs) { .. }`";
pub(crate) const ASYNC_FOR: &str = "the loop awaits by itself: remove `async`";
pub(crate) const FOR_AWAIT: &str = "the loop awaits by itself: remove `await`";
pub(crate) const OTHER_LOOP: &str =
    "a loop over completions is a `for` loop with nothing before it: write `for x in ..xs { .. }`";
pub(crate) const BEFORE_BODY: &str =
    "options go after the body, or in a header before `for`: move this";
pub(crate) const GUARD: &str =
    "a `,` is missing before the condition: write `pattern = future, if condition => body`";
pub(crate) const NO_CONDITION: &str =
    "the condition is missing: write `pattern = future, if condition => body`";
pub(crate) const LET_CONDITION: &str =
    "the condition of an arm is a `bool`: write `matches!(value, pattern)`";
pub(crate) const SECOND_BRANCH: &str =
    "an arm has one branch: write an arm for this one, or `pattern = gather!(f(), g()) => body`";
pub(crate) const ARM_SEMICOLON: &str = "arms are separated by `,`: write it instead of `;`";
pub(crate) const LAST_SEMICOLON: &str = "the body of an arm needs no `;` after it: remove this";
pub(crate) const BIASED: &str =
    "ready arms always run in the order in which they are written: remove `biased;`";

pub(crate) fn no_last_arm(word: impl Display) -> String {
    format!(
        "arms have no `{word}`: write this after the call, which ends when all arms have ended or at a `break`"
    )
}

pub(crate) const ARMS_ELSEWHERE: &str =
    "only `as_completed!` has arms: write `as_completed! { a = f() => .. }`, or `f()` alone";
pub(crate) const NO_IN: &str = "a `for` loop needs `in`: write `for x in ..xs { .. }`";
pub(crate) const NO_BODY: &str = "a `for` loop needs a body: write `for x in ..xs { .. }`";
pub(crate) const AFTER_LOOP: &str =
    "only options can follow the loop: write several branches as `for x in (a, ..xs) { .. }`";
pub(crate) const AFTER_ARMS: &str = "only options can follow the last arm: move this before them";
pub(crate) const NO_FUTURE: &str = "an arm is written `pattern = future => body`";
pub(crate) const NO_ARM_BODY: &str = "an arm needs a body: write `pattern = future => body`";
pub(crate) const IN_ONE: &str =
    "`in` is for a spread of futures: write `..` before this, or `=` instead of `in`";
pub(crate) const EQUALS_MANY: &str = "`=` is for one future: write `in` before a spread";
pub(crate) const LENT_TO_ARMS: &str =
    "arms cannot borrow a `Pending`: write `x in ..pending` to move it, or write a loop";
pub(crate) const LENT_TIMED: &str =
    "`each_timeout` does not apply to a `Pending` that is borrowed: remove it";
pub(crate) const LENT_STAGGER: &str =
    "`stagger` does not apply to a `Pending` that is borrowed: remove it";
pub(crate) const LENT_ORDERED: &str = "`ordered` does not apply to a `Pending` that is borrowed: move it with `..pending`, or remove this";
pub(crate) const ORDERED_ARMS: &str =
    "arms run in the order in which their branches complete: remove `ordered`, or write a loop";

// ---- groups ----

pub(crate) const NO_GROUP: &str = "a task group is written `task_group!(|tg| { .. })`";
pub(crate) const CHILD_OUTSIDE: &str =
    "the children of a group are spawned in its body: write `task_group!(|tg| { tg.spawn(..); })`";
pub(crate) const BODY_WITHOUT_BARS: &str =
    "the body takes the group as its parameter: write `|tg| { .. }`";
pub(crate) const NO_BARS: &str = "the name of the group goes between bars: write `|tg| { .. }`";
pub(crate) const NO_NAME: &str = "the body takes the group as its parameter: write `|tg|`";
pub(crate) const NOT_A_NAME: &str =
    "the parameter of the body is a name without a type or a pattern: write `|tg|`";
pub(crate) const TWO_NAMES: &str = "the body has one parameter, the group: write `|tg|`";
pub(crate) const NO_GROUP_BODY: &str = "a group needs a body: write `|tg| { .. }`";
pub(crate) const ASYNC_BODY: &str =
    "the body is already asynchronous: write `|tg| { .. }`, or `move |tg| { .. }`";
pub(crate) const TYPE_AFTER_BARS: &str =
    "the error type goes before the body: write `task_group!(<MyError> |tg| { .. })`";
pub(crate) const ERROR_OPEN: &str = "the error type of a group cannot be inferred: write its name";
pub(crate) const GROUP_SEMICOLON: &str = "options follow a `,`: write it instead of `;`";
pub(crate) const AFTER_GROUP: &str =
    "only options can follow the body: spawn this in the body, with `tg.spawn(..)`";

// ---- the header ----

pub(crate) const UNCLOSED: &str = "this header is not closed: write `>` after it";
pub(crate) const NEEDS_HEADER: &str =
    "a branch that starts with `<` needs a header before it: write at least `<>`";
pub(crate) const NO_HEADER_PART: &str =
    "a header has an error type and options: write `<MyError, limit = 8>`";
pub(crate) const NOT_AN_OPTION: &str = "write an option here: `name = value`";
pub(crate) const TYPE_FIRST: &str = "the error type goes first in the header: move it there";
pub(crate) const HEADER_COMMA: &str = "no `,` is needed after the header: remove it";
pub(crate) const UNSIZED: &str = "an error type must have a known size: put this into a `Box`";

// ---- options ----

pub(crate) const BOTH_POSITIONS: &str =
    "options go either in the header or after the branches, not both: move this one";
pub(crate) const ERROR_TWICE: &str = "the error type is written twice: remove one";
pub(crate) const NO_VALUE: &str = "this option has no value: write one after the `=`";
pub(crate) const NOT_A_TYPE: &str = "the value of `error` is a type: write `error = MyError`";
pub(crate) const NOT_A_DURATION: &str =
    "a duration is a number with a unit: write `2s` or `500ms`, or a value of type `Duration`";
pub(crate) const NEGATIVE: &str = "a duration cannot be negative: remove the `-`";
pub(crate) const TOO_LONG: &str =
    "this duration is too long: leave the option out, or write `Duration::MAX`";
pub(crate) const PARTIAL_ALONE: &str =
    "`partial` needs an end of the call: write `timeout = ..` or `until = ..`, too";
pub(crate) const NOT_A_SIGNAL: &str =
    "the value of `until` is a future: write `until = f()`, or `timeout = 2s` for a time";
pub(crate) const TIMEOUT_AND_UNTIL: &str = "`timeout` and `until` end a call with different errors: name an error type, \
    `gather!(<MyError> ..)`, or write `partial = true`";
pub(crate) const GROUP_TIMEOUT_AND_UNTIL: &str = "a group has either a `timeout` or an `until`: write the deadline as a future, \
    `until = tokio::time::sleep(..)`";

pub(crate) const NEED_PARTIAL: &str =
    "`need` returns successes only, and `partial` all results: remove one of them";
pub(crate) const NEED_EXCEPTIONS: &str =
    "`need` counts an `Err` as a failure, and `return_exceptions` as a result: remove one of them";
pub(crate) const NEED_EACH_TIMEOUT: &str =
    "a branch that times out fails with the error type of the call: write `gather!(<MyError> ..)`";

pub(crate) fn need_too_many(needed: usize, branches: usize) -> String {
    format!(
        "this call has {branches} branches, and {needed} cannot succeed: write at most {branches}"
    )
}

/// Returns the message for a number below 1.
pub(crate) fn count_zero(option: &str) -> String {
    let otherwise = if option == "limit" {
        "run all at once"
    } else {
        "wait for all branches"
    };
    format!("`{option}` must be at least 1: leave it out to {otherwise}")
}

/// Returns the message for a literal that is no number.
pub(crate) fn not_a_count(option: &str) -> String {
    let example = if option == "limit" { 8 } else { 1 };
    format!(
        "the value of `{option}` is a number: write `{option} = {example}`, or a value of type `usize`"
    )
}

pub(crate) fn equals(name: impl Display) -> String {
    format!("an option is written with `=`: write `{name} = ..`")
}

pub(crate) fn no_equals(name: impl Display) -> String {
    format!("this option has no value: write `{name} = ..`")
}

pub(crate) fn option_twice(name: &str) -> String {
    format!("`{name}` is written twice: remove one")
}

pub(crate) fn not_a_flag(name: &str) -> String {
    format!("`{name}` must be a literal: write `true` or `false`")
}

pub(crate) fn no_unit(digits: &str) -> String {
    format!("a duration needs a unit: write `{digits}s` or `{digits}ms`")
}

pub(crate) fn unit_of_a_value(made_by: &str) -> String {
    format!("only a literal number can have a unit: write `{made_by}`")
}

pub(crate) const BAD_WHEN: &str = "`return_when` is one of `ALL_COMPLETED`, `FIRST_COMPLETED`, \
    `FIRST_EXCEPTION`, `FIRST_SUCCESS`, `COMPLETED(n)`, `SUCCEEDED(n)`, `FAILED(n)` and `UNTIL(|output| ..)`";

/// Joins words to a list, for example "a, b and c".
pub(crate) fn list(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [words @ .., word] => format!("{} {last} {word}", words.join(", ")),
    }
}
