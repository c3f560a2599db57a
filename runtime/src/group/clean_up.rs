//! The clean-up of a group: it runs the [`Finalizers`](super::finalizers::Finalizers) after everything else has ended.
//!
//! The group's future runs them. If that was dropped, a task of the runtime runs those that borrow nothing, after the last child
//! has left. The task is counted in the groups around this one, so each of them waits for it.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::Instant;

use super::{
    core::{Core, Inner, Payload},
    finalizers::{Deferred, Finalizer},
    inbox::Inbox,
    state::{EndCause, State},
};
use crate::{
    panics::Panics,
    set::{Progress, StaticSet},
    timeout::{Deadline, Timeout},
};

/// The maximum number of finalizers that are started in one poll.
const TURN: usize = 512;

/// A clean-up that has begun.
pub(super) struct CleanUp<'a> {
    running: Option<Running<'a>>,
    /// Has the running finalizer as its only branch.
    wakes: StaticSet,
    deadline: Option<Pin<Box<Deadline>>>,
    /// Whether the deadline has passed: then each finalizer is polled once.
    is_late: bool,
}

enum Running<'a> {
    Owned(Finalizer<'static>),
    InPlace(Finalizer<'a>),
}

impl Running<'_> {
    #[allow(
        clippy::match_same_arms,
        reason = "a mutable reference to one of them is none to the other"
    )]
    fn poll(&mut self, cx: &mut Context<'_>, keeps_error: bool) -> Poll<()> {
        match self {
            Self::Owned(finalizer) => finalizer.as_mut().poll(cx, keeps_error),
            Self::InPlace(finalizer) => finalizer.as_mut().poll(cx, keeps_error),
        }
    }
}

impl<'a> CleanUp<'a> {
    fn new(deadline: Option<(Instant, Timeout)>) -> Self {
        Self {
            running: None,
            wakes: StaticSet::new(1, 1),
            deadline: deadline.map(|(at, grace)| Box::pin(Deadline::until(at, grace))),
            is_late: false,
        }
    }

    /// Begins the clean-up of a group in which everything has ended. If there is nothing to clean up, it has ended already, with the
    /// first panic of the group.
    pub(super) fn begin<Q: Send + 'static>(
        core: &Core<Q>,
        inbox: Option<&Inbox<'a>>,
    ) -> Result<Self, Option<Payload>> {
        let first = match core.next_finalizer() {
            Ok(panic) => return Err(panic),
            Err(first) => first,
        };
        let mut clean_up = Self::new(core.clean_up_deadline());
        clean_up.start(first, inbox);
        Ok(clean_up)
    }

    /// Starts a finalizer. One that was in place is gone if the group's future was dropped.
    fn start(&mut self, finalizer: Deferred, inbox: Option<&Inbox<'a>>) {
        self.running = match finalizer {
            Deferred::Owned(finalizer) => Some(Running::Owned(finalizer)),
            Deferred::InPlace(ticket) => inbox
                .and_then(|inbox| inbox.take_deferred(ticket))
                .map(Running::InPlace),
        };
        self.wakes = StaticSet::new(1, 1);
    }

    /// Runs the finalizers one after another. It is ready after the last one, with the first panic of the group.
    pub(super) fn poll<Q: Send + 'static>(
        &mut self,
        cx: &mut Context<'_>,
        core: &Core<Q>,
        inbox: Option<&Inbox<'a>>,
    ) -> Poll<Option<Payload>> {
        for _ in 0..TURN {
            if let Some(running) = &mut self.running {
                let keeps_error = core.keeps_errors();
                let mut poll = |_, cx: &mut Context<'_>| {
                    let poll = AssertUnwindSafe(|| running.poll(cx, keeps_error).is_ready());
                    catch_unwind(poll).unwrap_or_else(|payload| {
                        core.panicked(payload);
                        true
                    })
                };
                let turn = self.wakes.poll(cx, true, &mut poll);
                if turn != Progress::Stopped(()) && !self.is_late(cx) {
                    return Poll::Pending;
                }
                let mut panics = Panics::default();
                self.drop_running(&mut panics);
                if let Some(payload) = panics.into_first() {
                    core.panicked(payload);
                }
            }
            match core.next_finalizer() {
                Ok(panic) => return Poll::Ready(panic),
                Err(next) => self.start(next, inbox),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        self.is_late = self.is_late
            || (self.deadline.as_mut())
                .is_some_and(|deadline| deadline.as_mut().poll(cx).is_ready());
        self.is_late
    }

    fn drop_running(&mut self, panics: &mut Panics) {
        panics.drop(self.running.take());
        panics.run(|| self.wakes.end());
    }

    /// Ends the part of the clean-up that the group's future runs, because that is dropped. The running finalizer is dropped, or left to
    /// the task that goes on.
    pub(super) fn interrupt<Q: Send + 'static>(mut self, core: &Core<Q>, panics: &mut Panics) {
        match self.running.take() {
            Some(Running::Owned(finalizer)) => core.put_back(finalizer),
            other => self.running = other,
        }
        self.drop_running(panics);
    }
}

impl<Q: Send + 'static> Core<Q> {
    /// Registers a finalizer. Fails if the clean-up has ended.
    pub(super) fn defer(&self, finalizer: Deferred) -> Result<(), Deferred> {
        self.inner.lock().finalizers.push(finalizer)
    }

    /// Takes the finalizer that is next in turn, in a group in which everything has ended. If there is none, the clean-up has ended, and
    /// the result is the group's first panic.
    fn next_finalizer(&self) -> Result<Option<Payload>, Deferred> {
        let inner = &mut *self.inner.lock();
        match inner.finalizers.pop() {
            Some(next) => Err(next),
            None => Ok(inner.panic.take()),
        }
    }

    /// Makes a finalizer that was running the next in turn.
    fn put_back(&self, finalizer: Finalizer<'static>) {
        let refused = self.defer(Deferred::Owned(finalizer));
        debug_assert!(refused.is_ok(), "the last finalizer has not ended");
    }

    /// Checks whether an error makes the group fail that happens in the clean-up.
    fn keeps_errors(&self) -> bool {
        matches!(
            self.cause(),
            Some(EndCause::Done | EndCause::Failed | EndCause::Stopped)
        )
    }

    /// Returns when the clean-up must have ended, which begins now or has begun before. An orphan has the time of the group around it.
    fn clean_up_deadline(&self) -> Option<(Instant, Timeout)> {
        let is_orphan = self.inner.lock().is_orphan;
        if let Some(parent) = self.parent.get().filter(|_| is_orphan) {
            return parent.clean_up_deadline();
        }
        let grace = self.grace?;
        let deadline = Instant::now().checked_add(grace.after())?;
        let deadline = if self.is_ending() {
            self.inner.lock().finalizers.begin(deadline)
        } else {
            deadline
        };
        Some((deadline, grace))
    }

    /// Starts a task that runs the finalizers of an orphan. The groups around it are not over.
    #[cold]
    pub(super) fn clean_up_in_task(self: &Arc<Self>) {
        let task = OrphanCleanUp {
            is_counted: self.enter_ancestors(),
            core: Arc::clone(self),
            clean_up: None,
            has_ended: false,
        };
        match self.runtime.get() {
            Some(runtime) => drop(runtime.spawn(task)),
            None => drop(task),
        }
    }
}

impl<Q> Inner<Q> {
    /// Checks, once, whether a task must run the finalizers: if the group is an orphan and everything has ended.
    pub(super) fn moves_clean_up(&mut self, state: &State) -> bool {
        self.is_orphan && state.is_over() && self.finalizers.move_to_task()
    }
}

/// The task that runs the finalizers of an orphan.
///
/// If it is dropped before it has ended, the finalizers are dropped, and the group around this one panics, because the runtime was shut
/// down.
struct OrphanCleanUp<Q: Send + 'static> {
    core: Arc<Core<Q>>,
    /// Whether the groups around this one wait for the task.
    is_counted: bool,
    clean_up: Option<CleanUp<'static>>,
    has_ended: bool,
}

impl<Q: Send + 'static> Future for OrphanCleanUp<Q> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let clean_up = match &mut this.clean_up {
            Some(clean_up) => clean_up,
            None => match CleanUp::begin(&*this.core, None) {
                Ok(clean_up) => this.clean_up.insert(clean_up),
                Err(_) => unreachable!("there was a finalizer"),
            },
        };
        // The panics of an orphan have gone to its parent.
        clean_up
            .poll(cx, &*this.core, None)
            .map(|_| this.has_ended = true)
    }
}

impl<Q: Send + 'static> Drop for OrphanCleanUp<Q> {
    fn drop(&mut self) {
        if !self.has_ended {
            let mut panics = Panics::default();
            if let Some(mut clean_up) = self.clean_up.take() {
                clean_up.drop_running(&mut panics);
            }
            while let Err(finalizer) = self.core.next_finalizer() {
                panics.drop(finalizer);
            }
            if let Some(payload) = panics.into_first() {
                self.core.panicked(payload);
            }
            self.core.lost();
        }
        if self.is_counted {
            self.core.leave_ancestors();
        }
    }
}
