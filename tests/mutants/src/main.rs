//! Tests the tests: every mutant of some source files is compiled in at once, behind a switch that is read from the
//! environment, and the tests that reach a mutant are run with it until one fails. See `ci/mutants.sh`.

mod instrument;
mod tests;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    env,
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio, exit},
    sync::Mutex,
    time::{Duration, Instant},
};

use instrument::{Instrument, Mutant};
use serde_json::Value;
use tests::{Outcome, Test, parallel, run, trace};

/// The switch. It is set before `main`, and allocates nothing, because some tests count allocations.
const SWITCH: &str = r#"
#[doc(hidden)]
#[inline]
pub fn __mutant(id: u32) -> bool {
    let active = __mutants::ACTIVE.load(std::sync::atomic::Ordering::Relaxed);
    active == id || active == u32::MAX && __mutants::reached(id)
}

#[allow(warnings)]
mod __mutants {
    use std::{fs::File, io::Write, sync::{OnceLock, atomic::{AtomicBool, AtomicU32, Ordering}}};

    pub static ACTIVE: AtomicU32 = AtomicU32::new(0);
    static TRACE: OnceLock<File> = OnceLock::new();
    static REACHED: [AtomicBool; 16384] = [const { AtomicBool::new(false) }; 16384];

    #[used]
    #[unsafe(link_section = ".init_array")]
    static INIT: extern "C" fn() = {
        extern "C" fn init() {
            if let Ok(id) = std::env::var("MUTANT") {
                ACTIVE.store(id.parse().unwrap(), Ordering::Relaxed);
            } else if let Ok(path) = std::env::var("MUTANT_TRACE") {
                let file = File::options().append(true).create(true).open(path).unwrap();
                TRACE.set(file).unwrap();
                ACTIVE.store(u32::MAX, Ordering::Relaxed);
            }
        }
        init
    };

    #[cold]
    pub fn reached(id: u32) -> bool {
        if !REACHED[id as usize].swap(true, Ordering::Relaxed) {
            let (mut line, mut at, mut n) = (*b"       \n", 7, id);
            loop {
                at -= 1;
                line[at] = b'0' + (n % 10) as u8;
                n /= 10;
                if n == 0 {
                    break;
                }
            }
            let _ = TRACE.get().unwrap().write_all(&line[at..]);
        }
        false
    }
}
"#;

fn main() {
    let mut args = env::args().skip(1);
    let root = PathBuf::from(args.next().expect("where the mutated copy is"));
    let package = args.next().expect("the package that is mutated");
    let accepted = PathBuf::from(
        args.next()
            .expect("the list of mutants that change nothing"),
    );
    let rest: Vec<_> = args.collect();
    let parts: Vec<_> = rest.split(|arg| arg == "--").collect();
    let [paths, cargo_args, cases] = parts[..] else {
        panic!("the paths to mutate -- arguments of `cargo test` -- source files to compile");
    };
    copy(&root, &package, paths);
    let jobs = env::var("JOBS").map_or(2, |jobs| jobs.parse().unwrap());

    let start = Instant::now();
    let mutants = instrument(&root, &package, paths);
    let list: String = (mutants.iter())
        .map(|mutant| format!("{} {}\n", mutant.id, mutant.name))
        .collect();
    fs::write(root.join("../mutants.txt"), list).unwrap();
    println!(
        "{} mutants compile [{} s]",
        mutants.len(),
        start.elapsed().as_secs()
    );
    let tests = trace(&root, cargo_args, cases, jobs);
    assert!(!tests.is_empty(), "no test passes");
    println!(
        "{} tests run [{} s]",
        tests.len(),
        start.elapsed().as_secs()
    );
    let results = test(&root, &mutants, &tests, jobs);
    println!("done [{} s]", start.elapsed().as_secs());
    report(&root, &mutants, &results, &accepted);
}

/// Copies the project, without the files that are mutated, and removes files that are no longer there.
fn copy(root: &Path, package: &str, paths: &[String]) {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()
        .unwrap();
    let files = String::from_utf8(output.stdout).unwrap();
    let known = files.split_terminator('\0').map(|file| root.join(file));
    remove_others(root, &known.filter(|file| file.exists()).collect());
    for file in files.split_terminator('\0') {
        let mutated =
            file.ends_with(".rs") && paths.iter().any(|path| Path::new(file).starts_with(path));
        if !mutated || file.contains("/tests") || file.contains("/model") {
            if let Ok(mut bytes) = fs::read(file) {
                bytes.extend(switch(package, file).bytes());
                update(&root.join(file), &bytes);
            }
        }
    }
}

/// Removes all files that are not known.
fn remove_others(folder: &Path, known: &HashSet<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_others(&path, known);
        } else if !known.contains(&path) {
            fs::remove_file(path).unwrap();
        }
    }
}

/// Returns the switch where a file is the root of the library that is mutated.
fn switch(package: &str, file: &str) -> String {
    match (package, file) {
        ("rejoin", "runtime/src/lib.rs") => SWITCH.into(),
        ("rejoin-macros", "macros/src/lib.rs") => SWITCH.replace("pub fn __", "pub(crate) fn __"),
        _ => String::new(),
    }
}

/// Writes a file if it is not as it shall be: what has not changed is not built again.
fn update(path: &Path, bytes: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        entries.sort();
        for entry in entries {
            let stem = entry.file_stem().unwrap();
            if stem != "tests" && stem != "model" {
                files(&entry, found);
            }
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        found.push(path.to_owned());
    }
}

/// Writes the mutants into the files, without those that do not compile.
fn instrument(root: &Path, package: &str, paths: &[String]) -> Vec<Mutant> {
    let mut sources = vec![];
    for path in paths {
        files(Path::new(path), &mut sources);
    }
    let sources: Vec<_> = sources
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect();
    let remembered = root.join("../refused.txt");
    let mut refused: HashSet<String> = fs::read_to_string(&remembered)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    loop {
        let (mut next, mut mutants) = (1, vec![]);
        for (path, text) in &sources {
            let file = path.to_string_lossy();
            let (text, found) = Instrument::new(&file, text, &mut next, &refused).run();
            mutants.extend(found);
            let text = text + &switch(package, &file);
            update(&root.join(path), text.as_bytes());
        }
        let before = refused.len();
        let clean = refuse(root, package, &mutants, &mut refused);
        let mut lines: Vec<_> = refused.iter().map(String::as_str).collect();
        lines.sort_unstable();
        fs::write(&remembered, lines.join("\n")).unwrap();
        if clean {
            return mutants;
        }
        println!(
            "{} of {} do not compile",
            refused.len() - before,
            mutants.len()
        );
        assert!(refused.len() > before, "errors that belong to no mutant");
    }
}

/// Compiles the mutants, and refuses those at which there are errors.
fn refuse(root: &Path, package: &str, mutants: &[Mutant], refused: &mut HashSet<String>) -> bool {
    let output = Command::new("cargo")
        .args([
            "check",
            "--message-format=json",
            "--lib",
            "--tests",
            "-p",
            package,
        ])
        .current_dir(root)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    if output.status.success() {
        return true;
    }
    let names: HashMap<u32, &str> = mutants.iter().map(|m| (m.id, &*m.name)).collect();
    let mut texts = HashMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        let message = &message["message"];
        if message["level"] != "error" {
            continue;
        }
        if message["code"]["code"] == "E0015" {
            let text = message["message"].as_str().unwrap();
            let path = text.split('`').nth(1).unwrap_or_default();
            let path = path.split("::<").next().unwrap();
            let name = path.rsplit("::").next().unwrap();
            let mut all = vec![];
            files(&root.join("runtime/src"), &mut all);
            files(&root.join("macros/src"), &mut all);
            for file in all {
                if fs::read_to_string(&file)
                    .unwrap()
                    .contains(&format!("/*const {name}*/"))
                {
                    let file = file
                        .strip_prefix(root)
                        .unwrap()
                        .to_string_lossy()
                        .into_owned();
                    refused.insert(format!("{file} {name} const"));
                }
            }
            continue;
        }
        let spans = message["spans"].as_array().unwrap();
        let (first, second): (Vec<_>, Vec<_>) = spans.iter().partition(|s| s["is_primary"] == true);
        let hit = first.into_iter().chain(second).find_map(|span| {
            let mut span = span;
            while span["expansion"].is_object() {
                span = &span["expansion"]["span"];
            }
            let path = root.join(span["file_name"].as_str().unwrap());
            let text: &String = texts
                .entry(path.clone())
                .or_insert_with(|| fs::read_to_string(&path).unwrap_or_default());
            let at = usize::try_from(span["byte_start"].as_u64().unwrap()).unwrap();
            let to = usize::try_from(span["byte_end"].as_u64().unwrap()).unwrap();
            around(text, at, to)
        });
        match hit {
            Some(id) => {
                refused.insert(names[&id].to_owned());
            }
            // A guard that is not dropped keeps its borrows.
            None => {
                let line = |span: &Value, key| span[key].as_u64().unwrap() as usize;
                let from = spans
                    .iter()
                    .map(|span| line(span, "line_start"))
                    .min()
                    .unwrap_or(0);
                let to = spans
                    .iter()
                    .map(|span| line(span, "line_end"))
                    .max()
                    .unwrap_or(0);
                let file = spans[0]["file_name"].as_str().unwrap();
                let drops = mutants.iter().filter(|m| {
                    m.name.starts_with(file)
                        && m.name.contains(": delete drop(")
                        && (from..=to).contains(&m.line)
                });
                let before = refused.len();
                refused.extend(drops.map(|m| m.name.clone()));
                if before == refused.len() {
                    eprintln!("{}", message["rendered"].as_str().unwrap());
                }
            }
        }
    }
    false
}

/// Returns the innermost mutant around a place, or the first one in it.
fn around(text: &str, at: usize, to: usize) -> Option<u32> {
    let mut best = None;
    for (start, _) in text.match_indices("__mutant(") {
        let rest = &text[start + 9..];
        let Ok(id) = rest[..rest.find(')')?].parse::<u32>() else {
            continue;
        };
        let Some(end) = text.find(&format!("/*e{id}*/")) else {
            continue;
        };
        if start <= at && at <= end {
            best = Some(id);
        } else if best.is_none() && at <= start && start <= to {
            return Some(id);
        }
    }
    best
}

/// Runs each mutant, and returns which test caught it.
fn test(root: &Path, mutants: &[Mutant], tests: &[Test], jobs: usize) -> BTreeMap<String, String> {
    let path = root.join("../results.txt");
    let mut results: BTreeMap<String, String> = fs::read_to_string(&path)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(_, by)| !by.starts_with('-'))
        .map(|(name, by)| (name.to_owned(), by.to_owned()))
        .collect();
    let sample = env::var("SAMPLE").map_or(1, |sample| sample.parse().unwrap());
    let only = env::var("ONLY").unwrap_or_default();
    let left: Vec<_> = mutants
        .iter()
        .filter(|m| !results.contains_key(&m.name) && m.id % sample == 0)
        .filter(|m| only.split(' ').any(|only| m.name.starts_with(only)))
        .collect();
    println!("{} mutants to run", left.len());
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .unwrap();
    let file = Mutex::new(file);
    let new = parallel(jobs, left, |_, mutant| {
        let by = caught(mutant.id, tests);
        writeln!(file.lock().unwrap(), "{}\t{by}", mutant.name).unwrap();
        (mutant.name.clone(), by)
    });
    results.extend(new);
    results
}

fn caught(id: u32, tests: &[Test]) -> String {
    let mut reaching: Vec<_> = tests
        .iter()
        .filter(|test| test.reached.contains(&id))
        .collect();
    if reaching.is_empty() {
        return "- unreached".into();
    }
    // Unit tests are the ones most likely to fail, and of files for the compiler, those that reach little else.
    reaching.sort_by_key(|test| {
        let binary = test.file.file_name().unwrap().to_string_lossy();
        let others = if test.is_compiled() {
            test.reached.len()
        } else {
            0
        };
        (!binary.starts_with("rejoin"), others, test.took)
    });
    let all = reaching.len();
    let patience = env::var("PATIENCE").map_or(30, |seconds| seconds.parse().unwrap());
    let mut total = Duration::ZERO;
    reaching.retain(|test| {
        total += test.took;
        total.as_secs() < patience
    });
    let (mut rest, mut many) = (&reaching[..], 8);
    while !rest.is_empty() {
        let (chunk, later) = rest.split_at(many.min(rest.len()));
        let mut binaries: BTreeMap<_, Vec<&Test>> = BTreeMap::new();
        for test in chunk {
            binaries.entry(&test.file).or_default().push(test);
        }
        for tests in binaries.into_values() {
            let took: Duration = tests.iter().map(|test| test.took).sum();
            let seconds = 3 + 3 * took.as_secs_f64() as u64;
            match run(&tests, ("MUTANT", &id.to_string()), seconds) {
                Outcome::Passed => {}
                Outcome::Failed => return tests[0].label(),
                Outcome::TimedOut => return format!("time {}", tests[0].label()),
            }
        }
        (rest, many) = (later, 3 * many);
    }
    format!("- survived {} of {all} tests", reaching.len())
}

/// Prints the survivors that nothing is said of, and fails if there are any.
fn report(root: &Path, mutants: &[Mutant], results: &BTreeMap<String, String>, accepted: &Path) {
    let text = fs::read_to_string(accepted).unwrap_or_default();
    let accepted: HashSet<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let mut folders: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut alive = String::new();
    for mutant in mutants {
        let Some(by) = results.get(&mutant.name) else {
            continue;
        };
        let known = accepted.contains(&*mutant.name);
        let folder = mutant.name.split('/').take(3).collect::<Vec<_>>().join("/");
        let folder = folder.split(' ').next().unwrap().to_owned();
        let counts = folders.entry(folder).or_default();
        counts[0] += 1;
        if !by.starts_with('-') {
            counts[1] += 1;
        } else if known {
            counts[2] += 1;
        } else {
            alive += &format!("{} [line {}, {}]\n", mutant.name, mutant.line, &by[2..]);
        }
    }
    for (folder, [all, caught, known]) in folders {
        let left = all - caught - known;
        println!("{folder}: {all} mutants, {caught} caught, {known} change nothing, {left} alive");
    }
    fs::write(root.join("../alive.txt"), &alive).unwrap();
    print!("{alive}");
    exit(i32::from(!alive.is_empty()));
}
