//! Tokens to a call: header, items, options.
//!
//! Tolerant: a broken item is reported and passed over, and the others are still there for the compiler to check.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::{
    Expr, ExprRange, Ident, RangeLimits, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    spanned::Spanned,
};

use crate::{
    errors::{self, Errors},
    options::{self, Macro, Options, Raw, Value, header_value},
};

/// A call of one of the macros.
pub(crate) struct Call {
    pub(crate) macro_: Macro,
    /// The path of the crate whose macro was called.
    pub(crate) krate: TokenStream,
    pub(crate) items: Vec<Item>,
    pub(crate) options: Options,
    pub(crate) errors: Errors,
    /// Where the options stand, if there are any yet.
    place: Option<Place>,
}

/// An argument.
pub(crate) struct Item {
    /// Whether it is written `..expr`.
    pub(crate) spread: bool,
    pub(crate) expr: Expr,
}

impl Item {
    /// A spread that was parsed as a range.
    fn spread(range: Expr) -> Self {
        match range {
            Expr::Group(group) => Self::spread(*group.expr),
            Expr::Range(ExprRange { end: Some(end), .. }) => Self {
                spread: true,
                expr: *end,
            },
            expr => Self { spread: true, expr },
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Header,
    Behind,
}

impl Call {
    /// Parses what stands between the parentheses, behind the path of the crate.
    pub(crate) fn parse(macro_: Macro, input: TokenStream) -> Self {
        let mut tokens = input.into_iter();
        let krate = match tokens.next() {
            Some(TokenTree::Group(path)) => path.stream(),
            _ => unreachable!("the public macro hands its `$crate` on"),
        };
        let mut call = Self {
            macro_,
            krate,
            items: Vec::new(),
            options: Options::default(),
            errors: Errors::new(),
            place: None,
        };
        let parser = |input: ParseStream<'_>| {
            if call.header(input).is_ok() {
                call.body(input);
            }
            skip(input, |_| false);
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens.collect()) {
            call.errors.push(error);
        }
        call
    }

    /// `<Type, name = value, ..>`. An error is one that leaves open where the header ends.
    fn header(&mut self, input: ParseStream<'_>) -> Result<(), ()> {
        let Ok(open) = input.parse::<Token![<]>() else {
            return Ok(());
        };
        let mut first = true;
        while !input.peek(Token![>]) {
            if is_option(input) {
                self.option(input, Place::Header);
            } else if first && !input.is_empty() {
                match input.parse() {
                    Ok(ty) => self.header_type(ty),
                    Err(error) => {
                        self.errors.push(error);
                        return Err(());
                    }
                }
            } else if !input.is_empty() {
                self.errors.at(input.span(), errors::NOT_AN_OPTION);
                return Err(());
            }
            first = false;
            if input.peek(Token![,]) {
                let _comma = input.parse::<Token![,]>();
            } else if !input.peek(Token![>]) {
                let qualified = input.peek(Token![as]);
                let message = if qualified { errors::NEEDS_HEADER } else { errors::UNCLOSED };
                self.errors.at(open.span, message);
                return Err(());
            }
        }
        if is_qualified(input) {
            self.errors.at(open.span, errors::NEEDS_HEADER);
            return Err(());
        }
        let _close = input.parse::<Token![>]>();
        Ok(())
    }

    fn header_type(&mut self, ty: Type) {
        let name = Ident::new("error", ty.span());
        if self.macro_.takes_error() {
            let spec = self.options.admit(&name, self.macro_, &mut self.errors);
            self.options.add(name, spec.expect("it is the first option"), Value::Type(ty));
        } else {
            self.errors.on(ty, errors::no_error_type(self.macro_));
        }
    }

    /// Items and options, up to the end.
    fn body(&mut self, input: ParseStream<'_>) {
        while !input.is_empty() {
            if is_option(input) {
                self.option(input, Place::Behind);
            } else {
                self.item(input);
            }
            if input.is_empty() {
                break;
            }
            if !input.peek(Token![,]) {
                self.errors.at(input.span(), errors::NO_COMMA);
                skip_item(input);
            }
            let _comma = input.parse::<Token![,]>();
        }
    }

    fn item(&mut self, input: ParseStream<'_>) {
        match self.parse_item(input) {
            Ok(item) => {
                if let (Some(Place::Behind), Some(option)) = (self.place, self.options.0.first()) {
                    let message = errors::item_after_option(option.spec.name);
                    self.errors.on(&item.expr, message);
                } else if let (false, Expr::Await(awaited)) = (item.spread, bare(&item.expr)) {
                    self.errors.at(awaited.await_token.span, errors::AWAITED);
                } else {
                    self.items.push(item);
                }
            }
            Err(error) => {
                self.errors.push(error);
                skip_item(input);
            }
        }
    }

    fn parse_item(&mut self, input: ParseStream<'_>) -> syn::Result<Item> {
        if input.peek(Token![*]) {
            return Err(input.error(errors::STAR));
        }
        if input.peek(Token![,]) {
            return Err(input.error(errors::NO_BRANCH));
        }
        let dots = input.parse::<Option<Token![..]>>()?;
        if let Some(dots) = &dots
            && (input.is_empty() || input.peek(Token![,]))
        {
            return Err(syn::Error::new_spanned(dots, errors::NOTHING_SPREAD));
        }
        let expr = input.parse()?;
        Ok(match (dots, expr) {
            (None, expr) if is_spread(&expr) => Item::spread(expr),
            (dots, expr) => Item {
                spread: dots.is_some(),
                expr,
            },
        })
    }

    /// `name = value`; what is wrong with it is reported, and the stream is behind it.
    fn option(&mut self, input: ParseStream<'_>, place: Place) {
        let parsed = (|| {
            let name = Ident::parse_any(input)?;
            let equals = input.parse::<Token![=]>()?;
            Ok((name, equals.span))
        })();
        let (name, equals) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return self.errors.push(error),
        };
        let misplaced = *self.place.get_or_insert(place) != place;
        if misplaced {
            self.errors.on(&name, errors::BOTH_PLACES);
        }
        let spec = match misplaced {
            true => None,
            false => self.options.admit(&name, self.macro_, &mut self.errors),
        };
        let kind = options::kind_of(&name);
        let value = match place {
            Place::Header => header_value(input).and_then(|value| match value.is_empty() {
                true => Err(syn::Error::new(equals, errors::NO_VALUE)),
                false => (|input: ParseStream<'_>| Raw::parse(kind, input)).parse2(value),
            }),
            Place::Behind if input.is_empty() || input.peek(Token![,]) => {
                Err(syn::Error::new(equals, errors::NO_VALUE))
            }
            Place::Behind => Raw::parse(kind, input).inspect_err(|_| skip_item(input)),
        };
        let Some(spec) = spec else { return };
        match value {
            Ok(raw) => {
                if let Some(value) = Value::new(spec, raw, &mut self.errors) {
                    self.options.add(name, spec, value);
                }
            }
            Err(error) => self.errors.push(error),
        }
    }
}

/// What an expression is when the invisible parentheses are gone that another macro has put around it.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => bare(&group.expr),
        expr => expr,
    }
}

/// Whether an expression is a spread: handed through another macro in one piece, it has been parsed as a range.
fn is_spread(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Range(range) => {
            range.start.is_none()
                && range.end.is_some()
                && matches!(range.limits, RangeLimits::HalfOpen(_))
        }
        _ => false,
    }
}

/// Whether `name =` comes next.
fn is_option(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any)
        && input.peek2(Token![=])
        && !input.peek2(Token![==])
        && !input.peek2(Token![=>])
}

/// Whether `>::` comes next, without a space: no header ends like this.
fn is_qualified(input: ParseStream<'_>) -> bool {
    let close = input.cursor().punct();
    close.is_some_and(|(close, rest)| {
        close.spacing() == Spacing::Joint
            && rest.punct().is_some_and(|(next, _)| next.as_char() == ':')
    })
}

/// Passes over tokens up to one that `stop` knows.
fn skip(input: ParseStream<'_>, stop: impl Fn(ParseStream<'_>) -> bool) {
    while !input.is_empty() && !stop(input) {
        let _token = input.parse::<TokenTree>();
    }
}

/// Passes over the rest of an item.
fn skip_item(input: ParseStream<'_>) {
    skip(input, |input| input.peek(Token![,]));
}
