//! The outcomes of the jobs, as far as this coordinator knows them. The server has all of them.

use std::fmt;
use std::str;
use std::time::Duration;

use async_nats::jetstream::kv::Store;
use futures_util::StreamExt;
use rejoin::gather;
use tokio::sync::{SetOnce, watch};
use tokio::time::sleep;

use crate::Error;

/// How a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The number of primes.
    Primes(usize),
    /// The job was given to workers again and again, and never finished.
    Dead,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primes(primes) => primes.fmt(f),
            Self::Dead => f.write_str("dead"),
        }
    }
}

impl Outcome {
    fn parse(payload: &[u8]) -> Option<Self> {
        match str::from_utf8(payload).ok()? {
            "dead" => Some(Self::Dead),
            primes => primes.parse().ok().map(Self::Primes),
        }
    }
}

/// The outcome of each job.
#[derive(Debug)]
pub(crate) struct Outcomes {
    known: Vec<SetOnce<Outcome>>,
    count: watch::Sender<usize>,
    loaded: SetOnce<()>,
}

impl Outcomes {
    pub(crate) fn new(jobs: usize) -> Self {
        Self {
            known: (0..jobs).map(|_| SetOnce::new()).collect(),
            count: watch::Sender::default(),
            loaded: SetOnce::new(),
        }
    }

    /// Reads outcomes from the server: those that exist, and then each as soon as it is stored. While there is no server it tries
    /// again.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no server at the beginning.
    pub(crate) async fn follow(&self, store: &Store, patience: Duration) -> Result<(), Error> {
        if store.status().await?.values() == 0 {
            let _ = self.loaded.set(());
        }
        loop {
            let Ok(mut entries) = store.watch_with_history(">").await else {
                sleep(patience / 10).await;
                continue;
            };
            // After a silence it starts again, because a server that was restarted has forgotten who follows.
            while let Ok((Some(Ok(entry)),)) = gather!(entries.next(), timeout = patience).await {
                self.record(&entry.key, &entry.value);
                if entry.delta == 0 {
                    // It is set already when the second entry of this kind arrives.
                    let _ = self.loaded.set(());
                }
            }
        }
    }

    /// Records an outcome, if it is the first one of a job.
    fn record(&self, job: &str, outcome: &[u8]) {
        let known = job.parse().ok().and_then(|job: usize| self.known.get(job));
        if let (Some(known), Some(outcome)) = (known, Outcome::parse(outcome)) {
            if known.set(outcome).is_ok() {
                self.count.send_modify(|count| *count += 1);
            }
        }
    }

    /// Waits until the outcomes are known that existed at the beginning.
    pub(crate) async fn loaded(&self) {
        self.loaded.wait().await;
    }

    /// Yields the jobs without an outcome, and skips those that end meanwhile.
    pub(crate) fn missing(&self) -> impl Iterator<Item = usize> {
        let jobs = self.known.iter().enumerate();
        jobs.filter(|(_, outcome)| !outcome.initialized())
            .map(|(job, _)| job)
    }

    /// Waits for the outcome of one job.
    pub(crate) async fn of(&self, job: usize) -> Outcome {
        *self.known[job].wait().await
    }

    /// Waits until `count` jobs have ended.
    pub(crate) async fn reached(&self, count: usize) {
        let mut known = self.count.subscribe();
        // The sender is not dropped, so there is no error.
        let _ = known.wait_for(|known| *known >= count).await;
    }

    pub(crate) fn jobs(&self) -> usize {
        self.known.len()
    }

    /// Returns the number of jobs that have ended.
    pub(crate) fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Returns the outcomes until now, by job.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, Outcome)> {
        let jobs = self.known.iter().enumerate();
        jobs.filter_map(|(job, outcome)| Some((job, *outcome.get()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Outcomes};

    #[test]
    fn a_job_counts_once() {
        let outcomes = Outcomes::new(3);
        for (job, outcome) in [
            ("2", "10"),
            ("0", "dead"),
            ("2", "11"),
            ("3", "99"),
            ("1", "x"),
        ] {
            outcomes.record(job, outcome.as_bytes());
        }
        assert_eq!(outcomes.missing().collect::<Vec<_>>(), [1]);
        assert_eq!(outcomes.count(), 2);
        let expected = [(0, Outcome::Dead), (2, Outcome::Primes(10))];
        assert!(outcomes.iter().eq(expected));
    }
}
