//! Runs everything on one machine, and makes parts of it fail.

use std::env;
use std::io;
use std::time::{Duration, Instant};

use rejoin::gather;
use tokio::process::Command;
use tokio::time::sleep;

use crate::Error;
use crate::args::CoordinatorOptions;
use crate::coordinator;
use crate::outcomes::Outcomes;
use crate::process::{Process, Server};

/// Starts all programs. While the jobs are running it kills a worker, freezes another one for a while, and restarts the server.
///
/// # Errors
///
/// Returns an error if a program does not start, or if the coordinator fails.
pub(crate) async fn run(url: Option<String>, options: &CoordinatorOptions) -> Result<(), Error> {
    let (mut server, url) = match url {
        Some(url) => (None, url),
        None => {
            let server = Server::start().await?;
            let url = server.url();
            (Some(server), url)
        }
    };
    println!("there is a server at {url}");
    // One more than there are replicas, because one is killed.
    let count = options.replicas + 1;
    let mut workers = gather!(..(1..=count).map(|name| worker(&url, name))).await?;
    println!("{count} workers are ready");

    let client = async_nats::connect(&url).await?;
    let outcomes = Outcomes::new(options.jobs);
    let start = Instant::now();
    let mut events = Vec::new();
    let victim = workers.pop();
    let accidents = async {
        let mut happened =
            |what: &'static str| events.push((outcomes.count(), start.elapsed(), what));
        outcomes.reached(options.jobs / 4).await;
        if let Some(victim) = victim {
            victim.signal("KILL").await?;
            happened("a worker is killed");
        }
        outcomes.reached(options.jobs / 2).await;
        workers[0].signal("STOP").await?;
        happened("worker 1 is frozen");
        sleep(Duration::from_secs(3)).await;
        workers[0].signal("CONT").await?;
        happened("worker 1 goes on");
        if let Some(server) = &mut server {
            happened("the server is killed");
            server.restart(Duration::from_millis(500)).await?;
            happened("the server is there again");
        }
        Ok::<_, io::Error>(())
    };
    let coordinator = coordinator::run(&client, &outcomes, options);
    gather!(<Error> coordinator, accidents).await?;

    println!("\n{:>6}  {:>8}  event", "jobs", "seconds");
    for (jobs, time, what) in events {
        println!("{jobs:>6}  {:>8.1}  {what}", time.as_secs_f64());
    }
    println!(
        "{:>6}  {:>8.1}  all have ended",
        outcomes.count(),
        start.elapsed().as_secs_f64()
    );
    for line in gather!(..workers.into_iter().map(goodbye)).await?.concat() {
        println!("{line}");
    }
    Ok(())
}

/// Starts a worker, and waits until it is ready.
async fn worker(url: &str, name: usize) -> io::Result<Process> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["worker", "--url", url, "--name", &name.to_string()]);
    let mut worker = Process::start(&mut command)?;
    worker.line("is ready").await?;
    Ok(worker)
}

/// Ends a worker as ctrl-c would, and returns its last lines.
async fn goodbye(worker: Process) -> io::Result<Vec<String>> {
    worker.signal("INT").await?;
    worker.end().await
}
