//! Takes one result out and pushes one future, many times.

use super::UNIT;
use super::sets::{Bounded, Group, Growable, Rejoin, Set, Sets, Unordered};
use crate::counting::count;
use crate::drive::Driver;
use crate::harness::Race;
use crate::leaf::{Leaf, Leaves};
use crate::sheet::{Figure, Limit, Sheet, Target};
use crate::text::grouped;
use futures::StreamExt as _;

/// The number of futures in flight.
const IN_FLIGHT: usize = 1_000;
/// The number of futures that pass through a set.
const THROUGH: usize = 1_000_000;
/// The number of futures for a set with a cost in proportion to its size.
const FEW: usize = 10_000;

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    let through = sheet.size(THROUGH);
    let name = format!(
        "churn, {} in flight, {} through",
        grouped(IN_FLIGHT),
        grouped(through)
    );
    let target = Target::at_most(0.65, Bounded::NAME);
    sheet.timed(name.as_str(), UNIT, Some(target), |race| {
        enter::<Unordered>(race, through);
        enter::<Bounded>(race, through);
        enter::<Growable>(race, through);
        enter::<Group>(race, FEW);
        enter::<Rejoin>(race, through);
    });
    sheet.counted(name, "allocations", Limit::Exactly(0), || {
        vec![
            allocations::<Unordered>(through),
            allocations::<Bounded>(through),
            allocations::<Growable>(through),
            allocations::<Group>(through),
            allocations::<Rejoin>(through),
        ]
    });
}

/// Replaces a number of futures, each by one that uses the same cell.
async fn churn<'a>(set: &mut impl Set<Leaf<'a>>, leaves: &'a Leaves, through: usize) {
    for _ in 0..through {
        let index = set.next().await.expect("the set is never empty");
        let index = usize::try_from(index).expect("an index");
        set.push(leaves.leaf(index, 1));
    }
}

/// Wakes one leaf a turn.
fn drive<'a>(driver: &Driver, leaves: &'a Leaves, set: &mut impl Set<Leaf<'a>>, through: usize) {
    let turns = driver.order().iter().cycle().take(through);
    driver.turns(churn(set, leaves, through), turns, |&leaf| {
        leaves.wake(leaf);
    });
}

fn enter<S: Sets>(race: &mut Race, through: usize) {
    let (leaves, driver) = (Leaves::new(IN_FLIGHT), Driver::shuffled(IN_FLIGHT));
    race.add(S::NAME, through, move || {
        drive(&driver, &leaves, &mut S::of(leaves.all(1)), through);
    });
}

/// Counts allocations after all initial futures have been replaced.
fn allocations<S: Sets>(through: usize) -> Figure {
    let (leaves, driver) = (Leaves::new(IN_FLIGHT), Driver::shuffled(IN_FLIGHT));
    let mut set = S::of(leaves.all(1));
    drive(&driver, &leaves, &mut set, IN_FLIGHT);
    let ((), allocated) = count(|| drive(&driver, &leaves, &mut set, through));
    Figure::exact(S::NAME, allocated.calls)
}
