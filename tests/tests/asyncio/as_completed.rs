//! The cases of asyncio's `as_completed`, and what `as_completed!` does with them: a test's name begins with the number of
//! its case.
//!
//! In comments `A 2s→a` says that A ends after two seconds with `a`. Where asyncio does something else, they say what.

use std::{
    future::Ready,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rejoin::{Pending, TimedOut, as_completed, spawn, wait};
use rejoin_tests::{Log, after, holding, ms, settle};
use tokio::{
    task::yield_now,
    time::{Instant, sleep, timeout},
};

type Item<T> = Option<Result<T, TimedOut>>;

/// How long a deadline was that has passed.
fn late<T>(item: Item<T>) -> u128 {
    let late = item.and_then(Result::err);
    late.expect("the deadline has passed").after().as_millis()
}

#[tokio::test(start_paused = true)]
async fn c01_of_nothing_there_is_nothing() {
    let start = Instant::now();
    let nothing = Vec::<Ready<u8>>::new;
    assert_eq!(as_completed!(..nothing()).next().await, None);
    assert_eq!(as_completed!(..nothing(), timeout = 0s).next().await, None);
    as_completed!(
        for _ in ..nothing() {
            unreachable!("there is no item, and nothing is late");
        },
        timeout = 0s
    );
    assert_eq!(start.elapsed(), ms(0));
}

/// In asyncio the order of these two is not specified.
#[tokio::test(start_paused = true)]
async fn c03_ties_come_in_argument_order() {
    let start = Instant::now();
    let mut results = as_completed!(after(1_000, 'a'), after(1_000, 'b'));
    assert_eq!(results.next().await, Some('a'));
    assert_eq!(start.elapsed(), ms(1_000));
    assert_eq!(results.next().await, Some('b'));
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn c05_an_error_is_an_item() {
    let start = Instant::now();
    let mut results = as_completed!(after(1_000, Err("e")), after(2_000, Ok('b')));
    assert_eq!(results.next().await, Some(Err("e")));
    assert_eq!(start.elapsed(), ms(1_000));
    assert_eq!(results.next().await, Some(Ok('b')));
    assert_eq!(start.elapsed(), ms(2_000));
    assert_eq!(results.next().await, None);
}

/// In asyncio B goes on to its end at three seconds.
#[tokio::test(start_paused = true)]
async fn c07_at_the_deadline_what_is_left_is_cancelled() {
    let (start, log) = (Instant::now(), Log::default());
    let mut results = as_completed!(
        after(1_000, 'a'),
        holding(log.on_drop("B"), after(3_000, 'b')),
        timeout = 2s
    );
    assert_eq!(results.next().await, Some(Ok('a')));
    assert_eq!(start.elapsed(), ms(1_000));
    assert!(log.take().is_empty());
    assert_eq!(late(results.next().await), 2_000);
    assert_eq!(start.elapsed(), ms(2_000));
    assert_eq!(log.take(), ["B"]);
    assert_eq!(results.next().await, None);
}

/// In asyncio each further step raises once more, as often as there were items left.
#[tokio::test(start_paused = true)]
async fn c09_a_loop_hears_of_the_deadline_once() {
    let (start, mut seen) = (Instant::now(), vec![]);
    as_completed!(
        for item in (after(1_000, 'a'), after(3_000, 'b'), after(3_000, 'c')) {
            seen.push((item.map_err(|late| late.after()), start.elapsed()));
        },
        timeout = 2s
    );
    assert_eq!(seen, [(Ok('a'), ms(1_000)), (Err(ms(2_000)), ms(2_000))]);
}

#[tokio::test(start_paused = true)]
async fn c11_what_has_finished_comes_before_a_deadline_of_zero() {
    let a = spawn(async { 'a' });
    settle().await;
    let start = Instant::now();
    let mut results = as_completed!(a, spawn(after(1_000, 'b')), timeout = 0s);
    assert_eq!(results.next().await, Some(Ok('a')));
    assert_eq!(late(results.next().await), 0);
    assert_eq!(results.next().await, None);
    assert_eq!(start.elapsed(), ms(0));
}

#[tokio::test(start_paused = true)]
async fn c13_the_deadline_is_one_for_all_items() {
    let start = Instant::now();
    let branches = [(1_000, 'a'), (2_000, 'b'), (3_000, 'c')].map(|(time, name)| after(time, name));
    let mut results = as_completed!(..branches, timeout = 2.5s);
    for (name, time) in [('a', 1_000), ('b', 2_000)] {
        assert_eq!(results.next().await, Some(Ok(name)));
        assert_eq!(start.elapsed(), ms(time));
    }
    assert_eq!(late(results.next().await), 2_500);
    assert_eq!(start.elapsed(), ms(2_500));
}

/// asyncio raises at five seconds. So does the loop, which goes on while its body awaits: B was late. A stream learns only
/// when it is polled that B is done, and then takes it as it finds it.
#[tokio::test(start_paused = true)]
async fn c15_a_slow_consumer() {
    let (start, log, mut seen) = (Instant::now(), Log::default(), vec![]);
    as_completed!(
        for item in (
            after(1_000, 'a'),
            holding(log.on_drop("B"), after(3_000, 'b'))
        ) {
            seen.push((item.map_err(|late| late.after()), start.elapsed()));
            if seen.len() == 1 {
                sleep(ms(1_500)).await;
                assert_eq!(log.take(), ["B"], "at the deadline");
                sleep(ms(2_500)).await;
            }
        },
        timeout = 2s
    );
    assert_eq!(seen, [(Ok('a'), ms(1_000)), (Err(ms(2_000)), ms(5_000))]);

    let start = Instant::now();
    let mut results = as_completed!(
        spawn(after(1_000, 'a')),
        spawn(after(3_000, 'b')),
        timeout = 2s
    );
    assert_eq!(results.next().await, Some(Ok('a')));
    sleep(ms(4_000)).await;
    assert_eq!(results.next().await, Some(Ok('b')));
    assert_eq!(start.elapsed(), ms(5_000));
    assert_eq!(results.next().await, None);
}

/// In asyncio the item is the task, and for a coroutine a task that was made for it; so one of them cannot be told by it.
#[tokio::test(start_paused = true)]
async fn c17_a_future_and_a_task_are_told_by_their_indices() {
    let task = spawn(after(1_000, 't'));
    let mut results = as_completed!(after(2_000, 'c'), task).indexed();
    assert_eq!(results.next().await, Some((1, 't')));
    assert_eq!(results.next().await, Some((0, 'c')));
    assert_eq!(results.next().await, None);
}

/// In asyncio it looks as if the consumer had been cancelled itself.
#[tokio::test(start_paused = true)]
async fn c19_a_task_that_was_cancelled_by_others_is_an_item() {
    let start = Instant::now();
    let (a, b) = (
        tokio::spawn(after(9_000, 'a')),
        tokio::spawn(after(2_000, 'b')),
    );
    let victim = a.abort_handle();
    spawn(async move {
        sleep(ms(1_000)).await;
        victim.abort();
    })
    .detach();
    let mut results = as_completed!(a, b);
    let first = results.next().await.expect("two come");
    assert!(first.expect_err("A was cancelled").is_cancelled());
    assert_eq!(start.elapsed(), ms(1_000));
    let second = results.next().await.expect("two come");
    assert_eq!(second.expect("B was not"), 'b');
    assert_eq!(start.elapsed(), ms(2_000));
}

#[tokio::test(start_paused = true)]
async fn c21_what_has_finished_comes_first_in_argument_order() {
    let (a, b) = (spawn(async { 'a' }), spawn(async { 'b' }));
    settle().await;
    let start = Instant::now();
    let mut results = as_completed!(spawn(after(1_000, 'c')), b, a);
    assert_eq!(results.next().await, Some('b'));
    assert_eq!(results.next().await, Some('a'));
    assert_eq!(start.elapsed(), ms(0));
    assert_eq!(results.next().await, Some('c'));
    assert_eq!(start.elapsed(), ms(1_000));
}

/// In asyncio nothing can be added.
#[tokio::test(start_paused = true)]
async fn c27_more_can_be_pushed_meanwhile() {
    let start = Instant::now();
    let mut results = as_completed!(..vec![after(1_000, 'a')]);
    assert_eq!(results.push(after(500, 'b')), 1);
    assert_eq!(results.next().await, Some('b'));
    assert_eq!(start.elapsed(), ms(500));
    assert_eq!(results.next().await, Some('a'));
    assert_eq!(results.next().await, None);

    let (start, mut seen) = (Instant::now(), vec![]);
    let mut pending = Pending::from_iter([after(1_000, 'a')]);
    as_completed!(for name in ..&mut pending {
        seen.push((name, start.elapsed()));
        if name == 'a' {
            pending.push(after(500, 'b'));
        }
    });
    assert_eq!(seen, [('a', ms(1_000)), ('b', ms(1_500))]);
}

/// Since 3.13 asyncio starts coroutines at the call. Here a future starts at the first poll, and a task when it is spawned.
#[tokio::test(start_paused = true)]
async fn c29_branches_start_when_they_are_polled_and_tasks_at_once() {
    for (spawned, ends) in [(false, 4_000), (true, 3_000)] {
        let start = Instant::now();
        let future = after(1_000, 'a');
        let mut results = if spawned {
            as_completed!(..vec![futures::future::Either::Left(spawn(future))])
        } else {
            as_completed!(..vec![futures::future::Either::Right(future)])
        };
        sleep(ms(3_000)).await;
        assert_eq!(results.next().await, Some('a'));
        assert_eq!(start.elapsed(), ms(ends));
    }
}

/// In asyncio the deadline wins.
#[tokio::test(start_paused = true)]
async fn c31_what_is_done_at_the_deadline_is_in_time() {
    let start = Instant::now();
    let mut results = as_completed!(after(2_000, 'a'), timeout = 2s);
    assert_eq!(results.next().await, Some(Ok('a')));
    assert_eq!(start.elapsed(), ms(2_000));
    assert_eq!(results.next().await, None);
}

/// In asyncio B goes on.
#[tokio::test(start_paused = true)]
async fn c33_a_deadline_around_a_loop_cancels_its_branches() {
    let (start, log, mut seen) = (Instant::now(), Log::default(), vec![]);
    let work = async {
        let b = holding(log.on_drop("B"), after(3_000, 'b'));
        as_completed!(for name in (after(1_000, 'a'), b) {
            seen.push((name, start.elapsed()));
        });
    };
    assert!(timeout(ms(2_000), work).await.is_err());
    assert_eq!(start.elapsed(), ms(2_000));
    assert_eq!(log.take(), ["B"]);
    assert_eq!(seen, [('a', ms(1_000))]);
}

#[tokio::test(start_paused = true)]
async fn c35_after_an_error_of_the_only_one_it_ends() {
    let start = Instant::now();
    let mut results = as_completed!(after(1_000, Err::<(), _>("e")));
    assert_eq!(results.next().await, Some(Err("e")));
    assert_eq!(results.next().await, None);
    assert_eq!(start.elapsed(), ms(1_000));
}

/// In asyncio the deadline wins.
#[tokio::test(start_paused = true)]
async fn c37_what_ran_before_the_call_and_is_done_at_the_deadline() {
    // Polled before the call, it is in place all the same.
    let start = Instant::now();
    let running = Pending::from_iter([after(2_000, 'a')]);
    let (done, running) = wait!(..running, timeout = 0s).await;
    assert!(done.is_empty());
    let mut results = as_completed!(..running, timeout = 2s);
    assert_eq!(results.next().await, Some(Ok('a')));
    assert_eq!(results.next().await, None);
    assert_eq!(start.elapsed(), ms(2_000));

    // A task counts if it has run by then, which is up to the runtime.
    for starts_first in [true, false] {
        let (start, ran) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let own = Arc::clone(&ran);
        let a = spawn(async move {
            sleep(ms(2_000)).await;
            own.store(true, Ordering::Relaxed);
        });
        if starts_first {
            yield_now().await;
        }
        let item = as_completed!(a, timeout = 2s).next().await;
        assert_eq!(start.elapsed(), ms(2_000));
        let in_time = item.expect("something comes").is_ok();
        assert_eq!(in_time, ran.load(Ordering::Relaxed));
    }
}
