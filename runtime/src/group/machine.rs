//! The part of a group's future that depends on no type of its user, so that it is compiled once and not for each call.
//!
//! What is typed is behind [`Typed`]: the body, what it gives, and the deadline. The body is not in the set of the children in
//! place, whose type would depend on it: its waker is that of the [`Core`](super::core::Core), which remembers that it was woken.

use std::{
    convert::Infallible,
    mem,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::{task::coop::has_budget_remaining, time::Instant};

use super::{
    Shared,
    bell::Look,
    child::LOST,
    inbox::{InPlace, Inbox},
    link::{current, panic_as_cut, polled_by},
    places::Next,
    state::Cause,
};
use crate::{
    panics::Panics,
    set::{Close, Permits, Progress, Set},
    timeout::Deadline,
    trace::Call,
};

/// How often a poll looks for more to do, before the runtime gets its turn.
const ROUNDS: usize = 64;

/// What a group has of its user's types.
pub(super) trait Typed {
    /// Lets the time of the deadline run.
    fn begin(&mut self);

    /// Polls the body, drops it if it is done, and keeps what it gave. Whether that is the group's value; otherwise it is an error.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<bool>;

    /// Returns whether the deadline has passed, as [`Clock::poll`](crate::clock::Clock::poll) does.
    fn poll_clock(&mut self, cx: &mut Context<'_>, cut: bool, close: &mut dyn FnMut()) -> bool;

    /// Drops the body.
    fn drop_body(&mut self);
}

/// A group's future without its [`Typed`] part.
pub(super) struct Machine<'a> {
    /// The children in place.
    set: Set<InPlace<'a>>,
    core: Arc<Shared>,
    /// There, but while the body and the children in place are polled.
    current: Option<Arc<Shared>>,
    /// That of the body.
    waker: Waker,
    inbox: Arc<Inbox<'a>>,
    /// The end of the `grace`.
    respite: Option<Pin<Box<Deadline>>>,
    /// When the time of the first orphan is over.
    orphans: Option<Pin<Box<Deadline>>>,
    stage: Stage,
    body: Body,
    /// The deadline has passed, and the turn was cut short. Whether the body may still be polled, once.
    closing: Option<bool>,
    first: First,
    /// There may be children to take in, or to start: whoever leaves one calls the group.
    admits: bool,
    pub(super) call: Call,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    /// Everything was cancelled, and tasks are waited for.
    Ending,
    Over,
}

/// How far the body is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Running,
    /// It has given the group's value: the group ends when the children have.
    Done,
    Failed,
}

/// What is polled first in the next turn, so that the body and each child in place have equal shares of the budgets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    /// The body, and then the children.
    Body,
    /// The children, because the body has spent the budget.
    Children,
    /// The children that are left of a turn because one of them has spent the budget: those that were woken, and this number
    /// of those that were never polled. Then the body.
    Rest { fresh: usize },
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

impl<'a> Machine<'a> {
    pub(super) fn new(core: &Arc<Shared>, inbox: Arc<Inbox<'a>>, call: Call) -> Self {
        let mut set = Set::new();
        set.expect(8);
        Self {
            set,
            core: Arc::clone(core),
            current: Some(Arc::clone(core)),
            waker: Waker::from(Arc::clone(core)),
            inbox,
            respite: None,
            orphans: None,
            stage: Stage::New,
            body: Body::Running,
            closing: None,
            first: First::Body,
            admits: false,
            call,
        }
    }

    /// Gets ready for a poll.
    ///
    /// # Panics
    ///
    /// If the group is over.
    pub(super) fn begin(&mut self, cx: &Context<'_>, typed: &mut dyn Typed) {
        assert!(
            self.stage != Stage::Over,
            "a `Group` was polled after it was ready"
        );
        if self.stage == Stage::New {
            self.stage = Stage::Running;
            self.core.begin();
            if let Some(parent) = current() {
                self.core.link(parent);
            }
            typed.begin();
        }
        self.admits |= self.core.listen(cx);
    }

    /// Goes on as far as that is possible. When everything has ended, it returns what has ended it, and the panic that the
    /// group resumes.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        typed: &mut dyn Typed,
    ) -> Poll<(Option<Cause>, Panics)> {
        loop {
            if self.stage == Stage::Running {
                let pace = if self.core.finds_end() {
                    Pace::Ending
                } else {
                    self.turn(cx, typed)
                };
                if pace != Pace::Ending {
                    self.poll_orphans(cx);
                    if !self.poll_clock(cx, pace, typed) {
                        if pace == Pace::Cut {
                            self.core.pauses();
                        } else {
                            self.set.reset_budget();
                        }
                        return Poll::Pending;
                    }
                    self.core.end(Cause::Late);
                }
                self.end(&mut || typed.drop_body());
                self.abort();
            }
            if self.core.is_joined() {
                return Poll::Ready(self.finish());
            }
            self.poll_orphans(cx);
            if let Some(respite) = &mut self.respite {
                if respite.as_mut().poll(cx).is_ready() {
                    self.respite = None;
                    self.core.abort();
                }
            }
            if self.core.rests() {
                return Poll::Pending;
            }
        }
    }

    /// Polls the body and the children in place, and starts whatever there is a place for.
    fn turn(&mut self, cx: &mut Context<'_>, typed: &mut dyn Typed) -> Pace {
        // What was woken is polled once. But whoever waits for a child in place gets what it gives in the same turn, as it
        // would if it had polled the child itself: a deadline must not come between.
        let mut woken = true;
        for _ in 0..ROUNDS {
            if mem::take(&mut self.admits) {
                self.admit();
            }
            let mut group = self.current.take();
            let polled = catch_unwind(AssertUnwindSafe(|| {
                polled_by(&mut group, || {
                    if woken {
                        self.poll_woken(cx, typed)
                    } else {
                        let done = |_, _| ControlFlow::<Infallible>::Continue(());
                        let turn = self.set.poll_unpolled(cx, Permits::ALL, done);
                        is_cut(self.set.yielding(cx, turn))
                    }
                })
            }));
            self.current = group;
            let cut = polled.unwrap_or_else(|payload| {
                self.core.panicked(payload);
                false
            });
            // What was spawned since the group began to end is not started.
            let look = self.core.look(self.body == Body::Done);
            self.admits = look != Look::Rest;
            match look {
                Look::Ending => return Pace::Ending,
                _ if cut => return Pace::Cut,
                look @ (Look::Again | Look::Woken) => woken = look == Look::Woken,
                Look::Rest => {
                    // Whoever has woken the body while it was polled has left that to this.
                    if self.body == Body::Running && self.core.is_body_woken() {
                        cx.waker().wake_by_ref();
                    }
                    return Pace::Done;
                }
            }
        }
        cx.waker().wake_by_ref();
        Pace::Cut
    }

    /// Polls the body and the children in place, as far as they were woken or are new. Whether the turn was cut short.
    fn poll_woken(&mut self, cx: &mut Context<'_>, typed: &mut dyn Typed) -> bool {
        let done = |_, _| ControlFlow::<Infallible>::Continue(());
        let first = mem::replace(&mut self.first, First::Body);
        if first != First::Body {
            let (fresh, turn) = match first {
                First::Rest { fresh } => {
                    let before = self.set.unpolled();
                    let turn = self.set.poll_rest(cx, fresh, done);
                    (fresh - (before - self.set.unpolled()), turn)
                }
                _ => {
                    let turn = self.set.poll(cx, Permits::ALL, done);
                    (self.set.unpolled(), turn)
                }
            };
            if is_cut(self.set.yielding(cx, turn)) {
                self.first = First::Rest { fresh };
                return true;
            }
        }
        if self.poll_body(typed) {
            self.first = First::Children;
            cx.waker().wake_by_ref();
            return true;
        }
        if first == First::Children {
            return false;
        }
        let turn = self.set.poll(cx, Permits::ALL, done);
        let cut = is_cut(self.set.yielding(cx, turn));
        if cut {
            let fresh = self.set.unpolled();
            self.first = First::Rest { fresh };
        }
        cut
    }

    /// Polls the body if it was woken. Whether it has spent the budget.
    fn poll_body(&mut self, typed: &mut dyn Typed) -> bool {
        if self.body != Body::Running
            || (self.closing.as_mut()).is_some_and(|may_poll| !mem::take(may_poll))
            || !self.core.takes_body_wake()
        {
            return false;
        }
        match typed.poll_body(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(true) => self.body = Body::Done,
            Poll::Ready(false) => self.body = Body::Failed,
            Poll::Pending => return !has_budget_remaining(),
        }
        false
    }

    /// Takes in new children, and those that there is a place for now.
    fn admit(&mut self) {
        for child in self.inbox.take_new() {
            self.set.push(child);
        }
        while let Some(next) = self.core.next() {
            match next {
                Next::Task(child) => child.start(&self.core),
                Next::InPlace(ticket) => {
                    if let Some(mut child) = self.inbox.take(ticket) {
                        child.gets_place();
                        self.set.push(child);
                    }
                }
                Next::Refused(ticket) => drop(self.inbox.take(ticket)),
            }
        }
    }

    /// Returns whether the deadline has passed, after a turn.
    fn poll_clock(&mut self, cx: &mut Context<'_>, pace: Pace, typed: &mut dyn Typed) -> bool {
        typed.poll_clock(cx, pace == Pace::Cut, &mut || {
            self.set.close(Close::Fairly, None);
            self.closing = Some(self.core.is_body_woken());
        })
    }

    /// Cancels everything: in place at once, while tasks are told.
    fn end(&mut self, drop_body: &mut dyn FnMut()) {
        self.stage = Stage::Ending;
        let mut panics = Panics::default();
        panics.run(drop_body);
        self.set.clear(&mut panics);
        for child in self.inbox.close() {
            panics.drop(child);
        }
        self.core.call_off(&mut panics);
        self.core.unwind(&mut panics);
        if let Some(payload) = panics.into_first() {
            self.core.panicked(payload);
        }
    }

    /// Aborts tasks, at once or when they have had the time of the `grace`.
    fn abort(&mut self) {
        match self.core.grace {
            Some(grace) if !self.core.is_joined() => {
                let mut respite = Box::pin(Deadline::new(grace));
                respite.as_mut().begin();
                self.respite = Some(respite);
            }
            _ => self.core.abort(),
        }
    }

    /// Aborts the tasks of orphans whose time is over.
    fn poll_orphans(&mut self, cx: &mut Context<'_>) {
        if self.orphans.is_none() && !self.core.has_orphans() {
            return;
        }
        let mut now = Instant::now();
        loop {
            let Some(next) = self.core.abort_orphans(now) else {
                self.orphans = None;
                return;
            };
            if self.orphans.as_ref().and_then(|alarm| alarm.at()) != Some(next) {
                let grace = self.core.grace.expect("orphans have a deadline by it");
                self.orphans = Some(Box::pin(Deadline::until(next, grace)));
            }
            let alarm = self.orphans.as_mut().expect("it was just made");
            if alarm.as_mut().poll(cx).is_pending() {
                return;
            }
            now = next;
        }
    }

    /// Everything has ended.
    fn finish(&mut self) -> (Option<Cause>, Panics) {
        self.stage = Stage::Over;
        let mut panics = self.panics();
        if self.core.is_lost() && !panics.is_some() {
            panics.run(|| panic!("{LOST}"));
        }
        let cause = self.core.cause();
        if cause == Some(Cause::Cut) && !panics.is_some() {
            panics.run(|| panic_as_cut(&self.core));
        }
        (cause, panics)
    }

    /// Takes out the first panic of the group.
    fn panics(&self) -> Panics {
        let mut panics = Panics::default();
        if let Some(payload) = self.core.take_panic() {
            panics.keep(payload);
        }
        panics
    }

    /// Lets go of the waker of whoever has polled the group.
    pub(super) fn hush(&self, panics: &mut Panics) {
        panics.run(|| self.core.hush());
    }

    /// The future is dropped: cancels the group, if it is not over, and returns the first panic.
    pub(super) fn cancel(&mut self, drop_body: &mut dyn FnMut()) -> Option<Panics> {
        if self.stage == Stage::Over {
            return None;
        }
        self.core.end(Cause::Dropped);
        self.end(drop_body);
        Some(self.panics())
    }

    /// The future was dropped: leaves its tasks to the group around it.
    pub(super) fn orphan(&self, panics: &mut Panics) {
        panics.run(|| self.core.orphan());
        self.hush(panics);
    }
}

/// Whether the runtime must have its turn.
const fn is_cut(turn: Progress<Infallible>) -> bool {
    matches!(turn, Progress::Yielded)
}
