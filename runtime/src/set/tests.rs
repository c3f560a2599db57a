//! The engine against a model of it, against wakers that mean no good, and at scale.

mod adversaries;
mod budget;
mod detached;
mod fixture;
mod hooked;
mod indices;
mod outputs;
mod panics;
mod permits;
mod random;
mod reentrance;
mod scale;
mod static_set;
mod threads;
mod turns;

use std::{
    future::Future,
    ops::ControlFlow,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use super::{Permits, Progress, Set};

/// Counts how often it is woken.
#[derive(Default)]
struct Parent(AtomicUsize);

impl Wake for Parent {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Parent {
    fn new() -> (Arc<Self>, Waker) {
        let parent = Arc::new(Self::default());
        let waker = Waker::from(Arc::clone(&parent));
        (parent, waker)
    }

    fn wakes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A future that keeps the waker of its first poll, and is ready when its hand says so.
struct Leaf(Arc<Shared>);

/// What moves a [`Leaf`].
#[derive(Clone)]
struct Hand(Arc<Shared>);

#[derive(Default)]
struct Shared {
    ready: AtomicBool,
    waker: Mutex<Option<Waker>>,
    polls: AtomicUsize,
}

impl Future for Leaf {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0.polls.fetch_add(1, Ordering::Relaxed) == 0 {
            *self.0.waker.lock().expect("no panic") = Some(cx.waker().clone());
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
        let waker = self.0.waker.lock().expect("no panic").take();
        waker.expect("the future was polled, and its waker not taken")
    }

    fn make_ready(&self) {
        self.0.ready.store(true, Ordering::Relaxed);
    }

    fn finish(&self) {
        self.make_ready();
        self.waker().wake();
    }

    fn polls(&self) -> usize {
        self.0.polls.load(Ordering::Relaxed)
    }
}

fn leaves(count: usize) -> (Vec<Hand>, Vec<Leaf>) {
    let pair = |_| {
        let shared = Arc::new(Shared::default());
        (Hand(Arc::clone(&shared)), Leaf(shared))
    };
    (0..count).map(pair).unzip()
}

/// A set of as many leaves, whose segments have room for so many, as many again, twice as many, ..
fn set_of(segment: usize, count: usize) -> (Vec<Hand>, Set<Leaf>) {
    let (hands, leaves) = leaves(count);
    let mut set = Set::new();
    set.expect(segment);
    for leaf in leaves {
        set.push(leaf);
    }
    (hands, set)
}

/// A set of two that was polled once, and their wakers.
fn two(waker: &Waker) -> (Set<Leaf>, [Waker; 2]) {
    let (hands, mut set) = set_of(2, 2);
    turns(&mut set, waker);
    (set, [0, 1].map(|n| hands[n].waker()))
}

/// Polls once. Gives the indices of those that are done, and whether it was cut short.
fn turn<F: Future>(set: &mut Set<F>, waker: &Waker) -> (Vec<usize>, bool) {
    turn_in(set, waker, Permits::ALL)
}

/// The same with so many permits.
fn turn_in<F: Future>(set: &mut Set<F>, waker: &Waker, permits: Permits) -> (Vec<usize>, bool) {
    let mut done = vec![];
    set.reset_budget();
    let cx = &mut Context::from_waker(waker);
    let turn = set.poll(cx, permits, |index, _| {
        done.push(index);
        ControlFlow::<()>::Continue(())
    });
    let turn = set.yielding(cx, turn);
    (done, matches!(turn, Progress::Yielded))
}

/// Polls until it is not cut short. Gives the indices of those that are done.
fn turns<F: Future>(set: &mut Set<F>, waker: &Waker) -> Vec<usize> {
    let mut all = vec![];
    loop {
        let (done, cut) = turn(set, waker);
        all.extend(done);
        if !cut {
            return all;
        }
    }
}

/// Polls until one is done, or all that can be polled was.
fn next<F: Future>(set: &mut Set<F>, waker: &Waker) -> Option<usize> {
    loop {
        let cx = &mut Context::from_waker(waker);
        let turn = set.poll(cx, Permits::ALL, |index, _| ControlFlow::Break(index));
        match set.yielding(cx, turn) {
            Progress::Done => return None,
            Progress::Yielded => {}
            Progress::Stopped(index) => return Some(index),
        }
    }
}
