//! Arms: `pattern = future => body`.

use proc_macro2::{Ident, Spacing, Span, TokenStream, TokenTree};
use syn::{Expr, Lit, Stmt, Token, ext::IdentExt, parse::ParseStream, token::Brace};

use super::call::{Arm, Call, Form};
use crate::{
    errors,
    options::{self, Macro},
    tokens::{is_arm, is_option, parse_pattern, skip_item, ungroup},
};

/// Checks whether arms come next: there is a `=>` or an `in` that is not inside of a group.
pub(super) fn is_arms(input: ParseStream<'_>) -> bool {
    let mut last = None;
    for token in input.fork().parse::<TokenStream>().into_iter().flatten() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '>' && last == Some('=') => return true,
            TokenTree::Ident(ident) if ident == "in" => return true,
            TokenTree::Ident(ident) if ident == "for" => return false,
            _ => {}
        }
        last = match &token {
            TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint => Some(punct.as_char()),
            _ => None,
        };
    }
    // It may be an arm without its body.
    is_option(input) && !is_last_option(input)
}

impl Call {
    /// Parses arms and the options after them.
    pub(super) fn arms(&mut self, input: ParseStream<'_>) {
        let mut arms = Vec::new();
        while !input.is_empty() && !is_last_option(input) {
            match self.parse_arm(input) {
                Ok(arm) => arms.extend(arm),
                Err(error) => {
                    self.errors.push(error);
                    skip_item(input);
                    let _comma = input.parse::<Option<Token![,]>>();
                }
            }
        }
        self.form = Form::Arms(arms);
        self.trailing_options(input, errors::AFTER_ARMS);
    }

    /// Parses an arm; returns `None` for a keyword of `select!`, which is reported.
    fn parse_arm(&mut self, input: ParseStream<'_>) -> syn::Result<Option<Arm>> {
        if self.keyword_of_select(input)? {
            return Ok(None);
        }
        self.attributes(input);
        let pat = parse_pattern(input, input.span(), errors::NO_FUTURE)?;
        let is_spread = input.peek(Token![in]);
        let equals = input.span();
        if is_spread {
            input.parse::<Token![in]>()?;
        } else if input.peek(Token![=>]) || input.parse::<Token![=]>().is_err() {
            return Err(syn::Error::new_spanned(pat, errors::NO_FUTURE));
        }
        if input.is_empty() || input.peek(Token![,]) || input.peek(Token![=>]) {
            return Err(syn::Error::new_spanned(pat, errors::NO_FUTURE));
        }
        let (before, items) = (self.errors.len(), self.items.len());
        self.parse_item(input)?;
        let added = self.items.get(items);
        if self.errors.len() == before
            && added.is_some_and(|item| item.kind.is_spread() != is_spread)
        {
            let expr = self.items.pop().map(|item| item.expr);
            if is_spread {
                self.errors.error_spanned_by(&expr, errors::IN_ONE);
            } else {
                self.errors.error_at(equals, errors::EQUALS_MANY);
            }
            self.leftover_exprs.extend(expr);
        }
        let condition = self.condition(input)?;
        if let Some(item) = self.items.get_mut(items) {
            item.condition = condition;
        }
        self.second_branch(input);
        if input.parse::<Token![=>]>().is_err() || input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new_spanned(pat, errors::NO_ARM_BODY));
        }
        let body = self.arm_body(input)?;
        Ok(Some(Arm { pat, body }))
    }

    /// Reports `biased;`, `else =>` and `complete =>`, which only `select!` has. Returns whether one of them came next.
    fn keyword_of_select(&mut self, input: ParseStream<'_>) -> syn::Result<bool> {
        let is = |word| {
            input
                .fork()
                .call(Ident::parse_any)
                .is_ok_and(|name| name == word)
        };
        if is("biased") && input.peek2(Token![;]) {
            let word = input.call(Ident::parse_any)?;
            self.errors.error_spanned_by(word, errors::BIASED);
            input.parse::<Token![;]>()?;
            return Ok(true);
        }
        if (is("else") || is("complete")) && input.peek2(Token![=>]) {
            let word = input.call(Ident::parse_any)?;
            self.errors
                .error_spanned_by(&word, errors::no_last_arm(&word));
            input.parse::<Token![=>]>()?;
            self.arm_body(input)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Parses `, if condition`.
    fn condition(&mut self, input: ParseStream<'_>) -> syn::Result<Option<Expr>> {
        if input.peek(Token![if]) {
            self.errors.error_at(input.span(), errors::GUARD);
        } else if input.peek(Token![,]) && input.peek2(Token![if]) {
            input.parse::<Token![,]>()?;
        } else {
            return Ok(None);
        }
        let word = input.parse::<Token![if]>()?;
        if input.peek(Token![=>]) || input.is_empty() {
            return Err(syn::Error::new(word.span, errors::NO_CONDITION));
        }
        match input.parse()? {
            Expr::Let(of) => {
                self.errors
                    .error_at(of.let_token.span, errors::LET_CONDITION);
                self.leftover_exprs.push(*of.expr);
                Ok(None)
            }
            condition => Ok(Some(condition)),
        }
    }

    /// Reports further branches before the `=>` of an arm.
    fn second_branch(&mut self, input: ParseStream<'_>) {
        let mut is_reported = false;
        while is_second_branch(input) {
            let _comma = input.parse::<Token![,]>();
            let _dots = input.parse::<Option<Token![..]>>();
            if let Ok(expr) = input.parse::<Expr>() {
                if !is_reported {
                    self.errors.error_spanned_by(&expr, errors::SECOND_BRANCH);
                    is_reported = true;
                }
                self.leftover_exprs.push(expr);
            }
        }
    }

    /// Parses the body of an arm, and the `,` after it.
    fn arm_body(&mut self, input: ParseStream<'_>) -> syn::Result<Vec<Stmt>> {
        let is_block = input.peek(Brace);
        let mut body = if is_block {
            self.statements(input)?
        } else {
            vec![Stmt::Expr(input.parse()?, None)]
        };
        match body.last_mut() {
            // The rest of a body that does not parse.
            Some(Stmt::Expr(Expr::Verbatim(_), None)) if is_block => {}
            // A `()` is left out, because clippy warns of a statement without effect.
            Some(Stmt::Expr(value, None)) if is_unit(value) => drop(body.pop()),
            // The value of an arm is dropped.
            Some(Stmt::Expr(_, end @ None)) => *end = Some(Token![;](Span::mixed_site())),
            _ => {}
        }
        if let Ok(semicolon) = input.parse::<Token![;]>() {
            let is_last = is_block || input.is_empty() || input.peek(Token![,]);
            self.errors.error_at(
                semicolon.span,
                if is_last {
                    errors::LAST_SEMICOLON
                } else {
                    errors::ARM_SEMICOLON
                },
            );
            let _comma = input.parse::<Option<Token![,]>>();
        } else if input.parse::<Token![,]>().is_err() && !is_block && !input.is_empty() {
            return Err(input.error(errors::NO_COMMA));
        }
        Ok(body)
    }
}

/// Checks whether `, expr` comes next, and after it the `=>` of this arm.
fn is_second_branch(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    while ahead.parse::<Token![,]>().is_ok() {
        let _dots = ahead.parse::<Option<Token![..]>>();
        match ahead.parse() {
            // This is the next arm.
            Err(_) | Ok(Expr::Assign(_)) => return false,
            Ok(_) if ahead.peek(Token![=>]) => return true,
            Ok(_) => {}
        }
    }
    false
}

/// Checks whether an expression is `()`.
fn is_unit(expr: &Expr) -> bool {
    matches!(ungroup(expr), Expr::Tuple(tuple) if tuple.elems.is_empty())
}

/// Checks whether an option comes next that is not an arm.
///
/// For example, `a = f()` is an arm without its body, because no option has a name like `a`.
fn is_last_option(input: ParseStream<'_>) -> bool {
    if !is_option(input) || is_arm(input) {
        return false;
    }
    let ahead = input.fork();
    let name = ahead.call(Ident::parse_any);
    let is_known = name.is_ok_and(|name| options::is_near(&name, Macro::AsCompleted));
    is_known || ahead.parse::<Token![=]>().is_ok() && ahead.peek(Lit)
}
