//! Compares the compile time and the code size of calls with those of other crates.
//!
//! `cargo run --release -p rejoin-compile-benches` prints a table with targets, and `-- --write` also writes
//! `benches/compile/RESULTS.md`, without targets. It takes some minutes. Each contender has a package that is generated in
//! `target/compile/`. A round builds all of them in turn, and the ratios for targets are taken within each round, because
//! other programs on the machine disturb all builds of a round alike.

mod args;
mod cargo;
mod contenders;
#[path = "../../src/machine.rs"]
mod machine;
mod packages;
mod rows;
mod sites;
mod table;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use args::Args;
use packages::Packages;

/// The root of the workspace.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// The document with the results.
const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md");

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(message) => {
            eprintln!("{message}\n\n{}", args::USAGE);
            return ExitCode::FAILURE;
        }
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    let packages = Packages::generate(Path::new(ROOT))?;
    let mut rows = rows::expansion(&packages, args)?;
    rows.extend(rows::calls(&packages, args)?);
    rows.extend(rows::clean(&packages, args)?);
    rows.extend(sites::rows(&packages, args)?);
    print!("{}", table::terminal(&rows));
    if args.write {
        std::fs::write(RESULTS, table::markdown(&rows, args, Path::new(ROOT)))?;
        eprintln!("wrote RESULTS.md");
    }
    Ok(())
}
