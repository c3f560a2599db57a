//! Whoever polls a set in a model.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    task::{RawWaker, RawWakerVTable, Waker},
};

use loom::{
    cell::UnsafeCell,
    sync::{Condvar, Mutex},
    thread,
};

/// Whoever polls a set: is notified by wakers, and waits for it.
///
/// Wakers bracket each use of it, and so does the drop of the last one: loom sees a waker that is used while it is
/// dropped, or after.
pub(crate) struct Parent {
    this: Weak<Parent>,
    uses: UnsafeCell<()>,
    /// Its wakers that exist, as they themselves know it.
    count: loom::sync::atomic::AtomicUsize,
    notified: Mutex<bool>,
    changed: Condvar,
    /// The thread that made it.
    owner: thread::ThreadId,
    pub(crate) wakes: Count,
    /// Wakes by the thread that made it.
    pub(crate) own_wakes: Count,
    /// Its wakers that exist, for tests to look at.
    pub(crate) wakers: Count,
    /// Its wakers that were ever made.
    pub(crate) made: Count,
}

/// A number that says something about the execution, and orders nothing in it.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn sub(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Parent {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let parent = Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            uses: UnsafeCell::new(()),
            count: loom::sync::atomic::AtomicUsize::new(0),
            notified: Mutex::new(false),
            changed: Condvar::new(),
            owner: thread::current().id(),
            wakes: Count::default(),
            own_wakes: Count::default(),
            wakers: Count::default(),
            made: Count::default(),
        });
        // SAFETY: `PARENT` keeps the contract of wakers: what it shares between threads is in an `Arc`.
        let waker = unsafe { Waker::from_raw(parent.raw_waker()) };
        (parent, waker)
    }

    fn raw_waker(&self) -> RawWaker {
        self.wakers.add();
        self.made.add();
        self.count.fetch_add(1, Ordering::Relaxed);
        let parent = self.this.upgrade().expect("it is alive");
        RawWaker::new(Arc::into_raw(parent).cast(), &PARENT)
    }

    fn notify(&self) {
        self.wakes.add();
        if thread::current().id() == self.owner {
            self.own_wakes.add();
        }
        *self.notified.lock().expect("nobody panicked") = true;
        self.changed.notify_one();
    }

    /// Returns once it was notified since the last time. If that never happens, loom reports a deadlock.
    pub(crate) fn wait(&self) {
        let mut notified = self.notified.lock().expect("nobody panicked");
        while !*notified {
            notified = self.changed.wait(notified).expect("nobody panicked");
        }
        *notified = false;
    }
}

static PARENT: RawWakerVTable =
    RawWakerVTable::new(clone_parent, wake_parent, wake_parent_by_ref, drop_parent);

unsafe fn clone_parent(parent: *const ()) -> RawWaker {
    // SAFETY: the waker that is cloned owns a count of the `Arc`.
    let parent = unsafe { &*parent.cast::<Parent>() };
    parent.uses.with(|_| parent.raw_waker())
}

unsafe fn wake_parent(parent: *const ()) {
    // SAFETY: the waker owns a count, and is used up.
    unsafe {
        wake_parent_by_ref(parent);
        drop_parent(parent);
    }
}

unsafe fn wake_parent_by_ref(parent: *const ()) {
    // SAFETY: the waker that is used owns a count.
    let parent = unsafe { &*parent.cast::<Parent>() };
    parent.uses.with(|_| parent.notify());
}

unsafe fn drop_parent(parent: *const ()) {
    // SAFETY: the waker that is dropped owns a count, which came from `Arc::into_raw`.
    let parent = unsafe { Arc::from_raw(parent.cast::<Parent>()) };
    parent.wakers.sub();
    if parent.count.fetch_sub(1, Ordering::AcqRel) == 1 {
        parent.uses.with_mut(|_| ());
    }
}
