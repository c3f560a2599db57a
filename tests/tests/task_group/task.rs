//! `spawn`, `spawn_blocking` and `Task`.

use std::{
    future::{Future, pending},
    panic::AssertUnwindSafe,
    sync::{Arc, mpsc},
    time::Duration,
};

use futures::FutureExt;
use rejoin::{Joined, Pending, Task, gather, spawn, spawn_blocking};
use rejoin_tests::Log;
use tokio::time::{Instant, sleep};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Lets other tasks run until nothing is left to do.
async fn settle() {
    sleep(Duration::ZERO).await;
    sleep(ms(1)).await;
}

/// The message of a panic.
async fn panic_of<T>(future: impl Future<Output = T>) -> String {
    let Err(panic) = AssertUnwindSafe(future).catch_unwind().await else {
        panic!("it should have panicked")
    };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a message")).to_owned(),
    }
}

#[test]
fn a_task_can_be_sent_shared_and_moved() {
    fn check<T: Send + Unpin + Future<Output = u8>>() {}
    fn shared<T: Sync>() {}
    check::<Task<u8>>();
    shared::<Task<u8>>();
}

#[tokio::test(start_paused = true)]
async fn a_task_runs_from_the_start() {
    let start = Instant::now();
    let task = spawn(async {
        sleep(ms(20)).await;
        7
    });
    sleep(ms(30)).await;
    assert!(task.is_finished());
    assert_eq!(task.await, 7);
    assert_eq!(start.elapsed(), ms(30));
}

#[tokio::test(start_paused = true)]
async fn dropping_a_task_cancels_it() {
    let log = Log::default();
    let guard = log.on_drop("gone");
    let task = spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    });
    settle().await;
    assert!(log.take().is_empty());
    drop(task);
    settle().await;
    assert_eq!(log.take(), ["gone"]);
}

#[tokio::test(start_paused = true)]
async fn a_detached_task_goes_on() {
    let log = Log::default();
    let own = log.clone();
    spawn(async move {
        sleep(ms(10)).await;
        own.add("done");
    })
    .detach();
    sleep(ms(20)).await;
    assert_eq!(log.take(), ["done"]);
}

#[tokio::test(start_paused = true)]
async fn cancel_returns_when_the_task_is_gone() {
    let log = Log::default();
    let guard = log.on_drop("gone");
    let task = spawn(async move {
        let _guard = guard;
        pending::<u8>().await
    });
    settle().await;
    assert_eq!(task.cancel().await, None);
    assert_eq!(log.take(), ["gone"]);

    let done = spawn(async { 5 });
    settle().await;
    assert_eq!(done.cancel().await, Some(5), "it had finished");

    let own = log.clone();
    let unpolled = spawn(async move { own.add("polled") });
    assert_eq!(unpolled.cancel().await, None);
    assert!(log.take().is_empty());

    let own = log.clone();
    let guard = log.on_drop("cancelled by a dropped cancel");
    let task = spawn(async move {
        let _guard = guard;
        own.add("running");
        pending::<()>().await;
    });
    settle().await;
    drop(task.cancel());
    settle().await;
    assert_eq!(log.take(), ["running", "cancelled by a dropped cancel"]);
}

#[tokio::test(start_paused = true)]
async fn panics_resume_in_whoever_waits() {
    let fails = || {
        spawn(async {
            panic!("in the task");
            #[expect(unreachable_code, reason = "it gives the type")]
            1u8
        })
    };
    assert_eq!(panic_of(fails()).await, "in the task");
    let task = fails();
    settle().await;
    assert_eq!(panic_of(task.cancel()).await, "in the task");
    let error = fails().join().await.expect_err("it panicked");
    assert!(error.is_panic());
    assert_eq!(spawn(async { 2 }).join().await.ok(), Some(2));
    assert_eq!(
        panic_of(async { gather!(fails(), pending::<()>()).await }).await,
        "in the task"
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_of_a_result_is_a_branch_that_can_fail() {
    let start = Instant::now();
    let log = Log::default();
    let guard = log.on_drop("the other is cancelled");
    let all = gather!(
        spawn(async move {
            let _guard = guard;
            pending::<Result<u8, &str>>().await
        }),
        spawn(async {
            sleep(ms(10)).await;
            Err::<(), _>("failed")
        }),
    );
    assert_eq!(all.await, Err("failed"));
    assert_eq!(start.elapsed(), ms(10));
    settle().await;
    assert_eq!(log.take(), ["the other is cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn a_borrowed_task_outlives_the_gather() {
    let mut task = spawn(async {
        sleep(ms(30)).await;
        9
    });
    let late = gather!(&mut task, timeout = 10ms).await;
    assert!(late.is_err());
    assert_eq!(task.await, 9);
    let mut tasks: Vec<_> = (0..3).map(|n| spawn(async move { n })).collect();
    assert_eq!(gather!(..tasks.iter_mut()).await, [0, 1, 2]);
}

#[tokio::test]
async fn polling_a_task_again_panics() {
    let mut task = spawn(async { 1 });
    assert_eq!((&mut task).await, 1);
    assert_eq!(
        panic_of(&mut task).await,
        "this `Task` has given its value already"
    );
    assert!(task.is_finished());
}

#[tokio::test]
async fn a_task_tells_its_id() {
    let task = spawn(async { tokio::task::id() });
    let id = task.id();
    let other = spawn(async {});
    assert_ne!(other.id(), id);
    assert!(format!("{task:?}").starts_with("Task { id: "));
    assert_eq!(task.await, id);
}

#[tokio::test]
async fn blocking_work_runs_beside() {
    let (sender, receiver) = mpsc::channel();
    let task = spawn_blocking(move || receiver.recv().expect("it is sent"));
    sender.send(3).expect("it is received");
    assert_eq!(task.await, 3);
    assert_eq!(
        panic_of(spawn_blocking(|| panic!("in the closure"))).await,
        "in the closure"
    );
}

#[tokio::test]
async fn cancelling_blocking_work_that_runs_waits_for_it() {
    let (started, is_started) = tokio::sync::oneshot::channel();
    let (sender, receiver) = mpsc::channel::<()>();
    let task = spawn_blocking(move || {
        started.send(()).expect("somebody waits");
        let _ended = receiver.recv();
        4
    });
    is_started.await.expect("it starts");
    let mut cancel = Box::pin(task.cancel());
    assert!((&mut cancel).now_or_never().is_none());
    drop(sender);
    assert_eq!(cancel.await, Some(4));
}

#[test]
fn awaiting_a_task_of_a_runtime_that_is_gone_panics_clearly() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let guard = runtime.enter();
    let task = spawn(pending::<()>());
    drop(guard);
    drop(runtime);
    let other = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let message = other.block_on(panic_of(task));
    assert_eq!(
        message,
        "this `Task` will never be ready: its runtime was shut down"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_run_in_parallel() {
    let barrier = Arc::new(std::sync::Barrier::new(2));
    let meet = |barrier: Arc<std::sync::Barrier>| {
        spawn(async move { tokio::task::block_in_place(|| barrier.wait()).is_leader() })
    };
    let (a, b) = gather!(meet(Arc::clone(&barrier)), meet(barrier)).await;
    assert!(a ^ b);
}

/// A struct that names the future of `Task::join`.
struct Workers {
    running: Pending<Joined<u8>>,
}

#[tokio::test(start_paused = true)]
async fn the_future_of_join_can_stand_in_a_struct() {
    fn check<T: Send + Unpin + Future>() {}
    check::<Joined<u8>>();

    let start = Instant::now();
    let mut workers = Workers {
        running: Pending::new(),
    };
    let slow = async {
        sleep(ms(20)).await;
        1
    };
    workers.running.push(spawn(slow).join());
    workers
        .running
        .push(spawn(async { panic!("in the task") }).join());
    let first = workers.running.next().await.expect("there are two");
    assert!(first.expect_err("it panicked").is_panic());
    let second = workers.running.next().await.expect("there is one");
    assert_eq!(second.expect("it did not panic"), 1);
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_of_join_cancels_the_task() {
    let log = Log::default();
    let guard = log.on_drop("gone");
    let joined = spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    })
    .join();
    settle().await;
    assert!(log.take().is_empty());
    drop(joined);
    settle().await;
    assert_eq!(log.take(), ["gone"]);
}

#[tokio::test(start_paused = true)]
async fn a_future_of_join_is_awaited_once() {
    let mut joined = spawn(async { 3 }).join();
    assert_eq!((&mut joined).await.ok(), Some(3));
    assert_eq!(
        panic_of(joined).await,
        "this `Task` has given its value already"
    );
}

#[tokio::test(start_paused = true)]
async fn a_handle_of_tokio_becomes_a_task() {
    assert_eq!(Task::from(tokio::spawn(async { 7 })).await, 7);

    let log = Log::default();
    let guard = log.on_drop("cancelled with its handle");
    let task = Task::from(tokio::spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    }));
    settle().await;
    drop(task);
    settle().await;
    assert_eq!(log.take(), ["cancelled with its handle"]);

    let guard = log.on_drop("cancelled and waited for");
    let task: Task<()> = tokio::spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    })
    .into();
    settle().await;
    assert_eq!(task.cancel().await, None);
    assert_eq!(log.take(), ["cancelled and waited for"]);

    let fails = || Task::from(tokio::spawn(async { panic!("in the task") }));
    assert_eq!(panic_of(fails()).await, "in the task");
    assert!(fails().join().await.expect_err("it panicked").is_panic());

    let own = log.clone();
    Task::from(tokio::spawn(async move {
        sleep(ms(10)).await;
        own.add("done");
    }))
    .detach();
    sleep(ms(20)).await;
    assert_eq!(log.take(), ["done"]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_another_handle_aborts_says_so() {
    let aborted = || {
        let handle = tokio::spawn(pending::<()>());
        handle.abort();
        Task::from(handle)
    };
    assert_eq!(
        panic_of(aborted()).await,
        "this `Task` will never be ready: it was aborted, or its runtime was shut down"
    );
    let error = aborted().join().await.expect_err("it was aborted");
    assert!(error.is_cancelled());
    assert_eq!(aborted().cancel().await, None);
}
