//! Random programs end with rejoin as they do with asyncio.

mod differences;
mod generate;
mod interpret;
mod options;
mod outcome;
mod program;
mod python;
mod shrink;

use std::{collections::BTreeSet, env, fs, time::SystemTime};

use serde_json::{Value, json};

use crate::{
    differences::By, generate::Random, outcome::Outcome, program::Program, python::Python,
};

/// Programs, and what CPython made of them: on each line one, and the outcome that is comparable.
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/corpus.jsonl");

/// How many differences are shown.
const SHOWN: usize = 10;

/// Every word of the language, which the corpus must have.
const WORDS: &[&str] = &[
    "\"e\"",
    "catch",
    "spawn",
    "gather",
    "array",
    "tuple",
    "mixed",
    "spread",
    "\"to\"",
    "each",
    "lim",
    "rex",
    "part",
    "typed",
    "next",
    "stream",
    "loop",
    "lent",
    "arms",
    "brk",
    "bodies",
    "push",
    "rest",
    "wait",
    "all",
    "first",
    "error",
    "success",
    "\"when\":2",
    "gap",
    "drain",
    "group",
    "fails",
    "task",
    "scope",
    "await",
    "cancel",
    "stop",
];

/// What rejoin makes of a program, if it is one.
fn with_rejoin(json: &Value) -> Option<Outcome> {
    let program = Program::parse(json)?;
    let mut outcome = interpret::interpret(&program);
    differences::normalise(&program, &mut outcome);
    Some(outcome)
}

/// What asyncio makes of it.
fn with_asyncio(json: &Value, python: &mut Python) -> Option<Outcome> {
    let program = Program::parse(json)?;
    let mut outcome = python.run(json);
    differences::normalise(&program, &mut outcome);
    Some(outcome)
}

/// A program that ends in two ways, made as small as it gets.
fn shrunk(json: &Value, python: &mut Python) -> String {
    let is_broken = |outcome: &Option<_>| matches!(outcome, Some(Outcome::Broken(_)));
    let was_broken = is_broken(&with_asyncio(json, python)) || is_broken(&with_rejoin(json));
    let small = shrink::shrink(json, |json| {
        let (asyncio, rejoin) = (with_asyncio(json, python), with_rejoin(json));
        asyncio != rejoin && (is_broken(&asyncio) || is_broken(&rejoin)) == was_broken
    });
    let text =
        |outcome: Option<Outcome>| outcome.map_or_else(String::new, |outcome| outcome.to_string());
    let asyncio = text(with_asyncio(&small, python));
    difference(&small, &asyncio, &text(with_rejoin(&small)))
}

fn difference(program: &Value, asyncio: &str, rejoin: &str) -> String {
    format!("{program}\n  asyncio: {asyncio}\n  rejoin:  {rejoin}\n")
}

/// A number in the environment.
fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn python() -> Python {
    Python::start().expect("there is a `python3`")
}

/// Writes a corpus of so many programs.
fn record(count: u64) {
    let (mut python, mut random) = (python(), Random::new(number("REJOIN_SEED").unwrap_or(1)));
    let mut lines = BTreeSet::new();
    let mut corpus = String::new();
    while lines.len() < usize::try_from(count).expect("it fits") {
        let program = generate::program(&mut random);
        let outcome = with_asyncio(&program, &mut python).expect("it is a program");
        assert!(
            !matches!(outcome, Outcome::Broken(_)),
            "{program}: {outcome}"
        );
        let line = json!([program, outcome.to_string()]).to_string();
        if line.len() <= 700 && lines.insert(line.clone()) {
            corpus.push_str(&line);
            corpus.push('\n');
        }
    }
    fs::write(CORPUS, corpus).expect("the corpus can be written");
}

#[test]
fn recorded_programs_end_as_in_asyncio() {
    if let Some(count) = number("REJOIN_RECORD") {
        record(count);
    }
    let corpus = fs::read_to_string(CORPUS).expect("there is a corpus");
    let mut reports = vec![];
    for line in corpus.lines() {
        let (program, asyncio): (Value, String) =
            serde_json::from_str(line).expect("a program and its outcome");
        let rejoin = with_rejoin(&program).expect("it is a program").to_string();
        if rejoin != asyncio {
            reports.push((program, asyncio, rejoin));
        }
    }
    // The smallest that are recorded; if there is a `python3`, they are made smaller.
    let unlike = reports.len();
    reports.sort_by_key(|(program, ..)| program.to_string().len());
    let mut python = Python::start();
    let shown = reports
        .iter()
        .take(SHOWN)
        .map(|(program, asyncio, rejoin)| {
            if let Some(python) = &mut python {
                if with_asyncio(program, python) != with_rejoin(program) {
                    return shrunk(program, python);
                }
            }
            difference(program, asyncio, rejoin)
        });
    let shown: String = shown.collect();
    assert_eq!(unlike, 0, "programs end otherwise:\n{shown}");
}

#[test]
fn the_recorded_programs_have_every_word_of_the_language() {
    let corpus = fs::read_to_string(CORPUS).expect("there is a corpus");
    assert!(corpus.lines().count() >= 2_000);
    for word in WORDS {
        let count = corpus.lines().filter(|line| line.contains(word)).count();
        assert!(count >= 20, "{word}: {count}");
    }
}

#[test]
fn fresh_programs_end_as_in_asyncio() {
    let Some(count) = number("REJOIN_LIVE") else {
        println!("no fresh programs are run, for REJOIN_LIVE is not set");
        return;
    };
    let seed = number("REJOIN_SEED").unwrap_or_else(|| {
        let now = SystemTime::UNIX_EPOCH.elapsed();
        now.map_or(0, |now| now.as_secs())
    });
    println!("REJOIN_SEED={seed}");
    let (mut python, mut random) = (python(), Random::new(seed));
    let (mut unlike, mut reports) = (0, String::new());
    for _ in 0..count {
        let program = generate::program(&mut random);
        if with_asyncio(&program, &mut python) != with_rejoin(&program) {
            unlike += 1;
            if unlike <= SHOWN {
                reports += &shrunk(&program, &mut python);
            }
        }
    }
    assert_eq!(
        unlike, 0,
        "of {count} programs, with REJOIN_SEED={seed}:\n{reports}"
    );
}

#[test]
fn what_the_runner_makes_up_for_is_in_the_table() {
    let runner = [
        include_str!("runner/branches.py"),
        include_str!("runner/clock.py"),
        include_str!("runner/completed.py"),
        include_str!("runner/gather.py"),
        include_str!("runner/group.py"),
        include_str!("runner/node.py"),
        include_str!("runner/wait.py"),
    ]
    .concat();
    for difference in differences::DIFFERENCES {
        assert!(difference.why.ends_with('.'));
        if let By::Runner = difference.made_up_for {
            let name = format!("ifference `{}`", difference.name);
            assert!(runner.contains(&name), "{name}");
        }
    }
    for named in runner.split("ifference `").skip(1) {
        let name = named.split('`').next().unwrap_or_default();
        assert!(
            differences::DIFFERENCES
                .iter()
                .any(|difference| difference.name == name),
            "{name}"
        );
    }
}
