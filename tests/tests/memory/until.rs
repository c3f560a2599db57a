//! What `until` allocates: one block if its future has to wait, and in sets and groups the memory of the future.

#![cfg(not(feature = "tracing"))]

use std::{
    future::{pending, poll_fn, ready},
    task::Poll,
};

use futures::StreamExt;
use rejoin::{Pending, Stopped, as_completed, gather, task_group, wait};
use rejoin_tests::{Driver, leaf, memory::counted};

/// What `work` allocates, and its value.
fn allocations<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let (memory, value) = counted(work);
    (memory.allocations, value)
}

#[test]
fn a_gather_takes_one_allocation_if_until_waits() {
    let mut ended = Driver::new(gather!(pending::<u8>(), until = ready(())));
    let end = allocations(|| ended.poll());
    assert_eq!(end, (0, Poll::Ready(Err(Stopped))));

    let (stop, signal) = leaf::<()>();
    let mut waits = Driver::new(gather!(pending::<u8>(), until = signal));
    assert_eq!(allocations(|| waits.poll()), (1, Poll::Pending));
    stop.wake();
    assert_eq!(allocations(|| waits.poll()), (0, Poll::Pending));
    stop.give(());
    let end = allocations(|| waits.poll());
    assert_eq!(end, (0, Poll::Ready(Err(Stopped))));
}

#[test]
fn a_stream_takes_two() {
    let with = |until: bool| {
        let (_stop, signal) = leaf::<()>();
        let futures = [pending::<u8>(), pending()];
        let (count, ()) = allocations(|| {
            if until {
                let mut results = as_completed!(..futures, until = signal);
                assert!(
                    Driver::new(poll_fn(|cx| results.poll_next_unpin(cx)))
                        .poll()
                        .is_pending()
                );
            } else {
                let mut results = as_completed!(..futures);
                assert!(
                    Driver::new(poll_fn(|cx| results.poll_next_unpin(cx)))
                        .poll()
                        .is_pending()
                );
            }
        });
        count
    };
    assert_eq!(with(true), with(false) + 2);
}

#[test]
fn so_does_a_wait() {
    let with = |until: bool| {
        let (_stop, signal) = leaf::<()>();
        let set: Pending<_> = [pending::<u8>(), pending()].into_iter().collect();
        let (count, ()) = allocations(|| {
            if until {
                assert!(
                    Driver::new(wait!(..set, until = signal))
                        .poll()
                        .is_pending()
                );
            } else {
                assert!(Driver::new(wait!(..set)).poll().is_pending());
            }
        });
        count
    };
    assert_eq!(with(true), with(false) + 2);
}

#[tokio::test(start_paused = true)]
async fn so_does_a_group() {
    let with = |until: bool| {
        let (_stop, signal) = leaf::<()>();
        let (count, ()) = allocations(|| {
            if until {
                let group = task_group!(|_| pending::<()>().await, until = signal);
                assert!(Driver::new(group).poll().is_pending());
            } else {
                let group = task_group!(|_| pending::<()>().await);
                assert!(Driver::new(group).poll().is_pending());
            }
        });
        count
    };
    assert_eq!(with(true), with(false) + 2);
}
