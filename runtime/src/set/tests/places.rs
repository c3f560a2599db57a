//! How many run at once, and what becomes of those that there is no place for.

use super::{
    Context, ControlFlow, Parent, Places, Waker, turn, turn_in,
    yard::{MODES, Yard},
};
use crate::set::{TURN_WITH_STARTS, turn::TURN};

/// The same turn in sets of all kinds. `work` gets a set that nothing is in.
macro_rules! in_all_modes {
    (|$yard:ident, $set:ident, $base:ident| $work:block) => {
        for mode in MODES {
            for segment in [1, 3, 64] {
                #[allow(unused_mut, reason = "some do not push to it")]
                let ($yard, mut $set, $base) = Yard::new(segment, mode);
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
            in_all_modes!(|yard, set, base| {
                yard.push(&mut set, COUNT);
                let mut begun = vec![];
                let mut ended = 0;
                loop {
                    let (done, cut) = turn_in(&mut set, Waker::noop(), Places::freed(limit));
                    assert!(!cut);
                    ended += done.len();
                    begun.extend(yard.take_polls().into_iter().filter(|n| !done.contains(n)));
                    let running = yard.running();
                    assert_eq!(running.len(), limit.min(COUNT - ended));
                    assert_eq!(set.running(), running.len());
                    assert_eq!(set.fresh(), COUNT - ended - running.len());
                    assert_eq!(set.len(), COUNT - ended);
                    if running.is_empty() {
                        break;
                    }
                    yard.finish(running[pick(running.len())]);
                }
                assert!(begun.into_iter().eq(base..base + COUNT));
                assert_eq!(yard.most(), limit.min(COUNT));
            });
        }
    }
}

/// Those that are ready at once need one place between them.
#[test]
fn a_place_is_freed_within_a_poll() {
    in_all_modes!(|yard, set, base| {
        yard.push(&mut set, 200);
        (base..base + 200).for_each(|n| yard.make_ready(n));
        let (done, cut) = turn_in(&mut set, Waker::noop(), Places::freed(1));
        assert!(!cut && done.into_iter().eq(base..base + 200));
        assert_eq!((set.len(), yard.most()), (0, 0));
    });
    in_all_modes!(|yard, set, base| {
        yard.push(&mut set, 6);
        for n in [0, 2] {
            yard.make_ready(base + n);
        }
        let (done, _) = turn_in(&mut set, Waker::noop(), Places::freed(2));
        assert_eq!(done, [0, 2].map(|n| base + n));
        assert_eq!(yard.take_polls(), [0, 1, 2, 3].map(|n| base + n));
    });
}

#[test]
fn a_place_is_kept_within_a_poll() {
    let cases = [(0, 0, 0), (1, 0, 1), (4, 1, 3), (2, 2, 0), (2, 3, 0)];
    for (limit, taken, polled) in cases {
        in_all_modes!(|yard, set, base| {
            yard.push(&mut set, 10);
            (base..base + 10).for_each(|n| yard.make_ready(n));
            let places = Places::kept(limit, taken);
            let (done, cut) = turn_in(&mut set, Waker::noop(), places);
            assert!(!cut && done.into_iter().eq(base..base + polled));
            assert!(yard.take_polls().into_iter().eq(base..base + polled));
        });
    }
    in_all_modes!(|yard, set, base| {
        yard.push(&mut set, 6);
        for n in [0, 2] {
            yard.make_ready(base + n);
        }
        let (done, _) = turn_in(&mut set, Waker::noop(), Places::kept(3, 0));
        assert_eq!(done, [0, 2].map(|n| base + n));
        assert_eq!(yard.take_polls(), [0, 1, 2].map(|n| base + n));
    });
}

/// Where everything keeps its place, no more are begun than there are places, however often it is polled.
#[test]
fn places_are_kept_from_poll_to_poll() {
    in_all_modes!(|yard, set, base| {
        yard.push(&mut set, 100);
        let mut taken = vec![];
        while taken.len() < 70 {
            let places = Places::kept(70, taken.len());
            taken.extend(turn_in(&mut set, Waker::noop(), places).0);
            assert_eq!(set.fresh(), 30);
            let running = yard.running();
            assert_eq!(running.len() + taken.len(), 70);
            running.iter().step_by(3).for_each(|&n| yard.finish(n));
        }
        assert_eq!(yard.most(), 70);
        // One is taken back.
        turn_in(&mut set, Waker::noop(), Places::kept(70, 69));
        assert_eq!(yard.running(), [base + 70]);
    });
}

#[test]
fn the_woken_need_no_place() {
    let none = [
        Places::freed(0),
        Places::freed(2),
        Places::freed(4),
        Places::kept(0, 0),
        Places::kept(4, 0),
        Places::kept(9, 9),
    ];
    for places in none {
        in_all_modes!(|yard, set, base| {
            yard.push(&mut set, 6);
            turn_in(&mut set, Waker::noop(), Places::freed(4));
            assert!(yard.take_polls().into_iter().eq(base..base + 4));
            (base..base + 4).rev().for_each(|n| yard.wake(n));
            let turn = turn_in(&mut set, Waker::noop(), places);
            assert_eq!(turn, (vec![], false));
            assert!(yard.take_polls().into_iter().eq(base..base + 4));
            assert_eq!((set.running(), set.fresh()), (4, 2));
        });
    }
}

/// The place of one that was woken and is done goes to a new one in the same poll, or to none.
#[test]
fn the_woken_free_their_places() {
    for (places, begun) in [
        (Places::freed(2), 0),
        (Places::freed(3), 1),
        (Places::freed(4), 2),
        (Places::kept(4, 0), 0),
        (Places::kept(5, 0), 1),
    ] {
        in_all_modes!(|yard, set, base| {
            yard.push(&mut set, 9);
            turn_in(&mut set, Waker::noop(), Places::freed(4));
            yard.take_polls();
            for n in [1, 3] {
                yard.finish(base + n);
            }
            let (done, cut) = turn_in(&mut set, Waker::noop(), places);
            assert_eq!((done, cut), ([1, 3].map(|n| base + n).to_vec(), false));
            let polls = [1, 3, 4, 5].map(|n| base + n);
            assert_eq!(yard.take_polls(), polls[..2 + begun]);
        });
    }
}

/// Places that are used by those that were begun before there was a limit.
#[test]
fn more_may_run_than_there_are_places_now() {
    in_all_modes!(|yard, set, base| {
        yard.push(&mut set, 5);
        turn(&mut set, Waker::noop());
        yard.push(&mut set, 2);
        for n in base..base + 4 {
            yard.take_polls();
            yard.finish(n);
            let (done, _) = turn_in(&mut set, Waker::noop(), Places::freed(2));
            assert_eq!(done, [n]);
            let begun = n == base + 3;
            assert_eq!(yard.take_polls().len(), 1 + usize::from(begun));
        }
    });
}

/// What is polled without the woken.
#[test]
fn fresh_ones_are_polled_alone() {
    in_all_modes!(|yard, set, base| {
        yard.push(&mut set, 8);
        turn_in(&mut set, Waker::noop(), Places::freed(2));
        yard.take_polls();
        yard.finish(base);
        yard.make_ready(base + 3);
        for (limit, polled) in [(2, 2..2), (4, 2..5), (4, 5..5), (5, 5..6)] {
            let places = Places::freed(limit);
            let mut done = vec![];
            set.rest();
            let _ = set.poll_fresh(&mut Context::from_waker(Waker::noop()), places, |n, ()| {
                done.push(n);
                ControlFlow::<()>::Continue(())
            });
            let ready = polled.contains(&3).then_some(base + 3);
            assert_eq!(done, Vec::from_iter(ready));
            let polled = polled.start + base..polled.end + base;
            assert!(yard.take_polls().into_iter().eq(polled));
        }
        let places = Places::freed(0);
        assert_eq!(turn_in(&mut set, Waker::noop(), places).0, [base]);
        assert_eq!(yard.take_polls(), [base]);
    });
}

#[test]
fn a_turn_ends_though_there_are_places() {
    in_all_modes!(|yard, set, base| {
        let (parent, waker) = Parent::new();
        let most = TURN_WITH_STARTS;
        yard.push(&mut set, 2 * most);
        let places = Places::freed(most + 88);
        assert_eq!(turn_in(&mut set, &waker, places), (vec![], true));
        assert_eq!((set.running(), parent.wakes()), (most, 1));
        assert_eq!(turn_in(&mut set, &waker, places), (vec![], false));
        assert_eq!((set.running(), parent.wakes()), (most + 88, 1));
        assert!(yard.take_polls().into_iter().eq(base..base + most + 88));
    });
}

/// However many futures were woken, places that are free are filled in the same turn.
#[test]
fn free_places_are_filled_in_a_turn_that_is_cut() {
    in_all_modes!(|yard, set, base| {
        let (_, waker) = Parent::new();
        let count = 2 * TURN;
        yard.push(&mut set, count);
        super::turns(&mut set, &waker);
        yard.push(&mut set, count);
        (base..base + count).for_each(|n| yard.wake(n));
        yard.take_polls();
        let places = Places::freed(count + 10);
        assert_eq!(turn_in(&mut set, &waker, places), (vec![], true));
        let polled = (base..base + TURN).chain(base + count..base + count + 10);
        assert!(yard.take_polls().into_iter().eq(polled));
        assert_eq!(set.running(), count + 10);
    });
}

/// Places are used up with the turn's last poll: there is no need for another one.
#[test]
fn a_turn_that_ends_with_the_last_place_is_not_cut() {
    for places in [Places::freed(TURN), Places::kept(TURN, 0)] {
        in_all_modes!(|yard, set, base| {
            let (parent, waker) = Parent::new();
            yard.push(&mut set, 2 * TURN);
            yard.make_ready(base + TURN);
            assert_eq!(turn_in(&mut set, &waker, places), (vec![], false));
            assert_eq!(turn_in(&mut set, &waker, places), (vec![], false));
            assert_eq!((set.running(), parent.wakes()), (TURN, 0));
        });
    }
}

/// However few places there are, those that are ready at once are done by the turn.
#[test]
fn a_turn_ends_in_one_place() {
    in_all_modes!(|yard, set, base| {
        let (parent, waker) = Parent::new();
        let most = TURN_WITH_STARTS;
        yard.push(&mut set, 2 * most + 1);
        (base..=base + 2 * most).for_each(|n| yard.make_ready(n));
        for n in [base, base + most] {
            let (done, cut) = turn_in(&mut set, &waker, Places::freed(1));
            assert!(cut && done.into_iter().eq(n..n + most));
        }
        let last = turn_in(&mut set, &waker, Places::freed(1));
        assert_eq!(last, (vec![base + 2 * most], false));
        assert_eq!(parent.wakes(), 2);
    });
}

/// More were woken than a turn polls, and nothing new has a place before they are done.
#[test]
fn a_turn_of_the_woken_begins_none_without_a_place() {
    in_all_modes!(|yard, set, base| {
        let (_, waker) = Parent::new();
        let count = TURN + 8;
        yard.push(&mut set, count);
        super::turns(&mut set, &waker);
        yard.push(&mut set, 20);
        yard.take_polls();
        let places = Places::freed(count);
        (base..base + count).for_each(|n| yard.wake(n));
        assert_eq!(turn_in(&mut set, &waker, places), (vec![], true));
        assert_eq!(turn_in(&mut set, &waker, places), (vec![], false));
        assert!(yard.take_polls().into_iter().eq(base..base + count));
        // Places that are freed in a turn are used in it.
        (base..base + 10).for_each(|n| yard.finish(n));
        (base + 10..base + count).for_each(|n| yard.wake(n));
        let (done, cut) = turn_in(&mut set, &waker, places);
        assert!(cut && done.into_iter().eq(base..base + 10));
        assert_eq!((set.fresh(), set.running()), (10, count));
        assert_eq!(turn_in(&mut set, &waker, places), (vec![], false));
        assert_eq!((set.fresh(), set.running()), (10, count));
        assert_eq!(yard.most(), count);
    });
}
