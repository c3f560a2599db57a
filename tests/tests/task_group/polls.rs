//! Which children a group polls, when, and how it leaves the runtime its turn.

use std::{
    future::{Future, pending, poll_fn},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use rejoin::{TaskGroup, task_group};
use rejoin_tests::{Driver, Hand, Log, holding, leaf, leaves, ms};
use tokio::{
    task::{coop::consume_budget, yield_now},
    time::sleep,
};

fn total<T>(hands: &[Hand<T>]) -> usize {
    hands.iter().map(Hand::polls).sum()
}

#[tokio::test]
async fn body_and_children_are_polled_once_at_first_and_then_once_a_wake() {
    let (hands, children) = leaves::<()>(100);
    let (hand, body) = leaf::<u8>();
    let mut group = Driver::new(task_group!(|tg| {
        for child in children {
            tg.spawn_scoped(child);
        }
        body.await
    }));
    for _ in 0..3 {
        assert!(group.poll().is_pending());
        assert_eq!((total(&hands), hand.polls()), (100, 1));
    }
    assert_eq!(group.wakes(), 0);
    for _ in 0..3 {
        hands[7].wake();
        hands[70].wake();
        hands[70].wake();
    }
    assert_eq!(group.wakes(), 1, "one wake of the parent is enough");
    assert!(group.poll().is_pending());
    assert_eq!(
        (hands[7].polls(), hands[70].polls()),
        (2, 2),
        "many wakes cost one poll"
    );
    assert_eq!((total(&hands), hand.polls()), (102, 1));
    hand.wake();
    assert!(group.poll().is_pending());
    assert_eq!((total(&hands), hand.polls()), (102, 2));
    for (n, hand) in hands.iter().enumerate().rev() {
        hand.give(());
        assert!(group.poll().is_pending(), "{n}");
        assert!(hand.is_dropped());
    }
    assert_eq!((total(&hands), hand.polls()), (202, 2));
    hand.give(5);
    assert_eq!(group.poll(), Poll::Ready(5));
    assert_eq!(hand.polls(), 3);
}

#[tokio::test]
async fn the_last_child_ends_the_group_in_the_poll_in_which_it_is_done() {
    let (hand, child) = leaf::<()>();
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn_scoped(child);
        5
    }));
    assert!(group.poll().is_pending());
    hand.give(());
    assert_eq!(group.poll(), Poll::Ready(5));
    assert_eq!(group.wakes(), 1);
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn_scoped(async {});
        5
    }));
    assert_eq!(group.poll(), Poll::Ready(5), "all is done in one poll");
}

#[tokio::test]
async fn what_was_woken_is_polled_in_the_order_of_spawning() {
    let log = Log::default();
    let (hands, children) = leaves::<()>(100);
    let mut group = Driver::new(task_group!(|tg| {
        for (n, mut child) in children.into_iter().enumerate() {
            let log = &log;
            tg.spawn_scoped(poll_fn(move |cx| {
                log.add(&n);
                Pin::new(&mut child).poll(cx)
            }));
        }
    }));
    assert!(group.run().is_pending());
    let first: Vec<_> = (0..100).map(|n: u8| n.to_string()).collect();
    assert_eq!(log.take(), first);
    for n in [99, 3, 64, 63, 0] {
        hands[n].wake();
    }
    assert!(group.run().is_pending());
    assert_eq!(log.take(), ["0", "3", "63", "64", "99"]);
}

#[tokio::test]
async fn wakes_reach_the_parent_that_polled_last() {
    let (hands, children) = leaves::<()>(3);
    let mut group = Driver::new(task_group!(|tg| {
        for child in children {
            tg.spawn_scoped(child);
        }
    }));
    assert!(group.poll().is_pending());
    for (n, hand) in hands.iter().enumerate() {
        group.move_to_new_parent();
        assert!(group.poll().is_pending());
        assert_eq!(group.wakes(), 0);
        hand.give(());
        assert_eq!(group.wakes(), 1);
        assert_eq!(group.poll().is_ready(), n == 2);
    }
}

#[tokio::test]
async fn tasks_reach_the_parent_that_polled_last() {
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn(yield_now());
    }));
    assert!(group.poll().is_pending());
    group.move_to_new_parent();
    assert!(group.poll().is_pending());
    for _ in 0..5 {
        yield_now().await;
    }
    assert_eq!(group.wakes(), 1);
    assert!(group.poll().is_ready());
}

#[tokio::test]
async fn a_group_that_waits_for_tasks_is_woken_when_the_last_is_gone_and_not_before() {
    let (hand, last) = leaf::<()>();
    let (other, body) = leaf::<()>();
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn(yield_now());
        tg.spawn_daemon(yield_now());
        body.await;
        tg.spawn_daemon(yield_now());
        for _ in 0..10 {
            tg.spawn(yield_now());
        }
        tg.spawn(last);
    }));
    assert!(group.poll().is_pending());
    for _ in 0..20 {
        yield_now().await;
    }
    assert_eq!(group.wakes(), 0, "the body is running");
    other.give(());
    assert_eq!(group.wakes(), 1);
    assert!(group.poll().is_pending());
    for _ in 0..20 {
        yield_now().await;
    }
    assert_eq!(group.wakes(), 1, "a task is left");
    hand.give(());
    for _ in 0..20 {
        yield_now().await;
    }
    assert_eq!(group.wakes(), 2);
    assert!(group.poll().is_ready());
}

#[tokio::test]
async fn nothing_is_polled_after_another_thread_has_stopped_the_group() {
    let (hand, child) = leaf::<()>();
    let (other, body) = leaf::<()>();
    let kept = Mutex::new(None);
    let mut group = Driver::new(task_group!(|tg| {
        *kept.lock().unwrap() = Some(tg.handle());
        tg.spawn_scoped(child);
        body.await;
    }));
    assert!(group.poll().is_pending());
    hand.wake();
    other.wake();
    kept.lock().unwrap().take().unwrap().stop(());
    assert_eq!(group.poll(), Poll::Ready(()));
    assert_eq!((hand.polls(), other.polls()), (1, 1));
}

#[tokio::test]
async fn tasks_get_permits_without_a_poll_of_the_group() {
    let (log, kept) = (Log::default(), Mutex::new(None));
    let mut group = Driver::new(task_group!(
        |tg| {
            *kept.lock().unwrap() = Some(tg.handle());
            pending::<()>().await;
        },
        limit = 2
    ));
    assert!(group.poll().is_pending());
    let handle = kept.lock().unwrap().take().unwrap();
    for n in 0..5 {
        let log = log.clone();
        handle.spawn(async move {
            yield_now().await;
            log.add(&n);
        });
    }
    for _ in 0..20 {
        yield_now().await;
    }
    let mut seen = log.take();
    seen.sort();
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
    assert_eq!((group.polls(), group.wakes()), (1, 0));
}

#[tokio::test]
async fn a_task_that_waits_for_a_permit_is_woken_when_one_is_free_and_not_before() {
    let (hand, child) = leaf::<()>();
    let kept = Mutex::new(None);
    let mut group = Driver::new(task_group!(
        |tg| {
            tg.spawn_scoped(child);
            let queued = tg.spawn_scoped(pending::<()>());
            *kept.lock().unwrap() = Some((tg.handle(), queued));
            pending::<()>().await;
        },
        limit = 1
    ));
    assert!(group.poll().is_pending());
    let (handle, queued) = kept.lock().unwrap().take().unwrap();
    let mut ready = Driver::new(handle.ready());
    assert!(ready.poll().is_pending());
    drop(queued.cancel());
    assert_eq!(group.wakes(), 1, "the group drops the queued child");
    assert!(group.poll().is_pending());
    assert_eq!(ready.wakes(), 0);
    hand.give(());
    assert!(group.poll().is_pending());
    assert_eq!(ready.wakes(), 1);
    assert!(ready.poll().is_ready());
}

#[tokio::test]
async fn late_wakes_are_no_harm() {
    let (hand, child) = leaf::<()>();
    let (other, body) = leaf::<()>();
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn_scoped(child);
        body.await;
    }));
    assert!(group.poll().is_pending());
    let wakers = [hand.waker().unwrap(), other.waker().unwrap()];
    hand.give(());
    other.give(());
    assert!(group.poll().is_ready());
    wakers[0].wake_by_ref();
    drop(group);
    for waker in wakers {
        waker.wake();
    }
}

#[tokio::test]
async fn a_child_s_waker_may_outlive_a_group_that_is_dropped() {
    let (hands, children) = leaves::<()>(70);
    let mut group = Driver::new(task_group!(|tg| {
        for child in children {
            tg.spawn_scoped(child);
        }
        pending::<()>().await;
    }));
    assert!(group.run().is_pending());
    let wakers: Vec<_> = hands.iter().map(|hand| hand.waker().unwrap()).collect();
    drop(group);
    assert!(hands.iter().all(Hand::is_dropped));
    std::thread::spawn(|| wakers.into_iter().for_each(std::task::Waker::wake))
        .join()
        .unwrap();
}

#[tokio::test]
async fn the_parent_s_waker_is_let_go_with_the_group() {
    struct Noisy(#[expect(dead_code, reason = "it is dropped")] rejoin_tests::OnDrop);
    impl std::task::Wake for Noisy {
        fn wake(self: Arc<Self>) {}
    }
    for how in ["running", "ending", "over"] {
        let log = Log::default();
        let waker = std::task::Waker::from(Arc::new(Noisy(log.on_drop("parent"))));
        let (hand, child) = leaf::<()>();
        let kept = Mutex::new(None);
        let mut group = Box::pin(task_group!(
            |tg| {
                *kept.lock().unwrap() = Some(tg.handle());
                tg.spawn_scoped(child);
                if how == "ending" {
                    tg.spawn(pending::<()>());
                    tg.stop(());
                }
            },
            grace = 1h
        ));
        let mut cx = Context::from_waker(&waker);
        assert!(group.as_mut().poll(&mut cx).is_pending());
        if how == "over" {
            hand.give(());
            assert!(group.as_mut().poll(&mut cx).is_ready());
        }
        drop(group);
        drop(waker);
        assert_eq!(
            log.take(),
            ["parent"],
            "though there is a handle: {}",
            kept.lock().unwrap().is_some()
        );
    }
}

#[tokio::test]
async fn a_group_that_is_ending_is_not_woken_by_another_stop() {
    let (hand, task) = leaf::<()>();
    let kept = Mutex::new(None);
    let mut group = Driver::new(task_group!(
        |tg| {
            *kept.lock().unwrap() = Some(tg.handle());
            tg.spawn(task);
            yield_now().await;
        },
        grace = 1h
    ));
    assert!(group.poll().is_pending());
    yield_now().await;
    let handle = kept.lock().unwrap().take().unwrap();
    handle.stop(());
    assert!(group.poll().is_pending());
    let wakes = group.wakes();
    handle.stop(());
    assert_eq!(group.wakes(), wakes);
    hand.give(());
    yield_now().await;
    assert_eq!(group.wakes(), wakes + 1);
    assert!(group.poll().is_ready());
}

// ---- fairness ---------------------------------------------------------------------------------------------------

/// Is ready at its second poll, for which it wakes itself.
async fn again() {
    let mut polled = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Is never ready, and always wakes itself.
async fn busy(polls: &AtomicUsize) {
    poll_fn(|cx| -> Poll<()> {
        polls.fetch_add(1, Ordering::Relaxed);
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[tokio::test]
async fn a_child_that_always_wakes_itself_starves_nobody() {
    let polls = AtomicUsize::new(0);
    let log = Log::default();
    let (hands, children) = leaves::<()>(2);
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn_scoped(busy(&polls));
        let own = tg.clone();
        for child in children {
            tg.spawn_scoped(child);
        }
        let (log, later) = (&log, tg.clone());
        tg.spawn_scoped(async move {
            again().await;
            log.add("another");
            own.spawn_scoped(async { log.add("a new one") });
        });
        again().await;
        log.add("the body");
        later.spawn_scoped(pending::<()>());
        pending::<()>().await;
    }));
    for n in 1..10 {
        assert!(group.poll().is_pending());
        assert_eq!(polls.load(Ordering::Relaxed), n, "one poll each time");
        assert!(group.wakes() >= n, "and the parent hears of it");
        hands[0].wake();
    }
    assert_eq!((hands[0].polls(), hands[1].polls()), (10 - 1, 1));
    let mut seen = log.take();
    seen.sort();
    assert_eq!(seen, ["a new one", "another", "the body"]);
}

#[tokio::test(start_paused = true)]
async fn a_busy_child_holds_up_neither_tasks_nor_timers_nor_the_deadline() {
    let (polls, log) = (AtomicUsize::new(0), Log::default());
    let late = task_group!(
        |tg| {
            tg.spawn_scoped(busy(&polls));
            // While it is busy the clock does not move by itself.
            tg.spawn_daemon(async {
                for _ in 0..20 {
                    tokio::time::advance(ms(1)).await;
                }
                panic!("the deadline has passed long ago");
            });
            tg.spawn(sleep(ms(5))).await;
            log.add("the task has ended");
            sleep(ms(2)).await;
            log.add("so has the body's sleep");
            pending::<()>().await;
        },
        timeout = 10ms
    );
    assert_eq!(late.await.unwrap_err().after(), ms(10));
    assert_eq!(log.take().len(), 2);
}

/// Spends all of the budget in each poll, for longer than any test takes.
async fn spend() {
    for _ in 0..100_000 {
        consume_budget().await;
    }
    panic!("nobody has ended it");
}

#[tokio::test]
async fn a_body_that_spends_the_budget_does_not_keep_children_from_being_polled() {
    let polls = AtomicUsize::new(0);
    let task = tokio::spawn(async {});
    task_group!(|tg| {
        let own = tg.clone();
        tg.spawn_scoped(async move {
            for _ in 0..10 {
                polls.fetch_add(1, Ordering::Relaxed);
                again().await;
            }
            own.stop(());
        });
        spend().await;
    })
    .await;
    assert!(task.is_finished(), "the runtime had its turn");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_spends_the_budget_does_not_hold_up_the_deadline() {
    for children in [0, 2] {
        let polls = AtomicUsize::new(0);
        let late = task_group!(
            |tg| {
                for _ in 0..children {
                    tg.spawn_scoped(async { tokio::join!(spend(), busy(&polls)) });
                }
                // While it is busy the clock does not move by itself.
                tg.spawn_daemon(async {
                    for _ in 0..20 {
                        tokio::time::advance(ms(1)).await;
                    }
                    panic!("the deadline has passed long ago");
                });
                spend().await;
            },
            timeout = 10ms
        );
        assert_eq!(late.await.unwrap_err().after(), ms(10));
    }
}

#[tokio::test]
async fn ten_thousand_ready_children_leave_the_runtime_its_turn() {
    let polls = AtomicUsize::new(0);
    let polled = || async {
        polls.fetch_add(1, Ordering::Relaxed);
    };
    let mut group = Driver::new(task_group!(|tg| {
        for _ in 0..10_000 {
            tg.spawn_scoped(polled());
        }
    }));
    let mut before = 0;
    while group.poll().is_pending() {
        let now = polls.load(Ordering::Relaxed);
        assert!(now > before && now - before <= 1_024, "{}", now - before);
        before = now;
    }
    assert_eq!(polls.load(Ordering::Relaxed), 10_000);
    assert!(group.polls() >= 10);
    assert_eq!(
        group.wakes(),
        group.polls() - 1,
        "it asks to be polled again"
    );
}

#[tokio::test]
async fn each_poll_of_a_group_has_a_budget_of_its_own() {
    let (hands, children) = leaves::<()>(300);
    let mut group = Driver::new(task_group!(|tg| {
        for child in children {
            tg.spawn_scoped(child);
        }
    }));
    for n in 1..10 {
        assert!(group.poll().is_pending());
        assert_eq!((total(&hands), group.wakes()), (300 * n, n - 1));
        hands.iter().for_each(Hand::wake);
    }
}

/// The children that are left after a poll was cut short come before the body, and children that were spawned since come after it.
#[tokio::test]
async fn remaining_children_come_before_the_body_and_new_ones_after_it() {
    let [body, started, late] = [(); 3].map(|()| AtomicUsize::new(0));
    let mut group = Driver::new(task_group!(|tg| {
        for n in 0..=5 * 512 {
            let (tg, started, late) = (tg.clone(), &started, &late);
            tg.clone().spawn_scoped(async move {
                started.fetch_add(1, Ordering::Relaxed);
                // In the third poll.
                if n == 1_100 {
                    for _ in 0..3 * 512 {
                        tg.spawn_scoped(async { late.fetch_add(1, Ordering::Relaxed) });
                    }
                }
            });
        }
        busy(&body).await;
    }));
    for seen in [
        [1, 512, 0],
        [2, 1_024, 0],
        [2, 1_536, 0],
        [2, 2_048, 0],
        [2, 2_560, 0],
        [3, 2_561, 511],
        [3, 2_561, 1_023],
        [3, 2_561, 1_535],
        [4, 2_561, 1_536],
    ] {
        assert!(group.poll().is_pending());
        let counts = [&body, &started, &late].map(|count| count.load(Ordering::Relaxed));
        assert_eq!(counts, seen);
    }
}

#[tokio::test]
async fn so_do_children_that_follow_one_another() {
    fn next<'a>(
        tg: TaskGroup<'a, ()>,
        polls: &'a AtomicUsize,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if polls.fetch_add(1, Ordering::Relaxed) < 9_999 {
                let own = tg.clone();
                tg.spawn_scoped(next(own, polls));
            }
        })
    }
    let polls = AtomicUsize::new(0);
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn_scoped(next(tg.clone(), &polls));
    }));
    let mut before = 0;
    while group.poll().is_pending() {
        let now = polls.load(Ordering::Relaxed);
        assert!(now - before <= 1_024, "{}", now - before);
        before = now;
        assert!(group.polls() < 1_000 && group.wakes() == group.polls());
    }
    assert_eq!(polls.load(Ordering::Relaxed), 10_000);
}

#[tokio::test]
async fn children_keep_to_the_budget() {
    // Each poll of a ready channel takes one from the task's budget of 128; the one that finds it spent is polled in
    // vain.
    let polls = AtomicUsize::new(0);
    let other = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&other);
    let task = tokio::spawn(async move { seen.load(Ordering::Relaxed) });
    task_group!(|tg| {
        for _ in 0..10_000 {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            sender.send(()).unwrap();
            let (polls, other, mut receiver) = (&polls, Arc::clone(&other), Box::pin(receiver));
            tg.spawn_scoped(poll_fn(move |cx| {
                polls.fetch_add(1, Ordering::Relaxed);
                other.fetch_add(1, Ordering::Relaxed);
                receiver.as_mut().poll(cx).map(drop)
            }));
        }
    })
    .await;
    assert!(
        task.await.unwrap() <= 129,
        "the other task had its turn when the budget was spent"
    );
    let polls = polls.into_inner();
    assert!((10_000..10_100).contains(&polls), "{polls}");
}

#[tokio::test]
async fn children_are_dropped_as_soon_as_they_are_done() {
    let log = Log::default();
    let (hand, last) = leaf::<()>();
    let mut group = Driver::new(task_group!(|tg| {
        tg.spawn_scoped(holding(log.on_drop("first"), async {}));
        tg.spawn_scoped(last);
        tg.spawn_scoped(holding(log.on_drop("third"), async {}));
    }));
    assert!(group.poll().is_pending());
    assert_eq!(log.take(), ["first", "third"]);
    hand.give(());
    assert!(group.poll().is_ready());
}
