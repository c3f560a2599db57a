//! What a call evaluates, and how its parts are named afterwards.
//!
//! Every macro evaluates its items, in order, and then the values of its options, as the arguments of one function call.
//! So temporaries live as long as in any call, nothing is named that the user could see, and every argument is typed
//! before any is looked at:
//!
//! ```text
//! $crate::__private::with((a, b, c, $crate::__private::AtOnce { 0: n },), {
//!     use $crate::__private::scope::*;
//!     |x| ..
//! })
//! ```

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, spanned::Spanned};

use crate::{
    grammar::Item,
    options::{Opt, Options},
    values::{Duration, Value, When},
};

/// The arguments of an expansion.
pub(crate) struct Arguments {
    items: Vec<TokenStream>,
    /// The options' values, in the order in which they stand.
    values: Vec<TokenStream>,
    /// How they are named afterwards: the fields of `x`.
    pub(crate) timeout: Option<TokenStream>,
    pub(crate) each_timeout: Option<TokenStream>,
    pub(crate) grace: Option<TokenStream>,
    pub(crate) limit: Option<TokenStream>,
    pub(crate) enough: Option<TokenStream>,
    pub(crate) error: Option<TokenStream>,
    pub(crate) error_place: Span,
}

impl Arguments {
    pub(crate) fn new(items: &[Item], options: &Options) -> Self {
        let mut this = Self {
            items: (items.iter())
                .map(|item| item.expr.to_token_stream())
                .collect(),
            values: Vec::new(),
            timeout: None,
            each_timeout: None,
            grace: None,
            limit: None,
            enough: None,
            error: None,
            error_place: Span::call_site(),
        };
        for option in &options.0 {
            this.option(option);
        }
        this
    }

    fn option(&mut self, option: &Opt) {
        let (field, value) = match (&option.value, option.spec.name) {
            (Value::Duration(duration), "timeout") => (&mut self.timeout, duration.argument()),
            (Value::Duration(duration), "grace") => (&mut self.grace, duration.argument()),
            (Value::Duration(duration), _) => (&mut self.each_timeout, duration.argument()),
            (Value::Count(limit), _) => (&mut self.limit, quote!(AtOnce { 0: #limit })),
            (Value::When(When::Completed(count)), _) => {
                (&mut self.enough, quote!(Enough { 0: #count }))
            }
            (Value::Type(error), _) => {
                self.error_place = error.span();
                (&mut self.error, quote!(error::<#error>()))
            }
            _ => return,
        };
        let n = Literal::usize_unsuffixed(self.items.len() + self.values.len());
        let inner = matches!(option.value, Value::Duration(_)).then(|| quote!(.0));
        *field = Some(quote!(x.#n #inner));
        self.values.push(value);
    }

    /// The call that evaluates them, of what is then done with `x`.
    pub(crate) fn with(&self, krate: &TokenStream, then: &TokenStream) -> TokenStream {
        let private = quote!(#krate::__private);
        let (items, values) = (&self.items, &self.values);
        if items.is_empty() && values.is_empty() {
            return quote!({ use #private::scope::*; #then });
        }
        quote! {
            #private::with((#(#items,)* #(#private::#values,)*), {
                use #private::scope::*;
                |x| #then
            })
        }
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

/// What there is of a broken call, so that it is checked and completed in an editor.
pub(crate) fn check<'a>(
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
pub(crate) fn check_item(n: usize, item: &Item) -> TokenStream {
    let n = Literal::usize_unsuffixed(n);
    let check = Ident::new("rejoin_check", item.expr.span());
    if item.spread {
        quote!(Many(x.#n).rejoin_futures().#check())
    } else {
        quote!(Branch(x.#n).rejoin_future().#check())
    }
}

/// Where a tree of the items from `first` to before `end` is parted.
///
/// A few stand in a row: branches that do not go together are found by pairs, and in a row only the first pair is told.
pub(crate) fn middle(first: usize, end: usize) -> usize {
    match end - first {
        few @ ..=4 => first + few - 1,
        many => first + many.div_ceil(2),
    }
}

/// The tree of the items from `first` to before `end`, which are at least one.
pub(crate) fn tree(
    first: usize,
    end: usize,
    leaf: &impl Fn(usize) -> TokenStream,
    pair: &impl Fn(usize, TokenStream, TokenStream) -> TokenStream,
) -> TokenStream {
    if end - first == 1 {
        return leaf(first);
    }
    let middle = middle(first, end);
    let (one, two) = (
        tree(first, middle, leaf, pair),
        tree(middle, end, leaf, pair),
    );
    pair(middle, one, two)
}
