//! The state of a `gather!` that has ended early and is still held: it has dropped everything that its output does not need.

use std::{
    future::{Future, pending, ready},
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
    time::Duration,
};

use rejoin::gather;
use rejoin_tests::{Driver, Log, OnDrop, leaf};
use tokio::{sync::oneshot, time::timeout};

/// Returns a branch that never ends and logs when it is dropped.
fn never(log: &Log) -> impl Future<Output = ()> + use<> {
    let guard = log.on_drop("future");
    async move {
        let _guard = guard;
        pending::<()>().await;
    }
}

/// Returns a branch that is ready with a value that logs when it is dropped.
fn value(log: &Log) -> impl Future<Output = OnDrop> + use<> {
    ready(log.on_drop("result"))
}

#[test]
fn an_error_drops_futures_and_results() {
    let log = Log::default();
    let (hand, branch) = leaf::<Result<(), &str>>();
    let mut gather = Driver::new(gather!(value(&log), never(&log), branch));
    assert!(gather.poll().is_pending());
    hand.give(Err("no"));
    assert!(matches!(gather.poll(), Poll::Ready(Err("no"))));
    assert_eq!(log.take(), ["future", "result"]);
    drop(gather);
    assert!(log.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_error_drops_results_that_a_deadline_would_keep() {
    let log = Log::default();
    let (hand, branch) = leaf::<Result<(), &str>>();
    let mut gather = pin!(gather!(
        value(&log),
        never(&log),
        branch,
        timeout = 1s,
        partial = true
    ));
    hand.give(Err("no"));
    assert!(matches!(gather.as_mut().await, Err("no")));
    assert_eq!(log.take(), ["future", "result"]);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_drops_futures_and_results() {
    let log = Log::default();
    let mut gather = pin!(gather!(value(&log), never(&log), timeout = 1s));
    assert!(gather.as_mut().await.is_err());
    assert_eq!(log.take(), ["future", "result"]);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_drops_futures_and_keeps_results() {
    let log = Log::default();
    let mut gather = pin!(gather!(
        value(&log),
        never(&log),
        ..[never(&log)],
        timeout = 1s,
        partial = true
    ));
    let (kept, late, many) = gather.as_mut().await;
    assert!(kept.is_some() && late.is_none() && many == [None]);
    assert_eq!(log.take(), ["future", "future"]);
    drop(kept);
    assert_eq!(log.take(), ["result"]);
}

#[test]
fn an_error_drops_the_iterator_of_a_spread() {
    let log = Log::default();
    let guard = log.on_drop("iterator");
    let many = iter::repeat_with(move || {
        let _guard = &guard;
        pending::<()>()
    });
    let (hand, branch) = leaf::<Result<(), &str>>();
    let mut gather = Driver::new(gather!(branch, ..many, limit = 2));
    assert!(gather.poll().is_pending());
    hand.give(Err("no"));
    assert!(matches!(gather.poll(), Poll::Ready(Err("no"))));
    assert_eq!(log.take(), ["iterator"]);
}

/// A future that never ends and panics when it is dropped.
struct Stubborn;

impl Drop for Stubborn {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn an_error_hands_on_the_panic_of_a_drop_in_a_spread() {
    let (hand, branch) = leaf::<Result<(), &str>>();
    let many = [Stubborn].map(|stubborn| async move {
        let _stubborn = stubborn;
        pending::<()>().await;
    });
    let mut gather = Driver::new(gather!(branch, ..many));
    assert!(gather.poll().is_pending());
    hand.give(Err("no"));
    let panic = catch_unwind(AssertUnwindSafe(|| gather.poll())).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"dropped"));
}

/// Futures that are ready after the runtime's budget is spent are polled in the next turn, although the turn that was cut has
/// gone on to start futures.
#[tokio::test(start_paused = true)]
async fn a_turn_that_was_cut_is_followed_by_another_one() {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..200).map(|_| oneshot::channel()).unzip();
    let mut receivers = receivers.into_iter();
    let many = (0..250).map(|_| {
        let receiver = receivers.next();
        async {
            if let Some(receiver) = receiver {
                receiver.await.unwrap();
            }
        }
    });
    let mut gather = pin!(gather!(..many, limit = 200));
    assert!(futures::poll!(gather.as_mut()).is_pending());
    for sender in senders {
        sender.send(()).unwrap();
    }
    let results = timeout(Duration::from_secs(1), gather).await;
    assert_eq!(results.expect("no wake is lost").len(), 250);
}
