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
A task returns its number and awaits nothing, so a row measures the cost of spawning and joining. A lap has 10,000 tasks
unless the row says otherwise. On the current-thread runtime it runs in `block_on`, on two workers in a task. Memory that a
lap frees stays in the process, because otherwise chance would decide which contender has to fetch it again.

- `JoinSet` returns results in completion order. \"Detached\" has no handles: the tasks count themselves, and the last one
  wakes the lap. It is a lower bound, because it returns no results.
- `FuturesUnordered` polls `JoinHandle`s again and again within one poll once the cooperative budget is spent, so its cost
  grows with the square of N; it is left out at 100,000 tasks.
- \"Added\" is the time beyond the same work without deadlines. The last column shows the time of that work.
- \"All at once\" spawns all children before any of them runs, so the group has to store
  children that wait for a permit.
  \"`tg.ready()`\" waits for a permit before each spawn, as a program with a `JoinSet` of at most 16 tasks does.
- \"KiB at once\" is the peak of memory in use, including outputs if there are any.";

const UNIT: &str = "ns a task";
/// The number of tasks in a lap.
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

/// The work of a task.
async fn task(number: usize) -> usize {
    number
}

/// The runtime of the tasks.
#[derive(Clone, Copy)]
enum Workers {
    /// Tasks run on the thread of the lap.
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

    /// Starts a runtime like that of `#[tokio::main]`.
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

    /// Adds a contender with a number of tasks in each lap.
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
