//! Spans that are entered while their call, branch, task or child runs, and record how it ended.

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

use super::{BranchId, End, Macro};
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
            Self::Stopped => "stopped",
        }
    }
}

/// A span that records how its work ended, and after what time. Work that is dropped before it has ended was cancelled.
struct Watch {
    span: Span,
    /// When the work first ran.
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

    /// Creates the span of a task. The runtime does not poll a task in the caller's span. So if the subscriber has disabled
    /// this span, the current span is entered instead, and the end of the task is not recorded.
    fn apart(span: Span) -> Self {
        let ended = span.is_disabled();
        Self {
            span: span.or_current(),
            begun: None,
            ended,
        }
    }

    /// Runs a part of the work in the span. Records the end if `work` reports one or panics.
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

/// Records a panic of the work when it is dropped.
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

/// The end of the work, if a part of the work has reported it.
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
    /// Whether the number of branches was recorded.
    counted: bool,
    /// The current span when the call was made.
    made_in: Option<Id>,
    polled: bool,
}

impl Call {
    /// Creates the span of a call, and records its number of branches.
    #[track_caller]
    pub(crate) fn new(of: Macro, branches: impl FnOnce() -> usize) -> Self {
        let mut call = Self::of_unknown(of);
        call.count(branches);
        call
    }

    /// Creates the span of a call with a number of branches that is not known yet.
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

    /// Records the number of branches, if it was not recorded before.
    pub(crate) fn count(&mut self, branches: impl FnOnce() -> usize) {
        if !self.counted && !self.watch.span.is_disabled() {
            self.counted = true;
            self.watch.span.record("branches", branches());
        }
    }

    /// Polls the call in its span. If the first poll is not in the span in which the call was made, the call's span also
    /// follows from the span of that poll: for example, a nested `gather!` is made in the span of the outer caller and polled
    /// in the span of a branch.
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

    /// Takes the span out of the call while a poll borrows the rest of the call.
    pub(crate) fn take(&mut self) -> Self {
        let nothing = Self {
            watch: Watch::new(Span::none()),
            counted: true,
            made_in: None,
            polled: true,
        };
        mem::replace(self, nothing)
    }

    /// Returns the parent of the spans of children.
    pub(crate) fn scope(&self) -> Scope {
        Scope(self.watch.span.clone())
    }
}

/// The span of a group, for its children.
#[derive(Clone)]
pub(crate) struct Scope(Span);

impl Scope {
    /// Creates the span of a child. Its parent is the group's span, and it follows from the span in which it is spawned.
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

/// The location at which a child was spawned.
type At = &'static Location<'static>;

impl Child {
    /// Runs a part of the child's work in the span.
    pub(crate) fn run<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.watch.run(|_| work())
    }

    /// Drops a part of the child in the span.
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
    /// A branch in its span, which begins at the first poll. `K` knows whether an output is an error.
    pub struct Branch<F, K> {
        // `Some` until this is dropped. It is an `Option` so that it can be dropped in the span.
        #[pin]
        future: Option<F>,
        watch: Option<Watch>,
        id: BranchId,
        kind: PhantomData<fn() -> K>,
    }

    impl<F, K> PinnedDrop for Branch<F, K> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            match this.watch {
                // Events of destructors belong to the branch.
                Some(watch) => watch.span.in_scope(|| this.future.set(None)),
                None => this.future.set(None),
            }
        }
    }
}

impl<F, K> Branch<F, K> {
    const fn new(future: F, id: BranchId, watch: Option<Watch>) -> Self {
        Self {
            future: Some(future),
            watch,
            id,
            kind: PhantomData,
        }
    }
}

impl<F: Future, K: Classify<F::Output>> Future for Branch<F, K> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let future = this.future.as_pin_mut();
        let future = future.expect("it is `Some` until this is dropped");
        let watch = (this.watch).get_or_insert_with(|| Watch::new(this.id.span()));
        watch.run(|ending| {
            TIMED_OUT.set(false);
            let poll = future.poll(cx);
            let timed_out = TIMED_OUT.take();
            if let Poll::Ready(output) = &poll {
                ending.is(if timed_out {
                    End::TimedOut
                } else {
                    K::classify(output)
                });
            }
            poll
        })
    }
}

impl BranchId {
    /// Creates the span of the branch in the current span, which belongs to its call.
    fn span(self) -> Span {
        macro_rules! span {
            ($id:ident) => {
                trace_span!(
                    target: "rejoin", "branch",
                    $id, outcome = Empty, duration_us = Empty
                )
            };
        }
        match self {
            Self::Index(index) => span!(index),
            Self::Element(element) => span!(element),
        }
    }
}

/// Wraps a branch in its span.
pub(crate) const fn branch<F, K>(future: F, id: BranchId) -> Branch<F, K> {
    Branch::new(future, id, None)
}

/// Wraps the branches of a collection in their spans.
pub(crate) fn branches<F, K>(futures: Vec<F>, id: impl Fn(usize) -> BranchId) -> Vec<Branch<F, K>> {
    let numbered = iter::zip(0.., futures);
    numbered.map(|(n, future)| branch(future, id(n))).collect()
}

/// Returns the branch without its span.
pub(crate) fn inner<F, K>(branch: Pin<&mut Branch<F, K>>) -> Pin<&mut F> {
    let future = branch.project().future.as_pin_mut();
    future.expect("it is `Some` until this is dropped")
}

/// Sets the number of a branch.
pub(crate) fn number<F, K>(branch: Pin<&mut Branch<F, K>>, index: usize) {
    *branch.project().id = BranchId::Index(index);
}

thread_local! {
    /// Whether the branch that is being polled has timed out by `each_timeout`.
    static TIMED_OUT: Cell<bool> = const { Cell::new(false) };
}

/// Notes that the branch that is being polled has timed out by `each_timeout`.
pub(crate) fn timed_out() {
    TIMED_OUT.set(true);
}

/// Creates the span of a task.
#[track_caller]
fn task(kind: &'static str) -> Watch {
    let caller = Location::caller();
    Watch::apart(debug_span!(
        target: "rejoin", "task",
        kind, file = caller.file(), line = caller.line(), outcome = Empty, duration_us = Empty
    ))
}

/// Spawns a task in its span.
#[track_caller]
pub(crate) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let future = Branch::<_, AsValue>::new(future, BranchId::Index(0), Some(task("spawn")));
    #[cfg(tokio_unstable)]
    return console::named(&console::name("spawn", Location::caller()))
        .spawn(future)
        .expect("a task can be spawned");
    #[cfg(not(tokio_unstable))]
    tokio::spawn(future)
}

/// Spawns a task that runs on this thread, in its span.
#[track_caller]
pub(crate) fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: 'static> + 'static,
{
    let future = Branch::<_, AsValue>::new(future, BranchId::Index(0), Some(task("spawn_local")));
    #[cfg(tokio_unstable)]
    return console::named(&console::name("spawn_local", Location::caller()))
        .spawn_local(future)
        .expect("a task can be spawned");
    #[cfg(not(tokio_unstable))]
    tokio::task::spawn_local(future)
}

/// Runs a closure on a blocking thread, in its span.
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

/// Spawns the task of a child. The child enters its span by itself.
#[cfg_attr(
    not(tokio_unstable),
    allow(unused_variables, reason = "only named for tokio's console")
)]
pub(crate) fn spawn_on<F>(runtime: &Handle, at: At, future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    #[cfg(tokio_unstable)]
    return console::named(&console::name("child", at))
        .spawn_on(future, runtime)
        .expect("a task can be spawned");
    #[cfg(not(tokio_unstable))]
    runtime.spawn(future)
}

/// Runs the closure of a child on a blocking thread.
#[cfg_attr(
    not(tokio_unstable),
    allow(unused_variables, reason = "only named for tokio's console")
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

/// Names of tasks for tokio's console.
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
