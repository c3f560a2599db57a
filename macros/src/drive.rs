//! The bodies of loops: `X.await` becomes `drive(X, set).on().await`, so the set makes progress while the body waits.
//!
//! The method `on` has two candidates. For a future it returns the future to await; for any other type it is an error, which the
//! compiler shows at the `await`. The variables of the loop's or the arm's pattern get an error with its own wording.
//!
//! The body stays in the user's function, so `break`, `return` and `?` and all borrows work as in any loop. The code in an `async`
//! block, a closure or an item stays as it is, because it is not awaited here. The arguments of a macro are rewritten if they are
//! expressions.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Expr, Item, Macro, Pat, PatIdent, Stmt, Token,
    parse::Parser,
    punctuated::Punctuated,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

/// Rewrites the awaits of a body.
pub(crate) struct Driver<'a> {
    krate: &'a TokenStream,
    /// The sets that make progress, the innermost loop's first, each as an expression that borrows it.
    sets: &'a [TokenStream],
    /// The variables of the loop's or the arm's pattern.
    bound: Bound,
}

/// The variables of a pattern, which are outputs and not futures. A name that the body binds again is not one of them.
struct Bound {
    names: Vec<Ident>,
    /// The function that drives the await of such a variable.
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

    /// Rewrites the body of a loop that binds its items with `pat`.
    pub(crate) fn loop_body(&mut self, pat: &mut Pat, body: &mut [Stmt]) {
        self.body("drive_item", pat, body);
    }

    /// Rewrites the body of an arm that binds its outputs with `pat`.
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

    /// Builds the future that awaits `future` while the sets make progress.
    pub(crate) fn drive(&self, future: TokenStream) -> TokenStream {
        let span = Span::call_site();
        self.drive_by("drive", future, span, span)
    }

    /// Builds the future that awaits `future`, with `drive` as the function for the innermost set.
    ///
    /// The expression begins at `base`, the span of the future, and ends at `awaited`, the span of its `await`, because the
    /// compiler points from the beginning of an expression to its end.
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
                let (base, span) = (&awaited.base, awaited.await_token.span);
                let driven = self.drive_by(drive, base.to_token_stream(), base.span(), span);
                *awaited.base = Expr::Verbatim(driven);
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        if is_as_completed(call) {
            let (sets, tokens) = (self.sets, &call.tokens);
            call.tokens = quote!(#(@[#sets])* #tokens);
        } else if has_word(&call.tokens, "await") {
            call.tokens = rewrite_arguments(self, &call.tokens);
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Puts tokens in parentheses with the span `span`.
fn group(tokens: TokenStream, span: Span) -> Group {
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    group.set_span(span);
    group
}

impl Bound {
    /// Checks whether an expression is one of these variables, or one of them unwrapped.
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

/// The names that patterns bind.
#[derive(Default)]
struct Names(Vec<Ident>);

impl VisitMut for Names {
    fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
        self.0.push(name.ident.clone());
        visit_mut::visit_pat_ident_mut(self, name);
    }
}

/// Checks whether a call in the body is one of `as_completed!`, by its name.
pub(crate) fn is_as_completed(call: &Macro) -> bool {
    (call.path.segments.last()).is_some_and(|name| name.ident == "as_completed")
}

/// Checks whether a word is anywhere in these tokens.
pub(crate) fn has_word(tokens: &TokenStream, word: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => has_word(&Group::stream(&group), word),
        _ => false,
    })
}

/// Rewrites the arguments of a macro that are expressions.
pub(crate) fn rewrite_arguments(visitor: &mut impl VisitMut, tokens: &TokenStream) -> TokenStream {
    let list = Punctuated::<Expr, Token![,]>::parse_terminated;
    if let Ok(mut list) = list.parse2(tokens.clone()) {
        list.iter_mut()
            .for_each(|expr| visitor.visit_expr_mut(expr));
        return list.into_token_stream();
    }
    let mut result = TokenStream::new();
    let mut argument = TokenStream::new();
    let mut finish = |argument: TokenStream, result: &mut TokenStream| match syn::parse2::<Expr>(
        argument.clone(),
    ) {
        Ok(mut expr) => {
            visitor.visit_expr_mut(&mut expr);
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
