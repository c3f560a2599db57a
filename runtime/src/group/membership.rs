//! The membership of a child in its group.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use tokio::task;

use super::{
    cancellers::{Canceller, CancellerKey},
    cell::Header,
    core::{ChildKind, Payload, Shared},
    current::polled_by,
    limit::Admission,
};

/// The membership of a child in its group. It is dropped after everything else of the child, and then the child has left.
pub(super) struct Membership {
    /// `None` while a task is being polled, and after this was detached.
    core: Option<Arc<Shared>>,
    /// The key of the child's canceller, if the child has no [`Header`] that keeps it.
    key: Option<CancellerKey>,
    kind: ChildKind,
    /// Whether this is a task that runs and was not cancelled, as far as it knows. If such a task is dropped, its runtime was
    /// shut down.
    lost_if_dropped: bool,
    has_permit: bool,
    reported: Reported,
}

/// The last report of a child about itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reported {
    Nothing,
    /// It has registered its canceller.
    Canceller,
    /// It has marked itself as finished for its [`Child`](super::Child).
    Finished,
}

impl Membership {
    pub(super) fn new(core: &Arc<Shared>, kind: ChildKind, admission: Admission) -> Self {
        Self {
            core: Some(Arc::clone(core)),
            key: None,
            kind,
            lost_if_dropped: !kind.is_scoped() && admission != Admission::Queue,
            has_permit: admission == Admission::Permit,
            reported: Reported::Nothing,
        }
    }

    pub(super) fn core(&self) -> &Arc<Shared> {
        self.core.as_ref().expect("the child is not being polled")
    }

    pub(super) const fn kind(&self) -> ChildKind {
        self.kind
    }

    /// Gets the permit that the child has waited for.
    pub(super) fn set_permit(&mut self) {
        self.has_permit = true;
        self.lost_if_dropped = !self.kind.is_scoped();
    }

    // ---- cancellation ----

    /// Checks whether the child must be dropped at its next await.
    pub(super) fn is_cancelled(&self, header: Option<&Header>) -> bool {
        self.core().is_aborted() || header.is_some_and(Header::is_cancelled)
    }

    /// Checks whether the child is dropped because it was cancelled. Called once, when it is dropped.
    fn was_cancelled(&self, header: Option<&Header>) -> bool {
        match header {
            Some(header) => header.is_cancelled(),
            // Such a child is cancelled through the runtime, which drops it as the current task.
            None => task::try_id().is_some_and(|task| self.core().take_cancelled_task(task)),
        }
    }

    pub(super) fn is_registered(&self) -> bool {
        self.reported == Reported::Canceller
    }

    /// Registers the child's canceller. Fails if the child was cancelled.
    pub(super) fn register(
        &mut self,
        header: Option<&Header>,
        canceller: Canceller,
    ) -> Result<(), Canceller> {
        self.reported = Reported::Canceller;
        match header {
            // The header keeps the key, because the `Child` needs it to cancel the child.
            Some(header) => header.register(canceller)?,
            None => self.key = Some(self.core().register_canceller(canceller)?),
        }
        Ok(())
    }

    // ---- user code ----

    /// Runs user code, and passes a panic of it on to the group.
    pub(super) fn run<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(result) => Some(result),
            Err(payload) => {
                self.lost_if_dropped = false;
                self.panicked(payload);
                None
            }
        }
    }

    fn panicked(&self, payload: Payload) {
        self.core().panicked(payload);
    }

    /// Polls the child's future by `poll`, and passes a panic of it on to the group.
    pub(super) fn poll<R>(&mut self, poll: impl FnOnce() -> R) -> Option<R> {
        self.run(|this| match this.kind {
            ChildKind::Task | ChildKind::Daemon => polled_by(&mut this.core, poll),
            // The group's future has set the current group already, and a closure on a blocking thread polls no group.
            ChildKind::Scoped
            | ChildKind::ScopedDaemon
            | ChildKind::Blocking
            | ChildKind::BlockingDaemon => poll(),
        })
    }

    // ---- the end of the child ----

    /// Notes that the child has finished by itself.
    pub(super) fn completed(&mut self) {
        self.lost_if_dropped = false;
    }

    /// Marks the child as finished for its [`Child`](super::Child), once. Its output was stored before, if there is one.
    pub(super) fn report_finished(&mut self, header: &Header) {
        let before = mem::replace(&mut self.reported, Reported::Finished);
        if before != Reported::Finished && header.finish() && self.kind.is_scoped() {
            self.core().woke_waiter();
        }
    }

    /// Releases the permit of a child after its last poll. A task hands it over to the next child of the queue if that is a task,
    /// too, and starts it.
    ///
    /// A task that is dropped unfinished only releases its permit. It may be dropped on any thread, or by a runtime that shuts
    /// down and drops each task as it is started: handing over would then recurse once for each queued task.
    #[inline]
    pub(super) fn release_after_poll(&mut self) {
        if mem::take(&mut self.has_permit) {
            self.run(|this| {
                if this.kind != ChildKind::Task {
                    this.core().release();
                } else if let Some(next) = this.core().hand_over() {
                    next.start(this.core());
                }
            });
        }
    }

    /// Removes everything that the group still keeps for the child, after the future was dropped and the output was sent.
    #[inline]
    pub(super) fn clean_up(&mut self, header: Option<&Header>) {
        let must_report = header.is_some() && self.reported != Reported::Finished;
        if self.lost_if_dropped || self.key.is_some() || self.has_permit || must_report {
            self.clean_up_slowly(header);
        }
    }

    fn clean_up_slowly(&mut self, header: Option<&Header>) {
        self.run(|this| {
            if this.lost_if_dropped && !this.core().is_aborted() && !this.was_cancelled(header) {
                this.core().lost();
            }
            if let Some(key) = this.key.take() {
                drop(this.core().deregister_canceller(key));
            }
            if let Some(header) = header {
                this.report_finished(header);
            }
            if this.has_permit {
                this.core().release();
            }
        });
    }

    /// Moves the membership out of here.
    pub(super) fn detach(&mut self) -> Self {
        let core = self.core.take();
        Self { core, ..*self }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        if let Some(core) = self.core.take() {
            leave(core, self.kind);
        }
    }
}

/// Leaves the group. Not inlined, because the drop of each type of child would contain a copy.
#[inline(never)]
#[allow(
    clippy::needless_pass_by_value,
    reason = "the group may be dropped here, too"
)]
fn leave(core: Arc<Shared>, kind: ChildKind) {
    core.leave(kind);
}
