//! Charts: the rows of a plot, and a line for each contender.

use std::fmt::Write as _;

use crate::sheet::{Figure, OURS, Row, Section};
use crate::text::grouped;
use crate::workload::Plot;

/// A plot with its lines.
pub(crate) struct Chart {
    pub(crate) plot: &'static Plot,
    pub(crate) unit: &'static str,
    /// The first one is of this library.
    pub(crate) lines: Vec<Line>,
}

/// The times of a contender at each N, in the order of the rows.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(usize, f64)>,
}

impl Line {
    pub(crate) fn is_ours(&self) -> bool {
        self.name == OURS
    }
}

impl Chart {
    /// Describes the lines in words, for readers who cannot see them.
    pub(crate) fn describe(&self) -> String {
        let mut text = format!("{} against N.", self.unit);
        for line in &self.lines {
            let points = line
                .points
                .iter()
                .map(|&(n, value)| format!("{value:.0} at {}", grouped(n)));
            let _ = write!(
                text,
                " {}: {}.",
                line.name,
                points.collect::<Vec<_>>().join(", ")
            );
        }
        text
    }
}

/// Returns the charts of all sections.
pub(crate) fn charts(sections: &[Section]) -> Vec<Chart> {
    sections.iter().flat_map(charts_of).collect()
}

/// Returns the charts of a section, in the order of their first rows. A plot with fewer than two rows is left out.
pub(crate) fn charts_of(section: &Section) -> Vec<Chart> {
    let mut charts: Vec<Chart> = Vec::new();
    for row in &section.rows {
        let Some(point) = row.point else { continue };
        let known = charts
            .iter_mut()
            .find(|chart| chart.plot.name == point.plot.name);
        match known {
            Some(chart) => chart.add(point.n, row),
            None => {
                let mut chart = Chart {
                    plot: point.plot,
                    unit: row.unit,
                    lines: Vec::new(),
                };
                chart.add(point.n, row);
                charts.push(chart);
            }
        }
    }
    charts.retain(|chart| chart.lines[0].points.len() > 1);
    charts
}

impl Chart {
    fn add(&mut self, n: usize, row: &Row) {
        for &Figure { name, value, .. } in [&row.ours].into_iter().chain(&row.peers) {
            match self.lines.iter_mut().find(|line| line.name == name) {
                Some(line) => line.points.push((n, value)),
                None => self.lines.push(Line {
                    name,
                    points: vec![(n, value)],
                }),
            }
        }
    }
}
