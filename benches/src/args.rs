//! The command line.

/// What to print when the command line is not understood.
pub(crate) const USAGE: &str = "\
usage: rejoin-benches [--quick] [--write] [FILTER]
  --quick  fewer rounds, and nothing above N = 10,000: a smoke test, not a measurement
  --write  also write the table to BENCHMARKS.md, and its plots into docs/benchmarks
  FILTER   run only the rows whose section or workload contains this text";

/// The command line, parsed.
#[derive(Debug, Default)]
pub(crate) struct Args {
    pub(crate) quick: bool,
    pub(crate) write: bool,
    pub(crate) filter: String,
    /// Whether `cargo bench` runs the program, and so built it with the profile of that name.
    bench: bool,
}

impl Args {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// An option that does not exist, a second filter, or one with `--write`; the message says which.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut args = Self::default();
        for word in words {
            match word.as_str() {
                // What cargo passes to whatever `cargo bench` runs.
                "--bench" => args.bench = true,
                "--quick" => args.quick = true,
                "--write" => args.write = true,
                _ if word.starts_with('-') => return Err(format!("unknown option `{word}`")),
                _ if args.filter.is_empty() => args.filter = word,
                _ => return Err(format!("a second filter, `{word}`: one is all there is")),
            }
        }
        if args.write && !args.filter.is_empty() {
            return Err("`--write` is for the whole table, without a filter".to_owned());
        }
        Ok(args)
    }

    /// The command that runs the program as it was run now.
    pub(crate) fn command(&self) -> &'static str {
        if self.bench {
            "cargo bench -p rejoin-benches -- --write"
        } else {
            "cargo run --release -p rejoin-benches -- --write"
        }
    }

    /// The largest N of a row.
    pub(crate) fn largest(&self) -> usize {
        if self.quick { 10_000 } else { usize::MAX }
    }

    /// How many rounds to measure.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 7 } else { 51 }
    }
}
