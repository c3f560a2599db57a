//! Collects the rows of the table: runs what a row needs, sets it beside its target, and says whether it is met.

use std::fmt;

use crate::harness::{Race, Timing};
use crate::plot::{Point, Workload};

/// The name under which this library races.
pub(crate) const OURS: &str = "rejoin";

/// The rows so far, and how to run the next.
pub(crate) struct Sheet {
    /// Of a race; without, there are no races.
    rounds: Option<usize>,
    largest: usize,
    filter: String,
    sections: Vec<Section>,
}

/// Rows under one heading.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// What one has to know to read the rows.
    pub(crate) note: String,
    pub(crate) rows: Vec<Row>,
    /// Why there are none, where there could be.
    pub(crate) left_out: Option<&'static str>,
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) workload: String,
    pub(crate) point: Option<Point>,
    pub(crate) unit: &'static str,
    pub(crate) peers: Vec<Figure>,
    pub(crate) ours: Figure,
    /// Ours over that of the peer the target names, over the target where that is a number, over the best peer's where
    /// there is none.
    pub(crate) ratio: Option<f64>,
    pub(crate) target: String,
    /// `None` where there is no target.
    pub(crate) met: Option<bool>,
}

/// A contender's number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// As a share of the value; `None` where the number is exact.
    pub(crate) spread: Option<f64>,
}

/// A time that is to be reached: at most so many times that of a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    at_most: f64,
    of: &'static str,
}

impl Target {
    pub(crate) const fn at_most(at_most: f64, of: &'static str) -> Self {
        Self { at_most, of }
    }

    /// The contender that it compares with.
    pub(crate) const fn of(&self) -> &'static str {
        self.of
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "≤ {} × {}", self.at_most, self.of)
    }
}

/// A number that is to be reached.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    Exactly(u32),
    AtMost(f64),
}

impl Figure {
    /// A number that is the same in every run.
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

impl Sheet {
    /// An empty sheet, for the rows whose section or workload contains `filter`, and whose N is at most the `largest`.
    pub(crate) fn new(rounds: usize, largest: usize, filter: String) -> Self {
        Self {
            rounds: Some(rounds),
            largest,
            filter,
            sections: Vec::new(),
        }
    }

    /// An empty sheet for what is counted, and is the same in every run.
    #[cfg(test)]
    pub(crate) fn of_counts(largest: usize) -> Self {
        Self {
            rounds: None,
            ..Self::new(0, largest, String::new())
        }
    }

    /// Those of a row's sizes that are wanted.
    pub(crate) fn sizes<const N: usize>(
        &self,
        sizes: [usize; N],
    ) -> impl Iterator<Item = usize> + use<N> {
        let largest = self.largest;
        sizes.into_iter().filter(move |&size| size <= largest)
    }

    /// A size that may be smaller if nothing large is wanted.
    pub(crate) fn size(&self, size: usize) -> usize {
        size.min(self.largest)
    }

    /// Starts a section; the rows that follow are its rows.
    pub(crate) fn section(&mut self, title: &'static str, note: &'static str) {
        self.sections.push(Section {
            title,
            note: note.to_owned(),
            rows: Vec::new(),
            left_out: None,
        });
    }

    /// Adds to what one has to know to read the open section's rows.
    pub(crate) fn remark(&mut self, words: &str) {
        let note = &mut self.open_mut().note;
        note.push('\n');
        note.push_str(words);
    }

    /// Says why the open section has no rows.
    pub(crate) fn leave_out(&mut self, why: &'static str) {
        self.open_mut().left_out = Some(why);
    }

    /// Runs a race. Without a target the ratio is to the best peer.
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
        let (ours, peers) = split(race.run(rounds), |timing| timing.name);
        let peer = match target {
            Some(target) => peers.iter().find(|peer| peer.name == target.of),
            None => peers
                .iter()
                .min_by(|one, other| one.nanos().total_cmp(&other.nanos())),
        };
        let ratio = ours.times(peer.expect("the target names a contender"));
        self.push(Row {
            workload: workload.name,
            point: workload.point,
            unit,
            ratio: Some(ratio),
            target: target.map_or_else(String::new, |target| target.to_string()),
            met: target.map(|target| ratio <= target.at_most),
            peers: peers.iter().map(Figure::from).collect(),
            ours: Figure::from(&ours),
        });
    }

    /// Runs a race for what the contenders take longer than the one named `base`, which may be `at_most` so much.
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
        let (ours, mut peers) = split(added, |timing| timing.name);
        peers.insert(0, base);
        self.push(Row {
            workload: workload.name,
            point: workload.point,
            unit,
            ratio: Some(ours.nanos() / at_most),
            target: format!("≤ {at_most}"),
            met: Some(ours.nanos() <= at_most),
            peers: peers.iter().map(Figure::from).collect(),
            ours: Figure::from(&ours),
        });
    }

    /// Sets counts beside a limit.
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
            // Nothing for something, or for nothing, has no ratio.
            ratio: (number > 0.0).then_some(ours.value / number),
            target,
            met,
            peers,
            ours,
        });
    }

    /// The sections that have rows, or would have.
    pub(crate) fn into_sections(mut self) -> Vec<Section> {
        self.sections
            .retain(|section| !section.rows.is_empty() || section.left_out.is_some());
        self.sections
    }

    /// How many rounds a race has, if it is to be run.
    pub(crate) fn races(&self, workload: &str) -> Option<usize> {
        self.rounds.filter(|_| self.wants(workload))
    }

    /// Whether the open section is to have a row of this name.
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

/// One decimal where there is something to show in it.
pub(crate) fn decimals(number: f64) -> usize {
    usize::from(number.fract().abs() > 1e-6)
}

/// Ours, and the others.
fn split<T>(contenders: Vec<T>, name: impl Fn(&T) -> &'static str) -> (T, Vec<T>) {
    let (mut ours, peers): (Vec<_>, Vec<_>) = contenders
        .into_iter()
        .partition(|contender| name(contender) == OURS);
    (ours.pop().expect("rejoin is in every row"), peers)
}
