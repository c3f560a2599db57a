//! Parses tokens to a [`Call`]: a header, items and options.
//!
//! The parser is tolerant: it reports a broken item, skips it, and goes on, so that the compiler can check the other items.
//! [`call`] has the data. Each other module has the methods of [`Call`] that parse one part of it.

mod arms;
mod call;
mod group;
mod header;
mod item;
mod list;
mod literal;
mod loops;
mod option;
mod statements;
#[cfg(test)]
mod tests;

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Token, braced, bracketed,
    parse::{ParseStream, Parser},
    token::{Brace, Bracket},
};

pub(crate) use self::{
    call::{Arm, Call, Form, GroupBody, HandleName, Item, ItemKind, Loop},
    literal::StructLiteral,
};
use crate::{breaks::Target, missing, options::Macro, tokens::skip_all};

impl Call {
    /// Parses the path of the crate, in a group, and the tokens between the parentheses of the call.
    pub(crate) fn parse(macro_: Macro, input: TokenStream) -> Self {
        let mut tokens = input.into_iter();
        let krate = match tokens.next() {
            Some(TokenTree::Group(path)) => path.stream(),
            _ => unreachable!("the public macro passes its `$crate`"),
        };
        Self::parse_between(macro_, krate, &tokens.collect())
    }

    /// Parses the tokens between the parentheses of a call.
    pub(crate) fn parse_between(macro_: Macro, krate: TokenStream, tokens: &TokenStream) -> Self {
        let mut call = Self::parse_tokens(macro_, krate.clone(), tokens.clone());
        if call.errors.len() == 0 && !call.has_raw_stmts {
            return call;
        }
        match missing::put_in(tokens) {
            None => call,
            Some(tokens) => {
                // The missing name may be the cause of these errors.
                let _errors = call.errors.report();
                let mut call = Self::parse_tokens(macro_, krate, tokens);
                call.has_placeholders = true;
                call
            }
        }
    }

    fn parse_tokens(macro_: Macro, krate: TokenStream, tokens: TokenStream) -> Self {
        let mut call = Self::new(macro_, krate);
        let parser = |input: ParseStream<'_>| {
            call.loops_around(input)?;
            if call.header(input).is_ok() {
                call.form(input);
            }
            skip_all(input);
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            // Another mistake may have left tokens unread. That is no second mistake.
            if call.errors.len() == 0 {
                call.errors.push(error);
            }
        }
        call
    }

    /// Parses `@[set]`, which each loop around this call has put before its tokens, and `@{'label 'out}` of those loops that the call
    /// leaves by a `break` with a value.
    fn loops_around(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while input.peek(Token![@]) && (input.peek2(Bracket) || input.peek2(Brace)) {
            let content;
            input.parse::<Token![@]>()?;
            if input.peek(Bracket) {
                bracketed!(content in input);
                self.outer_sets.push(content.parse()?);
            } else {
                braced!(content in input);
                let label = content.parse()?;
                let (label, out) = match content.parse()? {
                    Some(out) => (Some(label), out),
                    None => (None, label),
                };
                self.outer_loops.push(Target::new(label, out));
            }
        }
        Ok(())
    }

    /// Parses everything after the header.
    fn form(&mut self, input: ParseStream<'_>) {
        match self.macro_ {
            Macro::AsCompleted if loops::is_loop(input) => self.for_loop(input),
            Macro::AsCompleted if arms::is_arms(input) => self.arms(input),
            Macro::AsCompleted | Macro::Gather | Macro::Wait => self.list(input),
            Macro::TaskGroup => self.group(input),
        }
    }
}
