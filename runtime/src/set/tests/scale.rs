//! A million futures (a thousand under Miri): polls are counted, because time is linear in them.

use super::{Parent, Waker, leaves, next, set_of, turns};

const MILLION: usize = if cfg!(miri) { 1_000 } else { 1_000_000 };

/// The numbers below `MILLION`, in an order that jumps about.
fn jumping() -> impl Iterator<Item = usize> {
    (0..MILLION).map(|n| (n * 611_953 + 17) % MILLION)
}

/// Pushes as many, wakes them in disorder, one at a time, and counts polls.
fn one_by_one(segment: usize) {
    let (parent, waker) = Parent::new();
    let (hands, mut set) = set_of(segment, MILLION);
    assert_eq!(turns(&mut set, &waker), []);
    let polls = || hands.iter().map(super::Hand::polls).sum::<usize>();
    assert_eq!(polls(), MILLION);
    let before = parent.wakes();
    for (n, index) in jumping().enumerate() {
        hands[index].finish();
        assert_eq!(parent.wakes(), before + n + 1);
        assert_eq!(super::turn(&mut set, &waker), (vec![index], false));
        assert_eq!(set.len(), MILLION - n - 1);
    }
    assert_eq!(polls(), 2 * MILLION);
}

#[test]
fn a_million_woken_one_by_one_are_polled_twice_each() {
    one_by_one(MILLION);
}

#[test]
fn a_million_in_many_segments_are_polled_twice_each() {
    one_by_one(64);
}

#[test]
fn a_million_woken_at_once_are_polled_twice_each_and_in_order() {
    let (_, waker) = Parent::new();
    let (hands, mut set) = set_of(64, MILLION);
    turns(&mut set, &waker);
    for index in jumping() {
        hands[index].finish();
    }
    assert!(turns(&mut set, &waker).into_iter().eq(0..MILLION));
    assert!(hands.iter().all(|hand| hand.polls() == 2));
}

/// A thousand in flight; each that is done makes room for a new one. All slots are those of the first thousand.
#[test]
fn a_churn_needs_no_more_slots() {
    let waker = Waker::noop();
    let (mut hands, mut set) = set_of(1_000, 1_000);
    assert_eq!(next(&mut set, waker), None);
    for n in 0..MILLION {
        let place = n * 7 % 1_000;
        hands[place].finish();
        assert!(next(&mut set, waker).is_some());
        let (mut hand, mut leaf) = leaves(1);
        assert_eq!(set.push(leaf.remove(0)), 1_000 + n);
        hands[place] = hand.remove(0);
        assert_eq!(next(&mut set, waker), None);
        assert_eq!(hands[place].polls(), 1);
        assert_eq!(set.len(), 1_000);
    }
    assert_eq!(set.raw.segments.len(), 1);
}
