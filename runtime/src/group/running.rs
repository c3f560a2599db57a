//! A child as it is run: in whatever way it ends, its output, its errors and its panics get where they belong.

use std::{
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::{
    runtime::Handle,
    task::{self, JoinHandle},
};

use super::{
    Shared,
    child::Head,
    core::{Payload, Sort},
    link::polled_by,
    places::{Entered, Waiting},
    stops::{Key, Stop},
    work::{Handed, Task, Work},
};
use crate::trace;

/// A child's tie to its group. Dropping it is the last that a child does: it is gone then.
pub(super) struct Member {
    /// There, but while a task is polled.
    core: Option<Arc<Shared>>,
    /// That of its stop, if it has to give it back.
    key: Option<Key>,
    sort: Sort,
    /// Whether it is a task that may still end by itself: one that is dropped then was lost.
    runs: bool,
    /// It has a place of the `limit`.
    placed: bool,
    told: Told,
}

/// What others were told of a child.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    /// The group was told how it is woken.
    Parked,
    /// Its [`Child`](super::Child) was told that it has ended.
    Settled,
}

impl Member {
    pub(super) fn new(core: &Arc<Shared>, sort: Sort, entered: Entered) -> Self {
        Self {
            core: Some(Arc::clone(core)),
            key: None,
            sort,
            runs: sort != Sort::InPlace && entered != Entered::Wait,
            placed: entered == Entered::Placed,
            told: Told::Nothing,
        }
    }

    pub(super) fn core(&self) -> &Arc<Shared> {
        self.core.as_ref().expect("the child is not being polled")
    }

    /// The child has waited for a place, and has one now.
    fn gets_place(&mut self) {
        self.placed = true;
        self.runs = self.sort != Sort::InPlace;
    }

    /// Whether the child is to be dropped at its next await.
    pub(super) fn is_called_off(&self, head: Option<&Head>) -> bool {
        self.core().is_aborted() || head.is_some_and(Head::is_cancelled)
    }

    /// Whether the child was cancelled and is dropped because of that. To be asked when it is dropped.
    fn was_cancelled(&self, head: Option<&Head>) -> bool {
        match head {
            Some(head) => head.is_cancelled(),
            // Whoever cancels it has the runtime abort it, which says whose task it drops.
            None => task::try_id().is_some_and(|task| self.core().was_cancelled(task)),
        }
    }

    /// The child waits, and is stopped by this. Given back if it was called off.
    pub(super) fn park(&mut self, head: Option<&Head>, stop: Stop) -> Result<(), Stop> {
        self.told = Told::Parked;
        match head {
            // Whoever cancels the child has to find it: the cell keeps the key.
            Some(head) => head.park(stop)?,
            None => self.key = Some(self.core().park(stop)?),
        }
        Ok(())
    }

    /// The child has ended by itself.
    pub(super) fn ends(&mut self) {
        self.runs = false;
    }

    /// The child has ended, and its output is there if it has any: its [`Child`](super::Child) is told, once.
    pub(super) fn settle(&mut self, head: &Head) {
        let before = mem::replace(&mut self.told, Told::Settled);
        if before != Told::Settled && head.settle() && self.sort == Sort::InPlace {
            self.core().has_woken();
        }
    }

    /// Does something of the user's, whose panic is one of the child.
    fn run<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(result) => Some(result),
            Err(payload) => {
                self.runs = false;
                self.panicked(payload);
                None
            }
        }
    }

    fn panicked(&self, payload: Payload) {
        self.core().panicked(payload);
    }

    /// A child has ended where it was polled, and gives its place back.
    ///
    /// If both it and the next that waits for one are tasks, that one is started right here. Not so where a task is only
    /// dropped, which may be on any thread, or in a runtime that shuts down and drops whatever is started, one within the other.
    fn ends_polled(&mut self) {
        if mem::take(&mut self.placed) {
            self.run(|this| {
                if let Some(next) = this.core().free(this.sort == Sort::Task) {
                    next.start(this.core());
                }
            });
        }
    }

    /// All of the child was dropped but this.
    pub(super) fn ends_dropped(&mut self, head: Option<&Head>) {
        self.run(|this| {
            if this.runs && !this.core().is_aborted() && !this.was_cancelled(head) {
                this.core().lost();
            }
            if let Some(key) = this.key.take() {
                drop(this.core().unpark(key));
            }
            if let Some(head) = head {
                this.settle(head);
            }
            if this.placed {
                this.core().free(false);
            }
        });
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.core().leave(self.sort);
    }
}

/// A child that is polled, by the runtime or by its group. Panics go to the group, and not to whoever polls.
///
/// It is of one type for all tasks, and of one for all children in place.
pub(super) struct Running<W: ?Sized + Work> {
    /// There until it is handed over with its output.
    work: Option<Pin<Box<W>>>,
    /// The future has not been dropped.
    has_future: bool,
    span: trace::Child,
    member: Member,
}

impl<W: ?Sized + Work> Running<W> {
    pub(super) const fn new(work: Pin<Box<W>>, span: trace::Child, member: Member) -> Self {
        Self {
            work: Some(work),
            has_future: true,
            span,
            member,
        }
    }

    /// It has waited for a place, and has one now.
    pub(super) fn gets_place(&mut self) {
        self.member.gets_place();
    }

    /// Drops the future.
    fn clear(&mut self) {
        if let Some(work) = self.work.as_mut().filter(|_| self.has_future) {
            self.has_future = false;
            let span = &mut self.span;
            (self.member).run(|_| span.drop_in(|| work.as_mut().clear()));
        }
    }

    /// The child waits. Whether it may: not if it was called off meanwhile.
    fn park(&mut self, cx: &Context<'_>) -> bool {
        if self.member.told == Told::Parked {
            return true;
        }
        let head = self.work.as_ref().and_then(|work| work.head());
        let stop = Stop::Wake(cx.waker().clone());
        self.member.park(head, stop).is_ok()
    }

    /// Polls the future, if the child was not called off.
    fn poll_work(&mut self, cx: &mut Context<'_>) -> Option<Poll<trace::End>> {
        let (work, span) = (self.work.as_mut()?, &mut self.span);
        if self.member.is_called_off(work.head()) {
            return None;
        }
        self.member.run(|member| {
            let mut poll = || span.run(|| work.as_mut().poll(cx));
            match member.sort {
                Sort::Task | Sort::Daemon => polled_by(&mut member.core, poll),
                // Its group says that it polls it, and on a thread of its own nobody does.
                Sort::InPlace | Sort::Blocking => poll(),
            }
        })
    }
}

impl<W: ?Sized + Work> Future for Running<W> {
    /// The output, if that is handed over so.
    type Output = Option<Pin<Box<W>>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let polled = this.poll_work(cx);
        if let Some(Poll::Pending) = polled {
            if this.park(cx) {
                return Poll::Pending;
            }
        }
        this.clear();
        let mut is_handed_over = None;
        if let (Some(Poll::Ready(end)), Some(work)) = (polled, &mut this.work) {
            let span = &mut this.span;
            is_handed_over = this.member.run(|member| {
                span.end(|| end);
                member.ends();
                work.as_mut().give(member)
            });
        }
        this.member.ends_polled();
        let output = this.work.take_if(|_| is_handed_over == Some(true));
        Poll::Ready(output)
    }
}

impl<W: ?Sized + Work> Drop for Running<W> {
    fn drop(&mut self) {
        self.clear();
        let head = self.work.as_ref().and_then(|work| work.head());
        self.member.ends_dropped(head);
    }
}

impl Running<dyn Task> {
    /// Starts it. It gives its output by the handle, if it has no cell.
    #[inline]
    fn spawn(self, runtime: &Handle) -> JoinHandle<Option<Handed>> {
        trace::spawn_on(runtime, self.span.at(), self)
    }

    /// Starts it on a thread that it may block.
    fn spawn_blocking(mut self, runtime: &Handle, core: &Shared) {
        let at = self.span.at();
        let cell = self.work.as_ref().and_then(|work| work.shared());
        let handle: JoinHandle<()> = trace::spawn_blocking_on(runtime, at, move || {
            let mut cx = Context::from_waker(Waker::noop());
            let _done = Pin::new(&mut self).poll(&mut cx);
        });
        if let Some(cell) = &cell {
            if let Err(stop) = (**cell).as_ref().park(Stop::Abort(handle)) {
                stop.stop();
            }
        }
        // With the output, if nobody wants it and the child was faster than this.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(cell))) {
            core.panicked(payload);
        }
    }

    /// Starts it in the way of its sort. It has a cell.
    fn start(self, runtime: &Handle, core: &Shared) {
        if self.member.sort == Sort::Blocking {
            self.spawn_blocking(runtime, core);
        } else {
            drop(self.spawn(runtime));
        }
    }
}

/// A child that waits for a place, and the runtime that is to run it.
pub struct Queued {
    child: Running<dyn Task>,
    runtime: Handle,
}

impl Queued {
    /// Starts it, after it has waited for a place.
    pub(super) fn start(mut self, core: &Shared) {
        self.child.gets_place();
        self.child.start(&self.runtime, core);
    }
}

/// How a child that a runtime runs was let in.
pub(super) struct Admitted {
    pub(super) runtime: Handle,
    pub(super) sort: Sort,
    pub(super) entered: Entered,
    pub(super) span: trace::Child,
}

impl Admitted {
    /// Starts a task that has no cell, and a place if it needs one.
    pub(super) fn spawn(
        self,
        core: &Arc<Shared>,
        work: Pin<Box<dyn Task>>,
    ) -> JoinHandle<Option<Handed>> {
        let member = Member::new(core, self.sort, self.entered);
        Running::new(work, self.span, member).spawn(&self.runtime)
    }

    /// Starts a child that has a cell, or queues it and returns its ticket.
    pub(super) fn start(self, core: &Arc<Shared>, work: Pin<Box<dyn Task>>) -> Option<u64> {
        let Self { runtime, span, .. } = self;
        let member = Member::new(core, self.sort, self.entered);
        let child = Running::new(work, span, member);
        if self.entered == Entered::Wait {
            // One that is not taken in is dropped.
            return core.queue(Waiting::Task(Queued { child, runtime })).ok();
        }
        child.start(&runtime, core);
        None
    }
}
