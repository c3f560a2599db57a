//! The parts of the cluster that the NATS server stores: the queue of jobs, and the outcome of each job.

use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::kv::Store;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, DiscardPolicy, RetentionPolicy, Stream};
use async_nats::jetstream::{self, Context};

use rejoin::gather;

use crate::Error;

/// The name of the consumer that all workers share.
const WORKERS: &str = "workers";

/// The name of the key-value bucket.
const OUTCOMES: &str = "outcomes";

/// Jobs and outcomes, on the server.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    context: Context,
    jobs: Stream,
    /// The outcomes by the number of the job. The first one for each job counts.
    pub(crate) outcomes: Store,
}

impl Queue {
    /// Opens the queue, and creates it if it does not exist.
    pub(crate) async fn open(client: &Client) -> Result<Self, Error> {
        let context = jetstream::new(client.clone());
        let jobs = context
            .get_or_create_stream(stream::Config {
                name: "jobs".to_owned(),
                subjects: vec!["jobs.*".to_owned()],
                // A job is removed when a worker acknowledges it.
                retention: RetentionPolicy::WorkQueue,
                ..stream::Config::default()
            })
            .await?;
        // `create_key_value` needs a server of version 2.10, so this is what it does.
        context
            .get_or_create_stream(stream::Config {
                name: format!("KV_{OUTCOMES}"),
                subjects: vec![format!("$KV.{OUTCOMES}.>")],
                max_messages_per_subject: 1,
                discard: DiscardPolicy::New,
                allow_rollup: true,
                allow_direct: true,
                deny_delete: true,
                ..stream::Config::default()
            })
            .await?;
        let outcomes = context.get_key_value(OUTCOMES).await?;
        Ok(Self {
            context,
            jobs,
            outcomes,
        })
    }

    /// Returns the consumer of the workers, and creates it if it does not exist.
    ///
    /// A job that is not acknowledged within `ack_wait` goes to another worker.
    pub(crate) async fn workers(&self, ack_wait: Duration) -> Result<PullConsumer, Error> {
        let config = pull::Config {
            durable_name: Some(WORKERS.to_owned()),
            ack_wait,
            max_ack_pending: 1024,
            ..pull::Config::default()
        };
        Ok(self.jobs.get_or_create_consumer(WORKERS, config).await?)
    }

    /// Stores a job. A job that is stored already is not stored again.
    pub(crate) async fn push(&self, job: usize) -> Result<(), Error> {
        let message = PublishMessage::build();
        let subject = subject(job);
        let named = message.clone().message_id(&subject);
        let ack = self
            .context
            .send_publish(subject.clone(), named)
            .await?
            .await?;
        // The server also remembers the ids of jobs that were done or removed.
        if ack.duplicate
            && self
                .jobs
                .get_last_raw_message_by_subject(&subject)
                .await
                .is_err()
            && self.outcomes.get(job.to_string()).await?.is_none()
        {
            self.context.send_publish(subject, message).await?.await?;
        }
        Ok(())
    }

    /// Removes jobs, except for those that a worker has taken. Returns the number of removed jobs.
    pub(crate) async fn remove(
        &self,
        jobs: impl IntoIterator<Item = usize>,
    ) -> Result<usize, Error> {
        let delivered = match self.jobs.consumer_info(WORKERS).await {
            Ok(info) => info.delivered.stream_sequence,
            // There was no worker until now.
            Err(_) => 0,
        };
        let remove = async |job| match self
            .jobs
            .get_last_raw_message_by_subject(&subject(job))
            .await
        {
            Ok(message) if message.sequence > delivered => {
                self.jobs.delete_message(message.sequence).await
            }
            _ => Ok(false),
        };
        let removed = gather!(..jobs.into_iter().map(remove), limit = 64).await?;
        Ok(removed.into_iter().filter(|removed| *removed).count())
    }
}

fn subject(job: usize) -> String {
    format!("jobs.{job}")
}
