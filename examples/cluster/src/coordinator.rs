//! Sends jobs to the workers until each job has an answer.

use async_nats::Client;
use rejoin::as_completed;

use crate::Error;
use crate::args::CoordinatorOptions;
use crate::job::{JOBS, count_all_primes, encode};
use crate::ledger::Ledger;
use crate::quorum;

/// Runs all jobs, checks their sum, and stores it on a majority of the replicas.
///
/// # Errors
///
/// Returns an error if jobs remain without an answer, the sum is wrong, or there is no majority.
pub(crate) async fn run(
    client: &Client,
    ledger: &Ledger,
    options: &CoordinatorOptions,
) -> Result<(), Error> {
    let inbox = client.new_inbox();
    let answers = client.subscribe(inbox.clone()).await?;
    as_completed! {
        () = ledger.fill(answers) => return Err("the connection is closed".into()),
        () = report(ledger) => {}
        scattered = scatter(client, &inbox, ledger, options) => {
            scattered?;
            break;
        }
    }

    let sum = ledger.sum();
    if sum != count_all_primes(ledger.jobs()) {
        return Err(format!("{sum} primes cannot be").into());
    }
    let replicas = options.replicas;
    quorum::store(client, replicas, sum, options.timeout).await?;
    let stored = quorum::load(client, replicas, options.timeout).await?;
    println!("{} duplicates", ledger.duplicates());
    println!("{sum} primes");
    println!("{stored} is the value of a majority of {replicas} replicas");
    Ok(())
}

/// Sends every job, and repeats jobs that were not answered in time until all have an answer.
///
/// A job may be done twice, because a worker that does not answer may be dead or slow. The ledger counts it once. Jobs are repeated
/// after the end of a round, so that slow answers have time to arrive.
async fn scatter(
    client: &Client,
    inbox: &str,
    ledger: &Ledger,
    options: &CoordinatorOptions,
) -> Result<(), Error> {
    let attempt = |job| async move {
        let reply = inbox.to_owned();
        let payload = encode([job]).into();
        client.publish_with_reply(JOBS, reply, payload).await?;
        ledger.answer_to(job).await;
        Ok::<_, Error>(())
    };

    for _ in 0..options.attempts {
        as_completed!(
            for outcome in ..ledger.missing().map(attempt) {
                // A job that timed out is sent again in the next round.
                if let Ok(answered) = outcome {
                    answered?;
                }
            },
            limit = options.limit,
            each_timeout = options.timeout
        );
        let missing = ledger.missing().count();
        if missing == 0 {
            return Ok(());
        }
        println!("{missing} jobs were not answered in time");
    }
    let missing: Vec<_> = ledger.missing().collect();
    Err(format!("nobody answers jobs {missing:?}").into())
}

/// Prints the progress.
async fn report(ledger: &Ledger) {
    for tenth in 1..=10 {
        let count = ledger.jobs() * tenth / 10;
        ledger.reached(count).await;
        println!("{count} of {} jobs are answered", ledger.jobs());
    }
}
