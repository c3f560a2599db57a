//! Wakers that re-enter the set; wakers and futures that are used when nobody expects it.

use super::{
    Arc, Context, Future, Leaf, Mutex, Parent, Pin, Poll, Set, Waker,
    hooked::{Hooked, Later, put, take},
    leaves, set_of, turn, turns, two,
};

#[test]
fn a_parent_may_wake_others_when_it_is_woken() {
    // All in one word; in words of two segments, whose wakes reach the parent on two ways; below a summary.
    for (segment, count) in [(3, 3), (1, 3), (200, 200)] {
        let others = Later::<Vec<Waker>>::default();
        let hook = Arc::clone(&others);
        let (parent, waker) = Hooked::default()
            .on_wake(move || take(&hook).into_iter().flatten().for_each(Waker::wake))
            .split();
        let (hands, mut set) = set_of(segment, count);
        turns(&mut set, &waker);
        hands.iter().for_each(super::Hand::make_ready);
        let mut wakers: Vec<_> = hands.iter().map(super::Hand::waker).collect();
        let first = wakers.pop().expect("there are some");
        put(&others, wakers);
        first.wake();
        assert!((1..=2).contains(&parent.wakes()));
        assert!(turns(&mut set, &waker).into_iter().eq(0..count));
    }
}

#[test]
fn a_parent_may_drop_the_last_wakers_when_it_is_woken() {
    let others = Later::<Waker>::default();
    let hook = Arc::clone(&others);
    let (parent, waker) = Hooked::default().on_wake(move || drop(take(&hook))).split();
    let (set, [first, second]) = two(&waker);
    put(&others, second);
    first.wake();
    drop(set);
    assert_eq!((parent.wakes(), parent.wakers()), (1, 1));
}

#[test]
fn a_parent_may_drop_the_set_when_it_is_woken() {
    let cell = Later::<Set<Leaf>>::default();
    let hook = Arc::clone(&cell);
    let (parent, waker) = Hooked::default().on_wake(move || drop(take(&hook))).split();
    let (set, [first, second]) = two(&waker);
    put(&cell, set);
    first.wake();
    assert!(take(&cell).is_none());
    // The set could not take back the waker that was just being used: it goes with the last of the slots'.
    assert_eq!(parent.wakers(), 2);
    second.wake_by_ref();
    assert_eq!(parent.wakes(), 1);
    drop(second);
    assert_eq!(parent.wakers(), 1);
}

#[test]
fn a_parent_may_poll_another_set_when_it_is_woken() {
    let (outer, outer_waker) = Parent::new();
    let (hands, mut other) = set_of(1, 1);
    turns(&mut other, &outer_waker);
    let cell: Later<_> = Arc::new(Mutex::new(Some(other)));
    let hook = (Arc::clone(&cell), hands[0].clone());
    let (parent, waker) = Hooked::default()
        .on_wake(move || {
            let mut other = take(&hook.0).expect("it is there");
            hook.1.finish();
            assert_eq!(turns(&mut other, Waker::noop()), [0]);
            assert_eq!(other.len(), 0);
        })
        .split();
    let (_set, [first, _]) = two(&waker);
    first.wake();
    assert_eq!((parent.wakes(), outer.wakes()), (1, 1));
}

/// Polls the set from within its own parent's wake.
fn polled_within(other: Waker) -> (usize, Set<Leaf>, Waker) {
    let cell = Later::<Set<Leaf>>::default();
    let hook = Arc::clone(&cell);
    let (parent, waker) = Hooked::default()
        .on_wake(move || {
            if let Some(mut set) = take(&hook) {
                assert_eq!(turns(&mut set, &other), []);
                put(&hook, set);
            }
        })
        .split();
    let (set, [first, second]) = two(&waker);
    put(&cell, set);
    first.wake();
    let set = take(&cell).expect("it was put back");
    (parent.wakes(), set, second)
}

/// The old parent's waker is being used, so the new one cannot take its place: it is woken, for it to try again.
#[test]
fn a_parent_may_let_another_poll_when_it_is_woken() {
    let (new, new_waker) = Parent::new();
    let (wakes, mut set, second) = polled_within(new_waker.clone());
    assert_eq!((wakes, new.wakes()), (1, 1));
    turns(&mut set, &new_waker);
    second.wake();
    assert_eq!(new.wakes(), 2);
}

/// A parent that is never polled again: the set must go back to the one that it had.
#[test]
fn a_parent_that_was_passed_by_is_woken_again() {
    let (_, mut set, second) = polled_within(Waker::noop().clone());
    let (parent, waker) = Parent::new();
    turns(&mut set, &waker);
    second.wake();
    assert_eq!(parent.wakes(), 1);
}

#[test]
fn a_parent_is_cloned_once_and_dropped_with_the_set() {
    let many = if cfg!(miri) { 100 } else { 1_000 };
    for (segment, count) in [(1, 1), (64, 64), (65, 65), (1, many)] {
        let (parent, waker) = Hooked::default().split();
        let (hands, mut set) = set_of(segment, count);
        for _ in 0..3 {
            turns(&mut set, &waker);
        }
        assert_eq!(parent.wakers(), 2);
        let wakers: Vec<_> = hands.iter().map(super::Hand::waker).collect();
        drop(set);
        assert_eq!(parent.wakers(), 1);
        let before = parent.wakes();
        for waker in wakers {
            let clone = waker.clone();
            assert!(clone.will_wake(&waker));
            clone.wake();
            waker.wake_by_ref();
        }
        assert_eq!(parent.wakes(), before, "it is gone");
    }
}

/// Wakes its siblings when it is dropped, and drops their wakers.
struct Parting {
    inner: Leaf,
    wakers: Arc<Mutex<Vec<Waker>>>,
}

impl Future for Parting {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

impl Drop for Parting {
    fn drop(&mut self) {
        let wakers = std::mem::take(&mut *self.wakers.lock().expect("no panic"));
        for (n, waker) in wakers.into_iter().enumerate() {
            match n % 3 {
                0 => waker.wake(),
                1 => waker.wake_by_ref(),
                _ => drop(waker),
            }
        }
    }
}

#[test]
fn futures_may_use_wakers_when_they_are_dropped() {
    for done in [0, 1, 5] {
        let (_, waker) = Parent::new();
        let (hands, inner) = leaves(130);
        let wakers = Arc::<Mutex<Vec<Waker>>>::default();
        let mut set = Set::new();
        set.expect(65);
        for inner in inner {
            let wakers = Arc::clone(&wakers);
            set.push(Parting { inner, wakers });
        }
        turns(&mut set, &waker);
        let kept: Vec<_> = hands.iter().map(super::Hand::waker).collect();
        for n in 0..done {
            hands[n * 7].make_ready();
            kept[n * 7].wake_by_ref();
        }
        wakers.lock().expect("no panic").extend(kept);
        assert_eq!(turns(&mut set, &waker).len(), done);
        assert_eq!(set.len(), 130 - done);
        drop(set);
        assert!(wakers.lock().expect("no panic").is_empty());
    }
}

/// Wakes itself in its first polls, without keeping a waker.
struct Insistent(usize);

impl Future for Insistent {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn a_future_may_wake_itself_in_its_first_poll() {
    let (parent, waker) = Parent::new();
    let mut set = Set::new();
    for times in [2, 1, 0] {
        set.push(Insistent(times));
    }
    for done in [[2], [1], [0]] {
        assert_eq!(turn(&mut set, &waker), (done.to_vec(), false));
    }
    assert_eq!(parent.wakes(), 2);
}

/// A waker that is kept is one of its slot. Where the slot has a new future, that is polled once in vain.
#[test]
fn a_stale_waker_costs_a_poll_at_most() {
    let (_, waker) = Parent::new();
    let (hands, mut set) = set_of(1, 1);
    turns(&mut set, &waker);
    let stale = hands[0].waker();
    hands[0].make_ready();
    stale.wake_by_ref();
    assert_eq!(turns(&mut set, &waker), [0]);
    stale.wake_by_ref();
    let (hands, mut leaf) = leaves(1);
    set.push(leaf.remove(0));
    assert_eq!(turns(&mut set, &waker), []);
    assert_eq!(hands[0].polls(), 1, "it was not there yet");
    stale.wake_by_ref();
    stale.wake_by_ref();
    for _ in 0..2 {
        assert_eq!(turns(&mut set, &waker), []);
        assert_eq!(hands[0].polls(), 2);
    }
}
