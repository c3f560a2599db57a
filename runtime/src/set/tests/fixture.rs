//! Futures that tell in what order they are polled, and how many run at once.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{Context, Future, Pin, Poll, Set, Waker, turn};

/// Where jobs are done, and seen.
#[derive(Default)]
pub(super) struct Fixture {
    polls: RefCell<Vec<usize>>,
    drops: RefCell<Vec<usize>>,
    /// Those that are ready at their next poll.
    ready: RefCell<BTreeSet<usize>>,
    /// Those that were polled and are not done.
    wakers: RefCell<BTreeMap<usize, Waker>>,
    /// The most that there were of those at once.
    most: Cell<usize>,
}

/// A future that is ready when its fixture says so.
pub(super) struct Job {
    index: usize,
    fixture: Rc<Fixture>,
}

/// How the slots of a set relate to its indices.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mode {
    InOrder,
    /// A slot was used twice.
    Reused,
    /// There are indices that nothing was pushed with.
    Skipped,
}

pub(super) const MODES: [Mode; 3] = [Mode::InOrder, Mode::Reused, Mode::Skipped];

impl Fixture {
    /// An empty set with segments of so many slots, as many again, twice as many, .. And its next index.
    pub(super) fn new(segment: usize, mode: Mode) -> (Rc<Self>, Set<Job>, usize) {
        let fixture = Rc::new(Self::default());
        let mut set = Set::new();
        set.expect(segment);
        match mode {
            Mode::InOrder => {}
            Mode::Reused => {
                for index in 0..2 {
                    fixture.push(&mut set, 1);
                    fixture.make_ready(index);
                    assert_eq!(turn(&mut set, Waker::noop()), (vec![index], false));
                }
            }
            Mode::Skipped => set.skip_to(1000),
        }
        fixture.take_polls();
        fixture.take_drops();
        fixture.most.set(0);
        let next = set.next_index();
        (fixture, set, next)
    }

    /// Pushes so many.
    pub(super) fn push(self: &Rc<Self>, set: &mut Set<Job>, count: usize) {
        for _ in 0..count {
            let index = set.next_index();
            let fixture = Rc::clone(self);
            assert_eq!(set.push(Job { index, fixture }), index);
        }
    }

    pub(super) fn make_ready(&self, index: usize) {
        self.ready.borrow_mut().insert(index);
    }

    /// Wakes one that runs.
    pub(super) fn wake(&self, index: usize) {
        self.wakers.borrow()[&index].wake_by_ref();
    }

    /// Makes one ready that runs, and wakes it.
    pub(super) fn finish(&self, index: usize) {
        self.make_ready(index);
        self.wake(index);
    }

    /// What runs, in the order of indices.
    pub(super) fn running(&self) -> Vec<usize> {
        self.wakers.borrow().keys().copied().collect()
    }

    /// The most that ran at once.
    pub(super) fn most(&self) -> usize {
        self.most.get()
    }

    /// What was polled since this was last asked.
    pub(super) fn take_polls(&self) -> Vec<usize> {
        self.polls.take()
    }

    /// What was dropped since this was last asked.
    pub(super) fn take_drops(&self) -> Vec<usize> {
        self.drops.take()
    }
}

impl Job {
    pub(super) fn index(&self) -> usize {
        self.index
    }
}

impl Future for Job {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { index, fixture } = &*self;
        fixture.polls.borrow_mut().push(*index);
        let mut wakers = fixture.wakers.borrow_mut();
        if fixture.ready.borrow_mut().remove(index) {
            wakers.remove(index);
            return Poll::Ready(());
        }
        wakers.entry(*index).or_insert_with(|| cx.waker().clone());
        fixture.most.set(fixture.most.get().max(wakers.len()));
        Poll::Pending
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.fixture.drops.borrow_mut().push(self.index);
    }
}
