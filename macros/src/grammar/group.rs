//! The body of a task group: `|tg| body`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Expr, Ident, Pat, PatIdent, ReturnType, Token, Type, parse::ParseStream, token::Brace};

use super::call::{Call, Form, GroupBody, HandleName};
use crate::{
    errors,
    tokens::{is_group, is_option, skip_all, ungroup},
};

impl Call {
    /// Parses the body of a task group and the options after it.
    pub(super) fn group(&mut self, input: ParseStream<'_>) {
        match self.parse_group(input) {
            Ok(Some(group)) => self.form = Form::Group(Box::new(group)),
            Ok(None) => {}
            Err(error) => {
                self.errors.push(error);
                return skip_all(input);
            }
        }
        if let Ok(semicolon) = input.parse::<Token![;]>() {
            self.errors
                .error_at(semicolon.span, errors::GROUP_SEMICOLON);
        } else if input.parse::<Token![,]>().is_err() && is_option(input) {
            self.errors.error_at(input.span(), errors::NO_COMMA);
        }
        self.trailing_options(input, errors::AFTER_GROUP);
        if let Some(ty) = self.options.remove_inferred_error() {
            self.errors.error_spanned_by(ty, errors::ERROR_OPEN);
        }
    }

    /// Parses a body. Returns `None` if its handle has no name, because such a body cannot be checked.
    fn parse_group(&mut self, input: ParseStream<'_>) -> syn::Result<Option<GroupBody>> {
        let start = input.span();
        let ahead = input.fork();
        ahead.parse::<Option<Token![async]>>()?;
        ahead.parse::<Option<Token![move]>>()?;
        if !ahead.peek(Token![|]) {
            return Err(not_a_group(input));
        }
        input.parse::<Option<Token![async]>>()?;
        let capture = input.parse()?;
        let bar = input.parse::<Token![|]>()?;
        let mut parameters = Vec::new();
        while !input.peek(Token![|]) {
            parameters.push(Parameter::parse(input, bar.span)?);
            if !input.peek(Token![|]) {
                let comma = input.parse::<Token![,]>();
                comma.map_err(|error| syn::Error::new(error.span(), errors::NOT_A_NAME))?;
            }
        }
        let close = input.parse::<Token![|]>()?;
        if let Some(second) = parameters.get(1) {
            self.errors
                .error_spanned_by(second.tokens(), errors::TWO_NAMES);
            parameters.clear();
        } else if let Some(name) = parameters.first() {
            if !name.is_name() {
                self.errors
                    .error_spanned_by(name.tokens(), errors::NOT_A_NAME);
            }
        } else {
            self.errors
                .error_spanned_by(quote!(#bar #close), errors::NO_NAME);
        }
        let handle = parameters.pop().and_then(Parameter::name);
        let output = match input.parse()? {
            ReturnType::Default => None,
            ReturnType::Type(_, output) => Some(*output),
        };
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(bar.span, errors::NO_GROUP_BODY));
        }
        let body = self.group_body(input)?;
        Ok(handle.map(|handle| GroupBody {
            start,
            capture,
            handle,
            output,
            body,
        }))
    }

    /// Parses the block or the expression after the bars.
    ///
    /// The tokens in braces are passed to the compiler unparsed, because its errors are better and editors complete names in them.
    fn group_body(&mut self, input: ParseStream<'_>) -> syn::Result<TokenStream> {
        if !is_group(input) && input.peek(Brace) && ends_with_braces(input) {
            return Ok(input.parse::<TokenTree>()?.into());
        }
        let angle = input.peek(Token![<]).then(|| input.span());
        let body = input.parse::<Expr>();
        let body = body.map_err(|error| match angle {
            Some(angle) => syn::Error::new(angle, errors::TYPE_AFTER_BARS),
            None => error,
        })?;
        Ok(match ungroup(&body) {
            Expr::Async(body) => {
                self.errors
                    .error_at(body.async_token.span, errors::ASYNC_BODY);
                body.block.to_token_stream()
            }
            body => body.to_token_stream(),
        })
    }
}

/// A parameter between the bars.
struct Parameter {
    pat: Pat,
    ty: Option<(Token![:], Type)>,
}

impl Parameter {
    /// Parses a parameter after the bar at `bar`.
    fn parse(input: ParseStream<'_>, bar: Span) -> syn::Result<Self> {
        let span = if input.is_empty() { bar } else { input.span() };
        let pat = Pat::parse_single(input);
        let pat = pat.map_err(|_| syn::Error::new(span, errors::NOT_A_NAME))?;
        let ty = match input.parse::<Option<Token![:]>>()? {
            Some(colon) => Some((colon, input.parse()?)),
            None => None,
        };
        Ok(Self { pat, ty })
    }

    /// Checks whether the parameter is a name alone.
    fn is_name(&self) -> bool {
        self.ty.is_none()
            && match &self.pat {
                Pat::Ident(name) => name.by_ref.is_none() && name.subpat.is_none(),
                Pat::Wild(_) => true,
                _ => false,
            }
    }

    /// Returns the name in the pattern, if there is one.
    fn name(self) -> Option<HandleName> {
        let mut pat = self.pat;
        while let Pat::Reference(reference) = pat {
            pat = *reference.pat;
        }
        match pat {
            Pat::Ident(name) => Some(HandleName::Named(PatIdent {
                by_ref: None,
                subpat: None,
                ..name
            })),
            Pat::Wild(_) => Some(HandleName::Unnamed),
            _ => None,
        }
    }

    fn tokens(&self) -> TokenStream {
        let pat = &self.pat;
        let ty = self.ty.as_ref().map(|(colon, ty)| quote!(#colon #ty));
        quote!(#pat #ty)
    }
}

/// Returns the error for tokens that are not the body of a group.
fn not_a_group(input: ParseStream<'_>) -> syn::Error {
    if input.peek(Ident) && (input.peek2(Brace) || input.peek2(Token![=>])) {
        return syn::Error::new(input.span(), errors::NO_BARS);
    }
    match input.fork().parse::<Expr>() {
        _ if is_option(input) => syn::Error::new(input.span(), errors::NO_GROUP),
        Ok(
            body @ (Expr::Async(_)
            | Expr::Block(_)
            | Expr::ForLoop(_)
            | Expr::If(_)
            | Expr::Loop(_)
            | Expr::Match(_)
            | Expr::Unsafe(_)
            | Expr::While(_)),
        ) => syn::Error::new_spanned(body, errors::BODY_WITHOUT_BARS),
        Ok(other) => syn::Error::new_spanned(other, errors::CHILD_OUTSIDE),
        Err(_) => syn::Error::new(input.span(), errors::NO_GROUP),
    }
}

/// Checks whether a body that begins with a brace ends with that brace's partner.
fn ends_with_braces(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let _braces = ahead.parse::<TokenTree>();
    !(ahead.peek(Token![.]) && !ahead.peek(Token![..]) || ahead.peek(Token![?]))
}
