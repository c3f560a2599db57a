//! Groups and their children.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use rejoin::{gather, task_group};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Level, info, info_span};

use super::recorder::Recorder;
use super::{after, even};

#[tokio::test(start_paused = true)]
async fn children_are_in_the_span_of_their_group() {
    let work = async {
        let text = String::from("text");
        task_group!(|tg| {
            tg.spawn(async { info!("in a task") });
            tg.spawn_scoped(async {
                after(10).await;
                info!("scoped, {text}");
            });
            tg.spawn_daemon(pending::<()>());
            let sum = gather!(tg.spawn(after(20)), tg.spawn_blocking(|| 1)).await;
            info!("in the body");
            sum
        })
        .await
    };
    let work = async { work.instrument(info_span!("request")).await };
    let (sum, seen) = Recorder::watch(work).await;
    assert_eq!(sum, (20, 1));
    // The clock stands still while something blocks.
    assert_eq!(
        seen.tree(),
        "
request
  task_group outcome=ok duration_us=20000
    child kind=spawn outcome=done duration_us=0
    child kind=spawn_scoped outcome=done duration_us=10000
    child kind=spawn_daemon outcome=cancelled duration_us=20000
    child kind=spawn outcome=done duration_us=20000
    child kind=spawn_blocking outcome=done duration_us=0
    gather branches=2 outcome=ok duration_us=20000
      branch index=0 outcome=done duration_us=20000
      branch index=1 outcome=done duration_us=0
"
    );
    assert_eq!(
        seen.events(),
        [
            "request task_group child: in a task",
            "request task_group child: scoped, text",
            "request task_group: in the body",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_group_and_each_child_know_their_lines() {
    let (first, seen) = Recorder::watch(async {
        let first = line!() + 1;
        let group = task_group!(|tg| {
            tg.spawn(after(1));
            tg.spawn_scoped(after(1));
            tg.spawn_blocking(|| ());
            tg.spawn_daemon(after(1));
            tg.handle().spawn(after(1));
        });
        group.await;
        first
    })
    .await;
    let lines: Vec<u32> = (seen.spans().iter())
        .map(|span| span.field("line").unwrap().parse().unwrap())
        .collect();
    assert_eq!(lines, (first..).take(6).collect::<Vec<_>>());
    assert!((seen.spans().iter()).all(|span| span.field("file") == Some(file!())));
}

#[tokio::test(start_paused = true)]
async fn an_error_is_told_from_what_it_cancels() {
    let (result, seen) = Recorder::watch(async {
        task_group!(<String> |tg| {
            tg.spawn(even(10));
            tg.spawn(even(21));
            tg.spawn_scoped(even(30));
            tg.spawn(even(40));
            Ok(())
        })
        .await
    })
    .await;
    assert_eq!(result.unwrap_err().into_first(), "21 is odd");
    assert_eq!(
        seen.tree(),
        "
task_group outcome=error duration_us=21000
  child kind=spawn outcome=ok duration_us=10000
  child kind=spawn outcome=error duration_us=21000
  child kind=spawn_scoped outcome=cancelled duration_us=21000
  child kind=spawn outcome=cancelled duration_us=21000
"
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_a_deadline_and_a_drop_are_told_apart() {
    let ((), seen) = Recorder::watch(async {
        let group = task_group!(|tg| {
            tg.spawn(async {
                after(10).await;
                panic!("on purpose");
            });
            pending::<()>().await;
        });
        assert!(AssertUnwindSafe(group).catch_unwind().await.is_err());

        let group = task_group!(|tg| tg.spawn(after(30)).await, timeout = 20ms);
        assert!(group.await.is_err());

        let group = task_group!(|tg| tg.spawn_scoped(after(30)).await);
        assert!(timeout(Duration::from_millis(20), group).await.is_err());

        let group = task_group!(|tg| {
            tg.stop(1);
            pending().await
        });
        assert_eq!(group.await, 1);
    })
    .await;
    assert_eq!(
        seen.tree(),
        "
task_group outcome=panicked duration_us=10000
  child kind=spawn outcome=panicked duration_us=10000
task_group outcome=timed_out duration_us=20000
  child kind=spawn outcome=cancelled duration_us=20000
task_group outcome=cancelled duration_us=20000
  child kind=spawn_scoped outcome=cancelled duration_us=20000
task_group outcome=ok duration_us=0
"
    );
}

#[tokio::test(start_paused = true)]
async fn a_child_follows_from_whoever_spawned_it() {
    let ((), seen) = Recorder::watch(async {
        task_group!(|tg| {
            let group = tg.handle();
            tg.spawn(async move {
                group.spawn(after(10));
            });
        })
        .await;
    })
    .await;
    assert_eq!(
        seen.tree(),
        "
task_group outcome=ok duration_us=10000
  child kind=spawn outcome=done duration_us=0
  child kind=spawn outcome=done duration_us=10000 <- child
"
    );
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_place_does_not_run_yet() {
    let ((), seen) = Recorder::watch(async {
        task_group!(<limit = 1> |tg| {
            tg.spawn(after(10));
            tg.spawn(after(20));
            let never = tg.spawn(after(30));
            never.cancel().await;
            sleep(Duration::from_millis(5)).await;
        })
        .await;
    })
    .await;
    assert_eq!(
        seen.tree(),
        "
task_group outcome=ok duration_us=30000
  child kind=spawn outcome=done duration_us=10000
  child kind=spawn outcome=done duration_us=20000
  child kind=spawn outcome=cancelled
"
    );
}

/// Under an `INFO` filter the library has no spans of its own.
#[tokio::test(start_paused = true)]
async fn children_lost_the_span_of_their_caller_under_a_filter() {
    let work = async {
        task_group!(
            |tg| {
                let waits = OnDrop("a child is dropped");
                tg.spawn_daemon(async move {
                    let _waits = waits;
                    pending::<()>().await;
                });
                tg.spawn(async {
                    after(10).await;
                    info!("in a task");
                });
                tg.spawn_scoped(async { info!("scoped") });
                let handle = tg.handle();
                let part = info_span!("part");
                part.in_scope(|| {
                    tg.spawn(async move {
                        info!("in a part");
                        handle.spawn(async { info!("in a child of a child") });
                    })
                });
            },
            limit = 2
        )
        .await;
    };
    let work = async { work.instrument(info_span!("request")).await };
    let ((), seen) = Recorder::watch_down_to(Level::INFO, work).await;
    assert_eq!(seen.tree(), "\nrequest\n  part\n");
    assert_eq!(
        seen.events(),
        [
            "request: scoped",
            "request part: in a part",
            "request part: in a child of a child",
            "request: in a task",
            "request: a child is dropped",
        ]
    );
    assert!(seen.spans().iter().all(|span| span.closed));
}

#[tokio::test]
async fn a_blocking_child_enters_the_span_of_its_caller_under_a_filter() {
    let work = async {
        task_group!(|tg| {
            let part = info_span!("part");
            part.in_scope(|| tg.spawn_blocking(|| ())).await;
        })
        .await;
    };
    let ((), seen) = Recorder::watch_down_to(Level::INFO, work).await;
    // Once where it was started, once on its thread, and once to be dropped there.
    assert_eq!(seen.spans()[0].entered, 3);
}

/// Says something when it is dropped.
struct OnDrop(&'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        info!("{}", self.0);
    }
}
