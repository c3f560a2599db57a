//! A struct literal as the only item of `gather!`: its fields are branches, or closures over the values of other fields.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Expr, ExprClosure, ExprRange, ExprStruct, FieldValue, Member, Pat, PatType, ext::IdentExt,
};

use super::call::{Call, Form, Item, ItemKind};
use crate::{errors, options, tokens::ungroup};

/// The largest number of fields that a closure can need.
const MAX_NEEDS: usize = 8;
/// The largest number of fields, if one needs another.
const MAX_FIELDS: usize = 64;

/// A struct literal of branches. Item `n` of the call is the expression of field `n`.
pub(crate) struct StructLiteral {
    /// The literal, without its fields.
    pub(crate) literal: ExprStruct,
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

    /// Checks whether another field needs field `n`.
    pub(crate) fn is_needed(&self, n: usize) -> bool {
        (0..self.fields.len()).any(|other| self.needs(other).any(|need| need == n))
    }

    /// Checks whether any field needs another one.
    pub(crate) fn has_dependents(&self) -> bool {
        self.fields.iter().any(|field| field.needs.is_some())
    }
}

impl Call {
    /// Makes branches of the fields, if the only item is a struct literal.
    pub(super) fn struct_literal(&mut self) {
        if !matches!(
            &*self.items,
            [Item {
                kind: ItemKind::One,
                expr: Expr::Struct(_),
                ..
            }]
        ) {
            return;
        }
        let Some(Item {
            expr: Expr::Struct(mut literal),
            ..
        }) = self.items.pop()
        else {
            unreachable!("the item was looked at")
        };
        let errors = self.errors.len();
        if let Some(rest) = &literal.dot2_token {
            self.errors
                .error_spanned_by(quote!(#rest), errors::STRUCT_REST);
        }
        self.leftover_exprs
            .extend(literal.rest.take().map(|rest| *rest));
        literal.dot2_token = None;
        let values: Vec<_> = std::mem::take(&mut literal.fields).into_iter().collect();
        let names: Vec<_> = values.iter().map(|field| name(&field.member)).collect();
        let fields = (values.into_iter()).map(|value| self.field(value, &names));
        let mut literal = StructLiteral {
            fields: fields.collect(),
            literal,
            is_valid: true,
        };
        self.cycles(&literal);
        if literal.has_dependents() && literal.fields.len() > MAX_FIELDS {
            let path = &literal.literal.path;
            self.errors.error_spanned_by(path, errors::TOO_MANY_FIELDS);
        }
        literal.is_valid = self.errors.len() == errors;
        self.form = Form::Struct(Box::new(literal));
    }

    /// Adds the item of a field. `names` are those of all fields.
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
        let mut state = vec![Visit::New; literal.fields.len()];
        for field in 0..literal.fields.len() {
            self.visit(literal, field, &mut state, &mut Vec::new());
        }
    }

    /// Visits a field and all that it needs. `path` leads to it.
    fn visit(
        &mut self,
        literal: &StructLiteral,
        field: usize,
        state: &mut [Visit],
        path: &mut Vec<usize>,
    ) {
        if state[field] != Visit::New {
            return;
        }
        state[field] = Visit::Open;
        path.push(field);
        for need in literal.fields[field].needs.iter().flatten() {
            if state[need.field] == Visit::Open {
                let from = path
                    .iter()
                    .position(|&on| on == need.field)
                    .unwrap_or_default();
                let members = path[from..].iter().chain([&need.field]);
                let members: Vec<_> = members.map(|&on| &literal.fields[on].member).collect();
                self.errors
                    .error_spanned_by(&need.name, errors::cycle(&members));
            }
            self.visit(literal, need.field, state, path);
        }
        path.pop();
        state[field] = Visit::Closed;
    }
}

/// How far the search for cycles has come with a field.
#[derive(Clone, Copy, PartialEq)]
enum Visit {
    New,
    /// It is on the path to the field that is visited.
    Open,
    Closed,
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
