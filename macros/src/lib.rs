//! The procedural macros behind `rejoin`. Its public macros call these with their own `$crate` as the first token.
//!
//! `grammar` parses a call, with the option table of `options` and the parsers of `values`. Mistakes are collected in `errors`. Then
//! the module of the macro checks the rules that only this macro has, and expands; an expansion cannot fail. If there are
//! mistakes, `fallback` expands the parts of the call that are valid.

mod arguments;
mod as_completed;
mod breaks;
mod drive;
mod errors;
mod fallback;
mod gather;
mod gather_struct;
mod grammar;
mod missing;
mod options;
mod source;
mod task_group;
mod tokens;
mod values;
mod wait;

use grammar::Call;
use options::Macro;
use proc_macro::TokenStream;

/// See `rejoin::gather!`.
#[proc_macro]
pub fn gather(input: TokenStream) -> TokenStream {
    run(Macro::Gather, gather::expand, input)
}

/// See `rejoin::as_completed!`.
#[proc_macro]
pub fn as_completed(input: TokenStream) -> TokenStream {
    run(Macro::AsCompleted, as_completed::expand, input)
}

/// See `rejoin::wait!`.
#[proc_macro]
pub fn wait(input: TokenStream) -> TokenStream {
    run(Macro::Wait, wait::expand, input)
}

/// See `rejoin::task_group!`.
#[proc_macro]
pub fn task_group(input: TokenStream) -> TokenStream {
    run(Macro::TaskGroup, task_group::expand, input)
}

fn run(
    macro_: Macro,
    expand: fn(Call) -> proc_macro2::TokenStream,
    input: TokenStream,
) -> TokenStream {
    let call = Call::parse(macro_, input.into());
    if call.has_placeholders {
        return missing::take_out(expand(call)).into();
    }
    expand(call).into()
}
