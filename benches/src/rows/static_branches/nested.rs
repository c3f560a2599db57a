//! Three levels of joins of eight branches, with 512 leaves that are woken one at a time.

use futures_concurrency::future::Join as _;

use super::{CONCURRENCY, FUTURES, MAYBE, TOKIO, by};
use crate::drive::Driver;
use crate::harness::Race;
use crate::leaf::Leaves;
use crate::sheet::{Figure, Limit, OURS, Sheet, Target};

const COUNT: u16 = 512;
const NAME: &str = "nested 8×8×8, each leaf pending once, one at a time";

/// Expands to three levels of joins of eight.
macro_rules! nested {
    ($name:ident, $by:ident) => {
        async fn $name(leaves: &Leaves) -> u64 {
            async fn inner(leaves: &Leaves, at: usize) -> u64 {
                let leaf = |index: usize| leaves.leaf(at + index, 1);
                sum(by!($by leaf (0 1 2 3 4 5 6 7)).await)
            }
            async fn middle(leaves: &Leaves, at: usize) -> u64 {
                let eight = |index: usize| inner(leaves, at + 8 * index);
                sum(by!($by eight (0 1 2 3 4 5 6 7)).await)
            }
            let eights = |index: usize| middle(leaves, 64 * index);
            sum(by!($by eights (0 1 2 3 4 5 6 7)).await)
        }
    };
}

nested!(by_tokio, tokio);
nested!(by_futures, futures);
nested!(by_concurrency, concurrency);
nested!(by_maybe, maybe);
nested!(by_rejoin, rejoin);

type Eight = (u64, u64, u64, u64, u64, u64, u64, u64);

fn sum(x: Eight) -> u64 {
    x.0 + x.1 + x.2 + x.3 + x.4 + x.5 + x.6 + x.7
}

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    let target = Target::at_most(0.06, TOKIO);
    sheet.timed(NAME, "ns a leaf", Some(target), |race| {
        enter(race, TOKIO, by_tokio);
        enter(race, FUTURES, by_futures);
        enter(race, CONCURRENCY, by_concurrency);
        enter(race, MAYBE, by_maybe);
        enter(race, OURS, by_rejoin);
    });
    sheet.counted(NAME, "polls a leaf", Limit::Exactly(2), || {
        vec![
            polls(TOKIO, by_tokio),
            polls(FUTURES, by_futures),
            polls(CONCURRENCY, by_concurrency),
            polls(MAYBE, by_maybe),
            polls(OURS, by_rejoin),
        ]
    });
}

fn enter(race: &mut Race, name: &'static str, join: impl AsyncFn(&Leaves) -> u64 + 'static) {
    let (leaves, driver) = (Leaves::new(COUNT.into()), Driver::in_order(COUNT.into()));
    race.add(name, COUNT.into(), move || {
        driver.one_at_a_time(&leaves, 1, join(&leaves))
    });
}

fn polls(name: &'static str, join: impl AsyncFnOnce(&Leaves) -> u64) -> Figure {
    let (leaves, driver) = (Leaves::new(COUNT.into()), Driver::in_order(COUNT.into()));
    driver.one_at_a_time(&leaves, 1, join(&leaves));
    Figure::exact(name, f64::from(leaves.take_polls()) / f64::from(COUNT))
}
