//! `cause()`: what ended the group first; and `Cancelled`, which names no type of its group.

use std::{
    future::{Future, pending},
    pin::pin,
    sync::{Arc, Mutex},
};

use futures::{FutureExt, poll};
use rejoin::{Cause, GroupHandle, future::Cancelled, task_group};
use rejoin_tests::{Log, ms, panic_of, settle};
use tokio::{runtime, time::sleep};

/// A cause that a child has seen, or the body has kept a handle for.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Option<Cause>>>>);

impl Seen {
    fn add(&self, cause: Option<Cause>) {
        self.0.lock().unwrap().push(cause);
    }

    fn take(&self) -> Vec<Option<Cause>> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Runs a group with a daemon that listens, and returns what it has seen.
async fn seen_by_a_daemon<F, T>(group: impl FnOnce(Seen) -> F) -> Vec<Option<Cause>>
where
    F: Future<Output = T>,
{
    let seen = Seen::default();
    let _end = std::panic::AssertUnwindSafe(group(seen.clone()))
        .catch_unwind()
        .await;
    seen.take()
}

/// A daemon that listens.
async fn listen<R, M: rejoin::GroupMode>(group: GroupHandle<R, M>, seen: Seen) {
    seen.add(group.cause());
    group.cancelled().await;
    seen.add(group.cause());
    sleep(ms(10)).await;
    seen.add(group.cause());
}

#[tokio::test(start_paused = true)]
async fn each_end_has_its_cause() {
    let all = |cause| vec![None, Some(cause), Some(cause)];
    let finished = seen_by_a_daemon(|seen| {
        task_group!(
            move |tg| {
                tg.spawn_daemon(listen(tg.handle(), seen));
                sleep(ms(5)).await;
            },
            grace = 1h
        )
    });
    assert_eq!(finished.await, all(Cause::Finished));
    let failed = seen_by_a_daemon(|seen| {
        task_group!(<u8> move |tg| {
            let group = tg.handle();
            tg.spawn_daemon(async { listen(group, seen).await; Ok(()) });
            sleep(ms(5)).await;
            Err::<(), u8>(1)
        }, grace = 1h)
    });
    assert_eq!(failed.await, all(Cause::Failed));
    let stopped = seen_by_a_daemon(|seen| {
        task_group!(
            move |tg| {
                tg.spawn_daemon(listen(tg.handle(), seen));
                sleep(ms(5)).await;
                tg.stop(());
                // Later ends change nothing.
                panic!("not polled any more: {}", pending::<u8>().await)
            },
            grace = 1h
        )
    });
    assert_eq!(stopped.await, all(Cause::Stopped));
    let until = seen_by_a_daemon(|seen| {
        task_group!(
            move |tg| {
                tg.spawn_daemon(listen(tg.handle(), seen));
                pending::<()>().await;
            },
            grace = 1h,
            until = sleep(ms(5))
        )
    });
    assert_eq!(until.await, all(Cause::Stopped));
    let timed_out = seen_by_a_daemon(|seen| {
        task_group!(
            move |tg| {
                tg.spawn_daemon(listen(tg.handle(), seen));
                pending::<()>().await;
            },
            grace = 1h,
            timeout = 5ms
        )
    });
    assert_eq!(timed_out.await, all(Cause::TimedOut));
    let panicked = seen_by_a_daemon(|seen| {
        task_group!(
            move |tg| -> () {
                tg.spawn_daemon(listen(tg.handle(), seen));
                sleep(ms(5)).await;
                panic!("a mistake")
            },
            grace = 1h
        )
    });
    assert_eq!(panicked.await, all(Cause::Panicked));
}

#[tokio::test(start_paused = true)]
async fn the_first_end_stays_the_cause() {
    let seen = Seen::default();
    let mut left = None;
    let group = task_group!(<u8> |tg| {
        left = Some(tg.handle());
        let (group, own) = (tg.handle(), seen.clone());
        tg.spawn(async move {
            group.cancelled().await;
            own.add(group.cause());
            panic!("later")
        });
        sleep(ms(5)).await;
        Err::<(), u8>(1)
    }, grace = 1h);
    assert_eq!(panic_of(group).await, "later");
    assert_eq!(seen.take(), [Some(Cause::Failed)]);
    assert_eq!(left.unwrap().cause(), Some(Cause::Failed));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_dropped() {
    let mut left = None;
    let mut group = Box::pin(task_group!(|tg| {
        left = Some((tg.handle(), tg.cancelled()));
        pending::<()>().await;
    }));
    assert!(poll!(&mut group).is_pending());
    drop(group);
    let (handle, cancelled) = left.unwrap();
    assert_eq!(handle.cause(), Some(Cause::Dropped));
    assert!(handle.is_cancelled() && cancelled.is_cancelled());
    cancelled.await;
}

#[test]
fn the_shutdown_of_a_runtime_is_a_panic() {
    let build = || runtime::Builder::new_current_thread().build().unwrap();
    let (own, other) = (build(), build());
    let mut left = None;
    let handle = other.handle().clone();
    let group = task_group!(|tg| {
        left = Some(tg.handle());
        let _entered = handle.enter();
        tg.spawn(pending::<()>());
    });
    let mut group = Box::pin(group);
    own.block_on(async { assert!(poll!(&mut group).is_pending()) });
    drop(other);
    let message = own.block_on(panic_of(&mut group));
    assert!(message.ends_with("its runtime was shut down"), "{message}");
    drop(group);
    assert_eq!(left.unwrap().cause(), Some(Cause::Panicked));
}

#[tokio::test(start_paused = true)]
async fn an_inner_group_reports_the_outer_cause_or_its_own() {
    let seen = Seen::default();
    // Told by the outer group, open, and then dropped with the child that holds it.
    let (own, mut inner_handle) = (seen.clone(), None);
    let outer = task_group!(
        |tg| {
            let own = own.clone();
            let (sender, receiver) = tokio::sync::oneshot::channel();
            tg.spawn(task_group!(move |inner| {
                let _ = sender.send(inner.handle());
                inner.spawn(listen(inner.handle(), own.clone()));
                inner.cancelled().await;
                own.add(inner.cause());
                pending::<()>().await;
            }));
            inner_handle = receiver.await.ok();
            sleep(ms(5)).await;
        },
        timeout = 20ms,
        grace = 30ms
    );
    assert!(outer.await.is_err());
    assert_eq!(
        seen.take(),
        [
            None,
            Some(Cause::TimedOut),
            Some(Cause::TimedOut),
            Some(Cause::TimedOut)
        ]
    );
    assert_eq!(inner_handle.unwrap().cause(), Some(Cause::Dropped));

    // An end of its own comes first.
    let (own, mut inner_handle) = (seen.clone(), None);
    let outer = task_group!(<u8> |tg| {
        let own = own.clone();
        tg.spawn_scoped(async {
            task_group!(|inner| {
                inner_handle = Some(inner.handle());
                inner.spawn_daemon(listen(inner.handle(), own));
                settle().await;
            }, grace = 1h).await;
        });
        sleep(ms(5)).await;
        Err::<(), u8>(1)
    }, grace = 1h);
    assert!(outer.await.is_err());
    assert_eq!(
        seen.take(),
        [None, Some(Cause::Finished), Some(Cause::Finished)]
    );
    assert_eq!(inner_handle.unwrap().cause(), Some(Cause::Finished));

    // Dropped midway, while the outer group is open.
    let own = seen.clone();
    task_group!(
        |tg| {
            let mut inner = Box::pin(task_group!(|inner| {
                inner.spawn(listen(inner.handle(), own.clone()));
                pending::<()>().await;
            }));
            assert!(poll!(&mut inner).is_pending());
            settle().await;
            drop(inner);
            settle().await;
            tg.stop(());
        },
        grace = 1h
    )
    .await;
    assert_eq!(
        seen.take(),
        [None, Some(Cause::Dropped), Some(Cause::Dropped)]
    );
}

#[test]
fn a_cause_has_words() {
    let all = [
        (Cause::Finished, "finished"),
        (Cause::Failed, "failed"),
        (Cause::Stopped, "stopped"),
        (Cause::TimedOut, "timed out"),
        (Cause::Panicked, "panicked"),
        (Cause::Dropped, "dropped"),
    ];
    for (cause, words) in all {
        let copy = cause;
        assert_eq!((copy.to_string(), copy), (words.to_owned(), cause));
    }
}

/// Needs no type of the group.
async fn worker(cancelled: Cancelled, log: Log) {
    let again = cancelled.clone();
    assert!(!cancelled.is_cancelled());
    cancelled.await;
    assert!(again.is_cancelled());
    again.await;
    log.add("told");
}

#[tokio::test(start_paused = true)]
async fn each_clone_of_cancelled_waits_on_its_own() {
    let log = Log::default();
    let mut left = None;
    let failing = task_group!(<u8> |tg| {
        let cancelled = tg.cancelled();
        left = Some(cancelled.clone());
        for _ in 0..2 {
            let (cancelled, log) = (cancelled.clone(), log.clone());
            tg.spawn(async move { worker(cancelled, log).await; Ok(()) });
        }
        let mut first = pin!(cancelled.clone());
        assert!(poll!(&mut first).is_pending());
        let mut second = pin!((*first).clone());
        assert!(poll!(&mut second).is_pending());
        sleep(ms(5)).await;
        tg.stop(());
        Ok(())
    }, grace = 1h);
    assert!(failing.await.is_ok());
    assert_eq!(log.take(), ["told", "told"]);
    left.unwrap().await;

    // As the `until` of another call.
    let log = Log::default();
    task_group!(
        |tg| {
            let (cancelled, log) = (tg.cancelled(), log.clone());
            tg.spawn(async move {
                let end = rejoin::gather!(pending::<()>(), until = cancelled).await;
                log.add(&end.unwrap_err());
            });
            sleep(ms(5)).await;
            tg.stop(());
        },
        grace = 1h
    )
    .await;
    assert_eq!(log.take(), ["stopped before it was done"]);
}
