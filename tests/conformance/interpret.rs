//! Runs programs with rejoin's macros, on tokio's paused clock.

mod completed;
mod gather;
mod group;
mod wait;

use std::{
    fmt,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rejoin::{TimedOut, spawn};
use tokio::{
    runtime::Builder,
    task::yield_now,
    time::{Instant, sleep, timeout},
};

use crate::{
    outcome::{How, Outcome, Record},
    program::{Child, Kind, Program},
};

/// What a node gives: its number, or an error.
type Out = Result<usize, Fail>;

/// A node that runs.
type Run<'a> = Pin<Box<dyn Future<Output = Out> + Send + 'a>>;

/// An error, of the node with the number.
#[derive(Clone, Copy, Debug)]
enum Fail {
    Leaf(usize),
    Late(usize),
    Group(usize),
    /// A deadline in the call's own error type, whose node puts its number there.
    Timed(Duration),
}

impl From<TimedOut> for Fail {
    fn from(late: TimedOut) -> Self {
        Self::Timed(late.after())
    }
}

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(id) => write!(f, "e{id}"),
            Self::Late(id) => write!(f, "l{id}"),
            Self::Group(id) => write!(f, "g{id}"),
            Self::Timed(after) => write!(f, "late by nobody after {after:?}"),
        }
    }
}

/// A result as it stands in outcomes.
fn text(out: &Out) -> String {
    match out {
        Ok(id) => id.to_string(),
        Err(fail) => fail.to_string(),
    }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Longer than any program takes that ends.
const FOR_EVER: Duration = Duration::from_secs(1 << 26);

/// More polls than any program needs.
const POLLS: usize = 100_000;

/// Runs a program.
pub fn interpret(program: &Program) -> Outcome {
    match catch_unwind(AssertUnwindSafe(|| run_to_the_end(program))) {
        Ok(outcome) => outcome,
        Err(panic) => {
            let message = (panic.downcast_ref::<String>().map(String::as_str))
                .or_else(|| panic.downcast_ref::<&str>().copied());
            Outcome::Broken(format!("panic: {}", message.unwrap_or("?")))
        }
    }
}

fn run_to_the_end(program: &Program) -> Outcome {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.expect("there are threads").block_on(async {
        let world = World {
            start: Instant::now(),
            records: Arc::new(Mutex::new(vec![None; program.above.len()])),
        };
        let closing = Closing(world.clone());
        let mut root = pin!(timeout(FOR_EVER, world.run(&program.root)));
        let mut polls = 0;
        let end = poll_fn(|cx| {
            polls += 1;
            assert!(polls < POLLS, "it is polled without end");
            root.as_mut().poll(cx)
        });
        if end.await.is_err() {
            return Outcome::Hung;
        }
        // What was aborted is gone when the runtime has had its turn.
        for _ in 0..16 {
            yield_now().await;
        }
        let records = closing.take();
        let is_left = |entry: &Entry| entry.is_running;
        if records.iter().flatten().any(is_left) {
            return Outcome::Broken("something is left".to_owned());
        }
        Outcome::Ended(
            records
                .into_iter()
                .map(|entry| Some(entry?.record))
                .collect(),
        )
    })
}

#[derive(Clone)]
struct Entry {
    record: Record,
    is_running: bool,
}

/// Where it is written down what happens.
#[derive(Clone)]
struct World {
    start: Instant,
    records: Arc<Mutex<Vec<Option<Entry>>>>,
}

impl World {
    fn now(&self) -> u64 {
        let elapsed = self.start.elapsed();
        assert_eq!(elapsed.subsec_nanos() % 1_000_000, 0);
        elapsed.as_millis().try_into().expect("it is short")
    }

    fn records(&self) -> MutexGuard<'_, Vec<Option<Entry>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, id: usize, change: impl FnOnce(&mut Record)) {
        let mut records = self.records();
        change(&mut records[id].as_mut().expect("it was started").record);
    }

    /// Notes that something happened.
    fn note(&self, id: usize, note: String) {
        let now = self.now();
        self.change(id, |record| record.notes.push((now, note)));
    }

    /// Notes what a node gives.
    fn result(&self, id: usize, result: String) {
        self.change(id, |record| record.result = result);
    }

    /// Notes that a node drops what has not ended.
    fn early(&self, id: usize) {
        self.change(id, |record| record.early = true);
    }

    /// Starts a record, which ends with what is given: nothing, if it is dropped before.
    fn begin(&self, id: usize) -> Running {
        let start = self.now();
        let entry = Entry {
            record: Record {
                start,
                ..Record::default()
            },
            is_running: true,
        };
        let before = self.records()[id].replace(entry);
        assert!(before.is_none(), "{id} was started twice");
        Running {
            world: self.clone(),
            id,
            how: How::Cancelled,
        }
    }

    /// A node, which runs when it is polled.
    fn run(&self, node: &Child) -> Run<'static> {
        let (world, node) = (self.clone(), Arc::clone(node));
        Box::pin(async move {
            let mut running = world.begin(node.id);
            let out = world.kind(&node).await;
            running.end(&out);
            out
        })
    }

    fn runs(&self, nodes: &[Child]) -> Vec<Run<'static>> {
        nodes.iter().map(|node| self.run(node)).collect()
    }

    async fn kind(&self, node: &Child) -> Out {
        let id = node.id;
        match &node.kind {
            Kind::Leaf { delay, fails } => {
                if *delay > 0 {
                    sleep(ms(*delay)).await;
                }
                if *fails {
                    return Err(Fail::Leaf(id));
                }
            }
            Kind::Sequence(nodes) => {
                for node in nodes {
                    self.run(node).await?;
                }
            }
            Kind::Catch(node) => {
                let out = self.run(node).await;
                self.result(id, text(&out));
            }
            Kind::Spawn(node) => {
                spawn(self.run(node)).await?;
            }
            Kind::Gather(gather) => return self.gather(id, gather).await,
            Kind::Completed(completed) => self.completed(id, completed).await,
            Kind::Wait(wait) => return self.wait(id, wait).await,
            Kind::Group(group) => return self.group(id, group).await,
        }
        Ok(id)
    }
}

/// Ends the writing: what the runtime drops when it is dropped itself has no time.
struct Closing(World);

impl Closing {
    fn take(&self) -> Vec<Option<Entry>> {
        std::mem::take(&mut *self.0.records())
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.take();
    }
}

/// A record that was started.
struct Running {
    world: World,
    id: usize,
    how: How,
}

impl Running {
    fn end(&mut self, out: &Out) {
        self.how = match out {
            Ok(_) => How::Done,
            Err(fail) => How::Failed(fail.to_string()),
        };
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.world.records().is_empty() {
            return;
        }
        let end = self.world.now();
        if let Some(entry) = &mut self.world.records()[self.id] {
            entry.is_running = false;
            entry.record.end = end;
            entry.record.how = std::mem::take(&mut self.how);
        }
    }
}

/// Makes one call of a macro with each combination of the options that are on.
macro_rules! with_options {
    ($call:ident [$($options:tt)*]) => { $call!($($options)*) };
    ($call:ident [$($options:tt)*] $on:expr => [$($option:tt)*] $($rest:tt)*) => {
        if $on {
            with_options!($call [$($options)* $($option)*] $($rest)*)
        } else {
            with_options!($call [$($options)*] $($rest)*)
        }
    };
}
pub(crate) use with_options;
