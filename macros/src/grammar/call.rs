//! The data that a call is parsed into.

use proc_macro2::{Span, TokenStream};
use syn::{
    Expr, ExprReference, Label, Pat, PatIdent, Stmt, Token, Type, UnOp, spanned::Spanned as _,
};

use super::literal::StructLiteral;
use crate::{
    breaks::Target,
    errors::Errors,
    options::{Macro, Options},
    tokens::ungroup,
};

/// A call of one of the macros.
pub(crate) struct Call {
    pub(crate) macro_: Macro,
    /// The path of the crate that exports the macro.
    pub(crate) krate: TokenStream,
    /// The sets of the loops around this call. They make progress while this call awaits.
    pub(crate) outer_sets: Vec<TokenStream>,
    /// The loops around this call that it leaves by a `break` with a value.
    pub(crate) outer_loops: Vec<Target>,
    pub(crate) form: Form,
    pub(crate) items: Vec<Item>,
    /// Expressions of broken items, which are checked but are not items.
    pub(crate) leftover_exprs: Vec<Expr>,
    pub(crate) options: Options,
    pub(crate) errors: Errors,
    /// Whether the call has placeholders for names that are missing.
    pub(crate) has_placeholders: bool,
    /// Whether some statements do not parse and are passed to the compiler unparsed.
    pub(super) has_raw_stmts: bool,
    /// The position of the first option, if there is one yet.
    pub(super) option_position: Option<OptionPosition>,
    /// Whether a `{` ends an item, as between the branches and the body of a loop.
    pub(super) brace_ends_item: bool,
}

/// The position of an option in a call.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum OptionPosition {
    /// In `<..>`.
    Header,
    /// After the branches.
    Trailing,
}

/// The form of a call.
pub(crate) enum Form {
    /// A list of items.
    List,
    /// `for pat in items { body }`
    Loop(Box<Loop>),
    /// `pat = future => body` for each item.
    Arms(Vec<Arm>),
    /// `|tg| body`
    Group(Box<GroupBody>),
    /// `Path { field: item, .. }`
    Struct(Box<StructLiteral>),
}

/// An argument.
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    pub(crate) expr: Expr,
    /// The condition of an arm. It is evaluated together with the branches, before the first poll.
    pub(crate) condition: Option<Expr>,
}

/// How an item is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ItemKind {
    /// `future`
    One,
    /// `..futures`
    Spread,
    /// `..&mut set`, which a loop borrows.
    Lent,
    /// `field: future`, in a struct literal.
    Field,
    /// `field: |other| future`, in a struct literal.
    Dependent,
}

/// A loop over the outputs of the items.
pub(crate) struct Loop {
    pub(crate) label: Option<Label>,
    pub(crate) pat: Pat,
    pub(crate) body: Vec<Stmt>,
}

/// The pattern and the body for the outputs of one item.
pub(crate) struct Arm {
    pub(crate) pat: Pat,
    pub(crate) body: Vec<Stmt>,
}

/// The body of a task group.
pub(crate) struct GroupBody {
    /// The span of its first token.
    pub(crate) start: Span,
    pub(crate) capture: Option<Token![move]>,
    pub(crate) handle: HandleName,
    /// The type after `->`.
    pub(crate) output: Option<Type>,
    /// A block or an expression.
    pub(crate) body: TokenStream,
}

/// The name of the group's handle in the body.
pub(crate) enum HandleName {
    Named(PatIdent),
    /// `_`
    Unnamed,
}

impl Call {
    pub(super) fn new(macro_: Macro, krate: TokenStream) -> Self {
        Self {
            macro_,
            krate,
            outer_sets: Vec::new(),
            outer_loops: Vec::new(),
            form: Form::List,
            items: Vec::new(),
            leftover_exprs: Vec::new(),
            options: Options::default(),
            errors: Errors::new(),
            has_placeholders: false,
            has_raw_stmts: false,
            option_position: None,
            brace_ends_item: false,
        }
    }
}

impl Item {
    /// Creates an item without a condition. A spread of `&mut set` becomes [`ItemKind::Lent`].
    pub(super) fn new(kind: ItemKind, expr: Expr) -> Self {
        let kind = match kind {
            ItemKind::Spread if borrows_place(&expr) => ItemKind::Lent,
            kind => kind,
        };
        Self {
            kind,
            expr,
            condition: None,
        }
    }

    /// Returns the span at which the compiler shows errors about the item's type.
    pub(crate) fn span(&self) -> Span {
        self.expr.span()
    }
}

impl ItemKind {
    /// Checks whether the item begins with `..`.
    pub(crate) fn is_spread(self) -> bool {
        match self {
            Self::One | Self::Field | Self::Dependent => false,
            Self::Spread | Self::Lent => true,
        }
    }
}

/// Checks whether an expression is `&mut place`.
fn borrows_place(expr: &Expr) -> bool {
    matches!(
        ungroup(expr),
        Expr::Reference(ExprReference {
            mutability: Some(_),
            expr,
            ..
        }) if is_place(expr)
    )
}

/// Checks whether an expression looks like a variable, or like a field, an element or a dereference of one.
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
