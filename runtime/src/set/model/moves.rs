//! Wakes against a set that moves to another parent: each wake is seen at once, or reaches the new one.

use super::{ONE, Parent, Run, TWO, Waker, outcomes, started};

/// How a set came through its moves.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Moved {
    /// Turns with the last parent.
    turns: usize,
    /// Wakes of the last parent by others, and by the set itself, which it found in the way of a wake.
    wakes: usize,
    own_wakes: usize,
    /// Wakes of the parents before.
    old_wakes: usize,
}

/// Polls a set by `parents` parents, one after the other, while these of `count` futures are woken from a thread each. The
/// last parent goes on until those are done.
fn through(parents: usize, segment: usize, count: usize, woken: &[usize]) -> Moved {
    let (first, waker) = Parent::new();
    let (mut run, hands) = started(segment, count, &waker);
    drop(waker);
    let hands = hands.into_iter().enumerate();
    let threads: Vec<_> = hands
        .filter(|(n, _)| woken.contains(n))
        .map(|(_, hand)| hand.finish_elsewhere())
        .collect();
    let mut old = vec![first];
    while old.len() < parents {
        let (parent, waker) = Parent::new();
        run.turn(&waker);
        old.push(parent);
    }
    let (last, waker) = Parent::new();
    let mut run = run.anew();
    run.until(count - woken.len(), &last, &waker);
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert_eq!(run.polls(), count + woken.len());
    let turns = run.turns;
    end(run, waker, &old, &last);
    let old_wakes = old.iter().map(|parent| parent.wakes.get()).sum();
    Moved {
        turns,
        wakes: last.wakes.get() - last.own_wakes.get(),
        own_wakes: last.own_wakes.get(),
        old_wakes,
    }
}

/// Every parent's wakers go with the set.
fn end(run: Run, waker: Waker, old: &[std::sync::Arc<Parent>], last: &Parent) {
    drop((run, waker));
    for parent in old.iter().map(AsRef::as_ref).chain([last]) {
        assert_eq!(parent.wakers.get(), 0);
    }
}

fn in_all_ways(outcomes: &super::Outcomes<Moved>) {
    outcomes
        .include("seen at once, the old parent was woken", |moved| {
            moved.turns == 1 && moved.old_wakes > 0
        })
        .include("the new parent was woken", |moved| {
            moved.turns == 2 && moved.wakes == 1
        })
        .include("the set was in the way", |moved| moved.own_wakes > 0);
}

#[test]
fn of_one_slot() {
    in_all_ways(&outcomes(ONE, || through(1, 1, 1, &[0])));
}

#[test]
fn of_a_slot_below_a_summary() {
    in_all_ways(&outcomes(ONE, || through(1, 65, 65, &[64])));
}

#[test]
fn of_a_slot_of_a_later_segment() {
    in_all_ways(&outcomes(ONE, || through(1, 1, 2, &[1])));
}

/// The second move reuses the cell from which the first parent may still be being woken.
#[test]
fn twice() {
    in_all_ways(&outcomes(ONE, || through(2, 1, 1, &[0])));
}

#[test]
fn three_times() {
    in_all_ways(&outcomes(TWO, || through(3, 1, 1, &[0])));
}

#[test]
fn with_two_words_that_rise() {
    in_all_ways(&outcomes(TWO, || through(2, 1, 2, &[0, 1])));
}

#[test]
fn with_two_wakes_of_a_word() {
    in_all_ways(&outcomes(TWO, || through(2, 2, 2, &[0, 1])));
}
