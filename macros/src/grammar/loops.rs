//! A loop: `for pat in items { body }`.

use proc_macro2::TokenTree;
use syn::{
    Expr, Ident, Lifetime, Pat, Token,
    ext::IdentExt,
    parenthesized,
    parse::ParseStream,
    token::{Brace, Paren},
};

use super::call::{Call, Form, Loop};
use crate::{
    errors,
    tokens::{is_option, parse_pattern, skip_until},
};

/// Checks whether a loop comes next, with or without a label.
pub(super) fn is_loop(input: ParseStream<'_>) -> bool {
    input.peek(Token![for]) && !input.peek2(Token![<])
        || input.peek(Token![async]) && input.peek2(Token![for])
        || input.peek(Lifetime) && input.peek2(Token![:]) && input.peek3(Token![for])
}

impl Call {
    /// Parses a loop and the options after it.
    pub(super) fn for_loop(&mut self, input: ParseStream<'_>) {
        match self.parse_loop(input) {
            Ok(found) => self.form = Form::Loop(Box::new(found)),
            Err(error) => {
                self.errors.push(error);
                return;
            }
        }
        let _comma = input.parse::<Option<Token![,]>>();
        self.trailing_options(input, errors::AFTER_LOOP);
    }

    fn parse_loop(&mut self, input: ParseStream<'_>) -> syn::Result<Loop> {
        let label = input.parse()?;
        if let Some(word) = input.parse::<Option<Token![async]>>()? {
            self.errors.error_at(word.span, errors::ASYNC_FOR);
        }
        let of = input.parse::<Token![for]>()?;
        if let Some(word) = input.parse::<Option<Token![await]>>()? {
            self.errors.error_at(word.span, errors::FOR_AWAIT);
        }
        let pat = parse_pattern(input, of.span, errors::NO_LOOP_PATTERN)?;
        if is_refutable(&pat) {
            self.errors
                .error_spanned_by(&pat, errors::REFUTABLE_PATTERN);
        }
        let Ok(keyword) = input.parse::<Token![in]>() else {
            return Err(syn::Error::new(of.span, errors::NO_IN));
        };
        let ahead = input.fork();
        let body_alone = input.peek(Brace)
            && ahead.parse::<TokenTree>().is_ok()
            && (ahead.is_empty() || ahead.peek(Token![,]));
        if input.is_empty() || body_alone {
            return Err(syn::Error::new(keyword.span, errors::NO_SOURCE));
        }
        self.loop_source(input)?;
        if has_options_before_body(input) {
            self.options_before_body(input);
        }
        if !input.peek(Brace) {
            let ahead = input.fork();
            let several = ahead.parse::<Token![,]>().is_ok() && !is_option(&ahead);
            let (span, message) = if input.is_empty() {
                (of.span, errors::NO_BODY)
            } else if several && !ahead.is_empty() {
                (input.span(), errors::SEVERAL)
            } else {
                (input.span(), errors::NO_BODY)
            };
            return Err(syn::Error::new(span, message));
        }
        let body = self.statements(input)?;
        Ok(Loop { label, pat, body })
    }

    /// Parses the branches of a loop: one item, or several in parentheses.
    fn loop_source(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let ahead = input.fork();
        if input.peek(Paren)
            && ahead.parse::<TokenTree>().is_ok()
            && (ahead.peek(Brace) || has_options_before_body(&ahead))
        {
            let list;
            parenthesized!(list in input);
            self.list(&list);
            return Ok(());
        }
        self.attributes(input);
        self.brace_ends_item = true;
        let result = self.parse_item(input);
        self.brace_ends_item = false;
        result
    }

    /// Reports options between the branches of a loop and its body, and keeps their values for the compiler to check.
    fn options_before_body(&mut self, input: ParseStream<'_>) {
        let mut is_reported = false;
        while input.parse::<Token![,]>().is_ok() && is_option(input) {
            let name = input.call(Ident::parse_any);
            if let (Ok(name), false) = (name, is_reported) {
                self.errors.error_spanned_by(name, errors::BEFORE_BODY);
                is_reported = true;
            }
            let _equals = input.parse::<Token![=]>();
            match Expr::parse_without_eager_brace(input) {
                // The compiler does not know the units of literals.
                Ok(Expr::Lit(_)) | Err(_) => {}
                Ok(value) => self.leftover_exprs.push(value),
            }
            // The rest of a value that does not parse.
            skip_until(input, |input| input.peek(Token![,]) || input.peek(Brace));
        }
    }
}

/// Checks whether `, name = value` comes next, and braces somewhere after it.
fn has_options_before_body(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    if ahead.parse::<Token![,]>().is_err() || !is_option(&ahead) {
        return false;
    }
    skip_until(&ahead, |input| input.peek(Brace));
    !ahead.is_empty()
}

/// Checks whether a pattern is certainly refutable.
fn is_refutable(pat: &Pat) -> bool {
    match pat {
        Pat::Lit(_) | Pat::Range(_) => true,
        Pat::Ident(name) => name.ident == "None",
        Pat::TupleStruct(of) => of.path.is_ident("Some"),
        _ => false,
    }
}
