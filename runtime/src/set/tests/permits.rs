//! How many run at once, and what becomes of those that there is no place for.

use super::{
    Context, ControlFlow, Parent, Permits, Waker,
    fixture::{Fixture, MODES},
    turn, turn_in,
};
use crate::set::{POLL_BUDGET_WITH_STARTS, turn::POLL_BUDGET};

/// The same turn in sets of all kinds. `work` gets a set that nothing is in.
macro_rules! in_all_modes {
    (|$fixture:ident, $set:ident, $base:ident| $work:block) => {
        for mode in MODES {
            for segment in [1, 3, 64] {
                #[allow(unused_mut, reason = "some do not push to it")]
                let ($fixture, mut $set, $base) = Fixture::new(segment, mode);
                $work
            }
        }
    };
}

#[test]
fn no_more_run_than_there_are_places() {
    const COUNT: usize = 150;
    for limit in [1, 2, 5, 63, 64, 65, 149, 150, 151] {
        for pick in [|_| 0, |run: usize| run - 1, |run: usize| run / 2] {
            in_all_modes!(|fixture, set, base| {
                fixture.push(&mut set, COUNT);
                let mut begun = vec![];
                let mut ended = 0;
                loop {
                    let (done, cut) = turn_in(&mut set, Waker::noop(), Permits::freed(limit));
                    assert!(!cut);
                    ended += done.len();
                    begun.extend(
                        fixture
                            .take_polls()
                            .into_iter()
                            .filter(|n| !done.contains(n)),
                    );
                    let running = fixture.running();
                    assert_eq!(running.len(), limit.min(COUNT - ended));
                    assert_eq!(set.running(), running.len());
                    assert_eq!(set.unpolled(), COUNT - ended - running.len());
                    assert_eq!(set.len(), COUNT - ended);
                    if running.is_empty() {
                        break;
                    }
                    fixture.finish(running[pick(running.len())]);
                }
                assert!(begun.into_iter().eq(base..base + COUNT));
                assert_eq!(fixture.most(), limit.min(COUNT));
            });
        }
    }
}

/// Those that are ready at once need one place between them.
#[test]
fn a_place_is_freed_within_a_poll() {
    in_all_modes!(|fixture, set, base| {
        fixture.push(&mut set, 200);
        (base..base + 200).for_each(|n| fixture.make_ready(n));
        let (done, cut) = turn_in(&mut set, Waker::noop(), Permits::freed(1));
        assert!(!cut && done.into_iter().eq(base..base + 200));
        assert_eq!((set.len(), fixture.most()), (0, 0));
    });
    in_all_modes!(|fixture, set, base| {
        fixture.push(&mut set, 6);
        for n in [0, 2] {
            fixture.make_ready(base + n);
        }
        let (done, _) = turn_in(&mut set, Waker::noop(), Permits::freed(2));
        assert_eq!(done, [0, 2].map(|n| base + n));
        assert_eq!(fixture.take_polls(), [0, 1, 2, 3].map(|n| base + n));
    });
}

#[test]
fn a_place_is_kept_within_a_poll() {
    let cases = [(0, 0, 0), (1, 0, 1), (4, 1, 3), (2, 2, 0), (2, 3, 0)];
    for (limit, taken, polled) in cases {
        in_all_modes!(|fixture, set, base| {
            fixture.push(&mut set, 10);
            (base..base + 10).for_each(|n| fixture.make_ready(n));
            let permits = Permits::kept(limit, taken);
            let (done, cut) = turn_in(&mut set, Waker::noop(), permits);
            assert!(!cut && done.into_iter().eq(base..base + polled));
            assert!(fixture.take_polls().into_iter().eq(base..base + polled));
        });
    }
    in_all_modes!(|fixture, set, base| {
        fixture.push(&mut set, 6);
        for n in [0, 2] {
            fixture.make_ready(base + n);
        }
        let (done, _) = turn_in(&mut set, Waker::noop(), Permits::kept(3, 0));
        assert_eq!(done, [0, 2].map(|n| base + n));
        assert_eq!(fixture.take_polls(), [0, 1, 2].map(|n| base + n));
    });
}

/// Where everything keeps its place, no more are begun than there are permits, however often it is polled.
#[test]
fn places_are_kept_from_poll_to_poll() {
    in_all_modes!(|fixture, set, base| {
        fixture.push(&mut set, 100);
        let mut taken = vec![];
        while taken.len() < 70 {
            let permits = Permits::kept(70, taken.len());
            taken.extend(turn_in(&mut set, Waker::noop(), permits).0);
            assert_eq!(set.unpolled(), 30);
            let running = fixture.running();
            assert_eq!(running.len() + taken.len(), 70);
            running.iter().step_by(3).for_each(|&n| fixture.finish(n));
        }
        assert_eq!(fixture.most(), 70);
        // One is taken back.
        turn_in(&mut set, Waker::noop(), Permits::kept(70, 69));
        assert_eq!(fixture.running(), [base + 70]);
    });
}

#[test]
fn the_woken_need_no_place() {
    let none = [
        Permits::freed(0),
        Permits::freed(2),
        Permits::freed(4),
        Permits::kept(0, 0),
        Permits::kept(4, 0),
        Permits::kept(9, 9),
    ];
    for permits in none {
        in_all_modes!(|fixture, set, base| {
            fixture.push(&mut set, 6);
            turn_in(&mut set, Waker::noop(), Permits::freed(4));
            assert!(fixture.take_polls().into_iter().eq(base..base + 4));
            (base..base + 4).rev().for_each(|n| fixture.wake(n));
            let turn = turn_in(&mut set, Waker::noop(), permits);
            assert_eq!(turn, (vec![], false));
            assert!(fixture.take_polls().into_iter().eq(base..base + 4));
            assert_eq!((set.running(), set.unpolled()), (4, 2));
        });
    }
}

/// The place of one that was woken and is done goes to a new one in the same poll, or to none.
#[test]
fn the_woken_free_their_places() {
    for (permits, begun) in [
        (Permits::freed(2), 0),
        (Permits::freed(3), 1),
        (Permits::freed(4), 2),
        (Permits::kept(4, 0), 0),
        (Permits::kept(5, 0), 1),
    ] {
        in_all_modes!(|fixture, set, base| {
            fixture.push(&mut set, 9);
            turn_in(&mut set, Waker::noop(), Permits::freed(4));
            fixture.take_polls();
            for n in [1, 3] {
                fixture.finish(base + n);
            }
            let (done, cut) = turn_in(&mut set, Waker::noop(), permits);
            assert_eq!((done, cut), ([1, 3].map(|n| base + n).to_vec(), false));
            let polls = [1, 3, 4, 5].map(|n| base + n);
            assert_eq!(fixture.take_polls(), polls[..2 + begun]);
        });
    }
}

/// Permits that are used by those that were begun before there was a limit.
#[test]
fn more_may_run_than_there_are_places_now() {
    in_all_modes!(|fixture, set, base| {
        fixture.push(&mut set, 5);
        turn(&mut set, Waker::noop());
        fixture.push(&mut set, 2);
        for n in base..base + 4 {
            fixture.take_polls();
            fixture.finish(n);
            let (done, _) = turn_in(&mut set, Waker::noop(), Permits::freed(2));
            assert_eq!(done, [n]);
            let begun = n == base + 3;
            assert_eq!(fixture.take_polls().len(), 1 + usize::from(begun));
        }
    });
}

/// What is polled without the woken.
#[test]
fn unpolled_ones_are_polled_alone() {
    in_all_modes!(|fixture, set, base| {
        fixture.push(&mut set, 8);
        turn_in(&mut set, Waker::noop(), Permits::freed(2));
        fixture.take_polls();
        fixture.finish(base);
        fixture.make_ready(base + 3);
        for (limit, polled) in [(2, 2..2), (4, 2..5), (4, 5..5), (5, 5..6)] {
            let permits = Permits::freed(limit);
            let mut done = vec![];
            set.reset_budget();
            let _ = set.poll_unpolled(&mut Context::from_waker(Waker::noop()), permits, |n, ()| {
                done.push(n);
                ControlFlow::<()>::Continue(())
            });
            let ready = polled.contains(&3).then_some(base + 3);
            assert_eq!(done, Vec::from_iter(ready));
            let polled = polled.start + base..polled.end + base;
            assert!(fixture.take_polls().into_iter().eq(polled));
        }
        let permits = Permits::freed(0);
        assert_eq!(turn_in(&mut set, Waker::noop(), permits).0, [base]);
        assert_eq!(fixture.take_polls(), [base]);
    });
}

#[test]
fn a_turn_ends_though_there_are_places() {
    in_all_modes!(|fixture, set, base| {
        let (parent, waker) = Parent::new();
        let most = POLL_BUDGET_WITH_STARTS;
        fixture.push(&mut set, 2 * most);
        let permits = Permits::freed(most + 88);
        assert_eq!(turn_in(&mut set, &waker, permits), (vec![], true));
        assert_eq!((set.running(), parent.wakes()), (most, 1));
        assert_eq!(turn_in(&mut set, &waker, permits), (vec![], false));
        assert_eq!((set.running(), parent.wakes()), (most + 88, 1));
        assert!(fixture.take_polls().into_iter().eq(base..base + most + 88));
    });
}

/// However many futures were woken, permits that are free are filled in the same turn.
#[test]
fn free_places_are_filled_in_a_turn_that_is_cut() {
    in_all_modes!(|fixture, set, base| {
        let (_, waker) = Parent::new();
        let count = 2 * POLL_BUDGET;
        fixture.push(&mut set, count);
        super::turns(&mut set, &waker);
        fixture.push(&mut set, count);
        (base..base + count).for_each(|n| fixture.wake(n));
        fixture.take_polls();
        let permits = Permits::freed(count + 10);
        assert_eq!(turn_in(&mut set, &waker, permits), (vec![], true));
        let polled = (base..base + POLL_BUDGET).chain(base + count..base + count + 10);
        assert!(fixture.take_polls().into_iter().eq(polled));
        assert_eq!(set.running(), count + 10);
    });
}

/// Permits are used up with the turn's last poll: there is no need for another one.
#[test]
fn a_turn_that_ends_with_the_last_place_is_not_cut() {
    for permits in [Permits::freed(POLL_BUDGET), Permits::kept(POLL_BUDGET, 0)] {
        in_all_modes!(|fixture, set, base| {
            let (parent, waker) = Parent::new();
            fixture.push(&mut set, 2 * POLL_BUDGET);
            fixture.make_ready(base + POLL_BUDGET);
            assert_eq!(turn_in(&mut set, &waker, permits), (vec![], false));
            assert_eq!(turn_in(&mut set, &waker, permits), (vec![], false));
            assert_eq!((set.running(), parent.wakes()), (POLL_BUDGET, 0));
        });
    }
}

/// However few permits there are, those that are ready at once are done by the turn.
#[test]
fn a_turn_ends_in_one_place() {
    in_all_modes!(|fixture, set, base| {
        let (parent, waker) = Parent::new();
        let most = POLL_BUDGET_WITH_STARTS;
        fixture.push(&mut set, 2 * most + 1);
        (base..=base + 2 * most).for_each(|n| fixture.make_ready(n));
        for n in [base, base + most] {
            let (done, cut) = turn_in(&mut set, &waker, Permits::freed(1));
            assert!(cut && done.into_iter().eq(n..n + most));
        }
        let last = turn_in(&mut set, &waker, Permits::freed(1));
        assert_eq!(last, (vec![base + 2 * most], false));
        assert_eq!(parent.wakes(), 2);
    });
}

/// More were woken than a turn polls, and nothing new has a place before they are done.
#[test]
fn a_turn_of_the_woken_begins_none_without_a_place() {
    in_all_modes!(|fixture, set, base| {
        let (_, waker) = Parent::new();
        let count = POLL_BUDGET + 8;
        fixture.push(&mut set, count);
        super::turns(&mut set, &waker);
        fixture.push(&mut set, 20);
        fixture.take_polls();
        let permits = Permits::freed(count);
        (base..base + count).for_each(|n| fixture.wake(n));
        assert_eq!(turn_in(&mut set, &waker, permits), (vec![], true));
        assert_eq!(turn_in(&mut set, &waker, permits), (vec![], false));
        assert!(fixture.take_polls().into_iter().eq(base..base + count));
        // Permits that are freed in a turn are used in it.
        (base..base + 10).for_each(|n| fixture.finish(n));
        (base + 10..base + count).for_each(|n| fixture.wake(n));
        let (done, cut) = turn_in(&mut set, &waker, permits);
        assert!(cut && done.into_iter().eq(base..base + 10));
        assert_eq!((set.unpolled(), set.running()), (10, count));
        assert_eq!(turn_in(&mut set, &waker, permits), (vec![], false));
        assert_eq!((set.unpolled(), set.running()), (10, count));
        assert_eq!(fixture.most(), count);
    });
}
