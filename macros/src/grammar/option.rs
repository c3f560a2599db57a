//! One option: `name = value`, in the header or after the branches.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{
    Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use super::call::{Call, OptionPosition};
use crate::{
    errors,
    options::{self, OptionSpec, OptionValue},
    tokens::skip_all,
    values,
};

impl Call {
    /// Parses `name = value` and reports the mistakes in it. The stream is after it then, or after the part that can be parsed.
    pub(super) fn option(&mut self, input: ParseStream<'_>, position: OptionPosition) {
        let parsed = (|| {
            let name = Ident::parse_any(input)?;
            let equals = input.parse::<Token![=]>()?;
            Ok((name, equals.span))
        })();
        let (name, equals) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return self.errors.push(error),
        };
        let spec = if self.option_position.is_some_and(|first| first != position) {
            self.errors.error_spanned_by(&name, errors::BOTH_POSITIONS);
            None
        } else {
            self.options.admit(&name, self.macro_, &mut self.errors)
        };
        self.option_position = Some(position);
        let before = self.errors.len();
        let known = options::find(&name);
        let mut unread = None;
        let parsed = match position {
            OptionPosition::Trailing => value(input, equals, known),
            // A type ends by itself, and its angle brackets are no comparisons.
            OptionPosition::Header
                if known.is_some_and(|spec| spec.id.is_type()) && !input.peek(Token![>]) =>
            {
                value(input, equals, known)
            }
            OptionPosition::Header => header_value(input).and_then(|tokens| {
                let parser = |input: ParseStream<'_>| {
                    let value = value(input, equals, known)?;
                    unread = (!input.is_empty()).then(|| input.span());
                    skip_all(input);
                    Ok(value)
                };
                parser.parse2(tokens)
            }),
        };
        if spec.is_none() {
            return;
        }
        match parsed {
            Ok(Some(value)) => self.options.add(name, value),
            Ok(None) => {}
            Err(error) => self.errors.push(error),
        }
        match unread {
            Some(unread) if self.errors.len() == before => {
                self.errors.error_at(unread, errors::NO_COMMA);
            }
            _ => {}
        }
    }

    /// Reports `name: value`. The stream is after the name.
    pub(super) fn name_and_colon(&mut self, input: ParseStream<'_>) {
        if let (Ok(name), colon) = (input.call(Ident::parse_any), input.span()) {
            self.errors.error_at(colon, errors::equals(&name));
        }
    }

    /// Reports the name of an option that has no value.
    pub(super) fn option_without_value(&mut self, input: ParseStream<'_>) {
        if let Ok(name) = input.call(Ident::parse_any) {
            self.errors
                .error_spanned_by(&name, errors::no_equals(&name));
        }
    }
}

/// Parses the value of an option. If the option is unknown, returns `None` and skips its value.
fn value(
    input: ParseStream<'_>,
    equals: Span,
    spec: Option<&OptionSpec>,
) -> syn::Result<Option<OptionValue>> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(equals, errors::NO_VALUE));
    }
    match spec {
        Some(spec) => OptionValue::parse(spec, input).map(Some),
        // It may have a unit, as most values that are written have.
        None => values::duration(input).map(|_| None),
    }
}

/// Returns the tokens of a value in the header, up to a `,` or the `>` that ends the header.
///
/// A `<` opens a list of generic arguments only where no comparison is possible: after `::`, or where an expression begins.
fn header_value(input: ParseStream<'_>) -> syn::Result<TokenStream> {
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

/// Checks whether the name of an option without a value comes next, at the end of an item.
pub(super) fn is_option_without_value(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let name = ahead.call(Ident::parse_any);
    name.is_ok_and(|name| options::find(&name).is_some())
        && (ahead.is_empty() || ahead.peek(Token![,]))
}
