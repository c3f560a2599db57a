//! Indices that are not those of slots, and the order that follows them.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    Parent, Permits, Set, Waker,
    fixture::{Fixture, Job, MODES, Mode},
    next, turn, turn_in, turns,
};
use crate::{panics::Panics, set::turn::POLL_BUDGET};

const SEGMENTS: [usize; 5] = [1, 3, 4, 64, 65];

fn empty(segment: usize) -> (Rc<Fixture>, Set<Job>) {
    let (fixture, set, next) = Fixture::new(segment, Mode::InOrder);
    assert_eq!(next, 0);
    (fixture, set)
}

/// The indices of the jobs in a set.
fn indices_of(set: &mut Set<Job>) -> BTreeSet<usize> {
    let mut indices = BTreeSet::new();
    set.visit(|job| assert!(indices.insert(job.index())));
    indices
}

#[test]
fn indices_are_skipped_and_never_lowered() {
    for segment in SEGMENTS {
        let (fixture, mut set) = empty(segment);
        for (index, next) in [(0, 0), (5, 5), (5, 5), (3, 5), (0, 5)] {
            set.skip_to(index);
            assert_eq!(set.next_index(), next);
        }
        fixture.push(&mut set, 2);
        for (index, next) in [(0, 7), (6, 7), (7, 7), (8, 8), (100, 100)] {
            set.skip_to(index);
            assert_eq!(set.next_index(), next);
        }
        fixture.push(&mut set, 3);
        assert_eq!((set.len(), set.unpolled(), set.running()), (5, 5, 0));
        let all = [5, 6, 100, 101, 102];
        for n in all {
            fixture.make_ready(n);
        }
        assert_eq!(turn(&mut set, Waker::noop()), (all.to_vec(), false));
        assert_eq!(fixture.take_polls(), all);
        assert_eq!(fixture.take_drops(), all);
        assert_eq!(set.next_index(), 103);
    }
}

/// What was pushed before and what is pushed after is first polled in the order of indices.
#[test]
fn indices_are_skipped_before_the_first_poll() {
    for segment in SEGMENTS {
        let (fixture, mut set) = empty(segment);
        fixture.push(&mut set, 3);
        set.skip_to(10);
        fixture.push(&mut set, 2);
        assert_eq!(turns(&mut set, Waker::noop()), []);
        assert_eq!(fixture.take_polls(), [0, 1, 2, 10, 11]);
        for n in [11, 2, 10, 0] {
            fixture.finish(n);
        }
        assert_eq!(turns(&mut set, Waker::noop()), [0, 2, 10, 11]);
    }
}

/// The same where some of those before wait for a place.
#[test]
fn indices_are_skipped_between_first_polls() {
    for segment in SEGMENTS {
        let (fixture, mut set) = empty(segment);
        fixture.push(&mut set, 6);
        fixture.make_ready(1);
        let (done, _) = turn_in(&mut set, Waker::noop(), Permits::freed(3));
        assert_eq!(done, [1]);
        set.skip_to(10);
        fixture.push(&mut set, 2);
        assert_eq!((set.len(), set.unpolled(), set.running()), (7, 4, 3));
        for n in [3, 0] {
            fixture.wake(n);
        }
        turns(&mut set, Waker::noop());
        assert_eq!(fixture.take_polls(), [0, 1, 2, 3, 0, 3, 4, 5, 10, 11]);
    }
}

/// Slots are used again in an order that is not that of indices, which those that become ready at once do not show.
#[test]
fn ties_go_by_index() {
    for segment in SEGMENTS {
        let (fixture, mut set) = empty(segment);
        let mut live = BTreeSet::new();
        for round in 0..20 {
            for _ in 0..10 {
                live.insert(set.next_index());
                fixture.push(&mut set, 1);
                if round % 3 > 0 {
                    set.skip_to(set.next_index() + round);
                }
            }
            turns(&mut set, Waker::noop());
            let last = live.iter().rev().take(10);
            assert!(fixture.take_polls().iter().eq(last.rev()));
            let ended: Vec<_> = live
                .iter()
                .copied()
                .filter(|n| n % 3 == round % 3)
                .collect();
            for &n in ended.iter().rev() {
                fixture.finish(n);
                live.remove(&n);
            }
            assert_eq!(turns(&mut set, Waker::noop()), ended);
            assert_eq!(fixture.take_polls(), ended);
            assert_eq!(fixture.take_drops(), ended);
            live.iter().rev().for_each(|&n| fixture.wake(n));
            assert_eq!(turns(&mut set, Waker::noop()), []);
            assert!(fixture.take_polls().iter().eq(&live));
            assert_eq!(set.len(), live.len());
            let there = indices_of(&mut set);
            assert_eq!(there, live);
        }
    }
}

/// What is left of a walk that has stopped in the first of several segments is neither lost nor polled twice.
#[test]
fn indices_are_skipped_in_the_middle_of_a_walk() {
    for segment in SEGMENTS {
        let (parent, waker) = Parent::new();
        let (fixture, mut set) = empty(segment);
        let count = 4 * segment;
        fixture.push(&mut set, count);
        turns(&mut set, &waker);
        (0..count).for_each(|n| fixture.finish(n));
        assert_eq!(next(&mut set, &waker), Some(0));
        set.skip_to(1000);
        fixture.push(&mut set, 1);
        assert!(turns(&mut set, &waker).into_iter().eq(1..count));
        let before = parent.wakes();
        fixture.finish(1000);
        assert_eq!(parent.wakes(), before + 1);
        assert_eq!(turns(&mut set, &waker), [1000]);
        assert_eq!(set.len(), 0);
    }
}

/// The same where a turn was cut, in the walk or among those that are new.
#[test]
fn indices_are_skipped_in_the_middle_of_a_turn() {
    for segment in SEGMENTS {
        let (_, waker) = Parent::new();
        let (fixture, mut set) = empty(segment);
        let count = POLL_BUDGET + 9;
        fixture.push(&mut set, count);
        assert!(turn(&mut set, &waker).1);
        set.skip_to(1000);
        fixture.push(&mut set, 1);
        assert!(!turn(&mut set, &waker).1);
        assert!(
            fixture
                .take_polls()
                .into_iter()
                .eq((0..count).chain([1000]))
        );
    }
    for segment in SEGMENTS {
        let (_, waker) = Parent::new();
        let (fixture, mut set) = empty(segment);
        let count = POLL_BUDGET + 9;
        fixture.push(&mut set, count);
        turns(&mut set, &waker);
        fixture.take_polls();
        (0..count).for_each(|n| fixture.wake(n));
        assert!(turn(&mut set, &waker).1);
        set.skip_to(1000);
        fixture.push(&mut set, 1);
        assert!(!turn(&mut set, &waker).1);
        let polls = (0..POLL_BUDGET).chain([1000]).chain(POLL_BUDGET..count);
        assert!(fixture.take_polls().into_iter().eq(polls));
    }
}

/// A wake that came to a slot before its new future was polled is not one of this.
#[test]
fn a_slot_is_used_again_after_a_skip() {
    let (fixture, mut set) = empty(4);
    fixture.push(&mut set, 4);
    turns(&mut set, Waker::noop());
    let stale = fixture.running();
    fixture.finish(2);
    fixture.wake(3);
    assert_eq!(next(&mut set, Waker::noop()), Some(2));
    set.skip_to(9);
    fixture.push(&mut set, 1);
    assert_eq!(stale, [0, 1, 2, 3]);
    fixture.take_polls();
    turns(&mut set, Waker::noop());
    assert_eq!(fixture.take_polls(), [3, 9]);
}

#[test]
fn what_is_dropped_goes_by_index() {
    for clear in [false, true] {
        for mode in MODES {
            for segment in SEGMENTS {
                let (fixture, mut set, base) = Fixture::new(segment, mode);
                fixture.push(&mut set, 9);
                turn_in(&mut set, Waker::noop(), Permits::freed(6));
                for n in [1, 4, 3] {
                    fixture.finish(base + n);
                }
                turn_in(&mut set, Waker::noop(), Permits::freed(3));
                set.skip_to(2000);
                fixture.push(&mut set, 5);
                fixture.take_drops();
                let left = [0, 2, 5, 6, 7, 8].map(|n| base + n);
                let left: Vec<_> = left.into_iter().chain(2000..2005).collect();
                let there = indices_of(&mut set);
                assert!(there.iter().eq(&left));
                if clear {
                    let mut panics = Panics::default();
                    set.clear(&mut panics);
                    assert!(!panics.is_some());
                    assert_eq!((set.len(), set.running(), set.unpolled()), (0, 0, 0));
                    assert!(indices_of(&mut set).is_empty());
                } else {
                    drop(set);
                }
                assert_eq!(fixture.take_drops(), left);
            }
        }
    }
}

/// A cleared set counts from zero, or from where it is told to.
#[test]
fn indices_are_skipped_after_a_clear() {
    for mode in MODES {
        for segment in SEGMENTS {
            let (fixture, mut set, base) = Fixture::new(segment, mode);
            fixture.push(&mut set, 5);
            turns(&mut set, Waker::noop());
            (base..base + 5).for_each(|n| fixture.finish(n));
            next(&mut set, Waker::noop());
            set.clear(&mut Panics::default());
            assert_eq!(set.next_index(), 0);
            fixture.take_drops();
            fixture.push(&mut set, 1);
            set.skip_to(7);
            fixture.push(&mut set, 2);
            assert_eq!((set.len(), set.unpolled()), (3, 3));
            drop(set);
            assert_eq!(fixture.take_drops(), [0, 7, 8]);
        }
    }
}
