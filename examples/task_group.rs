//! Runs tasks that do not outlive the block that starts them, like `asyncio.TaskGroup`. Beyond that class it shows a value of the
//! block, tasks in parallel and children that borrow, a child that ends the group with a value, a signal that does so without one, a
//! limit, a daemon, and time to clean up after cancellation. The clock is virtual.

use std::error::Error;
use std::fmt::Display;
use std::time::Duration;

use rejoin::{Failures, gather, task_group};
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

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = Clock::start("The group returns the value of its body:");
    let (name, length) = task_group!(|tg| {
        let name = tg.spawn(some_coro("name-0", 2000));
        let length = tg.spawn(async { some_coro("name-1", 1000).await.map(|text| text.len()) });
        (name.await, length.await)
    })
    .await;
    clock.say(format!("{name:?} and {length:?}"));

    let clock = Clock::start("Children may borrow and fail:");
    let names = [0, 1, 2, 3].map(|n| format!("name-{n}"));
    let texts = all(&names, [2000, 1000, 1000, 1000]).await?;
    clock.say(texts.join("; "));

    let clock = Clock::start("An error cancels the others, and no simultaneous error is lost:");
    match all(&names, [1000, 1500, 5000, 1500]).await {
        Ok(texts) => clock.say(texts.join("; ")),
        Err(failures) => clock.say(failures),
    }

    let clock = Clock::start("The first answer ends the group:");
    let fastest = fastest(clock).await;
    clock.say(format!("{fastest:?}"));

    let clock = Clock::start("A signal ends the group:");
    let outcome = task_group!(
        |tg| {
            tg.spawn(some_coro("name-0", 60_000));
        },
        until = sleep(Duration::from_secs(2))
    ) // stands for `tokio::signal::ctrl_c()`
    .await;
    clock.say(format!("{outcome:?}"));

    let clock = Clock::start("Two at a time, each started when a permit is free:");
    task_group!(<limit = 2> |tg| {
        for n in 0..5 {
            tg.ready().await;
            clock.say(format!("starting {n}"));
            tg.spawn(sleep(Duration::from_secs(2)));
        }
    })
    .await;
    clock.say("all are done");

    let clock = Clock::start("A daemon runs as long as other children do:");
    task_group!(|tg| {
        tg.spawn_daemon(async move {
            loop {
                sleep(Duration::from_secs(1)).await;
                clock.say("still at it");
            }
        });
        tg.spawn(some_coro("name-0", 2500));
    })
    .await;
    clock.say("done");

    let clock =
        Clock::start("After a second tasks are asked to end, and after two more they are aborted:");
    let outcome = task_group!(<timeout = 1s, grace = 2s> |tg| {
        let cancelled = tg.cancelled();
        tg.spawn(async move {
            cancelled.await;
            clock.say("one saves what it has");
            sleep(Duration::from_millis(500)).await;
            clock.say("it is saved");
        });
        tg.spawn(async move {
            let _gone = AtEnd(clock, "the other one ignored the request and is aborted");
            sleep(Duration::from_secs(60)).await;
        });
    })
    .await;
    clock.say(format!("{outcome:?}"));
    Ok(())
}

/// Returns the results of jobs with these names and delays, or all their errors. The children borrow the names.
async fn all(names: &[String], delays: [u64; 4]) -> Result<Vec<String>, Failures<String>> {
    task_group!(<String> |tg| {
        let work = names.iter().zip(delays);
        let children = work.map(|(name, ms)| tg.spawn_scoped(some_coro(name, ms)));
        Ok(gather!(..children).await)
    })
    .await
}

/// Asks one server after another, and waits at most a quarter of a second before it asks the next one.
async fn fastest(clock: Clock) -> Option<String> {
    let servers = [
        ("berlin", 1100),
        ("london", 2000),
        ("paris", 1000),
        ("rome", 3000),
    ];
    task_group!(|tg| {
        for (name, ms) in servers {
            clock.say(format!("asking {name}"));
            tg.spawn_scoped({
                let tg = tg.clone();
                async move {
                    match some_coro(name, ms).await {
                        Ok(answer) => tg.stop(Some(answer)),
                        Err(error) => clock.say(error),
                    }
                }
            });
            sleep(Duration::from_millis(250)).await;
        }
        None
    })
    .await
}

/// Prints events with their times.
#[derive(Clone, Copy)]
struct Clock(Instant);

impl Clock {
    fn start(heading: &str) -> Self {
        println!("{heading}");
        Self(Instant::now())
    }

    fn say(self, what: impl Display) {
        println!("> {:?}: {what}", self.0.elapsed());
    }
}

/// Prints a text when it is dropped.
struct AtEnd(Clock, &'static str);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.say(self.1);
    }
}
