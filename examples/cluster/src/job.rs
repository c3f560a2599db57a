//! Jobs, and the format of the messages of replicas.

use std::fmt::Display;
use std::str;

use async_nats::subject::Subject;

/// Returns the subject of a worker's copy of the result.
pub(crate) fn replica(name: impl Display) -> Subject {
    format!("replicas.{name}").into()
}

/// The number of integers that a job checks.
const SIZE: usize = 200;

/// Counts the primes among the integers of a job.
pub(crate) fn count_primes(job: usize) -> usize {
    let first = job.saturating_mul(SIZE);
    let is_prime = |n: &usize| *n > 1 && (2..=n.isqrt()).all(|divisor| n % divisor != 0);
    (first..first.saturating_add(SIZE)).filter(is_prime).count()
}

/// Counts the primes of all jobs with the sieve of Eratosthenes, to check their sum.
pub(crate) fn count_all_primes(jobs: usize) -> usize {
    let end = jobs * SIZE;
    let mut is_prime = vec![true; end];
    is_prime[..2].fill(false);
    for n in 2..=end.isqrt() {
        if is_prime[n] {
            (n * n..end)
                .step_by(n)
                .for_each(|multiple| is_prime[multiple] = false);
        }
    }
    is_prime.into_iter().filter(|prime| *prime).count()
}

/// Formats a message: numbers with spaces in between.
pub(crate) fn encode<const N: usize>(numbers: [usize; N]) -> String {
    numbers.map(|number| number.to_string()).join(" ")
}

/// Returns the numbers of a message, if it has `N` of them.
pub(crate) fn decode<const N: usize>(payload: &[u8]) -> Option<[usize; N]> {
    let words = str::from_utf8(payload).ok()?.split_whitespace();
    let numbers: Vec<_> = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}
