//! `gather!(Page { user: f(), posts: |user| g(&user.name) })`: a struct literal of branches.
//!
//! The fields are evaluated in their order. A field that others need has its value shared, and a closure becomes a future that
//! borrows shared values:
//!
//! ```text
//! let [__rejoin_value_0, __rejoin_value_0_1] = $crate::__private::shared_value();
//! let mut __rejoin_0 = $crate::__private::argument(f());
//! if false {
//!     // Determines the type of the value.
//!     use $crate::__private::scope::*;
//!     shares(&__rejoin_0.rejoin_field().rejoin_check().rejoin_output().rejoin_node(), &__rejoin_value_0);
//! }
//! let mut __rejoin_1 = $crate::__private::argument($crate::__private::depends_1(
//!     __rejoin_value_0_1,
//!     async |__rejoin_value_0_1| {
//!         let user = __rejoin_value_0_1;
//!         (|| g(&user.name))().await
//!     },
//! ));
//! ```
//!
//! A shared value comes before the closures that need it, because it determines the types of their parameters before the compiler
//! checks their bodies. So a closure that needs a later field is evaluated after that field. It only captures then, so this is
//! seen only if the later field's expression changes a variable that the closure copies.
//!
//! The closure of the user is in one that is asynchronous, because only the future of such a closure can borrow from its parameters. The
//! user's closure has no parameters, so that it can contain `return`, and the parameters are variables before it.
//!
//! The user's closures and the path of the struct are outside of blocks that import names.

use std::iter;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprClosure, spanned::Spanned};

use crate::{
    arguments::{Evaluation, check_item, variable},
    gather::{Expansion, leaf, output},
    grammar::StructLiteral,
    tokens::ungroup,
};

/// Names the variable of the shared value of field `n`.
pub(crate) fn value(n: usize) -> Ident {
    Ident::new(&format!("__rejoin_value_{n}"), Span::mixed_site())
}

/// Names the variable of the shared value of field `n` that field `by` needs.
fn value_for(n: usize, by: usize) -> Ident {
    Ident::new(&format!("__rejoin_value_{n}_{by}"), Span::mixed_site())
}

/// Builds the limit of a call in which fields need others.
pub(crate) fn dependent(literal: &StructLiteral, limit: Option<TokenStream>) -> TokenStream {
    let needs = (0..literal.fields.len()).map(|n| {
        let needs = literal
            .needs(n)
            .fold(0_u64, |needs, need| needs | 1 << need);
        Literal::u64_unsuffixed(needs)
    });
    let limit = limit.unwrap_or_else(|| quote!(unreached_limit()));
    quote!(dependent(#limit, &[#(#needs),*]))
}

impl Expansion<'_> {
    /// Builds the call that makes a struct of the outputs.
    pub(crate) fn gather_struct(
        &self,
        krate: &TokenStream,
        literal: &StructLiteral,
    ) -> TokenStream {
        let scope = quote!(#krate::__private::scope);
        let fields = literal.fields.iter().enumerate().map(|(n, field)| {
            let (member, leaf) = (&field.member, leaf(n, 0, literal.fields.len()));
            // The compiler shows an output of another type at the expression of the field.
            let output = spanned(self.items[n].span(), quote!(__x #leaf));
            quote!(#member: #output)
        });
        let path = &literal.path;
        // A struct without fields has the output `()`, which nothing reads.
        let output = if literal.fields.is_empty() {
            quote!(_)
        } else {
            quote!(__x)
        };
        let node = self.node();
        let call = self.call(&quote!(__part), &quote!(__flat));
        let then = quote! {
            match { use #scope::*; #node } {
                __part => match #scope::flatten_with(&__part, |#output| #path { #(#fields),* }) {
                    __flat => { use #scope::*; #call }
                }
            }
        };
        self.evaluate_fields(krate, literal, then)
    }

    /// Builds code in which the compiler checks the fields of a call that has mistakes elsewhere.
    pub(crate) fn check_struct(&self, krate: &TokenStream, literal: &StructLiteral) -> TokenStream {
        let checked = self.items.iter().enumerate();
        let checked = checked.map(|(n, item)| check_item(&variable(n), item));
        let then = quote!({ use #krate::__private::scope::*; #(let _ = #checked;)* });
        self.evaluate_fields(krate, literal, then)
    }

    /// Evaluates the fields and the values of the options, and then `then`, which can use their variables.
    fn evaluate_fields(
        &self,
        krate: &TokenStream,
        literal: &StructLiteral,
        then: TokenStream,
    ) -> TokenStream {
        let private = quote!(#krate::__private);
        let parts = &self.arguments.parts;
        let fields = literal.fields.len();
        let steps: Vec<_> = order(literal).chain(fields..parts.len()).collect();
        let then = steps.into_iter().rev().fold(then, |then, n| {
            let part = &parts[n];
            let shares = self.shares(&private, literal, n);
            // A closure leaves no temporary behind.
            let (value, leaves_nothing) = match self.items.get(n).map(|item| ungroup(&item.expr)) {
                Some(Expr::Closure(closure)) => (depends(&private, literal, n, closure), true),
                _ => (part.value(&private), false),
            };
            match self.arguments.evaluation {
                Evaluation::Tuple if !leaves_nothing => {
                    let bound = part.bind(n, &quote!(__x.0), &private);
                    quote!(match (#value,) { __x => { #bound #shares #then } })
                }
                Evaluation::Tuple | Evaluation::OneByOne => {
                    let bound = part.bind(n, &value, &private);
                    quote!(#bound #shares #then)
                }
            }
        });
        let values = (0..fields).filter(|&n| literal.is_needed(n)).map(|n| {
            let needed_by = literal.needed_by(n).map(|by| value_for(n, by));
            let values = iter::once(value(n)).chain(needed_by);
            quote!(let [#(#values),*] = #private::shared_value();)
        });
        quote!(match () { () => { #(#values)* #then } })
    }

    /// Determines the type of the value of field `n`, if others need it.
    fn shares(
        &self,
        private: &TokenStream,
        literal: &StructLiteral,
        n: usize,
    ) -> Option<TokenStream> {
        let item = self.items.get(n).filter(|_| literal.is_needed(n))?;
        let (branch, output) = (check_item(&variable(n), item), output(item));
        let value = value(n);
        Some(quote! {
            if false {
                use #private::scope::*;
                shares(&#branch #output.rejoin_node(), &#value);
            }
        })
    }
}

/// Returns the numbers of the fields in the order in which they are evaluated: a closure comes after the fields that it needs, and
/// otherwise they are in the order in which they are written.
fn order(literal: &StructLiteral) -> impl Iterator<Item = usize> {
    let fields = literal.fields.len();
    let mut order = Vec::with_capacity(fields);
    for last in 0..fields {
        let is_next = |order: &[usize], field: usize| {
            !order.contains(&field) && literal.needs(field).all(|need| order.contains(&need))
        };
        // This field may be one that earlier closures have waited for.
        while let Some(field) = (0..=last).find(|&field| is_next(&order, field)) {
            order.push(field);
        }
    }
    order.into_iter()
}

/// Builds the future of a field that needs others.
fn depends(
    private: &TokenStream,
    literal: &StructLiteral,
    field: usize,
    closure: &ExprClosure,
) -> TokenStream {
    let ExprClosure {
        asyncness,
        capture,
        output,
        body,
        ..
    } = closure;
    let needs = literal.fields[field].needs.as_deref().unwrap_or_default();
    let values: Vec<_> = needs
        .iter()
        .map(|need| value_for(need.field, field))
        .collect();
    let depends = Ident::new(&format!("depends_{}", needs.len()), Span::mixed_site());
    let parameters = needs.iter().zip(&values).map(|(need, value)| {
        let name = &need.name;
        match &need.ty {
            None => quote!(let #name = #value;),
            Some(ty) => {
                // The compiler shows a type that is not the one of the value here.
                let value = spanned(ty.span(), quote!(#value));
                quote!(let #name: #ty = #value;)
            }
        }
    });
    let check = Ident::new("rejoin_check", closure.body.span());
    // The compiler shows an output that borrows from a value at these tokens.
    let span = Span::call_site().located_at(body.span());
    let closure = quote_spanned! {span=>
        async #capture |#(#values),*| {
            #(#parameters)*
            let __future = match #private::call(#asyncness #capture || #output #body) {
                __x => {
                    use #private::scope::*;
                    #private::argument(__x).rejoin_field().#check().rejoin_made()
                }
            };
            __future.await
        }
    };
    quote!(#private::#depends(#(#values,)* #closure))
}

/// Gives tokens of an expansion the location of the user's tokens at `span`.
fn spanned(span: Span, tokens: TokenStream) -> TokenStream {
    let tokens = tokens.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    tokens.collect()
}
