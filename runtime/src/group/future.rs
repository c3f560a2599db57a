//! The future of a group: the part that depends on the user's types.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::{
    core::Core,
    driver::{BodyEnd, GroupDriver, TypedParts},
    error_kind::ErrorKind,
    handle::GroupHandle,
    inbox::Inbox,
    mode::GroupMode,
    state::EndCause,
    task_group::TaskGroup,
};
use crate::{
    end_policy::EndPolicy,
    error::{Failures, TimedOut},
    panics::{Panics, drop_before},
    timeout::Timeout,
    trace::{Call, End, Ending, Macro},
};

/// A group without its body.
pub struct GroupBuilder<'a, R, M: GroupMode, C> {
    handle: GroupHandle<R, M>,
    inbox: Arc<Inbox<'a>>,
    clock: C,
    call: Call,
}

/// Creates a group, and the handle for its body.
#[cfg_attr(feature = "tracing", track_caller)]
pub fn group<'a, R, M: GroupMode, C: EndPolicy>(
    ErrorKind(errors): ErrorKind<M>,
    limit: Option<usize>,
    grace: Option<Timeout>,
    clock: C,
) -> (GroupBuilder<'a, R, M, C>, TaskGroup<'a, R, M>) {
    let call = Call::of_unknown(Macro::TaskGroup);
    let handle = GroupHandle::new(Arc::new(Core::new(limit, grace)), errors, call.scope());
    let inbox = Arc::new(Inbox::new());
    let builder = GroupBuilder {
        handle: handle.clone(),
        inbox: Arc::clone(&inbox),
        clock,
        call,
    };
    (builder, TaskGroup::new(handle, inbox))
}

impl<'a, R, M: GroupMode, C: EndPolicy> GroupBuilder<'a, R, M, C> {
    /// Adds the body.
    pub fn run<B: Future<Output = M::Output<R>>>(self, body: B) -> Group<'a, B, R, M, C> {
        Group {
            driver: GroupDriver::new(self.handle.core(), self.inbox, self.call),
            body: Some(Box::pin(body)),
            outcome: Outcome {
                value: None,
                failure: None,
                timed_out: None,
                handle: self.handle,
                clock: self.clock,
            },
        }
    }
}

/// The future of [`task_group!`](crate::task_group). It returns the value of the body after the body and all children have ended.
///
/// It is [`Send`] if the body is, also if children borrow.
///
/// # Cancel safety
///
/// Dropping it cancels the group. The body and the scoped children are dropped at once. Tasks are aborted and stop at their next
/// await, which a drop cannot wait for. To wait for them, [`stop`](TaskGroup::stop) the group, or set a `timeout`.
///
/// A group that is dropped in the body or in a child of another group leaves its tasks to that one: they have the
/// other group's `grace`, and the other group waits until they are gone.
///
/// If it is not dropped but forgotten ([`mem::forget`](std::mem::forget)), its tasks run on. A group around it aborts them when
/// that one ends.
///
/// # Panics
///
/// A panic of the body or of a child is resumed here, after everything else was cancelled and joined. Of several panics this
/// resumes the first. It also panics
///
/// - if a child was dropped because its runtime was shut down: "this `Child` will never be ready: its runtime was shut down";
/// - if it was first polled in another group, is polled elsewhere now, and the other group has ended and aborted its tasks: "this
///   `Group` has no value: the group around it has ended without it";
/// - if it is polled after it was ready.
#[must_use = "futures do nothing unless awaited: add `.await`"]
pub struct Group<'a, B: Future, R, M: GroupMode, C> {
    driver: GroupDriver<'a>,
    body: Option<Pin<Box<B>>>,
    outcome: Outcome<R, M, C>,
}

/// The parts of the group's output. They do not depend on the type of the body.
struct Outcome<R, M: GroupMode, C> {
    /// The value that the body has returned.
    value: Option<R>,
    /// The error that the body has returned.
    failure: Option<M::Error>,
    timed_out: Option<TimedOut>,
    handle: GroupHandle<R, M>,
    clock: C,
}

// Every pinned value is in an allocation of its own.
impl<B: Future, R, M: GroupMode, C> Unpin for Group<'_, B, R, M, C> {}

impl<B, R, M, C> Future for Group<'_, B, R, M, C>
where
    B: Future<Output = M::Output<R>>,
    M: GroupMode,
    C: EndPolicy,
{
    type Output = C::Item<M::End<R>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            driver,
            body,
            outcome,
        } = &mut *self;
        let mut typed = Parts { body, outcome };
        driver.begin(cx, &mut typed);
        let mut call = driver.call.take();
        let poll = call.run(|ending| {
            let (cause, panics) = ready!(driver.poll(cx, &mut typed));
            Poll::Ready(typed.outcome.finish(driver, cause, panics, ending))
        });
        driver.call = call;
        poll
    }
}

impl<B: Future, R, M: GroupMode, C> Drop for Group<'_, B, R, M, C> {
    fn drop(&mut self) {
        if let Some(panics) = self.driver.cancel(&mut || self.body = None) {
            let mut panics = self.outcome.take(panics).drop_all();
            self.driver.orphan(&mut panics);
            panics.resume();
        }
    }
}

/// The typed parts of a group, for its [`GroupDriver`].
struct Parts<'g, B, R, M: GroupMode, C> {
    body: &'g mut Option<Pin<Box<B>>>,
    outcome: &'g mut Outcome<R, M, C>,
}

impl<B, R, M, C> TypedParts for Parts<'_, B, R, M, C>
where
    B: Future<Output = M::Output<R>>,
    M: GroupMode,
    C: EndPolicy,
{
    fn start_clock(&mut self) {
        self.outcome.clock.begin();
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<BodyEnd> {
        let body = self.body.as_mut().expect("the body has not ended");
        let output = ready!(body.as_mut().poll(cx));
        let output = drop_before::<B, _>(|| *self.body = None, output);
        Poll::Ready(self.outcome.keep(output))
    }

    fn poll_clock(
        &mut self,
        cx: &mut Context<'_>,
        cut: bool,
        close: &mut dyn FnMut(),
    ) -> Option<EndCause> {
        let clock = &mut self.outcome.clock;
        let mut panics = Panics::default();
        if clock.poll_until(cx, &mut panics, |_| {}) {
            let Some(payload) = panics.into_first() else {
                return Some(EndCause::Until);
            };
            self.outcome.handle.core().panicked(payload);
            return Some(EndCause::Panicked);
        }
        self.outcome.timed_out = clock.poll(cx, cut, close);
        (self.outcome.timed_out.is_some()).then_some(EndCause::TimedOut)
    }

    fn drop_body(&mut self) {
        *self.body = None;
    }
}

impl<R, M: GroupMode, C> Outcome<R, M, C> {
    /// Keeps the output of the body.
    fn keep(&mut self, output: M::Output<R>) -> BodyEnd {
        match M::split(output) {
            Ok(value) => {
                self.value = Some(value);
                return BodyEnd::Value;
            }
            Err(error) if self.handle.core().fail() => self.failure = Some(error),
            Err(_) => {}
        }
        BodyEnd::Error
    }

    /// Takes everything that the group must hand out or drop.
    fn take(&mut self, panics: Panics) -> Taken<R, M::Error> {
        Taken {
            panics,
            value: self.value.take(),
            stopped: self.handle.take_stopped(),
            failures: M::failures(self.handle.errors(), self.failure.take()),
        }
    }
}

impl<R, M: GroupMode, C: EndPolicy> Outcome<R, M, C> {
    /// Builds the output of a group in which everything has ended.
    fn finish(
        &mut self,
        driver: &GroupDriver<'_>,
        cause: Option<EndCause>,
        panics: Panics,
        ending: &mut Ending,
    ) -> C::Item<M::End<R>> {
        let mut taken = self.take(panics);
        let output = if taken.panics.is_some() {
            None
        } else if cause == Some(EndCause::TimedOut) {
            ending.is(End::TimedOut);
            self.timed_out.take().and_then(C::timeout_item)
        } else if cause == Some(EndCause::Until) {
            ending.is(End::Stopped);
            C::stopped_item()
        } else if let Some(failures) = taken.failures.take() {
            ending.is(End::Error);
            Some(C::item(M::end(Err(failures))))
        } else {
            ending.is(End::Ok);
            let value = match cause {
                Some(EndCause::Stopped) => taken.stopped.take(),
                _ => taken.value.take(),
            };
            value.map(|value| C::item(M::end(Ok(value))))
        };
        let mut panics = taken.drop_all();
        self.clock.discard_until(&mut panics);
        driver.clear_waker(&mut panics);
        if panics.is_some() {
            panics.drop(output);
            panics.resume();
            unreachable!("the thread does not unwind where a future is polled")
        }
        output.expect("the body has ended, or the group was stopped")
    }
}

/// Everything that a group has after all of it has ended. The parts that are not in its output are dropped, also if a drop
/// panics.
struct Taken<R, E> {
    panics: Panics,
    value: Option<R>,
    stopped: Option<R>,
    failures: Option<Failures<E>>,
}

impl<R, E> Taken<R, E> {
    fn drop_all(mut self) -> Panics {
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
