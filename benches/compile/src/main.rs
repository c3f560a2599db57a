//! What calls cost to compile, against the `join!`s: in one table, like that of the other benchmarks.
//!
//! `cargo run --release -p rejoin-compile-benches` prints the table, `-- --write` also writes it to `RESULTS.md` here.
//! It needs some minutes. For each contender a package is generated in `target/compile/`; a round builds all of them in
//! turn, and a ratio is taken within each round, so that what else the machine does hits all alike.

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

/// The workspace's root, where `Cargo.lock` is.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// Where the table goes.
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
