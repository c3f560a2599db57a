//! `as_completed!` as a stream.

use std::{
    cell::{Cell, RefCell},
    future::{Future, Ready, pending, poll_fn, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use futures::{FutureExt, Stream, StreamExt, stream::FusedStream};
use rejoin::{TimedOut, as_completed, spawn, wait};
use rejoin_tests::{Driver, Hand, Log, leaves, ms};
use tokio::time::{Instant, sleep};

async fn after(delay: u64) -> u64 {
    sleep(ms(delay)).await;
    delay
}

// ---- items ------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn results_come_in_completion_order() {
    let start = Instant::now();
    let mut results = as_completed!(after(20), ..[30, 10].map(after), async { 5 });
    let mut seen = vec![];
    while let Some(n) = results.next().await {
        seen.push((n, start.elapsed()));
    }
    assert_eq!(seen, [(5, ms(0)), (10, ms(10)), (20, ms(20)), (30, ms(30))]);
    assert_eq!(results.next().await, None);
}

#[test]
fn ties_come_in_argument_order() {
    let (hands, leaves) = leaves::<usize>(130);
    let mut results = as_completed!(..leaves);
    let mut all = Driver::new(poll_fn(|cx| {
        let mut seen = vec![];
        while let Poll::Ready(Some(n)) = results.poll_next_unpin(cx) {
            seen.push(n);
        }
        if seen.is_empty() {
            Poll::Pending
        } else {
            Poll::Ready(seen)
        }
    }));
    assert!(all.poll().is_pending());
    for n in [129, 3, 70, 64, 0] {
        hands[n].give(n);
    }
    assert_eq!(all.poll(), Poll::Ready(vec![0, 3, 64, 70, 129]));
}

#[test]
fn each_is_polled_once_and_then_once_a_wake_and_dropped_when_done() {
    let (hands, leaves) = leaves::<usize>(8);
    let mut results = as_completed!(..leaves);
    let mut next = Driver::new(poll_fn(|cx| results.poll_next_unpin(cx)));
    assert!(next.poll().is_pending());
    for (n, hand) in hands.iter().enumerate().rev() {
        hand.wake();
        hand.wake();
        assert!(next.poll().is_pending());
        hand.give(n);
        assert_eq!(next.poll(), Poll::Ready(Some(n)));
        assert!(hand.is_dropped());
    }
    assert_eq!(next.poll(), Poll::Ready(None));
    assert!(hands.iter().all(|hand| hand.polls() == 3));
}

#[tokio::test(start_paused = true)]
async fn indices_are_those_of_arguments_and_pushes() {
    let mut results = as_completed!(..[30, 10].map(after));
    assert_eq!(results.push(after(20)), 2);
    assert_eq!(results.next().await, Some(10));
    assert_eq!(results.push(after(1)), 3);
    let mut results = results.indexed();
    assert_eq!(results.next().await, Some((3, 1)));
    assert_eq!(results.next().await, Some((2, 20)));
    assert_eq!(results.next().await, Some((0, 30)));
    assert_eq!(results.next().await, None);
    assert!(results.is_terminated());
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_empty_only_when_nothing_can_come() {
    let odd = (0..5).filter(|n| n % 2 == 1).map(ready);
    let mut results = as_completed!(..odd, limit = 1);
    assert_eq!(results.len(), 0, "the lower bound");
    assert!(!results.is_empty() && !results.is_terminated());
    assert_eq!(results.next().await, Some(1));
    assert!(!results.is_empty());
    assert_eq!(results.next().await, Some(3));
    assert!(!results.is_empty(), "the iterator has not ended yet");
    assert_eq!(results.next().await, None);
    assert!(results.is_empty() && results.is_terminated());

    let mut results = as_completed!(..[ready(1)], limit = 2);
    assert_eq!(results.next().await, Some(1));
    assert!(results.is_empty() && results.is_terminated());
    let none = as_completed!(..Vec::<Ready<u8>>::new(), limit = 2);
    assert!(none.is_empty() && none.is_terminated());
}

#[tokio::test(start_paused = true)]
async fn a_stream_with_an_error_to_come_is_not_empty() {
    let mut results = as_completed!(after(10), after(30), timeout = 20ms);
    assert_eq!(results.next().await, Some(Ok(10)));
    assert!(!results.is_empty());
    assert!(results.next().await.unwrap().is_err());
    assert!(results.is_empty());
    assert_eq!(results.push(after(1)), 2);
    assert!(results.is_empty(), "a push after the timeout adds nothing");
}

#[tokio::test(start_paused = true)]
async fn a_push_revives_a_stream_that_has_run_empty() {
    let mut results = as_completed!(..[ready(1)]);
    assert!(!results.is_terminated() && results.len() == 1 && !results.is_empty());
    assert_eq!(results.next().await, Some(1));
    assert!(results.is_terminated() && results.is_empty());
    assert_eq!((results.next().await, results.next().await), (None, None));
    assert_eq!(results.push(ready(2)), 1);
    assert!(!results.is_terminated());
    assert_eq!(results.next().await, Some(2));
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_becomes_a_set() {
    let mut results = as_completed!(..[30, 10, 10].map(after));
    assert_eq!(results.next().await, Some(10));
    let mut left = results.into_pending();
    // One is done and was not handed out.
    assert_eq!(left.len(), 2);
    assert_eq!(left.push(after(1)), 3);
    let (done, _) = wait!(..left).await;
    assert_eq!(
        done.indexed().collect::<Vec<_>>(),
        [(2, 10), (3, 1), (0, 30)]
    );

    // What the limit has kept back is dropped.
    let mut results = as_completed!(..[10, 10, 10].map(after), limit = 1);
    assert_eq!(results.next().await, Some(10));
    assert_eq!(results.len(), 2);
    assert_eq!(results.into_pending().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn for_each_keeps_the_rest_running() {
    let (start, finished) = (Instant::now(), RefCell::new(vec![]));
    let children = [20, 30, 40].map(|n| {
        let finished = &finished;
        async move {
            sleep(ms(n)).await;
            finished.borrow_mut().push(start.elapsed());
            n
        }
    });
    let mut seen = vec![];
    as_completed!(..children)
        .for_each(async |n| {
            seen.push(n);
            sleep(ms(500)).await;
        })
        .await;
    assert_eq!((seen, start.elapsed()), (vec![20, 30, 40], ms(1520)));
    assert_eq!(*finished.borrow(), [ms(20), ms(30), ms(40)]);
}

#[tokio::test]
async fn it_is_a_stream_like_any_other() {
    let results = as_completed!(..(0..5).map(ready));
    assert_eq!(results.size_hint(), (5, Some(5)));
    assert_eq!(
        results.map(|n| n * 2).collect::<Vec<_>>().await,
        [0, 2, 4, 6, 8]
    );
    let results = as_completed!(..(0..5).map(ready), limit = 2, timeout = 1s);
    assert_eq!(results.size_hint(), (1, Some(5)));
    assert_eq!(results.count().await, 5);
    let debug = format!("{:?}", as_completed!(..(0..5).map(ready)));
    assert_eq!(debug, "AsCompleted { len: 5, .. }");
}

/// More than it starts in one poll.
#[test]
fn all_permits_of_a_limit_are_used_although_a_poll_was_cut_short() {
    let (hands, branches) = leaves::<()>(3_000);
    let mut results = as_completed!(..branches.into_iter(), limit = 2_000);
    let mut next = Driver::new(results.next());
    assert!(next.run().is_pending());
    let polls = hands.iter().map(Hand::polls).sum::<usize>();
    assert_eq!((polls, next.polls()), (2_000, 2));
}

// ---- drops and panics -------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn dropping_it_cancels_what_is_left_in_argument_order() {
    let log = Log::default();
    let child = |delay: u64| {
        let on_drop = log.on_drop(&delay);
        async move {
            let _on_drop = on_drop;
            after(delay).await
        }
    };
    let mut results = as_completed!(..[30, 10, 20].map(child));
    assert_eq!(results.next().await, Some(10));
    assert_eq!(log.take(), ["10"]);
    results.push(child(5));
    drop(results);
    assert_eq!(log.take(), ["30", "20", "5"]);
}

#[test]
fn a_panic_drops_the_rest_and_is_told_again() {
    let log = Log::default();
    let on_drop = log.on_drop("other");
    let branches: [Pin<Box<dyn Future<Output = ()>>>; 2] = [
        Box::pin(async move {
            let _on_drop = on_drop;
            pending::<()>().await;
        }),
        Box::pin(async { panic!("bang") }),
    ];
    let source = log.on_drop("source");
    let branches = branches.into_iter().inspect(move |_| {
        let _ = &source;
    });
    let mut results = as_completed!(..branches, limit = 2);
    let poll = catch_unwind(AssertUnwindSafe(|| results.next().now_or_never()));
    assert_eq!(*poll.unwrap_err().downcast::<&str>().unwrap(), "bang");
    assert_eq!(log.take(), ["other", "source"]);
    let again = catch_unwind(AssertUnwindSafe(|| results.next().now_or_never()));
    assert!(
        again
            .unwrap_err()
            .downcast::<&str>()
            .unwrap()
            .contains("after a panic")
    );
}

// ---- limits -----------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn an_endless_iterator_under_a_limit() {
    let drawn = Cell::new(0_u64);
    // One that says nothing of its length.
    let endless = std::iter::from_fn(|| {
        drawn.set(drawn.get() + 1);
        Some(after(drawn.get() % 3))
    });
    let mut results = as_completed!(..endless, limit = 8);
    assert_eq!(
        (drawn.get(), results.len()),
        (0, 0),
        "nothing is drawn before the first poll"
    );
    for n in 0..10_000 {
        assert!(results.next().await.is_some());
        // A result keeps its place until it is handed on.
        assert!(drawn.get() <= n + 8, "{n}: {}", drawn.get());
    }
    assert!(results.len() <= 8);
}

#[tokio::test]
async fn ready_ones_without_end_starve_nobody() {
    let (hands, mut leaves) = leaves::<u32>(1);
    let slow = leaves.pop().unwrap().left_future::<Ready<u32>>();
    let endless = std::iter::once(slow).chain(std::iter::repeat_with(|| ready(0).right_future()));
    let mut results = as_completed!(..endless, limit = 3);
    for _ in 0..100 {
        assert_eq!(results.next().await, Some(0));
    }
    hands[0].give(1);
    let next = [
        results.next().await,
        results.next().await,
        results.next().await,
    ];
    assert!(next[..=2].contains(&Some(1)), "{next:?}");
}

#[tokio::test(start_paused = true)]
async fn a_push_goes_before_what_the_iterator_has_not_given() {
    let start = Instant::now();
    let mut results = as_completed!(..[10, 10, 10].map(after), limit = 1);
    assert_eq!(results.push(after(5)), 0);
    let mut results = results.indexed();
    let mut seen = vec![];
    while let Some(item) = results.next().await {
        seen.push((item, start.elapsed()));
    }
    let expected = [
        ((0, 5), ms(5)),
        ((1, 10), ms(15)),
        ((2, 10), ms(25)),
        ((3, 10), ms(35)),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_holds_tasks_back() {
    let started = Arc::new(AtomicUsize::new(0));
    let tasks = (0..10).map(|_| {
        let started = Arc::clone(&started);
        spawn(async move {
            started.fetch_add(1, Ordering::Relaxed);
        })
    });
    let mut results = as_completed!(..tasks, limit = 3);
    results.next().await;
    sleep(ms(10)).await;
    assert_eq!(started.load(Ordering::Relaxed), 3);
    results.next().await;
    sleep(ms(10)).await;
    assert_eq!(started.load(Ordering::Relaxed), 4);
}

#[test]
#[should_panic(expected = "`limit` must be at least 1")]
fn a_limit_of_zero_panics_at_the_call() {
    let zero = 0;
    let _ = as_completed!(ready(()), limit = zero);
}

#[test]
fn without_a_limit_an_iterator_is_drained_at_the_call() {
    let log = Log::default();
    let add = |entry: &str| log.add(entry);
    drop(as_completed!(
        ..(0..2).map(|n| {
            log.add(&n);
            ready(n)
        }),
        {
            add("item");
            ready(2)
        },
        timeout = {
            add("timeout");
            ms(1)
        }
    ));
    assert_eq!(log.take(), ["item", "timeout", "0", "1"]);
}

// ---- deadlines --------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn what_is_done_by_the_deadline_comes_first_and_then_one_error() {
    let start = Instant::now();
    let mut results = as_completed!(..[10, 30, 20, 40].map(after), timeout = 25ms);
    sleep(ms(3)).await;
    let mut seen = vec![];
    while let Some(item) = results.next().await {
        seen.push((item.map_err(|late| late.after()), start.elapsed()));
    }
    // It counts from the first poll.
    assert_eq!(
        seen,
        [(Ok(10), ms(13)), (Ok(20), ms(23)), (Err(ms(25)), ms(28))]
    );
    assert!(results.is_terminated());
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_ready_at_the_deadline_is_in_time() {
    let mut results = as_completed!(after(20), after(30), timeout = 20ms);
    assert_eq!(results.next().await, Some(Ok(20)));
    assert!(results.next().await.unwrap().is_err());
    let mut results = as_completed!(..[ready(1), ready(2)], timeout = 0s);
    assert_eq!(results.next().await, Some(Ok(1)));
    assert_eq!(results.next().await, Some(Ok(2)));
    assert_eq!(results.next().await, None);
    let (hands, leaves) = leaves::<()>(600);
    let mut results = as_completed!(..leaves, timeout = 0s);
    assert!(results.next().await.unwrap().is_err());
    assert!(
        hands
            .iter()
            .all(|hand| hand.polls() == 1 && hand.is_dropped())
    );
}

#[tokio::test(start_paused = true)]
async fn what_finished_before_the_deadline_comes_though_it_is_asked_for_late() {
    let mut results = as_completed!(..[1, 10, 30].map(|n| spawn(after(n))), timeout = 20ms);
    assert_eq!(results.next().await, Some(Ok(1)));
    sleep(ms(25)).await;
    assert_eq!(results.next().await, Some(Ok(10)));
    assert!(results.next().await.unwrap().is_err());
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_push_after_the_deadline_is_dropped() {
    let log = Log::default();
    let child = |delay: u64| {
        let on_drop = log.on_drop(&delay);
        async move {
            let _on_drop = on_drop;
            after(delay).await
        }
    };
    let mut results = as_completed!(..[1, 50, 60].map(child), timeout = 20ms);
    assert_eq!(results.next().await, Some(Ok(1)));
    assert!(results.next().await.unwrap().is_err());
    assert_eq!(log.take(), ["1", "50", "60"]);
    assert_eq!((results.push(child(1)), results.push(child(2))), (3, 4));
    assert_eq!(log.take(), ["1", "2"]);
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn indices_with_a_deadline() {
    let mut results = as_completed!(..[30, 10].map(after), timeout = 20ms).indexed();
    let item: Option<Result<(usize, u64), TimedOut>> = results.next().await;
    assert_eq!(item, Some(Ok((1, 10))));
    assert!(results.next().await.unwrap().is_err());
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_what_is_ready_without_end() {
    let start = Instant::now();
    let endless = std::iter::repeat_with(|| async { tokio::time::advance(ms(1)).await });
    let mut results = as_completed!(..endless, limit = 4, timeout = 20ms);
    let mut count = 0;
    while let Some(Ok(())) = results.next().await {
        count += 1;
        assert!(count < 100);
    }
    assert!(start.elapsed() >= ms(20));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_passes_though_every_turn_is_cut_short() {
    let busy = || {
        poll_fn(|cx| -> Poll<()> {
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    };
    let tick = async {
        for _ in 0..100 {
            tokio::time::advance(ms(1)).await;
        }
    };
    let mut results = as_completed!(..(0..2_000).map(|_| busy()), timeout = 20ms);
    let (result, ()) = futures::join!(results.next(), tick);
    assert!(result.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn each_has_a_deadline_of_its_own() {
    let mut results = as_completed!(..[30, 10].map(after), each_timeout = 20ms, timeout = 1s);
    assert_eq!(results.next().await, Some(Ok(Ok(10))));
    let late = results.next().await.unwrap().unwrap().unwrap_err();
    assert_eq!(late.after(), ms(20));
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_duration_too_long_is_no_deadline() {
    let mut results = as_completed!(after(1_000_000), timeout = Duration::MAX);
    assert_eq!(results.next().await, Some(Ok(1_000_000)));
}

// ---- fairness ---------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_hundred_thousand_ready_ones_let_others_run() {
    let turns = Rc::new(Cell::new(0));
    let other = {
        let turns = Rc::clone(&turns);
        async move {
            loop {
                turns.set(turns.get() + 1);
                tokio::task::yield_now().await;
            }
        }
    };
    let drain = async {
        let polls = Cell::new(0);
        let mut most = 0;
        let branches = (0..100_000).map(|_| async { polls.set(polls.get() + 1) });
        let mut results = as_completed!(..branches);
        let mut last = (0, turns.get());
        while results.next().await.is_some() {
            if turns.get() != last.1 {
                last = (polls.get(), turns.get());
            }
            most = most.max(polls.get() - last.0);
        }
        most
    };
    let local = tokio::task::LocalSet::new();
    local.spawn_local(other);
    let most = local.run_until(drain).await;
    assert!(most <= 1_024, "{most} polls in a row");
}

#[tokio::test]
async fn a_hundred_thousand_tasks_in_a_task_keep_to_the_budget() {
    let count = tokio::spawn(async {
        let mut results = as_completed!(..(0..100_000_u32).map(|n| spawn(async move { n })));
        let mut count = 0;
        while results.next().await.is_some() {
            count += 1;
        }
        count
    });
    assert_eq!(count.await.unwrap(), 100_000);
}

#[test]
fn one_that_always_wakes_itself_starves_nobody() {
    let busy = || {
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<u32>::Pending
        })
    };
    let (hands, mut leaves) = leaves::<u32>(2);
    let mut branches: Vec<Pin<Box<dyn Future<Output = u32>>>> = vec![Box::pin(busy())];
    branches.extend(leaves.drain(..).map(|leaf| Box::pin(leaf) as _));
    branches.push(Box::pin(busy()));
    let mut results = as_completed!(..branches);
    let mut run = Driver::new(async {
        let mut seen = vec![];
        while seen.len() < 50 {
            let n = results.next().await.unwrap();
            seen.push(n);
            // Always another that is ready at once.
            results.push(Box::pin(ready(n + 1)));
        }
        seen
    });
    assert!(run.poll().is_pending());
    hands[1].give(100);
    hands[0].give(200);
    let Poll::Ready(seen) = run.run() else {
        panic!("it waits for nothing")
    };
    assert_eq!(
        seen[..2],
        [200, 100],
        "both that wait are served within two completions"
    );
}

// ---- types ------------------------------------------------------------------------------------------------------

#[test]
fn send_sync_and_unpin_follow_from_the_parts() {
    fn is<T: Send + Sync + Unpin>(_: &T) {}
    fn is_send<T: Send + Unpin>(_: &T) {}
    fn is_only_send<T: Send>(_: &T) {}
    is(&as_completed!(ready(1), timeout = 1s));
    is(&as_completed!(..[ready(1)]).indexed());
    let urls = [String::new()];
    is_send(&as_completed!(
        ..urls.iter().map(|url| async move { url.len() }),
        limit = 2
    ));
    let mapped = urls.iter().map(|url| ready(url).map(|url| url.len() + 1));
    is_send(&as_completed!(..mapped, each_timeout = 1s));
    let future = async {
        let lengths = urls.iter().map(|url| async move { url.len() });
        let mut results = as_completed!(..lengths, limit = 2);
        results.next().await;
    };
    let closures = async {
        let lengths = || urls.iter().map(|url| ready(url).map(|url| url.len() + 1));
        let mut results = as_completed!(..lengths(), limit = 2);
        results.next().await;
        as_completed!(for length in (..lengths(), ready(1)) {
            ready(length).map(|length| length + 1).await;
            for length in lengths() {
                length.await;
            }
        });
        as_completed! {
            length in ..lengths() => assert_eq!(ready(length).await, 1),
            length in ..lengths() => assert_eq!(length, 1),
        }
        let (done, mut pending) = wait!(..lengths(), timeout = 1s).await;
        pending.next().await;
        drop(done);
    };
    is_only_send(&closures);
    drop(closures);
    is_only_send(&future);
    drop(future);
}
