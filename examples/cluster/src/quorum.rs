//! Reads and writes with a majority of the replicas. Any two majorities have a replica in common, so a read returns the last
//! write as long as a majority is reachable.

use std::time::Duration;

use async_nats::Client;
use rejoin::gather;

use crate::Error;
use crate::job::replica;
use crate::replica::Entry;

/// Stores a value with the next version.
pub(crate) async fn store(
    client: &Client,
    replicas: usize,
    value: usize,
    timeout: Duration,
) -> Result<(), Error> {
    let newest = ask(client, replicas, String::new(), timeout).await?;
    let version = newest.version + 1;
    let entry = Entry { version, value };
    let newest = ask(client, replicas, entry.encode(), timeout).await?;
    if newest != entry {
        return Err("somebody else stores a result too".into());
    }
    Ok(())
}

/// Returns the newest value of a majority.
pub(crate) async fn load(
    client: &Client,
    replicas: usize,
    timeout: Duration,
) -> Result<usize, Error> {
    let newest = ask(client, replicas, String::new(), timeout).await?;
    Ok(newest.value)
}

/// Sends a message to all replicas, and returns the newest entry as soon as a majority has answered.
async fn ask(
    client: &Client,
    replicas: usize,
    request: String,
    timeout: Duration,
) -> Result<Entry, Error> {
    let majority = replicas / 2 + 1;
    let requests = (1..=replicas).map(async |n| {
        let answer = client.request(replica(n), request.clone().into()).await?;
        Entry::decode(&answer.payload).ok_or_else(|| Error::from("a replica sends nonsense"))
    });
    let outcome = gather!(..requests, need = majority, timeout = timeout).await;
    let Ok(Ok(entries)) = outcome else {
        return Err(format!("no majority of the {replicas} replicas answers").into());
    };
    Ok(entries.into_iter().max().unwrap_or_default())
}
