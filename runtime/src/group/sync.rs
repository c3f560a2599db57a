//! The seam between groups and their model: under `--cfg rejoin_loom` the same code runs on loom's types.

#[cfg(rejoin_loom)]
use loom::sync::{Mutex, MutexGuard};
#[cfg(rejoin_loom)]
pub(super) use loom::thread_local;
use std::sync::PoisonError;
#[cfg(not(rejoin_loom))]
use std::sync::{Mutex, MutexGuard};

#[cfg(rejoin_loom)]
pub(super) use loom::sync::atomic::{AtomicBool, AtomicU64};
#[cfg(not(rejoin_loom))]
pub(super) use std::sync::atomic::{AtomicBool, AtomicU64};

pub(super) use std::sync::atomic::Ordering;
#[cfg(not(rejoin_loom))]
pub(super) use std::thread_local;

/// A mutex under which no code of a user runs, so that no panic can come between.
pub(super) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    #[inline]
    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
