//! The command line.

/// The help that is printed after an error in the arguments.
pub(crate) const USAGE: &str = "\
usage: rejoin-compile-benches [--rounds N] [--write] [FILTER]
  --rounds N  build everything N times, 7 by default
  --write     also write benches/compile/RESULTS.md
  FILTER      run only the rows whose workload contains this text";

/// The command line, parsed.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) rounds: usize,
    pub(crate) write: bool,
    filter: String,
}

impl Args {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// Returns a message if an option does not exist or has no value, if there is a second filter, or if a filter comes with
    /// `--write`.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut args = Self {
            rounds: 7,
            write: false,
            filter: String::new(),
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--rounds" => args.rounds = rounds(words.next())?,
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

    /// Returns whether the filter selects a workload.
    pub(crate) fn want(&self, workload: &str) -> bool {
        workload.contains(&self.filter)
    }
}

fn rounds(word: Option<String>) -> Result<usize, String> {
    match word.and_then(|word| word.parse().ok()) {
        Some(rounds @ 1..) => Ok(rounds),
        _ => Err("`--rounds` needs a number that is at least 1".to_owned()),
    }
}
