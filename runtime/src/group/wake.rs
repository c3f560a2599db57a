//! How the group's future is polled and woken, and the waker of its body.

use std::{
    sync::Arc,
    task::{Context, Poll, Wake},
};

use tokio::runtime::Handle;

use super::{
    core::Core,
    notify::{NextStep, wake},
    state::EndCause,
};
use crate::sync::Ordering;

// ---- the runtime ------------------------------------------------------------------------------------------------

impl<Q: Send + 'static> Core<Q> {
    /// Keeps the current runtime, at the first poll of the group's future.
    pub(super) fn set_runtime(&self) {
        if let Ok(runtime) = Handle::try_current() {
            self.runtime.get_or_init(|| runtime);
        }
    }

    /// Returns the current runtime, or else the one in which the group was first polled.
    ///
    /// # Panics
    ///
    /// If there is neither.
    #[inline]
    #[track_caller]
    pub(super) fn runtime(&self) -> Handle {
        let runtime = Handle::try_current().ok();
        let Some(runtime) = runtime.or_else(|| self.runtime.get().cloned()) else {
            panic!("`task_group!` needs a tokio runtime to spawn tasks")
        };
        runtime
    }
}

// ---- the group's future -----------------------------------------------------------------------------------------

impl<Q: Send + 'static> Core<Q> {
    /// Notifies the group's future that there is something to do.
    pub(super) fn notify(&self) {
        let waker = self.inner.lock().notify.notify();
        wake(waker);
    }

    /// Notes that a scoped child has woken a task that waited for it. The group's future takes another turn for that task.
    pub(super) fn woke_waiter(&self) {
        self.inner.lock().notify.woke_waiter();
    }

    /// Begins a poll of the group's future, and registers its waker. Reports whether it was notified before.
    pub(super) fn begin_poll(&self, cx: &Context<'_>) -> bool {
        let mut notified = false;
        let _pending: Poll<()> = self.inner.poll_or_register(
            cx,
            |inner| {
                notified |= inner.notify.begin_poll();
                Poll::Pending
            },
            |inner| inner.notify.waker(),
        );
        notified
    }

    /// Returns what the group's future does after a turn. If that is [`NextStep::Idle`], its poll ends here.
    pub(super) fn next_step(&self) -> NextStep {
        if self.must_end() {
            NextStep::End
        } else {
            self.inner.lock().notify.next_step()
        }
    }

    /// Ends a poll of the future of a group that is ending, unless it was notified in this poll.
    pub(super) fn end_poll_if_idle(&self) -> bool {
        self.inner.lock().notify.next_step() == NextStep::Idle
    }

    /// Checks whether the group is ending. Ends it if a child was lost.
    pub(super) fn must_end(&self) -> bool {
        if self.state.is_lost() {
            self.end(EndCause::Panicked);
        }
        self.is_ending()
    }

    /// Drops the waker of the group's future.
    pub(super) fn clear_waker(&self) {
        let waker = self.inner.lock().notify.waker().take();
        drop(waker);
    }
}

// ---- the body ---------------------------------------------------------------------------------------------------

impl<Q: Send + 'static> Core<Q> {
    /// Checks whether the body was woken since it was last polled.
    pub(super) fn is_body_woken(&self) -> bool {
        self.body_woken.load(Ordering::Acquire)
    }

    /// Checks the same before a poll of the body, and resets it.
    pub(super) fn take_body_wake(&self) -> bool {
        self.body_woken.swap(false, Ordering::AcqRel)
    }
}

/// The waker of the body.
impl<Q: Send + 'static> Wake for Core<Q> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.body_woken.swap(true, Ordering::AcqRel) {
            let waker = self.inner.lock().notify.wake_body();
            wake(waker);
        }
    }
}
