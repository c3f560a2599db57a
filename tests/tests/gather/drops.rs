//! What `gather!` drops, when and in which order; and what a panic does.

use std::{
    future::{Future, IntoFuture, Ready, pending, poll_fn, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use rejoin::gather;
use rejoin_tests::{Driver, Log, OnDrop, leaf, leaves};

/// A branch that never ends and logs its drop.
fn never(log: &Log, name: &str) -> impl Future<Output = ()> + use<> {
    let guard = log.on_drop(name);
    async move {
        let _guard = guard;
        pending::<()>().await;
    }
}

/// A future that is polled by a closure and logs its drop, whose drop panics if told so.
struct Probe<P> {
    poll: P,
    _guard: OnDrop,
    panics_in_drop: bool,
}

impl<P> Drop for Probe<P> {
    fn drop(&mut self) {
        assert!(!self.panics_in_drop, "panic in a drop");
    }
}

impl<T, P: FnMut(&mut Context<'_>) -> Poll<T> + Unpin> Future for Probe<P> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        (self.poll)(cx)
    }
}

fn probe<T, P: FnMut(&mut Context<'_>) -> Poll<T> + Unpin>(
    log: &Log,
    name: &str,
    poll: P,
) -> Probe<P> {
    Probe {
        poll,
        _guard: log.on_drop(name),
        panics_in_drop: false,
    }
}

fn idle(_: &mut Context<'_>) -> Poll<()> {
    Poll::Pending
}

/// The message of a panic.
fn panic_of<T>(work: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(work)) else {
        panic!("it should have panicked")
    };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a message")).to_owned(),
    }
}

#[test]
fn a_branch_is_dropped_when_it_is_done_and_its_result_waits() {
    let log = Log::default();
    let (hand, branch) = leaf::<OnDrop>();
    let mut gather = Driver::new(gather!(
        branch,
        never(&log, "b"),
        never(&log, "c"),
        never(&log, "d")
    ));
    assert!(gather.poll().is_pending());
    hand.give(log.on_drop("result"));
    assert!(gather.poll().is_pending());
    assert!(hand.is_dropped());
    assert!(log.take().is_empty());
    drop(gather);
    assert_eq!(log.take(), ["b", "c", "d", "result"]);
}

#[test]
fn dropping_it_drops_all_in_argument_order() {
    let log = Log::default();
    let names: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    let mut gather = Driver::new(gather!(
        never(&log, "first"),
        ..names.iter().map(|name| never(&log, name)),
        never(&log, "middle"),
        ..[never(&log, "x"), never(&log, "y")],
        never(&log, "last"),
    ));
    assert!(gather.run().is_pending());
    drop(gather);
    let mut wanted = vec!["first".to_owned()];
    wanted.extend(names.iter().cloned());
    wanted.extend(["middle", "x", "y", "last"].map(str::to_owned));
    assert_eq!(log.take(), wanted);
    drop(gather!(
        never(&log, "a"),
        ..[never(&log, "b")],
        never(&log, "c")
    ));
    assert_eq!(log.take(), ["a", "b", "c"], "before the first poll, too");
}

#[test]
fn under_a_limit_too_though_slots_are_used_again() {
    let log = Log::default();
    let (hands, branches) = leaves::<()>(6);
    let traced = branches.into_iter().enumerate().map(|(n, mut leaf)| {
        let log = log.on_drop(&n);
        poll_fn(move |cx| {
            let _log = &log;
            Pin::new(&mut leaf).poll(cx)
        })
    });
    let mut gather = Driver::new(gather!(..traced, limit = 4));
    assert!(gather.poll().is_pending());
    hands[1].give(());
    assert!(gather.run().is_pending());
    assert_eq!(log.take(), ["1"]);
    // Branch 4 runs in branch 1's slot now; branch 5 was never drawn.
    drop(gather);
    assert_eq!(log.take(), ["0", "2", "3", "4"]);
    assert_eq!(hands.iter().filter(|hand| hand.is_dropped()).count(), 6);
}

#[test]
fn on_an_error_the_others_are_dropped_before_the_caller_sees_it() {
    let log = Log::default();
    let (hand, branch) = leaf::<Result<(), OnDrop>>();
    let mut gather = Driver::new(gather!(
        never(&log, "a"),
        branch,
        never(&log, "c"),
        ..[never(&log, "d")]
    ));
    assert!(gather.poll().is_pending());
    hand.give(Err(log.on_drop("error")));
    let Poll::Ready(Err(error)) = gather.poll() else {
        panic!("it failed")
    };
    assert_eq!(log.take(), ["a", "c", "d"]);
    drop(gather);
    assert!(log.take().is_empty());
    drop(error);
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_too() {
    let log = Log::default();
    let value = log.on_drop("value of b");
    let late = gather!(
        never(&log, "a"),
        async { value },
        never(&log, "c"),
        timeout = 10ms
    )
    .await;
    assert!(late.is_err());
    assert_eq!(log.take(), ["a", "c", "value of b"]);
    let kept = gather!(
        never(&log, "a"),
        ready(1),
        never(&log, "c"),
        timeout = 10ms,
        partial = true
    )
    .await;
    assert_eq!(kept, (None, Some(1), None));
    assert_eq!(log.take(), ["a", "c"]);
}

#[test]
fn on_an_error_queued_branches_are_never_polled() {
    let log = Log::default();
    let job = |name: &'static str, result: Result<(), u8>| {
        let log = &log;
        async move {
            log.add(name);
            result
        }
    };
    let all = gather!(
        job("a", Ok(())),
        job("b", Err(1)),
        job("c", Ok(())),
        job("d", Err(2)),
        limit = 1
    );
    assert_eq!(Driver::new(all).run(), Poll::Ready(Err(1)));
    assert_eq!(log.take(), ["a", "b"]);
    let all = gather!(
        ..[Ok(()), Err(1), Ok(())]
            .into_iter()
            .map(|result| job("x", result)),
        limit = 1
    );
    assert_eq!(Driver::new(all).run(), Poll::Ready(Err(1)));
    assert_eq!(log.take(), ["x", "x"]);
}

#[test]
fn a_panic_of_a_branch_drops_the_rest_in_order_and_goes_on() {
    let log = Log::default();
    for (spread, extra) in [(false, false), (false, true), (true, false), (true, true)] {
        let bomb = || poll_fn(|_| -> Poll<()> { panic!("panic in a poll") });
        let mut driver: Driver<Pin<Box<dyn Future<Output = ()>>>> = match (spread, extra) {
            (false, false) => {
                let gather = gather!(never(&log, "a"), bomb(), never(&log, "c"));
                Driver::new(Box::pin(async {
                    gather.await;
                }))
            }
            (false, true) => {
                let gather = gather!(never(&log, "a"), bomb(), never(&log, "c"), never(&log, "d"));
                Driver::new(Box::pin(async {
                    gather.await;
                }))
            }
            (true, extra) => {
                let log = log.clone();
                let futures = (0..3).map(move |n| -> Pin<Box<dyn Future<Output = ()>>> {
                    match n {
                        1 => Box::pin(poll_fn(|_| panic!("panic in a poll"))),
                        n => Box::pin(never(&log, ["a", "b", "c"][n])),
                    }
                });
                if extra {
                    Driver::new(Box::pin(async {
                        gather!(..futures, limit = 2).await;
                    }))
                } else {
                    Driver::new(Box::pin(async {
                        gather!(..futures).await;
                    }))
                }
            }
        };
        assert_eq!(panic_of(|| driver.poll()), "panic in a poll");
        let dropped = log.take();
        match (spread, extra) {
            (false, true) => assert_eq!(dropped, ["a", "c", "d"]),
            // Under the limit the third was never drawn.
            (true, true) => assert_eq!(dropped, ["a"]),
            _ => assert_eq!(dropped, ["a", "c"]),
        }
    }
}

#[test]
fn nothing_is_polled_after_a_panic() {
    let mut gather = Driver::new(gather!(
        poll_fn(|_| -> Poll<()> { panic!("once") }),
        pending::<()>()
    ));
    assert_eq!(panic_of(|| gather.poll()), "once");
    assert_eq!(
        panic_of(|| gather.poll()),
        "`gather!` polled after it was ready"
    );
}

#[test]
fn a_panic_in_a_drop_stops_no_other_drop() {
    let log = Log::default();
    let bomb = |name: &str| {
        let mut probe = probe(&log, name, idle);
        probe.panics_in_drop = true;
        probe
    };
    let gather = gather!(
        bomb("a"),
        bomb("b"),
        never(&log, "c"),
        ..[bomb("d"), bomb("e")],
        never(&log, "f")
    );
    assert_eq!(panic_of(|| drop(gather)), "panic in a drop");
    assert_eq!(log.take(), ["a", "b", "c", "d", "e", "f"]);

    // While an error is handed on: the panic comes instead of the error, which is dropped.
    let (hand, branch) = leaf::<Result<(), OnDrop>>();
    let mut gather = Driver::new(gather!(branch, bomb("b"), never(&log, "c")));
    assert!(gather.poll().is_pending());
    hand.give(Err(log.on_drop("error")));
    assert_eq!(panic_of(|| gather.poll().is_ready()), "panic in a drop");
    assert_eq!(log.take(), ["b", "c", "error"]);
    drop(gather);
    assert!(log.take().is_empty());
}

#[test]
fn two_panics_at_once_do_not_abort() {
    let log = Log::default();
    let mut bomb = probe(&log, "b", idle);
    bomb.panics_in_drop = true;
    let mut other = probe(&log, "c", |_: &mut Context<'_>| -> Poll<()> {
        panic!("panic in a poll")
    });
    other.panics_in_drop = true;
    let mut gather = Driver::new(gather!(never(&log, "a"), bomb, other, never(&log, "d")));
    assert_eq!(
        panic_of(|| gather.poll()),
        "panic in a poll",
        "the first is kept"
    );
    assert_eq!(log.take(), ["a", "b", "c", "d"]);
}

#[test]
fn a_branch_that_panics_when_it_is_dropped_done_loses_its_value_quietly() {
    struct Loud<'a>(&'a Log);
    impl Drop for Loud<'_> {
        fn drop(&mut self) {
            self.0.add("value");
            panic!("panic in the drop of a value");
        }
    }
    let log = Log::default();
    for spread in [false, true] {
        let value = Loud(&log);
        let mut value = Some(value);
        let mut bomb = probe(&log, "future", |_: &mut Context<'_>| {
            Poll::Ready(value.take())
        });
        bomb.panics_in_drop = true;
        let message = if spread {
            panic_of(|| Driver::new(gather!(..[bomb])).poll().is_ready())
        } else {
            panic_of(|| {
                Driver::new(gather!(bomb, never(&log, "b")))
                    .poll()
                    .is_ready()
            })
        };
        assert_eq!(message, "panic in a drop");
        let dropped = log.take();
        assert_eq!(dropped[..2], ["future", "value"], "{dropped:?}");
    }
}

#[test]
fn dropped_while_unwinding_it_swallows_panics() {
    let log = Log::default();
    let mut bomb = probe(&log, "a", idle);
    bomb.panics_in_drop = true;
    let message = panic_of(|| {
        let _gather = gather!(bomb, ..[never(&log, "b")]);
        panic!("the user's own");
    });
    assert_eq!(message, "the user's own");
    assert_eq!(log.take(), ["a", "b"]);
}

/// A branch that panics before it is a future.
struct NoFuture(OnDrop);

impl IntoFuture for NoFuture {
    type Output = ();
    type IntoFuture = Ready<()>;

    fn into_future(self) -> Ready<()> {
        let _guard = self.0;
        panic!("it is no future");
    }
}

#[test]
fn a_branch_that_panics_before_it_is_a_future_drops_the_rest() {
    let log = Log::default();
    let message = panic_of(|| {
        gather!(
            never(&log, "a"),
            never(&log, "b"),
            NoFuture(log.on_drop("c")),
            never(&log, "d"),
            ..[never(&log, "e")],
        )
    });
    assert_eq!(message, "it is no future");
    let mut dropped = log.take();
    dropped.sort();
    assert_eq!(dropped, ["a", "b", "c", "d", "e"]);
}

#[test]
fn an_iterator_that_panics_drops_what_it_gave() {
    let log = Log::default();
    let futures = || {
        (0..4).map(|n| {
            assert!(n < 2, "panic in the iterator");
            never(&log, ["a", "b"][n])
        })
    };
    assert_eq!(
        panic_of(|| drop(gather!(never(&log, "first"), ..futures()))),
        "panic in the iterator"
    );
    let mut dropped = log.take();
    dropped.sort();
    assert_eq!(dropped, ["a", "b", "first"]);
    let mut gather = Driver::new(gather!(never(&log, "first"), ..futures(), limit = 5));
    assert_eq!(
        panic_of(|| gather.poll().is_ready()),
        "panic in the iterator"
    );
    assert_eq!(log.take(), ["first", "a", "b"]);
}

#[test]
fn wakers_outlive_it() {
    let (hands, branches) = leaves::<()>(70);
    let mut gather = Driver::new(gather!(..branches));
    assert!(gather.poll().is_pending());
    let wakers: Vec<_> = hands
        .iter()
        .map(|hand| hand.waker().expect("it was polled"))
        .collect();
    drop(gather);
    for waker in &wakers {
        waker.wake_by_ref();
        drop(waker.clone());
    }
    std::thread::spawn(|| wakers.into_iter().for_each(std::task::Waker::wake))
        .join()
        .expect("no wake panics");
}

#[test]
fn the_parents_waker_is_let_go_with_the_gather() {
    struct Noisy(OnDrop);
    impl std::task::Wake for Noisy {
        fn wake(self: std::sync::Arc<Self>) {
            let _guard = &self.0;
        }
    }
    let log = Log::default();
    let waker = std::task::Waker::from(std::sync::Arc::new(Noisy(log.on_drop("parent"))));
    let (hand, branch) = leaf::<()>();
    let mut gather = Box::pin(gather!(
        branch,
        never(&log, "b"),
        never(&log, "c"),
        never(&log, "d")
    ));
    assert!(
        gather
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(waker);
    let stale = hand.waker().expect("it was polled");
    drop(gather);
    assert!(
        log.take().contains(&"parent".to_owned()),
        "though a branch's waker is still there"
    );
    stale.wake();
}
