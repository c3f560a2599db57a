//! tokio's cooperative budget, and turns that the runtime has in between.

use std::{
    future::{Future, pending, poll_fn},
    pin::{Pin, pin},
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use futures::{
    StreamExt,
    future::{join_all, select},
    stream::FuturesUnordered,
};
use rejoin::wait;
use rejoin_tests::{Driver, Hand, leaves, ms};
use tokio::{
    task::{consume_budget, yield_now},
    time::{Instant, advance, sleep},
};

use super::{BoxedSend, FORMS, total};

/// A set that goes on when tokio's budget is spent polls all that is behind in vain, each turn again.
#[tokio::test]
async fn quadratic_budget() {
    const COUNT: usize = 100_000;
    for form in FORMS {
        let tasks: Vec<_> = (0..COUNT).map(|_| tokio::spawn(async {})).collect();
        for task in &tasks {
            while !task.is_finished() {
                yield_now().await;
            }
        }
        let (polls, turns) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let branches = tasks.into_iter().map(|mut task| {
            let polls = &polls;
            poll_fn(move |cx| {
                polls.fetch_add(1, Ordering::Relaxed);
                Pin::new(&mut task).poll(cx).map(|result| result.unwrap())
            })
        });
        counted(&turns, form.of(branches.collect())).await;
        let (polls, turns) = (polls.into_inner(), turns.into_inner());
        // Of 128, one is polled in vain, or two where a `wait!` follows the one that found the budget spent.
        assert!(polls <= COUNT + COUNT / 60, "{form:?}: {polls} polls");
        assert!(turns <= COUNT / 60, "{form:?}: {turns} turns");
    }
}

/// A timer needs budget, too: beside branches that spend it all, one that is only polled like them is never due, as here
/// beside a `select` of `futures`.
#[tokio::test(start_paused = true)]
async fn budget_starvation_of_a_timer() {
    /// Branches that spend the budget for ever, and one that lets time pass, which it does not by itself meanwhile.
    fn branches<'a>(turns: &'a AtomicUsize, moved_at: &'a AtomicUsize) -> Vec<BoxedSend<'a>> {
        let mut branches: Vec<BoxedSend<'_>> = vec![Box::pin(async {
            yield_now().await;
            assert!(futures::poll!(pin!(advance(ms(20)))).is_pending());
            moved_at.store(turns.load(Ordering::Relaxed), Ordering::Relaxed);
            pending::<()>().await;
        })];
        let hungry = || async {
            while turns.load(Ordering::Relaxed) < usize::MAX {
                consume_budget().await;
            }
        };
        branches.extend((0..300).map(|_| Box::pin(hungry()) as _));
        branches
    }
    for form in FORMS {
        let start = Instant::now();
        let (turns, moved_at) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let all = form.within(ms(20), branches(&turns, &moved_at));
        let mut all = pin!(counted(&turns, all));
        let in_time = poll_fn(|cx| {
            let turns = turns.load(Ordering::Relaxed);
            assert!(turns < 3_000, "{form:?}: the timer is starving");
            all.as_mut().poll(cx)
        });
        assert!(!in_time.await, "{form:?}");
        assert_eq!(start.elapsed(), ms(20), "{form:?}");
        // A turn is as much as one branch takes, and all get theirs before that, a few times at most.
        let more = turns.load(Ordering::Relaxed) - moved_at.load(Ordering::Relaxed);
        assert!(more <= 4 * 301, "{form:?}: {more} turns");
    }

    let (turns, moved_at) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let peer = select(
        join_all(branches(&turns, &moved_at)),
        Box::pin(sleep(ms(20))),
    );
    let mut peer = pin!(counted(&turns, peer));
    let starved = poll_fn(|cx| {
        if turns.load(Ordering::Relaxed) == 2_000 {
            return Poll::Ready(true);
        }
        peer.as_mut().poll(cx).map(|_| false)
    });
    assert!(starved.await);
}

/// `FuturesUnordered` polls all that it holds, however much that is, before the runtime gets its turn.
#[test]
fn a_runtime_held_up_by_a_burst() {
    fn most_in_a_poll<F: Future<Output = ()>>(future: F, hands: &[Hand<()>]) -> usize {
        let (mut all, mut most) = (Driver::new(future), 0);
        for _ in 0..2 {
            loop {
                let (before, wakes) = (total(hands), all.wakes());
                let ended = all.poll().is_ready();
                most = most.max(total(hands) - before);
                if ended || all.wakes() == wakes {
                    break;
                }
            }
            for hand in hands {
                hand.give(());
            }
        }
        assert!(hands.iter().all(Hand::is_dropped));
        most
    }
    for form in FORMS {
        let (hands, branches) = leaves::<()>(10_000);
        let most = most_in_a_poll(form.of(branches), &hands);
        assert!(most <= 1_024, "{form:?}: {most} polls in one");
    }
    let (hands, branches) = leaves::<()>(10_000);
    let peer = FuturesUnordered::from_iter(branches).for_each(async |()| ());
    assert_eq!(most_in_a_poll(peer, &hands), 10_000);
}

/// A deadline that is looked at before everybody had a turn: as the runtime has its own in between, a timeout of zero, or
/// the first result, cuts a large set off somewhere.
#[tokio::test(start_paused = true)]
async fn cut_off_before_the_first_poll() {
    const COUNT: usize = 10_000;
    for form in FORMS {
        let (hands, branches) = leaves::<()>(COUNT);
        assert!(!form.within(ms(0), branches).await, "{form:?}");
        let polled = hands.iter().filter(|hand| hand.polls() > 0).count();
        assert_eq!(polled, COUNT, "{form:?}");

        let started = AtomicUsize::new(0);
        let hungry = (0..200).map(|_| async {
            started.fetch_add(1, Ordering::Relaxed);
            while started.load(Ordering::Relaxed) < usize::MAX {
                consume_budget().await;
            }
        });
        let (turns, all) = (AtomicUsize::new(0), form.within(ms(0), hungry.collect()));
        let mut all = pin!(counted(&turns, all));
        let in_time = poll_fn(|cx| {
            let turns = turns.load(Ordering::Relaxed);
            assert!(turns < 1_000, "{form:?}: it does not end");
            all.as_mut().poll(cx)
        });
        assert!(!in_time.await, "{form:?}");
        assert_eq!(started.load(Ordering::Relaxed), 200, "{form:?}");
    }
    // All that are ready at that moment, though somebody is not.
    let mut branches: Vec<BoxedSend<'_>> = vec![Box::pin(sleep(ms(1)))];
    branches.extend((0..COUNT).map(|_| Box::pin(async {}) as _));
    let (done, left) = wait!(..branches, return_when = FIRST_COMPLETED).await;
    assert_eq!((done.len(), left.len()), (COUNT, 1));
}

/// Counts the polls of a future.
fn counted<'a, F: Future + 'a>(
    polls: &'a AtomicUsize,
    future: F,
) -> impl Future<Output = F::Output> + use<'a, F> {
    let mut future = Box::pin(future);
    poll_fn(move |cx| {
        polls.fetch_add(1, Ordering::Relaxed);
        future.as_mut().poll(cx)
    })
}
