//! How much is polled in a turn, and what becomes of the rest.

use std::{
    future::{poll_fn, ready},
    pin::pin,
};

use tokio::task::coop::cooperative;

use super::{
    Arc, AtomicUsize, Context, ControlFlow, Future, Hand, Leaf, Ordering, Parent, Permits, Pin,
    Poll, Progress, Set, Waker, leaves, next, set_of, turn, turns,
};
use crate::set::{
    Close,
    owner::Peek,
    turn::POLL_BUDGET,
    visit::{Visitor, Visits},
};

/// Always wakes itself.
struct Eager(Arc<AtomicUsize>);

impl Future for Eager {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn a_turn_ends_after_so_many_polls() {
    let (parent, waker) = Parent::new();
    let (hands, mut set) = set_of(64, 2 * POLL_BUDGET + 1);
    for polled in [POLL_BUDGET, 2 * POLL_BUDGET] {
        assert_eq!(turn(&mut set, &waker), (vec![], true));
        assert_eq!(hands.iter().filter(|hand| hand.polls() > 0).count(), polled);
    }
    assert_eq!(parent.wakes(), 2);
    assert_eq!(turn(&mut set, &waker), (vec![], false));
    hands.iter().for_each(Hand::finish);
    for n in [0, POLL_BUDGET] {
        let (done, cut) = turn(&mut set, &waker);
        assert!(cut && done.into_iter().eq(n..n + POLL_BUDGET));
    }
    assert_eq!(turn(&mut set, &waker), (vec![2 * POLL_BUDGET], false));
}

/// Uses a part of the runtime's budget in every poll.
struct Costly(Leaf);

impl Future for Costly {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let part = pin!(cooperative(ready(())));
        assert!(part.poll(cx).is_ready(), "there is some left");
        Pin::new(&mut self.0).poll(cx)
    }
}

/// What tokio's budget is for one poll of a task.
const BUDGET: usize = 128;

#[test]
fn a_turn_ends_with_the_budget_and_loses_no_wake() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("there is enough for one");
    for shuffled in [false, true] {
        let (hands, leaves) = leaves(2 * BUDGET + 10);
        let mut set = Set::new();
        for leaf in leaves {
            set.push(Costly(leaf));
        }
        if shuffled {
            set.skip_to(1_000);
        }
        let polls = || hands.iter().map(Hand::polls).sum::<usize>();
        let mut seen = || {
            let before = polls();
            let mut seen = vec![];
            runtime.block_on(poll_fn(|cx| {
                let (_, cut) = turn(&mut set, cx.waker());
                seen.push(polls() - before);
                if cut { Poll::Pending } else { Poll::Ready(()) }
            }));
            seen
        };
        assert_eq!(seen(), [BUDGET, 2 * BUDGET, 2 * BUDGET + 10]);
        // So that it is not between two words of bits that the budget ends.
        let woken = &hands[7..];
        for hand in woken {
            hand.waker().wake();
        }
        assert_eq!(seen(), [BUDGET, 2 * BUDGET, 2 * BUDGET + 3]);
        assert!(woken.iter().all(|hand| hand.polls() == 2));
    }
}

/// Spends all of the budget in each poll, and is woken again.
pub(super) struct Hog;

impl Future for Hog {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        while pin!(cooperative(ready(()))).poll(cx).is_ready() {}
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A future that is pushed in the midst of a sweep, each of whose futures spends a budget, is polled in one of the next two
/// turns, and in the next one where there is a limit and a place.
#[test]
fn a_new_future_does_not_wait_for_the_end_of_a_sweep() {
    const HOGS: usize = 12;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("there is enough for one");
    for (permits, most) in [(Permits::ALL, 2), (Permits::freed(HOGS + 1), 1)] {
        for before in 3 * HOGS..5 * HOGS {
            let mut set = Set::<Pin<Box<dyn Future<Output = ()>>>>::new();
            for _ in 0..HOGS {
                set.push(Box::pin(Hog));
            }
            let mut turn = |late: Option<Leaf>| {
                if let Some(late) = late {
                    set.push(Box::pin(late));
                }
                // In a task of its own, which has a budget.
                runtime.block_on(poll_fn(|cx| {
                    super::turn_in(&mut set, cx.waker(), permits);
                    Poll::Ready(())
                }));
            };
            for _ in 0..before {
                turn(None);
            }
            let (hands, mut late) = leaves(1);
            turn(late.pop());
            for _ in 1..most {
                turn(None);
            }
            assert_eq!(hands[0].polls(), 1, "after {before} turns");
        }
    }
}

/// The same with futures that were woken at once, in a sweep that goes on after each output.
#[test]
fn a_turn_of_woken_futures_goes_on_after_an_output() {
    let (parent, waker) = Parent::new();
    for shuffled in [false, true] {
        let (hands, mut set) = set_of(64, POLL_BUDGET + 1);
        if shuffled {
            set.skip_to(2 * POLL_BUDGET);
        }
        turns(&mut set, &waker);
        set.reset_budget();
        hands.iter().for_each(Hand::finish);
        let before = parent.wakes();
        for n in 0..POLL_BUDGET {
            assert_eq!(next(&mut set, &waker), Some(n));
            assert_eq!(parent.wakes(), before);
        }
        assert_eq!(next(&mut set, &waker), Some(POLL_BUDGET));
        assert_eq!(parent.wakes(), before + 1);
    }
}

/// First polls of new futures, and a future that was woken alone, are counted together.
#[test]
fn a_turn_of_new_futures_leaves_one_that_was_woken_to_the_next() {
    let (_, waker) = Parent::new();
    let (hands, mut set) = set_of(64, POLL_BUDGET);
    turns(&mut set, &waker);
    let wakers: Vec<_> = hands.iter().map(Hand::waker).collect();
    wakers.iter().for_each(Waker::wake_by_ref);
    let (new, leaves) = leaves(POLL_BUDGET);
    for leaf in leaves {
        set.push(leaf);
    }
    let polls = |hands: &[Hand]| hands.iter().map(Hand::polls).sum::<usize>();
    assert_eq!(turn(&mut set, &waker), (vec![], true));
    assert_eq!((polls(&hands), polls(&new)), (2 * POLL_BUDGET, 0));
    wakers[7].wake_by_ref();
    assert_eq!(turn(&mut set, &waker), (vec![], true));
    assert_eq!((polls(&hands), polls(&new)), (2 * POLL_BUDGET, POLL_BUDGET));
    assert_eq!(turn(&mut set, &waker), (vec![], false));
    assert_eq!(hands[7].polls(), 3);
}

/// The turn is counted over calls that each end with an output.
#[test]
fn a_turn_goes_on_after_an_output() {
    let (parent, waker) = Parent::new();
    let (hands, mut set) = set_of(64, POLL_BUDGET + 1);
    for hand in &hands {
        hand.make_ready();
    }
    for n in 0..POLL_BUDGET {
        assert_eq!(next(&mut set, &waker), Some(n));
        assert_eq!(parent.wakes(), 0);
    }
    assert_eq!(next(&mut set, &waker), Some(POLL_BUDGET));
    assert_eq!(parent.wakes(), 1);
}

/// Neither those that always wake themselves nor those that are always new keep others waiting for more than a turn.
#[test]
fn nobody_starves() {
    let (_, waker) = Parent::new();
    for count in [1, POLL_BUDGET, 3 * POLL_BUDGET] {
        let polls: Vec<_> = (0..count).map(|_| Arc::default()).collect();
        let mut set = Set::new();
        for polls in &polls {
            set.push(Eager(Arc::clone(polls)));
        }
        for _ in 0..=2 * count.div_ceil(POLL_BUDGET) {
            turn(&mut set, &waker);
        }
        assert!(polls[count - 1].load(Ordering::Relaxed) > 0, "{count}");
        let late = Arc::<AtomicUsize>::default();
        set.push(Eager(Arc::clone(&late)));
        turn(&mut set, &waker);
        turn(&mut set, &waker);
        assert!(late.load(Ordering::Relaxed) > 0, "{count}");
        let least = |polls: &[Arc<AtomicUsize>]| {
            let polls = polls.iter().map(|polls| polls.load(Ordering::Relaxed));
            polls.min().expect("there are some")
        };
        let before = least(&polls);
        for _ in 0..=2 * count.div_ceil(POLL_BUDGET) {
            for _ in 0..POLL_BUDGET {
                set.push(Eager(Arc::default()));
            }
            turn(&mut set, &waker);
        }
        assert!(least(&polls) > before, "{count}");
    }
}

/// A walk over several segments has stopped in the first when the slot of one that is done is used again.
#[test]
fn what_a_turn_left_is_not_lost_when_a_slot_is_reused() {
    for segment in [1, 4, 16, 64, 65] {
        let (parent, waker) = Parent::new();
        let (hands, mut set) = set_of(segment, 4 * segment);
        turns(&mut set, &waker);
        hands.iter().for_each(Hand::finish);
        assert_eq!(next(&mut set, &waker), Some(0));
        let (late, mut leaf) = super::leaves(1);
        assert_eq!(set.push(leaf.remove(0)), 4 * segment);
        assert!(turns(&mut set, &waker).into_iter().eq(1..4 * segment));
        assert_eq!(late[0].polls(), 1);
        let before = parent.wakes();
        late[0].finish();
        assert_eq!(parent.wakes(), before + 1);
        assert_eq!(turns(&mut set, &waker), [4 * segment]);
        assert_eq!(set.len(), 0);
    }
}

/// The same, where what was woken later comes after what was left.
#[test]
fn what_a_turn_left_comes_first() {
    let (_, waker) = Parent::new();
    let (hands, mut set) = set_of(2, 8);
    turns(&mut set, &waker);
    for n in [1, 4, 7] {
        hands[n].finish();
    }
    assert_eq!(next(&mut set, &waker), Some(1));
    let (_late, mut leaf) = super::leaves(1);
    set.push(leaf.remove(0));
    hands[0].finish();
    let order: Vec<_> = std::iter::from_fn(|| next(&mut set, &waker)).collect();
    assert_eq!(order, [4, 7, 0]);
}

/// That a poll ends with an output is no reason to poll the new before the woken.
#[test]
fn an_output_changes_no_order() {
    let (_, waker) = Parent::new();
    let (hands, mut set) = set_of(64, 3);
    turns(&mut set, &waker);
    hands.iter().for_each(Hand::finish);
    assert_eq!(next(&mut set, &waker), Some(0));
    let (late, mut leaf) = super::leaves(1);
    late[0].make_ready();
    set.push(leaf.remove(0));
    let order: Vec<_> = std::iter::from_fn(|| next(&mut set, &waker)).collect();
    assert_eq!(order, [1, 2, 3]);
}

/// A set that is closed in the midst of a sweep polls the futures that were woken before, and comes to an end though they
/// wake themselves.
#[test]
fn a_closed_set_polls_what_was_woken_and_ends() {
    for (close, most) in [(Close::Once, 1), (Close::Fairly, 2)] {
        for shuffled in [false, true] {
            let (_, waker) = Parent::new();
            let mut set = Set::new();
            let polls: Vec<_> = (0..3 * POLL_BUDGET).map(|_| Arc::default()).collect();
            for polls in &polls {
                set.push(Eager(Arc::clone(polls)));
            }
            if shuffled {
                set.skip_to(10 * POLL_BUDGET);
            }
            while turn(&mut set, &waker).1
                && polls[3 * POLL_BUDGET - 1].load(Ordering::Relaxed) == 0
            {}
            // The sweep is at its midst.
            while polls[POLL_BUDGET].load(Ordering::Relaxed) < 2 {
                turn(&mut set, &waker);
            }
            let before: Vec<_> = (polls.iter())
                .map(|polls| polls.load(Ordering::Relaxed))
                .collect();
            set.close(close, None);
            let late = Arc::<AtomicUsize>::default();
            set.push(Eager(Arc::clone(&late)));
            turns(&mut set, &waker);
            let more = |n: usize| polls[n].load(Ordering::Relaxed) - before[n];
            for n in 0..3 * POLL_BUDGET {
                assert!((1..=most).contains(&more(n)), "{close:?} {n}: {}", more(n));
            }
            assert_eq!(late.load(Ordering::Relaxed), 0, "it was pushed later");
            assert_eq!(turn(&mut set, &waker), (vec![], false), "it stays closed");
            set.reopen();
            turns_of(&mut set, &waker, 8);
            assert!(late.load(Ordering::Relaxed) > 0);
        }
    }
}

/// Futures that were never polled have their first poll before a closed set ends.
#[test]
fn a_closed_set_starts_what_was_pushed() {
    let (_, waker) = Parent::new();
    let (hands, mut set) = set_of(64, 6 * POLL_BUDGET);
    assert_eq!(turn(&mut set, &waker), (vec![], true));
    set.close(Close::Once, None);
    let (late, mut leaf) = super::leaves(1);
    set.push(leaf.remove(0));
    turns(&mut set, &waker);
    assert!(hands.iter().all(|hand| hand.polls() == 1));
    assert_eq!(late[0].polls(), 0);
}

fn turns_of<F: Future>(set: &mut Set<F>, waker: &Waker, count: usize) {
    for _ in 0..count {
        turn(set, waker);
    }
}

/// What is woken alone is polled without a walk; it counts all the same.
#[test]
fn a_turn_ends_after_so_many_polls_of_futures_woken_one_by_one() {
    let (_, waker) = Parent::new();
    let (hands, mut set) = set_of(64, POLL_BUDGET + 1);
    turns(&mut set, &waker);
    set.reset_budget();
    for (n, hand) in hands[..POLL_BUDGET].iter().enumerate() {
        hand.finish();
        assert_eq!(next(&mut set, &waker), Some(n));
    }
    hands[POLL_BUDGET].finish();
    let cut = set.poll(&mut Context::from_waker(&waker), Permits::ALL, |_, ()| {
        ControlFlow::<()>::Continue(())
    });
    assert!(matches!(cut, Progress::Yielded));
    assert_eq!(hands[POLL_BUDGET].polls(), 1);
    assert_eq!(next(&mut set, &waker), Some(POLL_BUDGET));
}

#[test]
fn a_glance_takes_a_future_that_is_alone_and_nothing_else() {
    let (_, waker) = Parent::new();
    let (_, other) = Parent::new();
    // With one segment, and with three.
    for segment in [64, 2] {
        let (hands, mut set) = set_of(segment, 5);
        assert!(
            matches!(set.raw.peek_woken(&waker), Peek::Maybe),
            "nothing was polled"
        );
        turns(&mut set, &waker);
        assert!(matches!(set.raw.peek_woken(&waker), Peek::Nothing));
        assert!(
            matches!(set.raw.peek_woken(&other), Peek::Maybe),
            "a wake would not reach it"
        );
        for hand in &hands[1..3] {
            hand.finish();
            assert!(matches!(set.raw.peek_woken(&other), Peek::Maybe));
            let Peek::One { bit, slot } = set.raw.peek_woken(&waker) else {
                panic!("one was woken");
            };
            assert!(
                matches!(set.raw.peek_woken(&waker), Peek::Nothing),
                "it was taken"
            );
            let mut done = 0;
            let mut visitor = Visitor::<Leaf, _, ()>::new(|_, ()| {
                done += 1;
                ControlFlow::Continue(())
            });
            // SAFETY: it is the visitor of the set's futures.
            let mut visits = unsafe { Visits::new(&mut visitor) };
            let _ = (set.raw).poll_only(bit, slot, &mut { Permits::ALL }, &mut visits);
            assert_eq!((done, hand.polls()), (1, 2));
        }
        hands[3].finish();
        hands[4].finish();
        assert!(matches!(set.raw.peek_woken(&waker), Peek::Maybe));
        assert_eq!(turns(&mut set, &waker), [3, 4]);
        let (_late, mut leaf) = super::leaves(1);
        set.push(leaf.remove(0));
        assert!(matches!(set.raw.peek_woken(&waker), Peek::Unpolled));
        hands[0].finish();
        assert!(matches!(set.raw.peek_woken(&waker), Peek::Maybe));
        assert_eq!(turns(&mut set, &waker), [0]);
    }
}

#[test]
fn a_set_that_was_filled_is_polled_in_turns() {
    let (parent, waker) = Parent::new();
    let cx = &mut Context::from_waker(&waker);
    // The first so many are ready at once; the others wait.
    for (count, ready) in [
        (0, 0),
        (3, 3),
        (3, 2),
        (POLL_BUDGET, POLL_BUDGET),
        (2 * POLL_BUDGET + 1, POLL_BUDGET),
    ] {
        let (hands, leaves) = super::leaves(count);
        hands[..ready].iter().for_each(super::Hand::make_ready);
        let mut set = Set::new();
        set.fill(leaves);
        let mut done = vec![];
        let (mut rounds, mut waited) = (0, false);
        loop {
            rounds += 1;
            set.reset_budget();
            let before = parent.wakes();
            let turn = set.poll(cx, Permits::ALL, |index, ()| {
                done.push(index);
                ControlFlow::<()>::Continue(())
            });
            match set.yielding(cx, turn) {
                Progress::Yielded => assert_eq!(parent.wakes(), before + 1),
                _ if set.len() == 0 => break,
                _ => {
                    assert!(!waited, "all were woken");
                    waited = true;
                    hands[ready..].iter().for_each(super::Hand::finish);
                }
            }
        }
        assert_eq!(done, (0..count).collect::<Vec<_>>());
        let polls = |hand: &super::Hand| hand.polls();
        assert!(hands[..ready].iter().map(polls).all(|polls| polls == 1));
        assert!(hands[ready..].iter().map(polls).all(|polls| polls == 2));
        let expected = match count {
            0 | POLL_BUDGET => 1,
            3 => 1 + usize::from(ready < 3),
            // Three for the first polls, and two for what was woken.
            _ => 5,
        };
        assert_eq!(rounds, expected, "{count}");
    }
}

/// The first segment whose futures keep wakers is not the first of all, and its block is the one that knows the parent.
#[test]
fn a_later_segment_may_be_the_first_that_is_woken() {
    let (parent, waker) = Parent::new();
    let mut set = Set::new();
    let (hands, leaves) = super::leaves(9);
    hands[..2].iter().for_each(super::Hand::make_ready);
    set.expect(2);
    for leaf in leaves {
        set.push(leaf);
    }
    assert_eq!(turns(&mut set, &waker), [0, 1]);
    // These come into the first segment, whose block is made last.
    let (late, leaves) = super::leaves(2);
    for leaf in leaves {
        set.push(leaf);
    }
    assert_eq!(turns(&mut set, &waker), []);
    for hand in hands[2..].iter().chain(&late).rev() {
        let before = parent.wakes();
        hand.finish();
        assert_eq!(parent.wakes(), before + 1);
        assert_eq!(turns(&mut set, &waker).len(), 1);
    }
    assert_eq!(set.len(), 0);
}
