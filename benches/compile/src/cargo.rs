//! Runs cargo and measures its time.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

/// The time of a command, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    /// Wall-clock time.
    pub(crate) wall: f64,
    /// Processor time of cargo and its children. Other programs on the machine hardly change it.
    pub(crate) cpu: f64,
}

/// Cargo in the generated workspace, with one target directory.
pub(crate) struct Cargo {
    folder: PathBuf,
    target: PathBuf,
}

impl Cargo {
    pub(crate) fn new(folder: &Path, target: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            target: folder.join("target").join(target),
        }
    }

    /// Runs a command and returns its output.
    ///
    /// # Errors
    /// Returns an error if the command fails.
    pub(crate) fn run(&self, words: &[&str], environment: &[(&str, &str)]) -> io::Result<String> {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let Output {
            status,
            stdout,
            stderr,
        } = command
            .arg("--quiet")
            .args(words)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove("RUSTFLAGS")
            .envs(environment.iter().copied())
            .output()?;
        if status.success() {
            return Ok(String::from_utf8_lossy(&stdout).into_owned());
        }
        let stderr = String::from_utf8_lossy(&stderr);
        Err(io::Error::other(format!(
            "`cargo {}` failed:\n{stderr}",
            words.join(" ")
        )))
    }

    /// Runs a command and returns its time.
    ///
    /// # Errors
    /// Returns an error if the command fails.
    pub(crate) fn timed(&self, words: &[&str], environment: &[(&str, &str)]) -> io::Result<Took> {
        let (start, cpu) = (Instant::now(), cpu()?);
        self.run(words, environment)?;
        Ok(Took {
            wall: start.elapsed().as_secs_f64(),
            cpu: self::cpu()? - cpu,
        })
    }

    /// Returns the path of a program after a release build.
    pub(crate) fn binary(&self, package: &str) -> PathBuf {
        self.target.join("release").join(package)
    }

    /// Removes the target directory.
    ///
    /// # Errors
    /// Returns an error if the directory exists and cannot be removed.
    pub(crate) fn forget(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Returns the processor time of all child processes so far, and of their children.
///
/// Linux reports it in hundredths of a second on all machines.
fn cpu() -> io::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The second field is the name of the program in parentheses, which may contain any character.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let mut times = fields.split_whitespace().skip(13).map(str::parse::<u32>);
    match (times.next(), times.next()) {
        (Some(Ok(user)), Some(Ok(system))) => Ok(f64::from(user + system) / 100.0),
        _ => Err(io::Error::other("/proc/self/stat is not as expected")),
    }
}
