//! Races: in each round all contenders of a row run their laps in turn.
//!
//! Other programs disturb the machine for longer than a round takes, so they disturb all contenders alike, and the median
//! over the rounds removes short disturbances. Ratios are taken within each round for the same reason.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The duration of one contender's turn in a round.
const TURN: Duration = Duration::from_millis(1);
/// The time limit of a row. Rows with long laps run fewer rounds, but at least [`FEWEST`].
const ROW: Duration = Duration::from_secs(5);
const FEWEST: usize = 5;

/// The contenders of one row.
#[derive(Default)]
pub(crate) struct Race {
    contenders: Vec<Contender>,
}

struct Contender {
    name: &'static str,
    /// Runs the given number of laps and returns the time they took.
    run: Box<dyn FnMut(u32) -> Duration>,
    units: f64,
    laps: u32,
    /// Nanoseconds per unit, with one entry for each round.
    times: Vec<f64>,
}

/// The times of a contender.
pub(crate) struct Timing {
    pub(crate) name: &'static str,
    /// Nanoseconds per unit, with one entry for each round.
    rounds: Vec<f64>,
}

impl Timing {
    /// Returns the median, in nanoseconds per unit.
    pub(crate) fn nanos(&self) -> f64 {
        quartiles(self.rounds.clone())[1]
    }

    /// Returns half the distance between the quartiles, as a share of the median.
    pub(crate) fn spread(&self) -> f64 {
        let [first, median, third] = quartiles(self.rounds.clone());
        (third - first) / 2.0 / median
    }

    /// Returns the ratio of its time to that of `other`: the median of the ratios within each round, because the machine was
    /// the same for both there.
    pub(crate) fn times(&self, other: &Self) -> f64 {
        let pairs = self.rounds.iter().zip(&other.rounds);
        quartiles(pairs.map(|(ours, theirs)| ours / theirs).collect())[1]
    }

    /// Returns the time beyond that of `other`, round by round.
    pub(crate) fn above(&self, other: &Self) -> Self {
        let pairs = self.rounds.iter().zip(&other.rounds);
        Self {
            name: self.name,
            rounds: pairs.map(|(ours, theirs)| ours - theirs).collect(),
        }
    }
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}

impl Race {
    /// Adds a contender whose lap does `units` units of work. The loop is compiled together with the lap, so no lap costs an
    /// indirect call.
    ///
    /// # Panics
    /// Panics if there are more units than 2^32.
    pub(crate) fn add<T>(
        &mut self,
        name: &'static str,
        units: usize,
        mut lap: impl FnMut() -> T + 'static,
    ) {
        self.add_timed(name, units, move |laps| {
            let start = Instant::now();
            for _ in 0..laps {
                black_box(lap());
            }
            start.elapsed()
        });
    }

    /// Adds a contender that times its own laps, because it has work to do before or after them.
    ///
    /// # Panics
    /// Panics if there are more units than 2^32.
    pub(crate) fn add_timed(
        &mut self,
        name: &'static str,
        units: usize,
        run: impl FnMut(u32) -> Duration + 'static,
    ) {
        self.contenders.push(Contender {
            name,
            run: Box::new(run),
            units: f64::from(u32::try_from(units).expect("fewer units than 2^32")),
            laps: 1,
            times: Vec::new(),
        });
    }

    /// Runs the rounds and returns the times of all contenders.
    pub(crate) fn run(mut self, rounds: usize) -> Vec<Timing> {
        let round: Duration = self.contenders.iter_mut().map(Contender::warm_up).sum();
        let rounds = rounds.min(fitting(round)).max(FEWEST.min(rounds));
        for first in 0..rounds {
            // Each round starts with another contender, so none always runs after the same one, whose use of the caches
            // would disturb it.
            let count = self.contenders.len();
            for turn in 0..count {
                self.contenders[(first + turn) % count].turn();
            }
        }
        self.contenders.into_iter().map(Contender::timing).collect()
    }
}

impl Contender {
    /// Finds the number of laps that fill a turn, and returns the duration of such a turn.
    fn warm_up(&mut self) -> Duration {
        loop {
            let took = (self.run)(self.laps);
            if took >= TURN / 2 {
                return took;
            }
            self.laps *= 2;
        }
    }

    fn turn(&mut self) {
        let took = (self.run)(self.laps);
        let units = self.units * f64::from(self.laps);
        self.times.push(took.as_secs_f64() * 1e9 / units);
    }

    fn timing(self) -> Timing {
        Timing {
            name: self.name,
            rounds: self.times,
        }
    }
}

/// Returns the number of rounds that fit into the time of a row.
fn fitting(round: Duration) -> usize {
    let rounds = ROW.as_nanos() / round.as_nanos().max(1);
    usize::try_from(rounds).unwrap_or(usize::MAX)
}
