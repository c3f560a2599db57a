//! Calls and their branches.

use std::future::{pending, ready};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use rejoin::{Pending, as_completed, gather, spawn, spawn_blocking, wait};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Level, info, info_span};

use super::recorder::Recorder;
use super::{after, even};

#[tokio::test(start_paused = true)]
async fn a_gather_has_a_span_and_so_has_each_branch() {
    let (result, seen) = Recorder::watch(async {
        let call = async { gather!(even(10), after(30), ready(())).await };
        call.instrument(info_span!("request")).await
    })
    .await;
    assert_eq!(result, Ok((10, 30, ())));
    assert_eq!(
        seen.tree(),
        "
request
  gather branches=3 outcome=ok duration_us=30000
    branch index=0 outcome=ok duration_us=10000
    branch index=1 outcome=done duration_us=30000
    branch index=2 outcome=done duration_us=0
"
    );
    assert!(seen.spans().iter().all(|span| span.closed));
}

#[tokio::test(start_paused = true)]
async fn it_is_told_apart_from_others() {
    let (line, seen) = Recorder::watch(async {
        gather!(after(1)).await;
        line!() - 1
    })
    .await;
    let [call, branch] = &seen.spans()[..] else {
        panic!("{}", seen.tree())
    };
    assert_eq!(call.field("file"), Some(file!()));
    assert_eq!(call.field("line"), Some(&*line.to_string()));
    assert_eq!((call.target, call.level), ("rejoin", Level::DEBUG));
    assert_eq!((branch.target, branch.level), ("rejoin", Level::TRACE));
}

#[tokio::test(start_paused = true)]
async fn each_call_knows_its_line() {
    let (first, seen) = Recorder::watch(async {
        let (jobs, late) = ([after(1)], Duration::from_secs(1));
        let first = line!() + 1;
        let _ = gather!(..jobs, limit = 1).await;
        let _ = gather!(after(1), timeout = late).await;
        let _ = gather!(after(1), timeout = 1s, partial = true).await;
        let _ = as_completed!(after(1)).next().await;
        as_completed!(for _ in ..[after(1)] {});
        as_completed! { _ = after(1) => {} }
        let _ = wait!(after(1), timeout = 1s).await;
        let _ = spawn(after(1)).await;
        spawn_blocking(|| ()).await;
        first
    })
    .await;
    let spans = seen.spans();
    let calls = spans.iter().filter(|span| span.name != "branch");
    let lines: Vec<_> = calls
        .map(|call| (call.name, call.field("line").unwrap().parse().unwrap()))
        .collect();
    let names = "gather gather gather as_completed as_completed as_completed wait task task";
    let expected: Vec<_> = names.split(' ').zip(first..).collect();
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn an_error_ends_it_and_cancels_the_others() {
    let (result, seen) =
        Recorder::watch(async { gather!(even(10), even(21), even(30), pending::<()>()).await })
            .await;
    assert_eq!(result, Err("21 is odd".into()));
    assert_eq!(
        seen.tree(),
        "
gather branches=4 outcome=error duration_us=21000
  branch index=0 outcome=ok duration_us=10000
  branch index=1 outcome=error duration_us=21000
  branch index=2 outcome=cancelled duration_us=21000
  branch index=3 outcome=cancelled duration_us=21000
"
    );
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_told_from_an_error() {
    let (result, seen) =
        Recorder::watch(async { gather!(after(10), after(30), timeout = 20ms).await }).await;
    assert!(result.is_err());
    assert_eq!(
        seen.tree(),
        "
gather branches=2 outcome=timed_out duration_us=20000
  branch index=0 outcome=done duration_us=10000
  branch index=1 outcome=cancelled duration_us=20000
"
    );
}

#[tokio::test(start_paused = true)]
async fn a_branch_may_time_out_by_itself() {
    let ((values, error), seen) = Recorder::watch(async {
        let values = gather!(after(10), gather!(after(30)), each_timeout = 20ms).await;
        let error = gather!(
            after(10),
            after(30),
            each_timeout = 20ms,
            error = std::io::Error
        )
        .await;
        (values, error)
    })
    .await;
    assert_eq!((values.0.is_ok(), values.1.is_ok()), (true, false));
    assert!(error.is_err());
    assert_eq!(
        seen.tree(),
        "
gather branches=1 outcome=cancelled duration_us=20000 <- branch
  branch index=0 outcome=cancelled duration_us=20000
gather branches=2 outcome=ok duration_us=20000
  branch index=0 outcome=done duration_us=10000
  branch index=1 outcome=timed_out duration_us=20000
gather branches=2 outcome=error duration_us=20000
  branch index=0 outcome=ok duration_us=10000
  branch index=1 outcome=timed_out duration_us=20000
"
    );
}

#[tokio::test(start_paused = true)]
async fn a_spread_has_elements_and_what_is_not_started_has_no_span() {
    let (result, seen) = Recorder::watch(async {
        let even = [10, 21, 30, 40].map(even);
        let spread = gather!(ready(()), ..even, limit = 2).await;
        (spread, gather!(..vec![after(1), after(2)], ready(())).await)
    })
    .await;
    assert_eq!(result, (Err("21 is odd".into()), (vec![1, 2], ())));
    assert_eq!(
        seen.tree(),
        "
gather branches=5 outcome=error duration_us=21000
  branch index=0 outcome=done duration_us=0
  branch element=0 outcome=ok duration_us=10000
  branch element=1 outcome=error duration_us=21000
  branch element=2 outcome=cancelled duration_us=11000
gather branches=3 outcome=ok duration_us=2000
  branch element=0 outcome=done duration_us=1000
  branch element=1 outcome=done duration_us=2000
  branch index=1 outcome=done duration_us=0
"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_is_cancelled() {
    let ((), seen) = Recorder::watch(async {
        drop(gather!(after(1), after(2)));
        let call = gather!(after(10), pending::<()>());
        assert!(timeout(Duration::from_millis(20), call).await.is_err());
    })
    .await;
    assert_eq!(
        seen.tree(),
        "
gather branches=2 outcome=cancelled
gather branches=2 outcome=cancelled duration_us=20000
  branch index=0 outcome=done duration_us=10000
  branch index=1 outcome=cancelled duration_us=20000
"
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_told_from_a_cancellation() {
    async fn panics() {
        sleep(Duration::from_millis(10)).await;
        panic!("on purpose");
    }

    let ((), seen) = Recorder::watch(async {
        let call = AssertUnwindSafe(async { gather!(after(30), panics()).await });
        assert!(call.catch_unwind().await.is_err());
        let call = AssertUnwindSafe(async {
            wait!(..[panics().boxed(), after(30).map(|_| ()).boxed()])
                .await
                .0
                .len()
        });
        assert!(call.catch_unwind().await.is_err());
    })
    .await;
    assert_eq!(
        seen.tree(),
        "
gather branches=2 outcome=panicked duration_us=10000
  branch index=0 outcome=cancelled duration_us=10000
  branch index=1 outcome=panicked duration_us=10000
wait branches=2 outcome=panicked duration_us=10000
  branch index=0 outcome=panicked duration_us=10000
  branch index=1 outcome=cancelled duration_us=10000
"
    );
}

#[tokio::test(start_paused = true)]
async fn a_nested_call_follows_from_the_branch_that_polls_it() {
    let (_, seen) = Recorder::watch(async { gather!(gather!(after(1)), after(2)).await }).await;
    assert_eq!(
        seen.tree(),
        "
gather branches=1 outcome=ok duration_us=1000 <- branch
  branch index=0 outcome=done duration_us=1000
gather branches=2 outcome=ok duration_us=2000
  branch index=0 outcome=done duration_us=1000
  branch index=1 outcome=done duration_us=2000
"
    );
    let inside = async { gather!(async { gather!(after(1)).await }).await };
    let (_, seen) = Recorder::watch(inside).await;
    assert_eq!(
        seen.tree(),
        "
gather branches=1 outcome=ok duration_us=1000
  branch index=0 outcome=done duration_us=1000
    gather branches=1 outcome=ok duration_us=1000
      branch index=0 outcome=done duration_us=1000
"
    );
}

struct SaysSo;

impl Drop for SaysSo {
    fn drop(&mut self) {
        info!("dropped");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_branch_says_is_said_in_its_span() {
    async fn speaks() {
        let _says_so = SaysSo;
        info!("begins");
        sleep(Duration::from_millis(10)).await;
        info!("ends");
    }
    let work = async {
        let _ = gather!(speaks(), async { Err::<(), _>(after(5).await) }).await;
        info!("after it");
        as_completed!(for () in ..[speaks()] {
            sleep(Duration::from_millis(20)).await;
            info!("in the body");
        });
    };
    let work = async { work.instrument(info_span!("request")).await };
    let ((), seen) = Recorder::watch(work).await;
    assert_eq!(
        seen.events(),
        [
            "request gather branch: begins",
            "request gather branch: dropped",
            "request: after it",
            "request as_completed branch: begins",
            "request as_completed branch: ends",
            "request as_completed branch: dropped",
            "request: in the body",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_branch_is_entered_once_a_poll() {
    let (_, seen) = Recorder::watch(async {
        gather!(after(1), after(2), after(3), async {
            after(1).await;
            after(3).await
        })
        .await
    })
    .await;
    let spans = seen.spans();
    let branches = spans.iter().filter(|span| span.name == "branch");
    let entered: Vec<_> = branches.map(|branch| branch.entered).collect();
    // Once more to be dropped in.
    assert_eq!(entered, [3, 3, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn loops_and_streams_end_as_they_are_left() {
    let ((), seen) = Recorder::watch(async {
        let mut stream = as_completed!(after(20), after(10));
        while stream.next().await.is_some() {}
        drop(stream);

        as_completed!(for ms in ..[after(20), after(10)] {
            if ms == 10 {
                break;
            }
        });

        let mut stream = as_completed!(after(10), after(30), timeout = 20ms);
        while let Some(Ok(_)) = stream.next().await {}
        drop(stream);

        as_completed! {
            a = after(10) => assert_eq!(a, 10),
            () = async { after(20).await; } => {}
        }
        drop(as_completed!(after(10)).into_pending());
    })
    .await;
    assert_eq!(
        seen.tree(),
        "
as_completed branches=2 outcome=done duration_us=20000
  branch index=0 outcome=done duration_us=20000
  branch index=1 outcome=done duration_us=10000
as_completed branches=2 outcome=cancelled duration_us=10000
  branch index=0 outcome=cancelled duration_us=10000
  branch index=1 outcome=done duration_us=10000
as_completed branches=2 outcome=timed_out duration_us=20000
  branch index=0 outcome=done duration_us=10000
  branch index=1 outcome=cancelled duration_us=20000
as_completed branches=2 outcome=done duration_us=20000
  branch index=0 outcome=done duration_us=10000
  branch index=1 outcome=done duration_us=20000
as_completed branches=1 outcome=done
"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_lent_is_of_the_call_that_polls_it_first() {
    let (left, seen) = Recorder::watch(async {
        let mut pending: Pending<_> = [10, 20, 30].map(after).into_iter().collect();
        as_completed!(for ms in ..&mut pending {
            if ms == 10 {
                break;
            }
        });
        pending.push(after(5));
        let (done, pending) = wait!(..pending, return_when = FIRST_COMPLETED).await;
        assert_eq!(done.into_iter().collect::<Vec<_>>(), [5]);
        let (done, rest) = wait!(..pending, timeout = 10ms).await;
        assert_eq!(done.len(), 1);
        rest
    })
    .await;
    assert_eq!(left.len(), 1);
    drop(left);
    // The last one runs for 10, 5 and 10 milliseconds.
    assert_eq!(
        seen.tree(),
        "
as_completed branches=3 outcome=cancelled duration_us=10000
  branch index=0 outcome=done duration_us=10000
  branch index=1 outcome=done duration_us=20000
  branch index=2 outcome=cancelled duration_us=25000
wait branches=3 outcome=done duration_us=5000
  branch index=3 outcome=done duration_us=5000
wait branches=2 outcome=timed_out duration_us=10000
"
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_wants_calls_only_gets_calls_only() {
    let call = async { gather!(..[after(1), after(2)]).await };
    let (result, seen) = Recorder::watch_down_to(Level::DEBUG, call).await;
    assert_eq!(result, [1, 2]);
    assert_eq!(
        seen.tree(),
        "\ngather branches=2 outcome=ok duration_us=2000\n"
    );
}
