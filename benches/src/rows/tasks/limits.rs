//! At most sixteen at once: of futures in place, and of tasks.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::iter;
use futures_buffered::BufferedStreamExt as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{TASKS, UNIT, Workers, task};
use crate::drive::Driver;
use crate::harness::Race;
use crate::leaf::Leaves;
use crate::rows::grouped;
use crate::sheet::{OURS, Sheet, Target};

const LIMIT: usize = 16;

const BUFFERED: &str = "futures-buffered buffered_unordered";
const BUFFERED_ORDERED: &str = "futures-buffered buffered_ordered";
const UNORDERED: &str = "futures buffer_unordered";
const ORDERED: &str = "futures buffered";
const KEPT: &str = "JoinSet kept at 16";
const PERMITS: &str = "Semaphore, JoinSet";

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    in_place(sheet);
    spawned(sheet);
}

/// How the leaves that run are woken.
#[derive(Clone, Copy)]
enum Wakes {
    /// One of them at random.
    One,
    All,
}

fn in_place(sheet: &mut Sheet) {
    for (wakes, name) in [
        (Wakes::One, "one at a time at random"),
        (Wakes::All, "bursts"),
    ] {
        let name = format!("`gather!`, limit = 16, {name}, N = {}", grouped(TASKS));
        let target = Target::at_most(1.0, BUFFERED);
        sheet.timed(name, "ns a future", Some(target), |race| {
            enter(race, UNORDERED, wakes, async |leaves: &Leaves| {
                iter(leaves.all(1)).buffer_unordered(LIMIT).collect().await
            });
            enter(race, ORDERED, wakes, async |leaves: &Leaves| {
                iter(leaves.all(1)).buffered(LIMIT).collect().await
            });
            enter(race, BUFFERED, wakes, async |leaves: &Leaves| {
                iter(leaves.all(1))
                    .buffered_unordered(LIMIT)
                    .collect()
                    .await
            });
            enter(race, BUFFERED_ORDERED, wakes, async |leaves: &Leaves| {
                iter(leaves.all(1)).buffered_ordered(LIMIT).collect().await
            });
            enter(race, OURS, wakes, async |leaves: &Leaves| {
                rejoin::gather!(..leaves.all(1), limit = LIMIT).await
            });
        });
    }
}

fn enter(
    race: &mut Race,
    name: &'static str,
    wakes: Wakes,
    work: impl AsyncFn(&Leaves) -> Vec<u64> + 'static,
) {
    let leaves = Leaves::new(TASKS);
    match wakes {
        Wakes::One => {
            // Whatever the order within sixteen of them, those that are woken run.
            let driver = Driver::shuffled_within(TASKS, LIMIT);
            race.add(name, TASKS, move || {
                driver.one_at_a_time(&leaves, 1, work(&leaves))
            });
        }
        Wakes::All => {
            let driver = Driver::in_order(TASKS);
            race.add(name, TASKS, move || {
                let bursts = driver.order().chunks(LIMIT);
                driver.turns(work(&leaves), bursts, |burst| {
                    for &leaf in burst {
                        leaves.wake(leaf);
                    }
                })
            });
        }
    }
}

fn spawned(sheet: &mut Sheet) {
    for workers in Workers::ALL {
        let home = workers.start();
        let target = Target::at_most(1.0, KEPT);
        let name = format!("`tg.spawn`, limit = 16, all at once, {}", workers.name());
        sheet.timed(name, UNIT, Some(target), |race| {
            home.enter(race, KEPT, TASKS, kept);
            home.enter(race, PERMITS, TASKS, permits);
            home.enter(race, OURS, TASKS, at_once);
        });
        let name = format!("`tg.spawn`, limit = 16, `tg.ready()`, {}", workers.name());
        sheet.timed(name, UNIT, Some(target), |race| {
            home.enter(race, KEPT, TASKS, kept);
            home.enter(race, PERMITS, TASKS, permits);
            home.enter(race, OURS, TASKS, when_ready);
        });
    }
}

/// A set that is never given more than sixteen.
async fn kept(tasks: usize) {
    let mut set = JoinSet::new();
    for n in 0..tasks {
        if set.len() == LIMIT {
            let output = set.join_next().await.expect("there are sixteen");
            output.expect("no task panics");
        }
        set.spawn(task(n));
    }
    set.join_all().await;
}

/// Tasks that hold a permit each.
async fn permits(tasks: usize) {
    let semaphore = Arc::new(Semaphore::new(LIMIT));
    let mut set = JoinSet::new();
    for n in 0..tasks {
        let permit = Arc::clone(&semaphore).acquire_owned().await;
        let permit = permit.expect("it is never closed");
        set.spawn(async move {
            let output = task(n).await;
            drop(permit);
            output
        });
    }
    set.join_all().await;
}

/// A group that is given all at once, and starts them one by one.
async fn at_once(tasks: usize) {
    rejoin::task_group!(
        |tg| {
            for n in 0..tasks {
                tg.spawn(task(n));
            }
        },
        limit = LIMIT
    )
    .await;
}

/// A group that is given a task whenever there is a place.
async fn when_ready(tasks: usize) {
    rejoin::task_group!(
        |tg| {
            for n in 0..tasks {
                tg.ready().await;
                tg.spawn(task(n));
            }
        },
        limit = LIMIT
    )
    .await;
}
