//! The command line.

/// What to print when the command line is not understood.
pub(crate) const USAGE: &str = "\
usage: rejoin-compile-benches [--rounds N] [--write] [FILTER]
  --rounds N  how often everything is built, 7 if not given
  --write     also write the table to benches/compile/RESULTS.md
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
    /// An option that does not exist or has no value, a second filter, or one with `--write`; the message says which.
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
                _ => return Err(format!("a second filter, `{word}`: one is all there is")),
            }
        }
        if args.write && !args.filter.is_empty() {
            return Err("`--write` is for the whole table, without a filter".to_owned());
        }
        Ok(args)
    }

    /// Whether a row is to be run.
    pub(crate) fn want(&self, workload: &str) -> bool {
        workload.contains(&self.filter)
    }
}

fn rounds(word: Option<String>) -> Result<usize, String> {
    match word.and_then(|word| word.parse().ok()) {
        Some(rounds @ 1..) => Ok(rounds),
        _ => Err("`--rounds` needs a number, which is at least 1".to_owned()),
    }
}
