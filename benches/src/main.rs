//! rejoin against its peers: the same work, in the same run, in one table.
//!
//! `cargo run --release -p rejoin-benches` prints the table, `-- --write` also writes it to `BENCHMARKS.md`.
//! `cargo bench -p rejoin-benches` does the same with everything built into one unit.
//! A section of the table is one file in `rows/`.

mod args;
mod counting;
mod drive;
mod harness;
mod leaf;
mod machine;
mod rows;
mod sheet;
mod table;

use std::path::Path;

use args::Args;
use sheet::Sheet;

/// The workspace's root, where `BENCHMARKS.md` and `Cargo.lock` are.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn main() {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(message) => {
            eprintln!("{message}\n\n{}", args::USAGE);
            return;
        }
    };
    let mut sheet = Sheet::new(args.rounds(), args.filter.clone());
    for section in rows::SECTIONS {
        section(&mut sheet);
    }
    let sections = sheet.into_sections();
    print!("{}", table::terminal(&sections));
    if args.write {
        write(&table::markdown(&sections, args.command(), Path::new(ROOT)));
    }
}

/// A table that cannot be written is no reason to lose the run: it has been printed already.
fn write(text: &str) {
    match std::fs::write(Path::new(ROOT).join("BENCHMARKS.md"), text) {
        Ok(()) => eprintln!("wrote BENCHMARKS.md"),
        Err(error) => eprintln!("could not write BENCHMARKS.md: {error}"),
    }
}
