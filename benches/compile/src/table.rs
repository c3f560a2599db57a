//! The table as text: for the terminal, and as markdown.

use std::fmt::Write as _;
use std::path::Path;

use crate::args::Args;
use crate::contenders::OURS;
use crate::machine;
use crate::rows::{Figure, Row};
use crate::sites::{BUILDS, SITES};

const HEADINGS: [&str; 7] = ["workload", "unit", "peers", "ours", "ratio", "target", ""];

/// The rows in columns.
pub(crate) fn terminal(rows: &[Row]) -> String {
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    lines.extend(rows.iter().map(cells));
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().enumerate();
        let cells = cells.map(|(column, cell)| format!("{cell:width$}", width = width(column)));
        let line = cells.collect::<Vec<_>>().join("  ");
        text.extend([line.trim_end(), "\n"]);
    }
    text + &format!("\n{}\n", summary(rows))
}

/// The rows as a document.
pub(crate) fn markdown(rows: &[Row], args: &Args, root: &Path) -> String {
    let mut text = preamble(rows, args, root);
    let _ = writeln!(text, "| {} |", HEADINGS.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(HEADINGS.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", cells(row).join(" | "));
    }
    text
}

fn preamble(rows: &[Row], args: &Args, root: &Path) -> String {
    let compiler = machine::compiler().unwrap_or_else(|| "an unknown rustc".to_owned());
    format!(
        "# What calls cost to compile

To reproduce: `cargo run --release -p rejoin-compile-benches -- --rounds {rounds} --write`

Measured on {processor}, with {compiler}.
Peers: {peers}.

A package has 200 functions with one call of four branches each, the same four `async` functions in all; the packages
differ in these calls only, and what they depend on is built before. \"Full\": nothing of the package itself was built.
\"After a touch\": its source has a new date and is as it was. An expanded call is counted as the compiler prints it,
with the user's own expressions. A library is built with its default features, and tokio with `macros` and those that
rejoin needs, `rt` and `time`; all as what comes from a registry is built, not incrementally.

\"s\" is time on the clock, \"CPU s\" that of the processors, user and system, of cargo and all that it starts; it
changes little when the machine has other work. Every time is the median of {rounds} rounds in which all contenders take
turns; `±` is half the distance between the quartiles. A ratio is ours over that of the peer the target names (and what it
adds), the median of the rounds' own ratios; over the target where that is a number.

The program of \"a call site\" has {sites} functions with one call each, whose futures are of a type of its own in each. \"kB\" are
those of the program that are loaded and never written: code, constants and tables for unwinding. \"CPU s\" are those of a release
build of the program alone, the less of {builds}. Both are a call's share of what the same program without calls does not have.

{summary}

",
        rounds = args.rounds,
        processor = machine::processor(),
        peers = machine::peers(root),
        sites = SITES,
        builds = BUILDS,
        summary = summary(rows),
    )
}

/// How many targets are met.
fn summary(rows: &[Row]) -> String {
    let met = rows.iter().filter(|row| row.met).count();
    format!("{met} targets met, {} missed.", rows.len() - met)
}

fn cells(row: &Row) -> [String; HEADINGS.len()] {
    let (ours, peers): (Vec<_>, Vec<_>) =
        (row.figures.iter()).partition(|figure| figure.name == OURS);
    let peers = peers.into_iter();
    let peers = peers.map(|peer| format!("{} {}", peer.name, figure(peer)));
    [
        row.workload.to_owned(),
        row.unit.to_owned(),
        peers.collect::<Vec<_>>().join(" · "),
        ours.into_iter().map(figure).collect(),
        format!("{:.2}", row.ratio),
        row.target.to_owned(),
        if row.met { "met" } else { "missed" }.to_owned(),
    ]
}

fn figure(figure: &Figure) -> String {
    match figure.spread {
        Some(spread) => format!("{:.2} ±{:.0}%", figure.value, spread * 100.0),
        None if figure.value < 100.0 => format!("{:.2}", figure.value),
        None => format!("{:.0}", figure.value),
    }
}
