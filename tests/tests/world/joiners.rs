//! What other systems have a joiner, a policy or an option for, each as one call.

use std::collections::HashMap;

use rejoin::{as_completed, gather, wait};
use rejoin_tests::{elapsed, odd_fails as job};
use tokio::time::Instant;

fn jobs<const N: usize>(delays: [u64; N]) -> [impl Future<Output = Result<u64, u64>>; N] {
    delays.map(job)
}

/// The joiners of `StructuredTaskScope`.
mod java {
    use super::{Instant, elapsed, gather, job, jobs, wait};

    #[tokio::test(start_paused = true)]
    async fn all_successful_or_throw() {
        let start = Instant::now();
        let all = gather!(..jobs([30, 10, 20])).await;
        assert_eq!((all, elapsed(start)), (Ok([30, 10, 20]), 30));
        let all = gather!(..jobs([30, 5, 20])).await;
        assert_eq!((all, elapsed(start)), (Err(5), 35));
    }

    #[tokio::test(start_paused = true)]
    async fn await_all_successful_or_throw_with_subtasks_of_different_types() {
        let all = gather!(job(10), async { Ok::<_, u64>("text") }).await;
        assert_eq!(all, Ok((10, "text")));
    }

    #[tokio::test(start_paused = true)]
    async fn any_successful_or_throw() {
        let start = Instant::now();
        let any = gather!(..jobs([5, 30, 20]), need = 1).await;
        assert_eq!((any, elapsed(start)), (Ok(20), 20));
        let any = gather!(..jobs([5, 7]), need = 1).await;
        assert_eq!(any.unwrap_err().errors(), [5, 7]);
    }

    #[tokio::test(start_paused = true)]
    async fn await_all() {
        let all = gather!(..jobs([5, 10]), return_exceptions = true).await;
        assert_eq!(all, [Err(5), Ok(10)]);
    }

    #[tokio::test(start_paused = true)]
    async fn all_until_a_predicate_holds() {
        let start = Instant::now();
        let mut failed = 0;
        let two_failed = |result: &Result<_, _>| {
            failed += usize::from(result.is_err());
            failed == 2
        };
        let (done, _) = wait!(..jobs([5, 10, 15, 40]), return_when = UNTIL(two_failed)).await;
        assert!(done.into_iter().eq([Err(5), Ok(10), Err(15)]));
        assert_eq!(elapsed(start), 15);
    }
}

/// `awaitAll` and `select` of kotlinx.coroutines, and Arrow's `raceN`.
mod kotlin {
    use super::{Instant, as_completed, elapsed, gather, job, jobs, wait};

    #[tokio::test(start_paused = true)]
    async fn await_all() {
        assert_eq!(gather!(..Vec::from(jobs([20, 10]))).await, Ok(vec![20, 10]));
    }

    #[tokio::test(start_paused = true)]
    async fn select_with_a_value() {
        let start = Instant::now();
        let selected = as_completed! {
            number = job(20) => break format!("number {number:?}"),
            text = async { "text" } => break text.to_owned(),
        };
        assert_eq!((selected.as_deref(), elapsed(start)), (Some("text"), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn race_n() {
        let (done, _) = wait!(..jobs([20, 5]), return_when = FIRST_COMPLETED).await;
        assert_eq!(done.into_first(), Some(Err(5)));
    }
}

/// The races of Effect and of ZIO.
mod effect {
    use super::{as_completed, gather, job, jobs};

    #[tokio::test(start_paused = true)]
    async fn race_is_won_by_the_first_success() {
        assert_eq!(gather!(job(5), job(20), need = 1).await, Ok(20));
    }

    #[tokio::test(start_paused = true)]
    async fn race_all_fails_with_all_errors() {
        let error = gather!(..jobs([5, 7, 9]), need = 1).await.unwrap_err();
        assert_eq!(error.into_errors(), [5, 7, 9]);
    }

    #[tokio::test(start_paused = true)]
    async fn race_first_is_won_by_the_first_to_finish() {
        assert_eq!(as_completed!(job(5), job(20)).next().await, Some(Err(5)));
    }

    #[tokio::test(start_paused = true)]
    async fn race_either_keeps_the_side() {
        assert_eq!(
            as_completed!(job(9), job(4)).indexed().next().await,
            Some((1, Ok(4)))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn validate_collects_all_errors() {
        let (errors, values): (Vec<_>, Vec<_>) =
            (gather!(..jobs([5, 10, 7]), return_exceptions = true)
                .await
                .into_iter())
            .partition(Result::is_err);
        assert_eq!((errors, values), (vec![Err(5), Err(7)], vec![Ok(10)]));
    }
}

/// The options of Elixir's `Task.async_stream`.
mod elixir {
    use super::{HashMap, Instant, as_completed, elapsed, gather, job, jobs};

    #[tokio::test(start_paused = true)]
    async fn max_concurrency() {
        let start = Instant::now();
        let all = gather!(..jobs([10, 10, 10, 10]), limit = 2).await;
        assert_eq!((all, elapsed(start)), (Ok([10; 4]), 20));
    }

    #[tokio::test(start_paused = true)]
    async fn unordered() {
        let mut results = as_completed!(..jobs([30, 10, 20]), limit = 2);
        assert_eq!(results.next().await, Some(Ok(10)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_of_each_task_whose_results_keep_their_inputs() {
        let inputs = [30, 10].map(|input| (input, job(input)));
        let outcomes: HashMap<_, _> = gather!(..inputs, each_timeout = 20ms)
            .await
            .into_iter()
            .collect();
        assert_eq!(outcomes[&10], Ok(Ok(10)));
        assert!(outcomes[&30].is_err());
    }
}

/// `p-some`, `p-any` and `p-map` of JavaScript.
mod promises {
    use super::{Instant, elapsed, gather, job, jobs};

    #[tokio::test(start_paused = true)]
    async fn some() {
        let start = Instant::now();
        let some = gather!(..jobs([40, 5, 10, 20]), need = 2).await;
        assert_eq!((some, elapsed(start)), (Ok([10, 20]), 20));
    }

    #[tokio::test(start_paused = true)]
    async fn any() {
        assert_eq!(gather!(..jobs([5, 20]), need = 1).await, Ok(20));
    }

    #[tokio::test(start_paused = true)]
    async fn map_that_stops_on_an_error_or_does_not() {
        let pages = || [10, 5, 20].into_iter().map(job);
        assert_eq!(gather!(..pages(), limit = 1).await, Err(5));
        let all = gather!(..pages(), limit = 1, return_exceptions = true).await;
        assert_eq!(all, [Ok(10), Err(5), Ok(20)]);
    }
}

/// The completion policy of AWS durable functions: minimum successes, tolerated failures, a predicate.
mod aws_durable {
    use super::{Instant, elapsed, jobs, wait};

    #[tokio::test(start_paused = true)]
    async fn minimum_successes() {
        let start = Instant::now();
        let (done, pending) = wait!(..jobs([5, 10, 20, 30]), return_when = SUCCEEDED(2)).await;
        assert_eq!((done.len(), pending.len(), elapsed(start)), (3, 1, 20));
    }

    #[tokio::test(start_paused = true)]
    async fn tolerated_failures() {
        let (start, tolerated) = (Instant::now(), 1);
        let (done, pending) =
            wait!(..jobs([5, 10, 15, 30]), return_when = FAILED(tolerated + 1)).await;
        assert_eq!((done.len(), pending.len(), elapsed(start)), (3, 1, 15));
    }

    #[tokio::test(start_paused = true)]
    async fn predicate() {
        let (done, _) = wait!(..jobs([10, 20, 30]), return_when = UNTIL(|r| *r == Ok(20))).await;
        assert_eq!(done.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn happy_eyeballs() {
    let start = Instant::now();
    let connected = gather!(..jobs([900, 5, 30]), need = 1, stagger = 250ms).await;
    // The second address fails at once, so the third is tried 5 ms after it.
    assert_eq!((connected, elapsed(start)), (Ok(30), 285));
}

#[tokio::test(start_paused = true)]
async fn a_quorum_write_that_fails_early() {
    let start = Instant::now();
    let (replicas, quorum) = (jobs([5, 100, 7, 9, 200]), 3);
    let error = gather!(..replicas, need = quorum).await.unwrap_err();
    assert_eq!((error.errors(), elapsed(start)), (&[5, 7, 9][..], 9));
}
