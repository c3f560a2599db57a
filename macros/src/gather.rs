//! `gather!`: checks what only it knows, and expands.
//!
//! A call evaluates the user's expressions, see [`arguments`](crate::arguments), and then makes one future of them:
//!
//! ```text
//! gather(
//!     Two(
//!         Two(
//!             __rejoin_0.branch().rejoin_check().rejoin_open().rejoin_kind(),
//!             __rejoin_1.branch().rejoin_check().rejoin_open().rejoin_kind(),
//!         ).rejoin_pair(),
//!         __rejoin_2.branch().rejoin_check().rejoin_open().rejoin_kind(),
//!     ).rejoin_pair(),
//!     limit(__rejoin_3),
//!     Flat::<3>,
//! )
//! ```
//!
//! No closure, whose type would be one of its own for every call: so the futures of calls alike are of the same type, and
//! are compiled once.
//!
//! Which methods those are, is told in `branch.rs` of the runtime. Where one of them does not fit, its name is what the
//! compiler points at, so the name has the place of what the user wrote.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::spanned::Spanned;

use crate::{
    arguments::{Arguments, check, check_item, middle, tree},
    errors,
    grammar::{Call, Item},
    options::Options,
};

/// Up to so many branches the runtime has the way from the tree to a tuple.
const TUPLES: usize = 8;

pub(crate) fn expand(mut call: Call) -> TokenStream {
    let (timeout, partial) = (call.options.find("timeout"), call.options.find("partial"));
    if let (None, Some(partial)) = (timeout, partial) {
        call.errors.on(&partial.name, errors::PARTIAL_ALONE);
    }
    let Call {
        krate,
        items,
        loose,
        options,
        errors,
        ..
    } = call;
    let Some(errors) = errors.report() else {
        return Expansion::new(&items, &options).finish(&krate);
    };
    // The result is the error itself, from which nothing follows; what is not broken is checked beside it.
    let check = check(&krate, &items, loose.iter().chain(options.exprs()));
    quote!({ #check #errors })
}

/// The parts of an expansion.
struct Expansion<'a> {
    items: &'a [Item],
    arguments: Arguments,
    partial: bool,
    return_exceptions: bool,
}

impl<'a> Expansion<'a> {
    fn new(items: &'a [Item], options: &Options) -> Self {
        Self {
            items,
            arguments: Arguments::new(items, options),
            partial: options.flag("partial"),
            return_exceptions: options.flag("return_exceptions"),
        }
    }

    fn finish(self, krate: &TokenStream) -> TokenStream {
        self.arguments.with(krate, &self.gather())
    }

    fn gather(&self) -> TokenStream {
        let node = self.node();
        match self.items {
            [] => self.call(&node, &quote!(Bare)),
            [item] if item.spread => self.call(&node, &quote!(Bare)),
            items if items.len() <= TUPLES => {
                let count = Literal::usize_unsuffixed(items.len());
                self.call(&node, &quote!(Flat::<#count>))
            }
            items => {
                let leaves = (0..items.len()).map(|n| leaf(n, 0, items.len()));
                let by = if self.partial {
                    quote!(by_some)
                } else {
                    quote!(by)
                };
                let call = self.call(&quote!(__part), &quote!(__flat));
                quote!(match #node {
                    __part => match #by(&__part, |x| (#(x #leaves,)*)) { __flat => #call }
                })
            }
        }
    }

    /// The call that makes one future of the tree, whose nested pairs become by `flat` what the user sees.
    fn call(&self, node: &TokenStream, flat: &TokenStream) -> TokenStream {
        let limit = self.arguments.limit.as_ref();
        let limit = limit.map_or_else(|| quote!(Unlimited), |limit| quote!(limit(#limit)));
        match (&self.arguments.timeout, &self.arguments.error) {
            (None, _) => quote!(gather(#node, #limit, #flat)),
            (Some(after), _) if self.partial => {
                quote!(gather_partly(#node, #limit, #flat, #after))
            }
            (Some(after), None) => quote!(gather_within(#node, #limit, #flat, #after, OuterTimeout)),
            (Some(after), Some(error)) => {
                let among = Ident::new("rejoin_among", self.arguments.error_place);
                quote!(gather_within(#node, #limit, #flat, #after, #error.#among()))
            }
        }
    }

    /// The tree of all items.
    fn node(&self) -> TokenStream {
        match (self.items, &self.arguments.error) {
            ([], None) => quote!(nothing()),
            ([], Some(error)) => quote!(nothing_or(#error)),
            (items, _) => tree(0, items.len(), &|n| self.branch(n), &|middle, one, two| {
                // An error type that does not fit to those before it is shown where the second half begins.
                let pair = Ident::new("rejoin_pair", items[middle].expr.span());
                quote!(Two(#one, #two).#pair())
            }),
        }
    }

    fn branch(&self, n: usize) -> TokenStream {
        let item = &self.items[n];
        let mut branch = self.opened(n, item);
        if let Some(error) = &self.arguments.error {
            let other = Ident::new("rejoin_other", item.expr.span());
            branch = quote!(#branch.rejoin_to(#error).rejoin_same().#other());
        }
        if let Some(after) = &self.arguments.each_timeout {
            let late = if let Some(error) = &self.arguments.error {
                let as_error = Ident::new("rejoin_as_error", self.arguments.error_place);
                quote!(#error.#as_error())
            } else {
                quote!(AsItIs)
            };
            branch = quote!(#branch.rejoin_each(#after, #late));
        }
        if item.spread && self.arguments.limit.is_some() {
            branch.extend(quote!(.rejoin_draw()));
        }
        // A timeout that is not turned into an error of the call is a value.
        let value = self.return_exceptions
            || self.arguments.each_timeout.is_some() && self.arguments.error.is_none();
        let kind = if value {
            quote!(rejoin_value)
        } else {
            quote!(rejoin_kind)
        };
        quote!(#branch.#kind())
    }

    /// The steps up to where it is known whether the item's output is determined.
    fn opened(&self, n: usize, item: &Item) -> TokenStream {
        let mut branch = check_item(self.arguments.item(n), item);
        if self.arguments.each_timeout.is_some() {
            let timed = Ident::new("rejoin_timed", item.expr.span());
            branch.extend(quote!(.#timed()));
        }
        quote!(#branch.rejoin_open())
    }
}

/// The fields that lead to item `n` in that tree.
fn leaf(n: usize, first: usize, end: usize) -> TokenStream {
    if end - first == 1 {
        return TokenStream::new();
    }
    let middle = middle(first, end);
    if n < middle {
        let rest = leaf(n, first, middle);
        quote!(.0 #rest)
    } else {
        let rest = leaf(n, middle, end);
        quote!(.1 #rest)
    }
}
