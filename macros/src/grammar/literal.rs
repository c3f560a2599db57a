//! A struct literal as the only item of `gather!`: its fields are branches, or closures over the values of other fields.

use std::mem;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprClosure, ExprRange, FieldValue, Member, Pat, PatType, Path, ext::IdentExt};

use super::call::{Call, Form, Item, ItemKind};
use crate::{errors, options, tokens::ungroup};

/// The largest number of fields that a closure can need.
const MAX_NEEDS: usize = 8;
/// The largest number of fields, if one needs another.
const MAX_FIELDS: usize = 64;

/// A struct literal of branches. Item `n` of the call is the expression of field `n`.
pub(crate) struct StructLiteral {
    pub(crate) path: Path,
    pub(crate) fields: Vec<Field>,
    /// Whether there are no mistakes in it. Then its closures can be checked, even if there are mistakes in the options.
    pub(crate) is_valid: bool,
}

/// A field of the literal.
pub(crate) struct Field {
    pub(crate) member: Member,
    /// The fields that it needs, if it is a closure.
    pub(crate) needs: Option<Vec<Need>>,
}

/// A parameter of a closure: a field that it needs.
pub(crate) struct Need {
    pub(crate) name: Ident,
    pub(crate) ty: Option<TokenStream>,
    /// The number of the field.
    pub(crate) field: usize,
}

impl StructLiteral {
    /// Returns the numbers of the fields that field `n` needs.
    pub(crate) fn needs(&self, n: usize) -> impl Iterator<Item = usize> {
        let needs = self.fields[n].needs.iter().flatten();
        needs.map(|need| need.field)
    }

    /// Returns the numbers of the fields that need field `n`.
    pub(crate) fn needed_by(&self, n: usize) -> impl Iterator<Item = usize> {
        (0..self.fields.len()).filter(move |&by| self.needs(by).any(|need| need == n))
    }

    /// Checks whether another field needs field `n`.
    pub(crate) fn is_needed(&self, n: usize) -> bool {
        self.needed_by(n).next().is_some()
    }

    /// Checks whether any field needs another one.
    pub(crate) fn has_dependents(&self) -> bool {
        self.fields.iter().any(|field| field.needs.is_some())
    }
}

impl Call {
    /// Makes branches of the fields, if the only item is a struct literal.
    pub(super) fn struct_literal(&mut self) {
        let literal = match self.items.pop() {
            Some(Item {
                kind: ItemKind::One,
                expr: Expr::Struct(literal),
                ..
            }) => literal,
            other => return self.items.extend(other),
        };
        let errors = self.errors.len();
        if let Some(dots) = &literal.dot2_token {
            self.errors.error_spanned_by(dots, errors::STRUCT_REST);
        }
        self.leftover_exprs.extend(literal.rest.map(|rest| *rest));
        let fields = literal.fields.iter();
        let names: Vec<_> = fields.map(|field| name(&field.member)).collect();
        let fields = literal.fields.into_iter();
        let mut literal = StructLiteral {
            path: literal.path,
            fields: fields.map(|field| self.field(field, &names)).collect(),
            is_valid: true,
        };
        self.cycles(&literal);
        if literal.has_dependents() && literal.fields.len() > MAX_FIELDS {
            self.errors
                .error_spanned_by(&literal.path, errors::TOO_MANY_FIELDS);
        }
        literal.is_valid = self.errors.len() == errors;
        self.form = Form::Struct(Box::new(literal));
    }

    /// Adds the item of a field. `names` has the names of all fields.
    fn field(&mut self, field: FieldValue, names: &[String]) -> Field {
        if let Some(attribute) = field.attrs.first() {
            self.errors.error_spanned_by(attribute, errors::ATTRIBUTE);
        }
        let needs = match ungroup(&field.expr) {
            Expr::Closure(closure) => {
                let needs = self.needs(closure, names);
                self.items.push(Item::new(ItemKind::Dependent, field.expr));
                Some(needs)
            }
            Expr::Range(ExprRange { start: None, .. }) => {
                let message = errors::spread_field(&field.member);
                self.errors.error_spanned_by(&field.expr, message);
                None
            }
            _ => {
                let items = self.items.len();
                self.add(ItemKind::One, field.expr);
                if let Some(item) = self.items.get_mut(items) {
                    item.kind = ItemKind::Field;
                }
                None
            }
        };
        Field {
            member: field.member,
            needs,
        }
    }

    /// Reads the parameters of a closure.
    fn needs(&mut self, closure: &ExprClosure, names: &[String]) -> Vec<Need> {
        let mut needs = Vec::<Need>::new();
        if closure.inputs.is_empty() {
            let (begin, end) = (&closure.inputs_begin, &closure.inputs_end);
            self.errors
                .error_spanned_by(quote!(#begin #end), errors::NO_NEEDS);
        }
        if let Some(lifetimes) = &closure.lifetimes {
            self.errors
                .error_spanned_by(lifetimes, errors::NEED_IS_NAME);
        }
        for parameter in &closure.inputs {
            let (pat, ty) = match parameter {
                Pat::Type(PatType { pat, ty, .. }) => (&**pat, Some(&**ty)),
                pat => (pat, None),
            };
            let name = match pat {
                Pat::Ident(pat)
                    if pat.by_ref.is_none() && pat.subpat.is_none() && pat.mutability.is_none() =>
                {
                    &pat.ident
                }
                _ => {
                    self.errors.error_spanned_by(pat, errors::NEED_IS_NAME);
                    continue;
                }
            };
            let unraw = name.unraw().to_string();
            let Some(field) = names.iter().position(|field| *field == unraw) else {
                self.errors
                    .error_spanned_by(name, unknown_need(&unraw, names));
                continue;
            };
            if needs.iter().any(|need| need.field == field) {
                self.errors.error_spanned_by(name, errors::need_twice(name));
                continue;
            }
            if needs.len() == MAX_NEEDS {
                self.errors.error_spanned_by(name, errors::TOO_MANY_NEEDS);
                break;
            }
            needs.push(Need {
                name: name.clone(),
                ty: ty.map(ToTokens::to_token_stream),
                field,
            });
        }
        if let (None, Expr::Await(body)) = (&closure.asyncness, &*closure.body) {
            self.errors.error_at(body.await_token.span, errors::AWAITED);
        }
        needs
    }

    /// Reports fields that need one another.
    fn cycles(&mut self, literal: &StructLiteral) {
        let mut is_visited = vec![false; literal.fields.len()];
        for field in 0..literal.fields.len() {
            self.visit(literal, field, &mut is_visited, &mut Vec::new());
        }
    }

    /// Visits a field and all that it needs. `path` leads to it.
    fn visit(
        &mut self,
        literal: &StructLiteral,
        field: usize,
        is_visited: &mut [bool],
        path: &mut Vec<usize>,
    ) {
        if mem::replace(&mut is_visited[field], true) {
            return;
        }
        path.push(field);
        for need in literal.fields[field].needs.iter().flatten() {
            if let Some(from) = path.iter().position(|&on| on == need.field) {
                let members = path[from..].iter().chain([&need.field]);
                let members: Vec<_> = members.map(|&on| &literal.fields[on].member).collect();
                self.errors
                    .error_spanned_by(&need.name, errors::cycle(&members));
            }
            self.visit(literal, need.field, is_visited, path);
        }
        path.pop();
    }
}

/// Returns the name of a field, by which closures find it.
fn name(member: &Member) -> String {
    match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// Returns the message for a parameter that is no field.
fn unknown_need(name: &str, names: &[String]) -> String {
    let near = options::nearest_of(name, names.iter().map(String::as_str));
    errors::unknown_need(name, near)
}
