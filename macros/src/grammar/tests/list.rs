//! Lists of items.

use super::{LISTS, bad, good, value};
use crate::{
    errors,
    grammar::Call,
    options::Macro::{Gather, Wait},
};

#[test]
fn lists_of_items_parse() {
    for macro_ in LISTS {
        good(macro_, "", &[], &[]);
        good(macro_, "<>", &[], &[]);
        good(macro_, "a", &["a"], &[]);
        good(macro_, "a(), ..xs, b.c(),", &["a()", "..xs", "b.c()"], &[]);
        good(
            macro_,
            "..&mut pending, task",
            &["..&mutpending", "task"],
            &[],
        );
        good(
            macro_,
            "..xs.iter().map(|x| f(x))",
            &["..xs.iter().map(|x|f(x))"],
            &[],
        );
        good(
            macro_,
            "<> <T as Fetch>::fetch(), <Vec<u8>>::new()",
            &["<TasFetch>::fetch()", "<Vec<u8>>::new()"],
            &[],
        );
        good(
            macro_,
            "(*boxed), a == b, a < b, c",
            &["(*boxed)", "a==b", "a<b", "c"],
            &[],
        );
        good(
            macro_,
            "async { a = 1; }, if x { y } else { z }",
            &["async{a=1;}", "ifx{y}else{z}"],
            &[],
        );
    }
}

#[test]
fn a_mistake_is_reported_once_and_the_items_are_kept() {
    bad(Wait, "*xs, a", &["a"], &[errors::STAR]);
    bad(Wait, "...xs, a", &["..xs", "a"], &[errors::DOTS]);
    bad(Wait, "xs.., a", &["..xs", "a"], &[errors::DOTS]);
    bad(Wait, "a, ..", &["a"], &[errors::NOTHING_SPREAD]);
    bad(Wait, "a.await, b", &["a", "b"], &[errors::AWAITED]);
    bad(Wait, "(a, b), c", &["b", "c"], &[errors::TUPLE]);
    bad(Wait, "(a, b, c)", &["a", "b", "c"], &[errors::TUPLE]);
    bad(Wait, "..(a, b)", &["a", "b"], &[errors::TUPLE_SPREAD]);
    bad(Wait, "let x = a, b", &["a", "b"], &[errors::LET]);
    bad(Wait, "while x { f() }, b", &["b"], &[errors::LOOP]);
    bad(Wait, "a b, c", &["a", "b", "c"], &[errors::NO_COMMA]);
    bad(Wait, "a => b, c", &["a", "c"], &[errors::NO_COMMA]);
    bad(Wait, "a; b", &["a", "b"], &[errors::SEMICOLON]);
    bad(Wait, "a, , b", &["a", "b"], &[errors::NO_BRANCH]);
    bad(Wait, "a + , b", &["b"], &["expected an expression"]);
    bad(
        Wait,
        "limit = 8, a, b",
        &["a", "b"],
        &[&errors::item_after_option("limit")],
    );
    bad(
        Wait,
        "a, limit = 8, b, c, timeout = 2s, d",
        &["a", "b", "c", "d"],
        &[&errors::item_after_option("limit")],
    );
}

/// An expression that another macro passes on is in an invisible group.
#[test]
fn expressions_that_another_macro_passes_on_parse() {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

    let tokens = |text: &str| text.parse::<TokenStream>().expect("tokens");
    let whole = |text| TokenTree::from(Group::new(Delimiter::None, tokens(text))).into();
    let call = |parts: &[TokenStream]| {
        let krate = tokens("($crate)");
        Call::parse(
            Gather,
            [krate].into_iter().chain(parts.iter().cloned()).collect(),
        )
    };

    let spread = call(&[
        whole("..xs"),
        tokens(","),
        whole("a()"),
        tokens(", timeout ="),
        whole("2s"),
    ]);
    assert!(spread.items[0].kind.is_spread() && !spread.items[1].kind.is_spread());
    let timeout = spread.options.first().expect("an option");
    assert_eq!(value(&timeout.value), "2.000000000");
    assert_eq!(spread.errors.messages(), [""; 0]);

    let header = call(&[
        tokens("<"),
        whole("Vec<u8>"),
        tokens(", limit ="),
        whole("a > b"),
        tokens("> a"),
    ]);
    assert_eq!((header.items.len(), header.options.len()), (1, 2));
    assert_eq!(header.errors.messages(), [""; 0]);

    let expressions = call(&[whole("<T as Fetch>::fetch()"), tokens(","), whole("*boxed")]);
    assert_eq!(expressions.items.len(), 2);
    assert_eq!(expressions.errors.messages(), [""; 0]);
}
