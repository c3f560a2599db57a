//! A parent whose waker runs any code when it is used, cloned or dropped.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{RawWaker, RawWakerVTable, Waker},
};

/// Code that a waker runs.
type Hook = Box<dyn Fn() + Send + Sync>;

pub(super) struct Hooked {
    on_wake: Hook,
    on_clone: Hook,
    on_drop: Hook,
    wakers: AtomicUsize,
    wakes: AtomicUsize,
    calm: AtomicBool,
}

impl Default for Hooked {
    fn default() -> Self {
        Self {
            on_wake: Box::new(|| ()),
            on_clone: Box::new(|| ()),
            on_drop: Box::new(|| ()),
            wakers: AtomicUsize::new(0),
            wakes: AtomicUsize::new(0),
            calm: AtomicBool::new(false),
        }
    }
}

impl Hooked {
    pub(super) fn on_wake(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_wake = Box::new(hook);
        self
    }

    pub(super) fn on_clone(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_clone = Box::new(hook);
        self
    }

    pub(super) fn on_drop(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_drop = Box::new(hook);
        self
    }

    /// The parent, and its first waker.
    pub(super) fn split(self) -> (Arc<Self>, Waker) {
        let parent = Arc::new(self);
        // SAFETY: `HOOKED` keeps the contract of wakers.
        let waker = unsafe { Waker::from_raw(parent.raw_waker()) };
        (parent, waker)
    }

    /// From now on its wakers do nothing.
    pub(super) fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    fn run(&self, hook: &Hook) {
        if !self.calm.load(Ordering::Relaxed) {
            hook();
        }
    }

    fn raw_waker(self: &Arc<Self>) -> RawWaker {
        self.wakers.fetch_add(1, Ordering::Relaxed);
        RawWaker::new(Arc::into_raw(Arc::clone(self)).cast(), &HOOKED)
    }

    /// Wakers that exist.
    pub(super) fn wakers(&self) -> usize {
        self.wakers.load(Ordering::Relaxed)
    }

    pub(super) fn wakes(&self) -> usize {
        self.wakes.load(Ordering::Relaxed)
    }
}

static HOOKED: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// The parent of a waker that goes on existing.
///
/// # Safety
///
/// `parent` is the data pointer of such a waker.
unsafe fn lent(parent: *const ()) -> Arc<Hooked> {
    // SAFETY: the waker owns a count, and one is added for the result.
    unsafe {
        Arc::increment_strong_count(parent.cast::<Hooked>());
        Arc::from_raw(parent.cast())
    }
}

unsafe fn clone(parent: *const ()) -> RawWaker {
    // SAFETY: the waker that is cloned is one of this table's.
    let parent = unsafe { lent(parent) };
    parent.run(&parent.on_clone);
    parent.raw_waker()
}

unsafe fn wake(parent: *const ()) {
    // SAFETY: the waker is one of this table's, and is used up.
    unsafe {
        wake_by_ref(parent);
        drop_waker(parent);
    }
}

unsafe fn wake_by_ref(parent: *const ()) {
    // SAFETY: the waker that is used is one of this table's.
    let parent = unsafe { lent(parent) };
    parent.wakes.fetch_add(1, Ordering::Relaxed);
    parent.run(&parent.on_wake);
}

unsafe fn drop_waker(parent: *const ()) {
    // SAFETY: the waker owned a count, and is gone.
    let parent = unsafe { Arc::from_raw(parent.cast::<Hooked>()) };
    parent.wakers.fetch_sub(1, Ordering::Relaxed);
    parent.run(&parent.on_drop);
}

/// A cell for what a hook needs and does not exist when it is made.
pub(super) type Later<T> = Arc<Mutex<Option<T>>>;

pub(super) fn take<T>(later: &Later<T>) -> Option<T> {
    later.lock().unwrap_or_else(PoisonError::into_inner).take()
}

pub(super) fn put<T>(later: &Later<T>, value: T) {
    *later.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}
