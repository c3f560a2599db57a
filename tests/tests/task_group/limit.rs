//! `limit`: how many children run at once, and who is next.

use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, mpsc},
};

use futures::poll;
use rejoin::task_group;
use rejoin_tests::{Crowd, Log, after, ms};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

// ---- how many ---------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn no_more_than_the_limit_run_at_once() {
    for limit in [1, 2, 7, 30, 31] {
        let (crowd, start) = (Crowd::default(), Instant::now());
        task_group!(
            |tg| {
                for n in 0..30 {
                    let crowd = crowd.clone();
                    // It comes when it runs.
                    let child = async move {
                        let _guest = crowd.enter();
                        sleep(ms(10)).await;
                    };
                    if n % 2 == 0 {
                        tg.spawn(child);
                    } else {
                        tg.spawn_scoped(child);
                    }
                }
            },
            limit = limit
        )
        .await;
        assert_eq!(
            (crowd.most(), crowd.ever(), crowd.now()),
            (limit.min(30), 30, 0)
        );
        let rounds = 30_usize.div_ceil(limit) as u64;
        assert_eq!(start.elapsed(), ms(10 * rounds));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nor_do_they_on_many_threads() {
    for limit in [1, 3] {
        let crowd = Crowd::default();
        task_group!(
            |tg| {
                for n in 0..300 {
                    let crowd = crowd.clone();
                    if n % 3 == 2 {
                        tg.spawn_blocking(move || drop(crowd.enter()));
                        continue;
                    }
                    let child = async move {
                        let _guest = crowd.enter();
                        yield_now().await;
                    };
                    if n % 3 == 0 {
                        tg.spawn(child);
                    } else {
                        tg.spawn_scoped(child);
                    }
                }
            },
            limit = limit
        )
        .await;
        assert!(crowd.most() <= limit, "{} of {limit}", crowd.most());
        assert_eq!((crowd.ever(), crowd.now()), (300, 0));
    }
}

#[tokio::test]
async fn blocking_children_count_as_well() {
    let (crowd, log) = (Crowd::default(), Log::default());
    task_group!(
        |tg| {
            let (free, wait) = mpsc::channel::<()>();
            let (own, first) = (crowd.clone(), log.clone());
            let blocking = tg.spawn_blocking(move || {
                let _guest = own.enter();
                wait.recv().unwrap();
                first.add("blocking");
            });
            for name in ["task", "scoped"] {
                let (crowd, log) = (crowd.clone(), log.clone());
                let child = async move {
                    let _guest = crowd.enter();
                    yield_now().await;
                    log.add(name);
                };
                if name == "task" {
                    tg.spawn(child);
                } else {
                    tg.spawn_scoped(child);
                }
            }
            for _ in 0..100 {
                yield_now().await;
            }
            assert!(log.take().is_empty());
            free.send(()).unwrap();
            blocking.await;
        },
        limit = 1
    )
    .await;
    assert_eq!(crowd.most(), 1);
    assert_eq!(log.take(), ["blocking", "task", "scoped"]);
}

#[tokio::test(start_paused = true)]
async fn daemons_are_not_counted() {
    let start = Instant::now();
    task_group!(
        |tg| {
            for _ in 0..3 {
                tg.spawn_daemon(pending::<()>());
            }
            tg.spawn(after(10, ()));
            // It does not wait for a place.
            assert_eq!(tg.spawn_daemon(after(5, "daemon")).await, "daemon");
            assert_eq!(start.elapsed(), ms(5));
            tg.spawn_scoped(after(10, ())).await;
        },
        limit = 1
    )
    .await;
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn the_body_is_not_counted() {
    let start = Instant::now();
    task_group!(
        |tg| {
            tg.spawn(after(10, ()));
            sleep(ms(10)).await;
        },
        limit = 1
    )
    .await;
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_all_run_at_once() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    task_group!(|tg| {
        for _ in 0..1000 {
            let own = crowd.clone();
            tg.spawn_scoped(async move {
                let _guest = own.enter();
                sleep(ms(10)).await;
            });
        }
    })
    .await;
    assert_eq!((crowd.most(), start.elapsed()), (1000, ms(10)));
}

#[tokio::test]
async fn a_limit_of_0_panics_at_the_call() {
    let none = 0;
    let call = || drop(task_group!(|_| {}, limit = none));
    let payload = catch_unwind(AssertUnwindSafe(call)).expect_err("it panics");
    let message = payload.downcast_ref::<String>().cloned();
    let message = message.or_else(|| payload.downcast_ref().map(|text: &&str| (*text).to_owned()));
    assert!(message.unwrap().contains("`limit`"));
}

// ---- who is next ------------------------------------------------------------------------------------------------

#[tokio::test]
async fn children_of_all_sorts_start_in_the_order_of_spawning() {
    for limit in [1, 3] {
        let log = Log::default();
        task_group!(
            |tg| {
                // All places but one are taken for good, so that what starts first runs first.
                for _ in 1..limit {
                    tg.spawn_scoped(pending::<()>());
                }
                let (open, gate) = tokio::sync::oneshot::channel::<()>();
                tg.spawn_scoped(async { gate.await.unwrap() });
                let mut last = None;
                for n in 0..30 {
                    let log = log.clone();
                    last = Some(match n % 3 {
                        0 => tg.spawn(async move { log.add(&n) }),
                        1 => tg.spawn_scoped(async move { log.add(&n) }),
                        _ => tg.spawn_blocking(move || log.add(&n)),
                    });
                }
                yield_now().await;
                assert!(log.take().is_empty(), "they wait");
                open.send(()).unwrap();
                last.unwrap().await;
                tg.stop(());
            },
            limit = limit
        )
        .await;
        let wanted: Vec<_> = (0..30).map(|n: u8| n.to_string()).collect();
        assert_eq!(log.take(), wanted);
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_goes_before_who_comes_later() {
    let log = Log::default();
    task_group!(
        |tg| {
            let first = tg.spawn(after(10, ()));
            for name in ["a", "b"] {
                let log = log.clone();
                tg.spawn_scoped(async move {
                    log.add(name);
                    sleep(ms(10)).await;
                });
            }
            first.await;
            let own = log.clone();
            tg.spawn(async move { own.add("c") });
        },
        limit = 1
    )
    .await;
    assert_eq!(log.take(), ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn nor_is_the_queue_overtaken_in_the_poll_in_which_a_place_comes_free() {
    let log = Log::default();
    task_group!(
        |tg| {
            let both = Arc::new(tokio::sync::Notify::new());
            let first = Arc::clone(&both);
            tg.spawn_scoped(async move { first.notified().await });
            let (second, own, of_late) = (Arc::clone(&both), tg.clone(), log.clone());
            tg.spawn_scoped(async move {
                second.notified().await;
                // The first has just ended.
                own.spawn_scoped(async move { of_late.add("came late") });
                pending::<()>().await;
            });
            let own = log.clone();
            let waits = tg.spawn(async move { own.add("waited") });
            yield_now().await;
            both.notify_waiters();
            waits.await;
            yield_now().await;
            tg.stop(());
        },
        limit = 2
    )
    .await;
    assert_eq!(log.take(), ["waited", "came late"]);
}

#[tokio::test(start_paused = true)]
async fn a_place_is_given_on_however_its_child_ends() {
    let start = Instant::now();
    let (crowd, log) = (Crowd::default(), Log::default());
    task_group!(
        |tg| {
            // One is done, one is cancelled, one was a task, one is scoped.
            let gone = tg.spawn(pending::<()>());
            let gone_scoped = tg.spawn_scoped(pending::<()>());
            tg.spawn(after(5, ()));
            tg.spawn_scoped(after(5, ()));
            for name in ["a", "b", "c", "d"] {
                let (crowd, log) = (crowd.clone(), log.clone());
                tg.spawn(async move {
                    let _guest = crowd.enter();
                    log.add(&format!("{name} at {:?}", start.elapsed()));
                    sleep(ms(100)).await;
                });
            }
            sleep(ms(10)).await;
            gone.cancel().await;
            sleep(ms(10)).await;
            gone_scoped.cancel().await;
        },
        limit = 4
    )
    .await;
    assert_eq!(
        log.take(),
        ["a at 5ms", "b at 5ms", "c at 10ms", "d at 20ms"]
    );
    assert_eq!((crowd.most(), start.elapsed()), (4, ms(120)));
}

#[tokio::test(start_paused = true)]
async fn a_place_is_free_when_the_child_is_gone_and_not_when_it_was_told() {
    let (log, start) = (Log::default(), Instant::now());
    let own = log.clone();
    task_group!(
        |tg| {
            let (free, wait) = mpsc::channel::<()>();
            let (started, starts) = tokio::sync::oneshot::channel();
            let blocking = tg.spawn_blocking(move || {
                started.send(()).unwrap();
                wait.recv().unwrap();
            });
            starts.await.unwrap();
            tg.spawn_scoped(async move { own.add("next") });
            let mut gone = pin!(blocking.cancel());
            for _ in 0..20 {
                assert!(poll!(&mut gone).is_pending());
                yield_now().await;
            }
            assert!(log.take().is_empty());
            free.send(()).unwrap();
            gone.await;
        },
        limit = 1
    )
    .await;
    assert_eq!(
        (log.take(), start.elapsed()),
        (vec!["next".to_owned()], ms(0))
    );
}

#[tokio::test(start_paused = true)]
async fn children_of_children_stand_in_the_same_queue() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(
        |tg| {
            for n in 0..3 {
                let (own, log) = (tg.clone(), log.clone());
                tg.spawn_scoped(async move {
                    sleep(ms(10)).await;
                    log.add(&n);
                    own.spawn(async move {
                        sleep(ms(10)).await;
                        log.add(&format!("{n} of it"));
                    });
                });
            }
        },
        limit = 1
    )
    .await;
    assert_eq!(log.take(), ["0", "1", "2", "0 of it", "1 of it", "2 of it"]);
    assert_eq!(start.elapsed(), ms(60));
}
