//! rejoin against its peers: the same work, in the same run, in one table.
//!
//! `cargo run --release -p rejoin-benches` prints the table, `-- --write` also writes it to `BENCHMARKS.md`, and its plots
//! into `docs/benchmarks/`. `cargo bench -p rejoin-benches` does the same with everything built into one unit.
//! A section of the table is one file in `rows/`.

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

use std::fs;
use std::io;
use std::path::Path;

use args::Args;
use sheet::{Section, Sheet};

/// The workspace's root, where `BENCHMARKS.md` and `Cargo.lock` are.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Where the plots are, as `BENCHMARKS.md` names it.
const PLOTS: &str = "docs/benchmarks";
/// What it costs to compile calls, which another program measures: a part of `BENCHMARKS.md`, if it is there.
const COMPILING: &str = "benches/compile/RESULTS.md";

/// Runs what the command line says; `words` are what follows the program's name.
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
        // A table that cannot be written is no reason to lose the run: it has been printed already.
        match write(&sections, args.command(), Path::new(ROOT)) {
            Ok(()) => eprintln!("wrote BENCHMARKS.md and {PLOTS}"),
            Err(error) => eprintln!("could not write: {error}"),
        }
    }
}

fn write(sections: &[Section], command: &str, root: &Path) -> io::Result<()> {
    let compiling = fs::read_to_string(root.join(COMPILING)).ok();
    let text = table::markdown(sections, command, compiling.as_deref(), root);
    fs::write(root.join("BENCHMARKS.md"), text)?;
    fs::create_dir_all(root.join(PLOTS))?;
    for chart in plot::charts(sections) {
        let file = Path::new(PLOTS).join(chart.plot.file());
        fs::write(root.join(file), svg::draw(&chart))?;
    }
    Ok(())
}
