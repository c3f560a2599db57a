//! The values of options: each becomes what its kind says, or a mistake.

use proc_macro2::Span;
use syn::{
    Expr, ExprLit, ExprUnary, Ident, Lit, PathArguments, Token, Type, UnOp,
    parse::{Parse, ParseStream, discouraged::Speculative},
    spanned::Spanned,
    token::{Brace, Paren},
};

use crate::{
    errors::{self, Errors},
    grammar::bare,
    options::{Kind, Spec},
};

/// A duration as it is written.
pub(crate) enum Duration {
    Literal { seconds: u64, nanoseconds: u32 },
    Value(Expr),
}

/// When `wait!` returns.
pub(crate) enum When {
    AllCompleted,
    FirstCompleted,
    FirstException(Span),
    FirstSuccess(Span),
    Completed(Expr),
}

/// A value that has the kind of its option.
pub(crate) enum Value {
    Duration(Duration),
    Count(Expr),
    Flag(bool),
    When(When),
    Type(Type),
}

/// A value before it is known what it should be.
pub(crate) enum Raw {
    Expr(Expr),
    Type(Type),
}

impl Raw {
    pub(crate) fn parse(kind: Kind, input: ParseStream<'_>) -> syn::Result<Self> {
        match kind {
            Kind::Type => {
                let place = input.span();
                match Type::parse(input) {
                    Ok(ty) if !is_call(&ty) && !goes_on(input) => Ok(Self::Type(ty)),
                    _ => Err(syn::Error::new(place, errors::NOT_A_TYPE)),
                }
            }
            Kind::Duration => {
                let value = Expr::parse(input)?;
                loose_unit(&value, input)?;
                Ok(Self::Expr(value))
            }
            _ => Expr::parse(input).map(Self::Expr),
        }
    }
}

impl Value {
    /// Makes a value of its kind, or says what is wrong with it.
    pub(crate) fn new(spec: &Spec, raw: Raw, errors: &mut Errors) -> Option<Self> {
        let value = match raw {
            Raw::Type(ty) if is_unsized(&ty) => {
                errors.on(ty, errors::UNSIZED);
                return None;
            }
            Raw::Type(ty) => return Some(Self::Type(ty)),
            Raw::Expr(value) => value,
        };
        match spec.kind {
            Kind::Duration => duration(value, errors).map(Self::Duration),
            Kind::Count => count(value, errors).map(Self::Count),
            Kind::Flag => {
                if let Expr::Lit(ExprLit {
                    lit: Lit::Bool(flag),
                    ..
                }) = bare(&value)
                {
                    return Some(Self::Flag(flag.value));
                }
                errors.on(value, errors::not_a_flag(spec.name));
                None
            }
            Kind::When => when(value, errors).map(Self::When),
            Kind::Type => unreachable!("types are parsed as such"),
        }
    }
}

/// Returns whether a call was parsed as a type, for example `AppError::new()`.
fn is_call(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let last = path.path.segments.last();
    last.is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
}

/// Returns whether the tokens after a type show that it was the beginning of a value.
fn goes_on(input: ParseStream<'_>) -> bool {
    input.peek(Paren) || input.peek(Brace) || input.peek(Token![.])
}

/// Whether a type looks like one without a size.
fn is_unsized(ty: &Type) -> bool {
    match ty {
        Type::TraitObject(_) | Type::Slice(_) => true,
        Type::Path(path) => path.path.is_ident("str"),
        Type::Group(group) => is_unsized(&group.elem),
        Type::Paren(paren) => is_unsized(&paren.elem),
        _ => false,
    }
}

fn count(value: Expr, errors: &mut Errors) -> Option<Expr> {
    let wrong = match bare(&value) {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => {
            if !matches!(number.suffix(), "" | "usize") {
                errors::NOT_A_COUNT
            } else if number
                .base10_parse::<u128>()
                .is_ok_and(|number| number == 0)
            {
                errors::LIMIT_ZERO
            } else {
                return Some(value);
            }
        }
        Expr::Lit(_) => errors::NOT_A_COUNT,
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) if is_number(bare(expr)) => errors::LIMIT_ZERO,
        _ => return Some(value),
    };
    errors.on(value, wrong);
    None
}

fn when(value: Expr, errors: &mut Errors) -> Option<When> {
    let named = |name: &Expr, word| matches!(name, Expr::Path(name) if name.path.is_ident(word));
    match value {
        Expr::Group(group) => return when(*group.expr, errors),
        value if named(&value, "ALL_COMPLETED") => return Some(When::AllCompleted),
        value if named(&value, "FIRST_COMPLETED") => return Some(When::FirstCompleted),
        value if named(&value, "FIRST_EXCEPTION") => {
            return Some(When::FirstException(value.span()));
        }
        value if named(&value, "FIRST_SUCCESS") => return Some(When::FirstSuccess(value.span())),
        Expr::Call(call) if named(&call.func, "COMPLETED") && call.args.len() == 1 => {
            return call.args.into_iter().next().map(When::Completed);
        }
        value => errors.on(value, errors::BAD_WHEN),
    }
    None
}

/// A unit of durations.
pub(crate) struct Unit {
    pub(crate) name: &'static str,
    nanoseconds: u128,
    /// Other names for it.
    aliases: &'static [&'static str],
    /// The expression that makes a duration of `n` units.
    made_by: &'static str,
}

pub(crate) const UNITS: &[Unit] = &[
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
    /// Returns the unit that a word means.
    fn meant_by(word: &str) -> Option<&'static Self> {
        let mut units = UNITS.iter();
        units.find(|unit| unit.name == word || unit.aliases.contains(&word))
    }
}

/// Returns an error if a unit follows a value that is no literal, and skips the unit.
fn loose_unit(value: &Expr, input: ParseStream<'_>) -> syn::Result<()> {
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

fn duration(value: Expr, errors: &mut Errors) -> Option<Duration> {
    let (digits, unit) = match bare(&value) {
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
        }) if is_number(bare(expr)) => {
            errors.on(value, errors::NEGATIVE);
            return None;
        }
        Expr::Lit(_) => {
            errors.on(value, errors::NOT_A_DURATION);
            return None;
        }
        _ => return Some(Duration::Value(value)),
    };
    if unit.is_empty() {
        errors.on(value, errors::no_unit(&digits));
        return None;
    }
    let Some(unit) = UNITS.iter().find(|known| known.name == unit) else {
        let meant = Unit::meant_by(&unit).map(|unit| unit.name);
        errors.on(value, errors::unknown_unit(&unit, &digits, meant));
        return None;
    };
    let Some((seconds, nanoseconds)) = scale(&digits, unit.nanoseconds) else {
        errors.on(value, errors::TOO_LONG);
        return None;
    };
    Some(Duration::Literal {
        seconds,
        nanoseconds,
    })
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
