//! Groups in groups: a group that is polled by the body or by a child of another group is linked to that group, its parent.
//!
//! ```text
//! parent: Core ◄─────── parent ───────── nested: Core          cancelled, aborted ──► down
//!    └── nested: NestedGroups ── Weak ──────►                  counts, panics      ◄── up
//! ```
//!
//! - A task is counted in its own group, and as a daemon in all groups around it. Each of them is over only when the task is
//!   gone, whatever happens to the future of the task's own group.
//! - A group is cancelled if it is ending or a group around it is. That is read from their states, so all nested groups are
//!   cancelled at the same moment. The group that ends then wakes the tasks that wait for it, group by group.
//! - A group that aborts its tasks also aborts the tasks of nested groups. A nested group that still has its future ends
//!   with [`EndCause::ParentAborted`]: it has no value, so its future panics. In a child of the group that aborts this is not reported
//!   as a panic. It only ends the child, which awaits a value that will never come.
//! - A nested group is an *orphan* after its future was dropped. If its parent is open, the parent's future aborts it after the
//!   parent's `grace`.
//!
//! No thread holds the locks of two groups: an operation in a second group follows after the first lock was released.

use std::{
    panic::{panic_any, resume_unwind},
    sync::{Arc, Weak},
};

use tokio::time::Instant;

use super::{
    core::{Core, Payload, Shared},
    current::current,
    nested_groups::NestedKey,
    notify::{WakeList, wake},
    state::{Counter, EndCause},
    waiters::Event,
};
use crate::{panics::Panics, sync::Ordering};

/// The panic message of a group that was aborted with its parent.
const PARENT_ABORTED: &str = "this `Group` has no value: the group around it has ended without it";

/// Checks whether this is the panic of a group that was aborted with its parent.
pub(super) fn is_parent_abort(payload: &Payload) -> bool {
    payload.downcast_ref::<&str>() == Some(&PARENT_ABORTED)
}

/// Panics in the future of `group`, which was aborted with its parent. Prints nothing if the panic unwinds a child of the parent.
pub(super) fn panic_parent_aborted(group: &Shared) {
    let polling = current();
    let mut ancestor = polling.as_ref();
    while let (Some(around), Some(parent)) = (ancestor, group.parent.get()) {
        if Arc::ptr_eq(around, parent) {
            resume_unwind(Box::new(PARENT_ABORTED));
        }
        ancestor = around.parent.get();
    }
    panic_any(PARENT_ABORTED);
}

impl<Q: Send + 'static> Core<Q> {
    /// Links this group to the group that polls it, at the first poll of its future.
    pub(super) fn link(self: &Arc<Self>, parent: Arc<Self>) {
        debug_assert!(self.is_joined(), "no child can have entered");
        let parent = self.parent.get_or_init(|| parent);
        let (key, is_aborted) = {
            let inner = &mut *parent.inner.lock();
            let key = inner.nested.add(Arc::downgrade(self));
            (key, parent.is_aborted())
        };
        self.inner.lock().key_in_parent = Some(key);
        if is_aborted {
            self.abort_as_nested();
        }
    }

    /// Removes this group from its parent, because it is over.
    pub(super) fn unlink(&self, key: NestedKey) {
        let Some(parent) = self.parent.get() else {
            return;
        };
        let waker = {
            let inner = &mut *parent.inner.lock();
            if inner.nested.remove(key) {
                inner.notify.notify()
            } else {
                None
            }
        };
        wake(waker);
    }

    /// Counts a task of this group in all groups around it. Counts it nowhere, and fails, if one of them is over.
    pub(super) fn enter_ancestors(&self) -> bool {
        let Some(parent) = self.parent.get() else {
            return true;
        };
        if !parent.state.enter_nested() {
            return false;
        }
        let entered = parent.enter_ancestors();
        if !entered {
            parent.leave_nested();
        }
        entered
    }

    /// Removes a task of this group from the counts of all groups around it.
    pub(super) fn leave_ancestors(&self) {
        let mut group = self;
        while let Some(parent) = group.parent.get() {
            parent.leave_nested();
            group = parent;
        }
    }

    fn leave_nested(self: &Arc<Self>) {
        if self.state.leave(Counter::Daemon) {
            self.last_child_left();
        }
    }

    /// Checks whether this group is ending or over, or a group around it is.
    pub(super) fn is_cancelled(&self) -> bool {
        let mut group = self;
        loop {
            if group.is_ending() {
                return true;
            }
            match group.parent.get() {
                Some(parent) => group = parent,
                None => return false,
            }
        }
    }

    /// Wakes tasks that wait for the end of a nested group, because this group is ending.
    pub(super) fn wake_nested(&self, panics: &mut Panics) {
        let nested = self.inner.lock().nested.all();
        for group in nested.iter().filter_map(Weak::upgrade) {
            let waiters = group.inner.lock().waiters.take(Event::Ending);
            panics.run(|| WakeList::from(waiters).wake());
            group.wake_nested(panics);
        }
    }

    /// Aborts the tasks of nested groups.
    pub(super) fn abort_nested(&self, panics: &mut Panics) {
        let nested = self.inner.lock().nested.all();
        for group in nested.iter().filter_map(Weak::upgrade) {
            panics.run(|| group.abort_as_nested());
        }
    }

    /// Aborts this group's tasks, because its parent aborts its own. Ends the group if it is open.
    pub(super) fn abort_as_nested(&self) {
        let mut panics = Panics::default();
        panics.run(|| {
            self.end(EndCause::ParentAborted);
        });
        self.cancel_waiting(&mut panics);
        if let Some(payload) = panics.into_first() {
            self.panicked(payload);
        }
        self.abort();
    }

    /// Makes this group an orphan, because its future was dropped. Its tasks are aborted, or left to the parent.
    pub(super) fn orphan(self: &Arc<Self>) {
        let (key, panic, cleans_up) = {
            let inner = &mut *self.inner.lock();
            inner.is_orphan = true;
            let cleans_up = inner.moves_clean_up(&self.state);
            (inner.key_in_parent, inner.panic.take(), cleans_up)
        };
        if let Some(payload) = panic {
            self.panicked(payload);
        }
        match (self.parent.get(), key) {
            (Some(parent), Some(key)) if parent.adopt_orphan(key) => {}
            // No task is left.
            (Some(_), None) => {}
            _ => self.abort(),
        }
        if cleans_up {
            self.clean_up_in_task();
        }
    }

    /// Takes over the tasks of a nested group that is an orphan now. Fails if they must be aborted at once.
    fn adopt_orphan(&self, key: NestedKey) -> bool {
        let deadline = (self.grace).map(|grace| Instant::now().checked_add(grace.after()));
        let waker = {
            let inner = &mut *self.inner.lock();
            if !self.state.is_open() {
                // If the tasks of this group were not aborted yet, the orphan will be aborted together with them.
                return !self.is_aborted();
            }
            match deadline {
                None => return false,
                // The deadline is later than the last instant of the clock.
                Some(None) => return true,
                Some(Some(deadline)) => inner.nested.set_deadline(key, deadline),
            }
            self.has_orphans.store(true, Ordering::Relaxed);
            inner.notify.notify()
        };
        wake(waker);
        true
    }

    pub(super) fn has_orphans(&self) -> bool {
        // Relaxed, because the thread that sets it notifies the group's future afterwards.
        self.has_orphans.load(Ordering::Relaxed)
    }

    /// Aborts the tasks of orphans that have passed their deadlines, and returns the next deadline.
    pub(super) fn abort_orphans(&self, now: Instant) -> Option<Instant> {
        loop {
            let orphan = {
                let nested = &mut self.inner.lock().nested;
                let Some(orphan) = nested.pop_due(now) else {
                    let next = nested.first_deadline();
                    self.has_orphans.store(next.is_some(), Ordering::Relaxed);
                    return next;
                };
                orphan
            };
            if let Some(orphan) = orphan.upgrade() {
                orphan.abort();
            }
        }
    }
}
