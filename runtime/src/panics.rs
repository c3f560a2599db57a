//! The panic policy: if several calls panic, the first panic is kept, and the other calls run nevertheless.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    thread,
};

/// Collects the panics of calls that must all run, for example the drops of all branches.
#[derive(Debug, Default)]
pub struct Panics(Option<Box<dyn Any + Send>>);

impl Panics {
    /// Runs `work`. Its panic is kept if it is the first, and swallowed otherwise.
    #[inline]
    pub(crate) fn run(&mut self, work: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            self.keep(panic);
        }
    }

    /// Keeps a panic if it is the first, and drops it otherwise.
    #[cold]
    #[inline(never)]
    pub(crate) fn keep(&mut self, panic: Box<dyn Any + Send>) {
        match self.0 {
            None => self.0 = Some(panic),
            Some(_) => discard(panic),
        }
    }

    /// Drops `value` like [`run`](Self::run), if its type needs a drop.
    #[inline]
    pub(crate) fn drop<T>(&mut self, value: T) {
        if std::mem::needs_drop::<T>() {
            self.run(move || drop(value));
        }
    }

    /// Checks whether a panic was kept.
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the payload of the panic that was kept.
    pub(crate) fn into_first(self) -> Option<Box<dyn Any + Send>> {
        self.0
    }

    /// Drops the panic that was kept.
    pub(crate) fn discard(self) {
        if let Some(panic) = self.0 {
            discard(panic);
        }
    }

    /// Resumes the panic that was kept. It is swallowed if the thread is unwinding already, because a second panic would abort
    /// the process.
    #[inline]
    pub(crate) fn resume(self) {
        if let Some(panic) = self.0 {
            resume_unless_panicking(panic);
        }
    }

    /// Drops `value`, and resumes the panic that was kept.
    #[cold]
    #[inline(never)]
    pub(crate) fn resume_without<T>(mut self, value: T) -> ! {
        self.drop(value);
        self.resume();
        unreachable!("a panic was resumed");
    }
}

/// Resumes a panic, or drops it if the thread is unwinding already.
#[cold]
#[inline(never)]
fn resume_unless_panicking(panic: Box<dyn Any + Send>) {
    if thread::panicking() {
        discard(panic);
    } else {
        resume_unwind(panic);
    }
}

/// Drops the payload of a panic. If the drop panics, the payload of that panic is dropped, and so on; after 8 panics the last
/// payload is leaked.
#[cold]
#[inline(never)]
pub(crate) fn discard(mut panic: Box<dyn Any + Send>) {
    for _ in 0..8 {
        match catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            Ok(()) => return,
            Err(again) => panic = again,
        }
    }
    std::mem::forget(panic);
}

/// Calls `first`, which drops an `F`, and then returns `second`. If the drop panics, `second` is dropped as well, and a panic
/// of that drop is swallowed.
#[inline]
pub(crate) fn drop_before<F, T>(first: impl FnOnce(), second: T) -> T {
    if !std::mem::needs_drop::<F>() {
        first();
        return second;
    }
    let shield = Shield(Some(second));
    first();
    shield.open()
}

/// Drops its value without a panic when `first` unwinds.
struct Shield<T>(Option<T>);

impl<T> Shield<T> {
    #[inline]
    fn open(mut self) -> T {
        self.0.take().expect("it is taken once")
    }
}

impl<T> Drop for Shield<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            let mut panics = Panics::default();
            panics.drop(value);
            panics.discard();
        }
    }
}
