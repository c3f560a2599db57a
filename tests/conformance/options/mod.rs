//! Calls with the options that asyncio has no counterpart for, against a model.

mod call;
mod generate;
mod model;
mod run;
mod story;

use serde_json::Value;

use self::call::Call;
use crate::{SHOWN, generate::Random, number, shrink};

/// Every word of the language, which the calls must have.
const WORDS: &[&str] = &[
    "need", "typed", "literal", "rex", "part", "keys", "feed", "push", "ord", "loop", "bodies",
    "brk", "lim", "stag", "to", "until", "each", "first", "success", "error", "done", "ok", "bad",
    "gap", "cancel",
];

/// Returns what the model and the library make of a call, if it is one.
fn both(json: &Value) -> Option<(String, String)> {
    let predicted = model::predict(&Call::parse(json)?).to_string();
    Some((predicted, run::run(Call::parse(json)?)))
}

fn differs(json: &Value) -> bool {
    both(json).is_some_and(|(predicted, ended)| predicted != ended)
}

/// Returns a call that ends in two ways, made as small as it gets.
fn shrunk(json: &Value) -> String {
    let small = shrink::shrink(json, differs);
    let (predicted, ended) = both(&small).expect("it is a call");
    format!("{small}\n  model:  {predicted}\n  rejoin: {ended}\n")
}

#[test]
fn calls_end_as_the_model_says() {
    let count = number("REJOIN_LIVE").unwrap_or(5_000);
    let seed = number("REJOIN_SEED").unwrap_or(1);
    let mut random = Random::new(seed);
    let (mut unlike, mut reports) = (0, String::new());
    for _ in 0..count {
        let call = generate::call(&mut random);
        if differs(&call) {
            unlike += 1;
            if unlike <= SHOWN {
                reports += &shrunk(&call);
            }
        }
    }
    assert_eq!(
        unlike, 0,
        "of {count} calls, with REJOIN_SEED={seed}:\n{reports}"
    );
}

#[test]
fn the_calls_have_every_word_of_the_language() {
    let mut random = Random::new(1);
    let calls: Vec<_> = (0..5_000)
        .map(|_| generate::call(&mut random).to_string())
        .collect();
    for word in WORDS {
        let word = format!("\"{word}\"");
        let count = calls.iter().filter(|call| call.contains(&word)).count();
        assert!(count >= 100, "{word}: {count}");
    }
}
