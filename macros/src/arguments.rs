//! Lowers a call's arguments to one tuple and names its fields.
//!
//! Every macro evaluates its items, in order, and then the values of its options, as a tuple that is matched at once. Therefore
//! temporaries live as long as in a function call, the user's expressions see no name of the expansion, and the type of every
//! argument is inferred before any method is called on one:
//!
//! ```text
//! match (a, b, $crate::__private::LimitValue { 0: n },) {
//!     __x => {
//!         let mut __rejoin_0 = $crate::__private::argument(__x.0);
//!         let mut __rejoin_1 = $crate::__private::argument(__x.1);
//!         let __rejoin_2 = __x.2;
//!         {
//!             use $crate::__private::scope::*;
//!             ..
//!         }
//!     }
//! }
//! ```
//!
//! If no expression can leave a temporary behind, there is no tuple, because a build that is not optimized would copy all of it.
//! Instead each part is evaluated where its variable is declared. There an editor completes the variables of the items before it.
//! That must not happen in the value of an option, so a call with a value that is not a literal has a tuple as well.
//!
//! The code in the inner block gets each item by reference and takes it where it is stored, because a build that is not optimized
//! copies a value for every function that it is passed through.

use std::iter;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ext::IdentExt, spanned::Spanned};

use crate::{
    grammar::{Item, ItemKind},
    options::{OptionValue, Options},
    values::{Count, Duration, When},
};

/// The arguments of an expansion.
pub(crate) struct Arguments {
    /// Everything that the call evaluates, in this order: the items, each followed by the condition of its arm, then the values of
    /// the options.
    pub(crate) parts: Vec<Part>,
    pub(crate) evaluation: Evaluation,
    /// The variables of each item and of its condition.
    items: Vec<(Ident, Option<Ident>)>,
    /// The options that are written, each as the expression that refers to its value.
    pub(crate) timeout: Option<TokenStream>,
    pub(crate) each_timeout: Option<TokenStream>,
    pub(crate) grace: Option<TokenStream>,
    pub(crate) until: Option<TokenStream>,
    pub(crate) limit: Option<TokenStream>,
    /// The `n` of `COMPLETED(n)`, `SUCCEEDED(n)` or `FAILED(n)`.
    pub(crate) wanted: Option<TokenStream>,
    /// The variable of `stagger`: a duration, and in the block that uses the arguments the queue of branches that have not started.
    pub(crate) stagger: Option<Ident>,
    pub(crate) ordered: bool,
    /// The number of successes that the call needs, as a `Needed`.
    pub(crate) need: Option<TokenStream>,
    pub(crate) error: Option<TokenStream>,
    pub(crate) error_span: Span,
    pub(crate) partial: bool,
    pub(crate) return_exceptions: bool,
}

/// A part that a call evaluates.
pub(crate) enum Part {
    /// An expression of the user.
    Item(TokenStream),
    /// An expression that begins with a name in `__private`.
    Value(TokenStream),
}

impl Part {
    /// Returns the expression that the call evaluates.
    pub(crate) fn value(&self, private: &TokenStream) -> TokenStream {
        match self {
            Self::Item(item) => item.clone(),
            Self::Value(value) => quote!(#private::#value),
        }
    }

    /// Declares the variable of part `n`, which gets `value`.
    pub(crate) fn bind(&self, n: usize, value: &TokenStream, private: &TokenStream) -> TokenStream {
        let variable = variable(n);
        match self {
            Self::Item(_) => quote!(let mut #variable = #private::argument(#value);),
            Self::Value(_) => quote!(let #variable = #value;),
        }
    }
}

/// How the parts of a call are evaluated.
pub(crate) enum Evaluation {
    /// As one tuple.
    Tuple,
    /// Each where its variable is declared.
    OneByOne,
}

impl Arguments {
    pub(crate) fn new(items: &[Item], options: &Options) -> Self {
        let leave_nothing = items
            .iter()
            .flat_map(|item| iter::once(&item.expr).chain(&item.condition))
            .all(leaves_nothing)
            && (options.exprs()).all(|value| matches!(value, Expr::Lit(_)));
        let mut this = Self {
            parts: Vec::with_capacity(items.len() + options.len()),
            evaluation: if leave_nothing {
                Evaluation::OneByOne
            } else {
                Evaluation::Tuple
            },
            items: Vec::with_capacity(items.len()),
            timeout: None,
            each_timeout: None,
            grace: None,
            until: None,
            limit: None,
            wanted: None,
            need: None,
            stagger: None,
            ordered: false,
            error: None,
            error_span: Span::call_site(),
            partial: false,
            return_exceptions: false,
        };
        for item in items {
            let argument = this.push(Part::Item(
                without_parentheses(&item.expr).to_token_stream(),
            ));
            let condition = item.condition.as_ref();
            let condition = condition
                .map(|condition| this.push(Part::Value(quote!(ConditionValue { 0: #condition }))));
            this.items.push((argument, condition));
        }
        for option in options.iter() {
            this.option(&option.value);
        }
        this
    }

    /// Adds a part and returns its variable.
    fn push(&mut self, part: Part) -> Ident {
        let variable = variable(self.parts.len());
        self.parts.push(part);
        variable
    }

    /// Adds a duration and returns the expression that refers to it.
    fn push_duration(&mut self, duration: &Duration) -> TokenStream {
        let variable = self.push_duration_value(duration);
        quote!(#variable.0)
    }

    /// Adds a duration and returns its variable, of the type `DurationValue`.
    fn push_duration_value(&mut self, duration: &Duration) -> Ident {
        self.push(Part::Value(match duration {
            Duration::Literal {
                seconds,
                nanoseconds,
            } => quote!(duration(#seconds, #nanoseconds)),
            Duration::Value(value) => quote!(DurationValue { 0: #value }),
        }))
    }

    /// Adds a value that is not a duration and returns the expression that refers to it.
    fn push_value(&mut self, value: TokenStream) -> TokenStream {
        self.push(Part::Value(value)).into_token_stream()
    }

    fn option(&mut self, value: &OptionValue) {
        match value {
            OptionValue::Timeout(duration) => self.timeout = Some(self.push_duration(duration)),
            OptionValue::EachTimeout(duration) => {
                self.each_timeout = Some(self.push_duration(duration));
            }
            OptionValue::Grace(duration) => self.grace = Some(self.push_duration(duration)),
            OptionValue::Until(until) => {
                let (value, span) = match span_of_await(until) {
                    None => (quote!(UntilValue { 0: #until }), until.span()),
                    Some(span) => (quote!(AwaitedUntilValue { 0: #until }), span),
                };
                let variable = self.push_value(value);
                let until = Ident::new("rejoin_until", span);
                self.until = Some(quote!(#variable.#until()));
            }
            OptionValue::Limit(limit) => {
                self.limit = Some(self.push_value(quote!(LimitValue { 0: #limit })));
            }
            OptionValue::Stagger(interval) => {
                self.stagger = Some(self.push_duration_value(interval));
            }
            OptionValue::Need(Count { expr, literal }) => {
                self.need = Some(match literal {
                    Some(1) => quote!(need_one()),
                    Some(successes) => quote!(need_array::<#successes>()),
                    None => {
                        let successes = self.push_value(quote!(CountValue { 0: #expr }));
                        quote!(need(#successes))
                    }
                });
            }
            OptionValue::ReturnWhen(
                When::Completed(count)
                | When::Succeeded(_, Some(count))
                | When::Failed(_, Some(count)),
            ) => {
                self.wanted = Some(self.push_value(quote!(CountValue { 0: #count })));
            }
            // The predicate of `UNTIL` is evaluated behind the source.
            OptionValue::ReturnWhen(
                When::AllCompleted
                | When::FirstCompleted
                | When::Succeeded(_, None)
                | When::Failed(_, None)
                | When::Until(_),
            ) => {}
            OptionValue::Error(error) => {
                self.error_span = error.span();
                self.error = Some(self.push_value(quote!(error::<#error>())));
            }
            OptionValue::Ordered(flag) => self.ordered = *flag,
            OptionValue::Partial(flag) => self.partial = *flag,
            OptionValue::ReturnExceptions(flag) => self.return_exceptions = *flag,
        }
    }

    /// Returns the variable of item `n`.
    pub(crate) fn item(&self, n: usize) -> &Ident {
        &self.items[n].0
    }

    /// Returns the variable of the condition of item `n`, if its arm has one.
    pub(crate) fn condition(&self, n: usize) -> Option<&Ident> {
        self.items[n].1.as_ref()
    }

    /// Builds the step that rejects a set among the items of a call with `stagger`.
    pub(crate) fn unstarted(&self, item: &Item) -> Option<TokenStream> {
        let unstarted = Ident::new("rejoin_unstarted", item.span());
        self.stagger.as_ref().map(|_| quote!(.#unstarted()))
    }

    /// Lets the futures of a branch wait for their start, if the call has `stagger`. In a call that waits for successes, each
    /// failure starts one more.
    pub(crate) fn staggered(&self, branch: TokenStream, waits_for_successes: bool) -> TokenStream {
        match &self.stagger {
            None => branch,
            Some(stagger) if waits_for_successes => {
                quote!(#branch.rejoin_stagger_attempts(&#stagger))
            }
            Some(stagger) => quote!(#branch.rejoin_stagger(&#stagger)),
        }
    }

    /// Evaluates the arguments and then `then`, which can use the names in `__private::scope`.
    pub(crate) fn with(&self, krate: &TokenStream, then: &TokenStream) -> TokenStream {
        let queue = self.stagger.as_ref();
        let queue = queue.map(|stagger| quote!(let #stagger = stagger(#stagger);));
        evaluate(
            krate,
            &self.parts,
            &self.evaluation,
            &quote!({ use #krate::__private::scope::*; #queue #then }),
        )
    }
}

/// Evaluates `parts` and then `then`, which can use their variables.
pub(crate) fn evaluate(
    krate: &TokenStream,
    parts: &[Part],
    evaluation: &Evaluation,
    then: &TokenStream,
) -> TokenStream {
    let private = quote!(#krate::__private);
    let values = parts.iter().map(|part| part.value(&private));
    let bind = |(n, (part, value)): (usize, (&Part, TokenStream))| part.bind(n, &value, &private);
    match evaluation {
        Evaluation::OneByOne => {
            let variables = parts.iter().zip(values).enumerate().map(bind);
            quote!(match () { () => { #(#variables)* #then } })
        }
        Evaluation::Tuple => {
            let fields = (0..parts.len()).map(|n| {
                let n = Literal::usize_unsuffixed(n);
                quote!(__x.#n)
            });
            let variables = parts.iter().zip(fields).enumerate().map(bind);
            quote!(match (#(#values,)*) { __x => { #(#variables)* #then } })
        }
    }
}

/// Evaluates `argument` and then `then`, which can use it as `__x` and the names in `__private::scope`.
pub(crate) fn evaluate_one(
    krate: &TokenStream,
    argument: &TokenStream,
    then: &TokenStream,
) -> TokenStream {
    quote! {
        match #argument {
            __x => {
                use #krate::__private::scope::*;
                #then
            }
        }
    }
}

/// Checks whether an expression, as it is written, cannot leave a temporary value behind that its own value refers to.
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

/// Returns an expression without parentheses around all of it. The user may have to write them, as in `..(&mut stream)`, and in the
/// expansion they are superfluous, which is a warning.
fn without_parentheses(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(of) if of.attrs.is_empty() => without_parentheses(&of.expr),
        _ => expr,
    }
}

/// Checks whether an expression looks like a variable, or a field of one. A constant is not one, because it becomes a temporary
/// where it is borrowed.
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

/// Names the variable of a part.
pub(crate) fn variable(part: usize) -> Ident {
    Ident::new(&format!("__rejoin_{part}"), Span::mixed_site())
}

/// Calls the first methods on an item in the variable `argument`. If the item cannot be a branch or a spread, one of them is an
/// error, which the compiler shows at the item.
pub(crate) fn check_item(argument: &Ident, item: &Item) -> TokenStream {
    let (of, check) = match (item.kind, span_of_await(&item.expr)) {
        (ItemKind::Spread | ItemKind::Lent, _) => (quote!(#argument.rejoin_spread()), item.span()),
        (ItemKind::One, None) | (ItemKind::Dependent, _) => {
            (quote!(#argument.rejoin_branch()), item.span())
        }
        (ItemKind::Field, None) => (quote!(#argument.rejoin_field()), item.span()),
        (ItemKind::One | ItemKind::Field, Some(span)) => (quote!(#argument.rejoin_awaited()), span),
    };
    let of = if matches!(item.expr, Expr::Path(_)) {
        // The type of a variable may not be known yet, for example if it is a closure's parameter. A method call on the variable
        // makes the compiler report that here.
        let known = quote_spanned!(item.span()=> (*#argument).rejoin_known());
        quote!(if false { #known } else { #of })
    } else {
        of
    };
    let check = Ident::new("rejoin_check", check);
    if item.kind.is_spread() {
        let items = Ident::new("rejoin_items", item.span());
        quote!(#of.rejoin_futures().#check().#items())
    } else {
        quote!(#of.#check())
    }
}

/// Calls the method that finds out whether the type of a spread's futures has keys. The type must be known at the call, so only calls
/// that have to know it ask.
pub(crate) fn keys(item: &Item) -> Option<TokenStream> {
    let keys = Ident::new("rejoin_keys", item.span());
    item.kind.is_spread().then(|| quote!(.#keys()))
}

/// Returns the span of the `await` in an expression like `f().await?` or `f().await.unwrap()`.
fn span_of_await(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Await(of) => Some(of.await_token.span),
        Expr::Try(of) => span_of_await(&of.expr),
        Expr::MethodCall(of) => span_of_await(&of.receiver),
        Expr::Field(of) => span_of_await(&of.base),
        Expr::Group(of) => span_of_await(&of.expr),
        _ => None,
    }
}

/// Returns the first item of the second half of a tree that has the items from `first` to before `end`.
///
/// A tree of up to four items is a list, because the runtime compares the types of branches by pairs: in a list only the first
/// pair that does not match is reported.
pub(crate) fn middle(first: usize, end: usize) -> usize {
    match end - first {
        few @ ..=4 => first + few - 1,
        many => first + many.div_ceil(2),
    }
}

/// Builds the tree of the items from `first` to before `end`. There must be at least one.
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
