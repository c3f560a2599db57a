//! `each_timeout` over a spread, whose futures share one timer: at exact virtual times, with polls counted.

use std::{
    cell::Cell,
    future::{Future, pending, poll_fn, ready},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use futures::{FutureExt, future::LocalBoxFuture};
use rejoin::{TimedOut, as_completed, gather, wait};
use rejoin_tests::{AppError, Crowd, Hand, Log, after, holding, leaf, leaves, ms, panic_of};
use tokio::{
    runtime::Builder,
    task::{consume_budget, yield_now},
    time::{Instant, advance, sleep, sleep_until},
};

type Each<T> = Result<T, TimedOut>;

/// Counts the polls of a future.
async fn counting<F: Future>(polls: &AtomicUsize, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        polls.fetch_add(1, Ordering::Relaxed);
        future.as_mut().poll(cx)
    })
    .await
}

/// A clock that begins now.
fn clock() -> impl Fn() -> Duration {
    let start = Instant::now();
    move || start.elapsed()
}

/// What makes runtimes with a paused clock.
fn paused() -> Builder {
    let mut builder = Builder::new_current_thread();
    builder.enable_time().start_paused(true);
    builder
}

/// Runs a future, and gives the times at which there was nothing to do but to wait for the next timer, also if that is one
/// that nobody hears. (After 64 milliseconds come times of tokio's own.)
fn stops(future: impl Future<Output = ()>) -> Vec<Duration> {
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&times);
    let runtime = paused()
        .on_thread_park(move || seen.lock().unwrap().push(Instant::now()))
        .build()
        .unwrap();
    let start = runtime.block_on(async {
        let start = Instant::now();
        future.await;
        start
    });
    let mut times = std::mem::take(&mut *times.lock().unwrap());
    times.dedup();
    times.into_iter().map(|at| at - start).collect()
}

// ---- when -------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn the_late_come_in_the_order_of_their_starts() {
    let now = clock();
    let branches = [5, 7, 100, 100, 100, 8].into_iter().map(|n| after(n, n));
    let mut results = as_completed!(..branches, limit = 3, each_timeout = 20ms).indexed();
    let mut seen = Vec::new();
    while let Some((index, result)) = results.next().await {
        seen.push((index, result.is_ok(), now()));
    }
    assert_eq!(
        seen,
        [
            (0, true, ms(5)),
            (1, true, ms(7)),
            (2, false, ms(20)),
            (3, false, ms(25)),
            (4, false, ms(27)),
            (5, true, ms(28)),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_ready_at_its_deadline_is_in_time() {
    for _ in 0..2 {
        let results = gather!(..[20, 21, 20].map(|n| after(n, n)), each_timeout = 20ms).await;
        assert_eq!(results.map(Result::ok), [Some(20), None, Some(20)]);
    }
    // Those that start later, for whom the timer was set anew.
    let now = clock();
    let branches = [10, 20, 25, 20, 20].map(|n| after(n, n));
    let results = gather!(..branches, limit = 2, each_timeout = 20ms).await;
    let expected = [Some(10), Some(20), None, Some(20), Some(20)];
    assert_eq!(results.map(Result::ok), expected);
    assert_eq!(now(), ms(50));
}

#[tokio::test(start_paused = true)]
async fn each_counts_from_its_own_start() {
    let now = clock();
    let branches = [15, 30, 15, 21].map(|n| after(n, n));
    let results = gather!(..branches, limit = 1, each_timeout = 20ms).await;
    assert_eq!(results.map(Result::ok), [Some(15), None, Some(15), None]);
    assert_eq!(now(), ms(15 + 20 + 15 + 20));
}

#[tokio::test(start_paused = true)]
async fn time_that_passes_in_the_first_poll_counts() {
    let now = clock();
    // The first poll of `advance` moves the clock.
    let branches = [5, 10, 1].map(|n| async move {
        advance(ms(n)).await;
        pending::<()>().await;
    });
    let stream = as_completed!(..branches, each_timeout = 20ms).indexed();
    let mut stream = pin!(stream);
    let mut seen = Vec::new();
    while let Some((index, late)) = stream.next().await {
        assert_eq!(late.unwrap_err().after(), ms(20));
        seen.push((index, now()));
    }
    assert_eq!(seen, [(0, ms(20)), (1, ms(25)), (2, ms(35))]);
}

#[tokio::test(start_paused = true)]
async fn some_leave_first_last_and_from_the_middle() {
    let start = Instant::now();
    let now = clock();
    let (hands, held) = leaves::<u64>(6);
    // Each of the short ones makes place for one that starts then: at 1, 2, 3, 4, 5 and 6 milliseconds.
    let short = (1..=6).map(|n| after(n, n).boxed_local());
    let branches = short.chain(held.into_iter().map(FutureExt::boxed_local));
    let give = async {
        for (at, index) in [(10, 2), (11, 3), (12, 0), (13, 5)] {
            sleep_until(start + ms(at)).await;
            hands[index].give(100);
        }
        pending::<()>().await;
    };
    let mut seen = Vec::new();
    let consume = async {
        let mut results = as_completed!(..branches, limit = 6, each_timeout = 20ms).indexed();
        while let Some((index, result)) = results.next().await {
            if index >= 6 {
                seen.push((index - 6, result.is_ok(), now()));
            }
        }
    };
    tokio::select! { () = give => {}, () = consume => {} }
    assert_eq!(
        seen,
        [
            (2, true, ms(10)),
            (3, true, ms(11)),
            (0, true, ms(12)),
            (5, true, ms(13)),
            (1, false, ms(22)),
            (4, false, ms(25)),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_duration_of_nothing_polls_each_once() {
    let now = clock();
    let (hands, held) = leaves::<u8>(3);
    hands[1].give(7);
    let results = gather!(..held, each_timeout = 0s).await;
    let results: Vec<_> = results.into_iter().map(Result::ok).collect();
    assert_eq!(results, [None, Some(7), None]);
    assert_eq!(hands.iter().map(Hand::polls).sum::<usize>(), 3);
    assert_eq!(now(), ms(0));
}

#[test]
fn a_duration_beyond_the_clock_never_passes() {
    let stops = stops(async {
        let now = clock();
        let branches = [10, 5, 20].map(|n| after(n, n));
        let results = gather!(..branches, limit = 2, each_timeout = Duration::MAX).await;
        assert_eq!(results, [Ok(10), Ok(5), Ok(20)]);
        assert_eq!(now(), ms(25));

        let mut never = as_completed!(..[pending::<()>()], each_timeout = Duration::MAX);
        assert!(never.next().now_or_never().is_none());
        sleep(ms(25)).await;
    });
    assert_eq!(stops, [0, 5, 10, 25].map(ms));
}

#[tokio::test(start_paused = true)]
async fn a_greedy_branch_keeps_no_deadline_from_passing() {
    let now = clock();
    let turns = Cell::new(0);
    let greedy = async {
        loop {
            consume_budget().await;
            turns.set(turns.get() + 1);
            assert!(turns.get() < 1_000_000, "the deadline waits for long");
        }
    };
    let mover = async {
        yield_now().await;
        advance(ms(20)).await;
        pending::<()>().await;
    };
    let branches = [greedy.boxed_local(), mover.boxed_local()];
    let results: [Each<()>; 2] = gather!(..branches, each_timeout = 20ms).await;
    assert!(results.iter().all(Result::is_err));
    assert_eq!(now(), ms(20));
}

// ---- with the other options -------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn with_a_deadline_of_the_call() {
    let now = clock();
    let branches = || [10, 30, 30].map(|n| after(n, n));
    let some = gather!(
        ..branches(),
        limit = 2,
        each_timeout = 20ms,
        timeout = 25ms,
        partial = true
    );
    let [first, second, third] = some.await;
    assert_eq!(first, Some(Ok(10)));
    assert!(matches!(second, Some(Err(_))));
    assert_eq!(third, None, "its own deadline is at 30");
    assert_eq!(now(), ms(25));

    let all = gather!(..branches(), limit = 2, each_timeout = 20ms, timeout = 30ms).await;
    let all = all.expect("what is late at the same time is done");
    assert_eq!(all.map(Result::ok), [Some(10), None, None]);
    assert_eq!(now(), ms(55));
}

#[tokio::test(start_paused = true)]
async fn with_an_error_type_the_first_late_one_ends_it() {
    let now = clock();
    let branches = || [30, 10, 30].map(|n| after(n, if n == 10 { Err(1) } else { Ok(n) }));

    let error = gather!(<AppError> ..branches(), each_timeout = 20ms).await;
    assert_eq!((error, now()), (Err(AppError::Failed(1)), ms(10)));

    let late = gather!(<AppError> ..branches(), each_timeout = 5ms).await;
    assert_eq!((late, now()), (Err(AppError::Late(ms(5))), ms(15)));

    let values = gather!(
        ..branches(),
        error = AppError,
        each_timeout = 20ms,
        return_exceptions = true
    );
    let late = || Err(AppError::Late(ms(20)));
    assert_eq!(values.await, [late(), Err(AppError::Failed(1)), late()]);
    assert_eq!(now(), ms(35));

    let values = gather!(..branches(), each_timeout = 20ms, return_exceptions = true).await;
    assert!(matches!(values, [Err(_), Ok(Err(1)), Err(_)]));
}

#[tokio::test(start_paused = true)]
async fn beside_single_branches_and_other_spreads() {
    let now = clock();
    let (one, many, others) = gather!(
        after(30, 'a'),
        ..[10, 30].map(|n| after(n, 'b')),
        ..vec![after(30, 'c'), after(5, 'd')],
        each_timeout = 20ms
    )
    .await;
    assert!(one.is_err());
    assert_eq!(many.map(Result::ok), [Some('b'), None]);
    let others: Vec<_> = others.into_iter().map(Result::ok).collect();
    assert_eq!(others, [None, Some('d')]);
    assert_eq!(now(), ms(20));

    let mut results = as_completed!(
        after(30, 0),
        ..[10, 30].map(|n| after(n, n)),
        each_timeout = 20ms
    );
    let mut seen = Vec::new();
    while let Some(result) = results.next().await {
        seen.push((result.ok(), now()));
    }
    assert_eq!(seen, [(Some(10), ms(30)), (None, ms(40)), (None, ms(40))]);
}

#[tokio::test(start_paused = true)]
async fn in_a_loop_the_time_runs_while_the_body_awaits() {
    let now = clock();
    let mut seen = Vec::new();
    as_completed!(
        for result in ..[10, 12, 30].map(|n| after(n, n)) {
            sleep(ms(15)).await;
            seen.push((result.ok(), now()));
        },
        each_timeout = 20ms
    );
    assert_eq!(
        seen,
        [(Some(10), ms(25)), (Some(12), ms(40)), (None, ms(55))]
    );
}

#[tokio::test(start_paused = true)]
async fn in_arms_each_spread_has_its_own_timer() {
    let now = clock();
    let (mut pages, mut names) = (Vec::new(), Vec::new());
    as_completed! {
        page in ..[10, 30].map(|n| after(n, n)) => pages.push((page.ok(), now())),
        name in ..[5, 40].map(|n| after(n, "name")) => names.push((name.ok(), now())),
        each_timeout = 20ms
    }
    assert_eq!(pages, [(Some(10), ms(10)), (None, ms(20))]);
    assert_eq!(names, [(Some("name"), ms(5)), (None, ms(20))]);
}

// ---- who is polled ----------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn nothing_is_polled_but_for_a_wake_or_a_deadline() {
    let now = clock();
    let (waits, short) = (leaf::<u8>(), after(5, 0));
    let (late, other) = (leaf::<u8>(), leaf::<u8>());
    let hands = [waits.0, late.0, other.0];
    let branches: [LocalBoxFuture<'_, u8>; 4] = [
        waits.1.boxed_local(),
        short.boxed_local(),
        late.1.boxed_local(),
        other.1.boxed_local(),
    ];
    let polls = Arc::new(AtomicUsize::new(0));
    let call = counting(&polls, gather!(..branches, limit = 2, each_timeout = 20ms));
    // In a task of its own, so that its wakes are not the call's.
    let give = rejoin::spawn({
        let (hands, polls) = (hands.clone(), Arc::clone(&polls));
        async move {
            sleep(ms(15)).await;
            hands[0].give(1);
            // The timer was set for this one, at 20; the last one starts now, and would be late at 35.
            sleep(ms(8)).await;
            let seen = polls.load(Ordering::Relaxed);
            sleep(ms(7)).await;
            hands[2].give(3);
            seen
        }
    });
    let results = call.await;
    assert_eq!(now(), ms(30));
    assert_eq!(results.map(Result::ok), [Some(1), Some(0), None, Some(3)]);
    assert_eq!(give.await, 3, "at the start, at 5, and at 15");
    assert_eq!(polls.load(Ordering::Relaxed), 5, "and at 25, and at 30");
    assert_eq!(hands.map(|hand| hand.polls()), [2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn many_that_are_late_at_once_cost_one_poll_of_the_call() {
    let (hands, held) = leaves::<u8>(1_000);
    let polls = AtomicUsize::new(0);
    let now = clock();
    let call = gather!(..held, each_timeout = 20ms);
    let results = counting(&polls, call).await;
    assert!(results.iter().all(Result::is_err));
    assert_eq!(now(), ms(20));
    assert!(hands.iter().all(|hand| hand.polls() == 2));
    // A thousand polls of branches are two turns of a set.
    assert_eq!(polls.into_inner(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_late_are_dropped_at_their_deadlines_in_order() {
    let log = Log::default();
    let branches = [2, 0, 1].map(|n| {
        let guard = log.on_drop(&n);
        async move {
            let _guard = guard;
            sleep(ms(100)).await;
        }
    });
    let mut results = as_completed!(..branches, each_timeout = 20ms);
    for (left, dropped) in [(2, "2"), (1, "0"), (0, "1")] {
        assert!(results.next().await.unwrap().is_err());
        assert_eq!(log.take(), [dropped]);
        assert_eq!(results.len(), left);
    }
}

// ---- where the timer ends ---------------------------------------------------------------------------------------

#[test]
fn a_call_that_is_dropped_leaves_no_timer() {
    let stops = stops(async {
        let (hands, held) = leaves::<u8>(3);
        let mut call = Box::pin(gather!(..held, each_timeout = 20ms));
        assert!(call.as_mut().now_or_never().is_none());
        drop(call);
        assert!(hands.iter().all(Hand::is_dropped));
        sleep(ms(25)).await;
    });
    assert_eq!(stops, [ms(0)]);
}

#[test]
fn while_nobody_waits_there_is_no_timer() {
    let stops = stops(async {
        let branches = (0..).map(|n| after(5, n));
        let mut results = as_completed!(..branches, limit = 1, each_timeout = 10ms);
        for n in 0..3 {
            assert_eq!(results.next().await, Some(Ok(n)));
            sleep(ms(12)).await;
        }
    });
    assert_eq!(stops, [0, 5, 17, 22, 34, 39].map(ms));
}

#[test]
fn a_panic_leaves_neither_branches_nor_a_timer() {
    let stops = stops(async {
        let now = clock();
        let crowd = Crowd::default();
        let waiting = holding(crowd.enter(), pending::<()>());
        let failing = holding(crowd.enter(), async {
            sleep(ms(10)).await;
            panic!("the branch");
        });
        let branches = [waiting.boxed_local(), failing.boxed_local()];
        let call = gather!(..branches, each_timeout = 20ms);
        assert_eq!(panic_of(call).await, "the branch");
        assert_eq!((crowd.now(), now()), (0, ms(10)));
        sleep(ms(25)).await;
    });
    assert_eq!(stops, [0, 10].map(ms));
}

// ---- where it is polled -----------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_call_may_move_to_another_task() {
    let now = clock();
    let mut call = Box::pin(gather!(
        ..[100, 22, 15].map(|n| after(n, n)),
        each_timeout = 20ms
    ));
    assert!(call.as_mut().now_or_never().is_none());
    sleep(ms(10)).await;
    let moved = tokio::spawn(async move {
        assert!(call.as_mut().now_or_never().is_none());
        (call,)
    });
    let (mut call,) = moved.await.unwrap();
    assert!(call.as_mut().now_or_never().is_none());
    let results = tokio::spawn(call).await.unwrap();
    assert_eq!(results.map(Result::ok), [None, None, Some(15)]);
    assert_eq!(now(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn branches_may_move_to_another_call() {
    let now = clock();
    let mut results = as_completed!(..[100, 22, 15].map(|n| after(n, n)), each_timeout = 20ms);
    assert!(results.next().now_or_never().is_none());
    sleep(ms(10)).await;
    // A gather polls them where they are, with wakers of its own.
    let results = gather!(..results.into_pending(), return_exceptions = true).await;
    let results: Vec<_> = results.into_iter().map(Result::ok).collect();
    assert_eq!(results, [None, None, Some(15)]);
    assert_eq!(now(), ms(20));

    let results = as_completed!(..[100, 22, 15].map(|n| after(n, n)), each_timeout = 20ms);
    let (done, rest) = wait!(..results.into_pending(), timeout = 16ms).await;
    assert_eq!((done.len(), rest.len(), now()), (1, 2, ms(36)));
    let (done, _) = wait!(..rest).await;
    assert_eq!((done.len(), now()), (2, ms(40)));
}

#[test]
fn what_is_ready_at_once_needs_no_runtime() {
    let call = gather!(..[ready(1), ready(2)], each_timeout = 1s);
    assert_eq!(call.now_or_never(), Some([Ok(1), Ok(2)]));
}

#[test]
#[should_panic(expected = "needs a tokio runtime with time enabled")]
fn what_waits_needs_one() {
    let call = gather!(..[pending::<()>(), pending()], each_timeout = 1s);
    assert!(call.now_or_never().is_none());
}

#[test]
fn a_call_may_outlive_the_runtime_that_set_its_timer() {
    let (first, second) = (paused().build().unwrap(), paused().build().unwrap());
    let (hands, held) = leaves::<u8>(3);
    let mut call = Box::pin(gather!(..held, each_timeout = 20ms));
    let start = first.block_on(async {
        assert!(call.as_mut().now_or_never().is_none());
        Instant::now()
    });
    drop(first);
    hands[1].give(1);
    let (results, end) = second.block_on(async { (call.await, Instant::now()) });
    let results: Vec<_> = results.into_iter().map(Result::ok).collect();
    assert_eq!(results, [None, Some(1), None]);
    assert!(end - start >= ms(20));
    assert!(end - start < ms(60), "the clocks began at different times");
}

#[test]
fn a_timer_may_ring_in_another_thread() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let _here = runtime.enter();
    let start = Instant::now();
    let branches = (0..100).map(|_| pending::<()>());
    let results = futures::executor::block_on(gather!(..branches, limit = 50, each_timeout = 5ms));
    assert!(results.iter().all(Result::is_err));
    assert!(start.elapsed() >= ms(10));
}

/// A number that looks random, and is the same each time.
const fn scramble(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40
}

#[test]
fn deadlines_pass_on_all_threads_while_branches_end() {
    /// The last of these stands for ever.
    const DELAYS: u64 = 6;
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        // Many of them end at the millisecond of their deadlines, some while the timer is being set.
        let calls = (0..64).map(|call| {
            rejoin::spawn(async move {
                let branches = (0..200).map(move |n| {
                    rejoin::spawn(async move {
                        match scramble(call * 1_000 + n) % DELAYS {
                            5 => pending().await,
                            delay => sleep(ms(delay)).await,
                        }
                        n
                    })
                });
                gather!(..branches, limit = 20, each_timeout = 3ms).await
            })
        });
        for (call, results) in (0..).zip(gather!(..calls).await) {
            for (n, result) in (0..).zip(results) {
                let for_ever = scramble(call * 1_000 + n) % DELAYS == 5;
                assert!(result.is_err() || result == Ok(n) && !for_ever);
            }
        }
    });
}

// ---- what wakes may do ------------------------------------------------------------------------------------------

type Call = Pin<Box<dyn Future<Output = Vec<Each<()>>> + Send>>;

/// A parent that does something with the call when it is woken.
struct Meddler {
    call: Mutex<Option<Call>>,
    wakes: AtomicUsize,
    meddle: fn(&Arc<Self>, Call),
}

impl Meddler {
    fn of(call: Call, meddle: fn(&Arc<Self>, Call)) -> Arc<Self> {
        let meddler = Arc::new(Self {
            call: Mutex::new(None),
            wakes: AtomicUsize::new(0),
            meddle,
        });
        meddler.poll(call);
        meddler
    }

    /// Polls the call, and keeps it if it is not ready.
    fn poll(self: &Arc<Self>, mut call: Call) {
        let waker = Waker::from(Arc::clone(self));
        if call
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
        {
            *self.call.lock().unwrap() = Some(call);
        }
    }

    fn has_call(&self) -> bool {
        self.call.lock().unwrap().is_some()
    }
}

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        let call = self.call.lock().unwrap().take();
        if let Some(call) = call {
            (self.meddle)(&self, call);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wake_may_drop_the_call() {
    let crowd = Crowd::default();
    let branches = [(); 3].map(|()| holding(crowd.enter(), pending::<()>()));
    let call = gather!(..branches.into_iter(), each_timeout = 20ms);
    let meddler = Meddler::of(Box::pin(call), |_, call| drop(call));
    sleep(ms(19)).await;
    assert_eq!((crowd.now(), meddler.has_call()), (3, true));
    sleep(ms(1)).await;
    assert_eq!((crowd.now(), meddler.has_call()), (0, false));
    assert_eq!(meddler.wakes.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wake_may_poll_the_call() {
    let crowd = Crowd::default();
    let branches = [(); 5].map(|()| holding(crowd.enter(), pending::<()>()));
    let call = gather!(..branches.into_iter(), limit = 2, each_timeout = 20ms);
    let meddler = Meddler::of(Box::pin(call), Meddler::poll);
    let start = Instant::now();
    for (at, left) in [(19, 5), (20, 3), (39, 3), (40, 1), (59, 1)] {
        sleep_until(start + ms(at)).await;
        assert_eq!((crowd.now(), meddler.has_call()), (left, true), "at {at}");
    }
    sleep(ms(1)).await;
    assert_eq!(crowd.now(), 0);
    assert!(!meddler.has_call());
}

// ---- what it costs ----------------------------------------------------------------------------------------------

#[cfg(all(not(feature = "tracing"), target_pointer_width = "64"))]
#[test]
fn a_branch_has_two_words_more_than_its_future() {
    fn size<F: Future>(_: &rejoin::Pending<F>) -> usize {
        size_of::<F>()
    }
    let branches = [[0_u64; 8]].map(ready);
    let pending = as_completed!(..branches, each_timeout = 1s).into_pending();
    assert_eq!(size(&pending), size_of_val(&ready([0_u64; 8])) + 16);
}
