//! The procedural macros behind `rejoin`, whose public macros call these with their own `$crate` as the first token.
//!
//! A call is parsed by `grammar`, with the options of `options` and their `values`; every mistake found on the way is
//! put into the collector of `errors`. Then one module a macro checks what only it knows and expands. Expansion cannot
//! fail.

mod arguments;
mod as_completed;
mod drive;
mod errors;
mod gather;
mod grammar;
mod options;
mod sources;
mod task_group;
mod values;
mod wait;

use options::Macro;
use proc_macro::TokenStream;

/// See `rejoin::gather!`.
#[proc_macro]
pub fn gather(input: TokenStream) -> TokenStream {
    gather::expand(grammar::Call::parse(Macro::Gather, input.into())).into()
}

/// See `rejoin::as_completed!`.
#[proc_macro]
pub fn as_completed(input: TokenStream) -> TokenStream {
    as_completed::expand(grammar::Call::parse(Macro::AsCompleted, input.into())).into()
}

/// See `rejoin::wait!`.
#[proc_macro]
pub fn wait(input: TokenStream) -> TokenStream {
    wait::expand(grammar::Call::parse(Macro::Wait, input.into())).into()
}

/// See `rejoin::task_group!`.
#[proc_macro]
pub fn task_group(input: TokenStream) -> TokenStream {
    task_group::expand(grammar::Call::parse(Macro::TaskGroup, input.into())).into()
}
