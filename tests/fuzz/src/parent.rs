//! Whoever polls a set: its wakers count, use other wakers, and panic when they are told to.

use std::{
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
    task::{RawWaker, RawWakerVTable, Waker},
};

use crate::boom;

/// A parent; see the module.
#[derive(Default)]
pub(crate) struct Parent {
    wakes: AtomicUsize,
    wakers: AtomicUsize,
    /// Which of its wakers' methods panics when it is called next.
    armed: AtomicU8,
    /// Wakers that are used when one of its own is.
    fuse: Mutex<Vec<Waker>>,
}

pub(crate) const WAKE: u8 = 1;
pub(crate) const CLONE: u8 = 2;
pub(crate) const DROP: u8 = 3;

impl Parent {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let parent = Arc::<Self>::default();
        // SAFETY: `TABLE` keeps the contract of wakers.
        let waker = unsafe { Waker::from_raw(Arc::clone(&parent).into_raw_waker()) };
        (parent, waker)
    }

    pub(crate) fn wakes(&self) -> usize {
        self.wakes.load(Ordering::SeqCst)
    }

    /// Wakers that exist.
    pub(crate) fn wakers(&self) -> usize {
        self.wakers.load(Ordering::SeqCst)
    }

    pub(crate) fn arm(&self, method: u8) {
        self.armed.store(method, Ordering::SeqCst);
    }

    /// Lets its next wake use this one.
    pub(crate) fn load(&self, waker: Waker) {
        let mut fuse = self.fuse.lock().unwrap_or_else(PoisonError::into_inner);
        fuse.push(waker);
    }

    /// Takes out what no wake has used.
    pub(crate) fn unload(&self) -> Vec<Waker> {
        let mut fuse = self.fuse.lock().unwrap_or_else(PoisonError::into_inner);
        mem::take(&mut *fuse)
    }

    fn blow(&self, method: u8) {
        let exchange = self
            .armed
            .compare_exchange(method, 0, Ordering::SeqCst, Ordering::SeqCst);
        if exchange.is_ok() {
            boom();
        }
    }

    fn into_raw_waker(self: Arc<Self>) -> RawWaker {
        self.wakers.fetch_add(1, Ordering::SeqCst);
        RawWaker::new(Arc::into_raw(self).cast(), &TABLE)
    }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// # Safety
///
/// `parent` is the data pointer of a waker of this table, which exists meanwhile.
unsafe fn lent(parent: *const ()) -> Arc<Parent> {
    // SAFETY: the waker owns a count, and one is added for the result.
    unsafe {
        Arc::increment_strong_count(parent.cast::<Parent>());
        Arc::from_raw(parent.cast())
    }
}

unsafe fn clone(parent: *const ()) -> RawWaker {
    // SAFETY: it is one of this table's.
    let parent = unsafe { lent(parent) };
    parent.blow(CLONE);
    parent.into_raw_waker()
}

unsafe fn wake(parent: *const ()) {
    // SAFETY: it is one of this table's, whose count is now this one's; dropping this drops it as a waker.
    let waker = unsafe { Waker::from_raw(RawWaker::new(parent, &TABLE)) };
    waker.wake_by_ref();
}

unsafe fn wake_by_ref(parent: *const ()) {
    // SAFETY: it is one of this table's.
    let parent = unsafe { lent(parent) };
    parent.wakes.fetch_add(1, Ordering::SeqCst);
    for (n, waker) in parent.unload().into_iter().enumerate() {
        match n % 2 {
            0 => waker.wake(),
            _ => waker.wake_by_ref(),
        }
    }
    parent.blow(WAKE);
}

unsafe fn drop_waker(parent: *const ()) {
    // SAFETY: the waker owned a count, and is gone.
    let parent = unsafe { Arc::from_raw(parent.cast::<Parent>()) };
    parent.wakers.fetch_sub(1, Ordering::SeqCst);
    parent.blow(DROP);
}
