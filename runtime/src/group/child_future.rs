//! The future of a child, without the user's types. It catches panics, and passes the child's output, error or panic on.

use std::{
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;

use tokio::{runtime::Handle, task::JoinHandle};

use super::{
    cancellers::Canceller,
    cell::Header,
    core::Shared,
    limit::{Admission, QueueEntry},
    membership::Membership,
    work::{TaskWork, Work},
};
use crate::trace;

/// The part of a child beside its [`Work`].
pub(super) struct ChildContext {
    // Whether the future was not dropped yet.
    has_future: bool,
    /// `None` after this was detached.
    span: Option<trace::Child>,
    membership: Membership,
}

impl ChildContext {
    pub(super) const fn new(span: trace::Child, membership: Membership) -> Self {
        Self {
            has_future: true,
            span: Some(span),
            membership,
        }
    }

    fn span(span: &mut Option<trace::Child>) -> &mut trace::Child {
        span.as_mut().expect("the child has not ended")
    }

    /// Drops the future.
    fn drop_future<W: ?Sized + Work>(&mut self, work: Pin<&mut W>) {
        if mem::take(&mut self.has_future) {
            let span = Self::span(&mut self.span);
            self.membership.run(|_| span.drop_in(|| work.drop_future()));
        }
    }

    /// Registers the canceller of a child that is pending, once. Fails if the child was cancelled meanwhile.
    fn register(&mut self, header: Option<&Header>, cx: &Context<'_>) -> bool {
        if self.membership.is_registered() {
            return true;
        }
        let canceller = Canceller::Wake(cx.waker().clone());
        self.membership.register(header, canceller).is_ok()
    }

    /// Polls the future. The result is `None` if the child was cancelled before, or panics.
    fn poll<W: ?Sized + Work>(
        &mut self,
        work: Pin<&mut W>,
        cx: &mut Context<'_>,
    ) -> Option<Poll<trace::End>> {
        if self.membership.is_cancelled(work.header()) {
            return None;
        }
        let span = Self::span(&mut self.span);
        self.membership.poll(|| span.run(|| work.poll(cx)))
    }

    /// Finishes a child after its last poll, in which its future has completed if there is an `end`. Reports whether the
    /// output must go through the `JoinHandle`.
    fn finish_polled<W: ?Sized + Work>(
        &mut self,
        mut work: Pin<&mut W>,
        end: Option<trace::End>,
    ) -> bool {
        self.drop_future(work.as_mut());
        let mut returns_output = None;
        if let Some(end) = end {
            let span = Self::span(&mut self.span);
            returns_output = self.membership.run(|membership| {
                span.end(|| end);
                membership.completed();
                work.as_mut().send_output(membership)
            });
        }
        self.membership.release_after_poll();
        self.membership.clean_up(work.header());
        returns_output == Some(true)
    }

    /// Finishes a child that is dropped before its last poll.
    fn finish_dropped<W: ?Sized + Work>(&mut self, mut work: Pin<&mut W>) {
        self.drop_future(work.as_mut());
        self.membership.clean_up(work.header());
    }

    /// Moves the span and the membership out of here. They are to be dropped last, in this order.
    fn detach(&mut self) -> (Option<trace::Child>, Membership) {
        (self.span.take(), self.membership.detach())
    }
}

pin_project! {
    /// The memory of a child, in which its future is pinned.
    pub(super) struct ChildMemory<W> {
        context: ChildContext,
        #[pin]
        work: W,
    }
}

impl<W> ChildMemory<W> {
    pub(super) const fn new(context: ChildContext, work: W) -> Self {
        Self { context, work }
    }
}

/// A [`ChildMemory`], with its work as a trait object `W`.
pub(super) trait ChildParts<W: ?Sized>: Send {
    fn parts(self: Pin<&mut Self>) -> (&mut ChildContext, Pin<&mut W>);
}

impl<'a, W: Work + 'a> ChildParts<dyn Work + 'a> for ChildMemory<W> {
    fn parts(self: Pin<&mut Self>) -> (&mut ChildContext, Pin<&mut (dyn Work + 'a)>) {
        let this = self.project();
        (this.context, this.work)
    }
}

impl<W: TaskWork + 'static> ChildParts<dyn TaskWork> for ChildMemory<W> {
    fn parts(self: Pin<&mut Self>) -> (&mut ChildContext, Pin<&mut (dyn TaskWork + 'static)>) {
        let this = self.project();
        (this.context, this.work)
    }
}

/// A child that the runtime runs. If the output is in it, the runtime's `JoinHandle` hands it back.
pub(super) type BoxedTask = Pin<Box<dyn ChildParts<dyn TaskWork>>>;

/// Takes the output out of a task that a `JoinHandle` has handed back.
pub(super) fn take_output<T: 'static>(mut task: BoxedTask) -> Option<T> {
    let mut output = None;
    let (_, work) = task.as_mut().parts();
    work.take_output(&mut output as &mut Option<T>);
    output
}

/// The future of a child, which the runtime or the group's future polls. It never panics: a panic of the child goes to the group.
///
/// All tasks have the same type, and so do all scoped children.
pub(super) struct ChildFuture<'a, W: ?Sized + Work> {
    /// `None` after the child has ended.
    child: Option<Pin<Box<dyn ChildParts<W> + 'a>>>,
}

// The set and the runtime hold one of these for each child.
const _: () = assert!(size_of::<ChildFuture<'static, dyn TaskWork>>() == 2 * size_of::<usize>());

impl<'a, W: ?Sized + Work> ChildFuture<'a, W> {
    pub(super) const fn new(child: Pin<Box<dyn ChildParts<W> + 'a>>) -> Self {
        Self { child: Some(child) }
    }

    fn parts(&mut self) -> (&mut ChildContext, Pin<&mut W>) {
        let child = self.child.as_mut();
        child.expect("the child has not ended").as_mut().parts()
    }

    /// Gets the permit that the child has waited for.
    pub(super) fn set_permit(&mut self) {
        self.parts().0.membership.set_permit();
    }
}

impl<'a, W: ?Sized + Work> Future for ChildFuture<'a, W> {
    /// The child, if its output is in it.
    type Output = Option<Pin<Box<dyn ChildParts<W> + 'a>>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (context, mut work) = self.parts();
        let end = match context.poll(work.as_mut(), cx) {
            Some(Poll::Pending) if context.register(work.header(), cx) => return Poll::Pending,
            Some(Poll::Ready(end)) => Some(end),
            _ => None,
        };
        let returns_output = context.finish_polled(work, end);
        let _dropped_last = context.detach();
        let child = self.child.take();
        Poll::Ready(child.filter(|_| returns_output))
    }
}

impl<W: ?Sized + Work> Drop for ChildFuture<'_, W> {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let (context, work) = child.as_mut().parts();
            context.finish_dropped(work);
            let _dropped_last = context.detach();
            drop(child);
        }
    }
}

impl ChildFuture<'static, dyn TaskWork> {
    /// Spawns it as a task.
    #[inline]
    fn spawn(mut self, runtime: &Handle) -> JoinHandle<Option<BoxedTask>> {
        let at = ChildContext::span(&mut self.parts().0.span).at();
        trace::spawn_on(runtime, at, self)
    }

    /// Runs it on a blocking thread.
    fn spawn_blocking(mut self, runtime: &Handle, core: &Shared) {
        let at = ChildContext::span(&mut self.parts().0.span).at();
        let cell = self.parts().1.shared_cell();
        let handle: JoinHandle<()> = trace::spawn_blocking_on(runtime, at, move || {
            let mut cx = Context::from_waker(Waker::noop());
            let _done = Pin::new(&mut self).poll(&mut cx);
        });
        if let Some(cell) = &cell {
            if let Err(canceller) = (**cell).as_ref().register(Canceller::Abort(handle)) {
                canceller.cancel();
            }
        }
        // If the closure has returned already and the `Child` was dropped, this drops the output.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(cell))) {
            core.panicked(payload);
        }
    }

    /// Starts it as its kind requires. It has a cell for its output.
    fn start(mut self, runtime: &Handle, core: &Shared) {
        if self.parts().0.membership.kind().is_blocking() {
            self.spawn_blocking(runtime, core);
        } else {
            drop(self.spawn(runtime));
        }
    }
}

/// A task that waits for a permit, and the runtime that is to run it.
pub struct QueuedTask {
    child: ChildFuture<'static, dyn TaskWork>,
    runtime: Handle,
}

impl QueuedTask {
    /// Starts the task, which has got its permit.
    pub(super) fn start(mut self, core: &Shared) {
        self.child.set_permit();
        self.child.start(&self.runtime, core);
    }
}

/// Starts a task without a cell. It needs no permit, or has one.
///
/// This takes the runtime's handle by value, so that its drop is not compiled for each type of future.
pub(super) fn start(task: BoxedTask, runtime: Handle) -> JoinHandle<Option<BoxedTask>> {
    let handle = ChildFuture::new(task).spawn(&runtime);
    drop(runtime);
    handle
}

/// Starts a task that has a cell; or adds it to the queue, and returns its ticket.
pub(super) fn start_or_enqueue(
    task: BoxedTask,
    runtime: Handle,
    admission: Admission,
    core: &Shared,
) -> Option<u64> {
    let child = ChildFuture::new(task);
    if admission == Admission::Queue {
        // If the group is ending, this drops the task.
        return core
            .enqueue(QueueEntry::Task(QueuedTask { child, runtime }))
            .ok();
    }
    child.start(&runtime, core);
    None
}
