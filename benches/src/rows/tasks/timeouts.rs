//! A deadline for each branch.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::timeout;

use super::{Home, TASKS, Workers, task};
use crate::drive::Driver;
use crate::harness::Race;
use crate::leaf::Leaves;
use crate::sheet::{OURS, Sheet};
use crate::text::grouped;

const NONE: &str = "no deadline";
const TOKIO: &str = "tokio::time::timeout";
/// Longer than any lap.
const LONG: Duration = Duration::from_secs(600);
/// The target for the cost of a deadline, in nanoseconds.
const AT_MOST: f64 = 150.0;

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    tasks(sheet);
    leaves(sheet);
}

fn tasks(sheet: &mut Sheet) {
    for workers in Workers::ALL {
        let home = workers.start();
        let name = format!("`each_timeout`, tasks, {}", workers.name());
        sheet.added(name, "ns a task, added", NONE, AT_MOST, |race| {
            home.enter(race, NONE, TASKS, |tasks| async move {
                let tasks = (0..tasks).map(|n| rejoin::spawn(task(n)));
                rejoin::gather!(..tasks).await
            });
            home.enter(race, TOKIO, TASKS, |tasks| async move {
                let tasks = (0..tasks).map(|n| timeout(LONG, rejoin::spawn(task(n))));
                rejoin::gather!(..tasks).await
            });
            home.enter(race, OURS, TASKS, |tasks| async move {
                let tasks = (0..tasks).map(|n| rejoin::spawn(task(n)));
                rejoin::gather!(..tasks, each_timeout = LONG).await
            });
        });
    }
}

fn leaves(sheet: &mut Sheet) {
    let name = format!("`each_timeout`, leaves, burst, N = {}", grouped(TASKS));
    sheet.added(name, "ns a future, added", NONE, AT_MOST, |race| {
        let home = Workers::None.start();
        enter(race, &home, NONE, async |leaves, driver| {
            driver.burst(leaves, rejoin::gather!(..leaves.all(1)));
        });
        enter(race, &home, TOKIO, async |leaves, driver| {
            let leaves_in_time = leaves.all(1).map(|leaf| timeout(LONG, leaf));
            drop(driver.burst(leaves, rejoin::gather!(..leaves_in_time)));
        });
        enter(race, &home, OURS, async |leaves, driver| {
            driver.burst(
                leaves,
                rejoin::gather!(..leaves.all(1), each_timeout = LONG),
            );
        });
    });
}

/// Adds a contender with laps that need timers.
fn enter(
    race: &mut Race,
    home: &Home,
    name: &'static str,
    lap: impl AsyncFn(&Leaves, &Driver) + 'static,
) {
    let runtime = Rc::clone(&home.runtime);
    let (leaves, driver) = (Leaves::new(TASKS), Driver::in_order(TASKS));
    race.add(name, TASKS, move || runtime.block_on(lap(&leaves, &driver)));
}
