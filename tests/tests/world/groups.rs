//! Task groups: nothing hangs, and no task is left behind.

use std::{
    future::{Future, pending},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::mpsc,
    task::Poll,
    thread,
};

use futures::poll;
use rejoin::{Child, Task, task_group};
use rejoin_tests::{Crowd, Driver, Log, after, holding, leaf, ms, panic_of, settle};
use tokio::{
    runtime::{Builder, Runtime},
    task::yield_now,
    time::{Instant, sleep},
};

const SHUT_DOWN: &str = "this `Child` will never be ready: its runtime was shut down";
const ENDED: &str = "this `Child` has no value: its group has ended without it";
const GIVEN: &str = "this `Child` has given its value already";

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// The message of a panic that comes in one of the next few polls.
fn panic_in_polls<F: Future>(group: &mut Driver<F>) -> String {
    for _ in 0..5 {
        let Err(payload) = catch_unwind(AssertUnwindSafe(|| {
            assert!(group.poll().is_pending(), "it gave a value");
        })) else {
            continue;
        };
        return match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
        };
    }
    panic!("it hangs")
}

// ---- a runtime that was shut down -------------------------------------------------------------------------------

/// A group that is polled where a runtime was, which is so on a blocking thread that the shutdown does not wait for.
macro_rules! in_a_runtime_that_is_gone {
    ($group:expr) => {{
        let handle = runtime().handle().clone();
        let _guard = handle.enter();
        panic_in_polls(&mut Driver::new($group))
    }};
}

#[test]
fn a_group_whose_children_cannot_start_panics() {
    let all = [
        in_a_runtime_that_is_gone!(task_group!(|tg| tg.spawn(async { 1 }).await)),
        in_a_runtime_that_is_gone!(task_group!(|tg| tg.spawn(async { String::new() }).await)),
        in_a_runtime_that_is_gone!(task_group!(|tg| {
            for _ in 0..3 {
                tg.spawn(async { 1 });
            }
        })),
        in_a_runtime_that_is_gone!(task_group!(<std::io::Error> |tg| {
            Ok(tg.spawn(async { Ok(1) }).await)
        })),
        in_a_runtime_that_is_gone!(task_group!(
            |tg| {
                for _ in 0..3 {
                    tg.spawn(async { 1 });
                }
            },
            limit = 1
        )),
        in_a_runtime_that_is_gone!(task_group!(
            |tg| {
                tg.spawn(async { 1 });
                tg.spawn(async { 2 }).await
            },
            limit = 1
        )),
        in_a_runtime_that_is_gone!(task_group!(|tg| tg.spawn_blocking(|| 1).await)),
        in_a_runtime_that_is_gone!(task_group!(|tg| {
            tg.spawn_blocking(|| 1);
        })),
        in_a_runtime_that_is_gone!(task_group!(|tg| {
            tg.spawn_daemon(async {});
        })),
        in_a_runtime_that_is_gone!(task_group!(|tg| {
            tg.spawn(async {});
            tg.stop(());
        })),
        in_a_runtime_that_is_gone!(task_group!(|tg| {
            let own = tg.clone();
            tg.spawn_scoped(async move { own.spawn(async { 1 }).await })
                .await
        })),
    ];
    for message in all {
        assert_eq!(message, SHUT_DOWN);
    }
}

/// Polls a group in a runtime, and shuts that down.
fn polled_before_a_shutdown<G: Future>(group: G) -> Driver<G> {
    let runtime = runtime();
    let mut group = Driver::new(group);
    runtime.block_on(async { assert!(group.poll().is_pending()) });
    runtime.block_on(tokio::task::yield_now());
    group
}

/// A group that is polled in one runtime and, after that was shut down, in another one.
macro_rules! in_two_runtimes {
    ($group:expr) => {{
        let mut group = polled_before_a_shutdown($group);
        let other = runtime();
        let _guard = other.enter();
        panic_in_polls(&mut group)
    }};
}

#[test]
fn a_group_whose_children_were_dropped_by_a_shutdown_panics() {
    let all = [
        in_two_runtimes!(task_group!(|tg| tg.spawn(pending::<u8>()).await)),
        in_two_runtimes!(task_group!(|tg| tg.spawn(pending::<String>()).await)),
        in_two_runtimes!(task_group!(|tg| {
            tg.spawn(pending::<u8>());
        })),
        in_two_runtimes!(task_group!(|tg| {
            tg.spawn_daemon(pending::<u8>());
            tg.spawn_scoped(async {});
            pending::<()>().await;
        })),
        in_two_runtimes!(task_group!(
            |tg| {
                for _ in 0..3 {
                    tg.spawn(pending::<u8>());
                }
            },
            limit = 1
        )),
        // While they have time to end by themselves.
        in_two_runtimes!(task_group!(
            |tg| {
                tg.spawn(pending::<u8>());
                tg.stop(());
            },
            grace = 1h
        )),
    ];
    for message in all {
        assert_eq!(message, SHUT_DOWN);
    }
}

/// A task of another runtime that was shut down ends the group, although a task of its own runs on.
#[test]
fn a_group_is_woken_when_a_runtime_of_one_of_its_tasks_is_shut_down() {
    let (own, other) = (runtime(), runtime());
    let handle = other.handle().clone();
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn(pending::<()>());
        let _guard = handle.enter();
        tg.spawn(pending::<()>());
    }));
    own.block_on(async { assert!(group.poll().is_pending()) });
    other.block_on(yield_now());
    assert_eq!(group.wakes(), 0);
    drop(other);
    assert_eq!(group.wakes(), 1);
    own.block_on(async {
        assert!(group.poll().is_pending(), "its own task is aborted");
        yield_now().await;
        assert_eq!(panic_in_polls(&mut group), SHUT_DOWN);
    });
}

/// It is the inner group that panics, and not the one around it.
#[test]
fn a_group_in_a_group_whose_task_was_dropped_by_a_shutdown_panics() {
    let (own, other) = (runtime(), runtime());
    let handle = other.handle().clone();
    let mut group = Driver::new(task_group!(|_outer| {
        let inner = task_group!(|inner| {
            let _guard = handle.enter();
            inner.spawn(pending::<()>());
        });
        panic_of(inner).await
    }));
    own.block_on(async { assert!(group.poll().is_pending()) });
    other.block_on(yield_now());
    drop(other);
    own.block_on(async {
        assert_eq!(group.run(), Poll::Ready(SHUT_DOWN.to_owned()));
    });
}

#[test]
fn so_does_one_whose_child_waits_for_a_place_until_its_runtime_is_gone() {
    let (hand, scoped) = leaf();
    let mut group = polled_before_a_shutdown(task_group!(
        |tg| {
            tg.spawn_scoped(scoped);
            tg.spawn(async { 1 });
        },
        limit = 1
    ));
    let other = runtime();
    let _guard = other.enter();
    assert!(group.poll().is_pending(), "it waits still");
    hand.give(());
    assert_eq!(panic_in_polls(&mut group), SHUT_DOWN);
}

#[test]
fn a_child_of_an_open_group_whose_runtime_was_shut_down_panics_wherever_it_is_awaited() {
    let (sender, children) = mpsc::channel();
    let mut group = polled_before_a_shutdown(task_group!(|tg| {
        sender.send(tg.spawn(pending::<u8>())).unwrap();
        pending::<()>().await;
    }));
    let mut child = children.recv().unwrap();
    assert!(child.is_finished());
    runtime().block_on(async {
        assert_eq!(panic_of(&mut child).await, SHUT_DOWN);
        // The group finds out, too; then it is over.
        assert_eq!(panic_in_polls(&mut group), SHUT_DOWN);
        assert_eq!(panic_of(&mut child).await, ENDED);
        assert_eq!(child.join().await, None);
    });
}

#[test]
fn a_group_that_is_dropped_after_a_shutdown_says_nothing() {
    drop(polled_before_a_shutdown(task_group!(
        |tg| {
            tg.spawn(pending::<String>());
            tg.spawn(pending::<u8>()).await
        },
        limit = 1
    )));
}

/// Its group is not there any more: the one around it panics.
#[test]
fn so_does_one_whose_inner_group_was_dropped_while_its_tasks_were_saving() {
    let (own, other) = (runtime(), runtime());
    let saves = other.handle().clone();
    let mut group = Driver::new(task_group!(
        |_outer| {
            let mut inner = Box::pin(task_group!(|inner| {
                let _entered = saves.enter();
                inner.spawn(pending::<u8>()).await;
            }));
            assert!(poll!(&mut inner).is_pending());
            drop(inner);
            pending::<()>().await;
        },
        grace = 1h
    ));
    let _guard = own.enter();
    assert!(group.poll().is_pending());
    drop(other);
    assert_eq!(panic_in_polls(&mut group), SHUT_DOWN);
}

#[test]
fn an_error_or_a_panic_of_its_own_is_no_shutdown() {
    let failed = runtime().block_on(task_group!(<u8> |tg| {
        tg.spawn(pending::<Result<(), u8>>());
        tg.spawn(async { Err::<(), _>(7) });
        Ok(())
    }));
    assert_eq!(failed.unwrap_err().into_first(), 7);
    let message = runtime().block_on(panic_of(task_group!(|tg| {
        tg.spawn(pending::<()>());
        tg.spawn(async { panic!("its own") });
    })));
    assert_eq!(message, "its own");
}

#[tokio::test(start_paused = true)]
async fn a_child_that_is_cancelled_was_not_dropped_by_a_shutdown() {
    let value = task_group!(|tg| {
        // Before its first poll and after it; awaited and not; small outputs and others; those that have ended already.
        for settles in [false, true] {
            let numbers = [(); 3].map(|()| tg.spawn(pending::<u8>()));
            let texts = [(); 3].map(|()| tg.spawn(pending::<String>()));
            let daemon = tg.spawn_daemon(pending::<u8>());
            let ended = [tg.spawn(async { 1 })];
            if settles {
                settle().await;
            }
            for child in ended {
                assert_eq!(child.cancel().await, settles.then_some(1));
            }
            for (n, (number, text)) in numbers.into_iter().zip(texts).enumerate() {
                if n == 0 {
                    drop((number.cancel(), text.cancel()));
                } else {
                    assert_eq!((number.cancel().await, text.cancel().await), (None, None));
                }
            }
            assert_eq!(daemon.cancel().await, None);
        }
        settle().await;
        7
    });
    assert_eq!(value.await, 7);
}

#[tokio::test]
async fn a_blocking_child_that_is_cancelled_was_not_dropped_by_a_shutdown() {
    let (free, wait) = mpsc::channel::<()>();
    let value = task_group!(
        |tg| {
            tg.spawn_blocking(move || wait.recv());
            let queued = tg.spawn_blocking(|| 1);
            let next = tg.spawn(async { 2 });
            assert_eq!(queued.cancel().await, None);
            assert_eq!(next.cancel().await, None);
            free.send(()).unwrap();
            7
        },
        limit = 1
    );
    assert_eq!(value.await, 7);
}

// ---- which runtime ----------------------------------------------------------------------------------------------

#[test]
fn a_child_runs_in_the_runtime_that_is_current_where_it_is_spawned() {
    fn named(name: &str) -> Runtime {
        (Builder::new_multi_thread().worker_threads(1))
            .thread_name(name)
            .build()
            .unwrap()
    }
    fn place() -> String {
        thread::current().name().unwrap().to_owned()
    }
    for limit in [1, 100] {
        let (first, second) = (named("first"), named("second"));
        let other = second.handle().clone();
        let names = first.block_on(task_group!(
            |tg| {
                let mut children = vec![];
                for _ in 0..2 {
                    children.push(tg.spawn(async { place() }));
                    children.push(tg.spawn_blocking(place));
                    let _entered = other.enter();
                    children.push(tg.spawn(async { place() }));
                    children.push(tg.spawn_blocking(place));
                    children.push(tg.spawn_daemon(async { place() }));
                    let handle = tg.handle();
                    // A thread that is in none: where the group was polled first.
                    let thread = thread::spawn(move || handle.spawn(async { place() }));
                    children.push(thread.join().unwrap());
                }
                let mut names = vec![];
                for child in children {
                    names.push(child.await);
                }
                names
            },
            limit = limit
        ));
        let once = ["first", "first", "second", "second", "second", "first"];
        assert_eq!(names, [once, once].concat());
    }
}

// ---- a `Child` that can give nothing ----------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_child_of_a_group_that_failed_is_awaited_afterwards() {
    let (sender, children) = mpsc::channel::<Child<u8>>();
    let failed = task_group!(<&str> |tg| {
        let send = |child| sender.send(child).unwrap();
        send(tg.spawn(async { Err("bad") }));
        send(tg.spawn(pending::<Result<u8, &str>>()));
        send(tg.spawn_scoped(pending::<Result<u8, &str>>()));
        send(tg.spawn_daemon(pending::<Result<u8, &str>>()));
        let late = tg.handle();
        tg.spawn(async move {
            late.cancelled().await;
            sender.send(late.spawn(async { Ok(1) })).unwrap();
            Ok(())
        });
        Ok(())
    }, grace = 10ms)
    .await;
    assert_eq!(failed.unwrap_err().into_first(), "bad");
    let mut seen = 0;
    for mut child in children {
        assert!(child.is_finished());
        for _ in 0..2 {
            assert_eq!(panic_of(&mut child).await, ENDED);
        }
        assert_eq!(child.join().await, None);
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[tokio::test(start_paused = true)]
async fn a_child_of_a_group_that_was_dropped_or_never_ran_out_of_children_is_awaited_afterwards() {
    let mut kept = vec![];
    let mut group = Box::pin(task_group!(
        |tg| {
            // One runs, one waits for a place.
            kept.push(tg.spawn(pending::<u8>()));
            kept.push(tg.spawn(pending::<u8>()));
            pending::<()>().await;
        },
        limit = 1
    ));
    assert!(poll!(&mut group).is_pending());
    settle().await;
    drop(group);
    for child in kept {
        // The task is gone after its next await.
        let waits = tokio::time::timeout(ms(10), panic_of(child));
        assert_eq!(waits.await.unwrap(), ENDED);
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_that_is_awaited_while_its_group_is_ending_is_told_when_that_is_over() {
    let (start, log) = (Instant::now(), Log::default());
    for text in [false, true] {
        let begun = Instant::now();
        let mut joins = vec![];
        task_group!(
            |tg| {
                macro_rules! wait_for {
                    ($child:expr) => {{
                        let (child, log) = ($child, log.clone());
                        tokio::spawn(async move {
                            let message = panic_of(child).await;
                            log.add(&format!("{message} at {:?}", begun.elapsed()));
                        })
                    }};
                }
                if text {
                    joins.push(wait_for!(tg.spawn(pending::<String>())));
                    let (gone, stays) = (tg.spawn(pending::<String>()), tg.handle());
                    joins.push(wait_for!(gone));
                    tg.spawn(async move {
                        stays.cancelled().await;
                        let refused = stays.spawn(pending::<String>());
                        assert_eq!(refused.join().await, None);
                        sleep(ms(30)).await;
                    });
                } else {
                    joins.push(wait_for!(tg.spawn(pending::<u8>())));
                    let stays = tg.handle();
                    tg.spawn(async move {
                        stays.cancelled().await;
                        sleep(ms(30)).await;
                    });
                }
                sleep(ms(10)).await;
                tg.stop(());
            },
            grace = 50ms
        )
        .await;
        assert_eq!(begun.elapsed(), ms(60));
        let wanted = vec![format!("{ENDED} at 60ms"); joins.len()];
        for join in joins {
            tokio::time::timeout(ms(100), join).await.unwrap().unwrap();
        }
        assert_eq!(log.take(), wanted);
    }
    assert_eq!(start.elapsed(), ms(120));
}

#[tokio::test(start_paused = true)]
async fn so_is_a_child_that_is_gone_before() {
    let start = Instant::now();
    for small in [false, true] {
        let begun = start.elapsed();
        let mut waits = None;
        let failed = task_group!(<u8> |tg| {
            tg.spawn(pending::<Result<(), u8>>());
            waits = Some(if small {
                tokio::spawn(panic_of(tg.spawn(after(10, Err::<u8, u8>(1)))))
            } else {
                tokio::spawn(panic_of(tg.spawn(after(10, Err::<String, u8>(1)))))
            });
            Ok(())
        }, grace = 50ms)
        .await;
        assert_eq!(failed.unwrap_err().into_first(), 1);
        assert_eq!(start.elapsed(), begun + ms(60));
        let message = tokio::time::timeout(ms(10), waits.unwrap()).await;
        assert_eq!(message.expect("it is woken").unwrap(), ENDED);
        assert_eq!(start.elapsed(), begun + ms(60));
    }
}

/// The body must not make a panic of an error that it meets in the same poll.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_still_polled_when_all_children_are_gone_gets_no_panic() {
    let (sender, children) = mpsc::channel();
    let mut group = Driver::new(task_group!(<u8> |tg| {
        let child = tg.spawn(async { Err::<u8, u8>(7) });
        while !child.is_finished() {
            thread::yield_now();
        }
        assert!(tg.is_cancelled());
        let mut child = child;
        assert!(poll!(&mut child).is_pending());
        sender.send(child).unwrap();
        pending().await
    }));
    let failed: Poll<Result<(), _>> = group.poll();
    assert!(matches!(failed, Poll::Ready(Err(_))));
    // One that was polled is woken when the body is gone.
    let (sender, outside) = mpsc::channel();
    let mut group = Driver::new(task_group!(<u8> |tg| {
        let child = tg.spawn(async { Err::<u8, u8>(7) });
        while !child.is_finished() {
            thread::yield_now();
        }
        let mut child = Driver::new(child);
        assert!(child.poll().is_pending());
        sender.send(child).unwrap();
        Ok(())
    }));
    assert!(group.poll().is_ready());
    let mut child = outside.recv().unwrap();
    assert_eq!(child.wakes(), 1);
    assert_eq!(panic_in_polls(&mut child), ENDED);
    assert_eq!(panic_of(children.recv().unwrap()).await, ENDED);
}

#[tokio::test(start_paused = true)]
async fn join_waits_for_its_own_task_while_the_group_is_ending() {
    let (start, log) = (Instant::now(), Log::default());
    let mut joins = vec![];
    let message = panic_of(task_group!(
        |tg| {
            macro_rules! join {
                ($child:expr, $name:literal) => {{
                    let (child, log) = ($child, log.clone());
                    joins.push(tokio::spawn(async move {
                        let value = child.join().await;
                        log.add(&format!("{}: {value:?} at {:?}", $name, start.elapsed()));
                    }));
                }};
            }
            let told = tg.handle();
            let last_words = |delay| {
                let told = told.clone();
                async move {
                    told.cancelled().await;
                    sleep(ms(delay)).await;
                }
            };
            let slow = last_words(30);
            join!(tg.spawn(slow), "slow");
            let slow = holding(String::from("a cell"), last_words(20));
            join!(
                tg.spawn(async {
                    slow.await;
                    String::from("text")
                }),
                "text"
            );
            join!(tg.spawn(pending::<u8>()), "aborted");
            join!(tg.spawn_scoped(pending::<()>()), "scoped");
            join!(tg.spawn(async { 1 }), "done");
            join!(
                tg.spawn(async {
                    sleep(ms(10)).await;
                    panic!("of a child")
                }),
                "panicked"
            );
        },
        grace = 50ms
    ))
    .await;
    assert_eq!((&*message, start.elapsed()), ("of a child", ms(60)));
    for join in joins {
        join.await.unwrap();
    }
    assert_eq!(
        log.take(),
        [
            "done: Some(1) at 0ns",
            "panicked: None at 10ms",
            "scoped: None at 10ms",
            "text: Some(\"text\") at 30ms",
            "slow: Some(()) at 40ms",
            "aborted: None at 60ms",
        ]
    );
}

// ---- a value that was given already -----------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_child_that_has_given_its_value_has_none_left() {
    task_group!(|tg| {
        macro_rules! check {
            ($child:expr, $value:expr) => {
                for what in ["await", "cancel", "join"] {
                    let mut child = $child;
                    assert_eq!((&mut child).await, $value);
                    assert!(child.is_finished());
                    match what {
                        "await" => assert_eq!(panic_of(child).await, GIVEN),
                        "cancel" => assert_eq!(child.cancel().await, None),
                        _ => assert_eq!(panic_of(child.join()).await, GIVEN),
                    }
                }
            };
        }
        check!(tg.spawn(async { 1 }), 1);
        check!(tg.spawn(async { String::from("a") }), "a");
        check!(tg.spawn_scoped(async { 1 }), 1);
        check!(tg.spawn_daemon(after(1, 1)), 1);
        check!(tg.spawn_blocking(|| 1), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_has_given_its_value_has_none_left() {
    const GIVEN: &str = "this `Task` has given its value already";
    async fn take(task: &mut Task<u8>) {
        assert_eq!(task.await, 1);
    }
    let mut tasks = [1, 2, 3].map(|_| rejoin::spawn(async { 1 }));
    for task in &mut tasks {
        take(task).await;
    }
    let [cancelled, awaited, joined] = tasks;
    assert_eq!(cancelled.cancel().await, None);
    assert_eq!(panic_of(awaited).await, GIVEN);
    assert_eq!(panic_of(joined.join()).await, GIVEN);
}

// ---- groups in groups -------------------------------------------------------------------------------------------

/// Its own `grace` of a second held the end up, and it was not told.
#[tokio::test(start_paused = true)]
async fn a_graceful_shutdown_reaches_the_children_of_an_inner_group() {
    let (start, log, crowd) = (Instant::now(), Log::default(), Crowd::default());
    let (own, guest) = (log.clone(), crowd.enter());
    task_group!(
        |outer| {
            outer.spawn(task_group!(
                move |inner| {
                    let told = inner.handle();
                    inner.spawn(async move {
                        told.cancelled().await;
                        own.add(&format!("told at {:?}", start.elapsed()));
                        sleep(ms(10)).await;
                        own.add(&format!("saved at {:?}", start.elapsed()));
                    });
                    inner.spawn(holding(guest, pending::<()>()));
                },
                grace = 1s
            ));
            sleep(ms(20)).await;
            outer.stop(());
            pending::<()>().await;
        },
        grace = 100ms
    )
    .await;
    assert_eq!(log.take(), ["told at 20ms", "saved at 30ms"]);
    assert_eq!((start.elapsed(), crowd.now()), (ms(120), 0));
}

/// A number that looks random, and is the same each time.
const fn scramble(n: usize) -> usize {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 17
}

/// A tree of groups, whose children come and go as the number says.
fn tree(crowd: &Crowd, seed: usize, depth: usize) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let crowd = crowd.clone();
    let limit = [usize::MAX, 2][seed % 2];
    Box::pin(task_group!(
        move |tg| {
            for n in 0..4 {
                let (guest, n) = (crowd.enter(), scramble(seed * 4 + n));
                let inner = tree_below(&crowd, n, depth);
                let work = holding(guest, async move {
                    match n % 7 {
                        0 => pending().await,
                        1 => {
                            let mut inner = inner;
                            for _ in 0..n % 5 {
                                if poll!(&mut inner).is_ready() {
                                    return;
                                }
                                yield_now().await;
                            }
                        }
                        _ => inner.await,
                    }
                });
                match n % 5 {
                    0 => drop(tg.spawn_scoped(work)),
                    1 => drop(tg.spawn_daemon(work)),
                    2 => drop(tg.spawn(work).cancel()),
                    _ => drop(tg.spawn(work)),
                }
                if n % 11 == 0 {
                    let guest = crowd.enter();
                    tg.spawn_blocking(move || drop(guest));
                }
                if n % 3 == 0 {
                    yield_now().await;
                }
            }
        },
        limit = limit
    ))
}

fn tree_below(
    crowd: &Crowd,
    seed: usize,
    depth: usize,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    if depth == 0 {
        Box::pin(yield_now())
    } else {
        tree(crowd, seed, depth - 1)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_task_of_an_inner_group_outlives_the_outer_one_on_threads() {
    for round in 0..400 {
        let crowd = Crowd::default();
        let own = crowd.clone();
        let value = task_group!(<usize> move |outer| {
            for n in 0..3 {
                let inner = tree(&own, round * 3 + n, 2);
                outer.spawn(async {
                    inner.await;
                    Ok(())
                });
            }
            for _ in 0..round % 9 {
                yield_now().await;
            }
            match round % 4 {
                0 => Err(round),
                1 => {
                    outer.stop(round);
                    pending().await
                }
                _ => {
                    let stops = outer.handle();
                    outer.spawn(async move {
                        yield_now().await;
                        stops.stop(round);
                        Ok(())
                    });
                    tree(&own, round, 2).await;
                    Ok(round)
                }
            }
        });
        let value = match value.await {
            Ok(value) => value,
            Err(failures) => failures.into_first(),
        };
        assert_eq!((value, crowd.now()), (round, 0));
    }
}

// ---- nobody is starved ------------------------------------------------------------------------------------------

/// Always has something to do: it spends the runtime's budget.
async fn busy() {
    loop {
        tokio::task::consume_budget().await;
    }
}

/// The same, and waits after each unit of it.
async fn polite() {
    loop {
        tokio::task::consume_budget().await;
        yield_now().await;
    }
}

/// Always wakes itself.
async fn restless() {
    std::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })
    .await;
}

/// A message that is there, and needs budget to be received.
async fn message() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    sender.send(()).unwrap();
    receiver.await.unwrap();
}

/// Whether a group ends in a few turns for each of its children.
async fn ends_soon(children: usize, group: impl Future) -> bool {
    let (mut group, mut turns) = (std::pin::pin!(group), 0);
    std::future::poll_fn(|cx| {
        turns += 1;
        if turns > 20 + 2 * children {
            return Poll::Ready(false);
        }
        group.as_mut().poll(cx).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn a_busy_body_starves_no_child_and_a_busy_child_neither_body_nor_siblings() {
    /// One that is always at it.
    type Hog = fn() -> Pin<Box<dyn Future<Output = ()> + Send>>;
    let hogs: [(&str, Hog); 3] = [
        ("busy", || Box::pin(busy())),
        ("polite", || Box::pin(polite())),
        ("restless", || Box::pin(restless())),
    ];
    for (name, hog) in hogs {
        for count in [1, 127, 128, 200, 600] {
            for limit in [usize::MAX, 700] {
                // The last of all children.
                let last = task_group!(
                    |tg| {
                        for _ in 0..count {
                            tg.spawn_scoped(hog());
                        }
                        let stops = tg.clone();
                        tg.spawn_scoped(async move {
                            message().await;
                            stops.stop(());
                        });
                        pending::<()>().await;
                    },
                    limit = limit
                );
                assert!(
                    ends_soon(count, last).await,
                    "{count} {name}, {limit}: last"
                );
                // The body, before and behind them.
                let body = task_group!(
                    |tg| {
                        for _ in 0..count {
                            tg.spawn_scoped(hog());
                        }
                        message().await;
                        message().await;
                        tg.stop(());
                    },
                    limit = limit
                );
                assert!(
                    ends_soon(count, body).await,
                    "{count} {name}, {limit}: body"
                );
            }
        }
        let child = task_group!(|tg| {
            let stops = tg.clone();
            tg.spawn_scoped(async move {
                message().await;
                yield_now().await;
                stops.stop(());
            });
            hog().await;
        });
        assert!(ends_soon(1, child).await, "{name} body");
        // A child that waits for a place, beside a body that is busy.
        let queued = task_group!(
            |tg| {
                let stops = tg.clone();
                tg.spawn_scoped(yield_now());
                tg.spawn(yield_now());
                tg.spawn_scoped(async move {
                    message().await;
                    stops.stop(());
                });
                hog().await;
            },
            limit = 1
        );
        assert!(ends_soon(3, queued).await, "{name} body, a queue");
    }
}
