//! `as_completed!` and `wait!`: results as they come, against the sets of futures that give them.

mod churn;
mod sets;
mod threads;
mod waits;

use super::grouped;
use crate::drive::Driver;
use crate::harness::Race;
use crate::leaf::Leaves;
use crate::sheet::{Sheet, Target};
use sets::{Bounded, Growable, Grows, Rejoin, Sets, Unordered, drain};

const TITLE: &str = "Streams and waits";
const NOTE: &str = "\
A consumer takes one result after the other, in an `async fn`: at each wake the set is polled until it has no more to
give, which is once oftener than it gives a result. Every set is made of the same lazy iterator over futures of 16 bytes,
as its docs show it; in the rows \"grown\" it starts empty, its size untold, and gets the futures pushed one by one.
Churn takes one result and pushes one future at each wake, in sets made for 1,000. futures-concurrency's group is
linear in its size at each wake; it churns through fewer futures. Leaves woken from another thread keep their waker in an
`AtomicWaker`; a lap of that row is all of it: making the set, its first poll, all wakes, and the results.";

const UNIT: &str = "ns a future";

/// Runs the section.
pub(crate) fn run(sheet: &mut Sheet) {
    sheet.section(TITLE, NOTE);
    drained(sheet);
    grown(sheet);
    churn::run(sheet);
    waits::run(sheet);
    threads::run(sheet);
}

/// How the leaves of a row are woken.
#[derive(Clone, Copy)]
enum Wakes {
    Burst,
    OneAtATime,
}

impl Wakes {
    const ALL: [Self; 2] = [Self::Burst, Self::OneAtATime];

    const fn name(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::OneAtATime => "one at a time at random",
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
    match wakes {
        Wakes::Burst => {
            let driver = Driver::in_order(n);
            race.add(name, n, move || driver.burst(&leaves, work(&leaves)));
        }
        Wakes::OneAtATime => {
            let driver = Driver::shuffled(n);
            race.add(name, n, move || {
                driver.one_at_a_time(&leaves, 1, work(&leaves))
            });
        }
    }
}

fn drained(sheet: &mut Sheet) {
    fn all<S: Sets>(race: &mut Race, wakes: Wakes, n: usize) {
        enter(race, S::NAME, wakes, n, async |leaves: &Leaves| {
            drain(S::of(leaves.all(1))).await
        });
    }

    for wakes in Wakes::ALL {
        for n in [64, 1_000, 10_000] {
            let name = format!("`as_completed!`, {}, N = {}", wakes.name(), grouped(n));
            let target = Target::at_most(0.7, Bounded::NAME);
            sheet.timed(name, UNIT, Some(target), |race| {
                all::<Unordered>(race, wakes, n);
                all::<Bounded>(race, wakes, n);
                all::<Growable>(race, wakes, n);
                all::<Rejoin>(race, wakes, n);
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

    for wakes in Wakes::ALL {
        for n in [64, 1_000, 10_000] {
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
