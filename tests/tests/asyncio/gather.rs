//! The cases of asyncio's `gather`, and what `gather!` does with them: a test's name begins with the number of its case.
//!
//! In comments `A 2s→a` says that A ends after two seconds with `a`. Where asyncio does something else, they say what.

use std::{cell::Cell, future::pending};

use futures::FutureExt;
use rejoin::{gather, spawn};
use rejoin_tests::{Driver, Log, OnDrop, after, holding, ms, settle};
use tokio::{
    sync::oneshot,
    task::AbortHandle,
    time::{Instant, sleep},
};

/// asyncio gives a list in each of these cases.
#[test]
fn g01_nothing_is_ready_at_once() {
    assert_eq!(gather!().now_or_never(), Some(()));
    let none: Vec<std::future::Ready<u8>> = vec![];
    assert_eq!(gather!(..none).now_or_never(), Some(vec![]));
    let none: [std::future::Ready<u8>; 0] = [];
    assert_eq!(gather!(..none).now_or_never(), Some([]));
}

#[tokio::test(start_paused = true)]
async fn g03_results_come_in_argument_order() {
    let start = Instant::now();
    let all = gather!(after(3_000, 'a'), after(1_000, "b"), after(2_000, 3)).await;
    assert_eq!((all, start.elapsed()), (('a', "b", 3), ms(3_000)));
}

#[tokio::test(start_paused = true)]
async fn g05_results_that_say_nothing_keep_their_places() {
    let start = Instant::now();
    let all = gather!(after(1_000, None::<u8>), after(1_000, ())).await;
    assert_eq!((all, start.elapsed()), ((None, ()), ms(1_000)));
}

/// In asyncio C goes on, and its error at two seconds is lost.
#[tokio::test(start_paused = true)]
async fn g07_the_second_error_never_happens() {
    let (start, log) = (Instant::now(), Log::default());
    let c = async {
        sleep(ms(2_000)).await;
        log.add("C fails");
        Err::<(), _>("c")
    };
    let all = gather!(
        after(1_000, Err::<(), _>("b")),
        holding(log.on_drop("C is gone"), c)
    );
    assert_eq!(all.await, Err("b"));
    assert_eq!(start.elapsed(), ms(1_000));
    assert_eq!(log.take(), ["C is gone"]);
    sleep(ms(5_000)).await;
    assert!(log.take().is_empty());
}

/// In asyncio B is started in any case and goes on. Here it may have been polled once, if it stands first, and is gone.
#[tokio::test(start_paused = true)]
async fn g09_an_error_without_suspending_leaves_nobody_running() {
    let (start, log) = (Instant::now(), Log::default());
    let b = || {
        let work = async {
            log.add("B starts");
            sleep(ms(1_000)).await;
            log.add("B ends");
            Ok(())
        };
        holding(log.on_drop("B is gone"), work)
    };
    assert_eq!(gather!(async { Err::<(), _>("a") }, b()).await, Err("a"));
    let with_b_last = log.take();
    assert_eq!(gather!(b(), async { Err::<(), _>("a") }).await, Err("a"));
    assert_eq!(log.take(), ["B starts", "B is gone"]);
    assert_eq!(with_b_last.last().map(String::as_str), Some("B is gone"));
    assert_eq!(start.elapsed(), ms(0));
    sleep(ms(5_000)).await;
    assert!(log.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn g11_errors_as_values_end_nothing() {
    let start = Instant::now();
    let all = gather!(
        after(1_000, Err::<(), _>("x")),
        after(2_000, Err::<(), _>("y")),
        return_exceptions = true
    );
    assert_eq!(all.await, (Err("x"), Err("y")));
    assert_eq!(start.elapsed(), ms(2_000));
}

/// In asyncio A goes on. Here a cancelled task is an error like any other, and A goes with the gather.
#[tokio::test(start_paused = true)]
async fn g13_a_branch_that_cancels_itself_is_an_error() {
    let (start, log) = (Instant::now(), Log::default());
    let (hand_over, own) = oneshot::channel::<AbortHandle>();
    let b = tokio::spawn(async {
        let own = own.await.expect("it is sent");
        sleep(ms(1_000)).await;
        own.abort();
        pending::<()>().await;
    });
    hand_over.send(b.abort_handle()).expect("B waits for it");
    let a = spawn(holding(log.on_drop("A is gone"), after(3_000, 'a')));
    let error = gather!(a, b).await.expect_err("B was cancelled");
    assert!(error.is_cancelled());
    assert_eq!(start.elapsed(), ms(1_000));
    settle().await;
    assert_eq!(log.take(), ["A is gone"]);
}

#[tokio::test(start_paused = true)]
async fn g15_cancelling_who_waits_cancels_the_branches() {
    let (start, log) = (Instant::now(), Log::default());
    let (a, b) = (log.on_drop("A"), log.on_drop("B"));
    let owner = spawn(async {
        gather!(holding(a, after(5_000, 'a')), holding(b, after(5_000, 'b'))).await
    });
    sleep(ms(1_000)).await;
    assert_eq!(owner.cancel().await, None);
    assert_eq!(log.take(), ["A", "B"]);
    assert_eq!(start.elapsed(), ms(1_000));
}

/// In asyncio whoever cancels waits for children that take their time to end. A drop takes none, and gives no list either.
#[tokio::test(start_paused = true)]
async fn g17_cancelling_who_waits_gives_no_list_of_errors() {
    let (start, log) = (Instant::now(), Log::default());
    let (a, b) = (log.on_drop("A"), log.on_drop("B"));
    let owner = spawn(async {
        gather!(
            holding(a, after(4_000, Err::<(), _>("a"))),
            holding(b, after(4_000, Err::<(), _>("b"))),
            return_exceptions = true
        )
        .await
    });
    sleep(ms(1_000)).await;
    assert_eq!(owner.cancel().await, None);
    assert_eq!(log.take(), ["A", "B"]);
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn g21_results_are_lost_if_who_waits_is_cancelled_in_the_same_tick() {
    let (start, log) = (Instant::now(), Log::default());
    let (give, a) = oneshot::channel::<OnDrop>();
    let owner = tokio::spawn(async { gather!(a).await });
    sleep(ms(1_000)).await;
    give.send(log.on_drop("result")).expect("A waits for it");
    owner.abort();
    let ended = owner.await.expect_err("it did not get to see the result");
    assert!(ended.is_cancelled());
    assert_eq!(log.take(), ["result"]);
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn g25_of_finished_tasks_it_is_ready_at_once() {
    let (a, b) = (spawn(async { 'a' }), spawn(async { 'b' }));
    settle().await;
    assert_eq!(gather!(a, b).now_or_never(), Some(('a', 'b')));
}

#[tokio::test(start_paused = true)]
async fn g27_gathers_nest() {
    let start = Instant::now();
    let all = gather!(
        gather!(after(1_000, 'a'), after(2_000, 'b')),
        after(3_000, 'c')
    );
    assert_eq!(all.await, (('a', 'b'), 'c'));
    assert_eq!(start.elapsed(), ms(3_000));
}

/// In asyncio B and C go on.
#[tokio::test(start_paused = true)]
async fn g29_an_error_inside_ends_the_gather_outside() {
    let (start, log) = (Instant::now(), Log::default());
    let all = gather!(
        gather!(
            after(1_000, Err::<(), _>("e")),
            holding(log.on_drop("B"), after(3_000, ()))
        ),
        holding(log.on_drop("C"), after(3_000, ()))
    );
    assert_eq!(all.await, Err("e"));
    assert_eq!(log.take(), ["B", "C"]);
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn g31_a_timeout_cancels_what_it_is_around() {
    let (start, log) = (Instant::now(), Log::default());
    let both = || {
        gather!(
            holding(log.on_drop("A"), after(1_000, 'a')),
            holding(log.on_drop("B"), after(3_000, 'b'))
        )
    };
    let late = gather!(both(), timeout = 2s).await.expect_err("B is late");
    assert_eq!((late.after(), start.elapsed()), (ms(2_000), ms(2_000)));
    assert_eq!(log.take(), ["A", "B"]);
    let late = tokio::time::timeout(ms(2_000), both()).await;
    assert!(late.is_err());
    assert_eq!(log.take(), ["A", "B"]);
    assert_eq!(start.elapsed(), ms(4_000));
}

/// What asyncio shields is here a task that is lent.
#[tokio::test(start_paused = true)]
async fn g33_a_task_that_is_lent_goes_on() {
    let start = Instant::now();
    let mut a = spawn(after(3_000, 'a'));
    let outer = tokio::time::timeout(ms(1_000), gather!(&mut a)).await;
    assert!(outer.is_err());
    assert_eq!(start.elapsed(), ms(1_000));
    assert_eq!(a.await, 'a');
    assert_eq!(start.elapsed(), ms(3_000));
}

/// In asyncio A runs to its end. Here nothing runs that nobody waits for.
#[tokio::test(start_paused = true)]
async fn g39_dropped_unawaited_it_runs_nothing() {
    let (log, ran) = (Log::default(), Cell::new(false));
    let a = holding(log.on_drop("A"), async {
        sleep(ms(1_000)).await;
        ran.set(true);
    });
    drop(gather!(a));
    assert_eq!(log.take(), ["A"]);
    sleep(ms(5_000)).await;
    assert!(!ran.get());
    // Neither does what was polled.
    let a = holding(log.on_drop("A"), async {
        sleep(ms(1_000)).await;
        ran.set(true);
    });
    let mut polled = Driver::new(gather!(a));
    assert!(polled.poll().is_pending());
    drop(polled);
    assert_eq!(log.take(), ["A"]);
    sleep(ms(5_000)).await;
    assert!(!ran.get());
}

/// In asyncio B goes on to its end.
#[tokio::test(start_paused = true)]
async fn g43_a_branch_may_cancel_its_sibling() {
    let (start, log) = (Instant::now(), Log::default());
    let a = tokio::spawn(holding(log.on_drop("A is gone"), after(5_000, 'a')));
    let victim = a.abort_handle();
    let b = spawn(holding(log.on_drop("B is gone"), async move {
        sleep(ms(1_000)).await;
        victim.abort();
        after(2_000, 'b').await
    }));
    let error = gather!(a, b).await.expect_err("A was cancelled");
    assert!(error.is_cancelled());
    assert_eq!(log.take(), ["A is gone"]);
    assert_eq!(start.elapsed(), ms(1_000));
    settle().await;
    assert_eq!(log.take(), ["B is gone"]);
}
