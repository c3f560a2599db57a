//! The four macros against what they are named after, in CPython.

use std::hint::black_box;
use std::iter::repeat_with;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rejoin::{Pending, as_completed, gather, task_group, wait};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::yield_now;

use crate::harness::Race;
use crate::python::Python;
use crate::sheet::{OURS, Sheet, Target};

const TITLE: &str = "Against asyncio itself";
const NOTE: &str = "\
The same programs in CPython, `benches/asyncio/programs.py`, and here on tokio's current-thread runtime. Each side times
its own laps, within one run of its event loop. What asyncio makes a task of is a future in place here, unless the row
says \"tasks\": there both sides start tasks. Churn: one of 1,000 futures is completed by a callback, here a task, while
they are waited for; it is taken out, and a new one comes in its place. A ratio of 0.01 is a hundred times as fast.";
const NO_PYTHON: &str = "Left out: there was no `python3` of 3.11 or later.";

const ASYNCIO: &str = "asyncio";
const UVLOOP: &str = "uvloop";

/// How many branches `gather!` has.
const BRANCHES: usize = 16;
/// How many futures the others have.
const MANY: usize = 1_000;

/// What is expected where asyncio was measured before.
const EXPECTED: Target = Target::at_most(0.01, ASYNCIO);

const GATHER: &str = "`gather!` of 16 that are ready";
const GATHER_TASKS: &str = "`gather!` of 16 tasks";
const AS_COMPLETED: &str = "`as_completed!`, 1,000 pending once";
const CHURN: &str = "churn through `wait!`, 1,000 in flight";
const TASK_GROUP: &str = "`task_group!` of 1,000 tasks";

/// Runs the section.
pub(crate) fn run(sheet: &mut Sheet) {
    sheet.section(TITLE, NOTE);
    let all = [GATHER, GATHER_TASKS, AS_COMPLETED, CHURN, TASK_GROUP];
    if all.iter().all(|name| sheet.races(name).is_none()) {
        return;
    }
    let Some(interpreters) = Interpreters::start() else {
        sheet.leave_out(NO_PYTHON);
        return;
    };
    sheet.remark(&interpreters.versions);

    let mut row = |name, unit, units, program, target, laps: Laps| {
        sheet.timed(name, unit, target, |race| {
            interpreters.enter(race, units, program);
            let runtime = Rc::clone(&interpreters.runtime);
            race.add_timed(OURS, units, move |count| laps(&runtime, count));
        });
    };
    row(GATHER, "ns", 1, "gather", Some(EXPECTED), gathers);
    row(GATHER_TASKS, "ns", 1, "gather", None, gathers_of_tasks);
    row(
        AS_COMPLETED,
        "ns an item",
        MANY,
        "as_completed",
        Some(EXPECTED),
        completions,
    );
    row(CHURN, "ns an operation", 1, "churn", Some(EXPECTED), waits);
    row(TASK_GROUP, "ns a task", MANY, "task_group", None, groups);
}

/// Runs so many laps of ours, and says how long they took.
type Laps = fn(&Runtime, u32) -> Duration;

/// What the programs of asyncio run on, and ours.
struct Interpreters {
    asyncio: Python,
    /// `None` where it is not installed.
    uvloop: Option<Python>,
    versions: String,
    runtime: Rc<Runtime>,
}

impl Interpreters {
    fn start() -> Option<Self> {
        let (asyncio, version) = Python::start(ASYNCIO)?;
        let (uvloop, versions) = match Python::start(UVLOOP) {
            Some((uvloop, its)) => (Some(uvloop), format!("{version}, and {its} on it.")),
            None => (None, format!("{version}; uvloop is not installed.")),
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        Some(Self {
            asyncio,
            uvloop,
            versions: format!("Measured with {versions}"),
            runtime: Rc::new(runtime.expect("a runtime can be made")),
        })
    }

    fn enter(&self, race: &mut Race, units: usize, program: &'static str) {
        let asyncio = self.asyncio.clone();
        race.add_timed(ASYNCIO, units, move |laps| asyncio.run(program, laps));
        if let Some(uvloop) = self.uvloop.clone() {
            race.add_timed(UVLOOP, units, move |laps| uvloop.run(program, laps));
        }
    }
}

async fn ready(number: usize) -> usize {
    black_box(number)
}

async fn pending_once(number: usize) -> usize {
    yield_now().await;
    number
}

/// Laps of which nothing needs to be made before.
fn timed(runtime: &Runtime, laps: u32, lap: impl AsyncFn()) -> Duration {
    runtime.block_on(async {
        let start = Instant::now();
        for _ in 0..laps {
            lap().await;
        }
        start.elapsed()
    })
}

fn gathers(runtime: &Runtime, laps: u32) -> Duration {
    timed(runtime, laps, async || {
        black_box(gather!(..(0..BRANCHES).map(ready)).await);
    })
}

fn gathers_of_tasks(runtime: &Runtime, laps: u32) -> Duration {
    timed(runtime, laps, async || {
        let tasks = (0..BRANCHES).map(|n| rejoin::spawn(ready(n)));
        black_box(gather!(..tasks).await);
    })
}

fn completions(runtime: &Runtime, laps: u32) -> Duration {
    timed(runtime, laps, async || {
        let mut total = 0;
        as_completed!(for number in ..(0..MANY).map(pending_once) {
            total += number;
        });
        assert_eq!(total, MANY * (MANY - 1) / 2);
    })
}

fn groups(runtime: &Runtime, laps: u32) -> Duration {
    timed(runtime, laps, async || {
        task_group!(|tg| {
            for n in 0..MANY {
                tg.spawn(ready(n));
            }
        })
        .await;
    })
}

fn waits(runtime: &Runtime, laps: u32) -> Duration {
    runtime.block_on(async {
        let (mut senders, receivers): (Vec<_>, Vec<_>) =
            repeat_with(oneshot::channel).take(MANY).unzip();
        let mut pending: Pending<_> = receivers.into_iter().collect();
        // Not the order in which they were pushed: each step goes over a good part of them, and comes to all.
        let places = (0..MANY).map(|n| n * 387 % MANY).cycle();
        let start = Instant::now();
        for (place, lap) in places.zip(0..laps) {
            let (sender, receiver) = oneshot::channel();
            let sender = std::mem::replace(&mut senders[place], sender);
            tokio::spawn(async move { sender.send(lap).expect("it is waited for") });
            let (done, mut rest) = wait!(..pending, return_when = FIRST_COMPLETED).await;
            assert!(done.into_iter().eq([Ok(lap)]));
            rest.push(receiver);
            pending = rest;
        }
        start.elapsed()
    })
}
