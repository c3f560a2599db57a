//! The engine's races, explored by loom: every order of their steps, and every value that a weakly ordered load may see.
//!
//! Each model also says which outcomes there must have been, so that none passes because its race never happened. To run
//! them: `RUSTFLAGS="--cfg rejoin_loom" cargo test -p rejoin --lib --release model`.

mod ends;
mod moves;
mod parent;
mod static_wakers;

use std::{
    collections::BTreeSet,
    fmt::Debug,
    future::Future,
    ops::ControlFlow,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    task::{Context, Poll, Waker},
};

use loom::{sync::atomic::AtomicBool, thread};

use self::parent::Count;
pub(crate) use self::parent::Parent;
use super::{Permits, Set};

/// How often threads are interrupted in models of a set and one other thread.
const ONE: usize = 6;
/// The same in models of a set and two other threads.
const TWO: usize = 3;

/// Runs `work` in every order in which threads are interrupted at most `preemptions` times, or as often as the environment's
/// `LOOM_MAX_PREEMPTIONS` says, and returns what it gave.
pub(crate) fn outcomes<T: Ord + Send + 'static>(
    preemptions: usize,
    work: impl Fn() -> T + Send + Sync + 'static,
) -> Outcomes<T> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let mut explorer = loom::model::Builder::new();
    explorer.preemption_bound.get_or_insert(preemptions);
    explorer.check({
        let seen = Arc::clone(&seen);
        move || {
            let outcome = work();
            seen.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(outcome);
        }
    });
    Outcomes(std::mem::take(&mut seen.lock().expect("nobody panicked")))
}

/// What happened in some order or other.
#[derive(Debug)]
pub(crate) struct Outcomes<T>(BTreeSet<T>);

impl<T: Ord + Debug> Outcomes<T> {
    /// These are what happened, and there is nothing else.
    #[track_caller]
    pub(crate) fn are(self, all: &[T])
    where
        T: Clone,
    {
        assert_eq!(self.0, all.iter().cloned().collect());
    }

    /// There was one of this kind.
    #[track_caller]
    pub(crate) fn include(&self, kind: &str, is: impl Fn(&T) -> bool) -> &Self {
        assert!(self.0.iter().any(is), "never {kind}: {self:?}");
        self
    }
}

/// A future that keeps the waker of its first poll, and is ready when its hand says so.
struct Leaf(Arc<Shared>);

/// What moves a [`Leaf`].
struct Hand(Arc<Shared>);

struct Shared {
    /// Not ordered with anything but by the wake and the poll that comes of it.
    ready: AtomicBool,
    waker: Mutex<Option<Waker>>,
    polls: Count,
}

impl Future for Leaf {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.polls.add();
        if self.0.polls.get() == 1 {
            let waker = cx.waker().clone();
            *self.0.waker.lock().expect("nobody panicked") = Some(waker);
        }
        if self.0.ready.load(Ordering::Relaxed) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl Hand {
    /// Takes the waker that the future has kept.
    fn waker(&self) -> Waker {
        let waker = self.0.waker.lock().expect("nobody panicked").take();
        waker.expect("the future was polled")
    }

    /// A clone of it.
    fn another_waker(&self) -> Waker {
        let waker = self.0.waker.lock().expect("nobody panicked");
        waker.clone().expect("the future was polled")
    }

    /// Makes the future ready, and wakes it.
    fn finish(&self, waker: Waker) {
        self.0.ready.store(true, Ordering::Relaxed);
        waker.wake();
    }

    /// Makes the future ready, and wakes it, at once.
    fn finish_here(self) {
        self.finish(self.waker());
    }

    /// The same, from another thread.
    fn finish_elsewhere(self) -> thread::JoinHandle<()> {
        let waker = self.waker();
        thread::spawn(move || self.finish(waker))
    }
}

/// Futures that were polled once, in segments of so many slots, twice so many, ..
fn started(segment: usize, count: usize, waker: &Waker) -> (Run, Vec<Hand>) {
    let shared = || Shared {
        ready: AtomicBool::new(false),
        waker: Mutex::new(None),
        polls: Count::default(),
    };
    let shared: Vec<_> = (0..count).map(|_| Arc::new(shared())).collect();
    let mut set = Set::new();
    set.expect(segment);
    for shared in &shared {
        set.push(Leaf(Arc::clone(shared)));
    }
    let hands = shared.iter().map(Arc::clone).map(Hand).collect();
    let mut run = Run {
        set,
        shared,
        turns: 0,
        useful: 0,
    };
    run.turn(waker);
    (run.anew(), hands)
}

/// A set that is polled, and what comes of it.
struct Run {
    set: Set<Leaf>,
    shared: Vec<Arc<Shared>>,
    turns: usize,
    /// Turns in which some future was polled.
    useful: usize,
}

impl Run {
    fn anew(mut self) -> Self {
        (self.turns, self.useful) = (0, 0);
        self
    }

    fn polls(&self) -> usize {
        self.shared.iter().map(|shared| shared.polls.get()).sum()
    }

    /// Polls the set once, and returns how many futures are not done.
    fn turn(&mut self, waker: &Waker) -> usize {
        let before = self.polls();
        self.turns += 1;
        self.set.reset_budget();
        let cx = &mut Context::from_waker(waker);
        let turn = (self.set).poll(cx, Permits::ALL, |_, ()| ControlFlow::<()>::Continue(()));
        let _ = self.set.yielding(cx, turn);
        self.useful += usize::from(self.polls() > before);
        self.set.len()
    }

    /// Polls the set, and again whenever the parent was woken, until only `left` futures are not done.
    fn until(&mut self, left: usize, parent: &Parent, waker: &Waker) {
        loop {
            let own_wakes = parent.own_wakes.get();
            if self.turn(waker) <= left {
                return;
            }
            if parent.own_wakes.get() > own_wakes {
                // The set was in the way of a wake, and will be until that thread gets on.
                thread::yield_now();
            }
            parent.wait();
        }
    }
}
