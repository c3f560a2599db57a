//! `task_group!`: expands.
//!
//! ```text
//! match (match (options) { __x => { .. task_group(plain(), limit, grace, timeout) } }) {
//!     (group, tg) => group.run(async {
//!         if let Some(end) = end(&tg) { return end; }
//!         match tg { tg => body }
//!     })
//! }
//! ```
//!
//! Outside of the body the handle has the name that the user chose, because the compiler's errors about borrows print that name.
//! Inside it is bound by a `match`, because the compiler would suggest to add a type to a `let`.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::{
    arguments::Arguments,
    errors, fallback,
    grammar::{Call, Form, GroupBody, HandleName},
    options::OptionName,
    source,
};

pub(crate) fn expand(mut call: Call) -> TokenStream {
    let ends = [OptionName::Timeout, OptionName::Until];
    if let Some(second) = call.options.second_of(ends) {
        call.errors
            .error_spanned_by(&second.name, errors::GROUP_TIMEOUT_AND_UNTIL);
    }
    let errors = call.errors.report();
    let Form::Group(body) = &call.form else {
        return fallback::expand(&call, &errors);
    };
    let group = group(&call.krate, body, &Arguments::new(&[], &call.options));
    match errors {
        None => group,
        Some(errors) => quote!({ let _ = #group; #errors }),
    }
}

fn group(krate: &TokenStream, group_body: &GroupBody, arguments: &Arguments) -> TokenStream {
    let kind = match &arguments.error {
        None => quote!(plain()),
        Some(error) => quote!(errors(#error).rejoin_error().rejoin_pointer()),
    };
    let limit = source::limit(arguments);
    let grace = match &arguments.grace {
        None => quote!(no_grace()),
        Some(grace) => quote!(grace(#grace)),
    };
    let timeout = match (&arguments.timeout, &arguments.until) {
        (None, Some(_)) => source::until(arguments, quote!(stopped_item())),
        _ => source::timeout(arguments),
    };
    let start = arguments.with(krate, &quote!(task_group(#kind, #limit, #grace, #timeout)));
    let group = Ident::new("__rejoin_group", Span::mixed_site());
    let (outer, inner) = match &group_body.handle {
        HandleName::Named(name) => {
            let mut outer = name.ident.clone();
            outer.set_span(Span::mixed_site().located_at(outer.span()));
            (outer, quote!(#name))
        }
        HandleName::Unnamed => {
            let tg = Ident::new("__rejoin_tg", Span::mixed_site());
            (tg.clone(), quote!(#tg))
        }
    };
    let error = arguments.error.as_ref().map(|_| arguments.error_span);
    let expect_output = expect_output(krate, &outer, group_body, error);
    let (capture, body) = (&group_body.capture, &group_body.body);
    let start_of_body = Span::call_site().located_at(group_body.start);
    let body = quote_spanned! {start_of_body=>
        async #capture { #expect_output match #outer { #inner => #body } }
    };
    quote!(match #start { (#group, #outer) => #group.run(#body) })
}

/// Builds a statement for the beginning of a body. It does nothing, but determines the type of the body.
///
/// Without it the compiler would report the whole body if its type were wrong, and not its last expression.
fn expect_output(
    krate: &TokenStream,
    tg: &Ident,
    body: &GroupBody,
    error: Option<Span>,
) -> TokenStream {
    let output = body.output.as_ref();
    let span = output.map_or_else(|| error.unwrap_or_else(|| tg.span()), Spanned::span);
    let span = Span::mixed_site().located_at(span);
    // Only the tokens that the compiler points at have this span, because an editor's hover shows everything that has it.
    let end = Ident::new("__rejoin_end", Span::mixed_site());
    let [given, same] = [quote!(#end), quote!(&#end)].map(|tokens| {
        let mut block = Group::new(Delimiter::Brace, tokens);
        block.set_span(span);
        block
    });
    let same = output.map(|output| quote!(let _: &#output = #same;));
    quote! {
        if let #krate::__private::Some(#end) = #krate::__private::end(&#tg) {
            #same
            return #given;
        }
    }
}
