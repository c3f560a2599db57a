//! Does jobs, with a limit, and finishes the current ones before it ends.

use std::cell::Cell;
use std::pin::pin;
use std::process::abort;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::kv::CreateErrorKind;
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt;
use rejoin::{as_completed, gather, spawn_blocking, task_group};
use tokio::signal::ctrl_c;
use tokio::time::sleep;

use crate::Error;
use crate::args::WorkerOptions;
use crate::job::count_primes;
use crate::outcomes::Outcome;
use crate::queue::Queue;
use crate::replica::Replica;

/// How long a request for a job waits at the server.
const FETCH: Duration = Duration::from_millis(500);

/// The numbers of jobs that a worker has finished.
#[derive(Debug, Default)]
struct Counts {
    first: AtomicUsize,
    /// Another worker was faster.
    duplicate: AtomicUsize,
}

/// Does jobs until ctrl-c.
///
/// # Errors
///
/// Returns an error if the queue cannot be opened, or the connection is closed.
pub(crate) async fn run(client: &Client, options: &WorkerOptions) -> Result<(), Error> {
    let name = &options.name;
    let queue = Queue::open(client).await?;
    let consumer = queue.workers(options.ack_wait).await?;
    let replica = Replica::start(client, name).await?;
    let counts = Arc::new(Counts::default());
    println!("worker {name} is ready");

    task_group!(<Error, limit = options.limit, grace = options.grace> |tg| {
        let interrupted = Cell::new(false);
        let mut take = pin!(async {
            loop {
                // Other jobs stay in the queue, for other workers.
                tg.ready().await;
                if interrupted.get() {
                    break;
                }
                // Without a server there is no job.
                let Ok(Some(message)) = fetch(&consumer).await else {
                    sleep(Duration::from_millis(10)).await;
                    continue;
                };
                let (queue, options, counts) = (queue.clone(), options.clone(), Arc::clone(&counts));
                tg.spawn(async move {
                    // A job that is not finished is not acknowledged, and goes to another worker after a while.
                    if let Err(error) = finish(&queue, &message, &options, &counts).await {
                        eprintln!("worker {}: {error}", options.name);
                    }
                    Ok(())
                });
            }
        });
        as_completed! {
            pressed = ctrl_c() => {
                pressed?;
                break;
            }
            () = take.as_mut() => {}
            failed = replica.serve(client) => return failed,
        }
        // A job that is on its way arrives and is done, and so are the current ones, if the grace is long enough.
        interrupted.set(true);
        let _ = gather!(take, timeout = FETCH).await;
        tg.stop(());
        Ok(())
    })
    .await?;

    client.flush().await?;
    let (first, duplicate) = (counts.first.load(Relaxed), counts.duplicate.load(Relaxed));
    println!("worker {name} did {first} jobs, and {duplicate} that others had done");
    Ok(())
}

/// Asks for a job, and returns `None` if there is none for a while.
async fn fetch(consumer: &PullConsumer) -> Result<Option<Message>, Error> {
    let mut batch = consumer
        .batch()
        .max_messages(1)
        .expires(FETCH)
        .messages()
        .await?;
    batch.next().await.transpose()
}

/// Does a job, stores its outcome, and acknowledges it.
async fn finish(
    queue: &Queue,
    message: &Message,
    options: &WorkerOptions,
    counts: &Counts,
) -> Result<(), Error> {
    let job = message.subject.rsplit('.').next().unwrap_or_default();
    let number = job.parse()?;
    let outcome = if message.info()?.delivered > options.deliveries {
        Outcome::Dead
    } else if options.poison == Some(number) {
        abort();
    } else {
        as_completed! {
            primes = compute(number, options.pause) => break Outcome::Primes(primes),
            () = keep(message, options.ack_wait / 3) => {}
        }
        .ok_or("the work ended without an outcome")?
    };
    match queue.outcomes.create(job, outcome.to_string().into()).await {
        Ok(_) => counts.first.fetch_add(1, Relaxed),
        Err(error) if error.kind() == CreateErrorKind::AlreadyExists => {
            counts.duplicate.fetch_add(1, Relaxed)
        }
        Err(error) => return Err(error.into()),
    };
    message.double_ack().await
}

async fn compute(job: usize, pause: Duration) -> usize {
    sleep(pause).await;
    spawn_blocking(move || count_primes(job)).await
}

/// Tells the server that the job is not lost, as long as the worker is alive.
async fn keep(message: &Message, period: Duration) {
    loop {
        sleep(period).await;
        // If the server is away, the job may go to another worker.
        let _ = message.ack_with(AckKind::Progress).await;
    }
}
