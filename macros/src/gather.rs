//! `gather!`: checks the rules that only this macro has, and expands.
//!
//! A call evaluates the user's expressions, see [`arguments`](crate::arguments), and then makes one future of them:
//!
//! ```text
//! gather(
//!     PairOf(
//!         PairOf(
//!             __rejoin_0.rejoin_branch().rejoin_check().rejoin_output().rejoin_node(),
//!             __rejoin_1.rejoin_branch().rejoin_check().rejoin_output().rejoin_node(),
//!         ).rejoin_pair_nodes(),
//!         __rejoin_2.rejoin_branch().rejoin_check().rejoin_output().rejoin_node(),
//!     ).rejoin_pair_nodes(),
//!     limit(__rejoin_3),
//!     Flat::<3>,
//! )
//! ```
//!
//! The expansion has no closure, because every closure has a type of its own. So the futures of similar calls have the same type
//! and are compiled once.
//!
//! The module `branch` of the runtime has a table of these methods. Where an argument fits none of a method's candidates, the
//! compiler points at the method's name, so the name has the span of the user's expression.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use crate::{
    arguments::{Arguments, check_item, middle, tree},
    errors, fallback,
    grammar::{Call, Item},
    options::OptionName,
};

/// The number of branches up to which the runtime has a type that makes a tuple of the tree.
const TUPLES: usize = 8;

pub(crate) fn expand(mut call: Call) -> TokenStream {
    validate(&mut call);
    if let Some(errors) = call.errors.report() {
        return fallback::expand(&call, &errors);
    }
    let expansion = Expansion {
        items: &call.items,
        arguments: Arguments::new(&call.items, &call.options),
    };
    expansion.arguments.with(&call.krate, &expansion.gather())
}

/// Reports the mistakes that only this macro knows.
fn validate(call: &mut Call) {
    let (timeout, partial) = (
        call.options.find(OptionName::Timeout),
        call.options.find(OptionName::Partial),
    );
    if let (None, Some(partial)) = (timeout, partial) {
        call.errors
            .error_spanned_by(&partial.name, errors::PARTIAL_ALONE);
    }
}

/// The parts of an expansion.
struct Expansion<'a> {
    items: &'a [Item],
    arguments: Arguments,
}

impl Expansion<'_> {
    fn gather(&self) -> TokenStream {
        let node = self.node();
        match self.items {
            [] => self.call(&node, &quote!(Bare)),
            [item] if item.kind.is_spread() => self.call(&node, &quote!(Bare)),
            items if items.len() <= TUPLES => {
                let count = Literal::usize_unsuffixed(items.len());
                self.call(&node, &quote!(Flat::<#count>))
            }
            items => {
                let leaves = (0..items.len()).map(|n| leaf(n, 0, items.len()));
                let by = if self.arguments.partial {
                    quote!(flatten_partial_with)
                } else {
                    quote!(flatten_with)
                };
                let call = self.call(&quote!(__part), &quote!(__flat));
                quote!(match #node {
                    __part => match #by(&__part, |x| (#(x #leaves,)*)) { __flat => #call }
                })
            }
        }
    }

    /// Builds the call that makes one future of the tree. `flat` makes a tuple of the nested results.
    fn call(&self, node: &TokenStream, flat: &TokenStream) -> TokenStream {
        let limit = self.arguments.limit.as_ref();
        let limit = limit.map_or_else(|| quote!(Unlimited), |limit| quote!(limit(#limit)));
        match (&self.arguments.timeout, &self.arguments.error) {
            (None, _) => quote!(gather(#node, #limit, #flat)),
            (Some(after), _) if self.arguments.partial => {
                quote!(gather_partial(#node, #limit, #flat, #after))
            }
            (Some(after), None) => {
                quote!(gather_within(#node, #limit, #flat, #after, OuterTimeout))
            }
            (Some(after), Some(error)) => {
                let on_timeout = Ident::new("rejoin_call_timeout", self.arguments.error_span);
                quote!(gather_within(#node, #limit, #flat, #after, #error.#on_timeout()))
            }
        }
    }

    /// Builds the tree of all items.
    fn node(&self) -> TokenStream {
        match (self.items, &self.arguments.error) {
            ([], None) => quote!(no_branches()),
            ([], Some(error)) => quote!(no_branches_or(#error)),
            (items, _) => tree(0, items.len(), &|n| self.branch(n), &|middle, one, two| {
                // The compiler shows an error type that does not match the earlier ones where the second half begins.
                let pair = Ident::new("rejoin_pair_nodes", items[middle].span());
                quote!(PairOf(#one, #two).#pair())
            }),
        }
    }

    fn branch(&self, n: usize) -> TokenStream {
        let item = &self.items[n];
        let mut branch = self.opened(n, item);
        if let Some(error) = &self.arguments.error {
            let convert = Ident::new("rejoin_convert_error", item.span());
            branch = quote!(#branch.rejoin_error_type(#error).rejoin_keep_error().#convert());
        }
        if let Some(after) = &self.arguments.each_timeout {
            let on_timeout = if let Some(error) = &self.arguments.error {
                let convert = Ident::new("rejoin_branch_timeout", self.arguments.error_span);
                quote!(#error.#convert())
            } else {
                quote!(BranchTimeoutAsResult)
            };
            branch = quote!(#branch.rejoin_each_timeout(#after, #on_timeout));
        }
        if item.kind.is_spread() && self.arguments.limit.is_some() {
            branch.extend(quote!(.rejoin_drain_lazily()));
        }
        // A timeout that does not become an error of the call is a value.
        let value = self.arguments.return_exceptions
            || self.arguments.each_timeout.is_some() && self.arguments.error.is_none();
        let kind = if value {
            quote!(rejoin_value_node)
        } else {
            quote!(rejoin_node)
        };
        quote!(#branch.#kind())
    }

    /// Builds the item after the method that finds out whether its output type is determined.
    fn opened(&self, n: usize, item: &Item) -> TokenStream {
        let mut branch = check_item(self.arguments.item(n), item);
        if self.arguments.each_timeout.is_some() {
            let timed = Ident::new("rejoin_timed", item.span());
            branch.extend(quote!(.#timed()));
        }
        quote!(#branch.rejoin_output())
    }
}

/// Builds the fields that lead to item `n` in the tree of the items from `first` to before `end`.
fn leaf(n: usize, first: usize, end: usize) -> TokenStream {
    if end - first == 1 {
        return TokenStream::new();
    }
    let middle = middle(first, end);
    if n < middle {
        let inner = leaf(n, first, middle);
        quote!(.0 #inner)
    } else {
        let inner = leaf(n, middle, end);
        quote!(.1 #inner)
    }
}
