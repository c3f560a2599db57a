//! `<..>`: the error type and options, before the branches.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use quote::quote;
use syn::{Token, Type, ext::IdentExt, parse::ParseStream, spanned::Spanned};

use super::{Call, Place, is_colon, is_option, is_whole, skip};
use crate::{
    errors, options,
    values::{Raw, Value},
};

impl Call {
    /// `<Type, name = value, ..>`. An error is one that leaves open where the header ends.
    pub(super) fn header(&mut self, input: ParseStream<'_>) -> Result<(), ()> {
        if is_whole(input) {
            return Ok(());
        }
        let Ok(open) = input.parse::<Token![<]>() else {
            return Ok(());
        };
        let before = self.errors.len();
        let mut first = true;
        while !input.peek(Token![>]) {
            self.header_part(input, first);
            let wrong = if input.is_empty() {
                Some(errors::UNCLOSED)
            } else if first && input.peek(Token![as]) {
                Some(errors::NEEDS_HEADER)
            } else {
                None
            };
            if let Some(wrong) = wrong {
                self.errors.instead(before, open.span, wrong);
                return Err(());
            }
            let _comma = input.parse::<Option<Token![,]>>();
            first = false;
        }
        if is_qualified(input) {
            self.errors.instead(before, open.span, errors::NEEDS_HEADER);
            return Err(());
        }
        let _close = input.parse::<Token![>]>();
        if let Ok(Some(comma)) = input.parse::<Option<Token![,]>>() {
            self.errors.at(comma.span, errors::HEADER_COMMA);
        }
        Ok(())
    }

    /// The error type or an option; the stream is behind it then, at a `,` or a `>`, unless there is an `as`.
    fn header_part(&mut self, input: ParseStream<'_>, first: bool) {
        let before = self.errors.len();
        if is_option(input) {
            self.option(input, Place::Header);
        } else if is_colon(input) {
            self.colon(input);
        } else if is_option_alone(input) {
            if let Ok(name) = input.call(Ident::parse_any) {
                self.errors.on(&name, errors::no_equals(&name));
            }
        } else {
            let place = input.span();
            match input.parse() {
                Ok(ty) => self.header_type(ty, first),
                Err(_) if first => self.errors.at(place, errors::NO_HEADER_PART),
                Err(_) => self.errors.at(place, errors::NOT_AN_OPTION),
            }
        }
        let ends = |input: ParseStream<'_>| {
            input.peek(Token![,]) || input.peek(Token![>]) || first && input.peek(Token![as])
        };
        if !ends(input) && self.errors.len() == before {
            self.errors.at(input.span(), errors::NO_COMMA);
        }
        skip(input, ends);
    }

    fn header_type(&mut self, ty: Type, first: bool) {
        let name = Ident::new("error", ty.span());
        if !self.macro_.takes_error() {
            self.errors.on(ty, errors::no_error_type(self.macro_));
        } else if let Some(spec) = self.options.admit(&name, self.macro_, &mut self.errors) {
            if !first {
                self.errors.on(&ty, errors::TYPE_FIRST);
            }
            if let Some(value) = Value::new(spec, Raw::Type(ty), &mut self.errors) {
                self.options.add(name, spec, value);
            }
        }
    }
}

/// Whether the name of an option comes next, and nothing with it.
fn is_option_alone(input: ParseStream<'_>) -> bool {
    let name = input.fork().call(Ident::parse_any);
    name.is_ok_and(|name| options::TABLE.iter().any(|spec| name == spec.name))
        && (input.peek2(Token![,]) || input.peek2(Token![>]))
}

/// Whether `>::` comes next, without a space: no header ends like this.
fn is_qualified(input: ParseStream<'_>) -> bool {
    let close = input.cursor().punct();
    close.is_some_and(|(close, rest)| {
        close.spacing() == Spacing::Joint
            && rest.punct().is_some_and(|(next, _)| next.as_char() == ':')
    })
}

/// The tokens of a value in a header: as many as there are before a `,` or the `>` that ends the header.
///
/// A `<` opens only where no comparison can stand: after `::`, or where an expression begins.
pub(super) fn value(input: ParseStream<'_>) -> syn::Result<TokenStream> {
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
