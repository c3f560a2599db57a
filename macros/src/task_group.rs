//! `task_group!`: expands.
//!
//! ```text
//! match (match (options) { __x => { .. task_group(plain(), limit, grace, clock) } }) {
//!     (group, tg) => group.run(async {
//!         if let Some(end) = end(&tg) { return end; }
//!         match tg { tg => body }
//!     })
//! }
//! ```
//!
//! Outside of the body its handle bears the name that the user gave it, which is how compile errors about borrows call it.
//! Inside it is bound by a `match`, not by a `let`, to which they would propose to add a type.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::{
    arguments::{Arguments, check},
    grammar::{Call, Form, Name, Scope},
    sources,
};

pub(crate) fn expand(call: Call) -> TokenStream {
    let Call {
        krate,
        form,
        options,
        errors,
        ..
    } = call;
    let errors = errors.report();
    let Form::Scope(scope) = form else {
        let check = check(&krate, &[], options.exprs());
        return quote!({ #check #errors });
    };
    let group = group(&krate, &scope, &Arguments::new(&[], &options));
    match errors {
        None => group,
        Some(errors) => quote!({ let _ = #group; #errors }),
    }
}

fn group(krate: &TokenStream, scope: &Scope, arguments: &Arguments) -> TokenStream {
    let kind = match &arguments.error {
        None => quote!(plain()),
        Some(error) => quote!(errors(#error).rejoin_error().rejoin_pointer()),
    };
    let limit = sources::limit(arguments);
    let grace = match &arguments.grace {
        None => quote!(no_grace()),
        Some(grace) => quote!(grace(#grace)),
    };
    let clock = sources::clock(arguments);
    let start = arguments.with(krate, &quote!(task_group(#kind, #limit, #grace, #clock)));
    let group = Ident::new("__rejoin_group", Span::mixed_site());
    let (outer, inner) = match &scope.group {
        Name::Some(name) => {
            let mut outer = name.ident.clone();
            outer.set_span(Span::mixed_site().located_at(outer.span()));
            (outer, quote!(#name))
        }
        Name::None => {
            let tg = Ident::new("__rejoin_tg", Span::mixed_site());
            (tg.clone(), quote!(#tg))
        }
    };
    let error = arguments.error.as_ref().map(|_| arguments.error_place);
    let typed = typed(krate, &outer, scope, error);
    let (capture, body) = (&scope.capture, &scope.body);
    let start_of_body = Span::call_site().located_at(scope.start);
    let body = quote_spanned! {start_of_body=>
        async #capture { #typed match #outer { #inner => #body } }
    };
    quote!(match #start { (#group, #outer) => #group.run(#body) })
}

/// What begins a body, and does nothing: it tells the compiler what the body must give.
///
/// Otherwise only the whole of it were found to be of another type, and not what it ends with.
fn typed(krate: &TokenStream, tg: &Ident, scope: &Scope, error: Option<Span>) -> TokenStream {
    let output = scope.output.as_ref();
    let place = output.map_or_else(|| error.unwrap_or_else(|| tg.span()), Spanned::span);
    let place = Span::mixed_site().located_at(place);
    // Only the parts that the compiler points at have this place, because a hover shows everything that has it.
    let end = Ident::new("__rejoin_end", Span::mixed_site());
    let [given, same] = [quote!(#end), quote!(&#end)].map(|tokens| {
        let mut block = Group::new(Delimiter::Brace, tokens);
        block.set_span(place);
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
