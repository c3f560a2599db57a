//! How a group ends early, and that no child is left then.

use std::{
    cell::Cell,
    future::{Future, pending},
    sync::{Arc, Mutex, mpsc},
};

use futures::poll;
use rejoin::{Child, Failing, Failures, GroupHandle, TimedOut, task_group};
use rejoin_tests::{Crowd, Log, holding, ms, settle};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

// ---- nothing is left --------------------------------------------------------------------------------------------

/// Who ends a group.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Body,
    Scoped,
    Task,
    Daemon,
    Blocking,
}

const ALL: [Who; 5] = [
    Who::Body,
    Who::Scoped,
    Who::Task,
    Who::Daemon,
    Who::Blocking,
];

/// A group of a value and errors that are numbers.
type Handle = GroupHandle<u8, Failing<u8>>;

/// How it does so.
type Act = fn(&Handle) -> Result<u8, u8>;

/// A group with children of all sorts, one of which acts after five milliseconds, a blocking one at once.
fn ended_by(
    who: Option<Who>,
    act: Act,
    crowd: &Crowd,
) -> impl Future<Output = Result<Result<u8, Failures<u8>>, TimedOut>> {
    task_group!(<u8> move |tg| {
        for delay in [7, 1000] {
            tg.spawn(holding(crowd.enter(), sleep(ms(delay))));
            tg.spawn_scoped(holding(crowd.enter(), sleep(ms(delay))));
            tg.spawn_daemon(holding(crowd.enter(), sleep(ms(delay))));
            tg.spawn(holding(crowd.enter(), task_group!(move |inner| {
                inner.spawn(sleep(ms(delay)));
            })));
        }
        let (handle, guard) = (tg.handle(), crowd.enter());
        let acts = holding(guard, async move {
            sleep(ms(5)).await;
            act(&handle)
        });
        let (handle, guard) = (tg.handle(), crowd.enter());
        let _body = crowd.enter();
        match who {
            Some(Who::Body) => return acts.await,
            Some(Who::Scoped) => {
                tg.spawn_scoped(acts);
            }
            Some(Who::Task) => {
                tg.spawn(acts);
            }
            Some(Who::Daemon) => {
                tg.spawn_daemon(acts);
            }
            Some(Who::Blocking) => {
                tg.spawn_blocking(move || {
                    let _guard = guard;
                    act(&handle)
                });
            }
            None => {}
        }
        sleep(ms(500)).await;
        Ok(0)
    }, timeout = 50ms)
}

#[tokio::test(start_paused = true)]
async fn no_child_is_left_after_an_error() {
    for who in ALL {
        let (crowd, start) = (Crowd::default(), Instant::now());
        let failed = ended_by(Some(who), |_| Err(9), &crowd).await.unwrap();
        assert_eq!(crowd.now(), 0, "{who:?}");
        assert_eq!(
            failed.unwrap_err().into_iter().collect::<Vec<_>>(),
            [9],
            "{who:?}"
        );
        if who != Who::Blocking {
            assert_eq!(start.elapsed(), ms(5), "{who:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_child_is_left_after_a_stop() {
    for who in ALL {
        let (crowd, start) = (Crowd::default(), Instant::now());
        let act = |handle: &Handle| {
            handle.stop(7);
            Ok(3)
        };
        let value = ended_by(Some(who), act, &crowd).await.unwrap();
        assert_eq!(crowd.now(), 0, "{who:?}");
        assert_eq!(value.unwrap(), 7, "{who:?}");
        if who != Who::Blocking {
            assert_eq!(start.elapsed(), ms(5), "{who:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_child_is_left_after_a_panic() {
    for who in ALL {
        let (crowd, start) = (Crowd::default(), Instant::now());
        let group = ended_by(Some(who), |_| panic!("of a child"), &crowd);
        assert_eq!(rejoin_tests::panic_of(group).await, "of a child", "{who:?}");
        assert_eq!(crowd.now(), 0, "{who:?}");
        if who != Who::Blocking {
            assert_eq!(start.elapsed(), ms(5), "{who:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_child_is_left_after_the_deadline() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let late = ended_by(None, |_| Ok(1), &crowd).await.unwrap_err();
    assert_eq!((late.after(), start.elapsed()), (ms(50), ms(50)));
    assert_eq!(crowd.now(), 0);
}

#[tokio::test(start_paused = true)]
async fn no_child_is_left_after_a_success() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let value = task_group!(|tg| {
        tg.spawn(holding(crowd.enter(), sleep(ms(10))));
        tg.spawn_scoped(holding(crowd.enter(), sleep(ms(20))));
        tg.spawn_daemon(holding(crowd.enter(), sleep(ms(5))));
        tg.spawn_daemon(holding(crowd.enter(), sleep(ms(1000))));
        tg.spawn(holding(crowd.enter(), async {})).await;
        "value"
    })
    .await;
    assert_eq!((value, start.elapsed()), ("value", ms(20)));
    assert_eq!((crowd.now(), crowd.ever()), (0, 5));
}

#[tokio::test(start_paused = true)]
async fn dropping_it_cancels_all() {
    for settles in [false, true] {
        let (scoped, tasks) = (Crowd::default(), Crowd::default());
        let mut group = Box::pin(task_group!(
            |tg| {
                let _body = scoped.enter();
                tg.spawn_scoped(holding(scoped.enter(), pending::<()>()));
                tg.spawn_scoped(holding(scoped.enter(), pending::<()>()));
                tg.spawn(holding(tasks.enter(), pending::<()>()));
                tg.spawn_daemon(holding(tasks.enter(), pending::<()>()));
                pending::<()>().await;
            },
            grace = 1h
        ));
        assert!(poll!(&mut group).is_pending());
        if settles {
            settle().await;
        }
        assert_eq!((scoped.now(), tasks.now()), (3, 2));
        let start = Instant::now();
        drop(group);
        assert_eq!(
            scoped.now(),
            0,
            "scoped children and the body are dropped at once"
        );
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(tasks.now(), 0, "a task as soon as it can be");
        assert_eq!(start.elapsed(), ms(0));
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_it_while_it_is_ending_aborts_what_has_grace() {
    let tasks = Crowd::default();
    let mut group = Box::pin(task_group!(
        |tg| {
            tg.spawn(holding(tasks.enter(), pending::<()>()));
            tg.stop(());
        },
        grace = 1h
    ));
    assert!(poll!(&mut group).is_pending());
    settle().await;
    assert!(poll!(&mut group).is_pending());
    assert_eq!(tasks.now(), 1);
    drop(group);
    settle().await;
    assert_eq!(tasks.now(), 0);
}

#[tokio::test(start_paused = true)]
async fn dropping_it_unpolled_starts_nothing() {
    let crowd = Crowd::default();
    let guard = crowd.enter();
    let group = task_group!(move |tg| {
        tg.spawn(holding(guard, async { panic!("it does not run") }));
    });
    drop(group);
    settle().await;
    assert_eq!(crowd.now(), 0);
}

// ---- blocking children ------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_blocking_child_is_waited_for_whatever_happens() {
    let acts: [Act; 2] = [
        |_| Err(9),
        |handle| {
            handle.stop(7);
            Ok(0)
        },
    ];
    for act in acts {
        let (crowd, log) = (Crowd::default(), Log::default());
        let (free, wait) = mpsc::channel::<()>();
        let (started, starts) = tokio::sync::oneshot::channel();
        let (own, guard, acted) = (log.clone(), crowd.enter(), Cell::new(false));
        let mut group = Box::pin(task_group!(<u8> |tg| {
            let handle = tg.handle();
            tg.spawn_blocking(move || {
                let _guard = guard;
                started.send(()).unwrap();
                wait.recv().unwrap();
                own.add(&handle.is_cancelled());
                Err::<(), u8>(1)
            });
            starts.await.unwrap();
            acted.set(true);
            act(&tg.handle())
        }, grace = 0s));
        while !acted.get() {
            assert!(poll!(&mut group).is_pending());
            yield_now().await;
        }
        for _ in 0..100 {
            assert!(poll!(&mut group).is_pending(), "the closure runs");
            yield_now().await;
        }
        free.send(()).unwrap();
        let end = group.await;
        assert_eq!(crowd.now(), 0);
        assert_eq!(log.take(), ["true"]);
        match end {
            Ok(value) => assert_eq!(value, 7, "its error is from after the stop"),
            Err(failures) => assert_eq!(failures.into_iter().last(), Some(9)),
        }
    }
}

#[tokio::test]
async fn dropping_the_group_leaves_a_blocking_child_running() {
    let crowd = Crowd::default();
    let (free, wait) = mpsc::channel::<()>();
    let (started, starts) = tokio::sync::oneshot::channel();
    let (ended, ends) = tokio::sync::oneshot::channel();
    let guard = crowd.enter();
    let mut group = Box::pin(task_group!(|tg| {
        let handle = tg.handle();
        tg.spawn_blocking(move || {
            started.send(()).unwrap();
            wait.recv().unwrap();
            drop(guard);
            ended.send(handle.is_cancelled()).unwrap();
        });
    }));
    assert!(poll!(&mut group).is_pending());
    starts.await.unwrap();
    drop(group);
    assert_eq!(crowd.now(), 1);
    free.send(()).unwrap();
    assert!(ends.await.unwrap());
    assert_eq!(crowd.now(), 0);
}

/// It has not waited when it is cancelled, so nothing wakes it.
#[tokio::test(start_paused = true)]
async fn a_child_that_cancels_itself_ends_at_its_next_await() {
    for scoped in [false, true] {
        let (log, own) = (Log::default(), Arc::new(Mutex::new(None::<Child<String>>)));
        let child = {
            let (own, guard) = (Arc::clone(&own), log.on_drop("child"));
            holding(guard, async move {
                let child = own.lock().unwrap().take();
                drop(child.map(Child::cancel));
                pending().await
            })
        };
        task_group!(|tg| {
            let child = if scoped {
                tg.spawn_scoped(child)
            } else {
                tg.spawn(child)
            };
            *own.lock().unwrap() = Some(child);
            settle().await;
            assert_eq!(log.take(), ["child"]);
        })
        .await;
    }
}

/// The runtime has dropped none of them yet when the last is cancelled.
#[tokio::test]
async fn many_tasks_that_are_cancelled_at_once_are_not_lost() {
    let value = task_group!(|tg| {
        let children: Vec<_> = (0..100).map(|_| tg.spawn(pending::<u8>())).collect();
        yield_now().await;
        for child in children {
            drop(child.cancel());
        }
        5
    });
    assert_eq!(value.await, 5);
}
