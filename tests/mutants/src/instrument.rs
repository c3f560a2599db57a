//! Puts every mutant of a source file into it at once, each behind `crate::__mutant(ID)`.

use std::{collections::HashSet, ops::Range};

use proc_macro2::Span;
use quote::ToTokens;
use syn::{
    BinOp, Block, Expr, Pat, ReturnType, Signature, Stmt, UnOp,
    spanned::Spanned,
    visit::{self, Visit},
};

/// One change of the source.
pub struct Mutant {
    pub id: u32,
    pub line: usize,
    /// The function, and what is replaced by what: the same after lines have moved.
    pub name: String,
}

/// Finds the mutants of a file and writes them into its text.
pub struct Instrument<'a> {
    text: &'a str,
    next: &'a mut u32,
    refused: &'a HashSet<String>,
    file: &'a str,
    path: Vec<String>,
    names: HashSet<String>,
    pub mutants: Vec<Mutant>,
    edits: Vec<(Range<usize>, String)>,
}

impl<'a> Instrument<'a> {
    pub fn new(
        file: &'a str,
        text: &'a str,
        next: &'a mut u32,
        refused: &'a HashSet<String>,
    ) -> Self {
        Self {
            text,
            next,
            refused,
            file,
            path: vec![],
            names: HashSet::new(),
            mutants: vec![],
            edits: vec![],
        }
    }

    /// Returns the text with all mutants in it.
    pub fn run(mut self) -> (String, Vec<Mutant>) {
        let file = syn::parse_file(self.text).unwrap_or_else(|e| panic!("{}: {e}", self.file));
        self.visit_file(&file);
        self.edits.sort_by_key(|(at, _)| at.start);
        let (mut result, mut done) = (String::new(), 0);
        for (at, edit) in &self.edits {
            result.push_str(&self.text[done..at.start]);
            result.push_str(edit);
            done = at.end;
        }
        result.push_str(&self.text[done..]);
        (result, self.mutants)
    }

    fn insert(&mut self, at: usize, edit: String) {
        self.edits.push((at..at, edit));
    }

    fn source(&self, span: Span) -> String {
        let source = &self.text[span.byte_range()];
        source.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns the id of a new mutant, unless it was refused because it does not compile.
    fn mutant(&mut self, span: Span, change: &str) -> Option<u32> {
        let function = self.path.join("::");
        let mut name = format!("{} {function}: {change}", self.file);
        let mut n = 1;
        while !self.names.insert(name.clone()) {
            n += 1;
            name = format!("{} {function}: {change} #{n}", self.file);
        }
        if self.refused.contains(&name) {
            return None;
        }
        let id = *self.next;
        *self.next += 1;
        let line = span.start().line;
        self.mutants.push(Mutant { id, line, name });
        Some(id)
    }

    /// Puts other expressions in the place of one whose parts are visited afterwards.
    fn alternatives(&mut self, span: Span, others: &[(String, String)]) -> bool {
        let mut prefix = String::from("(");
        for (change, other) in others {
            if let Some(id) = self.mutant(span, change) {
                prefix += &format!("if crate::__mutant({id}) {{{other}/*e{id}*/}} else ");
            }
        }
        let found = prefix.len() > 1;
        if found {
            self.insert(span.byte_range().start, prefix + "{");
        }
        found
    }

    fn within(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.path.push(name);
        visit(self);
        self.path.pop();
    }

    fn function(&mut self, attrs: &[syn::Attribute], sig: &Signature, block: &Block) {
        if is_left_out(attrs) {
            return;
        }
        if let Some(token) = &sig.constness {
            let name = format!("{} {} const", self.file, sig.ident);
            if self.refused.contains(&name) {
                return;
            }
            let at = token.span().byte_range();
            self.edits.push((at, format!("/*const {}*/", sig.ident)));
        }
        self.within(sig.ident.to_string(), |this| {
            let empty = block.stmts.is_empty();
            for value in if empty { vec![] } else { values(&sig.output) } {
                let span = block.span();
                if let Some(id) = this.mutant(span, &format!("return {value}")) {
                    let edit = format!("if crate::__mutant({id}) {{return {value};/*e{id}*/}}");
                    this.insert(span.byte_range().start + 1, edit);
                }
            }
            visit::visit_block(this, block);
        });
    }
}

fn is_left_out(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let text = attr.to_token_stream().to_string();
        attr.path().is_ident("test")
            || attr.path().is_ident("cfg")
                && (text.contains("rejoin_loom") && !text.contains("not") || text.contains("(test"))
    })
}

/// What a function may return instead, as far as its type tells.
fn values(output: &ReturnType) -> Vec<&'static str> {
    let ReturnType::Type(_, ty) = output else {
        return vec!["()"];
    };
    let text = ty.to_token_stream().to_string().replace(' ', "");
    match &*text {
        "!" => vec![],
        "()" => vec!["()"],
        "bool" => vec!["true", "false"],
        "usize" | "u64" | "u32" | "u16" | "u8" => vec!["0", "1"],
        "Poll<()>" => vec!["std::task::Poll::Pending", "std::task::Poll::Ready(())"],
        "Poll<bool>" => vec![
            "std::task::Poll::Pending",
            "std::task::Poll::Ready(true)",
            "std::task::Poll::Ready(false)",
        ],
        "TokenStream" => vec!["Default::default()"],
        _ if text.starts_with("Poll<") => vec!["std::task::Poll::Pending"],
        _ if text.starts_with("Option<") => vec!["None"],
        _ if text.starts_with("Result<(),") => vec!["Ok(())"],
        _ if text.starts_with('&') || text.starts_with('*') || text.starts_with("impl") => vec![],
        _ => vec!["Default::default()"],
    }
}

fn others(op: &BinOp) -> Vec<&'static str> {
    match op {
        BinOp::Eq(_) => vec!["!="],
        BinOp::Ne(_) => vec!["=="],
        BinOp::Lt(_) => vec!["<=", ">"],
        BinOp::Le(_) => vec!["<", ">"],
        BinOp::Gt(_) => vec![">=", "<"],
        BinOp::Ge(_) => vec![">", "<"],
        BinOp::And(_) => vec!["||"],
        BinOp::Or(_) => vec!["&&"],
        BinOp::Add(_) => vec!["-"],
        BinOp::Sub(_) => vec!["+"],
        BinOp::Mul(_) => vec!["/"],
        BinOp::Div(_) | BinOp::Rem(_) => vec!["*"],
        BinOp::Shl(_) => vec![">>"],
        BinOp::Shr(_) => vec!["<<"],
        BinOp::BitAnd(_) | BinOp::BitXor(_) => vec!["|"],
        BinOp::BitOr(_) => vec!["&"],
        BinOp::AddAssign(_) => vec!["-="],
        BinOp::SubAssign(_) => vec!["+="],
        BinOp::BitAndAssign(_) | BinOp::BitXorAssign(_) => vec!["|="],
        BinOp::BitOrAssign(_) => vec!["&="],
        _ => vec![],
    }
}

fn has_let(e: &Expr) -> bool {
    match e {
        Expr::Let(_) => true,
        Expr::Binary(e) => has_let(&e.left) || has_let(&e.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Instrument<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.attrs, &item.sig, block);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = item.trait_.as_ref().and_then(|t| t.0.segments.last());
        let of = of.map(|segment| segment.ident.to_string());
        if is_left_out(&item.attrs) || matches!(of.as_deref(), Some("Debug" | "Display")) {
            return;
        }
        let ty = match &*item.self_ty {
            syn::Type::Path(ty) => ty.path.segments.last().unwrap().ident.to_string(),
            ty => self.source(ty.span()),
        };
        let name = of.map_or(ty.clone(), |of| format!("<{ty} as {of}>"));
        self.within(name, |this| visit::visit_item_impl(this, item));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        if !is_left_out(&item.attrs) {
            self.within(item.ident.to_string(), |this| {
                visit::visit_item_trait(this, item)
            });
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_left_out(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    // What is constant is not mutated.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_expr_repeat(&mut self, e: &'ast syn::ExprRepeat) {
        self.visit_expr(&e.expr);
    }
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_pat(&mut self, _: &'ast Pat) {}
    fn visit_generics(&mut self, _: &'ast syn::Generics) {}
    fn visit_angle_bracketed_generic_arguments(
        &mut self,
        _: &'ast syn::AngleBracketedGenericArguments,
    ) {
    }

    fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
        if has_let(&e.left) || has_let(&e.right) {
            return visit::visit_expr_binary(self, e);
        }
        let (left, right) = (self.source(e.left.span()), self.source(e.right.span()));
        let op = self.source(e.op.span());
        let raw = |span: Span| &self.text[span.byte_range()];
        let others: Vec<_> = others(&e.op)
            .into_iter()
            .map(|other| {
                (
                    format!("{left} {op} {right} -> {other}"),
                    format!("{} {other} {}", raw(e.left.span()), raw(e.right.span())),
                )
            })
            .collect();
        let found = self.alternatives(e.span(), &others);
        visit::visit_expr_binary(self, e);
        if found {
            self.insert(e.span().byte_range().end, "})".into());
        }
    }

    fn visit_expr_unary(&mut self, e: &'ast syn::ExprUnary) {
        let mut found = false;
        if matches!(e.op, UnOp::Not(_)) {
            let operand = self.source(e.expr.span());
            let change = format!("!{operand} -> {operand}");
            let raw = self.text[e.expr.span().byte_range()].to_string();
            found = self.alternatives(e.span(), &[(change, raw)]);
        }
        visit::visit_expr_unary(self, e);
        if found {
            self.insert(e.span().byte_range().end, "})".into());
        }
    }

    fn visit_expr_if(&mut self, e: &'ast syn::ExprIf) {
        let (cond, span) = (self.source(e.cond.span()), e.cond.span().byte_range());
        if has_let(&e.cond) {
            self.visit_expr(&e.cond);
            if let Some(id) = self.mutant(e.cond.span(), &format!("if {cond} -> false")) {
                self.insert(span.end, format!(" && !crate::__mutant({id})/*e{id}*/"));
            }
        } else if matches!(*e.cond, Expr::Binary(_) | Expr::Unary(_)) {
            self.visit_expr(&e.cond);
        } else {
            let others = [
                (format!("if {cond} -> true"), "true".to_string()),
                (format!("if {cond} -> false"), "false".to_string()),
            ];
            let found = self.alternatives(e.cond.span(), &others);
            self.visit_expr(&e.cond);
            if found {
                self.insert(span.end, "})".into());
            }
        }
        self.visit_block(&e.then_branch);
        if let Some((_, other)) = &e.else_branch {
            self.visit_expr(other);
        }
    }

    fn visit_expr_match(&mut self, e: &'ast syn::ExprMatch) {
        let wild = match e.arms.last().map(|arm| &arm.pat) {
            Some(Pat::Wild(_)) => true,
            Some(Pat::Ident(name)) => name.subpat.is_none() && name.ident != "None",
            _ => false,
        };
        self.visit_expr(&e.expr);
        for (n, arm) in e.arms.iter().enumerate() {
            if let Pat::Guard(syn::PatGuard { pat, guard, .. }) = &arm.pat {
                let pat = self.source(pat.span());
                let cond = self.source(guard.span());
                let others = [
                    (format!("{pat} if {cond} -> true"), "true".to_string()),
                    (format!("{pat} if {cond} -> false"), "false".to_string()),
                ];
                let found = !has_let(guard) && self.alternatives(guard.span(), &others);
                self.visit_expr(guard);
                if found {
                    self.insert(guard.span().byte_range().end, "})".into());
                }
            } else if wild && n + 1 < e.arms.len() {
                let pat = self.source(arm.pat.span());
                if let Some(id) = self.mutant(arm.pat.span(), &format!("delete arm {pat}")) {
                    let edit = format!(" if !crate::__mutant({id})/*e{id}*/");
                    self.insert(arm.pat.span().byte_range().end, edit);
                }
            }
            self.visit_expr(&arm.body);
        }
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        let mut found = None;
        if let Stmt::Expr(
            e @ (Expr::Call(_) | Expr::MethodCall(_) | Expr::Assign(_) | Expr::Unsafe(_)),
            Some(_),
        ) = stmt
        {
            let text = self.source(e.span());
            // A guard that is not forgotten keeps its borrows: that does not compile.
            if !text.contains("forget(") {
                found = self.mutant(stmt.span(), &format!("delete {text}"));
            }
        }
        let at = stmt.span().byte_range();
        if let Some(id) = found {
            self.insert(at.start, format!("if !crate::__mutant({id}) {{"));
        }
        visit::visit_stmt(self, stmt);
        if let Some(id) = found {
            self.insert(at.end, format!("/*e{id}*/}}"));
        }
    }
}
