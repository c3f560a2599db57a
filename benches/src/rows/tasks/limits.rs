//! At most sixteen futures or tasks at once.

use std::hint::black_box;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::iter;
use futures_buffered::BufferedStreamExt as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Home, TASKS, UNIT, Workers, task};
use crate::counting::count;
use crate::drive::Driver;
use crate::harness::Race;
use crate::leaf::Leaves;
use crate::sheet::{Figure, Limit, OURS, Sheet, Target};
use crate::text::grouped;

const LIMIT: usize = 16;
/// A number that no program would start at once.
const MILLION: usize = 1_000_000;

const BUFFERED: &str = "futures-buffered buffered_unordered";
const BUFFERED_ORDERED: &str = "futures-buffered buffered_ordered";
const UNORDERED: &str = "futures buffer_unordered";
const ORDERED: &str = "futures buffered";
const COMPLETED: &str = "`as_completed!` without `ordered`";
const KEPT: &str = "JoinSet kept at 16";
const KEPT_OUTPUTS: &str = "JoinSet kept at 16, collected";
const PERMITS: &str = "Semaphore, JoinSet";

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    for wakes in [Wakes::One, Wakes::All] {
        scoped(sheet, TASKS, wakes);
    }
    for workers in Workers::ALL {
        spawned(sheet, &workers.start(), TASKS);
    }
    for tasks in sheet.sizes([MILLION]) {
        scoped(sheet, tasks, Wakes::One);
        spawned(sheet, &Workers::None.start(), tasks);
    }
    memory(sheet, sheet.size(MILLION));
}

/// The order in which running leaves are woken.
#[derive(Clone, Copy)]
enum Wakes {
    /// One of them at random.
    One,
    All,
}

impl Wakes {
    const fn name(self) -> &'static str {
        match self {
            Self::One => "one at a time at random",
            Self::All => "bursts",
        }
    }

    /// Only running leaves are woken, in any order within sixteen of them.
    fn driver(self, leaves: usize) -> Driver {
        match self {
            Self::One => Driver::shuffled_within(leaves, LIMIT),
            Self::All => Driver::in_order(leaves),
        }
    }

    /// Runs a lap.
    fn drive(self, driver: &Driver, leaves: &Leaves, work: impl Future<Output = Vec<u64>>) {
        let outputs = match self {
            Self::One => driver.one_at_a_time(leaves, 1, work),
            Self::All => driver.turns(work, driver.order().chunks(LIMIT), |burst| {
                for &leaf in burst {
                    leaves.wake(leaf);
                }
            }),
        };
        black_box(outputs);
    }
}

fn scoped(sheet: &mut Sheet, n: usize, wakes: Wakes) {
    let name = |call| format!("{call}, limit = 16, {}, N = {}", wakes.name(), grouped(n));
    let target = Target::at_most(1.0, BUFFERED);
    sheet.timed(name("`gather!`"), "ns a future", Some(target), |race| {
        enter(race, UNORDERED, wakes, n, unordered);
        enter(race, ORDERED, wakes, n, ordered);
        enter(race, BUFFERED, wakes, n, buffered);
        enter(race, BUFFERED_ORDERED, wakes, n, buffered_ordered);
        enter(race, OURS, wakes, n, gathered);
    });
    let target = Target::at_most(0.7, BUFFERED_ORDERED);
    let ours = name("`as_completed!`, ordered");
    sheet.timed(ours, "ns a future", Some(target), |race| {
        enter(race, ORDERED, wakes, n, ordered);
        enter(race, BUFFERED_ORDERED, wakes, n, buffered_ordered);
        enter(race, OURS, wakes, n, completed_in_order);
    });
    let target = Target::at_most(1.1, COMPLETED);
    let ours = name("`as_completed!`, ordered beside unordered");
    sheet.timed(ours, "ns a future", Some(target), |race| {
        enter(race, COMPLETED, wakes, n, completed);
        enter(race, OURS, wakes, n, completed_in_order);
    });
}

fn enter(
    race: &mut Race,
    name: &'static str,
    wakes: Wakes,
    n: usize,
    work: impl AsyncFn(&Leaves) -> Vec<u64> + 'static,
) {
    let (leaves, driver) = (Leaves::new(n), wakes.driver(n));
    race.add(name, n, move || {
        wakes.drive(&driver, &leaves, work(&leaves));
    });
}

async fn unordered(leaves: &Leaves) -> Vec<u64> {
    let outputs = iter(leaves.all(1)).buffer_unordered(LIMIT);
    outputs.collect().await
}

async fn ordered(leaves: &Leaves) -> Vec<u64> {
    iter(leaves.all(1)).buffered(LIMIT).collect().await
}

async fn buffered(leaves: &Leaves) -> Vec<u64> {
    let outputs = iter(leaves.all(1)).buffered_unordered(LIMIT);
    outputs.collect().await
}

async fn buffered_ordered(leaves: &Leaves) -> Vec<u64> {
    iter(leaves.all(1)).buffered_ordered(LIMIT).collect().await
}

async fn gathered(leaves: &Leaves) -> Vec<u64> {
    rejoin::gather!(..leaves.all(1), limit = LIMIT).await
}

async fn completed(leaves: &Leaves) -> Vec<u64> {
    let outputs = rejoin::as_completed!(..leaves.all(1), limit = LIMIT);
    outputs.collect().await
}

async fn completed_in_order(leaves: &Leaves) -> Vec<u64> {
    let outputs = rejoin::as_completed!(..leaves.all(1), limit = LIMIT, ordered = true);
    outputs.collect().await
}

/// Measures three ways to start tasks under a limit, each against a set that does the same.
fn spawned(sheet: &mut Sheet, home: &Home, tasks: usize) {
    let mut place = home.workers.name().to_owned();
    if tasks != TASKS {
        place = format!("{place}, N = {}", grouped(tasks));
    }
    let name = format!("`gather!` of tasks, limit = 16, {place}");
    let target = Target::at_most(1.0, KEPT_OUTPUTS);
    sheet.timed(name, UNIT, Some(target), |race| {
        home.enter(race, KEPT_OUTPUTS, tasks, kept_outputs);
        home.enter(race, BUFFERED_ORDERED, tasks, buffered_tasks);
        home.enter(race, OURS, tasks, gathered_tasks);
    });
    let target = Target::at_most(1.0, KEPT);
    let name = format!("`tg.spawn`, limit = 16, all at once, {place}");
    sheet.timed(name, UNIT, Some(target), |race| {
        home.enter(race, KEPT, tasks, kept);
        home.enter(race, PERMITS, tasks, permits);
        home.enter(race, OURS, tasks, at_once);
    });
    let name = format!("`tg.spawn`, limit = 16, `tg.ready()`, {place}");
    sheet.timed(name, UNIT, Some(target), |race| {
        home.enter(race, KEPT, tasks, kept);
        home.enter(race, PERMITS, tasks, permits);
        home.enter(race, OURS, tasks, when_ready);
    });
}

/// Measures the peak of memory in use, including outputs if there are any.
fn memory(sheet: &mut Sheet, n: usize) {
    const UNIT: &str = "KiB at once";

    let size = grouped(n);
    let name = format!("`gather!`, limit = 16, N = {size}");
    sheet.counted(name, UNIT, None, || {
        vec![
            used(UNORDERED, n, &unordered),
            used(ORDERED, n, &ordered),
            used(BUFFERED, n, &buffered),
            used(BUFFERED_ORDERED, n, &buffered_ordered),
            used(OURS, n, &gathered),
        ]
    });
    let name = format!("`as_completed!`, ordered, limit = 16, N = {size}");
    sheet.counted(name, UNIT, None, || {
        vec![
            used(ORDERED, n, &ordered),
            used(BUFFERED_ORDERED, n, &buffered_ordered),
            used(OURS, n, &completed_in_order),
        ]
    });
    let name = format!("`gather!` of tasks, limit = 16, N = {size}");
    sheet.counted(name, UNIT, None, || {
        vec![
            used_by_tasks(KEPT_OUTPUTS, n, kept_outputs),
            used_by_tasks(BUFFERED_ORDERED, n, buffered_tasks),
            used_by_tasks(OURS, n, gathered_tasks),
        ]
    });
    let name = format!("`tg.spawn`, limit = 16, all at once, N = {size}");
    sheet.counted(name, UNIT, None, || {
        vec![
            used_by_tasks(KEPT, n, kept),
            used_by_tasks(PERMITS, n, permits),
            used_by_tasks(OURS, n, at_once),
        ]
    });
    let name = format!("`tg.spawn`, limit = 16, `tg.ready()`, N = {size}");
    // The target is the memory for a hundredth of the tasks.
    let few = used_by_tasks(OURS, n / 100, when_ready).value;
    sheet.counted(name, UNIT, Limit::AtMost(few), || {
        vec![
            used_by_tasks(KEPT, n, kept),
            used_by_tasks(PERMITS, n, permits),
            used_by_tasks(OURS, n, when_ready),
        ]
    });
}

fn used(name: &'static str, n: usize, work: &impl AsyncFn(&Leaves) -> Vec<u64>) -> Figure {
    let (leaves, driver) = (Leaves::new(n), Wakes::One.driver(n));
    let ((), allocated) = count(|| Wakes::One.drive(&driver, &leaves, work(&leaves)));
    Figure::exact(name, f64::from(allocated.peak) / 1024.0)
}

fn used_by_tasks<T>(name: &'static str, tasks: usize, lap: impl AsyncFn(usize) -> T) -> Figure {
    let home = Workers::None.start();
    // The queue of the runtime grows to its final size.
    home.runtime.block_on(lap(2 * LIMIT));
    let (_, allocated) = count(|| home.runtime.block_on(lap(tasks)));
    Figure::exact(name, f64::from(allocated.peak) / 1024.0)
}

/// Collects the results of tasks in argument order.
async fn gathered_tasks(tasks: usize) -> Vec<usize> {
    let tasks = (0..tasks).map(|n| rejoin::spawn(task(n)));
    rejoin::gather!(..tasks, limit = LIMIT).await
}

/// The same with a stream.
async fn buffered_tasks(tasks: usize) -> Vec<usize> {
    let tasks = iter((0..tasks).map(|n| tokio::spawn(task(n))));
    let outputs = tasks.buffered_ordered(LIMIT);
    outputs
        .map(|output| output.expect("no task panics"))
        .collect()
        .await
}

/// Keeps at most sixteen tasks in a set, and collects their results in completion order.
async fn kept_outputs(tasks: usize) -> Vec<usize> {
    let mut set = JoinSet::new();
    let mut outputs = Vec::with_capacity(tasks);
    for n in 0..tasks {
        if set.len() == LIMIT {
            let output = set.join_next().await.expect("there are sixteen");
            outputs.push(output.expect("no task panics"));
        }
        set.spawn(task(n));
    }
    outputs.extend(set.join_all().await);
    outputs
}

/// Keeps at most sixteen tasks in a set.
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

/// Spawns tasks that hold a permit each.
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

/// Spawns all tasks at once in a group with a limit.
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

/// Spawns a task in a group whenever a permit is free.
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
