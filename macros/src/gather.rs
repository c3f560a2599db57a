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
//!                 Branch(x.0).rejoin_future().rejoin_check().rejoin_open().rejoin_kind(),
//!                 Branch(x.1).rejoin_future().rejoin_check().rejoin_open().rejoin_kind(),
//!             ).rejoin_pair(),
//!             Branch(x.2).rejoin_future().rejoin_check().rejoin_open().rejoin_kind(),
//!         ).rejoin_pair(),
//!         limit(x.3),
//!         |x| (x.0.0, x.0.1, x.1),
//!     )
//! })
//! ```
//!
//! Which methods those are, is told in `branch.rs` of the runtime. Where one of them does not fit, its name is what the
//! compiler points at, so the name has the place of what the user wrote.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, spanned::Spanned};

use crate::{
    errors,
    grammar::{Call, Item},
    options::{Opt, Options},
    values::{Duration, Value},
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

/// What there is of a broken call, so that it is checked and completed in an editor.
fn check<'a>(
    krate: &TokenStream,
    items: &[Item],
    others: impl Iterator<Item = &'a Expr>,
) -> TokenStream {
    let exprs = items.iter().map(|item| &item.expr);
    let checked = items
        .iter()
        .enumerate()
        .map(|(n, item)| check_item(n, item));
    quote! {
        #krate::__private::with((#(#exprs,)* #(#others,)*), {
            use #krate::__private::scope::*;
            |x| { #(let _ = #checked;)* }
        });
    }
}

/// The first steps for an argument, which end in an error if it is none. That one is shown at the argument.
fn check_item(n: usize, item: &Item) -> TokenStream {
    let n = Literal::usize_unsuffixed(n);
    let check = Ident::new("rejoin_check", item.expr.span());
    if item.spread {
        quote!(Many(x.#n).rejoin_futures().#check())
    } else {
        quote!(Branch(x.#n).rejoin_future().#check())
    }
}

/// The parts of an expansion.
struct Expansion<'a> {
    items: &'a [Item],
    /// What is evaluated at the call: the items, then the options in the order in which they stand.
    arguments: Vec<TokenStream>,
    /// How the options are named afterwards: the fields of `x`.
    timeout: Option<TokenStream>,
    each_timeout: Option<TokenStream>,
    limit: Option<TokenStream>,
    error: Option<TokenStream>,
    error_place: Span,
    partial: bool,
    return_exceptions: bool,
}

impl<'a> Expansion<'a> {
    fn new(items: &'a [Item], options: &Options) -> Self {
        let mut this = Self {
            items,
            arguments: items
                .iter()
                .map(|item| item.expr.to_token_stream())
                .collect(),
            timeout: None,
            each_timeout: None,
            limit: None,
            error: None,
            error_place: Span::call_site(),
            partial: options.flag("partial"),
            return_exceptions: options.flag("return_exceptions"),
        };
        for option in &options.0 {
            this.option(option);
        }
        this
    }

    fn option(&mut self, option: &Opt) {
        let (field, argument) = match (&option.value, option.spec.name) {
            (Value::Duration(duration), "timeout") => (&mut self.timeout, duration.argument()),
            (Value::Duration(duration), _) => (&mut self.each_timeout, duration.argument()),
            (Value::Count(limit), _) => (&mut self.limit, quote!(AtOnce { 0: #limit })),
            (Value::Type(error), _) => {
                self.error_place = error.span();
                (&mut self.error, quote!(error::<#error>()))
            }
            _ => return,
        };
        let n = Literal::usize_unsuffixed(self.arguments.len());
        let inner = matches!(option.value, Value::Duration(_)).then(|| quote!(.0));
        *field = Some(quote!(x.#n #inner));
        self.arguments.push(argument);
    }

    fn finish(self, krate: &TokenStream) -> TokenStream {
        let private = quote!(#krate::__private);
        let (values, options) = self.arguments.split_at(self.items.len());
        let gather = self.gather();
        quote! {
            #private::with((#(#values,)* #(#private::#options,)*), {
                use #private::scope::*;
                |x| #gather
            })
        }
    }

    fn gather(&self) -> TokenStream {
        let node = self.node(0, self.items.len());
        let limit = self.limit.as_ref();
        let limit = limit.map_or_else(|| quote!(Unlimited), |limit| quote!(limit(#limit)));
        let shape = self.shape();
        match (&self.timeout, &self.error) {
            (None, _) => quote!(gather(#node, #limit, #shape)),
            (Some(after), _) if self.partial => {
                quote!(gather_partly(#node, #limit, #shape, #after))
            }
            (Some(after), None) => quote!(gather_within(#node, #limit, #shape, #after, Outside)),
            (Some(after), Some(error)) => {
                let among = Ident::new("rejoin_among", self.error_place);
                quote!(gather_within(#node, #limit, #shape, #after, #error.#among()))
            }
        }
    }

    /// The tree of the items from `first` to before `end`.
    fn node(&self, first: usize, end: usize) -> TokenStream {
        match (end - first, &self.error) {
            (0, None) => quote!(nothing()),
            (0, Some(error)) => quote!(nothing_or(#error)),
            (1, _) => self.branch(first),
            _ => {
                let middle = middle(first, end);
                let (a, b) = (self.node(first, middle), self.node(middle, end));
                // An error type that does not fit to those before it is shown where the second half begins.
                let pair = Ident::new("rejoin_pair", self.items[middle].expr.span());
                quote!(Two(#a, #b).#pair())
            }
        }
    }

    fn branch(&self, n: usize) -> TokenStream {
        let item = &self.items[n];
        let mut branch = check_item(n, item);
        branch.extend(quote!(.rejoin_open()));
        if let Some(error) = &self.error {
            let other = Ident::new("rejoin_other", item.expr.span());
            branch = quote!(#branch.rejoin_to(#error).rejoin_same().#other());
        }
        if let Some(after) = &self.each_timeout {
            let late = if let Some(error) = &self.error {
                let as_error = Ident::new("rejoin_as_error", self.error_place);
                quote!(#error.#as_error())
            } else {
                quote!(AsItIs)
            };
            branch = quote!(#branch.rejoin_each(#after, #late));
        }
        // A timeout that is not turned into an error of the call is a value.
        let value = self.return_exceptions || self.each_timeout.is_some() && self.error.is_none();
        let kind = if value {
            quote!(rejoin_value)
        } else {
            quote!(rejoin_kind)
        };
        quote!(#branch.#kind())
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

/// Where the tree of the items from `first` to before `end` is parted.
///
/// A few stand in a row: branches that fail differently are found by pairs, and in a row only the first pair is told.
fn middle(first: usize, end: usize) -> usize {
    match end - first {
        few @ ..=4 => first + few - 1,
        many => first + many.div_ceil(2),
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

impl Duration {
    /// The argument that gives it.
    fn argument(&self) -> TokenStream {
        match self {
            Self::Literal {
                seconds,
                nanoseconds,
            } => quote!(duration(#seconds, #nanoseconds)),
            Self::Value(value) => quote!(After { 0: #value }),
        }
    }
}
