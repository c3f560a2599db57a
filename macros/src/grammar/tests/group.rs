//! Bodies of `task_group!`.

use super::{good, owned, text};
use crate::{
    errors,
    grammar::{Call, Form, HandleName},
    options::Macro::TaskGroup,
};

/// Returns the body of a group, unless it is not expanded, and the errors of the call.
fn group(call: &str) -> (Option<String>, Vec<String>) {
    let tokens = format!("($crate) {call}").parse();
    parts_of_group(Call::parse(
        TaskGroup,
        tokens.expect("the tokens are balanced"),
    ))
}

fn parts_of_group(call: Call) -> (Option<String>, Vec<String>) {
    assert!(call.items.is_empty() && call.leftover_exprs.is_empty());
    let body = match &call.form {
        Form::Group(group) => {
            let capture = group.capture.as_ref().map_or("", |_| "move ");
            let name = match &group.handle {
                HandleName::Named(name) => text(name),
                HandleName::Unnamed => "_".to_owned(),
            };
            let output = group.output.as_ref().map(text);
            let output = output.map_or_else(String::new, |output| format!("->{output}"));
            Some(format!("{capture}{name}{output} {}", text(&group.body)))
        }
        _ => None,
    };
    (body, call.errors.messages())
}

#[test]
fn groups_parse() {
    let good = |call: &str, body: &str, options: &[&str]| {
        good(TaskGroup, call, &[], options);
        assert_eq!(group(call).0.as_deref(), Some(body), "{call}");
    };
    good("|tg| { a; b }", "tg {a;b}", &[]);
    good("|tg| {}", "tg {}", &[]);
    good("|tg,| {},", "tg {}", &[]);
    good("move |tg| {}", "move tg {}", &[]);
    good("async |tg| {}", "tg {}", &[]);
    good("async move |tg| {}", "move tg {}", &[]);
    good("|mut tg| {}", "muttg {}", &[]);
    good("|_| {}", "_ {}", &[]);
    good("|_tg| {}", "_tg {}", &[]);
    good("|tg| -> Vec<u8> { a }", "tg->Vec<u8> {a}", &[]);
    good("|tg| a(tg).await", "tg a(tg).await", &[]);
    good("|tg| { a }.await?", "tg {a}.await?", &[]);
    good("|tg| async { a }.await", "tg async{a}.await", &[]);
    good("|tg| 'a: { b }", "tg 'a:{b}", &[]);
    good("|tg| <A>::f(tg)", "tg <A>::f(tg)", &[]);
    good("|tg| unsafe { a }", "tg unsafe{a}", &[]);
    good("<> |tg| {}", "tg {}", &[]);
    good(
        "<io::Error, limit = 2> |tg| {}",
        "tg {}",
        &["error=io::Error", "limit=2"],
    );
    good(
        "|tg| { a }, timeout = 2s, grace = d, error = Vec<u8>,",
        "tg {a}",
        &["timeout=2.000000000", "grace=d", "error=Vec<u8>"],
    );
    // The tokens in the braces are not parsed.
    good("|tg| { let = ; }, limit = 2", "tg {let=;}", &["limit=2"]);
}

#[test]
fn mistakes_in_groups_are_reported() {
    let bad = |call: &str, body: Option<&str>, error: &str| {
        let parsed = group(call);
        assert_eq!(
            (parsed.0.as_deref(), parsed.1),
            (body, owned(&[error])),
            "{call}"
        );
    };
    for call in ["", "<>", "<limit = 2>", "limit = 2", "a = f() => b"] {
        bad(call, None, errors::NO_GROUP);
    }
    for call in ["a", "a, b, limit = 2", "f(1) b", "..xs", "*xs", "vec![a]"] {
        bad(call, None, errors::CHILD_OUTSIDE);
    }
    for call in [
        "{ a }",
        "async { a }, limit = 2",
        "async move { a }",
        "unsafe { a }",
        "for a in b { c }",
        "loop {}",
    ] {
        bad(call, None, errors::BODY_WITHOUT_BARS);
    }
    bad("tg { a.b() }", None, errors::NO_BARS);
    bad("tg => { a }", None, errors::NO_BARS);
    bad("|| { tg }", None, errors::NO_NAME);
    bad("|tg, other| { other }", None, errors::TWO_NAMES);
    bad("|tg, other: A| { other }", None, errors::TWO_NAMES);
    bad("|(tg, _)| { tg }", None, errors::NOT_A_NAME);
    bad("|1 + 1| {}", None, errors::NOT_A_NAME);
    bad("|tg other| {}", None, errors::NOT_A_NAME);
    bad("|", None, errors::NOT_A_NAME);
    bad("|tg: A| { a }", Some("tg {a}"), errors::NOT_A_NAME);
    bad("|&tg| { a }", Some("tg {a}"), errors::NOT_A_NAME);
    bad("|ref tg| { a }", Some("tg {a}"), errors::NOT_A_NAME);
    bad("|tg @ _| { a }", Some("tg {a}"), errors::NOT_A_NAME);
    bad("|tg|", None, errors::NO_GROUP_BODY);
    bad("|tg|, limit = 2", None, errors::NO_GROUP_BODY);
    bad("|tg| async { a }", Some("tg {a}"), errors::ASYNC_BODY);
    bad("|tg| async move { a }", Some("tg {a}"), errors::ASYNC_BODY);
    bad("|tg| <A> { a }", None, errors::TYPE_AFTER_BARS);
    bad("|tg| { a }, b", Some("tg {a}"), errors::AFTER_GROUP);
    bad("|tg| { a } b, c", Some("tg {a}"), errors::AFTER_GROUP);
    bad("|tg| { a } ..b", Some("tg {a}"), errors::AFTER_GROUP);
    bad(
        "|tg| { a }, limit = 2, b",
        Some("tg {a}"),
        errors::AFTER_GROUP,
    );
    bad("|tg| { a } limit = 2", Some("tg {a}"), errors::NO_COMMA);
    bad("|tg| a limit = 2", Some("tg a"), errors::NO_COMMA);
    bad(
        "|tg| { a }; limit = 2",
        Some("tg {a}"),
        errors::GROUP_SEMICOLON,
    );
    bad("|tg| { a };", Some("tg {a}"), errors::GROUP_SEMICOLON);
    bad(
        "|tg| { a }, limit = 0",
        Some("tg {a}"),
        &errors::count_zero("limit"),
    );
    bad(
        "|tg| { a }, limit",
        Some("tg {a}"),
        &errors::no_equals("limit"),
    );
    bad(
        "|tg| { a }, limit: 2",
        Some("tg {a}"),
        &errors::equals("limit"),
    );
    bad("<_> |tg| { a }", Some("tg {a}"), errors::ERROR_OPEN);
    bad("|tg| { a }, error = _", Some("tg {a}"), errors::ERROR_OPEN);
    bad("|tg| f({ a + ; })", None, "expected an expression");
}

/// An expression that another macro passes on is in an invisible group.
#[test]
fn bodies_that_another_macro_passes_on_parse() {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

    let tokens = |text: &str| text.parse::<TokenStream>().expect("tokens");
    let whole = |text| TokenTree::from(Group::new(Delimiter::None, tokens(text))).into();
    let group = |parts: &[TokenStream]| {
        let krate = tokens("($crate)");
        let call = [krate].into_iter().chain(parts.iter().cloned()).collect();
        parts_of_group(Call::parse(TaskGroup, call))
    };
    let good = |parts: &[TokenStream], body: &str| {
        assert_eq!(group(parts), (Some(body.to_owned()), vec![]));
    };
    let limit = tokens(", limit = 2");
    good(&[whole("|tg| { a }"), limit.clone()], "tg {a}");
    good(&[tokens("|tg|"), whole("{ a }"), limit.clone()], "tg {a}");
    good(
        &[tokens("|tg|"), whole("{ a } + 1"), limit.clone()],
        "tg {a}+1",
    );
    good(&[tokens("|tg|"), whole("a.b()"), limit], "tg a.b()");
    good(
        &[
            tokens("move |"),
            whole("tg"),
            tokens("|"),
            whole("{ a; b }"),
        ],
        "move tg {a;b}",
    );
}
