//! Tasks that the runtime runs: `gather!` of them, and `task_group!`.

mod groups;
mod joins;
mod limits;
mod scoped;
mod timeouts;

use std::rc::Rc;

use tokio::runtime::{Builder, Runtime};

use crate::counting::keep_freed_memory;
use crate::harness::Race;
use crate::sheet::Sheet;

const TITLE: &str = "Tasks: `gather!(..spawned)`, `task_group!`";
const NOTE: &str = "\
A task gives its number, and awaits nothing: what is measured is what it costs to start and to join it. A lap has
10,000 of them unless it says otherwise. On the current-thread runtime it runs in `block_on`; on two workers it runs
in a task of its own, which the workers run as any other. What a lap frees is kept for the next, and not given back to
the system: else chance decides who has to fetch it again. `JoinSet` gives results in the order of their completion.
\"Detached\" is what there is to join: tasks without handles, which count themselves, and the last of which tells the
lap. In a task whose cooperative budget is spent no `JoinHandle` is ready, and each asks to be polled again;
`FuturesUnordered` does so within the same poll, so that its cost grows with the square of N: among 100,000 a task
takes it more than 50 µs, a lap five seconds, and it is left out there. \"Added\" is what a contender takes longer
than one without deadlines, whose own time is given beside it; of leaves that all wait, each timer that tokio is told
of in one turn of its runtime costs it a system call. \"All at once\": a group is given all its children before any has
run, so it keeps those that wait for a place; after `tg.ready()` there is nothing to keep, as in a set that its program
keeps at sixteen. \"KiB at once\" is the most that was in use, outputs included where there are some.";

const UNIT: &str = "ns a task";
/// How many tasks a lap has.
const TASKS: usize = 10_000;

const HANDLES: &str = "Vec<JoinHandle>";
const JOIN_SET: &str = "JoinSet";

/// Runs the section.
pub(crate) fn run(sheet: &mut Sheet) {
    sheet.section(TITLE, NOTE);
    keep_freed_memory();
    joins::run(sheet);
    groups::run(sheet);
    limits::run(sheet);
    timeouts::run(sheet);
    scoped::run(sheet);
}

/// What every task does.
async fn task(number: usize) -> usize {
    number
}

/// Where tasks run.
#[derive(Clone, Copy)]
enum Workers {
    /// The thread of the lap itself.
    None,
    Two,
}

impl Workers {
    const ALL: [Self; 2] = [Self::None, Self::Two];

    const fn name(self) -> &'static str {
        match self {
            Self::None => "current-thread",
            Self::Two => "2 workers",
        }
    }

    /// A runtime as `#[tokio::main]` makes it.
    fn start(self) -> Home {
        let mut builder = match self {
            Self::None => Builder::new_current_thread(),
            Self::Two => Builder::new_multi_thread(),
        };
        builder.enable_all();
        if let Self::Two = self {
            builder.worker_threads(2);
        }
        let runtime = builder.build().expect("a runtime can be made");
        Home {
            workers: self,
            runtime: Rc::new(runtime),
        }
    }
}

/// The runtime that the contenders of a row share.
#[derive(Clone)]
struct Home {
    workers: Workers,
    runtime: Rc<Runtime>,
}

impl Home {
    /// Runs a lap.
    fn run<F>(&self, lap: F) -> F::Output
    where
        F: Future<Output: Send> + Send + 'static,
    {
        match self.workers {
            Workers::None => self.runtime.block_on(lap),
            Workers::Two => {
                let lap = self.runtime.spawn(lap);
                self.runtime.block_on(lap).expect("no lap panics")
            }
        }
    }

    /// Enters a contender, whose lap has so many tasks.
    fn enter<F>(
        &self,
        race: &mut Race,
        name: &'static str,
        tasks: usize,
        lap: impl Fn(usize) -> F + 'static,
    ) where
        F: Future<Output: Send> + Send + 'static,
    {
        let home = self.clone();
        race.add(name, tasks, move || home.run(lap(tasks)));
    }
}
