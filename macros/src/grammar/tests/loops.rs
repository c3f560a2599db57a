//! Loops and arms of `as_completed!`.

use super::{bad, good, text};
use crate::{
    errors,
    grammar::{Arm, Call, Form},
    options::Macro::{AsCompleted, Gather, Wait},
};

/// Returns the form of a call of `as_completed!`, without its items and options.
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
            let arm = |arm: &Arm| {
                let body: String = arm.body.iter().map(text).collect();
                format!("{}=>{{{body}}}", text(&arm.pat))
            };
            arms.iter().map(arm).collect::<Vec<_>>().join(" ")
        }
        Form::Group(_) | Form::Struct(_) => unreachable!("only other macros have these forms"),
    }
}

#[test]
fn loops_parse() {
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
fn mistakes_in_loops_are_reported() {
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
    bad(
        "for Some(x) in ..xs {}",
        &["..xs"],
        errors::REFUTABLE_PATTERN,
    );
    bad("for 1..3 in ..xs {}", &["..xs"], errors::REFUTABLE_PATTERN);
}

#[test]
fn arms_parse() {
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
fn mistakes_in_arms_are_reported() {
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
    bad(
        "a = f() => {} limit = 0",
        &["f()"],
        &[&*errors::count_zero("limit")],
    );
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
        &[
            "unknown option `colour`: `as_completed!` takes `timeout`, `each_timeout`, `limit`, `stagger`, `ordered` and `until`",
        ],
    );
    bad(
        "a = f() => {} timout = d",
        &["f()"],
        &["unknown option `timout`, did you mean `timeout`?"],
    );
    for macro_ in [Gather, Wait] {
        self::bad(macro_, "a = f() => b", &[], &[errors::ARMS_ELSEWHERE]);
    }
}
