//! Groups inside groups, inside the other macros and inside tasks, and the other way round.

use std::future::pending;

use rejoin::{GroupHandle, TaskGroup, as_completed, gather, task_group, wait};
use rejoin_tests::{after, ms};
use tokio::time::{Instant, sleep};

use super::shared::AppError;

#[tokio::test(start_paused = true)]
async fn groups_nest() {
    let start = Instant::now();
    let names = ["a", "bb", "ccc"];
    let total = task_group!(|outer| {
        let children = names.map(|name| {
            outer.spawn_scoped(task_group!(move |inner| {
                let first = inner.spawn_scoped(after(10, name.len()));
                let second = inner.spawn(after(20, 1));
                first.await + second.await
            }))
        });
        let task = outer.spawn(task_group!(|inner| inner.spawn(after(30, 100)).await));
        let own = task_group!(|inner| inner.spawn(after(5, 1000)).await).await;
        gather!(..children).await.iter().sum::<usize>() + task.await + own
    })
    .await;
    assert_eq!((total, start.elapsed()), (1109, ms(30)));
}

#[tokio::test(start_paused = true)]
async fn an_inner_group_may_spawn_into_the_outer_one() {
    let start = Instant::now();
    task_group!(|outer| {
        task_group!(|inner| {
            outer.spawn(sleep(ms(30)));
            inner.spawn(sleep(ms(10)));
        })
        .await;
        assert_eq!(start.elapsed(), ms(10));
    })
    .await;
    assert_eq!(start.elapsed(), ms(30));
}

#[tokio::test(start_paused = true)]
async fn gather_takes_groups_as_branches() {
    let start = Instant::now();
    let (a, b) = gather!(
        task_group!(|tg| tg.spawn(after(10, 1)).await),
        task_group!(|tg| tg.spawn_scoped(after(20, "b")).await),
    )
    .await;
    assert_eq!((a, b, start.elapsed()), (1, "b", ms(20)));
    // A failing group is a `Result` branch: its failures end the gather.
    let failed = gather!(
        task_group!(<&str> |tg| {
            tg.spawn(after(10, Err::<(), _>("bad")));
            Ok(())
        }),
        task_group!(<&str> |tg| {
            tg.spawn(sleep(ms(50)));
            Ok(1)
        }),
    );
    assert_eq!(failed.await.unwrap_err().into_first(), "bad");
    assert_eq!(start.elapsed(), ms(30));
}

#[tokio::test(start_paused = true)]
async fn wait_and_as_completed_take_groups() {
    let job = |delay: u64| task_group!(move |tg| tg.spawn(after(delay, delay)).await);
    let (done, pending) = wait!(..[30, 10].map(job), return_when = FIRST_COMPLETED).await;
    assert_eq!(done.into_iter().collect::<Vec<_>>(), [10]);
    let (done, _) = wait!(..pending).await;
    assert_eq!(done.into_iter().collect::<Vec<_>>(), [30]);
    let mut order = vec![];
    as_completed!(for delay in ..[30, 10, 20].map(job) {
        order.push(delay);
    });
    assert_eq!(order, [10, 20, 30]);
}

#[tokio::test(start_paused = true)]
async fn children_are_branches_of_the_other_macros() {
    let start = Instant::now();
    task_group!(|tg| {
        let (a, b) = gather!(tg.spawn(after(10, 1)), tg.spawn_scoped(after(5, "b"))).await;
        assert_eq!((a, b, start.elapsed()), (1, "b", ms(10)));
        let children = [30, 10, 20].map(|delay| tg.spawn(after(delay, delay)));
        let (done, pending) = wait!(..children, return_when = COMPLETED(2)).await;
        assert_eq!(done.into_iter().collect::<Vec<_>>(), [10, 20]);
        drop(pending);
        let mut order = vec![];
        as_completed!(
            for delay in ..[3, 1, 2].map(|delay| tg.spawn_scoped(after(delay, delay))) {
                order.push(delay);
            }
        );
        assert_eq!(order, [1, 2, 3]);
        assert_eq!(start.elapsed(), ms(33));
    })
    .await;
    assert_eq!(
        start.elapsed(),
        ms(40),
        "the one that was not waited for is a child still"
    );
}

#[tokio::test(start_paused = true)]
async fn other_macros_stand_inside_children() {
    let start = Instant::now();
    let names = [String::from("a"), String::from("bb")];
    let sum = task_group!(|tg| {
        tg.spawn_scoped(async {
            let mut sum = 0;
            as_completed!(for n in ..names.iter().map(|name| after(10, name.len())) {
                sum += n;
            });
            sum
        })
        .await
    })
    .await;
    assert_eq!((sum, start.elapsed()), (3, ms(10)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_task_of_many_threads_runs_a_group_whose_children_borrow() {
    let task = tokio::spawn(async {
        let words: Vec<String> = (0..100).map(|n| "x".repeat(n)).collect();
        let lengths = std::sync::Mutex::new(vec![]);
        let total = task_group!(<AppError> |tg| {
            for word in &words {
                let (tg, lengths) = (tg.clone(), &lengths);
                tg.clone().spawn_scoped(async move {
                    tokio::task::yield_now().await;
                    let length = tg.spawn_scoped(async move { Ok(word.len()) }).await;
                    lengths.lock().unwrap().push(length);
                });
            }
            let tasks = [1, 2, 3].map(|n| tg.spawn(async move { Ok(n) }));
            Ok(gather!(..tasks).await.iter().sum::<usize>())
        }, timeout = 1h, limit = 1000, grace = 1s)
        .await;
        (total, lengths.into_inner().unwrap())
    });
    let (total, mut lengths) = task.await.unwrap();
    assert_eq!(total.unwrap().unwrap(), 6);
    lengths.sort_unstable();
    assert!(lengths.into_iter().eq(0..100));
}

#[tokio::test]
async fn a_body_that_is_not_send_runs_on_one_thread() {
    let count = std::rc::Rc::new(std::cell::Cell::new(0));
    let value = task_group!(|tg| {
        let here = std::rc::Rc::clone(&count);
        let child = tg.spawn(async { 1 });
        here.set(child.await);
        here
    })
    .await;
    assert_eq!(value.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_passed_to_functions_by_its_type() {
    fn start_all<'a>(tg: &TaskGroup<'a, usize>, names: &'a [String]) {
        for name in names {
            tg.spawn_scoped(async move { name.len() });
        }
    }
    async fn stop_later(handle: GroupHandle<usize>) {
        sleep(ms(10)).await;
        handle.stop(7);
    }
    let names = [String::from("a")];
    let start = Instant::now();
    let value = task_group!(|tg| {
        start_all(&tg, &names);
        tg.spawn(stop_later(tg.handle()));
        pending().await
    });
    assert_eq!((value.await, start.elapsed()), (7, ms(10)));
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "polled after it was ready")]
async fn polling_it_again_panics() {
    let mut group = Box::pin(task_group!(|_| {}));
    group.as_mut().await;
    group.await;
}
