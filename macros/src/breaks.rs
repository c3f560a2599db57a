//! Loops with a value: `break value` becomes `break 'out Some(value)`, where `'out` is the label of a block around the loop.
//!
//! A `break` without a value stays as it is: it ends the loop, and the block gives `None` after it.
//!
//! A macro in the body gets its tokens before it is expanded. If it is an `as_completed!` with a `break value` out of a loop around it,
//! that loop puts `@{'label 'out}` (or `@{'out}` for a `break` without a label) before the tokens, and the expansion of the inner call
//! rewrites the `break`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{
    Block, Expr, ExprBreak, Item, Label, Lifetime, Stmt, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::{
    drive::{has_word, is_as_completed, rewrite_arguments},
    grammar::{Call, Form},
    options::Macro,
};

/// The loop or the block that a `break` leaves.
pub(crate) struct Target {
    label: Option<Lifetime>,
    /// The block around a loop of `as_completed!`; `None` for any other loop and for a block.
    out: Option<Lifetime>,
    is_used: bool,
}

impl Target {
    /// Creates the target of a loop around the call, which has put `'label 'out` or `'out` before it.
    pub(crate) fn new(label: Option<Lifetime>, out: Lifetime) -> Self {
        Self {
            label,
            out: Some(out),
            is_used: false,
        }
    }
}

/// Rewrites the breaks in a call. Returns the label for the block around its loop or its arms if one of them has a value.
pub(crate) fn rewrite(call: &mut Call) -> Option<Lifetime> {
    let mut breaks = Breaks {
        targets: std::mem::take(&mut call.outer_loops),
        krate: call.krate.clone(),
    };
    breaks.call(call)
}

struct Breaks {
    /// The loops and blocks around the expression that is visited, the innermost one last.
    targets: Vec<Target>,
    krate: TokenStream,
}

impl Breaks {
    fn call(&mut self, call: &mut Call) -> Option<Lifetime> {
        for item in &mut call.items {
            self.visit_expr_mut(&mut item.expr);
            if let Some(condition) = &mut item.condition {
                self.visit_expr_mut(condition);
            }
        }
        let out = Lifetime::new("'__rejoin_out", Span::mixed_site());
        let mut bodies: Vec<&mut Vec<Stmt>> = Vec::new();
        let mut label = None;
        match &mut call.form {
            Form::List | Form::Group(_) | Form::Struct(_) => {}
            Form::Loop(of) => {
                label = of.label.as_ref();
                bodies.push(&mut of.body);
            }
            Form::Arms(arms) => bodies.extend(arms.iter_mut().map(|arm| &mut arm.body)),
        }
        let is_used = self.within_loop(label, Some(&out), |this| {
            for stmt in bodies.into_iter().flatten() {
                this.visit_stmt_mut(stmt);
            }
        });
        is_used.then_some(out)
    }

    /// Visits the body of a loop. Returns whether a `break` with a value leaves it.
    fn within_loop(
        &mut self,
        label: Option<&Label>,
        out: Option<&Lifetime>,
        visit: impl FnOnce(&mut Self),
    ) -> bool {
        let around = self.targets.len();
        let labels = std::iter::once(None).chain(label.map(|label| Some(label.name.clone())));
        self.targets.extend(labels.map(|label| Target {
            label,
            out: out.cloned(),
            is_used: false,
        }));
        visit(self);
        self.targets.drain(around..).any(|target| target.is_used)
    }

    /// Visits the body of a loop that is none of `as_completed!`, or a block with a label.
    fn other_loop(&mut self, label: Option<&Label>, body: &mut Block) {
        self.within_loop(label, None, |this| this.visit_block_mut(body));
    }

    /// Finds the loop or the block that a `break` with this label leaves.
    fn target(&mut self, label: Option<&Lifetime>) -> Option<&mut Target> {
        let mut targets = self.targets.iter_mut().rev();
        targets.find(|target| target.label.as_ref() == label)
    }

    /// Passes the loops that a call in the body leaves by a `break` with a value on to its expansion.
    fn nested(&mut self, tokens: &TokenStream) -> TokenStream {
        let mut inner = Call::parse_between(Macro::AsCompleted, self.krate.clone(), tokens);
        let used: Vec<_> = (self.targets.iter_mut())
            .map(|target| std::mem::take(&mut target.is_used))
            .collect();
        self.call(&mut inner);
        let _errors = inner.errors.report();
        let passed = self.targets.iter().filter(|target| target.is_used);
        let passed = passed.map(|Target { label, out, .. }| quote!(@{#label #out}));
        let tokens = quote!(#(#passed)* #tokens);
        for (target, used) in self.targets.iter_mut().zip(used) {
            target.is_used |= used;
        }
        tokens
    }
}

impl VisitMut for Breaks {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Async(_) | Expr::Closure(_) | Expr::Const(_) => {}
            // The head of a loop is evaluated in the loop around it.
            Expr::ForLoop(of) => {
                self.visit_expr_mut(&mut of.expr);
                self.other_loop(of.label.as_ref(), &mut of.body);
            }
            Expr::While(of) => {
                self.visit_expr_mut(&mut of.cond);
                self.other_loop(of.label.as_ref(), &mut of.body);
            }
            Expr::Loop(of) => {
                self.other_loop(of.label.as_ref(), &mut of.body);
            }
            Expr::Block(of) if of.label.is_some() => {
                self.other_loop(of.label.as_ref(), &mut of.block);
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_expr_break_mut(&mut self, found: &mut ExprBreak) {
        visit_mut::visit_expr_break_mut(self, found);
        let krate = self.krate.clone();
        let Some(value) = &mut found.expr else { return };
        if let Some(target) = self.target(found.label.as_ref()) {
            if let Some(out) = &target.out {
                target.is_used = true;
                found.label = Some(out.clone());
                **value = parse_quote!(#krate::__private::Some(#value));
            }
        }
    }

    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        if !has_word(&call.tokens, "break") {
            return;
        }
        call.tokens = if is_as_completed(call) {
            self.nested(&call.tokens)
        } else {
            rewrite_arguments(self, &call.tokens)
        };
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::{ToTokens, quote};

    use super::rewrite;
    use crate::{
        grammar::{Call, Form},
        options::Macro,
    };

    /// Returns the body of a loop after the rewrite as text without spaces, and whether the loop has a value.
    fn rewritten(call: &str) -> (String, bool) {
        let mut call = Call::parse_between(Macro::AsCompleted, quote!(k), &call.parse().unwrap());
        let has_value = rewrite(&mut call).is_some();
        assert_eq!(call.errors.messages(), [""; 0]);
        let Form::Loop(of) = call.form else {
            panic!("it is a loop")
        };
        let body: TokenStream = of.body.iter().map(ToTokens::to_token_stream).collect();
        let body = body.to_string().replace(' ', "");
        let body = body.replace("'__rejoin_out", "'out");
        (body.replace("k::__private::Some", "Some"), has_value)
    }

    #[test]
    fn only_breaks_with_a_value_out_of_this_loop_are_rewritten() {
        let is = |body: &str, expected: &str| {
            let body = rewritten(&format!("'a: for x in y {{ {body} }}"));
            let has_value = expected.contains("'out");
            assert_eq!(body, (expected.replace(' ', ""), has_value));
        };
        is("break; break 'a;", "break; break 'a;");
        is("break 1;", "break 'out Some(1);");
        is("break 'a 1; break", "break 'out Some(1); break");
        is(
            "break 'b 1; || break 1; async { break 1 };",
            "break 'b 1; || break 1; async { break 1 };",
        );
        is(
            "loop { break 1 } loop { break 'a 1 }",
            "loop { break 1 } loop { break 'out Some(1) }",
        );
        is(
            "'a: loop { break 'a 1 } 'a: { break 'a 1 }",
            "'a: loop { break 'a 1 } 'a: { break 'a 1 }",
        );
        is("'a: loop {} break 'a 1;", "'a: loop {} break 'out Some(1);");
        is(
            "for z in break 1 { break 2 }",
            "for z in break 'out Some(1) { break 2 }",
        );
        is(
            "while break 1 { break 'a break 2 }",
            "while break 'out Some(1) { break 'out Some(break 2) }",
        );
        is("break break 1;", "break 'out Some(break 'out Some(1));");
        is(
            "m!(break 1, break); m!(x => break 1)",
            "m!(break 'out Some(1), break); m!(x => break 1)",
        );
    }

    #[test]
    fn a_call_in_the_body_gets_the_loops_that_it_leaves_with_a_value() {
        let is = |body: &str, expected: &str| {
            let body = rewritten(&format!("'a: for x in y {{ as_completed!({body}) }}"));
            let has_value = expected.contains("'out");
            let expected = format!("as_completed!({expected})");
            assert_eq!(body, (expected.replace(' ', ""), has_value));
        };
        is("for z in w { break 1; }", "for z in w { break 1; }");
        is("for z in w { break 'a; }", "for z in w { break 'a; }");
        is(
            "for z in w { break 'a 1; }",
            "@{'a 'out} for z in w { break 'a 1; }",
        );
        is(
            "'a: for z in w { break 'a 1; }",
            "'a: for z in w { break 'a 1; }",
        );
        is(
            "for z in break 1 { break 2; }",
            "@{'out} for z in break 1 { break 2; }",
        );
        is(
            "z = w, if break 1 => break 'a 2",
            "@{'out} @{'a 'out} z = w, if break 1 => break 'a 2",
        );
        is(
            "for z in w { as_completed!(break 1, break 'a 1); }",
            "@{'a 'out} for z in w { as_completed!(break 1, break 'a 1); }",
        );
    }
}
