//! Groups in groups: a group that is polled by the body or by a child of another one is linked to that, its parent.
//!
//! ```text
//! parent: Core ◄─────── parent ─────── nested: Core          told, aborted ──► down
//!    └── nested: Links ─── Weak ──────────►                  counts, panics ◄── up
//! ```
//!
//! - A task counts in its own group and in all groups around it, as a daemon there: each of them is over only when the task is
//!   gone. So it does not matter what becomes of the future of its own group.
//! - Whether a group was told to end is looked up in the states of the groups around it, so all of them are told at once. The
//!   one that ends wakes those who wait for that, group by group.
//! - When a group aborts its tasks, those of the groups in it are aborted, too. A group in it whose future is still there is
//!   *cut*: it ends without a value, and its future panics with a message of its own. In a child of the group that has aborted its
//!   tasks this is no panic but how the child is aborted, because the child awaits something that will never be there.
//! - A group whose future was dropped is an *orphan*. If its parent is open, that keeps its deadline, and aborts it then.
//!
//! No two locks are held at once: what a group must do in another one it does after it has given its own lock back.

use std::{
    cell::Cell,
    panic::{panic_any, resume_unwind},
    sync::{Arc, Weak},
};

use tokio::{
    task::{self, Id},
    time::Instant,
};

use super::{
    Shared,
    bell::{Wakes, wake},
    core::{Core, Payload},
    sorted::{Slot, Sorted},
    state::Cause,
    sync::{Ordering, thread_local},
    watchers::Event,
};
use crate::panics::{Panics, discard};

// ---- which group polls ------------------------------------------------------------------------------------------

thread_local! {
    /// The group whose body or child is being polled.
    #[allow(
        clippy::missing_const_for_thread_local,
        reason = "loom's macro takes no `const`, and what must be dropped is looked at in either case"
    )]
    static CURRENT: Cell<Option<Current>> = Cell::new(None);
}

struct Current {
    group: Arc<Shared>,
    /// The task in which it is polled, if it is one. Another task may be polled meanwhile, by a `LocalSet` for instance.
    task: Option<Id>,
}

/// Polls the body or a child of `group`, which is taken out meanwhile: so no count is changed for it.
#[inline]
pub(super) fn polled_by<R>(group: &mut Option<Arc<Shared>>, poll: impl FnOnce() -> R) -> R {
    struct Restore<'a> {
        group: &'a mut Option<Arc<Shared>>,
        before: Option<Current>,
    }

    impl Drop for Restore<'_> {
        fn drop(&mut self) {
            *self.group = exchange(self.before.take()).map(|current| current.group);
        }
    }

    let Some(own) = group.take() else {
        return poll();
    };
    let before = exchange(Some(Current {
        group: own,
        task: task::try_id(),
    }));
    let _restore = Restore { group, before };
    poll()
}

/// Exchanges what is current. In a thread that has dropped its locals already it returns what it was given.
#[inline]
fn exchange(mut current: Option<Current>) -> Option<Current> {
    let _gone = CURRENT.try_with(|cell| current = cell.replace(current.take()));
    current
}

/// Returns the group whose body or child is being polled in this task.
pub(super) fn current() -> Option<Arc<Shared>> {
    let current = exchange(None);
    let group = (current.as_ref())
        .filter(|current| current.task == task::try_id())
        .map(|current| Arc::clone(&current.group));
    exchange(current);
    group
}

/// What the panic of a group says that was cut.
const CUT: &str = "this `Group` has no value: the group around it has ended without it";

/// Panics because this group was cut. Nothing is printed where a child of the parent is unwound by it.
pub(super) fn panic_as_cut(cut: &Shared) {
    let polls = current();
    let mut group = polls.as_ref();
    while let (Some(around), Some(parent)) = (group, cut.parent.get()) {
        if Arc::ptr_eq(around, parent) {
            resume_unwind(Box::new(CUT));
        }
        group = around.parent.get();
    }
    panic_any(CUT);
}

/// Whether this is the panic of a group that was cut.
pub(super) fn is_cut(payload: &Payload) -> bool {
    payload.downcast_ref::<&str>() == Some(&CUT)
}

// ---- what a group knows of those in it --------------------------------------------------------------------------

/// The groups that are linked to a group.
pub(super) struct Links<G> {
    groups: Sorted<u64, Link<G>>,
    /// When the time of orphans is over.
    deadlines: Sorted<(Instant, u64), Key>,
    /// The last number that was given, to a group or a deadline.
    last: u64,
}

/// Where a group is found that is linked to another one. After it was removed nothing is found.
pub(super) type Key = Slot<u64>;

struct Link<G> {
    group: Weak<G>,
    /// That of an orphan.
    deadline: Option<Slot<(Instant, u64)>>,
}

impl<G> Default for Links<G> {
    fn default() -> Self {
        Self {
            groups: Sorted::new(),
            deadlines: Sorted::new(),
            last: 0,
        }
    }
}

impl<G> Links<G> {
    /// Adds a group, and returns its key.
    fn add(&mut self, group: Weak<G>) -> Key {
        self.last += 1;
        let deadline = None;
        self.groups.insert(self.last, Link { group, deadline })
    }

    fn all(&self) -> Vec<Weak<G>> {
        (self.groups.values())
            .map(|link| Weak::clone(&link.group))
            .collect()
    }

    /// Sets the deadline of an orphan, if it was not removed.
    fn set_deadline(&mut self, key: Key, deadline: Instant) {
        if let Some(link) = self.groups.get_mut(key) {
            self.last += 1;
            link.deadline = Some(self.deadlines.insert((deadline, self.last), key));
        }
    }

    /// Removes a group. Whether it had a deadline.
    fn remove(&mut self, key: Key) -> bool {
        let link = self.groups.remove(key);
        let deadline = link.and_then(|link| link.deadline);
        deadline.is_some_and(|deadline| self.deadlines.remove(deadline).is_some())
    }

    /// Returns an orphan whose deadline has passed, which then has none any more.
    fn pop_due(&mut self, now: Instant) -> Option<Weak<G>> {
        self.first_deadline().filter(|&first| first <= now)?;
        let (_, key) = self.deadlines.pop()?;
        let link = self.groups.get_mut(key)?;
        link.deadline = None;
        Some(Weak::clone(&link.group))
    }

    fn first_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| deadline)
    }
}

// ---- the link ---------------------------------------------------------------------------------------------------

impl<Q> Core<Q> {
    /// Links this group, whose future is polled for the first time, to the one that polls it.
    pub(super) fn link(self: &Arc<Self>, parent: Arc<Self>) {
        debug_assert!(self.is_joined(), "nobody can have entered");
        let parent = self.parent.get_or_init(|| parent);
        let (key, is_aborted) = {
            let inner = &mut *parent.inner.lock();
            let key = inner.nested.add(Arc::downgrade(self));
            (key, parent.is_aborted())
        };
        self.inner.lock().link = Some(key);
        if is_aborted {
            self.cut();
        }
    }

    /// The group is over: its parent forgets it.
    pub(super) fn unlink(&self, key: Key) {
        let Some(parent) = self.parent.get() else {
            return;
        };
        let ring = {
            let inner = &mut *parent.inner.lock();
            if inner.nested.remove(key) {
                inner.bell.ring()
            } else {
                None
            }
        };
        wake(ring);
    }

    /// Counts a task of this group in the groups around it. Not if one of them is over: then no task may come any more.
    pub(super) fn enter_around(&self) -> bool {
        let Some(parent) = self.parent.get() else {
            return true;
        };
        if !parent.state.enter_nested() {
            return false;
        }
        let entered = parent.enter_around();
        if !entered {
            parent.leave_nested();
        }
        entered
    }

    /// A task of this group that was counted in the groups around it is gone.
    pub(super) fn leave_around(&self) {
        let mut group = self;
        while let Some(parent) = group.parent.get() {
            parent.leave_nested();
            group = parent;
        }
    }

    fn leave_nested(&self) {
        if self.state.leave(true) {
            self.left();
        }
    }

    /// Whether this group is ending, or one around it.
    pub(super) fn is_told(&self) -> bool {
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

    /// The group is ending: those who wait for that in the groups in it are woken.
    pub(super) fn tell_nested(&self, panics: &mut Panics) {
        let nested = self.inner.lock().nested.all();
        for group in nested.iter().filter_map(Weak::upgrade) {
            let others = group.inner.lock().watchers.take(Event::Ending);
            panics.run(|| Wakes::from(others).wake());
            group.tell_nested(panics);
        }
    }

    /// The tasks of the groups in this one are aborted.
    pub(super) fn cut_nested(&self, panics: &mut Panics) {
        let nested = self.inner.lock().nested.all();
        for group in nested.iter().filter_map(Weak::upgrade) {
            panics.run(|| group.cut());
        }
    }

    /// Ends this group, if nothing has, because its parent aborts its tasks; those of this group are aborted.
    pub(super) fn cut(&self) {
        let mut panics = Panics::default();
        panics.run(|| {
            self.end(Cause::Cut);
        });
        self.call_off(&mut panics);
        if let Some(payload) = panics.into_first() {
            self.panicked(payload);
        }
        self.abort();
    }

    /// The group's future was dropped. Its tasks are aborted, or left to the parent.
    pub(super) fn orphan(&self) {
        let (link, panic) = {
            let inner = &mut *self.inner.lock();
            inner.orphaned = true;
            (inner.link, inner.panic.take())
        };
        if let Some(payload) = panic {
            self.panicked(payload);
        }
        match (self.parent.get(), link) {
            (Some(parent), Some(key)) if !parent.aborts_orphan(key) => {}
            // Nobody is left.
            (Some(_), None) => {}
            _ => self.abort(),
        }
    }

    /// Whether the tasks of an orphan are to be aborted at once.
    fn aborts_orphan(&self, key: Key) -> bool {
        let deadline = (self.grace).map(|grace| Instant::now().checked_add(grace.after()));
        let ring = {
            let inner = &mut *self.inner.lock();
            if !self.state.is_open() {
                // If they were not aborted, they will be when the tasks of this group are.
                return self.is_aborted();
            }
            match deadline {
                None => return true,
                // The clock does not reach that far.
                Some(None) => return false,
                Some(Some(deadline)) => inner.nested.set_deadline(key, deadline),
            }
            self.has_orphans.store(true, Ordering::Relaxed);
            inner.bell.ring()
        };
        wake(ring);
        false
    }

    /// Aborts the tasks of orphans whose time is over, and returns the deadline of the next.
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

    #[cfg(all(test, rejoin_loom))]
    pub(super) fn knows_nobody(&self) -> bool {
        let nested = &self.inner.lock().nested;
        nested.groups.is_empty() && nested.deadlines.is_empty()
    }

    /// There was a panic, and the group's future cannot resume it any more: it is one of the parent.
    pub(super) fn panicked_as_orphan(&self, payload: Payload) {
        match self.parent.get() {
            Some(parent) => parent.panicked(payload),
            None => discard(payload),
        }
    }
}
