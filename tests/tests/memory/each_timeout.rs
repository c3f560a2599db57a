//! What `each_timeout` over a spread allocates, and keeps: nothing of the branches that have ended.

#![cfg(not(feature = "tracing"))]

use std::future::{pending, ready};

use futures::FutureExt;
use rejoin::{as_completed, gather};
use rejoin_tests::{
    leaf, leaves,
    memory::{Flat, counted},
};
use tokio::task::yield_now;

/// Room for what vectors and the runtime keep; of each branch that passes it would be less than a byte.
const SLACK: isize = 16 * 1024;

/// What `work` allocates.
fn allocations<T>(work: impl FnOnce() -> T) -> usize {
    counted(|| drop(work())).0.allocations
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_may_pass_by_one_that_waits() {
    const PASSING: usize = 100_000;
    let (hand, first) = leaf();
    let passing = (0..PASSING).map(|n| async move {
        yield_now().await;
        n
    });
    let branches = [first.boxed_local()].into_iter();
    let branches = branches.chain(passing.map(FutureExt::boxed_local));
    let (mut flat, mut seen) = (Flat::new(1_000, SLACK), 0);
    as_completed!(
        for result in ..branches {
            assert!(result.is_ok());
            seen += 1;
            flat.check(seen);
            if seen == PASSING {
                hand.give(PASSING);
            }
        },
        limit = 10,
        each_timeout = 1h
    );
    assert_eq!(seen, PASSING + 1);
}

#[tokio::test(start_paused = true)]
async fn those_who_are_late_leave_nothing_either() {
    let branches = (0..20_000).map(|_| pending::<()>());
    let (mut flat, mut seen) = (Flat::new(1_000, SLACK), 0);
    as_completed!(
        for result in ..branches {
            assert!(result.is_err());
            seen += 1;
            flat.check(seen);
        },
        limit = 10,
        each_timeout = 1s
    );
    assert_eq!(seen, 20_000);
}

#[tokio::test(start_paused = true)]
async fn what_is_ready_at_once_asks_for_no_timer() {
    let branches = || (0..100).map(ready);
    let without = allocations(|| gather!(..branches()).now_or_never().unwrap());
    let with = allocations(|| {
        let call = gather!(..branches(), each_timeout = 1s);
        call.now_or_never().unwrap()
    });
    assert_eq!(with - without, 1, "what the branches would share");
}

#[tokio::test(start_paused = true)]
async fn what_waits_asks_for_one_timer() {
    let (_hands, mut some) = leaves::<()>(1_000);
    let (_others, mut others) = leaves::<()>(1_000);
    let without = allocations(|| gather!(..some.drain(..)).now_or_never());
    let with = allocations(|| gather!(..others.drain(..), each_timeout = 1s).now_or_never());
    // What they share, the timer, what it wakes, and a list that doubles from four to a thousand.
    assert_eq!(with - without, 3 + 9);
}
