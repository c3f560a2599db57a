//! The arguments of `as_completed!` and `wait!` as one source of futures.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::{
    arguments::{Arguments, check_item, keys, tree},
    grammar::Item,
};

/// Builds the source of item `n`.
pub(crate) fn source(n: usize, item: &Item, arguments: &Arguments) -> TokenStream {
    let mut branch = check_item(arguments.item(n), item);
    branch.extend(arguments.unstarted(item));
    let branch = match &arguments.each_timeout {
        None => branch,
        Some(after) => {
            let keyed = match keys(item) {
                None => branch,
                // An argument whose futures have an open type would be taken for one with keys, and lead to several errors.
                Some(keys) => {
                    let futures =
                        Ident::new("__futures", Span::mixed_site().located_at(item.span()));
                    let known =
                        quote_spanned!(item.span()=> (*#futures.rejoin_future()).rejoin_known());
                    quote!(match #branch {
                        #futures => if false { #known } else { #futures #keys },
                    })
                }
            };
            let timed = Ident::new("rejoin_timed", item.span());
            quote!(#keyed.#timed().rejoin_each_timeout(#after, BranchTimeoutAsResult))
        }
    };
    let branch = arguments.staggered(branch, false);
    quote!(#branch.rejoin_source())
}

/// Builds the source of all items.
pub(crate) fn all(items: &[Item], arguments: &Arguments) -> TokenStream {
    of_all(items, |n| source(n, &items[n], arguments))
}

/// Builds the source of all items of a call that takes all futures at once, so that a stream is an error. If the call
/// `waits_for_successes`, a failure starts the next branch under `stagger`.
pub(crate) fn whole(
    items: &[Item],
    arguments: &Arguments,
    waits_for_successes: bool,
) -> TokenStream {
    of_all(items, |n| {
        let item = &items[n];
        let mut branch = check_item(arguments.item(n), item);
        if item.kind.is_spread() {
            let whole = Ident::new("rejoin_whole", item.span());
            branch.extend(quote!(.#whole()));
        }
        branch.extend(arguments.unstarted(item));
        let branch = arguments.staggered(branch, waits_for_successes);
        quote!(#branch.rejoin_source())
    })
}

fn of_all(items: &[Item], leaf: impl Fn(usize) -> TokenStream) -> TokenStream {
    if items.is_empty() {
        return quote!(no_source());
    }
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

/// Builds the `timeout` of a set or a group, and its `until`.
pub(crate) fn timeout(arguments: &Arguments) -> TokenStream {
    timeout_by(&quote!(set_timeout), arguments)
}

/// Builds the same for a call that does not report its timeout by an item.
pub(crate) fn silent_timeout(arguments: &Arguments) -> TokenStream {
    timeout_by(&quote!(silent_timeout), arguments)
}

fn timeout_by(function: &TokenStream, arguments: &Arguments) -> TokenStream {
    let timeout = match &arguments.timeout {
        None => quote!(no_timeout()),
        Some(after) => quote!(#function(#after)),
    };
    until(arguments, timeout)
}

/// Adds the `until` of a call to its `timeout`.
pub(crate) fn until(arguments: &Arguments, timeout: TokenStream) -> TokenStream {
    match &arguments.until {
        None => timeout,
        Some(until) => quote!(until(#until, #timeout)),
    }
}
