//! Tokens to a call: header, items, options.
//!
//! Tolerant: a broken item is reported and passed over, and the others are still there for the compiler to check.

mod forms;
mod header;
#[cfg(test)]
mod tests;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::{
    Attribute, Expr, ExprRange, Ident, RangeLimits, Token, bracketed,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    token::Bracket,
};

pub(crate) use self::forms::{Arm, Form, Loop, Name, Scope};
use crate::{
    errors::{self, Errors},
    missing,
    options::{self, Kind, Macro, Options},
    values::{Raw, Value},
};

/// A call of one of the macros.
pub(crate) struct Call {
    pub(crate) macro_: Macro,
    /// The path of the crate whose macro was called.
    pub(crate) krate: TokenStream,
    /// The sets of the loops around this call, which go on while it awaits.
    pub(crate) outer: Vec<TokenStream>,
    pub(crate) form: Form,
    pub(crate) items: Vec<Item>,
    /// What belongs to a broken item, and is no item itself.
    pub(crate) loose: Vec<Expr>,
    pub(crate) options: Options,
    pub(crate) errors: Errors,
    /// Whether some of its statements do not parse and are left to the compiler.
    is_raw: bool,
    /// Whether missing names were put in.
    pub(crate) names_missing: bool,
    /// Where the options stand, if there are any yet.
    place: Option<Place>,
    /// Whether a `{` ends an item, as at the head of a loop.
    brace_ends: bool,
}

/// An argument.
pub(crate) struct Item {
    /// Whether it is written `..expr`.
    pub(crate) spread: bool,
    pub(crate) expr: Expr,
    /// The condition of an arm, evaluated at the call.
    pub(crate) condition: Option<Expr>,
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
        let tokens: TokenStream = tokens.collect();
        let mut call = Self::of(macro_, krate.clone(), tokens.clone());
        if call.errors.len() == 0 && !call.is_raw {
            return call;
        }
        match missing::put_in(&tokens) {
            None => call,
            Some(tokens) => {
                // These errors may follow from the missing name.
                let _errors = call.errors.report();
                let mut call = Self::of(macro_, krate, tokens);
                call.names_missing = true;
                call
            }
        }
    }

    fn of(macro_: Macro, krate: TokenStream, tokens: TokenStream) -> Self {
        let mut call = Self {
            macro_,
            krate,
            outer: Vec::new(),
            form: Form::List,
            items: Vec::new(),
            loose: Vec::new(),
            options: Options::default(),
            errors: Errors::new(),
            is_raw: false,
            names_missing: false,
            place: None,
            brace_ends: false,
        };
        let parser = |input: ParseStream<'_>| {
            call.outer_sets(input)?;
            if call.header(input).is_ok() {
                call.any_form(input);
            }
            skip(input, |_| false);
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            // What else was wrong may have left something unread, which is nothing new.
            if call.errors.len() == 0 {
                call.errors.push(error);
            }
        }
        call
    }

    /// What a loop around this call has put before it: `@[set]`, once for each loop.
    fn outer_sets(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while input.peek(Token![@]) && input.peek2(Bracket) {
            let set;
            input.parse::<Token![@]>()?;
            bracketed!(set in input);
            self.outer.push(set.parse()?);
        }
        Ok(())
    }

    /// All that comes behind the header.
    fn any_form(&mut self, input: ParseStream<'_>) {
        if self.macro_ == Macro::TaskGroup {
            self.group(input);
        } else if self.macro_ != Macro::AsCompleted {
            self.body(input);
        } else if forms::is_loop(input) {
            self.for_loop(input);
        } else if forms::is_arms(input) {
            self.arms(input);
        } else {
            self.body(input);
        }
    }

    /// An expression, which is an item.
    fn expr(&self, input: ParseStream<'_>) -> syn::Result<Expr> {
        if self.brace_ends {
            Expr::parse_without_eager_brace(input)
        } else {
            input.parse()
        }
    }

    /// Items and options, up to the end.
    fn body(&mut self, input: ParseStream<'_>) {
        let mut late = false;
        while !input.is_empty() {
            let (errors, items) = (self.errors.len(), self.items.len());
            self.attributes(input);
            if forms::is_arm_elsewhere(input, self.macro_) {
                self.errors.at(input.span(), errors::ARMS_ELSEWHERE);
                // So are the others.
                skip(input, |_| false);
            } else if is_option(input) {
                self.option(input, Place::Behind);
            } else if is_colon(input) {
                self.colon(input);
            } else if let (Some(Place::Behind), Some(name)) = (self.place, option_alone(input)) {
                self.option_alone(&name, input);
            } else {
                self.item(input);
            }
            if let (Some(Place::Behind), Some(option), false, Some(item)) = (
                self.place,
                self.options.0.first(),
                late,
                self.items.get(items),
            ) {
                late = true;
                let message = errors::item_after_option(option.spec.name);
                self.errors.on(&item.expr, message);
            }
            self.comma(input, errors);
        }
    }

    /// The `,` behind an item or an option, before which there were so many errors.
    fn comma(&mut self, input: ParseStream<'_>, errors: usize) {
        if input.is_empty() || input.peek(Token![,]) {
            // As it should be.
        } else if self.errors.len() > errors {
            // What comes follows from that.
            skip_item(input);
        } else if let Ok(semicolon) = input.parse::<Token![;]>() {
            return self.errors.at(semicolon.span, errors::SEMICOLON);
        } else {
            self.errors.at(input.span(), errors::NO_COMMA);
            if input.fork().parse::<Expr>().is_ok() {
                self.item(input);
            }
            skip_item(input);
        }
        let _comma = input.parse::<Option<Token![,]>>();
    }

    /// Attributes before an item, where none can stand: the number of branches would depend on what is left out.
    fn attributes(&mut self, input: ParseStream<'_>) {
        match input.call(Attribute::parse_outer) {
            Ok(found) => {
                if let Some(first) = found.first() {
                    self.errors.on(first, errors::ATTRIBUTE);
                }
            }
            Err(error) => self.errors.push(error),
        }
    }

    fn item(&mut self, input: ParseStream<'_>) {
        if let Err(error) = self.parse_item(input) {
            self.errors.push(error);
            skip_item(input);
        }
    }

    fn parse_item(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if is_whole(input) {
            let expr = self.expr(input)?;
            self.add(false, expr);
            return Ok(());
        }
        if input.peek(Token![,]) {
            return Err(input.error(errors::NO_BRANCH));
        }
        if let Some(star) = input.parse::<Option<Token![*]>>()? {
            self.errors.at(star.span, errors::STAR);
            let expr = self.expr(input)?;
            self.loose.push(expr);
            return Ok(());
        }
        let more_than_two = match input.parse::<Option<Token![...]>>()? {
            Some(dots) => Some(dots.spans[0]),
            None => input
                .parse::<Option<Token![..=]>>()?
                .map(|dots| dots.spans[0]),
        };
        if let Some(place) = more_than_two {
            self.errors.at(place, errors::DOTS);
        }
        let dots = input.parse::<Option<Token![..]>>()?;
        match &dots {
            Some(dots) if input.is_empty() || input.peek(Token![,]) || input.peek(Token![=>]) => {
                return Err(syn::Error::new_spanned(dots, errors::NOTHING_SPREAD));
            }
            _ => {}
        }
        let expr = self.expr(input)?;
        self.add(dots.is_some() || more_than_two.is_some(), expr);
        Ok(())
    }

    /// Adds an item, or what of it can be checked if it is none.
    fn add(&mut self, spread: bool, expr: Expr) {
        let expr = match expr {
            Expr::Group(group) => return self.add(spread, *group.expr),
            // Handed through another macro in one piece, it was parsed as a range.
            Expr::Range(ExprRange {
                start: None,
                end: Some(end),
                limits: RangeLimits::HalfOpen(_),
                ..
            }) if !spread => return self.add(true, *end),
            Expr::Range(ExprRange {
                start: Some(start),
                end: None,
                limits,
                ..
            }) => {
                self.errors.on(limits, errors::DOTS);
                return self.add(true, *start);
            }
            Expr::Await(awaited) if !spread => {
                self.errors.at(awaited.await_token.span, errors::AWAITED);
                *awaited.base
            }
            Expr::Let(named) => {
                self.errors.at(named.let_token.span, errors::LET);
                *named.expr
            }
            Expr::ForLoop(of) => return self.loop_item(of.for_token.span),
            Expr::While(of) => return self.loop_item(of.while_token.span),
            Expr::Tuple(tuple) if !tuple.elems.is_empty() => {
                self.errors.on(&tuple, errors::TUPLE);
                return tuple
                    .elems
                    .into_iter()
                    .for_each(|part| self.add(false, part));
            }
            expr => expr,
        };
        self.items.push(Item {
            spread,
            expr,
            condition: None,
        });
    }

    fn loop_item(&mut self, place: Span) {
        let message = match self.macro_ {
            Macro::AsCompleted => errors::OTHER_LOOP,
            _ => errors::LOOP,
        };
        self.errors.at(place, message);
    }

    /// `name: value`.
    fn colon(&mut self, input: ParseStream<'_>) {
        if let (Ok(name), colon) = (input.call(Ident::parse_any), input.span()) {
            self.errors.at(colon, errors::equals(&name));
        }
    }

    /// Reports the name of an option without a value.
    fn option_alone(&mut self, name: &Ident, input: ParseStream<'_>) {
        self.errors.on(name, errors::no_equals(name));
        let _name = input.call(Ident::parse_any);
    }

    /// `name = value`; what is wrong with it is reported. The stream is behind it, or behind what can be read of it.
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
        let spec = if self.place.is_some_and(|first| first != place) {
            self.errors.on(&name, errors::BOTH_PLACES);
            None
        } else {
            self.options.admit(&name, self.macro_, &mut self.errors)
        };
        self.place = Some(place);
        let before = self.errors.len();
        let kind = options::kind_of(&name);
        let mut rest = None;
        let raw = match place {
            Place::Behind => value(input, equals, kind),
            // It ends by itself, and its angle brackets are no comparisons.
            Place::Header if kind == Kind::Type && !input.peek(Token![>]) => {
                value(input, equals, kind)
            }
            Place::Header => header::value(input).and_then(|tokens| {
                let parser = |input: ParseStream<'_>| {
                    let raw = value(input, equals, kind)?;
                    rest = (!input.is_empty()).then(|| input.span());
                    skip(input, |_| false);
                    Ok(raw)
                };
                parser.parse2(tokens)
            }),
        };
        match (spec, raw) {
            (Some(spec), Ok(raw)) => {
                if let Some(value) = Value::new(spec, raw, &mut self.errors) {
                    self.options.add(name, spec, value);
                }
            }
            (Some(_), Err(error)) => self.errors.push(error),
            (None, _) => {}
        }
        match rest {
            Some(rest) if spec.is_some() && self.errors.len() == before => {
                self.errors.at(rest, errors::NO_COMMA);
            }
            _ => {}
        }
    }
}

/// The value of an option, which begins here.
fn value(input: ParseStream<'_>, equals: Span, kind: Kind) -> syn::Result<Raw> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(equals, errors::NO_VALUE));
    }
    Raw::parse(kind, input)
}

/// What an expression is when the invisible parentheses are gone that another macro has put around it.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => bare(&group.expr),
        expr => expr,
    }
}

/// Whether what comes next was handed through another macro in one piece: whatever it begins with, it is an expression.
fn is_whole(input: ParseStream<'_>) -> bool {
    input.cursor().group(Delimiter::None).is_some()
}

/// Whether `name =` comes next.
fn is_option(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any)
        && input.peek2(Token![=])
        && !input.peek2(Token![==])
        && !input.peek2(Token![=>])
}

/// Whether `name:` comes next, which no expression begins with.
fn is_colon(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::])
}

/// Returns the name of an option, if one without a value comes next.
fn option_alone(input: ParseStream<'_>) -> Option<Ident> {
    let ahead = input.fork();
    let name = ahead.call(Ident::parse_any).ok()?;
    let known = options::TABLE.iter().any(|spec| name == spec.name);
    (known && (ahead.is_empty() || ahead.peek(Token![,]))).then_some(name)
}

/// Passes over tokens up to one that `stop` knows.
fn skip(input: ParseStream<'_>, stop: impl Fn(ParseStream<'_>) -> bool) {
    while !input.is_empty() && !stop(input) {
        if input.peek(Token![->]) || input.peek(Token![=>]) {
            let _dash = input.parse::<TokenTree>();
        }
        let _token = input.parse::<TokenTree>();
    }
}

/// Passes over the rest of an item.
fn skip_item(input: ParseStream<'_>) {
    skip(input, |input| input.peek(Token![,]));
}
