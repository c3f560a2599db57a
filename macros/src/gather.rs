//! `gather!`: checks what only it knows, and expands.
//!
//! A call becomes one function call whose arguments are the user's expressions, so that temporaries live as long as in
//! any call, nothing is named that the user could see, and every argument is typed before any is looked at:
//!
//! ```text
//! $crate::__private::with((a, b, c, $crate::__private::AtOnce { 0: n },), {
//!     use $crate::__private::scope::*;
//!     |x| gather(
//!         Two(
//!             Two(
//!                 Branch(x.0).rejoin_check().rejoin_kind(),
//!                 Branch(x.1).rejoin_check().rejoin_kind(),
//!             ).rejoin_pair(),
//!             Branch(x.2).rejoin_check().rejoin_kind(),
//!         ).rejoin_pair(),
//!         limit(x.3),
//!         |x| (x.0.0, x.0.1, x.1),
//!     )
//! })
//! ```
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
        let limit = self.arguments.limit.as_ref();
        let limit = limit.map_or_else(|| quote!(Unlimited), |limit| quote!(limit(#limit)));
        let shape = self.shape();
        match (&self.arguments.timeout, &self.arguments.error) {
            (None, _) => quote!(gather(#node, #limit, #shape)),
            (Some(after), _) if self.partial => {
                quote!(gather_partly(#node, #limit, #shape, #after))
            }
            (Some(after), None) => quote!(gather_within(#node, #limit, #shape, #after, Outside)),
            (Some(after), Some(error)) => {
                let among = Ident::new("rejoin_among", self.arguments.error_place);
                quote!(gather_within(#node, #limit, #shape, #after, #error.#among()))
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
        if self.arguments.each_timeout.is_some() {
            let checked = check_item(n, item);
            let timed = Ident::new("rejoin_timed", item.expr.span());
            return quote!(#checked.#timed().rejoin_open());
        }
        if item.spread {
            let checked = check_item(n, item);
            return quote!(#checked.rejoin_open());
        }
        let n = Literal::usize_unsuffixed(n);
        let check = Ident::new("rejoin_check", item.expr.span());
        quote!(Branch(x.#n).#check())
    }

    /// The function from the tree's nested pairs to what the user sees.
    fn shape(&self) -> TokenStream {
        match self.items {
            [] => quote!(|x| x),
            [item] if item.spread => quote!(|x| x),
            [_] => quote!(|x| (x,)),
            items => {
                let leaves = (0..items.len()).map(|n| leaf(n, 0, items.len()));
                quote!(|x| (#(x #leaves,)*))
            }
        }
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
