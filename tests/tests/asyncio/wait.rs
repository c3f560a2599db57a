//! The cases of asyncio's `wait`, and what `wait!` does with them: a test's name begins with the number of its case.
//!
//! In comments `A 2s→a` says that A ends after two seconds with `a`. Where asyncio does something else, they say what.

use std::future::Future;

use rejoin::{Done, Pending, as_completed, gather, spawn, task_group, wait};
use rejoin_tests::{Log, after, holding, ms, settle};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

fn list<T>(done: Done<T>) -> Vec<T> {
    done.into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn w01_all_completed() {
    let start = Instant::now();
    let (done, pending) = wait!(after(1_000, 'a'), after(2_000, 'b')).await;
    assert_eq!((list(done), pending.len()), (vec!['a', 'b'], 0));
    assert_eq!(start.elapsed(), ms(2_000));
}

#[tokio::test(start_paused = true)]
async fn w03_the_first_completed_may_have_failed() {
    let start = Instant::now();
    let (done, pending) = wait!(
        after(3_000, Ok('a')),
        after(1_000, Err("b")),
        return_when = FIRST_COMPLETED
    )
    .await;
    assert_eq!((list(done), pending.len()), (vec![Err("b")], 1));
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn w05_the_first_exception_without_one_is_the_end() {
    let start = Instant::now();
    let (done, pending) = wait!(
        after(1_000, Ok::<_, ()>('a')),
        after(2_000, Ok('b')),
        return_when = FIRST_EXCEPTION
    )
    .await;
    assert_eq!((list(done), pending.len()), (vec![Ok('a'), Ok('b')], 0));
    assert_eq!(start.elapsed(), ms(2_000));
}

#[tokio::test(start_paused = true)]
async fn w07_a_cancelled_task_is_completed() {
    let start = Instant::now();
    let (a, b) = (
        tokio::spawn(after(3_000, 'a')),
        tokio::spawn(after(3_000, 'b')),
    );
    let victim = b.abort_handle();
    spawn(async move {
        sleep(ms(1_000)).await;
        victim.abort();
    })
    .detach();
    let (done, pending) = wait!(a, b, return_when = FIRST_COMPLETED).await;
    assert_eq!(start.elapsed(), ms(1_000));
    assert_eq!((done.len(), pending.len()), (1, 1));
    let (index, result) = done.indexed().next().expect("there is one");
    assert_eq!(index, 1);
    assert!(result.expect_err("it was cancelled").is_cancelled());
}

/// In asyncio the same tasks may be waited for again. Here the results were handed out, and nothing is left.
#[tokio::test(start_paused = true)]
async fn w09_of_finished_tasks_it_returns_at_once() {
    let tasks = [spawn(async { 'a' }), spawn(async { 'b' })];
    settle().await;
    let start = Instant::now();
    let (done, pending) = wait!(..tasks).await;
    assert_eq!(list(done), ['a', 'b']);
    let (done, pending) = wait!(..pending).await;
    assert!(done.is_empty() && pending.is_empty());
    assert_eq!(start.elapsed(), ms(0));
}

#[tokio::test(start_paused = true)]
async fn w11_a_timeout_is_no_error_and_cancels_nothing() {
    let (start, log) = (Instant::now(), Log::default());
    let (done, pending) = wait!(
        after(1_000, 'a'),
        holding(log.on_drop("B"), after(3_000, 'b')),
        timeout = 1.5s
    )
    .await;
    assert_eq!((list(done), pending.len()), (vec!['a'], 1));
    assert_eq!(start.elapsed(), ms(1_500));
    assert!(log.take().is_empty());
    let (done, _) = wait!(..pending).await;
    assert_eq!(list(done), ['b']);
    assert_eq!(start.elapsed(), ms(3_000));
}

#[tokio::test(start_paused = true)]
async fn w13_a_timeout_of_zero_lets_each_take_a_step() {
    let start = Instant::now();
    let (done, pending) = wait!(async { 'a' }, after(1_000, 'b'), timeout = 0s).await;
    assert_eq!((list(done), pending.len()), (vec!['a'], 1));
    assert_eq!(start.elapsed(), ms(0));
}

/// In asyncio A is pending: the timer of the wait was there before its own.
#[tokio::test(start_paused = true)]
async fn w15_what_is_done_at_the_deadline_is_done() {
    let start = Instant::now();
    let (done, pending) = wait!(after(2_000, 'a'), timeout = 2s).await;
    assert_eq!((list(done), pending.len()), (vec!['a'], 0));
    assert_eq!(start.elapsed(), ms(2_000));
}

#[tokio::test(start_paused = true)]
async fn w23_lists_and_iterators_are_alike() {
    let work = |n: u64| spawn(after(n * 1_000, n));
    let list_of = vec![work(2), work(1)];
    let (done, _) = wait!(..list_of).await;
    assert_eq!(list(done), [1, 2]);
    let (done, _) = wait!(..[2, 1].into_iter().map(work)).await;
    assert_eq!(list(done), [1, 2]);
    let (done, _) = wait!(..std::iter::once(work(2)).chain([work(1)])).await;
    assert_eq!(list(done), [1, 2]);
}

/// asyncio complains when the task is collected. Here the lint of unused results does so, when the code is compiled.
#[tokio::test(start_paused = true)]
async fn w25_errors_that_nobody_looks_at_are_dropped() {
    let log = Log::default();
    let error = log.on_drop("error");
    let (done, _) = wait!(after(1_000, Err::<(), _>(error))).await;
    assert!(log.take().is_empty());
    drop(done);
    assert_eq!(log.take(), ["error"]);
}

/// In asyncio B goes on. Here a deadline from outside drops both sets; the one of the call keeps them.
#[tokio::test(start_paused = true)]
async fn w27_a_deadline_around_it_loses_both_sets() {
    let (start, log) = (Instant::now(), Log::default());
    let a = |log: &Log| after(1_000, log.on_drop("result of A"));
    let b = |log: &Log| holding(log.on_drop("B"), after(3_000, log.on_drop("result of B")));
    let outside = tokio::time::timeout(ms(2_000), wait!(a(&log), b(&log))).await;
    assert!(outside.is_err());
    assert_eq!(start.elapsed(), ms(2_000));
    let mut dropped = log.take();
    dropped.sort();
    assert_eq!(dropped, ["B", "result of A", "result of B"]);

    let (done, pending) = wait!(a(&log), b(&log), timeout = 2s).await;
    assert_eq!((done.len(), pending.len()), (1, 1));
    assert_eq!(start.elapsed(), ms(4_000));
    assert!(log.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn w29_what_is_added_between_two_waits_is_waited_for() {
    let (start, mut seen) = (Instant::now(), vec![]);
    let mut pending = Pending::from_iter([after(1_000, 'a'), after(2_000, 'b')]);
    while !pending.is_empty() {
        let (done, rest) = wait!(..pending, return_when = FIRST_COMPLETED).await;
        pending = rest;
        for name in done {
            seen.push((name, start.elapsed()));
            if name == 'a' {
                pending.push(after(500, 'd'));
            }
        }
    }
    let expected = [('a', ms(1_000)), ('d', ms(1_500)), ('b', ms(2_000))];
    assert_eq!(seen, expected);

    // And, as asyncio has it not, while the loop is running.
    let (start, mut seen) = (Instant::now(), vec![]);
    let mut pending = Pending::from_iter([after(1_000, 'a'), after(2_000, 'b')]);
    as_completed!(for name in ..&mut pending {
        seen.push((name, start.elapsed()));
        if name == 'a' {
            pending.push(after(500, 'd'));
        }
    });
    assert_eq!(seen, expected);
}

/// In asyncio B is done too, by the time that the waiting task runs again.
#[tokio::test(start_paused = true)]
async fn w31_who_still_yields_is_pending() {
    let yields = async |times: usize, name: char| {
        for _ in 0..times {
            yield_now().await;
        }
        name
    };
    let (done, pending) = wait!(
        yields(1, 'a'),
        yields(2, 'b'),
        return_when = FIRST_COMPLETED
    )
    .await;
    assert_eq!((list(done), pending.len()), (vec!['a'], 1));
    let (done, pending) = wait!(
        yields(2, 'a'),
        yields(2, 'b'),
        return_when = FIRST_COMPLETED
    )
    .await;
    assert_eq!((list(done), pending.len()), (vec!['a', 'b'], 0));
}

#[tokio::test(start_paused = true)]
async fn w35_done_and_pending_are_all_and_share_none() {
    for timeout in 0..=5 {
        let work = (0..5).map(|n| after(n * 1_000, n));
        let (done, pending) = wait!(..work, timeout = ms(timeout * 1_000)).await;
        let done: Vec<_> = done.indexed().collect();
        let mut all: Vec<_> = done.iter().map(|&(index, _)| index).collect();
        assert_eq!(all.len() + pending.len(), 5);
        let (rest, _) = wait!(..pending).await;
        all.extend(rest.indexed().map(|(index, _)| index));
        assert_eq!(all, [0, 1, 2, 3, 4]);
    }
}

#[tokio::test(start_paused = true)]
async fn w37_a_gather_is_a_branch() {
    let start = Instant::now();
    let (done, pending) = wait!(
        gather!(after(1_000, 'a'), after(2_000, 'b')),
        after(5_000, ('x', 'y')),
        return_when = FIRST_COMPLETED
    )
    .await;
    assert_eq!((list(done), pending.len()), (vec![('a', 'b')], 1));
    assert_eq!(start.elapsed(), ms(2_000));
}

#[tokio::test(start_paused = true)]
async fn w39_of_one() {
    let start = Instant::now();
    let (done, pending) = wait!(spawn(after(1_000, 'a'))).await;
    assert_eq!((list(done), pending.len()), (vec!['a'], 0));
    assert_eq!(start.elapsed(), ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn w41_an_error_in_a_group_cancels_the_body_inside_a_wait() {
    fn failing(error: &'static str) -> impl Future<Output = Result<(), &'static str>> {
        after(1_000, Err(error))
    }
    let (start, log) = (Instant::now(), Log::default());
    let ended = task_group!(<&'static str> |tg| {
        let a = tg.spawn(failing("e"));
        let b = tg.spawn(holding(log.on_drop("B"), after(9_000, Ok(()))));
        let waiting = log.on_drop("body");
        let (done, _) = wait!(a, b).await;
        log.add("the wait returns");
        drop((waiting, done));
        Ok(())
    })
    .await;
    let failures = ended.expect_err("A has failed");
    assert_eq!((failures.len(), *failures.first()), (1, "e"));
    assert_eq!(start.elapsed(), ms(1_000));
    let mut dropped = log.take();
    dropped.sort();
    assert_eq!(dropped, ["B", "body"]);
}
