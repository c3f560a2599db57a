//! Panics of a group's body and children: everything is joined, then the first goes on; none is swallowed, none aborts.

use std::{
    future::pending,
    panic::{panic_any, resume_unwind},
};

use rejoin::{Failing, GroupHandle, task_group};
use rejoin_tests::{Crowd, Log, after, holding, ms, panic_of, payload_of};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

use super::shared::Bomb;

/// The payload of a panic that is no message.
#[derive(Debug, PartialEq)]
struct Payload(&'static str);

// ---- whose panic ------------------------------------------------------------------------------------------------

/// A child, or the body, that panics after ten milliseconds.
async fn panics_later(name: &'static str) {
    sleep(ms(10)).await;
    panic_any(Payload(name));
}

#[tokio::test(start_paused = true)]
async fn every_ones_panic_goes_on_from_the_group_with_its_payload() {
    for name in ["body", "scoped", "task", "daemon", "child of a child"] {
        let start = Instant::now();
        let payload = payload_of(task_group!(|tg| {
            match name {
                "body" => panics_later(name).await,
                "scoped" => drop(tg.spawn_scoped(panics_later(name))),
                "task" => drop(tg.spawn(panics_later(name))),
                "daemon" => drop(tg.spawn_daemon(panics_later(name))),
                _ => {
                    let own = tg.clone();
                    tg.spawn_scoped(async move {
                        own.spawn_scoped(panics_later(name));
                    });
                }
            }
            sleep(ms(30)).await;
        }))
        .await;
        assert_eq!(*payload.downcast::<Payload>().unwrap(), Payload(name));
        assert_eq!(start.elapsed(), ms(10), "{name}");
    }
}

#[tokio::test]
async fn a_panic_of_a_blocking_child_goes_on_too() {
    let payload = payload_of(task_group!(|tg| {
        tg.spawn_blocking(|| panic_any(Payload("blocking")));
        pending::<()>().await;
    }))
    .await;
    assert_eq!(*payload.downcast::<Payload>().unwrap(), Payload("blocking"));
}

#[tokio::test(start_paused = true)]
async fn a_panic_at_the_first_poll_goes_on_too() {
    assert_eq!(panic_of(task_group!(|_| panic!("body"))).await, "body");
    let message = panic_of(task_group!(|tg| {
        tg.spawn_scoped(async { panic!("scoped") });
    }));
    assert_eq!(message.await, "scoped");
    let message = panic_of(task_group!(|tg| {
        tg.spawn(async { panic!("task") });
    }));
    assert_eq!(message.await, "task");
}

#[tokio::test(start_paused = true)]
async fn in_a_failing_group_too() {
    let message = panic_of(task_group!(<u8> |tg| {
        tg.spawn(async {
            Err(7)?;
            Ok(())
        });
        tg.spawn(async { panic!("task") });
        Ok(())
    }, grace = 1s));
    assert_eq!(message.await, "task", "though there was an error before");
}

#[tokio::test(start_paused = true)]
async fn a_child_that_panicked_has_no_value() {
    let mut kept = None;
    let message = panic_of(task_group!(|tg| {
        kept = Some(tg.spawn(panics_with_text()));
        pending::<()>().await;
    }))
    .await;
    assert_eq!(message, "inner");
    let mut child = kept.unwrap();
    assert!(child.is_finished());
    assert!(panic_of(&mut child).await.contains("has no value"));
    let gone: Option<()> = child.cancel().await;
    assert_eq!(gone, None);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_an_inner_group_is_one_of_its_child() {
    let (crowd, start) = (Crowd::default(), Instant::now());
    let message = panic_of(task_group!(|outer| {
        outer.spawn(holding(crowd.enter(), sleep(ms(100))));
        outer.spawn(holding(
            crowd.enter(),
            task_group!(|inner| {
                inner.spawn(panics_with_text());
                pending::<()>().await;
            }),
        ));
    }))
    .await;
    assert_eq!(
        (&*message, crowd.now(), start.elapsed()),
        ("inner", 0, ms(10))
    );
}

async fn panics_with_text() {
    sleep(ms(10)).await;
    panic!("inner");
}

// ---- everything else first --------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn everything_is_joined_before_the_panic_goes_on() {
    let log = Log::default();
    let message = panic_of(task_group!(
        |tg| {
            tg.spawn(holding(log.on_drop("task"), sleep(ms(100))));
            tg.spawn_scoped(holding(log.on_drop("scoped"), sleep(ms(100))));
            tg.spawn_daemon(holding(log.on_drop("daemon"), sleep(ms(100))));
            let _body = log.on_drop("body");
            tg.spawn(async {
                sleep(ms(10)).await;
                panic!("first");
            });
            sleep(ms(100)).await;
        },
        grace = 20ms
    ))
    .await;
    assert_eq!(message, "first");
    let mut seen = log.take();
    seen.sort();
    assert_eq!(seen, ["body", "daemon", "scoped", "task"]);
}

#[tokio::test(start_paused = true)]
async fn children_and_body_are_not_polled_again() {
    let log = Log::default();
    let message = panic_of(task_group!(|tg| {
        tg.spawn_scoped(async {
            sleep(ms(10)).await;
            panic!("first");
        });
        let _rest = [sleep(ms(11)), sleep(ms(12))].map(|sleep| {
            let log = &log;
            tg.spawn_scoped(async move {
                sleep.await;
                log.add("polled");
            })
        });
        sleep(ms(11)).await;
        log.add("polled");
    }))
    .await;
    assert_eq!((message, log.take()), ("first".to_owned(), vec![]));
}

// ---- several ----------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn of_two_panics_the_first_goes_on() {
    let crowd = Crowd::default();
    // One poll: in the order of spawning.
    let message = panic_of(task_group!(|tg| {
        for name in ["first", "second", "third"] {
            tg.spawn_scoped(holding(crowd.enter(), async move {
                yield_now().await;
                panic!("{name}");
            }));
        }
    }));
    assert_eq!(message.await, "first");
    // Under grace.
    let message = panic_of(task_group!(
        |tg| {
            for (delay, name) in [(30, "third"), (20, "second")] {
                let handle = tg.handle();
                tg.spawn(holding(crowd.enter(), async move {
                    handle.cancelled().await;
                    sleep(ms(delay)).await;
                    panic!("{name}");
                }));
            }
            tg.spawn(holding(crowd.enter(), async {
                sleep(ms(10)).await;
                panic!("first");
            }));
        },
        grace = 1h
    ));
    assert_eq!(message.await, "first");
    assert_eq!(crowd.now(), 0);
}

#[tokio::test(start_paused = true)]
async fn of_the_body_s_panic_and_a_drop_s_the_body_s_goes_on() {
    let log = Log::default();
    let message = panic_of(task_group!(|tg| {
        for name in ["a", "b"] {
            tg.spawn_scoped(holding(Bomb::logged(&log, name), pending::<()>()));
            tg.spawn(holding(Bomb::logged(&log, name), pending::<()>()));
        }
        sleep(ms(1)).await;
        panic!("body");
    }));
    assert_eq!(message.await, "body");
    let mut seen = log.take();
    seen.sort();
    assert_eq!(seen, ["a", "a", "b", "b"], "every drop was tried");
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_panics_when_it_is_dropped_is_no_harm() {
    let message = panic_of(task_group!(|tg| {
        tg.spawn_scoped(async { panic!("first") });
        tg.spawn_scoped(async { panic_any(Bomb::new("payload")) });
    }));
    assert_eq!(message.await, "first");
}

// ---- precedence -------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_panic_goes_before_an_error_whichever_came_first() {
    for panics_first in [false, true] {
        let message = panic_of(task_group!(<&str> |tg| {
            for n in [0, 1] {
                tg.spawn_scoped(async move {
                    yield_now().await;
                    assert!(panics_first == (n == 1), "panic");
                    Err::<(), _>("error")
                });
            }
            Ok(())
        }));
        assert_eq!(message.await, "panic");
        // Long after the other.
        let message = panic_of(task_group!(<&'static str> |tg| {
            let handle: GroupHandle<(), Failing<&'static str>> = tg.handle();
            tg.spawn(async move {
                handle.cancelled().await;
                sleep(ms(10)).await;
                assert!(panics_first, "panic");
                Err::<(), _>("error")
            });
            assert!(!panics_first, "panic");
            Err::<(), _>("error")
        }, grace = 1s));
        assert_eq!(message.await, "panic");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_goes_before_a_stop_and_the_deadline() {
    for stops in [false, true] {
        let start = Instant::now();
        let message = panic_of(task_group!(
            |tg| {
                let handle = tg.handle();
                tg.spawn(async move {
                    handle.cancelled().await;
                    sleep(ms(10)).await;
                    panic!("after it");
                });
                if stops {
                    sleep(ms(5)).await;
                    tg.stop(1);
                }
                after(100, 2).await
            },
            timeout = 5ms,
            grace = 1s
        ));
        assert_eq!(message.await, "after it");
        assert_eq!(start.elapsed(), ms(15));
    }
}

#[tokio::test(start_paused = true)]
async fn polled_again_after_a_panic_it_panics() {
    let mut group = Box::pin(task_group!(|_| panic!("body")));
    assert_eq!(panic_of(&mut group).await, "body");
    assert!(panic_of(group).await.contains("polled after it was ready"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_a_task_on_another_thread_comes_out_here() {
    for _ in 0..100 {
        let payload = payload_of(task_group!(|tg| {
            tg.spawn(async { resume_unwind(Box::new(Payload("task"))) });
            tg.spawn(async { resume_unwind(Box::new(Payload("task"))) });
            pending::<()>().await;
        }));
        assert_eq!(
            *payload.await.downcast::<Payload>().unwrap(),
            Payload("task")
        );
    }
}
