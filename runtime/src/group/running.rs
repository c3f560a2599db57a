//! A child as it is run: in whatever way it ends, its output, its errors and its panics get where they belong.

use std::{
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;

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
    /// There, but while a task is polled, and when it was detached.
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
    #[inline]
    fn ends_polled(&mut self) {
        if mem::take(&mut self.placed) {
            self.run(|this| {
                if let Some(next) = this.core().free(this.sort == Sort::Task) {
                    next.start(this.core());
                }
            });
        }
    }

    /// The future was dropped, and the output has gone its way, if there is one.
    #[inline]
    pub(super) fn ends_dropped(&mut self, head: Option<&Head>) {
        let tells = head.is_some() && self.told != Told::Settled;
        if self.runs || self.key.is_some() || self.placed || tells {
            self.gives_back(head);
        }
    }

    /// Gives back all that the group still has of the child.
    fn gives_back(&mut self, head: Option<&Head>) {
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

    /// Moves the tie out of here.
    fn detach(&mut self) -> Self {
        let core = self.core.take();
        Self { core, ..*self }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(core) = self.core.take() {
            leave(core, self.sort);
        }
    }
}

/// The child is gone. This is no part of the drop of each type of child.
#[inline(never)]
#[allow(
    clippy::needless_pass_by_value,
    reason = "the group may be dropped here, too"
)]
fn leave(core: Arc<Shared>, sort: Sort) {
    core.leave(sort);
}

/// What a child has beside its work.
pub(super) struct Tie {
    // It has not been dropped.
    has_future: bool,
    /// There as long as the group knows of the child.
    span: Option<trace::Child>,
    member: Member,
}

impl Tie {
    pub(super) const fn new(span: trace::Child, member: Member) -> Self {
        Self {
            has_future: true,
            span: Some(span),
            member,
        }
    }

    fn span(span: &mut Option<trace::Child>) -> &mut trace::Child {
        span.as_mut().expect("the child has not ended")
    }

    /// Drops the future.
    fn clear<W: ?Sized + Work>(&mut self, work: Pin<&mut W>) {
        if mem::take(&mut self.has_future) {
            let span = Self::span(&mut self.span);
            self.member.run(|_| span.drop_in(|| work.clear()));
        }
    }

    /// The child waits. Whether it may: not if it was called off meanwhile.
    fn park(&mut self, head: Option<&Head>, cx: &Context<'_>) -> bool {
        if self.member.told == Told::Parked {
            return true;
        }
        let stop = Stop::Wake(cx.waker().clone());
        self.member.park(head, stop).is_ok()
    }

    /// Polls the future, if the child was not called off.
    fn poll<W: ?Sized + Work>(
        &mut self,
        work: Pin<&mut W>,
        cx: &mut Context<'_>,
    ) -> Option<Poll<trace::End>> {
        if self.member.is_called_off(work.head()) {
            return None;
        }
        let span = Self::span(&mut self.span);
        self.member.run(|member| {
            let poll = || span.run(|| work.poll(cx));
            match member.sort {
                Sort::Task | Sort::Daemon => polled_by(&mut member.core, poll),
                // Its group says that it polls it, and on a thread of its own nobody does.
                Sort::InPlace | Sort::Blocking => poll(),
            }
        })
    }

    /// The child was polled for the last time, and has ended by itself if there is an `end`. Whether it is to be handed over.
    fn ends_polled<W: ?Sized + Work>(
        &mut self,
        mut work: Pin<&mut W>,
        end: Option<trace::End>,
    ) -> bool {
        self.clear(work.as_mut());
        let mut is_handed_over = None;
        if let Some(end) = end {
            let span = Self::span(&mut self.span);
            is_handed_over = self.member.run(|member| {
                span.end(|| end);
                member.ends();
                work.as_mut().give(member)
            });
        }
        self.member.ends_polled();
        self.member.ends_dropped(work.head());
        is_handed_over == Some(true)
    }

    /// The child is dropped before it has ended.
    fn ends_dropped<W: ?Sized + Work>(&mut self, mut work: Pin<&mut W>) {
        self.clear(work.as_mut());
        self.member.ends_dropped(work.head());
    }

    /// Moves the tie to the group out of here, which is to be dropped last, and the span, which is dropped before.
    fn detach(&mut self) -> (Option<trace::Child>, Member) {
        (self.span.take(), self.member.detach())
    }
}

pin_project! {
    /// A child in its box.
    pub(super) struct Boxed<J> {
        tie: Tie,
        #[pin]
        work: J,
    }
}

impl<J> Boxed<J> {
    pub(super) const fn new(tie: Tie, work: J) -> Self {
        Self { tie, work }
    }
}

/// A [`Boxed`] whose work is seen as a `W`.
pub(super) trait Parts<W: ?Sized>: Send {
    fn parts(self: Pin<&mut Self>) -> (&mut Tie, Pin<&mut W>);
}

impl<'a, J: Work + 'a> Parts<dyn Work + 'a> for Boxed<J> {
    fn parts(self: Pin<&mut Self>) -> (&mut Tie, Pin<&mut (dyn Work + 'a)>) {
        let this = self.project();
        (this.tie, this.work)
    }
}

impl<J: Task + 'static> Parts<dyn Task> for Boxed<J> {
    fn parts(self: Pin<&mut Self>) -> (&mut Tie, Pin<&mut (dyn Task + 'static)>) {
        let this = self.project();
        (this.tie, this.work)
    }
}

/// A child that is polled, by the runtime or by its group. Panics go to the group, and not to whoever polls.
///
/// It is of one type for all tasks, and of one for all children in place.
pub(super) struct Running<'a, W: ?Sized + Work> {
    /// There until it has ended.
    child: Option<Pin<Box<dyn Parts<W> + 'a>>>,
}

// The set and the runtime have one of these for each child.
const _: () = assert!(size_of::<Running<'static, dyn Task>>() == 2 * size_of::<usize>());

impl<'a, W: ?Sized + Work> Running<'a, W> {
    pub(super) const fn new(child: Pin<Box<dyn Parts<W> + 'a>>) -> Self {
        Self { child: Some(child) }
    }

    fn parts(&mut self) -> (&mut Tie, Pin<&mut W>) {
        let child = self.child.as_mut();
        child.expect("it has not ended").as_mut().parts()
    }

    /// It has waited for a place, and has one now.
    pub(super) fn gets_place(&mut self) {
        self.parts().0.member.gets_place();
    }
}

impl<'a, W: ?Sized + Work> Future for Running<'a, W> {
    /// The child, if its output is handed over so.
    type Output = Option<Pin<Box<dyn Parts<W> + 'a>>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (tie, mut work) = self.parts();
        let end = match tie.poll(work.as_mut(), cx) {
            Some(Poll::Pending) if tie.park(work.head(), cx) => return Poll::Pending,
            Some(Poll::Ready(end)) => Some(end),
            _ => None,
        };
        let is_handed_over = tie.ends_polled(work, end);
        let _last = tie.detach();
        let child = self.child.take();
        Poll::Ready(child.filter(|_| is_handed_over))
    }
}

impl<W: ?Sized + Work> Drop for Running<'_, W> {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let (tie, work) = child.as_mut().parts();
            tie.ends_dropped(work);
            let _last = tie.detach();
            drop(child);
        }
    }
}

impl Running<'static, dyn Task> {
    /// Starts it. It gives its output by the handle, if it has no cell.
    #[inline]
    fn spawn(mut self, runtime: &Handle) -> JoinHandle<Option<Handed>> {
        let at = Tie::span(&mut self.parts().0.span).at();
        trace::spawn_on(runtime, at, self)
    }

    /// Starts it on a thread that it may block.
    fn spawn_blocking(mut self, runtime: &Handle, core: &Shared) {
        let at = Tie::span(&mut self.parts().0.span).at();
        let cell = self.parts().1.shared();
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
    fn start(mut self, runtime: &Handle, core: &Shared) {
        if self.parts().0.member.sort == Sort::Blocking {
            self.spawn_blocking(runtime, core);
        } else {
            drop(self.spawn(runtime));
        }
    }
}

/// A child that waits for a place, and the runtime that is to run it.
pub struct Queued {
    child: Running<'static, dyn Task>,
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
    pub(super) entered: Entered,
    pub(super) tie: Tie,
}

/// Starts a task that has no cell, and a place if it needs one.
///
/// This takes the handle, so that its drop is not compiled for each future.
pub(super) fn start(child: Handed, runtime: Handle) -> JoinHandle<Option<Handed>> {
    let handle = Running::new(child).spawn(&runtime);
    drop(runtime);
    handle
}

/// Starts a child that has a cell, or queues it and returns its ticket.
pub(super) fn start_or_queue(
    child: Handed,
    runtime: Handle,
    entered: Entered,
    core: &Shared,
) -> Option<u64> {
    let child = Running::new(child);
    if entered == Entered::Wait {
        // One that is not taken in is dropped.
        return core.queue(Waiting::Task(Queued { child, runtime })).ok();
    }
    child.start(&runtime, core);
    None
}
