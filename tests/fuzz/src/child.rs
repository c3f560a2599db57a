//! The futures of a program, and what they give.

use std::{
    future::Future,
    marker::PhantomPinned,
    pin::Pin,
    ptr,
    rc::Rc,
    task::{Context, Poll},
};

use crate::{
    boom,
    elsewhere::Use,
    world::{Id, World},
};

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Is ready at its first poll, and keeps no waker.
    Instant,
    /// The same, with an error.
    Failing,
    /// Keeps no waker.
    Shy,
    /// Keeps the waker of its first poll.
    Keeping,
    /// Keeps one of every poll.
    Hoarding,
    /// Wakes itself in every poll.
    Restless,
    /// As `Keeping`.
    PanicsInDrop,
    /// As `Keeping`; in its drop it wakes one and drops one.
    WakesInDrop,
}

/// What a future does in a poll; a number picks one of the wakers that are kept.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    Nothing,
    /// Wakes itself through the waker that it is lent, before anybody has cloned that.
    WakeUnkept,
    WakeSelf,
    Wake(u8),
    /// Uses the waker up.
    WakeAway(u8),
    Keep,
    Drop(u8),
    Elsewhere(u8),
    /// Makes another one ready and wakes it.
    Finish(u8),
    Fuse(u8),
    Panic,
}

/// A future that does as it is told, and tells the world what happens to it.
pub(crate) struct Child {
    id: Id,
    kind: Kind,
    world: Rc<World>,
    _pinned: PhantomPinned,
}

/// What a future gives.
pub(crate) struct Output {
    pub(crate) id: Id,
    world: Rc<World>,
}

/// A result of either kind.
pub(crate) type Item = Result<Output, Output>;

impl Child {
    pub(crate) fn new(id: Id, kind: Kind, world: &Rc<World>) -> Self {
        Self {
            id,
            kind,
            world: Rc::clone(world),
            _pinned: PhantomPinned,
        }
    }

    fn act(&self, cx: &Context<'_>) {
        let (world, id) = (&self.world, self.id);
        match world.take_act(id) {
            Act::Nothing => {}
            Act::WakeUnkept => {
                cx.waker().wake_by_ref();
                // Whose waker it was can be seen only now.
                world.learn(id, &cx.waker().clone());
                world.woken_itself(id);
            }
            Act::WakeSelf => self.wake_self(cx),
            Act::Wake(pick) => world.wake(pick),
            Act::WakeAway(pick) => world.wake_away(pick),
            Act::Keep => {
                let waker = cx.waker().clone();
                world.learn(id, &waker);
                world.keep(waker, id);
            }
            Act::Drop(pick) => world.drop_waker(pick),
            Act::Elsewhere(pick) => world.send(pick, Use::CloneAndWake),
            Act::Finish(pick) => world.finish(pick),
            Act::Fuse(pick) => world.load_fuse(pick),
            Act::Panic => boom(),
        }
    }

    fn wake_self(&self, cx: &Context<'_>) {
        self.world.learn(self.id, &cx.waker().clone());
        self.world.woken_itself(self.id);
        cx.waker().wake_by_ref();
    }
}

impl Future for Child {
    type Output = Item;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Item> {
        let Self {
            id, kind, world, ..
        } = &*self;
        let id = *id;
        world.pinned_at(id, ptr::from_ref(&*self).addr());
        let first = world.polled(id, cx.waker());
        let keeps = match kind {
            Kind::Keeping | Kind::PanicsInDrop | Kind::WakesInDrop => first,
            Kind::Hoarding => true,
            Kind::Instant | Kind::Failing | Kind::Shy | Kind::Restless => false,
        };
        if keeps {
            let waker = cx.waker().clone();
            world.learn(id, &waker);
            world.keep(waker, id);
        }
        self.act(cx);
        let ready = match kind {
            Kind::Instant => Some(true),
            Kind::Failing => Some(false),
            _ => world.is_ready(id),
        };
        let Some(ok) = ready else {
            if let Kind::Restless = kind {
                self.wake_self(cx);
            }
            return Poll::Pending;
        };
        world.completed(id, ok);
        let world = Rc::clone(world);
        let output = Output { id, world };
        Poll::Ready(if ok { Ok(output) } else { Err(output) })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.world.dropped_at(self.id, ptr::from_ref(self).addr());
        self.world.dropped(self.id);
        match self.kind {
            Kind::PanicsInDrop => boom(),
            Kind::WakesInDrop => {
                self.world.wake(0);
                self.world.wake_away(1);
                self.world.drop_waker(2);
            }
            _ => {}
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.world.output_dropped(self.id);
    }
}
