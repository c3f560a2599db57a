//! Errors of a failing group: the first ends it, and which others count.

use std::{future::pending, sync::Arc};

use rejoin::{Failures, task_group};
use rejoin_tests::{Log, after, holding, ms};
use tokio::time::{Instant, sleep};

#[tokio::test(start_paused = true)]
async fn the_first_error_cancels_everything_else() {
    let (log, start) = (Log::default(), Instant::now());
    let failed = task_group!(<&str> |tg| {
        tg.spawn(holding(log.on_drop("task"), after(50, Ok(()))));
        tg.spawn(holding(log.on_drop("later"), after(20, Err::<(), _>("later"))));
        tg.spawn_scoped(holding(log.on_drop("scoped"), after(50, Ok(()))));
        tg.spawn(after(10, Err::<(), _>("first")));
        let _body = log.on_drop("body");
        sleep(ms(50)).await;
        Ok(())
    })
    .await;
    log.add("end");
    assert_eq!(
        failed.unwrap_err().into_iter().collect::<Vec<_>>(),
        ["first"]
    );
    assert_eq!(start.elapsed(), ms(10));
    let seen = log.take();
    assert_eq!((seen.len(), &*seen[4]), (5, "end"));
}

#[tokio::test(start_paused = true)]
async fn without_an_error_it_gives_the_value_of_the_body() {
    let value = task_group!(<&str> |tg| {
        tg.spawn(after(10, Ok(1)));
        tg.spawn_scoped(after(20, Ok("x")));
        Ok(5)
    });
    assert_eq!(value.await.unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_error_counts_though_the_body_has_ended_with_a_value() {
    let start = Instant::now();
    let failed = task_group!(<&str> |tg| {
        tg.spawn(after(10, Err::<(), _>("bad")));
        Ok(5)
    });
    assert_eq!(failed.await.unwrap_err().into_first(), "bad");
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_nobody_waits_for_counts_too() {
    let failed = task_group!(<&str> |tg| {
        drop(tg.spawn(after(10, Err::<(), _>("bad"))));
        pending().await
    });
    let failures: Failures<&str> = Result::<(), _>::unwrap_err(failed.await);
    assert_eq!(failures.into_first(), "bad");
}

#[tokio::test(start_paused = true)]
async fn all_errors_of_one_poll_count_that_of_the_body_last() {
    let (notify, start) = (Arc::new(tokio::sync::Notify::new()), Instant::now());
    let failed = task_group!(<&str> |tg| {
        for name in ["a", "b", "c"] {
            let notify = Arc::clone(&notify);
            tg.spawn_scoped(async move {
                notify.notified().await;
                Err::<(), _>(name)
            });
        }
        tg.spawn_scoped(async {
            sleep(ms(10)).await;
            notify.notify_waiters();
            pending::<Result<(), _>>().await
        });
        notify.notified().await;
        Err::<(), _>("body")
    })
    .await;
    // The four are woken in one poll, and polled in the next.
    assert_eq!(
        failed.unwrap_err().into_iter().collect::<Vec<_>>(),
        ["a", "b", "c", "body"]
    );
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn of_the_poll_of_the_first_error_who_was_woken_is_still_polled_and_who_is_new_is_not() {
    let log = Log::default();
    let notify = tokio::sync::Notify::new();
    let failed = task_group!(<&str> |tg| {
        tg.spawn_scoped(async {
            notify.notified().await;
            log.add("before the error");
            Err::<(), _>("bad")
        });
        let own = tg.clone();
        let (log, notify) = (&log, &notify);
        tg.spawn_scoped(async move {
            notify.notified().await;
            log.add("woken");
            own.spawn_scoped(holding(log.on_drop("new child is dropped"), async {
                log.add("new child is polled");
            }));
            let own = own.handle();
            own.spawn(holding(log.on_drop("new task is dropped"), async {
                panic!("it is not polled");
            }));
            Ok(())
        });
        tg.spawn_scoped(holding(log.on_drop("not woken"), async {
            pending::<()>().await;
        }));
        sleep(ms(10)).await;
        notify.notify_waiters();
        pending::<()>().await;
        Ok(())
    })
    .await;
    assert_eq!(failed.unwrap_err().len(), 1);
    let mut seen = log.take();
    assert_eq!(seen[..2], ["before the error", "woken"]);
    seen.sort();
    assert_eq!(
        seen,
        [
            "before the error",
            "new child is dropped",
            "new task is dropped",
            "not woken",
            "woken"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_first_failing_child_spawned_in_that_poll_is_dropped_unpolled() {
    let log = Log::default();
    let failed = task_group!(<&str> |tg| {
        let (own, log) = (tg.clone(), &log);
        tg.spawn_scoped(async move {
            sleep(ms(10)).await;
            own.spawn_scoped(holding(log.on_drop("scoped"), async { log.add("polled") }));
            own.spawn(holding(log.on_drop("task"), async { panic!("it is not polled") }));
            Err::<(), _>("bad")
        });
        Ok(())
    })
    .await;
    assert_eq!(failed.unwrap_err().len(), 1);
    let mut seen = log.take();
    seen.sort();
    assert_eq!(seen, ["scoped", "task"]);
}
