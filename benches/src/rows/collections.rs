//! `gather!(..xs)` of many futures of one type, against the `join_all`s.

mod fallible;
mod joins;

use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::counting::{Allocated, count};
use crate::drive::Driver;
use crate::harness::Race;
use crate::leaf::{Leaf, Leaves};
use crate::sheet::{Figure, Limit, Sheet, Target};
use crate::text::grouped;
use crate::workload::Plot;
use joins::{Buffered, Concurrency, JoinAll, Joins, Rejoin};

const TITLE: &str = "Collections: `gather!(..xs)` of N";
const NOTE: &str = "\
Every contender gets the same lazy iterator over futures of 16 bytes, so a lap includes making the futures, which costs
almost nothing. futures-concurrency takes only a `Vec`, which is collected for it. Memory is counted with futures of
64 bytes and outputs of 8 bytes. If a million futures are woken at random, every wake misses the caches, whichever crate
drives them; so the linear rows wake leaves in argument order, except within windows of 1,000, where the order is random.";

const UNIT: &str = "ns a future";

static READY: Plot = Plot {
    name: "gather-ready",
    title: "gather!(..xs), every future ready at once",
    workload: "ready",
};
static BURST: Plot = Plot {
    name: "gather-burst",
    title: "gather!(..xs), every future woken once, all in a burst",
    workload: "pending once, burst",
};
static ONE_AT_A_TIME: Plot = Plot {
    name: "gather-one-at-a-time",
    title: "gather!(..xs), futures woken one at a time, at random",
    workload: "pending once, one at a time at random",
};

/// The size that the linear rows compare with.
const THOUSAND: &str = "N = 1,000";
/// The target of a future among many over one among a thousand. A million futures do not fit into a cache, so it is above 1.
const FLAT: Target = Target::of_itself(3.0, THOUSAND);

/// Runs the section.
pub(crate) fn run(sheet: &mut Sheet) {
    sheet.section(TITLE, NOTE);
    all_ready(sheet);
    bursts(sheet);
    one_at_a_time(sheet);
    linear(sheet);
    memory(sheet);
    fallible::run(sheet);
}

fn all_ready(sheet: &mut Sheet) {
    /// The ratio above which a larger size counts as a cliff.
    const CLIFF: f64 = 2.0;
    const TEN: &str = "N = 10";

    fn enter<J: Joins>(race: &mut Race, name: &'static str, n: usize) {
        let driver = Driver::new();
        race.add(name, n, move || {
            driver.run(J::join((0..n as u64).map(ready)))
        });
    }

    for n in sheet.sizes([10, 100, 1_000, 10_000, 100_000, 1_000_000]) {
        let target = match n {
            10 => Some(Target::at_most(1.0, JoinAll::NAME)),
            10_000 => Some(Target::at_most(0.4, Buffered::NAME)),
            _ => None,
        };
        sheet.timed(READY.at(n), UNIT, target, |race| {
            enter::<JoinAll>(race, JoinAll::NAME, n);
            enter::<Buffered>(race, Buffered::NAME, n);
            enter::<Concurrency>(race, Concurrency::NAME, n);
            enter::<Rejoin>(race, Rejoin::NAME, n);
        });
    }
    for n in sheet.sizes([100, 1_000, 10_000, 100_000, 1_000_000]) {
        let name = format!("ready, no cliff up to N = {}", grouped(n));
        let target = Target::of_itself(CLIFF, TEN);
        sheet.timed(name, UNIT, Some(target), |race| {
            enter::<Rejoin>(race, TEN, 10);
            enter::<Rejoin>(race, Rejoin::NAME, n);
        });
    }
}

fn bursts(sheet: &mut Sheet) {
    fn enter<J: Joins>(race: &mut Race, name: &'static str, n: usize) {
        let (leaves, driver) = (Leaves::new(n), Driver::in_order(n));
        race.add(name, n, move || {
            driver.burst(&leaves, J::join(leaves.all(1)))
        });
    }

    for n in sheet.sizes([10, 64, 1_000, 10_000, 100_000, 1_000_000]) {
        // The target is for large sets; ten futures are only for the plot.
        let target = (n >= 64).then(|| Target::at_most(0.5, Buffered::NAME));
        sheet.timed(BURST.at(n), UNIT, target, |race| {
            enter::<JoinAll>(race, JoinAll::NAME, n);
            enter::<Buffered>(race, Buffered::NAME, n);
            enter::<Concurrency>(race, Concurrency::NAME, n);
            enter::<Rejoin>(race, Rejoin::NAME, n);
        });
    }
    for n in sheet.sizes([10_000, 100_000, 1_000_000]) {
        let name = format!("burst, linear up to N = {}", grouped(n));
        sheet.timed(name, UNIT, Some(FLAT), |race| {
            enter::<Rejoin>(race, THOUSAND, 1_000);
            enter::<Rejoin>(race, Rejoin::NAME, n);
        });
    }
}

fn one_at_a_time(sheet: &mut Sheet) {
    for n in sheet.sizes([10, 64, 1_000, 10_000, 100_000, 1_000_000]) {
        let target = (n >= 64).then(|| Target::at_most(0.75, Buffered::NAME));
        sheet.timed(ONE_AT_A_TIME.at(n), UNIT, target, |race| {
            let driver = || Driver::shuffled(n);
            enter_one_at_a_time::<JoinAll>(race, JoinAll::NAME, driver());
            enter_one_at_a_time::<Buffered>(race, Buffered::NAME, driver());
            // Its time is quadratic: a lap of a million futures would take half an hour.
            if n <= 10_000 {
                enter_one_at_a_time::<Concurrency>(race, Concurrency::NAME, driver());
            }
            enter_one_at_a_time::<Rejoin>(race, Rejoin::NAME, driver());
        });
    }
}

/// Compares the cost of a future among many with the cost among a thousand.
fn linear(sheet: &mut Sheet) {
    for n in sheet.sizes([10_000, 100_000, 1_000_000]) {
        let name = format!("one at a time, linear up to N = {}", grouped(n));
        sheet.timed(name, UNIT, Some(FLAT), |race| {
            let driver = |n| Driver::shuffled_within(n, 1_000);
            enter_one_at_a_time::<Rejoin>(race, THOUSAND, driver(1_000));
            enter_one_at_a_time::<Rejoin>(race, Rejoin::NAME, driver(n));
        });
    }
}

fn enter_one_at_a_time<J: Joins>(race: &mut Race, name: &'static str, driver: Driver) {
    let leaves = Leaves::new(driver.leaves());
    race.add(name, leaves.len(), move || {
        driver.one_at_a_time(&leaves, 1, J::join(leaves.all(1)))
    });
}

/// A future of 64 bytes, the size of a small `async fn`.
struct Wide<'a> {
    leaf: Leaf<'a>,
    _state: [u64; 6],
}

impl Future for Wide<'_> {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        Pin::new(&mut self.leaf).poll(cx)
    }
}

fn memory(sheet: &mut Sheet) {
    fn used<J: Joins>(n: usize) -> (&'static str, Allocated) {
        let (leaves, driver) = (Leaves::new(n), Driver::in_order(n));
        let wide = |leaf| Wide {
            leaf,
            _state: [0; 6],
        };
        let futures = leaves.all(1).map(wide);
        let (_, allocated) = count(|| driver.burst(&leaves, J::join(futures)));
        (J::NAME, allocated)
    }

    let own = size_of::<Wide<'_>>() + size_of::<u64>();
    for n in sheet.sizes([64, 1_000, 10_000, 100_000, 1_000_000]) {
        let name = format!("memory, pending once, N = {}", grouped(n));
        if !sheet.wants(&name) {
            continue;
        }
        let used = [
            used::<JoinAll>(n),
            used::<Buffered>(n),
            used::<Concurrency>(n),
            used::<Rejoin>(n),
        ];
        let limit = Limit::AtMost(3.0 + number(n.div_ceil(64)));
        sheet.counted(name.as_str(), "allocations", limit, || {
            used.map(|(name, allocated)| Figure::exact(name, allocated.calls))
                .to_vec()
        });
        let limit = Limit::AtMost(1.3 * number(own));
        sheet.counted(name, "bytes a future", limit, || {
            used.map(|(name, allocated)| {
                Figure::exact(name, f64::from(allocated.bytes) / number(n))
            })
            .to_vec()
        });
    }
}

/// Converts a size to a floating-point number.
fn number(size: usize) -> f64 {
    f64::from(u32::try_from(size).expect("sizes here are small"))
}
