//! Runs the `observe` program and checks the file that it writes.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

#[test]
fn it_writes_what_perfetto_reads() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/observe.json");
    let output = Command::new(env!("CARGO_BIN_EXE_observe"))
        .args(["--output", file])
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    let trace = fs::read_to_string(file).expect("it was written");
    let trace: Value = serde_json::from_str(&trace).expect("it is JSON");
    let events = trace.as_array().expect("it is a list");

    // Counts the spans of each name that have begun, those that have not ended, and the outcomes of the macros' spans.
    let (mut begun, mut open) = (BTreeMap::new(), BTreeMap::new());
    let mut ended = BTreeMap::new();
    for event in events {
        let name = event["name"].as_str().unwrap_or_default();
        match event["ph"].as_str() {
            Some("b") => {
                *begun.entry(name).or_insert(0) += 1;
                *open.entry(name).or_insert(0) += 1;
            }
            Some("e") => {
                *open.entry(name).or_insert(0) -= 1;
                if let Some(outcome) = event["args"]["outcome"].as_str() {
                    // The outcome has the quotes of Rust's `Debug`.
                    let outcome = outcome.trim_matches('"');
                    *ended.entry((name, outcome)).or_insert(0) += 1;
                }
            }
            _ => {}
        }
    }
    assert!(open.values().all(|&open| open == 0), "{open:?}");
    let expected = [
        ("as_completed", 1),
        ("branch", 3 + 3 + 2 + 4),
        ("child", 3),
        ("feed", 1),
        ("gather", 2),
        ("profile", 1),
        ("save", 1),
        ("task_group", 1),
        ("wait", 1),
    ];
    begun.remove("query");
    assert_eq!(begun, BTreeMap::from(expected));
    for expected in [
        ("as_completed", "done", 1),
        ("child", "error", 1),
        ("gather", "ok", 2),
        ("task_group", "error", 1),
        ("wait", "done", 1),
    ] {
        let (name, outcome, count) = expected;
        assert_eq!(
            ended.get(&(name, outcome)),
            Some(&count),
            "{name} {outcome}"
        );
    }
}
