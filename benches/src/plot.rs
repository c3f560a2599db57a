//! Which rows make a plot together, and the lines in it.

use std::fmt::Write as _;

use crate::rows::grouped;
use crate::sheet::{Figure, OURS, Row, Section};

/// Rows of one workload at several N.
#[derive(Debug)]
pub(crate) struct Plot {
    /// The name of its file, without the ending.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What its rows are called, but for N.
    pub(crate) workload: &'static str,
}

/// What a row measures.
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) point: Option<Point>,
}

/// A row's place in a plot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) plot: &'static Plot,
    pub(crate) n: usize,
}

/// A plot and what is to be seen in it.
pub(crate) struct Chart {
    pub(crate) plot: &'static Plot,
    pub(crate) unit: &'static str,
    /// Ours first.
    pub(crate) lines: Vec<Line>,
}

/// What a contender took at each N, in the order of the rows.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(usize, f64)>,
}

impl Plot {
    /// The row at so many futures.
    pub(crate) fn at(&'static self, n: usize) -> Workload {
        Workload {
            name: format!("{}, N = {}", self.workload, grouped(n)),
            point: Some(Point { plot: self, n }),
        }
    }

    pub(crate) fn file(&self) -> String {
        format!("{}.svg", self.name)
    }
}

impl<T: Into<String>> From<T> for Workload {
    fn from(name: T) -> Self {
        Self {
            name: name.into(),
            point: None,
        }
    }
}

impl Line {
    pub(crate) fn is_ours(&self) -> bool {
        self.name == OURS
    }
}

impl Chart {
    /// What there is to see, for those who do not see it.
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

/// The plots of all sections.
pub(crate) fn charts(sections: &[Section]) -> Vec<Chart> {
    sections.iter().flat_map(charts_of).collect()
}

/// The plots of a section, in the order of their first rows. What has less than two rows shows nothing.
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
