//! Children that are cancelled through the runtime, which then drops them as it does when it is shut down.

use std::{collections::HashMap, mem};

use tokio::task::{AbortHandle, Id};

/// The number of tasks below which none is forgotten.
const FEW: usize = 16;

/// The tasks of children that were cancelled and have not been dropped yet.
///
/// A task that had ended when it was cancelled is never taken out. It is forgotten when the number of tasks has doubled.
#[derive(Default)]
pub(super) struct Cancels {
    tasks: HashMap<Id, AbortHandle>,
    /// The number of tasks that were left when some were last forgotten.
    kept: usize,
}

impl Cancels {
    /// Adds a task, and returns those that are forgotten.
    #[must_use]
    pub(super) fn add(&mut self, task: AbortHandle) -> Vec<AbortHandle> {
        let mut forgotten = Vec::new();
        if self.tasks.len() >= FEW.max(2 * self.kept) {
            for (id, task) in mem::take(&mut self.tasks) {
                if task.is_finished() {
                    forgotten.push(task);
                } else {
                    self.tasks.insert(id, task);
                }
            }
            self.kept = self.tasks.len();
        }
        self.tasks.insert(task.id(), task);
        forgotten
    }

    /// Takes out a task, if it was cancelled.
    #[must_use]
    pub(super) fn take(&mut self, task: Id) -> Option<AbortHandle> {
        self.tasks.remove(&task)
    }
}
