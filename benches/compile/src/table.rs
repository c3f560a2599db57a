//! The table as text: with targets for the terminal, and without them as Markdown.

use std::fmt::Write as _;
use std::path::Path;

use crate::args::Args;
use crate::contenders::OURS;
use crate::machine;
use crate::sites::{BUILDS, SITES};

const HEADINGS: [&str; 7] = ["workload", "unit", "peers", "ours", "ratio", "target", ""];
const COMPARISON: [&str; 4] = [
    "workload",
    "unit",
    "rejoin",
    "peers, each with our ratio to it",
];

/// One line of the table.
pub(crate) struct Row {
    pub(crate) workload: &'static str,
    pub(crate) unit: &'static str,
    /// The figures of all contenders, in the order of their list.
    pub(crate) figures: Vec<Figure>,
    pub(crate) ratio: f64,
    pub(crate) target: &'static str,
    pub(crate) met: bool,
}

/// A contender's number.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// Half the distance between the quartiles, as a share of the value; `None` if there is only one value.
    pub(crate) spread: Option<f64>,
}

/// Formats the rows in columns, with the target of each row.
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

/// Writes the rows as a document, without targets.
pub(crate) fn markdown(rows: &[Row], args: &Args, root: &Path) -> String {
    let mut text = preamble(args, root);
    let _ = writeln!(text, "| {} |", COMPARISON.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(COMPARISON.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", compared(row).join(" | "));
    }
    text
}

fn preamble(args: &Args, root: &Path) -> String {
    let compiler = machine::compiler().unwrap_or_else(|| "an unknown rustc".to_owned());
    format!(
        "# Compile time and code size

This table compares calls of rejoin with calls of other crates: the time to build them, and the code that they add to a
program.

To reproduce: `cargo run --release -p rejoin-compile-benches -- --rounds {rounds} --write`

Measured on {processor}, with {compiler}.
Peers: {peers}.
The machine is small and shared with other programs, so a difference of a few percent means nothing.

- \"200 calls\" builds a package of 200 functions, each with one call of the same four `async` functions. The packages differ
  only in these calls, and their dependencies are built before. \"Full\" means that nothing of the package was built before;
  \"after a touch\" means that its source has a new modification time but the same text; \"after an edit\" means that a line
  of one function is another one. With \"their own futures\" each call has four `async` functions that no other call has.
- \"A call, expanded\" is the size of the expansion as the compiler prints it, with the expressions of the user.
- \"The library and what it needs\" builds the library with its default features, and tokio with `macros` and with the
  features that rejoin needs, `rt` and `time`. Nothing is built incrementally.
- \"A call site\" builds a program of {sites} functions with one call each; every call has futures of a type of its own. \"kB\"
  counts code, constants and unwind tables; \"CPU s\" is the time of a release build of the program alone, the smaller of
  {builds}. Both figures are a call's share of the difference to the same program without calls, so a figure can be negative.

\"s\" is wall-clock time. \"CPU s\" is the user and system time of cargo and its children, which depends less on other programs
on the machine. Times are medians of {rounds} rounds in which all contenders take turns, and `±` is half the distance between
the quartiles. A ratio is our figure divided by that of the peer; it is left out if one of them is not positive.

",
        rounds = args.rounds,
        processor = machine::processor(),
        peers = machine::peers(root),
        sites = SITES,
        builds = BUILDS,
    )
}

/// Returns the cells of a row that compares without targets.
fn compared(row: &Row) -> [String; COMPARISON.len()] {
    let ours = row.figures.iter().find(|figure| figure.name == OURS);
    let peers = row.figures.iter().filter(|figure| figure.name != OURS);
    let peers = peers.map(|peer| match ours {
        Some(ours) if ours.value > 0.0 && peer.value > 0.0 => {
            format!(
                "{} {} ({:.2})",
                peer.name,
                figure(peer),
                ours.value / peer.value
            )
        }
        _ => format!("{} {}", peer.name, figure(peer)),
    });
    [
        row.workload.to_owned(),
        row.unit.to_owned(),
        ours.map_or_else(String::new, figure),
        peers.collect::<Vec<_>>().join(" · "),
    ]
}

/// Counts the targets that are met and those that are missed.
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
