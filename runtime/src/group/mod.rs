//! `task_group!`: children that do not outlive their scope.
//!
//! ```text
//! Group ── the body; Machine ── Set: children in place   (polled by the group's future)
//!   └── Arc<Core> ── tasks, blocking children ──────  (run by the runtime)
//!          ▲ ▲
//!          │ └─ Child, Member: one of each a child
//!          └─── TaskGroup, GroupHandle: whoever may spawn
//! ```
//!
//! The body is polled if it was woken, and then the children in place, which are futures of one [`Set`](crate::set::Set); so only those
//! that were woken are polled, in the order of their spawning. A task is wrapped in a [`running::Running`], which tells the group of its output, its
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
mod machine;
mod mode;
#[cfg(all(test, rejoin_loom))]
mod model;
mod places;
mod queue;
mod running;
mod scope;
mod sorted;
mod state;
mod stops;
mod sync;
mod watchers;
mod work;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

pub use self::{
    child::Child,
    mode::GroupMode,
    scope::{Cancelled, GroupHandle, Ready, TaskGroup},
};
use self::{
    core::Core,
    inbox::Inbox,
    kind::Kind,
    machine::{Machine, Typed},
    state::Cause,
};
use crate::{
    Failures, TimedOut,
    clock::Clock,
    panics::{Panics, drop_before},
    timeout::Timeout,
    trace::{Call, End, Ending, Macro},
};

/// What the parts of a group share.
type Shared = Core<running::Queued>;

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
        Group {
            machine: Machine::new(self.handle.core(), self.inbox, self.call),
            body: Some(Box::pin(body)),
            gives: Gives {
                value: None,
                failure: None,
                late: None,
                handle: self.handle,
                clock: self.clock,
            },
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
/// Where it is not dropped but forgotten ([`mem::forget`](std::mem::forget)), its tasks go on. A group around it aborts them when it ends.
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
    machine: Machine<'a>,
    body: Option<Pin<Box<B>>>,
    gives: Gives<R, M, C>,
}

/// What the group gives in the end is made of this. It does not depend on the body.
struct Gives<R, M: GroupMode, C> {
    /// The value that the body has given.
    value: Option<R>,
    /// The error that the body has given.
    failure: Option<M::Error>,
    late: Option<TimedOut>,
    handle: GroupHandle<R, M>,
    clock: C,
}

// Everything that must stay in its place is in an allocation of its own.
impl<B: Future, R, M: GroupMode, C> Unpin for Group<'_, B, R, M, C> {}

impl<B, R, M, C> Future for Group<'_, B, R, M, C>
where
    B: Future<Output = M::Output<R>>,
    M: GroupMode,
    C: Clock,
{
    type Output = C::Item<M::End<R>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            machine,
            body,
            gives,
        } = &mut *self;
        let mut typed = Parts { body, gives };
        machine.begin(cx, &mut typed);
        let mut call = machine.call.take();
        let poll = call.run(|ending| {
            let (cause, panics) = ready!(machine.poll(cx, &mut typed));
            Poll::Ready(typed.gives.finish(machine, cause, panics, ending))
        });
        machine.call = call;
        poll
    }
}

impl<B: Future, R, M: GroupMode, C> Drop for Group<'_, B, R, M, C> {
    fn drop(&mut self) {
        if let Some(panics) = self.machine.cancel(&mut || self.body = None) {
            let mut panics = self.gives.rest(panics).clear();
            self.machine.orphan(&mut panics);
            panics.resume();
        }
    }
}

/// What the [`Machine`] asks for step by step.
struct Parts<'g, B, R, M: GroupMode, C> {
    body: &'g mut Option<Pin<Box<B>>>,
    gives: &'g mut Gives<R, M, C>,
}

impl<B, R, M, C> Typed for Parts<'_, B, R, M, C>
where
    B: Future<Output = M::Output<R>>,
    M: GroupMode,
    C: Clock,
{
    fn begin(&mut self) {
        self.gives.clock.begin();
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let body = self.body.as_mut().expect("it is there until it is done");
        let output = ready!(body.as_mut().poll(cx));
        let output = drop_before::<B, _>(|| *self.body = None, output);
        Poll::Ready(self.gives.keep(output))
    }

    fn poll_clock(&mut self, cx: &mut Context<'_>, cut: bool, close: &mut dyn FnMut()) -> bool {
        self.gives.late = self.gives.clock.poll(cx, cut, close);
        self.gives.late.is_some()
    }

    fn drop_body(&mut self) {
        *self.body = None;
    }
}

impl<R, M: GroupMode, C> Gives<R, M, C> {
    /// Keeps what the body has given. Whether that is the group's value.
    fn keep(&mut self, output: M::Output<R>) -> bool {
        match M::split(output) {
            Ok(value) => {
                self.value = Some(value);
                return true;
            }
            Err(error) if self.handle.core().fail() => self.failure = Some(error),
            Err(_) => {}
        }
        false
    }

    /// Takes out everything.
    fn rest(&mut self, panics: Panics) -> Rest<R, M::Error> {
        Rest {
            panics,
            value: self.value.take(),
            stopped: self.handle.take_stopped(),
            failures: M::failures(self.handle.errors(), self.failure.take()),
        }
    }
}

impl<R, M: GroupMode, C: Clock> Gives<R, M, C> {
    /// What there is to say, when everything has ended.
    fn finish(
        &mut self,
        machine: &Machine<'_>,
        cause: Option<Cause>,
        panics: Panics,
        ending: &mut Ending,
    ) -> C::Item<M::End<R>> {
        let mut rest = self.rest(panics);
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
        machine.hush(&mut panics);
        if panics.is_some() {
            panics.drop(given);
            panics.resume();
            unreachable!("the thread does not unwind where a future is polled")
        }
        given.expect("the body has ended, or the group was stopped")
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
