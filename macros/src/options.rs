//! The options of all macros: one table, read by the parser and by the messages.

use std::fmt;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::{
    Expr, ExprLit, ExprUnary, Lit, LitFloat, LitInt, Token, Type, UnOp,
    parse::{Parse, ParseStream},
};

use crate::{
    errors::{self, Errors},
    grammar::bare,
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
    let close = known().map(|spec| (distance(spec.name, name), spec.name)).min()?;
    (close.0 <= 1 + name.len() / 4).then_some(close.1)
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

/// A duration as it is written.
pub(crate) enum Duration {
    Literal { seconds: u64, nanoseconds: u32 },
    Value(Expr),
}

/// When `wait!` returns.
#[cfg_attr(not(test), expect(dead_code, reason = "`wait!` is not there yet"))]
pub(crate) enum When {
    AllCompleted,
    FirstCompleted,
    FirstException,
    FirstSuccess,
    Completed(Expr),
}

/// A value that has the kind of its option.
pub(crate) enum Value {
    Duration(Duration),
    Count(Expr),
    Flag(bool),
    #[cfg_attr(not(test), expect(dead_code, reason = "`wait!` is not there yet"))]
    When(When),
    Type(Type),
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
        matches!(self.find(name), Some(Opt { value: Value::Flag(true), .. }))
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
            errors.on(name, errors::unknown_option(&word, call, nearest(&word, call)));
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

/// A value before it is known what it should be.
pub(crate) enum Raw {
    Expr(Expr),
    Type(Type),
}

impl Raw {
    pub(crate) fn parse(kind: Kind, input: ParseStream<'_>) -> syn::Result<Self> {
        match kind {
            Kind::Type => Type::parse(input).map(Self::Type),
            _ => Expr::parse(input).map(Self::Expr),
        }
    }
}

impl Value {
    /// Makes a value of its kind, or says what is wrong with it.
    pub(crate) fn new(spec: &Spec, raw: Raw, errors: &mut Errors) -> Option<Self> {
        let value = match raw {
            Raw::Type(ty) => return Some(Self::Type(ty)),
            Raw::Expr(value) => value,
        };
        match spec.kind {
            Kind::Duration => duration(value, errors).map(Self::Duration),
            Kind::Count => count(value, errors).map(Self::Count),
            Kind::Flag => match bare(&value) {
                Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) => Some(Self::Flag(flag.value)),
                _ => {
                    errors.on(value, errors::not_a_flag(spec.name));
                    None
                }
            },
            Kind::When => match when(value) {
                Ok(when) => Some(Self::When(when)),
                Err(value) => {
                    errors.on(value, errors::BAD_WHEN);
                    None
                }
            },
            Kind::Type => unreachable!("types are parsed as such"),
        }
    }
}

fn count(value: Expr, errors: &mut Errors) -> Option<Expr> {
    if let Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) = bare(&value)
        && number.base10_parse::<u128>().is_ok_and(|number| number == 0)
    {
        errors.on(value, errors::LIMIT_ZERO);
        return None;
    }
    Some(value)
}

/// A condition, or the expression if it is none.
fn when(value: Expr) -> Result<When, Expr> {
    match value {
        Expr::Group(group) => when(*group.expr),
        Expr::Path(path) => Ok(match path.path.get_ident().map(Ident::to_string).as_deref() {
            Some("ALL_COMPLETED") => When::AllCompleted,
            Some("FIRST_COMPLETED") => When::FirstCompleted,
            Some("FIRST_EXCEPTION") => When::FirstException,
            Some("FIRST_SUCCESS") => When::FirstSuccess,
            _ => return Err(Expr::Path(path)),
        }),
        Expr::Call(mut call) => match (&*call.func, call.args.len()) {
            (Expr::Path(path), 1) if path.path.is_ident("COMPLETED") => {
                let count = call.args.pop().expect("there is one");
                Ok(When::Completed(count))
            }
            _ => Err(Expr::Call(call)),
        },
        value => Err(value),
    }
}

/// The units of a duration, in nanoseconds.
pub(crate) const UNITS: &[(&str, u128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

fn duration(value: Expr, errors: &mut Errors) -> Option<Duration> {
    let (digits, unit) = match bare(&value) {
        Expr::Lit(ExprLit { lit: Lit::Int(lit), .. }) => int(lit),
        Expr::Lit(ExprLit { lit: Lit::Float(lit), .. }) => float(lit),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) if is_number(bare(expr)) => {
            errors.on(value, errors::NEGATIVE);
            return None;
        }
        _ => return Some(Duration::Value(value)),
    };
    if unit.is_empty() {
        errors.on(value, errors::no_unit(&digits));
        return None;
    }
    let Some((_, nanoseconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        errors.on(value, errors::unknown_unit(&unit));
        return None;
    };
    let Some((seconds, nanoseconds)) = scale(&digits, *nanoseconds) else {
        errors.on(value, errors::TOO_LONG);
        return None;
    };
    Some(Duration::Literal {
        seconds,
        nanoseconds,
    })
}

fn is_number(value: &Expr) -> bool {
    matches!(value, Expr::Lit(ExprLit { lit: Lit::Int(_) | Lit::Float(_), .. }))
}

fn int(lit: &LitInt) -> (String, String) {
    (lit.base10_digits().to_owned(), lit.suffix().to_owned())
}

fn float(lit: &LitFloat) -> (String, String) {
    (lit.base10_digits().to_owned(), lit.suffix().to_owned())
}

/// Seconds and nanoseconds of a decimal number of units, exactly; digits below a nanosecond are cut off.
fn scale(digits: &str, unit: u128) -> Option<(u64, u32)> {
    const SECOND: u128 = 1_000_000_000;
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut number: u128 = format!("{whole}{fraction}").parse().ok()?;
    number = number.checked_mul(unit)?;
    let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let power = 10u128.checked_pow(shift.unsigned_abs());
    number = match (shift >= 0, power) {
        (true, Some(power)) => number.checked_mul(power)?,
        (true, None) if number > 0 => return None,
        (true, None) => 0,
        (false, power) => power.map_or(0, |power| number / power),
    };
    let nanoseconds = u32::try_from(number % SECOND).ok()?;
    Some((u64::try_from(number / SECOND).ok()?, nanoseconds))
}

/// The tokens of a value in a header: as many as there are before a `,` or the `>` that ends the header.
///
/// A `<` opens only where no comparison can stand: after `::`, or where an expression begins.
pub(crate) fn header_value(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut open = 0;
    let mut last: Option<char> = Some('=');
    while !input.is_empty() {
        if open == 0 && (input.peek(Token![,]) || input.peek(Token![>])) {
            break;
        }
        let token: TokenTree = input.parse()?;
        let punct = match &token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        };
        match punct {
            Some('<') if last.is_some() || open > 0 => open += 1,
            Some('>') if !matches!(last, Some('-' | '=')) => open -= 1,
            _ => {}
        }
        last = punct;
        tokens.extend(quote!(#token));
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest, scale};
    use crate::options::Macro::Gather;

    #[test]
    fn durations_are_exact() {
        let second = 1_000_000_000;
        assert_eq!(scale("2", second), Some((2, 0)));
        assert_eq!(scale("1.5", second), Some((1, 500_000_000)));
        assert_eq!(scale("0.1", second), Some((0, 100_000_000)));
        assert_eq!(scale("1.000000001", second), Some((1, 1)));
        assert_eq!(scale("2.5e3", 1_000_000), Some((2, 500_000_000)));
        assert_eq!(scale("25e-1", second), Some((2, 500_000_000)));
        assert_eq!(scale("18446744073709551615", second), Some((u64::MAX, 0)));
        assert_eq!(scale("18446744073709551616", second), None);
        assert_eq!(scale("1e99", second), None);
        assert_eq!(scale("1e-99", second), Some((0, 0)));
    }

    #[test]
    fn a_slip_finds_its_option() {
        assert_eq!(distance("limit", "limt"), 1);
        assert_eq!(nearest("limt", Gather), Some("limit"));
        assert_eq!(nearest("timout", Gather), Some("timeout"));
        assert_eq!(nearest("returnexceptions", Gather), Some("return_exceptions"));
        assert_eq!(nearest("concurrency", Gather), Some("limit"));
        assert_eq!(nearest("colour", Gather), None);
    }
}
