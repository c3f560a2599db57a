//! `as_completed!`: checks what only it knows, and expands, in each of its forms.
//!
//! A stream is one call like a gather. A loop runs where it stands:
//!
//! ```text
//! match (match (items, options) { __x => { .. as_completed(source, limit, clock) } }) {
//!     mut set => 'label: while let Some(item) = next(&mut set).await {
//!         let pattern = item;
//!         body
//!     }
//! }
//! ```
//!
//! The names of its variables are of the expansion, and of nobody else.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{
    Expr, ExprReference, Pat, PatParen, UnOp, ext::IdentExt, spanned::Spanned, token::Paren,
};

use crate::{
    arguments::{Arguments, check, middle, tree, with},
    drive::{Driver, refuse_breaks},
    errors,
    grammar::{Arm, Call, Form, Item, Loop, bare},
    options::Options,
    sources,
};

pub(crate) fn expand(mut call: Call) -> TokenStream {
    refuse(&mut call);
    let Call {
        krate,
        outer,
        form,
        mut items,
        loose,
        options,
        errors,
        ..
    } = call;
    if let Some(errors) = errors.report() {
        let (items, lent): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| lent(item).is_none());
        let lent = lent.iter().map(|item| &item.expr);
        let others = lent.chain(&loose).chain(options.exprs());
        let check = check(&krate, &items, others);
        return quote!({ #check #errors });
    }
    // What is awaited to find the branches is awaited in the loops around this call.
    let mut around = Driver::new(&krate, &outer);
    for item in &mut items {
        around.expr(&mut item.expr);
        if let Some(condition) = &mut item.condition {
            around.expr(condition);
        }
    }
    match form {
        Form::List => stream(&krate, &items, &options),
        Form::Loop(of) if items.iter().any(|item| lent(item).is_some()) => {
            lent_loop(&around, *of, items, &options)
        }
        Form::Loop(of) => owned_loop(&around, *of, &items, &options),
        Form::Arms(arms) => arms_loop(&around, arms, &items, &options),
        Form::Scope(_) => unreachable!("it is the form of another macro"),
    }
}

/// Finds the mistakes that only this macro knows.
fn refuse(call: &mut Call) {
    match &mut call.form {
        Form::List | Form::Scope(_) => {}
        Form::Loop(of) => {
            refuse_breaks(of.label.as_ref(), &mut of.body, &mut call.errors);
            let is_lent = call.items.iter().any(|item| lent(item).is_some());
            if let (true, Some(option)) = (is_lent, call.options.find("each_timeout")) {
                call.errors.on(&option.name, errors::LENT_TIMED);
            }
        }
        Form::Arms(arms) => {
            for arm in arms {
                refuse_breaks(None, &mut arm.body, &mut call.errors);
            }
            for item in call.items.iter().filter(|item| lent(item).is_some()) {
                call.errors.on(&item.expr, errors::LENT_TO_ARMS);
            }
        }
    }
}

/// The place that `..&mut place` lends.
fn lent(item: &Item) -> Option<&Expr> {
    match bare(&item.expr) {
        Expr::Reference(ExprReference {
            mutability: Some(_),
            expr,
            ..
        }) if item.spread && is_place(expr) => Some(expr),
        _ => None,
    }
}

/// Whether an expression looks like a variable, a field or a dereference of one.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(of) => is_place(&of.base),
        Expr::Index(of) => is_place(&of.expr),
        Expr::Paren(of) => is_place(&of.expr),
        Expr::Group(of) => is_place(&of.expr),
        Expr::Unary(of) => matches!(of.op, UnOp::Deref(_)) && is_place(&of.expr),
        _ => false,
    }
}

/// A name that only one expansion knows.
fn name(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

fn stream(krate: &TokenStream, items: &[Item], options: &Options) -> TokenStream {
    let arguments = Arguments::new(items, options);
    let source = sources::all(items, &arguments);
    let (limit, clock) = (sources::limit(&arguments), sources::clock(&arguments));
    arguments.with(krate, &quote!(as_completed(#source, #limit, #clock)))
}

fn owned_loop(around: &Driver<'_>, of: Loop, items: &[Item], options: &Options) -> TokenStream {
    let set = name("__rejoin_set");
    let start = stream(around.krate(), items, options);
    run(
        around,
        &quote!(&mut #set),
        of,
        |body| quote!(match #start { mut #set => #body }),
    )
}

/// A loop that borrows sets for the time of a poll or an await, and may have one of its own.
fn lent_loop(around: &Driver<'_>, of: Loop, items: Vec<Item>, options: &Options) -> TokenStream {
    let krate = around.krate();
    let private = quote!(#krate::__private);
    let set = name("__rejoin_set");
    let (places, own): (Vec<_>, Vec<_>) =
        (items.into_iter()).partition(|item| lent(item).is_some());

    let arguments = Arguments::new(&own, options);
    let (limit, clock) = (sources::limit(&arguments), sources::clock(&arguments));
    let own_set = if own.is_empty() {
        quote!(())
    } else {
        let source = sources::all(&own, &arguments);
        quote!(feed(#source, limit))
    };
    let start = arguments.with(
        krate,
        &quote!(match #limit { limit => lender(#own_set, limit, #clock) }),
    );

    let own = own
        .first()
        .map(|item| (item.expr.span(), quote!(&mut #set.own)));
    let borrowed = places.iter().map(|item| {
        let expr = &item.expr;
        let lent = Ident::new("rejoin_lent", expr.span());
        let set = with(krate, &quote!(#expr), &quote!(Lent(__x).#lent()));
        (expr.span(), set)
    });
    let mut orders = Vec::new();
    let mut parts = own.into_iter().chain(borrowed);
    let first = parts.next().map(|(_, set)| set).unwrap_or_default();
    let sets = parts.fold(first, |sets, (place, part)| {
        let order = name(&format!("__rejoin_order_{}", orders.len()));
        let both = Ident::new("rejoin_both", place);
        let both = with(
            krate,
            &quote!((#sets, #part, &mut #order)),
            &quote!(Two(__x.0, __x.1).#both(__x.2)),
        );
        orders.push(order);
        both
    });
    let lending = quote!(#private::lending(#sets, &mut #set.clock, #set.limit));
    run(around, &lending, of, |body| {
        let default = orders.iter().map(|_| quote!(#private::Order::new()));
        quote!(match (#start, #(#default,)*) { (mut #set, #(mut #orders,)*) => #body })
    })
}

/// A loop through `set`, in what `start` makes around it.
fn run(
    around: &Driver<'_>,
    set: &TokenStream,
    of: Loop,
    start: impl FnOnce(TokenStream) -> TokenStream,
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
    let pat = of_let(pat);
    // It is `mut` because the pattern may bind by `ref mut`.
    start(quote! {
        #label while let #private::Some(mut #item) = #next.await {
            let #pat = #item;
            #(#body)*
        }
    })
}

/// A pattern as it must be written behind `let`.
fn of_let(pat: Pat) -> Pat {
    match pat {
        Pat::Or(_) => Pat::Paren(PatParen {
            attrs: Vec::new(),
            paren_token: Paren::default(),
            pat: Box::new(pat),
        }),
        pat => pat,
    }
}

/// Returns whether a pattern looks refutable.
fn may_refuse(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => false,
        // A name in upper case may be a constant or a variant.
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => may_refuse(inner),
            None => name
                .ident
                .unraw()
                .to_string()
                .starts_with(char::is_uppercase),
        },
        Pat::Paren(of) => may_refuse(&of.pat),
        Pat::Reference(of) => may_refuse(&of.pat),
        Pat::Tuple(of) => of.elems.iter().any(may_refuse),
        _ => true,
    }
}

/// Arms that are futures stay in their loop if they are no more than this.
const FIXED: usize = 8;

fn arms_loop(
    around: &Driver<'_>,
    arms: Vec<Arm>,
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
        let source = sources::source(n, &items[n], &arguments);
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
    let limit = sources::limit(&arguments);
    let clock = match &arguments.timeout {
        Some(after) => quote!(told(#after)),
        None => quote!(endless()),
    };
    // A few futures stay in the loop. More of them would be much to move there in a build that is not optimized.
    let is_fixed = items.len() <= FIXED
        && items.iter().all(|item| !item.spread)
        && options.find("limit").is_none();
    let (start, lending) = if is_fixed {
        let own = quote!(lender(fixed(#futures), all_at_once(), #clock));
        let start = arguments.with(krate, &own);
        (
            quote!(#private::pin!(#start)),
            quote!(#private::lend(&mut #set)),
        )
    } else {
        let own = quote!(match #limit { limit => lender(arms(#futures, limit), limit, #clock) });
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
        // It is `mut` because the pattern may bind by `ref mut`.
        let case = case(n, 0, count, &private, quote!(mut #value));
        if may_refuse(&pat) {
            return quote!(#case => match #value { #pat => { #(#body)* } _ => {} });
        }
        quote!(#case => { let #pat = #value; #(#body)* })
    });
    let cases: TokenStream = cases.collect();
    let next = around.drive(quote!(#private::next(#lending)));
    quote! {
        match #start {
            mut #set => while let #private::Some(#value) = #next.await {
                match #value { #cases }
            }
        }
    }
}

/// The pattern of what arm `n` gives, in the tree of the arms from `first` to before `end`.
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
