//! Looks ahead in a stream of tokens, skips tokens, and parses patterns.

use proc_macro2::{Delimiter, Ident, Span, TokenTree};
use syn::{Expr, Pat, Token, ext::IdentExt, parse::ParseStream};

/// Returns an expression without the invisible groups that another macro has put around it.
pub(crate) fn ungroup(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => ungroup(&group.expr),
        expr => expr,
    }
}

/// Checks whether an invisible group comes next: another macro has passed on an expression, whatever token it begins with.
pub(crate) fn is_group(input: ParseStream<'_>) -> bool {
    input.cursor().group(Delimiter::None).is_some()
}

/// Checks whether `name =` comes next.
pub(crate) fn is_option(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any)
        && input.peek2(Token![=])
        && !input.peek2(Token![==])
        && !input.peek2(Token![=>])
}

/// Checks whether `name:` comes next. No expression begins with it.
pub(crate) fn is_name_and_colon(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::])
}

/// Checks whether `name = future =>` comes next.
pub(crate) fn is_arm(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.call(Ident::parse_any).is_ok()
        && ahead.parse::<Token![=]>().is_ok()
        && ahead.parse::<Expr>().is_ok()
        && ahead.peek(Token![=>])
}

/// Skips tokens until `stop` returns true for the rest of the stream.
pub(crate) fn skip_until(input: ParseStream<'_>, stop: impl Fn(ParseStream<'_>) -> bool) {
    while !input.is_empty() && !stop(input) {
        if input.peek(Token![->]) || input.peek(Token![=>]) {
            let _dash = input.parse::<TokenTree>();
        }
        let _token = input.parse::<TokenTree>();
    }
}

/// Skips the rest of an item, up to its `,`.
pub(crate) fn skip_item(input: ParseStream<'_>) {
    skip_until(input, |input| input.peek(Token![,]));
}

/// Skips the rest of the stream.
pub(crate) fn skip_all(input: ParseStream<'_>) {
    skip_until(input, |_| false);
}

/// Parses a pattern, or returns `message` as the error: at the next token, or at `before` if there is none.
pub(crate) fn parse_pattern(
    input: ParseStream<'_>,
    before: Span,
    message: &str,
) -> syn::Result<Pat> {
    let span = if input.is_empty() {
        before
    } else {
        input.span()
    };
    Pat::parse_multi_with_leading_vert(input).map_err(|_| syn::Error::new(span, message))
}
