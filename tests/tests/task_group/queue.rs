//! Children that wait for a place of the `limit`, and who waits until there is one.

use std::{future::pending, sync::Arc};

use futures::poll;
use rejoin::{gather, task_group};
use rejoin_tests::{Crowd, Log, after, holding, ms, settle};
use tokio::{
    runtime::Builder,
    task::yield_now,
    time::{Instant, sleep},
};

// ---- those that wait --------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_queued_child_that_is_cancelled_is_dropped_unpolled_at_once() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(
        |tg| {
            tg.spawn(after(10, ()));
            let unpolled = || async { panic!("it is not polled") };
            let task = tg.spawn(holding(log.on_drop("task"), unpolled()));
            let scoped = tg.spawn_scoped(holding(log.on_drop("scoped"), unpolled()));
            let guard = log.on_drop("blocking");
            let blocking = tg.spawn_blocking(move || {
                let _guard = guard;
                panic!("it does not run")
            });
            let own = log.clone();
            let next = tg.spawn(async move { own.add("next") });
            assert!(!task.is_finished());
            assert!(scoped.cancel().await.is_none());
            assert_eq!(log.take(), ["scoped"]);
            assert!(blocking.cancel().await.is_none());
            assert_eq!(log.take(), ["blocking"]);
            // Whether what comes of it is awaited or not.
            drop(task.cancel());
            assert_eq!(log.take(), ["task"]);
            assert_eq!(start.elapsed(), ms(0));
            assert!(!next.is_finished());
            next.await;
            assert_eq!(
                (log.take(), start.elapsed()),
                (vec!["next".to_owned()], ms(10))
            );
        },
        limit = 1
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_task_may_cancel_a_queued_scoped_child() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(
        |tg| {
            let scoped = tg.spawn_scoped(pending::<()>());
            let queued = tg.spawn_scoped(holding(log.on_drop("queued"), pending::<()>()));
            let own = log.clone();
            tg.spawn_daemon(async move {
                sleep(ms(10)).await;
                queued.cancel().await;
                own.add("cancelled");
                sleep(ms(10)).await;
                scoped.cancel().await;
            });
        },
        limit = 1
    )
    .await;
    assert_eq!(log.take(), ["queued", "cancelled"]);
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn queued_children_are_dropped_unpolled_when_the_group_ends() {
    for how in ["error", "stop", "panic", "deadline", "drop"] {
        let (log, start) = (Log::default(), Instant::now());
        let mut group = Box::pin(task_group!(<&str> |tg| {
            tg.spawn(after(1000, ()));
            tg.spawn_scoped(holding(log.on_drop("scoped"), async { panic!("not polled") }));
            tg.spawn(holding(log.on_drop("task"), async { panic!("not polled") }));
            let guard = log.on_drop("blocking");
            tg.spawn_blocking(move || {
                let _guard = guard;
                panic!("it does not run")
            });
            sleep(ms(5)).await;
            match how {
                "error" => return Err("bad"),
                "stop" => tg.stop(()),
                "panic" => panic!("of the body"),
                _ => {}
            }
            pending().await
        }, limit = 1, timeout = 10ms));
        assert!(poll!(&mut group).is_pending());
        match how {
            "drop" => drop(group),
            "panic" => assert_eq!(rejoin_tests::panic_of(group).await, "of the body"),
            _ => drop(group.await),
        }
        let mut seen = log.take();
        seen.sort();
        assert_eq!(seen, ["blocking", "scoped", "task"], "{how}");
        assert!(start.elapsed() <= ms(10));
    }
}

#[tokio::test(start_paused = true)]
async fn the_group_waits_for_queued_children_though_the_body_has_ended() {
    let start = Instant::now();
    let value = task_group!(
        |tg| {
            for _ in 0..5 {
                tg.spawn(after(10, ()));
            }
            "value"
        },
        limit = 2
    );
    assert_eq!((value.await, start.elapsed()), ("value", ms(30)));
}

// ---- `ready` ----------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn ready_waits_until_a_child_would_start_at_once() {
    let start = Instant::now();
    task_group!(
        |tg| {
            tg.ready().await;
            tg.spawn(after(10, ()));
            tg.ready().await;
            assert_eq!(start.elapsed(), ms(0));
            tg.spawn_scoped(after(20, ()));
            tg.ready().await;
            assert_eq!(start.elapsed(), ms(10));
            tg.handle().ready().await;
            // Two places, of which one is taken, and then both.
            tg.spawn(after(30, ()));
            tg.spawn(after(5, ()));
            tg.ready().await;
            assert_eq!(
                start.elapsed(),
                ms(25),
                "the queued one has run, from 20 to 25"
            );
        },
        limit = 2
    )
    .await;
    assert_eq!(start.elapsed(), ms(40));
}

#[tokio::test(start_paused = true)]
async fn it_is_ready_when_more_places_come_free_than_children_wait() {
    let start = Instant::now();
    task_group!(
        |tg| {
            for delay in [10, 10, 20] {
                tg.spawn(after(delay, ()));
            }
            tg.ready().await;
            assert_eq!(start.elapsed(), ms(10));
        },
        limit = 2
    )
    .await;
    assert_eq!(start.elapsed(), ms(30));
}

#[tokio::test(start_paused = true)]
async fn it_is_so_too_when_the_group_itself_serves_the_queue() {
    let start = Instant::now();
    task_group!(
        |tg| {
            tg.spawn(after(10, ()));
            tg.spawn(after(10, ()));
            tg.spawn_scoped(after(20, ()));
            tg.ready().await;
            assert_eq!(start.elapsed(), ms(10));
        },
        limit = 2
    )
    .await;
    assert_eq!(start.elapsed(), ms(30));
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_it_is_always_ready() {
    let start = Instant::now();
    task_group!(|tg| {
        for _ in 0..100 {
            tg.ready().await;
            tg.spawn(after(10, ()));
            tg.ready().await;
            tg.spawn_scoped(after(10, ()));
        }
    })
    .await;
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_to_be_ready_are_told() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(
        |tg| {
            tg.spawn(after(10, ()));
            for name in ["a", "b", "c"] {
                let (handle, log) = (tg.handle(), log.clone());
                tg.spawn_daemon(async move {
                    // One that is given up leaves the others alone.
                    assert!(poll!(Box::pin(handle.ready())).is_pending());
                    handle.ready().await;
                    log.add(name);
                });
            }
            sleep(ms(9)).await;
            assert!(log.take().is_empty());
            sleep(ms(2)).await;
        },
        limit = 1
    )
    .await;
    let mut seen = log.take();
    seen.sort();
    assert_eq!((seen.concat(), start.elapsed()), ("abc".to_owned(), ms(11)));
}

#[tokio::test(start_paused = true)]
async fn it_is_ready_when_a_queued_child_is_cancelled_and_a_place_is_free() {
    let start = Instant::now();
    task_group!(
        |tg| {
            let runs = tg.spawn(pending::<()>());
            let queued = tg.spawn(pending::<()>());
            let scoped = tg.spawn_scoped(pending::<()>());
            assert!(poll!(Box::pin(tg.ready())).is_pending());
            let cancels = async {
                queued.cancel().await;
                sleep(ms(5)).await;
                scoped.cancel().await;
                sleep(ms(5)).await;
                runs.cancel().await;
            };
            gather!(tg.ready(), cancels).await;
            assert_eq!(start.elapsed(), ms(10));
            tg.spawn(after(10, ()));
        },
        limit = 1
    )
    .await;
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn it_is_ready_when_the_group_is_ending_or_over() {
    let (log, own) = (Log::default(), Log::default());
    let mut kept = None;
    let inner = log.clone();
    task_group!(
        |tg| {
            kept = Some(tg.handle());
            let handle = tg.handle();
            tg.spawn(async move {
                handle.ready().await;
                inner.add("told");
                handle.ready().await;
            });
            settle().await;
            assert!(own.take().is_empty());
            tg.stop(());
        },
        limit = 1,
        grace = 1s
    )
    .await;
    assert_eq!(log.take(), ["told"]);
    kept.unwrap().ready().await;
}

#[tokio::test(start_paused = true)]
async fn a_child_after_ready_never_waits() {
    let crowd = Crowd::default();
    let (most_there, own) = (Arc::new(Crowd::default()), crowd.clone());
    task_group!(
        |tg| {
            for n in 0..1000 {
                tg.ready().await;
                let (guest, runs) = (crowd.enter(), Arc::clone(&most_there));
                let child = holding(guest, async move {
                    let _runs = runs.enter();
                    sleep(ms(n % 7)).await;
                });
                if n % 2 == 0 {
                    tg.spawn(child);
                } else {
                    tg.spawn_scoped(child);
                }
            }
        },
        limit = 10
    )
    .await;
    assert_eq!((own.most(), own.ever(), own.now()), (10, 1000, 0));
    assert_eq!(most_there.most(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ends_the_group_gives_its_place_to_nobody() {
    let log = Log::default();
    task_group!(
        |tg| {
            let handle = tg.handle();
            tg.spawn(async move { handle.stop(()) });
            let own = log.clone();
            tg.spawn(async move { own.add("started") });
            pending::<()>().await;
        },
        limit = 1,
        // Within it, whoever was started would run.
        grace = 10ms
    )
    .await;
    assert!(log.take().is_empty());
}

#[test]
fn a_runtime_that_shuts_down_does_not_drop_the_queue_one_child_within_the_other() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let crowd = Crowd::default();
    let mut group = Box::pin(task_group!(
        |tg| {
            for _ in 0..20_000 {
                tg.spawn(holding(crowd.enter(), pending::<()>()));
            }
            pending::<()>().await;
        },
        limit = 1
    ));
    runtime.block_on(async {
        assert!(poll!(&mut group).is_pending());
        yield_now().await;
    });
    drop(runtime);
    assert_eq!(crowd.now(), 19_999);
    drop(group);
    assert_eq!(crowd.now(), 0);
}
