//! `wait!`, and what it leaves: `Done` and `Pending`.

mod cancel;
mod conditions;
mod until;

use std::{
    future::{Future, Ready, poll_fn, ready},
    pin::Pin,
    task::Poll,
};

use futures::{Stream, StreamExt, stream::FusedStream};
use rejoin::{Done, Pending, Task, as_completed, done, gather, keyed, spawn, wait};
use rejoin_tests::{Driver, Hand, Log, leaves, ms, odd_fails};
use tokio::time::{Instant, sleep};

async fn after(delay: u64) -> u64 {
    sleep(ms(delay)).await;
    delay
}

fn list<T>(done: Done<T>) -> Vec<T> {
    done.into_iter().collect()
}

// ---- conditions -------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn all_completed_is_the_default() {
    let start = Instant::now();
    let (done, pending) = wait!(..[20, 10].map(after)).await;
    assert_eq!(list(done), [10, 20]);
    assert!(pending.is_empty());
    let (done, _) = wait!(after(5), after(1), return_when = ALL_COMPLETED).await;
    assert_eq!(list(done), [1, 5]);
    assert_eq!(start.elapsed(), ms(25));
}

#[tokio::test(start_paused = true)]
async fn first_completed() {
    let start = Instant::now();
    let (done, pending) = wait!(..[30, 10, 20].map(after), return_when = FIRST_COMPLETED).await;
    assert_eq!(
        (list(done), pending.len(), start.elapsed()),
        (vec![10], 2, ms(10))
    );
}

#[tokio::test(start_paused = true)]
async fn first_exception() {
    let start = Instant::now();
    let jobs = || [4, 2, 3, 6].map(odd_fails);
    let (done, pending) = wait!(..jobs(), return_when = FIRST_EXCEPTION).await;
    assert_eq!(
        (list(done), pending.len(), start.elapsed()),
        (vec![Ok(2), Err(3)], 2, ms(3))
    );
    let (done, pending) = wait!(..pending, return_when = FIRST_EXCEPTION).await;
    assert_eq!(
        (list(done), pending.len(), start.elapsed()),
        (vec![Ok(4), Ok(6)], 0, ms(6))
    );
}

#[tokio::test(start_paused = true)]
async fn first_success() {
    let start = Instant::now();
    let (done, pending) = wait!(..[1, 3, 4, 6].map(odd_fails), return_when = FIRST_SUCCESS).await;
    let expected = (vec![Err(1), Err(3), Ok(4)], 1, ms(4));
    assert_eq!((list(done), pending.len(), start.elapsed()), expected);
    let (done, pending) = wait!(..[1, 3].map(odd_fails), return_when = FIRST_SUCCESS).await;
    assert_eq!((list(done), pending.len()), (vec![Err(1), Err(3)], 0));
}

#[tokio::test(start_paused = true)]
async fn a_number_of_completed() {
    let start = Instant::now();
    let two = 2;
    let (done, pending) = wait!(..[30, 10, 20].map(after), return_when = COMPLETED(two)).await;
    assert_eq!((list(done), start.elapsed()), (vec![10, 20], ms(20)));
    let (done, pending) = wait!(..pending, return_when = COMPLETED(5)).await;
    assert_eq!(
        (list(done), pending.len(), start.elapsed()),
        (vec![30], 0, ms(30))
    );
}

#[test]
fn completed_0_polls_nothing() {
    let (hands, leaves) = leaves::<()>(2);
    let mut run = Driver::new(wait!(..leaves, return_when = COMPLETED(0)));
    let Poll::Ready((done, pending)) = run.poll() else {
        panic!("it is over")
    };
    assert_eq!((done.len(), pending.len()), (0, 2));
    assert_eq!(hands[0].polls() + hands[1].polls(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_empty_set_returns_at_once() {
    let nothing = Pending::<Ready<Result<(), ()>>>::new;
    for (done, pending) in [
        wait!(..nothing()).await,
        wait!(..nothing(), return_when = FIRST_COMPLETED).await,
        wait!(..nothing(), return_when = FIRST_EXCEPTION).await,
        wait!(..nothing(), return_when = FIRST_SUCCESS).await,
        wait!(..nothing(), return_when = COMPLETED(3)).await,
        wait!(..nothing(), timeout = 1h).await,
    ] {
        assert!(done.is_empty() && pending.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn all_that_are_ready_are_given() {
    let (done, pending) = wait!(..[10, 20, 10, 10].map(after), return_when = FIRST_COMPLETED).await;
    let done: Vec<_> = done.indexed().collect();
    assert_eq!((done, pending.len()), (vec![(0, 10), (2, 10), (3, 10)], 1));
}

#[tokio::test]
async fn all_that_are_ready_are_given_also_if_they_are_many() {
    let futures = (0..100_000).map(ready);
    let (done, pending) = wait!(..futures, return_when = FIRST_COMPLETED).await;
    assert_eq!((done.len(), pending.len()), (100_000, 0));
    assert!(done.into_iter().eq(0..100_000));
}

#[tokio::test(start_paused = true)]
async fn an_aborted_handle_is_an_error() {
    let slow = tokio::spawn(after(100));
    let aborted = tokio::spawn(after(200));
    aborted.abort();
    let (done, pending) = wait!(slow, aborted, return_when = FIRST_EXCEPTION).await;
    assert!(list(done)[0].as_ref().unwrap_err().is_cancelled());
    assert_eq!(pending.len(), 1);
}

// ---- options ----------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_timeout_cancels_nothing() {
    let start = Instant::now();
    let (done, pending) = wait!(..[10, 20, 30].map(after), timeout = 20ms).await;
    assert_eq!((list(done), start.elapsed()), (vec![10, 20], ms(20)));
    sleep(ms(5)).await;
    let (done, _) = wait!(..pending).await;
    assert_eq!((list(done), start.elapsed()), (vec![30], ms(30)));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_polls_each_once() {
    let (hands, leaves) = leaves::<()>(600);
    let (done, pending) = wait!(..leaves, timeout = 0s).await;
    assert_eq!((done.len(), pending.len()), (0, 600));
    assert!(hands.iter().all(|hand| hand.polls() == 1));
    let (done, _) = wait!(ready(1), ready(2), timeout = 0s).await;
    assert_eq!(list(done), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_stays_with_what_is_left() {
    let start = Instant::now();
    let log = Log::default();
    let job = |n: u64| {
        let log = log.clone();
        async move {
            log.add(&format!("{n} at {}", start.elapsed().as_millis()));
            after(10).await
        }
    };
    let (done, mut pending) =
        wait!(<limit = 2, return_when = FIRST_COMPLETED> ..(0..8).map(job)).await;
    assert_eq!((done.len(), pending.len()), (2, 6));
    assert_eq!(log.take(), ["0 at 0", "1 at 0", "2 at 10", "3 at 10"]);
    assert_eq!(pending.next().await, Some(10));
    // Nothing is polled, or started, beside the result that is handed out.
    assert_eq!(log.take(), [""; 0]);
    pending.drive(sleep(ms(15))).await;
    assert_eq!(log.take(), ["4 at 20", "5 at 20", "6 at 30", "7 at 30"]);

    // Another wait sets its own limit, or none.
    let (_, pending) = wait!(..(0..6).map(job), limit = 1, timeout = 5ms).await;
    assert_eq!(log.take(), ["0 at 35"]);
    let (_, pending) = wait!(..pending, limit = 2, timeout = 1ms).await;
    assert_eq!(log.take(), ["1 at 40"]);
    let (_, pending) = wait!(..pending).await;
    assert_eq!(log.take(), ["2 at 41", "3 at 41", "4 at 41", "5 at 41"]);
    assert!(pending.is_empty());
}

#[test]
#[should_panic(expected = "`limit` must be at least 1")]
fn a_limit_of_zero_panics_at_the_call() {
    let zero = 0;
    drop(wait!(ready(()), limit = zero));
}

#[tokio::test]
async fn iterators_are_drained_at_the_call_also_under_a_limit() {
    let log = Log::default();
    let wait = wait!(
        ..(0..3).map(|n| {
            log.add(&n);
            ready(n)
        }),
        limit = 1
    );
    assert_eq!(log.take(), ["0", "1", "2"]);
    drop(wait);
}

// ---- several sources --------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn unlike_futures_of_one_output() {
    let (done, pending) = wait!(
        after(20),
        ready(1),
        ..[30, 10].map(after),
        async { 2 },
        return_when = COMPLETED(3)
    )
    .await;
    assert_eq!(
        done.indexed().collect::<Vec<_>>(),
        [(1, 1), (4, 2), (3, 10)]
    );
    let (done, _) = wait!(..pending).await;
    assert_eq!(done.indexed().collect::<Vec<_>>(), [(0, 20), (2, 30)]);
}

#[tokio::test(start_paused = true)]
async fn a_set_and_a_task_stay_a_set_of_tasks() {
    let mut pending: Pending<Task<u64>> = [10, 20].map(|n| spawn(after(n))).into_iter().collect();
    let mut seen = vec![];
    for delay in [25, 1, 40] {
        let (done, rest) = wait!(
            ..pending,
            spawn(after(delay)),
            return_when = FIRST_COMPLETED
        )
        .await;
        pending = rest;
        seen.extend(done.indexed());
    }
    assert_eq!(seen, [(0, 10), (3, 1), (1, 20)]);
    assert_eq!(pending.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_first_set_keeps_its_indices() {
    let start = Instant::now();
    let (_, first) = wait!(..[10, 20, 30].map(after), return_when = FIRST_COMPLETED).await;
    let (_, second) = wait!(..[5, 12].map(after), return_when = FIRST_COMPLETED).await;
    // Equal types: it stays a set of that type.
    let (done, mut first) = wait!(after(1), ..first, ..second, return_when = FIRST_COMPLETED).await;
    assert_eq!(start.elapsed(), ms(16));
    assert_eq!(done.indexed().collect::<Vec<_>>(), [(3, 1)]);
    assert_eq!(first.push(after(3)), 5);
    let (done, rest) = wait!(..first, return_when = COMPLETED(2)).await;
    // The one of the second set was polled on from where it was.
    assert_eq!(done.indexed().collect::<Vec<_>>(), [(5, 3), (1, 20)]);
    assert_eq!(start.elapsed(), ms(20));
    // Unlike types: the same indices.
    let (done, _) = wait!(ready(0), ..rest).await;
    assert_eq!(
        done.indexed().collect::<Vec<_>>(),
        [(6, 0), (4, 12), (2, 30)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_set_is_a_source_for_every_macro() {
    async fn left() -> (Pending<impl Future<Output = Result<u64, u64>>>, Instant) {
        let start = Instant::now();
        let (done, mut pending) = wait!(
            ..[2, 30, 10, 20].map(odd_fails),
            return_when = FIRST_COMPLETED
        )
        .await;
        assert_eq!(list(done), [Ok(2)]);
        // One is done and was not handed out.
        pending.drive(sleep(ms(10))).await;
        (pending, start)
    }
    let (pending, start) = left().await;
    assert_eq!(gather!(..pending).await, Ok(vec![30, 10, 20]));
    assert_eq!(start.elapsed(), ms(30));

    let (pending, _) = left().await;
    let (list, one) = gather!(..pending, after(1), return_exceptions = true, limit = 2).await;
    assert_eq!((list, one), (vec![Ok(30), Ok(10), Ok(20)], 1));

    let (pending, start) = left().await;
    let values = gather!(..pending, timeout = 10ms, partial = true).await;
    assert_eq!(values, Ok(vec![None, Some(10), Some(20)]));
    assert_eq!(start.elapsed(), ms(22));

    let (pending, start) = left().await;
    let mut stream = as_completed!(..pending).indexed();
    assert_eq!(stream.next().await, Some((2, Ok(10))));
    assert_eq!(stream.next().await, Some((3, Ok(20))));
    assert_eq!(start.elapsed(), ms(20));

    let (pending, _) = left().await;
    let mut seen = vec![];
    as_completed!(for item in (..pending, ready(Ok(0))) {
        seen.push(item);
    });
    assert_eq!(seen, [Ok(10), Ok(0), Ok(20), Ok(30)]);
}

// ---- `Pending` --------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_loop_of_waits_that_adds_what_has_failed_anew() {
    let start = Instant::now();
    let mut pending = Pending::new();
    for n in [10, 25, 20, 15] {
        pending.push(odd_fails(n));
    }
    let mut log = vec![];
    while !pending.is_empty() {
        let (done, rest) = wait!(..pending, return_when = FIRST_EXCEPTION).await;
        pending = rest;
        for (index, result) in done.indexed() {
            log.push((index, result, start.elapsed().as_millis()));
            if result.is_err() {
                pending.push(odd_fails(2));
            }
        }
    }
    let expected = [
        (0, Ok(10), 15),
        (3, Err(15), 15),
        (4, Ok(2), 25),
        (2, Ok(20), 25),
        (1, Err(25), 25),
        (5, Ok(2), 27),
    ];
    assert_eq!(log, expected);
}

#[tokio::test(start_paused = true)]
async fn next_and_drive() {
    let start = Instant::now();
    let mut pending: Pending<_> = [20, 10].map(after).into_iter().collect();
    pending.extend([after(30)]);
    assert_eq!(
        (pending.len(), format!("{pending:?}").as_str()),
        (3, "Pending { len: 3, .. }")
    );
    assert_eq!(pending.drive(after(15)).await, 15);
    assert_eq!(pending.len(), 3);
    assert_eq!(pending.next().await, Some(10));
    assert_eq!(start.elapsed(), ms(15));
    assert_eq!(pending.next().await, Some(20));
    assert_eq!(pending.next().await, Some(30));
    assert_eq!(pending.next().await, None);
    assert_eq!(pending.push(after(1)), 3);
    assert_eq!(pending.next().await, Some(1));
    assert!(Pending::<Ready<()>>::default().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_drive_has_found_is_done_in_the_next_wait() {
    let mut pending = Pending::from_iter([10, 30].map(odd_fails));
    pending.push(odd_fails(11));
    pending.drive(sleep(ms(20))).await;
    let start = Instant::now();
    let (done, pending) = wait!(..pending, return_when = FIRST_EXCEPTION).await;
    assert_eq!(
        (list(done), pending.len(), start.elapsed()),
        (vec![Ok(10), Err(11)], 1, ms(0))
    );
}

#[test]
fn dropping_a_set_cancels_what_it_holds_in_order() {
    let log = Log::default();
    let mut pending = Pending::new();
    for n in 0..3 {
        let on_drop = log.on_drop(&n);
        pending.push(async move {
            let _on_drop = on_drop;
            std::future::pending::<()>().await;
        });
    }
    let mut run = Driver::new(wait!(..pending));
    assert!(run.poll().is_pending());
    drop(run);
    assert_eq!(log.take(), ["0", "1", "2"]);
}

// ---- polls ------------------------------------------------------------------------------------------------------

#[test]
fn only_the_woken_are_polled_over_all_waits() {
    let (hands, leaves) = leaves::<usize>(100);
    let mut pending = Pending::from_iter(leaves);
    let mut order: Vec<_> = (0..100).collect();
    order.rotate_left(37);
    for (n, &index) in order.iter().enumerate() {
        let mut run = Driver::new(wait!(..pending, return_when = FIRST_COMPLETED));
        assert!(run.poll().is_pending());
        hands[index].give(index);
        let Poll::Ready((done, rest)) = run.poll() else {
            panic!("one is done")
        };
        assert_eq!((list(done), rest.len()), (vec![index], 99 - n));
        pending = rest;
    }
    assert!(hands.iter().all(|hand| hand.polls() == 2));
}

#[test]
fn ties_are_given_in_argument_order() {
    let (hands, leaves) = leaves::<usize>(130);
    let mut run = Driver::new(wait!(..leaves, return_when = FIRST_COMPLETED));
    assert!(run.poll().is_pending());
    for index in [129, 3, 70, 64, 0] {
        hands[index].give(index);
    }
    let Poll::Ready((done, _)) = run.poll() else {
        panic!("some are done")
    };
    assert_eq!(list(done), [0, 3, 64, 70, 129]);
}

/// A million futures, one done at each wait. Linear: otherwise this would take hours.
#[test]
fn a_million_waits_poll_each_future_twice() {
    const COUNT: usize = 1_000_000;
    let (hands, leaves) = leaves::<()>(COUNT);
    let mut pending = Pending::from_iter(leaves);
    for n in 0..COUNT {
        let mut run = Driver::new(wait!(..pending, return_when = FIRST_COMPLETED));
        if n == 0 {
            assert!(run.run().is_pending());
        }
        hands[(n * 7919) % COUNT].give(());
        // Once in so many polls the runtime has its turn.
        let Poll::Ready((done, rest)) = run.run() else {
            panic!("one is done")
        };
        assert_eq!(done.len(), 1);
        pending = rest;
    }
    assert!(pending.is_empty());
    assert!(hands.iter().all(|hand| hand.polls() == 2));
}

/// The branches that were woken are more than one poll reaches, and are woken again in each.
#[test]
fn a_wait_whose_condition_holds_ends_although_branches_wake_themselves() {
    let restless = |n: usize| {
        let mut polls = 0;
        poll_fn(move |cx| {
            polls += 1;
            if n == 1_000 && polls == 2 {
                return Poll::Ready(n);
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    };
    let wait = wait!(..(0..2_000).map(restless), return_when = FIRST_COMPLETED);
    let mut wait = Driver::new(wait);
    let end = (0..20).find_map(|_| match wait.poll() {
        Poll::Ready(end) => Some(end),
        Poll::Pending => None,
    });
    let (done, pending) = end.expect("the condition holds");
    assert_eq!((list(done), pending.len()), (vec![1_000], 1_999));
}

#[test]
fn each_poll_of_a_wait_has_a_budget_of_its_own() {
    let (hands, branches) = leaves::<()>(300);
    let mut wait = Driver::new(wait!(..branches));
    for n in 1..10 {
        assert!(wait.poll().is_pending());
        let polls = hands.iter().map(Hand::polls).sum::<usize>();
        assert_eq!((polls, wait.wakes()), (300 * n, n - 1));
        hands.iter().for_each(Hand::wake);
    }
}

// ---- panics -----------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_panic_drops_everything_and_later_waits_panic() {
    let log = Log::default();
    let mut pending: Pending<Pin<Box<dyn Future<Output = ()> + Send>>> = Pending::new();
    let on_drop = log.on_drop("other");
    pending.push(Box::pin(async move {
        let _on_drop = on_drop;
        std::future::pending::<()>().await;
    }));
    pending.push(Box::pin(async { panic!("bang") }));
    let result = tokio::spawn(async move {
        let caught = tokio::task::unconstrained(async {
            let mut next = Box::pin(pending.next());
            std::future::poll_fn(|cx| {
                let poll = std::panic::AssertUnwindSafe(|| next.as_mut().poll(cx));
                Poll::Ready(std::panic::catch_unwind(poll))
            })
            .await
        })
        .await;
        assert!(caught.is_err());
        assert_eq!(log.take(), ["other"]);
        assert!(pending.is_empty());
        pending.next().await
    })
    .await;
    let panic = result.unwrap_err().into_panic();
    let message = panic.downcast_ref::<&str>().unwrap();
    assert!(message.contains("after a panic"), "{message}");
}

#[test]
#[should_panic(expected = "`wait!` polled after it was ready")]
fn polled_again_it_panics() {
    let mut run = Driver::new(wait!(ready(1)));
    assert!(run.poll().is_ready());
    let _ = run.poll();
}

// ---- `Done` -----------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn done_is_a_list() {
    let (done, _) = wait!(..[20, 10].map(after)).await;
    assert_eq!(
        (done.len(), done.is_empty(), format!("{done:?}")),
        (2, false, "[10, 20]".into())
    );
    assert!(done.iter().eq(&[10, 20]));
    let mut items = done.clone().into_iter();
    assert_eq!(
        (items.len(), items.next_back(), items.next()),
        (2, Some(20), Some(10))
    );
    assert_eq!((items.next(), items.next_back()), (None, None));
    assert_eq!(done.clone().indexed().len(), 2);
    assert_eq!(done.indexed().rev().collect::<Vec<_>>(), [(0, 20), (1, 10)]);
}

#[tokio::test(start_paused = true)]
async fn done_is_iterated_by_reference() {
    let (done, _) = wait!(..[30, 20, 10].map(after)).await;
    let mut seen = Vec::new();
    for output in &done {
        seen.push(*output);
    }
    assert_eq!(seen, [10, 20, 30]);
    let mut iter: done::Iter<'_, u64> = done.iter();
    assert_eq!((iter.len(), iter.next_back()), (3, Some(&30)));
    assert_eq!(format!("{iter:?}"), "[10, 20]");
    let copy = iter.clone();
    assert!(iter.eq(copy));
    let by_value: done::IntoIter<u64> = done.clone().into_iter();
    assert_eq!(format!("{by_value:?}"), "[10, 20, 30]");
    let by_index: done::IntoIndexed<u64> = done.indexed();
    assert_eq!(format!("{by_index:?}"), "[(2, 10), (1, 20), (0, 30)]");
}

#[tokio::test(start_paused = true)]
async fn the_first_of_done_is_the_one_that_was_done_first() {
    let (done, _) = wait!(..[20, 10].map(after)).await;
    assert_eq!(done.first(), Some(&10));
    assert_eq!(done.into_first(), Some(10));
    let (done, _) = wait!(..[20, 10].map(after), return_when = COMPLETED(0)).await;
    assert!(done.is_empty());
    assert_eq!(done.first(), None);
    assert_eq!(done.into_first(), None);
}

#[tokio::test(start_paused = true)]
async fn done_of_a_second_wait_equals_the_same_results_of_a_first_one() {
    let (done, pending) = wait!(..[10, 20, 30].map(after), return_when = FIRST_COMPLETED).await;
    assert_eq!(done.len(), 1);
    let mut pending = pending;
    pending.drive(sleep(ms(30))).await;
    assert_eq!(pending.next().await, Some(20));
    let (second, _) = wait!(..pending).await;
    let mut third = Pending::from_iter([after(1), after(2), after(30)]);
    third.next().await;
    third.next().await;
    assert_eq!(wait!(..third).await.0, second);
}

#[tokio::test(start_paused = true)]
async fn a_pending_is_a_stream_that_goes_on_after_a_push() {
    fn is_send<T: Send + Unpin>(_: &T) {}
    let mut pending: Pending<_> = [20, 10].map(after).into_iter().collect();
    is_send(&pending);
    assert_eq!(pending.size_hint(), (2, Some(2)));
    assert!(!pending.is_terminated());
    assert_eq!(StreamExt::next(&mut pending).await, Some(10));
    assert_eq!(pending.size_hint(), (1, Some(1)));
    assert_eq!(StreamExt::next(&mut pending).await, Some(20));
    assert!(pending.is_terminated());
    assert_eq!(StreamExt::next(&mut pending).await, None);
    assert_eq!(pending.push(after(5)), 2);
    assert!(!pending.is_terminated());
    assert_eq!(
        pending.map(|output| output + 1).collect::<Vec<_>>().await,
        [6]
    );
}

#[test]
fn a_pending_as_a_stream_hands_out_one_result_a_poll() {
    let (hands, leaves) = leaves::<u8>(3);
    let mut pending = Pending::from_iter(leaves);
    let mut driver = Driver::new(async {
        let mut outputs = Vec::new();
        while let Some(output) = StreamExt::next(&mut pending).await {
            outputs.push((output, hands.iter().map(Hand::polls).sum::<usize>()));
            if outputs.len() == 2 {
                break;
            }
        }
        outputs
    });
    assert_eq!(driver.poll(), Poll::Pending);
    hands[2].give(2);
    hands[0].give(0);
    // No branch is polled beyond the first result until that was handed out.
    assert_eq!(driver.run(), Poll::Ready(vec![(0, 4), (2, 5)]));
}

#[test]
fn send_sync_and_unpin_follow_from_the_parts() {
    fn is<T: Send + Sync + Unpin>(_: &T) {}
    fn is_send<T: Send + Unpin>(_: &T) {}
    is(&Pending::from_iter([ready(1)]));
    is(&wait!(ready(1), timeout = 1s));
    let urls = [String::new()];
    is_send(&wait!(..urls.iter().map(|url| async move { url.len() })));
}

// ---- keys -------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn results_keep_their_keys() {
    let pairs = [30, 10, 20].map(|delay| (delay * 2, after(delay)));
    let (done, pending) = wait!(..pairs, return_when = COMPLETED(2)).await;
    assert_eq!(list(done), [(20, 10), (40, 20)]);
    let (done, pending) = wait!(..pending).await;
    assert_eq!(done.indexed().collect::<Vec<_>>(), [(0, (60, 30))]);
    assert!(pending.is_empty());

    // A deadline of the call and a limit change nothing about them.
    let pairs = [30, 10].map(|delay| (delay, after(delay)));
    let (done, pending) = wait!(..pairs, timeout = 15ms, limit = 1).await;
    assert_eq!((done.len(), pending.len()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn conditions_look_at_the_result_beside_a_key() {
    let start = Instant::now();
    let pairs = || [4, 2, 3, 6].map(|delay| (delay * 10, odd_fails(delay)));
    let (done, pending) = wait!(..pairs(), return_when = FIRST_EXCEPTION).await;
    assert_eq!(list(done), [(20, Ok(2)), (30, Err(3))]);
    assert_eq!(start.elapsed(), ms(3));

    let (done, pending) = wait!(..pending, return_when = FIRST_SUCCESS).await;
    assert_eq!(list(done), [(40, Ok(4))]);
    assert_eq!(start.elapsed(), ms(4));
    assert_eq!(pending.len(), 1);

    let (done, _) = wait!(
        keyed('a', odd_fails(5)),
        keyed('b', odd_fails(8)),
        return_when = FIRST_SUCCESS
    )
    .await;
    assert_eq!(list(done), [('a', Err(5)), ('b', Ok(8))]);

    let (done, _) = wait!(..pairs(), return_when = SUCCEEDED(2)).await;
    assert_eq!(list(done), [(20, Ok(2)), (30, Err(3)), (40, Ok(4))]);

    // Keyed futures of unlike types.
    let (done, _) = wait!(
        ..[('a', ready(Ok::<u64, u64>(1)))],
        keyed('b', odd_fails(9)),
        return_when = FIRST_SUCCESS
    )
    .await;
    assert_eq!(list(done), [('a', Ok(1))]);
}
