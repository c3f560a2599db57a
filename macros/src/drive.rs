//! Bodies of loops: `X.await` becomes `drive(X, set).on().await`, and the set goes on while the body waits.
//!
//! `on` has two candidates: for a future it returns the future to await, and for anything else it is an error, which the compiler
//! shows at the `await`. The variables of the loop's or the arm's pattern get an error with its own wording.
//!
//! The body stays where it stands, so `break`, `return` and `?` do what they do in any loop, and what is borrowed is
//! borrowed as in any loop. Nothing is changed inside of an `async` block, a closure or an item, which are not awaited
//! here; in a macro's arguments it is where they are expressions.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Expr, ExprBreak, Item, Macro, Pat, PatIdent, Stmt, Token,
    parse::Parser,
    punctuated::Punctuated,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

use crate::errors::{self, Errors};

/// Rewrites the awaits of a body.
pub(crate) struct Driver<'a> {
    krate: &'a TokenStream,
    /// The sets that go on, the innermost loop's first, each as a new borrow of it.
    sets: &'a [TokenStream],
    /// The variables of the loop's or the arm's pattern, and the function for them.
    bound: Bound,
}

/// The variables of a pattern, which hold outputs, not futures; without those whose names the body binds again.
struct Bound {
    names: Vec<Ident>,
    drive: &'static str,
}

impl<'a> Driver<'a> {
    /// Creates the driver for awaits outside of bodies.
    pub(crate) fn new(krate: &'a TokenStream, sets: &'a [TokenStream]) -> Self {
        let bound = Bound {
            names: Vec::new(),
            drive: "drive",
        };
        Self { krate, sets, bound }
    }

    pub(crate) fn krate(&self) -> &'a TokenStream {
        self.krate
    }

    pub(crate) fn sets(&self) -> &'a [TokenStream] {
        self.sets
    }

    /// Rewrites the body of a loop whose items `pat` binds.
    pub(crate) fn loop_body(&mut self, pat: &mut Pat, body: &mut [Stmt]) {
        self.body("drive_item", pat, body);
    }

    /// Rewrites the body of an arm whose outputs `pat` binds.
    pub(crate) fn arm_body(&mut self, pat: &mut Pat, body: &mut [Stmt]) {
        self.body("drive_output", pat, body);
    }

    fn body(&mut self, drive: &'static str, pat: &mut Pat, body: &mut [Stmt]) {
        let mut bound = Names::default();
        bound.visit_pat_mut(pat);
        let mut rebound = Names::default();
        for stmt in &mut *body {
            rebound.visit_stmt_mut(stmt);
        }
        let mut names = bound.0;
        names.retain(|name| !rebound.0.contains(name));
        self.bound = Bound { names, drive };
        self.stmts(body);
    }

    /// What awaits `future` while the sets go on.
    pub(crate) fn drive(&self, future: TokenStream) -> TokenStream {
        let place = Span::call_site();
        self.drive_by("drive", future, place, place)
    }

    /// Awaits `future` with `drive` as the function for the innermost set.
    ///
    /// The expression begins at `base`, the place of the future, and ends at `awaited`, that of its `await`, because the compiler
    /// points from the beginning of an expression to its end.
    fn drive_by(&self, drive: &str, future: TokenStream, base: Span, awaited: Span) -> TokenStream {
        let krate = self.krate;
        let on = Ident::new("on", awaited);
        let nothing = group(TokenStream::new(), awaited);
        let mut drive = Ident::new(drive, Span::call_site());
        self.sets.iter().fold(future, |future, set| {
            let outer = Ident::new("drive", Span::call_site());
            let drive = std::mem::replace(&mut drive, outer);
            let driven = group(quote!(#krate::__private::#drive(#future, #set)), base);
            quote!(#driven.#on #nothing)
        })
    }

    fn stmts(&mut self, stmts: &mut [Stmt]) {
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
                let drive = if self.bound.has(&awaited.base) {
                    self.bound.drive
                } else {
                    "drive"
                };
                self.visit_expr_mut(&mut awaited.base);
                let (base, place) = (&awaited.base, awaited.await_token.span);
                let driven = self.drive_by(drive, base.to_token_stream(), base.span(), place);
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

/// Returns tokens in parentheses at a place.
fn group(tokens: TokenStream, place: Span) -> Group {
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    group.set_span(place);
    group
}

impl Bound {
    /// Returns whether an expression is one of these variables, or one of them unwrapped.
    fn has(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Path(path) => {
                (path.path.get_ident()).is_some_and(|name| self.names.contains(name))
            }
            Expr::Try(of) => self.has(&of.expr),
            Expr::Paren(of) => self.has(&of.expr),
            Expr::MethodCall(call) => {
                (call.method == "unwrap" || call.method == "expect") && self.has(&call.receiver)
            }
            _ => false,
        }
    }
}

/// All names that patterns bind.
#[derive(Default)]
struct Names(Vec<Ident>);

impl VisitMut for Names {
    fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
        self.0.push(name.ident.clone());
        visit_mut::visit_pat_ident_mut(self, name);
    }
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
