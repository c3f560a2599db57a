//! The command line.

/// The help that is printed after an error in the arguments.
pub(crate) const USAGE: &str = "\
usage: rejoin-benches [--quick] [--write] [FILTER]
  --quick  fewer rounds, and nothing above N = 10,000: a smoke test, not a measurement
  --write  also write benches/RESULTS.md, and the plots in docs/benchmarks
  FILTER   run only the rows whose section or workload contains this text";

/// The command line, parsed.
#[derive(Debug, Default)]
pub(crate) struct Args {
    pub(crate) quick: bool,
    pub(crate) write: bool,
    pub(crate) filter: String,
    /// Whether `cargo bench` runs the program, which is then built with the `bench` profile.
    bench: bool,
}

impl Args {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// Returns a message if an option does not exist, if there is a second filter, or if a filter comes with `--write`.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut args = Self::default();
        for word in words {
            match word.as_str() {
                // `cargo bench` passes it to every program that it runs.
                "--bench" => args.bench = true,
                "--quick" => args.quick = true,
                "--write" => args.write = true,
                _ if word.starts_with('-') => return Err(format!("unknown option `{word}`")),
                _ if args.filter.is_empty() => args.filter = word,
                _ => return Err(format!("a second filter, `{word}`: only one is allowed")),
            }
        }
        if args.write && !args.filter.is_empty() {
            return Err("`--write` needs the whole table: remove the filter".to_owned());
        }
        Ok(args)
    }

    /// Returns the command that repeats this run.
    pub(crate) fn command(&self) -> &'static str {
        if self.bench {
            "cargo bench -p rejoin-benches -- --write"
        } else {
            "cargo run --release -p rejoin-benches -- --write"
        }
    }

    /// Returns the largest N of a row.
    pub(crate) fn largest(&self) -> usize {
        if self.quick { 10_000 } else { usize::MAX }
    }

    /// Returns the number of rounds to measure.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 7 } else { 51 }
    }
}
