//! Collects the rows of the table: runs each row, compares it with its target, and records whether the target is met.

use std::fmt;

use crate::harness::{Race, Timing};
use crate::workload::{Point, Workload};

/// The name under which this library races.
pub(crate) const OURS: &str = "rejoin";

/// The rows so far, and the settings for the next ones.
pub(crate) struct Sheet {
    /// The number of rounds of a race; `None` runs no races.
    rounds: Option<usize>,
    largest: usize,
    filter: String,
    sections: Vec<Section>,
}

/// Rows under one heading.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// Explains the rows.
    pub(crate) note: String,
    pub(crate) rows: Vec<Row>,
    /// The reason why the section has no rows, if it could not be measured.
    pub(crate) left_out: Option<&'static str>,
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) workload: String,
    pub(crate) point: Option<Point>,
    pub(crate) unit: &'static str,
    /// The figure of this library that `ours` is compared with, for example that of a smaller N.
    pub(crate) base: Option<Figure>,
    pub(crate) peers: Vec<Figure>,
    pub(crate) ours: Figure,
    /// Our figure over the one that the target names, over the target if that is a number, or over the best peer's if
    /// there is no target.
    pub(crate) ratio: Option<f64>,
    pub(crate) target: String,
    /// `None` if there is no target.
    pub(crate) met: Option<bool>,
}

/// A contender's number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// Half the distance between the quartiles, as a share of the value; `None` if the number is exact.
    pub(crate) spread: Option<f64>,
}

/// A target for a time: at most a multiple of the time of another contender.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    at_most: f64,
    of: &'static str,
    /// Whether the other contender is this library, at another size.
    itself: bool,
}

impl Target {
    /// Creates a target relative to a peer.
    pub(crate) const fn at_most(at_most: f64, of: &'static str) -> Self {
        Self {
            at_most,
            of,
            itself: false,
        }
    }

    /// Creates a target relative to this library at another size, for example `"N = 1,000"`.
    pub(crate) const fn of_itself(at_most: f64, of: &'static str) -> Self {
        Self {
            at_most,
            of,
            itself: true,
        }
    }

    /// Returns the name of the other contender.
    pub(crate) const fn of(&self) -> &'static str {
        self.of
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "≤ {} × {}", self.at_most, self.of)
    }
}

/// A target for a count.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    Exactly(u32),
    AtMost(f64),
}

impl Figure {
    /// Creates a figure that is the same in every run.
    pub(crate) fn exact(name: &'static str, value: impl Into<f64>) -> Self {
        Self {
            name,
            value: value.into(),
            spread: None,
        }
    }
}

impl From<&Timing> for Figure {
    fn from(timing: &Timing) -> Self {
        Self {
            name: timing.name,
            value: timing.nanos(),
            spread: Some(timing.spread()),
        }
    }
}

impl Row {
    /// Returns the peer with the smallest figure, unless one of the figures is zero or negative.
    pub(crate) fn best(&self) -> Option<&Figure> {
        let best = self
            .peers
            .iter()
            .min_by(|one, other| one.value.total_cmp(&other.value))?;
        (best.value > 0.0 && self.ours.value > 0.0).then_some(best)
    }

    /// Returns our figure divided by that of the best peer, or by the base if there are no peers.
    pub(crate) fn times(&self) -> Option<f64> {
        let alone = self.base.as_ref().filter(|_| self.peers.is_empty());
        Some(self.ours.value / self.best().or(alone)?.value)
    }
}

impl Sheet {
    /// Creates an empty sheet for rows whose section or workload contains `filter` and whose N is at most `largest`.
    pub(crate) fn new(rounds: usize, largest: usize, filter: String) -> Self {
        Self {
            rounds: Some(rounds),
            largest,
            filter,
            sections: Vec::new(),
        }
    }

    /// Creates an empty sheet for rows that are counted, which are the same in every run.
    #[cfg(test)]
    pub(crate) fn of_counts(largest: usize) -> Self {
        Self {
            rounds: None,
            ..Self::new(0, largest, String::new())
        }
    }

    /// Returns the sizes that are at most the largest one.
    pub(crate) fn sizes<const N: usize>(
        &self,
        sizes: [usize; N],
    ) -> impl Iterator<Item = usize> + use<N> {
        let largest = self.largest;
        sizes.into_iter().filter(move |&size| size <= largest)
    }

    /// Returns `size`, or the largest size if that is smaller.
    pub(crate) fn size(&self, size: usize) -> usize {
        size.min(self.largest)
    }

    /// Starts a section, to which the following rows belong.
    pub(crate) fn section(&mut self, title: &'static str, note: &'static str) {
        self.sections.push(Section {
            title,
            note: note.to_owned(),
            rows: Vec::new(),
            left_out: None,
        });
    }

    /// Adds a line to the note of the open section.
    pub(crate) fn remark(&mut self, words: &str) {
        let note = &mut self.open_mut().note;
        note.push('\n');
        note.push_str(words);
    }

    /// Records why the open section has no rows.
    pub(crate) fn leave_out(&mut self, why: &'static str) {
        self.open_mut().left_out = Some(why);
    }

    /// Runs a race. Without a target the ratio is relative to the best peer.
    pub(crate) fn timed(
        &mut self,
        workload: impl Into<Workload>,
        unit: &'static str,
        target: Option<Target>,
        enter: impl FnOnce(&mut Race),
    ) {
        let workload = workload.into();
        let Some(rounds) = self.races(&workload.name) else {
            return;
        };
        let mut race = Race::default();
        enter(&mut race);
        let (ours, mut peers) = split(race.run(rounds), |timing| timing.name);
        let peer = match target {
            Some(target) => peers.iter().find(|peer| peer.name == target.of),
            None => peers
                .iter()
                .min_by(|one, other| one.nanos().total_cmp(&other.nanos())),
        };
        let ratio = ours.times(peer.expect("the target names a contender"));
        let itself = target.filter(|target| target.itself);
        let base = itself.and_then(|target| {
            let index = peers.iter().position(|peer| peer.name == target.of)?;
            Some(Figure::from(&peers.remove(index)))
        });
        self.push(Row {
            workload: workload.name,
            point: workload.point,
            unit,
            base,
            ratio: Some(ratio),
            target: target.map_or_else(String::new, |target| target.to_string()),
            met: target.map(|target| ratio <= target.at_most),
            peers: peers.iter().map(Figure::from).collect(),
            ours: Figure::from(&ours),
        });
    }

    /// Runs a race for the time that contenders add to that of the one named `base`: ours may add `at_most`.
    pub(crate) fn added(
        &mut self,
        workload: impl Into<Workload>,
        unit: &'static str,
        base: &'static str,
        at_most: f64,
        enter: impl FnOnce(&mut Race),
    ) {
        let workload = workload.into();
        let Some(rounds) = self.races(&workload.name) else {
            return;
        };
        let mut race = Race::default();
        enter(&mut race);
        let mut timings = race.run(rounds);
        let index = timings.iter().position(|timing| timing.name == base);
        let base = timings.remove(index.expect("the base is a contender"));
        let added = timings.iter().map(|timing| timing.above(&base)).collect();
        let (ours, peers) = split(added, |timing| timing.name);
        self.push(Row {
            workload: workload.name,
            point: workload.point,
            unit,
            base: Some(Figure::from(&base)),
            ratio: Some(ours.nanos() / at_most),
            target: format!("≤ {at_most}"),
            met: Some(ours.nanos() <= at_most),
            peers: peers.iter().map(Figure::from).collect(),
            ours: Figure::from(&ours),
        });
    }

    /// Adds a row of counts, with an optional target.
    pub(crate) fn counted(
        &mut self,
        workload: impl Into<Workload>,
        unit: &'static str,
        limit: impl Into<Option<Limit>>,
        count: impl FnOnce() -> Vec<Figure>,
    ) {
        let workload = workload.into();
        if !self.wants(&workload.name) {
            return;
        }
        let (ours, peers) = split(count(), |figure| figure.name);
        let (number, met, target) = match limit.into() {
            Some(Limit::Exactly(number)) => {
                let number = f64::from(number);
                // Counts are whole numbers, which compare exactly.
                let met = ours.value.total_cmp(&number).is_eq();
                (number, Some(met), format!("exactly {number}"))
            }
            Some(Limit::AtMost(number)) => (
                number,
                Some(ours.value <= number),
                format!("≤ {number:.prec$}", prec = decimals(number)),
            ),
            None => {
                let best = peers.iter().map(|peer| peer.value).fold(f64::MAX, f64::min);
                (best, None, String::new())
            }
        };
        self.push(Row {
            workload: workload.name,
            point: workload.point,
            unit,
            base: None,
            // A ratio to zero does not exist.
            ratio: (number > 0.0).then_some(ours.value / number),
            target,
            met,
            peers,
            ours,
        });
    }

    /// Returns the sections that have rows, or a reason for having none.
    pub(crate) fn into_sections(mut self) -> Vec<Section> {
        self.sections
            .retain(|section| !section.rows.is_empty() || section.left_out.is_some());
        self.sections
    }

    /// Returns the number of rounds of a race, or `None` if the row is not wanted.
    pub(crate) fn races(&self, workload: &str) -> Option<usize> {
        self.rounds.filter(|_| self.wants(workload))
    }

    /// Returns whether the filter selects a row of this name in the open section.
    pub(crate) fn wants(&self, workload: &str) -> bool {
        let filter = self.filter.as_str();
        self.open().title.contains(filter) || workload.contains(filter)
    }

    fn push(&mut self, row: Row) {
        eprintln!("{}", row.workload);
        self.open_mut().rows.push(row);
    }

    fn open_mut(&mut self) -> &mut Section {
        self.sections.last_mut().expect("a section is open")
    }

    fn open(&self) -> &Section {
        self.sections.last().expect("a section is open")
    }
}

/// Returns the number of decimals to show: one unless the number is whole.
pub(crate) fn decimals(number: f64) -> usize {
    usize::from(number.fract().abs() > 1e-6)
}

/// Separates the figure of this library from those of its peers.
fn split<T>(contenders: Vec<T>, name: impl Fn(&T) -> &'static str) -> (T, Vec<T>) {
    let (mut ours, peers): (Vec<_>, Vec<_>) = contenders
        .into_iter()
        .partition(|contender| name(contender) == OURS);
    (ours.pop().expect("rejoin is in every row"), peers)
}
