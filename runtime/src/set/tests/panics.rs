//! Wakers and futures that panic when they are used, cloned or dropped.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::{
    Arc, AtomicUsize, Context, Future, Leaf, Ordering, Parent, Pin, Poll, Set, Waker,
    hooked::{Hooked, Later, put, take},
    set_of, turn, turns, two,
};

/// What a waker that panics does.
fn panic() {
    resume_unwind(Box::new("a waker"));
}

/// What `work` panics with, if it does.
fn panics(work: impl FnOnce()) -> Option<&'static str> {
    let panic = catch_unwind(AssertUnwindSafe(work)).err()?;
    panic.downcast_ref::<&'static str>().copied()
}

#[test]
fn a_wake_that_panics_is_not_lost() {
    let (parent, waker) = Hooked::default().on_wake(panic).split();
    let (hands, mut set) = set_of(2, 2);
    turns(&mut set, &waker);
    hands[0].make_ready();
    let wakers = [0, 1].map(|n| hands[n].waker());
    assert_eq!(panics(|| wakers[0].wake_by_ref()), Some("a waker"));
    assert_eq!(turn(&mut set, &waker), (vec![0], false));
    hands[1].make_ready();
    let [_, second] = wakers;
    assert_eq!(panics(|| second.wake()), Some("a waker"));
    // Both have ended, so another parent finds the cell free.
    let (new, new_waker) = Parent::new();
    assert_eq!(turn(&mut set, &new_waker), (vec![1], false));
    drop(set);
    assert_eq!((parent.wakers(), parent.wakes(), new.wakes()), (1, 2, 0));
}

#[test]
fn a_panic_in_the_wake_of_a_cut_turn_leaves_all_as_it_was() {
    let (_, waker) = Hooked::default().on_wake(panic).split();
    let (_hands, mut set) = set_of(64, crate::set::turn::POLL_BUDGET + 1);
    assert_eq!(panics(|| drop(turn(&mut set, &waker))), Some("a waker"));
    assert_eq!(turn(&mut set, &waker), (vec![], false));
}

#[test]
fn a_clone_that_panics_in_the_first_poll_leaves_nothing_behind() {
    let (parent, waker) = Hooked::default().on_clone(panic).split();
    let (_hands, mut set) = set_of(2, 2);
    assert_eq!(panics(|| drop(turn(&mut set, &waker))), Some("a waker"));
    drop(set);
    assert_eq!(parent.wakers(), 1);
}

#[test]
fn a_clone_that_panics_in_a_move_leaves_the_old_parent() {
    let (old, old_waker) = Parent::new();
    let (mut set, [first, _]) = two(&old_waker);
    let (new, new_waker) = Hooked::default().on_clone(panic).split();
    assert_eq!(panics(|| drop(turn(&mut set, &new_waker))), Some("a waker"));
    first.wake();
    assert_eq!((old.wakes(), new.wakes(), new.wakers()), (1, 0, 1));
}

/// Parents whose wakers panic when they are dropped, and a waker of each.
struct Touchy<const N: usize>([Arc<Hooked>; N], [Waker; N]);

impl<const N: usize> Touchy<N> {
    /// How many wakers there are of each, besides those here.
    fn wakers(&self) -> [usize; N] {
        self.0.each_ref().map(|parent| parent.wakers() - 1)
    }
}

impl<const N: usize> Drop for Touchy<N> {
    fn drop(&mut self) {
        self.0.iter().for_each(|parent| parent.calm());
    }
}

/// A set that has wakers of two such parents.
fn of_two_parents() -> (Touchy<2>, Set<Leaf>, [Waker; 2]) {
    let (first, first_waker) = Hooked::default().on_drop(panic).split();
    let (second, second_waker) = Hooked::default().on_drop(panic).split();
    let (mut set, wakers) = two(&first_waker);
    turns(&mut set, &second_waker);
    let parents = Touchy([first, second], [first_waker, second_waker]);
    assert_eq!(parents.wakers(), [1, 1]);
    (parents, set, wakers)
}

#[test]
fn drops_that_panic_stop_no_other() {
    let (parents, set, _wakers) = of_two_parents();
    assert_eq!(panics(|| drop(set)), Some("a waker"));
    assert_eq!(parents.wakers(), [0, 0]);
}

#[test]
fn drops_that_panic_while_the_thread_unwinds_are_swallowed() {
    let (parents, set, _wakers) = of_two_parents();
    let outcome = panics(|| {
        let _set = set;
        std::panic::resume_unwind(Box::new("something else"));
    });
    assert_eq!(outcome, Some("something else"));
    assert_eq!(parents.wakers(), [0, 0]);
}

#[test]
fn drops_that_panic_are_collected_when_a_set_is_cleared() {
    let (parents, mut set, _wakers) = of_two_parents();
    let mut collected = crate::panics::Panics::default();
    set.clear(&mut collected);
    assert!(collected.is_some());
    assert_eq!(parents.wakers(), [0, 0]);
    drop(set);
}

/// The set ends while a waker of its parent is in use, so both go with the block.
#[test]
fn drops_that_panic_with_the_last_waker_stop_no_other() {
    let cell = Later::<Set<Leaf>>::default();
    let hook = Arc::clone(&cell);
    let (first, first_waker) = Hooked::default().on_drop(panic).split();
    let (second, second_waker) = Hooked::default()
        .on_wake(move || drop(take(&hook)))
        .on_drop(panic)
        .split();
    let (mut set, [waker, other]) = two(&first_waker);
    turns(&mut set, &second_waker);
    let parents = Touchy([first, second], [first_waker, second_waker]);
    put(&cell, set);
    drop(other);
    assert_eq!(panics(|| waker.wake()), Some("a waker"));
    assert_eq!(parents.wakers(), [0, 0]);
}

#[test]
fn a_drop_that_panics_in_a_move_has_moved() {
    let (parents, mut set, [waker, _]) = of_two_parents();
    let (parent, parent_waker) = Parent::new();
    assert_eq!(
        panics(|| drop(turn(&mut set, &parent_waker))),
        Some("a waker")
    );
    assert_eq!(parents.wakers(), [0, 1]);
    waker.wake();
    assert_eq!(parent.wakes(), 1);
    assert_eq!(panics(|| drop(set)), Some("a waker"));
    assert_eq!(parents.wakers(), [0, 0]);
}

/// Counts itself when it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn every_future_is_dropped_though_some_panic() {
    struct Bomb {
        _counted: Counted,
        armed: bool,
    }
    impl Future for Bomb {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            Poll::Pending
        }
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.armed {
                std::panic::resume_unwind(Box::new("a drop"));
            }
        }
    }
    for polled in [false, true] {
        let count = Arc::<AtomicUsize>::default();
        let mut set = Set::new();
        set.expect(3);
        for n in 0..100 {
            set.push(Bomb {
                _counted: Counted(Arc::clone(&count)),
                armed: n % 7 == 0,
            });
        }
        if polled {
            turns(&mut set, Waker::noop());
        }
        assert_eq!(panics(|| drop(set)), Some("a drop"));
        assert_eq!(count.load(Ordering::Relaxed), 100);
    }
}
