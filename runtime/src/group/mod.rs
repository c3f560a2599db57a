//! `task_group!`: children that do not outlive their scope.
//!
//! ```text
//! Group ── Set: the body, children in place          (polled by the group's future)
//!   └── Arc<Core> ── tasks, blocking children ──────  (run by the runtime)
//!          ▲ ▲
//!          │ └─ Child, Member: one of each a child
//!          └─── TaskGroup, GroupHandle: whoever may spawn
//! ```
//!
//! The body and the children in place are futures of one [`Set`], the body the first; so only those that were woken are
//! polled, in the order of their spawning. A task is wrapped in a [`running::Running`], which tells the group of its output, its
//! error, its panic, and, as the last thing, that it is gone. So the group joins its tasks by counting them.
//!
//! The types of what tasks hold know nothing of the body's value `R`, so that it may borrow.

mod bell;
mod cancels;
mod child;
mod core;
mod inbox;
pub mod kind;
mod link;
mod mode;
#[cfg(all(test, rejoin_loom))]
mod model;
mod outlet;
mod places;
mod queue;
mod running;
mod scope;
mod state;
mod stops;
mod sync;
mod watchers;

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    mem,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::Instant;

use self::{
    bell::Look,
    child::LOST,
    core::Core,
    inbox::{InPlace, Inbox},
    kind::Kind,
    link::{panic_as_cut, polled_by},
    places::Next,
    state::Cause,
};
pub use self::{
    child::Child,
    mode::GroupMode,
    scope::{Cancelled, GroupHandle, Ready, TaskGroup},
};
use crate::{
    Failures, TimedOut,
    clock::Clock,
    panics::Panics,
    set::{Close, Places, Set, Turn},
    timeout::{Deadline, Timeout},
    trace::{Call, End, Ending, Macro},
};

/// What the parts of a group share.
type Shared = Core<running::Queued>;

/// How often a poll looks for more to do, before the runtime gets its turn.
const ROUNDS: usize = 64;

/// A group before it has its body.
pub struct Setup<'a, R, M: GroupMode, C> {
    handle: GroupHandle<R, M>,
    inbox: Arc<Inbox<'a>>,
    clock: C,
    call: Call,
}

/// Makes a group, and the handle for its body.
#[cfg_attr(feature = "tracing", track_caller)]
pub fn group<'a, R, M: GroupMode, C: Clock>(
    Kind(errors): Kind<M>,
    limit: Option<usize>,
    grace: Option<Timeout>,
    clock: C,
) -> (Setup<'a, R, M, C>, TaskGroup<'a, R, M>) {
    let call = Call::of_unknown(Macro::TaskGroup);
    let handle = GroupHandle::new(Arc::new(Core::new(limit, grace)), errors, call.scope());
    let inbox = Arc::new(Inbox::new());
    let setup = Setup {
        handle: handle.clone(),
        inbox: Arc::clone(&inbox),
        clock,
        call,
    };
    (setup, TaskGroup::new(handle, inbox))
}

impl<'a, R, M: GroupMode, C: Clock> Setup<'a, R, M, C> {
    /// Gives the group its body.
    pub fn run<B: Future<Output = M::Output<R>>>(self, body: B) -> Group<'a, B, R, M, C> {
        let mut set = Set::new();
        set.expect(8);
        set.push(Branch::Body(Box::pin(body)));
        Group {
            set,
            value: None,
            failure: None,
            current: Some(Arc::clone(self.handle.core())),
            handle: self.handle,
            inbox: self.inbox,
            clock: self.clock,
            late: None,
            respite: None,
            orphans: None,
            stage: Stage::New,
            admits: false,
            call: self.call,
        }
    }
}

/// The future of [`task_group!`](crate::task_group): it gives the value of the body when that and all children have ended.
///
/// It is [`Send`] if the body is, also if children borrow.
///
/// # Cancel safety
///
/// Dropping it cancels the group: the body and the children in place are dropped at once; tasks are aborted, and are gone
/// after their next await, for which a drop cannot wait. To wait for them, [`stop`](TaskGroup::stop) the group or give it a
/// `timeout`.
///
/// In the body or in a child of another group its tasks are left to that one when it is dropped: they have the other group's
/// `grace`, and the other group waits until they are gone.
///
/// Where it is not dropped but forgotten ([`mem::forget`]), its tasks go on. A group around it aborts them when it ends.
///
/// # Panics
///
/// A panic of the body or of a child goes on from here, after everything else was cancelled and joined; of several the first.
/// It panics also
///
/// - if a child was dropped because its runtime was shut down: "this `Child` will never be ready: its runtime was shut down";
/// - if it was first polled in another group, is polled elsewhere now, and the other group has ended and aborted its tasks: "this
///   `Group` has no value: the group around it has ended without it";
/// - if it is polled after it was ready.
#[must_use = "futures do nothing unless awaited: add `.await`"]
pub struct Group<'a, B: Future, R, M: GroupMode, C> {
    set: Set<Branch<'a, B>>,
    /// What the body has given.
    value: Option<R>,
    failure: Option<M::Error>,
    handle: GroupHandle<R, M>,
    /// There, but while the body and the children in place are polled.
    current: Option<Arc<Shared>>,
    inbox: Arc<Inbox<'a>>,
    clock: C,
    late: Option<TimedOut>,
    /// The end of the `grace`.
    respite: Option<Pin<Box<Deadline>>>,
    /// When the time of the first orphan is over.
    orphans: Option<Pin<Box<Deadline>>>,
    stage: Stage,
    /// There may be children to take in, or to start: whoever leaves one calls the group.
    admits: bool,
    call: Call,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    /// Everything was cancelled, and tasks are waited for.
    Ending,
    Over,
}

/// How a turn ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// There was nothing more to do.
    Done,
    /// The runtime must have its turn; the waker was woken.
    Cut,
    /// The group is ending.
    Ending,
}

/// What a group polls.
enum Branch<'a, B> {
    Body(Pin<Box<B>>),
    Child(InPlace<'a>),
}

impl<B: Future> Future for Branch<'_, B> {
    /// What the body gives.
    type Output = Option<B::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Body(body) => body.as_mut().poll(cx).map(Some),
            Self::Child(child) => child.as_mut().poll(cx).map(|()| None),
        }
    }
}

// Everything that must stay in its place is in an allocation of its own.
impl<B: Future, R, M: GroupMode, C> Unpin for Group<'_, B, R, M, C> {}

impl<B: Future, R, M: GroupMode, C> Group<'_, B, R, M, C> {
    fn core(&self) -> &Arc<Shared> {
        self.handle.core()
    }

    fn rest(&mut self) -> Rest<R, M::Error> {
        let mut panics = Panics::default();
        if let Some(payload) = self.core().take_panic() {
            panics.keep(payload);
        }
        Rest {
            panics,
            value: self.value.take(),
            stopped: self.handle.take_stopped(),
            failures: M::failures(self.handle.errors(), self.failure.take()),
        }
    }

    /// Cancels everything: in place at once, while tasks are told.
    fn end(&mut self) {
        self.stage = Stage::Ending;
        let mut panics = Panics::default();
        self.set.clear(&mut panics);
        for child in self.inbox.close() {
            panics.drop(child);
        }
        self.core().call_off(&mut panics);
        self.core().unwind(&mut panics);
        if let Some(payload) = panics.into_first() {
            self.core().panicked(payload);
        }
    }

    /// Aborts tasks, at once or when they have had the time of the `grace`.
    fn abort(&mut self) {
        match self.core().grace {
            Some(grace) if !self.core().is_joined() => {
                let mut respite = Box::pin(Deadline::new(grace));
                respite.as_mut().begin();
                self.respite = Some(respite);
            }
            _ => self.core().abort(),
        }
    }

    /// Aborts the tasks of orphans whose time is over.
    fn poll_orphans(&mut self, cx: &mut Context<'_>) {
        if self.orphans.is_none() && !self.core().has_orphans() {
            return;
        }
        let mut now = Instant::now();
        loop {
            let Some(next) = self.core().abort_orphans(now) else {
                self.orphans = None;
                return;
            };
            if self.orphans.as_ref().and_then(|alarm| alarm.at()) != Some(next) {
                let grace = self.core().grace.expect("orphans have a deadline by it");
                self.orphans = Some(Box::pin(Deadline::until(next, grace)));
            }
            let alarm = self.orphans.as_mut().expect("it was just made");
            if alarm.as_mut().poll(cx).is_pending() {
                return;
            }
            now = next;
        }
    }
}

impl<B, R, M, C> Group<'_, B, R, M, C>
where
    B: Future<Output = M::Output<R>>,
    M: GroupMode,
    C: Clock,
{
    /// Polls the body and the children in place, and starts whatever there is a place for.
    fn turn(&mut self, cx: &mut Context<'_>) -> Pace {
        // What was woken is polled once. But whoever waits for a child in place gets what it gives in the same turn, as it
        // would if it had polled the child itself: a deadline must not come between.
        let mut woken = true;
        for _ in 0..ROUNDS {
            if mem::take(&mut self.admits) {
                self.admit();
            }
            let (mut body, set, group) = (None, &mut self.set, &mut self.current);
            let done = |_, output: Option<_>| {
                body = output.or(body.take());
                ControlFlow::<Infallible>::Continue(())
            };
            let polled = catch_unwind(AssertUnwindSafe(|| {
                polled_by(group, || {
                    let turn = if woken {
                        set.poll(cx, Places::ALL, done)
                    } else {
                        set.poll_fresh(cx, Places::ALL, done)
                    };
                    set.yielding(cx, turn)
                })
            }));
            if let Some(output) = body {
                self.body_ended(output);
            }
            let cut = match polled {
                Ok(Turn::Done) => false,
                Ok(Turn::Cut) => true,
                Ok(Turn::Stopped(never)) => match never {},
                Err(payload) => {
                    self.core().panicked(payload);
                    false
                }
            };
            // What was spawned since the group began to end is not started.
            let look = self.core().look(self.value.is_some());
            self.admits = look != Look::Rest;
            match look {
                Look::Ending => return Pace::Ending,
                _ if cut => return Pace::Cut,
                look @ (Look::Again | Look::Woken) => woken = look == Look::Woken,
                Look::Rest => return Pace::Done,
            }
        }
        cx.waker().wake_by_ref();
        Pace::Cut
    }

    /// Takes in new children, and those that there is a place for now.
    fn admit(&mut self) {
        for child in self.inbox.take_new() {
            self.set.push(Branch::Child(child));
        }
        while let Some(next) = self.core().next() {
            match next {
                Next::Task(child) => child.start(self.core()),
                Next::InPlace(ticket) => {
                    if let Some(mut child) = self.inbox.take(ticket) {
                        child.as_mut().gets_place();
                        self.set.push(Branch::Child(child));
                    }
                }
                Next::Refused(ticket) => drop(self.inbox.take(ticket)),
            }
        }
    }

    fn body_ended(&mut self, output: M::Output<R>) {
        match M::split(output) {
            Ok(value) => {
                self.value = Some(value);
            }
            Err(error) if self.core().fail() => self.failure = Some(error),
            Err(_) => {}
        }
    }

    /// Goes on as far as that is possible.
    fn advance(&mut self, cx: &mut Context<'_>, ending: &mut Ending) -> Poll<C::Item<M::End<R>>> {
        loop {
            if self.stage == Stage::Running {
                let pace = if self.core().finds_end() {
                    Pace::Ending
                } else {
                    self.turn(cx)
                };
                if pace != Pace::Ending {
                    self.poll_orphans(cx);
                    let close = || self.set.close(Close::Fairly, None);
                    let Some(late) = self.clock.poll(cx, pace == Pace::Cut, close) else {
                        if pace == Pace::Cut {
                            self.core().pauses();
                        } else {
                            self.set.rest();
                        }
                        return Poll::Pending;
                    };
                    self.late = Some(late);
                    self.core().end(Cause::Late);
                }
                self.end();
                self.abort();
            }
            if self.core().is_joined() {
                return Poll::Ready(self.finish(ending));
            }
            self.poll_orphans(cx);
            if let Some(respite) = &mut self.respite {
                if respite.as_mut().poll(cx).is_ready() {
                    self.respite = None;
                    self.core().abort();
                }
            }
            if self.core().rests() {
                return Poll::Pending;
            }
        }
    }

    /// What there is to say, when everything has ended.
    fn finish(&mut self, ending: &mut Ending) -> C::Item<M::End<R>> {
        self.stage = Stage::Over;
        let mut rest = self.rest();
        if self.core().is_lost() && !rest.panics.is_some() {
            rest.panics.run(|| panic!("{LOST}"));
        }
        let cause = self.core().cause();
        if cause == Some(Cause::Cut) && !rest.panics.is_some() {
            rest.panics.run(|| panic_as_cut(self.core()));
        }
        let given = if rest.panics.is_some() {
            None
        } else if cause == Some(Cause::Late) {
            ending.is(End::TimedOut);
            self.late.take().and_then(C::late)
        } else if let Some(failures) = rest.failures.take() {
            ending.is(End::Error);
            Some(C::item(M::end(Err(failures))))
        } else {
            ending.is(End::Ok);
            let value = match cause {
                Some(Cause::Stopped) => rest.stopped.take(),
                _ => rest.value.take(),
            };
            value.map(|value| C::item(M::end(Ok(value))))
        };
        let mut panics = rest.clear();
        panics.run(|| self.core().hush());
        if panics.is_some() {
            panics.drop(given);
            panics.resume();
            unreachable!("the thread does not unwind where a future is polled")
        }
        given.expect("the body has ended, or the group was stopped")
    }
}

impl<B, R, M, C> Future for Group<'_, B, R, M, C>
where
    B: Future<Output = M::Output<R>>,
    M: GroupMode,
    C: Clock,
{
    type Output = C::Item<M::End<R>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        assert!(
            this.stage != Stage::Over,
            "a `Group` was polled after it was ready"
        );
        if this.stage == Stage::New {
            this.stage = Stage::Running;
            this.core().begin();
            if let Some(parent) = link::current() {
                this.core().link(parent);
            }
            this.clock.begin();
        }
        this.admits |= this.core().listen(cx);
        let mut call = this.call.take();
        let poll = call.run(|ending| this.advance(cx, ending));
        this.call = call;
        poll
    }
}

impl<B: Future, R, M: GroupMode, C> Drop for Group<'_, B, R, M, C> {
    fn drop(&mut self) {
        if self.stage == Stage::Over {
            return;
        }
        self.core().end(Cause::Dropped);
        self.end();
        let mut panics = self.rest().clear();
        panics.run(|| self.core().orphan());
        panics.run(|| self.core().hush());
        panics.resume();
    }
}

/// What a group has in the end. All that is not given is dropped, whatever panics.
struct Rest<R, E> {
    panics: Panics,
    value: Option<R>,
    stopped: Option<R>,
    failures: Option<Failures<E>>,
}

impl<R, E> Rest<R, E> {
    fn clear(mut self) -> Panics {
        self.panics.drop(self.value);
        self.panics.drop(self.stopped);
        for error in self.failures.into_iter().flatten() {
            self.panics.drop(error);
        }
        self.panics
    }
}

impl<B: Future, R, M: GroupMode, C> fmt::Debug for Group<'_, B, R, M, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").finish_non_exhaustive()
    }
}
