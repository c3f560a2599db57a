//! The procedural macros behind `rejoin`, whose public macros call these with their own `$crate` as the first token.
//!
//! A call is parsed by `grammar`, with the options of `options` and their `values`; every mistake found on the way is
//! put into the collector of `errors`. Then one module a macro checks what only it knows and expands. Expansion cannot
//! fail.

mod errors;
mod gather;
mod grammar;
mod options;
mod values;

use options::Macro;
use proc_macro::TokenStream;

/// See `rejoin::gather!`.
#[proc_macro]
pub fn gather(input: TokenStream) -> TokenStream {
    gather::expand(grammar::Call::parse(Macro::Gather, input.into())).into()
}

/// See `rejoin::as_completed!`.
#[proc_macro]
pub fn as_completed(_: TokenStream) -> TokenStream {
    errors::not_yet(Macro::AsCompleted).into()
}

/// See `rejoin::wait!`.
#[proc_macro]
pub fn wait(_: TokenStream) -> TokenStream {
    errors::not_yet(Macro::Wait).into()
}

/// See `rejoin::task_group!`.
#[proc_macro]
pub fn task_group(_: TokenStream) -> TokenStream {
    errors::not_yet(Macro::TaskGroup).into()
}
