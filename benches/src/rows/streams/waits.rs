//! `wait!` for the first of many, again and again, until nothing is left.

use futures::future::select_all;
use rejoin::{Pending, wait};

use super::sets::{Sets as _, Unordered, drain};
use super::{FLAT as FLAT_TO_MANY, THOUSAND, Wakes, enter};
use crate::harness::Race;
use crate::leaf::{Leaf, Leaves};
use crate::sheet::{OURS, Sheet, Target};
use crate::text::grouped;
use crate::workload::Plot;

const UNIT: &str = "ns a wait";
const ONE: Wakes = Wakes::OneAtATime;
const SELECT_ALL: &str = "futures::select_all";

static WAITS: Plot = Plot {
    name: "wait-until-empty",
    title: "wait! for the first of N, until nothing is left",
    workload: "`wait!` for the first until empty",
};

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    /// The target of the cost among many over the cost among few: only the caches may make a difference.
    const FLAT: f64 = 1.5;
    const FEW: &str = "N = 64";

    for n in sheet.sizes([10, 64, 256, 1_024, 4_096, 100_000, 1_000_000]) {
        // The other sizes are only for the plot.
        let target = (64..=4_096).contains(&n);
        let target = target.then(|| Target::at_most(0.4, Unordered::NAME));
        sheet.timed(WAITS.at(n), UNIT, target, |race| {
            enter(race, Unordered::NAME, ONE, n, async |leaves: &Leaves| {
                drain(Unordered::of(leaves.all(1))).await
            });
            // It polls all remaining futures at every wake.
            if n <= 1_024 {
                enter(race, SELECT_ALL, ONE, n, async |leaves: &Leaves| {
                    selects(leaves.all(1)).await
                });
            }
            enter_waits(race, OURS, ONE, n);
        });
    }
    for n in sheet.sizes([256, 1_024, 4_096]) {
        let name = format!("`wait!`, linear up to N = {}", grouped(n));
        sheet.timed(name, UNIT, Some(Target::of_itself(FLAT, FEW)), |race| {
            enter_waits(race, FEW, ONE, 64);
            enter_waits(race, OURS, ONE, n);
        });
    }
    for n in sheet.sizes([100_000, 1_000_000]) {
        let name = format!("`wait!`, linear up to N = {}", grouped(n));
        sheet.timed(name, UNIT, Some(FLAT_TO_MANY), |race| {
            enter_waits(race, THOUSAND, Wakes::Nearby, 1_000);
            enter_waits(race, OURS, Wakes::Nearby, n);
        });
    }
}

fn enter_waits(race: &mut Race, name: &'static str, wakes: Wakes, n: usize) {
    enter(race, name, wakes, n, async |leaves: &Leaves| {
        waits(leaves.all(1)).await
    });
}

/// Waits for the first, until nothing is left.
async fn waits(leaves: impl Iterator<Item = Leaf<'_>>) -> u64 {
    let mut sum = 0;
    let mut pending: Pending<_> = leaves.collect();
    while !pending.is_empty() {
        let (done, rest) = wait!(..pending, return_when = FIRST_COMPLETED).await;
        sum += done.into_iter().sum::<u64>();
        pending = rest;
    }
    sum
}

/// Does the same with a function that returns one result and a `Vec` of the other futures.
async fn selects(leaves: impl Iterator<Item = Leaf<'_>>) -> u64 {
    let mut sum = 0;
    let mut pending: Vec<_> = leaves.collect();
    while !pending.is_empty() {
        let (index, _, rest) = select_all(pending).await;
        sum += index;
        pending = rest;
    }
    sum
}
