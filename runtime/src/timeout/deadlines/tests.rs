//! Deadlines that share a timer, with wakers that do what users' wakers may do.

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

use super::{Deadlines, Ticket, Timeout};
use crate::timeout::named::{Named, Woken, Work, take};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn deadlines_of(after: Duration) -> Arc<Deadlines> {
    Deadlines::new(Timeout::new(after, "`each_timeout`"))
}

/// One whose time begins now.
fn waiting(deadlines: &Arc<Deadlines>, waker: &Waker) -> Ticket {
    waiting_since(Instant::now(), deadlines, waker)
}

fn waiting_since(begun: Instant, deadlines: &Arc<Deadlines>, waker: &Waker) -> Ticket {
    let mut ticket = Ticket::new(deadlines);
    assert!(ticket.is_new());
    assert!(!ticket.begin(begun, waker));
    assert!(!ticket.is_new());
    ticket
}

fn paused() -> Runtime {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap()
}

#[tokio::test(start_paused = true)]
async fn all_that_are_late_are_woken_in_order_and_once() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let mut tickets = Vec::new();
    for number in 0..6 {
        tickets.push(waiting(&deadlines, &Named::plain(number, &woken)));
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
    assert!(!tickets[4].check(&Named::plain(7, &woken)));
    sleep(ms(100)).await;
    assert_eq!(take(&woken), [7, 5]);
    assert!(tickets.iter_mut().all(|late| late.check(Waker::noop())));
    sleep(ms(100)).await;
    assert_eq!(take(&woken), []);
}

#[tokio::test(start_paused = true)]
async fn one_that_began_earlier_may_come_later() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let start = Instant::now();
    sleep(ms(5)).await;
    let since = |at, number| {
        let waker = Named::plain(number, &woken);
        waiting_since(start + ms(at), &deadlines, &waker)
    };
    let mut tickets = [(5, 0), (2, 1), (4, 2), (2, 3)].map(|(at, number)| since(at, number));
    sleep(ms(6)).await;
    assert_eq!(take(&woken), []);
    sleep(ms(1)).await;
    assert_eq!(take(&woken), [1, 3], "at 12");
    sleep(ms(2)).await;
    assert_eq!(take(&woken), [2], "at 14");
    sleep(ms(1)).await;
    assert_eq!(take(&woken), [0], "at 15");
    assert!(tickets.iter_mut().all(|late| late.check(Waker::noop())));
}

#[test]
fn a_waker_that_panics_keeps_nobody_from_being_woken() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let runtime = paused();
    let tickets = runtime.block_on(async {
        let panics: Work = Box::new(|| panic!("the waker"));
        let panicking = Named::with(0, &woken, Some(panics), None);
        let mut tickets = vec![
            waiting(&deadlines, &panicking),
            waiting(&deadlines, &Named::plain(1, &woken)),
        ];
        sleep(ms(3)).await;
        tickets.push(waiting(&deadlines, &Named::plain(2, &woken)));
        tickets
    });
    let panic = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { sleep(ms(8)).await });
    }));
    let panic = panic.expect_err("it goes to who runs the timers");
    assert_eq!(panic.downcast_ref(), Some(&"the waker"));
    assert_eq!(take(&woken), [0, 1]);
    let state = deadlines.lock();
    let alarm = state.alarm.as_ref().expect("it was put back");
    assert_eq!(alarm.at(), state.queue.next(), "it was set again");
    assert!(!alarm.has_rung());
    drop(state);
    drop(tickets);
}

#[tokio::test(start_paused = true)]
async fn while_nobody_waits_the_timer_is_not_set() {
    let timer = |deadlines: &Deadlines| {
        let state = deadlines.lock();
        state.alarm.as_ref().expect("nobody sets it").at()
    };
    let deadlines = deadlines_of(ms(10));
    for _ in 0..2 {
        let ticket = waiting(&deadlines, Waker::noop());
        assert_eq!(timer(&deadlines), Some(Instant::now() + ms(10)));
        drop(ticket);
        assert_eq!(timer(&deadlines), None);
    }
    let endless = deadlines_of(Duration::MAX);
    let _ticket = waiting(&endless, Waker::noop());
    assert_eq!(timer(&endless), None, "the clock does not reach that far");
}

/// Lets one leave and another begin, which is kept.
fn visit(deadlines: &Arc<Deadlines>, woken: &Woken, kept: &Arc<Mutex<Vec<Ticket>>>) -> Work {
    let leaves = waiting(deadlines, &Named::plain(100, woken));
    let (deadlines, woken, kept) = (Arc::clone(deadlines), Arc::clone(woken), Arc::clone(kept));
    Box::new(move || {
        drop(leaves);
        let begins = waiting(&deadlines, &Named::plain(1, &woken));
        kept.lock().unwrap().push(begins);
    })
}

#[tokio::test(start_paused = true)]
async fn wakers_may_come_back_when_they_are_woken_or_dropped() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let kept = Arc::default();
    let visits = || visit(&deadlines, &woken, &kept);
    let visitors = || kept.lock().unwrap().len();

    let gone = waiting(&deadlines, &Named::with(0, &woken, None, Some(visits())));
    drop(gone);
    assert_eq!(visitors(), 1);

    let mut other = waiting(&deadlines, &Named::with(0, &woken, None, Some(visits())));
    assert!(!other.check(Waker::noop()));
    assert_eq!(visitors(), 2);

    sleep(ms(1)).await;
    let (on_wake, on_drop) = (Some(visits()), Some(visits()));
    let late = waiting(&deadlines, &Named::with(2, &woken, on_wake, on_drop));
    sleep(ms(9)).await;
    assert_eq!(take(&woken), [1, 1]);
    // While others wait for longer, and while nobody does.
    let (on_wake, on_drop) = (Some(visits()), Some(visits()));
    let later = waiting(&deadlines, &Named::with(3, &woken, on_wake, on_drop));
    sleep(ms(1)).await;
    // Those who leave now were late with it, and are woken for it though they have left.
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
fn a_runtime_that_shuts_down_calls_all_and_panics_for_none() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let (first, second) = (paused(), paused());
    let mut tickets = first.block_on(async {
        let late = waiting(&deadlines, &Named::plain(0, &woken));
        sleep(ms(10)).await;
        let [one, two] = [1, 2].map(|n| waiting(&deadlines, &Named::plain(n, &woken)));
        [late, one, two]
    });
    assert_eq!(take(&woken), [0]);
    drop(first);
    assert_eq!(take(&woken), [1, 2]);
    second.block_on(async {
        let waker = Named::plain(3, &woken);
        assert!(tickets[0].check(&waker));
        assert!(!tickets[2].check(&waker));
        sleep(ms(40)).await;
        assert_eq!(
            take(&woken),
            [3],
            "the others were called, and did not come back"
        );
        assert!(tickets[1].check(&waker) && tickets[2].check(&waker));
    });
}

#[test]
fn a_runtime_may_shut_down_when_a_deadline_has_passed() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let runtime = paused();
    let tickets = runtime.block_on(async {
        let late = waiting(&deadlines, &Named::plain(0, &woken));
        sleep(ms(5)).await;
        let next = waiting(&deadlines, &Named::plain(1, &woken));
        // It moves the clock at its first poll, and here the timers have no turn after that.
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
    drop(tickets);
}

#[test]
fn a_timer_that_cannot_be_set_is_set_by_the_next() {
    let (deadlines, woken) = (deadlines_of(ms(10)), Woken::default());
    let mut ticket = Ticket::new(&deadlines);
    let nowhere = catch_unwind(AssertUnwindSafe(|| {
        ticket.begin(Instant::now(), &Named::plain(0, &woken));
    }));
    assert!(nowhere.is_err(), "there is no runtime");
    let runtime = paused();
    runtime.block_on(async {
        let _next = waiting(&deadlines, &Named::plain(1, &woken));
        sleep(ms(50)).await;
        assert_eq!(take(&woken), [0, 1]);
    });
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_of_them() {
    let deadlines = deadlines_of(ms(10));
    let tickets = [(); 3].map(|()| waiting(&deadlines, Waker::noop()));
    let weak = Arc::downgrade(&deadlines);
    drop(deadlines);
    assert_eq!(weak.strong_count(), 3, "the timer does not hold them");
    drop(tickets);
    assert_eq!(weak.strong_count(), 0);
    assert_eq!(
        weak.weak_count(),
        0,
        "nor does the runtime hold what it would wake"
    );
}
