//! Races: every contender of a row does its laps in turn, round after round.
//!
//! What disturbs a machine comes and goes slower than a round, so it hits all contenders alike, and the median over
//! the rounds forgets the rest. A ratio is taken within each round, for the same reason.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long one contender's turn in a round should take.
const TURN: Duration = Duration::from_millis(1);
/// How long a row may take; rows whose single lap is long run fewer rounds, but never fewer than [`FEWEST`].
const ROW: Duration = Duration::from_secs(5);
const FEWEST: usize = 5;

/// The contenders of one row.
#[derive(Default)]
pub(crate) struct Race {
    contenders: Vec<Contender>,
}

struct Contender {
    name: &'static str,
    /// Does so many laps, and says how long they took.
    run: Box<dyn FnMut(u32) -> Duration>,
    units: f64,
    laps: u32,
    /// Nanoseconds a unit, one entry a round.
    times: Vec<f64>,
}

/// How fast a contender was.
pub(crate) struct Timing {
    pub(crate) name: &'static str,
    /// Nanoseconds a unit, one entry a round.
    rounds: Vec<f64>,
}

impl Timing {
    /// The median, in nanoseconds a unit.
    pub(crate) fn nanos(&self) -> f64 {
        quartiles(self.rounds.clone())[1]
    }

    /// Half the distance between the quartiles, as a share of the median.
    pub(crate) fn spread(&self) -> f64 {
        let [first, median, third] = quartiles(self.rounds.clone());
        (third - first) / 2.0 / median
    }

    /// How many times as long as the other it took: the median over the rounds, in each of which the machine was the
    /// same for both.
    pub(crate) fn times(&self, other: &Self) -> f64 {
        let pairs = self.rounds.iter().zip(&other.rounds);
        quartiles(pairs.map(|(ours, theirs)| ours / theirs).collect())[1]
    }

    /// How much longer than the other it took, round by round.
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
    /// Enters a contender, whose lap does so many units of work. The loop is compiled around the lap, not around a call
    /// of it.
    ///
    /// # Panics
    /// If there are more units than 2^32.
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

    /// Enters a contender that times its laps itself, because there is something to do before or after them.
    ///
    /// # Panics
    /// If there are more units than 2^32.
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

    /// Runs the rounds.
    pub(crate) fn run(mut self, rounds: usize) -> Vec<Timing> {
        let round: Duration = self.contenders.iter_mut().map(Contender::warm_up).sum();
        let rounds = rounds.min(fitting(round)).max(FEWEST.min(rounds));
        for first in 0..rounds {
            // Another one starts each round, so that none always follows the same neighbour's mess.
            let count = self.contenders.len();
            for turn in 0..count {
                self.contenders[(first + turn) % count].turn();
            }
        }
        self.contenders.into_iter().map(Contender::timing).collect()
    }
}

impl Contender {
    /// Finds the number of laps that fill a turn, and says how long a turn is with it.
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

/// How many rounds fit into the time of a row.
fn fitting(round: Duration) -> usize {
    let rounds = ROW.as_nanos() / round.as_nanos().max(1);
    usize::try_from(rounds).unwrap_or(usize::MAX)
}
