//! The tests that mutants are run against.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// The seconds of processor time that a test may take. Slower tests are left out, because each mutant that survives is run
/// with every test that reaches it.
const SLOWEST: u64 = 3;

/// How long a process may sleep. No test sleeps for longer.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);

/// A test, and the mutants that it reaches.
pub struct Test {
    pub name: String,
    /// A test binary, or a source file for the compiler.
    pub file: PathBuf,
    directory: PathBuf,
    /// The compiler's arguments and its output without a mutant.
    compiler: Option<(Vec<String>, String)>,
    pub took: Duration,
    pub reached: HashSet<u32>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Outcome {
    Passed,
    Failed,
    TimedOut,
}

/// Builds the tests, and runs each of them to see which mutants it reaches. Files in `cases` are compiled instead, with the
/// libraries that were built.
pub fn trace(root: &Path, cargo_args: &[String], cases: &[String], jobs: usize) -> Vec<Test> {
    let output = Command::new("cargo")
        .args(["test", "--no-run", "--message-format=json"])
        .args(cargo_args)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the tests do not build");
    let mut found = vec![];
    let mut libraries = HashMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        let binary = message["executable"].as_str();
        let package = message["manifest_path"]
            .as_str()
            .map(|path| Path::new(path).parent().unwrap());
        match (binary, package) {
            (Some(binary), Some(package)) if message["profile"]["test"] == true => {
                let list = Command::new(binary)
                    .args(["--list", "--format", "terse"])
                    .current_dir(package)
                    .output()
                    .unwrap();
                let list = String::from_utf8(list.stdout).unwrap();
                for name in list.lines().filter_map(|line| line.strip_suffix(": test")) {
                    found.push(Test::new(name.into(), binary.into(), package.into(), None));
                }
            }
            (None, Some(_)) => {
                for file in message["filenames"].as_array().into_iter().flatten() {
                    let file = file.as_str().unwrap();
                    if file.ends_with(".rlib") {
                        let name = message["target"]["name"]
                            .as_str()
                            .unwrap()
                            .replace('-', "_");
                        libraries.insert(name, file.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    let mut externs: Vec<String> = vec!["--edition=2024".into()];
    for (name, file) in &libraries {
        if ["futures", "rejoin", "rejoin_tests", "tokio"].contains(&&**name) {
            let deps = Path::new(file).parent().unwrap().display();
            externs.push(format!("--extern={name}={file}"));
            externs.push(format!("-Ldependency={deps}"));
        }
    }
    // A file of its own for each case: a compiler that runs as root would replace `/dev/null` by a file.
    let metadata = root.join("../metadata");
    fs::create_dir_all(&metadata).unwrap();
    for case in cases {
        let mut args = externs.clone();
        let output = metadata.join(case.replace('/', "-"));
        args.push(format!("--emit=metadata={}", output.display()));
        if !case.contains("/ui/") {
            args.push("--test".into());
        }
        args.push(case.clone());
        found.push(Test::new(
            case.clone(),
            case.into(),
            root.into(),
            Some((args, String::new())),
        ));
    }
    parallel(jobs, found, |n, mut test| {
        let trace = root.join(format!("../reached-{n}"));
        let kept = root.join("../traces").join(test.label().replace('/', "-"));
        let time = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
        if test.compiler.is_some() || time(&kept) < time(&test.file) {
            let _ = fs::remove_file(&trace);
            let start = Instant::now();
            let variable = ("MUTANT_TRACE", &*trace.to_string_lossy());
            if let Some((args, _)) = &test.compiler {
                let said = test.compile(args, variable, 60);
                test.compiler.as_mut().unwrap().1 = said;
            }
            let passed = run(&[&test], variable, SLOWEST) == Outcome::Passed;
            let took = start.elapsed().as_micros();
            let reached = fs::read_to_string(&trace).unwrap_or_default();
            let _ = fs::remove_file(&trace);
            fs::create_dir_all(kept.parent().unwrap()).unwrap();
            fs::write(&kept, format!("{passed} {took}\n{reached}")).unwrap();
        }
        let text = fs::read_to_string(&kept).unwrap();
        let (head, reached) = text.split_once('\n').unwrap();
        let (passed, took) = head.split_once(' ').unwrap();
        test.took = Duration::from_micros(took.parse().unwrap());
        test.reached = reached.lines().map(|id| id.parse().unwrap()).collect();
        if passed != "true" {
            eprintln!(
                "left out, because it fails or is slow without a mutant: {}",
                test.label()
            );
            return None;
        }
        Some(test)
    })
    .into_iter()
    .flatten()
    .collect()
}

impl Test {
    fn new(
        name: String,
        file: PathBuf,
        directory: PathBuf,
        compiler: Option<(Vec<String>, String)>,
    ) -> Self {
        Self {
            name,
            file,
            directory,
            compiler,
            took: Duration::ZERO,
            reached: HashSet::new(),
        }
    }

    pub fn is_compiled(&self) -> bool {
        self.compiler.is_some()
    }

    pub fn label(&self) -> String {
        if self.compiler.is_some() {
            return self.name.clone();
        }
        let binary = self.file.file_name().unwrap().to_string_lossy();
        format!("{}::{}", binary.rsplit_once('-').unwrap().0, self.name)
    }

    fn command(&self, program: &Path, seconds: u64) -> Command {
        let mut command = Command::new("prlimit");
        command
            .arg(format!("--cpu={seconds}"))
            .args(["--as=6000000000", "--core=0"])
            .arg(program)
            .env("RUST_BACKTRACE", "0")
            .env("PROPTEST_CASES", "64")
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn compile(&self, args: &[String], (key, value): (&str, &str), seconds: u64) -> String {
        let output = self
            .command(Path::new("rustc"), seconds)
            .args(args)
            .env(key, value)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        format!(
            "{} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
    }
}

/// Runs tests of one binary in one process, with a limit of `seconds` of processor time.
pub fn run(tests: &[&Test], variable: (&str, &str), seconds: u64) -> Outcome {
    let first = tests[0];
    if let Some((args, expected)) = &first.compiler {
        for test in tests {
            assert!(test.name == first.name);
        }
        let same = first.compile(args, variable, seconds.max(60)) == *expected;
        return if same {
            Outcome::Passed
        } else {
            Outcome::Failed
        };
    }
    let mut child = first
        .command(&first.file, seconds)
        .args(["--exact", "--test-threads=1"])
        .args(tests.iter().map(|test| &test.name))
        .env(variable.0, variable.1)
        .spawn()
        .unwrap();
    let mut idle = Idle::default();
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return if status.success() {
                Outcome::Passed
            } else {
                Outcome::Failed
            };
        }
        if idle.lasts(child.id()) {
            let _ = child.kill();
            let _ = child.wait();
            return Outcome::TimedOut;
        }
        thread::sleep(pause);
        pause = (2 * pause).min(Duration::from_millis(20));
    }
}

/// How long a process has used no processor time. The limit of processor time does not end a test that waits forever.
#[derive(Default)]
struct Idle {
    used: u64,
    since: Option<Instant>,
}

impl Idle {
    /// Returns whether all threads of the process have slept for [`LONGEST_SLEEP`].
    fn lasts(&mut self, process: u32) -> bool {
        let (mut used, mut sleep) = (0, true);
        let threads = fs::read_dir(format!("/proc/{process}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            // The name of the thread, in parentheses, may contain spaces.
            let fields = stat.rsplit(')').next().unwrap().split_whitespace();
            let fields: Vec<_> = fields.collect();
            if let [state, .., _] = fields[..] {
                sleep &= state == "S";
                used += fields[11..13]
                    .iter()
                    .map(|n| n.parse::<u64>().unwrap())
                    .sum::<u64>();
            }
        }
        if !sleep || used != self.used || self.since.is_none() {
            (self.used, self.since) = (used, Some(Instant::now()));
        }
        self.since.unwrap().elapsed() > LONGEST_SLEEP
    }
}

/// Calls a function with each item and its number on several threads, and returns the results in the items' order.
pub fn parallel<T: Send, R: Send>(
    jobs: usize,
    items: Vec<T>,
    call: impl Fn(usize, T) -> R + Sync,
) -> Vec<R> {
    let queue = Mutex::new(items.into_iter().enumerate());
    let results = Mutex::new(vec![]);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let Some((n, item)) = queue.lock().unwrap().next() else {
                        break;
                    };
                    let result = call(n, item);
                    results.lock().unwrap().push((n, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(n, _)| *n);
    results.into_iter().map(|(_, result)| result).collect()
}
