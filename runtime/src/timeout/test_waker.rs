//! Wakers for tests, which record that they were woken.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    task::{Wake, Waker},
};

/// The numbers of the wakers that were woken, in order.
pub(super) type Woken = Arc<Mutex<Vec<usize>>>;

pub(super) type Work = Box<dyn FnOnce() + Send + Sync>;

/// A waker that records its number when it is woken. It can run a closure when it is woken, and when its last clone is
/// dropped.
pub(super) struct TestWaker {
    number: usize,
    woken: Woken,
    on_wake: Mutex<Option<Work>>,
    on_drop: Option<Work>,
}

impl TestWaker {
    pub(super) fn plain(number: usize, woken: &Woken) -> Waker {
        Self::with(number, woken, None, None)
    }

    pub(super) fn with(
        number: usize,
        woken: &Woken,
        on_wake: Option<Work>,
        on_drop: Option<Work>,
    ) -> Waker {
        let waker = Self {
            number,
            woken: Arc::clone(woken),
            on_wake: Mutex::new(on_wake),
            on_drop,
        };
        Arc::new(waker).into()
    }
}

impl Wake for TestWaker {
    fn wake(self: Arc<Self>) {
        self.woken.lock().unwrap().push(self.number);
        let work = self.on_wake.lock().unwrap().take();
        if let Some(work) = work {
            work();
        }
    }
}

impl Drop for TestWaker {
    fn drop(&mut self) {
        if let Some(work) = self.on_drop.take() {
            work();
        }
    }
}

/// Takes the numbers that were recorded.
pub(super) fn take(woken: &Woken) -> Vec<usize> {
    let mut woken = woken.lock().unwrap_or_else(PoisonError::into_inner);
    mem::take(&mut *woken)
}
