//! `gather!` polls the branches that were woken, and no others.

use std::{
    future::{Future, pending, poll_fn},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use rejoin::gather;
use rejoin_tests::{Driver, Hand, Leaf, busy, leaf, leaves};

fn total<T>(hands: &[Hand<T>]) -> usize {
    hands.iter().map(Hand::polls).sum()
}

/// Gathers as many branches of a vector as there are words.
macro_rules! gather_some {
    ($leaves:expr; $($each:ident)*) => {{
        let mut leaves = $leaves.into_iter();
        let mut next = |_each| leaves.next().expect("there are as many");
        gather!($(next(stringify!($each))),*)
    }};
}

#[test]
fn eight_branches_woken_one_at_a_time_take_sixteen_polls() {
    let (hands, branches) = leaves::<usize>(8);
    let mut gather = Driver::new(gather_some!(branches; a b c d e f g h));
    assert!(gather.poll().is_pending());
    for n in [3, 0, 7, 1, 6, 2, 5] {
        hands[n].give(n);
        assert!(gather.poll().is_pending());
    }
    hands[4].give(4);
    assert_eq!(gather.poll(), Poll::Ready((0, 1, 2, 3, 4, 5, 6, 7)));
    assert_eq!(total(&hands), 16);
    assert!(hands.iter().all(|hand| hand.polls() == 2));
    assert_eq!(gather.wakes(), 8);
}

#[test]
fn four_and_sixteen_branches_take_two_polls_each() {
    let (hands, branches) = leaves::<usize>(4);
    let mut gather = Driver::new(gather_some!(branches; a b c d));
    assert!(gather.poll().is_pending());
    for (n, hand) in hands.iter().enumerate().rev() {
        hand.give(n);
        assert_eq!(gather.poll().is_ready(), n == 0);
    }
    assert_eq!(total(&hands), 8);

    let (hands, branches) = leaves::<usize>(16);
    let mut gather = Driver::new(gather_some!(branches; a b c d e f g h i j k l m n o p));
    assert!(gather.poll().is_pending());
    for (n, hand) in hands.iter().enumerate() {
        hand.give(n);
        assert_eq!(gather.poll().is_ready(), n == 15);
    }
    assert_eq!(total(&hands), 32);
}

#[test]
fn a_branch_that_was_not_woken_is_not_polled_again() {
    let (hands, branches) = leaves::<()>(5);
    let mut gather = Driver::new(gather_some!(branches; a b c d e));
    for _ in 0..3 {
        assert!(gather.poll().is_pending());
        assert_eq!(total(&hands), 5);
    }
    hands[2].wake();
    hands[2].wake();
    assert_eq!(gather.wakes(), 1, "one wake of the parent is enough");
    assert!(gather.poll().is_pending());
    assert_eq!(
        hands[2].polls(),
        2,
        "two wakes between two polls cost one poll"
    );
    assert_eq!(total(&hands), 6);
}

#[test]
fn branches_that_keep_no_waker_are_polled_once() {
    let polls = AtomicUsize::new(0);
    let deaf = || {
        poll_fn(|_| {
            polls.fetch_add(1, Ordering::Relaxed);
            Poll::<()>::Pending
        })
    };
    let mut gather = Driver::new(gather!(deaf(), deaf(), deaf(), deaf()));
    for _ in 0..3 {
        assert!(gather.poll().is_pending());
    }
    assert_eq!(polls.load(Ordering::Relaxed), 4);
}

fn eight<F: Future>(make: &mut dyn FnMut() -> F) -> impl Future + use<F> {
    gather!(
        make(),
        make(),
        make(),
        make(),
        make(),
        make(),
        make(),
        make()
    )
}

#[test]
fn nested_gathers_poll_each_leaf_twice() {
    let mut hands = Vec::new();
    let mut make = || {
        let (hand, leaf) = leaf::<()>();
        hands.push(hand);
        leaf
    };
    let mut gather = Driver::new(eight(&mut || eight(&mut || eight(&mut make))));
    assert!(gather.poll().is_pending());
    assert_eq!(total(&hands), 512);
    for n in 0..512 {
        // 151 is prime to 512: every leaf, in an order unlike theirs.
        let n = n * 151 % 512;
        hands[n].give(());
        let before = total(&hands);
        let ready = gather.poll().is_ready();
        assert_eq!(total(&hands), before + 1);
        assert_eq!(ready, before + 1 == 1024);
    }
    assert_eq!(total(&hands), 1024);
}

/// The sizes at which something in a set changes.
const SIZES: [usize; 8] = [0, 1, 30, 31, 63, 64, 65, 1_000];

#[test]
fn a_spread_polls_each_future_twice_at_any_size() {
    for size in SIZES.into_iter().chain([4_095, 4_096, 4_097, 100_000]) {
        let (hands, branches) = leaves::<usize>(size);
        let mut gather = Driver::new(gather!(..branches));
        let mut result = gather.run();
        assert_eq!(result.is_ready(), size == 0, "{size}");
        for (n, hand) in hands.iter().enumerate().rev() {
            hand.give(n);
            result = gather.poll();
        }
        assert_eq!(result, Poll::Ready((0..size).collect()), "{size}");
        assert_eq!(total(&hands), 2 * size, "{size}");
    }
}

#[test]
fn a_burst_costs_one_wake_of_the_parent_and_one_poll_each() {
    for size in SIZES.into_iter().filter(|&size| size > 0) {
        let (hands, branches) = leaves::<usize>(size);
        let mut gather = Driver::new(gather!(..branches));
        assert!(gather.run().is_pending());
        let before = gather.wakes();
        for hand in &hands {
            hand.give(0);
        }
        assert_eq!(gather.wakes(), before + 1);
        assert!(gather.run().is_ready());
        assert_eq!(total(&hands), 2 * size);
    }
}

#[test]
fn a_branch_that_wakes_itself_is_polled_again_once() {
    for spread in [false, true] {
        let polls = Arc::new(AtomicUsize::new(0));
        let restless = || {
            let polls = Arc::clone(&polls);
            poll_fn(move |cx: &mut Context<'_>| {
                polls.fetch_add(1, Ordering::Relaxed);
                cx.waker().wake_by_ref();
                Poll::<()>::Pending
            })
        };
        let future: Pin<Box<dyn Future<Output = ()>>> = if spread {
            Box::pin(async move {
                gather!(..[restless()]).await;
            })
        } else {
            Box::pin(async move {
                gather!(
                    restless(),
                    pending::<()>(),
                    pending::<()>(),
                    pending::<()>()
                )
                .await;
            })
        };
        let mut driver = Driver::new(future);
        for n in 1..10 {
            assert!(driver.poll().is_pending());
            assert_eq!(polls.load(Ordering::Relaxed), n, "one poll each time");
            assert_eq!(driver.wakes(), n, "and the parent hears of it");
        }
    }
}

#[test]
fn a_large_set_lets_the_runtime_have_its_turn() {
    let polls = Arc::new(AtomicUsize::new(0));
    let futures = (0..10_000).map(|_| {
        let polls = Arc::clone(&polls);
        async move { polls.fetch_add(1, Ordering::Relaxed) }
    });
    let mut gather = Driver::new(gather!(..futures));
    let mut before = 0;
    while gather.poll().is_pending() {
        let now = polls.load(Ordering::Relaxed);
        assert!(now > before && now - before <= 1_024, "{}", now - before);
        before = now;
    }
    assert!(gather.polls() >= 10);
    assert_eq!(
        gather.wakes(),
        gather.polls() - 1,
        "it asks to be polled again"
    );
}

/// A poll that is cut short asks for the next one, although it has started a branch after that.
#[test]
fn a_branch_that_starts_after_a_cut_leaves_no_other_behind() {
    let (hands, branches) = leaves::<usize>(601);
    let mut gather = Driver::new(gather!(..branches, limit = 600));
    assert!(gather.run().is_pending());
    assert_eq!(total(&hands), 600);
    for (n, hand) in hands.iter().enumerate() {
        hand.give(n);
    }
    let polls = gather.polls();
    assert_eq!(gather.run(), Poll::Ready((0..601).collect()));
    assert_eq!((gather.polls() - polls, total(&hands)), (2, 1_201));
}

#[tokio::test]
async fn a_hundred_thousand_ready_branches_do_not_hold_another_task_up() {
    let polls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&polls);
    let other = tokio::spawn(async move { seen.load(Ordering::Relaxed) });
    let futures = (0..100_000).map(|_| async { polls.fetch_add(1, Ordering::Relaxed) });
    gather!(..futures).await;
    let before = other.await.expect("it does not panic");
    assert!(before <= 1_024, "the other task ran after {before} polls");
    assert_eq!(polls.load(Ordering::Relaxed), 100_000);
}

#[tokio::test]
async fn branches_that_use_up_the_budget_stay_linear() {
    // Each poll of a ready channel takes one from the task's budget of 128; the one that finds it spent is polled in
    // vain, and if the set went on, so would be all behind it.
    let polls = AtomicUsize::new(0);
    let futures = (0..10_000).map(|_| {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        sender.send(()).expect("the receiver is there");
        let mut receiver = Box::pin(receiver);
        let polls = &polls;
        poll_fn(move |cx| {
            polls.fetch_add(1, Ordering::Relaxed);
            receiver.as_mut().poll(cx)
        })
    });
    gather!(..futures).await.expect("all were sent");
    let polls = polls.into_inner();
    assert!((10_000..10_100).contains(&polls), "{polls}");
}

#[test]
fn wakes_reach_the_parent_that_polled_last() {
    let (hands, branches) = leaves::<()>(4);
    let mut gather = Driver::new(gather_some!(branches; a b c d));
    assert!(gather.poll().is_pending());
    for (n, hand) in hands.iter().enumerate() {
        gather.move_to_new_parent();
        assert!(gather.poll().is_pending());
        assert_eq!(gather.wakes(), 0);
        hand.give(());
        assert_eq!(gather.wakes(), 1);
        assert_eq!(gather.poll().is_ready(), n == 3);
    }
    assert_eq!(total(&hands), 8);
}

#[test]
fn a_late_wake_of_a_branch_that_is_done_polls_nothing() {
    let (hands, branches) = leaves::<usize>(5);
    let mut gather = Driver::new(gather!(..branches));
    assert!(gather.poll().is_pending());
    hands[1].give(1);
    let stale = hands[1].waker().expect("it was polled");
    assert!(gather.poll().is_pending());
    stale.wake();
    assert!(gather.poll().is_pending());
    assert_eq!(total(&hands), 6);
    for (n, hand) in hands.iter().enumerate().filter(|&(n, _)| n != 1) {
        hand.give(n);
    }
    let stale = hands[2].waker().expect("it was polled");
    assert_eq!(gather.poll(), Poll::Ready(vec![0, 1, 2, 3, 4]));
    let wakes = gather.wakes();
    stale.wake_by_ref();
    drop(gather);
    stale.wake();
    assert!(wakes > 0);
}

#[test]
fn branches_are_first_polled_in_argument_order_and_so_are_ties() {
    let order = std::cell::RefCell::new(Vec::new());
    let (hands, branches): (Vec<Hand<()>>, Vec<Leaf<()>>) = leaves(200);
    let traced = branches.into_iter().enumerate().map(|(n, mut leaf)| {
        let order = &order;
        poll_fn(move |cx| {
            order.borrow_mut().push(n);
            Pin::new(&mut leaf).poll(cx)
        })
    });
    let mut gather = Driver::new(gather!(..traced));
    assert!(gather.poll().is_pending());
    assert!(order.take().into_iter().eq(0..200));
    let woken = [199, 64, 3, 63, 130, 65];
    for n in woken {
        hands[n].wake();
    }
    assert!(gather.poll().is_pending());
    assert_eq!(order.take(), [3, 63, 64, 65, 130, 199]);
}

#[test]
#[should_panic(expected = "`gather!` polled after it was ready")]
fn polling_again_panics() {
    let mut gather = Driver::new(gather!(async {}));
    assert!(gather.poll().is_ready());
    let _ = gather.poll();
}

#[tokio::test]
async fn after_a_branch_that_used_up_the_budget_only_woken_branches_are_polled() {
    let (hands, branches) = leaves::<()>(3);
    let [a, b, d] = branches.try_into().expect("there are three");
    let mut gather = std::pin::pin!(gather!(a, b, busy(), d));
    let polls = || [hands[0].polls(), hands[1].polls(), hands[2].polls()];
    assert!(poll_fn(|cx| Poll::Ready(gather.as_mut().poll(cx).is_pending())).await);
    assert_eq!(polls(), [1, 1, 1]);
    hands[1].wake();
    tokio::task::yield_now().await;
    // The turn begins with the last branch, and the first branches come after it.
    assert!(poll_fn(|cx| Poll::Ready(gather.as_mut().poll(cx).is_pending())).await);
    assert_eq!(polls(), [1, 2, 1]);
}
