//! Reading and writing with a majority of the replicas: any two majorities have one in common, so that what was written
//! is read, whichever of them are gone.

use std::time::Duration;

use async_nats::Client;
use rejoin::{Pending, wait};

use crate::Error;
use crate::job::replica;
use crate::replica::Entry;

/// Stores a value as the newest.
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

/// The newest value that a majority knows of.
pub(crate) async fn load(
    client: &Client,
    replicas: usize,
    timeout: Duration,
) -> Result<usize, Error> {
    let newest = ask(client, replicas, String::new(), timeout).await?;
    Ok(newest.value)
}

/// Sends this to all replicas; the newest of what they have, as soon as a majority has said so.
async fn ask(
    client: &Client,
    replicas: usize,
    request: String,
    timeout: Duration,
) -> Result<Entry, Error> {
    let majority = replicas / 2 + 1;
    let requests = (1..=replicas).map(|n| client.request(replica(n), request.clone().into()));
    let mut pending: Pending<_> = requests.collect();
    let mut entries = Vec::new();
    while entries.len() < majority {
        let missing = majority - entries.len();
        let (done, rest) = wait!(
            ..pending,
            return_when = COMPLETED(missing),
            timeout = timeout
        )
        .await;
        if done.is_empty() {
            return Err(format!("{} of {replicas} replicas answer", entries.len()).into());
        }
        // A replica that is gone is done at once, but counts for nothing.
        let answers = done.into_iter().flatten();
        entries.extend(answers.filter_map(|answer| Entry::decode(&answer.payload)));
        pending = rest;
    }
    Ok(entries.into_iter().max().unwrap_or_default())
}
