//! The procedural macros behind `rejoin`, whose public macros call these with their own `$crate` as the first token.
//!
//! A call is parsed by [`grammar`] with the options of [`options`] into a [`grammar::Call`]; every mistake found on the
//! way is put into an [`errors::Errors`]. Then one module a macro checks what only it knows and expands. Expansion
//! cannot fail.

mod errors;
mod gather;
mod grammar;
mod options;

use options::Macro;
use proc_macro::TokenStream;

/// See `rejoin::gather!`.
#[proc_macro]
pub fn gather(input: TokenStream) -> TokenStream {
    gather::expand(grammar::Call::parse(Macro::Gather, input.into())).into()
}
