//! Wakers that are used from several threads at once.

use std::{sync::Condvar, task::Wake, thread, time::Duration};

use super::{
    Arc, Context, Future, Hand, Leaf, Mutex, Parent, Pin, Poll, Set, Waker, set_of, turns,
};

const THREADS: usize = 4;

/// A parent that waits until it is woken.
#[derive(Default)]
struct Waiting(Mutex<bool>, Condvar);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        *self.0.lock().expect("no panic") = true;
        self.1.notify_one();
    }
}

impl Waiting {
    fn new() -> (Arc<Self>, Waker) {
        let parent = Arc::new(Self::default());
        let waker = Waker::from(Arc::clone(&parent));
        (parent, waker)
    }

    /// Waits for a wake. A minute is for ever.
    fn wait(&self) {
        let woken = self.0.lock().expect("no panic");
        let forever = Duration::from_secs(60);
        let (mut woken, result) = (self.1)
            .wait_timeout_while(woken, forever, |woken| !*woken)
            .expect("no panic");
        assert!(!result.timed_out(), "a wake was lost");
        *woken = false;
    }
}

/// How often each waker is used before the last time.
const ROUNDS: usize = if cfg!(miri) { 2 } else { 20 };

/// Uses a share of the wakers in all ways, and makes their futures ready in the last round.
fn wake_all(share: Vec<(Hand, Waker)>) {
    for _ in 0..ROUNDS {
        for (_, waker) in &share {
            let clone = waker.clone();
            waker.wake_by_ref();
            drop(clone);
        }
    }
    for (hand, waker) in share {
        hand.make_ready();
        waker.wake();
    }
}

/// A set that was polled, and what moves its futures in as many shares as there are threads.
fn shares(segment: usize, count: usize, waker: &Waker) -> (Set<Leaf>, Vec<Vec<(Hand, Waker)>>) {
    let (hands, mut set) = set_of(segment, count);
    turns(&mut set, waker);
    let mut shares: Vec<Vec<_>> = (0..THREADS).map(|_| vec![]).collect();
    for (n, hand) in hands.into_iter().enumerate() {
        let waker = hand.waker();
        shares[n % THREADS].push((hand, waker));
    }
    (set, shares)
}

/// How often a set is polled at most before it goes.
const POLLS: usize = if cfg!(miri) { 3 } else { 10 };

const SHAPES: &[(usize, usize)] = if cfg!(miri) {
    &[(4, 4), (1, 9), (70, 70)]
} else {
    &[(4, 4), (64, 64), (1, 100), (200, 200)]
};

#[test]
fn no_wake_is_lost() {
    for moves in [false, true] {
        for &(segment, count) in SHAPES {
            let (mut parent, mut waker) = Waiting::new();
            let (mut set, shares) = shares(segment, count, &waker);
            let threads: Vec<_> = shares
                .into_iter()
                .map(|share| thread::spawn(move || wake_all(share)))
                .collect();
            loop {
                if moves {
                    (parent, waker) = Waiting::new();
                }
                turns(&mut set, &waker);
                if set.len() == 0 {
                    break;
                }
                parent.wait();
            }
            for thread in threads {
                thread.join().expect("no panic");
            }
        }
    }
}

#[test]
fn wakers_outlive_the_set() {
    for polls in 0..POLLS {
        for &(segment, count) in SHAPES {
            let (parent, waker) = Waiting::new();
            let (mut set, shares) = shares(segment, count, &waker);
            let threads: Vec<_> = shares
                .into_iter()
                .map(|share| thread::spawn(move || wake_all(share)))
                .collect();
            for _ in 0..polls {
                turns(&mut set, &waker);
            }
            drop((set, waker));
            for thread in threads {
                thread.join().expect("no panic");
            }
            assert_eq!(Arc::strong_count(&parent), 1);
        }
    }
}

/// The futures are taken out and dropped, each by some thread, while their wakers are used.
#[test]
fn wakers_outlive_a_set_that_is_taken_apart() {
    for polls in 0..POLLS {
        for &(segment, count) in SHAPES {
            let (parent, waker) = Waiting::new();
            let (mut set, shares) = shares(segment, count, &waker);
            let mut threads: Vec<_> = shares
                .into_iter()
                .map(|share| thread::spawn(move || wake_all(share)))
                .collect();
            for _ in 0..polls {
                turns(&mut set, &waker);
            }
            let mut held = set.into_detached().collect::<Vec<_>>();
            drop(waker);
            let there = held.split_off(held.len() / 2);
            threads.push(thread::spawn(move || drop(there)));
            drop(held);
            for thread in threads {
                thread.join().expect("no panic");
            }
            assert_eq!(Arc::strong_count(&parent), 1);
        }
    }
}

/// Lets some threads use the waker of its first poll, at once.
struct Shared(Arc<Mutex<Vec<Waker>>>);

impl Future for Shared {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker();
        let keep = || self.0.lock().expect("no panic").push(waker.clone());
        keep();
        let start = std::sync::Barrier::new(THREADS + 1);
        thread::scope(|scope| {
            for n in 0..THREADS {
                let (start, keep) = (&start, &keep);
                scope.spawn(move || {
                    start.wait();
                    if n % 2 == 0 {
                        waker.wake_by_ref();
                    }
                    keep();
                });
            }
            start.wait();
            keep();
        });
        Poll::Pending
    }
}

#[test]
fn a_waker_is_shared_in_the_first_poll() {
    for _ in 0..50 {
        let (parent, waker) = Parent::new();
        let kept = Arc::<Mutex<Vec<Waker>>>::default();
        let mut set = Set::new();
        set.push(Shared(Arc::clone(&kept)));
        assert_eq!(turns(&mut set, &waker), []);
        assert_eq!(parent.wakes(), 1);
        let kept = std::mem::take(&mut *kept.lock().expect("no panic"));
        assert_eq!(kept.len(), THREADS + 2);
        assert!(kept.iter().all(|waker| waker.will_wake(&kept[0])));
        drop((set, waker));
        assert_eq!(Arc::strong_count(&parent), 1);
    }
}
