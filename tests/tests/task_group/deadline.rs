//! `timeout` of a group.

use std::future::Future;

use futures::poll;
use rejoin::{gather, task_group};
use rejoin_tests::{Log, after, leaf, ms};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

#[tokio::test(start_paused = true)]
async fn bodies_and_scoped_children_that_are_done_at_the_deadline_are_in_time() {
    let value = task_group!(|_| after(10, 1).await, timeout = 10ms);
    assert_eq!(value.await, Ok(1));
    let value = task_group!(
        |tg| {
            tg.spawn_scoped(after(10, ()));
            2
        },
        timeout = 10ms
    );
    assert_eq!(value.await, Ok(2));
    let late = task_group!(
        |tg| {
            tg.spawn_scoped(after(11, ()));
            2
        },
        timeout = 10ms
    );
    assert_eq!(late.await.unwrap_err().after(), ms(10));
}

/// More children than a group polls without a break are ready at the deadline.
#[tokio::test(start_paused = true)]
async fn all_children_that_are_done_at_the_deadline_are_in_time() {
    let value = task_group!(
        |tg| {
            for _ in 0..2_000 {
                tg.spawn_scoped(after(10, ()));
            }
            5
        },
        timeout = 10ms
    );
    assert_eq!(value.await, Ok(5));
}

/// The children that one poll reaches before the deadline is noted may wake the body in time, and those after it may not.
#[tokio::test(start_paused = true)]
async fn a_body_that_was_woken_before_the_deadline_is_in_time() {
    for (waking, in_time) in [(0, true), (1_999, false)] {
        let (hand, body) = leaf();
        let value = task_group!(
            |tg| {
                for n in 0..2_000 {
                    let hand = hand.clone();
                    tg.spawn_scoped(async move {
                        sleep(ms(10)).await;
                        if n == waking {
                            hand.give(5);
                        }
                    });
                }
                body.await
            },
            timeout = 10ms
        );
        let value = value.await.map_err(|late| late.after());
        assert_eq!(value, if in_time { Ok(5) } else { Err(ms(10)) });
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_nothing_polls_each_once() {
    let (log, start) = (Log::default(), Instant::now());
    let value = task_group!(
        |tg| {
            tg.spawn_scoped(async { log.add("child") });
            5
        },
        timeout = 0s
    );
    assert_eq!(value.await, Ok(5));
    assert_eq!(log.take(), ["child"]);
    let late = task_group!(
        |tg| {
            tg.spawn_scoped(async {
                log.add("child");
                yield_now().await;
                log.add("child again");
            });
            log.add("body");
        },
        timeout = 0s
    );
    assert_eq!(late.await.unwrap_err().after(), ms(0));
    assert_eq!(log.take(), ["body", "child"]);
    assert_eq!(start.elapsed(), ms(0));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_passes_though_children_follow_each_other_without_end() {
    use std::pin::Pin;

    type Scope<'a> = rejoin::TaskGroup<'a, ()>;
    fn next(tg: Scope<'_>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let own = tg.clone();
        Box::pin(async move {
            tg.spawn_scoped(next(own));
        })
    }
    fn again(tg: Scope<'_>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let own = tg.clone();
        Box::pin(async move {
            yield_now().await;
            tg.spawn_scoped(again(own));
        })
    }
    for step in [again, next] {
        let mut group = Box::pin(task_group!(
            |tg| {
                tg.spawn_scoped(step(tg.clone()));
            },
            timeout = 0s
        ));
        let mut polls = 0;
        let end = loop {
            if let std::task::Poll::Ready(end) = poll!(&mut group) {
                break end;
            }
            polls += 1;
            assert!(polls < 100, "the deadline has passed at the first poll");
            yield_now().await;
        };
        assert_eq!(end.unwrap_err().after(), ms(0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_beyond_the_clock_is_none() {
    let value = task_group!(
        |tg| { tg.spawn(after(10, 1)).await },
        timeout = std::time::Duration::MAX,
        grace = std::time::Duration::MAX
    );
    assert_eq!(value.await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn the_output_of_a_scoped_child_at_the_deadline_is_in_time() {
    let own = task_group!(
        |tg| {
            let child = tg.spawn_scoped(after(10, 1));
            child.await
        },
        timeout = 10ms
    );
    assert_eq!(own.await, Ok(1));
    let outer = gather!(
        task_group!(|tg| {
            let child = tg.spawn_scoped(after(10, 1));
            child.await
        }),
        timeout = 10ms
    );
    assert_eq!(outer.await, Ok((1,)));
}
