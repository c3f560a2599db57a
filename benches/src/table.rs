//! The table as text: for the terminal, and as markdown.

use std::fmt::Write as _;
use std::path::Path;

use crate::PLOTS;
use crate::machine;
use crate::plot::charts_of;
use crate::sheet::{Figure, Row, Section, decimals};

const HEADINGS: [&str; 7] = ["workload", "unit", "peers", "ours", "ratio", "target", ""];

/// The sections in columns.
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

/// The sections as a document; `command` is what printed them, and `compiling` a document that another program wrote.
pub(crate) fn markdown(
    sections: &[Section],
    command: &str,
    compiling: Option<&str>,
    root: &Path,
) -> String {
    let mut text = preamble(sections, command, root);
    for section in sections {
        let _ = writeln!(text, "\n## {}\n\n{}\n", section.title, section.note);
        if let Some(why) = section.left_out {
            let _ = writeln!(text, "{why}");
            continue;
        }
        for chart in charts_of(section) {
            let (title, file) = (chart.plot.title, chart.plot.file());
            let _ = writeln!(text, "![{title}: {}]({PLOTS}/{file})\n", chart.unit);
        }
        let _ = writeln!(text, "| {} |", HEADINGS.join(" | "));
        let _ = writeln!(text, "|{}", "---|".repeat(HEADINGS.len()));
        for row in &section.rows {
            let _ = writeln!(text, "| {} |", cells(row).join(" | "));
        }
    }
    if let Some(compiling) = compiling {
        let _ = writeln!(text, "\n{}", as_section(compiling));
    }
    text
}

/// A document as a part of another: its headings are a level lower.
fn as_section(document: &str) -> String {
    let lines = document.trim().lines().map(|line| {
        let lower = if line.starts_with('#') { "#" } else { "" };
        format!("{lower}{line}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn preamble(sections: &[Section], command: &str, root: &Path) -> String {
    let compiler = machine::compiler().unwrap_or_else(|| "an unknown rustc".to_owned());
    format!(
        "# Benchmarks

To reproduce: `{command}`

Measured on {processor}, with {compiler}.
Peers: {peers}.

Every time is the median of many rounds in which all contenders of a row take turns; `±` is half the distance between
the quartiles. A ratio is ours over that of the peer the target names, over the best peer's where there is no target,
and over the target where that is a number; of times it is the median of the rounds' own ratios. A *leaf* is a future
woken by hand, polled without a runtime, so that only the engine is timed. \"One at a time\": each round wakes one leaf,
then polls; \"burst\": wakes all, then polls. In the plots both axes are logarithmic; sizes for which there is no target
are there to be seen in them.

{summary}
",
        processor = machine::processor(),
        peers = machine::peers(root),
        summary = summary(sections),
    )
}

/// How many targets are met.
fn summary(sections: &[Section]) -> String {
    let rows = sections.iter().flat_map(|section| &section.rows);
    let (met, missed): (Vec<_>, Vec<_>) = rows.filter_map(|row| row.met).partition(|met| *met);
    format!("{} targets met, {} missed.", met.len(), missed.len())
}

fn cells(row: &Row) -> [String; HEADINGS.len()] {
    let peers: Vec<_> = row
        .peers
        .iter()
        .map(|peer| format!("{} {}", peer.name, figure(peer)))
        .collect();
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

/// Two decimals, or more for so small a one that they would not tell anything.
fn ratio(ratio: f64) -> String {
    let decimals = if ratio < 0.095 { 4 } else { 2 };
    format!("{ratio:.decimals$}")
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

/// The width of each column, in characters.
fn widths(lines: &[[String; HEADINGS.len()]]) -> [usize; HEADINGS.len()] {
    std::array::from_fn(|column| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    })
}
