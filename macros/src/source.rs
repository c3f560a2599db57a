//! The arguments of `as_completed!` and `wait!` as one source of futures.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::{
    arguments::{Arguments, check_item, tree},
    grammar::Item,
};

/// Builds the source of item `n`.
pub(crate) fn source(n: usize, item: &Item, arguments: &Arguments) -> TokenStream {
    let mut branch = check_item(arguments.item(n), item);
    if let Some(after) = &arguments.each_timeout {
        let timed = Ident::new("rejoin_timed", item.span());
        branch.extend(quote!(.#timed().rejoin_each_timeout(#after, BranchTimeoutAsResult)));
    }
    quote!(#branch.rejoin_source())
}

/// Builds the source of all items.
pub(crate) fn all(items: &[Item], arguments: &Arguments) -> TokenStream {
    if items.is_empty() {
        return quote!(no_source());
    }
    let leaf = |n: usize| source(n, &items[n], arguments);
    tree(0, items.len(), &leaf, &|middle, one, two| {
        let pair = Ident::new("rejoin_pair_sources", items[middle].span());
        quote!(PairOf(#one, #two).#pair())
    })
}

/// Builds the `limit` of a set or a group.
pub(crate) fn limit(arguments: &Arguments) -> TokenStream {
    let limit = arguments.limit.as_ref();
    limit.map_or_else(|| quote!(no_limit()), |limit| quote!(set_limit(#limit)))
}

/// Builds the `timeout` of a set or a group.
pub(crate) fn timeout(arguments: &Arguments) -> TokenStream {
    let timeout = arguments.timeout.as_ref();
    timeout.map_or_else(|| quote!(no_timeout()), |after| quote!(set_timeout(#after)))
}
