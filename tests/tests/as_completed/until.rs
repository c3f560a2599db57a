//! `until`: a future that ends a stream, a loop or arms.

use std::{
    future::{Future, pending, poll_fn, ready},
    task::Poll,
};

use futures::{Stream, StreamExt, stream::FusedStream};
use rejoin::{Pending, TimedOut, as_completed};
use rejoin_tests::{Driver, Log, after, busy, holding, leaf, leaves, ms, panic_of};
use tokio::{
    task::{consume_budget, yield_now},
    time::{Instant, sleep},
};

#[tokio::test(start_paused = true)]
async fn a_stream_ends_as_if_nothing_were_left() {
    let start = Instant::now();
    let log = Log::default();
    let branches = [10, 20, 30, 40].map(|n| holding(log.on_drop(&n), after(n, n)));
    let mut results = as_completed!(..branches, until = sleep(ms(25)));
    assert_eq!(results.next().await, Some(10));
    assert_eq!(results.next().await, Some(20));
    assert_eq!(log.take(), ["10", "20"]);
    assert_eq!(results.len(), 2);
    assert_eq!(results.next().await, None);
    assert_eq!(start.elapsed(), ms(25));
    // Dropped in that same poll.
    assert_eq!(log.take(), ["30", "40"]);
    assert!(results.is_empty() && results.is_terminated());
    assert_eq!((results.len(), results.size_hint()), (0, (0, Some(0))));

    // As after a timeout.
    assert_eq!(results.push(holding(log.on_drop("late"), after(1, 50))), 4);
    assert_eq!(log.take(), ["late"]);
    assert_eq!(results.next().await, None);
    assert!(results.into_pending().is_empty());
}

#[test]
fn the_completion_of_that_turn_is_handed_out() {
    let log = Log::default();
    let (hands, branches) = leaves::<u8>(3);
    let branches = branches.into_iter().enumerate();
    let branches = branches.map(|(n, leaf)| holding(log.on_drop(&n), leaf));
    let (stop, signal) = leaf::<()>();
    let mut results = as_completed!(..branches.collect::<Vec<_>>(), until = signal);
    let mut call = Driver::new(poll_fn(move |cx| results.poll_next_unpin(cx)));
    assert!(call.poll().is_pending());
    assert_eq!(stop.polls(), 1);
    hands[1].give(1);
    hands[2].give(2);
    stop.give(());
    // One completion a turn; the branch that was woken beside it was not polled.
    assert_eq!(call.poll(), Poll::Ready(Some(1)));
    assert_eq!(log.take(), ["1", "0", "2"]);
    assert_eq!((hands[2].polls(), stop.polls()), (1, 2));
    assert!(stop.is_dropped());
    assert_eq!(call.poll(), Poll::Ready(None));
    assert_eq!(call.poll(), Poll::Ready(None));
}

#[test]
fn it_is_polled_only_when_it_was_woken_and_in_every_turn() {
    let (hands, branches) = leaves::<u8>(3);
    let (stop, signal) = leaf::<()>();
    let mut results = as_completed!(..branches, until = signal);
    let mut call = Driver::new(poll_fn(move |cx| results.poll_next_unpin(cx)));
    for hand in &hands[..2] {
        assert!(call.poll().is_pending());
        hand.give(7);
        assert_eq!(call.poll(), Poll::Ready(Some(7)));
    }
    assert_eq!(stop.polls(), 1);
    call.move_to_new_parent();
    assert!(call.poll().is_pending());
    stop.wake();
    assert_eq!(call.wakes(), 1);
    assert!(call.poll().is_pending());
    assert_eq!((stop.polls(), hands[2].polls()), (2, 1));

    // Not even a branch that is always ready keeps it from its turn.
    let (stop, signal) = leaf::<()>();
    let mut results = as_completed!(..(0..).map(ready), limit = 2, until = signal);
    let mut call = Driver::new(poll_fn(move |cx| results.poll_next_unpin(cx)));
    assert_eq!(call.poll(), Poll::Ready(Some(0)));
    assert_eq!(call.poll(), Poll::Ready(Some(1)));
    stop.give(());
    assert_eq!(call.poll(), Poll::Ready(Some(2)));
    assert_eq!(call.poll(), Poll::Ready(None));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_beside_it_gives_its_item() {
    let mut late = as_completed!(
        ..[10, 20].map(|n| after(n, n)),
        timeout = 15ms,
        until = sleep(ms(30))
    );
    assert_eq!(late.next().await, Some(Ok(10)));
    assert_eq!(late.next().await.unwrap().unwrap_err().after(), ms(15));
    assert_eq!(late.next().await, None);

    let mut stopped = as_completed!(
        ..[10, 20].map(|n| after(n, n)),
        timeout = 30ms,
        until = sleep(ms(15))
    );
    assert_eq!(stopped.next().await, Some(Ok(10)));
    assert_eq!(stopped.next().await, None);
    // `until` comes before the deadline.
    let mut both = as_completed!(pending::<u8>(), timeout = 0s, until = ready(()));
    assert_eq!(both.next().await, None);

    let mut indexed = as_completed!(after(20, 1), after(10, 2), until = sleep(ms(15))).indexed();
    assert_eq!(indexed.next().await, Some((1, 2)));
    assert_eq!(indexed.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_loop_ends_without_another_body() {
    let (start, log) = (Instant::now(), Log::default());
    let mut seen = vec![];
    let own = &log;
    let branches = [10, 20, 30, 200].map(|n| {
        holding(log.on_drop(&n), async move {
            sleep(ms(n)).await;
            (n, own.on_drop(&format!("output {n}")))
        })
    });
    as_completed!(
        for n in ..branches {
            seen.push(n.0);
            drop(n);
            // A body that is under way goes on to its end. The results that came meanwhile are dropped.
            sleep(ms(100)).await;
            log.add("body");
        },
        until = sleep(ms(50))
    );
    assert_eq!(seen, [10]);
    assert_eq!(start.elapsed(), ms(110));
    assert_eq!(
        log.take(),
        [
            "10",
            "output 10",
            "20",
            "30",
            "200",
            "output 20",
            "output 30",
            "body"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn results_that_came_during_a_body_are_yielded_if_the_call_goes_on() {
    let mut seen = vec![];
    as_completed!(
        for n in ..[10, 20, 30].map(|n| after(n, n)) {
            seen.push(n);
            sleep(ms(50)).await;
        },
        until = sleep(ms(1_000))
    );
    assert_eq!(seen, [10, 20, 30]);
}

#[tokio::test(start_paused = true)]
async fn a_set_that_is_lent_stays() {
    let log = Log::default();
    let mut pending =
        Pending::from_iter([10, 20, 30].map(|n| holding(log.on_drop(&n), after(n, n))));
    let mut seen = vec![];
    as_completed!(
        for n in (..&mut pending, holding(log.on_drop("own"), after(40, 40))) {
            seen.push(n);
            sleep(ms(12)).await;
        },
        until = sleep(ms(21))
    );
    assert_eq!(seen, [10]);
    // The one that was done during the body is in the set, too.
    assert_eq!(pending.len(), 2);
    assert_eq!(log.take(), ["10", "20", "own"]);
    as_completed!(for n in ..&mut pending {
        seen.push(n);
    });
    assert_eq!(seen, [10, 20, 30]);

    // The completion of the turn of `until` is yielded.
    let mut pending = Pending::from_iter([10, 20].map(|n| after(n, n)));
    let mut seen = vec![];
    as_completed!(
        for n in ..&mut pending {
            seen.push(n);
        },
        until = sleep(ms(10))
    );
    assert_eq!((seen, pending.len()), (vec![10], 1));
}

#[tokio::test(start_paused = true)]
async fn arms_end_without_another_body() {
    // Few arms, in the loop; arms with a spread, in a set.
    let (start, log) = (Instant::now(), Log::default());
    as_completed! {
        n = after(10, 1) => { log.add(&n); sleep(ms(20)).await; log.add("end"); }
        _ = holding(log.on_drop("second"), after(15, 2)) => unreachable!(),
        _ = holding(log.on_drop("third"), pending::<u8>()) => unreachable!(),
        until = sleep(ms(25))
    }
    assert_eq!(
        (start.elapsed(), log.take()),
        (
            ms(30),
            ["1", "second", "third", "end"].map(String::from).to_vec()
        )
    );

    let start = Instant::now();
    as_completed! {
        <until = sleep(ms(25)), limit = 3>
        n = after(10, 1) => { log.add(&n); }
        n in ..[20, 30].map(|n| after(n, n)) => { log.add(&n); }
        _ = holding(log.on_drop("third"), pending::<u8>()) => unreachable!(),
    }
    assert_eq!(
        (start.elapsed(), log.take()),
        (ms(25), ["1", "20", "third"].map(String::from).to_vec())
    );

    // With a timeout, arms that are not done run at the deadline, but not at the end by `until`.
    let mut late: Vec<Result<u8, TimedOut>> = vec![];
    as_completed! {
        n = after(10, 1) => late.push(n),
        n = after(30, 2) => late.push(n),
        timeout = 20ms,
        until = sleep(ms(15))
    }
    assert_eq!(late, [Ok(1)]);
    as_completed! {
        n = after(10, 1) => late.push(n),
        n in ..[after(30, 2)] => late.push(n),
        timeout = 20ms,
        until = sleep(ms(25))
    }
    assert_eq!((late.len(), late[2].is_err()), (3, true));
}

#[test]
fn the_completion_of_that_turn_runs_its_arm() {
    for many in [false, true] {
        let ((first, a), (second, b), (stop, signal)) = (leaf::<u8>(), leaf::<u8>(), leaf::<()>());
        let log = Log::default();
        let own = log.clone();
        let mut call: Driver<std::pin::Pin<Box<dyn Future<Output = ()>>>> = Driver::new(if many {
            Box::pin(async move {
                as_completed! {
                    n in ..[a] => own.add(&n),
                    n = b => own.add(&n),
                    until = signal
                }
            })
        } else {
            Box::pin(async move {
                as_completed! {
                    n = a => own.add(&n),
                    n = b => own.add(&n),
                    until = signal
                }
            })
        });
        assert!(call.poll().is_pending());
        second.give(2);
        first.give(1);
        stop.give(());
        assert!(call.poll().is_ready());
        assert_eq!(log.take(), ["1"]);
        assert!(second.is_dropped());
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_dropped_when_it_completes_or_after_the_branches() {
    let log = Log::default();
    let branch = |name: &'static str, n| holding(log.on_drop(name), after(n, n));
    let until = |n| holding(log.on_drop("until"), after(n, log.on_drop("output")));
    let mut results = as_completed!(branch("a", 10), branch("b", 20), until = until(5));
    assert_eq!(results.next().await, None);
    assert_eq!(log.take(), ["until", "output", "a", "b"]);
    drop(results);

    let mut results = as_completed!(branch("a", 10), until = until(50));
    assert_eq!(results.next().await, Some(10));
    assert_eq!(results.next().await, None);
    assert_eq!(log.take(), ["a"]);
    drop(results);
    assert_eq!(log.take(), ["output", "until"]);

    let mut results = as_completed!(
        branch("a", 10),
        branch("b", 20),
        until = until(50),
        timeout = 5ms
    );
    assert!(results.next().await.unwrap().is_err());
    assert_eq!(log.take(), ["a", "b", "output", "until"]);

    as_completed!(
        for _ in (branch("a", 10), branch("b", 20)) {
            break;
        },
        until = until(50)
    );
    assert_eq!(log.take(), ["a", "b", "output", "until"]);
    as_completed! {
        _ = branch("a", 10) => break,
        _ = branch("b", 20) => {},
        until = until(50)
    }
    assert_eq!(log.take(), ["a", "b", "output", "until"]);
}

#[tokio::test(start_paused = true)]
async fn its_panic_is_that_of_a_branch() {
    let log = Log::default();
    let branch = |name: &'static str| holding(log.on_drop(name), pending::<u8>());
    let panics = || async { panic!("signal") };
    let mut results = as_completed!(branch("a"), branch("b"), until = panics());
    assert_eq!(panic_of(results.next()).await, "signal");
    assert_eq!(log.take(), ["a", "b"]);
    assert_eq!(
        panic_of(results.next()).await,
        "a call was polled after a panic of its `until`"
    );

    let mut pending = Pending::from_iter([branch("lent")]);
    let lent = async {
        as_completed!(
            for _ in (..&mut pending, branch("own")) {},
            until = panics()
        );
    };
    assert_eq!(panic_of(lent).await, "signal");
    assert_eq!((pending.len(), log.take()), (1, vec!["own".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn busy_branches_and_bodies_do_not_delay_it() {
    let soon = || async {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            yield_now().await;
            sender.send(())
        });
        receiver.await
    };
    as_completed!(
        for () in ..(0..1_000).map(|_| busy()) {
            unreachable!()
        },
        until = soon()
    );
    let mut first = true;
    as_completed!(
        for () in (ready(()), pending::<()>()) {
            assert!(std::mem::take(&mut first));
            for _ in 0..1_000 {
                consume_budget().await;
            }
        },
        until = soon()
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_may_hold_a_call_with_an_until_that_borrows() {
    let seen = rejoin::spawn(async move {
        let (words, limit) = (["a", "bc", "def"].map(String::from), ms(25));
        let mut seen = vec![];
        let lengths = words.iter().map(|word| async move {
            sleep(ms(10 * word.len() as u64)).await;
            word.len()
        });
        let end = async |limit: &std::time::Duration| sleep(*limit).await;
        as_completed!(
            for n in ..lengths {
                seen.push(n);
                yield_now().await;
            },
            until = end(&limit)
        );
        as_completed! {
            word = after(1, &words[0]) => seen.push(word.len()),
            () = pending::<()>() => {},
            until = end(&limit)
        }
        seen
    });
    assert_eq!(seen.await, [1, 2, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_loop_or_arms_that_are_stopped_have_no_value() {
    let found = as_completed!(
        for n in ..[10, 20, 30].map(|n| after(n, n)) {
            if n == 30 {
                break n;
            }
        },
        until = sleep(ms(25))
    );
    assert_eq!(found, None);
    let found = as_completed! {
        n = after(10, 1) => break n,
        n = after(20, 2) => break n,
        until = sleep(ms(5))
    };
    assert_eq!(found, None);
    let found = as_completed! {
        n = after(10, 1) => break n,
        n = after(20, 2) => break n,
        until = sleep(ms(10))
    };
    assert_eq!(found, Some(1));
}
