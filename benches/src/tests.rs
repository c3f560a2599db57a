//! Tests that the counted rows meet their targets, and that the documents have the expected text.

use std::path::Path;
use std::process::Command;

use tokio::runtime::Builder;

use crate::plot;
use crate::python::Python;
use crate::rows::{self, asyncio};
use crate::sheet::{Figure, OURS, Row, Section, Sheet};
use crate::workload::{Plot, Point};
use crate::{svg, table};

#[test]
fn counted_rows_meet_their_targets() {
    // Every kind of row runs at this size, and an unoptimized build is fast enough for it.
    let mut sheet = Sheet::of_counts(10_000);
    for section in rows::SECTIONS {
        section(&mut sheet);
    }
    let sections = sheet.into_sections();
    let missed: Vec<_> = sections
        .iter()
        .flat_map(|section| &section.rows)
        .filter(|row| row.met == Some(false))
        .map(|row| {
            let (workload, unit) = (&row.workload, row.unit);
            format!("{workload}: {} {unit}, {}", row.ours.value, row.target)
        })
        .collect();
    assert_eq!(missed, [""; 0]);

    // A mistake in a section might leave rows out.
    let units = |title: &str| -> Vec<&str> {
        let section = sections
            .iter()
            .find(|section| section.title.starts_with(title));
        let rows = section.map_or(&[][..], |section| &section.rows);
        let mut units: Vec<_> = rows
            .iter()
            .filter(|row| row.met.is_some())
            .map(|row| row.unit)
            .collect();
        units.sort_unstable();
        units.dedup();
        units
    };
    assert_eq!(
        units("Static"),
        ["allocations", "bytes", "polls", "polls a leaf"]
    );
    assert_eq!(
        units("Collections"),
        ["allocations", "bytes a future", "polls of the set"]
    );
    assert_eq!(units("Streams"), ["allocations"]);
    assert_eq!(
        units("Tasks"),
        ["KiB at once", "allocations", "bytes at once"]
    );
}

/// Runs the programs, which check their own results.
#[test]
fn both_sides_run_the_programs_of_asyncio() {
    const OLD: &str = "import sys; sys.exit(sys.version_info < (3, 11))";

    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    for program in asyncio::PROGRAMS {
        (program.ours)(&runtime, 2);
    }
    let python = Command::new("python3").args(["-c", OLD]).status();
    if !python.is_ok_and(|status| status.success()) {
        return;
    }
    assert!(Python::start("no such loop").is_none());
    let (python, version) = Python::start("asyncio").expect("python3 is there");
    assert!(version.starts_with("CPython 3."), "{version}");
    for program in asyncio::PROGRAMS {
        assert!(!python.run(program.theirs, 2).is_zero());
    }
}

static LINES: Plot = Plot {
    name: "lines",
    title: "Vec<F>, straight & bent",
    workload: "lines",
};

fn figure(name: &'static str, value: f64) -> Figure {
    Figure {
        name,
        value,
        spread: Some(0.03),
    }
}

/// Returns a row in which ours takes 10 ns.
fn row(n: usize, peers: &[(&'static str, f64)]) -> Row {
    Row {
        workload: LINES.at(n).name,
        point: Some(Point { plot: &LINES, n }),
        unit: "ns a future",
        base: None,
        peers: peers
            .iter()
            .map(|&(name, value)| figure(name, value))
            .collect(),
        ours: figure(OURS, 10.0),
        ratio: Some(0.125),
        target: "≤ 0.1 × dear".to_owned(),
        met: Some(n > 10),
    }
}

/// Returns a section whose first peer gets slower with N, and whose second one has no row beyond N = 10.
fn section() -> Section {
    let alone = Row {
        workload: "alone".to_owned(),
        point: None,
        unit: "polls",
        base: None,
        peers: vec![Figure::exact("dear", 14)],
        ours: Figure::exact(OURS, 8),
        ratio: Some(0.004),
        target: String::new(),
        met: None,
    };
    Section {
        title: "Lines",
        note: "A note.".to_owned(),
        rows: vec![
            row(10, &[("dear", 80.0), ("stops", 20.0)]),
            row(1_000, &[("dear", 800.0)]),
            row(100_000, &[("dear", 8_000.0)]),
            alone,
        ],
        left_out: None,
    }
}

/// Returns the elements of a picture that begin with `start`.
fn elements<'a>(svg: &'a str, start: &str) -> Vec<&'a str> {
    svg.lines().filter(|line| line.starts_with(start)).collect()
}

#[test]
fn a_plot_has_a_line_a_contender() {
    let charts = plot::charts(&[section()]);
    assert_eq!(charts.len(), 1);
    let svg = svg::draw(&charts[0]);

    // The grid has four decades across and three up, in 494 by 286 pixels. Ours is drawn last, above the others.
    assert_eq!(
        elements(&svg, "<path class=\"line\""),
        [
            "<path class=\"line\" d=\"M66.0 341.3\"/>",
            "<path class=\"line\" d=\"M66.0 283.9L313.0 188.6L560.0 93.2\"/>",
            "<path class=\"line\" d=\"M66.0 370.0L313.0 370.0L560.0 370.0\"/>",
        ]
    );
    // The name is to the right of a line that reaches the end of the grid, and above any other line.
    assert_eq!(
        elements(&svg, "<text class=\"name\""),
        [
            "<text class=\"name\" x=\"66.0\" y=\"330.3\" text-anchor=\"middle\">stops</text>",
            "<text class=\"name\" x=\"570.0\" y=\"97.2\" text-anchor=\"start\">dear</text>",
            "<text class=\"name\" x=\"570.0\" y=\"374.0\" text-anchor=\"start\">rejoin</text>",
        ]
    );
    assert!(svg.contains("<title>Vec&lt;F&gt;, straight &amp; bent</title>"));
    assert!(svg.contains("rejoin: 10 at 10, 10 at 1,000, 10 at 100,000."));
    assert!(svg.contains("@media(prefers-color-scheme:dark)"));
}

#[test]
fn names_of_lines_do_not_overlap() {
    let mut section = section();
    // Three lines end at the same point.
    for row in &mut section.rows {
        row.peers = vec![
            Figure::exact("one", row.ours.value),
            Figure::exact("other", row.ours.value),
        ];
    }
    let svg = svg::draw(&plot::charts(&[section])[0]);
    let mut heights: Vec<f64> = elements(&svg, "<text class=\"name\"")
        .iter()
        .map(|name| {
            let (_, rest) = name.split_once(" y=\"").expect("a name has a place");
            rest.split('"')
                .next()
                .unwrap_or(rest)
                .parse()
                .expect("a number")
        })
        .collect();
    heights.sort_by(f64::total_cmp);
    assert_eq!(heights.len(), 3);
    for pair in heights.windows(2) {
        assert!(pair[1] - pair[0] >= 15.9, "{heights:?}");
    }
    assert!(heights[2] <= 375.0, "{heights:?}");
}

#[test]
fn a_single_row_is_no_plot() {
    let mut section = section();
    section.rows.drain(1..3);
    assert!(plot::charts(&[section]).is_empty());
}

#[test]
fn the_document_has_sections_plots_and_rows() {
    let empty = Section {
        title: "Absent",
        note: "Of others.".to_owned(),
        rows: Vec::new(),
        left_out: Some("Left out: there are none."),
    };
    let linear = Row {
        workload: "linear up to N = 1,000".to_owned(),
        point: None,
        base: Some(figure("N = 10", 4.0)),
        peers: Vec::new(),
        ours: figure(OURS, 5.0),
        ..row(10, &[])
    };
    let slower = row(10, &[("cheap", 5.0), ("dear", 20.0)]);
    let grown = Section {
        title: "Grown",
        rows: vec![linear, slower],
        ..section()
    };
    let text = table::markdown(&[section(), empty, grown], "run it", Path::new("nowhere"));
    let (preamble, sections) = text.split_once("\n## ").expect("there are sections");
    assert!(preamble.starts_with("# Benchmarks\n"));
    assert!(preamble.contains("\nTo reproduce: `run it`\n"));
    assert!(preamble.contains(" Of 4\ncomparisons of time with the fastest peer, "));
    assert!(preamble.contains(" takes at most 0.95 of its time in 3, "));
    assert_eq!(
        sections,
        "\
Where a peer is faster

| workload | unit | rejoin | best peer | ratio | other peers |
|---|---|---|---|---|---|
| lines, N = 10 | ns a future | 10.0 ±3% | cheap 5.0 ±3% | 2.00 | dear 20.0 ±3% |

## Lines

A note.

![Vec<F>, straight & bent: ns a future](../docs/benchmarks/lines.svg)

| workload | unit | rejoin | best peer | ratio | other peers |
|---|---|---|---|---|---|
| lines, N = 10 | ns a future | 10.0 ±3% | stops 20.0 ±3% | 0.50 | dear 80.0 ±3% |
| lines, N = 1,000 | ns a future | 10.0 ±3% | dear 800 ±3% | 0.0125 |  |
| lines, N = 100,000 | ns a future | 10.0 ±3% | dear 8000 ±3% | 0.0013 |  |
| alone | polls | 8 | dear 14 | 0.57 |  |

## Absent

Of others.

Left out: there are none.

## Grown

A note.

| workload | unit | rejoin | best peer | ratio | other peers |
|---|---|---|---|---|---|
| linear up to N = 1,000 | ns a future | 5.0 ±3% | rejoin, N = 10 4.0 ±3% | 1.25 |  |
| lines, N = 10 | ns a future | 10.0 ±3% | cheap 5.0 ±3% | 2.00 | dear 20.0 ±3% |
"
    );
}
