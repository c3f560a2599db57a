//! Runs jobs and returns their results in order, like `asyncio.gather`. Beyond that function it shows a deadline that keeps
//! finished results, a limit, errors of several types, the cancellation of other jobs after an error, results with keys, races that
//! failures lose, and a signal that ends a call. The clock is virtual.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use rejoin::{TimedOut, gather, spawn};
use tokio::time::{Instant, sleep};

/// Takes `ms` milliseconds, and fails unless these are whole seconds.
async fn some_coro(name: &str, ms: u64) -> Result<String, String> {
    let delay = Duration::from_millis(ms);
    sleep(delay).await;
    if ms % 1000 != 0 {
        return Err(format!("{name}: something bad happened after {delay:?}"));
    }
    Ok(format!("{name}, after {delay:?}"))
}

/// Stands for a signal, for example `tokio::signal::ctrl_c()`.
async fn signal() {
    sleep(Duration::from_millis(2500)).await;
}

/// All errors of this program.
enum Failure {
    Late,
    Bad(String),
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => f.write_str("late"),
            Self::Bad(text) => f.write_str(text),
        }
    }
}

impl From<TimedOut> for Failure {
    fn from(_: TimedOut) -> Self {
        Self::Late
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Bad(text)
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let clock = Clock::start("One after the other, without concurrency:");
    let first = some_coro("name-1", 1000).await;
    let second = some_coro("name-2", 2000).await;
    clock.say(format!("{first:?} and {second:?}"));

    let clock = Clock::start("Both at once:");
    let both = gather!(some_coro("name-1", 1000), some_coro("name-2", 2000)).await;
    clock.say(format!("{both:?}"));

    let names = ["name-0", "name-1", "name-2"];
    let jobs = |delays: [u64; 3]| (0..3).map(move |i| some_coro(names[i], delays[i]));

    let clock = Clock::start("Any number:");
    let results = gather!(..jobs([3000, 1000, 2000])).await;
    clock.say(format!("{results:?}"));

    let clock = Clock::start("The first error ends the call and drops the other jobs:");
    let results = gather!(..jobs([3000, 1500, 2500])).await;
    clock.say(format!("{results:?}"));

    let clock = Clock::start("Every outcome as a value:");
    for result in gather!(..jobs([3000, 1500, 2000]), return_exceptions = true).await {
        match result {
            Ok(value) => println!("> got: {value}"),
            Err(error) => println!("> {error}"),
        }
    }
    clock.say("that is all");

    let clock = Clock::start("Each result with its key:");
    let pages = [("home", 2000), ("news", 1000)].map(|(name, ms)| (name, some_coro(name, ms)));
    let results = gather!(..pages).await;
    clock.say(format!("{results:?}"));

    let clock = Clock::start("The first success, as failures do not count:");
    let result = gather!(..jobs([3000, 1500, 2000]), need = 1).await;
    clock.say(format!("{result:?}"));

    let clock =
        Clock::start("A backup, which starts after half a second or when the first one fails:");
    let (first, backup) = (some_coro("first", 3000), some_coro("backup", 1000));
    let result = gather!(first, backup, need = 1, stagger = 500ms).await;
    clock.say(format!("{result:?}"));

    let clock = Clock::start("A gather in a gather, with one more job:");
    let group = gather!(..jobs([3000, 1000, 2000]));
    let results = gather!(group, some_coro("a new task", 4000)).await;
    clock.say(format!("{results:?}"));

    let clock = Clock::start("A deadline:");
    let results = gather!(<Failure> ..jobs([3000, 1000, 2000]), timeout = 2500ms).await;
    clock.say(match results {
        Ok(texts) => texts.join("; "),
        Err(failure) => failure.to_string(),
    });

    let clock = Clock::start("A deadline that keeps finished results:");
    let results = gather!(..jobs([3000, 1000, 2000]), timeout = 2500ms, partial = true).await;
    clock.say(format!("{results:?}"));

    let clock = Clock::start("A signal to stop:");
    let results = gather!(..jobs([3000, 1000, 2000]), until = signal()).await;
    clock.say(format!("{results:?}"));

    let clock = Clock::start("A deadline for each, and two at a time:");
    let results = gather!(<Failure> ..jobs([3000, 1500, 2000]), each_timeout = 2500ms, limit = 2, return_exceptions = true);
    for result in results.await {
        match result {
            Ok(value) => println!("> got: {value}"),
            Err(failure) => println!("> {failure}"),
        }
    }
    clock.say("that is all");

    let clock = Clock::start("In parallel, as tasks:");
    let tasks = [1000, 2000].map(|ms| spawn(some_coro("a task", ms)));
    let results = gather!(..tasks).await;
    clock.say(format!("{results:?}"));
}

/// Prints events with their times.
#[derive(Clone, Copy)]
struct Clock(Instant);

impl Clock {
    fn start(title: &str) -> Self {
        println!("{title}");
        Self(Instant::now())
    }

    fn say(self, what: impl Display) {
        println!("> {:?}: {what}", self.0.elapsed());
    }
}
