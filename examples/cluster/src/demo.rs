//! Runs everything on one machine, and kills a worker.

use std::env;
use std::io;

use rejoin::gather;
use tokio::process::Command;

use crate::Error;
use crate::args::CoordinatorOptions;
use crate::coordinator;
use crate::ledger::Ledger;
use crate::process::Process;

/// Starts all programs, and kills a worker when a quarter of the jobs is answered.
///
/// # Errors
///
/// Returns an error if a program does not start, or if the coordinator fails.
pub(crate) async fn run(url: Option<String>, options: &CoordinatorOptions) -> Result<(), Error> {
    let (_server, url) = match url {
        Some(url) => (None, url),
        None => {
            let (server, url) = Process::server().await?;
            (Some(server), url)
        }
    };
    println!("there is a server at {url}");
    let mut workers = gather!(..(1..=options.replicas).map(|name| worker(&url, name))).await?;
    println!("{} workers are ready", workers.len());

    let client = async_nats::connect(&url).await?;
    let ledger = Ledger::new(options.jobs);
    let victim = workers.swap_remove(0);
    let accident = async {
        ledger.reached(options.jobs / 4).await;
        victim.signal("KILL").await?;
        println!("worker 1 is killed");
        Ok::<_, io::Error>(())
    };
    let coordinator = coordinator::run(&client, &ledger, options);
    gather!(<Error> coordinator, accident).await?;

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
