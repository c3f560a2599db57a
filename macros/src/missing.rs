//! Names that the user is about to type, after `page.` or `Duration::`.
//!
//! An editor expands a call twice: as it is, and with a name inserted at the cursor. It looks up the expression before the cursor by
//! its offset in the first expansion, so both expansions must be equal up to there. Therefore a call that does not parse
//! gets a placeholder for each missing name before it is parsed, and the placeholders are removed from the expansion.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::errors;

/// The placeholder of a field or a method.
const FIELD: &str = "__rejoin_missing_field";
/// The placeholder of an item of a type or a module.
const ITEM: &str = "__rejoin_missing_item";

/// Inserts a placeholder for each missing name; returns `None` if no name is missing.
pub(crate) fn put_in(tokens: &TokenStream) -> Option<TokenStream> {
    let mut result = TokenStream::new();
    let mut found = false;
    let mut tokens = tokens.clone().into_iter().peekable();
    let mut last = None;
    while let Some(token) = tokens.next() {
        let ends = match tokens.peek() {
            None => true,
            Some(TokenTree::Punct(next)) => matches!(next.as_char(), ',' | ';' | '=' | '>'),
            // The body of a loop follows its branches.
            Some(TokenTree::Group(next)) => next.delimiter() == Delimiter::Brace,
            Some(_) => false,
        };
        let punct = match &token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        };
        let name = match (last, punct) {
            (Some('.'), Some('.')) => None,
            (_, Some('.')) => Some(FIELD),
            (Some(':'), Some(':')) => Some(ITEM),
            _ => None,
        };
        last = punct;
        let span = token.span();
        let inner = within(&token, put_in);
        found |= inner.is_some();
        result.extend([inner.unwrap_or(token)]);
        if let (Some(name), true) = (name, ends) {
            found = true;
            result.extend([TokenTree::from(Ident::new(name, span))]);
        }
    }
    found.then_some(result)
}

/// Removes the placeholders from an expansion.
///
/// `page.` becomes `page[compile_error!(..)]`, an expression of an erroneous type, so no other error follows from it. No such
/// expression exists for a path, so `Duration::` stays as it is, and the compiler reports it.
pub(crate) fn take_out(tokens: TokenStream) -> TokenStream {
    take(&tokens, Delimiter::None).unwrap_or(tokens)
}

fn take(tokens: &TokenStream, around: Delimiter) -> Option<TokenStream> {
    let mut result = Vec::<TokenTree>::new();
    let mut found = false;
    let mut arms = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Ident(name) if name == FIELD => {
                found = true;
                result.pop();
                let (span, message) = (name.span(), errors::NO_FIELD);
                result.extend(quote_spanned!(span=> [::core::compile_error! { #message }]));
            }
            TokenTree::Ident(name) if name == ITEM => {
                found = true;
                // The compiler reports the token after the path, so that token gets the span of the user's last one. The value of
                // an option is a field. A complete field follows, because the compiler would report a missing field, too.
                let is_field = matches!(result.first(), Some(TokenTree::Literal(_)));
                let is_block = around == Delimiter::Brace && !arms && !is_field;
                let mut end = Punct::new(if is_block { ';' } else { ',' }, Spacing::Alone);
                end.set_span(name.span());
                result.push(end.into());
                if around == Delimiter::Brace && is_field {
                    result.extend(quote!(0: ::core::default::Default::default()));
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '>' => {
                arms |=
                    matches!(result.last(), Some(TokenTree::Punct(last)) if last.as_char() == '=');
                result.push(token);
            }
            _ => {
                let inner = match &token {
                    TokenTree::Group(group) => {
                        within(&token, |tokens| take(tokens, group.delimiter()))
                    }
                    _ => None,
                };
                found |= inner.is_some();
                result.push(inner.unwrap_or(token));
            }
        }
    }
    found.then(|| result.into_iter().collect())
}

/// Returns a group with its tokens changed, if `change` changes them.
fn within(
    token: &TokenTree,
    change: impl FnOnce(&TokenStream) -> Option<TokenStream>,
) -> Option<TokenTree> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    let mut new = Group::new(group.delimiter(), change(&group.stream())?);
    new.set_span(group.span());
    Some(new.into())
}

#[cfg(test)]
mod tests {
    use super::{put_in, take_out};

    /// Inserts and removes the placeholders of a call that expands to itself.
    fn expanded(call: &str) -> Option<String> {
        let tokens = call.parse().expect("the tokens are balanced");
        put_in(&tokens).map(|tokens| take_out(tokens).to_string().replace(' ', ""))
    }

    #[test]
    fn a_missing_field_becomes_an_index_with_an_error() {
        let error = "[::core::compile_error!{\"anameismissing:writeafieldoramethodafterthis\"}]";
        let is = |call: &str, expected: &str| {
            let expected = expected.replace('#', error);
            assert_eq!(expanded(call), Some(expected), "{call}");
        };
        is("a.", "a#");
        is("a., b", "a#,b");
        is("..f(a.)", "..f(a#)");
        is("x in a. { b.c(); d. }", "xina#{b.c();d#}");
        is("a = b. => c.; d", "a=b#=>c#;d");
    }

    #[test]
    fn an_unfinished_path_stays_unchanged() {
        let is = |call: &str, expected: &str| {
            assert_eq!(expanded(call).as_deref(), Some(expected), "{call}");
        };
        is("(A::, b)", "(A::,,b)");
        is("{ let x = A::; }", "{letx=A::;;}");
        is("{ let x = A:: }", "{letx=A::;}");
        is("match a { b => A:: }", "matcha{b=>A::,}");
        is(
            "After { 0: A:: }",
            "After{0:A::,0:::core::default::Default::default()}",
        );
        is("<a = A::> b", "<a=A::,>b");
    }

    #[test]
    fn a_call_without_missing_names_stays_unchanged() {
        for call in [
            "a.b, 1.0, A::b, x::<y>()",
            "a.., ..b, ..",
            "A::B { .. }, 1.",
            "[..], (a..)",
        ] {
            assert_eq!(expanded(call), None, "{call}");
        }
    }
}
