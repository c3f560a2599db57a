//! When a group ends, what it gives, and what its children borrow and give.

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use rejoin::{Child, Failures, task_group};
use rejoin_tests::{Crowd, Guest, Log, after, holding, ms};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

use super::shared::AppError;

// ---- when it ends -----------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn it_ends_when_the_body_and_all_children_have_ended() {
    for (body, task, scoped) in [(30, 10, 20), (10, 30, 20), (10, 20, 30), (30, 30, 30)] {
        let start = Instant::now();
        let value = task_group!(|tg| {
            tg.spawn(sleep(ms(task)));
            tg.spawn_scoped(sleep(ms(scoped)));
            after(body, "value").await
        })
        .await;
        assert_eq!((value, start.elapsed()), ("value", ms(30)));
    }
}

#[tokio::test(start_paused = true)]
async fn body_and_children_run_at_the_same_time() {
    let start = Instant::now();
    let sum = task_group!(|tg| {
        let a = tg.spawn(after(30, 1));
        let b = tg.spawn_scoped(after(30, 2));
        let c = after(30, 4).await;
        a.await + b.await + c
    })
    .await;
    assert_eq!((sum, start.elapsed()), (7, ms(30)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_run_in_parallel() {
    let barrier = std::sync::Arc::new(std::sync::Barrier::new(2));
    task_group!(|tg| {
        for _ in 0..2 {
            let barrier = std::sync::Arc::clone(&barrier);
            // Each holds its thread up until the other is there. The runtime has to know that, because it may have put both into the
            // queue of one worker.
            tg.spawn(async move {
                tokio::task::block_in_place(|| barrier.wait());
            });
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scoped_children_run_in_the_task_of_the_body_and_spawned_ones_do_not() {
    use tokio::task::id;

    let ids = tokio::spawn(task_group!(|tg| {
        let (scoped, task) = (tg.spawn_scoped(async { id() }), tg.spawn(async { id() }));
        let daemon = tg.spawn_daemon(async { id() });
        (id(), scoped.await, task.await, daemon.await)
    }));
    let (body, scoped, task, daemon) = ids.await.unwrap();
    assert_eq!(body, scoped);
    assert!(body != task && body != daemon && task != daemon);
}

#[tokio::test]
async fn it_waits_for_blocking_children() {
    let log = Log::default();
    let own = log.clone();
    let (free, wait) = std::sync::mpsc::channel();
    task_group!(|tg| {
        tg.spawn_blocking(move || {
            wait.recv().unwrap();
            own.add("closure");
        });
        log.add("body");
        free.send(()).unwrap();
    })
    .await;
    assert_eq!(log.take(), ["body", "closure"]);
    let sum = task_group!(|tg| tg.spawn_blocking(|| 4).await).await;
    assert_eq!(sum, 4);
}

#[tokio::test(start_paused = true)]
async fn a_finished_child_is_dropped_before_its_output_is_there() {
    let log = Log::default();
    task_group!(|tg| {
        let children = [
            tg.spawn(holding(log.on_drop("future"), async {})),
            tg.spawn_scoped(holding(log.on_drop("future"), async {})),
        ];
        for child in children {
            child.await;
            log.add("output");
        }
    })
    .await;
    let seen = log.take();
    assert_eq!(seen.len(), 4);
    assert_eq!((&*seen[0], &*seen[3]), ("future", "output"));
}

/// Writes down how many are there when it is woken.
struct Looks(Crowd, Log);

impl Wake for Looks {
    fn wake(self: Arc<Self>) {
        self.1.add(&self.0.now());
    }
}

#[tokio::test]
async fn a_child_is_gone_when_whoever_waits_for_its_output_is_woken() {
    for kind in 0..3 {
        let (crowd, log) = (Crowd::default(), Log::default());
        let waker = Waker::from(Arc::new(Looks(crowd.clone(), log.clone())));
        task_group!(|tg| {
            let work = Keeps(crowd.enter(), false);
            let mut child = match kind {
                0 => tg.spawn(work),
                1 => tg.spawn_scoped(work),
                _ => tg.spawn_daemon(work),
            };
            let mut cx = Context::from_waker(&waker);
            assert!(Pin::new(&mut child).poll(&mut cx).is_pending());
            while !child.is_finished() {
                yield_now().await;
            }
        })
        .await;
        assert_eq!(log.take(), ["0"]);
    }
}

/// Is ready at its second poll, and keeps what it has until it is dropped.
struct Keeps(#[expect(dead_code, reason = "it is dropped")] Guest, bool);

impl Future for Keeps {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.1, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

// ---- what children borrow and give ------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn scoped_children_and_the_body_borrow_the_surroundings() {
    let words = ["Ada", "Grace"].map(String::from);
    let mut total = 0;
    let longest: &str = task_group!(|tg| {
        let children: Vec<Child<&String>> = (words.iter())
            .map(|word| tg.spawn_scoped(after(word.len() as u64, word)))
            .collect();
        tg.spawn(sleep(ms(1)));
        let mut last = "";
        for child in children {
            last = child.await;
            total += last.len();
        }
        last
    })
    .await;
    assert_eq!((longest, total), ("Grace", 8));
}

#[tokio::test(start_paused = true)]
async fn a_scoped_child_may_borrow_mutably() {
    let (mut a, mut b) = (1, 2);
    task_group!(|tg| {
        tg.spawn_scoped(async { a += 10 });
        tg.spawn_scoped(async {
            sleep(ms(1)).await;
            b += 10;
        });
    })
    .await;
    assert_eq!((a, b), (11, 12));
}

#[tokio::test(start_paused = true)]
async fn in_a_plain_group_a_result_is_a_value_like_any_other() {
    let start = Instant::now();
    let value = task_group!(|tg| {
        let bad = tg.spawn(after(10, Err::<(), _>("bad")));
        let worse = tg.spawn_scoped(after(10, Err::<(), _>("worse")));
        let good = tg.spawn(after(20, Ok::<_, ()>(1)));
        (bad.await, worse.await, good.await)
    })
    .await;
    assert_eq!(value, (Err("bad"), Err("worse"), Ok(1)));
    assert_eq!(start.elapsed(), ms(20));
    let value: Result<(), &str> = task_group!(|tg| {
        tg.spawn(after(10, Err::<(), _>("ignored")));
        Err("of the body")
    })
    .await;
    assert_eq!(value, Err("of the body"));
    assert_eq!(start.elapsed(), ms(30));
}

#[tokio::test(start_paused = true)]
async fn children_of_a_failing_group_give_results_or_nothing() {
    let sum = task_group!(<AppError> |tg| {
        let parsed: Child<u64> = tg.spawn(async { Ok("12".parse::<u64>()?) });
        let scoped: Child<u64> = tg.spawn_scoped(async { Ok("13".parse::<u64>()?) });
        let blocking: Child<u64> = tg.spawn_blocking(|| Ok("14".parse::<u64>()?));
        let unit: Child<()> = tg.spawn(async {});
        tg.spawn_scoped(sleep(ms(1)));
        tg.spawn_blocking(|| {});
        tg.spawn_daemon(async {
            loop {
                sleep(ms(1)).await;
            }
        });
        let () = unit.await;
        Ok(parsed.await + scoped.await + blocking.await)
    })
    .await;
    assert_eq!(sum.unwrap(), 39);
}

#[tokio::test(start_paused = true)]
async fn the_question_mark_converts_in_children_and_body() {
    let bad = task_group!(<AppError> |tg| {
        tg.spawn(async {
            let number: u8 = "x".parse()?;
            Ok(number)
        });
        Ok(())
    });
    assert!(matches!(bad.await.unwrap_err().first(), AppError::Parse(_)));
    let bad = task_group!(<Box<dyn Error + Send + Sync>> |tg| {
        tg.spawn_scoped(async {
            Err("a word")?;
            Ok(())
        });
        let number: u8 = "1".parse()?;
        Ok(number)
    });
    assert_eq!(bad.await.unwrap_err().first().to_string(), "a word");
}

#[tokio::test(start_paused = true)]
async fn a_child_that_never_returns_ends_with_the_failing_group() {
    let start = Instant::now();
    let late = task_group!(<AppError> |tg| {
        tg.spawn(async {
            loop {
                sleep(ms(1)).await;
            }
        });
        tg.spawn_scoped(async {
            loop {
                sleep(ms(1)).await;
            }
        });
        Ok(())
    }, timeout = 10ms)
    .await;
    assert!(late.is_err());
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn the_error_type_need_be_nothing_special() {
    struct Opaque;
    let failures: Failures<Opaque> = task_group!(<Opaque> |tg| {
        tg.spawn(async { Err::<(), _>(Opaque) });
        Ok(())
    })
    .await
    .unwrap_err();
    assert_eq!(failures.len(), 1);
}
