//! The answers, one for each job, even if several arrive.

use std::cell::Cell;

use async_nats::Subscriber;
use futures_util::StreamExt;
use tokio::sync::{SetOnce, watch};

use crate::job::decode;

/// The answers to the jobs. Each job counts once.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// The answers, by the number of the job.
    answers: Vec<SetOnce<usize>>,
    answered: watch::Sender<usize>,
    duplicates: Cell<usize>,
}

impl Ledger {
    pub(crate) fn new(jobs: usize) -> Self {
        Self {
            answers: (0..jobs).map(|_| SetOnce::new()).collect(),
            answered: watch::Sender::default(),
            duplicates: Cell::default(),
        }
    }

    /// Records answers, in time or late, until the connection is closed.
    pub(crate) async fn fill(&self, mut messages: Subscriber) {
        while let Some(message) = messages.next().await {
            // The server sends a message without numbers if there is no worker. The job will time out.
            if let Some([job, primes]) = decode(&message.payload) {
                self.record(job, primes);
            }
        }
    }

    /// Keeps the first answer to each job.
    fn record(&self, job: usize, primes: usize) {
        let Some(answer) = self.answers.get(job) else {
            return;
        };
        match answer.set(primes) {
            Ok(()) => self.answered.send_modify(|answered| *answered += 1),
            Err(_) => self.duplicates.set(self.duplicates.get() + 1),
        }
    }

    /// Yields the jobs without an answer, and skips those that are answered meanwhile.
    pub(crate) fn missing(&self) -> impl Iterator<Item = usize> {
        let jobs = self.answers.iter().enumerate();
        jobs.filter(|(_, answer)| !answer.initialized())
            .map(|(job, _)| job)
    }

    /// Waits for the answer to one job.
    pub(crate) async fn answer_to(&self, job: usize) -> usize {
        *self.answers[job].wait().await
    }

    /// Waits until `count` jobs are answered.
    pub(crate) async fn reached(&self, count: usize) {
        let mut answered = self.answered.subscribe();
        // The ledger owns the sender, so it is not closed.
        let _ = answered.wait_for(|answered| *answered >= count).await;
    }

    pub(crate) fn jobs(&self) -> usize {
        self.answers.len()
    }

    pub(crate) fn duplicates(&self) -> usize {
        self.duplicates.get()
    }

    /// Returns the sum of all answers.
    pub(crate) fn sum(&self) -> usize {
        self.answers.iter().filter_map(SetOnce::get).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;

    #[test]
    fn a_job_counts_once() {
        let ledger = Ledger::new(3);
        ledger.record(2, 10);
        ledger.record(0, 5);
        ledger.record(2, 10);
        ledger.record(3, 99);
        assert_eq!(ledger.missing().collect::<Vec<_>>(), [1]);
        assert_eq!((ledger.sum(), ledger.duplicates()), (15, 1));
    }
}
