//! The four macros against the functions of CPython that they are named after.

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
Both sides run the same programs: `benches/asyncio/programs.py` in CPython, and rejoin on the current-thread runtime of
tokio. Each side times its own laps within one run of its event loop. Where asyncio makes a task, rejoin polls a future in
place, except in the rows that say \"tasks\". In the churn row 1,000 futures are waited for; a callback of asyncio, or a task
of tokio, completes one of them, and a new one is added in its place. A ratio of 0.01 is a hundred times as fast.";
const NO_PYTHON: &str = "Left out: there was no `python3` of 3.11 or later.";

const ASYNCIO: &str = "asyncio";
const UVLOOP: &str = "uvloop";

/// The number of branches of `gather!`.
const BRANCHES: usize = 16;
/// The number of futures of the other programs.
const MANY: usize = 1_000;

/// The target of programs that were measured in asyncio before.
const EXPECTED: Target = Target::at_most(0.01, ASYNCIO);

/// Runs a number of laps of our program, and returns the time that they took.
type Laps = fn(&Runtime, u32) -> Duration;

/// A program of both sides.
pub(crate) struct Program {
    name: &'static str,
    unit: &'static str,
    /// The number of units in a lap.
    units: usize,
    target: Option<Target>,
    /// Its name in `programs.py`.
    pub(crate) theirs: &'static str,
    pub(crate) ours: Laps,
}

pub(crate) const PROGRAMS: [Program; 5] = [
    Program {
        name: "`gather!` of 16 that are ready",
        unit: "ns",
        units: 1,
        target: Some(EXPECTED),
        theirs: "gather",
        ours: gathers,
    },
    Program {
        name: "`gather!` of 16 tasks",
        unit: "ns",
        units: 1,
        target: None,
        theirs: "gather",
        ours: gathers_of_tasks,
    },
    Program {
        name: "`as_completed!`, 1,000 pending once",
        unit: "ns an item",
        units: MANY,
        target: Some(EXPECTED),
        theirs: "as_completed",
        ours: completions,
    },
    Program {
        name: "churn through `wait!`, 1,000 in flight",
        unit: "ns an operation",
        units: 1,
        target: Some(EXPECTED),
        theirs: "churn",
        ours: waits,
    },
    Program {
        name: "`task_group!` of 1,000 tasks",
        unit: "ns a task",
        units: MANY,
        target: None,
        theirs: "task_group",
        ours: groups,
    },
];

/// Runs the section.
pub(crate) fn run(sheet: &mut Sheet) {
    sheet.section(TITLE, NOTE);
    let mut wanted = PROGRAMS.iter();
    if wanted.all(|program| sheet.races(program.name).is_none()) {
        return;
    }
    let Some(interpreters) = Interpreters::start() else {
        sheet.leave_out(NO_PYTHON);
        return;
    };
    sheet.remark(&interpreters.versions);
    for program in PROGRAMS {
        sheet.timed(program.name, program.unit, program.target, |race| {
            interpreters.enter(race, &program);
            let runtime = Rc::clone(&interpreters.runtime);
            race.add_timed(OURS, program.units, move |laps| {
                (program.ours)(&runtime, laps)
            });
        });
    }
}

/// The event loops of Python, and our runtime.
struct Interpreters {
    asyncio: Python,
    /// `None` if uvloop is not installed.
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

    fn enter(&self, race: &mut Race, program: &Program) {
        let (units, program) = (program.units, program.theirs);
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

/// Runs laps that need no preparation.
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
        // The order differs from the order of the pushes: each step skips 387 futures, and all are reached in the end.
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
