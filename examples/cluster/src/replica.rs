//! A worker's copy of the result.

use async_nats::{Client, Subscriber};
use futures_util::StreamExt;

use crate::Error;
use crate::job::{decode, encode, replica};

/// A stored value with its version. The default is the entry before the first write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) version: usize,
    pub(crate) value: usize,
}

impl Entry {
    pub(crate) fn encode(self) -> String {
        encode([self.version, self.value])
    }

    pub(crate) fn decode(payload: &[u8]) -> Option<Self> {
        let [version, value] = decode(payload)?;
        Some(Self { version, value })
    }
}

/// Answers requests with the stored entry.
#[derive(Debug)]
pub(crate) struct Replica(Subscriber);

impl Replica {
    /// Subscribes, and waits until the server has registered this and all earlier subscriptions.
    pub(crate) async fn start(client: &Client, name: &str) -> Result<Self, Error> {
        let mut requests = client.subscribe(replica(name)).await?;
        client.publish(replica(name), "".into()).await?;
        requests.next().await;
        Ok(Self(requests))
    }

    /// Stores each entry that it receives if that is newer, and answers with the stored one.
    ///
    /// # Errors
    ///
    /// Returns an error when the connection is closed.
    pub(crate) async fn serve(mut self, client: &Client) -> Result<(), Error> {
        let mut stored = Entry::default();
        while let Some(request) = self.0.next().await {
            stored = stored.max(Entry::decode(&request.payload).unwrap_or_default());
            if let Some(reply) = request.reply {
                client.publish(reply, stored.encode().into()).await?;
            }
        }
        Err("the connection is closed".into())
    }
}
