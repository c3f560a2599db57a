//! Spawns tasks and joins all of them.

use std::hint::black_box;
use std::iter::repeat_n;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{HANDLES, JOIN_SET, TASKS, UNIT, Workers, task};
use crate::counting::count;
use crate::sheet::{Figure, Limit, OURS, Sheet, Target};
use crate::text::grouped;
use crate::workload::Plot;

const JOIN_ALL: &str = "futures::join_all";
const BUFFERED: &str = "futures-buffered";
const DETACHED: &str = "detached";
const UNORDERED: &str = "futures::FuturesUnordered";

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    joined(sheet);
    allocations(sheet);
    many(sheet);
    linear(sheet);
}

/// Joins handles in a vector.
pub(super) async fn handles(tasks: usize) -> Vec<usize> {
    let handles: Vec<_> = (0..tasks).map(|n| tokio::spawn(task(n))).collect();
    let mut outputs = Vec::with_capacity(tasks);
    for handle in handles {
        outputs.push(handle.await.expect("no task panics"));
    }
    outputs
}

/// Joins a set of tasks.
pub(super) async fn join_set(tasks: usize) -> Vec<usize> {
    let set: JoinSet<_> = (0..tasks).map(task).collect();
    set.join_all().await
}

async fn gathered(tasks: usize) -> Vec<usize> {
    rejoin::gather!(..(0..tasks).map(|n| rejoin::spawn(task(n)))).await
}

async fn all_joined(tasks: usize) -> Vec<usize> {
    let all = join_all((0..tasks).map(|n| tokio::spawn(task(n)))).await;
    all.into_iter()
        .map(|output| output.expect("no task panics"))
        .collect()
}

async fn buffered(tasks: usize) -> Vec<usize> {
    let all = futures_buffered::join_all((0..tasks).map(|n| tokio::spawn(task(n)))).await;
    all.into_iter()
        .map(|output| output.expect("no task panics"))
        .collect()
}

async fn unordered(tasks: usize) -> Vec<usize> {
    let mut set: FuturesUnordered<_> = (0..tasks).map(|n| tokio::spawn(task(n))).collect();
    let mut outputs = Vec::with_capacity(tasks);
    while let Some(output) = set.next().await {
        outputs.push(output.expect("no task panics"));
    }
    outputs
}

/// Waits for tasks that count themselves.
async fn detached(tasks: usize) {
    let (done, all_done) = oneshot::channel();
    let left = Arc::new((AtomicUsize::new(tasks), Mutex::new(Some(done))));
    for n in 0..tasks {
        let left = Arc::clone(&left);
        tokio::spawn(async move {
            black_box(task(n).await);
            let (left, done) = &*left;
            if left.fetch_sub(1, AcqRel) == 1 {
                let done = done.lock().expect("nobody panics").take();
                done.expect("there is one last task")
                    .send(())
                    .expect("the lap waits");
            }
        });
    }
    all_done.await.expect("the last task sends");
}

fn joined(sheet: &mut Sheet) {
    for workers in Workers::ALL {
        let home = workers.start();
        let name = format!("spawn, join all in order, {}", workers.name());
        let target = Target::at_most(1.15, HANDLES);
        sheet.timed(name, UNIT, Some(target), |race| {
            home.enter(race, HANDLES, TASKS, handles);
            home.enter(race, JOIN_ALL, TASKS, all_joined);
            home.enter(race, BUFFERED, TASKS, buffered);
            home.enter(race, OURS, TASKS, gathered);
        });
        let name = format!("spawn, join all, {}", workers.name());
        let target = Target::at_most(0.65, JOIN_SET);
        sheet.timed(name, UNIT, Some(target), |race| {
            home.enter(race, JOIN_SET, TASKS, join_set);
            home.enter(race, DETACHED, TASKS, detached);
            home.enter(race, OURS, TASKS, gathered);
        });
    }
}

fn allocations(sheet: &mut Sheet) {
    fn used<T>(name: &'static str, lap: impl AsyncFn(usize) -> T) -> Figure {
        let home = Workers::None.start();
        // The queue of the runtime grows in the first lap.
        home.runtime.block_on(lap(TASKS));
        let (_, allocated) = count(|| home.runtime.block_on(lap(TASKS)));
        Figure::exact(name, allocated.calls)
    }

    // One allocation for each task, and those of a spread of this size.
    let limit = TASKS + 3 + TASKS.div_ceil(64);
    let limit = Limit::AtMost(f64::from(u32::try_from(limit).expect("it is small")));
    let name = format!("spawn, join all in order, {} tasks", grouped(TASKS));
    sheet.counted(name, "allocations", limit, || {
        vec![
            used(HANDLES, handles),
            used(JOIN_ALL, all_joined),
            used(BUFFERED, buffered),
            used(JOIN_SET, join_set),
            used(OURS, gathered),
        ]
    });
}

/// Joins tasks inside of a task, which has a cooperative budget.
fn many(sheet: &mut Sheet) {
    static JOINED: Plot = Plot {
        name: "tasks-joined",
        title: "gather!(..tasks), spawned and joined in a task of 2 workers",
        workload: "joined in a task of 2 workers",
    };

    let home = Workers::Two.start();
    for tasks in sheet.sizes([10, 100, 1_000, 10_000, 100_000, 1_000_000]) {
        // Smaller sizes are only for the plot.
        let target = (tasks >= 10_000).then(|| Target::at_most(1.2, HANDLES));
        sheet.timed(JOINED.at(tasks), UNIT, target, |race| {
            home.enter(race, HANDLES, tasks, handles);
            home.enter(race, BUFFERED, tasks, buffered);
            if tasks <= 10_000 {
                home.enter(race, UNORDERED, tasks, unordered);
            }
            home.enter(race, OURS, tasks, gathered);
        });
    }
}

/// Compares the cost of a task among many with the cost among fewer.
fn linear(sheet: &mut Sheet) {
    /// The target is above 1 because many tasks do not fit into a cache.
    const FLAT: Target = Target::of_itself(2.0, "N = 10,000");
    /// The same for a million.
    const FLAT_TO_MANY: Target = Target::of_itself(3.0, "N = 1,000");

    let home = Workers::Two.start();
    for (few, tasks, target) in [
        (10_000, 100_000, FLAT),
        (1_000, 100_000, FLAT_TO_MANY),
        (1_000, 1_000_000, FLAT_TO_MANY),
    ] {
        if tasks > sheet.size(tasks) {
            continue;
        }
        let name = format!(
            "joined in a task of 2 workers, linear up to N = {}",
            grouped(tasks)
        );
        sheet.timed(name, UNIT, Some(target), |race| {
            // Several laps of few tasks make up one lap of many.
            home.enter(race, target.of(), 100_000, move |tasks| async move {
                for tasks in repeat_n(few, tasks / few) {
                    gathered(tasks).await;
                }
            });
            home.enter(race, OURS, tasks, gathered);
        });
    }
}
