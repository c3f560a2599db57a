//! From where and when children are spawned.

use std::future::pending;

use futures::poll;
use rejoin::{GroupHandle, gather, task_group};
use rejoin_tests::{Log, after, holding, ms, panic_of, settle};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

#[tokio::test(start_paused = true)]
async fn children_spawn_children_of_all_sorts() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(|tg| {
        let (scoped, own) = (tg.clone(), &log);
        tg.spawn_scoped(async move {
            sleep(ms(10)).await;
            let deep = scoped.clone();
            scoped.spawn_scoped(async move {
                sleep(ms(10)).await;
                deep.spawn_scoped(after(10, ())).await;
                own.add("scoped");
            });
        });
        let (handle, own) = (tg.handle(), log.clone());
        tg.spawn(async move {
            let (inner, log) = (handle.clone(), own.clone());
            handle.spawn(async move {
                sleep(ms(40)).await;
                own.add("task");
                inner.spawn_blocking(move || log.add("blocking"));
            });
        });
    })
    .await;
    assert_eq!(log.take(), ["scoped", "task", "blocking"]);
    assert_eq!(start.elapsed(), ms(40));
}

#[tokio::test(start_paused = true)]
async fn a_daemon_s_children_keep_the_group_open() {
    let start = Instant::now();
    let value = task_group!(|tg| {
        let handle = tg.handle();
        tg.spawn_daemon(async move {
            sleep(ms(10)).await;
            handle.spawn(after(20, ()));
            // Of its own it does not.
            handle.spawn_daemon(pending::<()>());
            pending::<()>().await;
        });
        after(15, "value").await
    });
    assert_eq!((value.await, start.elapsed()), ("value", ms(30)));
}

/// Spawns when it is dropped, and writes down what the child said.
struct SpawnsInDrop(GroupHandle<()>, Log);

impl Drop for SpawnsInDrop {
    fn drop(&mut self) {
        let (log, guard) = (self.1.clone(), self.1.on_drop("dropped"));
        let child = self.0.spawn(holding(guard, async move { log.add("runs") }));
        self.1.add(if child.is_finished() {
            "refused"
        } else {
            "spawned"
        });
    }
}

#[tokio::test(start_paused = true)]
async fn the_drop_of_a_child_may_spawn() {
    let log = Log::default();
    task_group!(|tg| {
        tg.spawn(holding(SpawnsInDrop(tg.handle(), log.clone()), async {}))
            .await;
        settle().await;
        assert_eq!(log.take(), ["spawned", "runs", "dropped"]);
        let guard = SpawnsInDrop(tg.handle(), log.clone());
        tg.spawn_scoped(holding(guard, pending::<()>()))
            .cancel()
            .await;
        settle().await;
        assert_eq!(log.take(), ["spawned", "runs", "dropped"]);
    })
    .await;
    // When it is dropped with its group, it is too late.
    for scoped in [false, true] {
        task_group!(|tg| {
            let guard = SpawnsInDrop(tg.handle(), log.clone());
            if scoped {
                tg.spawn_scoped(holding(guard, pending::<()>()));
            } else {
                tg.spawn(holding(guard, pending::<()>()));
            }
            settle().await;
            tg.stop(());
        })
        .await;
        assert_eq!(log.take(), ["dropped", "refused"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_drop_of_a_scoped_child_may_spawn_a_scoped_child() {
    struct Spawns<'a>(rejoin::TaskGroup<'a, ()>, &'a Log);
    impl Drop for Spawns<'_> {
        fn drop(&mut self) {
            let log = self.1;
            self.0
                .spawn_scoped(holding(log.on_drop("dropped"), async { log.add("runs") }));
        }
    }
    let log = Log::default();
    task_group!(|tg| {
        tg.spawn_scoped(holding(Spawns(tg.clone(), &log), async {}))
            .await;
        settle().await;
        assert_eq!(log.take(), ["runs", "dropped"]);
        tg.spawn_scoped(holding(Spawns(tg.clone(), &log), pending::<()>()));
        yield_now().await;
        tg.stop(());
    })
    .await;
    assert_eq!(log.take(), ["dropped"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_spawned_on_a_group_that_is_ending_is_dropped_unpolled() {
    let log = Log::default();
    let own = log.clone();
    task_group!(
        |tg| {
            let handle = tg.handle();
            tg.spawn(async move {
                handle.cancelled().await;
                let mut child =
                    handle.spawn(holding(own.on_drop("task"), async { panic!("it runs") }));
                assert_eq!(own.take(), ["task"]);
                assert!(child.is_finished());
                assert!(poll!(&mut child).is_pending());
                drop(
                    handle
                        .spawn_daemon(holding(own.on_drop("daemon"), async { panic!("it runs") })),
                );
                assert_eq!(own.take(), ["daemon"]);
                let guard = own.on_drop("blocking");
                let child = handle.spawn_blocking(move || {
                    let _guard = guard;
                });
                assert_eq!(own.take(), ["blocking"]);
                assert!(child.cancel().await.is_none());
                own.add("checked");
            });
            settle().await;
            tg.stop(());
            // The same for a scoped child, in the body that goes on to its next await.
            let mut child =
                tg.spawn_scoped(holding(log.on_drop("scoped"), async { panic!("it runs") }));
            assert_eq!(log.take(), ["scoped"]);
            assert!(poll!(&mut child).is_pending());
        },
        grace = 1s
    )
    .await;
    assert_eq!(log.take(), ["checked"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_spawned_on_a_group_that_is_over_is_dropped_unpolled() {
    let log = Log::default();
    let mut kept = None;
    task_group!(|tg| kept = Some(tg.handle())).await;
    let handle = kept.unwrap();
    let mut child = handle.spawn(holding(log.on_drop("task"), async { panic!("it runs") }));
    drop(handle.spawn_daemon(holding(log.on_drop("daemon"), async { panic!("it runs") })));
    let guard = log.on_drop("blocking");
    drop(handle.spawn_blocking(move || {
        let _guard = guard;
        panic!("it runs");
    }));
    assert_eq!(log.take(), ["task", "daemon", "blocking"]);
    settle().await;
    assert!(panic_of(&mut child).await.contains("has no value"));
    assert!(child.cancel().await.is_none());
    // The same if the group was dropped, and if it never ran.
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut group = Box::pin(task_group!(|tg| {
        assert!(sender.send(tg.handle()).is_ok());
        pending::<()>().await;
    }));
    assert!(poll!(&mut group).is_pending());
    drop(group);
    let handle = receiver.await.unwrap();
    drop(handle.spawn(holding(log.on_drop("task"), async { panic!("it runs") })));
    assert_eq!(log.take(), ["task"]);
}

#[tokio::test]
async fn other_threads_spawn_through_a_handle() {
    let value = task_group!(|tg| {
        let handle = tg.handle();
        let thread = std::thread::spawn(move || {
            let child = handle.spawn(async {
                yield_now().await;
                1
            });
            let blocking = handle.spawn_blocking(|| 2);
            let daemon = handle.spawn_daemon(async { 4 });
            (child, blocking, daemon)
        });
        let (child, blocking, daemon) = thread.join().unwrap();
        let (a, b, c) = gather!(child, blocking, daemon).await;
        a + b + c
    });
    assert_eq!(value.await, 7);
    // And stop it, while it rests.
    let value = task_group!(|tg| {
        let handle = tg.handle();
        std::thread::spawn(move || handle.stop("of the thread"));
        pending().await
    });
    assert_eq!(value.await, "of the thread");
}

#[tokio::test]
async fn another_thread_spawns_into_the_queue_of_a_group_that_rests() {
    let log = Log::default();
    let own = log.clone();
    task_group!(
        |tg| {
            let handle = tg.handle();
            let thread = std::thread::spawn(move || {
                (0..10)
                    .map(|n| {
                        let log = own.clone();
                        handle.spawn(async move { log.add(&n) })
                    })
                    .collect::<Vec<_>>()
            });
            tg.spawn_blocking(move || {
                for child in thread.join().unwrap() {
                    drop(child);
                }
            });
        },
        limit = 1
    )
    .await;
    let wanted: Vec<_> = (0..10).map(|n: u8| n.to_string()).collect();
    assert_eq!(log.take(), wanted);
}

#[test]
#[should_panic(expected = "needs a tokio runtime to spawn tasks")]
fn a_task_needs_a_runtime() {
    let mut group = rejoin_tests::Driver::new(task_group!(|tg| {
        tg.spawn(async {});
    }));
    let _ready = group.poll();
}
