//! The body of a loop or an arm in braces.

use proc_macro2::{Group, TokenStream};
use quote::quote;
use syn::{
    Block, Expr, Stmt, Token,
    parse::{ParseStream, Parser, discouraged::Speculative},
};

use super::call::Call;

impl Call {
    /// Parses the statements in the braces that come next.
    ///
    /// The first statement that does not parse, and all that follow it, are passed to the compiler unparsed, because its errors
    /// are better and editors complete names in them.
    pub(super) fn statements(&mut self, input: ParseStream<'_>) -> syn::Result<Vec<Stmt>> {
        let ahead = input.fork();
        let braces = input.parse::<Group>()?;
        if let Ok(block) = ahead.parse::<Block>() {
            return Ok(block.stmts);
        }
        self.has_raw_stmts = true;
        let parser = |input: ParseStream<'_>| {
            let mut stmts = Vec::new();
            let ahead = input.fork();
            while let Ok(stmt) = ahead.parse() {
                stmts.push(stmt);
                input.advance_to(&ahead);
            }
            // If the compiler expects more tokens at the end, it says so at the brace.
            let unparsed: TokenStream = input.parse()?;
            let end = Token![;](braces.span_close());
            stmts.push(Stmt::Expr(Expr::Verbatim(quote!(#unparsed #end)), None));
            Ok(stmts)
        };
        parser.parse2(braces.stream())
    }
}
