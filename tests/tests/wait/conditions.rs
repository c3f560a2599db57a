//! `SUCCEEDED(n)`, `FAILED(n)` and `UNTIL(predicate)`.

use std::{cell::Cell, task::Poll, time::Duration};

use rejoin::{Done, Pending, wait};
use rejoin_tests::{Driver, Log, elapsed, leaves, ms, odd_fails, panic_of};
use tokio::time::{Instant, sleep};

use crate::{after, list};

/// A set of futures of which one, of this delay, was done before.
async fn with_a_result(
    first: u64,
    others: &[u64],
) -> Pending<impl Future<Output = Result<u64, u64>>> {
    let mut pending: Pending<_> = others
        .iter()
        .copied()
        .chain([first])
        .map(odd_fails)
        .collect();
    pending.drive(sleep(ms(first + 1))).await;
    assert_eq!(pending.len(), others.len() + 1);
    pending
}

#[tokio::test(start_paused = true)]
async fn a_wait_returns_with_its_nth_success() {
    let start = Instant::now();
    let (done, pending) = wait!(
        ..[5, 10, 40, 20, 30].map(odd_fails),
        return_when = SUCCEEDED(2)
    )
    .await;
    assert_eq!(list(done), [Err(5), Ok(10), Ok(20)]);
    assert_eq!((pending.len(), elapsed(start)), (2, 20));
    let (done, pending) = wait!(..pending, return_when = SUCCEEDED(1)).await;
    assert_eq!(
        (list(done), pending.len(), elapsed(start)),
        (vec![Ok(30)], 1, 30)
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_returns_with_its_nth_failure() {
    let start = Instant::now();
    let (done, pending) = wait!(
        ..[5, 10, 40, 15, 20].map(odd_fails),
        return_when = FAILED(2)
    )
    .await;
    assert_eq!(list(done), [Err(5), Ok(10), Err(15)]);
    assert_eq!((pending.len(), elapsed(start)), (2, 15));
}

#[tokio::test(start_paused = true)]
async fn a_wait_returns_when_so_many_successes_cannot_be_reached() {
    let start = Instant::now();
    let (done, pending) = wait!(..[1, 3, 20, 30].map(odd_fails), return_when = SUCCEEDED(3)).await;
    assert_eq!(
        (list(done), pending.len(), elapsed(start)),
        (vec![Err(1), Err(3)], 2, 3)
    );

    let start = Instant::now();
    let (done, pending) = wait!(..[2, 4, 21, 31].map(odd_fails), return_when = FAILED(3)).await;
    assert_eq!(
        (list(done), pending.len(), elapsed(start)),
        (vec![Ok(2), Ok(4)], 2, 4)
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_more_than_there_are_waits_for_all() {
    let start = Instant::now();
    let (done, pending) = wait!(..[1, 3, 20].map(odd_fails), return_when = SUCCEEDED(4)).await;
    assert_eq!((done.len(), pending.len(), elapsed(start)), (3, 0, 20));
    let (done, _) = wait!(..[2, 4].map(odd_fails), return_when = FAILED(3)).await;
    assert_eq!((done.len(), elapsed(start)), (2, 24));
}

#[tokio::test(start_paused = true)]
async fn results_that_were_in_the_set_count() {
    let pending = with_a_result(2, &[10, 20]).await;
    let start = Instant::now();
    let (done, pending) = wait!(..pending, return_when = SUCCEEDED(2)).await;
    assert_eq!(
        (list(done), pending.len(), elapsed(start)),
        (vec![Ok(2), Ok(10)], 1, 7)
    );

    // An earlier failure is no reason to return, and with two futures three successes cannot be reached from the beginning.
    let pending = with_a_result(1, &[11, 20]).await;
    let start = Instant::now();
    let (done, _) = wait!(..pending, return_when = SUCCEEDED(3)).await;
    assert_eq!(
        (list(done), elapsed(start)),
        (vec![Err(1), Err(11), Ok(20)], 18)
    );

    // Two can, until the second one fails.
    let pending = with_a_result(1, &[11, 20]).await;
    let start = Instant::now();
    let (done, pending) = wait!(..pending, return_when = SUCCEEDED(2)).await;
    assert_eq!(
        (list(done), pending.len(), elapsed(start)),
        (vec![Err(1), Err(11)], 1, 9)
    );
}

#[test]
fn zero_successes_or_failures_poll_nothing() {
    let (hands, leaves) = leaves::<Result<(), ()>>(2);
    let mut run = Driver::new(wait!(..leaves, return_when = SUCCEEDED(0)));
    let Poll::Ready((done, pending)) = run.poll() else {
        panic!("it is over")
    };
    assert_eq!((done.len(), pending.len()), (0, 2));
    let mut run = Driver::new(wait!(..pending, return_when = FAILED(0)));
    assert!(run.poll().is_ready());
    assert_eq!(hands[0].polls() + hands[1].polls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_wait_for_successes() {
    let start = Instant::now();
    let (done, pending) = wait!(
        ..[2, 4, 20].map(odd_fails),
        return_when = SUCCEEDED(3),
        timeout = 10ms
    )
    .await;
    assert_eq!((done.len(), pending.len(), elapsed(start)), (2, 1, 10));
}

#[tokio::test(start_paused = true)]
async fn a_limit_starts_branches_until_enough_have_succeeded() {
    let log = Log::default();
    let job = |n: u64| {
        let log = log.clone();
        async move {
            log.add(&n);
            odd_fails(n).await
        }
    };
    let start = Instant::now();
    let (done, pending) = wait!(
        ..[1, 2, 4, 6, 8].map(job),
        return_when = SUCCEEDED(2),
        limit = 1
    )
    .await;
    assert_eq!(
        (list(done), pending.len(), elapsed(start)),
        (vec![Err(1), Ok(2), Ok(4)], 2, 7)
    );
    // The last one got the permit in the poll in which the second success came.
    assert_eq!(log.take(), ["1", "2", "4", "6"]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_returns_when_its_predicate_holds() {
    let start = Instant::now();
    let (done, pending) = wait!(
        ..[30, 10, 20].map(after),
        return_when = UNTIL(|ms| *ms >= 20)
    )
    .await;
    assert_eq!(
        (list(done), pending.len(), elapsed(start)),
        (vec![10, 20], 1, 20)
    );
    let (done, _) = wait!(..pending, after(5), return_when = UNTIL(|_| false)).await;
    assert_eq!((list(done), elapsed(start)), (vec![5, 30], 30));
}

#[tokio::test(start_paused = true)]
async fn a_predicate_is_asked_once_for_each_output_until_it_holds() {
    let log = Log::default();
    let mut ask = |ms: &u64| {
        log.add(ms);
        *ms == 10
    };
    // The second future of 10 ms is done in the same poll.
    let (done, pending) = wait!(..[10, 5, 10, 20].map(after), return_when = UNTIL(&mut ask)).await;
    assert_eq!((list(done), pending.len()), (vec![5, 10, 10], 1));
    assert_eq!(log.take(), ["5", "10"]);
    drop(pending);

    let mut pending: Pending<_> = [8, 3, 20].into_iter().map(after).collect();
    pending.drive(sleep(ms(9))).await;
    let (done, pending) = wait!(..pending, after(1), return_when = UNTIL(ask)).await;
    assert_eq!((list(done), pending.len()), (vec![3, 8, 1, 20], 0));
    assert_eq!(log.take(), ["3", "8", "1", "20"]);
}

#[tokio::test(start_paused = true)]
async fn a_predicate_that_holds_for_an_earlier_result_is_not_asked_again() {
    let asked = Cell::new(0);
    let mut pending: Pending<_> = [3, 4, 20].into_iter().map(after).collect();
    pending.drive(sleep(ms(5))).await;
    let start = Instant::now();
    let holds = |ms: &u64| {
        asked.set(asked.get() + 1);
        *ms == 3
    };
    let (done, pending) = wait!(..pending, return_when = UNTIL(holds)).await;
    assert_eq!((list(done), pending.len()), (vec![3, 4], 1));
    assert_eq!((asked.get(), elapsed(start)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_predicate_sees_no_name_of_the_expansion() {
    const LIMIT: u64 = 10;
    fn completed(ms: u64) -> bool {
        ms >= LIMIT
    }
    let (done, _): (Done<u64>, _) = wait!(
        after(20),
        after(10),
        return_when = UNTIL(|x| completed(*x)),
        timeout = 1s
    )
    .await;
    assert_eq!(list(done), [10]);
    let (done, _) =
        wait!(<return_when = UNTIL(|__x| completed(*__x)), limit = 1> after(2), after(10)).await;
    assert_eq!(list(done), [2, 10]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_predicate_drops_all_futures() {
    let log = Log::default();
    let held = |ms: u64| rejoin_tests::holding(log.on_drop(&ms), after(ms));
    let wait = wait!(
        ..[10, 20, 5].map(held),
        return_when = UNTIL(|ms| {
            assert_ne!(*ms, 10, "ten");
            false
        })
    );
    assert!(panic_of(wait).await.contains("ten"));
    assert_eq!(log.take(), ["5", "10", "20"]);

    let mut pending: Pending<_> = [3, 20].into_iter().map(held).collect();
    pending.drive(sleep(ms(4))).await;
    let wait = wait!(..pending, return_when = UNTIL(|_| panic!("three")));
    assert!(panic_of(wait).await.contains("three"));
    assert_eq!(log.take(), ["3", "20"]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_with_a_predicate_is_send_if_the_predicate_is() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let longest = Duration::from_millis(10);
    let wait = wait!(
        after(5),
        after(10),
        return_when = UNTIL(|ms| ms_of(*ms) >= longest)
    );
    let (done, _) = is_send(wait).await;
    assert_eq!(list(done), [5, 10]);
}

fn ms_of(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
