//! The cases of asyncio's `wait_for`, `timeout`, `shield` and staggered races, and of cancelled tasks: a test's name begins
//! with the number of its case.
//!
//! In comments `A 2s→a` says that A ends after two seconds with `a`. Where asyncio does something else, they say what.

use std::{
    future::{Future, pending},
    pin::pin,
    time::Duration,
};

use futures::FutureExt;
use rejoin::{Pending, TimedOut, gather, spawn, task_group, wait};
use rejoin_tests::{Log, after, holding, ms, settle};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

// ---- deadlines --------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn t01_in_time() {
    let start = Instant::now();
    assert_eq!(gather!(after(1_000, 'a'), timeout = 2s).await, Ok(('a',)));
    assert_eq!(start.elapsed(), ms(1_000));
}

/// asyncio waits for the cleanup, without bound. A drop waits for nothing; a group waits as long as its `grace` says.
#[tokio::test(start_paused = true)]
async fn t03_a_cleanup_at_the_deadline() {
    let (start, log) = (Instant::now(), Log::default());
    let a = holding(log.on_drop("A"), after(5_000, ()));
    assert!(gather!(a, timeout = 1s).await.is_err());
    assert_eq!(start.elapsed(), ms(1_000));
    assert_eq!(log.take(), ["A"]);

    let (start, own) = (Instant::now(), log.clone());
    let ended = task_group!(
        |tg| {
            let group = tg.handle();
            tg.spawn(async move {
                tokio::select! {
                    () = sleep(ms(5_000)) => own.add("ended"),
                    () = group.cancelled() => {
                        sleep(ms(2_000)).await;
                        own.add("cleaned up");
                    }
                }
            });
        },
        timeout = 1s,
        grace = 1h
    );
    assert_eq!(ended.await.map_err(|late| late.after()), Err(ms(1_000)));
    assert_eq!(start.elapsed(), ms(3_000));
    assert_eq!(log.take(), ["cleaned up"]);
}

/// In asyncio it never runs. Here each branch is polled once before the deadline is looked at.
#[tokio::test(start_paused = true)]
async fn t07_a_timeout_of_zero_lets_it_take_a_step() {
    let (start, log) = (Instant::now(), Log::default());
    let a = async {
        log.add("starts");
        sleep(ms(1_000)).await;
        log.add("ends");
    };
    assert!(gather!(a, timeout = 0s).await.is_err());
    assert_eq!(log.take(), ["starts"]);
    assert_eq!(gather!(async { 'a' }, timeout = 0s).await, Ok(('a',)));
    assert_eq!(start.elapsed(), ms(0));
}

#[tokio::test(start_paused = true)]
async fn t11_cancelled_from_outside_before_the_deadline() {
    let (start, log) = (Instant::now(), Log::default());
    let guard = log.on_drop("A");
    let owner = spawn(async { gather!(holding(guard, after(9_000, ())), timeout = 5s).await });
    sleep(ms(1_000)).await;
    assert_eq!(owner.cancel().await, None);
    assert_eq!(log.take(), ["A"]);
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn t13_an_error_in_time_is_the_inner_one() {
    let start = Instant::now();
    let ended = gather!(after(1_000, Err::<(), _>("e")), timeout = 2s).await;
    assert_eq!(ended, Ok(Err("e")));
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn t17_a_task_cancelled_by_others_is_not_late() {
    let start = Instant::now();
    let a = tokio::spawn(after(9_000, ()));
    let victim = a.abort_handle();
    spawn(async move {
        sleep(ms(1_000)).await;
        victim.abort();
    })
    .detach();
    let inner = gather!(a, timeout = 5s).await.expect("it is in time");
    assert!(inner.expect_err("it was cancelled").is_cancelled());
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn t19_late() {
    let start = Instant::now();
    let late = gather!(sleep(ms(5_000)), timeout = 2s).await;
    assert_eq!(late.map_err(|late| late.after()), Err(ms(2_000)));
    assert_eq!(start.elapsed(), ms(2_000));
    // Who waited is not cancelled.
    sleep(ms(1_000)).await;
    assert_eq!(start.elapsed(), ms(3_000));
}

#[tokio::test(start_paused = true)]
async fn t21_a_timeout_of_zero_ends_at_the_first_suspension() {
    let (start, log) = (Instant::now(), Log::default());
    let body = async {
        log.add("before");
        yield_now().await;
        log.add("behind");
    };
    assert!(gather!(body, timeout = 0s).await.is_err());
    assert_eq!(log.take(), ["before"]);
    assert_eq!(start.elapsed(), ms(0));
}

#[tokio::test(start_paused = true)]
async fn t25_an_inner_deadline_that_is_caught_and_then_the_outer_one() {
    let (start, mut inner) = (Instant::now(), None);
    let body = async {
        let late = gather!(sleep(ms(5_000)), timeout = 1s).await.is_err();
        inner = Some((late, start.elapsed()));
        sleep(ms(5_000)).await;
    };
    let outer = gather!(body, timeout = 2s).await;
    assert_eq!(outer.map_err(|late| late.after()), Err(ms(2_000)));
    assert_eq!(start.elapsed(), ms(2_000));
    assert_eq!(inner, Some((true, ms(1_000))));
}

/// asyncio moves a deadline. Here one waits again, with another: nothing is lost between two waits.
#[tokio::test(start_paused = true)]
async fn t27_a_later_deadline_is_another_wait() {
    let start = Instant::now();
    let (done, pending) = wait!(after(3_000, 'a'), timeout = 500ms).await;
    assert!(done.is_empty());
    let (done, pending) = wait!(..pending, timeout = 4.5s).await;
    assert_eq!((done.into_iter().next(), pending.len()), (Some('a'), 0));
    assert_eq!(start.elapsed(), ms(3_000));
}

/// As above.
#[tokio::test(start_paused = true)]
async fn t29_no_deadline_any_more_is_another_wait() {
    let start = Instant::now();
    let (done, pending) = wait!(after(9_000, 'a'), timeout = 500ms).await;
    assert!(done.is_empty());
    let (done, _) = wait!(..pending).await;
    assert_eq!(done.into_iter().next(), Some('a'));
    assert_eq!(start.elapsed(), ms(9_000));
}

#[tokio::test(start_paused = true)]
async fn t31_an_error_before_the_deadline() {
    let start = Instant::now();
    let body = async {
        sleep(ms(500)).await;
        Err::<(), _>("e")
    };
    assert_eq!(gather!(body, timeout = 1s).await, Ok(Err("e")));
    assert_eq!(start.elapsed(), ms(500));
    // The deadline is gone with it.
    sleep(ms(5_000)).await;
    assert_eq!(start.elapsed(), ms(5_500));
}

#[tokio::test(start_paused = true)]
async fn t33_cancelled_from_outside_it_does_not_say_late() {
    let (start, log) = (Instant::now(), Log::default());
    let own = log.clone();
    let owner = spawn(async move {
        if gather!(sleep(ms(9_000)), timeout = 5s).await.is_err() {
            own.add("late");
        }
    });
    sleep(ms(1_000)).await;
    assert_eq!(owner.cancel().await, None);
    sleep(ms(9_000)).await;
    assert!(log.take().is_empty());
    assert_eq!(start.elapsed(), ms(10_000));
}

/// In asyncio only the outer one tells. Here a branch that is done at the deadline is in time, and so is the inner gather, which
/// has seen its own deadline.
#[tokio::test(start_paused = true)]
async fn t37_of_two_deadlines_that_have_passed_the_inner_one_tells() {
    let start = Instant::now();
    let busy = async {
        // Time goes on while this is polled.
        let mut moves = pin!(tokio::time::advance(ms(3_000)));
        assert!(futures::poll!(moves.as_mut()).is_pending());
        pending::<()>().await;
    };
    let both = gather!(gather!(busy, timeout = 1s), timeout = 2s).await;
    let inner = both.expect("the outer one is done in time");
    assert_eq!(inner.map_err(|late| late.after()), Err(ms(1_000)));
    assert_eq!(start.elapsed(), ms(3_000));
}

#[tokio::test(start_paused = true)]
async fn t39_a_deadline_of_a_group() {
    let (start, log) = (Instant::now(), Log::default());
    let ended = task_group!(
        |tg| {
            tg.spawn(holding(log.on_drop("5s"), sleep(ms(5_000))));
            tg.spawn(holding(log.on_drop("9s"), sleep(ms(9_000))));
        },
        timeout = 1s
    );
    assert_eq!(ended.await.map_err(|late| late.after()), Err(ms(1_000)));
    assert_eq!(start.elapsed(), ms(1_000));
    let mut dropped = log.take();
    dropped.sort();
    assert_eq!(dropped, ["5s", "9s"]);
}

#[tokio::test(start_paused = true)]
async fn t41_a_deadline_inside_a_child_is_an_error_of_the_group() {
    let (start, log) = (Instant::now(), Log::default());
    let ended = task_group!(<TimedOut> |tg| {
        tg.spawn(async {
            gather!(pending::<()>(), timeout = 1s).await?;
            Ok(())
        });
        tg.spawn(holding(log.on_drop("sibling"), after(3_000, Ok(()))));
        Ok(())
    });
    let failures = ended.await.expect_err("one was late");
    assert_eq!((failures.len(), failures.first().after()), (1, ms(1_000)));
    assert_eq!(log.take(), ["sibling"]);
    assert_eq!(start.elapsed(), ms(1_000));
}

// ---- shields: tasks that are lent -------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn s01_a_lent_task_gives_its_result() {
    let start = Instant::now();
    let mut a = spawn(after(1_000, 'a'));
    assert_eq!(gather!(&mut a).await, ('a',));
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn s03_a_lent_task_that_is_cancelled_itself() {
    let start = Instant::now();
    let mut a = tokio::spawn(after(9_000, 'a'));
    let victim = a.abort_handle();
    spawn(async move {
        sleep(ms(1_000)).await;
        victim.abort();
    })
    .detach();
    let error = gather!(&mut a).await.expect_err("it was cancelled");
    assert!(error.is_cancelled());
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn s05_a_lent_task_that_has_finished() {
    let mut a = spawn(async { 'a' });
    settle().await;
    assert_eq!(gather!(&mut a).now_or_never(), Some(('a',)));
}

#[tokio::test(start_paused = true)]
async fn s07_a_gather_that_is_lent_goes_on() {
    let start = Instant::now();
    let mut both = spawn(gather!(after(2_000, 'a'), after(3_000, 'b')));
    assert!(gather!(&mut both, timeout = 1s).await.is_err());
    assert_eq!(start.elapsed(), ms(1_000));
    assert_eq!(both.await, ('a', 'b'));
    assert_eq!(start.elapsed(), ms(3_000));
}

/// In asyncio whoever waits catches his own cancellation. A future that is dropped catches nothing, but a deadline can be
/// passed by.
#[tokio::test(start_paused = true)]
async fn s09_waiting_on_in_spite_of_a_deadline() {
    let start = Instant::now();
    let mut a = spawn(after(3_000, 'a'));
    let value = match gather!(&mut a, timeout = 1s).await {
        Ok((value,)) => value,
        Err(_) => a.await,
    };
    assert_eq!((value, start.elapsed()), ('a', ms(3_000)));
}

// ---- cancelled tasks --------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn x01_a_task_cancelled_before_its_first_step_never_runs() {
    let log = Log::default();
    let own = log.clone();
    let a = spawn(holding(log.on_drop("gone"), async move {
        own.add("runs");
    }));
    assert_eq!(a.cancel().await, None);
    assert_eq!(log.take(), ["gone"]);
}

/// asyncio says whether it was cancelled, this what it has given.
#[tokio::test(start_paused = true)]
async fn x03_cancelling_a_finished_task_gives_its_value() {
    let a = spawn(after(1_000, 'a'));
    sleep(ms(2_000)).await;
    assert!(a.is_finished());
    assert_eq!(a.cancel().await, Some('a'));
}

/// asyncio's `run` waits for the cleanup. A runtime that is dropped aborts what is detached, and waits for nothing: what must
/// be waited for is a child of a group.
#[test]
fn x05_a_detached_task_goes_with_the_runtime() {
    let log = Log::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let end = runtime.block_on(async {
        let (own, start) = (log.clone(), Instant::now());
        spawn(holding(log.on_drop("gone"), async move {
            own.add("runs");
            sleep(ms(5_000)).await;
            own.add("ends");
        }))
        .detach();
        settle().await;
        start.elapsed()
    });
    assert_eq!(log.take(), ["runs"]);
    drop(runtime);
    assert_eq!((log.take(), end), (vec!["gone".to_owned()], ms(1)));
}

// ---- staggered races: `wait!` in a loop -------------------------------------------------------------------------

/// Starts the next attempt when one has failed, or after `delay`. The first success wins; else there are all errors.
async fn staggered<F, T, E>(
    attempts: impl IntoIterator<Item = F>,
    delay: Duration,
) -> Result<(usize, T), Vec<E>>
where
    F: Future<Output = Result<T, E>>,
{
    let (mut attempts, mut errors) = (attempts.into_iter().peekable(), vec![]);
    let mut pending = Pending::new();
    while attempts.peek().is_some() || !pending.is_empty() {
        pending.extend(attempts.next());
        let delay = attempts.peek().map_or(Duration::MAX, |_| delay);
        let (done, rest) = wait!(..pending, return_when = FIRST_COMPLETED, timeout = delay).await;
        pending = rest;
        for (index, result) in done.indexed() {
            match result {
                Ok(value) => return Ok((index, value)),
                Err(error) => errors.push(error),
            }
        }
    }
    Err(errors)
}

#[tokio::test(start_paused = true)]
async fn r01_a_second_attempt_that_is_faster_wins() {
    let (start, log) = (Instant::now(), Log::default());
    let attempts = [(3_000, 'a'), (1_000, 'b')]
        .map(|(time, name)| holding(log.on_drop(&name), after(time, Ok::<_, ()>(name))));
    assert_eq!(staggered(attempts, ms(1_000)).await, Ok((1, 'b')));
    assert_eq!(start.elapsed(), ms(2_000));
    assert_eq!(log.take(), ["b", "a"], "the slower one is cancelled");
}

#[tokio::test(start_paused = true)]
async fn r03_nobody_wins() {
    let start = Instant::now();
    let attempts = ['x', 'y'].map(|error| after(1_000, Err::<(), _>(error)));
    assert_eq!(staggered(attempts, ms(500)).await, Err(vec!['x', 'y']));
    assert_eq!(start.elapsed(), ms(1_500));
}

#[tokio::test(start_paused = true)]
async fn r05_of_nobody_nobody_wins() {
    let attempts: [std::future::Ready<Result<(), ()>>; 0] = [];
    assert_eq!(staggered(attempts, ms(500)).await, Err(vec![]));
}
