//! Streams of futures as spreads.

use std::{
    future::{Ready, pending, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use futures::{Stream, StreamExt, stream};
use rejoin::{At, gather, keyed};
use rejoin_tests::{AppError, Driver, Leaf, Log, after, hand_stream, holding, leaf, leaves, ms};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_stream_of_futures_gives_a_vector() {
    let start = Instant::now();
    // A stream that waits between its items, and is not `Unpin`.
    let futures = stream::unfold(1, |n| async move {
        (n <= 3).then_some(())?;
        Some((after(30, n), after(10, n + 1).await))
    });
    let all: Vec<u64> = gather!(..futures).await;
    assert_eq!(all, [1, 2, 3]);
    assert_eq!(start.elapsed(), ms(60));
}

#[tokio::test(start_paused = true)]
async fn a_borrowed_stream_and_an_array_of_items() {
    let mut futures = stream::iter([ready(1), ready(2)]);
    let all: Vec<i32> = gather!(..&mut futures).await;
    assert_eq!(all, [1, 2]);
    assert_eq!(gather!(..stream::empty::<Ready<u8>>()).await, []);
}

#[test]
fn without_a_limit_a_stream_is_polled_when_it_was_woken() {
    let (hand, futures) = hand_stream::<Leaf<u8>>();
    let (hands, leaves) = leaves::<u8>(3);
    let mut leaves = leaves.into_iter();
    let mut all = Driver::new(gather!(..futures));
    assert_eq!(hand.take_polls(), 0, "nothing runs before the first poll");
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 1);
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 0, "nothing has woken it");

    hand.give(leaves.by_ref().take(2));
    assert_eq!(all.wakes(), 1);
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 3, "two items, and nothing more");
    assert_eq!(hands[0].polls(), 1);

    hands[1].give(2);
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 0, "a branch was woken, not the stream");
    assert_eq!((hands[0].polls(), hands[1].polls()), (1, 2));

    hand.give(leaves);
    hand.end();
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 2);
    assert!(hand.is_dropped(), "it has ended");
    hands[2].give(3);
    hands[0].give(1);
    assert_eq!(all.poll(), Poll::Ready(vec![1, 2, 3]));
}

#[test]
fn a_stream_is_woken_through_a_new_parent() {
    let (hand, futures) = hand_stream::<Ready<u8>>();
    let mut all = Driver::new(gather!(..futures));
    assert!(all.poll().is_pending());
    all.move_to_new_parent();
    assert!(all.poll().is_pending());
    hand.give([ready(1)]);
    hand.end();
    assert_eq!(all.wakes(), 1);
    assert_eq!(all.poll(), Poll::Ready(vec![1]));
}

#[test]
fn with_a_limit_a_stream_is_polled_while_a_permit_is_free() {
    let (hand, futures) = hand_stream::<Leaf<u8>>();
    let (hands, leaves) = leaves::<u8>(4);
    hand.give(leaves);
    let mut all = Driver::new(gather!(..futures, limit = 2));
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 2, "both permits are in use");
    assert_eq!(hand.left(), 2);
    hand.wake();
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 0);

    hands[1].give(1);
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 1);
    hands[0].give(0);
    hands[2].give(2);
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 2, "one item, and nothing more");
    hands[3].give(3);
    assert!(all.poll().is_pending());
    assert_eq!(hand.take_polls(), 0, "nothing has woken it");
    hand.end();
    assert_eq!(all.poll(), Poll::Ready(vec![0, 1, 2, 3]));
}

#[test]
fn a_stream_that_has_nothing_holds_up_no_later_branch() {
    let (hand, futures) = hand_stream::<Ready<u8>>();
    let (hands, leaves) = leaves::<u8>(2);
    let (last, branch) = leaf::<u8>();
    let mut all = Driver::new(gather!(..futures, ..leaves, branch, limit = 2));
    assert!(all.poll().is_pending());
    let polls = || [&hands[0], &hands[1], &last].map(rejoin_tests::Hand::polls);
    assert_eq!(polls(), [1, 1, 0]);
    assert_eq!(hand.take_polls(), 1);
    // The stream has something, and no permit.
    hand.give([ready(7)]);
    assert!(all.poll().is_pending());
    assert_eq!((hand.take_polls(), hand.left()), (0, 1));
    // It comes before a branch that has not started.
    hands[0].give(0);
    assert!(all.poll().is_pending());
    assert_eq!(hand.left(), 0);
    assert_eq!(polls(), [2, 1, 1]);
    hands[1].give(1);
    assert!(all.poll().is_pending());
    last.give(9);
    assert!(all.poll().is_pending());
    assert_eq!(
        polls(),
        [2, 2, 3],
        "a call of three polls single branches on each wake"
    );
    hand.end();
    assert_eq!(all.poll(), Poll::Ready((vec![7], vec![0, 1], 9)));
}

#[test]
fn a_stream_among_many_branches_gets_permits_that_become_free() {
    let (hand, futures) = hand_stream::<Ready<u8>>();
    let (late, other) = hand_stream::<Ready<u8>>();
    let (a, first) = leaf::<u8>();
    let (b, second) = leaf::<u8>();
    let mut all = Driver::new(gather!(
        ..futures,
        first,
        ..other,
        second,
        ready(5),
        limit = 2
    ));
    assert!(all.poll().is_pending());
    assert_eq!((a.polls(), b.polls()), (1, 1));
    hand.give([ready(1), ready(2)]);
    late.give([ready(3)]);
    assert!(all.poll().is_pending());
    assert_eq!((hand.left(), late.left()), (2, 1));
    a.give(10);
    assert!(all.run().is_pending());
    assert_eq!((hand.left(), late.left()), (0, 0));
    assert_eq!(a.polls(), 2);
    assert_eq!(b.polls(), 1, "a branch is polled only when it was woken");
    hand.end();
    late.end();
    assert!(all.run().is_pending());
    b.give(20);
    assert_eq!(all.run(), Poll::Ready((vec![1, 2], 10, vec![3], 20, 5)));
}

#[test]
fn an_endless_stream_is_taken_1024_at_a_time() {
    let (hand, futures) = hand_stream::<Ready<u8>>();
    hand.give((0..3000).map(|_| ready(1)));
    hand.end();
    let mut all = Driver::new(gather!(..futures));
    assert!(all.poll().is_pending());
    assert_eq!(hand.left(), 3000 - 1024);
    assert_eq!(all.wakes(), 1);
    assert!(all.poll().is_pending());
    assert_eq!(hand.left(), 3000 - 2048);
    assert!(matches!(all.poll(), Poll::Ready(all) if all.len() == 3000));
}

type Boxed = Pin<Box<dyn Future<Output = Result<u8, &'static str>>>>;

#[test]
fn an_error_drops_the_stream() {
    let log = Log::default();
    let (hand, futures) = hand_stream::<Boxed>();
    let (fails, branch) = leaf::<Result<u8, &str>>();
    let (_other, running) = leaf::<Result<u8, &str>>();
    hand.give([
        Box::pin(holding(log.on_drop("running"), running)) as Boxed,
        Box::pin(branch),
    ]);
    let mut all = Driver::new(gather!(..futures));
    assert!(all.poll().is_pending());
    fails.give(Err("no"));
    assert_eq!(all.poll(), Poll::Ready(Err("no")));
    assert!(hand.is_dropped());
    assert_eq!(log.take(), ["running"]);
}

#[test]
fn a_panic_of_a_stream_drops_the_rest() {
    let log = Log::default();
    let branch = holding(log.on_drop("branch"), pending::<u8>());
    let futures = stream::poll_fn(|_| -> Poll<Option<Ready<u8>>> { panic!("in the stream") });
    let mut all = Driver::new(gather!(branch, ..futures));
    let panic = catch_unwind(AssertUnwindSafe(|| all.poll())).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"in the stream"));
    assert_eq!(log.take(), ["branch"]);
}

#[test]
fn a_dropped_call_drops_its_stream() {
    let (hand, futures) = hand_stream::<Ready<u8>>();
    let mut all = Driver::new(gather!(..futures));
    assert!(all.poll().is_pending());
    drop(all);
    assert!(hand.is_dropped());
    hand.wake();
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_pairs_keeps_keys() {
    let pairs = || stream::iter([("x", ready(Ok(1))), ("y", ready(Err(3_u8)))]);
    let error: At<&str, u8> = gather!(..pairs()).await.unwrap_err();
    assert_eq!(error, At { key: "y", error: 3 });
    let result = gather!(<AppError> ..pairs()).await;
    assert_eq!(result, Err(AppError::Failed(3)));
    let all = gather!(..pairs(), return_exceptions = true, limit = 1).await;
    assert_eq!(all, [("x", Ok(1)), ("y", Err(3))]);
    let futures = stream::iter([5, 1].map(|time| keyed(time, after(time, 'a'))));
    assert_eq!(gather!(..futures).await, [(5, 'a'), (1, 'a')]);
    let enumerated = stream::iter([after(5, 'a'), after(1, 'b')]).enumerate();
    assert_eq!(gather!(..enumerated).await, [(0, 'a'), (1, 'b')]);
}

#[tokio::test(start_paused = true)]
async fn deadlines_of_branches_and_of_the_call() {
    let start = Instant::now();
    let futures = || stream::iter([(1, after(5, 'a')), (2, after(50, 'b'))]);
    let all = gather!(..futures(), each_timeout = 10ms).await;
    assert!(matches!(all[..], [(1, Ok('a')), (2, Err(_))]));
    assert_eq!(start.elapsed(), ms(10));

    // What a stream that has not ended has given.
    let endless = futures().chain(stream::pending());
    let all = gather!(..endless, timeout = 10ms, partial = true).await;
    assert_eq!(all, [(1, Some('a')), (2, None)]);
    let endless = stream::iter([after(5, 'a'), after(50, 'b')]).chain(stream::pending());
    let all = gather!(..endless, timeout = 10ms, partial = true).await;
    assert_eq!(all, [Some('a'), None]);

    let late = gather!(..stream::pending::<Ready<u8>>(), timeout = 10ms).await;
    assert_eq!(late.unwrap_err().after(), ms(10));
    assert_eq!(start.elapsed(), ms(40));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_polls_what_a_stream_gives_once() {
    let (hand, futures) = hand_stream::<Leaf<u8>>();
    let (hands, leaves) = leaves::<u8>(2);
    hands[0].give(1);
    hand.give(leaves);
    let start = Instant::now();
    let all = gather!(..futures, timeout = 0s, partial = true).await;
    assert_eq!(all, [Some(1), None]);
    assert_eq!((hands[0].polls(), hands[1].polls()), (1, 1));
    assert_eq!(start.elapsed(), ms(0));
    // So does an endless one.
    let endless = stream::repeat_with(|| ready(1));
    let all = gather!(..endless, timeout = 0s, partial = true).await;
    assert!(all.len() >= 1024, "{}", all.len());
}

/// An iterator that is a stream, too.
struct Both(std::vec::IntoIter<Ready<u8>>);

impl Iterator for Both {
    type Item = Ready<u8>;

    fn next(&mut self) -> Option<Ready<u8>> {
        self.0.next()
    }
}

impl Stream for Both {
    type Item = Ready<u8>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Ready<u8>>> {
        panic!("it is an iterator")
    }
}

#[tokio::test]
async fn an_iterator_that_is_a_stream_is_an_iterator() {
    let both = Both(vec![ready(1), ready(2)].into_iter());
    assert_eq!(gather!(..both).await, [1, 2]);
}

#[test]
fn a_future_with_a_stream_can_be_sent() {
    fn check<T: Send>(_: &T) {}
    check(&gather!(..stream::iter([ready(1)])));
    check(&gather!(
        ..stream::iter([(String::new(), ready(1))]),
        limit = 2
    ));
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_give_more_successes() {
    let start = Instant::now();
    // All that is there fails, and the stream gives more later.
    let futures = stream::unfold(1, |n| async move {
        (n <= 3).then_some(())?;
        let output = if n < 3 { Err(n) } else { Ok(n) };
        Some((after(1, output), after(10, n + 1).await))
    });
    assert_eq!(gather!(..futures, need = 1).await, Ok(3));
    assert_eq!(start.elapsed(), ms(31));

    let futures = stream::iter([("a", ready(Err::<u8, u8>(1))), ("b", ready(Err(2)))]);
    let error = gather!(..futures, need = 1).await.unwrap_err();
    let errors = [At { key: "a", error: 1 }, At { key: "b", error: 2 }];
    assert_eq!(error.into_errors(), errors);

    let (hand, futures) = hand_stream::<Ready<Result<u8, u8>>>();
    let mut race = Driver::new(gather!(..futures, ready(Err(1)), need = 1, limit = 1));
    assert!(race.run().is_pending());
    hand.give([ready(Ok(5)), ready(Ok(6))]);
    assert_eq!(race.run(), Poll::Ready(Ok(5)));
    assert!(hand.is_dropped());
}
