//! Does jobs, with a limit, and finishes the current ones before it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use async_nats::{Client, Message, Subscriber};
use futures_util::StreamExt;
use rejoin::{as_completed, gather, spawn_blocking, task_group};
use tokio::signal::ctrl_c;
use tokio::time::sleep;

use crate::Error;
use crate::args::WorkerOptions;
use crate::job::{JOBS, WORKERS, count_primes, decode, encode};
use crate::replica::Replica;

/// Does jobs until ctrl-c.
///
/// # Errors
///
/// Returns an error if the connection is closed.
pub(crate) async fn run(client: &Client, options: &WorkerOptions) -> Result<(), Error> {
    let name = &options.name;
    let mut jobs = client.queue_subscribe(JOBS, WORKERS.to_owned()).await?;
    let replica = Replica::start(client, name).await?;
    let mut taken = 0;
    let done = Arc::new(AtomicUsize::new(0));
    println!("worker {name} is ready");

    task_group!(<Error, limit = options.limit, grace = options.grace> |tg| {
        let mut take = async |jobs: &mut Subscriber| {
            loop {
                // Jobs beyond the limit stay in the subscription.
                tg.ready().await;
                let Some(message) = jobs.next().await else {
                    break;
                };
                taken += 1;
                let (client, pause, done) = (client.clone(), options.pause, Arc::clone(&done));
                tg.spawn(async move {
                    sleep(pause).await;
                    answer(&client, message).await?;
                    done.fetch_add(1, Relaxed);
                    Ok(())
                });
            }
        };
        as_completed! {
            interrupted = ctrl_c() => {
                interrupted?;
                break;
            }
            () = take(&mut jobs) => return Err("the connection is closed".into()),
            failed = replica.serve(client) => return failed,
        }
        // New jobs go to other workers. Jobs that have arrived are done and finished, if the grace is long enough.
        jobs.drain().await?;
        let _ = gather!(take(&mut jobs), timeout = options.grace).await;
        tg.stop(());
        Ok(())
    })
    .await?;

    client.flush().await?;
    println!("worker {name} did {} of {taken} jobs", done.load(Relaxed));
    Ok(())
}

/// Does one job.
async fn answer(client: &Client, message: Message) -> Result<(), Error> {
    if let (Some([job]), Some(reply)) = (decode(&message.payload), message.reply) {
        let primes = spawn_blocking(move || count_primes(job)).await;
        let answer = encode([job, primes]);
        client.publish(reply, answer.into()).await?;
    }
    Ok(())
}
