//! `as_completed!`: checks the rules that only this macro has, and expands each of its forms.
//!
//! A stream is one call, as a gather is. A loop stays in the user's function:
//!
//! ```text
//! match (match (items, options) { __x => { .. as_completed(source, limit, timeout) } }) {
//!     mut set => 'label: while let Some(item) = next(&mut set).await {
//!         let pattern = item;
//!         body
//!     }
//! }
//! ```
//!
//! The user's code cannot see the variables of the expansion.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Lifetime, Pat, PatParen, ext::IdentExt, token::Paren};

use crate::{
    arguments::{Arguments, evaluate_one, middle, tree},
    breaks,
    drive::Driver,
    errors, fallback,
    grammar::{Arm, Call, Form, Item, ItemKind, Loop},
    options::{OptionName, Options},
    source,
};

pub(crate) fn expand(mut call: Call) -> TokenStream {
    let out = breaks::rewrite(&mut call);
    validate(&mut call);
    if let Some(errors) = call.errors.report() {
        return fallback::expand(&call, &errors);
    }
    let Call {
        krate,
        outer_sets,
        form,
        mut items,
        options,
        ..
    } = call;
    // The items may await, and the loops around this call make progress meanwhile.
    let mut around = Driver::new(&krate, &outer_sets);
    for item in &mut items {
        around.expr(&mut item.expr);
        if let Some(condition) = &mut item.condition {
            around.expr(condition);
        }
    }
    let around = &around;
    match form {
        Form::List => stream(&krate, &items, &options),
        Form::Loop(of) if items.iter().any(is_lent) => lent_loop(around, *of, out, items, &options),
        Form::Loop(of) => owned_loop(around, *of, out, &items, &options),
        Form::Arms(arms) => arms_loop(around, arms, out, &items, &options),
        Form::Group(_) | Form::Struct(_) => unreachable!("only other macros have these forms"),
    }
}

/// Reports the mistakes that only this macro knows.
fn validate(call: &mut Call) {
    match &call.form {
        Form::List | Form::Group(_) | Form::Struct(_) => {}
        Form::Loop(_) => {
            if call.items.iter().any(is_lent) {
                for (option, message) in [
                    (OptionName::EachTimeout, errors::LENT_TIMED),
                    (OptionName::Stagger, errors::LENT_STAGGER),
                    (OptionName::Ordered, errors::LENT_ORDERED),
                ] {
                    if let Some(option) = call.options.find(option) {
                        call.errors.error_spanned_by(&option.name, message);
                    }
                }
            }
        }
        Form::Arms(_) => {
            if let Some(option) = call.options.find(OptionName::Ordered) {
                call.errors
                    .error_spanned_by(&option.name, errors::ORDERED_ARMS);
            }
            for item in call.items.iter().filter(|item| is_lent(item)) {
                call.errors
                    .error_spanned_by(&item.expr, errors::LENT_TO_ARMS);
            }
        }
    }
}

fn is_lent(item: &Item) -> bool {
    item.kind == ItemKind::Lent
}

/// Creates a name that the user's code cannot see.
fn name(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

fn stream(krate: &TokenStream, items: &[Item], options: &Options) -> TokenStream {
    let arguments = Arguments::new(items, options);
    let source = source::all(items, &arguments);
    let (limit, timeout) = (source::limit(&arguments), source::timeout(&arguments));
    let mut stream = quote!(as_completed(#source, #limit, #timeout));
    if arguments.ordered {
        stream = quote!(in_argument_order(#stream));
    }
    arguments.with(krate, &stream)
}

fn owned_loop(
    around: &Driver<'_>,
    of: Loop,
    out: Option<Lifetime>,
    items: &[Item],
    options: &Options,
) -> TokenStream {
    let set = name("__rejoin_set");
    let start = stream(around.krate(), items, options);
    let body = run_loop(around, &quote!(&mut #set), of, out);
    quote!(match #start { mut #set => #body })
}

/// Expands a loop that borrows sets for each poll and each await. It may also have a set of its own.
fn lent_loop(
    around: &Driver<'_>,
    of: Loop,
    out: Option<Lifetime>,
    items: Vec<Item>,
    options: &Options,
) -> TokenStream {
    let krate = around.krate();
    let private = quote!(#krate::__private);
    let set = name("__rejoin_set");
    let (lent, own): (Vec<_>, Vec<_>) = items.into_iter().partition(is_lent);

    let arguments = Arguments::new(&own, options);
    let (limit, timeout) = (source::limit(&arguments), source::timeout(&arguments));
    let own_set = if own.is_empty() {
        quote!(())
    } else {
        let source = source::all(&own, &arguments);
        quote!(feed(#source, limit))
    };
    let start = arguments.with(
        krate,
        &quote!(match #limit { limit => loop_state(#own_set, limit, #timeout) }),
    );

    let own = own.first().map(|item| (item.span(), quote!(&mut #set.own)));
    let borrowed = lent.iter().map(|item| {
        let expr = &item.expr;
        let lent = Ident::new("rejoin_lent", item.span());
        let set = evaluate_one(krate, &quote!(#expr), &quote!(Lent(__x).#lent()));
        (item.span(), set)
    });
    let mut orders = Vec::new();
    let mut parts = own.into_iter().chain(borrowed);
    let first = parts.next().map(|(_, set)| set).unwrap_or_default();
    let sets = parts.fold(first, |sets, (span, part)| {
        let order = name(&format!("__rejoin_order_{}", orders.len()));
        let pair = Ident::new("rejoin_pair_sets", span);
        let pair = evaluate_one(
            krate,
            &quote!((#sets, #part, &mut #order)),
            &quote!(PairOf(__x.0, __x.1).#pair(__x.2)),
        );
        orders.push(order);
        pair
    });
    let lending = quote!(#private::lending(#sets, &mut #set.clock, #set.limit));
    let body = run_loop(around, &lending, of, out);
    let default = orders.iter().map(|_| quote!(#private::Order::new()));
    quote!(match (#start, #(#default,)*) { (mut #set, #(mut #orders,)*) => #body })
}

/// Expands a loop over the outputs of `set`.
fn run_loop(
    around: &Driver<'_>,
    set: &TokenStream,
    of: Loop,
    out: Option<Lifetime>,
) -> TokenStream {
    let Loop {
        label,
        mut pat,
        mut body,
    } = of;
    let krate = around.krate();
    let private = quote!(#krate::__private);
    let sets: Vec<_> = std::iter::once(set.clone())
        .chain(around.sets().iter().cloned())
        .collect();
    Driver::new(krate, &sets).loop_body(&mut pat, &mut body);
    let next = around.drive(quote!(#private::next(#set)));
    let item = name("__rejoin_item");
    let pat = pattern_of_let(pat);
    // This is `mut` because the pattern may bind by `ref mut`.
    let body = quote! {
        #label while let #private::Some(mut #item) = #next.await {
            let #pat = #item;
            #(#body)*
        }
    };
    with_value(krate, out, label.is_some(), body)
}

/// Puts a block with the label `out` around a loop if the loop has a value.
fn with_value(
    krate: &TokenStream,
    out: Option<Lifetime>,
    has_label: bool,
    body: TokenStream,
) -> TokenStream {
    let Some(out) = out else { return body };
    // Every `break` with the user's label may have become one with the label `out`.
    let allow = has_label.then(|| quote!(#[allow(unused_labels)]));
    quote!(#out: { #allow #body #krate::__private::None })
}

/// Converts a pattern to the form that it needs after `let`.
fn pattern_of_let(pat: Pat) -> Pat {
    match pat {
        Pat::Or(_) => Pat::Paren(PatParen {
            attrs: Vec::new(),
            paren_token: Paren::default(),
            pat: Box::new(pat),
        }),
        pat => pat,
    }
}

/// Checks whether a pattern looks refutable.
fn may_be_refutable(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => false,
        // A name in upper case may be a constant or a variant.
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => may_be_refutable(inner),
            None => name
                .ident
                .unraw()
                .to_string()
                .starts_with(char::is_uppercase),
        },
        Pat::Paren(of) => may_be_refutable(&of.pat),
        Pat::Reference(of) => may_be_refutable(&of.pat),
        Pat::Tuple(of) => of.elems.iter().any(may_be_refutable),
        _ => true,
    }
}

/// The number of arms up to which they stay in the loop, if each is one future.
const FIXED: usize = 8;

fn arms_loop(
    around: &Driver<'_>,
    arms: Vec<Arm>,
    out: Option<Lifetime>,
    items: &[Item],
    options: &Options,
) -> TokenStream {
    let krate = around.krate();
    let private = quote!(#krate::__private);
    let (set, value) = (name("__rejoin_set"), name("__rejoin_value"));
    let arguments = Arguments::new(items, options);
    let arm = if arguments.timeout.is_some() {
        quote!(arm_within)
    } else {
        quote!(arm)
    };
    let leaf = |n: usize| {
        let source = source::source(n, &items[n], &arguments);
        let leaf = quote!(#arm(#source));
        match arguments.condition(n) {
            None => leaf,
            Some(condition) => quote!(arm_if(#leaf, #condition)),
        }
    };
    let futures = tree(
        0,
        items.len(),
        &leaf,
        &|_, one, two| quote!(arm_pair(#one, #two)),
    );
    let limit = source::limit(&arguments);
    let timeout = source::silent_timeout(&arguments);
    // A build that is not optimized copies the arms into the loop, so only a few stay there.
    let is_fixed = items.len() <= FIXED
        && items.iter().all(|item| item.kind == ItemKind::One)
        && arguments.limit.is_none();
    let (start, lending) = if is_fixed {
        let own = quote!(loop_state(fixed(#futures), no_limit(), #timeout));
        let start = arguments.with(krate, &own);
        (
            quote!(#private::pin!(#start)),
            quote!(#private::lend_arms(&mut #set)),
        )
    } else {
        let own =
            quote!(match #limit { limit => loop_state(arms(#futures, limit), limit, #timeout) });
        let lending = quote!(#private::lending(&mut #set.own, &mut #set.clock, #set.limit));
        (arguments.with(krate, &own), lending)
    };
    let sets: Vec<_> = std::iter::once(lending.clone())
        .chain(around.sets().iter().cloned())
        .collect();
    let mut inside = Driver::new(krate, &sets);
    let count = arms.len();
    let cases = arms.into_iter().enumerate().map(|(n, arm)| {
        let Arm { mut pat, mut body } = arm;
        inside.arm_body(&mut pat, &mut body);
        // This is `mut` because the pattern may bind by `ref mut`.
        let case = case(n, 0, count, &private, quote!(mut #value));
        if may_be_refutable(&pat) {
            return quote!(#case => match #value { #pat => { #(#body)* } _ => {} });
        }
        quote!(#case => { let #pat = #value; #(#body)* })
    });
    let cases: TokenStream = cases.collect();
    let next = around.drive(quote!(#private::next(#lending)));
    let body = quote! {
        while let #private::Some(#value) = #next.await {
            match #value { #cases }
        }
    };
    let body = with_value(krate, out, false, body);
    quote!(match #start { mut #set => #body })
}

/// Builds the pattern for the output of arm `n`, in the tree of the arms from `first` to before `end`.
fn case(
    n: usize,
    first: usize,
    end: usize,
    private: &TokenStream,
    value: TokenStream,
) -> TokenStream {
    if end - first == 1 {
        return value;
    }
    let middle = middle(first, end);
    if n < middle {
        let inner = case(n, first, middle, private, value);
        quote!(#private::Either::First(#inner))
    } else {
        let inner = case(n, middle, end, private, value);
        quote!(#private::Either::Second(#inner))
    }
}
