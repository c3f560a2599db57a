//! What programs await beside their sets.

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::world::{SetId, World};

/// A future that is ready after so many polls, and wakes nobody. Before it is, the set that it is awaited with is polled.
pub(super) struct Gate<'a> {
    pub(super) world: &'a World,
    pub(super) set: SetId,
    pub(super) polls: Cell<u8>,
}

impl Future for Gate<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let ready = self.polls.get() == 0;
        self.world.begin(self.set, ready);
        if ready {
            return Poll::Ready(());
        }
        self.polls.set(self.polls.get() - 1);
        Poll::Pending
    }
}
