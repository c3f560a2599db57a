//! `wait!`: expands.
//!
//! ```text
//! wait(Two(source, source).rejoin_join(), |x| Until(x).rejoin_exception(), limit, clock)
//! ```

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::{
    arguments::{Arguments, check},
    grammar::Call,
    options::Options,
    sources,
    values::{Value, When},
};

pub(crate) fn expand(call: Call) -> TokenStream {
    let Call {
        krate,
        items,
        loose,
        options,
        errors,
        ..
    } = call;
    if let Some(errors) = errors.report() {
        let check = check(&krate, &items, loose.iter().chain(options.exprs()));
        return quote!({ #check #errors });
    }
    let arguments = Arguments::new(&items, &options);
    let source = sources::all(&items, &arguments);
    let when = condition(&options, &arguments);
    let (limit, clock) = (sources::limit(&arguments), sources::clock(&arguments));
    arguments.with(&krate, &quote!(wait(#source, #when, #limit, #clock)))
}

/// The function from the source to the condition.
fn condition(options: &Options, arguments: &Arguments) -> TokenStream {
    let Some(Value::When(when)) = options.find("return_when").map(|option| &option.value) else {
        return quote!(|_| all_completed());
    };
    match when {
        When::AllCompleted => quote!(|_| all_completed()),
        When::FirstCompleted => quote!(|_| first_completed()),
        When::FirstException(place) => {
            let exception = Ident::new("rejoin_exception", *place);
            quote!(|x| Until(x).#exception())
        }
        When::FirstSuccess(place) => {
            let success = Ident::new("rejoin_success", *place);
            quote!(|x| Until(x).#success())
        }
        When::Completed(_) => {
            let enough = &arguments.enough;
            quote!(|_| completed(#enough))
        }
    }
}
