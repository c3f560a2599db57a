//! Handles results in completion order, each with its own error and all with one deadline, like `asyncio.as_completed`. Beyond
//! that function it shows which task completed, by index or by key, yields results in argument order, ends at a signal, and starts new
//! tasks while the loop runs. The clock is virtual.

use std::time::Duration;

use rejoin::{Pending, Task, as_completed, spawn};
use tokio::time::sleep;

/// Takes `ms` milliseconds, and fails unless these are whole seconds.
async fn some_coro(name: String, ms: u64) -> Result<String, String> {
    let delay = Duration::from_millis(ms);
    sleep(delay).await;
    if ms % 1000 != 0 {
        return Err(format!("{name}: something bad happened after {delay:?}"));
    }
    Ok(format!("{name}, after {delay:?}"))
}

/// Returns an iterator that spawns five tasks. Each runs from the time at which the iterator yields it.
fn tasks() -> impl Iterator<Item = Task<Result<String, String>>> {
    let delays = [3500, 1000, 4000, 1500, 5000].into_iter().enumerate();
    delays.map(|(i, ms)| spawn(some_coro(format!("name-{i}"), ms)))
}

/// Stands for a signal, for example `tokio::signal::ctrl_c()`.
async fn signal() {
    sleep(Duration::from_millis(2500)).await;
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("In completion order:");
    as_completed!(for result in ..tasks() {
        match result {
            Ok(value) => println!("> got: {value}"),
            Err(error) => println!("> {error}"),
        }
    });

    println!("With a deadline:");
    as_completed!(<timeout = 2s> for result in ..tasks() {
        match result {
            Ok(Ok(value)) => println!("> got: {value}"),
            Ok(Err(error)) => println!("> {error}"),
            Err(timed_out) => println!("> {timed_out}, the other tasks are cancelled"),
        }
    });

    println!("Which task completed:");
    let mut results = as_completed!(..tasks()).indexed();
    while let Some((i, result)) = results.next().await {
        println!("> task {i}: {result:?}");
    }

    println!("Each result with its key:");
    let pages = [("home", 2000), ("news", 1000)];
    let pages = pages.map(|(name, ms)| (name, some_coro(name.to_owned(), ms)));
    as_completed!(for (name, result) in ..pages {
        println!("> {name}: {result:?}");
    });

    println!("In argument order, each as soon as all before it have completed:");
    as_completed!(
        for result in ..tasks() {
            println!("> {result:?}");
        },
        ordered = true
    );

    println!("Until a signal:");
    as_completed!(
        for result in ..tasks() {
            println!("> {result:?}");
        },
        until = signal()
    );
    println!("> the other tasks are cancelled");

    println!("A new task for each one that failed:");
    let mut pending: Pending<_> = tasks().collect();
    as_completed!(for result in ..&mut pending {
        println!("> {result:?}, {} to go", pending.len());
        if result.is_err() {
            pending.push(spawn(some_coro("a new task".to_owned(), 2000)));
        }
    });
}
