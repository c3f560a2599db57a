//! The values of options. Each function parses one kind of value, or returns the mistake in it.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{
    Expr, ExprLit, ExprUnary, Ident, Lit, PathArguments, Token, Type, UnOp,
    parse::{Parse, ParseStream, discouraged::Speculative},
    spanned::Spanned,
    token::{Brace, Paren},
};

use crate::{
    errors::{self, list},
    tokens::ungroup,
};

/// A duration as it is written.
pub(crate) enum Duration {
    /// A number with a unit, for example `1.5s`.
    Literal { seconds: u64, nanoseconds: u32 },
    /// An expression of type [`std::time::Duration`].
    Value(Expr),
}

/// A number, at least 1.
pub(crate) struct Count {
    pub(crate) expr: Expr,
    /// The number, if it is written as a literal.
    pub(crate) literal: Option<usize>,
}

/// The condition under which `wait!` returns. A span is where the name is written.
pub(crate) enum When {
    AllCompleted,
    FirstCompleted,
    Completed(Expr),
    /// `SUCCEEDED(n)`, or `FIRST_SUCCESS` without a number.
    Succeeded(Span, Option<Expr>),
    /// `FAILED(n)`, or `FIRST_EXCEPTION` without a number.
    Failed(Span, Option<Expr>),
    /// The predicate of `UNTIL(predicate)`.
    Until(Expr),
}

fn error<T>(tokens: impl ToTokens, message: impl std::fmt::Display) -> syn::Result<T> {
    Err(syn::Error::new_spanned(tokens, message))
}

/// Parses the type of an error.
pub(crate) fn error_type(input: ParseStream<'_>) -> syn::Result<Type> {
    let span = input.span();
    match Type::parse(input) {
        Ok(ty) if !is_call(&ty) && !is_beginning_of_value(input) => sized(ty),
        _ => Err(syn::Error::new(span, errors::NOT_A_TYPE)),
    }
}

/// Returns an error if a type has no size.
pub(crate) fn sized(ty: Type) -> syn::Result<Type> {
    if is_unsized(&ty) {
        return error(ty, errors::UNSIZED);
    }
    Ok(ty)
}

/// Checks whether a call was parsed as a type, for example `AppError::new()`.
fn is_call(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let last = path.path.segments.last();
    last.is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
}

/// Checks whether the tokens after a type show that it was the beginning of a value, for example of `AppError { code: 1 }`.
fn is_beginning_of_value(input: ParseStream<'_>) -> bool {
    input.peek(Paren) || input.peek(Brace) || input.peek(Token![.])
}

/// Checks whether a type looks like one without a size.
fn is_unsized(ty: &Type) -> bool {
    match ty {
        Type::TraitObject(_) | Type::Slice(_) => true,
        Type::Path(path) => path.path.is_ident("str"),
        Type::Group(group) => is_unsized(&group.elem),
        Type::Paren(paren) => is_unsized(&paren.elem),
        _ => false,
    }
}

/// Parses the literal `true` or `false`, the value of the option `name`.
pub(crate) fn flag(name: &str, input: ParseStream<'_>) -> syn::Result<bool> {
    let value = Expr::parse(input)?;
    match ungroup(&value) {
        Expr::Lit(ExprLit {
            lit: Lit::Bool(flag),
            ..
        }) => Ok(flag.value),
        _ => error(value, errors::not_a_flag(name)),
    }
}

/// Parses an expression that is not a literal below 1, the value of the option `name`.
pub(crate) fn count(name: &str, input: ParseStream<'_>) -> syn::Result<Count> {
    let value = Expr::parse(input)?;
    let wrong = match ungroup(&value) {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => {
            if !matches!(number.suffix(), "" | "usize") {
                errors::not_a_count(name)
            } else if number
                .base10_parse::<u128>()
                .is_ok_and(|number| number == 0)
            {
                errors::count_zero(name)
            } else {
                let literal = number.base10_parse().ok();
                return Ok(Count {
                    expr: value,
                    literal,
                });
            }
        }
        Expr::Lit(_) => errors::not_a_count(name),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) if is_number(ungroup(expr)) => errors::count_zero(name),
        _ => {
            return Ok(Count {
                expr: value,
                literal: None,
            });
        }
    };
    error(value, wrong)
}

/// Parses a condition of `wait!`.
pub(crate) fn when(input: ParseStream<'_>) -> syn::Result<When> {
    when_of(Expr::parse(input)?)
}

fn when_of(value: Expr) -> syn::Result<When> {
    let named = |name: &Expr, word| matches!(name, Expr::Path(name) if name.path.is_ident(word));
    match value {
        Expr::Group(group) => when_of(*group.expr),
        value if named(&value, "ALL_COMPLETED") => Ok(When::AllCompleted),
        value if named(&value, "FIRST_COMPLETED") => Ok(When::FirstCompleted),
        value if named(&value, "FIRST_EXCEPTION") => Ok(When::Failed(value.span(), None)),
        value if named(&value, "FIRST_SUCCESS") => Ok(When::Succeeded(value.span(), None)),
        Expr::Call(mut call) => {
            let when: fn(Span, Expr) -> When = match &*call.func {
                name if named(name, "COMPLETED") => |_, count| When::Completed(count),
                name if named(name, "SUCCEEDED") => |span, n| When::Succeeded(span, Some(n)),
                name if named(name, "FAILED") => |span, n| When::Failed(span, Some(n)),
                name if named(name, "UNTIL") => |_, predicate| When::Until(predicate),
                _ => return error(call, errors::BAD_WHEN),
            };
            match call.args.pop() {
                Some(argument) if call.args.is_empty() => Ok(when(call.func.span(), argument)),
                _ => error(call, errors::BAD_WHEN),
            }
        }
        value => error(value, errors::BAD_WHEN),
    }
}

/// Parses a future, which is not a literal.
pub(crate) fn until(input: ParseStream<'_>) -> syn::Result<Expr> {
    let value = Expr::parse(input)?;
    unit_after_value(&value, input)?;
    match ungroup(&value) {
        Expr::Lit(_) => error(value, errors::NOT_A_SIGNAL),
        _ => Ok(value),
    }
}

/// A unit of durations.
struct Unit {
    name: &'static str,
    nanoseconds: u128,
    /// Names that users may write instead.
    aliases: &'static [&'static str],
    /// The expression that makes a duration of `n` units.
    made_by: &'static str,
}

const UNITS: &[Unit] = &[
    Unit {
        name: "ns",
        nanoseconds: 1,
        aliases: &["nanos", "nsec", "nsecs"],
        made_by: "Duration::from_nanos(n)",
    },
    Unit {
        name: "us",
        nanoseconds: 1_000,
        aliases: &["\u{b5}s", "\u{3bc}s", "micros", "usec", "usecs"],
        made_by: "Duration::from_micros(n)",
    },
    Unit {
        name: "ms",
        nanoseconds: 1_000_000,
        aliases: &["millis", "msec", "msecs"],
        made_by: "Duration::from_millis(n)",
    },
    Unit {
        name: "s",
        nanoseconds: 1_000_000_000,
        aliases: &["sec", "secs", "second", "seconds", "S"],
        made_by: "Duration::from_secs(n)",
    },
    Unit {
        name: "min",
        nanoseconds: 60_000_000_000,
        aliases: &["m", "mins", "minute", "minutes"],
        made_by: "Duration::from_secs(60 * n)",
    },
    Unit {
        name: "h",
        nanoseconds: 3_600_000_000_000,
        aliases: &["hr", "hrs", "hour", "hours", "H"],
        made_by: "Duration::from_secs(3600 * n)",
    },
];

impl Unit {
    /// Returns the unit with this name or alias.
    fn meant_by(word: &str) -> Option<&'static Self> {
        let mut units = UNITS.iter();
        units.find(|unit| unit.name == word || unit.aliases.contains(&word))
    }
}

/// Parses a number with a unit, or another expression.
pub(crate) fn duration(input: ParseStream<'_>) -> syn::Result<Duration> {
    let value = Expr::parse(input)?;
    unit_after_value(&value, input)?;
    let (digits, unit) = match ungroup(&value) {
        Expr::Lit(ExprLit {
            lit: Lit::Int(lit), ..
        }) => (lit.base10_digits().to_owned(), lit.suffix().to_owned()),
        Expr::Lit(ExprLit {
            lit: Lit::Float(lit),
            ..
        }) => (lit.base10_digits().to_owned(), lit.suffix().to_owned()),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) if is_number(ungroup(expr)) => return error(value, errors::NEGATIVE),
        Expr::Lit(_) => return error(value, errors::NOT_A_DURATION),
        _ => return Ok(Duration::Value(value)),
    };
    if unit.is_empty() {
        return error(value, errors::no_unit(&digits));
    }
    let Some(unit) = UNITS.iter().find(|known| known.name == unit) else {
        return error(value, unknown_unit(&unit, &digits));
    };
    let Some((seconds, nanoseconds)) = scale(&digits, unit.nanoseconds) else {
        return error(value, errors::TOO_LONG);
    };
    Ok(Duration::Literal {
        seconds,
        nanoseconds,
    })
}

/// Returns an error if a unit follows a value that is not a literal, as in `n s`, and skips the unit.
fn unit_after_value(value: &Expr, input: ParseStream<'_>) -> syn::Result<()> {
    let ahead = input.fork();
    let (Ok(word), false) = (ahead.parse::<Ident>(), matches!(value, Expr::Lit(_))) else {
        return Ok(());
    };
    match Unit::meant_by(&word.to_string()) {
        Some(unit) if ahead.is_empty() || ahead.peek(Token![,]) => {
            input.advance_to(&ahead);
            let message = errors::unit_of_a_value(unit.made_by);
            Err(syn::Error::new(word.span(), message))
        }
        _ => Ok(()),
    }
}

pub(crate) fn unknown_unit(unit: &str, digits: &str) -> String {
    if let Some(meant) = Unit::meant_by(unit) {
        return format!("unknown unit `{unit}`: write `{digits}{}`", meant.name);
    }
    let units: Vec<_> = (UNITS.iter())
        .map(|unit| format!("`{}`", unit.name))
        .collect();
    format!("unknown unit `{unit}`: use {}", list(&units, "or"))
}

fn is_number(value: &Expr) -> bool {
    matches!(
        value,
        Expr::Lit(ExprLit {
            lit: Lit::Int(_) | Lit::Float(_),
            ..
        })
    )
}

/// Converts a decimal number of units, each `unit` nanoseconds long, to seconds and nanoseconds. The result is exact, except that
/// digits below a nanosecond are cut off. Returns `None` if it is too large.
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

#[cfg(test)]
mod tests {
    use super::scale;

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
}
