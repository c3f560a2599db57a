//! What can be done with a `Child`.

use std::{future::pending, pin::pin, sync::mpsc};

use futures::poll;
use rejoin::{Child, task_group};
use rejoin_tests::{Crowd, Log, after, holding, ms, settle};
use tokio::{
    task::yield_now,
    time::{Instant, sleep, timeout},
};

// ---- awaiting ---------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_child_gives_its_output_when_it_is_done_and_later() {
    let start = Instant::now();
    task_group!(|tg| {
        let (task, scoped) = (tg.spawn(after(10, 1)), tg.spawn_scoped(after(20, 2)));
        let daemon = tg.spawn_daemon(after(30, 3));
        assert_eq!((task.await, start.elapsed()), (1, ms(10)));
        assert_eq!((daemon.await, start.elapsed()), (3, ms(30)));
        assert_eq!((scoped.await, start.elapsed()), (2, ms(30)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn giving_up_on_a_borrowed_child_loses_nothing() {
    task_group!(|tg| {
        let mut children = [tg.spawn(after(10, 1)), tg.spawn_scoped(after(10, 1))];
        for child in &mut children {
            assert!(timeout(ms(1), &mut *child).await.is_err());
        }
        let [task, scoped] = children;
        assert_eq!(task.await + scoped.await, 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn dropping_a_child_does_not_cancel_it() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(|tg| {
        let own = log.clone();
        drop(tg.spawn(async move {
            sleep(ms(10)).await;
            own.add("task");
        }));
        drop(tg.spawn_scoped(async {
            sleep(ms(20)).await;
            log.add("scoped");
        }));
        let mut third = tg.spawn(after(30, ()));
        assert!(poll!(&mut third).is_pending());
        drop(third);
    })
    .await;
    assert_eq!(
        (log.take(), start.elapsed()),
        (vec!["task".to_owned(), "scoped".to_owned()], ms(30))
    );
}

#[tokio::test(start_paused = true)]
async fn a_child_can_be_awaited_elsewhere_and_after_its_group() {
    let mut kept = None;
    task_group!(|tg| kept = Some(tg.spawn(after(10, "late")))).await;
    let child = kept.unwrap();
    assert!(child.is_finished());
    assert_eq!(child.await, "late");
    let start = Instant::now();
    let sum = task_group!(|tg| {
        let first = tg.spawn(after(10, 1));
        let second = tg.spawn(async { first.await + 1 });
        tg.spawn_scoped(async { second.await + 1 }).await
    })
    .await;
    assert_eq!((sum, start.elapsed()), (3, ms(10)));
}

#[tokio::test(start_paused = true)]
async fn is_finished_says_whether_a_child_has_ended() {
    let mut kept = vec![];
    let failed = task_group!(<&str> |tg| {
        let task = tg.spawn(after(10, Ok(())));
        let scoped = tg.spawn_scoped(after(10, Ok(())));
        let fails = tg.spawn(after(20, Err("bad")));
        let never = tg.spawn(pending::<Result<(), _>>());
        sleep(ms(9)).await;
        assert!(!task.is_finished() && !scoped.is_finished());
        sleep(ms(2)).await;
        assert!(task.is_finished() && scoped.is_finished());
        assert!(!fails.is_finished() && !never.is_finished());
        kept.extend([fails, never]);
        pending().await
    })
    .await;
    let failed: Result<(), _> = failed;
    assert!(failed.is_err());
    for mut child in kept {
        assert!(child.is_finished(), "in whatever way");
        assert_eq!(
            rejoin_tests::panic_of(&mut child).await,
            "this `Child` has no value: its group has ended without it"
        );
        assert_eq!(child.cancel().await, None);
    }
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "this `Child` has given its value already")]
async fn polling_a_child_again_panics() {
    task_group!(|tg| {
        let mut child = tg.spawn(async {});
        (&mut child).await;
        child.await;
    })
    .await;
}

// ---- `cancel` ---------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn cancel_returns_when_the_child_is_gone_and_the_group_goes_on() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let value = task_group!(|tg| {
        let children = [
            tg.spawn(holding(crowd.enter(), pending::<u8>())),
            tg.spawn_scoped(holding(crowd.enter(), pending::<u8>())),
            tg.spawn_daemon(holding(crowd.enter(), pending::<u8>())),
        ];
        tg.spawn(sleep(ms(20)));
        sleep(ms(10)).await;
        let mut left = 3;
        for child in children {
            assert!(!child.is_finished());
            assert_eq!(child.cancel().await, None);
            left -= 1;
            assert_eq!(crowd.now(), left);
        }
        assert_eq!(start.elapsed(), ms(10));
        assert!(!tg.is_cancelled());
        "value"
    });
    assert_eq!((value.await, start.elapsed()), ("value", ms(20)));
}

#[tokio::test(start_paused = true)]
async fn a_child_that_is_cancelled_before_its_first_poll_is_not_polled() {
    let crowd = Crowd::default();
    task_group!(|tg| {
        let children = [
            tg.spawn(holding(crowd.enter(), async { panic!("task") })),
            tg.spawn_scoped(holding(crowd.enter(), async { panic!("scoped") })),
            tg.spawn_daemon(holding(crowd.enter(), async { panic!("daemon") })),
        ];
        for gone in children.map(Child::cancel) {
            assert!(gone.await.is_none());
        }
        assert_eq!(crowd.now(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn cancel_gives_the_output_of_a_child_that_had_finished() {
    task_group!(|tg| {
        let children = [
            tg.spawn(async { 1 }),
            tg.spawn_scoped(async { 2 }),
            tg.spawn_daemon(async { 3 }),
        ];
        settle().await;
        let mut outputs = vec![];
        for child in children {
            outputs.push(child.cancel().await);
        }
        assert_eq!(outputs, [Some(1), Some(2), Some(3)]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_child_is_cancelled_though_nobody_awaits_it() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    task_group!(|tg| {
        let children = [
            tg.spawn(holding(crowd.enter(), pending::<()>())),
            tg.spawn_scoped(holding(crowd.enter(), pending::<()>())),
        ];
        sleep(ms(10)).await;
        for child in children {
            drop(child.cancel());
        }
    })
    .await;
    assert_eq!((crowd.now(), start.elapsed()), (0, ms(10)));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_child_of_a_failing_group_is_no_error() {
    let value = task_group!(<&str> |tg| {
        let child = tg.spawn(pending::<Result<u8, _>>());
        sleep(ms(10)).await;
        assert_eq!(child.cancel().await, None);
        Ok(1)
    });
    assert_eq!(value.await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_scoped_child_that_was_cancelled_is_not_polled_again() {
    let log = Log::default();
    task_group!(|tg| {
        let (hand, leaf) = rejoin_tests::leaf::<()>();
        let child = tg.spawn_scoped(leaf);
        yield_now().await;
        assert_eq!(hand.polls(), 1);
        // It is ready, and not cancelled before it is called off.
        hand.give(());
        let output = child.cancel().await;
        log.add(&format!("{output:?}"));
        assert_eq!(hand.polls(), 1);
        assert!(hand.is_dropped());
    })
    .await;
    assert_eq!(log.take(), ["None"]);
}

#[tokio::test]
async fn cancelling_a_blocking_child_that_runs_waits_for_it() {
    let crowd = Crowd::default();
    task_group!(|tg| {
        let (free, wait) = mpsc::channel::<()>();
        let (started, starts) = tokio::sync::oneshot::channel();
        let guard = crowd.enter();
        let child = tg.spawn_blocking(move || {
            let _guard = guard;
            started.send(()).unwrap();
            wait.recv().unwrap();
        });
        starts.await.unwrap();
        let mut gone = pin!(child.cancel());
        for _ in 0..100 {
            assert!(poll!(&mut gone).is_pending());
            yield_now().await;
        }
        free.send(()).unwrap();
        gone.await;
        assert_eq!(crowd.now(), 0);
    })
    .await;
}

#[test]
fn a_blocking_child_without_a_thread_is_dropped() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (free, wait) = mpsc::channel::<()>();
        let holds = rejoin::spawn_blocking(move || wait.recv().unwrap());
        let crowd = Crowd::default();
        let guard = crowd.enter();
        let mut group = Box::pin(task_group!(|tg| {
            tg.spawn_blocking(move || {
                let _guard = guard;
                panic!("it does not run");
            });
            tg.stop(());
        }));
        assert!(poll!(&mut group).is_pending());
        free.send(()).unwrap();
        group.await;
        assert_eq!(crowd.now(), 0);
        holds.await;
    });
}
