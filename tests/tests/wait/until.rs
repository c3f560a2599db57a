//! `until` of a `wait!`: it returns what is done by then.

use std::{
    future::{Future, pending, poll_fn, ready},
    task::Poll,
};

use rejoin::{Pending, as_completed, wait};
use rejoin_tests::{Driver, Log, busy, holding, leaf, leaves, ms, panic_of};
use tokio::time::{Instant, sleep};

use super::{after, list};

#[tokio::test(start_paused = true)]
async fn it_returns_what_is_done_by_then() {
    let start = Instant::now();
    let (done, pending) = wait!(..[10, 20, 30].map(after), until = sleep(ms(25))).await;
    assert_eq!((list(done), pending.len()), (vec![10, 20], 1));
    assert_eq!(start.elapsed(), ms(25));
    let (done, pending) = wait!(..pending, until = sleep(ms(25))).await;
    assert_eq!((list(done), pending.len()), (vec![30], 0));
    assert_eq!(start.elapsed(), ms(30));

    // At the same time, the branches come first.
    let (done, _) = wait!(..[10, 20].map(after), until = sleep(ms(10))).await;
    assert_eq!(list(done), [10]);
    let start = Instant::now();
    let (done, pending) = wait!(..[10, 20].map(after), until = ready(())).await;
    assert_eq!((done.len(), pending.len(), start.elapsed()), (0, 2, ms(0)));
}

#[tokio::test(start_paused = true)]
async fn with_a_condition_and_a_timeout_the_first_counts() {
    macro_rules! waited {
        ($($options:tt)*) => {{
            let start = Instant::now();
            let (done, pending) = wait!(..[10, 20, 30].map(after), $($options)*).await;
            (list(done).len(), pending.len(), start.elapsed())
        }};
    }
    let condition = waited!(return_when = FIRST_COMPLETED, until = sleep(ms(15)));
    assert_eq!(condition, (1, 2, ms(10)));
    let until = waited!(
        return_when = COMPLETED(2),
        until = sleep(ms(15)),
        timeout = 18ms
    );
    assert_eq!(until, (1, 2, ms(15)));
    let timeout = waited!(
        return_when = COMPLETED(2),
        until = sleep(ms(15)),
        timeout = 12ms
    );
    assert_eq!(timeout, (1, 2, ms(12)));
    assert_eq!(
        waited!(return_when = COMPLETED(0), until = unpolled()),
        (0, 3, ms(0))
    );
    let (done, _) = wait!(
        ..Pending::<std::future::Pending<u8>>::new(),
        until = unpolled()
    )
    .await;
    assert!(done.is_empty());
    let limited = waited!(limit = 1, until = sleep(ms(15)));
    assert_eq!(limited, (1, 2, ms(15)));
}

/// Must not be polled.
fn unpolled() -> impl Future<Output = ()> {
    poll_fn(|_| panic!("it was polled"))
}

#[test]
fn it_is_polled_after_the_branches_and_only_when_it_was_woken() {
    let (hands, branches) = leaves::<u8>(3);
    let (stop, signal) = leaf::<()>();
    let mut call = Driver::new(wait!(..branches, until = signal));
    assert!(call.poll().is_pending());
    hands[0].give(0);
    assert!(call.poll().is_pending());
    assert_eq!(stop.polls(), 1);
    call.move_to_new_parent();
    assert!(call.poll().is_pending());
    stop.wake();
    assert_eq!(call.wakes(), 1);
    assert!(call.poll().is_pending());
    assert_eq!((stop.polls(), hands[1].polls()), (2, 1));
    hands[2].give(2);
    stop.give(());
    let Poll::Ready((done, pending)) = call.poll() else {
        panic!("it was stopped")
    };
    assert_eq!((list(done), pending.len()), (vec![0, 2], 1));
    assert!(stop.is_dropped() && !hands[1].is_dropped());
}

#[tokio::test(start_paused = true)]
async fn it_is_dropped_when_it_completes_or_when_the_call_returns() {
    let log = Log::default();
    let until = |n| {
        let output = log.on_drop("output");
        holding(log.on_drop("until"), async move {
            sleep(ms(n)).await;
            output
        })
    };
    let branch = |name: &'static str, n| holding(log.on_drop(name), after(n));
    let (_, pending) = wait!(branch("a", 20), branch("b", 30), until = until(10)).await;
    assert_eq!(log.take(), ["until", "output"]);
    drop(pending);
    assert_eq!(log.take(), ["a", "b"]);

    let mut call = Driver::new(wait!(..[branch("a", 0)], until = until(50)));
    assert!(call.run().is_ready());
    assert_eq!(log.take(), ["a", "until", "output"]);
    let mut dropped = Driver::new(wait!(..[branch("a", 10)], until = until(50)));
    assert!(dropped.poll().is_pending());
    drop(dropped);
    assert_eq!(log.take(), ["a", "output", "until"]);
}

#[tokio::test(start_paused = true)]
async fn its_panic_is_that_of_a_branch() {
    let log = Log::default();
    let branch = holding(log.on_drop("branch"), pending::<u8>());
    let mut call = Box::pin(wait!(..[branch], until = async { panic!("signal") }));
    assert_eq!(panic_of(&mut call).await, "signal");
    assert_eq!(log.take(), ["branch"]);
    let again = panic_of(&mut call).await;
    assert_eq!(again, "a set was polled after a panic of a future in it");
}

#[tokio::test(start_paused = true)]
async fn busy_branches_do_not_delay_it() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sent = rejoin::spawn(async move { sender.send(()) });
    let (done, pending) = wait!(..(0..1_000).map(|_| busy()), until = receiver).await;
    assert_eq!((done.len(), pending.len()), (0, 1_000));
    assert_eq!(sent.await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn what_is_left_can_be_waited_for_again() {
    let (_, mut pending) = wait!(..[10, 20].map(after), until = sleep(ms(5))).await;
    let mut seen = vec![];
    as_completed!(for n in ..&mut pending {
        seen.push(n);
    });
    assert_eq!(seen, [10, 20]);
}
