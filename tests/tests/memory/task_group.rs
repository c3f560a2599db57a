//! What a group keeps while its children come and go: nothing of those that have gone.

use std::future::Future;

use rejoin::task_group;
use rejoin_tests::{
    Crowd,
    memory::{Flat, Memory},
};
use tokio::task::yield_now;

/// The bytes that the current thread has asked for and not given back.
fn in_use() -> isize {
    Memory::now().in_use.bytes
}

const CHILDREN: usize = 1_000_000;
/// What may come and go beside the children: room that vectors keep, and the runtime's own.
const SLACK: isize = 64 * 1024;

/// The first few thousand children fill what is used again later.
const fn flat() -> Flat {
    Flat::new(10_000, SLACK)
}

/// Runs it on a runtime of its own, on this thread.
fn run(group: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(group);
}

#[test]
fn a_million_tasks_with_a_limit_stay_flat() {
    let (mut flat, crowd) = (flat(), Crowd::default());
    run(task_group!(
        |tg| {
            for n in 0..CHILDREN {
                tg.ready().await;
                let guest = crowd.enter();
                tg.spawn(async move {
                    yield_now().await;
                    drop(guest);
                });
                flat.check(n);
            }
        },
        limit = 100
    ));
    assert_eq!((crowd.ever(), crowd.now()), (CHILDREN, 0));
    assert_eq!(crowd.most(), 100);
}

#[test]
fn a_million_scoped_children_with_a_limit_stay_flat() {
    let (mut flat, crowd) = (flat(), Crowd::default());
    run(task_group!(
        |tg| {
            for n in 0..CHILDREN {
                tg.ready().await;
                let guest = crowd.enter();
                tg.spawn_scoped(async move {
                    yield_now().await;
                    drop(guest);
                });
                flat.check(n);
            }
        },
        limit = 100
    ));
    assert_eq!((crowd.ever(), crowd.now()), (CHILDREN, 0));
    assert_eq!(crowd.most(), 100);
}

#[test]
fn a_million_tasks_one_after_another_leave_nothing_behind() {
    let mut flat = flat();
    run(task_group!(|tg| {
        // One that stays all the time.
        tg.spawn_daemon(std::future::pending::<()>());
        for n in 0..CHILDREN {
            assert_eq!(tg.spawn(async move { n }).await, n);
            flat.check(n);
        }
    }));
}

#[test]
fn tasks_that_have_waited_leave_nothing_behind() {
    let mut flat = flat();
    run(task_group!(|tg| {
        for n in 0..CHILDREN / 5 {
            tg.spawn(yield_now()).await;
            flat.check(n);
        }
    }));
}

#[test]
fn a_million_scoped_children_one_after_another_leave_nothing_behind() {
    let mut flat = flat();
    run(task_group!(|tg| {
        let (hand, stays) = rejoin_tests::leaf();
        tg.spawn_scoped(stays);
        for n in 0..CHILDREN {
            assert_eq!(tg.spawn_scoped(async move { n }).await, n);
            flat.check(n);
        }
        hand.give(());
    }));
}

/// A task that had ended when it was cancelled is forgotten later.
#[test]
fn tasks_that_are_cancelled_after_their_end_leave_nothing_behind() {
    let mut flat = Flat::new(2_000, 4_096);
    run(task_group!(|tg| {
        for n in 0..20_000 {
            let child = tg.spawn(async move { n });
            yield_now().await;
            assert!(child.is_finished());
            drop(child.cancel());
            flat.check(n);
        }
    }));
}

/// A child that is pending registers once how it can be cancelled.
#[test]
fn children_that_are_polled_often_take_no_more_memory() {
    let (hands, children) = rejoin_tests::leaves::<()>(2);
    let mut children = children.into_iter();
    let mut next = || children.next().expect("there are two");
    let (mut flat, scoped) = (Flat::new(1_000, 1_024), next());
    let task = next();
    run(async {
        let mut group = rejoin_tests::Driver::new(task_group!(|tg| {
            tg.spawn_scoped(scoped);
            let _held = tg.spawn(task);
            std::future::pending::<()>().await;
        }));
        for n in 0..20_000 {
            assert!(group.poll().is_pending());
            yield_now().await;
            flat.check(n);
            for hand in &hands {
                assert_eq!(hand.polls(), n + 1);
                hand.wake();
            }
        }
    });
}

#[test]
fn children_that_nobody_holds_leave_nothing_behind() {
    let mut flat = flat();
    let group = task_group!(<String> |tg| {
        for n in 0..100_000 {
            drop(tg.spawn(async { Ok([0_u8; 1000]) }));
            drop(tg.spawn_scoped(async { Ok([0_u8; 1000]) }));
            if n % 10 == 0 {
                yield_now().await;
            }
            flat.check(n);
        }
        Ok(())
    });
    run(async { group.await.unwrap() });
}

#[test]
fn a_child_that_is_held_keeps_its_output_only() {
    const HELD: isize = 1_000;
    run(task_group!(|tg| {
        let mut children = vec![];
        let before = in_use();
        for n in 0..HELD {
            let child = tg.spawn(async move {
                let room = std::hint::black_box([n; 150]);
                yield_now().await;
                room[7]
            });
            children.push(child);
            yield_now().await;
            yield_now().await;
        }
        assert!(children.iter().all(rejoin::Child::is_finished));
        let each = (in_use() - before) / HELD;
        assert!(each < 800, "{each} bytes");
    }));
}

#[test]
fn cancelled_children_and_those_who_gave_up_waiting_leave_nothing_behind() {
    let mut flat = flat();
    run(task_group!(
        |tg| {
            tg.spawn(std::future::pending::<()>());
            for n in 0..100_000 {
                // Of a queue in which nobody's turn ever comes.
                let (task, scoped) = (tg.spawn(async {}), tg.spawn_scoped(async {}));
                assert!(futures::poll!(Box::pin(tg.ready())).is_pending());
                assert!(futures::poll!(Box::pin(tg.cancelled())).is_pending());
                if n % 2 == 0 {
                    task.cancel().await;
                    scoped.cancel().await;
                } else {
                    scoped.cancel().await;
                    task.cancel().await;
                }
                flat.check(n);
            }
            tg.stop(());
        },
        limit = 1
    ));
}

#[test]
fn cancelled_tasks_leave_nothing_behind() {
    let mut flat = flat();
    run(task_group!(|tg| {
        for n in 0..100_000 {
            // One has ended, two have not.
            let ended = tg.spawn(async { 1_u8 });
            yield_now().await;
            drop(ended.cancel());
            drop(tg.spawn(std::future::pending::<u8>()).cancel());
            tg.spawn(std::future::pending::<String>()).cancel().await;
            flat.check(n);
        }
    }));
}

#[test]
fn inner_groups_that_have_ended_leave_nothing_behind() {
    let mut flat = flat();
    run(task_group!(|outer| {
        for n in 0..30_000 {
            let inner = task_group!(|inner| {
                inner.spawn(yield_now());
                inner.spawn_scoped(async {}).await;
            });
            match n % 3 {
                0 => inner.await,
                1 => outer.spawn(inner).await,
                _ => outer.spawn_scoped(inner).await,
            }
            flat.check(n);
        }
    }));
}

#[test]
fn inner_groups_that_were_dropped_leave_nothing_behind() {
    let mut flat = flat();
    run(async {
        // Tasks are aborted, or have an hour and do not take it.
        for grace in [0, 3600] {
            task_group!(
                |_outer| {
                    for n in 0..15_000 {
                        let mut inner = Box::pin(task_group!(|inner| {
                            let told = inner.handle();
                            inner.spawn(async move { told.cancelled().await });
                            std::future::pending::<()>().await;
                        }));
                        assert!(futures::poll!(&mut inner).is_pending());
                        yield_now().await;
                        drop(inner);
                        yield_now().await;
                        yield_now().await;
                        flat.check(n);
                    }
                },
                grace = std::time::Duration::from_secs(grace)
            )
            .await;
        }
    });
}

#[test]
fn a_group_gives_everything_back() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let round = || {
        runtime.block_on(async {
            let names = vec![String::from("a"); 100];
            task_group!(
                |tg| {
                    for name in &names {
                        let own = tg.clone();
                        tg.spawn_scoped(async move {
                            own.spawn(async {});
                            name.len()
                        });
                        tg.spawn_daemon(std::future::pending::<()>());
                        let own = tg.clone();
                        tg.spawn_scoped(async move {
                            own.cancelled().await;
                        });
                    }
                    yield_now().await;
                    tg.stop(());
                },
                limit = 10
            )
            .await;
            let dropped = task_group!(|tg| {
                let own = tg.clone();
                tg.spawn_scoped(async move { own.cancelled().await });
            });
            drop(dropped);
        });
    };
    round();
    let before = in_use();
    for _ in 0..100 {
        round();
    }
    assert_eq!(in_use() - before, 0);
}
