//! Futures that leave their set, and stay where they are.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    marker::PhantomPinned,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    thread,
};

use super::{
    Arc, AtomicUsize, Context, Future, Mutex, Ordering, Parent, Permits, Pin, Poll, Set, Waker,
    hooked::Hooked, set_of, turn_in, turns, two,
};
use crate::set::detached::Detached;

/// What is known of [`Guest`]s.
#[derive(Default)]
struct Book {
    /// Where each is, since it was first polled.
    homes: BTreeMap<usize, usize>,
    /// Those that are ready at their next poll.
    ready: BTreeSet<usize>,
    wakers: BTreeMap<usize, Waker>,
    /// Those that were dropped, in this order.
    drops: Vec<usize>,
}

/// A future that must not move: it knows where it was polled.
struct Guest<P> {
    index: usize,
    book: Arc<Mutex<Book>>,
    /// Memory of its own, and memory in its slot.
    own: Box<usize>,
    padding: P,
    _pinned: PhantomPinned,
}

impl<P: Default> Guest<P> {
    fn new(index: usize, book: &Arc<Mutex<Book>>) -> Self {
        Self {
            index,
            book: Arc::clone(book),
            own: Box::new(index),
            padding: P::default(),
            _pinned: PhantomPinned,
        }
    }
}

impl<P> Guest<P> {
    fn check(&self, primary: usize) {
        assert_eq!(primary, std::ptr::from_ref(self).addr(), "it has moved");
        assert_eq!(primary % align_of::<Self>(), 0);
        assert_eq!(
            std::ptr::from_ref(&self.padding).addr() % align_of::<P>(),
            0
        );
        assert_eq!(*self.own, self.index);
    }
}

impl<P> Future for Guest<P> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let here = std::ptr::from_ref(&*self).addr();
        let mut book = self.book.lock().expect("no panic");
        let primary = *book.homes.entry(self.index).or_insert(here);
        self.check(primary);
        book.wakers.insert(self.index, cx.waker().clone());
        if book.ready.contains(&self.index) {
            Poll::Ready(self.index)
        } else {
            Poll::Pending
        }
    }
}

impl<P> Drop for Guest<P> {
    fn drop(&mut self) {
        let mut book = self.book.lock().expect("no panic");
        book.drops.push(self.index);
        if let Some(&primary) = book.homes.get(&self.index) {
            self.check(primary);
        }
    }
}

/// Padding that makes its future a large one, and asks for much alignment.
#[derive(Default)]
#[repr(align(128))]
struct Wide(#[allow(dead_code, reason = "takes up room")] [u64; 3]);

/// A future that was taken out, with its index.
type Out<P> = (usize, Detached<Guest<P>, usize>);

/// What has become of the futures of a set before they are taken out.
#[derive(Clone, Copy, Debug)]
struct Case {
    segment: usize,
    count: usize,
    /// How many were polled.
    polled: usize,
    /// Whether some were done then.
    holes: bool,
    /// Whether others came in their slots.
    refilled: bool,
    /// Whether they were consumed to the set in a vector, with so much more room.
    filled: Option<usize>,
}

fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for filled in [None, Some(0), Some(5)] {
        for segment in [1, 3, 64] {
            for count in [0, 1, 2, 10, 64, 65, 150] {
                for polled in [0, count / 2, count] {
                    for (holes, refilled) in [(false, false), (true, false), (true, true)] {
                        cases.push(Case {
                            segment,
                            count,
                            polled,
                            holes,
                            refilled,
                            filled,
                        });
                    }
                }
            }
        }
    }
    // Under Miri a tenth of them, which still has every value.
    let step = if cfg!(miri) { 10 } else { 1 };
    cases.into_iter().step_by(step).collect()
}

impl Case {
    /// The futures, with their indices, and their book.
    fn held<P: Default>(self) -> (Vec<Out<P>>, Arc<Mutex<Book>>) {
        let book = Arc::<Mutex<Book>>::default();
        let mut set = Set::new();
        match self.filled {
            Some(more) => {
                let mut futures = Vec::with_capacity(self.count + more);
                futures.extend((0..self.count).map(|n| Guest::new(n, &book)));
                set.fill(futures);
            }
            None => {
                set.expect(self.segment);
                for n in 0..self.count {
                    set.push(Guest::new(n, &book));
                }
            }
        }
        turn_in(&mut set, Waker::noop(), Permits::freed(self.polled));
        let ended: Vec<_> = (0..self.polled)
            .filter(|n| self.holes && n % 3 != 1)
            .collect();
        {
            let mut book = book.lock().expect("no panic");
            book.ready.extend(&ended);
            let wakers = std::mem::take(&mut book.wakers);
            drop(book);
            wakers.into_values().for_each(Waker::wake);
        }
        assert_eq!(turn_in(&mut set, Waker::noop(), Permits::freed(0)).0, ended);
        if self.refilled {
            for n in 0..=ended.len() / 2 {
                set.skip_to(self.count + 2 * n);
                set.push(Guest::new(self.count + 2 * n, &book));
            }
            let running = set.running();
            turn_in(&mut set, Waker::noop(), Permits::freed(running + 1));
        }
        assert_eq!(
            std::mem::take(&mut book.lock().expect("no panic").drops),
            ended
        );
        let mut there = BTreeSet::new();
        set.visit(|guest| there.extend([guest.index]));
        let held = set.into_detached().collect::<Vec<_>>();
        assert!(held.iter().map(|(index, _)| index).eq(&there), "{self:?}");
        assert!(book.lock().expect("no panic").drops.is_empty());
        (held, book)
    }
}

/// Polls one by hand.
fn poll<F: Future>(held: &mut Detached<F, F::Output>) -> Poll<F::Output> {
    held.poll(&mut Context::from_waker(Waker::noop()))
}

/// Orders in which things may be dropped.
fn orders<T>() -> [fn(Vec<T>) -> Vec<T>; 3] {
    [
        |all| all,
        |all| all.into_iter().rev().collect(),
        |all| {
            let mut all: Vec<_> = all.into_iter().enumerate().collect();
            all.sort_by_key(|(n, _)| (n * 7 % 11, *n));
            all.into_iter().map(|(_, value)| value).collect()
        },
    ]
}

fn stay<P: Default>() {
    for case in cases() {
        for order in orders() {
            let (held, book) = case.held::<P>();
            let mut held = order(held);
            let wanted: Vec<_> = held.iter().map(|(index, _)| *index).collect();
            // Half of them go before the others are polled, also those that were polled before.
            let rest = held.split_off(held.len() / 2);
            drop(held);
            for (index, mut held) in rest {
                assert_eq!(poll(&mut held), Poll::Pending);
                // The handle may move.
                let mut held = Box::new(held);
                book.lock().expect("no panic").ready.insert(index);
                assert_eq!(poll(&mut held), Poll::Ready(index));
            }
            assert_eq!(book.lock().expect("no panic").drops, wanted, "{case:?}");
            // Also those that were dropped have consumed back what they had.
            assert_eq!(Arc::strong_count(&book), 1);
        }
    }
}

#[test]
fn they_stay_where_they_are() {
    stay::<()>();
}

#[test]
fn large_ones_stay_where_they_are() {
    stay::<[[u64; 16]; 16]>();
}

#[test]
fn those_that_ask_for_alignment_stay_where_they_are() {
    assert_eq!(align_of::<Guest<Wide>>(), 128);
    stay::<Wide>();
}

/// Each is polled and dropped by some thread or other, at the same time.
#[test]
fn they_go_to_other_threads() {
    for case in cases() {
        if case.count != 65 || case.polled == 0 {
            continue;
        }
        let (held, book) = case.held::<Wide>();
        let wanted: Vec<_> = held.iter().map(|(index, _)| *index).collect();
        let mut shares: [Vec<_>; 4] = Default::default();
        for (n, one) in held.into_iter().enumerate() {
            shares[n % 4].push(one);
        }
        let [own, there @ ..] = shares;
        let threads = there.map(|share| {
            thread::spawn(move || {
                for (_, mut held) in share.into_iter().rev() {
                    assert_eq!(poll(&mut held), Poll::Pending);
                }
            })
        });
        drop(own);
        for thread in threads {
            thread.join().expect("no panic");
        }
        let mut book = book.lock().expect("no panic");
        book.drops.sort_unstable();
        assert_eq!(book.drops, wanted);
    }
}

/// They may be sent or shared if their futures may.
#[test]
fn they_are_as_free_as_their_futures() {
    fn is_free<T: Send + Sync + Unpin>() {}
    is_free::<Detached<Guest<Wide>, usize>>();
}

/// A future that panics when it is dropped, if its number says so.
struct Bomb(
    usize,
    Arc<AtomicUsize>,
    #[allow(dead_code, reason = "kept")] Box<usize>,
);

impl Future for Bomb {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
        if self.0 % 5 == 0 {
            resume_unwind(Box::new("a drop"));
        }
    }
}

#[test]
fn drops_that_panic_leave_nothing_behind() {
    for segment in [1, 3, 64] {
        for order in orders() {
            let drops = Arc::<AtomicUsize>::default();
            let mut set = Set::new();
            set.expect(segment);
            for n in 0..20 {
                set.push(Bomb(n, Arc::clone(&drops), Box::new(n)));
            }
            turn_in(&mut set, Waker::noop(), Permits::freed(11));
            for (n, held) in order(set.into_detached().collect::<Vec<_>>()) {
                let panicked = catch_unwind(AssertUnwindSafe(|| drop(held))).is_err();
                assert_eq!(panicked, n % 5 == 0);
            }
            assert_eq!(drops.load(Ordering::Relaxed), 20);
            assert_eq!(Arc::strong_count(&drops), 1);
        }
    }
}

/// One that panics among others that are dropped with it.
#[test]
fn a_drop_that_panics_stops_no_other() {
    let drops = Arc::<AtomicUsize>::default();
    let mut set = Set::new();
    set.expect(3);
    for n in 1..=9 {
        set.push(Bomb(n, Arc::clone(&drops), Box::new(n)));
    }
    let held = set.into_detached().collect::<Vec<_>>();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(held))).is_err());
    assert_eq!(drops.load(Ordering::Relaxed), 9);
    assert_eq!(Arc::strong_count(&drops), 1);
}

thread_local! {
    static POLLS: Cell<usize> = const { Cell::new(0) };
    static DROPS: Cell<usize> = const { Cell::new(0) };
}

/// A future of no size.
struct Nothing<P>(P);

impl<P> Future for Nothing<P> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        assert_eq!(std::ptr::from_ref(&self.0).addr() % align_of::<P>(), 0);
        POLLS.set(POLLS.get() + 1);
        Poll::Pending
    }
}

impl<P> Drop for Nothing<P> {
    fn drop(&mut self) {
        assert_eq!(std::ptr::from_ref(&self.0).addr() % align_of::<P>(), 0);
        DROPS.set(DROPS.get() + 1);
    }
}

fn nothing<P: Default>() {
    assert_eq!(size_of::<Nothing<P>>(), 0);
    for fill in [false, true] {
        for order in orders() {
            POLLS.set(0);
            DROPS.set(0);
            let mut set = Set::new();
            let all = (0..150).map(|_| Nothing(P::default()));
            if fill {
                set.fill(all.collect());
            } else {
                set.expect(3);
                for nothing in all {
                    set.push(nothing);
                }
            }
            turn_in(&mut set, Waker::noop(), Permits::freed(70));
            let held = set.into_detached().collect::<Vec<_>>();
            assert!(held.iter().map(|(index, _)| *index).eq(0..150));
            assert_eq!((POLLS.get(), DROPS.get()), (70, 0));
            let mut held = order(held);
            for (_, held) in &mut held {
                assert_eq!(poll(held), Poll::Pending);
            }
            for n in 0..150 {
                drop(held.pop());
                assert_eq!((POLLS.get(), DROPS.get()), (220, n + 1));
            }
        }
    }
}

#[test]
fn those_of_no_size_are_dropped_once() {
    nothing::<()>();
}

#[test]
fn those_of_no_size_that_ask_for_alignment_are_dropped_once() {
    #[derive(Default)]
    #[repr(align(128))]
    struct Aligned;
    nothing::<Aligned>();
}

#[test]
fn wakers_of_the_set_reach_nobody() {
    for segment in [1, 3, 64] {
        let (parent, waker) = Parent::new();
        let (hands, mut set) = set_of(segment, 70);
        turns(&mut set, &waker);
        let wakers: Vec<_> = hands.iter().map(super::Hand::waker).collect();
        wakers[1].wake_by_ref();
        assert_eq!(parent.wakes(), 1);
        let mut held = set.into_detached().collect::<Vec<_>>();
        drop(waker);
        assert_eq!(Arc::strong_count(&parent), 1, "nobody has its waker");
        for n in [0, 1, 69] {
            wakers[n].wake_by_ref();
            drop(wakers[n].clone());
        }
        // Also from another thread, while the futures go.
        let thread = thread::spawn(move || wakers.into_iter().for_each(Waker::wake));
        held.truncate(35);
        thread.join().expect("no panic");
        assert_eq!(parent.wakes(), 1);
        hands.iter().for_each(super::Hand::make_ready);
        for (_, held) in &mut held {
            assert_eq!(poll(held), Poll::Ready(()));
        }
    }
}

/// The wakers outlive the futures, and the futures the wakers.
#[test]
fn wakers_and_futures_go_in_any_order() {
    for futures_first in [false, true] {
        for segment in [1, 64] {
            let (parent, waker) = Parent::new();
            let (hands, mut set) = set_of(segment, 3);
            turns(&mut set, &waker);
            let wakers = [0, 1, 2].map(|n| hands[n].waker());
            let held = set.into_detached().collect::<Vec<_>>();
            if futures_first {
                drop(held);
                drop(hands);
                wakers.into_iter().for_each(Waker::wake);
            } else {
                drop(wakers);
                drop(held);
            }
            assert_eq!(parent.wakes(), 0);
        }
    }
}

/// A waker of the parent panics when it is dropped: the futures go too.
#[test]
fn a_waker_that_panics_in_its_drop_leaves_nothing_behind() {
    let (parent, waker) = Hooked::default()
        .on_drop(|| resume_unwind(Box::new("a waker")))
        .split();
    let (hands, mut set) = set_of(1, 4);
    turns(&mut set, &waker);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        drop(set.into_detached().collect::<Vec<_>>());
    }));
    let panic = outcome.expect_err("the waker is dropped");
    assert_eq!(panic.downcast_ref(), Some(&"a waker"));
    assert_eq!(parent.wakers(), 1);
    parent.calm();
    for hand in hands {
        drop(hand.waker());
        assert_eq!(Arc::strong_count(&hand.0), 1, "the future is gone");
    }
}

#[test]
fn a_set_of_two_parents_gives_back_both() {
    let (first, first_waker) = Parent::new();
    let (second, second_waker) = Parent::new();
    let (mut set, wakers) = two(&first_waker);
    turns(&mut set, &second_waker);
    let held = set.into_detached().collect::<Vec<_>>();
    drop((first_waker, second_waker));
    let counts = [first, second].map(|parent| Arc::strong_count(&parent));
    assert_eq!(counts, [1, 1]);
    wakers.into_iter().for_each(Waker::wake);
    assert_eq!(held.len(), 2);
}

#[test]
fn an_empty_set_holds_nothing() {
    assert!(
        Set::<std::future::Ready<()>>::new()
            .into_detached()
            .collect::<Vec<_>>()
            .is_empty()
    );
    let (hands, mut set) = set_of(3, 20);
    hands.iter().for_each(super::Hand::make_ready);
    assert_eq!(turns(&mut set, Waker::noop()).len(), 20);
    assert!(set.into_detached().collect::<Vec<_>>().is_empty());
}

/// The set is taken apart between two steps of a walk, and of its first polls.
#[test]
fn a_set_is_taken_apart_in_the_middle_of_a_turn() {
    let count = 2 * crate::set::turn::POLL_BUDGET;
    for woken in [false, true] {
        let (_, waker) = Parent::new();
        let (hands, mut set) = set_of(3, count);
        if woken {
            turns(&mut set, &waker);
            hands.iter().for_each(super::Hand::finish);
        }
        let (done, cut) = super::turn(&mut set, &waker);
        assert!(cut);
        let held = set.into_detached().collect::<Vec<_>>();
        assert_eq!(held.len() + done.len(), count);
        drop(held);
        for hand in &hands {
            drop(hand.0.waker.lock().expect("no panic").take());
            assert_eq!(Arc::strong_count(&hand.0), 1);
        }
    }
}

/// A set that a panic has stopped gives its futures back all the same.
#[test]
fn a_set_is_taken_apart_after_a_panic() {
    struct Fuse(usize, Arc<AtomicUsize>);
    impl Future for Fuse {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            match self.0 {
                7 => resume_unwind(Box::new("a poll")),
                n if n % 2 == 0 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        }
    }
    impl Drop for Fuse {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
    for skipped in [0, 5] {
        for segment in [1, 3, 64] {
            let drops = Arc::<AtomicUsize>::default();
            let mut set = Set::new();
            set.expect(segment);
            set.skip_to(skipped);
            for n in 0..20 {
                set.push(Fuse(n, Arc::clone(&drops)));
            }
            let poll = || drop(turns(&mut set, Waker::noop()));
            assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
            let held = set.into_detached().collect::<Vec<_>>();
            assert_eq!(drops.load(Ordering::Relaxed), 4);
            let indices = held.iter().map(|(index, _)| index - skipped);
            assert!(indices.eq([1, 3, 5].into_iter().chain(7..20)));
            drop(held);
            assert_eq!(drops.load(Ordering::Relaxed), 20);
        }
    }
}
