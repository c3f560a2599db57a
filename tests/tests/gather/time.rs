//! `timeout`, `partial`, `each_timeout` and `limit` of `gather!`, at exact virtual times.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, ready},
    io,
    task::Poll,
    time::Duration,
};

use rejoin::{TimedOut, gather};
use rejoin_tests::{AppError, Driver, Log, after, leaf, leaves, ms};
use tokio::time::{Instant, sleep};

fn gives<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    future
}

/// Awaits a future, and says how long that took.
async fn timed<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    (future.await, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn branches_run_side_by_side() {
    let all = gather!(
        after(30, 'a'),
        after(10, 'b'),
        after(20, 'c'),
        after(40, 'd'),
        after(5, 'e')
    );
    assert_eq!(timed(all).await, (('a', 'b', 'c', 'd', 'e'), ms(40)));
    let all = gather!(..(0..100).map(|n| after(n, n)));
    assert_eq!(timed(all).await, ((0..100).collect(), ms(99)));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_wraps_the_output() {
    let in_time = gives::<Result<(u8, char), TimedOut>>(gather!(
        after(10, 1),
        after(20, 'b'),
        timeout = 30ms
    ));
    let ((a, b), took) = timed(async { in_time.await.expect("it is in time") }).await;
    assert_eq!((a, b, took), (1, 'b', ms(20)));

    let (late, took) = timed(gather!(after(10, 1), pending::<()>(), timeout = 1.5s)).await;
    let late = late.expect_err("one never ends");
    assert_eq!((late.after(), took), (ms(1_500), ms(1_500)));
    assert_eq!(late.to_string(), "timed out after 1.5s");
    assert_eq!(io::Error::from(late).kind(), io::ErrorKind::TimedOut);

    let both = gives::<Result<Result<(u8, ()), u8>, TimedOut>>(gather!(
        after(10, Err(3)),
        after(20, ()),
        timeout = 15ms
    ));
    assert_eq!(
        timed(both).await,
        (Ok(Err(3)), ms(10)),
        "an error in time is the inner one"
    );
    let both = gives::<Result<Result<Vec<()>, u8>, TimedOut>>(gather!(
        ..vec![after(20, Err(3))],
        timeout = 15ms
    ));
    let (both, took) = timed(both).await;
    assert_eq!(
        (both.expect_err("it is late").after(), took),
        (ms(15), ms(15))
    );
}

#[tokio::test(start_paused = true)]
async fn with_an_error_type_both_layers_are_one() {
    type Output = Result<(u8, ()), AppError>;
    let late = gives::<Output>(gather!(<AppError, timeout = 10ms> after(20, Err(1u8)), ready(())));
    assert_eq!(timed(late).await, (Err(AppError::Late(ms(10))), ms(10)));
    let failed = gives::<Output>(gather!(<AppError, timeout = 10ms> after(5, Err(1u8)), ready(())));
    assert_eq!(timed(failed).await, (Err(AppError::Failed(1)), ms(5)));
    let plain =
        gives::<Result<(u8,), AppError>>(gather!(after(20, 1), timeout = 10ms, error = AppError));
    assert_eq!(plain.await, Err(AppError::Late(ms(10))));
    let values = gives::<Result<(Result<(), AppError>, Result<u8, AppError>), AppError>>(gather!(
        <AppError, timeout = 10ms, return_exceptions = true> after(5, Err::<(), u8>(1)), ready(2)
    ));
    assert_eq!(values.await, Ok((Err(AppError::Failed(1)), Ok(2))));
}

#[tokio::test(start_paused = true)]
async fn partial_keeps_what_is_done() {
    let some = gives::<(Option<char>, Option<char>, Option<char>)>(gather!(
        after(10, 'a'),
        after(30, 'b'),
        after(20, 'c'),
        timeout = 20ms,
        partial = true
    ));
    assert_eq!(timed(some).await, ((Some('a'), None, Some('c')), ms(20)));

    let all = gather!(
        after(10, 'a'),
        after(15, 'b'),
        timeout = 20ms,
        partial = true
    );
    assert_eq!(timed(all).await, ((Some('a'), Some('b')), ms(15)));

    let spread = gives::<Vec<Option<u64>>>(gather!(
        ..[30, 10, 20].into_iter().map(|n| after(n, n)),
        timeout = 20ms,
        partial = true
    ));
    assert_eq!(
        timed(spread).await,
        (vec![None, Some(10), Some(20)], ms(20))
    );

    let array = gives::<[Option<u64>; 3]>(gather!(
        ..[30, 10, 20].map(|n| after(n, n)),
        timeout = 15ms,
        partial = true
    ));
    assert_eq!(array.await, [None, Some(10), None]);

    let failed = gives::<Result<(Option<()>, Option<u8>), u8>>(gather!(
        after(10, Err(1)),
        after(5, 2),
        timeout = 20ms,
        partial = true
    ));
    assert_eq!(timed(failed).await, (Err(1), ms(10)));
    let late = gives::<Result<(Option<()>, Option<u8>), u8>>(gather!(
        after(30, Err(1)),
        after(5, 2),
        timeout = 20ms,
        partial = true
    ));
    assert_eq!(late.await, Ok((None, Some(2))));

    let values = gives::<(Option<Result<(), u8>>, Option<u8>)>(gather!(
        after(10, Err(1)),
        after(30, 2),
        timeout = 20ms,
        partial = true,
        return_exceptions = true
    ));
    assert_eq!(values.await, (Some(Err(1)), None));

    let result =
        gives::<Result<(u8,), TimedOut>>(gather!(after(1, 1), timeout = 20ms, partial = false));
    assert_eq!(result.await, Ok((1,)));
}

#[tokio::test(start_paused = true)]
async fn partial_under_a_limit_is_as_long_as_what_was_taken() {
    let taken = gather!(
        ..(1..).map(|n| after(10, n)),
        limit = 2,
        timeout = 25ms,
        partial = true
    );
    let (taken, took) = timed(taken).await;
    assert_eq!(taken, [Some(1), Some(2), Some(3), Some(4), None, None]);
    assert_eq!(took, ms(25));
    let array = gather!(
        ..[10, 10, 10, 10].map(|n| after(n, n)),
        limit = 1,
        timeout = 25ms,
        partial = true
    );
    assert_eq!(array.await, [Some(10), Some(10), None, None]);
}

#[tokio::test(start_paused = true)]
async fn each_timeout_is_each_branchs_own() {
    let each = gives::<(Result<char, TimedOut>, Result<char, TimedOut>)>(gather!(
        after(10, 'a'),
        after(30, 'b'),
        each_timeout = 20ms
    ));
    let ((a, b), took) = timed(each).await;
    assert_eq!(
        (a, b.map_err(|late| late.after()), took),
        (Ok('a'), Err(ms(20)), ms(20))
    );

    let values = gives::<(Result<Result<(), u8>, TimedOut>, Result<u8, TimedOut>)>(gather!(
        after(10, Err(1)),
        after(15, 2),
        each_timeout = 20ms
    ));
    assert_eq!(
        timed(values).await,
        ((Ok(Err(1)), Ok(2)), ms(15)),
        "it does not make the gather fail"
    );

    let named = gives::<Result<(u8, u8), AppError>>(gather!(
        <AppError> after(10, Ok::<_, u8>(1)), after(30, 2), each_timeout = 20ms
    ));
    assert_eq!(
        timed(named).await,
        (Err(AppError::Late(ms(20))), ms(20)),
        "with an error type it does"
    );

    let named = gives::<Vec<Result<u64, AppError>>>(gather!(
        ..[10, 30].map(|n| after(n, n)).into_iter(),
        error = AppError,
        each_timeout = 20ms,
        return_exceptions = true
    ));
    assert_eq!(named.await, [Ok(10), Err(AppError::Late(ms(20)))]);
}

#[tokio::test(start_paused = true)]
async fn each_timeout_counts_from_the_branchs_own_start() {
    let start = Instant::now();
    let ends = RefCell::new(Vec::new());
    let branches = [15, 30, 15].map(|n| async move {
        sleep(ms(n)).await;
        n
    });
    let results = gather!(..branches, limit = 1, each_timeout = 20ms).await;
    ends.borrow_mut().push(start.elapsed());
    assert_eq!(results.map(Result::ok), [Some(15), None, Some(15)]);
    assert_eq!(ends.into_inner(), [ms(50)]);
}

#[tokio::test(start_paused = true)]
async fn each_timeout_drops_the_branch_at_its_deadline() {
    let log = Log::default();
    let start = Instant::now();
    let guard = log.on_drop("dropped");
    let slow = async move {
        let _guard = guard;
        pending::<()>().await;
    };
    let watch = async {
        sleep(ms(21)).await;
        assert_eq!(log.take(), ["dropped"]);
    };
    let (slow, (), (), ()) = gather!(
        gather!(slow, each_timeout = 20ms),
        watch,
        after(40, ()),
        ready(())
    )
    .await;
    assert!(slow.0.is_err());
    assert_eq!(start.elapsed(), ms(40));
}

#[tokio::test(start_paused = true)]
async fn deadlines_count_from_the_first_poll() {
    let gather = gather!(pending::<()>(), timeout = 10ms);
    let each = gather!(pending::<()>(), each_timeout = 10ms);
    sleep(ms(100)).await;
    assert_eq!(timed(gather).await.1, ms(10));
    assert_eq!(timed(each).await.1, ms(10));
}

#[tokio::test(start_paused = true)]
async fn branches_come_before_deadlines() {
    for _ in 0..2 {
        assert_eq!(gather!(after(20, 1), timeout = 20ms).await, Ok((1,)));
        assert_eq!(gather!(after(20, 1), each_timeout = 20ms).await, (Ok(1),));
        let four = gather!(
            after(20, 1),
            after(20, 2),
            after(20, 3),
            after(10, 4),
            timeout = 20ms
        );
        assert_eq!(four.await, Ok((1, 2, 3, 4)));
        let spread = gather!(..vec![after(20, 1), after(20, 2)], timeout = 20ms);
        assert_eq!(spread.await, Ok(vec![1, 2]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_nothing_polls_each_branch_once() {
    let polled = Cell::new(0);
    let count = || async {
        polled.set(polled.get() + 1);
        pending::<()>().await;
    };
    let (result, took) = timed(gather!(count(), ready(2), count(), count(), timeout = 0s)).await;
    assert!(result.is_err());
    assert_eq!((polled.take(), took), (3, Duration::ZERO));
    let all = gather!(..(0..10_000).map(|_| count()), timeout = 0s);
    assert!(all.await.is_err());
    assert_eq!(
        polled.take(),
        10_000,
        "also those behind a pause for the runtime"
    );
    assert_eq!(gather!(ready(1), timeout = 0s).await, Ok((1,)));
    assert_eq!(gather!(ready(1), each_timeout = 0s).await, (Ok(1),));
}

/// No timer is waited for, which would end it at the next tick of the clock.
#[tokio::test]
async fn a_timeout_of_nothing_ends_in_the_first_poll() {
    let late = Driver::new(gather!(pending::<()>(), timeout = 0s)).poll();
    assert_eq!(late.map(|late| late.is_err()), Poll::Ready(true));
    let late = Driver::new(gather!(pending::<()>(), each_timeout = 0s)).poll();
    assert_eq!(late.map(|(late,)| late.is_err()), Poll::Ready(true));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_passes_even_if_branches_always_wake_themselves() {
    let restless = || {
        std::future::poll_fn(|cx| {
            cx.waker().wake_by_ref();
            std::task::Poll::<()>::Pending
        })
    };
    // Time stands still while something is always ready; so it is moved by hand.
    let start = Instant::now();
    let mover = async {
        tokio::task::yield_now().await;
        tokio::time::advance(ms(20)).await;
        pending::<()>().await;
    };
    let late = gather!(
        restless(),
        ..(0..2_000).map(|_| restless()),
        mover,
        timeout = 20ms
    )
    .await;
    assert!(late.is_err());
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_passes_even_if_branches_use_up_the_budget() {
    let start = Instant::now();
    let turns = Cell::new(0);
    let greedy = async {
        loop {
            tokio::task::consume_budget().await;
            turns.set(turns.get() + 1);
            assert!(
                turns.get() < 1_000_000,
                "the deadline has been waiting for long"
            );
        }
    };
    let mover = async {
        tokio::task::yield_now().await;
        tokio::time::advance(ms(20)).await;
        pending::<()>().await;
    };
    let late = gather!(mover, greedy, timeout = 20ms).await;
    assert!(late.is_err());
    assert_eq!(start.elapsed(), ms(20));
}

/// The futures of a spread that were ready in time are polled after the deadline, in several polls. Nothing else is.
#[tokio::test(start_paused = true)]
async fn a_branch_that_is_ready_after_the_deadline_is_late_although_a_spread_is_not_done() {
    let (hands, all) = leaves::<usize>(1_500);
    let (hand, one) = leaf::<u8>();
    let mut two = Driver::new(gather!(..all, one, timeout = 10ms, partial = true));
    let (more_hands, all) = leaves::<usize>(1_500);
    let (other, one) = leaf::<u8>();
    let mut four = Driver::new(gather!(
        ..all,
        pending::<()>(),
        pending::<()>(),
        one,
        timeout = 10ms,
        partial = true
    ));
    let done = |values: Vec<Option<usize>>| values.iter().filter(|value| value.is_some()).count();
    assert!(two.run().is_pending() && four.run().is_pending());
    for (n, hand) in hands.iter().chain(&more_hands).enumerate() {
        hand.give(n);
    }
    tokio::time::advance(ms(10)).await;
    assert!(two.poll().is_pending() && four.poll().is_pending());
    let polls = [hand.polls(), other.polls()];
    hand.give(5);
    other.give(5);
    let Poll::Ready((all, one)) = two.run() else {
        panic!("the deadline has passed");
    };
    assert_eq!((done(all), one), (1_500, None));
    let Poll::Ready((all, None, None, one)) = four.run() else {
        panic!("the deadline has passed");
    };
    assert_eq!((done(all), one), (1_500, None));
    assert_eq!([hand.polls(), other.polls()], polls);
}

#[tokio::test(start_paused = true)]
async fn all_units_and_expressions() {
    async fn waits(future: impl Future<Output = Result<((),), TimedOut>>) -> Duration {
        let (late, took) = timed(future).await;
        let late = late.expect_err("it never ends").after();
        assert!(
            took >= late && took < late + ms(2),
            "the clock counts in milliseconds"
        );
        late
    }
    assert_eq!(
        waits(gather!(pending::<()>(), timeout = 2s)).await,
        ms(2_000)
    );
    assert_eq!(
        waits(gather!(pending::<()>(), timeout = 1.5s)).await,
        ms(1_500)
    );
    assert_eq!(
        waits(gather!(pending::<()>(), timeout = 500ms)).await,
        ms(500)
    );
    assert_eq!(
        waits(gather!(pending::<()>(), timeout = 20us)).await,
        Duration::from_micros(20)
    );
    assert_eq!(
        waits(gather!(pending::<()>(), timeout = 7ns)).await,
        Duration::from_nanos(7)
    );
    assert_eq!(
        waits(gather!(pending::<()>(), timeout = 3min)).await,
        ms(180_000)
    );
    assert_eq!(
        waits(gather!(pending::<()>(), timeout = 1h)).await,
        ms(3_600_000)
    );
    assert_eq!(
        waits(gather!(pending::<()>(), timeout = ms(5) * 2)).await,
        ms(10)
    );
    let given = ms(30);
    assert_eq!(
        waits(gather!(pending::<()>(), timeout = given)).await,
        ms(30)
    );
}

#[tokio::test(start_paused = true)]
async fn a_duration_beyond_the_clock_means_no_deadline() {
    assert_eq!(
        gather!(after(10, 1), timeout = Duration::MAX).await,
        Ok((1,))
    );
    assert_eq!(
        gather!(after(10, 1), each_timeout = Duration::MAX).await,
        (Ok(1),)
    );
    let ages = Duration::from_secs(10_000_000_000);
    assert_eq!(gather!(after(10, 1), timeout = ages).await, Ok((1,)));
}

/// Runs branches of these lengths under a limit, and says when each began.
async fn starts(limit: usize, lengths: &[u64]) -> (Vec<u64>, u64) {
    let start = Instant::now();
    let begun = RefCell::new(Vec::new());
    gather!(
        ..lengths.iter().map(|&length| {
            let begun = &begun;
            async move {
                begun
                    .borrow_mut()
                    .push(u64::try_from(start.elapsed().as_millis()).expect("it is short"));
                sleep(ms(length)).await;
            }
        }),
        limit = limit
    )
    .await;
    let end = u64::try_from(start.elapsed().as_millis()).expect("it is short");
    (begun.into_inner(), end)
}

#[tokio::test(start_paused = true)]
async fn a_limit_starts_branches_in_order_as_places_come_free() {
    assert_eq!(starts(1, &[10, 20, 30]).await, (vec![0, 10, 30], 60));
    assert_eq!(starts(2, &[30, 10, 10, 10]).await, (vec![0, 0, 10, 20], 30));
    assert_eq!(
        starts(2, &[0, 0, 10, 10, 5]).await,
        (vec![0, 0, 0, 0, 10], 15)
    );
    assert_eq!(starts(9, &[10, 10]).await, (vec![0, 0], 10));
}

#[tokio::test(start_paused = true)]
async fn a_limit_counts_over_all_arguments() {
    let start = Instant::now();
    let running = Cell::new(0);
    let most = Cell::new(0);
    let order = RefCell::new(Vec::new());
    let job = |name: usize, length: u64| {
        let (running, most, order) = (&running, &most, &order);
        async move {
            order.borrow_mut().push(name);
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            sleep(ms(length)).await;
            running.set(running.get() - 1);
            name
        }
    };
    for _ in 0..2 {
        let result = gather!(
            job(0, 10),
            ..(1..5).map(|n| job(n, 10)),
            job(5, 10),
            ..[job(6, 10), job(7, 10)],
            job(8, 10),
            job(9, 10),
            limit = 3
        );
        assert_eq!(result.await, (0, vec![1, 2, 3, 4], 5, [6, 7], 8, 9));
        assert!(order.take().into_iter().eq(0..10));
    }
    assert_eq!(most.get(), 3);
    assert_eq!(start.elapsed(), ms(80));
    // Few arguments take another way.
    let result = gather!(..(0..3).map(|n| job(n, 10)), job(3, 10), limit = 2);
    assert_eq!(result.await, (vec![0, 1, 2], 3));
    assert_eq!(order.take(), [0, 1, 2, 3]);
    assert_eq!(start.elapsed(), ms(100));
}

#[tokio::test(start_paused = true)]
async fn a_limit_keeps_the_order_when_the_runtime_has_its_turn() {
    let order = RefCell::new(Vec::new());
    let job = |n: usize| {
        let order = &order;
        async move { order.borrow_mut().push(n) }
    };
    gather!(..(0..2_000).map(job), job(2_000), limit = 5_000).await;
    assert!(order.take().into_iter().eq(0..=2_000));
    gather!(..(0..2_000).map(job), ..[job(2_000)], limit = 5_000).await;
    assert!(order.take().into_iter().eq(0..=2_000));
    gather!(
        ..(0..2_000).map(job),
        job(2_000),
        ..[job(2_001)],
        job(2_002),
        limit = 5_000
    )
    .await;
    assert!(order.take().into_iter().eq(0..=2_002));
}

#[tokio::test(start_paused = true)]
async fn a_limit_draws_from_the_iterator_as_places_come_free() {
    let drawn = Cell::new(0);
    let jobs = (0..10).map(|n| {
        drawn.set(drawn.get() + 1);
        after(10, n)
    });
    let watch = async {
        let mut seen = vec![];
        for _ in 0..4 {
            seen.push(drawn.get());
            sleep(ms(10)).await;
        }
        seen
    };
    let gathered = gather!(gather!(..jobs, limit = 3), watch).await;
    assert_eq!(gathered.0, (0..10).collect::<Vec<_>>());
    assert_eq!(gathered.1, [3, 6, 9, 10]);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`limit` must be at least 1")]
async fn a_limit_of_zero_panics_at_the_call() {
    let zero = "".len();
    let _gather = gather!(ready(()), limit = zero);
}
