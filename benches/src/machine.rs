//! The machine, the compiler and the versions of the peers.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

/// The crates whose versions the table lists.
const PEERS: [&str; 5] = [
    "tokio",
    "futures",
    "futures-buffered",
    "futures-concurrency",
    "join_me_maybe",
];

/// Returns the name of the processor and the number of its cores, if the system reports them.
pub(crate) fn processor() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let model = model.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    match thread::available_parallelism() {
        Ok(cores) => format!("{model}, {cores} cores"),
        Err(_) => model,
    }
}

/// Returns the version line of `rustc`, if it is found.
pub(crate) fn compiler() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// Returns the peers with their versions from the lock file of the workspace.
pub(crate) fn peers(root: &Path) -> String {
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    PEERS
        .map(|name| format!("{name} {}", version(&lock, name)))
        .join(", ")
}

fn version<'a>(lock: &'a str, name: &str) -> &'a str {
    let entry = format!("name = \"{name}\"\nversion = \"");
    lock.split_once(&entry)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("(unknown version)", |(version, _)| version)
}
