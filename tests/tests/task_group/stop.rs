//! `stop`, and what goes before what when a group ends.

use std::future::pending;

use rejoin::task_group;
use rejoin_tests::{Log, after, ms};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

// ---- stop -------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn stop_ends_a_plain_group_with_its_value() {
    let start = Instant::now();
    let value = task_group!(|tg| {
        let handle = tg.handle();
        tg.spawn(async move {
            sleep(ms(10)).await;
            handle.stop("of the task");
        });
        tg.spawn_scoped(sleep(ms(50)));
        tg.spawn(sleep(ms(50)));
        after(30, "of the body").await
    });
    assert_eq!((value.await, start.elapsed()), ("of the task", ms(10)));
}

#[tokio::test(start_paused = true)]
async fn stop_counts_though_the_body_has_ended() {
    let start = Instant::now();
    let value = task_group!(|tg| {
        let handle = tg.handle();
        tg.spawn(async move {
            sleep(ms(10)).await;
            handle.stop(1);
            pending::<()>().await;
        });
        2
    });
    assert_eq!((value.await, start.elapsed()), (1, ms(10)));
}

#[tokio::test(start_paused = true)]
async fn the_first_stop_wins() {
    let value = task_group!(|tg| {
        tg.stop(1);
        tg.stop(2);
        tg.handle().stop(3);
        4
    });
    assert_eq!(value.await, 1);
    // Of children that stop it in one poll, and of tasks of which one runs after the other.
    let value = task_group!(|tg| {
        for n in 1..=3 {
            let own = tg.handle();
            tg.spawn_scoped(async move { own.stop(n) });
        }
        pending().await
    });
    assert_eq!(value.await, 1);
    let value = task_group!(
        |tg| {
            for n in 1..=3 {
                let own = tg.handle();
                tg.spawn(async move { own.stop(n) });
            }
            pending().await
        },
        grace = 1s
    );
    assert_eq!(value.await, 1);
}

#[tokio::test(start_paused = true)]
async fn the_values_that_did_not_win_are_dropped() {
    let log = Log::default();
    let winner = task_group!(|tg| {
        tg.stop(log.on_drop("first"));
        tg.stop(log.on_drop("second"));
        assert_eq!(log.take(), ["second"]);
        log.on_drop("of the body")
    })
    .await;
    assert_eq!(log.take(), ["of the body"]);
    drop(winner);
    assert_eq!(log.take(), ["first"]);
}

#[tokio::test(start_paused = true)]
async fn stop_in_a_failing_group_gives_ok() {
    let value = task_group!(<&str> |tg| {
        tg.stop(1);
        pending().await
    });
    assert_eq!(value.await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn stop_on_a_group_that_is_over_does_nothing() {
    let log = Log::default();
    let mut kept = None;
    task_group!(|tg| {
        kept = Some(tg.handle());
        log.on_drop("value")
    })
    .await;
    assert_eq!(log.take(), ["value"]);
    let handle = kept.unwrap();
    handle.stop(log.on_drop("late"));
    assert_eq!(log.take(), ["late"]);
    assert!(handle.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn the_body_goes_on_to_its_next_await_after_a_stop() {
    let log = Log::default();
    task_group!(|tg| {
        tg.stop(());
        log.add("goes on");
        yield_now().await;
        log.add("not any more");
    })
    .await;
    assert_eq!(log.take(), ["goes on"]);
}

// ---- precedence -------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn an_error_from_before_the_stop_counts_and_one_from_after_it_does_not() {
    for grace in [ms(0), ms(100)] {
        let group = |order: [u8; 2]| {
            task_group!(<&'static str> move |tg| {
                for what in order {
                    let own = tg.handle();
                    tg.spawn_scoped(async move {
                        if what == 0 {
                            own.stop(7);
                            Ok(())
                        } else {
                            Err("bad")
                        }
                    });
                }
                pending().await
            }, grace = grace)
        };
        assert_eq!(group([0, 1]).await.unwrap(), 7);
        assert_eq!(group([1, 0]).await.unwrap_err().into_first(), "bad");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_under_grace_after_a_stop_or_the_deadline_is_dropped() {
    let log = Log::default();
    let group = |stops: bool| {
        let log = log.clone();
        task_group!(<rejoin_tests::OnDrop> move |tg| {
            let own = tg.handle();
            tg.spawn(async move {
                own.cancelled().await;
                sleep(ms(10)).await;
                Err::<(), _>(log.on_drop("error"))
            });
            if stops {
                tg.stop(7);
            }
            pending::<Result<i32, _>>().await
        }, timeout = 5ms, grace = 30ms)
    };
    let start = Instant::now();
    assert_eq!(group(true).await.unwrap().unwrap(), 7);
    assert_eq!(
        (log.take(), start.elapsed()),
        (vec!["error".to_owned()], ms(10))
    );
    assert_eq!(group(false).await.unwrap_err().after(), ms(5));
    assert_eq!(
        (log.take(), start.elapsed()),
        (vec!["error".to_owned()], ms(25))
    );
}

#[tokio::test(start_paused = true)]
async fn once_it_is_ending_stop_and_deadline_count_no_more() {
    let start = Instant::now();
    let group = |fails: bool, stops: bool| {
        task_group!(<&'static str> move |tg| {
            let own = tg.handle();
            tg.spawn(async move {
                own.cancelled().await;
                sleep(ms(5)).await;
                own.stop(1);
                sleep(ms(15)).await;
                Ok(())
            });
            if fails {
                return Err("bad");
            }
            if stops {
                tg.stop(7);
            }
            Ok(3)
        }, timeout = 10ms, grace = 30ms)
    };
    let failed = group(true, false).await.unwrap().unwrap_err();
    assert_eq!((failed.into_first(), start.elapsed()), ("bad", ms(20)));
    let stopped = group(false, true).await.unwrap().unwrap();
    assert_eq!((stopped, start.elapsed()), (7, ms(40)));
    // Neither has ended it: the task waits for a cancellation, which is that of the deadline.
    let late = group(false, false).await.unwrap_err();
    assert_eq!((late.after(), start.elapsed()), (ms(10), ms(70)));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_counts_no_more_for_daemons_that_end() {
    let start = Instant::now();
    let value = task_group!(
        |tg| {
            let own = tg.handle();
            tg.spawn_daemon(async move {
                own.cancelled().await;
                sleep(ms(20)).await;
            });
            after(5, "value").await
        },
        timeout = 10ms,
        grace = 30ms
    )
    .await;
    assert_eq!((value.unwrap(), start.elapsed()), ("value", ms(25)));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_stopped_and_returns_in_one_poll_was_stopped() {
    let value = task_group!(<&str> |tg| {
        tg.stop(1);
        Ok(2)
    });
    assert_eq!(value.await.unwrap(), 1);
    let value = task_group!(<&str> |tg| {
        tg.stop(1);
        Err("later")
    });
    assert_eq!(
        value.await.unwrap(),
        1,
        "an error from after the stop is dropped"
    );
}
