//! Branches that wait, until somebody picks one of them and makes it ready.

use std::{
    cell::RefCell,
    future::Future,
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// Where branches wait. What is done leaves its place to another one.
#[derive(Default)]
pub(crate) struct Fixture(RefCell<Places>);

#[derive(Default)]
struct Places {
    states: Vec<State>,
    free: Vec<usize>,
}

enum State {
    Free,
    New,
    Waiting(Waker),
    Ready,
}

/// A branch that is ready when its fixture says so. It gives its place, in memory of its own.
pub(crate) struct Leaf {
    place: usize,
    fixture: Rc<Fixture>,
}

impl Fixture {
    pub(crate) fn leaf(self: &Rc<Self>) -> Leaf {
        let places = &mut *self.0.borrow_mut();
        let place = places.free.pop().unwrap_or_else(|| {
            places.states.push(State::Free);
            places.states.len() - 1
        });
        places.states[place] = State::New;
        let fixture = Rc::clone(self);
        Leaf { place, fixture }
    }

    /// Wakes a branch for nothing.
    pub(crate) fn wake(&self, pick: usize) {
        let waker = {
            let places = self.0.borrow();
            match places.states.get(pick % places.states.len().max(1)) {
                Some(State::Waiting(waker)) => waker.clone(),
                _ => return,
            }
        };
        waker.wake();
    }

    /// Makes a branch ready, and wakes it.
    pub(crate) fn finish(&self, pick: usize) {
        let state = {
            let mut places = self.0.borrow_mut();
            let count = places.states.len().max(1);
            match places.states.get_mut(pick % count) {
                Some(state @ (State::New | State::Waiting(_))) => mem::replace(state, State::Ready),
                _ => return,
            }
        };
        if let State::Waiting(waker) = state {
            waker.wake();
        }
    }

    /// Makes all ready.
    pub(crate) fn finish_all(&self) {
        let count = self.0.borrow().states.len();
        (0..count).for_each(|place| self.finish(place));
    }
}

impl Future for Leaf {
    type Output = Box<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Box<usize>> {
        let places = &mut *self.fixture.0.borrow_mut();
        match &mut places.states[self.place] {
            State::Ready => Poll::Ready(Box::new(self.place)),
            State::Waiting(waker) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            state => {
                *state = State::Waiting(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        let state = {
            let places = &mut *self.fixture.0.borrow_mut();
            places.free.push(self.place);
            mem::replace(&mut places.states[self.place], State::Free)
        };
        drop(state);
    }
}
