//! `as_completed!` as arms: branches of different types.

use std::{
    cell::RefCell,
    convert::Infallible,
    future::{Future, pending, poll_fn},
    pin::pin,
    task::Poll,
};

use rejoin::{Pending, TimedOut, as_completed, wait};
use rejoin_tests::{Log, OnDrop, after, ms};
use tokio::{
    sync::oneshot,
    task::consume_budget,
    time::{Instant, sleep},
};

#[tokio::test(start_paused = true)]
async fn each_arm_has_its_type_and_fires_in_completion_order() {
    let start = Instant::now();
    let (mut name, mut ages) = (String::new(), vec![]);
    let mut log = vec![];
    as_completed! {
        text = after(20, "Ada") => name.push_str(text),
        (a, [b, c]) = after(5, (1, [2, 3])) => { ages.extend([a, b, c]); }
        age in ..[30_u64, 10].map(|n| after(n, n)) => ages.push(age),
        () = async {} => log.push(start.elapsed()),
    }
    assert_eq!((name.as_str(), ages), ("Ada", vec![1, 2, 3, 10, 30]));
    assert_eq!((log, start.elapsed()), (vec![ms(0)], ms(30)));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_snoozed_while_an_arm_awaits() {
    let (start, finished) = (Instant::now(), RefCell::new(vec![]));
    let child = |n: u64| {
        let finished = &finished;
        async move {
            sleep(ms(n)).await;
            finished.borrow_mut().push(start.elapsed());
        }
    };
    let mut seen = vec![];
    as_completed! {
        () = child(10) => { seen.push(start.elapsed()); sleep(ms(500)).await; }
        _ = async { child(30).await; "done" } => {
            as_completed!(for () in (child(40), child(510)) { sleep(ms(1)).await; });
            seen.push(start.elapsed());
        }
        () in ..[child(20)] => seen.push(start.elapsed()),
    }
    // The inner loop begins when the body of 20 is over.
    assert_eq!(seen, [ms(10), ms(510), ms(1021)]);
    let expected = [10, 20, 30, 550, 1020].map(ms);
    assert_eq!(finished.into_inner(), expected);
}

#[tokio::test(start_paused = true)]
async fn what_completes_during_a_body_comes_in_completion_order() {
    let mut seen = vec![];
    as_completed! {
        () = after(1, ()) => { seen.push("first"); sleep(ms(100)).await; },
        _ = after(40, 0_u8) => seen.push("40"),
        _ = after(30, 'x') => seen.push("30"),
        _ in ..[50, 20].map(|n| after(n, n)) => seen.push("many"),
    }
    assert_eq!(seen, ["first", "many", "30", "40", "many"]);
}

#[tokio::test(start_paused = true)]
async fn break_continue_return_and_question_mark() {
    async fn run(log: &Log, stop: &str) -> Result<&'static str, String> {
        let guard = |name: &str| log.on_drop(name);
        let (a, b) = (guard("a"), guard("b"));
        as_completed! {
            n = after(10, Ok::<u8, String>(1)) => {
                if stop == "continue" { continue; }
                log.add(&n?);
            }
            result = after(20, Err::<u8, String>("failed".to_owned())) => match stop {
                "break" => break,
                "return" => return Ok("returned"),
                _ => drop(result?),
            },
            () = async move { let _a = a; pending().await } => {}
            () in ..[async move { let _b = b; pending().await }] => {}
        }
        log.add("after");
        Ok("left")
    }
    let log = Log::default();
    assert_eq!(run(&log, "break").await, Ok("left"));
    assert_eq!(log.take(), ["1", "a", "b", "after"]);
    assert_eq!(run(&log, "return").await, Ok("returned"));
    assert_eq!(log.take(), ["1", "a", "b"]);
    assert_eq!(run(&log, "continue").await, Err("failed".to_owned()));
    assert_eq!(log.take(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_each_unfinished_arm_fires_once() {
    let start = Instant::now();
    let log = RefCell::new(vec![]);
    let told =
        |arm: &'static str, is_ok: bool| log.borrow_mut().push((arm, is_ok, start.elapsed()));
    as_completed! {
        <timeout = 25ms, limit = 6>
        item = after(30, 'x') => { let _: &Result<char, TimedOut> = &item; told("late", item.is_ok()) }
        item = after(10, 1) => told("in time", item.is_ok()),
        item in ..[20, 40, 50].map(|n| after(n, n)) => { told("many", item.is_ok()); sleep(ms(7)).await; }
        item in ..[15].map(|n| after(n, n)) => told("all in time", item.is_ok()),
        item in ..(60..90).filter(|_| true).map(|n| after(n, n)) => told("not begun", item.is_ok()),
        item in ..Vec::<std::future::Ready<()>>::new() => told("empty", item.is_ok()),
    }
    let expected = [
        ("in time", true, ms(10)),
        ("all in time", true, ms(15)),
        ("many", true, ms(20)),
        ("late", false, ms(27)),
        ("many", false, ms(27)),
        ("not begun", false, ms(34)),
    ];
    assert_eq!(log.into_inner(), expected);
}

#[tokio::test(start_paused = true)]
async fn each_deadline_is_of_each_branch() {
    let mut seen = vec![];
    as_completed! {
        item = after(30, "x") => seen.push(item.map(str::len).map_err(|late| late.after())),
        item in ..[10_u64, 40].map(|n| after(n, 10_usize)) => seen.push(item.map_err(|late| late.after())),
        each_timeout = 20ms
    }
    assert_eq!(seen, [Ok(10), Err(ms(20)), Err(ms(20))]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_counts_over_all_arms() {
    let (start, log) = (Instant::now(), RefCell::new(vec![]));
    let child = |name: &'static str| {
        let log = &log;
        async move {
            log.borrow_mut().push((name, start.elapsed()));
            sleep(ms(10)).await;
            name
        }
    };
    as_completed! {
        _ = child("a") => {},
        _ in ..["b", "c"].map(child) => {},
        name = async { child("d").await.len() } => assert_eq!(name, 1),
        limit = 2,
    }
    let expected = [("a", ms(0)), ("b", ms(0)), ("c", ms(10)), ("d", ms(10))];
    assert_eq!(log.into_inner(), expected);
}

#[tokio::test(start_paused = true)]
async fn an_arm_takes_over_a_set() {
    let (done, left) = wait!(
        ..[10, 20, 30].map(|n| after(n, n)),
        return_when = FIRST_COMPLETED
    )
    .await;
    assert_eq!(done.into_iter().collect::<Vec<_>>(), [10]);
    let start = Instant::now();
    let mut seen = vec![];
    as_completed! {
        n in ..left => seen.push((n, start.elapsed())),
        n = after(15, 0) => seen.push((n, start.elapsed())),
    }
    assert_eq!(seen, [(20, ms(10)), (0, ms(15)), (30, ms(20))]);
}

#[tokio::test(start_paused = true)]
async fn many_arms() {
    let mut sum = 0_u64;
    as_completed! {
        n = after(1, 1_u8) => sum += u64::from(n),
        n = after(2, 2_u16) => sum += u64::from(n),
        n = after(3, 3_u32) => sum += u64::from(n),
        n = after(4, 4_u64) => sum += n,
        n = after(5, 5_u8) => sum += u64::from(n),
        n = after(6, 6_u16) => sum += u64::from(n),
        n = after(7, 7_u32) => sum += u64::from(n),
        n = after(8, 8_u64) => sum += n,
        n = after(9, 9_u8) => sum += u64::from(n),
    }
    assert_eq!(sum, 45);
}

#[tokio::test(start_paused = true)]
async fn an_arm_may_push_to_another_set() {
    let mut next = Pending::new();
    as_completed! {
        n = after(1, 1) => { next.push(after(n, n)); }
        n = after(2, 2) => next.push(after(n, n)),
    }
    assert_eq!(next.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_output_that_does_not_match_is_dropped_and_its_arm_is_finished() {
    enum Reply {
        Page(u32),
        Gone(OnDrop),
    }
    struct Point {
        x: u32,
        y: u32,
    }
    let (start, log) = (Instant::now(), Log::default());
    as_completed! {
        Reply::Page(n) = after(10, Reply::Gone(log.on_drop("gone"))) => log.add(&n),
        Reply::Page(1 | 2) = after(15, Reply::Page(1)) => log.add("1"),
        Reply::Gone(gone) in ..[20, 30].map(|n| after(n, Reply::Page(2))) => drop(gone),
        Some(x @ 3..) in ..[40, 50, 60].map(|n| after(n, (n < 60).then_some(n / 10 - 1))) => { log.add(&x); }
        None = after(70, None::<u32>) => log.add("none"),
        5 = after(80, 6) => log.add("five"),
        // These fit everything, which no lint says.
        Point { x, y } = after(90, Point { x: 2, y: 3 }) => log.add(&(x + y)),
        Ok(n) = after(100, Ok::<_, Infallible>(4)) => log.add(&n),
    }
    assert_eq!(log.take(), ["gone", "1", "3", "4", "none", "5", "4"]);
    assert_eq!(start.elapsed(), ms(100));
}

#[tokio::test(start_paused = true)]
async fn under_a_deadline_a_pattern_may_take_what_is_in_time() {
    let (start, mut seen) = (Instant::now(), vec![]);
    as_completed! {
        Ok(n) = after(10, 1_u32) => seen.push(n),
        Ok(n) = pending() => seen.push(n),
        Err(late) = pending::<()>() => seen.push(late.after().subsec_millis()),
        timeout = 20ms,
    }
    assert_eq!((seen, start.elapsed()), (vec![1, 20], ms(20)));
}

#[tokio::test(start_paused = true)]
async fn a_branch_whose_condition_does_not_hold_is_dropped_at_the_call() {
    let log = Log::default();
    let branch = |name: &str| {
        log.add(name);
        let guard = log.on_drop(&format!("drop {name}"));
        async move {
            let _guard = guard;
            sleep(ms(10)).await;
        }
    };
    let asked = |condition: bool| {
        log.add(&condition);
        condition
    };
    let (wanted, limit) = (false, 1);
    let start = Instant::now();
    let arms = async {
        as_completed! {
            () = branch("a"), if asked(wanted) => log.add("never"),
            () = branch("b"), if asked(!wanted) => log.add("b is done"),
            () in ..["c", "d"].map(branch), if asked(wanted) => { log.add("never"); }
            limit = { log.add("limit"); limit },
        }
        log.add("over");
    };
    arms.await;
    assert_eq!(
        log.take(),
        [
            "a",
            "false",
            "b",
            "true",
            "c",
            "d",
            "false",
            "limit",
            "drop a",
            "drop c",
            "drop d",
            "drop b",
            "b is done",
            "over"
        ]
    );
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn a_source_whose_condition_does_not_hold_is_dropped_untaken() {
    let log = Log::default();
    let source = |name: &'static str| {
        let guard = log.on_drop(&format!("drop {name}"));
        (0..2).map(move |n| {
            let _ = &guard;
            after(10, (name, n))
        })
    };
    let wanted = false;
    // Without a limit, and with one.
    as_completed! {
        (name, n) in ..source("a").inspect(|_| log.add("taken")), if wanted => log.add(&format!("{name} {n}")),
        (name, n) in ..source("b"), if !wanted => log.add(&format!("{name} {n}")),
    }
    assert_eq!(log.take(), ["drop a", "drop b", "b 0", "b 1"]);
    as_completed! {
        (name, n) in ..source("a").inspect(|_| log.add("taken")), if wanted => log.add(&format!("{name} {n}")),
        (name, n) in ..source("b"), if !wanted => log.add(&format!("{name} {n}")),
        limit = 1,
    }
    assert_eq!(log.take(), ["drop a", "b 0", "b 1", "drop b"]);
}

#[tokio::test(start_paused = true)]
async fn an_arm_whose_condition_does_not_hold_is_finished_from_the_start() {
    let (start, never) = (Instant::now(), false);
    let left = Pending::from_iter([pending::<()>()]);
    let mut seen = vec![];
    as_completed! {
        item = pending::<()>(), if never => seen.push(("one", item.is_ok())),
        item in ..left, if never => seen.push(("many", item.is_ok())),
        item in ..(0..).map(|_| pending::<()>()), if never => seen.push(("endless", item.is_ok())),
        item = pending::<()>(), if !never => seen.push(("late", item.is_ok())),
        timeout = 20ms, limit = 8,
    }
    assert_eq!((seen, start.elapsed()), (vec![("late", false)], ms(20)));
    as_completed! { () = pending(), if never => unreachable!() }
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn a_condition_may_await_and_its_call_drives_the_loop_around_it() {
    let start = Instant::now();
    let mut seen = vec![];
    as_completed!(for n in ..[1, 20].map(|n| after(n, n)) {
        as_completed! {
            m = after(0, n), if after(30, n == 1).await => seen.push((m, start.elapsed())),
        }
    });
    assert_eq!(seen, [(1, ms(31))]);
    assert_eq!(start.elapsed(), ms(61));
}

#[test]
fn the_future_of_arms_is_send() {
    fn assert_send<T: Send>(future: T) -> T {
        future
    }
    let names = [String::from("a")];
    drop(assert_send(async {
        let mut sum = 0;
        as_completed! {
            n in ..names.iter().map(|name| async move { name.len() }) => { sum += n.unwrap(); after(1, ()).await; }
            c = after(1, 'c') => sum += c.unwrap().len_utf8(),
            timeout = 1s
        }
        sum
    }));
}

/// Each branch is polled once, which would be in vain if others had used up the task's budget.
#[tokio::test]
async fn a_timeout_of_nothing_waits_for_the_budget() {
    let (asked, answer) = oneshot::channel();
    asked.send(5).expect("there is a receiver");
    poll_fn(|cx| {
        while pin!(consume_budget()).poll(cx).is_ready() {}
        Poll::Ready(())
    })
    .await;
    let (mut received, mut late, mut polls) = (None, 0, 0);
    let mut answer = pin!(answer);
    let counted = poll_fn(|cx| {
        polls += 1;
        answer.as_mut().poll(cx)
    });
    as_completed! {
        <timeout = 0s>
        n = counted => received = n.ok(),
        n = pending::<()>() => late += usize::from(n.is_err()),
    }
    assert_eq!((received, late, polls), (Some(Ok(5)), 1, 1));
}
