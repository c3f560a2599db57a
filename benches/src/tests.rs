//! What is counted holds its targets, and what is written reads as it should.

use std::path::Path;
use std::process::Command;

use tokio::runtime::Builder;

use crate::plot::{self, Plot, Point};
use crate::python::Python;
use crate::rows::{self, asyncio};
use crate::sheet::{Figure, OURS, Row, Section, Sheet};
use crate::{svg, table};

#[test]
fn what_is_counted_holds_its_targets() {
    // Large enough for every kind of row, and small enough for a build that is not optimized.
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

    // The rows that were looked at, which a mistake in a section might leave out.
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

/// They check their own results; here they run.
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

/// Ours at 10 ns, a peer that gets dearer, and one that stops.
fn section() -> Section {
    let row = |n, peers: &[(&'static str, f64)]| {
        let figure = |&(name, value): &(&'static str, f64)| Figure {
            name,
            value,
            spread: Some(0.03),
        };
        Row {
            workload: LINES.at(n).name,
            point: Some(Point { plot: &LINES, n }),
            unit: "ns a future",
            peers: peers.iter().map(figure).collect(),
            ours: figure(&(OURS, 10.0)),
            ratio: Some(0.125),
            target: "≤ 0.1 × dear".to_owned(),
            met: Some(n > 10),
        }
    };
    let alone = Row {
        workload: "alone".to_owned(),
        point: None,
        unit: "polls",
        peers: vec![Figure::exact("dear", 14)],
        ours: Figure::exact(OURS, 8),
        ratio: Some(0.004),
        target: String::new(),
        met: None,
    };
    Section {
        title: "Lines",
        note: "What one has to know.".to_owned(),
        rows: vec![
            row(10, &[("dear", 80.0), ("stops", 20.0)]),
            row(1_000, &[("dear", 800.0)]),
            row(100_000, &[("dear", 8_000.0)]),
            alone,
        ],
        left_out: None,
    }
}

/// The elements of a picture that begin so.
fn elements<'a>(svg: &'a str, start: &str) -> Vec<&'a str> {
    svg.lines().filter(|line| line.starts_with(start)).collect()
}

#[test]
fn a_plot_has_a_line_a_contender() {
    let charts = plot::charts(&[section()]);
    assert_eq!(charts.len(), 1);
    let svg = svg::draw(&charts[0]);

    // Four decades across and three up, in 494 by 286 pixels; ours is the last, so that it is above the others.
    assert_eq!(
        elements(&svg, "<path class=\"line\""),
        [
            "<path class=\"line\" d=\"M66.0 341.3\"/>",
            "<path class=\"line\" d=\"M66.0 283.9L313.0 188.6L560.0 93.2\"/>",
            "<path class=\"line\" d=\"M66.0 370.0L313.0 370.0L560.0 370.0\"/>",
        ]
    );
    // A name is right of a line that reaches the end, and above one that does not.
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
fn names_stand_apart() {
    let mut section = section();
    // Three lines with the same end.
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
fn what_comes_once_is_no_plot() {
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
        left_out: Some("Left out: nobody is there."),
    };
    let compiling = Some("# Compiling\n\nIt is fast.\n\n");
    let text = table::markdown(
        &[section(), empty],
        "run it",
        compiling,
        Path::new("nowhere"),
    );
    let (preamble, sections) = text.split_once("\n## ").expect("there are sections");
    assert!(preamble.starts_with("# Benchmarks\n\nTo reproduce: `run it`\n"));
    assert!(preamble.contains("\n2 targets met, 1 missed.\n"));
    assert_eq!(
        sections,
        "\
Lines

What one has to know.

![Vec<F>, straight & bent: ns a future](docs/benchmarks/lines.svg)

| workload | unit | peers | ours | ratio | target |  |
|---|---|---|---|---|---|---|
| lines, N = 10 | ns a future | dear 80.0 ±3% · stops 20.0 ±3% | 10.0 ±3% | 0.12 | ≤ 0.1 × dear | missed |
| lines, N = 1,000 | ns a future | dear 800 ±3% | 10.0 ±3% | 0.12 | ≤ 0.1 × dear | met |
| lines, N = 100,000 | ns a future | dear 8000 ±3% | 10.0 ±3% | 0.12 | ≤ 0.1 × dear | met |
| alone | polls | dear 14 | 8 | 0.0040 |  |  |

## Absent

Of others.

Left out: nobody is there.

## Compiling

It is fast.
"
    );
}
