//! The part of a group's future that does not depend on the user's types. It is compiled once, and not for each call.
//!
//! The typed parts are behind the trait [`TypedParts`]: the body, the group's output, and the timeout. The body is not in the set of
//! the scoped children, because the set's type would then depend on it. Its waker is the group's
//! [`Core`](super::core::Core), which remembers that the body was woken.

use std::{
    convert::Infallible,
    mem,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use tokio::{task::coop::has_budget_remaining, time::Instant};

use super::{
    child::LOST,
    clean_up::CleanUp,
    core::{Payload, Shared},
    current::{current, polled_by},
    inbox::{Inbox, ScopedChild},
    limit::NextQueued,
    nesting::panic_parent_aborted,
    notify::NextStep,
    state::EndCause,
};
use crate::{
    panics::Panics,
    set::{Close, Permits, Progress, Set},
    timeout::Deadline,
    trace::Call,
};

/// The maximum number of turns in one poll.
const TURNS: usize = 64;

/// The parts of a group that depend on the user's types.
pub(super) trait TypedParts {
    /// Starts the timeout.
    fn start_clock(&mut self);

    /// Polls the body. When it has ended, this drops the body and keeps its output.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<BodyEnd>;

    /// Checks whether `until` has completed, and then whether the timeout has elapsed, as
    /// [`EndPolicy::poll`](crate::end_policy::EndPolicy::poll) does. Returns why the group must end, if it must.
    fn poll_clock(
        &mut self,
        cx: &mut Context<'_>,
        cut: bool,
        close: &mut dyn FnMut(),
    ) -> Option<EndCause>;

    /// Drops the body.
    fn drop_body(&mut self);
}

/// The output of the body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyEnd {
    /// The value of the group, which ends when the children have ended.
    Value,
    /// An error, which ends the group.
    Error,
}

/// The future of a group without its [`TypedParts`].
pub(super) struct GroupDriver<'a> {
    /// The scoped children.
    set: Set<ScopedChild<'a>>,
    core: Arc<Shared>,
    /// The `core` again, for [`polled_by`]. It is `None` while the body and the scoped children are polled.
    current: Option<Arc<Shared>>,
    /// The waker of the body.
    waker: Waker,
    inbox: Arc<Inbox<'a>>,
    /// `None` until one of them is needed.
    rare: Option<Box<RareParts<'a>>>,
    stage: Stage,
    /// `None` while the body is running.
    body_end: Option<BodyEnd>,
    closing: Closing,
    poll_first: PollFirst,
    /// Whether there may be new children in the inbox or in the queue. A thread that adds one notifies the group.
    has_new_children: bool,
    pub(super) call: Call,
}

/// The parts of a driver that most groups never need.
#[derive(Default)]
struct RareParts<'a> {
    /// The end of the `grace`.
    grace_deadline: Option<Pin<Box<Deadline>>>,
    /// The first deadline of an orphan.
    orphan_deadline: Option<Pin<Box<Deadline>>>,
    clean_up: Option<CleanUp<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    /// Everything was cancelled, and the group waits for its tasks.
    Ending,
    Over,
}

/// Whether the timeout has elapsed in a turn that was cut short. Then the group ends with the next turn that is not cut short.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// It has, and the body may be polled once more, because it was woken in time.
    PollBodyOnce,
    /// It has, and the body is not polled any more.
    ChildrenOnly,
}

/// The first to be polled in the next turn, so that the body and each scoped child have equal shares of tokio's budget.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PollFirst {
    /// The body, and then the children.
    Body,
    /// The children, because the body has used up the budget.
    Children,
    /// The children that were not polled in the last turn, because one of them has used up the budget: those that were woken, and the
    /// first `unpolled` of those that were never polled. The body comes after them.
    RemainingChildren { unpolled: usize },
}

/// How a turn has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TurnEnd {
    /// There is nothing more to do.
    Idle,
    /// There is more to do, but the runtime must run other tasks first. The group's waker was woken.
    Yielded,
    /// The group is ending.
    Ending,
}

impl<'a> GroupDriver<'a> {
    pub(super) fn new(core: &Arc<Shared>, inbox: Arc<Inbox<'a>>, call: Call) -> Self {
        let mut set = Set::new();
        set.expect(8);
        Self {
            set,
            core: Arc::clone(core),
            current: Some(Arc::clone(core)),
            waker: Waker::from(Arc::clone(core)),
            inbox,
            rare: None,
            stage: Stage::New,
            body_end: None,
            closing: Closing::No,
            poll_first: PollFirst::Body,
            has_new_children: false,
            call,
        }
    }

    /// Begins a poll.
    ///
    /// # Panics
    ///
    /// If the group is over.
    pub(super) fn begin(&mut self, cx: &Context<'_>, typed: &mut dyn TypedParts) {
        assert!(
            self.stage != Stage::Over,
            "a `Group` was polled after it was ready"
        );
        if self.stage == Stage::New {
            self.stage = Stage::Running;
            self.core.set_runtime();
            if let Some(parent) = current() {
                self.core.link(parent);
            }
            typed.start_clock();
        }
        self.has_new_children |= self.core.begin_poll(cx);
    }

    /// Polls the group. It is ready when everything has ended, with the cause of the end and the panic that the group must resume.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        typed: &mut dyn TypedParts,
    ) -> Poll<(Option<EndCause>, Panics)> {
        loop {
            if self.stage == Stage::Running {
                let turn = if self.core.must_end() {
                    TurnEnd::Ending
                } else {
                    self.turn(cx, typed)
                };
                if turn != TurnEnd::Ending {
                    self.poll_orphans(cx);
                    let Some(cause) = self.poll_clock(cx, turn, typed) else {
                        self.set.reset_budget();
                        return Poll::Pending;
                    };
                    self.core.end(cause);
                }
                self.end(&mut || typed.drop_body());
                self.abort();
            }
            if self.core.is_joined() {
                let panic = ready!(self.clean_up(cx));
                return Poll::Ready(self.finish(panic));
            }
            self.poll_orphans(cx);
            if let Some(rare) = &mut self.rare {
                if let Some(deadline) = &mut rare.grace_deadline {
                    if deadline.as_mut().poll(cx).is_ready() {
                        rare.grace_deadline = None;
                        self.core.abort();
                    }
                }
            }
            if self.core.end_poll_if_idle() {
                return Poll::Pending;
            }
        }
    }

    /// Polls the body and the scoped children, and starts children that wait for a permit.
    fn turn(&mut self, cx: &mut Context<'_>, typed: &mut dyn TypedParts) -> TurnEnd {
        // In one poll of the group each future that was woken is polled once. But a task that awaits a scoped child sees the
        // child's output in the same poll, as if it had polled the child itself: the timeout must not come between the two.
        let mut polls_woken = true;
        for _ in 0..TURNS {
            if mem::take(&mut self.has_new_children) {
                self.start_children();
            }
            let mut group = self.current.take();
            let polled = catch_unwind(AssertUnwindSafe(|| {
                polled_by(&mut group, || {
                    if polls_woken {
                        self.poll_woken(cx, typed)
                    } else {
                        let done = |_, _| ControlFlow::<Infallible>::Continue(());
                        let turn = self.set.poll_unpolled(cx, Permits::ALL, done);
                        must_yield(self.set.yielding(cx, turn))
                    }
                })
            }));
            self.current = group;
            let yields = polled.unwrap_or_else(|payload| {
                self.core.panicked(payload);
                false
            });
            if self.body_end == Some(BodyEnd::Value) {
                self.core.state.join();
            }
            // A child that was spawned since the group began to end is not started.
            let next = self.core.next_step();
            self.has_new_children = next != NextStep::Idle;
            match next {
                NextStep::End => return TurnEnd::Ending,
                _ if yields => return TurnEnd::Yielded,
                NextStep::TurnAgain => polls_woken = false,
                NextStep::PollWoken => polls_woken = true,
                NextStep::Idle => {
                    // A thread that has woken the body during this poll did not wake the group.
                    if self.body_end.is_none() && self.core.is_body_woken() {
                        cx.waker().wake_by_ref();
                    }
                    return TurnEnd::Idle;
                }
            }
        }
        cx.waker().wake_by_ref();
        TurnEnd::Yielded
    }

    /// Polls the body and those scoped children that were woken or were never polled. Reports whether the group must yield.
    fn poll_woken(&mut self, cx: &mut Context<'_>, typed: &mut dyn TypedParts) -> bool {
        let done = |_, _| ControlFlow::<Infallible>::Continue(());
        let first = mem::replace(&mut self.poll_first, PollFirst::Body);
        if first != PollFirst::Body {
            let (unpolled, turn) = match first {
                PollFirst::RemainingChildren { unpolled } => {
                    let before = self.set.unpolled();
                    let turn = self.set.poll_rest(cx, unpolled, done);
                    (unpolled - (before - self.set.unpolled()), turn)
                }
                _ => {
                    let turn = self.set.poll(cx, Permits::ALL, done);
                    (self.set.unpolled(), turn)
                }
            };
            if must_yield(self.set.yielding(cx, turn)) {
                self.poll_first = PollFirst::RemainingChildren { unpolled };
                return true;
            }
        }
        if self.poll_body(typed) {
            self.poll_first = PollFirst::Children;
            cx.waker().wake_by_ref();
            return true;
        }
        if first == PollFirst::Children {
            return false;
        }
        let turn = self.set.poll(cx, Permits::ALL, done);
        let yields = must_yield(self.set.yielding(cx, turn));
        if yields {
            let unpolled = self.set.unpolled();
            self.poll_first = PollFirst::RemainingChildren { unpolled };
        }
        yields
    }

    /// Polls the body if it was woken. Reports whether it has used up the budget.
    fn poll_body(&mut self, typed: &mut dyn TypedParts) -> bool {
        if self.body_end.is_some() || self.closing == Closing::ChildrenOnly {
            return false;
        }
        if self.closing == Closing::PollBodyOnce {
            self.closing = Closing::ChildrenOnly;
        }
        if !self.core.take_body_wake() {
            return false;
        }
        match typed.poll_body(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(end) => {
                self.body_end = Some(end);
                false
            }
            Poll::Pending => !has_budget_remaining(),
        }
    }

    /// Starts new children, and children of the queue for which there is a permit now.
    fn start_children(&mut self) {
        for child in self.inbox.take_new() {
            self.set.push(child);
        }
        while let Some(next) = self.core.next_queued() {
            match next {
                NextQueued::Task(task) => task.start(&self.core),
                NextQueued::Scoped(ticket) => {
                    if let Some(mut child) = self.inbox.take_queued(ticket) {
                        child.set_permit();
                        self.set.push(child);
                    }
                }
                NextQueued::Cancelled(ticket) => drop(self.inbox.take_queued(ticket)),
            }
        }
    }

    /// Checks whether `until` or the timeout ends the group, after a turn.
    fn poll_clock(
        &mut self,
        cx: &mut Context<'_>,
        turn: TurnEnd,
        typed: &mut dyn TypedParts,
    ) -> Option<EndCause> {
        typed.poll_clock(cx, turn == TurnEnd::Yielded, &mut || {
            self.set.close(Close::Fairly, None);
            self.closing = if self.core.is_body_woken() {
                Closing::PollBodyOnce
            } else {
                Closing::ChildrenOnly
            };
        })
    }

    /// Cancels everything: drops the body and the scoped children, and wakes the tasks that wait for the end of the group.
    fn end(&mut self, drop_body: &mut dyn FnMut()) {
        self.stage = Stage::Ending;
        let mut panics = Panics::default();
        panics.run(drop_body);
        self.set.clear(&mut panics);
        for child in self.inbox.close() {
            panics.drop(child);
        }
        self.core.cancel_waiting(&mut panics);
        self.core.body_dropped(&mut panics);
        if let Some(payload) = panics.into_first() {
            self.core.panicked(payload);
        }
    }

    /// Aborts tasks, at once or after the `grace`.
    fn abort(&mut self) {
        match self.core.grace {
            Some(grace) if !self.core.is_joined() => {
                let mut deadline = Box::pin(Deadline::new(grace));
                deadline.as_mut().begin();
                self.rare.get_or_insert_default().grace_deadline = Some(deadline);
            }
            _ => self.core.abort(),
        }
    }

    /// Aborts the tasks of orphans that have passed their deadlines.
    fn poll_orphans(&mut self, cx: &mut Context<'_>) {
        if !self.core.has_orphans()
            && (self.rare.as_ref()).is_none_or(|rare| rare.orphan_deadline.is_none())
        {
            return;
        }
        let orphan_deadline = &mut self.rare.get_or_insert_default().orphan_deadline;
        let mut now = Instant::now();
        loop {
            let Some(next) = self.core.abort_orphans(now) else {
                *orphan_deadline = None;
                return;
            };
            if (orphan_deadline.as_ref()).and_then(|deadline| deadline.at()) != Some(next) {
                let grace = self
                    .core
                    .grace
                    .expect("an orphan's deadline is the end of the grace");
                *orphan_deadline = Some(Box::pin(Deadline::until(next, grace)));
            }
            let deadline = orphan_deadline.as_mut().expect("it was just set");
            if deadline.as_mut().poll(cx).is_pending() {
                return;
            }
            now = next;
        }
    }

    /// Runs the finalizers, after everything else has ended. It is ready after the last one, with the first panic of the group.
    fn clean_up(&mut self, cx: &mut Context<'_>) -> Poll<Option<Payload>> {
        let inbox = Some(&*self.inbox);
        if let Some(RareParts {
            clean_up: Some(clean_up),
            ..
        }) = self.rare.as_deref_mut()
        {
            return clean_up.poll(cx, &*self.core, inbox);
        }
        match CleanUp::begin(&*self.core, inbox) {
            Ok(clean_up) => {
                let clean_up = (self.rare.get_or_insert_default().clean_up).insert(clean_up);
                clean_up.poll(cx, &*self.core, inbox)
            }
            Err(panic) => Poll::Ready(panic),
        }
    }

    /// Returns the cause of the end and the panic to resume, after everything has ended. `panic` is the group's first panic.
    fn finish(&mut self, panic: Option<Payload>) -> (Option<EndCause>, Panics) {
        self.stage = Stage::Over;
        let mut panics = Panics::default();
        if let Some(payload) = panic {
            panics.keep(payload);
        }
        if self.core.is_lost() && !panics.is_some() {
            panics.run(|| panic!("{LOST}"));
        }
        let cause = self.core.cause();
        if cause == Some(EndCause::ParentAborted) && !panics.is_some() {
            panics.run(|| panic_parent_aborted(&self.core));
        }
        (cause, panics)
    }

    /// Takes the first panic of the group.
    fn take_panic(&self) -> Panics {
        let mut panics = Panics::default();
        if let Some(payload) = self.core.take_panic() {
            panics.keep(payload);
        }
        panics
    }

    /// Drops the waker of the group's future.
    pub(super) fn clear_waker(&self, panics: &mut Panics) {
        panics.run(|| self.core.clear_waker());
    }

    /// Cancels the group because its future is dropped, and takes the first panic. Does nothing if the group is over.
    pub(super) fn cancel(&mut self, drop_body: &mut dyn FnMut()) -> Option<Panics> {
        if self.stage == Stage::Over {
            return None;
        }
        self.core.end(EndCause::Dropped);
        self.end(drop_body);
        let mut panics = self.take_panic();
        if let Some(clean_up) = self.rare.as_mut().and_then(|rare| rare.clean_up.take()) {
            clean_up.interrupt(&self.core, &mut panics);
        }
        for finalizer in self.inbox.close_deferred().into_iter().rev() {
            panics.drop(finalizer);
        }
        Some(panics)
    }

    /// Leaves the tasks to the group around this one, because the future was dropped.
    pub(super) fn orphan(&self, panics: &mut Panics) {
        panics.run(|| self.core.orphan());
        self.clear_waker(panics);
    }
}

/// Checks whether a turn of the set was cut short, so that the runtime can run other tasks.
const fn must_yield(turn: Progress<Infallible>) -> bool {
    matches!(turn, Progress::Yielded)
}
