//! What `as_completed!` and `wait!` do alike: their arguments as one source of futures.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::spanned::Spanned;

use crate::{
    arguments::{Arguments, check_item, tree},
    grammar::Item,
};

/// The source of item `n`.
pub(crate) fn source(n: usize, item: &Item, arguments: &Arguments) -> TokenStream {
    let mut branch = check_item(arguments.item(n), item);
    if let Some(after) = &arguments.each_timeout {
        let timed = Ident::new("rejoin_timed", item.expr.span());
        branch.extend(quote!(.#timed().rejoin_each(#after, AsItIs)));
    }
    quote!(#branch.rejoin_source())
}

/// The source of all items.
pub(crate) fn all(items: &[Item], arguments: &Arguments) -> TokenStream {
    if items.is_empty() {
        return quote!(no_source());
    }
    let leaf = |n: usize| source(n, &items[n], arguments);
    tree(0, items.len(), &leaf, &|middle, one, two| {
        let join = Ident::new("rejoin_join", items[middle].expr.span());
        quote!(Two(#one, #two).#join())
    })
}

/// How many run at once.
pub(crate) fn limit(arguments: &Arguments) -> TokenStream {
    let limit = arguments.limit.as_ref();
    limit.map_or_else(|| quote!(all_at_once()), |limit| quote!(at_once(#limit)))
}

/// The deadline.
pub(crate) fn clock(arguments: &Arguments) -> TokenStream {
    let timeout = arguments.timeout.as_ref();
    timeout.map_or_else(|| quote!(endless()), |after| quote!(within(#after)))
}
