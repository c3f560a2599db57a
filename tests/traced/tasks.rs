//! Tasks.

use std::future::pending;
use std::time::Duration;

use rejoin::{gather, spawn, spawn_blocking, spawn_local};
use tokio::task::yield_now;
use tokio::time::sleep;
use tracing::{Instrument, Level, info, info_span};

use super::after;
use super::recorder::Recorder;

#[tokio::test(start_paused = true)]
async fn a_task_has_a_span_in_that_of_whoever_starts_it() {
    let work = async {
        let task = spawn(async {
            info!("in the task");
            after(10).await
        });
        gather!(task).await
    };
    let work = async { work.instrument(info_span!("request")).await };
    let (result, seen) = Recorder::watch(work).await;
    assert_eq!(result, (10,));
    assert_eq!(
        seen.tree(),
        "
request
  task kind=spawn outcome=done duration_us=10000
  gather branches=1 outcome=ok duration_us=10000
    branch index=0 outcome=done duration_us=10000
"
    );
    assert_eq!(seen.events(), ["request task: in the task"]);
}

#[tokio::test(start_paused = true)]
async fn a_local_task_has_a_span() {
    let work = async {
        tokio::task::LocalSet::new()
            .run_until(async { spawn_local(after(10)).await })
            .await
    };
    let (result, seen) = Recorder::watch(work).await;
    assert_eq!(result, 10);
    assert_eq!(
        seen.tree(),
        "
task kind=spawn_local outcome=done duration_us=10000
"
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_may_be_cancelled_or_panic() {
    let ((), seen) = Recorder::watch(async {
        assert_eq!(spawn(pending::<()>()).cancel().await, None);

        let task = spawn(pending::<()>());
        sleep(Duration::from_millis(10)).await;
        drop(task);
        yield_now().await;

        let task = spawn(async {
            after(10).await;
            panic!("on purpose")
        });
        assert!(task.join().await.unwrap_err().is_panic());
    })
    .await;
    assert_eq!(
        seen.tree(),
        "
task kind=spawn outcome=cancelled
task kind=spawn outcome=cancelled duration_us=10000
task kind=spawn outcome=panicked duration_us=10000
"
    );
}

#[tokio::test]
async fn a_blocking_task_may_end_or_panic() {
    let ((), seen) = Recorder::watch(async {
        assert_eq!(spawn_blocking(|| 1).await, 1);
        let task = spawn_blocking(|| panic!("on purpose"));
        assert!(task.join().await.unwrap_err().is_panic());
    })
    .await;
    let spans = seen.spans();
    let ends =
        (spans.iter()).map(|span| (span.field("kind").unwrap(), span.field("outcome").unwrap()));
    assert_eq!(
        ends.collect::<Vec<_>>(),
        [("spawn_blocking", "done"), ("spawn_blocking", "panicked")]
    );
}

/// Under an `INFO` filter the library has no spans of its own.
#[tokio::test(start_paused = true)]
async fn a_task_lost_the_span_of_its_caller_under_a_filter() {
    let work = async {
        let task = spawn(async {
            info!("in the task");
            after(10).await;
            info!("later");
        });
        gather!(task, async { info!("in a branch") }).await;
    };
    let work = async {
        work.instrument(info_span!("request")).await;
        spawn(async { info!("in a task of nobody") }).await;
    };
    let ((), seen) = Recorder::watch_down_to(Level::INFO, work).await;
    assert_eq!(seen.tree(), "\nrequest\n");
    assert_eq!(
        seen.events(),
        [
            "request: in a branch",
            "request: in the task",
            "request: later",
            ": in a task of nobody",
        ]
    );
    assert!(seen.spans().iter().all(|span| span.closed));
}

#[tokio::test]
async fn a_blocking_task_enters_the_span_of_its_caller_under_a_filter() {
    let work = async {
        let request = info_span!("request");
        let task = request.in_scope(|| spawn_blocking(|| ()));
        task.await;
    };
    let ((), seen) = Recorder::watch_down_to(Level::INFO, work).await;
    // Once where it was started, and once on its thread.
    assert_eq!(seen.spans()[0].entered, 2);
}
