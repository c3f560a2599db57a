//! The header: `<Type, name = value, ..>`, before the branches.

use proc_macro2::{Ident, Spacing};
use syn::{Token, Type, ext::IdentExt, parse::ParseStream, spanned::Spanned};

use super::call::{Call, OptionPosition};
use crate::{
    errors,
    options::{self, OptionValue},
    tokens::{is_group, is_name_and_colon, is_option, skip_until},
    values,
};

/// The end of a header cannot be determined. The reason is reported.
pub(super) struct Unclosed;

impl Call {
    /// Parses the header, if there is one. Returns `Err` if its end cannot be determined.
    pub(super) fn header(&mut self, input: ParseStream<'_>) -> Result<(), Unclosed> {
        if is_group(input) {
            return Ok(());
        }
        let Ok(open) = input.parse::<Token![<]>() else {
            return Ok(());
        };
        let before = self.errors.len();
        let mut part = Part::First;
        while !input.peek(Token![>]) {
            self.header_part(input, part);
            let wrong = if input.is_empty() {
                Some(errors::UNCLOSED)
            } else if part == Part::First && input.peek(Token![as]) {
                Some(errors::NEEDS_HEADER)
            } else {
                None
            };
            if let Some(wrong) = wrong {
                self.errors.replace_since(before, open.span, wrong);
                return Err(Unclosed);
            }
            let _comma = input.parse::<Option<Token![,]>>();
            part = Part::Later;
        }
        if is_qualified_path(input) {
            self.errors
                .replace_since(before, open.span, errors::NEEDS_HEADER);
            return Err(Unclosed);
        }
        let _close = input.parse::<Token![>]>();
        if let Ok(Some(comma)) = input.parse::<Option<Token![,]>>() {
            self.errors.error_at(comma.span, errors::HEADER_COMMA);
        }
        Ok(())
    }

    /// Parses the error type or an option. The stream is at a `,` or a `>` then, or at an `as` after the first part.
    fn header_part(&mut self, input: ParseStream<'_>, part: Part) {
        let before = self.errors.len();
        if is_option(input) {
            self.option(input, OptionPosition::Header);
        } else if is_name_and_colon(input) {
            self.name_and_colon(input);
        } else if is_option_without_value(input) {
            self.option_without_value(input);
        } else {
            let span = input.span();
            match (input.parse(), part) {
                (Ok(ty), _) => self.header_type(ty, part),
                (Err(_), Part::First) => self.errors.error_at(span, errors::NO_HEADER_PART),
                (Err(_), Part::Later) => self.errors.error_at(span, errors::NOT_AN_OPTION),
            }
        }
        let ends = |input: ParseStream<'_>| {
            input.peek(Token![,])
                || input.peek(Token![>])
                || part == Part::First && input.peek(Token![as])
        };
        if !ends(input) && self.errors.len() == before {
            self.errors.error_at(input.span(), errors::NO_COMMA);
        }
        skip_until(input, ends);
    }

    fn header_type(&mut self, ty: Type, part: Part) {
        let name = Ident::new("error", ty.span());
        if !self.macro_.takes_error() {
            self.errors
                .error_spanned_by(ty, options::no_error_type(self.macro_));
            return;
        }
        if self
            .options
            .admit(&name, self.macro_, &mut self.errors)
            .is_none()
        {
            return;
        }
        if part == Part::Later {
            self.errors.error_spanned_by(&ty, errors::TYPE_FIRST);
        }
        match values::sized(ty) {
            Ok(ty) => self.options.add(name, OptionValue::Error(ty)),
            Err(error) => self.errors.push(error),
        }
    }
}

/// A part of a header. Only the first one can be a type.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    First,
    Later,
}

/// Checks whether the name of an option without a value comes next.
fn is_option_without_value(input: ParseStream<'_>) -> bool {
    let name = input.fork().call(Ident::parse_any);
    name.is_ok_and(|name| options::find(&name).is_some())
        && (input.peek2(Token![,]) || input.peek2(Token![>]))
}

/// Checks whether `>::` comes next, without a space. No header ends like this.
fn is_qualified_path(input: ParseStream<'_>) -> bool {
    let close = input.cursor().punct();
    close.is_some_and(|(close, rest)| {
        close.spacing() == Spacing::Joint
            && rest.punct().is_some_and(|(next, _)| next.as_char() == ':')
    })
}
