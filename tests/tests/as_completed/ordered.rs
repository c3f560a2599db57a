//! `ordered = true`: results in the order of arguments and pushes.

use std::{
    cell::Cell,
    future::{Future, pending, ready},
    pin::Pin,
    task::Poll,
};

use futures::{FutureExt, Stream, StreamExt, stream::FusedStream};
use rejoin::{
    AsCompleted, Pending, TimedOut, as_completed,
    bounds::{ArgumentOrder, EndPolicy, Entry, ResultOrder, Supply},
    wait,
};
use rejoin_tests::{Driver, Log, after, hand_stream, holding, leaf, leaves, ms, panic_of, settle};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep},
};

#[tokio::test(start_paused = true)]
async fn each_result_comes_as_soon_as_it_and_all_before_it_are_there() {
    let start = Instant::now();
    let mut results = as_completed!(
        after(20, 0),
        ..[30, 10, 25].map(|n| after(n, n)),
        after(50, 4),
        ordered = true
    );
    let mut seen = vec![];
    while let Some(n) = results.next().await {
        seen.push((n, start.elapsed(), results.len()));
    }
    let expected = [
        (0, ms(20), 4),
        (30, ms(30), 3),
        (10, ms(30), 2),
        (25, ms(30), 1),
        (4, ms(50), 0),
    ];
    assert_eq!(seen, expected);
    assert!(results.is_empty() && results.is_terminated());
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn without_the_order_it_is_the_same_stream() {
    let results = as_completed!(..[20, 10].map(|n| after(n, n)), ordered = false);
    assert_eq!(results.collect::<Vec<_>>().await, [10, 20]);
}

#[test]
fn no_branch_is_polled_between_a_result_that_is_next_and_its_yield() {
    let (hands, branches) = leaves(5);
    let mut results = as_completed!(..branches, ordered = true);
    let polls = || {
        hands
            .iter()
            .map(rejoin_tests::Hand::polls)
            .collect::<Vec<_>>()
    };
    let mut next = || results.next().now_or_never();
    assert_eq!(next(), None);
    assert_eq!(polls(), [1; 5]);
    for n in [3, 1, 0, 4] {
        hands[n].give(n);
    }
    assert_eq!(next(), Some(Some(0)));
    assert_eq!(polls(), [2, 1, 1, 1, 1]);
    // The first is out of the way, so this poll goes on to the one that is next.
    assert_eq!(next(), Some(Some(1)));
    assert_eq!(polls(), [2, 2, 1, 1, 1]);
    assert_eq!(next(), None);
    assert_eq!(polls(), [2, 2, 1, 2, 2]);
    hands[2].give(2);
    assert_eq!(next(), Some(Some(2)));
    assert_eq!(polls(), [2; 5]);
    assert_eq!(
        [next(), next(), next()],
        [3, 4, 0].map(|n| Some((n > 0).then_some(n)))
    );
    assert_eq!(polls(), [2; 5]);
}

#[tokio::test(start_paused = true)]
async fn under_a_limit_a_result_that_waits_keeps_its_permit() {
    let (start, log) = (Instant::now(), Log::default());
    let branch = |(n, delay): (usize, u64)| {
        let log = log.clone();
        async move {
            log.add(&format!("{n} at {}", start.elapsed().as_millis()));
            after(delay, n).await
        }
    };
    let delays = [50, 10, 20, 5, 5].into_iter().enumerate();
    let mut results = as_completed!(..delays.map(branch), limit = 3, ordered = true);
    let mut seen = vec![];
    while let Some(n) = results.next().await {
        seen.push((n, start.elapsed()));
        if n == 1 {
            // A result in the window is one that was not yielded.
            assert_eq!((results.len(), results.size_hint()), (3, (3, Some(3))));
        }
    }
    let expected = [(0, 50), (1, 50), (2, 50), (3, 55), (4, 55)];
    assert_eq!(seen, expected.map(|(n, at)| (n, ms(at))));
    // Places become free when results are yielded.
    let starts = ["0 at 0", "1 at 0", "2 at 0", "3 at 50", "4 at 50"];
    assert_eq!(log.take(), starts);
}

#[tokio::test(start_paused = true)]
async fn an_endless_iterator_is_taken_as_far_as_the_window() {
    let taken = Cell::new(0);
    let endless = std::iter::repeat_with(|| {
        taken.set(taken.get() + 1);
        after(10 + taken.get() % 3, taken.get())
    });
    let mut results = as_completed!(..endless, limit = 4, ordered = true);
    for n in 1..100 {
        assert_eq!(results.next().await, Some(n));
        assert!(taken.get() <= n + 3, "{} of {n}", taken.get());
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_gaps_are_left_out_and_one_error_follows() {
    let log = Log::default();
    let branch = |n: u64| holding(log.on_drop(&n), after(n, n));
    let delays = [10, 60, 20, 70, 30];
    let mut results = as_completed!(..delays.map(branch), timeout = 40ms, ordered = true).indexed();
    let late = TimedOutAfter(40);
    assert_eq!(results.next().await, Some(Ok((0, 10))));
    assert_eq!(results.size_hint(), (1, Some(4)));
    assert_eq!(results.next().await, Some(Ok((2, 20))));
    assert_eq!(log.take(), ["10", "20", "30", "60", "70"]);
    assert_eq!(results.size_hint(), (2, Some(2)));
    assert_eq!(results.next().await, Some(Ok((4, 30))));
    assert_eq!(late, results.next().await);
    assert_eq!(results.next().await, None);
    assert!(results.is_terminated());
}

/// Is equal to the item of a timeout after this many milliseconds.
#[derive(Debug)]
struct TimedOutAfter(u64);

impl<T> PartialEq<Option<Result<T, TimedOut>>> for TimedOutAfter {
    fn eq(&self, item: &Option<Result<T, TimedOut>>) -> bool {
        matches!(item, Some(Err(late)) if late.after() == ms(self.0))
    }
}

#[tokio::test(start_paused = true)]
async fn with_a_timeout_of_zero_each_is_polled_once() {
    let (hands, mut branches) = leaves::<u8>(3);
    hands[1].give(1);
    let mut results = as_completed!(..branches.drain(..), timeout = 0s, ordered = true);
    assert_eq!(results.next().await.map(Result::ok), Some(Some(1)));
    assert_eq!(results.next().await.map(|item| item.is_err()), Some(true));
    assert_eq!(results.next().await.map(Result::ok), None);
    assert!(hands.iter().all(|hand| hand.polls() == 1));
}

#[tokio::test(start_paused = true)]
async fn each_has_a_deadline_of_its_own() {
    let start = Instant::now();
    let results = as_completed!(
        ..[30, 10, 60].map(|n| after(n, n)),
        each_timeout = 20ms,
        ordered = true
    );
    let results: Vec<_> = results.map(Result::ok).collect().await;
    assert_eq!(
        (results, start.elapsed()),
        (vec![None, Some(10), None], ms(20))
    );
}

#[tokio::test(start_paused = true)]
async fn pushes_come_last() {
    let mut results = as_completed!(after(20, 'a'), after(10, 'b'), ordered = true);
    assert_eq!(results.push(after(1, 'c')), 2);
    assert_eq!(results.next().await, Some('a'));
    assert_eq!(results.push(after(1, 'd')), 3);
    assert_eq!(results.len(), 3);
    let mut rest = results.indexed();
    assert_eq!(rest.next().await, Some((1, 'b')));
    assert_eq!(rest.next().await, Some((2, 'c')));
    assert_eq!(rest.next().await, Some((3, 'd')));
    assert_eq!(rest.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_push_goes_before_futures_that_were_not_taken_and_revives_the_stream() {
    let mut results = as_completed!(..(0..3).map(|n| after(1, n)), limit = 1, ordered = true);
    assert_eq!(results.next().await, Some(0));
    assert_eq!(results.push(after(1, 10)), 1);
    let mut seen = vec![];
    while let Some(n) = results.next().await {
        seen.push(n);
    }
    assert_eq!(seen, [10, 1, 2]);
    assert_eq!(results.push(after(1, 11)), 4);
    assert_eq!(results.next().await, Some(11));
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn after_the_deadline_a_push_is_dropped() {
    let log = Log::default();
    let branch = |n: u64| holding(log.on_drop(&n), after(n, n));
    let mut results = as_completed!(..[5, 20].map(branch), timeout = 10ms, ordered = true);
    assert!(matches!(results.next().await, Some(Ok(5))));
    assert!(matches!(results.next().await, Some(Err(_))));
    assert_eq!(results.push(branch(1)), 2);
    assert_eq!(log.take(), ["5", "20", "1"]);
    assert!(results.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_set_yields_by_its_indices() {
    let mut set = Pending::new();
    for n in [5, 1, 40, 60, 2, 50, 30] {
        set.push(after(n, n));
    }
    // 1, 2 and 5 are gone, and 30 is done.
    for n in [1, 2, 5] {
        assert_eq!(set.next().await, Some(n));
    }
    set.drive(sleep(ms(26))).await;
    let start = Instant::now();
    let mut results = as_completed!(..set, after(1, 0), ordered = true).indexed();
    assert_eq!(
        (results.next().await, start.elapsed()),
        (Some((2, 40)), ms(9))
    );
    assert_eq!(
        (results.next().await, start.elapsed()),
        (Some((3, 60)), ms(29))
    );
    assert_eq!(results.next().await, Some((5, 50)));
    assert_eq!(results.next().await, Some((6, 30)));
    assert_eq!(results.next().await, Some((7, 0)));
    assert_eq!((results.next().await, start.elapsed()), (None, ms(29)));
}

#[tokio::test(start_paused = true)]
async fn a_set_that_is_complete_yields_its_results_by_its_indices_too() {
    let mut set: Pending<_> = [3, 2, 40].map(|n| after(n, n)).into_iter().collect();
    set.drive(sleep(ms(5))).await;
    let mut second: Pending<_> = [9, 8].map(|n| after(n, n)).into_iter().collect();
    assert_eq!(second.next().await, Some(8));
    let results = as_completed!(..set, ..second, ordered = true, limit = 2);
    assert_eq!(results.collect::<Vec<_>>().await, [3, 2, 40, 9]);
}

#[tokio::test(start_paused = true)]
async fn cancelled_branches_make_way() {
    let start = Instant::now();
    let mut results = as_completed!(..[90, 10, 80, 20, 30].map(|n| after(n, n)), ordered = true);
    assert!(results.next().now_or_never().is_none());
    sleep(ms(25)).await;
    assert!(results.next().now_or_never().is_none());
    // A result that waits, and a branch.
    assert!(results.cancel(1));
    assert!(!results.cancel(1));
    assert!(results.cancel(0));
    assert!(!results.cancel(7));
    assert_eq!(results.len(), 3);
    assert!(results.next().now_or_never().is_none());
    assert!(results.cancel(2));
    assert_eq!((results.next().await, start.elapsed()), (Some(20), ms(25)));
    assert!(!results.cancel(3));
    assert_eq!((results.next().await, start.elapsed()), (Some(30), ms(30)));
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_branch_frees_its_permit() {
    let start = Instant::now();
    let delays = [90, 10, 10, 10];
    let mut results = as_completed!(
        ..delays.into_iter().map(|n| after(n, n)),
        limit = 2,
        ordered = true
    );
    assert!(results.next().now_or_never().is_none());
    sleep(ms(20)).await;
    assert!(results.next().now_or_never().is_none());
    assert!(!results.cancel(2), "it was not taken yet");
    assert!(results.cancel(0));
    assert_eq!((results.next().await, start.elapsed()), (Some(10), ms(20)));
    assert_eq!((results.next().await, start.elapsed()), (Some(10), ms(30)));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_drop_of_a_cancelled_branch_leaves_no_gap() {
    struct Bang;
    impl Drop for Bang {
        fn drop(&mut self) {
            panic!("bang");
        }
    }
    let branches: [Pin<Box<dyn Future<Output = u8>>>; 2] =
        [Box::pin(holding(Bang, pending())), Box::pin(ready(1))];
    let mut results = as_completed!(..branches, ordered = true);
    assert!(results.next().now_or_never().is_none());
    assert_eq!(panic_of(async { results.cancel(0) }).await, "bang");
    assert_eq!(results.next().await, Some(1));
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn in_a_loop_branches_go_on_while_the_body_awaits() {
    let start = Instant::now();
    let mut seen = vec![];
    as_completed!(
        'outer: for n in ..[30, 10, 40, 20].map(|n| after(n, n)) {
            seen.push((n, start.elapsed()));
            sleep(ms(4)).await;
            as_completed!(
                for m in (after(3, 1), after(2, 2)) {
                    if n == 40 && m == 2 {
                        break 'outer;
                    }
                },
                ordered = true
            );
        },
        ordered = true
    );
    assert_eq!(seen, [(30, ms(30)), (10, ms(37)), (40, ms(44))]);
    assert_eq!(start.elapsed(), ms(51));
    let found = as_completed!(<ordered = true, limit = 2> for n in ..[30, 10, 20].map(|n| after(n, n)) {
        if n < 30 {
            break n;
        }
    });
    assert_eq!((found, start.elapsed()), (Some(10), ms(81)));
}

#[tokio::test(start_paused = true)]
async fn for_each_sees_them_in_order() {
    let mut seen = vec![];
    let results = as_completed!(..[30, 10, 20].map(|n| after(n, n)), ordered = true);
    let start = Instant::now();
    results
        .for_each(async |n| {
            seen.push((n, start.elapsed()));
            sleep(ms(5)).await;
        })
        .await;
    assert_eq!(seen, [(30, ms(30)), (10, ms(35)), (20, ms(40))]);
}

#[tokio::test(start_paused = true)]
async fn when_until_completes_the_result_that_is_next_is_the_last() {
    let log = Log::default();
    let branch = |n: u64| {
        let results = log.clone();
        holding(log.on_drop(&n), async move {
            sleep(ms(n)).await;
            (n, results.on_drop(&format!("result {n}")))
        })
    };
    // At 20 the first result comes, and `until` completes in the same turn.
    let mut results = as_completed!(
        ..[20, 10, 50].map(branch),
        until = sleep(ms(20)),
        ordered = true
    );
    let first = results.next().await.map(|(n, _)| n);
    assert_eq!(first, Some(20));
    assert_eq!(log.take(), ["10", "20", "50", "result 10", "result 20"]);
    assert!(results.next().await.is_none());
    // At 30 a result waits behind a branch that is not done.
    let mut results = as_completed!(
        ..[40, 10].map(branch),
        until = sleep(ms(30)),
        ordered = true
    );
    assert!(results.next().await.is_none());
    assert_eq!(log.take(), ["10", "40", "result 10"]);
}

#[tokio::test(start_paused = true)]
async fn keys_and_streams_keep_their_places() {
    let results = as_completed!(..[30, 10].map(|n| (n, after(n, 'x'))), ordered = true);
    assert_eq!(results.collect::<Vec<_>>().await, [(30, 'x'), (10, 'x')]);
    let (hand, stream) = hand_stream();
    let mut results = as_completed!(..Box::pin(stream), after(5, 5), ordered = true).indexed();
    hand.give([30, 10].map(|n| after(n, n)));
    assert_eq!(results.next().await, Some((0, 5)));
    hand.end();
    assert_eq!(results.next().await, Some((1, 30)));
    assert_eq!(results.next().await, Some((2, 10)));
    assert_eq!(results.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_becomes_a_set_with_its_results() {
    let mut results = as_completed!(..[20, 50, 10, 30].map(|n| after(n, n)), ordered = true);
    assert_eq!(results.next().await, Some(20));
    settle().await;
    let rest = results.into_pending();
    assert_eq!(rest.len(), 3);
    let (done, rest) = wait!(..rest, return_when = FIRST_COMPLETED).await;
    assert_eq!(done.indexed().collect::<Vec<_>>(), [(2, 10)]);
    let (done, _) = wait!(..rest).await;
    assert_eq!(done.indexed().collect::<Vec<_>>(), [(3, 30), (1, 50)]);
}

#[tokio::test(start_paused = true)]
async fn dropping_it_drops_the_branches_and_then_the_results() {
    let log = Log::default();
    let branch = |n: u64| {
        let results = log.clone();
        holding(log.on_drop(&n), async move {
            sleep(ms(n)).await;
            results.on_drop(&format!("result {n}"))
        })
    };
    let mut results = as_completed!(..[30, 20, 10, 40].map(branch), ordered = true);
    assert!(results.next().now_or_never().is_none());
    sleep(ms(25)).await;
    assert!(results.next().now_or_never().is_none());
    assert_eq!(log.take(), ["20", "10"]);
    drop(results);
    assert_eq!(log.take(), ["30", "40", "result 20", "result 10"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_drops_the_results_that_wait() {
    let log = Log::default();
    let result = log.on_drop("result");
    let (hand, leaf) = leaf::<()>();
    let other = log.on_drop("other");
    let branches: [Pin<Box<dyn Future<Output = Option<rejoin_tests::OnDrop>>>>; 3] = [
        Box::pin(holding(other, pending())),
        Box::pin(ready(Some(result))),
        Box::pin(async {
            leaf.await;
            panic!("bang")
        }),
    ];
    let mut results = as_completed!(..branches, ordered = true);
    assert!(results.next().now_or_never().is_none());
    assert_eq!(log.take(), [""; 0]);
    hand.give(());
    assert_eq!(panic_of(results.next()).await, "bang");
    assert_eq!(log.take(), ["other", "result"]);
    assert!(panic_of(results.next()).await.contains("after a panic"));
}

#[tokio::test(start_paused = true)]
async fn panics_in_drops_stop_no_other_drop() {
    struct Bang(Log, u8);
    impl Drop for Bang {
        fn drop(&mut self) {
            self.0.add(&self.1);
            panic!("bang {}", self.1);
        }
    }
    let log = Log::default();
    let branches: Vec<Pin<Box<dyn Future<Output = Bang>>>> = vec![
        Box::pin(holding(Bang(log.clone(), 0), pending())),
        Box::pin(ready(Bang(log.clone(), 1))),
        Box::pin(ready(Bang(log.clone(), 2))),
    ];
    let mut results = as_completed!(..branches, ordered = true);
    assert!(results.next().now_or_never().is_none());
    assert_eq!(panic_of(async { drop(results) }).await, "bang 0");
    assert_eq!(log.take(), ["0", "1", "2"]);
}

#[test]
fn a_result_that_waits_wakes_nobody_in_vain() {
    let (hands, branches) = leaves::<u8>(3);
    let mut results = as_completed!(..branches, ordered = true);
    let mut run = Driver::new(results.next());
    assert_eq!(run.poll(), Poll::Pending);
    hands[2].give(2);
    assert_eq!((run.wakes(), run.poll()), (1, Poll::Pending));
    hands[1].give(1);
    assert_eq!((run.wakes(), run.poll()), (2, Poll::Pending));
    assert_eq!(run.wakes(), 2);
    hands[0].give(0);
    assert_eq!((run.wakes(), run.poll()), (3, Poll::Ready(Some(0))));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_in_reverse_are_yielded_in_order() {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..100_000).map(|_| oneshot::channel()).unzip();
    let mut results = as_completed!(..receivers, ordered = true);
    assert!(results.next().now_or_never().is_none());
    for (n, sender) in senders.into_iter().enumerate().rev() {
        sender.send(n).expect("it is received");
    }
    for n in 0..100_000 {
        assert_eq!(results.next().await, Some(Ok(n)));
    }
    assert_eq!(results.next().await, None);
}

#[tokio::test]
async fn ready_ones_without_end_starve_nobody() {
    let rounds = Cell::new(0);
    let endless = (0..).map(|n: u32| async move { n });
    let mut results = as_completed!(..endless, limit = 8, ordered = true);
    let consume = async {
        for n in 0..10_000 {
            assert_eq!(results.next().await, Some(n));
        }
    };
    let count = async {
        loop {
            rounds.set(rounds.get() + 1);
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = consume => {}
        () = count => {}
    }
    assert!(rounds.get() >= 9, "{}", rounds.get());
}

#[tokio::test(start_paused = true)]
async fn generic_code_can_name_the_order() {
    async fn first<F, I, C, O>(mut results: AsCompleted<F, I, C, O>) -> Option<C::Item<F::Output>>
    where
        F: Future,
        I: Supply<Entry<F>>,
        C: EndPolicy,
        O: ResultOrder<F, I>,
    {
        results.next().await
    }
    let branches = || [20, 10].map(|n| after(n, n));
    assert_eq!(
        first(as_completed!(..branches(), ordered = true)).await,
        Some(20)
    );
    assert_eq!(first(as_completed!(..branches())).await, Some(10));
    let _: AsCompleted<_, _, _, ArgumentOrder<u64>> = as_completed!(..branches(), ordered = true);
}

#[test]
fn send_sync_and_unpin_follow_from_the_parts() {
    fn is<T: Send + Sync + Unpin>(_: &T) {}
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    is(&as_completed!(..[ready(1)], ordered = true));
    is(&as_completed!(..[ready(1)], ordered = true, limit = 2).indexed());
    let names = [String::from("a")];
    drop(is_send(async {
        as_completed!(
            for len in ..names.iter().map(|name| async move { name.len() }) {
                after(len as u64, ()).await;
            },
            ordered = true,
            limit = 2
        );
    }));
}
