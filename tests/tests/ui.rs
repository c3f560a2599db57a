//! Compile errors: the cases in `ui`, each compiled and its errors compared with the `.stderr` file beside it.
//!
//! The errors in `ui/ours` are all from the macros, so they are the same on every compiler. Those in `ui/rustc` have lines of the
//! compiler, so they are compared with [`VERSION`] only. `TRYBUILD=overwrite cargo test --test ui` writes the `.stderr` files, and
//! the index of errors in the guide, which is made from them.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The compiler that wrote the errors in `ui/rustc`.
const VERSION: &str = "rustc 1.95.";

/// Returns the names of all types and traits of the runtime that are not in its public API.
fn private_names() -> BTreeSet<String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let api = fs::read_to_string(tests.join("api/rejoin.txt")).expect("the public API");
    let public: BTreeSet<_> = words(&api).collect();
    let mut names = BTreeSet::new();
    let mut directories = vec![tests.join("../runtime/src")];
    while let Some(directory) = directories.pop() {
        for file in fs::read_dir(directory).expect("the sources are there") {
            let path = file.expect("a file").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(path).expect("a source");
                let defined = source.lines().filter_map(defined_name);
                names.extend(
                    defined
                        .filter(|name| !public.contains(name))
                        .map(str::to_owned),
                );
            }
        }
    }
    names
}

/// Returns the name of the type or trait that is defined in a line.
fn defined_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    loop {
        match words.next()? {
            "struct" | "enum" | "trait" => return self::words(words.next()?).next(),
            "unsafe" => {}
            word if word.starts_with("pub") => {}
            _ => return None,
        }
    }
}

/// Splits a text into its identifiers and numbers.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

#[test]
fn errors_are_as_in_the_stderr_files() {
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
fn each_mistake_causes_one_error() {
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
fn no_error_has_a_private_name() {
    let private = private_names();
    assert!(private.contains("SpreadFutures") && !private.contains("Pending"));
    for case in cases("ours").chain(cases("rustc")) {
        for line in case.lines_for_the_user() {
            // The compiler shows the definitions of the public macros.
            let line = &line.replace("$crate::__private::macros::", "");
            let name = words(line).find(|&word| {
                private.contains(word)
                    || ["__private", "__rejoin", "rejoin_"]
                        .iter()
                        .any(|start| word.starts_with(start))
            });
            assert_eq!(name, None, "in {}:\n{line}", case.path.display());
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
fn no_stderr_file_has_a_path_of_a_machine() {
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
# Compile errors of the macros

All errors of the macros in alphabetical order, each with a call that causes it. The words after the marked line say what to
write. Names and types are those of the example. A call has one error for each mistake. The compiler reports mistakes inside an
argument as it does in any other code.

One error of the compiler needs an explanation: \"expected `Infallible`\", at a line after a call. Here the type of a channel is
determined too late:

```text
let (sender, receiver) = oneshot::channel();
let both = gather!(receiver, fetch(2));
sender.send(1);
            ^ expected `Infallible`, found integer
```

The output type of a branch is decided at the call. If nothing up to there determines it, the branch counts as one that never
returns, and its output type is `Infallible`. Name the type before the call: `oneshot::channel::<u32>()`.
";

/// Parts of errors of the compiler, which are not in the index.
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
        fs::write(&path, &index).expect("the index is writable");
    }
    let kept = fs::read_to_string(&path).expect("the index is there");
    assert!(
        kept == index,
        "out of date, TRYBUILD=overwrite writes it: {}",
        path.display()
    );
}

/// Returns the index: all errors of the macros, each with the shortest case that has it.
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
        write!(index, "\n**{message}**\n\n```text\n{line}\n```\n").expect("a string is writable");
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
    /// Returns the number of its mistakes: one, unless its first line has another number.
    fn mistakes(&self) -> usize {
        let first = self.source.lines().next().unwrap_or_default();
        match first.strip_prefix("// errors: ") {
            Some(number) => number.parse().expect("a number"),
            None => 1,
        }
    }

    /// Returns its first error, if that is an error of the macros.
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

    /// Returns the lines of its code that its first error shows, with the marks.
    fn marked(&self) -> String {
        let lines = self.stderr.lines().skip(3);
        let shown = lines.take_while(|line| {
            let line = line.trim_start();
            line.starts_with(|c: char| c.is_ascii_digit())
                || line.len() > 1 && line.starts_with('|')
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    /// Returns the lines of its errors without the user's code and without the notes about bounds, which may name private items.
    fn lines_for_the_user(&self) -> impl Iterator<Item = &str> {
        let mut is_note = false;
        self.stderr.lines().filter(move |line| {
            let is_code = line.starts_with(|c: char| c.is_ascii_digit());
            if !line.starts_with([' ', '|']) && !line.is_empty() && !is_code {
                is_note = line.starts_with("note: required");
            }
            !is_note && !is_code && !line.trim_start().starts_with("= note: required for")
        })
    }
}
