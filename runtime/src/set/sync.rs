//! The primitives that threads share. Under `--cfg rejoin_loom` they are loom's, so that the models check the same
//! code.

#[cfg(not(rejoin_loom))]
pub(super) use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, fence};

#[cfg(not(rejoin_loom))]
pub(super) use std::alloc::{alloc, dealloc};

#[cfg(rejoin_loom)]
pub(super) use loom::alloc::{alloc, dealloc};

#[cfg(rejoin_loom)]
pub(super) use loom::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, fence};

pub(super) use std::sync::atomic::Ordering;

/// `UnsafeCell` with loom's interface, which brackets each access.
#[cfg(not(rejoin_loom))]
pub(super) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(rejoin_loom))]
impl<T> UnsafeCell<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(super) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline]
    pub(super) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

#[cfg(rejoin_loom)]
pub(super) use loom::cell::UnsafeCell;

/// Identifies a thread among those that are alive.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct ThreadToken(usize);

#[cfg(not(rejoin_loom))]
thread_local! {
    static MARK: u8 = const { 0 };
}

#[cfg(rejoin_loom)]
loom::thread_local! {
    static MARK: u8 = 0;
}

impl ThreadToken {
    #[inline]
    pub(super) fn current() -> Self {
        MARK.with(|mark| Self(std::ptr::from_ref(mark).addr()))
    }
}
