//! `gather!`: checks what only it knows, and expands.
//!
//! A call becomes one function call whose arguments are the user's expressions, so that temporaries live as long as in
//! any call, nothing is named that the user could see, and every argument is typed before any is looked at:
//!
//! ```text
//! $crate::__private::with((a, b, c, $crate::__private::limit(n),), {
//!     use $crate::__private::scope::*;
//!     |x| gather(
//!         pair(
//!             Branch(x.0).future().check().kind(),
//!             pair(Branch(x.1).future().check().kind(), Branch(x.2).future().check().kind()),
//!         ),
//!         x.3,
//!         |x| (x.0, x.1.0, x.1.1),
//!     )
//! })
//! ```
//!
//! Which methods those are, is told in `branch.rs` of the runtime.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::{
    errors,
    grammar::{Call, Item},
    options::{Duration, Opt, Options, Value},
};

pub(crate) fn expand(mut call: Call) -> TokenStream {
    if call.options.find("timeout").is_none()
        && let Some(partial) = call.options.find("partial")
    {
        call.errors.on(&partial.name, errors::PARTIAL_ALONE);
    }
    let Call {
        krate,
        items,
        options,
        errors,
        ..
    } = call;
    let Some(errors) = errors.report() else {
        return Expansion::new(&items, &options).finish(&krate);
    };
    // The result is the error itself, from which nothing follows; what is not broken is checked beside it.
    let check = check(&krate, &items);
    quote!({ #check #errors })
}

/// The branches of a broken call, so that they are checked and completed in an editor.
fn check(krate: &TokenStream, items: &[Item]) -> TokenStream {
    let exprs = items.iter().map(|item| &item.expr);
    let checked = items.iter().enumerate().map(|(n, item)| check_item(n, item));
    quote! {
        #krate::__private::with((#(#exprs,)*), {
            use #krate::__private::scope::*;
            |x| { #(let _ = #checked;)* }
        });
    }
}

/// The first steps for an argument, which end in an error if it is none. That one is shown at the argument.
fn check_item(n: usize, item: &Item) -> TokenStream {
    let n = Literal::usize_unsuffixed(n);
    let check = quote_spanned!(here(item)=> check);
    if item.spread {
        quote!(Many(x.#n).futures().#check())
    } else {
        quote!(Branch(x.#n).future().#check())
    }
}

/// The place of an item, for a name that is not to be mixed up with what the user writes there.
fn here(item: &Item) -> Span {
    Span::mixed_site().located_at(item.expr.span())
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
    partial: bool,
    return_exceptions: bool,
}

impl<'a> Expansion<'a> {
    fn new(items: &'a [Item], options: &Options) -> Self {
        let mut this = Self {
            items,
            arguments: items.iter().map(|item| item.expr.to_token_stream()).collect(),
            timeout: None,
            each_timeout: None,
            limit: None,
            error: None,
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
            (Value::Count(limit), _) => (&mut self.limit, quote!(limit(#limit))),
            (Value::Type(error), _) => (&mut self.error, quote!(error::<#error>())),
            _ => return,
        };
        let n = Literal::usize_unsuffixed(self.arguments.len());
        *field = Some(quote!(x.#n));
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
        let limit = match &self.limit {
            Some(limit) => limit.clone(),
            None => quote!(Unlimited),
        };
        let shape = self.shape();
        match (&self.timeout, &self.error) {
            (None, _) => quote!(gather(#node, #limit, #shape)),
            (Some(after), _) if self.partial => {
                quote!(gather_partly(#node, #limit, #shape, #after))
            }
            (Some(after), None) => quote!(gather_within(#node, #limit, #shape, #after, Outside)),
            (Some(after), Some(error)) => {
                quote!(gather_within(#node, #limit, #shape, #after, among(#error)))
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
                let pair = quote_spanned!(here(&self.items[middle])=> pair);
                quote!(#pair(#a, #b))
            }
        }
    }

    fn branch(&self, n: usize) -> TokenStream {
        let item = &self.items[n];
        let mut branch = check_item(n, item);
        if let Some(error) = &self.error {
            let other = quote_spanned!(here(item)=> other);
            branch = quote!(#branch.to(#error).same().#other());
        }
        if let Some(after) = &self.each_timeout {
            let late = match &self.error {
                Some(error) => quote!(as_error(#error)),
                None => quote!(AsItIs),
            };
            branch = quote!(#branch.each(#after, #late));
        }
        // A timeout that is not turned into an error of the call is a value.
        let value = self.return_exceptions || self.each_timeout.is_some() && self.error.is_none();
        let kind = if value { quote!(value) } else { quote!(kind) };
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
fn middle(first: usize, end: usize) -> usize {
    first + (end - first).div_ceil(2)
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
    /// The call that gives it.
    fn argument(&self) -> TokenStream {
        match self {
            Self::Literal {
                seconds,
                nanoseconds,
            } => quote!(duration(#seconds, #nanoseconds)),
            Self::Value(value) => quote!(timeout(#value)),
        }
    }
}
