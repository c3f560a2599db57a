//! Tasks that were cancelled through the runtime's handle.

use std::{collections::HashMap, mem};

use tokio::task::{AbortHandle, Id};

/// The number of tasks below which none is removed because it has finished.
const FEW: usize = 16;

/// The tasks of children that were cancelled through the runtime, and have not been dropped yet.
///
/// The runtime drops a cancelled task in the same way as a task of a runtime that shuts down. A task that is in this set was
/// cancelled. One that had finished when it was cancelled never removes itself, so finished tasks are removed whenever the
/// number of tasks has doubled.
#[derive(Default)]
pub(super) struct CancelledTasks {
    tasks: HashMap<Id, AbortHandle>,
    /// The number of tasks after finished ones were last removed.
    kept: usize,
}

impl CancelledTasks {
    /// Adds a task. The result is tasks that have finished and were removed, to be dropped outside of the lock.
    #[must_use]
    pub(super) fn add(&mut self, task: AbortHandle) -> Vec<AbortHandle> {
        let mut finished = Vec::new();
        if self.tasks.len() >= FEW.max(2 * self.kept) {
            for (id, task) in mem::take(&mut self.tasks) {
                if task.is_finished() {
                    finished.push(task);
                } else {
                    self.tasks.insert(id, task);
                }
            }
            self.kept = self.tasks.len();
        }
        self.tasks.insert(task.id(), task);
        finished
    }

    /// Removes a task, if it was cancelled.
    #[must_use]
    pub(super) fn take(&mut self, task: Id) -> Option<AbortHandle> {
        self.tasks.remove(&task)
    }
}
