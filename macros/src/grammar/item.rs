//! One item: a future, or `..` and a collection of futures.

use proc_macro2::Span;
use syn::{Attribute, Expr, ExprRange, RangeLimits, Token, parse::ParseStream};

use super::call::{Call, Item, ItemKind};
use crate::{
    errors,
    options::Macro,
    tokens::{is_group, skip_item},
};

impl Call {
    /// Parses an item, or reports it and skips it.
    pub(super) fn item(&mut self, input: ParseStream<'_>) {
        if let Err(error) = self.parse_item(input) {
            self.errors.push(error);
            skip_item(input);
        }
    }

    /// Parses an item and adds it.
    pub(super) fn parse_item(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if is_group(input) {
            let expr = self.expr(input)?;
            self.add(ItemKind::One, expr);
            return Ok(());
        }
        if input.peek(Token![,]) {
            return Err(input.error(errors::NO_BRANCH));
        }
        if let Some(star) = input.parse::<Option<Token![*]>>()? {
            self.errors.error_at(star.span, errors::STAR);
            let expr = self.expr(input)?;
            self.leftover_exprs.push(expr);
            return Ok(());
        }
        let more_than_two = match input.parse::<Option<Token![...]>>()? {
            Some(dots) => Some(dots.spans[0]),
            None => input
                .parse::<Option<Token![..=]>>()?
                .map(|dots| dots.spans[0]),
        };
        if let Some(span) = more_than_two {
            self.errors.error_at(span, errors::DOTS);
        }
        let dots = input.parse::<Option<Token![..]>>()?;
        match &dots {
            Some(dots) if input.is_empty() || input.peek(Token![,]) || input.peek(Token![=>]) => {
                return Err(syn::Error::new_spanned(dots, errors::NOTHING_SPREAD));
            }
            _ => {}
        }
        let kind = if dots.is_some() || more_than_two.is_some() {
            ItemKind::Spread
        } else {
            ItemKind::One
        };
        let expr = self.expr(input)?;
        self.add(kind, expr);
        Ok(())
    }

    /// Parses the expression of an item.
    fn expr(&self, input: ParseStream<'_>) -> syn::Result<Expr> {
        if self.brace_ends_item {
            Expr::parse_without_eager_brace(input)
        } else {
            input.parse()
        }
    }

    /// Adds an item. Of an expression that cannot be an item, the part that can be checked is added, and the mistake is reported.
    pub(super) fn add(&mut self, kind: ItemKind, expr: Expr) {
        let is_spread = kind.is_spread();
        let expr = match expr {
            Expr::Group(group) => return self.add(kind, *group.expr),
            // Another macro has passed on `..xs` as one expression, and so it was parsed as a range.
            Expr::Range(ExprRange {
                start: None,
                end: Some(end),
                limits: RangeLimits::HalfOpen(_),
                ..
            }) if !is_spread => return self.add(ItemKind::Spread, *end),
            Expr::Range(ExprRange {
                start: Some(start),
                end: None,
                limits,
                ..
            }) => {
                self.errors.error_spanned_by(limits, errors::DOTS);
                return self.add(ItemKind::Spread, *start);
            }
            Expr::Await(awaited) if !is_spread => {
                self.errors
                    .error_at(awaited.await_token.span, errors::AWAITED);
                *awaited.base
            }
            Expr::Let(named) => {
                self.errors.error_at(named.let_token.span, errors::LET);
                *named.expr
            }
            Expr::ForLoop(of) => return self.loop_as_item(of.for_token.span),
            Expr::While(of) => return self.loop_as_item(of.while_token.span),
            Expr::Tuple(tuple) if !tuple.elems.is_empty() => {
                let message = if is_spread {
                    errors::TUPLE_SPREAD
                } else {
                    errors::TUPLE
                };
                self.errors.error_spanned_by(&tuple, message);
                let is_pair = tuple.elems.len() == 2 && !is_spread;
                let mut parts = tuple.elems.into_iter();
                if is_pair {
                    // It may be a key, which is no future.
                    self.leftover_exprs.extend(parts.next());
                }
                return parts.for_each(|part| self.add(ItemKind::One, part));
            }
            expr => expr,
        };
        self.items.push(Item::new(kind, expr));
    }

    /// Reports a loop where a branch is expected.
    fn loop_as_item(&mut self, span: Span) {
        let message = match self.macro_ {
            Macro::AsCompleted => errors::OTHER_LOOP,
            Macro::Gather | Macro::Wait | Macro::TaskGroup => errors::LOOP,
        };
        self.errors.error_at(span, message);
    }

    /// Reports attributes before an item. None is allowed there, because `#[cfg]` would change the number of branches.
    pub(super) fn attributes(&mut self, input: ParseStream<'_>) {
        match input.call(Attribute::parse_outer) {
            Ok(found) => {
                if let Some(first) = found.first() {
                    self.errors.error_spanned_by(first, errors::ATTRIBUTE);
                }
            }
            Err(error) => self.errors.push(error),
        }
    }

    /// Parses the `,` after an item or an option, before which there were `errors` errors.
    pub(super) fn comma(&mut self, input: ParseStream<'_>, errors: usize) {
        if input.is_empty() || input.peek(Token![,]) {
            // This is correct.
        } else if self.errors.len() > errors {
            // The remaining tokens follow from that mistake.
            skip_item(input);
        } else if let Ok(semicolon) = input.parse::<Token![;]>() {
            return self.errors.error_at(semicolon.span, errors::SEMICOLON);
        } else {
            self.errors.error_at(input.span(), errors::NO_COMMA);
            if input.fork().parse::<Expr>().is_ok() {
                self.item(input);
            }
            skip_item(input);
        }
        let _comma = input.parse::<Option<Token![,]>>();
    }
}
