//! What asyncio's `TaskGroup` does, case by case, at the same virtual times. The names carry the rows of the list of cases.

use std::{
    error::Error,
    future::pending,
    sync::{Arc, Mutex},
};

use futures::poll;
use rejoin::{Failures, TimedOut, as_completed, gather, task_group, wait};
use rejoin_tests::{Crowd, Log, after, holding, settle};
use tokio::time::{Duration, Instant, sleep};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Gives a value after so many seconds.
async fn gives<T>(seconds: u64, value: T) -> T {
    after(seconds * 1000, value).await
}

/// All errors of a group that has failed.
fn errors<T: std::fmt::Debug, E: std::fmt::Debug>(end: Result<T, Failures<E>>) -> Vec<E> {
    end.unwrap_err().into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn k01_an_empty_group_ends_at_once() {
    let start = Instant::now();
    task_group!(|_| {}).await;
    task_group!(<&str> |_| Ok(())).await.unwrap();
    assert_eq!(start.elapsed(), s(0));
}

#[tokio::test(start_paused = true)]
async fn k03_children_may_be_spawned_later() {
    let start = Instant::now();
    task_group!(|tg| {
        tg.spawn(gives(1, ()));
        sleep(Duration::from_millis(1500)).await;
        tg.spawn(gives(2, ()));
    })
    .await;
    assert_eq!(start.elapsed(), Duration::from_millis(3500));
}

#[tokio::test(start_paused = true)]
async fn k05_an_error_cancels_the_others() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let end = task_group!(<&str> |tg| {
        tg.spawn(gives(1, Err::<(), _>("e")));
        tg.spawn(holding(crowd.enter(), gives(5, Ok(()))));
        tg.spawn_scoped(holding(crowd.enter(), gives(5, Ok(()))));
        Ok(())
    })
    .await;
    assert_eq!(
        (errors(end), crowd.now(), start.elapsed()),
        (vec!["e"], 0, s(1))
    );
}

#[tokio::test(start_paused = true)]
async fn k07_an_error_of_the_body_cancels_the_children() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let end = task_group!(<&str> |tg| {
        tg.spawn(holding(crowd.enter(), gives(5, Ok(()))));
        tg.spawn(holding(crowd.enter(), gives(9, Ok(()))));
        after(500, Err::<(), _>("b")).await
    })
    .await;
    assert_eq!((errors(end), crowd.now()), (vec!["b"], 0));
    assert_eq!(start.elapsed(), Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn k09_a_child_of_a_body_that_fails_at_once_never_runs() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let end = task_group!(<&str> |tg| {
        let unpolled = || async { panic!("it runs") };
        tg.spawn(holding(crowd.enter(), unpolled()));
        tg.spawn_scoped(holding(crowd.enter(), unpolled()));
        tg.spawn_daemon(holding(crowd.enter(), unpolled()));
        Err::<(), _>("b")
    })
    .await;
    assert_eq!(
        (errors(end), crowd.now(), start.elapsed()),
        (vec!["b"], 0, s(0))
    );
}

#[tokio::test(start_paused = true)]
async fn k11_a_second_error_does_not_happen_any_more() {
    let start = Instant::now();
    let end = task_group!(<&str> |tg| {
        tg.spawn(gives(1, Err::<(), _>("x")));
        tg.spawn(gives(2, Err::<(), _>("y")));
        Ok(())
    })
    .await;
    assert_eq!((errors(end), start.elapsed()), (vec!["x"], s(1)));
}

#[tokio::test(start_paused = true)]
async fn k13_a_child_that_takes_its_time_to_end_is_waited_for() {
    // asyncio's child suppresses its cancellation; here it uses its grace.
    let start = Instant::now();
    let mut kept = None;
    let end = task_group!(<&str> |tg| {
        tg.spawn(gives(1, Err::<(), _>("x")));
        let handle = tg.handle();
        kept = Some(tg.spawn(async move {
            handle.cancelled().await;
            gives(2, Ok("b")).await
        }));
        Ok(())
    }, grace = 10s)
    .await;
    assert_eq!((errors(end), start.elapsed()), (vec!["x"], s(3)));
    assert_eq!(kept.unwrap().await, "b");
}

#[tokio::test(start_paused = true)]
async fn k15_a_child_that_was_cancelled_is_no_error() {
    let start = Instant::now();
    let end = task_group!(<&str> |tg| {
        let a = tg.spawn(gives(5, Ok("a")));
        let b = tg.spawn(gives(2, Ok("b")));
        sleep(s(1)).await;
        assert_eq!(a.cancel().await, None);
        Ok(b.await)
    })
    .await;
    assert_eq!((end.unwrap(), start.elapsed()), ("b", s(2)));
}

#[tokio::test(start_paused = true)]
async fn k17_a_cancelled_owner_cancels_the_children() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let own = crowd.clone();
    let owner = rejoin::spawn(task_group!(move |tg| {
        tg.spawn(holding(own.enter(), gives(5, ())));
        tg.spawn_scoped(holding(own.enter(), gives(5, ())));
    }));
    sleep(s(1)).await;
    assert_eq!(crowd.now(), 2);
    assert_eq!(owner.cancel().await, None);
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    assert_eq!((crowd.now(), start.elapsed()), (0, s(1)));
}

#[tokio::test(start_paused = true)]
async fn k19_who_wants_cleanup_to_be_awaited_stops_the_group() {
    // A drop cannot wait, so the owner is not dropped: its group is stopped, and awaited.
    let (log, start) = (Log::default(), Instant::now());
    let own = log.clone();
    let group = task_group!(
        |tg| {
            let handle = tg.handle();
            tg.spawn(async move {
                handle.cancelled().await;
                gives(2, ()).await;
                own.add("clean");
            });
            sleep(s(1)).await;
            tg.stop("stopped");
            pending().await
        },
        grace = 10s
    );
    assert_eq!((group.await, start.elapsed()), ("stopped", s(3)));
    assert_eq!(log.take(), ["clean"]);
}

#[tokio::test(start_paused = true)]
async fn k21_children_are_cancelled_only_once() {
    let (log, start) = (Log::default(), Instant::now());
    let own = log.clone();
    let value = task_group!(
        |tg| {
            let handle = tg.handle();
            tg.spawn(async move {
                handle.cancelled().await;
                own.add("cancelled");
                gives(3, ()).await;
                own.add("clean");
            });
            for (delay, value) in [(1, "first"), (2, "second")] {
                let handle = tg.handle();
                tg.spawn(async move {
                    sleep(s(delay)).await;
                    handle.stop(value);
                });
            }
            pending().await
        },
        grace = 10s
    );
    assert_eq!((value.await, start.elapsed()), ("first", s(4)));
    assert_eq!(log.take(), ["cancelled", "clean"]);
}

#[tokio::test(start_paused = true)]
async fn k23_the_failures_of_an_inner_group_are_an_error_of_the_outer_one() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let end = task_group!(<Failures<&'static str>> |outer| {
        outer.spawn(task_group!(<&'static str> |inner| {
            inner.spawn(gives(1, Err::<(), _>("x")));
            Ok(())
        }));
        outer.spawn(holding(crowd.enter(), gives(9, Ok(()))));
        Ok(())
    })
    .await;
    let mut outer = errors(end);
    assert_eq!((outer.len(), start.elapsed(), crowd.now()), (1, s(1), 0));
    assert_eq!(outer.remove(0).into_iter().collect::<Vec<_>>(), ["x"]);
}

#[tokio::test(start_paused = true)]
async fn k29_what_is_spawned_while_the_group_is_ending_never_runs() {
    let (log, start) = (Log::default(), Instant::now());
    let own = log.clone();
    let end = task_group!(<&'static str> |tg| {
        tg.spawn(gives(1, Err::<(), _>("e")));
        let handle = tg.handle();
        tg.spawn(async move {
            handle.cancelled().await;
            sleep(s(1)).await;
            handle.spawn(holding(own.on_drop("dropped"), async { panic!("it runs") }));
            Ok(())
        });
        Ok(())
    }, grace = 10s)
    .await;
    assert_eq!((errors(end), start.elapsed()), (vec!["e"], s(2)));
    assert_eq!(log.take(), ["dropped"]);
}

#[tokio::test(start_paused = true)]
async fn k35_the_body_may_return_early() {
    async fn early() -> &'static str {
        task_group!(|tg| {
            tg.spawn(gives(2, ()));
            if tg.is_cancelled() {
                return "late";
            }
            "v"
        })
        .await
    }
    let start = Instant::now();
    assert_eq!((early().await, start.elapsed()), ("v", s(2)));
}

#[tokio::test(start_paused = true)]
async fn k37_what_a_child_gives_goes_into_the_next() {
    let start = Instant::now();
    let value = task_group!(|tg| {
        let a = tg.spawn(gives(1, 1)).await;
        tg.spawn(gives(1, a + 1)).await
    });
    assert_eq!((value.await, start.elapsed()), (2, s(2)));
}

#[tokio::test(start_paused = true)]
async fn k39_five_thousand_children() {
    for scoped in [false, true] {
        let start = Instant::now();
        task_group!(|tg| {
            for n in 0..5000 {
                if scoped {
                    tg.spawn_scoped(gives(n % 5, ()));
                } else {
                    tg.spawn(gives(n % 5, ()));
                }
            }
        })
        .await;
        assert_eq!(start.elapsed(), s(4));
    }
}

#[tokio::test(start_paused = true)]
async fn k41_a_body_that_spawns_while_the_group_is_ending_adds_no_error() {
    // The body is dropped when a child has failed; it still runs only in the poll in which it has stopped the group itself.
    let (log, start) = (Log::default(), Instant::now());
    let end = task_group!(<&str> |tg| {
        sleep(s(1)).await;
        tg.stop("stopped");
        let mut child = tg.spawn(holding(log.on_drop("dropped"), async { Err::<(), _>("e") }));
        assert_eq!(log.take(), ["dropped"]);
        assert!(poll!(&mut child).is_pending());
        child.await;
        Err("not reached")
    })
    .await;
    assert_eq!((end.unwrap(), start.elapsed()), ("stopped", s(1)));
}

#[tokio::test(start_paused = true)]
async fn k45_a_child_may_deal_with_the_failures_of_its_own_group() {
    let (log, start) = (Log::default(), Instant::now());
    let own = log.clone();
    let value = task_group!(<&'static str> |outer| {
        outer.spawn(async move {
            let end = task_group!(<&'static str> |inner| {
                inner.spawn(gives(1, Err::<(), _>("x")));
                Ok(())
            })
            .await;
            own.add(end.unwrap_err().first());
        });
        Ok(outer.spawn(gives(3, Ok("unaffected"))).await)
    })
    .await;
    assert_eq!((value.unwrap(), start.elapsed()), ("unaffected", s(3)));
    assert_eq!(log.take(), ["x"]);
}

#[tokio::test(start_paused = true)]
async fn k47_a_loop_that_is_left_leaves_the_children_to_the_group() {
    let start = Instant::now();
    task_group!(|tg| {
        let children = [3, 1, 2].map(|seconds| tg.spawn(gives(seconds, seconds)));
        as_completed!(for first in ..children {
            assert_eq!(first, 1);
            break;
        });
        assert_eq!(start.elapsed(), s(1));
    })
    .await;
    assert_eq!(start.elapsed(), s(3));
}

#[tokio::test(start_paused = true)]
async fn k49_scoped_children_see_the_task_s_own_values_and_tasks_what_they_are_given() {
    tokio::task_local!(static NAME: &'static str);
    NAME.scope("outer", async {
        task_group!(|tg| {
            let scoped = tg.spawn_scoped(async { NAME.get() });
            let own = tg.spawn_scoped(NAME.scope("own", async { NAME.get() }));
            let task = tg.spawn(NAME.scope(NAME.get(), async { NAME.get() }));
            let bare = tg.spawn(async { NAME.try_with(|name| *name).is_err() });
            assert_eq!(
                gather!(scoped, own, task, bare).await,
                ("outer", "own", "outer", true)
            );
        })
        .await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn k61_the_first_success_ends_the_group_and_is_kept() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let log = Log::default();
    let own = log.clone();
    let winner = task_group!(|tg| {
        let handle = tg.handle();
        tg.spawn(async move {
            let value = gives(1, "winner").await;
            handle.stop(value);
            // Stopping the group does not keep the child from going on to its end.
            own.add("goes on");
        });
        tg.spawn(holding(crowd.enter(), gives(9, ())));
        "of the body"
    });
    assert_eq!((winner.await, start.elapsed()), ("winner", s(1)));
    assert_eq!((crowd.now(), log.take()), (0, vec!["goes on".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn k63_a_group_that_is_stopped_from_the_start_gets_to_its_first_await() {
    let (log, start) = (Log::default(), Instant::now());
    let value = task_group!(|tg| {
        tg.stop("stopped");
        log.add("starts");
        tg.spawn(holding(log.on_drop("dropped"), async { panic!("it runs") }));
        sleep(s(1)).await;
        log.add("goes on");
        "of the body"
    });
    assert_eq!((value.await, start.elapsed()), ("stopped", s(0)));
    assert_eq!(log.take(), ["starts", "dropped"]);
}

#[tokio::test(start_paused = true)]
async fn k67_a_drop_goes_before_a_stop() {
    let (crowd, log) = (Crowd::default(), Log::default());
    let (inner, own) = (crowd.clone(), log.clone());
    let owner = rejoin::spawn(async move {
        let value = task_group!(
            |tg| {
                let handle = tg.handle();
                tg.spawn(holding(inner.enter(), async move {
                    handle.cancelled().await;
                    gives(2, ()).await;
                }));
                sleep(s(1)).await;
                tg.stop("stopped");
                pending().await
            },
            grace = 10s
        )
        .await;
        own.add(value);
    });
    sleep(s(2)).await;
    assert_eq!(crowd.now(), 1);
    assert_eq!(
        owner.cancel().await,
        None,
        "the value is not given any more"
    );
    settle().await;
    assert_eq!((crowd.now(), log.take()), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn k69_a_stop_at_the_end_of_the_body_cancels_the_children() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    task_group!(|tg| {
        tg.spawn(holding(crowd.enter(), gives(5, ())));
        tg.spawn_scoped(holding(crowd.enter(), gives(5, ())));
        tg.stop(());
    })
    .await;
    assert_eq!((crowd.now(), start.elapsed()), (0, s(0)));
}

#[tokio::test(start_paused = true)]
async fn k71_what_was_stored_and_what_was_done_before_a_stop_stays() {
    let (stored, start) = (Arc::new(Mutex::new(None)), Instant::now());
    let mut kept = None;
    task_group!(|tg| {
        kept = Some(tg.spawn(gives(1, "earlier")));
        let (handle, place) = (tg.handle(), Arc::clone(&stored));
        tg.spawn(async move {
            *place.lock().unwrap() = Some(gives(2, "stored").await);
            handle.stop(());
        });
        tg.spawn(gives(9, ()));
    })
    .await;
    assert_eq!(start.elapsed(), s(2));
    assert_eq!(*stored.lock().unwrap(), Some("stored"));
    assert_eq!(kept.unwrap().await, "earlier");
}

#[tokio::test(start_paused = true)]
async fn t39_a_timeout_around_a_group_cancels_the_children() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let children = || {
        task_group!(
            |tg| {
                tg.spawn(holding(crowd.enter(), gives(5, ())));
                tg.spawn(holding(crowd.enter(), gives(9, ())));
            },
            timeout = 1s
        )
    };
    assert_eq!(children().await.unwrap_err().after(), s(1));
    assert_eq!((crowd.now(), start.elapsed()), (0, s(1)));
    let around = gather!(
        task_group!(|tg| {
            tg.spawn(holding(crowd.enter(), gives(5, ())));
            tg.spawn_scoped(holding(crowd.enter(), gives(9, ())));
        }),
        timeout = 1s
    );
    assert_eq!(around.await.unwrap_err().after(), s(1));
    settle().await;
    assert_eq!(crowd.now(), 0);
}

#[tokio::test(start_paused = true)]
async fn t41_a_timeout_inside_a_child_is_an_error_of_that_child() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let end = task_group!(<TimedOut> |tg| {
        tg.spawn(async {
            gather!(gives(5, ()), timeout = 1s).await?;
            Ok(())
        });
        tg.spawn(holding(crowd.enter(), gives(3, Ok(()))));
        Ok(())
    })
    .await;
    let late = errors(end);
    assert_eq!((late.len(), late[0].after()), (1, s(1)));
    assert_eq!((crowd.now(), start.elapsed()), (0, s(1)));
    let end = task_group!(<Box<dyn Error + Send + Sync>> |tg| {
        tg.spawn(async { Ok(task_group!(|_| gives(5, ()).await, timeout = 1s).await?) });
        Ok(())
    });
    assert!(end.await.unwrap_err().first().is::<TimedOut>());
}

#[tokio::test(start_paused = true)]
async fn w41_a_body_that_waits_for_children_is_dropped_when_one_fails() {
    let (log, start) = (Log::default(), Instant::now());
    let end = task_group!(<&str> |tg| {
        let _body = log.on_drop("body");
        let a = tg.spawn(gives(1, Err::<(), _>("e")));
        let b = tg.spawn(gives(5, Ok(())));
        let (_done, _pending) = wait!(a, b).await;
        log.add("not reached");
        Ok(())
    })
    .await;
    assert_eq!((errors(end), start.elapsed()), (vec!["e"], s(1)));
    assert_eq!(log.take(), ["body"]);
}
