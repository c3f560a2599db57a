//! `as_completed!` and `wait!` against other sets of futures.

mod churn;
mod sets;
mod threads;
mod waits;

use crate::drive::Driver;
use crate::harness::Race;
use crate::leaf::Leaves;
use crate::sheet::{Sheet, Target};
use crate::text::grouped;
use crate::workload::Plot;
use sets::{Bounded, Growable, Grows, Rejoin, Sets, Unordered, drain};

const TITLE: &str = "Streams and waits";
const NOTE: &str = "\
A consumer takes one result after another in an `async fn`. Every set is made from the same lazy iterator over futures of
16 bytes, in the way that its documentation shows; in the rows \"grown\" it starts empty, without a size hint, and the
futures are pushed one by one. Churn takes one result and pushes one future at each wake, in sets made for 1,000 futures.
The group of futures-concurrency takes time in proportion to its size at each wake, so it churns through fewer futures.
Leaves that another thread wakes keep their waker in an `AtomicWaker`; a lap of that row includes making the set, its first
poll, all wakes and all results. The linear rows wake leaves in argument order, except within windows of 1,000.";

const UNIT: &str = "ns a future";

static BURST: Plot = Plot {
    name: "as-completed-burst",
    title: "as_completed!(..xs), all futures woken in a burst",
    workload: "`as_completed!`, burst",
};
static ONE_AT_A_TIME: Plot = Plot {
    name: "as-completed-one-at-a-time",
    title: "as_completed!(..xs), futures woken one at a time, at random",
    workload: "`as_completed!`, one at a time at random",
};

/// The size that the linear rows compare with, and the target of the ratio. A million futures do not fit into a cache, so it is
/// above 1.
const THOUSAND: &str = "N = 1,000";
const FLAT: Target = Target::of_itself(3.0, THOUSAND);

/// Runs the section.
pub(crate) fn run(sheet: &mut Sheet) {
    sheet.section(TITLE, NOTE);
    drained(sheet);
    linear(sheet);
    grown(sheet);
    churn::run(sheet);
    waits::run(sheet);
    threads::run(sheet);
}

/// The order in which the leaves of a row are woken.
#[derive(Clone, Copy)]
enum Wakes {
    Burst,
    OneAtATime,
    /// In argument order but for windows of 1,000.
    Nearby,
}

impl Wakes {
    const BOTH: [Self; 2] = [Self::Burst, Self::OneAtATime];

    const fn name(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::OneAtATime => "one at a time at random",
            Self::Nearby => "one at a time",
        }
    }
}

/// Enters work on `n` leaves, which are woken while it is driven.
fn enter(
    race: &mut Race,
    name: &'static str,
    wakes: Wakes,
    n: usize,
    work: impl AsyncFn(&Leaves) -> u64 + 'static,
) {
    let leaves = Leaves::new(n);
    let driver = match wakes {
        Wakes::Burst => {
            let driver = Driver::in_order(n);
            race.add(name, n, move || driver.burst(&leaves, work(&leaves)));
            return;
        }
        Wakes::OneAtATime => Driver::shuffled(n),
        Wakes::Nearby => Driver::shuffled_within(n, 1_000),
    };
    race.add(name, n, move || {
        driver.one_at_a_time(&leaves, 1, work(&leaves))
    });
}

fn enter_drained<S: Sets>(race: &mut Race, name: &'static str, wakes: Wakes, n: usize) {
    enter(race, name, wakes, n, async |leaves: &Leaves| {
        drain(S::of(leaves.all(1))).await
    });
}

fn drained(sheet: &mut Sheet) {
    for (plot, wakes) in [(&BURST, Wakes::Burst), (&ONE_AT_A_TIME, Wakes::OneAtATime)] {
        for n in sheet.sizes([10, 64, 1_000, 10_000, 100_000, 1_000_000]) {
            // The target is for large sets; ten futures are only for the plot.
            let target = (n >= 64).then(|| Target::at_most(0.7, Bounded::NAME));
            sheet.timed(plot.at(n), UNIT, target, |race| {
                enter_drained::<Unordered>(race, Unordered::NAME, wakes, n);
                enter_drained::<Bounded>(race, Bounded::NAME, wakes, n);
                enter_drained::<Growable>(race, Growable::NAME, wakes, n);
                enter_drained::<Rejoin>(race, Rejoin::NAME, wakes, n);
            });
        }
    }
}

/// Compares the cost of a future among many with the cost among a thousand.
fn linear(sheet: &mut Sheet) {
    for wakes in [Wakes::Burst, Wakes::Nearby] {
        for n in sheet.sizes([10_000, 100_000, 1_000_000]) {
            let name = format!(
                "`as_completed!`, {}, linear up to N = {}",
                wakes.name(),
                grouped(n)
            );
            sheet.timed(name, UNIT, Some(FLAT), |race| {
                enter_drained::<Rejoin>(race, THOUSAND, wakes, 1_000);
                enter_drained::<Rejoin>(race, Rejoin::NAME, wakes, n);
            });
        }
    }
}

fn grown(sheet: &mut Sheet) {
    fn all<S: Grows>(race: &mut Race, wakes: Wakes, n: usize) {
        enter(race, S::NAME, wakes, n, async |leaves: &Leaves| {
            drain(S::grown(leaves.all(1))).await
        });
    }

    for wakes in Wakes::BOTH {
        for n in sheet.sizes([64, 1_000, 10_000]) {
            let name = format!("grown, {}, N = {}", wakes.name(), grouped(n));
            let target = Target::at_most(0.4, Growable::NAME);
            sheet.timed(name, UNIT, Some(target), |race| {
                all::<Unordered>(race, wakes, n);
                all::<Growable>(race, wakes, n);
                all::<Rejoin>(race, wakes, n);
            });
        }
    }
}
