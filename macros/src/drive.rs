//! Bodies of loops: `X.await` becomes `drive(X, set).await`, and the set goes on while the body waits.
//!
//! The body stays where it stands, so `break`, `return` and `?` do what they do in any loop, and what is borrowed is
//! borrowed as in any loop. Nothing is changed inside of an `async` block, a closure or an item, which are not awaited
//! here; in a macro's arguments it is where they are expressions.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Expr, ExprBreak, Item, Macro, Stmt, Token,
    parse::Parser,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

use crate::errors::{self, Errors};

/// Rewrites the awaits of a body.
pub(crate) struct Driver<'a> {
    pub(crate) krate: &'a TokenStream,
    /// The sets that go on, the innermost loop's first, each as a new borrow of it.
    pub(crate) sets: &'a [TokenStream],
}

impl Driver<'_> {
    /// What awaits `future` while the sets go on.
    pub(crate) fn drive(&self, future: TokenStream) -> TokenStream {
        let krate = self.krate;
        self.sets.iter().fold(
            future,
            |future, set| quote!(#krate::__private::drive(#future, #set)),
        )
    }

    pub(crate) fn stmts(&mut self, stmts: &mut [Stmt]) {
        if !self.sets.is_empty() {
            for stmt in stmts {
                self.visit_stmt_mut(stmt);
            }
        }
    }

    pub(crate) fn expr(&mut self, expr: &mut Expr) {
        if !self.sets.is_empty() {
            self.visit_expr_mut(expr);
        }
    }

    /// The arguments of a macro: all of them, or those that are expressions.
    fn arguments(&mut self, tokens: &TokenStream) -> TokenStream {
        let list = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(mut list) = list.parse2(tokens.clone()) {
            list.iter_mut().for_each(|expr| self.visit_expr_mut(expr));
            return list.into_token_stream();
        }
        let mut result = TokenStream::new();
        let mut argument = TokenStream::new();
        let mut finish = |argument: TokenStream, result: &mut TokenStream| match syn::parse2::<Expr>(
            argument.clone(),
        ) {
            Ok(mut expr) => {
                self.visit_expr_mut(&mut expr);
                expr.to_tokens(result);
            }
            Err(_) => result.extend(argument),
        };
        for token in tokens.clone() {
            match &token {
                TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => {
                    finish(std::mem::take(&mut argument), &mut result);
                    result.extend([token]);
                }
                _ => argument.extend([token]),
            }
        }
        finish(argument, &mut result);
        result
    }
}

impl VisitMut for Driver<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Async(_) | Expr::Closure(_) | Expr::Const(_) => {}
            Expr::Await(awaited) => {
                self.visit_expr_mut(&mut awaited.base);
                let driven = self.drive(awaited.base.to_token_stream());
                *awaited.base = Expr::Verbatim(driven);
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        if call
            .path
            .segments
            .last()
            .is_some_and(|name| name.ident == "as_completed")
        {
            let (sets, tokens) = (self.sets, &call.tokens);
            call.tokens = quote!(#(@[#sets])* #tokens);
        } else if awaits(&call.tokens) {
            call.tokens = self.arguments(&call.tokens);
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Whether `await` is anywhere in these tokens.
fn awaits(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "await",
        TokenTree::Group(group) => awaits(&Group::stream(&group)),
        _ => false,
    })
}

/// Reports every `break` with a value out of a loop of this label.
pub(crate) fn refuse_breaks(label: Option<&syn::Label>, body: &mut [Stmt], errors: &mut Errors) {
    let mut breaks = Breaks {
        label,
        depth: 0,
        errors,
    };
    for stmt in body {
        breaks.visit_stmt_mut(stmt);
    }
}

struct Breaks<'a> {
    label: Option<&'a syn::Label>,
    /// Loops inside of it.
    depth: usize,
    errors: &'a mut Errors,
}

impl Breaks<'_> {
    fn is_ours(&self, found: &ExprBreak) -> bool {
        match &found.label {
            None => self.depth == 0,
            Some(name) => self.label.is_some_and(|label| label.name == *name),
        }
    }
}

impl VisitMut for Breaks<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Async(_) | Expr::Closure(_) | Expr::Const(_) => return,
            Expr::Break(found) if self.is_ours(found) => {
                if let Some(value) = &found.expr {
                    self.errors.on(value, errors::BREAK_VALUE);
                }
            }
            _ => {}
        }
        let is_loop = matches!(expr, Expr::ForLoop(_) | Expr::Loop(_) | Expr::While(_));
        self.depth += usize::from(is_loop);
        visit_mut::visit_expr_mut(self, expr);
        self.depth -= usize::from(is_loop);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
