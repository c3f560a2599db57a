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
    arguments::{Arguments, check_item, keys, middle, tree},
    errors::{self, Errors},
    fallback, gather_struct,
    grammar::{Call, Form, Item, ItemKind, StructLiteral},
    options::{OptionName, Options},
    source,
    values::Count,
};

/// The number of branches up to which the runtime has a type that makes a tuple of the tree.
const TUPLES: usize = 8;

pub(crate) fn expand(mut call: Call) -> TokenStream {
    validate(&mut call);
    if let Some(errors) = call.errors.report() {
        return fallback::expand(&call, &errors);
    }
    let expansion = Expansion::new(&call);
    if let Some(literal) = expansion.literal {
        return expansion.gather_struct(&call.krate, literal);
    }
    let gather = match &expansion.arguments.need {
        None => expansion.gather(),
        Some(need) => expansion.gather_some(need),
    };
    expansion.arguments.with(&call.krate, &gather)
}

/// Reports the mistakes that only this macro knows.
fn validate(call: &mut Call) {
    if let Form::Struct(_) = call.form {
        for option in call.options.iter() {
            if !applies_to_structs(option.value.name()) {
                let message = errors::struct_option(&option.name);
                call.errors.error_spanned_by(&option.name, message);
            }
        }
        return validate_ends(call);
    }
    validate_ends(call);
    if let Some(need) = call.options.need() {
        validate_need(need, &call.items, &call.options, &mut call.errors);
    }
}

/// Checks whether a call with a struct literal takes an option.
fn applies_to_structs(option: OptionName) -> bool {
    match option {
        OptionName::Timeout | OptionName::Until | OptionName::Limit | OptionName::Error => true,
        OptionName::EachTimeout
        | OptionName::Partial
        | OptionName::ReturnExceptions
        | OptionName::ReturnWhen
        | OptionName::Grace
        | OptionName::Need
        | OptionName::Stagger
        | OptionName::Ordered => false,
    }
}

/// Reports mistakes in the options that end a call early.
fn validate_ends(call: &mut Call) {
    let options = &call.options;
    let ends = [OptionName::Timeout, OptionName::Until];
    if let Some(partial) = options.find(OptionName::Partial) {
        if ends.iter().all(|&end| options.find(end).is_none()) {
            call.errors
                .error_spanned_by(&partial.name, errors::PARTIAL_ALONE);
        }
    }
    if let (Some(second), false, None) = (
        options.second_of(ends),
        options.is_partial(),
        options.find(OptionName::Error),
    ) {
        call.errors
            .error_spanned_by(&second.name, errors::TIMEOUT_AND_UNTIL);
    }
}

/// Reports the mistakes of a call that needs successes.
fn validate_need(need: &Count, items: &[Item], options: &Options, errors: &mut Errors) {
    let mut reject = |option, message| {
        if let Some(option) = options.find(option) {
            errors.error_spanned_by(&option.name, message);
        }
    };
    reject(OptionName::Partial, errors::NEED_PARTIAL);
    reject(OptionName::ReturnExceptions, errors::NEED_EXCEPTIONS);
    if options.find(OptionName::Error).is_none() {
        reject(OptionName::EachTimeout, errors::NEED_EACH_TIMEOUT);
    }
    let is_counted = !items.iter().any(|item| item.kind.is_spread());
    match need.literal {
        Some(needed) if is_counted && needed > items.len() => {
            errors.error_spanned_by(&need.expr, errors::need_too_many(needed, items.len()));
        }
        _ => {}
    }
}

/// The parts of an expansion.
pub(crate) struct Expansion<'a> {
    pub(crate) items: &'a [Item],
    pub(crate) arguments: Arguments,
    /// The struct literal, if the items are its fields.
    literal: Option<&'a StructLiteral>,
}

impl<'a> Expansion<'a> {
    pub(crate) fn new(call: &'a Call) -> Self {
        Self {
            items: &call.items,
            arguments: Arguments::new(&call.items, &call.options),
            literal: match &call.form {
                Form::Struct(literal) => Some(literal),
                Form::List | Form::Loop(_) | Form::Arms(_) | Form::Group(_) => None,
            },
        }
    }
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
    pub(crate) fn call(&self, node: &TokenStream, flat: &TokenStream) -> TokenStream {
        let limit = self.arguments.limit.as_ref();
        let limit = limit.map(|limit| quote!(limit(#limit)));
        let limit = match self.literal.filter(|literal| literal.has_dependents()) {
            Some(literal) => gather_struct::dependent(literal, limit),
            None => limit.unwrap_or_else(|| quote!(Unlimited)),
        };
        let Some(EarlyEnd { source, to_error }) = self.early_end() else {
            return quote!(gather(#node, #limit, #flat));
        };
        if self.arguments.partial {
            return quote!(gather_partial(#node, #limit, #flat, #source));
        }
        let output = match to_error {
            None => quote!(OuterError),
            Some(to_error) => quote!(AsError(#to_error)),
        };
        quote!(gather_with_end(#node, #limit, #flat, #source, #output))
    }

    /// Builds the call that ends when `need` branches have succeeded.
    fn gather_some(&self, need: &TokenStream) -> TokenStream {
        let source = match self.items {
            [] => quote!(no_needed()),
            items => tree(0, items.len(), &|n| self.needed(n), &|middle, one, two| {
                let pair = Ident::new("rejoin_pair_needs", items[middle].span());
                quote!(PairOf(#one, #two).#pair())
            }),
        };
        let limit = source::limit(&self.arguments);
        let Arguments {
            error, error_span, ..
        } = &self.arguments;
        let too_few = |method| {
            let method = Ident::new(method, *error_span);
            quote!(#error.#method)
        };
        let Some(EarlyEnd {
            source: end,
            to_error,
        }) = self.early_end()
        else {
            let output = match error {
                None => quote!(Unconverted),
                Some(_) => {
                    let too_few = too_few("rejoin_too_few");
                    quote!(#too_few())
                }
            };
            return quote!(gather_some(#source, #limit, #need, #output));
        };
        let output = match to_error {
            None => quote!(OuterError),
            Some(to_error) => {
                let too_few = too_few("rejoin_too_few_or");
                quote!(#too_few(#to_error))
            }
        };
        quote!(gather_some_with_end(#source, #limit, #need, #end, #output))
    }

    /// Builds the source of item `n` in a call that needs successes. It is not asked whether the output is determined, because the
    /// other branches determine it.
    fn needed(&self, n: usize) -> TokenStream {
        let item = &self.items[n];
        let mut branch = check_item(self.arguments.item(n), item);
        branch.extend(self.arguments.unstarted(item));
        if let Some(error) = &self.arguments.error {
            if self.arguments.each_timeout.is_some() {
                let timed = Ident::new("rejoin_timed", item.span());
                branch.extend(quote!(.#timed()));
            }
            let keys = keys(item);
            branch.extend(quote!(.rejoin_drained() #keys));
            branch = Self::converted(&branch, item, error);
            branch = self.timed(branch);
        } else {
            branch.extend(keys(item));
        }
        branch = self.arguments.staggered(branch, true);
        let needed = Ident::new("rejoin_needed", item.span());
        quote!(#branch.#needed())
    }

    /// Builds the source of an early end of the call, if it has one.
    fn early_end(&self) -> Option<EarlyEnd> {
        let Arguments {
            timeout,
            until,
            error,
            error_span,
            ..
        } = &self.arguments;
        let convert = |method| {
            let method = Ident::new(method, *error_span);
            quote!(#error.#method())
        };
        let late = || convert("rejoin_call_timeout");
        let stopped = || convert("rejoin_call_stopped");
        let (source, to_error): (_, &dyn Fn() -> TokenStream) = match (until, timeout) {
            (None, None) => return None,
            (None, Some(after)) => (quote!(deadline(#after)), &late),
            (Some(until), None) => (quote!(#until), &stopped),
            (Some(until), Some(after)) => {
                (quote!(until_or_deadline(#until, deadline(#after))), &|| {
                    let (stopped, late) = (stopped(), late());
                    quote!(ConvertBoth(#stopped, #late))
                })
            }
        };
        Some(EarlyEnd {
            source,
            to_error: error.as_ref().map(|_| to_error()),
        })
    }

    /// Builds the tree of all items.
    pub(crate) fn node(&self) -> TokenStream {
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
            branch = Self::converted(&branch, item, error);
        }
        branch = self.timed(branch);
        branch = self.arguments.staggered(branch, false);
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
        branch.extend(quote!(.#kind()));
        if self.arguments.partial {
            branch.extend(quote!(.rejoin_keep_keys()));
        }
        if self.literal.is_some_and(|literal| literal.is_needed(n)) {
            let value = gather_struct::value(n);
            branch = quote!(sharing(#branch, #value));
        }
        branch
    }

    /// Adds the conversion of the branch's error to the error type of the call.
    fn converted(branch: &TokenStream, item: &Item, error: &TokenStream) -> TokenStream {
        let convert = Ident::new("rejoin_convert_error", item.span());
        quote!(#branch.rejoin_error_type(#error).rejoin_keep_error().#convert())
    }

    /// Adds the timeout of each branch, if the call has one.
    fn timed(&self, branch: TokenStream) -> TokenStream {
        let Some(after) = &self.arguments.each_timeout else {
            return branch;
        };
        let on_timeout = if let Some(error) = &self.arguments.error {
            let convert = Ident::new("rejoin_branch_timeout", self.arguments.error_span);
            quote!(#error.#convert())
        } else {
            quote!(BranchTimeoutAsResult)
        };
        quote!(#branch.rejoin_each_timeout(#after, #on_timeout))
    }

    /// Builds the item after the methods that find out whether its output type is determined and whether it has keys.
    fn opened(&self, n: usize, item: &Item) -> TokenStream {
        let mut branch = check_item(self.arguments.item(n), item);
        branch.extend(self.arguments.unstarted(item));
        if self.arguments.each_timeout.is_some() {
            let timed = Ident::new("rejoin_timed", item.span());
            branch.extend(quote!(.#timed()));
        }
        let (output, keys) = (output(item), keys(item));
        quote!(#branch #output #keys)
    }
}

/// Calls the method that finds out whether the output of a branch is determined. The closure of a field is not asked, because the
/// output of a closure that is rejected is determined by nothing.
pub(crate) fn output(item: &Item) -> Option<TokenStream> {
    (item.kind != ItemKind::Dependent).then(|| quote!(.rejoin_output()))
}

/// The early end of a call.
struct EarlyEnd {
    source: TokenStream,
    /// The conversion to the error type, if the call names one.
    to_error: Option<TokenStream>,
}

/// Builds the fields that lead to item `n` in the tree of the items from `first` to before `end`.
pub(crate) fn leaf(n: usize, first: usize, end: usize) -> TokenStream {
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
