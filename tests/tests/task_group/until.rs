//! `until`: a future that ends a group.

use std::{
    future::{Future, pending, ready},
    sync::{Arc, Mutex},
};

use rejoin::{Cause, Failures, Stopped, gather, task_group};
use rejoin_tests::{Crowd, Driver, Log, after, busy, holding, leaf, ms, panic_of};
use tokio::time::{Instant, sleep};

use super::shared::Bomb;

#[tokio::test(start_paused = true)]
async fn the_output_nests_as_that_of_a_timeout() {
    let start = Instant::now();
    let done: Result<u8, Stopped> =
        task_group!(|_| after(10, 1).await, until = sleep(ms(20))).await;
    assert_eq!((done, start.elapsed()), (Ok(1), ms(10)));
    let stopped: Result<(), Stopped> = task_group!(
        |tg| {
            tg.spawn(after(30, 1));
        },
        until = sleep(ms(20))
    )
    .await;
    assert_eq!((stopped, start.elapsed()), (Err(Stopped), ms(30)));

    let failing: Result<Result<u8, Failures<u8>>, Stopped> =
        task_group!(<u8> |_| Ok(1), until = ready(())).await;
    assert_eq!(failing, Ok(Ok(1)));
    let failed = task_group!(<u8> |tg| {
        tg.spawn_scoped(async { Err::<(), u8>(7) });
        pending().await
    }, until = ready(()));
    let failed: Result<Result<(), Failures<u8>>, Stopped> = failed.await;
    assert_eq!(failed.unwrap().unwrap_err().as_slice(), [7]);
    let stopped =
        task_group!(<u8> |_| -> Result<u8, u8> { pending().await }, until = ready(())).await;
    assert_eq!(stopped, Err(Stopped));
    // At the same time, the body comes first.
    let done = task_group!(|_| after(10, 1).await, until = sleep(ms(10))).await;
    assert_eq!(done, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn children_are_told_have_grace_are_aborted_and_joined() {
    let (start, log, crowd) = (Instant::now(), Log::default(), Crowd::default());
    let stopped = task_group!(
        |tg| {
            let (handle, own) = (tg.handle(), log.clone());
            tg.spawn(holding(crowd.enter(), async move {
                handle.cancelled().await;
                own.add(&format!("told: {}", handle.cause().unwrap()));
                sleep(ms(30)).await;
                own.add("saved");
            }));
            tg.spawn(holding(
                (crowd.enter(), log.on_drop("task")),
                pending::<()>(),
            ));
            tg.spawn_scoped(holding(log.on_drop("scoped"), pending::<()>()));
            let _body = log.on_drop("body");
            pending::<()>().await;
        },
        until = sleep(ms(20)),
        grace = 50ms
    )
    .await;
    assert_eq!(stopped, Err(Stopped));
    assert_eq!((start.elapsed(), crowd.now()), (ms(70), 0));
    assert_eq!(
        log.take(),
        ["body", "scoped", "told: stopped", "saved", "task"]
    );
}

#[tokio::test(start_paused = true)]
async fn errors_and_panics_from_before_go_first_and_later_ones_are_dropped() {
    let start = Instant::now();
    let before = task_group!(<&'static str> |tg| {
        tg.spawn(async { after(10, Err::<(), _>("before")).await });
        pending().await
    }, until = sleep(ms(20)), grace = 1s);
    let before: Result<Result<(), _>, _> = before.await;
    assert_eq!(before.unwrap().unwrap_err().into_first(), "before");
    assert_eq!(start.elapsed(), ms(10));

    let later = task_group!(<&'static str> |tg| {
        let cancelled = tg.cancelled();
        tg.spawn(async move {
            cancelled.await;
            Err::<(), _>("later")
        });
        pending().await
    }, until = sleep(ms(20)), grace = 1s);
    let later: Result<Result<(), _>, _> = later.await;
    assert_eq!(later.err(), Some(Stopped));

    let panics = task_group!(
        |tg| {
            let cancelled = tg.cancelled();
            tg.spawn(async move {
                cancelled.await;
                panic!("in grace")
            });
            pending::<()>().await;
        },
        until = sleep(ms(20)),
        grace = 1s
    );
    assert_eq!(panic_of(panics).await, "in grace");
}

#[tokio::test(start_paused = true)]
async fn of_a_stop_and_until_the_first_wins() {
    let stopped = task_group!(
        |tg| {
            let group = tg.handle();
            tg.spawn(async move {
                sleep(ms(10)).await;
                group.stop(1);
            });
            pending().await
        },
        until = sleep(ms(20))
    );
    assert_eq!(stopped.await, Ok(1));

    // The value of a later stop is dropped.
    let log = Log::default();
    let until = task_group!(
        |tg| {
            let (group, value) = (tg.handle(), log.on_drop("value"));
            tg.spawn(async move {
                group.cancelled().await;
                group.stop(value);
            });
            pending().await
        },
        until = sleep(ms(20)),
        grace = 1s
    );
    assert!(until.await.is_err());
    assert_eq!(log.take(), ["value"]);
}

#[tokio::test(start_paused = true)]
async fn it_is_polled_after_the_branches_and_only_when_it_was_woken() {
    let log = Log::default();
    let (stop, signal) = leaf::<()>();
    let (child, scoped) = leaf::<()>();
    let until = async {
        log.add("until");
        signal.await;
    };
    let mut group = Driver::new(task_group!(
        |tg| {
            tg.spawn_scoped(async {
                log.add("child");
                scoped.await;
            });
            log.add("body");
            pending::<()>().await;
        },
        until = until
    ));
    assert!(group.poll().is_pending());
    assert_eq!(log.take(), ["body", "child", "until"]);
    for _ in 0..3 {
        child.wake();
        assert!(group.run().is_pending());
    }
    assert_eq!((stop.polls(), child.polls()), (1, 4));
    stop.wake();
    assert!(group.run().is_pending());
    assert_eq!((stop.polls(), child.polls()), (2, 4));
    stop.give(());
    assert_eq!(group.run(), std::task::Poll::Ready(Err(Stopped)));
    assert!(stop.is_dropped() && child.is_dropped());
}

#[tokio::test(start_paused = true)]
async fn it_is_dropped_when_it_completes_or_after_the_branches() {
    let log = Log::default();
    let until = |n| holding(log.on_drop("until"), after(n, log.on_drop("output")));
    let stopped = task_group!(
        |tg| {
            tg.spawn(holding(log.on_drop("task"), pending::<()>()));
            let _body = log.on_drop("body");
            pending::<()>().await;
        },
        until = until(10)
    );
    assert_eq!(stopped.await, Err(Stopped));
    assert_eq!(log.take(), ["until", "output", "body", "task"]);

    let done = task_group!(
        |tg| {
            tg.spawn(holding(log.on_drop("task"), after(5, ())));
            let _body = log.on_drop("body");
        },
        until = until(10)
    );
    assert_eq!(done.await, Ok(()));
    assert_eq!(log.take(), ["body", "task", "output", "until"]);

    let mut dropped = Driver::new(task_group!(
        |tg| {
            tg.spawn_scoped(holding(log.on_drop("scoped"), pending::<()>()));
            let _body = log.on_drop("body");
            pending::<()>().await;
        },
        until = until(10)
    ));
    assert!(dropped.poll().is_pending());
    drop(dropped);
    assert_eq!(log.take(), ["body", "scoped", "output", "until"]);
}

#[tokio::test(start_paused = true)]
async fn its_panic_is_that_of_a_child() {
    let (crowd, seen) = (Crowd::default(), Arc::new(Mutex::new(None)));
    let group = task_group!(
        |tg| {
            let (handle, seen) = (tg.handle(), Arc::clone(&seen));
            tg.spawn(holding(crowd.enter(), async move {
                handle.cancelled().await;
                *seen.lock().unwrap() = handle.cause();
                sleep(ms(10)).await;
            }));
            pending::<()>().await;
        },
        until = async {
            sleep(ms(20)).await;
            panic!("signal")
        },
        grace = 1s
    );
    let start = Instant::now();
    assert_eq!(panic_of(group).await, "signal");
    assert_eq!((start.elapsed(), crowd.now()), (ms(30), 0));
    assert_eq!(*seen.lock().unwrap(), Some(Cause::Panicked));

    let in_a_drop = task_group!(|_| 1, until = holding(Bomb::new("bomb"), pending::<()>()));
    assert_eq!(panic_of(in_a_drop).await, "bomb");
}

#[tokio::test(start_paused = true)]
async fn a_busy_body_and_busy_children_do_not_delay_it() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sent = rejoin::spawn(async move { sender.send(()) });
    let stopped = task_group!(
        |tg| {
            for _ in 0..3 {
                tg.spawn_scoped(busy());
            }
            busy().await;
        },
        until = receiver
    );
    assert_eq!(stopped.await, Err(Stopped));
    assert_eq!(sent.await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_written_as_a_future() {
    let start = Instant::now();
    let (_keep, stopped) = tokio::sync::oneshot::channel::<()>();
    let end = rejoin::wait!(
        Box::pin(async { drop(stopped.await) })
            as std::pin::Pin<Box<dyn Future<Output = ()> + Send>>,
        Box::pin(sleep(ms(30))),
        return_when = FIRST_COMPLETED
    );
    let group = task_group!(
        |tg| {
            tg.spawn(pending::<()>());
        },
        until = end,
        limit = 1
    );
    assert_eq!(group.await, Err(Stopped));
    assert_eq!(start.elapsed(), ms(30));
}

#[tokio::test(start_paused = true)]
async fn the_future_is_send_if_until_is() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let group = assert_send(task_group!(
        |tg| tg.spawn(after(10, 1)).await,
        until = sleep(ms(5))
    ));
    assert_eq!(rejoin::spawn(group).await, Err(Stopped));
    // In an outer call, an inner group that is stopped is a branch that is done.
    let both = gather!(
        task_group!(|tg| tg.spawn(after(10, 1)).await, until = sleep(ms(5))),
        task_group!(|tg| tg.spawn(after(10, 2)).await, until = sleep(ms(50)))
    );
    assert_eq!(both.await, Err(Stopped));
}
