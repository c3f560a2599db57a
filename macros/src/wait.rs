//! `wait!`: expands.
//!
//! ```text
//! wait(PairOf(source, source).rejoin_pair_sources(), |x| ReturnWhen(x).rejoin_failed(1), limit, timeout)
//! ```
//!
//! `UNTIL(predicate)` is evaluated outside, because the predicate is an expression of the user, and after the source, because the
//! type of the outputs must be known where a closure is:
//!
//! ```text
//! match (match (items, options) { __x => { .. unconditional(source, limit, timeout) } }) {
//!     wait => wait_until(wait, predicate)
//! }
//! ```

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::{arguments::Arguments, fallback, grammar::Call, source, values::When};

pub(crate) fn expand(mut call: Call) -> TokenStream {
    if let Some(errors) = call.errors.report() {
        return fallback::expand(&call, &errors);
    }
    let Call {
        krate,
        items,
        options,
        ..
    } = &call;
    let arguments = Arguments::new(items, options);
    let source = source::whole(
        items,
        &arguments,
        matches!(options.return_when(), Some(When::Succeeded(..))),
    );
    let (limit, timeout) = (source::limit(&arguments), source::timeout(&arguments));
    if let Some(When::Until(predicate)) = options.return_when() {
        let wait = Ident::new("__rejoin_wait", Span::mixed_site());
        let start = arguments.with(krate, &quote!(unconditional(#source, #limit, #timeout)));
        return quote!(match #start { #wait => #krate::__private::wait_until(#wait, #predicate) });
    }
    let when = condition(options.return_when(), &arguments);
    arguments.with(krate, &quote!(wait(#source, #when, #limit, #timeout)))
}

/// Builds the function that makes the condition from the source.
fn condition(when: Option<&When>, arguments: &Arguments) -> TokenStream {
    let count = match &arguments.wanted {
        Some(wanted) => quote!(#wanted.0),
        None => quote!(1),
    };
    match when {
        None | Some(When::AllCompleted | When::Until(_)) => quote!(|_| all_completed()),
        Some(When::FirstCompleted | When::Completed(_)) => quote!(|_| completed(#count)),
        Some(When::Failed(span, _)) => {
            let failed = Ident::new("rejoin_failed", *span);
            quote!(|x| ReturnWhen(x).#failed(#count))
        }
        Some(When::Succeeded(span, _)) => {
            let succeeded = Ident::new("rejoin_succeeded", *span);
            quote!(|x| ReturnWhen(x).#succeeded(#count))
        }
    }
}
