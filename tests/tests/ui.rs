//! What is said of mistakes: the cases under `ui`, each compiled and its errors compared with the `.stderr` beside it.
//!
//! In `ui/ours` every word is the macros' own, the same on every compiler. In `ui/rustc` the compiler has a part, and
//! they are compared with [`VERSION`] only. `TRYBUILD=overwrite cargo test --test ui` writes the `.stderr` files anew, and the
//! index of errors in the docs, which is made of them.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The compiler whose words the cases in `ui/rustc` hold.
const VERSION: &str = "rustc 1.95.";

/// The types and modules that no user has heard of.
const PRIVATE: &[&str] = &[
    "__private",
    "mistakes",
    "Leaf",
    "Pair",
    "Two",
    "Spread<",
    "Empty",
    "Branch(",
    "Many",
    "Fut<",
    "Futs",
    "NotFut",
    "AnyMany",
    "Open<",
    "Refused",
    "Anything",
    "Outcome",
    "AsResult",
    "AsValue",
    "Unknown<",
    "Plain",
    "ErrorType",
    "AtOnce",
    "After",
    "rejoin_",
    "AsItIs",
    "Enough",
    "Lender",
    "Lending",
    "Source<",
    "Joined",
    "Summed",
    "Both<",
    "Live",
    "Completions",
    "Drive",
    "LeafIter",
    "PairIter",
    "Given<",
    "Builder",
    "ArmLeaf",
    "ArmPair",
    "Gathering",
];

#[test]
fn mistakes_are_told_as_they_should_be() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/ours/*.rs");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout);
    if version.starts_with(VERSION) {
        cases.compile_fail("ui/rustc/*.rs");
    } else {
        println!("ui/rustc is left out: it is for {VERSION}*, and this is {version}");
    }
}

#[test]
fn one_mistake_is_one_error() {
    for case in cases("ours").chain(cases("rustc")) {
        let errors = case
            .stderr
            .lines()
            .filter(|line| line.starts_with("error"))
            .count();
        assert_eq!(errors, case.mistakes(), "errors in {}", case.path.display());
    }
}

#[test]
fn no_private_name_is_told() {
    for case in cases("ours").chain(cases("rustc")) {
        for line in case.told() {
            // The compiler shows what the public macros are made of.
            let line = &line.replace("$crate::__private::macros::", "");
            let private = PRIVATE.iter().find(|name| line.contains(**name));
            assert_eq!(private, None, "in {}:\n{line}", case.path.display());
        }
    }
}

#[test]
fn messages_have_one_style() {
    for case in cases("ours") {
        for message in case
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix("error"))
        {
            let message = message
                .strip_prefix(": ")
                .expect("an error of our own has no code");
            let first = message.chars().next().expect("a message");
            assert!(!first.is_uppercase(), "begins in upper case: {message}");
            assert!(
                !message.ends_with(['.', '!']) || message.ends_with(".."),
                "ends in a full stop: {message}"
            );
            assert_eq!(
                message.matches('`').count() % 2,
                0,
                "an odd backtick: {message}"
            );
        }
    }
}

#[test]
fn no_path_of_a_machine_is_told() {
    for case in cases("ours").chain(cases("rustc")) {
        for place in case
            .stderr
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("--> "))
        {
            assert!(
                place.starts_with("ui/") || place.starts_with('$'),
                "in {}: {place}",
                case.path.display()
            );
        }
        assert!(
            !case.stderr.contains(env!("CARGO_MANIFEST_DIR")),
            "in {}",
            case.path.display()
        );
    }
}

/// The beginning of the index of errors.
const INDEX: &str = "\
# Compile errors

This page lists all errors of the macros in alphabetical order, each with a call that causes it. The text at the marked position says what
to write instead. Names and types are those of the example. A call produces one error for each mistake. Mistakes inside of an
argument are reported by the compiler as usual, because the macros pass the argument on.

One error of the compiler needs an explanation: \"expected `Infallible`\" at a line after a call. In this example the type of a channel
is determined too late:

```text
let (sender, receiver) = oneshot::channel();
let both = gather!(receiver, fetch(2));
sender.send(1);
            ^ expected `Infallible`, found integer
```

The output type of a branch is decided at the call. If nothing up to there determines it, the branch counts as one that never
returns, and its output type is `Infallible`. Name the type before the call: `oneshot::channel::<u32>()`.
";

/// Words of the compiler's own errors, which may stand beside ours.
const COMPILERS: &[&str] = &[
    "cannot be sent between threads",
    "cannot be shared between threads",
    "couldn't convert the error",
    "operator can only be used",
    "closure, found",
    "` is not a future",
];

#[test]
fn the_index_of_errors_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/guide/errors.md");
    let index = index();
    if env::var_os("TRYBUILD").is_some_and(|mode| mode == "overwrite") {
        fs::write(&path, &index).expect("it can be written");
    }
    let kept = fs::read_to_string(&path).expect("it is there");
    assert!(
        kept == index,
        "TRYBUILD=overwrite writes {} anew",
        path.display()
    );
}

/// All errors of the macros, each with the shortest case that has it.
fn index() -> String {
    let mut errors = BTreeMap::<String, Case>::new();
    for case in cases("ours").chain(cases("rustc")) {
        let Some(message) = case.message() else {
            continue;
        };
        let message = message.to_owned();
        let order = |case: &Case| (case.source.len(), case.path.clone());
        match errors.get(&message) {
            Some(other) if order(other) <= order(&case) => {}
            _ => drop(errors.insert(message, case)),
        }
    }
    let mut index = INDEX.to_owned();
    for (message, case) in errors {
        let line = case.marked();
        write!(index, "\n**{message}**\n\n```text\n{line}\n```\n").expect("it is a string");
    }
    index
}

struct Case {
    path: PathBuf,
    source: String,
    stderr: String,
}

fn cases(directory: &str) -> impl Iterator<Item = Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("ui")
        .join(directory);
    let files = fs::read_dir(directory).expect("the cases are there");
    files.filter_map(|file| {
        let path = file.expect("a file").path();
        (path.extension()? == "rs").then(|| Case {
            source: fs::read_to_string(&path).expect("a case"),
            stderr: fs::read_to_string(path.with_extension("stderr")).unwrap_or_default(),
            path,
        })
    })
}

impl Case {
    /// How many mistakes it holds: one, or as many as its first line says.
    fn mistakes(&self) -> usize {
        let first = self.source.lines().next().unwrap_or_default();
        match first.strip_prefix("// errors: ") {
            Some(number) => number.parse().expect("a number"),
            None => 1,
        }
    }

    /// Its only error, if that is the macros' own.
    fn message(&self) -> Option<&str> {
        let first = self.stderr.lines().next()?;
        let ours = |message: &&str| !COMPILERS.iter().any(|theirs| message.contains(theirs));
        let message = first.strip_prefix("error[E0277]: ").filter(ours);
        let is_ours = self
            .path
            .parent()
            .is_some_and(|path| path.ends_with("ours"));
        message.or_else(|| first.strip_prefix("error: ").filter(|_| is_ours))
    }

    /// The lines of its code that its first error shows, with what is marked there.
    fn marked(&self) -> String {
        let lines = self.stderr.lines().skip(3);
        let shown = lines.take_while(|line| {
            let line = line.trim_start();
            line.starts_with(|c: char| c.is_ascii_digit())
                || line.len() > 1 && line.starts_with('|')
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    /// The lines that speak to the user: not the user's own code, and not what the compiler notes on where a bound
    /// comes from.
    fn told(&self) -> impl Iterator<Item = &str> {
        let mut aside = false;
        self.stderr.lines().filter(move |line| {
            let begins = !line.starts_with([' ', '|']) && !line.is_empty();
            if begins && !line.starts_with(|c: char| c.is_ascii_digit()) {
                aside = line.starts_with("note: required");
            }
            let code = line.starts_with(|c: char| c.is_ascii_digit());
            !aside && !code
        })
    }
}
