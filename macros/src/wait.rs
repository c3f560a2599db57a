//! `wait!`: expands.
//!
//! ```text
//! wait(PairOf(source, source).rejoin_pair_sources(), |x| ReturnWhen(x).rejoin_exception(), limit, timeout)
//! ```

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::{
    arguments::Arguments, fallback, grammar::Call, options::Options, source, values::When,
};

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
    let source = source::all(items, &arguments);
    let when = condition(options, &arguments);
    let (limit, timeout) = (source::limit(&arguments), source::timeout(&arguments));
    arguments.with(krate, &quote!(wait(#source, #when, #limit, #timeout)))
}

/// Builds the function that makes the condition from the source.
fn condition(options: &Options, arguments: &Arguments) -> TokenStream {
    match options.return_when() {
        None | Some(When::AllCompleted) => quote!(|_| all_completed()),
        Some(When::FirstCompleted) => quote!(|_| first_completed()),
        Some(When::FirstException(span)) => {
            let exception = Ident::new("rejoin_exception", *span);
            quote!(|x| ReturnWhen(x).#exception())
        }
        Some(When::FirstSuccess(span)) => {
            let success = Ident::new("rejoin_success", *span);
            quote!(|x| ReturnWhen(x).#success())
        }
        Some(When::Completed(_)) => {
            let count = &arguments.completed;
            quote!(|_| completed(#count))
        }
    }
}
