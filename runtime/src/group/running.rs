//! A child as it is run: in whatever way it ends, its output, its errors and its panics get where they belong.

use std::{
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::{runtime::Handle, task::JoinHandle};

use super::{
    Shared,
    core::{Payload, Sort},
    link::polled_by,
    mode::GroupMode,
    outlet::{InCell, Outlet},
    places::Entered,
    stops::{Key, Stop},
};
use crate::{
    hint::ChildOutput,
    trace::{self, End},
};

/// A child's tie to its group. Dropping it is the last that a child does: it is gone then.
pub(super) struct Member<O: Outlet, M: GroupMode> {
    outlet: O,
    errors: M::Errors,
    /// That of its stop, if it has to give it back.
    key: Option<Key>,
    sort: Sort,
    /// Whether it is a task that may still end by itself: one that is dropped then was lost.
    runs: bool,
    /// It has a place of the `limit`.
    placed: bool,
    /// The group was told how it is woken.
    parked: bool,
}

impl<O: Outlet, M: GroupMode> Member<O, M> {
    pub(super) fn new(outlet: O, errors: M::Errors, sort: Sort, entered: Entered) -> Self {
        Self {
            outlet,
            errors,
            key: None,
            sort,
            runs: sort != Sort::InPlace && entered != Entered::Wait,
            placed: entered == Entered::Placed,
            parked: false,
        }
    }

    fn core(&self) -> &Arc<Shared> {
        self.outlet.core()
    }

    /// The child has waited for a place, and has one now.
    fn gets_place(&mut self) {
        self.placed = true;
        self.runs = self.sort != Sort::InPlace;
    }

    /// Whether the child is to be dropped at its next await.
    pub(super) fn is_called_off(&self) -> bool {
        self.core().is_aborted() || self.outlet.is_cancelled()
    }

    /// The child waits, and is stopped by this. Given back if it was called off.
    pub(super) fn park(&mut self, stop: Stop) -> Result<(), Stop> {
        self.parked = true;
        self.key = self.outlet.park(stop)?;
        Ok(())
    }

    /// The child has given this.
    pub(super) fn done(&mut self, result: Result<O::Value, M::Error>) -> O::Given {
        self.runs = false;
        let output = match result {
            Ok(output) => Some(output),
            Err(error) => {
                if self.core().fail() {
                    M::keep(&self.errors, error);
                }
                None
            }
        };
        self.outlet.give(output)
    }

    fn panicked(&self, payload: Payload) {
        self.core().panicked(payload);
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
}

impl<O: Outlet, M: GroupMode> Drop for Member<O, M> {
    fn drop(&mut self) {
        self.run(|this| {
            if this.runs && !this.core().is_aborted() && !this.outlet.was_cancelled() {
                this.core().lost();
            }
            if let Some(key) = this.key.take() {
                drop(this.core().unpark(key));
            }
            if this.outlet.close() && this.sort == Sort::InPlace {
                this.core().has_woken();
            }
            if this.placed {
                this.core().free(false);
            }
        });
        self.core().leave(self.sort);
    }
}

pin_project! {
    /// A child that is polled, by the runtime or by its group. Panics go to the group, and not to whoever polls.
    pub(super) struct Running<F, O, M> where O: Outlet, M: GroupMode {
        #[pin]
        future: Option<F>,
        span: trace::Child,
        member: Member<O, M>,
    }

    impl<F, O, M> PinnedDrop for Running<F, O, M> where O: Outlet, M: GroupMode {
        fn drop(this: Pin<&mut Self>) {
            this.clear();
        }
    }
}

impl<F, O: Outlet, M: GroupMode> Running<F, O, M> {
    pub(super) const fn new(future: F, span: trace::Child, member: Member<O, M>) -> Self {
        Self {
            future: Some(future),
            span,
            member,
        }
    }

    /// Drops the future.
    fn clear(self: Pin<&mut Self>) {
        let mut this = self.project();
        if this.future.is_some() {
            let span = this.span;
            (this.member).run(|_| span.drop_in(|| this.future.set(None)));
        }
    }

    /// The child waits. Whether it may: not if it was called off meanwhile.
    fn park(self: Pin<&mut Self>, cx: &Context<'_>) -> bool {
        let this = self.project();
        if this.member.parked {
            return true;
        }
        let stop = Stop::Wake(cx.waker().clone());
        this.member.park(stop).is_ok()
    }
}

impl<F, O, M> Future for Running<F, O, M>
where
    F: Future,
    F::Output: ChildOutput<M, Value = O::Value>,
    O: Outlet,
    M: GroupMode,
{
    type Output = O::Given;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Given> {
        let this = self.as_mut().project();
        let span = this.span;
        let polled = match this.future.as_pin_mut() {
            Some(future) if !this.member.is_called_off() => this.member.run(|member| {
                let group = member.outlet.lend_core();
                polled_by(group, || span.run(|| future.poll(cx)))
            }),
            _ => None,
        };
        if let Some(Poll::Pending) = polled {
            if self.as_mut().park(cx) {
                return Poll::Pending;
            }
        }
        self.as_mut().clear();
        let this = self.project();
        let (member, span) = (this.member, this.span);
        let given = match polled {
            Some(Poll::Ready(output)) => member.run(|member| {
                let result = output.split();
                span.end(|| End::of::<M, _>(&result));
                member.done(result)
            }),
            _ => None,
        };
        let given = given.unwrap_or_else(|| member.outlet.give(None));
        member.ends_polled();
        Poll::Ready(given)
    }
}

/// A child in place, as its group polls it.
pub(super) trait Scoped: Future<Output = ()> + Send {
    /// It has waited for a place, and has one now.
    fn gets_place(self: Pin<&mut Self>);
}

impl<F, O, M> Scoped for Running<F, O, M>
where
    Self: Future<Output = ()> + Send,
    O: Outlet,
    M: GroupMode,
{
    fn gets_place(self: Pin<&mut Self>) {
        self.project().member.gets_place();
    }
}

/// A child that blocks a thread.
pub(super) struct Blocking<C, T, M: GroupMode> {
    closure: Option<C>,
    span: trace::Child,
    member: Member<InCell<T>, M>,
}

impl<C, T, M: GroupMode> Blocking<C, T, M> {
    pub(super) const fn new(closure: C, span: trace::Child, member: Member<InCell<T>, M>) -> Self {
        Self {
            closure: Some(closure),
            span,
            member,
        }
    }

    fn run<O>(mut self)
    where
        C: FnOnce() -> O,
        O: ChildOutput<M, Value = T>,
    {
        let Some(closure) = self.closure.take_if(|_| !self.member.is_called_off()) else {
            return;
        };
        let span = &mut self.span;
        self.member.run(|member| {
            let result = span.run(closure).split();
            span.end(|| End::of::<M, _>(&result));
            member.done(result);
        });
    }
}

impl<C, T, M: GroupMode> Drop for Blocking<C, T, M> {
    fn drop(&mut self) {
        let span = &mut self.span;
        self.member.run(|_| span.drop_in(|| self.closure = None));
    }
}

/// A child that a runtime runs.
pub(super) trait Start: Send {
    /// Starts it.
    fn spawn(self, runtime: &Handle, core: &Shared)
    where
        Self: Sized;

    /// Starts it, after it has waited for a place.
    fn start(self: Box<Self>, runtime: &Handle, core: &Shared);
}

/// A child that waits for a place, and the runtime that is to run it.
pub struct Queued {
    child: Box<dyn Start>,
    runtime: Handle,
}

impl Queued {
    pub(super) fn new(child: impl Start + 'static, runtime: Handle) -> Self {
        Self {
            child: Box::new(child),
            runtime,
        }
    }

    pub(super) fn start(self, core: &Shared) {
        self.child.start(&self.runtime, core);
    }
}

impl<F, T, M> Start for Running<F, InCell<T>, M>
where
    F: Future + Send + 'static,
    F::Output: ChildOutput<M, Value = T>,
    T: Send + 'static,
    M: GroupMode<Errors: Send> + 'static,
{
    fn spawn(self, runtime: &Handle, _: &Shared) {
        drop(trace::spawn_on(runtime, self.span.at(), self));
    }

    fn start(mut self: Box<Self>, runtime: &Handle, _: &Shared) {
        self.member.gets_place();
        let at = self.span.at();
        // As it is: what runs in a box need not be moved, and makes a small task.
        drop(trace::spawn_on(runtime, at, Box::into_pin(self)));
    }
}

impl<C, O, T, M> Start for Blocking<C, T, M>
where
    C: FnOnce() -> O + Send + 'static,
    O: ChildOutput<M, Value = T>,
    T: Send + 'static,
    M: GroupMode<Errors: Send> + 'static,
{
    fn spawn(self, runtime: &Handle, core: &Shared) {
        let cell = self.member.outlet.cell();
        let at = self.span.at();
        let handle: JoinHandle<()> = trace::spawn_blocking_on(runtime, at, move || self.run());
        if let Err(stop) = cell.park(Stop::Abort(handle)) {
            stop.stop();
        }
        // With the output, if nobody wants it and the child was faster than this.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(cell))) {
            core.panicked(payload);
        }
    }

    fn start(mut self: Box<Self>, runtime: &Handle, core: &Shared) {
        self.member.gets_place();
        self.spawn(runtime, core);
    }
}
