//! Which way a child's output goes.

use std::{marker::PhantomData, mem, sync::Arc};

use tokio::task;

use super::{
    Shared,
    child::Cell,
    core::Sort,
    stops::{Key, Stop},
};

/// Where a child's output goes, and how the child learns that it was cancelled.
pub(super) trait Outlet {
    /// What the child's output has to give.
    type Value;
    /// What is given to whoever polls the child.
    type Given;

    fn core(&self) -> &Arc<Shared>;

    /// The group, for as long as a task is polled.
    fn lend_core(&mut self) -> &mut Option<Arc<Shared>>;

    fn is_cancelled(&self) -> bool;

    /// Whether the child was cancelled and is dropped because of that. To be asked when it is dropped.
    fn was_cancelled(&self) -> bool {
        self.is_cancelled()
    }

    /// The child waits, and is woken by this. Given back if it was called off. Whoever gets a key is to
    /// [`unpark`](super::core::Core::unpark) with it when the child ends.
    fn park(&self, stop: Stop) -> Result<Option<Key>, Stop>;

    /// The child's output, if there is one.
    fn give(&mut self, output: Option<Self::Value>) -> Self::Given;

    /// The child is gone. Whether it has woken whoever waited for it.
    fn close(&mut self) -> bool;
}

/// To the [`Child`](super::Child), in a cell.
pub(super) struct InCell<T> {
    cell: Arc<Cell<T>>,
    /// The group of a task.
    core: Option<Arc<Shared>>,
    settled: bool,
    woke: bool,
}

impl<T> InCell<T> {
    pub(super) fn new(cell: Arc<Cell<T>>, sort: Sort) -> Self {
        let core = match sort {
            Sort::Task | Sort::Daemon => Some(Arc::clone(cell.core())),
            // Its group says that it polls it.
            Sort::InPlace => None,
        };
        Self {
            cell,
            core,
            settled: false,
            woke: false,
        }
    }

    pub(super) fn cell(&self) -> Arc<Cell<T>> {
        Arc::clone(&self.cell)
    }
}

impl<T> Outlet for InCell<T> {
    type Value = T;
    type Given = ();

    fn core(&self) -> &Arc<Shared> {
        self.cell.core()
    }

    fn lend_core(&mut self) -> &mut Option<Arc<Shared>> {
        &mut self.core
    }

    fn is_cancelled(&self) -> bool {
        self.cell.is_cancelled()
    }

    fn park(&self, stop: Stop) -> Result<Option<Key>, Stop> {
        // Whoever cancels the child has to find it: the cell keeps the key.
        self.cell.park(stop).map(|()| None)
    }

    fn give(&mut self, output: Option<T>) {
        // An output that nobody can see any more is dropped here, where its panic is one of the group.
        if output.is_some() && Arc::get_mut(&mut self.cell).is_none() {
            self.settled = true;
            self.woke = self.cell.settle(output);
        }
    }

    fn close(&mut self) -> bool {
        if !self.settled {
            self.woke = self.cell.settle(None);
        }
        self.woke
    }
}

/// To the runtime, which hands it over. Whoever cancels the child has the runtime abort it.
pub(super) struct Direct<T> {
    /// There, but while the child is polled.
    core: Option<Arc<Shared>>,
    output: PhantomData<fn() -> T>,
}

impl<T> Direct<T> {
    /// Whether the output of an `F` may go that way.
    ///
    /// If nobody wants the output, the runtime drops it, when a panic of its drop could be none of the group any more; and it
    /// keeps the task's memory as long as there is a handle. So this is for outputs that need no drop, and small futures.
    pub(super) const fn is_for<F>() -> bool {
        !mem::needs_drop::<T>() && mem::size_of::<F>() <= 512
    }

    pub(super) const fn new(core: Arc<Shared>) -> Self {
        Self {
            core: Some(core),
            output: PhantomData,
        }
    }
}

impl<T> Outlet for Direct<T> {
    type Value = T;
    type Given = Option<T>;

    fn core(&self) -> &Arc<Shared> {
        self.core.as_ref().expect("the child is not being polled")
    }

    fn lend_core(&mut self) -> &mut Option<Arc<Shared>> {
        &mut self.core
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    fn was_cancelled(&self) -> bool {
        // The runtime says whose task it drops.
        task::try_id().is_some_and(|task| self.core().was_cancelled(task))
    }

    fn park(&self, stop: Stop) -> Result<Option<Key>, Stop> {
        self.core().park(stop).map(Some)
    }

    fn give(&mut self, output: Option<T>) -> Option<T> {
        output
    }

    fn close(&mut self) -> bool {
        // The runtime does that.
        false
    }
}
