//! `stagger`: in every macro that takes it, branches start one after another.

use std::{
    future::{pending, ready},
    time::Duration,
};

use rejoin::{TooFew, as_completed, gather, wait};
use rejoin_tests::{Driver, Log, after, elapsed, leaves, ms, odd_fails};
use tokio::{
    task::yield_now,
    time::{Instant, advance, sleep},
};

/// Logs when it is first polled, and fails after an odd delay.
#[derive(Clone)]
struct Jobs {
    log: Log,
    start: Instant,
}

impl Jobs {
    fn new() -> Self {
        Self {
            log: Log::default(),
            start: Instant::now(),
        }
    }

    fn job(&self, delay: u64) -> impl Future<Output = Result<u64, u64>> + use<> {
        let Self { log, start } = self.clone();
        async move {
            log.add(&format!("{delay} at {}", elapsed(start)));
            odd_fails(delay).await
        }
    }

    fn elapsed(&self) -> u128 {
        elapsed(self.start)
    }
}

#[tokio::test(start_paused = true)]
async fn a_gather_starts_its_branches_in_argument_order() {
    let jobs = Jobs::new();
    let all = gather!(
        jobs.job(100),
        ..[2, 30].map(|ms| jobs.job(ms)),
        jobs.job(4),
        stagger = 10ms
    );
    assert_eq!(all.await, Ok((100, [2, 30], 4)));
    assert_eq!(
        jobs.log.take(),
        ["100 at 0", "2 at 10", "30 at 20", "4 at 30"]
    );
    assert_eq!(jobs.elapsed(), 100);

    // An error does not start the next one, because the call does not wait for successes.
    let jobs = Jobs::new();
    let all = gather!(
        ..[1, 2, 4].map(|ms| jobs.job(ms)),
        stagger = 10ms,
        return_exceptions = true
    );
    assert_eq!(all.await, [Err(1), Ok(2), Ok(4)]);
    assert_eq!(jobs.log.take(), ["1 at 0", "2 at 10", "4 at 20"]);
}

#[tokio::test(start_paused = true)]
async fn a_hedge_starts_its_backup_when_the_first_attempt_is_slow_or_fails() {
    let jobs = Jobs::new();
    let value = gather!(jobs.job(600), jobs.job(20), need = 1, stagger = 250ms).await;
    assert_eq!((value, jobs.elapsed()), (Ok(20), 270));

    let jobs = Jobs::new();
    let value = gather!(jobs.job(100), jobs.job(20), need = 1, stagger = 250ms).await;
    assert_eq!((value, jobs.elapsed()), (Ok(100), 100));
    assert_eq!(jobs.log.take(), ["100 at 0"]);

    let jobs = Jobs::new();
    let value = gather!(jobs.job(5), jobs.job(20), need = 1, stagger = 250ms).await;
    assert_eq!((value, jobs.elapsed()), (Ok(20), 25));
}

#[tokio::test(start_paused = true)]
async fn each_failure_starts_one_and_the_interval_counts_from_there() {
    let jobs = Jobs::new();
    let attempts = [15, 200, 400, 600].map(|ms| jobs.job(ms));
    let value = gather!(..attempts, need = 1, stagger = 100ms).await;
    assert_eq!((value, jobs.elapsed()), (Ok(200), 215));
    assert_eq!(
        jobs.log.take(),
        ["15 at 0", "200 at 15", "400 at 115", "600 at 215"][..3]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_at_the_moment_when_a_start_is_due_starts_one() {
    let jobs = Jobs::new();
    let attempts = [99, 20, 40].map(|ms| jobs.job(ms));
    let value = gather!(..attempts, need = 1, stagger = 99ms).await;
    assert_eq!((value, jobs.elapsed()), (Ok(20), 119));
    assert_eq!(jobs.log.take(), ["99 at 0", "20 at 99"]);
}

#[tokio::test(start_paused = true)]
async fn two_failures_in_one_poll_start_two() {
    let jobs = Jobs::new();
    let attempts = [31, 21, 20, 30, 40].map(|ms| jobs.job(ms));
    let value = gather!(..attempts, need = 1, stagger = 10ms).await;
    // 31 and 21 both fail at 31; 20 started at 20, and 30 at 30.
    assert_eq!((value, jobs.elapsed()), (Ok(20), 40));
    assert_eq!(
        jobs.log.take()[..4],
        ["31 at 0", "21 at 10", "20 at 20", "30 at 30"]
    );

    let jobs = Jobs::new();
    let attempts = [105, 5, 50, 60, 70].map(|ms| jobs.job(ms));
    let value = gather!(..attempts, need = 1, stagger = 100ms).await;
    assert_eq!((value, jobs.elapsed()), (Ok(50), 155));
    assert_eq!(
        jobs.log.take(),
        ["105 at 0", "5 at 100", "50 at 105", "60 at 105"]
    );
}

#[tokio::test(start_paused = true)]
async fn all_failures_are_found_and_nothing_waits() {
    let jobs = Jobs::new();
    let error: Result<u64, TooFew<u64>> =
        gather!(..[1, 3, 5].map(|ms| jobs.job(ms)), need = 1, stagger = 1h).await;
    assert_eq!(
        (error.unwrap_err().into_errors(), jobs.elapsed()),
        (vec![1, 3, 5], 9)
    );
}

#[tokio::test(start_paused = true)]
async fn what_ends_the_call_at_that_moment_starts_nothing() {
    let jobs = Jobs::new();
    let late = gather!(
        ..[100, 200].map(|ms| jobs.job(ms)),
        stagger = 20ms,
        timeout = 20ms
    )
    .await;
    assert!(late.is_err());
    assert_eq!(
        (jobs.log.take(), jobs.elapsed()),
        (vec!["100 at 0".to_owned()], 20)
    );

    let jobs = Jobs::new();
    let value = gather!(..[20, 30].map(|ms| jobs.job(ms)), need = 1, stagger = 20ms).await;
    assert_eq!(
        (value, jobs.log.take()),
        (Ok(20), vec!["20 at 0".to_owned()])
    );

    let jobs = Jobs::new();
    let (done, pending) = wait!(
        ..[20, 30].map(|ms| jobs.job(ms)),
        stagger = 20ms,
        return_when = FIRST_COMPLETED
    )
    .await;
    assert_eq!((done.len(), pending.len()), (1, 1));
    assert_eq!(jobs.log.take(), ["20 at 0"]);
}

#[tokio::test(start_paused = true)]
async fn a_result_at_the_deadline_is_yielded_and_lets_nothing_start() {
    let jobs = Jobs::new();
    let delays = [30, 2, 2, 2].map(|ms| jobs.job(ms));
    let mut results = as_completed!(..delays, stagger = 10ms, timeout = 30ms);
    for at in [12, 22, 30] {
        assert!(matches!(results.next().await, Some(Ok(Ok(_)))));
        assert_eq!(jobs.elapsed(), at);
    }
    assert!(matches!(results.next().await, Some(Err(_))));
    assert!(results.next().await.is_none());
    assert_eq!(jobs.log.take(), ["30 at 0", "2 at 10", "2 at 20"]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_starts_the_first_branch() {
    let (hands, leaves) = leaves::<()>(3);
    let late = gather!(..leaves, stagger = 10ms, timeout = 0s).await;
    assert!(late.is_err());
    let polls: Vec<_> = hands.iter().map(rejoin_tests::Hand::polls).collect();
    assert_eq!(polls, [1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn branches_that_have_not_started_are_none_in_partial_results() {
    let (one, two, three) = gather!(
        after(5, 'a'),
        after(5, 'b'),
        after(5, 'c'),
        stagger = 10ms,
        timeout = 18ms,
        partial = true
    )
    .await;
    assert_eq!((one, two, three), (Some('a'), Some('b'), None));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_a_branch_counts_from_its_start() {
    let jobs = Jobs::new();
    let all = gather!(
        ..[10, 40].map(|ms| jobs.job(ms)),
        stagger = 30ms,
        each_timeout = 20ms
    )
    .await;
    assert!(matches!(all, [Ok(Ok(10)), Err(_)]));
    assert_eq!(jobs.elapsed(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_branch_under_a_limit_waits_for_a_permit_and_its_time() {
    let jobs = Jobs::new();
    let all = gather!(
        ..[50, 6, 8, 2].map(|ms| jobs.job(ms)),
        stagger = 10ms,
        limit = 2
    )
    .await;
    assert_eq!(all, Ok([50, 6, 8, 2]));
    assert_eq!(
        jobs.log.take(),
        ["50 at 0", "6 at 10", "8 at 20", "2 at 30"]
    );
    let jobs = Jobs::new();
    let all = gather!(
        ..[50, 40, 8, 2].map(|ms| jobs.job(ms)),
        stagger = 10ms,
        limit = 2
    )
    .await;
    assert_eq!(all, Ok([50, 40, 8, 2]));
    assert_eq!(
        jobs.log.take(),
        ["50 at 0", "40 at 10", "8 at 50", "2 at 60"]
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_late_poll_one_branch_starts() {
    let jobs = Jobs::new();
    let mut run = Driver::new(gather!(
        ..[100, 200, 300].map(|ms| jobs.job(ms)),
        stagger = 10ms
    ));
    let mut run_after = async |delay| {
        advance(ms(delay)).await;
        assert!(run.run().is_pending());
        // A branch that may start is polled once more, when the runtime has had its turn.
        yield_now().await;
        assert!(run.run().is_pending());
        jobs.log.take()
    };
    assert_eq!(run_after(0).await, ["100 at 0"]);
    assert_eq!(run_after(35).await, ["200 at 35"]);
    assert_eq!(run_after(9).await, [""; 0]);
    assert_eq!(run_after(1).await, ["300 at 45"]);
}

#[tokio::test(start_paused = true)]
async fn streams_loops_and_arms_take_it() {
    let jobs = Jobs::new();
    let mut results = as_completed!(..[25, 2, 4].map(|ms| jobs.job(ms)), stagger = 10ms);
    assert_eq!(results.next().await, Some(Ok(2)));
    assert_eq!(jobs.elapsed(), 12);
    assert_eq!(results.next().await, Some(Ok(4)));
    assert_eq!(jobs.elapsed(), 24);
    drop(results);

    let jobs = Jobs::new();
    let mut seen = Vec::new();
    as_completed!(<stagger = 10ms> for item in ..[25, 2].map(|ms| jobs.job(ms)) {
        seen.push((item, jobs.elapsed()));
    });
    assert_eq!(seen, [(Ok(2), 12), (Err(25), 25)]);

    let jobs = Jobs::new();
    let mut seen = Vec::new();
    as_completed! {
        one = jobs.job(30) => seen.push((one, jobs.elapsed())),
        two = jobs.job(4) => seen.push((two, jobs.elapsed())),
        stagger = 10ms,
    }
    assert_eq!(seen, [(Ok(4), 14), (Ok(30), 30)]);
}

#[tokio::test(start_paused = true)]
async fn the_pace_stays_with_the_set_of_a_wait() {
    let jobs = Jobs::new();
    let (done, mut pending) = wait!(
        ..[2, 40, 4, 6].map(|ms| jobs.job(ms)),
        stagger = 10ms,
        return_when = FIRST_COMPLETED
    )
    .await;
    assert_eq!((done.len(), pending.len(), jobs.elapsed()), (1, 3, 2));
    assert_eq!(pending.next().await, Some(Ok(4)));
    assert_eq!(jobs.elapsed(), 24);
    let (done, _) = wait!(..pending).await;
    assert!(done.into_iter().eq([Ok(6), Ok(40)]));
    assert_eq!(
        jobs.log.take(),
        ["2 at 0", "40 at 10", "4 at 20", "6 at 30"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_successes_starts_the_next_after_a_failure() {
    let jobs = Jobs::new();
    let (done, pending) = wait!(
        ..[5, 7, 20, 40].map(|ms| jobs.job(ms)),
        stagger = 100ms,
        return_when = FIRST_SUCCESS
    )
    .await;
    assert!(done.into_iter().eq([Err(5), Err(7), Ok(20)]));
    assert_eq!((pending.len(), jobs.elapsed()), (1, 32));

    let jobs = Jobs::new();
    let (done, _) = wait!(
        ..[5, 7].map(|ms| jobs.job(ms)),
        stagger = 100ms,
        return_when = FIRST_EXCEPTION
    )
    .await;
    assert_eq!((done.len(), jobs.elapsed()), (1, 5));
    assert_eq!(jobs.log.take(), ["5 at 0"]);
}

#[tokio::test(start_paused = true)]
async fn an_unstarted_branch_that_is_dropped_holds_nobody_up() {
    let jobs = Jobs::new();
    let (_, rest) = wait!(
        ..[50, 2, 4].map(|ms| jobs.job(ms)),
        stagger = 10ms,
        timeout = 5ms
    )
    .await;
    drop(rest);
    assert_eq!(jobs.log.take(), ["50 at 0"]);

    let interval = Duration::ZERO;
    let all = gather!(..[2, 4].map(|ms| jobs.job(ms)), stagger = interval).await;
    assert_eq!(all, Ok([2, 4]));
    assert_eq!(jobs.log.take(), ["2 at 5", "4 at 5"]);

    let value = gather!(
        pending::<Result<u8, ()>>(),
        ready(Ok(1)),
        need = 1,
        stagger = 5ms
    )
    .await;
    assert_eq!(value, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn keys_and_error_types_go_with_it() {
    let jobs = Jobs::new();
    let pairs = gather!(..[2, 4].map(|ms| (ms, jobs.job(ms))), stagger = 10ms).await;
    assert_eq!(pairs, Ok([(2, 2), (4, 4)]));
    let value = gather!(
        ..[1, 4].map(|ms| (ms, jobs.job(ms))),
        need = 1,
        stagger = 10ms
    )
    .await;
    assert_eq!(value, Ok((4, 4)));
    let slow = async {
        sleep(ms(30)).await;
        Ok::<_, std::fmt::Error>(7)
    };
    let value: Result<u64, Box<dyn std::error::Error + Send + Sync>> = gather!(
        <Box<dyn std::error::Error + Send + Sync>>
        slow,
        async { "8".parse::<u64>() },
        need = 1,
        stagger = 10ms
    )
    .await;
    assert_eq!(value.unwrap(), 8);
}
