//! The group that polls its body or a child on this thread.

use std::{cell::Cell, sync::Arc};

use tokio::task::{self, Id};

use super::core::Shared;
use crate::sync::thread_local;

thread_local! {
    /// The group that polls.
    #[allow(
        clippy::missing_const_for_thread_local,
        reason = "loom's macro takes no `const`, and a value with a destructor is checked at each access in either case"
    )]
    static CURRENT: Cell<Option<Current>> = Cell::new(None);
}

struct Current {
    group: Arc<Shared>,
    /// The task that polls it, if a task does. While it is being polled a `LocalSet` may poll other tasks on the same thread.
    task: Option<Id>,
}

/// Calls `poll`, which polls the body or a child of `group`.
///
/// Meanwhile the `Arc` is moved out of `group` into the thread-local, so that its reference count does not change.
#[inline]
pub(super) fn polled_by<R>(group: &mut Option<Arc<Shared>>, poll: impl FnOnce() -> R) -> R {
    struct Restore<'a> {
        group: &'a mut Option<Arc<Shared>>,
        before: Option<Current>,
    }

    impl Drop for Restore<'_> {
        fn drop(&mut self) {
            *self.group = exchange(self.before.take()).map(|current| current.group);
        }
    }

    let Some(own) = group.take() else {
        return poll();
    };
    let before = exchange(Some(Current {
        group: own,
        task: task::try_id(),
    }));
    let _restore = Restore { group, before };
    poll()
}

/// Exchanges the current group. A thread that has dropped its thread-locals already gets its argument back.
#[inline]
fn exchange(mut current: Option<Current>) -> Option<Current> {
    let _gone = CURRENT.try_with(|cell| current = cell.replace(current.take()));
    current
}

/// Returns the group that polls its body or a child in this task.
pub(super) fn current() -> Option<Arc<Shared>> {
    let current = exchange(None);
    let group = (current.as_ref())
        .filter(|current| current.task == task::try_id())
        .map(|current| Arc::clone(&current.group));
    exchange(current);
    group
}
