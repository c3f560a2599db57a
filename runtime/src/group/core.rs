//! The state that a group's future, its handles and its children share.
//!
//! # The life of a child
//!
//! ```text
//! enter ─┬─► NoPermit, Permit ─────────────────────────────┬─► (register ─► deregister) ─► release ─► leave
//!        └─► Queue ─► enqueue ─┬─► next_queued, hand_over ─┘                                            ▲
//!                              └─► remove_cancelled, drain_queue ───────────────────────────────────────┘
//! ```
//!
//! A child is counted from `enter` until `leave`, which is called after everything of the child was dropped. Without a `limit`,
//! entering and leaving are one atomic operation each. Only a child that returns `Pending` registers a [`Canceller`], and it
//! deregisters that before it leaves.
//!
//! # The life of a group
//!
//! A group is open until the first [`EndCause`] ends it; from then on no child is admitted. It is over when its body was dropped
//! and its last child has left.
//!
//! A thread that reads the state without the lock may read an old value. So a thread that adds something to the group, for
//! example a canceller or a child in the queue, reads the state again under the lock. The end of the group changes the state and
//! then takes the lock, so either the end finds what was added, or that thread sees the end.
//!
//! No user code runs under the lock: wakers, cancellers and children are moved out of it before they are woken, called or dropped.

use std::{
    any::Any,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use tokio::{
    runtime::Handle,
    task::{AbortHandle, Id},
};

use super::{
    cancelled_tasks::CancelledTasks,
    cancellers::{Canceller, CancellerKey, Cancellers},
    child_future::QueuedTask,
    finalizers::Finalizers,
    limit::{Admission, NextQueued, Permits, QueueEntry},
    nested_groups::{NestedGroups, NestedKey},
    notify::{GroupNotify, WakeList, wake},
    state::{Counter, State},
    waiters::{Event, WaiterId, WaiterMap, Waiters},
};
use crate::{
    sync::{AtomicBool, Lock},
    timeout::Timeout,
};

/// The payload of a panic.
pub(super) type Payload = Box<dyn Any + Send>;

/// The [`Core`] of every group outside of models.
///
/// Its type is recursive: a group stores the tasks that wait for a permit, and a task holds its group. So this file and that of the
/// tasks import each other. Nothing here calls a function of a stored task.
pub(super) type Shared = Core<QueuedTask>;

/// The state of a group. Tasks that wait for a permit are stored as a `Q`.
pub(super) struct Core<Q> {
    pub(super) state: State,
    is_limited: bool,
    /// How long tasks may run on after the end of the group has begun.
    pub(super) grace: Option<Timeout>,
    /// The runtime in which the group's future was first polled. Threads outside of a runtime spawn tasks there.
    pub(super) runtime: OnceLock<Handle>,
    /// The group around this one. Set before the first child enters, or never.
    pub(super) parent: OnceLock<Arc<Core<Q>>>,
    /// Whether an orphan has a deadline. Changed under the lock.
    pub(super) has_orphans: AtomicBool,
    /// Whether the body was woken since it was last polled.
    pub(super) body_woken: AtomicBool,
    pub(super) inner: Lock<Inner<Q>>,
}

/// The part of the state that is behind the lock.
pub(super) struct Inner<Q> {
    pub(super) permits: Permits<Q>,
    /// Closed when tasks are aborted.
    pub(super) cancellers: Cancellers,
    cancelled_tasks: CancelledTasks,
    pub(super) finalizers: Finalizers,
    /// The first panic.
    pub(super) panic: Option<Payload>,
    /// Whether the group's future was dropped.
    pub(super) is_orphan: bool,
    /// The key of this group in its parent, until this group is over.
    pub(super) key_in_parent: Option<NestedKey>,
    pub(super) nested: NestedGroups<Core<Q>>,
    pub(super) notify: GroupNotify,
    pub(super) waiters: Waiters,
}

/// How a child is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ChildKind {
    /// A task of the runtime.
    Task,
    /// A task of the runtime for which the group does not stay open.
    Daemon,
    /// A closure, which the runtime runs on a blocking thread.
    Blocking,
    /// Such a closure for which the group does not stay open.
    BlockingDaemon,
    /// A future that the group's future polls.
    Scoped,
    /// Such a future for which the group does not stay open.
    ScopedDaemon,
}

impl ChildKind {
    #[inline]
    const fn counter(self) -> Counter {
        match self {
            Self::Daemon | Self::BlockingDaemon | Self::ScopedDaemon => Counter::Daemon,
            Self::Task | Self::Blocking | Self::Scoped => Counter::Member,
        }
    }

    #[inline]
    pub(super) const fn is_daemon(self) -> bool {
        matches!(self.counter(), Counter::Daemon)
    }

    #[inline]
    pub(super) const fn is_blocking(self) -> bool {
        matches!(self, Self::Blocking | Self::BlockingDaemon)
    }

    /// Checks whether the group's future polls it, and not the runtime.
    #[inline]
    pub(super) const fn is_scoped(self) -> bool {
        matches!(self, Self::Scoped | Self::ScopedDaemon)
    }
}

impl<Q> Inner<Q> {
    /// Removes the waiters for a permit, because one is free and the queue is empty.
    fn take_permit_waiters(&mut self) -> WakeList {
        self.waiters.take(Event::Permit).into()
    }

    /// Releases a permit. To be woken is the group's future, if it has to serve the queue, or else the waiters for a permit.
    fn release(&mut self) -> WakeList {
        if self.permits.release() {
            self.notify.notify().into()
        } else {
            self.take_permit_waiters()
        }
    }

    /// Removes the waiters for the group to be over, and this group's key in its parent. Does nothing while it is not over.
    pub(super) fn take_if_over(&mut self, state: &State) -> (WaiterMap, Option<NestedKey>) {
        if state.is_over() {
            (self.waiters.take(Event::Over), self.key_in_parent.take())
        } else {
            Default::default()
        }
    }
}

// ---- admission and the limit ------------------------------------------------------------------------------------

impl<Q: Send + 'static> Core<Q> {
    pub(super) fn new(limit: Option<usize>, grace: Option<Timeout>) -> Self {
        Self {
            state: State::new(),
            is_limited: limit.is_some(),
            grace,
            runtime: OnceLock::new(),
            parent: OnceLock::new(),
            has_orphans: AtomicBool::new(false),
            // The body is polled once without a wake.
            body_woken: AtomicBool::new(true),
            inner: Lock::new(Inner {
                permits: Permits::new(limit.unwrap_or(usize::MAX)),
                cancellers: Cancellers::default(),
                cancelled_tasks: CancelledTasks::default(),
                finalizers: Finalizers::default(),
                panic: None,
                is_orphan: false,
                key_in_parent: None,
                nested: NestedGroups::default(),
                notify: GroupNotify::default(),
                waiters: Waiters::default(),
            }),
        }
    }

    /// Admits and counts a child, if the group is open.
    #[inline]
    pub(super) fn enter(&self, kind: ChildKind) -> Option<Admission> {
        if !kind.is_scoped() && !self.enter_ancestors() {
            // A group around this one is over, so no group would wait for the task.
            self.abort_as_nested();
            return None;
        }
        if !self.state.enter(kind.counter()) {
            if !kind.is_scoped() {
                self.leave_ancestors();
            }
            return None;
        }
        Some(if kind.is_daemon() || !self.is_limited {
            Admission::NoPermit
        } else if self.inner.lock().permits.try_acquire() {
            Admission::Permit
        } else {
            Admission::Queue
        })
    }

    /// Adds a child to the queue, under the ticket that this returns. Fails if the group is ending.
    pub(super) fn enqueue(&self, entry: QueueEntry<Q>) -> Result<u64, QueueEntry<Q>> {
        let (ticket, waker) = {
            let inner = &mut *self.inner.lock();
            if !self.state.is_open() {
                return Err(entry);
            }
            let (ticket, is_free) = inner.permits.enqueue(entry);
            // The last child that ran may have left since this one entered.
            let waker = if is_free { inner.notify.notify() } else { None };
            (ticket, waker)
        };
        wake(waker);
        Ok(ticket)
    }

    /// Removes a child that was cancelled from the queue, if it still waits.
    pub(super) fn remove_cancelled(&self, ticket: u64) {
        let (entry, waker) = {
            let inner = &mut *self.inner.lock();
            let entry = inner.permits.remove_cancelled(ticket);
            let waker = match entry {
                Some(QueueEntry::Scoped(_)) => inner.notify.notify(),
                _ => None,
            };
            (entry, waker)
        };
        drop(entry);
        wake(waker);
    }

    /// Returns the next queued child to drop or to start. If a permit is free and the queue is empty, it wakes the tasks that
    /// wait for a permit.
    pub(super) fn next_queued(&self) -> Option<NextQueued<Q>> {
        if !self.is_limited {
            return None;
        }
        let wakers = {
            let inner = &mut *self.inner.lock();
            if !self.state.is_open() {
                return None;
            }
            match inner.permits.next() {
                None if inner.permits.has_permit() => inner.take_permit_waiters(),
                next => return next,
            }
        };
        wakers.wake();
        None
    }

    /// Releases a child's permit. If a child waits for it, this notifies the group's future.
    pub(super) fn release(&self) {
        let wakers = self.inner.lock().release();
        wakers.wake();
    }

    /// Hands a child's permit over to the next child of the queue and returns that, if it is a task. Otherwise this releases
    /// the permit.
    pub(super) fn hand_over(&self) -> Option<Q> {
        let wakers = {
            let inner = &mut *self.inner.lock();
            if self.state.is_open() {
                if let next @ Some(_) = inner.permits.hand_over() {
                    return next;
                }
            }
            inner.release()
        };
        wakers.wake();
        None
    }

    /// Removes a child that has been dropped from its counts, and notifies the group's future if that waits for it.
    #[inline]
    pub(super) fn leave(self: &Arc<Self>, kind: ChildKind) {
        if self.state.leave(kind.counter()) {
            self.last_child_left();
        }
        if !kind.is_scoped() {
            self.leave_ancestors();
        }
    }

    /// Notifies the group's future that the last child it waits for has left. If the group is over, this also wakes the tasks
    /// that wait for that, and starts the clean-up of an orphan.
    pub(super) fn last_child_left(self: &Arc<Self>) {
        let (wakers, key, cleans_up) = {
            let inner = &mut *self.inner.lock();
            let group = inner.notify.notify();
            let (waiters, key) = inner.take_if_over(&self.state);
            let cleans_up = inner.moves_clean_up(&self.state);
            (WakeList { group, waiters }, key, cleans_up)
        };
        if let Some(key) = key {
            self.unlink(key);
        }
        if cleans_up {
            self.clean_up_in_task();
        }
        wakers.wake();
    }
}

// ---- cancelling one child ---------------------------------------------------------------------------------------

impl<Q: Send + 'static> Core<Q> {
    /// Registers a child's canceller. Fails if tasks were aborted: then the child must be dropped.
    pub(super) fn register_canceller(
        &self,
        canceller: Canceller,
    ) -> Result<CancellerKey, Canceller> {
        self.inner.lock().cancellers.register(canceller)
    }

    /// Deregisters a child's canceller, if it was not called.
    pub(super) fn deregister_canceller(&self, key: CancellerKey) -> Option<Canceller> {
        self.inner.lock().cancellers.deregister(key)
    }

    /// Notes that a task is being cancelled through the runtime.
    pub(super) fn add_cancelled_task(&self, task: AbortHandle) {
        let finished = self.inner.lock().cancelled_tasks.add(task);
        drop(finished);
    }

    /// Checks whether a task was cancelled through the runtime, and forgets it.
    pub(super) fn take_cancelled_task(&self, task: Id) -> bool {
        let cancelled = self.inner.lock().cancelled_tasks.take(task);
        cancelled.is_some()
    }
}

// ---- waiting for an event ---------------------------------------------------------------------------------------

impl<Q: Send + 'static> Core<Q> {
    /// Polls for an event. If it returns `Pending`, the task is woken after the event, as the waiter `id`.
    fn poll_event(&self, event: Event, cx: &Context<'_>, id: &mut Option<WaiterId>) -> Poll<()> {
        if !self.is_limited && matches!(event, Event::Permit) {
            return Poll::Ready(());
        }
        self.inner.poll_or_register(
            cx,
            |inner| {
                let has_happened = match event {
                    Event::Ending => self.is_cancelled(),
                    Event::Permit => self.is_ending() || inner.permits.has_permit(),
                    Event::Over => self.is_over(),
                };
                if has_happened {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            },
            |inner| inner.waiters.slot(event, id),
        )
    }

    fn remove_waiter(&self, event: Event, id: WaiterId) {
        let waker = self.inner.lock().waiters.remove(event, id);
        drop(waker);
    }
}

/// Waits for an event of a group.
pub(super) struct Waiter {
    core: Arc<Shared>,
    event: Event,
    /// Set by the first poll that has to wait.
    id: Option<WaiterId>,
}

impl Waiter {
    pub(super) fn new(core: &Arc<Shared>, event: Event) -> Self {
        Self {
            core: Arc::clone(core),
            event,
            id: None,
        }
    }

    pub(super) fn core(&self) -> &Arc<Shared> {
        &self.core
    }

    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.core.poll_event(self.event, cx, &mut self.id)
    }
}

/// The clone waits on its own, as another waiter.
impl Clone for Waiter {
    fn clone(&self) -> Self {
        Self::new(&self.core, self.event)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.core.remove_waiter(self.event, id);
        }
    }
}
