//! What is polled, and how often.

use std::{
    cell::RefCell,
    future::{Future, pending, poll_fn},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures::future::{select_all, try_join_all};
use rejoin::{gather, task_group};
use rejoin_tests::{Driver, Hand, leaves};

use super::{Boxed, BoxedSend, FORMS, lock, total};

/// `try_join_all` takes results in order if they are more than thirty: an error waits for all before it.
#[test]
fn short_circuit_above_thirty() {
    for count in [2, 30, 31, 1_000] {
        let (hands, branches) = leaves::<Result<(), u8>>(count);
        let mut all = Driver::new(gather!(..branches));
        assert!(all.run().is_pending());
        hands[count - 1].give(Err(1));
        assert_eq!(all.poll(), Poll::Ready(Err(1)));
        assert_eq!(total(&hands), count + 1, "nobody else is polled");
        assert!(hands.iter().all(Hand::is_dropped));

        let (hands, branches) = leaves::<Result<(), u8>>(count);
        let mut peer = Driver::new(try_join_all(branches));
        assert!(peer.run().is_pending());
        hands[count - 1].give(Err(1));
        assert_eq!(peer.run().is_ready(), count <= 30);
    }
}

/// `select_all` in a loop, and whatever else begins anew for each result, polls what is left each time.
#[test]
fn quadratic_sets() {
    for form in FORMS {
        for count in [500, 4_000] {
            let (hands, branches) = leaves::<()>(count);
            let mut all = Driver::new(form.of(branches));
            assert!(all.run().is_pending());
            let (first, wakes) = (all.polls(), all.wakes());
            let mut ended = false;
            for n in 0..count {
                // 151 is prime to both numbers: every branch, in an order unlike theirs.
                hands[n * 151 % count].give(());
                ended = all.run().is_ready();
            }
            assert!(ended, "{form:?}");
            assert_eq!(total(&hands), 2 * count, "{form:?}");
            assert!(first <= 2 + count / 256, "{form:?}: {first} polls at first");
            let (polls, wakes) = (all.polls() - first, all.wakes() - wakes);
            // Once in so many branches the runtime gets its turn.
            let most = count + 2 + count / 256;
            assert!(polls <= most, "{form:?}: {polls} polls for {count}");
            assert!(wakes <= most, "{form:?}: {wakes} wakes for {count}");
        }
    }

    let count = 100;
    let (hands, branches) = leaves::<()>(count);
    let mut peer = Driver::new(async {
        let mut left = branches;
        while !left.is_empty() {
            left = select_all(left).await.2;
        }
    });
    assert!(peer.poll().is_pending());
    for hand in hands.iter().rev() {
        hand.give(());
        let _ = peer.poll();
    }
    assert!(total(&hands) > count * count / 2);
}

/// Sets that begin each poll at their first future never come to the last if those before it always wake themselves.
#[test]
fn starvation_by_those_that_wake_themselves() {
    for form in FORMS {
        let (hands, high) = leaves::<()>(2);
        let mut branches: Vec<BoxedSend<'_>> = vec![];
        for leaf in high {
            branches.extend((0..1_500).map(|_| Box::pin(restless()) as _));
            branches.push(Box::pin(leaf));
        }
        let mut all = Driver::new(form.of(branches));
        while hands[1].polls() == 0 {
            assert!(all.poll().is_pending());
            assert!(all.polls() < 20, "{form:?}: nobody came to the last one");
        }
        let before = all.polls();
        hands[1].give(());
        while !hands[1].is_dropped() {
            assert!(all.poll().is_pending());
            // Two rounds of three thousand, five hundred at a time.
            assert!(all.polls() - before < 20, "{form:?}: it is starving");
        }
    }
    let (hands, mut leaf) = leaves::<()>(1);
    let last = leaf.pop().expect("there is one");
    let mut few = Driver::new(gather!(
        restless(),
        restless(),
        restless(),
        restless(),
        last
    ));
    assert!(few.poll().is_pending());
    hands[0].give(());
    assert!(few.poll().is_pending());
    assert!(hands[0].is_dropped());
}

/// A wake that comes while its own branch is polled is lost where the note of it is removed after the poll.
#[test]
fn wakes_lost_in_a_poll() {
    /// Branches that wake themselves three times, and are ready when they have woken those before and behind them.
    fn ring(count: usize) -> Vec<impl Future<Output = ()> + Send> {
        let wakers = Arc::new(Mutex::new(vec![None::<Waker>; count]));
        let branch = |n: usize| {
            let (wakers, mut polls, mut woken) = (Arc::clone(&wakers), 0, [false; 2]);
            poll_fn(move |cx| {
                polls += 1;
                if polls <= 3 {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                let mut wakers = lock(&wakers);
                wakers[n] = Some(cx.waker().clone());
                let others = [(n + count - 1) % count, (n + 1) % count].map(|n| wakers[n].clone());
                drop(wakers);
                for (woken, other) in woken.iter_mut().zip(others) {
                    if let Some(other) = other {
                        *woken = true;
                        other.wake();
                    }
                }
                if woken == [true; 2] {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
        };
        (0..count).map(branch).collect()
    }
    for form in FORMS {
        for count in [1, 2, 5, 200] {
            let mut all = Driver::new(form.of(ring(count)));
            assert!(all.run().is_ready(), "{form:?} of {count}");
        }
    }
    let Ok([a, b, c, d]) = <[_; 4]>::try_from(ring(4)) else {
        unreachable!()
    };
    assert!(Driver::new(gather!(a, b, c, d)).run().is_ready());
}

/// `join!`, of `futures` as of `tokio`, polls each branch again that is not ready, at every wake of one: nested, all leaves.
#[test]
fn poll_all_when_nested() {
    macro_rules! gathered {
        ($($branch:expr),*) => { gather!($($branch),*).await };
    }
    macro_rules! joined {
        ($($branch:expr),*) => { futures::join!($($branch),*) };
    }
    macro_rules! joined_by_tokio {
        ($($branch:expr),*) => { tokio::join!($($branch),*) };
    }
    macro_rules! four_times {
        ($join:ident, $($make:tt)*) => { $join!($($make)*, $($make)*, $($make)*, $($make)*) };
    }
    macro_rules! polls {
        ($join:ident) => {{
            let (hands, branches) = leaves::<()>(64);
            let branches = RefCell::new(branches.into_iter());
            let one = || branches.borrow_mut().next().expect("there are as many");
            let four = || async { four_times!($join, one()) };
            let more = || async { four_times!($join, four()) };
            let mut all = Driver::new(async { four_times!($join, more()) });
            assert!(all.poll().is_pending());
            for (n, hand) in hands.iter().enumerate() {
                hand.give(());
                assert_eq!(all.poll().is_ready(), n == 63);
            }
            total(&hands)
        }};
    }
    assert_eq!(polls!(gathered), 2 * 64);
    // All at first, and then those that are left each time.
    let blown_up = 64 + 64 * 65 / 2;
    assert_eq!(polls!(joined), blown_up);
    assert_eq!(polls!(joined_by_tokio), blown_up);
}

/// A branch that was polled with one task's waker, and is not polled again by the next task that has the future, wakes the
/// first one. `FuturesUnordered` and its like know that; whoever hands the caller's waker on does not.
#[test]
fn stale_wakers() {
    #[derive(Default)]
    struct Counter(AtomicUsize);
    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    fn check(name: &str, mut future: Boxed<'_>, hands: &[Hand<()>]) {
        let [old, new] = [(); 2].map(|()| Arc::new(Counter::default()));
        for task in [&old, &new] {
            let waker = Waker::from(Arc::clone(task));
            let mut cx = Context::from_waker(&waker);
            assert!(future.as_mut().poll(&mut cx).is_pending());
        }
        let wakes = || [&old, &new].map(|task| task.0.load(Ordering::Relaxed));
        let before = wakes();
        hands[hands.len() - 1].give(());
        assert_eq!(wakes(), [before[0], before[1] + 1], "{name}");
    }
    for form in FORMS {
        for count in [1, 2, 5, 200] {
            let (hands, branches) = leaves::<()>(count);
            check(&format!("{form:?}"), form.of(branches), &hands);
        }
    }
    macro_rules! few {
        ($count:literal: $($branch:ident)*) => {{
            let (hands, branches) = leaves::<()>($count);
            let Ok([$($branch),*]) = <[_; $count]>::try_from(branches) else {
                unreachable!()
            };
            let all = Box::pin(async {
                gather!($($branch),*).await;
            });
            check(concat!($count, " arguments"), all, &hands);
        }};
    }
    few!(1: a);
    few!(2: a b);
    few!(3: a b c);
    few!(5: a b c d e);

    // A child of a group that is awaited elsewhere.
    let (hands, branches) = leaves::<()>(1);
    let child = task_group!(|tg| {
        for leaf in branches {
            let child = tg.spawn_scoped(leaf);
            tg.spawn_scoped(child);
        }
        pending::<()>().await;
    });
    check("child", Box::pin(child), &hands);
}

/// Never ready, and always woken.
fn restless() -> impl Future<Output = ()> + Send {
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}
