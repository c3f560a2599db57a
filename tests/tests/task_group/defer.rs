//! `defer`: clean-up that a group awaits on every end.

use std::{
    future::{Future, pending, poll_fn},
    panic::AssertUnwindSafe,
    pin::pin,
    rc::Rc,
};

use futures::{FutureExt, poll};
use rejoin::{Stopped, task_group};
use rejoin_tests::{Driver, Log, busy, elapsed, holding, leaf, ms, panic_of, settle};
use tokio::{
    runtime,
    task::yield_now,
    time::{Instant, sleep, timeout},
};

/// Clean-up that takes ten milliseconds, and records its beginning and its end.
async fn ten(log: Log, name: &'static str) {
    log.add(&format!("{name} begins"));
    sleep(ms(10)).await;
    log.add(&format!("{name} ends"));
}

/// A task that needs five milliseconds to end after it was told.
async fn slow_to_end(cancelled: rejoin::future::Cancelled, log: Log) {
    cancelled.await;
    sleep(ms(5)).await;
    log.add("task ends");
}

const BOTH: [&str; 4] = [
    "handle begins",
    "handle ends",
    "in place begins",
    "in place ends",
];

// ---- the ends of a group ----------------------------------------------------------------------------------------

/// Registers clean-up of both kinds, and a daemon that is slow to end.
macro_rules! register {
    ($tg:ident, $log:ident) => {
        $tg.spawn_daemon(slow_to_end($tg.cancelled(), $log.clone()));
        assert!($tg.defer(ten($log.clone(), "in place")));
        assert!($tg.handle().defer(ten($log.clone(), "handle")));
        sleep(ms(1)).await;
    };
}

/// Asserts that the clean-up has run once, after the daemon, and when the group has returned.
fn assert_cleaned_up(log: &Log, start: Instant, end: u128) {
    let mut all = vec!["task ends"];
    all.extend(BOTH);
    assert_eq!(log.take(), all);
    assert_eq!(elapsed(start), end);
}

#[tokio::test(start_paused = true)]
async fn after_a_value() {
    let (log, start) = (Log::default(), Instant::now());
    let value = task_group!(
        |tg| {
            register!(tg, log);
            7
        },
        grace = 1h
    );
    assert_eq!(value.await, 7);
    assert_cleaned_up(&log, start, 1 + 5 + 20);
}

#[tokio::test(start_paused = true)]
async fn after_an_error() {
    let (log, start) = (Log::default(), Instant::now());
    let failed = task_group!(<u8> |tg| {
        tg.spawn_scoped({
            let (cancelled, log) = (tg.cancelled(), log.clone());
            async move {
                let _ = (cancelled, log);
                pending::<Result<(), u8>>().await
            }
        });
        let (group, own) = (tg.cancelled(), log.clone());
        tg.spawn_daemon(async { slow_to_end(group, own).await; Ok(()) });
        tg.defer(ten(log.clone(), "in place"));
        tg.handle().defer(ten(log.clone(), "handle"));
        sleep(ms(1)).await;
        Err::<(), u8>(3)
    }, grace = 1h);
    assert_eq!(failed.await.unwrap_err().into_first(), 3);
    assert_cleaned_up(&log, start, 1 + 5 + 20);
}

#[tokio::test(start_paused = true)]
async fn after_a_stop() {
    let (log, start) = (Log::default(), Instant::now());
    let stopped = task_group!(
        |tg| {
            register!(tg, log);
            tg.stop(8);
            pending().await
        },
        grace = 1h
    );
    assert_eq!(stopped.await, 8);
    assert_cleaned_up(&log, start, 1 + 5 + 20);
}

#[tokio::test(start_paused = true)]
async fn after_the_deadline_which_counts_no_more() {
    let (log, start) = (Log::default(), Instant::now());
    let late = task_group!(
        |tg| {
            register!(tg, log);
            pending::<()>().await;
        },
        grace = 1h,
        timeout = 2ms
    );
    assert!(late.await.is_err());
    assert_cleaned_up(&log, start, 2 + 5 + 20);

    // It passes in the clean-up.
    let start = Instant::now();
    let in_time = task_group!(
        |tg| {
            register!(tg, log);
            9
        },
        grace = 1h,
        timeout = 8ms
    );
    assert_eq!(in_time.await.unwrap(), 9);
    assert_cleaned_up(&log, start, 1 + 5 + 20);
}

#[tokio::test(start_paused = true)]
async fn after_the_end_by_until() {
    let (log, start) = (Log::default(), Instant::now());
    let stopped = task_group!(
        |tg| {
            register!(tg, log);
            pending::<()>().await;
        },
        grace = 1h,
        until = sleep(ms(2))
    );
    assert_eq!(stopped.await, Err(Stopped));
    assert_cleaned_up(&log, start, 2 + 5 + 20);
}

#[tokio::test(start_paused = true)]
async fn after_a_panic_which_goes_on() {
    let (log, start) = (Log::default(), Instant::now());
    let panics = task_group!(
        |tg| -> () {
            register!(tg, log);
            panic!("a mistake")
        },
        grace = 1h
    );
    assert_eq!(panic_of(panics).await, "a mistake");
    assert_cleaned_up(&log, start, 1 + 5 + 20);
}

#[tokio::test(start_paused = true)]
async fn after_a_child_was_lost_with_its_runtime() {
    let (log, start) = (Log::default(), Instant::now());
    let build = || runtime::Builder::new_current_thread().build().unwrap();
    let other = std::thread::spawn(build).join().unwrap();
    let mut other = Some(other);
    let group = task_group!(
        |tg| {
            register!(tg, log);
            let entered = other.as_ref().unwrap().enter();
            tg.spawn(pending::<()>());
            drop(entered);
            other.take().unwrap().shutdown_background();
            pending::<()>().await;
        },
        grace = 1h
    );
    let message = panic_of(group).await;
    assert!(message.ends_with("its runtime was shut down"), "{message}");
    assert_cleaned_up(&log, start, 1 + 5 + 20);
}

#[tokio::test(start_paused = true)]
async fn after_the_group_around_it_has_aborted_it() {
    let (log, start) = (Log::default(), Instant::now());
    let mut moved_out = None;
    task_group!(|outer| {
        let mut inner = Box::pin(task_group!(|tg| {
            tg.defer(ten(log.clone(), "in place"));
            tg.handle().defer(ten(log.clone(), "handle"));
            pending::<()>().await;
        }));
        assert!(poll!(&mut inner).is_pending());
        moved_out = Some(inner);
        outer.stop(());
    })
    .await;
    let message = panic_of(moved_out.unwrap()).await;
    assert!(message.ends_with("the group around it has ended without it"));
    assert_eq!(log.take(), BOTH);
    assert_eq!(elapsed(start), 20);
}

#[tokio::test(start_paused = true)]
async fn after_a_drop_the_runtime_runs_the_clean_up_of_handles() {
    let (log, start) = (Log::default(), Instant::now());
    let mut left = None;
    let mut group = Box::pin(task_group!(|tg| {
        let handle = tg.handle();
        for name in ["first", "second"] {
            handle.defer(ten(log.clone(), name));
            tg.defer(holding(log.on_drop(&format!("{name} in place")), pending()));
        }
        tg.spawn(holding(log.on_drop("task ends"), pending::<()>()));
        yield_now().await;
        left = Some(handle);
        pending::<()>().await;
    }));
    assert!(poll!(&mut group).is_pending());
    yield_now().await;
    assert!(poll!(&mut group).is_pending());
    drop(group);
    assert_eq!(log.take(), ["second in place", "first in place"]);
    let handle = left.unwrap();
    // Registered before the last child is gone: it is the next to run.
    assert!(handle.defer(ten(log.clone(), "third")));
    sleep(ms(30)).await;
    settle().await;
    assert_eq!(
        log.take(),
        [
            "task ends",
            "third begins",
            "third ends",
            "second begins",
            "second ends",
            "first begins",
            "first ends",
        ]
    );
    assert_eq!(elapsed(start), 31);
    assert!(!handle.defer(async {}), "it is over");
}

#[tokio::test(start_paused = true)]
async fn a_drop_in_the_clean_up_lets_the_runtime_go_on() {
    let log = Log::default();
    let group = task_group!(|tg| {
        let handle = tg.handle();
        handle.defer(ten(log.clone(), "first"));
        tg.defer(holding(log.on_drop("in place"), pending()));
        handle.defer(ten(log.clone(), "second"));
    });
    let start = Instant::now();
    assert!(timeout(ms(4), group).await.is_err());
    assert_eq!(log.take(), ["second begins", "in place"]);
    sleep(ms(6)).await;
    settle().await;
    assert_eq!(log.take(), ["second ends", "first begins"]);
    sleep(ms(9)).await;
    settle().await;
    assert_eq!(
        (log.take(), elapsed(start)),
        (vec!["first ends".to_owned()], 21)
    );

    // The running one is in place.
    let group = task_group!(|tg| {
        tg.handle().defer(ten(log.clone(), "first"));
        tg.defer(holding(log.on_drop("below"), pending()));
        tg.defer(holding(log.on_drop("running"), pending()));
    });
    assert!(timeout(ms(4), group).await.is_err());
    assert_eq!(log.take(), ["running", "below"]);
    sleep(ms(11)).await;
    assert_eq!(log.take(), ["first begins", "first ends"]);
}

#[tokio::test(start_paused = true)]
async fn a_drop_of_a_group_that_was_never_polled_runs_nothing() {
    drop(task_group!(|tg| {
        tg.defer(async { unreachable!("the body was not polled") });
    }));
}

#[test]
fn without_a_runtime_a_drop_drops_the_clean_up_of_handles() {
    let (log, mut left) = (Log::default(), None);
    let mut group = Driver::new(task_group!(|tg| {
        for name in ["first", "second"] {
            tg.handle().defer(holding(log.on_drop(name), pending()));
        }
        left = Some(tg.handle());
        pending::<()>().await;
    }));
    assert!(group.poll().is_pending());
    drop(group);
    assert_eq!(log.take(), ["second", "first"]);
    assert!(!left.unwrap().defer(async {}));
}

#[test]
fn the_shutdown_of_the_runtime_drops_the_clean_up_of_a_dropped_group() {
    let (log, mut left) = (Log::default(), None);
    let runtime = runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut group = Box::pin(task_group!(|tg| {
            for name in ["first", "second"] {
                tg.handle().defer(holding(log.on_drop(name), pending()));
            }
            left = Some(tg.handle());
            pending::<()>().await;
        }));
        assert!(poll!(&mut group).is_pending());
        drop(group);
        yield_now().await;
        assert!(log.take().is_empty());
    });
    drop(runtime);
    assert_eq!(log.take(), ["second", "first"]);
    assert!(!left.unwrap().defer(async {}));
}

// ---- order, borrows and polls -----------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn the_last_registered_runs_first() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(|tg| {
        tg.defer(ten(log.clone(), "1"));
        tg.handle().defer(ten(log.clone(), "2"));
        let inner = tg.clone();
        tg.spawn_scoped(async move {
            inner.defer(ten(inner_log(), "not shown"));
        });
        let handle = tg.handle();
        let own = log.clone();
        tg.spawn(async move {
            sleep(ms(1)).await;
            handle.defer(ten(own, "3"));
        });
    })
    .await;
    let begins: Vec<_> = log.take().into_iter().step_by(2).collect();
    assert_eq!(begins, ["3 begins", "2 begins", "1 begins"]);
    assert_eq!(elapsed(start), 1 + 40);
}

fn inner_log() -> Log {
    Log::default()
}

#[tokio::test(start_paused = true)]
async fn it_may_borrow_what_outlives_the_group() {
    let mut lines = vec!["opened"];
    let value = task_group!(|tg| {
        let lines = &mut lines;
        tg.defer(async move {
            yield_now().await;
            lines.push("closed");
        });
        5
    });
    assert_eq!(value.await, 5);
    assert_eq!(lines, ["opened", "closed"]);
}

#[tokio::test(start_paused = true)]
async fn it_is_polled_when_it_was_woken() {
    let (hand, clean_up) = leaf();
    let mut group = Driver::new(task_group!(|tg| {
        tg.defer(clean_up);
    }));
    for _ in 0..3 {
        assert!(group.poll().is_pending());
        assert_eq!(hand.polls(), 1);
    }
    hand.wake();
    assert!(group.poll().is_pending());
    assert_eq!(hand.polls(), 2);
    hand.give(());
    assert!(group.poll().is_ready());
    assert_eq!(hand.polls(), 3);
    assert!(hand.is_dropped());
}

#[tokio::test(start_paused = true)]
async fn many_that_are_ready_give_the_runtime_its_turn() {
    let mut polls = 0;
    let mut group = pin!(task_group!(|tg| {
        for _ in 0..10_000 {
            tg.defer(async {});
        }
    }));
    poll_fn(|cx| {
        polls += 1;
        group.as_mut().poll(cx)
    })
    .await;
    assert!((10_000 / 1_024..100).contains(&polls), "{polls}");
}

#[tokio::test(start_paused = true)]
async fn a_future_is_dropped_before_the_next_begins() {
    let log = Log::default();
    task_group!(|tg| {
        tg.defer(ten(log.clone(), "1"));
        tg.defer(holding(log.on_drop("2 dropped"), async {}));
    })
    .await;
    assert_eq!(log.take(), ["2 dropped", "1 begins", "1 ends"]);
}

// ---- registering at the end -------------------------------------------------------------------------------------

/// Registers clean-up when it is dropped.
struct DefersOnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for DefersOnDrop<F> {
    fn drop(&mut self) {
        self.0.take().unwrap()();
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_accepted_while_the_group_ends_and_is_next_in_turn() {
    let (log, mut left) = (Log::default(), None);
    let group = task_group!(<u8> |tg| {
        let (handle, own) = (tg.handle(), log.clone());
        left = Some(handle.clone());
        tg.defer(ten(log.clone(), "1"));
        tg.defer(async move {
            own.add("2 registers 3");
            assert!(handle.defer(ten(own.clone(), "3")));
            sleep(ms(1)).await;
            own.add("2 ends");
        });
        let (inner, own) = (tg.clone(), log.clone());
        let in_drop = DefersOnDrop(Some(move || {
            assert!(inner.is_cancelled());
            assert!(inner.defer(ten(own, "of a drop")));
        }));
        tg.spawn_scoped(holding(in_drop, pending::<()>()));
        yield_now().await;
        Err::<(), u8>(1)
    });
    assert!(group.await.is_err());
    assert_eq!(
        log.take(),
        [
            "of a drop begins",
            "of a drop ends",
            "2 registers 3",
            "2 ends",
            "3 begins",
            "3 ends",
            "1 begins",
            "1 ends"
        ]
    );
    let guard = log.on_drop("refused");
    assert!(!left.unwrap().defer(holding(guard, async {})));
    assert_eq!(log.take(), ["refused"]);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_over_refuses_it() {
    let (log, mut left) = (Log::default(), None);
    task_group!(|tg| {
        left = Some(tg.clone());
    })
    .await;
    let tg = left.unwrap();
    assert!(!tg.defer(holding(log.on_drop("in place"), async {})));
    assert!(!tg.handle().defer(holding(log.on_drop("handle"), async {})));
    assert_eq!(log.take(), ["in place", "handle"]);
}

#[tokio::test(start_paused = true)]
async fn in_clean_up_the_group_is_cancelled_and_takes_no_child() {
    let log = Log::default();
    task_group!(|tg| {
        let (handle, own) = (tg.handle(), log.clone());
        tg.defer(async move {
            assert!(handle.is_cancelled());
            handle.cancelled().await;
            assert_eq!(handle.cause(), Some(rejoin::Cause::Finished));
            let child = handle.spawn(holding(own.on_drop("child dropped"), async { 1 }));
            assert_eq!(own.take(), ["child dropped"]);
            assert_eq!(child.join().await, None);
            let message = panic_of(handle.spawn(async {})).await;
            own.add(&message);
        });
    })
    .await;
    let message = "this `Child` has no value: its group has ended without it";
    assert_eq!(log.take(), [message]);
}

// ---- errors and panics ------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn an_error_makes_a_group_fail_that_would_give_a_value() {
    for stops in [false, true] {
        let failed = task_group!(<u8> |tg| {
            tg.defer(async { Err(2) });
            tg.handle().defer(async { Err(1) });
            tg.defer(async { Ok(()) });
            tg.defer(async {});
            if stops {
                tg.stop("stopped");
            }
            Ok("value")
        });
        let errors: Vec<_> = failed.await.unwrap_err().into_iter().collect();
        assert_eq!(errors, [1, 2]);
    }
}

#[tokio::test(start_paused = true)]
async fn errors_of_clean_up_follow_all_others() {
    let failed = task_group!(<&str> |tg| {
        tg.defer(async { Err("clean-up 2") });
        tg.defer(async { sleep(ms(1)).await; Err("clean-up 1") });
        let cancelled = tg.cancelled();
        tg.spawn(async { cancelled.await; sleep(ms(1)).await; Err::<(), _>("later child") });
        tg.spawn_scoped(async { Err::<(), _>("child") });
        yield_now().await;
        Err::<(), _>("body")
    }, grace = 1s);
    let errors: Vec<_> = failed.await.unwrap_err().into_iter().collect();
    // The body fails in a later turn than the child, so it is dropped.
    assert_eq!(errors, ["child", "later child", "clean-up 1", "clean-up 2"]);

    let failed = task_group!(<&str> |tg| {
        tg.defer(async { Err("clean-up") });
        let cancelled = tg.cancelled();
        tg.spawn(async { cancelled.await; Err::<(), _>("child") });
        yield_now().await;
        Err::<(), _>("body")
    }, grace = 1s);
    let errors: Vec<_> = failed.await.unwrap_err().into_iter().collect();
    assert_eq!(errors, ["child", "body", "clean-up"]);
}

#[tokio::test(start_paused = true)]
async fn errors_after_a_deadline_an_until_or_a_panic_are_dropped() {
    let log = Log::default();
    let late = task_group!(<rejoin_tests::OnDrop> |tg| {
        let log = log.clone();
        tg.defer(async move { Err(log.on_drop("dropped")) });
        pending::<Result<(), _>>().await
    }, timeout = 1ms);
    assert!(late.await.is_err());
    assert_eq!(log.take(), ["dropped"]);
    let stopped = task_group!(<rejoin_tests::OnDrop> |tg| {
        let log = log.clone();
        tg.defer(async move { Err(log.on_drop("dropped")) });
        pending::<Result<(), _>>().await
    }, until = sleep(ms(1)));
    assert!(matches!(stopped.await, Err(Stopped)));
    assert_eq!(log.take(), ["dropped"]);
    let panics = task_group!(<rejoin_tests::OnDrop> |tg| -> Result<(), _> {
        let log = log.clone();
        tg.defer(async move { Err(log.on_drop("dropped")) });
        panic!("a mistake")
    });
    let Err(payload) = AssertUnwindSafe(panics).catch_unwind().await else {
        panic!("it panics")
    };
    assert_eq!(payload.downcast_ref(), Some(&"a mistake"));
    assert_eq!(log.take(), ["dropped"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_goes_before_value_and_errors_and_keeps_no_other_from_running() {
    let log = Log::default();
    let failing = task_group!(<u8> |tg| {
        tg.defer(ten(log.clone(), "1"));
        tg.defer(async { panic!("second") });
        tg.defer(async { sleep(ms(1)).await; panic!("first") });
        tg.defer(async { Err(1) });
        Err::<(), u8>(2)
    });
    let Err(payload) = AssertUnwindSafe(failing).catch_unwind().await else {
        panic!("it panics")
    };
    assert_eq!(payload.downcast_ref(), Some(&"first"));
    assert_eq!(log.take(), ["1 begins", "1 ends"]);

    // In a drop, of a future that is ready and of one that is late.
    for sleeps in [0, 5] {
        let group = task_group!(
            |tg| {
                tg.defer(ten(log.clone(), "1"));
                let in_drop = DefersOnDrop(Some(|| panic!("in a drop")));
                tg.defer(holding(in_drop, sleep(ms(sleeps))));
            },
            grace = 4ms
        );
        assert_eq!(panic_of(group).await, "in a drop");
        assert_eq!(log.take()[0], "1 begins");
    }

    // The panic of the group comes first.
    let group = task_group!(|tg| -> () {
        tg.defer(async { panic!("later") });
        panic!("earlier")
    });
    assert_eq!(panic_of(group).await, "earlier");
}

// ---- time -------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn all_clean_up_together_has_the_grace() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(
        |tg| {
            for name in ["1", "2", "3"] {
                let guard = log.on_drop(&format!("{name} dropped"));
                tg.defer(holding(guard, ten(log.clone(), name)));
            }
            // The daemon's time is its own.
            tg.spawn_daemon(pending::<()>());
        },
        grace = 15ms
    )
    .await;
    assert_eq!(
        log.take(),
        [
            "3 begins",
            "3 ends",
            "3 dropped",
            "2 begins",
            "2 dropped",
            "1 begins",
            "1 dropped"
        ]
    );
    assert_eq!(elapsed(start), 15 + 15);
}

#[tokio::test(start_paused = true)]
async fn what_is_ready_when_the_grace_ends_has_ended() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(
        |tg| {
            tg.defer(ten(log.clone(), "1"));
            tg.defer(ten(log.clone(), "2"));
        },
        grace = 20ms
    )
    .await;
    assert_eq!(log.take().len(), 4);
    assert_eq!(elapsed(start), 20);
}

#[tokio::test(start_paused = true)]
async fn with_a_grace_of_zero_each_is_polled_once() {
    let log = Log::default();
    task_group!(
        |tg| {
            tg.defer(ten(log.clone(), "1"));
            tg.defer(ten(log.clone(), "2"));
        },
        grace = 0s
    )
    .await;
    assert_eq!(log.take(), ["2 begins", "1 begins"]);
}

#[tokio::test(start_paused = true)]
async fn busy_clean_up_is_dropped_when_the_grace_ends() {
    let log = Log::default();
    let group = task_group!(
        |tg| {
            tg.defer(ten(log.clone(), "1"));
            tg.defer(busy());
        },
        grace = 3ms
    );
    let advance = async {
        tokio::time::advance(ms(3)).await;
    };
    rejoin::gather!(group, advance).await;
    assert_eq!(log.take(), ["1 begins"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_grace_it_is_awaited_without_limit() {
    let start = Instant::now();
    let group = task_group!(
        |tg| {
            tg.defer(sleep(ms(3_600_000)));
        },
        timeout = 1ms
    );
    assert!(group.await.is_ok());
    assert_eq!(elapsed(start), 3_600_000);
}

// ---- groups in groups -------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn an_inner_group_cleans_up_before_the_outer_one() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(|outer| {
        outer.defer(ten(log.clone(), "outer"));
        let own = log.clone();
        outer.spawn(task_group!(move |inner| {
            inner.defer(holding(own.on_drop("in place dropped"), pending()));
            inner.handle().defer(ten(own.clone(), "inner"));
            pending::<()>().await;
        }));
        sleep(ms(1)).await;
        outer.stop(());
    })
    .await;
    assert_eq!(
        log.take(),
        [
            "in place dropped",
            "inner begins",
            "inner ends",
            "outer begins",
            "outer ends"
        ]
    );
    assert_eq!(elapsed(start), 21);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_inner_group_cleans_up_in_the_time_of_the_outer_one() {
    let (log, start) = (Log::default(), Instant::now());
    task_group!(
        |outer| {
            outer.defer(ten(log.clone(), "outer"));
            let own = log.clone();
            outer.spawn_scoped(async {
                let inner = task_group!(
                    move |inner| {
                        inner.handle().defer(ten(own.clone(), "inner"));
                        pending::<()>().await;
                    },
                    grace = 1ms
                );
                inner.await;
            });
            sleep(ms(1)).await;
            outer.stop(());
        },
        grace = 14ms
    )
    .await;
    // All clean-up together has the time.
    assert_eq!(log.take(), ["inner begins", "inner ends", "outer begins"]);
    assert_eq!(elapsed(start), 1 + 14);

    // While the outer group is open, the time begins with the clean-up, and the outer group waits for its end only.
    let (log, start) = (Log::default(), Instant::now());
    task_group!(
        |_outer| {
            let mut inner = Box::pin(task_group!(|inner| {
                inner.handle().defer(ten(log.clone(), "late"));
                inner.handle().defer(ten(log.clone(), "inner"));
                pending::<()>().await;
            }));
            assert!(poll!(&mut inner).is_pending());
            drop(inner);
            sleep(ms(1)).await;
        },
        grace = 14ms
    )
    .await;
    assert_eq!(log.take(), ["inner begins", "inner ends", "late begins"]);
    assert_eq!(elapsed(start), 14);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_clean_up_of_a_dropped_inner_group_is_one_of_the_outer_group() {
    let log = Log::default();
    let outer = task_group!(|_outer| {
        let mut inner = Box::pin(task_group!(|inner| {
            inner.handle().defer(ten(log.clone(), "inner"));
            inner.handle().defer(async { panic!("a mistake") });
            pending::<()>().await;
        }));
        assert!(poll!(&mut inner).is_pending());
        drop(inner);
        pending::<()>().await;
    });
    assert_eq!(panic_of(outer).await, "a mistake");
    assert_eq!(log.take(), ["inner begins", "inner ends"]);
}

#[tokio::test(start_paused = true)]
async fn a_group_in_clean_up_can_have_children() {
    let mut sum = 0;
    task_group!(|tg| {
        let sum = &mut sum;
        tg.defer(async move {
            *sum = task_group!(|inner| {
                let (a, b) = (inner.spawn(async { 1 }), inner.spawn(async { 2 }));
                a.await + b.await
            })
            .await;
        });
    })
    .await;
    assert_eq!(sum, 3);
}

// ---- types ------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_group_with_clean_up_is_send() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    is_send(task_group!(<String> |tg| {
        tg.defer(async { Ok(()) });
        tg.handle().defer(async {});
        yield_now().await;
        Ok(())
    }))
    .await
    .unwrap();
}

/// Clean-up is only registered, so the value of the group may be of any type.
#[tokio::test(start_paused = true)]
async fn the_value_need_not_be_send() {
    let value = task_group!(|tg| {
        tg.defer(sleep(ms(1)));
        Rc::new(5)
    });
    assert_eq!(*value.await, 5);
}
