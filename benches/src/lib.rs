//! Compares rejoin with its peers: each row of the table does the same work with each of them, in the same run.
//!
//! `cargo run --release -p rejoin-benches` prints the table with the target of each row, and marks the targets that are
//! missed. With `-- --write` it also writes `benches/RESULTS.md`, which compares without targets, and the plots in
//! `docs/benchmarks/`. `cargo bench -p rejoin-benches` measures a build with a single codegen unit.
//! Each section of the table is one file in `rows/`.

mod args;
mod counting;
mod drive;
mod harness;
mod leaf;
mod machine;
mod plot;
mod python;
mod rows;
mod sheet;
mod svg;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod workload;

use std::fs;
use std::io;
use std::path::Path;

use args::Args;
use sheet::{Section, Sheet};

/// The root of the workspace.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The document with the results, in the workspace.
const RESULTS: &str = "benches/RESULTS.md";
/// The directory of the plots, in the workspace.
const PLOTS: &str = "docs/benchmarks";

/// Runs the benchmarks that the command line asks for. `words` are the arguments after the program's name.
pub fn run(words: impl IntoIterator<Item = String>) {
    let args = match Args::parse(words) {
        Ok(args) => args,
        Err(message) => {
            eprintln!("{message}\n\n{}", args::USAGE);
            return;
        }
    };
    let mut sheet = Sheet::new(args.rounds(), args.largest(), args.filter.clone());
    for section in rows::SECTIONS {
        section(&mut sheet);
    }
    let sections = sheet.into_sections();
    print!("{}", table::terminal(&sections));
    if args.write {
        // The table has been printed already, so a failure here does not lose the run.
        match write(&sections, args.command(), Path::new(ROOT)) {
            Ok(()) => eprintln!("wrote {RESULTS} and {PLOTS}"),
            Err(error) => eprintln!("could not write: {error}"),
        }
    }
}

fn write(sections: &[Section], command: &str, root: &Path) -> io::Result<()> {
    fs::write(root.join(RESULTS), table::markdown(sections, command, root))?;
    fs::create_dir_all(root.join(PLOTS))?;
    for chart in plot::charts(sections) {
        let file = Path::new(PLOTS).join(chart.plot.file());
        fs::write(root.join(file), svg::draw(&chart))?;
    }
    Ok(())
}
