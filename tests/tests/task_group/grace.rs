//! Cancelling in two steps: tasks are told, have `grace` to end by themselves, and are aborted then.

use std::{
    cell::Cell,
    future::{Future, pending},
};

use futures::poll;
use rejoin::{Failing, GroupHandle, task_group};
use rejoin_tests::{Crowd, Log, after, holding, ms, panic_of, settle};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

/// What is done after the first step.
async fn once_cancelled<F: Future>(
    handle: GroupHandle<(), Failing<&'static str>>,
    last_words: F,
) -> F::Output {
    handle.cancelled().await;
    last_words.await
}

/// How long a group takes whose task takes `needs` after the first step and ignores it for ever if `None`, and which ends
/// after ten milliseconds.
macro_rules! elapsed {
    ($needs:expr, |$tg:ident, $log:ident| $end:expr, $($options:tt)*) => {{
        let (start, $log, needs) = (Instant::now(), Log::default(), $needs);
        let own = $log.clone();
        let _end = task_group!(<&'static str> |$tg| -> Result<(), &'static str> {
            let guard = own.on_drop("dropped");
            let handle = $tg.handle();
            $tg.spawn_daemon(holding(guard, async move {
                if let Some(needs) = needs {
                    handle.cancelled().await;
                    sleep(ms(needs)).await;
                    own.add("by itself");
                    Ok(())
                } else {
                    pending().await
                }
            }));
            sleep(ms(10)).await;
            $end
        }, $($options)*)
        .await;
        (start.elapsed(), $log.take())
    }};
}

#[tokio::test(start_paused = true)]
async fn a_task_has_grace_to_end_by_itself_and_is_aborted_then() {
    // How it ended: by an error, a stop, the deadline, and because all others had ended.
    macro_rules! all {
        ($needs:expr, grace = $grace:expr) => {
            [
                elapsed!($needs, |tg, log| Err("bad"), grace = $grace),
                elapsed!(
                    $needs,
                    |tg, log| {
                        tg.stop(());
                        pending().await
                    },
                    grace = $grace
                ),
                elapsed!(
                    $needs,
                    |tg, log| pending().await,
                    grace = $grace,
                    timeout = 10ms
                ),
                elapsed!($needs, |tg, log| Ok(()), grace = $grace),
            ]
        };
    }
    let by_itself = vec!["by itself".to_owned(), "dropped".to_owned()];
    let aborted = vec!["dropped".to_owned()];
    for end in all!(Some(30), grace = ms(50)) {
        assert_eq!(end, (ms(40), by_itself.clone()));
    }
    for end in all!(Some(60), grace = ms(50)) {
        assert_eq!(end, (ms(60), aborted.clone()));
    }
    for end in all!(None, grace = ms(50)) {
        assert_eq!(end, (ms(60), aborted.clone()));
    }
    for end in all!(Some(30), grace = ms(0)) {
        assert_eq!(end, (ms(10), aborted.clone()));
    }
}

#[tokio::test(start_paused = true)]
async fn without_grace_a_task_is_aborted_at_once() {
    for needs in [Some(1), Some(30), None] {
        let (elapsed, log) = elapsed!(needs, |tg, log| Err("bad"), limit = 5);
        assert_eq!((elapsed, log), (ms(10), vec!["dropped".to_owned()]));
        let (elapsed, log) = elapsed!(needs, |tg, log| Ok(()), limit = 5);
        assert_eq!((elapsed, log), (ms(10), vec!["dropped".to_owned()]));
    }
}

#[tokio::test(start_paused = true)]
async fn it_waits_no_longer_than_for_the_last_task() {
    let start = Instant::now();
    let failed = task_group!(<&'static str> |tg| {
        for delay in [10, 30, 20] {
            tg.spawn(once_cancelled(tg.handle(), after(delay, ())));
        }
        sleep(ms(5)).await;
        Err::<(), _>("bad")
    }, grace = 1h)
    .await;
    assert_eq!(failed.unwrap_err().len(), 1);
    assert_eq!(start.elapsed(), ms(35));
}

#[tokio::test(start_paused = true)]
async fn body_and_scoped_children_have_no_grace() {
    let (log, start) = (Log::default(), Instant::now());
    let own = log.clone();
    task_group!(
        |tg| {
            let (scoped, handle) = (tg.clone(), tg.handle());
            tg.spawn_scoped(holding(log.on_drop("scoped"), async move {
                scoped.cancelled().await;
                panic!("it is not polled any more");
            }));
            tg.spawn(async move {
                handle.cancelled().await;
                own.add("task");
                sleep(ms(30)).await;
            });
            let body = (log.on_drop("body"), tg.cancelled());
            sleep(ms(10)).await;
            tg.stop(());
            body.1.await;
            yield_now().await;
            panic!("it is not polled any more");
        },
        grace = 50ms
    )
    .await;
    assert_eq!(start.elapsed(), ms(40));
    let mut seen = log.take();
    assert_eq!(
        seen.pop().as_deref(),
        Some("task"),
        "they are dropped before it runs"
    );
    seen.sort();
    assert_eq!(seen, ["body", "scoped"]);
}

#[tokio::test(start_paused = true)]
async fn errors_of_tasks_that_end_under_grace_count_in_the_order_in_which_they_come() {
    let start = Instant::now();
    let failed = task_group!(<&'static str> |tg| {
        tg.spawn(once_cancelled(tg.handle(), after(20, Err::<(), _>("third"))));
        tg.spawn_daemon(once_cancelled(tg.handle(), after(10, Err::<(), _>("second"))));
        tg.spawn(once_cancelled(tg.handle(), after(60, Err::<(), _>("too late"))));
        tg.spawn(once_cancelled(tg.handle(), after(30, Ok(()))));
        tg.spawn_scoped(after(5, Err::<(), _>("first")));
        pending::<Result<(), _>>().await
    }, grace = 50ms)
    .await;
    assert_eq!(
        failed.unwrap_err().into_iter().collect::<Vec<_>>(),
        ["first", "second", "third"]
    );
    assert_eq!(start.elapsed(), ms(55));
    let failed = task_group!(<&'static str> |tg| {
        tg.spawn(once_cancelled(tg.handle(), after(10, Err::<(), _>("child"))));
        sleep(ms(1)).await;
        Err::<(), _>("body")
    }, grace = 50ms)
    .await;
    assert_eq!(
        failed.unwrap_err().into_iter().collect::<Vec<_>>(),
        ["child", "body"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_daemon_counts_also_when_the_rest_is_done() {
    let start = Instant::now();
    let failed = task_group!(<&'static str> |tg| {
        tg.spawn_daemon(once_cancelled(tg.handle(), after(10, Err::<(), _>("not flushed"))));
        sleep(ms(5)).await;
        Ok(())
    }, grace = 50ms)
    .await;
    assert_eq!(failed.unwrap_err().into_first(), "not flushed");
    assert_eq!(start.elapsed(), ms(15));
}

#[tokio::test(start_paused = true)]
async fn a_panic_gives_grace_as_well_and_comes_out_when_all_are_gone() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let message = panic_of(task_group!(<&'static str> |tg| {
        let guard = crowd.enter();
        let words = once_cancelled(tg.handle(), after(30, Err::<(), _>("of a task")));
        tg.spawn(holding(guard, words));
        tg.spawn(holding(crowd.enter(), pending::<Result<(), _>>()));
        tg.spawn_scoped(async {
            sleep(ms(10)).await;
            panic!("of a child");
        });
        Ok(())
    }, grace = 50ms))
    .await;
    assert_eq!(
        (&*message, start.elapsed(), crowd.now()),
        ("of a child", ms(60), 0)
    );
}

#[tokio::test(start_paused = true)]
async fn cancelling_a_child_gives_no_grace() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    task_group!(
        |tg| {
            let child = tg.spawn(holding(crowd.enter(), pending::<u8>()));
            sleep(ms(10)).await;
            assert_eq!(child.cancel().await, None);
            assert_eq!((crowd.now(), start.elapsed()), (0, ms(10)));
            assert!(!tg.is_cancelled(), "the group goes on");
            sleep(ms(10)).await;
        },
        grace = 1h
    )
    .await;
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn a_child_can_be_cancelled_while_its_group_is_ending() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let group = task_group!(
        |tg| {
            let child = tg.spawn(holding(crowd.enter(), pending::<u8>()));
            let handle = tg.handle();
            tg.spawn(async move {
                handle.cancelled().await;
                sleep(ms(5)).await;
                assert_eq!(child.cancel().await, None);
            });
            tg.stop(());
        },
        grace = 1h
    );
    group.await;
    assert_eq!((crowd.now(), start.elapsed()), (0, ms(5)));
}

// ---- `cancelled`, `is_cancelled` --------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn cancelled_completes_for_all_who_wait_and_for_those_who_come_later() {
    let (log, start) = (Log::default(), Instant::now());
    let mut kept = None;
    task_group!(
        |tg| {
            kept = Some(tg.handle());
            for name in ["a", "b", "c"] {
                let (handle, log) = (tg.handle(), log.clone());
                tg.spawn(async move {
                    assert!(!handle.is_cancelled());
                    // One that is given up leaves the others alone.
                    let mut first = Box::pin(handle.cancelled());
                    assert!(poll!(&mut first).is_pending());
                    let mut second = Box::pin(handle.cancelled());
                    assert!(poll!(&mut second).is_pending());
                    drop(first);
                    assert!(poll!(&mut second).is_pending());
                    second.await;
                    assert!(handle.is_cancelled());
                    handle.cancelled().await;
                    log.add(name);
                });
            }
            assert!(poll!(Box::pin(tg.cancelled())).is_pending());
            sleep(ms(10)).await;
            tg.stop(());
            assert!(tg.is_cancelled());
            assert!(poll!(Box::pin(tg.cancelled())).is_ready());
        },
        grace = 1h
    )
    .await;
    assert_eq!(start.elapsed(), ms(10));
    let mut seen = log.take();
    seen.sort();
    assert_eq!(seen, ["a", "b", "c"]);
    let handle = kept.unwrap();
    assert!(handle.is_cancelled());
    handle.cancelled().await;
}

#[tokio::test(start_paused = true)]
async fn cancelled_completes_in_other_tasks_when_the_group_is_dropped() {
    let log = Log::default();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut group = Box::pin(task_group!(|tg| {
        sender.send(tg.handle()).unwrap();
        pending::<()>().await;
    }));
    assert!(poll!(&mut group).is_pending());
    let handle = receiver.await.unwrap();
    let own = log.clone();
    let watcher = tokio::spawn(async move {
        handle.cancelled().await;
        own.add("cancelled");
    });
    settle().await;
    assert!(log.take().is_empty());
    drop(group);
    watcher.await.unwrap();
    assert_eq!(log.take(), ["cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn cancelled_completes_when_nothing_but_daemons_is_left() {
    let start = Instant::now();
    let (log, own) = (Log::default(), Log::default());
    let inner = log.clone();
    task_group!(
        |tg| {
            let handle = tg.handle();
            tg.spawn_daemon(async move {
                handle.cancelled().await;
                inner.add(&"told");
            });
            tg.spawn(sleep(ms(20)));
            own.add("body");
        },
        grace = 1s
    )
    .await;
    assert_eq!(
        (log.take(), start.elapsed()),
        (vec!["told".to_owned()], ms(20))
    );
}

// ---- tasks that do not await ------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_busy_is_waited_for_until_its_next_await() {
    let crowd = Crowd::default();
    let (free, wait) = std::sync::mpsc::channel::<()>();
    let (started, starts) = tokio::sync::oneshot::channel();
    let guard = crowd.enter();
    let acted = Cell::new(false);
    let mut group = Box::pin(task_group!(|tg| {
        tg.spawn(holding(guard, async move {
            started.send(()).unwrap();
            wait.recv().unwrap();
            pending::<()>().await;
        }));
        starts.await.unwrap();
        acted.set(true);
        tg.stop(1);
        pending().await
    }));
    while !acted.get() {
        assert!(poll!(&mut group).is_pending());
        yield_now().await;
    }
    for _ in 0..100 {
        assert!(poll!(&mut group).is_pending());
        yield_now().await;
    }
    assert_eq!(crowd.now(), 1);
    free.send(()).unwrap();
    assert_eq!(group.await, 1);
    assert_eq!(crowd.now(), 0);
}
