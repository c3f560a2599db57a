//! `until`: a future that ends the call.

use std::{
    future::{Future, pending, poll_fn, ready},
    io,
    task::Poll,
    time::Duration,
};

use rejoin::{Stopped, TimedOut, TooFew, gather, task_group};
use rejoin_tests::{Driver, Log, after, holding, leaf, leaves, ms, panic_of};
use tokio::{
    task::consume_budget,
    time::{Instant, sleep},
};

/// An error type for both ends.
#[derive(Debug, PartialEq)]
enum Ended {
    Failed(u8),
    Late(Duration),
    Stopped,
    TooFew(usize, Vec<Self>),
}

impl From<u8> for Ended {
    fn from(code: u8) -> Self {
        Self::Failed(code)
    }
}

impl From<TimedOut> for Ended {
    fn from(late: TimedOut) -> Self {
        Self::Late(late.after())
    }
}

impl From<TooFew<Self>> for Ended {
    fn from(error: TooFew<Self>) -> Self {
        Self::TooFew(error.succeeded(), error.into_errors())
    }
}

impl From<Stopped> for Ended {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_of_the_branches_and_until_decides() {
    let start = Instant::now();
    let stopped: Result<(u8, u8), Stopped> =
        gather!(after(10, 1), after(30, 2), until = sleep(ms(20))).await;
    assert_eq!((stopped, start.elapsed()), (Err(Stopped), ms(20)));

    let done: Result<(u8,), Stopped> = gather!(after(10, 1), until = sleep(ms(20))).await;
    assert_eq!((done, start.elapsed()), (Ok((1,)), ms(30)));

    // At the same time, the branches come first.
    let done = gather!(after(10, 1), until = sleep(ms(10))).await;
    assert_eq!(done, Ok((1,)));
    assert_eq!(gather!(ready(1), until = ready(())).await, Ok((1,)));
    let nothing: [std::future::Pending<u8>; 0] = [];
    assert_eq!(gather!(..nothing, until = ready(())).await, Ok([]));
}

#[tokio::test(start_paused = true)]
async fn outputs_nest_as_those_of_a_timeout() {
    let fails = || async { Err::<(), u8>(7) };
    let stays = || pending::<Result<(), u8>>();
    let failed: Result<Result<((),), u8>, Stopped> = gather!(fails(), until = ready(())).await;
    assert_eq!(failed, Ok(Err(7)));
    let stopped: Result<Result<((),), u8>, Stopped> = gather!(stays(), until = ready(())).await;
    assert_eq!(stopped, Err(Stopped));

    let settled: Result<(Result<(), u8>, u8), Stopped> = gather!(
        fails(),
        ready(1),
        until = ready(()),
        return_exceptions = true
    )
    .await;
    assert_eq!(settled, Ok((Err(7), 1)));
    let settled = gather!(
        fails(),
        stays(),
        until = ready(()),
        return_exceptions = true
    )
    .await;
    assert_eq!(settled, Err(Stopped));

    let array: Result<[u8; 2], Stopped> = gather!(..[ready(1), ready(2)], until = ready(())).await;
    assert_eq!(array, Ok([1, 2]));
    let each: Result<(Result<u8, TimedOut>,), Stopped> =
        gather!(after(10, 1), each_timeout = 20ms, until = sleep(ms(30))).await;
    assert_eq!(each, Ok((Ok(1),)));
}

#[tokio::test(start_paused = true)]
async fn an_error_type_takes_both_ends() {
    let failed: Result<((),), Ended> =
        gather!(<Ended> async { Err::<(), u8>(7) }, until = ready(())).await;
    assert_eq!(failed, Err(Ended::Failed(7)));
    let stopped: Result<((),), Ended> =
        gather!(pending::<()>(), until = sleep(ms(10)), error = Ended).await;
    assert_eq!(stopped, Err(Ended::Stopped));

    let both =
        |until, timeout| gather!(<Ended, until = sleep(until), timeout = timeout> pending::<()>());
    assert_eq!(both(ms(10), ms(20)).await, Err(Ended::Stopped));
    assert_eq!(both(ms(20), ms(10)).await, Err(Ended::Late(ms(10))));
    // `until` comes before the deadline.
    assert_eq!(both(ms(10), ms(10)).await, Err(Ended::Stopped));
    assert_eq!(both(ms(0), ms(0)).await, Err(Ended::Stopped));

    let exceptions: Result<(Result<u8, Ended>,), Ended> = gather!(
        <Ended> ready(1),
        until = pending::<()>(),
        timeout = 1s,
        return_exceptions = true
    )
    .await;
    assert_eq!(exceptions, Ok((Ok(1),)));
}

#[tokio::test(start_paused = true)]
async fn partial_results_say_what_is_missing() {
    let some: (Option<u8>, Option<u8>) = gather!(
        after(10, 1),
        after(30, 2),
        until = sleep(ms(20)),
        partial = true
    )
    .await;
    assert_eq!(some, (Some(1), None));
    let all = gather!(
        after(10, 1),
        after(30, 2),
        until = pending::<()>(),
        partial = true
    )
    .await;
    assert_eq!(all, (Some(1), Some(2)));

    let branches = || [10, 20, 30].map(|n| after(n, n));
    let by_until = gather!(
        ..branches(),
        until = sleep(ms(15)),
        timeout = 25ms,
        partial = true
    );
    assert_eq!(by_until.await, [Some(10), None, None]);
    let by_timeout = gather!(
        ..branches(),
        until = sleep(ms(25)),
        timeout = 15ms,
        partial = true
    );
    assert_eq!(by_timeout.await, [Some(10), None, None]);
    let limited = gather!(
        ..branches(),
        until = sleep(ms(25)),
        limit = 1,
        partial = true
    );
    assert_eq!(limited.await, [Some(10), None, None]);

    let fallible: Result<(Option<u8>, Option<()>), u8> = gather!(
        async { Ok::<u8, u8>(1) },
        pending::<()>(),
        until = ready(()),
        partial = true
    )
    .await;
    assert_eq!(fallible, Ok((Some(1), None)));
    let many = gather!(
        ready(1),
        ready(2),
        ready(3),
        ready(4),
        ready(5),
        ready(6),
        ready(7),
        ready(8),
        pending::<u8>(),
        until = ready(()),
        partial = true
    )
    .await;
    assert_eq!((many.7, many.8), (Some(8), None));
}

#[test]
fn it_is_polled_after_the_branches_and_only_when_it_was_woken() {
    for count in [1, 3, 5] {
        let log = Log::default();
        let (hands, branches) = leaves::<()>(count);
        let (stop, signal) = leaf::<()>();
        let branches = branches.into_iter().enumerate().map(|(n, leaf)| {
            let log = log.clone();
            let mut leaf = Box::pin(leaf);
            poll_fn(move |cx| {
                log.add(&n);
                leaf.as_mut().poll(cx)
            })
        });
        let mut signal = Box::pin(signal);
        let entries = log.clone();
        let until = poll_fn(move |cx| {
            entries.add("until");
            signal.as_mut().poll(cx)
        });
        let mut call = Driver::new(gather!(..branches, until = until));
        assert!(call.poll().is_pending());
        let mut order: Vec<_> = (0..count).map(|n| n.to_string()).collect();
        order.push("until".to_owned());
        assert_eq!(log.take(), order);

        // A branch that is woken does not poll `until`, and the other way round.
        hands[0].wake();
        assert_eq!(call.wakes(), 1);
        assert!(call.poll().is_pending());
        assert_eq!(log.take(), ["0"]);
        stop.wake();
        assert_eq!(call.wakes(), 2);
        assert!(call.poll().is_pending());
        assert_eq!(log.take(), ["until"]);
        // Not woken: polled by its parent alone.
        assert!(call.poll().is_pending());
        assert!(log.take().is_empty());

        stop.give(());
        assert_eq!(call.poll(), Poll::Ready(Err(Stopped)));
        assert_eq!(stop.polls(), 3);
    }
}

#[test]
fn beside_few_branches_it_is_polled_only_when_it_was_woken() {
    let ((first, a), (_second, b), (stop, signal)) = (leaf::<u8>(), leaf::<u8>(), leaf::<()>());
    let mut call = Driver::new(gather!(a, b, until = signal));
    assert!(call.poll().is_pending());
    for _ in 0..5 {
        first.wake();
        assert!(call.poll().is_pending());
    }
    assert_eq!(stop.polls(), 1);
    call.move_to_new_parent();
    assert!(call.poll().is_pending());
    stop.give(());
    assert_eq!((stop.polls(), call.wakes()), (1, 1));
    assert_eq!(call.poll(), Poll::Ready(Err(Stopped)));
}

#[tokio::test(start_paused = true)]
async fn it_is_dropped_when_it_completes_or_after_the_branches() {
    let log = Log::default();
    let branch = |name: &'static str| holding(log.on_drop(name), pending::<u8>());
    let until = |value: Option<&'static str>| {
        let value = value.map(|value| log.on_drop(value));
        holding(log.on_drop("until"), async {
            match value {
                Some(value) => value,
                None => pending().await,
            }
        })
    };
    // Completed: its output, itself, then the branches.
    let stopped = gather!(branch("a"), branch("b"), until = until(Some("output"))).await;
    assert_eq!(stopped, Err(Stopped));
    assert_eq!(log.take(), ["until", "output", "a", "b"]);

    let done = gather!(holding(log.on_drop("a"), ready(1)), until = until(None)).await;
    assert_eq!(done, Ok((1,)));
    assert_eq!(log.take(), ["a", "until"]);

    let failed = gather!(branch("a"), async { Err::<(), u8>(1) }, until = until(None)).await;
    assert_eq!(failed, Ok(Err(1)));
    assert_eq!(log.take(), ["a", "until"]);

    let late = gather!(
        branch("a"),
        until = until(None),
        timeout = 1s,
        partial = true
    )
    .await;
    assert_eq!(late, (None,));
    assert_eq!(log.take(), ["a", "until"]);

    let mut dropped = Driver::new(gather!(branch("a"), ..[branch("b")], until = until(None)));
    assert!(dropped.poll().is_pending());
    drop(dropped);
    assert_eq!(log.take(), ["a", "b", "until"]);
    drop(gather!(branch("a"), until = until(Some("output"))));
    assert_eq!(log.take(), ["a", "until", "output"]);
}

#[tokio::test(start_paused = true)]
async fn its_panic_is_that_of_a_branch() {
    let log = Log::default();
    let branch = |name: &'static str| holding(log.on_drop(name), pending::<u8>());
    let panics = |log: &Log| holding(log.on_drop("until"), async { panic!("signal") });
    let mut call = Box::pin(gather!(branch("a"), branch("b"), until = panics(&log)));
    assert_eq!(panic_of(&mut call).await, "signal");
    assert_eq!(log.take(), ["until", "a", "b"]);
    assert_eq!(
        panic_of(&mut call).await,
        "`gather!` polled after it was ready"
    );

    let until = holding(log.on_drop("until"), pending::<()>());
    let mut call = Box::pin(gather!(
        branch("a"),
        async { panic!("branch") },
        until = until
    ));
    assert_eq!(panic_of(&mut call).await, "branch");
    assert_eq!(log.take(), ["a", "until"]);
}

/// Returns `false`; the compiler does not know that.
fn is_over() -> bool {
    std::hint::black_box(false)
}

/// Panics when it is dropped.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{}", self.0)
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_its_drop_stops_no_other_drop() {
    let log = Log::default();
    let bomb = |text| holding(Bomb(text), pending::<()>());
    let value = || {
        let value = log.on_drop("value");
        async { value }
    };
    assert_eq!(
        panic_of(gather!(value(), until = bomb("late"))).await,
        "late"
    );
    assert_eq!(log.take(), ["value"]);
    let ended = gather!(
        value(),
        bomb("first"),
        until = holding(Bomb("second"), ready(()))
    );
    assert_eq!(panic_of(ended).await, "second");
    assert_eq!(log.take(), ["value"]);
    let partial = gather!(
        value(),
        pending::<()>(),
        until = bomb("late"),
        timeout = 1s,
        partial = true
    );
    assert_eq!(panic_of(partial).await, "late");
    assert_eq!(log.take(), ["value"]);
    let dropped = async { drop(gather!(bomb("first"), until = bomb("second"))) };
    assert_eq!(panic_of(dropped).await, "first");
}

#[tokio::test(start_paused = true)]
async fn busy_branches_do_not_delay_it() {
    let busy = || async {
        while !is_over() {
            consume_budget().await;
        }
    };
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    let sent = rejoin::spawn(async move {
        tokio::task::yield_now().await;
        sender.send(())
    });
    let stopped: Result<((), Vec<()>), _> =
        gather!(busy(), ..(0..2_000).map(|_| busy()), until = receiver).await;
    assert_eq!(stopped, Err(Stopped));
    assert_eq!(sent.await, Ok(()));
}

#[test]
fn it_needs_no_runtime() {
    let (stop, signal) = leaf::<()>();
    let mut call = Driver::new(gather!(pending::<u8>(), until = signal));
    assert!(call.poll().is_pending());
    std::thread::spawn(move || stop.give(())).join().unwrap();
    assert_eq!(call.wakes(), 1);
    assert_eq!(call.poll(), Poll::Ready(Err(Stopped)));
}

/// A value that becomes a future.
struct Signal<'a>(&'a Log);
impl<'a> IntoFuture for Signal<'a> {
    type Output = &'a Log;
    type IntoFuture = std::future::Ready<&'a Log>;

    fn into_future(self) -> Self::IntoFuture {
        ready(self.0)
    }
}

#[tokio::test(start_paused = true)]
async fn it_ends_a_call_that_needs_successes() {
    let odd_fails = |n: u64| async move {
        match after(n, n).await {
            odd if odd % 2 == 1 => Err(1_u8),
            even => Ok(even),
        }
    };
    let (start, log) = (Instant::now(), Log::default());
    let branches = || [10, 15, 30].map(|n| holding(log.on_drop(&n), odd_fails(n)));
    let until = || holding(log.on_drop("until"), sleep(ms(20)));
    // Without an error type it is the outer layer.
    let enough: Result<Result<u64, TooFew<u8>>, Stopped> =
        gather!(..branches(), need = 1, until = until()).await;
    assert_eq!(enough.ok().and_then(Result::ok), Some(10));
    assert_eq!(log.take(), ["10", "15", "30", "until"]);
    let stopped = gather!(..branches(), need = 2, until = until()).await;
    assert_eq!(stopped.err(), Some(Stopped));
    assert_eq!(start.elapsed(), ms(30));
    assert_eq!(log.take(), ["10", "15", "until", "30"]);

    // With one it is the last of the errors.
    let stopped: Result<[u64; 2], Ended> =
        gather!(<Ended> ..branches(), need = 2, until = until()).await;
    let errors = vec![Ended::Failed(1), Ended::Stopped];
    assert_eq!(stopped, Err(Ended::TooFew(1, errors)));
    let both =
        |timeout| gather!(<Ended> ..branches(), need = 2, until = until(), timeout = timeout);
    let errors = vec![Ended::Failed(1), Ended::Stopped];
    assert_eq!(both(ms(20)).await, Err(Ended::TooFew(1, errors)));
    let errors = vec![Ended::Failed(1), Ended::Late(ms(18))];
    assert_eq!(both(ms(18)).await, Err(Ended::TooFew(1, errors)));

    assert_eq!(log.take().len(), 12);
    let panics = async { panic!("signal") };
    let mut call = Box::pin(gather!(..branches(), need = 2, until = panics));
    assert_eq!(panic_of(&mut call).await, "signal");
    assert_eq!(log.take(), ["10", "15", "30"]);
    assert_eq!(
        panic_of(&mut call).await,
        "`gather!` polled after it was ready"
    );
}

#[tokio::test(start_paused = true)]
async fn it_is_evaluated_at_the_call_after_the_branches() {
    let log = Log::default();
    let note = |name: &'static str| {
        log.add(name);
        pending::<u8>()
    };
    let call = gather!(note("a"), ..[note("b")], until = note("until"), limit = 2);
    assert_eq!(log.take(), ["a", "b", "until"]);
    drop(call);
    // It may borrow, like a branch, and be anything that becomes a future.
    assert_eq!(
        gather!(pending::<u8>(), until = Signal(&log)).await,
        Err(Stopped)
    );
    let mut again = std::pin::pin!(sleep(ms(10)));
    assert_eq!(gather!(after(5, 1), until = &mut again).await, Ok((1,)));
    assert_eq!(gather!(after(6, 1), until = again).await, Err(Stopped));
    let nested = gather!(
        gather!(pending::<u8>(), until = sleep(ms(10))),
        task_group!(|tg| tg.spawn(after(20, 3)).await),
        until = sleep(ms(30))
    );
    assert_eq!(nested.await, Ok(Err(Stopped)));
}

const fn assert_traits<T: std::error::Error + Copy + Eq + Send + Sync + 'static>(_: T) {}

#[test]
fn the_error_is_an_io_error_too() {
    let error = io::Error::from(Stopped);
    assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    assert_eq!(error.to_string(), "stopped before it was done");
    assert!(error.get_ref().expect("it is wrapped").is::<Stopped>());
    assert_traits(Stopped);
}

#[tokio::test(start_paused = true)]
async fn what_ends_the_call_at_the_time_of_a_start_starts_nothing() {
    let log = Log::default();
    let branch = |n: u8| {
        let log = &log;
        async move {
            log.add(&n);
            pending::<()>().await;
        }
    };
    let start = Instant::now();
    let ends = gather!(
        ..[1, 2, 3].map(branch),
        stagger = 10ms,
        until = sleep(ms(10))
    );
    assert_eq!((ends.await, start.elapsed()), (Err(Stopped), ms(10)));
    assert_eq!(log.take(), ["1"]);
    let later = gather!(
        branch(1),
        branch(2),
        branch(3),
        stagger = 10ms,
        until = sleep(ms(15))
    );
    assert_eq!(later.await, Err(Stopped));
    assert_eq!(log.take(), ["1", "2"]);
    // In the first poll the first start comes before `until`.
    let at_once = gather!(..[1, 2, 3].map(branch), stagger = 10ms, until = ready(()));
    assert_eq!(at_once.await, Err(Stopped));
    assert_eq!(log.take(), ["1"]);
}
