//! `task_group!` with tasks as children.

use std::future::ready;

use tokio::task::JoinSet;

use super::joins::{handles, join_set};
use super::{HANDLES, JOIN_SET, TASKS, UNIT, Workers, task};
use crate::counting::{Allocated, count};
use crate::sheet::{Figure, Limit, OURS, Sheet, Target};
use crate::text::grouped;

/// The number of children in the rows of memory.
const MANY: usize = 100_000;
/// The number of children at once.
const AT_ONCE: usize = 100;

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    for workers in Workers::ALL {
        let home = workers.start();
        let name = format!("`tg.spawn`, {}", workers.name());
        let target = Target::at_most(0.8, JOIN_SET);
        sheet.timed(name, UNIT, Some(target), |race| {
            home.enter(race, JOIN_SET, TASKS, join_set);
            home.enter(race, OURS, TASKS, group);
        });
        let name = format!("`tg.spawn`, each child awaited, {}", workers.name());
        sheet.timed(name, UNIT, Some(target), |race| {
            home.enter(race, JOIN_SET, TASKS, join_set);
            home.enter(race, HANDLES, TASKS, handles);
            home.enter(race, OURS, TASKS, awaited);
        });
    }
    memory(sheet);
}

/// Runs tasks in a group that waits for them.
async fn group(tasks: usize) {
    rejoin::task_group!(|tg| {
        for n in 0..tasks {
            tg.spawn(task(n));
        }
    })
    .await;
}

/// Runs tasks in a group, with a body that waits for each of them.
async fn awaited(tasks: usize) -> Vec<usize> {
    rejoin::task_group!(|tg| {
        let children: Vec<_> = (0..tasks).map(|n| tg.spawn(task(n))).collect();
        let mut outputs = Vec::with_capacity(tasks);
        for child in children {
            outputs.push(child.await);
        }
        outputs
    })
    .await
}

fn memory(sheet: &mut Sheet) {
    const AT_THE_END: &str = "JoinSet, joined at the end";
    const MEANWHILE: &str = "JoinSet, joined meanwhile";

    let name = format!(
        "{} children, {} at once, none awaited",
        grouped(MANY),
        grouped(AT_ONCE)
    );
    // The target is the memory for a hundredth of the children.
    let few = used(passing(MANY / 100)).peak;
    let limit = Limit::AtMost(f64::from(few));
    sheet.counted(name, "bytes at once", limit, || {
        vec![
            Figure::exact(AT_THE_END, used(passing_set(MANY, false)).peak),
            Figure::exact(MEANWHILE, used(passing_set(MANY, true)).peak),
            Figure::exact(OURS, used(passing(MANY)).peak),
        ]
    });
}

fn used(lap: impl Future) -> Allocated {
    let home = Workers::None.start();
    // The queue of the runtime grows to its final size.
    home.run(passing(2 * AT_ONCE));
    let (_, allocated) = count(|| home.runtime.block_on(lap));
    allocated
}

/// Runs all tasks that were spawned before.
async fn settled() {
    tokio::spawn(ready(())).await.expect("it does not panic");
}

async fn passing(tasks: usize) {
    rejoin::task_group!(|tg| {
        for n in 0..tasks {
            tg.spawn(task(n));
            if n % AT_ONCE == 0 {
                settled().await;
            }
        }
    })
    .await;
}

async fn passing_set(tasks: usize, meanwhile: bool) {
    let mut set = JoinSet::new();
    for n in 0..tasks {
        set.spawn(task(n));
        if n % AT_ONCE == 0 {
            settled().await;
            while let Some(output) = set.try_join_next().filter(|_| meanwhile) {
                output.expect("no task panics");
            }
        }
    }
    set.join_all().await;
}
