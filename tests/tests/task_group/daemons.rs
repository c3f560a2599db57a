//! `spawn_daemon_scoped` and `spawn_blocking_daemon`: children that end with all others.

use std::{
    future::pending,
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
};

use rejoin::{Cause, task_group};
use rejoin_tests::{Driver, Log, after, elapsed, holding, leaf, ms, panic_of};
use tokio::{
    runtime,
    time::{Instant, sleep},
};

// ---- in place ---------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_scoped_daemon_borrows_and_ends_with_the_rest() {
    let (ticks, log, start) = (AtomicU32::new(0), Log::default(), Instant::now());
    task_group!(
        |tg| {
            let ticks = &ticks;
            tg.spawn_daemon_scoped(holding(log.on_drop("ticker dropped"), async move {
                loop {
                    sleep(ms(10)).await;
                    ticks.fetch_add(1, Ordering::Relaxed);
                }
            }));
            tg.spawn(holding(log.on_drop("task ends"), sleep(ms(35))));
            sleep(ms(5)).await;
        },
        grace = 1h
    )
    .await;
    assert_eq!(log.take(), ["task ends", "ticker dropped"]);
    assert_eq!((elapsed(start), ticks.into_inner()), (35, 3));
}

#[tokio::test(start_paused = true)]
async fn daemons_alone_keep_no_group_open() {
    let log = Log::default();
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn_daemon_scoped(holding(log.on_drop("first"), pending::<()>()));
        tg.spawn_daemon_scoped(holding(log.on_drop("second"), pending::<()>()));
    }));
    assert!(group.poll().is_ready());
    assert_eq!(log.take(), ["first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_scoped_daemon_needs_no_permit() {
    let start = Instant::now();
    task_group!(
        |tg| {
            tg.spawn_daemon_scoped(pending::<()>());
            tg.spawn_daemon_scoped(pending::<()>());
            tg.spawn(after(1, ()));
            tg.spawn_scoped(after(1, ()));
        },
        limit = 1
    )
    .await;
    assert_eq!(elapsed(start), 2);
}

#[tokio::test(start_paused = true)]
async fn a_scoped_daemon_is_polled_when_it_was_woken_and_can_be_cancelled() {
    let (hand, daemon) = leaf();
    let mut group = Driver::new(task_group!(|tg| {
        let child = tg.spawn_daemon_scoped(daemon);
        let cancelled = tg.spawn_daemon_scoped(pending::<()>());
        assert_eq!(cancelled.cancel().await, None);
        child.await
    }));
    assert!(group.poll().is_pending());
    assert!(group.poll().is_pending());
    assert_eq!(hand.polls(), 1);
    hand.give(5);
    assert_eq!(hand.polls(), 1);
    assert!(group.poll().is_ready());
    assert_eq!(hand.polls(), 2);
}

#[tokio::test(start_paused = true)]
async fn its_error_or_panic_ends_the_group() {
    let failed = task_group!(<u8> |tg| {
        tg.spawn_daemon_scoped(async { Err::<(), _>(after(1, 7).await) });
        pending::<Result<(), u8>>().await
    });
    assert_eq!(failed.await.unwrap_err().into_first(), 7);
    let panics = task_group!(|tg| {
        tg.spawn_daemon_scoped(async { panic!("a mistake") });
        pending::<()>().await;
    });
    assert_eq!(panic_of(panics).await, "a mistake");
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_was_dropped_has_no_value() {
    let mut daemon = None;
    task_group!(|tg| {
        daemon = Some(tg.spawn_daemon_scoped(pending::<u8>()));
        sleep(ms(1)).await;
    })
    .await;
    assert_eq!(daemon.unwrap().join().await, None);
}

// ---- on a blocking thread ---------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn the_end_of_the_group_waits_for_a_closure_that_asks() {
    let (log, start) = (Log::default(), Instant::now());
    let (sender, receiver) = mpsc::channel();
    let value = task_group!(|tg| {
        let (handle, own) = (tg.handle(), log.clone());
        let daemon = tg.spawn_blocking_daemon(move |cancelled| {
            assert!(!cancelled.is_cancelled());
            sender.send(()).unwrap();
            while !cancelled.is_cancelled() {
                thread::yield_now();
            }
            assert_eq!(handle.cause(), Some(Cause::Finished));
            own.add("closure ends");
        });
        let running = tg.spawn_blocking(move || receiver.recv());
        running.await.unwrap();
        tg.spawn(holding(log.on_drop("task ends"), async {}));
        drop(daemon);
        5
    });
    assert_eq!(value.await, 5);
    assert_eq!(log.take(), ["task ends", "closure ends"]);
    assert_eq!(elapsed(start), 0);
}

#[tokio::test(start_paused = true)]
async fn a_closure_has_a_value_and_fails_as_any_child() {
    let value = task_group!(|tg| tg.handle().spawn_blocking_daemon(|_| 5).await);
    assert_eq!(value.await, 5);
    let failed = task_group!(<u8> |tg| {
        tg.spawn_blocking_daemon(|_| Err::<(), _>(7));
        pending::<Result<(), u8>>().await
    });
    assert_eq!(failed.await.unwrap_err().into_first(), 7);
    let panics = task_group!(|tg| {
        tg.spawn_blocking_daemon(|_| panic!("a mistake"));
        pending::<()>().await;
    });
    assert_eq!(panic_of(panics).await, "a mistake");
}

#[test]
fn a_closure_that_waits_for_a_thread_is_dropped() {
    let log = Log::default();
    let runtime = runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (sender, receiver) = mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || receiver.recv());
        let guard = log.on_drop("dropped");
        task_group!(|tg| {
            tg.spawn_blocking_daemon(move |_| {
                let _guard = guard;
                unreachable!("the group has ended before a thread is free")
            });
            // The runtime drops it when the thread is free, after the end of the group has begun.
            let cancelled = tg.cancelled();
            tokio::spawn(async {
                cancelled.await;
                drop(sender);
            });
        })
        .await;
        assert_eq!(log.take(), ["dropped"]);
        assert!(busy.await.unwrap().is_err());
    });
}
