//! `cancel(index)` of sets and of streams.

use rejoin::{Pending, as_completed, wait};
use rejoin_tests::{Driver, Log, holding, leaves, ms};
use tokio::time::{Instant, sleep};

use crate::{after, list};

#[tokio::test(start_paused = true)]
async fn a_future_is_dropped_at_once() {
    let log = Log::default();
    let mut pending: Pending<_> = [30, 10, 20]
        .into_iter()
        .map(|ms| holding(log.on_drop(&ms), after(ms)))
        .collect();
    // It was never polled.
    assert!(pending.cancel(2));
    assert_eq!(log.take(), ["20"]);
    assert_eq!(pending.next().await, Some(10));
    assert_eq!(log.take(), ["10"]);
    // It was polled.
    assert!(pending.cancel(0));
    assert_eq!(log.take(), ["30"]);
    assert!(pending.is_empty());
    assert_eq!(pending.next().await, None);
    // Indices go on.
    assert_eq!(pending.push(holding(log.on_drop("new"), after(1))), 3);
    for gone in [0, 1, 2, 4] {
        assert!(!pending.cancel(gone), "{gone}");
    }
    assert!(pending.cancel(3));
    assert_eq!(log.take(), ["new"]);
}

#[tokio::test(start_paused = true)]
async fn a_result_that_was_not_handed_out_is_dropped() {
    let mut pending: Pending<_> = [1, 2, 30].into_iter().map(after).collect();
    pending.drive(sleep(ms(5))).await;
    assert_eq!(pending.len(), 3);
    assert!(pending.cancel(1));
    assert!(!pending.cancel(1));
    let (done, pending) = wait!(..pending, return_when = FIRST_COMPLETED).await;
    assert_eq!((list(done), pending.len()), (vec![1], 1));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_branch_is_no_failure_and_frees_its_permit() {
    let start = Instant::now();
    let mut results = as_completed!(..[100, 100, 5, 5].map(after), limit = 2);
    // The third was not taken from the iterator yet.
    assert!(!results.cancel(2));
    let mut run = Driver::new(results.next());
    assert!(run.poll().is_pending());
    drop(run);
    assert!(results.cancel(0));
    assert_eq!((results.next().await, start.elapsed()), (Some(5), ms(5)));
    assert!(results.cancel(1));
    assert_eq!((results.next().await, start.elapsed()), (Some(5), ms(10)));
    assert_eq!(results.next().await, None);
}

#[test]
fn a_wake_of_a_cancelled_future_polls_no_other() {
    let (hands, leaves) = leaves::<u8>(3);
    let mut pending: Pending<_> = leaves.into_iter().collect();
    let mut run = Driver::new(pending.next());
    assert!(run.poll().is_pending());
    drop(run);
    hands[1].wake();
    assert!(pending.cancel(1));
    hands[2].give(7);
    let mut run = Driver::new(pending.next());
    assert!(run.poll().is_ready());
    let polls: Vec<_> = hands.iter().map(rejoin_tests::Hand::polls).collect();
    assert_eq!(polls, [1, 1, 2]);
    assert!(hands[1].is_dropped());
}
