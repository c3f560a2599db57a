//! Wakes against polls: no wake is lost, and the parent is woken once a rise.

use loom::thread;

use super::{ONE, Parent, Run, TWO, outcomes, started};

/// Whether the parent was woken once for each time that something was found.
fn once_a_rise(run: &Run, parent: &Parent) {
    assert_eq!(parent.wakes.get(), run.useful);
}

#[test]
fn of_one_slot() {
    let turns = outcomes(ONE, || {
        let (parent, waker) = Parent::new();
        let (mut run, mut hands) = started(1, 1, &waker);
        let thread = hands.remove(0).finish_elsewhere();
        run.until(0, &parent, &waker);
        thread.join().expect("no panic");
        assert_eq!(run.polls(), 2);
        once_a_rise(&run, &parent);
        run.turns
    });
    turns.are(&[1, 2]);
}

#[test]
fn of_the_future_that_is_polled() {
    let turns = outcomes(ONE, || {
        let (parent, waker) = Parent::new();
        let (mut run, mut hands) = started(1, 1, &waker);
        let hand = hands.remove(0);
        let slot = hand.waker();
        slot.wake_by_ref();
        let thread = thread::spawn(move || hand.finish(slot));
        run.until(0, &parent, &waker);
        thread.join().expect("no panic");
        run.turns
    });
    // The first wake may send it round once more.
    turns.are(&[1, 2, 3]);
}

/// Wakes these two of `count` futures from a thread each. Gives the number of turns, and how often the parent was woken.
fn two(segment: usize, count: usize, pair: [usize; 2]) -> (usize, usize) {
    let (parent, waker) = Parent::new();
    let (mut run, hands) = started(segment, count, &waker);
    let hands = hands.into_iter().enumerate();
    let threads: Vec<_> = hands
        .filter(|(n, _)| pair.contains(n))
        .map(|(_, hand)| hand.finish_elsewhere())
        .collect();
    run.until(count - 2, &parent, &waker);
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert_eq!(run.polls(), count + 2);
    once_a_rise(&run, &parent);
    (run.turns, parent.wakes.get())
}

/// The two were found together, one after the other, and both without waiting.
fn in_all_ways(outcomes: &super::Outcomes<(usize, usize)>) {
    outcomes
        .include("at once", |&(turns, _)| turns == 1)
        .include("after a wait", |&(turns, _)| turns == 2)
        .include("after two waits", |&(turns, _)| turns == 3)
        .include("one wake for both", |&(_, wakes)| wakes == 1)
        .include("a wake for each", |&(_, wakes)| wakes == 2);
}

#[test]
fn of_two_slots_of_a_group() {
    in_all_ways(&outcomes(ONE, || two(2, 2, [0, 1])));
}

#[test]
fn of_two_slots_of_a_group_below_a_summary() {
    in_all_ways(&outcomes(TWO, || two(65, 65, [0, 1])));
}

#[test]
fn of_two_groups_below_a_summary() {
    in_all_ways(&outcomes(TWO, || two(65, 65, [0, 64])));
}

#[test]
fn of_two_slots_of_a_later_segment() {
    in_all_ways(&outcomes(TWO, || two(2, 4, [2, 3])));
}

#[test]
fn of_two_later_segments() {
    in_all_ways(&outcomes(TWO, || two(1, 4, [1, 2])));
}

#[test]
fn of_two_segments() {
    in_all_ways(&outcomes(TWO, || two(1, 2, [0, 1])));
}

/// The second and the third of three wakes may meet above their groups.
#[test]
fn of_three_slots() {
    for (segment, count) in [(3, 3), (1, 3)] {
        let outcomes = outcomes(TWO, move || {
            let (parent, waker) = Parent::new();
            let (mut run, mut hands) = started(segment, count, &waker);
            hands.remove(0).finish_here();
            let threads = [(); 2].map(|()| hands.remove(0).finish_elsewhere());
            run.until(0, &parent, &waker);
            for thread in threads {
                thread.join().expect("no panic");
            }
            assert_eq!(run.polls(), 6);
            run.turns
        });
        outcomes
            .include("at once", |&turns| turns == 1)
            .include("after a wait", |&turns| turns == 2)
            .include("after two waits", |&turns| turns == 3);
    }
}

/// A slot is woken again while the set takes it.
#[test]
fn of_one_slot_twice() {
    let polls = outcomes(ONE, || {
        let (parent, waker) = Parent::new();
        let (mut run, mut hands) = started(1, 1, &waker);
        let hand = hands.remove(0);
        let slot = hand.waker();
        let thread = thread::spawn(move || {
            slot.wake_by_ref();
            hand.finish(slot);
        });
        run.until(0, &parent, &waker);
        thread.join().expect("no panic");
        run.polls()
    });
    polls.are(&[2, 3]);
}

mod of_a_fixed_number {
    //! The same for what static calls use.

    use std::sync::Arc;

    use loom::sync::atomic::AtomicBool;

    use super::super::{ONE, Ordering, Parent, TWO, Waker, outcomes, thread};
    use crate::set::{First, StaticWakers};

    /// Polls `count` branches once; these two keep their wakers.
    fn begin(set: &mut StaticWakers, count: usize, pair: [usize; 2], waker: &Waker) -> [Waker; 2] {
        let mut first = First::new(count, waker);
        let (lent, slot) = first.lend();
        let kept = pair.map(|branch| {
            slot.expect("it stands for all branches").set(branch);
            lent.poll(branch, |cx| cx.waker().clone())
        });
        set.keep(&mut first, count, 0);
        kept
    }

    /// Which of the two were woken since the last time.
    fn woken(set: &mut StaticWakers, pair: [usize; 2], waker: &Waker) -> [bool; 2] {
        let (mut woken, _) = set.take(waker).expect("wakers were kept");
        let mut seen = [false; 2];
        while let Some(branch) = woken.next() {
            seen[usize::from(branch == pair[1])] = true;
        }
        seen
    }

    fn two(count: usize, pair: [usize; 2]) -> usize {
        let (parent, waker) = Parent::new();
        let mut set = StaticWakers::new();
        let kept = begin(&mut set, count, pair, &waker);
        let ready = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let mut ready_there = ready.clone().into_iter();
        let threads = kept.map(|waker| {
            let ready = ready_there.next().expect("one for each");
            thread::spawn(move || {
                ready.store(true, Ordering::Relaxed);
                waker.wake();
            })
        });
        let mut seen = [false; 2];
        let mut turns = 0;
        loop {
            turns += 1;
            for (n, woken) in woken(&mut set, pair, &waker).into_iter().enumerate() {
                assert!(
                    !woken || ready[n].load(Ordering::Relaxed),
                    "woken too early"
                );
                seen[n] |= woken;
            }
            if seen == [true; 2] {
                break;
            }
            parent.wait();
        }
        for thread in threads {
            thread.join().expect("no panic");
        }
        turns
    }

    #[test]
    fn of_one_group() {
        outcomes(ONE, || two(4, [1, 3])).are(&[1, 2, 3]);
    }

    #[test]
    fn of_two_groups() {
        outcomes(TWO, || two(65, [1, 64])).are(&[1, 2, 3]);
    }

    #[test]
    fn against_the_end() {
        let woken = outcomes(ONE, || {
            let (parent, waker) = Parent::new();
            let mut set = StaticWakers::new();
            let [first, second] = begin(&mut set, 4, [0, 1], &waker);
            let thread = thread::spawn(move || first.wake());
            set.close();
            let released = parent.wakers.get() == 1;
            thread.join().expect("no panic");
            drop(second);
            assert_eq!(parent.wakers.get(), 1);
            (released, parent.wakes.get())
        });
        woken.are(&[(false, 1), (true, 0), (true, 1)]);
    }
}
