//! Options, in the header and after the items.

use super::{ALL, LISTS, bad, good, parse};
use crate::{
    errors,
    options::{
        self,
        Macro::{AsCompleted, Gather, TaskGroup, Wait},
        OptionName, TABLE,
    },
    values,
};

#[test]
fn options_parse_in_the_header_and_after_the_items() {
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
fn a_value_in_the_header_ends_at_a_comma_or_at_the_closing_bracket() {
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
fn durations_parse() {
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
fn only_some_macros_take_an_error_type() {
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
            &[&options::no_error_type(macro_)],
        );
        bad(
            macro_,
            "<AppError, limit = 8> a",
            &["a"],
            &[&options::no_error_type(macro_)],
        );
    }
}

#[test]
fn conditions_of_return_when_parse() {
    let good = |call, value| good(Wait, call, &["..xs"], &[value]);
    good("<return_when = ALL_COMPLETED> ..xs", "return_when=all");
    good("<return_when = FIRST_COMPLETED> ..xs", "return_when=first");
    good("..xs, return_when = FIRST_EXCEPTION", "return_when=failed");
    good("..xs, return_when = FIRST_SUCCESS", "return_when=succeeded");
    good(
        "..xs, return_when = COMPLETED(n / 2 + 1)",
        "return_when=completed n/2+1",
    );
    good(
        "..xs, return_when = SUCCEEDED(2)",
        "return_when=succeeded 2",
    );
    good("..xs, return_when = FAILED(n)", "return_when=failed n");
    good(
        "<return_when = UNTIL(|x| x > 2)> ..xs",
        "return_when=until |x|x>2",
    );
    for other in [
        "first_completed",
        "\"FIRST_COMPLETED\"",
        "COMPLETED",
        "COMPLETED()",
        "COMPLETED(1, 2)",
        "SUCCEEDED",
        "UNTIL",
        "UNTIL(|x| x, 1)",
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
fn each_macro_takes_its_own_options_and_rejects_the_others() {
    for spec in TABLE {
        let value = match spec.id {
            OptionName::Timeout
            | OptionName::EachTimeout
            | OptionName::Stagger
            | OptionName::Grace => "2s",
            OptionName::Limit | OptionName::Need => "8",
            OptionName::Partial | OptionName::ReturnExceptions | OptionName::Ordered => "true",
            OptionName::ReturnWhen => "ALL_COMPLETED",
            OptionName::Until => "f()",
            OptionName::Error => "AppError",
        };
        for macro_ in ALL {
            let a = if macro_ == TaskGroup { "|a| a" } else { "a" };
            for call in [
                format!("{a}, {} = {value}", spec.name),
                format!("<{} = {value}> {a}", spec.name),
            ] {
                let parsed = parse(macro_, &call);
                let taken = spec.macros.contains(&macro_);
                assert_eq!(
                    (parsed.options.len(), parsed.errors.is_empty()),
                    (usize::from(taken), taken),
                    "{call}"
                );
                let other = options::other_macros_option(spec, macro_);
                assert!(taken || parsed.errors == [other], "{:?}", parsed.errors);
            }
        }
    }
}

#[test]
fn each_macro_has_these_options() {
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
        "need",
        "stagger",
        "until",
        "error"
    ]));
    assert!(takes(AsCompleted).eq([
        "timeout",
        "each_timeout",
        "limit",
        "stagger",
        "ordered",
        "until"
    ]));
    assert!(takes(Wait).eq(["timeout", "limit", "return_when", "stagger", "until"]));
    assert!(takes(TaskGroup).eq(["timeout", "limit", "grace", "until", "error"]));
}

#[test]
fn the_value_of_until_is_an_expression_but_no_literal() {
    good(Gather, "a, until = f(x)", &["a"], &["until=f(x)"]);
    good(
        Gather,
        "<until = token.cancelled()> a",
        &["a"],
        &["until=token.cancelled()"],
    );
    let bad = |call, error: &str| bad(Gather, call, &["a"], &[error]);
    bad("a, until = 2s", errors::NOT_A_SIGNAL);
    bad("a, until = true", errors::NOT_A_SIGNAL);
    bad("a, until = \"now\"", errors::NOT_A_SIGNAL);
    bad(
        "a, until = n s",
        &errors::unit_of_a_value("Duration::from_secs(n)"),
    );
}

#[test]
fn mistakes_in_options_are_reported() {
    let bad = |call, error: &str| bad(Gather, call, &["a"], &[error]);
    bad(
        "<limit = 8> a, timeout = 2s, each_timeout = 1s",
        errors::BOTH_POSITIONS,
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
    bad("a, limit = 0", &errors::count_zero("limit"));
    bad("a, limit = 0x0usize", &errors::count_zero("limit"));
    bad("a, limit = 8u32", &errors::not_a_count("limit"));
    bad("a, limit = 1.5", &errors::not_a_count("limit"));
    bad("a, timeout = 30", &errors::no_unit("30"));
    bad("<timeout = 2 s> a", &errors::no_unit("2"));
    bad("<timeout = 2s s> a", errors::NO_COMMA);
    bad("a, timeout = 2s => s", errors::NO_COMMA);
    bad("a, timeout = 2weeks", &values::unknown_unit("weeks", "2"));
    bad("a, timeout = 30sec", &values::unknown_unit("sec", "30"));
    bad("a, timeout = 1.5m", &values::unknown_unit("m", "1.5"));
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
fn mistakes_in_the_header_are_reported() {
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
