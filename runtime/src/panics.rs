//! What happens when several things panic: the first panic is kept, and nothing is left out because of it.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    thread,
};

/// Collects panics of code that must all run.
#[derive(Default)]
pub struct Panics(Option<Box<dyn Any + Send>>);

impl Panics {
    /// Runs `work`; its panic is kept if it is the first, and swallowed otherwise.
    #[inline]
    pub(crate) fn run(&mut self, work: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            self.keep(panic);
        }
    }

    /// Keeps a panic if it is the first, and forgets it otherwise.
    #[cold]
    #[inline(never)]
    pub(crate) fn keep(&mut self, panic: Box<dyn Any + Send>) {
        match self.0 {
            None => self.0 = Some(panic),
            Some(_) => discard(panic),
        }
    }

    /// Drops `value`, if dropping it does anything.
    #[inline]
    pub(crate) fn drop<T>(&mut self, value: T) {
        if std::mem::needs_drop::<T>() {
            self.run(move || drop(value));
        }
    }

    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// The first panic, if there was one.
    pub(crate) fn into_first(self) -> Option<Box<dyn Any + Send>> {
        self.0
    }

    /// Forgets the panic that was kept.
    pub(crate) fn discard(self) {
        if let Some(panic) = self.0 {
            discard(panic);
        }
    }

    /// Resumes the panic that was kept; in a thread that is unwinding already it is swallowed.
    #[inline]
    pub(crate) fn resume(self) {
        if let Some(panic) = self.0 {
            if thread::panicking() {
                discard(panic);
            } else {
                resume_unwind(panic);
            }
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

/// Drops a panic's payload, which may panic in turn, and so may that payload: the last of many is leaked.
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

/// Calls `first`, which drops an `F`, and then gives `second`. If the drop panics, `second` is dropped without a panic of
/// its own.
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
