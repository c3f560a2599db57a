//! SharedDeadlines that share a timer, with wakers that panic or come back to the deadlines, as wakers of users may.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    task::{Context, Waker},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Runtime},
    time::{Instant, advance, sleep},
};

use super::{BranchDeadline, SharedDeadlines, Timeout};
use crate::timeout::test_waker::{TestWaker, Woken, Work, take};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn deadlines_of(after: Duration) -> Arc<SharedDeadlines> {
    SharedDeadlines::new(Timeout::new(after, "`each_timeout`"))
}

/// Returns a deadline that begins now.
fn waiting(deadlines: &Arc<SharedDeadlines>, waker: &Waker) -> BranchDeadline {
    waiting_since(Instant::now(), deadlines, waker)
}

fn waiting_since(
    begun: Instant,
    deadlines: &Arc<SharedDeadlines>,
    waker: &Waker,
) -> BranchDeadline {
    let mut deadline = BranchDeadline::new(deadlines);
    assert!(deadline.is_new());
    assert!(!deadline.begin(begun, waker));
    assert!(!deadline.is_new());
    deadline
}

fn paused() -> Runtime {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap()
}

#[tokio::test(start_paused = true)]
async fn expired_deadlines_wake_their_tasks_in_order_and_once() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let mut branches = Vec::new();
    for number in 0..6 {
        branches.push(waiting(&deadlines, &TestWaker::plain(number, &woken)));
        if number % 2 == 1 {
            sleep(ms(1)).await;
        }
    }
    sleep(ms(6)).await;
    assert_eq!(take(&woken), []);
    sleep(ms(1)).await;
    assert_eq!(take(&woken), [0, 1]);
    sleep(ms(1)).await;
    assert_eq!(take(&woken), [2, 3]);
    assert!(!branches[4].check(&TestWaker::plain(7, &woken)));
    sleep(ms(100)).await;
    assert_eq!(take(&woken), [7, 5]);
    assert!(branches.iter_mut().all(|late| late.check(Waker::noop())));
    sleep(ms(100)).await;
    assert_eq!(take(&woken), []);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_began_earlier_may_be_added_later() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let start = Instant::now();
    sleep(ms(5)).await;
    let since = |at, number| {
        let waker = TestWaker::plain(number, &woken);
        waiting_since(start + ms(at), &deadlines, &waker)
    };
    let mut branches = [(5, 0), (2, 1), (4, 2), (2, 3)].map(|(at, number)| since(at, number));
    sleep(ms(6)).await;
    assert_eq!(take(&woken), []);
    sleep(ms(1)).await;
    assert_eq!(take(&woken), [1, 3], "at 12");
    sleep(ms(2)).await;
    assert_eq!(take(&woken), [2], "at 14");
    sleep(ms(1)).await;
    assert_eq!(take(&woken), [0], "at 15");
    assert!(branches.iter_mut().all(|late| late.check(Waker::noop())));
}

#[test]
fn a_waker_that_panics_keeps_no_other_from_being_woken() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let runtime = paused();
    let branches = runtime.block_on(async {
        let panics: Work = Box::new(|| panic!("the waker"));
        let panicking = TestWaker::with(0, &woken, Some(panics), None);
        let mut branches = vec![
            waiting(&deadlines, &panicking),
            waiting(&deadlines, &TestWaker::plain(1, &woken)),
        ];
        sleep(ms(3)).await;
        branches.push(waiting(&deadlines, &TestWaker::plain(2, &woken)));
        branches
    });
    let panic = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { sleep(ms(8)).await });
    }));
    let panic = panic.expect_err("it goes to the runtime, which runs the timers");
    assert_eq!(panic.downcast_ref(), Some(&"the waker"));
    assert_eq!(take(&woken), [0, 1]);
    let state = deadlines.lock();
    let timer = state.timer.as_ref().expect("it was put back");
    assert_eq!(timer.at(), state.queue.next(), "it was armed again");
    assert!(!timer.has_fired());
    drop(state);
    drop(branches);
}

#[tokio::test(start_paused = true)]
async fn the_timer_is_armed_only_while_a_branch_waits() {
    let timer = |deadlines: &SharedDeadlines| {
        let state = deadlines.lock();
        state.timer.as_ref().expect("no thread is arming it").at()
    };
    let deadlines = deadlines_of(ms(10));
    for _ in 0..2 {
        let deadline = waiting(&deadlines, Waker::noop());
        assert_eq!(timer(&deadlines), Some(Instant::now() + ms(10)));
        drop(deadline);
        assert_eq!(timer(&deadlines), None);
    }
    let endless = deadlines_of(Duration::MAX);
    let _deadline = waiting(&endless, Waker::noop());
    assert_eq!(
        timer(&endless),
        None,
        "the clock cannot represent that time"
    );
}

/// Returns a closure that drops one deadline and begins another one, which goes to `kept`.
fn visit(
    deadlines: &Arc<SharedDeadlines>,
    woken: &Woken,
    kept: &Arc<Mutex<Vec<BranchDeadline>>>,
) -> Work {
    let leaves = waiting(deadlines, &TestWaker::plain(100, woken));
    let (deadlines, woken, kept) = (Arc::clone(deadlines), Arc::clone(woken), Arc::clone(kept));
    Box::new(move || {
        drop(leaves);
        let begins = waiting(&deadlines, &TestWaker::plain(1, &woken));
        kept.lock().unwrap().push(begins);
    })
}

#[tokio::test(start_paused = true)]
async fn wakers_may_come_back_when_they_are_woken_or_dropped() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let kept = Arc::default();
    let visits = || visit(&deadlines, &woken, &kept);
    let visitors = || kept.lock().unwrap().len();

    let gone = waiting(
        &deadlines,
        &TestWaker::with(0, &woken, None, Some(visits())),
    );
    drop(gone);
    assert_eq!(visitors(), 1);

    let mut other = waiting(
        &deadlines,
        &TestWaker::with(0, &woken, None, Some(visits())),
    );
    assert!(!other.check(Waker::noop()));
    assert_eq!(visitors(), 2);

    sleep(ms(1)).await;
    let (on_wake, on_drop) = (Some(visits()), Some(visits()));
    let late = waiting(&deadlines, &TestWaker::with(2, &woken, on_wake, on_drop));
    sleep(ms(9)).await;
    assert_eq!(take(&woken), [1, 1]);
    // Once while other deadlines are still to come, and once while there are none.
    let (on_wake, on_drop) = (Some(visits()), Some(visits()));
    let later = waiting(&deadlines, &TestWaker::with(3, &woken, on_wake, on_drop));
    sleep(ms(1)).await;
    // The deadlines that the waker drops have expired with it, and their wakers are woken although they were dropped.
    assert_eq!(take(&woken), [100, 100, 2]);
    assert_eq!(visitors(), 4);
    sleep(ms(9)).await;
    assert_eq!(take(&woken), [100, 100, 3], "at 20");
    assert_eq!(visitors(), 6);
    sleep(ms(1)).await;
    assert_eq!(take(&woken), [1, 1], "at 21");
    sleep(ms(9)).await;
    assert_eq!(take(&woken), [1, 1], "at 30");
    drop((late, later, other));
    kept.lock().unwrap().clear();
}

#[test]
fn the_shutdown_of_a_runtime_wakes_all_branches_and_panics_in_none() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let (first, second) = (paused(), paused());
    let mut branches = first.block_on(async {
        let late = waiting(&deadlines, &TestWaker::plain(0, &woken));
        sleep(ms(10)).await;
        let [one, two] = [1, 2].map(|n| waiting(&deadlines, &TestWaker::plain(n, &woken)));
        [late, one, two]
    });
    assert_eq!(take(&woken), [0]);
    drop(first);
    assert_eq!(take(&woken), [1, 2]);
    second.block_on(async {
        let waker = TestWaker::plain(3, &woken);
        assert!(branches[0].check(&waker));
        assert!(!branches[2].check(&waker));
        sleep(ms(40)).await;
        assert_eq!(
            take(&woken),
            [3],
            "the others were woken, and were not polled after that"
        );
        assert!(branches[1].check(&waker) && branches[2].check(&waker));
    });
}

#[test]
fn a_runtime_may_shut_down_when_a_deadline_has_passed() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let runtime = paused();
    let branches = runtime.block_on(async {
        let late = waiting(&deadlines, &TestWaker::plain(0, &woken));
        sleep(ms(5)).await;
        let next = waiting(&deadlines, &TestWaker::plain(1, &woken));
        // It advances the clock at its first poll, and the timers are not run after that.
        let mut advance = Box::pin(advance(ms(6)));
        let poll = advance
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
        [late, next]
    });
    assert_eq!(take(&woken), []);
    drop(runtime);
    assert_eq!(take(&woken), [0, 1]);
    drop(branches);
}

#[test]
fn a_timer_that_could_not_be_armed_is_armed_for_the_next_branch() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let mut deadline = BranchDeadline::new(&deadlines);
    let nowhere = catch_unwind(AssertUnwindSafe(|| {
        deadline.begin(Instant::now(), &TestWaker::plain(0, &woken));
    }));
    assert!(nowhere.is_err(), "there is no runtime");
    let runtime = paused();
    runtime.block_on(async {
        let _next = waiting(&deadlines, &TestWaker::plain(1, &woken));
        sleep(ms(50)).await;
        assert_eq!(take(&woken), [0, 1]);
    });
}

#[tokio::test(start_paused = true)]
async fn deadlines_are_freed_with_their_last_branch() {
    let deadlines = deadlines_of(ms(10));
    let branches = [(); 3].map(|()| waiting(&deadlines, Waker::noop()));
    let weak = Arc::downgrade(&deadlines);
    drop(deadlines);
    assert_eq!(weak.strong_count(), 3, "the timer holds no reference");
    drop(branches);
    assert_eq!(weak.strong_count(), 0);
    assert_eq!(weak.weak_count(), 0, "the runtime holds no waker");
}
