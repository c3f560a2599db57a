//! What a call evaluates, and how its parts are named afterwards.
//!
//! Every macro evaluates its items, in order, and then the values of its options, as a tuple that is matched at once. So
//! temporaries live as long as in a function call, nothing is in scope of them that the user did not write, and every
//! argument is typed before any is looked at:
//!
//! ```text
//! match (a, b, c, $crate::__private::AtOnce { 0: n },) {
//!     __x => {
//!         use $crate::__private::scope::*;
//!         ..
//!     }
//! }
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
    /// Everything that the call evaluates, in this order: the items, each followed by the condition of its arm, then the options'
    /// values.
    parts: Vec<Part>,
    /// For each item its index in `parts`, and that of its condition.
    items: Vec<(usize, Option<usize>)>,
    /// The fields of `__x` that hold the options' values.
    pub(crate) timeout: Option<TokenStream>,
    pub(crate) each_timeout: Option<TokenStream>,
    pub(crate) grace: Option<TokenStream>,
    pub(crate) limit: Option<TokenStream>,
    pub(crate) enough: Option<TokenStream>,
    pub(crate) error: Option<TokenStream>,
    pub(crate) error_place: Span,
}

enum Part {
    /// An expression of the user's.
    Item(TokenStream),
    /// An expression that begins with a name of the runtime's.
    Named(TokenStream),
}

impl Arguments {
    pub(crate) fn new(items: &[Item], options: &Options) -> Self {
        let mut this = Self {
            parts: Vec::with_capacity(items.len() + options.0.len()),
            items: Vec::with_capacity(items.len()),
            timeout: None,
            each_timeout: None,
            grace: None,
            limit: None,
            enough: None,
            error: None,
            error_place: Span::call_site(),
        };
        for item in items {
            let index = this.push(Part::Item(item.expr.to_token_stream()));
            let condition = item.condition.as_ref();
            let condition =
                condition.map(|condition| this.push(Part::Named(quote!(If { 0: #condition }))));
            this.items.push((index, condition));
        }
        for option in &options.0 {
            this.option(option);
        }
        this
    }

    /// Adds a part and returns its field of `__x`.
    fn push(&mut self, part: Part) -> usize {
        self.parts.push(part);
        self.parts.len() - 1
    }

    /// Returns the field of item `n`.
    pub(crate) fn index(&self, n: usize) -> usize {
        self.items[n].0
    }

    /// Returns the condition of item `n`, if its arm has one.
    pub(crate) fn condition(&self, n: usize) -> Option<TokenStream> {
        let index = Literal::usize_unsuffixed(self.items[n].1?);
        Some(quote!(__x.#index))
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
        let n = Literal::usize_unsuffixed(self.parts.len());
        let inner = matches!(option.value, Value::Duration(_)).then(|| quote!(.0));
        *field = Some(quote!(__x.#n #inner));
        self.push(Part::Named(value));
    }

    /// What evaluates them, and then does `then` with `__x`.
    pub(crate) fn with(&self, krate: &TokenStream, then: &TokenStream) -> TokenStream {
        let private = quote!(#krate::__private);
        if self.parts.is_empty() {
            return quote!({ use #private::scope::*; #then });
        }
        let parts = self.parts.iter().map(|part| match part {
            Part::Item(part) => part.clone(),
            Part::Named(part) => quote!(#private::#part),
        });
        with(krate, &quote!((#(#parts,)*)), then)
    }
}

/// What evaluates `arguments`, and then does `then` with it as `__x`, with all at hand that expansions use.
pub(crate) fn with(
    krate: &TokenStream,
    arguments: &TokenStream,
    then: &TokenStream,
) -> TokenStream {
    quote! {
        match #arguments {
            __x => {
                use #krate::__private::scope::*;
                #then
            }
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
    let conditions = items.iter().filter_map(|item| item.condition.as_ref());
    let checked = items
        .iter()
        .enumerate()
        .map(|(n, item)| check_item(n, item));
    with(
        krate,
        &quote!((#(#exprs,)* #(#conditions,)* #(#others,)*)),
        &quote!(#(let _ = #checked;)*),
    )
}

/// The first steps for an argument, which end in an error if it is none. That one is shown at the argument.
pub(crate) fn check_item(n: usize, item: &Item) -> TokenStream {
    let n = Literal::usize_unsuffixed(n);
    let check = Ident::new("rejoin_check", item.expr.span());
    // The type of a variable may not be known yet, for example that of a closure's parameter. A method call on the variable itself
    // makes the compiler ask for the type there.
    let is_variable = matches!(item.expr, Expr::Path(_));
    match (item.spread, awaited(&item.expr)) {
        (true, _) if is_variable => quote!(__x.#n.rejoin_many().rejoin_futures().#check()),
        (true, _) => quote!(Many(__x.#n).rejoin_futures().#check()),
        (false, None) if is_variable => quote!(__x.#n.rejoin_branch().#check()),
        (false, None) => quote!(Branch(__x.#n).#check()),
        (false, Some(awaited)) => {
            let check = Ident::new("rejoin_check", awaited);
            quote!(Awaited(__x.#n).#check())
        }
    }
}

/// Returns the place of the `await` in an expression like `f().await?` or `f().await.unwrap()`.
fn awaited(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Await(of) => Some(of.await_token.span),
        Expr::Try(of) => awaited(&of.expr),
        Expr::MethodCall(of) => awaited(&of.receiver),
        Expr::Field(of) => awaited(&of.base),
        Expr::Group(of) => awaited(&of.expr),
        _ => None,
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
