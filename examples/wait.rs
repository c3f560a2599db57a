//! Waits until a condition holds and returns `(done, pending)`, like `asyncio.wait`. There `done` is an unordered set of tasks
//! that have to be awaited; here it contains the results in completion order. Beyond that function it shows a quorum that failures do
//! not count for, results with keys, and a signal that ends a wait. The clock is virtual.

use std::time::Duration;

use rejoin::{Pending, Task, spawn, wait};
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

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    println!("FIRST_COMPLETED:");
    let (done, pending) = wait!(..tasks(), return_when = FIRST_COMPLETED).await;
    for result in done {
        match result {
            Ok(value) => println!("> got: {value}"),
            Err(error) => println!("> {error}"),
        }
    }
    println!("the length of pending is {}", pending.len());
    drop(pending); // cancels them

    println!("FIRST_EXCEPTION, with a new task for each one that failed:");
    let mut pending: Pending<_> = tasks().collect();
    while !pending.is_empty() {
        let (done, rest) = wait!(..pending, return_when = FIRST_EXCEPTION).await;
        pending = rest;
        for (i, result) in done.indexed() {
            match result {
                Ok(value) => println!("> {i} got: {value}"),
                Err(error) => {
                    println!("> {i} {error}");
                    pending.push(spawn(some_coro("a new task".to_owned(), 2000)));
                }
            }
        }
        println!("the length of pending is {}", pending.len());
    }
    println!("Two successes, each with the number of its task:");
    let (done, pending) = wait!(..tasks().enumerate(), return_when = SUCCEEDED(2)).await;
    for (i, result) in done {
        match result {
            Ok(value) => println!("> {i} got: {value}"),
            Err(error) => println!("> {i} {error}"),
        }
    }
    println!("the length of pending is {}", pending.len());

    println!("A signal, which cancels nothing:");
    let signal = sleep(Duration::from_millis(500)); // stands for `tokio::signal::ctrl_c()`
    let (done, pending) = wait!(..pending, until = signal).await;
    println!("> {} done, {} pending", done.len(), pending.len());
}
