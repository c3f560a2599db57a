//! The spans of calls that `until` ends.

use std::future::{pending, ready};

use rejoin::{as_completed, gather, task_group, wait};

use super::{after, recorder::Recorder};

#[tokio::test(start_paused = true)]
async fn the_outcome_says_that_the_call_was_stopped() {
    let ((), seen) = Recorder::watch(async {
        let stopped = gather!(after(10), after(30), until = after(20)).await;
        assert!(stopped.is_err());
        as_completed!(for _ in (after(10), after(30)) {}, until = after(20));
        let (done, rest) = wait!(after(10), after(30), until = after(20)).await;
        assert_eq!(done.len(), 1);
        drop(rest);
        let stopped = task_group!(|_| pending::<()>().await, until = ready(())).await;
        assert!(stopped.is_err());
    })
    .await;
    assert_eq!(
        seen.tree(),
        "
gather branches=2 outcome=stopped duration_us=20000
  branch index=0 outcome=done duration_us=10000
  branch index=1 outcome=cancelled duration_us=20000
as_completed branches=2 outcome=stopped duration_us=20000
  branch index=0 outcome=done duration_us=10000
  branch index=1 outcome=cancelled duration_us=20000
wait branches=2 outcome=stopped duration_us=20000
  branch index=0 outcome=done duration_us=10000
  branch index=1 outcome=cancelled duration_us=20000
task_group outcome=stopped duration_us=0
"
    );
}
