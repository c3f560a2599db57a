//! How a group ends: its causes, and the steps of its cancellation.

use super::{
    core::{Core, Payload},
    limit::QueueEntry,
    nesting::is_parent_abort,
    notify::WakeList,
    state::EndCause,
    waiters::Event,
};
use crate::panics::{Panics, discard};

// ---- what ends a group ------------------------------------------------------------------------------------------

impl<Q: Send + 'static> Core<Q> {
    /// Ends the group and notifies its future, if the group is open. The result is whether it was.
    pub(super) fn end(&self, cause: EndCause) -> bool {
        let ends = self.state.end(cause);
        if ends {
            self.notify();
        }
        ends
    }

    /// Ends the group because of an error. The result is whether the error is one of the group's: it is not if something else has ended
    /// the group before, for example a stop.
    pub(super) fn fail(&self) -> bool {
        self.end(EndCause::Failed)
            || matches!(self.cause(), Some(EndCause::Failed | EndCause::Done))
    }

    /// Ends the group because of a panic, and keeps the first panic. The panics of an orphan go to its parent.
    pub(super) fn panicked(&self, payload: Payload) {
        if self.is_aborted() && is_parent_abort(&payload) {
            // This is how a child is aborted that awaits a nested group.
            return;
        }
        let (unused, is_orphan) = {
            let inner = &mut *self.inner.lock();
            if inner.is_orphan || inner.panic.is_some() {
                (Some(payload), inner.is_orphan)
            } else {
                (inner.panic.replace(payload), false)
            }
        };
        match (unused, self.parent.get()) {
            (Some(payload), Some(parent)) if is_orphan => parent.panicked(payload),
            (Some(payload), _) => discard(payload),
            (None, _) => {}
        }
        self.end(EndCause::Panicked);
    }

    /// Notes that a child was dropped by the shutdown of its runtime. The group's future panics because of it.
    #[cold]
    pub(super) fn lost(&self) {
        let is_orphan = self.inner.lock().is_orphan;
        match self.parent.get() {
            Some(parent) if is_orphan => parent.lost(),
            _ => {
                self.state.lose();
                self.notify();
            }
        }
    }

    pub(super) fn take_panic(&self) -> Option<Payload> {
        self.inner.lock().panic.take()
    }
}

// ---- the steps of its cancellation ------------------------------------------------------------------------------

impl<Q: Send + 'static> Core<Q> {
    /// Removes all children from the queue. Also takes the wakers of tasks that wait for the group to end, or for a permit.
    pub(super) fn drain_queue(
        &self,
    ) -> (impl Iterator<Item = QueueEntry<Q>> + use<Q>, [WakeList; 2]) {
        let inner = &mut *self.inner.lock();
        let wakers = [Event::Ending, Event::Permit].map(|event| inner.waiters.take(event).into());
        (inner.permits.drain(), wakers)
    }

    /// Drops queued children, and wakes the tasks that wait for the end, in this group and in nested ones.
    pub(super) fn cancel_waiting(&self, panics: &mut Panics) {
        let (queue, wakers) = self.drain_queue();
        for entry in queue {
            panics.drop(entry);
        }
        for wakers in wakers {
            panics.run(|| wakers.wake());
        }
        self.wake_nested(panics);
    }

    /// Notes that the body and the scoped children were dropped. If no child is left, the group is over.
    pub(super) fn body_dropped(&self, panics: &mut Panics) {
        self.state.body_dropped();
        let (waiters, key) = self.inner.lock().take_if_over(&self.state);
        if let Some(key) = key {
            panics.run(|| self.unlink(key));
        }
        panics.run(|| WakeList::from(waiters).wake());
    }

    /// Aborts all tasks, also those that have not waited yet, and the tasks of nested groups.
    pub(super) fn abort(&self) {
        self.state.abort();
        let mut panics = Panics::default();
        let cancellers = self.inner.lock().cancellers.close();
        for canceller in cancellers {
            panics.run(|| canceller.cancel());
        }
        self.abort_nested(&mut panics);
        if let Some(payload) = panics.into_first() {
            self.panicked(payload);
        }
    }
}

// ---- its progress, see `State` ----------------------------------------------------------------------------------------------

impl<Q: Send + 'static> Core<Q> {
    pub(super) fn cause(&self) -> Option<EndCause> {
        self.state.cause()
    }

    pub(super) fn is_ending(&self) -> bool {
        !self.state.is_open()
    }

    #[inline]
    pub(super) fn is_aborted(&self) -> bool {
        self.state.is_aborted()
    }

    pub(super) fn is_joined(&self) -> bool {
        self.state.is_empty()
    }

    pub(super) fn is_over(&self) -> bool {
        self.state.is_over()
    }

    pub(super) fn is_lost(&self) -> bool {
        self.state.is_lost()
    }
}
