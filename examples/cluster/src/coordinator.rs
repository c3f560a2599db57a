//! Stores the jobs in the queue, and waits until each of them has an outcome.

use std::cell::RefCell;
use std::collections::BTreeSet;

use async_nats::Client;
use rejoin::as_completed;
use tokio::signal::ctrl_c;
use tokio::time::sleep;

use crate::Error;
use crate::args::CoordinatorOptions;
use crate::job::count_all_primes;
use crate::outcomes::{Outcome, Outcomes};
use crate::queue::Queue;
use crate::quorum;

/// Runs all jobs, checks their sum, and stores it on a majority of the replicas.
///
/// # Errors
///
/// Returns an error if jobs have no outcome or are dead, the sum is wrong, or there is no majority.
pub(crate) async fn run(
    client: &Client,
    outcomes: &Outcomes,
    options: &CoordinatorOptions,
) -> Result<(), Error> {
    let queue = Queue::open(client).await?;
    as_completed! {
        followed = outcomes.follow(&queue.outcomes, options.patience) => return followed,
        () = report(outcomes) => {}
        scattered = scatter(&queue, outcomes, options) => {
            scattered?;
            break;
        }
    }

    let mut sum = 0;
    let mut dead = Vec::new();
    for (job, outcome) in outcomes.iter() {
        match outcome {
            Outcome::Primes(primes) => sum += primes,
            Outcome::Dead => dead.push(job),
        }
    }
    println!("{} jobs are counted", outcomes.count());
    if !dead.is_empty() {
        return Err(format!("jobs {dead:?} are dead").into());
    }
    if sum != count_all_primes(outcomes.jobs()) {
        return Err(format!("{sum} primes cannot be").into());
    }
    println!("{sum} primes");
    let replicas = options.replicas;
    quorum::store(client, replicas, sum, options.timeout).await?;
    let stored = quorum::load(client, replicas, options.timeout).await?;
    println!("{stored} is the value of a majority of {replicas} replicas");
    Ok(())
}

/// Stores each job that has no outcome, and waits for its outcome. At most `limit` jobs are in the queue.
///
/// After ctrl-c, or if a job takes too long, the jobs that no worker has taken are removed from the queue.
async fn scatter(
    queue: &Queue,
    outcomes: &Outcomes,
    options: &CoordinatorOptions,
) -> Result<(), Error> {
    outcomes.loaded().await;
    let queued = RefCell::new(BTreeSet::new());
    let run = |job| {
        let queued = &queued;
        async move {
            queued.borrow_mut().insert(job);
            // The server may be away for a while. It drops a job that it has stored already.
            while queue.push(job).await.is_err() {
                sleep(options.patience / 10).await;
            }
            let outcome = outcomes.of(job).await;
            queued.borrow_mut().remove(&job);
            outcome
        }
    };
    as_completed!(
        for (job, outcome) in ..outcomes.missing().map(|job| (job, run(job))) {
            if outcome.is_err() {
                eprintln!("job {job} has no outcome in time");
            }
        },
        limit = options.limit,
        each_timeout = options.job_timeout,
        until = ctrl_c()
    );
    let missing = outcomes.jobs() - outcomes.count();
    if missing > 0 {
        let removed = queue.remove(queued.into_inner()).await?;
        return Err(format!(
            "{missing} jobs have no outcome; {removed} were removed from the queue"
        )
        .into());
    }
    Ok(())
}

/// Prints the progress.
async fn report(outcomes: &Outcomes) {
    for tenth in 1..=10 {
        let count = outcomes.jobs() * tenth / 10;
        outcomes.reached(count).await;
        let bar = format!("{}{}", "#".repeat(tenth), ".".repeat(10 - tenth));
        println!("[{bar}] {count} of {} jobs have ended", outcomes.jobs());
    }
}
