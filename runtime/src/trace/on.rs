//! What is watched has a span, which is entered while it runs and told how it ends.

use std::{
    cell::Cell,
    future::Future,
    iter,
    marker::PhantomData,
    mem,
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
    thread,
};

use pin_project_lite::pin_project;
use tokio::{runtime::Handle, task::JoinHandle, time::Instant};
use tracing::{Id, Span, debug_span, field::Empty, trace_span};

use super::{End, Macro, Place};
use crate::mode::{AsValue, Classify};

impl End {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Panicked => "panicked",
            Self::TimedOut => "timed_out",
        }
    }
}

/// A span, and what it still has to be told.
///
/// What is dropped before it ends was cancelled.
struct Watch {
    span: Span,
    /// When it first ran.
    begun: Option<Instant>,
    ended: bool,
}

impl Watch {
    const fn new(span: Span) -> Self {
        Self {
            span,
            begun: None,
            ended: false,
        }
    }

    /// Watches what the runtime runs by itself, which would lose the caller's span: if the subscriber does not want this
    /// span, the current one is entered instead, and is not told how this ends.
    fn apart(span: Span) -> Self {
        let ended = span.is_disabled();
        Self {
            span: span.or_current(),
            begun: None,
            ended,
        }
    }

    /// Does a piece of what is watched. If that panics, it has ended.
    fn run<R>(&mut self, work: impl FnOnce(&mut Ending) -> R) -> R {
        let mut ending = Ending(None);
        if self.span.is_disabled() {
            return work(&mut ending);
        }
        self.begun.get_or_insert_with(Instant::now);
        let span = self.span.clone();
        let _entered = span.enter();
        let watching = Watching {
            watch: self,
            panicking: thread::panicking(),
        };
        let result = work(&mut ending);
        if let Ending(Some(end)) = ending {
            watching.watch.end(end);
        }
        result
    }

    fn end(&mut self, end: End) {
        if self.ended {
            return;
        }
        self.ended = true;
        if self.span.is_disabled() {
            return;
        }
        self.span.record("outcome", end.name());
        if let Some(begun) = self.begun {
            let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.span.record("duration_us", micros);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end(End::Cancelled);
    }
}

/// Sees whether what runs panics.
struct Watching<'a> {
    watch: &'a mut Watch,
    panicking: bool,
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        if thread::panicking() && !self.panicking {
            self.watch.end(End::Panicked);
        }
    }
}

/// How what runs in a span ends, if it does.
pub struct Ending(Option<End>);

impl Ending {
    pub(crate) fn is(&mut self, end: End) {
        self.0 = Some(end);
    }

    pub(crate) fn maybe(&mut self, end: impl FnOnce() -> Option<End>) {
        self.0 = end().or(self.0);
    }
}

/// The span of a call.
pub struct Call {
    watch: Watch,
    /// Whether it is told how many branches there are.
    counted: bool,
    /// The span that it was made in.
    made_in: Option<Id>,
    polled: bool,
}

impl Call {
    /// A call with so many branches, at least.
    #[track_caller]
    pub(crate) fn new(of: Macro, branches: impl FnOnce() -> usize) -> Self {
        let mut call = Self::of_unknown(of);
        call.count(branches);
        call
    }

    /// A call that does not know yet how many branches it has.
    #[track_caller]
    pub(crate) fn of_unknown(of: Macro) -> Self {
        let caller = Location::caller();
        let (file, line) = (caller.file(), caller.line());
        macro_rules! span {
            ($name:literal) => {
                debug_span!(
                    target: "rejoin", $name,
                    file, line, branches = Empty, outcome = Empty, duration_us = Empty
                )
            };
        }
        let span = match of {
            Macro::Gather => span!("gather"),
            Macro::AsCompleted => span!("as_completed"),
            Macro::Wait => span!("wait"),
            Macro::TaskGroup => span!("task_group"),
        };
        Self {
            watch: Watch::new(span),
            counted: false,
            made_in: Span::current().id(),
            polled: false,
        }
    }

    /// Tells how many branches there are, if that was not told before.
    pub(crate) fn count(&mut self, branches: impl FnOnce() -> usize) {
        if !self.counted && !self.watch.span.is_disabled() {
            self.counted = true;
            self.watch.span.record("branches", branches());
        }
    }

    /// Polls the call. The first time, it is told what else it follows from, if it is not polled where it was made: what
    /// is nested was made beside the branch that polls it.
    pub(crate) fn run<R>(&mut self, work: impl FnOnce(&mut Ending) -> R) -> R {
        if !self.polled {
            self.polled = true;
            let current = Span::current().id();
            if current != self.made_in {
                self.watch.span.follows_from(current);
            }
        }
        self.watch.run(work)
    }

    pub(crate) fn end(&mut self, end: End) {
        self.watch.end(end);
    }

    /// It is taken out while it runs, of what it runs.
    pub(crate) fn take(&mut self) -> Self {
        let nothing = Self {
            watch: Watch::new(Span::none()),
            counted: true,
            made_in: None,
            polled: true,
        };
        mem::replace(self, nothing)
    }

    /// What the children of a group are told of it.
    pub(crate) fn scope(&self) -> Scope {
        Scope(self.watch.span.clone())
    }
}

/// The span of a group, for its children.
#[derive(Clone)]
pub(crate) struct Scope(Span);

impl Scope {
    /// A child that is started here. It is the group's, whoever starts it, and follows from that one.
    #[track_caller]
    pub(crate) fn child(&self, kind: &'static str) -> Child {
        let at = Location::caller();
        let span = debug_span!(
            target: "rejoin", parent: &self.0, "child",
            kind, file = at.file(), line = at.line(), outcome = Empty, duration_us = Empty
        );
        let current = Span::current().id();
        if current != self.0.id() {
            span.follows_from(current);
        }
        Child {
            watch: Watch::apart(span),
            at,
        }
    }
}

/// The span of a child.
pub(crate) struct Child {
    watch: Watch,
    at: At,
}

/// Where a child was started.
type At = &'static Location<'static>;

impl Child {
    /// Does a piece of the child's work.
    pub(crate) fn run<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.watch.run(|_| work())
    }

    /// Drops a part of the child.
    pub(crate) fn drop_in<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.watch.span.in_scope(work)
    }

    pub(crate) fn end(&mut self, end: impl FnOnce() -> End) {
        self.watch.end(end());
    }

    pub(crate) const fn at(&self) -> At {
        self.at
    }
}

pin_project! {
    /// A branch that is watched, from its first poll on. `K` knows whether its output is an error.
    pub struct Branch<F, K> {
        // There until this is dropped: an `Option`, so that it can be dropped first.
        #[pin]
        future: Option<F>,
        watch: Option<Watch>,
        place: Place,
        kind: PhantomData<fn() -> K>,
    }

    impl<F, K> PinnedDrop for Branch<F, K> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            match this.watch {
                // What its parts say when they are dropped belongs to it.
                Some(watch) => watch.span.in_scope(|| this.future.set(None)),
                None => this.future.set(None),
            }
        }
    }
}

impl<F, K> Branch<F, K> {
    const fn new(future: F, place: Place, watch: Option<Watch>) -> Self {
        Self {
            future: Some(future),
            watch,
            place,
            kind: PhantomData,
        }
    }
}

impl<F: Future, K: Classify<F::Output>> Future for Branch<F, K> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let future = this.future.as_pin_mut();
        let future = future.expect("it is there until this is dropped");
        let watch = (this.watch).get_or_insert_with(|| Watch::new(this.place.span()));
        watch.run(|ending| {
            LATE.set(false);
            let poll = future.poll(cx);
            let late = LATE.take();
            if let Poll::Ready(output) = &poll {
                ending.is(if late {
                    End::TimedOut
                } else {
                    K::classify(output)
                });
            }
            poll
        })
    }
}

impl Place {
    /// A span in the call that is polled.
    fn span(self) -> Span {
        macro_rules! span {
            ($place:ident) => {
                trace_span!(
                    target: "rejoin", "branch",
                    $place, outcome = Empty, duration_us = Empty
                )
            };
        }
        match self {
            Self::Index(index) => span!(index),
            Self::Element(element) => span!(element),
        }
    }
}

/// A branch.
pub(crate) const fn branch<F, K>(future: F, place: Place) -> Branch<F, K> {
    Branch::new(future, place, None)
}

/// The branches of a collection.
pub(crate) fn branches<F, K>(futures: Vec<F>, place: impl Fn(usize) -> Place) -> Vec<Branch<F, K>> {
    let numbered = iter::zip(0.., futures);
    numbered
        .map(|(n, future)| branch(future, place(n)))
        .collect()
}

/// A branch as it was given.
pub(crate) fn inner<F, K>(branch: Pin<&mut Branch<F, K>>) -> Pin<&mut F> {
    let future = branch.project().future.as_pin_mut();
    future.expect("it is there until this is dropped")
}

/// Gives a branch its number.
pub(crate) fn number<F, K>(branch: Pin<&mut Branch<F, K>>, index: usize) {
    *branch.project().place = Place::Index(index);
}

thread_local! {
    /// Whether the branch that is being polled has come to its own deadline.
    static LATE: Cell<bool> = const { Cell::new(false) };
}

/// The branch that is being polled has come to its own deadline.
pub(crate) fn timed_out() {
    LATE.set(true);
}

/// The span of a task that is started here.
#[track_caller]
fn task(kind: &'static str) -> Watch {
    let caller = Location::caller();
    Watch::apart(debug_span!(
        target: "rejoin", "task",
        kind, file = caller.file(), line = caller.line(), outcome = Empty, duration_us = Empty
    ))
}

/// Starts a task.
#[track_caller]
pub(crate) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let future = Branch::<_, AsValue>::new(future, Place::Index(0), Some(task("spawn")));
    #[cfg(tokio_unstable)]
    return console::named(&console::name("spawn", Location::caller()))
        .spawn(future)
        .expect("a task can be started");
    #[cfg(not(tokio_unstable))]
    tokio::spawn(future)
}

/// Starts a blocking task.
#[track_caller]
pub(crate) fn spawn_blocking<C, T>(closure: C) -> JoinHandle<T>
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let mut watch = task("spawn_blocking");
    let closure = move || {
        watch.run(|ending| {
            ending.is(End::Done);
            closure()
        })
    };
    #[cfg(tokio_unstable)]
    return console::named(&console::name("spawn_blocking", Location::caller()))
        .spawn_blocking(closure)
        .expect("a thread can be started");
    #[cfg(not(tokio_unstable))]
    tokio::task::spawn_blocking(closure)
}

/// Starts a child as a task.
#[cfg_attr(
    not(tokio_unstable),
    allow(unused_variables, reason = "only tokio's console asks")
)]
pub(crate) fn spawn_on<F>(runtime: &Handle, at: At, future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    #[cfg(tokio_unstable)]
    return console::named(&console::name("child", at))
        .spawn_on(future, runtime)
        .expect("a task can be started");
    #[cfg(not(tokio_unstable))]
    runtime.spawn(future)
}

/// Starts a child that blocks.
#[cfg_attr(
    not(tokio_unstable),
    allow(unused_variables, reason = "only tokio's console asks")
)]
pub(crate) fn spawn_blocking_on<C, T>(runtime: &Handle, at: At, closure: C) -> JoinHandle<T>
where
    C: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    #[cfg(tokio_unstable)]
    return console::named(&console::name("child", at))
        .spawn_blocking_on(closure, runtime)
        .expect("a thread can be started");
    #[cfg(not(tokio_unstable))]
    runtime.spawn_blocking(closure)
}

/// What tokio's console calls tasks.
#[cfg(tokio_unstable)]
mod console {
    use std::panic::Location;

    use tokio::task::Builder;

    pub(super) fn name(kind: &str, at: &Location<'_>) -> String {
        format!("{kind} at {at}")
    }

    pub(super) fn named(name: &str) -> Builder<'_> {
        Builder::new().name(name)
    }
}
