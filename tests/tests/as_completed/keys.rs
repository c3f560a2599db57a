//! Pairs in streams, loops and arms: each result keeps its key.

use std::future::{pending, ready};

use rejoin::{Keyed, Pending, TimedOut, as_completed, keyed};
use rejoin_tests::{Driver, after, leaves, ms};
use std::task::Poll;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_stream_of_pairs_and_a_push() {
    let start = Instant::now();
    let fetch = |delay, value| after(delay, value);
    let mut results = as_completed!(..[("slow", fetch(20, 1)), ("fast", fetch(10, 2))]);
    assert_eq!(results.push(keyed("pushed", fetch(15, 3))), 2);
    assert_eq!(results.next().await, Some(("fast", 2)));
    assert_eq!(results.next().await, Some(("pushed", 3)));
    assert_eq!(results.next().await, Some(("slow", 1)));
    assert_eq!(results.next().await, None);
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn a_result_stays_inside_of_the_pair() {
    let mut results = as_completed!(..vec![(1, ready(Ok(5))), (2, ready(Err("no")))], limit = 1);
    assert_eq!(results.next().await, Some((1, Ok(5))));
    assert_eq!(results.next().await, Some((2, Err("no"))));

    let slow = as_completed!(
        ..[('a', after(50, 1)), ('b', after(5, 2))],
        each_timeout = 10ms
    );
    let mut slow = slow;
    assert_eq!(slow.next().await, Some(('b', Ok(2))));
    let Some(('a', Err(late))) = slow.next().await else {
        panic!("it is late")
    };
    assert_eq!(late.after(), ms(10));

    let slow = vec![keyed('a', after(50, 1)), keyed('b', after(5, 2))];
    let mut slow = as_completed!(..slow, each_timeout = 10ms);
    assert_eq!(slow.next().await, Some(('b', Ok(2))));
    assert!(matches!(slow.next().await, Some(('a', Err(_)))));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_and_the_index_are_outside() {
    let mut results = as_completed!(..[('a', after(50, 1)), ('b', after(5, 2))], timeout = 10ms);
    assert_eq!(results.next().await, Some(Ok(('b', 2))));
    assert!(matches!(results.next().await, Some(Err(TimedOut { .. }))));
    assert!(results.next().await.is_none());

    let mut results = as_completed!(..[('a', after(50, 1)), ('b', after(5, 2))]).indexed();
    assert_eq!(results.next().await, Some((1, ('b', 2))));
    assert_eq!(results.next().await, Some((0, ('a', 1))));
}

#[tokio::test(start_paused = true)]
async fn loops_and_arms_bind_pairs() {
    let mut seen = Vec::new();
    as_completed!(for (name, length) in
        ..["aa", "b"].map(|name| (name, after(name.len() as u64, name.len())))
    {
        seen.push((name, length));
    });
    assert_eq!(seen, [("b", 1), ("aa", 2)]);

    let mut seen = Vec::new();
    as_completed! {
        (key, value) in ..[("x", after(20, 1)), ("y", after(5, 2))] => seen.push((key, value)),
        (key, value) = keyed("one", after(10, 3)) => seen.push((key, value)),
    }
    assert_eq!(seen, [("y", 2), ("one", 3), ("x", 1)]);

    let mut late = 0;
    as_completed! {
        <timeout = 15ms>
        pair in ..[("x", pending::<u8>()), ("y", pending())] => late += usize::from(pair.is_err()),
        pair = keyed("one", after(10, 3)) => assert!(matches!(pair, Ok(("one", 3)))),
    }
    assert_eq!(late, 1);
}

#[tokio::test(start_paused = true)]
async fn a_set_of_keyed_futures_can_be_named_and_lent() {
    struct Fetches {
        running: Pending<Keyed<u64, rejoin::Task<u64>>>,
    }
    let mut fetches = Fetches {
        running: Pending::new(),
    };
    fetches.running.push(keyed(1, rejoin::spawn(after(10, 10))));
    let mut seen = Vec::new();
    as_completed!(for (key, value) in ..&mut fetches.running {
        seen.push((key, value));
        if key < 3 {
            fetches
                .running
                .push(keyed(key + 1, rejoin::spawn(after(10, value * 2))));
        }
    });
    assert_eq!(seen, [(1, 10), (2, 20), (3, 40)]);

    // The first `..pending` keeps its indices.
    let mut pending: Pending<_> = (0..3).map(|n| keyed(n, ready(n))).collect();
    assert_eq!(pending.next().await, Some((0, 0)));
    let mut results = as_completed!(keyed(9, ready(9)), ..pending).indexed();
    assert_eq!(results.next().await, Some((1, (1, 1))));
    assert_eq!(results.next().await, Some((2, (2, 2))));
    assert_eq!(results.next().await, Some((3, (9, 9))));
}

#[test]
fn keys_cost_no_polls() {
    let (hands, leaves) = leaves::<u8>(3);
    let mut results = as_completed!(..leaves.into_iter().enumerate());
    let mut next = Driver::new(results.next());
    assert!(next.poll().is_pending());
    hands[1].give(7);
    assert_eq!(next.poll(), Poll::Ready(Some((1, 7))));
    let polls: Vec<_> = hands.iter().map(rejoin_tests::Hand::polls).collect();
    assert_eq!(polls, [1, 2, 1]);
}

#[tokio::test]
#[should_panic(expected = "a keyed future was polled after it was ready")]
async fn a_keyed_future_is_awaited_once() {
    let mut future = keyed(1, ready(2));
    assert_eq!((&mut future).await, (1, 2));
    future.await;
}
