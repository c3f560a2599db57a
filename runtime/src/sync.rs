//! The seam between the library and its loom models: types of shared memory come from here, so that under
//! `--cfg rejoin_loom` the same code runs on loom's checked types.

#[cfg(rejoin_loom)]
use loom::sync::{Mutex, MutexGuard};
#[cfg(not(rejoin_loom))]
use std::sync::{Mutex, MutexGuard};
use std::{
    sync::PoisonError,
    task::{Context, Poll, Waker},
};

#[cfg(rejoin_loom)]
pub(crate) use loom::{
    alloc::{alloc, dealloc},
    cell::UnsafeCell,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, fence},
    thread_local,
};
pub(crate) use std::sync::atomic::Ordering;
#[cfg(not(rejoin_loom))]
pub(crate) use std::{
    alloc::{alloc, dealloc},
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, fence},
    thread_local,
};

/// `UnsafeCell` with loom's interface, which brackets each access.
#[cfg(not(rejoin_loom))]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(rejoin_loom))]
impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline]
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Identifies a thread, as long as it lives.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct ThreadToken(usize);

#[cfg(not(rejoin_loom))]
thread_local! {
    static MARK: u8 = const { 0 };
}

#[cfg(rejoin_loom)]
thread_local! {
    static MARK: u8 = 0;
}

impl ThreadToken {
    #[inline]
    pub(crate) fn current() -> Self {
        MARK.with(|mark| Self(std::ptr::from_ref(mark).addr()))
    }
}

/// A mutex under which no user code runs, so that it is never poisoned by a panic of the user's.
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Polls the value under the lock. If it is pending, the context's waker is in `slot` when this returns.
    ///
    /// A waker is cloned and dropped outside of the lock: both may run user code. So when a new waker is needed, `poll` is
    /// called a second time: the value may have changed while the waker was cloned.
    pub(crate) fn poll_or_register<R>(
        &self,
        cx: &Context<'_>,
        mut poll: impl FnMut(&mut T) -> Poll<R>,
        mut slot: impl FnMut(&mut T) -> &mut Option<Waker>,
    ) -> Poll<R> {
        {
            let value = &mut *self.lock();
            let result = poll(value);
            let is_registered = |waker: &Option<Waker>| {
                (waker.as_ref()).is_some_and(|waker| waker.will_wake(cx.waker()))
            };
            if result.is_ready() || is_registered(slot(value)) {
                return result;
            }
        }
        let waker = cx.waker().clone();
        let (result, _dropped_unlocked) = {
            let value = &mut *self.lock();
            let result = poll(value);
            let unused = match result {
                Poll::Ready(_) => Some(waker),
                Poll::Pending => slot(value).replace(waker),
            };
            (result, unused)
        };
        result
    }
}
