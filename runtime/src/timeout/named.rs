//! Wakers that tell that they were woken, for tests.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    task::{Wake, Waker},
};

/// Who was woken, in order.
pub(super) type Woken = Arc<Mutex<Vec<usize>>>;

pub(super) type Work = Box<dyn FnOnce() + Send + Sync>;

/// A waker that notes its number, and does something when it is woken, and when the last of it is dropped.
pub(super) struct Named {
    number: usize,
    woken: Woken,
    on_wake: Mutex<Option<Work>>,
    on_drop: Option<Work>,
}

impl Named {
    pub(super) fn plain(number: usize, woken: &Woken) -> Waker {
        Self::with(number, woken, None, None)
    }

    pub(super) fn with(
        number: usize,
        woken: &Woken,
        on_wake: Option<Work>,
        on_drop: Option<Work>,
    ) -> Waker {
        let named = Self {
            number,
            woken: Arc::clone(woken),
            on_wake: Mutex::new(on_wake),
            on_drop,
        };
        Arc::new(named).into()
    }
}

impl Wake for Named {
    fn wake(self: Arc<Self>) {
        self.woken.lock().unwrap().push(self.number);
        let work = self.on_wake.lock().unwrap().take();
        if let Some(work) = work {
            work();
        }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        if let Some(work) = self.on_drop.take() {
            work();
        }
    }
}

pub(super) fn take(woken: &Woken) -> Vec<usize> {
    let mut woken = woken.lock().unwrap_or_else(PoisonError::into_inner);
    mem::take(&mut *woken)
}
