//! The forms of a call beside a list of items: a loop and arms, of `as_completed!`, and the body of a group.

use proc_macro2::{Group, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Block, Expr, Ident, Label, Lifetime, Lit, Pat, PatIdent, ReturnType, Stmt, Token, Type,
    ext::IdentExt,
    parenthesized,
    parse::{ParseStream, Parser, discouraged::Speculative},
    token::{Brace, Paren},
};

use super::{Call, Place, bare, is_colon, is_option, is_whole, option_alone, skip, skip_item};
use crate::{
    errors,
    options::{self, Macro, Opt},
    values::Value,
};

/// How a call is written.
pub(crate) enum Form {
    /// Items.
    List,
    /// `for pat in items { body }`
    Loop(Box<Loop>),
    /// `pat = future => body` for each item.
    Arms(Vec<Arm>),
    /// `|tg| body`
    Scope(Box<Scope>),
}

/// A loop over what the items give.
pub(crate) struct Loop {
    pub(crate) label: Option<Label>,
    pub(crate) pat: Pat,
    pub(crate) body: Vec<Stmt>,
}

/// What is done with what one item gives.
pub(crate) struct Arm {
    pub(crate) pat: Pat,
    pub(crate) body: Vec<Stmt>,
}

/// The body of a group.
pub(crate) struct Scope {
    /// Where it begins.
    pub(crate) start: Span,
    pub(crate) capture: Option<Token![move]>,
    pub(crate) group: Name,
    /// What it says that it gives.
    pub(crate) output: Option<Type>,
    /// A block or an expression.
    pub(crate) body: TokenStream,
}

/// What a body calls the group, if it does.
pub(crate) enum Name {
    Some(PatIdent),
    None,
}

/// Whether a loop comes next, with or without a label.
pub(super) fn is_loop(input: ParseStream<'_>) -> bool {
    input.peek(Token![for]) && !input.peek2(Token![<])
        || input.peek(Token![async]) && input.peek2(Token![for])
        || input.peek(Lifetime) && input.peek2(Token![:]) && input.peek3(Token![for])
}

/// Whether what comes next is arms: there is a `=>` or an `in` that is not inside of anything.
pub(super) fn is_arms(input: ParseStream<'_>) -> bool {
    let mut last = None;
    for token in input.fork().parse::<TokenStream>().into_iter().flatten() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '>' && last == Some('=') => return true,
            TokenTree::Ident(ident) if ident == "in" => return true,
            TokenTree::Ident(ident) if ident == "for" => return false,
            _ => {}
        }
        last = match &token {
            TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint => Some(punct.as_char()),
            _ => None,
        };
    }
    // It may be one without its body.
    is_option(input) && !is_last_option(input)
}

impl Call {
    /// A loop, and the options behind it.
    pub(super) fn for_loop(&mut self, input: ParseStream<'_>) {
        match self.parse_loop(input) {
            Ok(found) => self.form = Form::Loop(Box::new(found)),
            Err(error) => {
                self.errors.push(error);
                return;
            }
        }
        let _comma = input.parse::<Option<Token![,]>>();
        self.options_behind(input, errors::AFTER_LOOP);
    }

    fn parse_loop(&mut self, input: ParseStream<'_>) -> syn::Result<Loop> {
        let label = input.parse()?;
        if let Some(word) = input.parse::<Option<Token![async]>>()? {
            self.errors.at(word.span, errors::ASYNC_FOR);
        }
        let of = input.parse::<Token![for]>()?;
        if let Some(word) = input.parse::<Option<Token![await]>>()? {
            self.errors.at(word.span, errors::FOR_AWAIT);
        }
        let pat = pattern(input, of.span, errors::NO_LOOP_PATTERN)?;
        if refuses(&pat) {
            self.errors.on(&pat, errors::REFUSES);
        }
        let Ok(keyword) = input.parse::<Token![in]>() else {
            return Err(syn::Error::new(of.span, errors::NO_IN));
        };
        let ahead = input.fork();
        let body_alone = input.peek(Brace)
            && ahead.parse::<TokenTree>().is_ok()
            && (ahead.is_empty() || ahead.peek(Token![,]));
        if input.is_empty() || body_alone {
            return Err(syn::Error::new(keyword.span, errors::NO_SOURCE));
        }
        self.head(input)?;
        if is_options_before_body(input) {
            self.options_before_body(input);
        }
        if !input.peek(Brace) {
            let ahead = input.fork();
            let several = ahead.parse::<Token![,]>().is_ok() && !is_option(&ahead);
            let (place, message) = if input.is_empty() {
                (of.span, errors::NO_BODY)
            } else if several && !ahead.is_empty() {
                (input.span(), errors::SEVERAL)
            } else {
                (input.span(), errors::NO_BODY)
            };
            return Err(syn::Error::new(place, message));
        }
        let body = self.statements(input)?;
        Ok(Loop { label, pat, body })
    }

    /// Reports options between the branches of a loop and its body, and keeps their values for the compiler to check.
    fn options_before_body(&mut self, input: ParseStream<'_>) {
        let mut told = false;
        while input.parse::<Token![,]>().is_ok() && is_option(input) {
            let name = input.call(Ident::parse_any);
            if let (Ok(name), false) = (name, told) {
                self.errors.on(name, errors::BEFORE_BODY);
                told = true;
            }
            let _equals = input.parse::<Token![=]>();
            match Expr::parse_without_eager_brace(input) {
                // The compiler does not know the units of literals.
                Ok(Expr::Lit(_)) | Err(_) => {}
                Ok(value) => self.loose.push(value),
            }
            // The rest of a value that does not parse.
            skip(input, |input| input.peek(Token![,]) || input.peek(Brace));
        }
    }

    /// What a loop goes through: an item, or several in parentheses.
    fn head(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let ahead = input.fork();
        if input.peek(Paren)
            && ahead.parse::<TokenTree>().is_ok()
            && (ahead.peek(Brace) || is_options_before_body(&ahead))
        {
            let list;
            parenthesized!(list in input);
            self.body(&list);
            return Ok(());
        }
        self.attributes(input);
        self.brace_ends = true;
        let result = self.parse_item(input);
        self.brace_ends = false;
        result
    }

    /// The body of a group, and the options behind it.
    pub(super) fn group(&mut self, input: ParseStream<'_>) {
        match self.scope(input) {
            Ok(Some(scope)) => self.form = Form::Scope(Box::new(scope)),
            Ok(None) => {}
            Err(error) => {
                self.errors.push(error);
                return skip(input, |_| false);
            }
        }
        if let Ok(semicolon) = input.parse::<Token![;]>() {
            self.errors.at(semicolon.span, errors::SCOPE_SEMICOLON);
        } else if input.parse::<Token![,]>().is_err() && is_option(input) {
            self.errors.at(input.span(), errors::NO_COMMA);
        }
        self.options_behind(input, errors::AFTER_GROUP);
        let open = |option: &Opt| matches!(option.value, Value::Type(Type::Infer(_)));
        if let Some(open) = self.options.0.iter().position(open) {
            if let Value::Type(ty) = self.options.0.remove(open).value {
                self.errors.on(ty, errors::ERROR_OPEN);
            }
        }
    }

    /// The body of a group, unless it cannot be checked because it names something that is not there.
    fn scope(&mut self, input: ParseStream<'_>) -> syn::Result<Option<Scope>> {
        let start = input.span();
        let ahead = input.fork();
        ahead.parse::<Option<Token![async]>>()?;
        ahead.parse::<Option<Token![move]>>()?;
        if !ahead.peek(Token![|]) {
            return Err(no_scope(input));
        }
        input.parse::<Option<Token![async]>>()?;
        let capture = input.parse()?;
        let bar = input.parse::<Token![|]>()?;
        let mut parameters = Vec::new();
        while !input.peek(Token![|]) {
            parameters.push(Parameter::parse(input, bar.span)?);
            if !input.peek(Token![|]) {
                let comma = input.parse::<Token![,]>();
                comma.map_err(|error| syn::Error::new(error.span(), errors::NOT_A_NAME))?;
            }
        }
        let close = input.parse::<Token![|]>()?;
        if let Some(second) = parameters.get(1) {
            self.errors.on(second.tokens(), errors::TWO_NAMES);
            parameters.clear();
        } else if let Some(name) = parameters.first() {
            if !name.is_name() {
                self.errors.on(name.tokens(), errors::NOT_A_NAME);
            }
        } else {
            self.errors.on(quote!(#bar #close), errors::NO_NAME);
        }
        let group = parameters.pop().and_then(Parameter::name);
        let output = match input.parse()? {
            ReturnType::Default => None,
            ReturnType::Type(_, output) => Some(*output),
        };
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(bar.span, errors::NO_SCOPE_BODY));
        }
        let body = self.scope_body(input)?;
        Ok(group.map(|group| Scope {
            start,
            capture,
            group,
            output,
            body,
        }))
    }

    /// What a body does.
    ///
    /// What stands in braces is left to the compiler, whose words for what is wrong in it are better, and whose editor
    /// completes it.
    fn scope_body(&mut self, input: ParseStream<'_>) -> syn::Result<TokenStream> {
        if !is_whole(input) && input.peek(Brace) && ends_with_braces(input) {
            return Ok(input.parse::<TokenTree>()?.into());
        }
        let angle = input.peek(Token![<]).then(|| input.span());
        let body = input.parse::<Expr>();
        let body = body.map_err(|error| match angle {
            Some(angle) => syn::Error::new(angle, errors::TYPE_BEHIND),
            None => error,
        })?;
        Ok(match bare(&body) {
            Expr::Async(body) => {
                self.errors.at(body.async_token.span, errors::ASYNC_BODY);
                body.block.to_token_stream()
            }
            body => body.to_token_stream(),
        })
    }

    /// Options, behind which nothing else may stand.
    fn options_behind(&mut self, input: ParseStream<'_>, others: &str) {
        while !input.is_empty() {
            let before = self.errors.len();
            if is_option(input) && !is_arm(input) {
                self.option(input, Place::Behind);
            } else if is_colon(input) {
                self.colon(input);
            } else if let Some(name) = option_alone(input) {
                self.option_alone(&name, input);
            } else {
                self.errors.at(input.span(), others);
                skip(input, |_| false);
            }
            self.comma(input, before);
        }
    }

    /// Arms, and the options behind them.
    pub(super) fn arms(&mut self, input: ParseStream<'_>) {
        let mut arms = Vec::new();
        while !input.is_empty() && !is_last_option(input) {
            match self.parse_arm(input) {
                Ok(arm) => arms.extend(arm),
                Err(error) => {
                    self.errors.push(error);
                    skip_item(input);
                    let _comma = input.parse::<Option<Token![,]>>();
                }
            }
        }
        self.form = Form::Arms(arms);
        self.options_behind(input, errors::AFTER_ARMS);
    }

    /// Parses an arm; returns nothing if it was a keyword of `select!`, which is reported.
    fn parse_arm(&mut self, input: ParseStream<'_>) -> syn::Result<Option<Arm>> {
        if self.words_of_select(input)? {
            return Ok(None);
        }
        self.attributes(input);
        let pat = pattern(input, input.span(), errors::NO_FUTURE)?;
        let many = input.peek(Token![in]);
        let equals = input.span();
        if many {
            input.parse::<Token![in]>()?;
        } else if input.peek(Token![=>]) || input.parse::<Token![=]>().is_err() {
            return Err(syn::Error::new_spanned(pat, errors::NO_FUTURE));
        }
        if input.is_empty() || input.peek(Token![,]) || input.peek(Token![=>]) {
            return Err(syn::Error::new_spanned(pat, errors::NO_FUTURE));
        }
        let (before, items) = (self.errors.len(), self.items.len());
        self.parse_item(input)?;
        let added = self.items.get(items);
        if self.errors.len() == before && added.is_some_and(|item| item.spread != many) {
            let expr = self.items.pop().map(|item| item.expr);
            if many {
                self.errors.on(&expr, errors::IN_ONE);
            } else {
                self.errors.at(equals, errors::EQUALS_MANY);
            }
            self.loose.extend(expr);
        }
        let condition = self.condition(input)?;
        if let Some(item) = self.items.get_mut(items) {
            item.condition = condition;
        }
        self.second_branch(input);
        if input.parse::<Token![=>]>().is_err() || input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new_spanned(pat, errors::NO_ARM_BODY));
        }
        let body = self.arm_body(input)?;
        Ok(Some(Arm { pat, body }))
    }

    /// Reports `biased;`, `else =>` and `complete =>`, which are for `select!`. Returns whether one of them came next.
    fn words_of_select(&mut self, input: ParseStream<'_>) -> syn::Result<bool> {
        let is = |word| {
            input
                .fork()
                .call(Ident::parse_any)
                .is_ok_and(|name| name == word)
        };
        if is("biased") && input.peek2(Token![;]) {
            let word = input.call(Ident::parse_any)?;
            self.errors.on(word, errors::BIASED);
            input.parse::<Token![;]>()?;
            return Ok(true);
        }
        if (is("else") || is("complete")) && input.peek2(Token![=>]) {
            let word = input.call(Ident::parse_any)?;
            self.errors.on(&word, errors::no_last_arm(&word));
            input.parse::<Token![=>]>()?;
            self.arm_body(input)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Parses `, if condition`.
    fn condition(&mut self, input: ParseStream<'_>) -> syn::Result<Option<Expr>> {
        if input.peek(Token![if]) {
            self.errors.at(input.span(), errors::GUARD);
        } else if input.peek(Token![,]) && input.peek2(Token![if]) {
            input.parse::<Token![,]>()?;
        } else {
            return Ok(None);
        }
        let word = input.parse::<Token![if]>()?;
        if input.peek(Token![=>]) || input.is_empty() {
            return Err(syn::Error::new(word.span, errors::NO_CONDITION));
        }
        match input.parse()? {
            Expr::Let(of) => {
                self.errors.at(of.let_token.span, errors::LET_CONDITION);
                self.loose.push(*of.expr);
                Ok(None)
            }
            condition => Ok(Some(condition)),
        }
    }

    /// Reports further branches before the `=>` of an arm.
    fn second_branch(&mut self, input: ParseStream<'_>) {
        let mut told = false;
        while is_second_branch(input) {
            let _comma = input.parse::<Token![,]>();
            let _dots = input.parse::<Option<Token![..]>>();
            if let Ok(expr) = input.parse::<Expr>() {
                if !told {
                    self.errors.on(&expr, errors::SECOND_BRANCH);
                    told = true;
                }
                self.loose.push(expr);
            }
        }
    }

    /// Parses the body of an arm, and the `,` after it.
    fn arm_body(&mut self, input: ParseStream<'_>) -> syn::Result<Vec<Stmt>> {
        let braced = input.peek(Brace);
        let mut body = if braced {
            self.statements(input)?
        } else {
            vec![Stmt::Expr(input.parse()?, None)]
        };
        match body.last_mut() {
            // The rest of a body that does not parse.
            Some(Stmt::Expr(Expr::Verbatim(_), None)) if braced => {}
            // A `()` is left out, because clippy warns of a statement without effect.
            Some(Stmt::Expr(value, None)) if is_unit(value) => drop(body.pop()),
            // Whatever an arm gives is dropped.
            Some(Stmt::Expr(_, end @ None)) => *end = Some(Token![;](Span::mixed_site())),
            _ => {}
        }
        if let Ok(semicolon) = input.parse::<Token![;]>() {
            let last = braced || input.is_empty() || input.peek(Token![,]);
            self.errors.at(
                semicolon.span,
                if last {
                    errors::LAST_SEMICOLON
                } else {
                    errors::ARM_SEMICOLON
                },
            );
            let _comma = input.parse::<Option<Token![,]>>();
        } else if input.parse::<Token![,]>().is_err() && !braced && !input.is_empty() {
            return Err(input.error(errors::NO_COMMA));
        }
        Ok(body)
    }

    /// Parses the statements in the braces that come next. The first statement that does not parse, and everything after it, is
    /// left to the compiler, whose errors are better, and whose editor completes it.
    fn statements(&mut self, input: ParseStream<'_>) -> syn::Result<Vec<Stmt>> {
        let ahead = input.fork();
        let braces = input.parse::<Group>()?;
        if let Ok(block) = ahead.parse::<Block>() {
            return Ok(block.stmts);
        }
        self.is_raw = true;
        let parser = |input: ParseStream<'_>| {
            let mut stmts = Vec::new();
            let ahead = input.fork();
            while let Ok(stmt) = ahead.parse() {
                stmts.push(stmt);
                input.advance_to(&ahead);
            }
            // If more is expected at the end, the compiler says so at the brace.
            let rest: TokenStream = input.parse()?;
            let end = Token![;](braces.span_close());
            stmts.push(Stmt::Expr(Expr::Verbatim(quote!(#rest #end)), None));
            Ok(stmts)
        };
        parser.parse2(braces.stream())
    }
}

/// A parameter of a group's body.
struct Parameter {
    pat: Pat,
    ty: Option<(Token![:], Type)>,
}

impl Parameter {
    fn parse(input: ParseStream<'_>, bar: Span) -> syn::Result<Self> {
        let place = if input.is_empty() { bar } else { input.span() };
        let pat = Pat::parse_single(input);
        let pat = pat.map_err(|_| syn::Error::new(place, errors::NOT_A_NAME))?;
        let ty = match input.parse::<Option<Token![:]>>()? {
            Some(colon) => Some((colon, input.parse()?)),
            None => None,
        };
        Ok(Self { pat, ty })
    }

    /// Whether it is a name, and nothing more.
    fn is_name(&self) -> bool {
        self.ty.is_none()
            && match &self.pat {
                Pat::Ident(name) => name.by_ref.is_none() && name.subpat.is_none(),
                Pat::Wild(_) => true,
                _ => false,
            }
    }

    /// The name in it, if there is one.
    fn name(self) -> Option<Name> {
        let mut pat = self.pat;
        while let Pat::Reference(reference) = pat {
            pat = *reference.pat;
        }
        match pat {
            Pat::Ident(name) => Some(Name::Some(PatIdent {
                by_ref: None,
                subpat: None,
                ..name
            })),
            Pat::Wild(_) => Some(Name::None),
            _ => None,
        }
    }

    fn tokens(&self) -> TokenStream {
        let pat = &self.pat;
        let ty = self.ty.as_ref().map(|(colon, ty)| quote!(#colon #ty));
        quote!(#pat #ty)
    }
}

/// Returns whether `, name = value` comes next, and braces somewhere after it.
fn is_options_before_body(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    if ahead.parse::<Token![,]>().is_err() || !is_option(&ahead) {
        return false;
    }
    skip(&ahead, |input| input.peek(Brace));
    !ahead.is_empty()
}

/// Returns whether `, expr` comes next, and the `=>` of this arm after it.
fn is_second_branch(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    while ahead.parse::<Token![,]>().is_ok() {
        let _dots = ahead.parse::<Option<Token![..]>>();
        match ahead.parse() {
            // This is the next arm.
            Err(_) | Ok(Expr::Assign(_)) => return false,
            Ok(_) if ahead.peek(Token![=>]) => return true,
            Ok(_) => {}
        }
    }
    false
}

/// What to say of what stands where a group's body should.
fn no_scope(input: ParseStream<'_>) -> syn::Error {
    if input.peek(Ident) && (input.peek2(Brace) || input.peek2(Token![=>])) {
        return syn::Error::new(input.span(), errors::NO_BARS);
    }
    match input.fork().parse::<Expr>() {
        _ if is_option(input) => syn::Error::new(input.span(), errors::NO_GROUP),
        Ok(
            body @ (Expr::Async(_)
            | Expr::Block(_)
            | Expr::ForLoop(_)
            | Expr::If(_)
            | Expr::Loop(_)
            | Expr::Match(_)
            | Expr::Unsafe(_)
            | Expr::While(_)),
        ) => syn::Error::new_spanned(body, errors::BARE_BODY),
        Ok(other) => syn::Error::new_spanned(other, errors::CHILD_OUTSIDE),
        Err(_) => syn::Error::new(input.span(), errors::NO_GROUP),
    }
}

/// Whether a body that begins with a brace ends with it.
fn ends_with_braces(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let _braces = ahead.parse::<TokenTree>();
    !(ahead.peek(Token![.]) && !ahead.peek(Token![..]) || ahead.peek(Token![?]))
}

/// A pattern, or what should be written instead of what is none.
fn pattern(input: ParseStream<'_>, place: Span, otherwise: &str) -> syn::Result<Pat> {
    let place = if input.is_empty() {
        place
    } else {
        input.span()
    };
    Pat::parse_multi_with_leading_vert(input).map_err(|_| syn::Error::new(place, otherwise))
}

/// Returns whether an expression is `()`.
fn is_unit(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::Tuple(tuple) if tuple.elems.is_empty())
}

/// Returns whether a pattern is certainly refutable.
fn refuses(pat: &Pat) -> bool {
    match pat {
        Pat::Lit(_) | Pat::Range(_) => true,
        Pat::Ident(name) => name.ident == "None",
        Pat::TupleStruct(of) => of.path.is_ident("Some"),
        _ => false,
    }
}

/// Whether an option comes next, and no arm.
///
/// `a = f()`, of which no option has the name, is an arm without its body.
fn is_last_option(input: ParseStream<'_>) -> bool {
    if !is_option(input) || is_arm(input) {
        return false;
    }
    let ahead = input.fork();
    let name = ahead.call(Ident::parse_any);
    let is_known = name.is_ok_and(|name| options::is_near(&name, Macro::AsCompleted));
    is_known || ahead.parse::<Token![=]>().is_ok() && ahead.peek(Lit)
}

/// Whether `name = future =>` comes next, and no option has this name.
pub(super) fn is_arm_elsewhere(input: ParseStream<'_>, macro_: Macro) -> bool {
    // Whether it is an arm is seen by its first tokens; names are compared only then.
    let name = || input.fork().call(Ident::parse_any);
    is_arm(input) && name().is_ok_and(|name| !options::is_near(&name, macro_))
}

/// Whether `name = future =>` comes next.
fn is_arm(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.call(Ident::parse_any).is_ok()
        && ahead.parse::<Token![=]>().is_ok()
        && ahead.parse::<Expr>().is_ok()
        && ahead.peek(Token![=>])
}
