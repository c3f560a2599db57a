//! What a job is, and how jobs, answers and entries look on their way.

use std::fmt::Display;
use std::str;

use async_nats::subject::Subject;

/// Where jobs are sent to.
pub(crate) const JOBS: &str = "jobs";

/// The queue group of the workers: each job goes to one of them.
pub(crate) const WORKERS: &str = "workers";

/// Where one worker answers for its copy of the result.
pub(crate) fn replica(name: impl Display) -> Subject {
    format!("replicas.{name}").into()
}

/// How many numbers a job looks at.
const SIZE: usize = 200;

/// Does the job with this number: how many primes are among its numbers?
pub(crate) fn count_primes(job: usize) -> usize {
    let first = job.saturating_mul(SIZE);
    let is_prime = |n: &usize| *n > 1 && (2..=n.isqrt()).all(|divisor| n % divisor != 0);
    (first..first.saturating_add(SIZE)).filter(is_prime).count()
}

/// What all jobs together have to find, in another way: with the sieve of Eratosthenes.
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

/// Every message is a few numbers with spaces between.
pub(crate) fn encode<const N: usize>(numbers: [usize; N]) -> String {
    numbers.map(|number| number.to_string()).join(" ")
}

/// The numbers of a message, if it has as many as it should.
pub(crate) fn decode<const N: usize>(payload: &[u8]) -> Option<[usize; N]> {
    let words = str::from_utf8(payload).ok()?.split_whitespace();
    let numbers: Vec<_> = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}
