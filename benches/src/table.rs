//! The table as text: with targets for the terminal, and without them as Markdown.

use std::fmt::Write as _;
use std::path::Path;

use crate::PLOTS;
use crate::machine;
use crate::plot::charts_of;
use crate::sheet::{Figure, Row, Section, decimals};
use crate::text::ratio;

const HEADINGS: [&str; 7] = ["workload", "unit", "peers", "ours", "ratio", "target", ""];
const COMPARISON: [&str; 6] = [
    "workload",
    "unit",
    "rejoin",
    "best peer",
    "ratio",
    "other peers",
];
/// A ratio up to which rejoin counts as faster than its best peer, and one from which on it counts as slower.
const FASTER: f64 = 0.95;
const SLOWER: f64 = 1.05;

/// Formats the sections in columns, with the target of each row.
pub(crate) fn terminal(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        let _ = writeln!(text, "\n{}\n", section.title);
        if let Some(why) = section.left_out {
            let _ = writeln!(text, "{why}");
            continue;
        }
        let lines: Vec<_> = [HEADINGS.map(str::to_owned)]
            .into_iter()
            .chain(section.rows.iter().map(cells))
            .collect();
        let widths = widths(&lines);
        for line in &lines {
            let padded = line
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"));
            let _ = writeln!(text, "{}", padded.collect::<Vec<_>>().join("  ").trim_end());
        }
    }
    let _ = writeln!(text, "\n{}", summary(sections));
    text
}

/// Writes the sections as a document. `command` is the command that measured them.
pub(crate) fn markdown(sections: &[Section], command: &str, root: &Path) -> String {
    let mut text = preamble(sections, command, root);
    let slower = timed(sections).filter(|(_, ratio)| *ratio >= SLOWER);
    text.push_str("\n## Where a peer is faster\n\n");
    comparison(&mut text, slower.map(|(row, _)| row));
    for section in sections {
        let _ = writeln!(text, "\n## {}\n\n{}\n", section.title, section.note);
        if let Some(why) = section.left_out {
            let _ = writeln!(text, "{why}");
            continue;
        }
        for chart in charts_of(section) {
            let (title, file) = (chart.plot.title, chart.plot.file());
            let _ = writeln!(text, "![{title}: {}](../{PLOTS}/{file})\n", chart.unit);
        }
        comparison(&mut text, &section.rows);
    }
    text
}

/// Writes a table that compares rows with their best peers, without targets.
fn comparison<'a>(text: &mut String, rows: impl IntoIterator<Item = &'a Row>) {
    let _ = writeln!(text, "| {} |", COMPARISON.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(COMPARISON.len()));
    for row in rows {
        let best = row.best();
        let compared = match (best, &row.base) {
            (Some(best), _) => named(best),
            (None, Some(base)) => format!("rejoin, {}", named(base)),
            (None, None) => String::new(),
        };
        let others = row
            .peers
            .iter()
            .filter(|peer| best.is_none_or(|best| best.name != peer.name));
        let others = others.chain(row.base.iter().filter(|_| best.is_some()));
        let cells = [
            row.workload.clone(),
            row.unit.to_owned(),
            figure(&row.ours),
            compared,
            row.times().map_or_else(String::new, ratio),
            others.map(named).collect::<Vec<_>>().join(" · "),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
}

/// Returns the rows that compare times with peers, each with its ratio to the best peer.
fn timed(sections: &[Section]) -> impl Iterator<Item = (&Row, f64)> {
    let rows = sections.iter().flat_map(|section| &section.rows);
    let rows = rows.filter(|row| row.ours.spread.is_some() && row.best().is_some());
    rows.filter_map(|row| Some((row, row.times()?)))
}

fn preamble(sections: &[Section], command: &str, root: &Path) -> String {
    let compiler = machine::compiler().unwrap_or_else(|| "an unknown rustc".to_owned());
    let ratios: Vec<_> = timed(sections).map(|(_, ratio)| ratio).collect();
    let faster = ratios.iter().filter(|ratio| **ratio <= FASTER).count();
    let slower = ratios.iter().filter(|ratio| **ratio >= SLOWER).count();
    format!(
        "# Benchmarks

These tables compare rejoin with other crates, and with asyncio, in time, polls, allocations and memory. Of {all}
comparisons of time with the fastest peer, rejoin takes at most {FASTER} of its time in {faster}, and at least {SLOWER} of it in
{slower}, which the first table lists; in the other {even} the two are about equal. The cost of compiling calls is in
[compile/RESULTS.md](compile/RESULTS.md).

To reproduce: `{command}`

Measured on {processor}, with {compiler}.
Peers: {peers}.
The machine is small and shared with other programs, so a difference of a few percent means nothing.

How to read a row:

- A time is measured until the call returns its results. It is the median of many rounds in which all contenders take
  turns, and `±` is half the distance between the quartiles. Counts have no `±`, because they are the same in every run.
- \"best peer\" is the peer with the smallest figure, and \"ratio\" is the figure of rejoin divided by that one: 0.5 means
  half the time, 2 means twice the time. If either figure is zero there is no ratio, and all peers are under \"other
  peers\". Rows that say \"linear\" or \"no cliff\" compare rejoin with itself at a smaller N.
- A *leaf* is a future that the benchmark wakes by hand and polls without a runtime, so that a row measures only the code
  that drives it. \"One at a time\" wakes one leaf in each round and then polls; \"burst\" wakes all leaves and then polls.
- Both axes of the plots are logarithmic.
",
        all = ratios.len(),
        even = ratios.len() - faster - slower,
        processor = machine::processor(),
        peers = machine::peers(root),
    )
}

/// Counts the targets that are met and those that are missed.
fn summary(sections: &[Section]) -> String {
    let rows = sections.iter().flat_map(|section| &section.rows);
    let (met, missed): (Vec<_>, Vec<_>) = rows.filter_map(|row| row.met).partition(|met| *met);
    format!("{} targets met, {} missed.", met.len(), missed.len())
}

fn cells(row: &Row) -> [String; HEADINGS.len()] {
    let peers: Vec<_> = row.base.iter().chain(&row.peers).map(named).collect();
    [
        row.workload.clone(),
        row.unit.to_owned(),
        peers.join(" · "),
        figure(&row.ours),
        row.ratio.map_or_else(String::new, ratio),
        row.target.clone(),
        row.met
            .map_or("", |met| if met { "met" } else { "missed" })
            .to_owned(),
    ]
}

/// Formats a figure after the name of its contender.
fn named(peer: &Figure) -> String {
    format!("{} {}", peer.name, figure(peer))
}

fn figure(figure: &Figure) -> String {
    match figure.spread {
        Some(spread) if figure.value < 100.0 => {
            format!("{:.1} ±{:.0}%", figure.value, spread * 100.0)
        }
        Some(spread) => format!("{:.0} ±{:.0}%", figure.value, spread * 100.0),
        None => format!("{:.prec$}", figure.value, prec = decimals(figure.value)),
    }
}

/// Returns the width of each column, in characters.
fn widths(lines: &[[String; HEADINGS.len()]]) -> [usize; HEADINGS.len()] {
    std::array::from_fn(|column| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    })
}
