//! The state that a child shares with its [`Child`](super::Child): whether it has finished, and its output.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use super::{
    cancellers::{Canceller, CancellerKey},
    core::Shared,
    notify::wake,
};
use crate::sync::{AtomicBool, Lock, Ordering};

/// The shared state of a child and its [`Child`](super::Child).
pub(super) struct OutputCell<T> {
    header: Header,
    /// Set before the child has finished, if it has an output, until the `Child` takes it.
    output: Lock<Option<T>>,
}

impl<T> OutputCell<T> {
    pub(super) fn new(core: &Arc<Shared>) -> Arc<Self> {
        Arc::new(Self {
            header: Header::new(core),
            output: Lock::new(None),
        })
    }

    /// Stores the output, before the child has finished.
    pub(super) fn set_output(&self, output: T) {
        *self.output.lock() = Some(output);
    }

    /// Takes the output of a child that has finished, if there is one.
    pub(super) fn take_output(&self) -> Option<T> {
        self.output.lock().take()
    }

    pub(super) const fn header(&self) -> &Header {
        &self.header
    }
}

impl<T> AsRef<Header> for OutputCell<T> {
    fn as_ref(&self) -> &Header {
        &self.header
    }
}

/// The part of an [`OutputCell`] that does not depend on the type of the output.
pub(super) struct Header {
    core: Arc<Shared>,
    is_cancelled: AtomicBool,
    state: Lock<State>,
}

struct State {
    progress: Progress,
    /// The waker of the task that awaits the child.
    waker: Option<Waker>,
}

enum Progress {
    /// The child is running or queued. If it is pending, this is the key of its [`Canceller`].
    Running(Option<CancellerKey>),
    /// The child is gone, or is about to leave its group.
    Finished,
}

impl Progress {
    fn take_key(&mut self) -> Option<CancellerKey> {
        match self {
            Self::Running(key) => key.take(),
            Self::Finished => None,
        }
    }

    const fn is_finished(&self) -> bool {
        matches!(self, Self::Finished)
    }
}

impl Header {
    fn new(core: &Arc<Shared>) -> Self {
        Self {
            core: Arc::clone(core),
            is_cancelled: AtomicBool::new(false),
            state: Lock::new(State {
                progress: Progress::Running(None),
                waker: None,
            }),
        }
    }

    pub(super) const fn core(&self) -> &Arc<Shared> {
        &self.core
    }

    // ---- called by the `Child` ----

    /// Makes the child be dropped as soon as possible. `ticket` is the one of a child that had to be queued.
    pub(super) fn cancel(&self, ticket: Option<u64>) {
        // Before the lock is taken, so that a child that registers a canceller later sees it.
        self.is_cancelled.store(true, Ordering::Release);
        let key = self.state.lock().progress.take_key();
        let canceller = key.and_then(|key| self.core.deregister_canceller(key));
        match (canceller, ticket) {
            (Some(canceller), _) => canceller.cancel(),
            (None, Some(ticket)) => self.core.remove_cancelled(ticket),
            (None, None) => {}
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.state.lock().progress.is_finished()
    }

    /// Polls for the end of the child.
    pub(super) fn poll_finished(&self, cx: &Context<'_>) -> Poll<()> {
        self.state.poll_or_register(
            cx,
            |state| {
                if state.progress.is_finished() {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            },
            |state| &mut state.waker,
        )
    }

    // ---- called by the child ----

    #[inline]
    pub(super) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
    }

    /// Registers the child's canceller. Fails if the child was cancelled or has finished.
    pub(super) fn register(&self, canceller: Canceller) -> Result<(), Canceller> {
        let state = &mut *self.state.lock();
        match &mut state.progress {
            Progress::Running(key) if !self.is_cancelled() => {
                *key = Some(self.core.register_canceller(canceller)?);
                Ok(())
            }
            _ => Err(canceller),
        }
    }

    /// Marks the child as finished, after its output was stored. Wakes the task that awaits it, and reports whether there is one.
    pub(super) fn finish(&self) -> bool {
        let (key, waker) = {
            let state = &mut *self.state.lock();
            let key = state.progress.take_key();
            state.progress = Progress::Finished;
            (key, state.waker.take())
        };
        drop(key.and_then(|key| self.core.deregister_canceller(key)));
        let has_waiter = waker.is_some();
        wake(waker);
        has_waiter
    }
}
