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
mod missing;
mod options;
mod sources;
mod task_group;
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
    if call.names_missing {
        return missing::take_out(expand(call)).into();
    }
    expand(call).into()
}
