//! What a limited `gather!` allocates while its branches come and go: nothing.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use rejoin::gather;
use rejoin_tests::memory::Memory;

/// Branches that wait, in the order in which they do. It has room for all of them.
struct Queue {
    wakers: RefCell<VecDeque<Waker>>,
    started: Cell<usize>,
}

/// Is ready at its second poll, and waits in a queue until then.
struct Waiting {
    queue: Rc<Queue>,
    polls: usize,
}

impl Future for Waiting {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.polls += 1;
        if self.polls == 2 {
            return Poll::Ready(());
        }
        self.queue.started.set(self.queue.started.get() + 1);
        let waker = cx.waker().clone();
        self.queue.wakers.borrow_mut().push_back(waker);
        Poll::Pending
    }
}

const LIMIT: usize = 1_000;
const BRANCHES: usize = 1_000_000;

/// Of `step` branches that are done between two polls each, as many others start, in the slots of those.
fn churn(step: usize) {
    let queue = Rc::new(Queue {
        wakers: RefCell::new(VecDeque::with_capacity(LIMIT)),
        started: Cell::new(0),
    });
    let there = Rc::clone(&queue);
    let branches = (0..BRANCHES).map(move |_| Waiting {
        queue: Rc::clone(&there),
        polls: 0,
    });
    let mut gather = pin!(gather!(..branches, limit = LIMIT));
    let mut cx = Context::from_waker(Waker::noop());
    let mut turn = || {
        // In each turn it starts what there is room for, and some turns are cut short.
        loop {
            let started = queue.started.get();
            if gather.as_mut().poll(&mut cx).is_ready() {
                return true;
            }
            if queue.started.get() == started {
                return false;
            }
        }
    };
    let next = || {
        let waker = queue.wakers.borrow_mut().pop_front();
        waker.expect("some branches wait").wake();
    };
    assert!(!turn());
    // The first time that a slot is used again, that is written down.
    while queue.started.get() < 3 * LIMIT {
        (0..step).for_each(|_| next());
        assert!(!turn());
    }
    let before = Memory::now();
    while queue.started.get() < BRANCHES {
        (0..step).for_each(|_| next());
        assert!(!turn());
    }
    assert_eq!((Memory::now() - before).allocations, 0);
    (0..LIMIT).for_each(|_| next());
    assert!((0..3).any(|_| turn()));
}

#[test]
fn a_churn_of_single_branches_allocates_nothing() {
    churn(1);
}

#[test]
fn a_churn_of_many_branches_at_once_allocates_nothing() {
    churn(100);
}
