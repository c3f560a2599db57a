//! What a call evaluates, and how its parts are named afterwards.
//!
//! Every macro evaluates its items, in order, and then the values of its options, as a tuple that is matched at once. So
//! temporaries live as long as in a function call, nothing is in scope of them that the user did not write, and every
//! argument is typed before any is looked at:
//!
//! ```text
//! match (a, b, $crate::__private::AtOnce { 0: n },) {
//!     __x => {
//!         let mut __rejoin_0 = $crate::__private::given(__x.0);
//!         let mut __rejoin_1 = $crate::__private::given(__x.1);
//!         let __rejoin_2 = __x.2;
//!         {
//!             use $crate::__private::scope::*;
//!             ..
//!         }
//!     }
//! }
//! ```
//!
//! Where no expression can leave a temporary behind, there is no tuple, because a build that is not optimized would copy all of
//! it: each part is evaluated where its variable is declared. An editor then completes the variables of the items before; so
//! that it never does in the value of an option, a value that is not a literal stands in a tuple too.
//!
//! What follows gets an item by reference and takes it when it is known where it goes to, because such a build also copies a
//! value for every function that it is handed through.

use std::iter;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ext::IdentExt, spanned::Spanned};

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
    /// Whether each is evaluated where its variable is declared.
    one_by_one: bool,
    /// For each item the variable that refers to it, and that of its condition.
    items: Vec<(Ident, Option<Ident>)>,
    /// What gives the options' values.
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
    Value(TokenStream),
}

impl Arguments {
    pub(crate) fn new(items: &[Item], options: &Options) -> Self {
        let mut this = Self {
            parts: Vec::with_capacity(items.len() + options.0.len()),
            one_by_one: items
                .iter()
                .flat_map(|item| iter::once(&item.expr).chain(&item.condition))
                .all(leaves_nothing)
                && (options.exprs()).all(|value| matches!(value, Expr::Lit(_))),
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
            let given = this.push(Part::Item(item.expr.to_token_stream()));
            let condition = item.condition.as_ref();
            let condition =
                condition.map(|condition| this.push(Part::Value(quote!(If { 0: #condition }))));
            this.items.push((given, condition));
        }
        for option in &options.0 {
            this.option(option);
        }
        this
    }

    /// Adds a part and returns its variable.
    fn push(&mut self, part: Part) -> Ident {
        let variable = variable(self.parts.len());
        self.parts.push(part);
        variable
    }

    /// Returns the variable that refers to item `n`.
    pub(crate) fn item(&self, n: usize) -> &Ident {
        &self.items[n].0
    }

    /// Returns the condition of item `n`, if its arm has one.
    pub(crate) fn condition(&self, n: usize) -> Option<&Ident> {
        self.items[n].1.as_ref()
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
        let variable = variable(self.parts.len());
        let inner = matches!(option.value, Value::Duration(_)).then(|| quote!(.0));
        *field = Some(quote!(#variable #inner));
        self.push(Part::Value(value));
    }

    /// What evaluates them, and then does `then`, with all at hand that expansions use.
    pub(crate) fn with(&self, krate: &TokenStream, then: &TokenStream) -> TokenStream {
        evaluate(
            krate,
            &self.parts,
            self.one_by_one,
            &quote!({ use #krate::__private::scope::*; #then }),
        )
    }
}

/// What evaluates `parts`, as a tuple or `one_by_one`, and then does `then` with their variables.
fn evaluate(
    krate: &TokenStream,
    parts: &[Part],
    one_by_one: bool,
    then: &TokenStream,
) -> TokenStream {
    let private = quote!(#krate::__private);
    let values = parts.iter().map(|part| match part {
        Part::Item(item) => item.clone(),
        Part::Value(value) => quote!(#private::#value),
    });
    let bind = |(n, (part, value)): (usize, (&Part, TokenStream))| {
        let variable = variable(n);
        match part {
            Part::Item(_) => quote!(let mut #variable = #private::given(#value);),
            Part::Value(_) => quote!(let #variable = #value;),
        }
    };
    if one_by_one {
        let variables = parts.iter().zip(values).enumerate().map(bind);
        return quote!(match () { () => { #(#variables)* #then } });
    }
    let fields = (0..parts.len()).map(|n| {
        let n = Literal::usize_unsuffixed(n);
        quote!(__x.#n)
    });
    let variables = parts.iter().zip(fields).enumerate().map(bind);
    quote!(match (#(#values,)*) { __x => { #(#variables)* #then } })
}

/// Returns whether an expression, as it is written, cannot leave a temporary value behind that its own value refers to.
fn leaves_nothing(expr: &Expr) -> bool {
    match expr {
        Expr::Async(_) | Expr::Closure(_) | Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Call(of) => matches!(*of.func, Expr::Path(_)) && of.args.iter().all(leaves_nothing),
        Expr::MethodCall(of) => is_variable(&of.receiver) && of.args.iter().all(leaves_nothing),
        Expr::Field(of) => is_variable(&of.base),
        Expr::Reference(of) => is_variable(&of.expr),
        Expr::Paren(of) => leaves_nothing(&of.expr),
        Expr::Group(of) => leaves_nothing(&of.expr),
        _ => false,
    }
}

/// Returns whether an expression looks like a variable, or a field of one. A constant becomes a temporary where it is borrowed.
fn is_variable(expr: &Expr) -> bool {
    match expr {
        Expr::Path(of) => (of.path.get_ident())
            .is_some_and(|name| !name.unraw().to_string().starts_with(char::is_uppercase)),
        Expr::Field(of) => is_variable(&of.base),
        Expr::Paren(of) => is_variable(&of.expr),
        Expr::Group(of) => is_variable(&of.expr),
        _ => false,
    }
}

/// Returns the variable of a part.
fn variable(part: usize) -> Ident {
    Ident::new(&format!("__rejoin_{part}"), Span::mixed_site())
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
    let parts: Vec<_> = items
        .iter()
        .map(|item| Part::Item(item.expr.to_token_stream()))
        .collect();
    let conditions = items.iter().filter_map(|item| item.condition.as_ref());
    let checked = items
        .iter()
        .enumerate()
        .map(|(n, item)| check_item(&variable(n), item));
    let then = with(
        krate,
        &quote!((#(#conditions,)* #(#others,)*)),
        &quote!(#(let _ = #checked;)*),
    );
    evaluate(krate, &parts, false, &then)
}

/// The first steps for an item that a variable refers to, which end in an error if it is none. That one is shown at the item.
pub(crate) fn check_item(given: &Ident, item: &Item) -> TokenStream {
    let at = item.expr.span();
    let awaited = awaited(&item.expr);
    let of = match (item.spread, awaited) {
        (true, _) => quote!(#given.many()),
        (false, None) => quote!(#given.branch()),
        (false, Some(_)) => quote!(#given.awaited()),
    };
    let of = if matches!(item.expr, Expr::Path(_)) {
        // The type of a variable may not be known yet, for example that of a closure's parameter. A method call on what is of that
        // type makes the compiler ask for it there.
        let known = quote_spanned!(at=> (*#given).rejoin_known());
        quote!(if false { #known } else { #of })
    } else {
        of
    };
    let check = match awaited {
        Some(awaited) if !item.spread => awaited,
        _ => at,
    };
    let check = Ident::new("rejoin_check", check);
    let futures = item.spread.then(|| quote!(.rejoin_futures()));
    quote!(#of #futures.#check())
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
