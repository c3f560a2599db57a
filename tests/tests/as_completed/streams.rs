//! Streams of futures as sources of streams, loops and arms.

use std::{
    future::{Ready, pending, ready},
    task::Poll,
};

use futures::{Stream, StreamExt, channel::mpsc, stream};
use rejoin::{Pending, as_completed, keyed};
use rejoin_tests::{Driver, Leaf, Log, after, hand_stream, holding, leaf, leaves, ms};
use tokio::time::Instant;

/// Returns a stream that never ends and gives nothing. `futures::stream::pending` says by its `size_hint` that nothing is left.
fn never<T>() -> impl Stream<Item = T> + Unpin {
    stream::poll_fn(|_| Poll::Pending)
}

#[tokio::test(start_paused = true)]
async fn a_loop_takes_futures_as_they_come() {
    let start = Instant::now();
    let (sender, futures) = mpsc::unbounded();
    let mut seen = Vec::new();
    sender.unbounded_send(after(10, 1)).expect("it is open");
    let mut sender = Some(sender);
    as_completed!(for n in ..futures {
        seen.push((n, start.elapsed()));
        if n < 3 {
            let sender = sender.as_ref().expect("it is open");
            sender.unbounded_send(after(10, n + 1)).expect("it is open");
        } else {
            sender = None;
        }
    });
    assert_eq!(seen, [(1, ms(10)), (2, ms(20)), (3, ms(30))]);
}

#[test]
fn a_stream_is_polled_only_when_it_was_woken() {
    let (hand, futures) = hand_stream::<Leaf<u8>>();
    let (hands, leaves) = leaves::<u8>(2);
    let mut results = as_completed!(..futures);
    assert_eq!((results.len(), results.is_empty()), (0, false));
    let mut next = Driver::new(results.next());
    assert!(next.poll().is_pending());
    assert_eq!(hand.take_polls(), 1);
    hand.give(leaves);
    assert_eq!(next.wakes(), 1);
    assert!(next.poll().is_pending());
    assert_eq!(hand.take_polls(), 3);
    hands[1].give(7);
    assert_eq!(next.poll(), Poll::Ready(Some(7)));
    assert_eq!(hand.take_polls(), 0);
    drop(next);

    let mut next = Driver::new(results.next());
    hands[0].give(5);
    hand.end();
    assert_eq!(next.poll(), Poll::Ready(Some(5)));
    assert!(hand.is_dropped());
    drop(next);
    assert!(results.is_empty());
    let mut next = Driver::new(results.next());
    assert_eq!(next.poll(), Poll::Ready(None));
}

#[test]
fn with_a_limit_a_stream_is_polled_while_a_permit_is_free() {
    let (hand, futures) = hand_stream::<Leaf<u8>>();
    let (hands, leaves) = leaves::<u8>(3);
    hand.give(leaves);
    let mut results = as_completed!(..futures, limit = 2);
    let mut next = Driver::new(results.next());
    assert!(next.poll().is_pending());
    assert_eq!((hand.take_polls(), hand.left()), (2, 1));
    hand.wake();
    assert!(next.poll().is_pending());
    assert_eq!(hand.take_polls(), 0);
    hands[0].give(1);
    assert_eq!(next.poll(), Poll::Ready(Some(1)));
    // The permit is free when the result has been handed out, and is used when polling goes on.
    assert_eq!(hand.left(), 1);
    drop(next);
    let mut next = Driver::new(results.next());
    assert!(next.poll().is_pending());
    assert_eq!(hand.left(), 0);
    assert_eq!(hands[2].polls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_holds_up_no_source_and_its_indices_follow() {
    let (hand, futures) = hand_stream::<Ready<u8>>();
    let mut results = as_completed!(..futures, ..[ready(10), ready(11)], ready(12)).indexed();
    assert_eq!(results.next().await, Some((0, 10)));
    hand.give([ready(20)]);
    assert_eq!(results.next().await, Some((1, 11)));
    assert_eq!(results.next().await, Some((2, 12)));
    assert_eq!(results.next().await, Some((3, 20)));
    hand.end();
    assert_eq!(results.next().await, None);

    // Under a limit too, where what is taken first has the lower index.
    let (hand, futures) = hand_stream::<Ready<u8>>();
    let (other, more) = hand_stream::<Ready<u8>>();
    let mut results =
        as_completed!(..futures, ..[ready(10), ready(11)], ..more, limit = 1).indexed();
    assert_eq!(results.next().await, Some((0, 10)));
    other.give([ready(30)]);
    hand.give([ready(20)]);
    assert_eq!(results.next().await, Some((1, 20)));
    assert_eq!(results.next().await, Some((2, 11)));
    assert_eq!(results.next().await, Some((3, 30)));
    hand.end();
    other.end();
    assert_eq!(results.next().await, None);
}

#[test]
fn streams_are_taken_1024_at_a_time() {
    let (hand, futures) = hand_stream::<std::future::Pending<u8>>();
    hand.give((0..3000).map(|_| pending()));
    let mut results = as_completed!(..futures);
    let mut next = Driver::new(results.next());
    assert!(next.poll().is_pending());
    assert_eq!(hand.left(), 3000 - 1024);
    assert_eq!(next.wakes(), 1);
    assert!(next.run().is_pending());
    assert_eq!(hand.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_pairs_keeps_keys() {
    let pairs = stream::iter([("a", after(20, 1)), ("b", after(10, 2))]);
    let mut results = as_completed!(..pairs, each_timeout = 15ms);
    assert_eq!(results.next().await, Some(("b", Ok(2))));
    assert!(matches!(results.next().await, Some(("a", Err(_)))));
    assert_eq!(results.next().await, None);

    let mut futures = Box::pin(stream::iter([("x", ready(1))]).chain(never()));
    let mut seen = Vec::new();
    as_completed!(for pair in (..(&mut futures), keyed("y", ready(2))) {
        seen.push(pair);
        if seen.len() == 2 {
            break;
        }
    });
    assert_eq!(seen, [("y", 2), ("x", 1)]);
}

#[tokio::test(start_paused = true)]
async fn arms_take_streams() {
    let (hand, futures) = hand_stream::<Ready<u8>>();
    let mut seen = Vec::new();
    as_completed! {
        n in ..futures => {
            seen.push(format!("stream {n}"));
            if n == 2 { hand.end(); }
        },
        () = after(10, ()) => hand.give([ready(1)]),
        c in ..['a', 'b'].map(ready) => seen.push(format!("spread {c}")),
        () = after(20, ()) => hand.give([ready(2)]),
    }
    assert_eq!(seen, ["spread a", "spread b", "stream 1", "stream 2"]);
    assert!(hand.is_dropped());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_has_not_ended_is_an_unfinished_arm() {
    for limited in [false, true] {
        let mut late = Vec::new();
        let ended = || stream::iter([ready(1)]);
        let open = || stream::iter([ready(2)]).chain(never());
        if limited {
            as_completed! {
                <timeout = 10ms, limit = 4>
                x in ..ended() => late.extend(x.err().map(|_| "ended")),
                x = pending::<u8>() => late.extend(x.err().map(|_| "one")),
                x in ..open() => late.extend(x.err().map(|_| "open")),
                x in ..open() => late.extend(x.err().map(|_| "also open")),
            }
        } else {
            as_completed! {
                <timeout = 10ms>
                x in ..ended() => late.extend(x.err().map(|_| "ended")),
                x = pending::<u8>() => late.extend(x.err().map(|_| "one")),
                x in ..open() => late.extend(x.err().map(|_| "open")),
                x in ..open() => late.extend(x.err().map(|_| "also open")),
            }
        }
        assert_eq!(late, ["one", "open", "also open"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_arm_whose_condition_is_false_drops_its_stream() {
    let (hand, futures) = hand_stream::<Ready<u8>>();
    as_completed! {
        _ in ..futures, if false => unreachable!(),
        () = ready(()) => assert!(hand.is_dropped()),
    }
    assert_eq!(hand.take_polls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_stream() {
    let start = Instant::now();
    let futures = stream::iter([after(5, 1)]).chain(never());
    let mut results = as_completed!(..futures, timeout = 10ms);
    assert!(matches!(results.next().await, Some(Ok(1))));
    assert!(matches!(results.next().await, Some(Err(_))));
    assert!(results.next().await.is_none());
    assert_eq!(start.elapsed(), ms(10));

    // What it gives at once is polled once.
    let (hand, futures) = hand_stream::<Leaf<u8>>();
    let (hands, leaves) = leaves::<u8>(2);
    hands[1].give(4);
    hand.give(leaves);
    let mut results = as_completed!(..futures, timeout = 0s);
    assert!(matches!(results.next().await, Some(Ok(4))));
    assert!(matches!(results.next().await, Some(Err(_))));
    assert!(results.next().await.is_none());
    assert_eq!((hands[0].polls(), hands[1].polls()), (1, 1));
    assert!(hand.is_dropped());
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_awaits_drives_the_stream() {
    let start = Instant::now();
    let futures = stream::unfold(1, |n| async move {
        (n <= 2).then_some(())?;
        Some((after(10, n), after(10, n + 1).await))
    });
    let mut seen = Vec::new();
    as_completed!(for n in ..futures {
        seen.push((n, start.elapsed()));
        after(50, ()).await;
    });
    // The second one was ready at 30 ms.
    assert_eq!(seen, [(1, ms(20)), (2, ms(70))]);
}

#[test]
fn push_into_pending_and_drop() {
    let log = Log::default();
    let (hand, futures) = hand_stream::<Leaf<u8>>();
    let (first, branch) = leaf::<u8>();
    let mut results = as_completed!(..futures);
    assert_eq!(results.push(branch), 0);
    let mut next = Driver::new(results.next());
    assert!(next.poll().is_pending());
    first.give(1);
    assert_eq!(next.poll(), Poll::Ready(Some(1)));
    drop(next);
    let (second, branch) = leaf::<u8>();
    hand.give([branch]);
    let mut next = Driver::new(results.next());
    assert!(next.poll().is_pending());
    drop(next);
    let rest: Pending<_> = results.into_pending();
    assert!(hand.is_dropped());
    assert_eq!(rest.len(), 1);
    drop(rest);
    assert!(second.is_dropped());

    let (hand, futures) = hand_stream();
    hand.give([holding(log.on_drop("branch"), pending::<u8>())]);
    let mut results = as_completed!(..futures);
    assert!(Driver::new(results.next()).poll().is_pending());
    drop(results);
    assert!(hand.is_dropped());
    assert_eq!(log.take(), ["branch"]);
}

#[test]
fn unlike_futures_of_streams_go_into_one_set() {
    let (hand, futures) = hand_stream::<Ready<u8>>();
    let (done, branch) = leaf::<u8>();
    let mut results = as_completed!(..futures, branch);
    let mut next = Driver::new(results.next());
    assert!(next.poll().is_pending());
    done.give(1);
    hand.give([ready(2)]);
    assert_eq!(next.poll(), Poll::Ready(Some(1)));
    drop(next);
    let mut next = Driver::new(results.next());
    assert_eq!(next.poll(), Poll::Ready(Some(2)));
}

#[test]
fn a_stream_with_a_stream_can_be_sent() {
    fn check<T: Send>(_: &T) {}
    check(&as_completed!(..stream::iter([ready(1)])));
    check(&as_completed!(
        ..stream::iter([ready(1)]),
        ready(2),
        limit = 2
    ));
    let task = async {
        as_completed!(for _ in ..stream::iter([String::new()].map(ready)) {
            tokio::task::yield_now().await;
        });
    };
    check(&task);
}
