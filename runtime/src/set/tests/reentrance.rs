//! Code of others that runs in the midst of the engine's: parents whose wakers use the set's wakers when they are cloned and
//! dropped, futures that reach for their own set, and sets that move between threads meanwhile.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
    thread,
};

use super::{
    Arc, Context, Future, Hand, Leaf, Mutex, Parent, Pin, Poll, Set, Waker,
    hooked::{Hooked, Later, put, take},
    leaves, set_of, turns, two,
};
use crate::Pending;

/// A parent that uses up what stands in a cell, when its waker is cloned.
fn wakes_when_cloned(cell: &Later<Vec<Waker>>) -> Hooked {
    let cell = Arc::clone(cell);
    Hooked::default().on_clone(move || take(&cell).into_iter().flatten().for_each(Waker::wake))
}

/// The same, when it is dropped.
fn wakes_when_dropped(cell: &Later<Vec<Waker>>) -> Hooked {
    let cell = Arc::clone(cell);
    Hooked::default().on_drop(move || take(&cell).into_iter().flatten().for_each(Waker::wake))
}

/// A set that was polled once, whose wakers stand in a cell; its futures are ready.
fn ready_set(count: usize, waker: &Waker) -> (Set<Leaf>, Later<Vec<Waker>>) {
    let (hands, mut set) = set_of(count, count);
    turns(&mut set, waker);
    let cell = Later::default();
    put(&cell, hands.iter().map(Hand::waker).collect());
    hands.iter().for_each(Hand::make_ready);
    (set, cell)
}

#[test]
fn a_parent_may_wake_slots_when_it_is_cloned() {
    for count in [2, 64, 65, 200] {
        let (old, old_waker) = Parent::new();
        let (mut set, cell) = ready_set(count, &old_waker);
        let (new, new_waker) = wakes_when_cloned(&cell).split();
        // It is cloned when it takes the old one's place, which is still woken; what was woken is polled at once.
        assert!(turns(&mut set, &new_waker).into_iter().eq(0..count));
        assert_eq!((old.wakes(), new.wakes()), (1, 0));
        drop(set);
        assert_eq!(new.wakers(), 1);
    }
}

#[test]
fn a_parent_may_wake_slots_when_it_is_dropped() {
    for count in [2, 64, 65, 200] {
        let cell = Later::default();
        let (first, first_waker) = wakes_when_dropped(&cell).split();
        let (mut set, wakers) = ready_set(count, &first_waker);
        let (_, second_waker) = Parent::new();
        assert_eq!(turns(&mut set, &second_waker), []);
        put(&cell, take(&wakers).expect("they are there"));
        let (third, third_waker) = Parent::new();
        // The first is dropped when the third takes its slot, and by then it is the third that is woken.
        assert!(turns(&mut set, &third_waker).into_iter().eq(0..count));
        assert_eq!((first.wakers(), third.wakes()), (1, 1));
    }
}

/// What is woken then reaches nobody any more.
#[test]
fn a_parent_may_wake_slots_when_the_set_drops_it() {
    let cell = Later::default();
    let (parent, waker) = wakes_when_dropped(&cell).split();
    let (set, wakers) = ready_set(65, &waker);
    put(&cell, take(&wakers).expect("they are there"));
    drop(set);
    assert!(take(&cell).is_none(), "they were used");
    assert_eq!((parent.wakes(), parent.wakers()), (0, 1));
}

#[test]
fn a_parent_may_drop_another_set_when_it_is_dropped() {
    let cell = Later::<Set<Leaf>>::default();
    let hook = Arc::clone(&cell);
    let (outer, outer_waker) = Hooked::default().on_drop(move || drop(take(&hook))).split();
    let (inner, inner_waker) = Hooked::default().split();
    let (set, wakers) = two(&outer_waker);
    let (other, others) = two(&inner_waker);
    put(&cell, other);
    drop(set);
    assert_eq!((outer.wakers(), inner.wakers()), (1, 1));
    wakers.into_iter().chain(others).for_each(Waker::wake);
    assert_eq!((outer.wakes(), inner.wakes()), (0, 0));
}

/// Drops another set in its first poll.
struct Dropping(Option<Set<Farewell>>);

/// Wakes somebody when it is dropped.
struct Farewell(Later<Waker>);

impl Future for Dropping {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        drop(self.0.take());
        Poll::Ready(())
    }
}

impl Future for Farewell {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        take(&self.0).into_iter().for_each(Waker::wake);
    }
}

#[test]
fn a_future_may_drop_another_set_whose_futures_wake_its_siblings() {
    let (parent, waker) = Parent::new();
    let (hands, leaf) = leaves(1);
    let cell = Later::default();
    let mut other = Set::new();
    other.push(Farewell(Arc::clone(&cell)));
    turns(&mut other, Waker::noop());

    let mut set: Set<Pin<Box<dyn Future<Output = ()>>>> = Set::new();
    for leaf in leaf {
        set.push(Box::pin(leaf));
    }
    turns(&mut set, &waker);
    hands[0].make_ready();
    put(&cell, hands[0].waker());
    set.push(Box::pin(Dropping(Some(other))));
    assert_eq!(turns(&mut set, &waker), [1]);
    assert_eq!(parent.wakes(), 1);
    assert_eq!(turns(&mut set, &waker), [0]);
}

/// A set that its own futures can reach.
type Own = Rc<RefCell<Option<Pending<Reaching>>>>;

/// Takes its own set out of where it is, and drops it, in its first poll, or its drop, or both.
struct Reaching {
    own: Own,
    in_poll: bool,
    in_drop: bool,
    drops: Rc<RefCell<Vec<usize>>>,
    index: usize,
}

impl Reaching {
    fn reach(&self) {
        // A panic that tells the hook is a mistake here.
        match self.own.try_borrow_mut() {
            Ok(mut own) => drop(own.take()),
            Err(_) => resume_unwind(Box::new("it is being polled")),
        }
    }
}

impl Future for Reaching {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // A block is made, and has bits.
        let waker = cx.waker().clone();
        waker.wake();
        if self.in_poll {
            self.reach();
        }
        Poll::Ready(())
    }
}

impl Drop for Reaching {
    fn drop(&mut self) {
        self.drops.borrow_mut().push(self.index);
        if self.in_drop {
            self.reach();
        }
    }
}

/// Some futures, one of which reaches for their set, and the order of their drops.
fn reaching(in_poll: bool, in_drop: bool) -> (Own, Rc<RefCell<Vec<usize>>>) {
    let own = Own::default();
    let drops = Rc::<RefCell<Vec<usize>>>::default();
    let futures = (0..4).map(|index| Reaching {
        own: Rc::clone(&own),
        in_poll: in_poll && index == 1,
        in_drop: in_drop && index == 1,
        drops: Rc::clone(&drops),
        index,
    });
    let pending = futures.collect();
    *own.borrow_mut() = Some(pending);
    (own, drops)
}

/// Polls the set for one result after another, in a cell that is borrowed meanwhile, until a poll panics.
fn poll_in(own: &Own) -> thread::Result<Poll<Option<()>>> {
    catch_unwind(AssertUnwindSafe(|| {
        let mut own = own.borrow_mut();
        let pending = own.as_mut().expect("it is there");
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            let next = Pin::new(&mut pending.next()).poll(&mut cx);
            if next != Poll::Ready(Some(())) {
                return next;
            }
        }
    }))
}

#[test]
fn a_future_that_reaches_for_its_set_finds_it_taken() {
    for (in_poll, in_drop) in [(true, false), (false, true), (true, true)] {
        let (own, drops) = reaching(in_poll, in_drop);
        let panic = poll_in(&own).expect_err("it cannot have it");
        assert_eq!(panic.downcast_ref(), Some(&"it is being polled"));
        // It has ended as with any panic of a future: everything was dropped, once.
        assert_eq!(drops.take(), [0, 1, 2, 3]);
        assert!(own.borrow().as_ref().is_some_and(Pending::is_empty));
        own.take();
    }
}

#[test]
fn a_future_may_reach_for_its_set_where_that_is_not() {
    let (own, drops) = reaching(true, true);
    // It is taken out for the time of its polls.
    let mut pending = own.take().expect("it is there");
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..4 {
        let next = Pin::new(&mut pending.next()).poll(&mut cx);
        assert_eq!(next, Poll::Ready(Some(())));
    }
    assert_eq!(drops.take(), [0, 1, 2, 3]);
}

/// Keeps its waker, and then panics or not.
struct Keeping(Arc<Mutex<Vec<Waker>>>, bool);

impl Future for Keeping {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.lock().expect("no panic").push(cx.waker().clone());
        if self.1 {
            resume_unwind(Box::new("a poll"));
        }
        Poll::Pending
    }
}

#[test]
fn a_panic_in_the_first_polls_lets_the_parent_go() {
    for count in [1, 2, 64, 65] {
        let (parent, waker) = Hooked::default().split();
        let kept = Arc::<Mutex<Vec<Waker>>>::default();
        let futures = (1..=count).map(|n| Keeping(Arc::clone(&kept), n == count));
        let mut set = Set::new();
        set.fill(futures.collect());
        let panic = catch_unwind(AssertUnwindSafe(|| drop(turns(&mut set, &waker))));
        assert!(panic.is_err());
        // The wakers that were handed out are good, and reach nobody.
        let kept = std::mem::take(&mut *kept.lock().expect("no panic"));
        assert_eq!(kept.len(), count);
        kept.into_iter().for_each(Waker::wake);
        assert_eq!((parent.wakes(), parent.wakers()), (0, 1));
        drop(set);
    }
}

/// Whoever polls a set is some other thread each time, and its wakers are used in more threads meanwhile.
#[test]
fn a_set_may_move_between_threads_while_it_is_woken() {
    const WAKERS: usize = 4;
    for (segment, count) in [(8, 8), (1, 100), (200, 200)] {
        let (hands, mut set) = set_of(segment, count);
        let (parent, waker) = Parent::new();
        thread::scope(|scope| {
            let poll = || turns(&mut set, &waker);
            assert_eq!(scope.spawn(poll).join().expect("no panic"), []);
        });
        let wakers: Vec<_> = hands.iter().map(Hand::waker).collect();
        let mut done = vec![];
        let set = thread::scope(|scope| {
            for n in 0..WAKERS {
                let mut share = hands.iter().zip(&wakers).skip(n).step_by(WAKERS);
                scope.spawn(move || {
                    share.by_ref().for_each(|(hand, waker)| {
                        waker.wake_by_ref();
                        hand.make_ready();
                        waker.wake_by_ref();
                    });
                });
            }
            let waker = &waker;
            while set.len() > 0 {
                let moved = scope.spawn(move || {
                    let done = turns(&mut set, waker);
                    (set, done)
                });
                let some;
                (set, some) = moved.join().expect("no panic");
                done.extend(some);
            }
            set
        });
        done.sort_unstable();
        assert!(done.into_iter().eq(0..count));
        assert!(parent.wakes() > 0);
        drop((set, wakers, waker));
        assert_eq!(Arc::strong_count(&parent), 1);
    }
}
