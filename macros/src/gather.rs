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
    fallback,
    grammar::{Call, Item},
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
    let expansion = Expansion {
        items: &call.items,
        arguments: Arguments::new(&call.items, &call.options),
    };
    let gather = match &expansion.arguments.need {
        None => expansion.gather(),
        Some(need) => expansion.gather_some(need),
    };
    expansion.arguments.with(&call.krate, &gather)
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
    } else if let Some(need) = call.options.need() {
        validate_need(need, &call.items, &call.options, &mut call.errors);
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

    /// Builds the call that makes one future of branches of which `need` must succeed.
    fn gather_some(&self, need: &TokenStream) -> TokenStream {
        let source = match self.items {
            [] => quote!(no_needed()),
            items => tree(0, items.len(), &|n| self.needed(n), &|middle, one, two| {
                let pair = Ident::new("rejoin_pair_needs", items[middle].span());
                quote!(PairOf(#one, #two).#pair())
            }),
        };
        let limit = source::limit(&self.arguments);
        let (timeout, output) = match (&self.arguments.timeout, &self.arguments.error) {
            (None, None) => (quote!(no_timeout()), quote!(Unconverted)),
            (Some(after), None) => (quote!(silent_timeout(#after)), quote!(OuterTimeout)),
            (None, Some(error)) => {
                let too_few = Ident::new("rejoin_too_few", self.arguments.error_span);
                (quote!(no_timeout()), quote!(#error.#too_few()))
            }
            (Some(after), Some(error)) => {
                let too_few = Ident::new("rejoin_too_few_or", self.arguments.error_span);
                let on_timeout = Ident::new("rejoin_call_timeout", self.arguments.error_span);
                (
                    quote!(silent_timeout(#after)),
                    quote!(#error.#too_few(#error.#on_timeout())),
                )
            }
        };
        quote!(gather_some(#source, #limit, #need, #timeout, #output))
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
        let keys = keys(item);
        quote!(#branch.rejoin_output() #keys)
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
