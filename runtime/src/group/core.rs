//! What a group's future, its handles and its children share: who is there, who waits for a place, and how it ends.
//!
//! # A child's way
//!
//! ```text
//! enter ─► Starting ─ started ─► Task(handle) ─┐
//!   │  └─► InPlace(waker) ─────────────────────┼─► leave
//!   └────► Queued ─ next ─► Starting, InPlace ─┘
//! ```
//!
//! A child counts from `enter` until `leave`, which comes when it has been dropped; nothing is left of it then. A task
//! that is gone before its handle was known (`Gone`) counts until `started` has been called, so that its entry is not
//! given to another in between.
//!
//! # A group's way
//!
//! `Open` until something ends it: then `Ending`, by whichever cause came first, and nobody enters any more. It is over
//! when the last child has left.
//!
//! No code of a user runs under the lock: what is to be woken, aborted or dropped is handed out.

use std::{
    any::Any,
    collections::BTreeMap,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::OnceLock,
    task::{Context, Waker},
};

use slab::Slab;
use tokio::runtime::Handle;

use super::{queue::Queue, sync::Lock};
use crate::panics::{Panics, discard};

/// A panic's payload.
pub(super) type Payload = Box<dyn Any + Send>;

/// What stops a task.
pub(super) trait Abort {
    fn abort(self);
}

impl Abort for tokio::task::JoinHandle<()> {
    fn abort(self) {
        Self::abort(&self);
    }
}

/// The state of a group whose tasks are stopped by `H`, and where `Q` waits for a place.
pub(super) struct Core<H, Q> {
    /// How many may run at once.
    limit: usize,
    /// Where tasks are spawned, whoever spawns them.
    runtime: OnceLock<Handle>,
    state: Lock<State<H, Q>>,
}

struct State<H, Q> {
    phase: Phase,
    children: Slab<Entry<H>>,
    /// The last number that was given, to a child or to whoever waits. Each is given once.
    numbers: u64,
    /// Children that have a place of the `limit`.
    running: usize,
    /// Children that do not keep the group open.
    daemons: usize,
    queue: Queue<(Place, Waiting<Q>)>,
    /// Children in place that were cancelled while they waited for a place.
    refused: Vec<u64>,
    /// The body has ended.
    joining: bool,
    /// Tasks have been told to stop, and so is whichever gets its handle from now on.
    aborted: bool,
    panic: Option<Payload>,
    bell: Bell,
    /// Who waits for each [`Event`].
    watchers: [BTreeMap<u64, Waker>; 2],
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Open,
    Ending(Cause),
}

/// What ended a group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Cause {
    /// Body and children have ended.
    Done,
    /// One of them has given an error.
    Failed,
    /// Somebody gave the group's value.
    Stopped,
    /// The deadline has passed.
    Late,
    /// One of them has panicked.
    Panicked,
    /// The group's future was dropped.
    Dropped,
}

/// What sort of child.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Run by the runtime.
    Task,
    /// The same, but the group does not wait for it.
    Daemon,
    /// Polled by the group.
    InPlace,
}

/// What can be waited for.
#[derive(Clone, Copy)]
pub(super) enum Event {
    /// The group is ending.
    Ending,
    /// A child that is spawned is started at once, or dropped, as the group is ending.
    Place,
}

/// A child's entry.
#[derive(Clone, Copy)]
pub(super) struct Place {
    key: usize,
    number: u64,
}

struct Entry<H> {
    number: u64,
    daemon: bool,
    run: Run<H>,
}

enum Run<H> {
    /// It is put into the queue.
    Queueing,
    /// It waits for a place, with this ticket.
    Queued(u64),
    /// It is being spawned.
    Starting,
    /// It is being spawned, and is not wanted any more.
    Doomed,
    /// It was gone before its handle was known.
    Gone,
    /// The runtime runs it.
    Task(H),
    /// The group polls it; this wakes it, once it has waited.
    InPlace(Option<Waker>),
    /// It was told to stop.
    Cancelled,
}

/// Who waits for a place.
pub(super) enum Waiting<Q> {
    /// It is started with this.
    Task(Q),
    /// It lies where the group finds it by this number.
    InPlace(u64),
}

/// How a child was let in.
pub(super) enum Entered {
    /// It is to be started now.
    Start(Place),
    /// It is to be queued.
    Wait(Place),
}

/// Whom the group has to see to next.
pub(super) enum Next<Q> {
    /// This task is started.
    Task(Place, Q),
    /// The child in place with this ticket is started.
    InPlace(u64),
    /// It is dropped, for it was cancelled before.
    Refused(u64),
}

/// What the group has to do after it has looked at everything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It is ending.
    Ending,
    /// Something has happened meanwhile: it looks again.
    Again,
    /// The same, and whoever waited for a child was woken.
    Woken,
    /// It rests.
    Rest,
}

/// How the group's future is told that there is something to do.
struct Bell {
    waker: Option<Waker>,
    /// It is being polled, and looks at `rung` before it returns.
    polling: bool,
    rung: bool,
    /// Meanwhile a child has woken whoever waited for it.
    woken: bool,
}

impl Bell {
    /// Gives the waker that must be woken, if one must.
    fn ring(&mut self) -> Option<Waker> {
        self.rung = true;
        if self.polling {
            None
        } else {
            self.waker.take()
        }
    }

    fn rest(&mut self) -> Look {
        self.polling = mem::take(&mut self.rung);
        match (mem::take(&mut self.woken), self.polling) {
            (true, _) => {
                self.polling = true;
                Look::Woken
            }
            (false, true) => Look::Again,
            (false, false) => Look::Rest,
        }
    }
}

impl<H, Q> State<H, Q> {
    fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Whether there is a place for one that comes now.
    fn has_place(&self, limit: usize) -> bool {
        self.running < limit && self.queue.is_empty()
    }

    /// A child has left, or a place is free: tells those who have to do something about it.
    fn after_leaving(&mut self) -> Wakes {
        let matters = if self.is_open() {
            !self.queue.is_empty() || self.joining && self.children.len() == self.daemons
        } else {
            self.children.is_empty()
        };
        let wakes = if self.queue.is_empty() {
            self.free_place()
        } else {
            None.into()
        };
        let group = if matters { self.bell.ring() } else { None };
        Wakes { group, ..wakes }
    }

    /// There is a place, and nobody in the queue.
    fn free_place(&mut self) -> Wakes {
        Wakes {
            group: None,
            others: mem::take(&mut self.watchers[Event::Place as usize]),
        }
    }

    fn remove(&mut self, place: Place) -> Run<H> {
        let entry = self.children.remove(place.key);
        debug_assert_eq!(entry.number, place.number);
        self.daemons -= usize::from(entry.daemon);
        entry.run
    }

    /// Gives a place away.
    fn begin(&mut self, place: Place, run: Run<H>) {
        self.children[place.key].run = run;
        self.running += 1;
    }
}

/// Who is to be woken when the lock has been given back.
#[must_use]
pub(super) struct Wakes {
    group: Option<Waker>,
    others: BTreeMap<u64, Waker>,
}

impl From<Option<Waker>> for Wakes {
    fn from(group: Option<Waker>) -> Self {
        Self {
            group,
            others: BTreeMap::new(),
        }
    }
}

impl Wakes {
    /// Wakes them all; the first panic goes on then.
    pub(super) fn wake(self) {
        if self.others.is_empty() {
            if let Some(waker) = self.group {
                waker.wake();
            }
            return;
        }
        let mut panics = Panics::default();
        for waker in self.others.into_values().chain(self.group) {
            panics.run(|| waker.wake());
        }
        panics.resume();
    }
}

/// Wakes without a lock.
fn wake(waker: Option<Waker>) {
    Wakes::from(waker).wake();
}

// ---- children ----

impl<H: Abort, Q> Core<H, Q> {
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self {
            limit: limit.unwrap_or(usize::MAX),
            runtime: OnceLock::new(),
            state: Lock::new(State {
                phase: Phase::Open,
                children: Slab::new(),
                numbers: 0,
                running: 0,
                daemons: 0,
                queue: Queue::new(),
                refused: Vec::new(),
                joining: false,
                aborted: false,
                panic: None,
                bell: Bell {
                    waker: None,
                    polling: false,
                    rung: false,
                    woken: false,
                },
                watchers: [BTreeMap::new(), BTreeMap::new()],
            }),
        }
    }

    /// Lets a child in, if anybody is let in.
    pub(super) fn enter(&self, sort: Sort) -> Option<Entered> {
        let state = &mut *self.state.lock();
        if !state.is_open() {
            return None;
        }
        let daemon = sort == Sort::Daemon;
        let waits = !daemon && !state.has_place(self.limit);
        let run = match sort {
            _ if waits => Run::Queueing,
            Sort::Task | Sort::Daemon => Run::Starting,
            Sort::InPlace => Run::InPlace(None),
        };
        let number = state.number();
        let key = state.children.insert(Entry {
            number,
            daemon,
            run,
        });
        state.daemons += usize::from(daemon);
        state.running += usize::from(!daemon && !waits);
        let place = Place { key, number };
        Some(if waits {
            Entered::Wait(place)
        } else {
            Entered::Start(place)
        })
    }

    /// Puts a child into the queue, or gives it back if it is to be dropped.
    pub(super) fn queue(&self, place: Place, waiting: Waiting<Q>) -> Result<(), Waiting<Q>> {
        let ring = {
            let state = &mut *self.state.lock();
            if !state.is_open() {
                return Err(waiting);
            }
            let ticket = state.queue.push((place, waiting));
            state.children[place.key].run = Run::Queued(ticket);
            // The last that ran may have left since this one was let in.
            if state.running < self.limit {
                state.bell.ring()
            } else {
                None
            }
        };
        wake(ring);
        Ok(())
    }

    /// The next that was cancelled, or is to be started, if there is a place. If there is nobody for it, those who wait for a
    /// place are told.
    pub(super) fn next(&self) -> Option<Next<Q>> {
        let wakes = {
            let state = &mut *self.state.lock();
            if let Some(ticket) = state.refused.pop() {
                return Some(Next::Refused(ticket));
            }
            if !state.is_open() || state.running >= self.limit {
                return None;
            }
            match state.queue.pop() {
                Some((place, Waiting::Task(start))) => {
                    state.begin(place, Run::Starting);
                    return Some(Next::Task(place, start));
                }
                Some((place, Waiting::InPlace(ticket))) => {
                    state.begin(place, Run::InPlace(None));
                    return Some(Next::InPlace(ticket));
                }
                None => state.free_place(),
            }
        };
        wakes.wake();
        None
    }

    /// Spawns a task, and keeps its handle.
    pub(super) fn spawn(&self, place: Place, spawn: impl FnOnce() -> H) {
        match catch_unwind(AssertUnwindSafe(spawn)) {
            Ok(handle) => self.started(place, handle),
            Err(payload) => {
                // It was dropped.
                self.not_started(place);
                resume_unwind(payload);
            }
        }
    }

    fn started(&self, place: Place, handle: H) {
        let (ring, doomed) = {
            let state = &mut *self.state.lock();
            let run = &mut state.children[place.key].run;
            match run {
                Run::Starting if !state.aborted => {
                    *run = Run::Task(handle);
                    return;
                }
                Run::Gone => {
                    state.remove(place);
                    (state.after_leaving(), None)
                }
                _ => {
                    *run = Run::Cancelled;
                    (None.into(), Some(handle))
                }
            }
        };
        if let Some(handle) = doomed {
            handle.abort();
        }
        ring.wake();
    }

    fn not_started(&self, place: Place) {
        let ring = {
            let state = &mut *self.state.lock();
            state.remove(place);
            state.after_leaving()
        };
        ring.wake();
    }

    /// A child in place waits, and is woken by this if it is cancelled.
    pub(super) fn waits(&self, place: Place, waker: Waker) {
        {
            let state = &mut *self.state.lock();
            if let Run::InPlace(waits @ None) = &mut state.children[place.key].run {
                *waits = Some(waker);
                return;
            }
        }
        waker.wake();
    }

    /// A child has been dropped, and has woken whoever waited for it (`woke`).
    pub(super) fn leave(&self, place: Place, woke: bool) {
        let (ring, run) = {
            let state = &mut *self.state.lock();
            state.bell.woken |= woke && state.bell.polling;
            let entry = &mut state.children[place.key];
            let had_place = !matches!(entry.run, Run::Queueing | Run::Queued(_));
            state.running -= usize::from(had_place && !entry.daemon);
            let run = if let Run::Starting | Run::Doomed = entry.run {
                entry.run = Run::Gone;
                None
            } else {
                Some(state.remove(place))
            };
            (state.after_leaving(), run)
        };
        let mut panics = Panics::default();
        panics.drop(run);
        panics.run(|| ring.wake());
        panics.resume();
    }

    /// A child is to be dropped as soon as possible.
    pub(super) fn cancel(&self, place: Place) {
        let (ring, waiting, run) = {
            let state = &mut *self.state.lock();
            let entry = match state.children.get_mut(place.key) {
                Some(entry) if entry.number == place.number => entry,
                _ => return,
            };
            let next = match entry.run {
                Run::Starting | Run::Doomed => Run::Doomed,
                Run::Task(_) | Run::InPlace(_) | Run::Cancelled => Run::Cancelled,
                Run::Queueing => Run::Queueing,
                Run::Queued(ticket) => Run::Queued(ticket),
                Run::Gone => Run::Gone,
            };
            let run = mem::replace(&mut entry.run, next);
            let waiting = match run {
                Run::Queued(ticket) => state.queue.take(ticket),
                _ => None,
            };
            match waiting {
                Some((_, Waiting::InPlace(ticket))) => {
                    state.refused.push(ticket);
                    (state.bell.ring(), None, run)
                }
                waiting => (None, waiting, run),
            }
        };
        drop(waiting);
        match run {
            Run::Task(handle) => handle.abort(),
            Run::InPlace(waker) => wake(waker),
            _ => wake(ring),
        }
    }
}

// ---- how it ends ----

impl<H: Abort, Q> Core<H, Q> {
    /// Ends the group, if nothing has.
    pub(super) fn end(&self, cause: Cause) -> bool {
        let ring = {
            let state = &mut *self.state.lock();
            if !state.is_open() {
                return false;
            }
            state.phase = Phase::Ending(cause);
            state.bell.ring()
        };
        wake(ring);
        true
    }

    /// There was an error, which ends the group. Whether it counts: not if something else has ended it before.
    pub(super) fn fail(&self) -> bool {
        self.end(Cause::Failed) || matches!(self.cause(), Some(Cause::Failed | Cause::Done))
    }

    /// There was a panic, which ends the group. The first one is kept.
    pub(super) fn panicked(&self, payload: Payload) {
        let (ring, second) = {
            let state = &mut *self.state.lock();
            let second = match state.panic {
                None => {
                    state.panic = Some(payload);
                    None
                }
                Some(_) => Some(payload),
            };
            let ring = if state.is_open() {
                state.phase = Phase::Ending(Cause::Panicked);
                state.bell.ring()
            } else {
                None
            };
            (ring, second)
        };
        if let Some(second) = second {
            discard(second);
        }
        wake(ring);
    }

    /// What has ended the group.
    pub(super) fn cause(&self) -> Option<Cause> {
        match self.state.lock().phase {
            Phase::Open => None,
            Phase::Ending(cause) => Some(cause),
        }
    }

    /// Takes out who waits for a place to start in, and who is to be woken as the group is ending.
    pub(super) fn dismiss(&self) -> (impl Iterator<Item = (Place, Waiting<Q>)> + use<H, Q>, Wakes) {
        let state = &mut *self.state.lock();
        let [mut others, more] = mem::take(&mut state.watchers);
        others.extend(more);
        let wakes = Wakes {
            group: None,
            others,
        };
        (state.queue.drain(), wakes)
    }

    /// Stops all tasks, also those that are just being spawned.
    pub(super) fn abort(&self) {
        let handles: Vec<_> = {
            let state = &mut *self.state.lock();
            state.aborted = true;
            let abort = |(_, entry): (usize, &mut Entry<H>)| match entry.run {
                Run::Task(_) => Some(mem::replace(&mut entry.run, Run::Cancelled)),
                _ => None,
            };
            state.children.iter_mut().filter_map(abort).collect()
        };
        for run in handles {
            if let Run::Task(handle) = run {
                handle.abort();
            }
        }
    }

    /// Whether every child has left.
    pub(super) fn is_joined(&self) -> bool {
        self.state.lock().children.is_empty()
    }

    pub(super) fn take_panic(&self) -> Option<Payload> {
        self.state.lock().panic.take()
    }
}

// ---- the group's future ----

impl<H: Abort, Q> Core<H, Q> {
    /// The group's future is polled for the first time: from now on its tasks belong to this runtime.
    pub(super) fn begin(&self) {
        if let Ok(runtime) = Handle::try_current() {
            self.runtime.get_or_init(|| runtime);
        }
    }

    /// The group's runtime.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub(super) fn runtime(&self) -> &Handle {
        self.runtime.get_or_init(Handle::current)
    }

    /// There is something for the group's future to look at.
    pub(super) fn call(&self) {
        let ring = self.state.lock().bell.ring();
        wake(ring);
    }

    /// The group's future is polled: until it rests, nobody needs to wake it.
    pub(super) fn listen(&self, cx: &Context<'_>) {
        {
            let bell = &mut self.state.lock().bell;
            bell.polling = true;
            (bell.rung, bell.woken) = (false, false);
            match &bell.waker {
                Some(waker) if waker.will_wake(cx.waker()) => return,
                _ => {}
            }
        }
        let waker = cx.waker().clone();
        let before = self.state.lock().bell.waker.replace(waker);
        drop(before);
    }

    /// Looks whether something has happened since this was last asked; if not, the future rests. If the body has ended
    /// (`joining`), the group ends when no child is left.
    pub(super) fn look(&self, joining: bool) -> Look {
        let state = &mut *self.state.lock();
        state.joining = joining;
        if joining && state.is_open() && state.children.len() == state.daemons {
            state.phase = Phase::Ending(Cause::Done);
        }
        if !state.is_open() {
            return Look::Ending;
        }
        state.bell.rest()
    }

    /// As [`look`](Self::look), when the group is ending.
    pub(super) fn rests(&self) -> bool {
        self.state.lock().bell.rest() == Look::Rest
    }

    /// The future is gone, and so is its waker.
    pub(super) fn hush(&self) {
        let waker = self.state.lock().bell.waker.take();
        drop(waker);
    }

    /// The future returns, though there may be something to do: its waker was woken.
    pub(super) fn pauses(&self) {
        self.state.lock().bell.polling = false;
    }
}

// ---- those who wait ----

impl<H: Abort, Q> Core<H, Q> {
    pub(super) fn is_ending(&self) -> bool {
        !self.state.lock().is_open()
    }

    /// Whether something has come about; if not, the task is woken when it has. `number` is that of whoever asks.
    pub(super) fn poll_event(
        &self,
        event: Event,
        cx: &Context<'_>,
        number: &mut Option<u64>,
    ) -> bool {
        let is_there = |state: &State<H, Q>| {
            !state.is_open() || matches!(event, Event::Place) && state.has_place(self.limit)
        };
        {
            let state = &*self.state.lock();
            if is_there(state) {
                return true;
            }
            let before = number.and_then(|number| state.watchers[event as usize].get(&number));
            if before.is_some_and(|waker| waker.will_wake(cx.waker())) {
                return false;
            }
        }
        let waker = cx.waker().clone();
        let _before = {
            let state = &mut *self.state.lock();
            if is_there(state) {
                return true;
            }
            let number = *number.get_or_insert_with(|| state.number());
            state.watchers[event as usize].insert(number, waker)
        };
        false
    }

    /// Whoever asked does not ask any more.
    pub(super) fn unwatch(&self, event: Event, number: u64) {
        let waker = self.state.lock().watchers[event as usize].remove(&number);
        drop(waker);
    }
}
