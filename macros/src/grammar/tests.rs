//! What calls are parsed into, by all four macros.

use quote::ToTokens;

use super::{Call, Form, Name};
use crate::{
    errors,
    options::{
        Kind,
        Macro::{self, AsCompleted, Gather, TaskGroup, Wait},
        TABLE,
    },
    values::{Duration, Value, When},
};

/// The macros that take branches.
const LISTS: [Macro; 3] = [Gather, AsCompleted, Wait];
const ALL: [Macro; 4] = [Gather, AsCompleted, Wait, TaskGroup];

/// A call, as text.
#[derive(Debug, PartialEq)]
struct Told {
    items: Vec<String>,
    options: Vec<String>,
    errors: Vec<String>,
}

fn parse(macro_: Macro, call: &str) -> Told {
    let call = format!("($crate) {call}")
        .parse()
        .expect("the tokens are balanced");
    let call = Call::parse(macro_, call);
    assert_eq!(call.krate.to_string(), "$ crate");
    assert_eq!(call.macro_, macro_);
    let item = |item: &super::Item| {
        let dots = if item.spread { ".." } else { "" };
        let condition = item.condition.as_ref();
        let condition = condition.map_or_else(String::new, |of| format!(" if {}", text(of)));
        format!("{dots}{}{condition}", text(&item.expr))
    };
    Told {
        items: call.items.iter().map(item).collect(),
        options: call
            .options
            .0
            .iter()
            .map(|option| format!("{}={}", option.name, value(&option.value)))
            .collect(),
        errors: call.errors.messages(),
    }
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}

fn value(value: &Value) -> String {
    match value {
        Value::Duration(Duration::Literal {
            seconds,
            nanoseconds,
        }) => format!("{seconds}.{nanoseconds:09}"),
        Value::Duration(Duration::Value(value)) | Value::Count(value) => text(value),
        Value::Flag(flag) => flag.to_string(),
        Value::When(When::AllCompleted) => "all".to_owned(),
        Value::When(When::FirstCompleted) => "first".to_owned(),
        Value::When(When::FirstException(_)) => "exception".to_owned(),
        Value::When(When::FirstSuccess(_)) => "success".to_owned(),
        Value::When(When::Completed(count)) => format!("completed {}", text(count)),
        Value::Type(ty) => text(ty),
    }
}

/// Parses a call that holds no mistake.
#[track_caller]
fn good(macro_: Macro, call: &str, items: &[&str], options: &[&str]) {
    let told = parse(macro_, call);
    assert_eq!(
        (told.items, told.options, told.errors),
        (owned(items), owned(options), vec![]),
        "{call}"
    );
}

/// Parses a call that holds these mistakes, and besides them these items.
#[track_caller]
fn bad(macro_: Macro, call: &str, items: &[&str], errors: &[&str]) {
    let told = parse(macro_, call);
    assert_eq!(
        (told.items, told.errors),
        (owned(items), owned(errors)),
        "{call}"
    );
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[test]
fn items() {
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
fn options_in_the_header_and_behind() {
    for macro_ in LISTS {
        good(
            macro_,
            "<timeout = 2s, limit = n,> a, b",
            &["a", "b"],
            &["timeout=2.000000000", "limit=n"],
        );
        good(
            macro_,
            "a, b, timeout = 2s, limit = n,",
            &["a", "b"],
            &["timeout=2.000000000", "limit=n"],
        );
        good(macro_, "timeout = 2s", &[], &["timeout=2.000000000"]);
        good(macro_, "<timeout = 2s>", &[], &["timeout=2.000000000"]);
    }
}

#[test]
fn values_in_the_header_end_where_they_should() {
    let good = |call, value: &str| good(Gather, call, &["a"], &[value]);
    good("<limit = f::<Vec<u8>>(1)> a", "limit=f::<Vec<u8>>(1)");
    good("<limit = <T>::f()> a", "limit=<T>::f()");
    good(
        "<limit = <Vec<u8> as Size>::SIZE> a",
        "limit=<Vec<u8>asSize>::SIZE",
    );
    good("<limit = (x > y) as usize> a", "limit=(x>y)asusize");
    good(
        "<limit = { if x > y { 1 } else { 2 } }> a",
        "limit={ifx>y{1}else{2}}",
    );
    good(
        "<limit = x.map(|y| -> usize { y })> a",
        "limit=x.map(|y|->usize{y})",
    );
    good("<limit = 1 + 2> a", "limit=1+2");
    good("<limit = match x { _ => 2 }> a", "limit=matchx{_=>2}");
}

#[test]
fn durations() {
    let good = |call, value: &str| good(Gather, call, &[], &[&format!("timeout={value}")]);
    good("timeout = 2s", "2.000000000");
    good("timeout = 1.5s", "1.500000000");
    good("timeout = 500ms", "0.500000000");
    good("timeout = 20us", "0.000020000");
    good("timeout = 7ns", "0.000000007");
    good("timeout = 3min", "180.000000000");
    good("timeout = 1h", "3600.000000000");
    good("timeout = 1_000ms", "1.000000000");
    good("timeout = 0s", "0.000000000");
    good("timeout = TIMEOUT * 2", "TIMEOUT*2");
    good("timeout = Duration::from_secs(2)", "Duration::from_secs(2)");
}

#[test]
fn error_types() {
    for (macro_, a, items) in [(Gather, "a", &["a"] as &[_]), (TaskGroup, "|a| a", &[])] {
        let good = |call: &str, options: &[&str]| {
            good(
                macro_,
                &call.replace(" a", &format!(" {a}")),
                items,
                options,
            );
        };
        good("<AppError> a", &["error=AppError"]);
        good(
            "<Box<dyn Error + Send>, limit = 8> a",
            &["error=Box<dynError+Send>", "limit=8"],
        );
        good("<(), timeout = d> a", &["error=()", "timeout=d"]);
        good("<io::Error> a, limit = 8", &["error=io::Error", "limit=8"]);
        good(" a, error = Vec<u8>", &["error=Vec<u8>"]);
        good("<error = Vec<u8>> a", &["error=Vec<u8>"]);
    }
    for macro_ in [AsCompleted, Wait] {
        bad(
            macro_,
            "<AppError> a",
            &["a"],
            &[&errors::no_error_type(macro_)],
        );
        bad(
            macro_,
            "<AppError, limit = 8> a",
            &["a"],
            &[&errors::no_error_type(macro_)],
        );
    }
}

#[test]
fn conditions() {
    let good = |call, value| good(Wait, call, &["..xs"], &[value]);
    good("<return_when = ALL_COMPLETED> ..xs", "return_when=all");
    good("<return_when = FIRST_COMPLETED> ..xs", "return_when=first");
    good(
        "..xs, return_when = FIRST_EXCEPTION",
        "return_when=exception",
    );
    good("..xs, return_when = FIRST_SUCCESS", "return_when=success");
    good(
        "..xs, return_when = COMPLETED(n / 2 + 1)",
        "return_when=completed n/2+1",
    );
    for other in [
        "first_completed",
        "\"FIRST_COMPLETED\"",
        "COMPLETED",
        "COMPLETED()",
        "COMPLETED(1, 2)",
        "ANY(1)",
        "1",
    ] {
        bad(
            Wait,
            &format!("..xs, return_when = {other}"),
            &["..xs"],
            &[errors::BAD_WHEN],
        );
    }
}

#[test]
fn every_macro_takes_its_own_options() {
    for spec in TABLE {
        let value = match spec.kind {
            Kind::Duration => "2s",
            Kind::Count => "8",
            Kind::Flag => "true",
            Kind::When => "ALL_COMPLETED",
            Kind::Type => "AppError",
        };
        for macro_ in ALL {
            let a = if macro_ == TaskGroup { "|a| a" } else { "a" };
            for call in [
                format!("{a}, {} = {value}", spec.name),
                format!("<{} = {value}> {a}", spec.name),
            ] {
                let told = parse(macro_, &call);
                let taken = spec.macros.contains(&macro_);
                assert_eq!(
                    (told.options.len(), told.errors.is_empty()),
                    (usize::from(taken), taken),
                    "{call}"
                );
                let other = errors::other_macros_option(spec, macro_);
                assert!(taken || told.errors == [other], "{:?}", told.errors);
            }
        }
    }
}

#[test]
fn the_table_is_the_contracts() {
    let takes = |macro_| {
        TABLE
            .iter()
            .filter(move |spec| spec.macros.contains(&macro_))
            .map(|spec| spec.name)
    };
    assert!(takes(Gather).eq([
        "timeout",
        "each_timeout",
        "limit",
        "partial",
        "return_exceptions",
        "error"
    ]));
    assert!(takes(AsCompleted).eq(["timeout", "each_timeout", "limit"]));
    assert!(takes(Wait).eq(["timeout", "limit", "return_when"]));
    assert!(takes(TaskGroup).eq(["timeout", "limit", "grace", "error"]));
}

#[test]
fn one_mistake_is_told_once_and_the_items_are_kept() {
    bad(Wait, "*xs, a", &["a"], &[errors::STAR]);
    bad(Wait, "...xs, a", &["..xs", "a"], &[errors::DOTS]);
    bad(Wait, "xs.., a", &["..xs", "a"], &[errors::DOTS]);
    bad(Wait, "a, ..", &["a"], &[errors::NOTHING_SPREAD]);
    bad(Wait, "a.await, b", &["a", "b"], &[errors::AWAITED]);
    bad(Wait, "(a, b), c", &["a", "b", "c"], &[errors::TUPLE]);
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

#[test]
fn mistakes_in_options() {
    let bad = |call, error: &str| bad(Gather, call, &["a"], &[error]);
    bad(
        "<limit = 8> a, timeout = 2s, each_timeout = 1s",
        errors::BOTH_PLACES,
    );
    bad("a, limit = 8, limit = 9", &errors::option_twice("limit"));
    bad("<AppError, error = AppError> a", errors::ERROR_TWICE);
    bad("<AppError, OtherError> a", errors::ERROR_TWICE);
    bad("<limit = 8, AppError> a", errors::TYPE_FIRST);
    bad("<dyn Error> a", errors::UNSIZED);
    bad("a, error = (dyn Error + Send)", errors::UNSIZED);
    bad("a, error = 8", errors::NOT_A_TYPE);
    bad("a, limit: 8", &errors::equals("limit"));
    bad("<limit: 8> a", &errors::equals("limit"));
    bad("<partial> a", &errors::no_equals("partial"));
    bad("a, limit =", errors::NO_VALUE);
    bad("<limit = > a", errors::NO_VALUE);
    bad("<error = > a", errors::NO_VALUE);
    bad("a, limit = 0", errors::LIMIT_ZERO);
    bad("a, limit = 0x0usize", errors::LIMIT_ZERO);
    bad("a, limit = 8u32", errors::NOT_A_COUNT);
    bad("a, limit = 1.5", errors::NOT_A_COUNT);
    bad("a, timeout = 30", &errors::no_unit("30"));
    bad("<timeout = 2 s> a", &errors::no_unit("2"));
    bad("<timeout = 2s s> a", errors::NO_COMMA);
    bad("a, timeout = 2s => s", errors::NO_COMMA);
    bad(
        "a, timeout = 2weeks",
        &errors::unknown_unit("weeks", "2", None),
    );
    bad(
        "a, timeout = 30sec",
        &errors::unknown_unit("sec", "30", Some("s")),
    );
    bad(
        "a, timeout = 1.5m",
        &errors::unknown_unit("m", "1.5", Some("min")),
    );
    bad(
        "a, timeout = n s",
        &errors::unit_of_a_value("Duration::from_secs(n)"),
    );
    bad(
        "<timeout = n h, limit = 2> a",
        &errors::unit_of_a_value("Duration::from_secs(3600 * n)"),
    );
    bad("a, error = f(1)", errors::NOT_A_TYPE);
    bad("a, error = A { b: 1 }", errors::NOT_A_TYPE);
    bad("<error = A::new(), limit = 2> a", errors::NOT_A_TYPE);
    bad("a, timeout = d, partial", &errors::no_equals("partial"));
    bad("a, timeout = -2s", errors::NEGATIVE);
    bad("a, timeout = true", errors::NOT_A_DURATION);
    bad("a, partial = x", &errors::not_a_flag("partial"));
}

#[test]
fn mistakes_in_the_header() {
    let open = |call, error: &str| bad(Gather, call, &[], &[error]);
    open("<AppError a, b", errors::UNCLOSED);
    open("<AppError, a(1), b", errors::UNCLOSED);
    open("<limit = 8 a, b", errors::UNCLOSED);
    open("<limt = 8, a, b", errors::UNCLOSED);
    open("<T as Fetch>::fetch(), b", errors::NEEDS_HEADER);
    open("<Vec<u8>>::new(), b", errors::NEEDS_HEADER);
    let closed = |call, error: &str| bad(Gather, call, &["a", "b"], &[error]);
    closed("<8> a, b", errors::NO_HEADER_PART);
    closed("<limit = 8, 9> a, b", errors::NOT_AN_OPTION);
    closed("<limit = 8>, a, b", errors::HEADER_COMMA);
    closed("<AppError limit = 8> a, b", errors::NO_COMMA);
}

/// What another macro hands on in one piece stands in invisible parentheses.
#[test]
fn pieces_handed_on_by_other_macros() {
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
    assert!(spread.items[0].spread && !spread.items[1].spread);
    assert_eq!(value(&spread.options.0[0].value), "2.000000000");
    assert_eq!(spread.errors.messages(), [""; 0]);

    let header = call(&[
        tokens("<"),
        whole("Vec<u8>"),
        tokens(", limit ="),
        whole("a > b"),
        tokens("> a"),
    ]);
    assert_eq!((header.items.len(), header.options.0.len()), (1, 2));
    assert_eq!(header.errors.messages(), [""; 0]);

    let expressions = call(&[whole("<T as Fetch>::fetch()"), tokens(","), whole("*boxed")]);
    assert_eq!(expressions.items.len(), 2);
    assert_eq!(expressions.errors.messages(), [""; 0]);
}

// ---- loops and arms ---------------------------------------------------------------------------------------------------

/// What a call of `as_completed!` is, besides its items and options.
fn form(call: &str) -> String {
    let tokens = format!("($crate) {call}").parse();
    let call = Call::parse(AsCompleted, tokens.expect("the tokens are balanced"));
    let errors = call.errors.messages();
    assert_eq!(errors, [""; 0], "a good call");
    match &call.form {
        Form::List => "list".to_owned(),
        Form::Loop(of) => {
            let label = of.label.as_ref().map(text).unwrap_or_default();
            let body: String = of.body.iter().map(text).collect();
            format!("{label}for {} {{{body}}}", text(&of.pat))
        }
        Form::Arms(arms) => {
            let arm = |arm: &super::Arm| {
                let body: String = arm.body.iter().map(text).collect();
                format!("{}=>{{{body}}}", text(&arm.pat))
            };
            arms.iter().map(arm).collect::<Vec<_>>().join(" ")
        }
        Form::Scope(_) => unreachable!("it is the form of `task_group!`"),
    }
}

#[test]
fn loops() {
    let good = |call: &str, of: &str, items: &[&str], options: &[&str]| {
        good(AsCompleted, call, items, options);
        assert_eq!(form(call), of, "{call}");
    };
    good("for x in ..xs { f(x); }", "for x {f(x);}", &["..xs"], &[]);
    good("for x in ..xs {}", "for x {}", &["..xs"], &[]);
    good("for x in ..xs {},", "for x {}", &["..xs"], &[]);
    good("for x in f() { x }", "for x {x}", &["f()"], &[]);
    good("for x in (a, ..xs,) {}", "for x {}", &["a", "..xs"], &[]);
    good("for x in () {}", "for x {}", &[], &[]);
    good("for x in (a).b() {}", "for x {}", &["(a).b()"], &[]);
    good(
        "'a: for (x, _) in ..&mut set { break 'a; }",
        "'a:for (x,_) {break'a;}",
        &["..&mutset"],
        &[],
    );
    good(
        "for A(x) | B(x) in ..xs {}",
        "for A(x)|B(x) {}",
        &["..xs"],
        &[],
    );
    good(
        "<limit = 2> for x in ..xs.map(|x| S { x }) {}",
        "for x {}",
        &["..xs.map(|x|S{x})"],
        &["limit=2"],
    );
    good(
        "for x in ..xs {}, timeout = 2s, limit = n,",
        "for x {}",
        &["..xs"],
        &["timeout=2.000000000", "limit=n"],
    );
    good(
        "for x in ..xs {} limit = n",
        "for x {}",
        &["..xs"],
        &["limit=n"],
    );
    good("for<'a> |x: &'a u8| x", "list", &["for<'a>|x:&'au8|x"], &[]);
}

#[test]
fn mistakes_in_loops() {
    let bad = |call, items: &[&str], error: &str| bad(AsCompleted, call, items, &[error]);
    bad("for x of ..xs {}", &[], errors::NO_IN);
    bad("for x {}", &[], errors::NO_IN);
    bad("for", &[], errors::NO_LOOP_PATTERN);
    bad("for in ..xs {}", &[], errors::NO_LOOP_PATTERN);
    bad("for x in", &[], errors::NO_SOURCE);
    bad("for x in {}", &[], errors::NO_SOURCE);
    bad("for x in {}, limit = 2", &[], errors::NO_SOURCE);
    bad("for x in ..xs", &["..xs"], errors::NO_BODY);
    bad("for x in ..xs, limit = 2", &["..xs"], errors::NO_BODY);
    bad("for x in a, ..xs {}", &["a"], errors::SEVERAL);
    bad("for x in *xs {}", &[], errors::STAR);
    bad("for x in (a.await, b) {}", &["a", "b"], errors::AWAITED);
    bad("for x in ..xs {}, a", &["..xs"], errors::AFTER_LOOP);
    bad("for x in ..xs {} a, b", &["..xs"], errors::AFTER_LOOP);
    bad(
        "for x in ..xs {}, limit",
        &["..xs"],
        &errors::no_equals("limit"),
    );
    bad(
        "for x in ..xs {}, limit: 2",
        &["..xs"],
        &errors::equals("limit"),
    );
    bad("async for x in ..xs {}", &["..xs"], errors::ASYNC_FOR);
    bad("for await x in ..xs {}", &["..xs"], errors::FOR_AWAIT);
    bad("a, for x in ..xs {}", &["a"], errors::OTHER_LOOP);
    bad("while x {}", &[], errors::OTHER_LOOP);
    let before = errors::BEFORE_BODY;
    bad("for x in ..xs, limit = n {}", &["..xs"], before);
    bad(
        "for x in (a, b), limit = n, timeout = 2s {}, timeout = d",
        &["a", "b"],
        before,
    );
    bad("for Some(x) in ..xs {}", &["..xs"], errors::REFUSES);
    bad("for 1..3 in ..xs {}", &["..xs"], errors::REFUSES);
}

#[test]
fn arms() {
    let good = |call: &str, of: &str, items: &[&str], options: &[&str]| {
        good(AsCompleted, call, items, options);
        assert_eq!(form(call), of, "{call}");
    };
    good("a = f() => b", "a=>{b;}", &["f()"], &[]);
    good("a = f() => b,", "a=>{b;}", &["f()"], &[]);
    good(
        "a = f() => b, c in ..xs => { d } e = g => {}",
        "a=>{b;} c=>{d;} e=>{}",
        &["f()", "..xs", "g"],
        &[],
    );
    good(
        "(a, _) = f() => g(a).await",
        "(a,_)=>{g(a).await;}",
        &["f()"],
        &[],
    );
    good(
        "Ok(a) | Err(a) = f() => {}",
        "Ok(a)|Err(a)=>{}",
        &["f()"],
        &[],
    );
    good("limit = f() => {}", "limit=>{}", &["f()"], &[]);
    good(
        "Some(a) = f(), if b > 1 => c, d in ..xs, if e => {} limit = n",
        "Some(a)=>{c;} d=>{}",
        &["f() if b>1", "..xs if e"],
        &["limit=n"],
    );
    good(
        "timeout = f() => {} limit = 2",
        "timeout=>{}",
        &["f()"],
        &["limit=2"],
    );
    good(
        "<limit = 2, timeout = d> a = f() => {}",
        "a=>{}",
        &["f()"],
        &["limit=2", "timeout=d"],
    );
    good(
        "a = f() => x = 1, b = g() => y, limit = n, timeout = 2s,",
        "a=>{x=1;} b=>{y;}",
        &["f()", "g()"],
        &["limit=n", "timeout=2.000000000"],
    );
}

#[test]
fn mistakes_in_arms() {
    let bad = |call, items: &[&str], errors: &[&str]| bad(AsCompleted, call, items, errors);
    bad("a = f()", &["f()"], &[errors::NO_ARM_BODY]);
    bad(
        "a = f(), b = g()",
        &["f()", "g()"],
        &[errors::NO_ARM_BODY; 2],
    );
    bad(
        "a = f(), b = g() => {}",
        &["f()", "g()"],
        &[errors::NO_ARM_BODY],
    );
    bad(
        "a = f() => {} b = g()",
        &["f()", "g()"],
        &[errors::NO_ARM_BODY],
    );
    bad("a = f() =>", &["f()"], &[errors::NO_ARM_BODY]);
    bad("a =", &[], &[errors::NO_FUTURE]);
    bad("a = => {}", &[], &[errors::NO_FUTURE]);
    bad("f() => {}", &[], &[errors::NO_FUTURE]);
    bad("else => {}", &[], &[&errors::no_last_arm("else")]);
    bad(
        "a = f() => {} complete => { b }",
        &["f()"],
        &[&errors::no_last_arm("complete")],
    );
    bad("biased; a = f() => {}", &["f()"], &[errors::BIASED]);
    bad("a = f() if b => {}", &["f() if b"], &[errors::GUARD]);
    bad("a = f(), if => {}", &["f()"], &[errors::NO_CONDITION]);
    bad(
        "a = f(), if let b = c => {}",
        &["f()"],
        &[errors::LET_CONDITION],
    );
    bad(
        "a = f(), g() => {} b = h() => {}",
        &["f()", "h()"],
        &[errors::SECOND_BRANCH],
    );
    bad(
        "a = f(), g(), ..h => {}",
        &["f()"],
        &[errors::SECOND_BRANCH],
    );
    bad(
        "a = f() => b; c = g() => {}",
        &["f()", "g()"],
        &[errors::ARM_SEMICOLON],
    );
    bad(
        "a = f() => {}; c = g() => {}",
        &["f()", "g()"],
        &[errors::LAST_SEMICOLON],
    );
    bad("a = f() => b;", &["f()"], &[errors::LAST_SEMICOLON]);
    bad("a in xs => {}", &[], &[errors::IN_ONE]);
    bad("a = ..xs => {}", &[], &[errors::EQUALS_MANY]);
    bad("a = f() => {} b in *xs => {}", &["f()"], &[errors::STAR]);
    bad("a = f() => b c = g() => d", &["f()"], &[errors::NO_COMMA]);
    bad("a = f() => {} limit = 0", &["f()"], &[errors::LIMIT_ZERO]);
    bad(
        "a = f() => {} limit = 2, b = g() => {}",
        &["f()"],
        &[errors::AFTER_ARMS],
    );
    bad(
        "a = f() => {} limit = 2, b",
        &["f()"],
        &[errors::AFTER_ARMS],
    );
    bad(
        "a = f() => {} colour = 2",
        &["f()"],
        &[&errors::unknown_option("colour", AsCompleted, None)],
    );
    bad(
        "a = f() => {} timout = d",
        &["f()"],
        &[&errors::unknown_option(
            "timout",
            AsCompleted,
            Some("timeout"),
        )],
    );
    for macro_ in [Gather, Wait] {
        self::bad(macro_, "a = f() => b", &[], &[errors::ARMS_ELSEWHERE]);
    }
}

// ---- groups ------------------------------------------------------------------------------------------------------------

/// The body of a group that the macro goes on with, and the mistakes of the call.
fn group(call: &str) -> (Option<String>, Vec<String>) {
    let tokens = format!("($crate) {call}").parse();
    told_group(Call::parse(
        TaskGroup,
        tokens.expect("the tokens are balanced"),
    ))
}

fn told_group(call: Call) -> (Option<String>, Vec<String>) {
    assert!(call.items.is_empty() && call.loose.is_empty());
    let scope = match &call.form {
        Form::Scope(scope) => {
            let capture = scope.capture.as_ref().map_or("", |_| "move ");
            let name = match &scope.group {
                Name::Some(name) => text(name),
                Name::None => "_".to_owned(),
            };
            let output = scope.output.as_ref().map(text);
            let output = output.map_or_else(String::new, |output| format!("->{output}"));
            Some(format!("{capture}{name}{output} {}", text(&scope.body)))
        }
        _ => None,
    };
    (scope, call.errors.messages())
}

#[test]
fn groups() {
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
    // What is in the braces is the compiler's business.
    good("|tg| { let = ; }, limit = 2", "tg {let=;}", &["limit=2"]);
}

#[test]
fn mistakes_in_groups() {
    let bad = |call: &str, body: Option<&str>, error: &str| {
        let told = group(call);
        assert_eq!(
            (told.0.as_deref(), told.1),
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
        bad(call, None, errors::BARE_BODY);
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
    bad("|tg|", None, errors::NO_SCOPE_BODY);
    bad("|tg|, limit = 2", None, errors::NO_SCOPE_BODY);
    bad("|tg| async { a }", Some("tg {a}"), errors::ASYNC_BODY);
    bad("|tg| async move { a }", Some("tg {a}"), errors::ASYNC_BODY);
    bad("|tg| <A> { a }", None, errors::TYPE_BEHIND);
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
        errors::SCOPE_SEMICOLON,
    );
    bad("|tg| { a };", Some("tg {a}"), errors::SCOPE_SEMICOLON);
    bad("|tg| { a }, limit = 0", Some("tg {a}"), errors::LIMIT_ZERO);
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

/// What another macro hands on in one piece stands in invisible parentheses.
#[test]
fn bodies_handed_on_by_other_macros() {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

    let tokens = |text: &str| text.parse::<TokenStream>().expect("tokens");
    let whole = |text| TokenTree::from(Group::new(Delimiter::None, tokens(text))).into();
    let group = |parts: &[TokenStream]| {
        let krate = tokens("($crate)");
        let call = [krate].into_iter().chain(parts.iter().cloned()).collect();
        told_group(Call::parse(TaskGroup, call))
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
