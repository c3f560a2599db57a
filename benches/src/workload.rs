//! The workload that a row measures, and the plot in which the row is a point.

use crate::text::grouped;

/// Rows of one workload at several N.
#[derive(Debug)]
pub(crate) struct Plot {
    /// The name of its file, without the extension.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// The name of its rows, without N.
    pub(crate) workload: &'static str,
}

/// The workload of a row.
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) point: Option<Point>,
}

/// The plot and the N of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) plot: &'static Plot,
    pub(crate) n: usize,
}

impl Plot {
    /// Returns the workload at `n` futures.
    pub(crate) fn at(&'static self, n: usize) -> Workload {
        Workload {
            name: format!("{}, N = {}", self.workload, grouped(n)),
            point: Some(Point { plot: self, n }),
        }
    }

    /// Returns the name of the plot's file.
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
