//! What a group's future, its handles and its children share.
//!
//! # A child's way
//!
//! ```text
//! enter ─┬─► Free, Placed ────────────────────────────┬─► (park ─► unpark) ─► free ─► leave
//!        └─► Wait ─► queue ─┬─► next, another's free ─┘                               ▲
//!                           └─► refuse, dismiss ──────────────────────────────────────┘
//! ```
//!
//! A child counts from `enter` until `leave`, which comes when it has been dropped; nothing is left of it then. Without a
//! limit, entering and leaving change one word and nothing else: only a child that waits for something gives the group a
//! [`Stop`], and takes it back before it leaves.
//!
//! # A group's way
//!
//! Open until something ends it, by whichever [`Cause`] came first: then nobody enters any more. It is over when the last
//! child has left.
//!
//! What a task finds out about the end without a lock it finds out late. So who leaves something with the group, a stop or
//! itself in the queue, looks again under the lock, which the end takes after it has changed the state.
//!
//! No code of a user runs under the lock: what is to be woken, stopped or dropped is handed out.

use std::{
    any::Any,
    sync::{Arc, OnceLock},
    task::{Context, Wake},
};

use tokio::{
    runtime::Handle,
    task::{AbortHandle, Id},
};

use super::{
    bell::{Bell, Look, Wakes, wake},
    cancels::Cancels,
    link::{self, Links, is_cut},
    places::{Entered, Next, Places, Waiting},
    state::{Cause, State},
    stops::{Key, Stop, Stops},
    sync::{AtomicBool, Lock, Ordering},
    watchers::{Event, Number, Watchers, Watching},
};
use crate::{
    panics::{Panics, discard},
    timeout::Timeout,
};

/// A panic's payload.
pub(super) type Payload = Box<dyn Any + Send>;

/// The state of a group in which `Q` waits for a place.
pub(super) struct Core<Q> {
    pub(super) state: State,
    limited: bool,
    /// How long tasks may go on when the group is ending.
    pub(super) grace: Option<Timeout>,
    /// Where tasks are spawned by a thread that is in no runtime: where the group's future was polled first.
    runtime: OnceLock<Handle>,
    /// The group that this one is in. Set before any child is there, or never.
    pub(super) parent: OnceLock<Arc<Core<Q>>>,
    /// Whether an orphan has a deadline. Changed under the lock.
    pub(super) has_orphans: AtomicBool,
    /// The body was woken, and has not been polled since.
    body_woken: AtomicBool,
    pub(super) inner: Lock<Inner<Q>>,
}

pub(super) struct Inner<Q> {
    places: Places<Q>,
    /// Closed when tasks are aborted.
    stops: Stops,
    cancels: Cancels,
    pub(super) panic: Option<Payload>,
    /// The group's future was dropped.
    pub(super) orphaned: bool,
    /// The key of this group in its parent, until it is over.
    pub(super) link: Option<link::Key>,
    pub(super) nested: Links<Core<Q>>,
    pub(super) bell: Bell,
    pub(super) watchers: Watchers,
}

/// What sort of child.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Run by the runtime.
    Task,
    /// The same, but the group does not wait for it.
    Daemon,
    /// A closure, run by the runtime on a thread that it may block.
    Blocking,
    /// Polled by the group.
    InPlace,
}

impl<Q> Inner<Q> {
    /// There is a place, and nobody in the queue.
    fn free_place(&mut self) -> Wakes {
        Wakes {
            group: None,
            others: self.watchers.take(Event::Place),
        }
    }

    /// If the group is over, takes out those who wait for that, and the key of this group in its parent.
    fn take_over(&mut self, state: &State) -> (Watching, Option<link::Key>) {
        if state.is_over() {
            (self.watchers.take(Event::Over), self.link.take())
        } else {
            Default::default()
        }
    }
}

// ---- children ----

impl<Q> Core<Q> {
    pub(super) fn new(limit: Option<usize>, grace: Option<Timeout>) -> Self {
        Self {
            state: State::new(),
            limited: limit.is_some(),
            grace,
            runtime: OnceLock::new(),
            parent: OnceLock::new(),
            has_orphans: AtomicBool::new(false),
            // It is polled once at first.
            body_woken: AtomicBool::new(true),
            inner: Lock::new(Inner {
                places: Places::new(limit.unwrap_or(usize::MAX)),
                stops: Stops::default(),
                cancels: Cancels::default(),
                panic: None,
                orphaned: false,
                link: None,
                nested: Links::default(),
                bell: Bell::default(),
                watchers: Watchers::default(),
            }),
        }
    }

    /// Lets a child in, if anybody is let in.
    #[inline]
    pub(super) fn enter(&self, sort: Sort) -> Option<Entered> {
        let daemon = sort == Sort::Daemon;
        if sort != Sort::InPlace && !self.enter_around() {
            // Nobody waits for its tasks any more.
            self.cut();
            return None;
        }
        if !self.state.enter(daemon) {
            if sort != Sort::InPlace {
                self.leave_around();
            }
            return None;
        }
        Some(if daemon || !self.limited {
            Entered::Free
        } else if self.inner.lock().places.take() {
            Entered::Placed
        } else {
            Entered::Wait
        })
    }

    /// Puts a child into the queue and gives its ticket, or gives it back if it is to be dropped.
    pub(super) fn queue(&self, waiting: Waiting<Q>) -> Result<u64, Waiting<Q>> {
        let (ticket, ring) = {
            let inner = &mut *self.inner.lock();
            if !self.state.is_open() {
                return Err(waiting);
            }
            let (ticket, has_place) = inner.places.queue(waiting);
            // The last that ran may have left since this one was let in.
            let ring = if has_place { inner.bell.ring() } else { None };
            (ticket, ring)
        };
        wake(ring);
        Ok(ticket)
    }

    /// Takes a child out of the queue, if it is still there: it was cancelled.
    pub(super) fn refuse(&self, ticket: u64) {
        let (waiting, ring) = {
            let inner = &mut *self.inner.lock();
            let waiting = inner.places.refuse(ticket);
            let ring = match waiting {
                Some(Waiting::InPlace(_)) => inner.bell.ring(),
                _ => None,
            };
            (waiting, ring)
        };
        drop(waiting);
        wake(ring);
    }

    /// The next that was cancelled, or is to be started, if there is a place. If there is nobody for it, those who wait for a
    /// place are told.
    pub(super) fn next(&self) -> Option<Next<Q>> {
        if !self.limited {
            return None;
        }
        let wakes = {
            let inner = &mut *self.inner.lock();
            if !self.state.is_open() {
                return None;
            }
            match inner.places.next() {
                None if inner.places.has_one() => inner.free_place(),
                next => return next,
            }
        };
        wakes.wake();
        None
    }

    /// A child gives its place back. If the next that waits for one is a task, it gets this and is handed out for whoever can
    /// start it (`hands_on`); otherwise the group is called to see to it.
    pub(super) fn free(&self, hands_on: bool) -> Option<Q> {
        let wakes = {
            let inner = &mut *self.inner.lock();
            if hands_on && self.state.is_open() {
                if let next @ Some(_) = inner.places.hand_on() {
                    return next;
                }
            }
            if inner.places.give_back() {
                inner.bell.ring().into()
            } else {
                inner.free_place()
            }
        };
        wakes.wake();
        None
    }

    /// Keeps what stops a child, or gives it back if the child is to be dropped.
    pub(super) fn park(&self, stop: Stop) -> Result<Key, Stop> {
        self.inner.lock().stops.add(stop)
    }

    /// Takes it out, if it is still there.
    pub(super) fn unpark(&self, key: Key) -> Option<Stop> {
        self.inner.lock().stops.take(key)
    }

    /// Notes that a child is being cancelled through the runtime, whose task this is.
    pub(super) fn cancels(&self, task: AbortHandle) {
        let forgotten = self.inner.lock().cancels.add(task);
        drop(forgotten);
    }

    /// Whether a child was cancelled through the runtime, whose task this is. To be asked once.
    pub(super) fn was_cancelled(&self, task: Id) -> bool {
        let cancelled = self.inner.lock().cancels.take(task);
        cancelled.is_some()
    }

    /// Notes that a child was dropped by the shutdown of its runtime: the group's future panics because of it.
    #[cold]
    pub(super) fn lost(&self) {
        let is_orphan = self.inner.lock().orphaned;
        match self.parent.get() {
            Some(parent) if is_orphan => parent.lost(),
            _ => {
                self.state.lose();
                self.call();
            }
        }
    }

    /// Notes that a child has been dropped.
    #[inline]
    pub(super) fn leave(&self, sort: Sort) {
        if self.state.leave(sort == Sort::Daemon) {
            self.left();
        }
        if sort != Sort::InPlace {
            self.leave_around();
        }
    }

    /// Tells the group's future that the last child has left that it waits for. If the group is over, it tells those who
    /// wait for that, too.
    pub(super) fn left(&self) {
        let (wakes, link) = {
            let inner = &mut *self.inner.lock();
            let group = inner.bell.ring();
            let (others, link) = inner.take_over(&self.state);
            (Wakes { group, others }, link)
        };
        if let Some(key) = link {
            self.unlink(key);
        }
        wakes.wake();
    }
}

// ---- how it ends ----

impl<Q> Core<Q> {
    /// Ends the group, if nothing has.
    pub(super) fn end(&self, cause: Cause) -> bool {
        let ends = self.state.end(cause);
        if ends {
            self.call();
        }
        ends
    }

    /// There was an error, which ends the group. Whether it counts: not if something else has ended it before.
    pub(super) fn fail(&self) -> bool {
        self.end(Cause::Failed) || matches!(self.cause(), Some(Cause::Failed | Cause::Done))
    }

    /// There was a panic, which ends the group. The first one is kept.
    pub(super) fn panicked(&self, payload: Payload) {
        if self.is_aborted() && is_cut(&payload) {
            // So a child is aborted that awaits a group.
            return;
        }
        let (second, is_orphan) = {
            let inner = &mut *self.inner.lock();
            if inner.orphaned || inner.panic.is_some() {
                (Some(payload), inner.orphaned)
            } else {
                (inner.panic.replace(payload), false)
            }
        };
        match second {
            Some(payload) if is_orphan => self.panicked_as_orphan(payload),
            Some(payload) => discard(payload),
            None => {}
        }
        self.end(Cause::Panicked);
    }

    /// What has ended the group.
    pub(super) fn cause(&self) -> Option<Cause> {
        self.state.cause()
    }

    /// Takes out who waits for a place to start in, and who is to be woken as the group is ending.
    pub(super) fn dismiss(&self) -> (impl Iterator<Item = Waiting<Q>> + use<Q>, [Wakes; 2]) {
        let inner = &mut *self.inner.lock();
        let wakes = [Event::Ending, Event::Place].map(|event| inner.watchers.take(event).into());
        (inner.places.drain(), wakes)
    }

    /// Drops those who wait for a place to start in, and wakes those who wait for the end, also in the groups in this one.
    pub(super) fn call_off(&self, panics: &mut Panics) {
        let (queue, wakes) = self.dismiss();
        for waiting in queue {
            panics.drop(waiting);
        }
        for wakes in wakes {
            panics.run(|| wakes.wake());
        }
        self.tell_nested(panics);
    }

    /// The body and the children in place were dropped. If no child is left, the group is over.
    pub(super) fn unwind(&self, panics: &mut Panics) {
        self.state.unwind();
        let (others, link) = self.inner.lock().take_over(&self.state);
        if let Some(key) = link {
            panics.run(|| self.unlink(key));
        }
        panics.run(|| Wakes::from(others).wake());
    }

    /// Stops all tasks, also those that have not waited yet, and those of the groups in this one.
    pub(super) fn abort(&self) {
        self.state.abort();
        let mut panics = Panics::default();
        let stops = self.inner.lock().stops.close();
        for stop in stops {
            panics.run(|| stop.stop());
        }
        self.cut_nested(&mut panics);
        if let Some(payload) = panics.into_first() {
            self.panicked(payload);
        }
    }

    /// Whether tasks are to be dropped.
    #[inline]
    pub(super) fn is_aborted(&self) -> bool {
        self.state.is_aborted()
    }

    /// Whether every child has left.
    pub(super) fn is_joined(&self) -> bool {
        self.state.is_empty()
    }

    /// Whether body and children are gone, and there will be no other child.
    pub(super) fn is_over(&self) -> bool {
        self.state.is_over()
    }

    /// Whether a child was dropped by the shutdown of its runtime.
    pub(super) fn is_lost(&self) -> bool {
        self.state.is_lost()
    }

    pub(super) fn take_panic(&self) -> Option<Payload> {
        self.inner.lock().panic.take()
    }
}

// ---- the group's future ----

impl<Q> Core<Q> {
    /// The group's future is polled for the first time: from now on its tasks belong to this runtime.
    pub(super) fn begin(&self) {
        if let Ok(runtime) = Handle::try_current() {
            self.runtime.get_or_init(|| runtime);
        }
    }

    /// Returns the current runtime, or else the one in which the group was polled first.
    ///
    /// # Panics
    ///
    /// If there is neither.
    #[inline]
    #[track_caller]
    pub(super) fn runtime(&self) -> Handle {
        let runtime = Handle::try_current().ok();
        let Some(runtime) = runtime.or_else(|| self.runtime.get().cloned()) else {
            panic!("`task_group!` needs a tokio runtime to spawn tasks")
        };
        runtime
    }

    /// There is something for the group's future to look at.
    pub(super) fn call(&self) {
        let ring = self.inner.lock().bell.ring();
        wake(ring);
    }

    /// A child in place has woken whoever waited for it: the future looks for them before it rests.
    pub(super) fn has_woken(&self) {
        self.inner.lock().bell.has_woken();
    }

    /// The group's future is polled: until it rests, nobody needs to wake it. Whether it was called.
    pub(super) fn listen(&self, cx: &Context<'_>) -> bool {
        let (called, moved) = self.inner.lock().bell.listen(cx);
        if moved {
            let waker = cx.waker().clone();
            let before = self.inner.lock().bell.exchange(Some(waker));
            drop(before);
        }
        called
    }

    /// Looks whether something has happened since this was last asked; if not, the future rests. If the body has ended
    /// (`joining`), the group ends when no child is left that keeps it open.
    pub(super) fn look(&self, joining: bool) -> Look {
        if joining {
            self.state.join();
        }
        if self.finds_end() {
            Look::Ending
        } else {
            self.inner.lock().bell.rest()
        }
    }

    /// Whether the group is ending. The group's future asks; it ends the group if a child was lost.
    pub(super) fn finds_end(&self) -> bool {
        if self.state.is_lost() {
            self.end(Cause::Panicked);
        }
        self.is_ending()
    }

    /// As [`look`](Self::look), when the group is ending.
    pub(super) fn rests(&self) -> bool {
        self.inner.lock().bell.rest() == Look::Rest
    }

    /// The future is gone, and so is its waker.
    pub(super) fn hush(&self) {
        let waker = self.inner.lock().bell.exchange(None);
        drop(waker);
    }

    /// Whether an orphan has a deadline.
    pub(super) fn has_orphans(&self) -> bool {
        // Relaxed: whoever sets it rings.
        self.has_orphans.load(Ordering::Relaxed)
    }

    /// The future returns, though there may be something to do: its waker was woken.
    pub(super) fn pauses(&self) {
        self.inner.lock().bell.pause();
    }
}

// ---- the body ----

impl<Q> Core<Q> {
    /// Whether the body was woken, and has not been polled since.
    pub(super) fn is_body_woken(&self) -> bool {
        self.body_woken.load(Ordering::Acquire)
    }

    /// The same, and it is polled now.
    pub(super) fn takes_body_wake(&self) -> bool {
        self.body_woken.swap(false, Ordering::AcqRel)
    }
}

/// The waker of the body.
impl<Q: Send + 'static> Wake for Core<Q> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.body_woken.swap(true, Ordering::AcqRel) {
            let group = self.inner.lock().bell.wake_body();
            wake(group);
        }
    }
}

// ---- those who wait ----

impl<Q> Core<Q> {
    pub(super) fn is_ending(&self) -> bool {
        !self.state.is_open()
    }

    /// Whether something has come about; if not, the task is woken when it has. `number` is that of whoever asks.
    pub(super) fn poll_event(
        &self,
        event: Event,
        cx: &Context<'_>,
        number: &mut Option<Number>,
    ) -> bool {
        if !self.limited && matches!(event, Event::Place) {
            return true;
        }
        let is_there = |inner: &Inner<Q>| match event {
            Event::Ending => self.is_told(),
            Event::Place => self.is_ending() || inner.places.has_one(),
            Event::Over => self.is_over(),
        };
        {
            let inner = &*self.inner.lock();
            if is_there(inner) {
                return true;
            }
            if inner.watchers.waits(event, *number, cx) {
                return false;
            }
        }
        let waker = cx.waker().clone();
        let (is_there, _outside) = {
            let inner = &mut *self.inner.lock();
            if is_there(inner) {
                (true, Some(waker))
            } else {
                (false, inner.watchers.add(event, number, waker))
            }
        };
        is_there
    }

    /// Whoever asked does not ask any more.
    pub(super) fn unwatch(&self, event: Event, number: Number) {
        let waker = self.inner.lock().watchers.remove(event, number);
        drop(waker);
    }
}
