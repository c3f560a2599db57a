//! The futures of a random test, and the world that they live in.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    panic::resume_unwind,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use super::{
    model::{Model, Slot},
    ops::{Act, Kind, Pick},
};

/// A future that does what it is told, and tells the model what happens to it.
pub(super) struct Child {
    index: usize,
    kind: Kind,
    world: Rc<World>,
}

/// What a child results in.
pub(super) struct Output {
    index: usize,
    world: Rc<World>,
}

/// What children share with the test.
pub(super) struct World {
    pub(super) model: Model,
    /// Wakers that somebody keeps.
    pub(super) kept: Kept,
    /// Whether a child has panicked.
    pub(super) poisoned: Cell<bool>,
}

/// Wakers that were cloned, and may be used at any time, also when their set is gone.
#[derive(Default)]
pub(super) struct Kept(RefCell<Vec<(Slot, Waker)>>);

impl Kept {
    /// Takes all of them out.
    pub(super) fn take_all(&self) -> Self {
        Self(RefCell::new(self.0.take()))
    }

    /// Wakes all, and nobody is told.
    pub(super) fn wake_all(&self) {
        self.0
            .borrow()
            .iter()
            .for_each(|(_, waker)| waker.wake_by_ref());
    }

    fn add(&self, waker: &Waker) {
        let waker = waker.clone();
        let slot = Slot::of(&waker);
        self.0.borrow_mut().push((slot, waker));
    }

    fn pick(&self, pick: Pick) -> Option<(Slot, Waker)> {
        let kept = self.0.borrow();
        let at = pick.at(kept.len())?;
        Some((kept[at].0, kept[at].1.clone()))
    }

    pub(super) fn take(&self, pick: Pick) -> Option<(Slot, Waker)> {
        let mut kept = self.0.borrow_mut();
        let at = pick.at(kept.len())?;
        Some(kept.swap_remove(at))
    }
}

impl Output {
    pub(super) fn index(&self) -> usize {
        self.index
    }
}

impl Child {
    pub(super) fn new(index: usize, kind: Kind, world: &Rc<World>) -> Self {
        let world = Rc::clone(world);
        Self { index, kind, world }
    }

    /// Does what it was told to do in this poll.
    fn act(&self, act: Act, cx: &Context<'_>) {
        let world = &self.world;
        match act {
            Act::Nothing => {}
            Act::WakeSelf => {
                world.model.woken(Slot::of(&cx.waker().clone()));
                cx.waker().wake_by_ref();
            }
            Act::Wake(pick) => world.wake(pick),
            Act::Keep => world.kept.add(cx.waker()),
            Act::Drop(pick) => drop(world.kept.take(pick)),
            Act::Panic => {
                world.poisoned.set(true);
                resume_unwind(Box::new("a poll"));
            }
        }
    }
}

impl World {
    /// `room` is that of the set's first segment.
    pub(super) fn new(room: usize, kept: Kept) -> Self {
        Self {
            model: Model::new(room),
            kept,
            poisoned: Cell::new(false),
        }
    }

    /// Uses a waker up.
    pub(super) fn wake(&self, pick: Pick) {
        if let Some((slot, waker)) = self.kept.pick(pick) {
            self.model.woken(slot);
            waker.wake();
        }
    }

    /// Makes the child ready whose slot some waker is for, and wakes it.
    pub(super) fn finish(&self, pick: Pick) {
        if let Some((slot, waker)) = self.kept.take(pick) {
            self.model.finish(slot);
            self.model.woken(slot);
            waker.wake();
        }
    }

    pub(super) fn wake_elsewhere(&self, pick: Pick) {
        if let Some((slot, waker)) = self.kept.take(pick) {
            self.model.woken(slot);
            let thread = std::thread::spawn(move || waker.wake_by_ref());
            thread.join().expect("no panic");
        }
    }
}

impl Future for Child {
    type Output = Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        let world = &self.world;
        let first = world.model.polled(self.index);
        if first && !matches!(self.kind, Kind::Instant) {
            // All that are not ready at once are known to the model by the slots of their wakers.
            let waker = cx.waker().clone();
            world.model.settled(self.index, Slot::of(&waker));
            if let Kind::Keeping = self.kind {
                world.kept.add(&waker);
            }
        } else if !first {
            assert_eq!(Slot::of(cx.waker()), world.model.slot(self.index));
        }
        self.act(world.model.act(self.index), cx);
        if matches!(self.kind, Kind::Instant) || world.model.is_ready(self.index) {
            world.model.completed(self.index);
            return Poll::Ready(Output {
                index: self.index,
                world: Rc::clone(world),
            });
        }
        Poll::Pending
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.world.model.dropped(self.index);
        if let Kind::PanicsInDrop = self.kind {
            self.world.poisoned.set(true);
            resume_unwind(Box::new("a drop"));
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.world.model.output_dropped(self.index);
    }
}
