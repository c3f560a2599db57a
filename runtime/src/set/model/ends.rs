//! What begins and ends a block: the first clone of a waker, the end of the set, the last waker.

use std::sync::{Arc, Mutex};

use loom::thread;

use super::{
    Context, ControlFlow, Count, Future, ONE, Parent, Permits, Pin, Poll, Set, TWO, Waker,
    outcomes, started,
};

/// The set ends while a waker is cloned, used and dropped.
#[test]
fn of_the_set_against_a_waker() {
    let outcomes = outcomes(ONE, || {
        let (parent, waker) = Parent::new();
        let (run, hands) = started(1, 1, &waker);
        let slot = hands[0].waker();
        let thread = thread::spawn(move || {
            let second = slot.clone();
            slot.wake();
            drop(second);
        });
        drop((run, hands));
        let released = parent.wakers.get() == 1;
        thread.join().expect("no panic");
        assert_eq!(parent.wakers.get(), 1, "the block is gone");
        (released, parent.wakes.get())
    });
    // If somebody was waking the parent when the set ended, its waker went with the last of the slot's.
    outcomes.are(&[(false, 1), (true, 0), (true, 1)]);
}

/// As the first, where the futures leave the set and are dropped later: one by one, and on another thread.
#[test]
fn of_a_set_whose_futures_are_taken_out() {
    for segment in [2, 1] {
        let outcomes = outcomes(TWO, move || {
            let (parent, waker) = Parent::new();
            let (run, hands) = started(segment, 2, &waker);
            drop(hands[0].waker());
            let slot = hands[1].waker();
            let waking = thread::spawn(move || {
                let second = slot.clone();
                slot.wake();
                drop(second);
            });
            let mut held = run.set.into_detached().collect::<Vec<_>>();
            let released = parent.wakers.get() == 1;
            let (_, last) = held.pop().expect("there are two");
            let dropping = thread::spawn(move || drop(last));
            drop(held);
            waking.join().expect("no panic");
            dropping.join().expect("no panic");
            assert!(run.shared.iter().all(|shared| shared.polls.get() == 1));
            drop(hands);
            assert!((run.shared.iter()).all(|shared| Arc::strong_count(shared) == 1));
            assert_eq!(parent.wakers.get(), 1, "the blocks are gone");
            (released, parent.wakes.get())
        });
        outcomes.are(&[(false, 1), (true, 0), (true, 1)]);
    }
}

#[test]
fn of_the_set_against_two_wakers() {
    let outcomes = outcomes(TWO, || {
        let (parent, waker) = Parent::new();
        let (run, hands) = started(2, 2, &waker);
        let threads = [0, 1].map(|n| {
            let slot = hands[n].waker();
            thread::spawn(move || slot.wake())
        });
        drop((run, hands));
        let released = parent.wakers.get() == 1;
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(parent.wakers.get(), 1, "the block is gone");
        (released, parent.wakes.get())
    });
    outcomes.are(&[(false, 1), (true, 0), (true, 1)]);
}

/// As above with a wake that comes by way of the root word, and two blocks to be freed.
#[test]
fn of_the_set_against_a_waker_of_a_later_segment() {
    let outcomes = outcomes(ONE, || {
        let (parent, waker) = Parent::new();
        let (run, hands) = started(1, 2, &waker);
        let slot = hands[1].waker();
        let thread = thread::spawn(move || slot.wake());
        drop((run, hands));
        let released = parent.wakers.get() == 1;
        thread.join().expect("no panic");
        assert_eq!(parent.wakers.get(), 1, "the blocks are gone");
        (released, parent.wakes.get())
    });
    outcomes.are(&[(false, 1), (true, 0), (true, 1)]);
}

/// After a move there are two wakers to be released.
#[test]
fn of_a_set_that_has_moved() {
    let outcomes = outcomes(ONE, || {
        let (first, first_waker) = Parent::new();
        let (mut run, hands) = started(1, 1, &first_waker);
        let slot = hands[0].waker();
        let thread = thread::spawn(move || slot.wake());
        let (second, second_waker) = Parent::new();
        run.turn(&second_waker);
        drop((run, hands));
        thread.join().expect("no panic");
        assert_eq!((first.wakers.get(), second.wakers.get()), (1, 1));
        (first.wakes.get(), second.wakes.get())
    });
    outcomes
        .include("the first was woken", |wakes| wakes.0 == 1)
        .include("the second was woken", |wakes| wakes.1 == 1)
        .include("both were woken", |wakes| *wakes == (1, 1))
        .include("none was woken", |wakes| *wakes == (0, 0));
}

/// The set and the last wakers go at the same time. Who is last frees the block: loom would see the memory's use.
#[test]
fn of_the_set_and_the_last_wakers() {
    for (segment, count) in [(2, 2), (1, 2)] {
        let last = outcomes(ONE, move || {
            let (parent, waker) = Parent::new();
            let (run, hands) = started(segment, count, &waker);
            let gone = Arc::new(Count::default());
            let threads = [0, 1].map(|n| {
                let slot = hands[n].waker();
                let gone = Arc::clone(&gone);
                thread::spawn(move || {
                    drop(slot);
                    gone.add();
                })
            });
            drop((run, hands));
            let before = gone.get();
            for thread in threads {
                thread.join().expect("no panic");
            }
            assert_eq!(parent.wakers.get(), 1);
            before
        });
        last.are(&[0, 1, 2]);
    }
}

/// The set goes while two wakers are used up behind a first one, which leave their counts to it, or keep them: what is
/// left to nobody, or counted twice, loom would see. They are of two slots, or of one.
#[test]
fn of_the_set_and_counts_that_are_left_to_it() {
    for slots in [[1, 2], [1, 1]] {
        let used = outcomes(TWO, move || {
            let (parent, waker) = Parent::new();
            let (run, mut hands) = started(3, 3, &waker);
            let [first, second] = slots.map(|slot| hands[slot].another_waker());
            hands.remove(0).finish_here();
            let used = Arc::new(Count::default());
            let threads = [first, second].map(|slot| {
                let used = Arc::clone(&used);
                thread::spawn(move || {
                    slot.wake();
                    used.add();
                })
            });
            drop((run, hands));
            let before = used.get();
            for thread in threads {
                thread.join().expect("no panic");
            }
            assert_eq!((parent.wakers.get(), parent.wakes.get()), (1, 1));
            before
        });
        used.are(&[0, 1, 2]);
    }
}

/// The same, where the set takes what was woken and goes on.
#[test]
fn of_counts_that_the_set_takes() {
    for slots in [[1, 2], [1, 1]] {
        let polls = outcomes(TWO, move || {
            let (parent, waker) = Parent::new();
            let (mut run, mut hands) = started(3, 3, &waker);
            let wakers = slots.map(|slot| hands[slot].another_waker());
            hands.remove(0).finish_here();
            let threads = wakers.map(|slot| thread::spawn(move || slot.wake()));
            run.until(2, &parent, &waker);
            let polls = run.polls();
            drop((run, hands));
            for thread in threads {
                thread.join().expect("no panic");
            }
            assert_eq!(parent.wakers.get(), 1, "the block is gone");
            polls
        });
        polls.include("none came in time", |&polls| polls == 4);
        polls.include("a wake was taken", |&polls| polls == 5);
        if slots == [1, 2] {
            polls.include("both were", |&polls| polls == 6);
        }
    }
}

/// Wakers that were cloned.
type Kept = Arc<Mutex<Vec<Waker>>>;

/// A future that lets two threads at once use the waker of its first poll, and uses it itself.
struct Split {
    /// What it does before there are threads, and while there are.
    own: [Use; 2],
    uses: [Use; 2],
    kept: Kept,
    polls: usize,
}

/// What a thread does with a waker.
type Use = fn(&Waker, &Kept);

fn keep(waker: &Waker, kept: &Kept) {
    let waker = waker.clone();
    kept.lock().expect("no panic").push(waker);
}

fn wake(waker: &Waker, _: &Kept) {
    waker.wake_by_ref();
}

fn nothing(_: &Waker, _: &Kept) {}

impl Split {
    fn new(own: [Use; 2], uses: [Use; 2]) -> (Kept, Self) {
        let kept = Kept::default();
        let split = Self {
            own,
            uses,
            kept: Arc::clone(&kept),
            polls: 0,
        };
        (kept, split)
    }
}

impl Future for Split {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.polls += 1;
        if self.polls == 2 {
            return Poll::Ready(());
        }
        self.own[0](cx.waker(), &self.kept);
        // SAFETY: the threads are joined before this returns.
        let waker = unsafe { std::mem::transmute::<&Waker, &'static Waker>(cx.waker()) };
        let threads = self.uses.map(|work| {
            let kept = Arc::clone(&self.kept);
            thread::spawn(move || work(waker, &kept))
        });
        self.own[1](waker, &self.kept);
        for thread in threads {
            thread.join().expect("no panic");
        }
        Poll::Pending
    }
}

fn turn<F: Future>(set: &mut Set<F>, waker: &Waker) -> usize {
    let cx = &mut Context::from_waker(waker);
    let turn = set.poll(cx, Permits::ALL, |_, _| ControlFlow::<()>::Continue(()));
    let _ = set.yielding(cx, turn);
    set.len()
}

/// Two threads make the block at once: one of the two it is, and the other goes. Gives how many were made.
fn first_use(uses: [Use; 2], later: bool) -> usize {
    let (parent, waker) = Parent::new();
    let mut set = Set::new();
    set.expect(1);
    let (_before, first) = Split::new([nothing; 2], [keep, nothing]);
    if later {
        set.push(first);
        turn(&mut set, &waker);
    }
    let (kept, split) = Split::new([nothing; 2], uses);
    set.push(split);
    let rest = set.len();
    let made = parent.made.get();
    assert_eq!(turn(&mut set, &waker), rest);
    let made = parent.made.get() - made;
    assert_eq!(parent.wakers.get(), 2, "the set's, and the one here");
    let wakers = std::mem::take(&mut *kept.lock().expect("no panic"));
    if let [first, second] = &wakers[..] {
        assert!(first.will_wake(second));
        first.wake_by_ref();
    }
    assert_eq!(parent.wakes.get(), 1);
    assert_eq!(turn(&mut set, &waker), rest - 1);
    drop(set);
    assert_eq!(parent.wakers.get(), 1);
    drop(wakers);
    made
}

#[test]
fn of_a_block_that_two_threads_make_by_cloning() {
    outcomes(ONE, || first_use([keep, keep], false)).are(&[1, 2]);
}

#[test]
fn of_a_block_that_two_threads_make_by_cloning_and_waking() {
    outcomes(ONE, || first_use([keep, wake], false)).are(&[1, 2]);
}

#[test]
fn of_a_block_that_two_threads_make_by_waking() {
    outcomes(ONE, || first_use([wake, wake], false)).are(&[1, 2]);
}

/// A later segment's block clones no waker, but counts on the first one.
#[test]
fn of_a_later_block_that_two_threads_make() {
    outcomes(ONE, || first_use([keep, wake], true)).are(&[0]);
}

/// The thread that polls takes counts that it has added in advance, and others do not, though they clone at the same time.
#[test]
fn of_counts_that_one_thread_has_added() {
    for room in [1, 2, 3, 8] {
        outcomes(TWO, move || {
            let (parent, waker) = Parent::new();
            let mut set = Set::new();
            set.expect(room);
            let (kept, split) = Split::new([keep; 2], [keep; 2]);
            set.push(split);
            assert_eq!(turn(&mut set, &waker), 1);
            let mut kept = std::mem::take(&mut *kept.lock().expect("no panic"));
            assert_eq!(kept.len(), 4);
            drop(set);
            assert_eq!(parent.wakers.get(), 1);
            // The last is all that keeps the block: loom would see it freed before, or twice, or never.
            let last = kept.remove(0);
            drop(kept);
            last.wake();
            assert_eq!(parent.wakes.get(), 0);
        })
        .are(&[()]);
    }
}

/// A count of the first block is all that keeps it, once the set is gone.
#[test]
fn of_a_block_that_another_one_counts_on() {
    let freed = outcomes(ONE, || {
        let (parent, waker) = Parent::new();
        let (run, hands) = started(1, 2, &waker);
        let [first, second] = [0, 1].map(|n| hands[n].waker());
        drop((run, hands));
        let order = Arc::new(Count::default());
        let there = Arc::clone(&order);
        let thread = thread::spawn(move || {
            second.wake_by_ref();
            drop(second);
            there.add();
        });
        drop(first);
        let before = order.get();
        thread.join().expect("no panic");
        assert_eq!((parent.wakers.get(), parent.wakes.get()), (1, 0));
        before
    });
    freed.are(&[0, 1]);
}
