//! Expands a call that has mistakes.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::{
    arguments::{Evaluation, Part, check_item, evaluate, evaluate_one, variable},
    gather::Expansion,
    grammar::{Call, Form, Item, ItemKind},
    options::Macro,
};

/// Expands the well-formed parts of an invalid call, so that they are still type-checked and completed by editors, and the errors.
///
/// The errors are the value of the block, so no other error follows from its type.
pub(crate) fn expand(call: &Call, errors: &impl ToTokens) -> TokenStream {
    let checked = check(call);
    quote!({ #checked #errors })
}

fn check(call: &Call) -> TokenStream {
    if let Form::Struct(literal) = &call.form {
        if literal.is_valid {
            return Expansion::new(call).check_struct(&call.krate, literal);
        }
    }
    // The step that refuses a set that is lent is for the macros that take none.
    let is_lent = |item: &&Item| call.macro_ == Macro::AsCompleted && item.kind == ItemKind::Lent;
    // The types of a closure's parameters are not known here.
    let items = (call.items.iter()).filter(|item| item.kind != ItemKind::Dependent);
    let (lent, items): (Vec<_>, Vec<_>) = items.partition(is_lent);
    let parts: Vec<_> = items
        .iter()
        .map(|item| Part::Item(item.expr.to_token_stream()))
        .collect();
    let conditions = items.iter().filter_map(|item| item.condition.as_ref());
    let others = (lent.iter().map(|item| &item.expr))
        .chain(&call.leftover_exprs)
        .chain(call.options.exprs());
    let checked = items
        .iter()
        .enumerate()
        .map(|(n, item)| check_item(&variable(n), item));
    let then = evaluate_one(
        &call.krate,
        &quote!((#(#conditions,)* #(#others,)*)),
        &quote!(#(let _ = #checked;)*),
    );
    evaluate(&call.krate, &parts, &Evaluation::Tuple, &then)
}
