//! Another thread, which uses and drops wakers while the program goes on.

use std::{
    sync::{
        Arc, Condvar, Mutex, OnceLock,
        mpsc::{Sender, channel},
    },
    task::Waker,
    thread,
};

use crate::survive;

/// What is to be done there with a waker.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Wake,
    WakeByRef,
    CloneAndWake,
    Drop,
}

/// The thread, and how much it has to do.
struct Elsewhere {
    send: Sender<(Waker, Use)>,
    left: Arc<(Mutex<usize>, Condvar)>,
}

fn elsewhere() -> &'static Elsewhere {
    static THREAD: OnceLock<Elsewhere> = OnceLock::new();
    THREAD.get_or_init(|| {
        let (send, jobs) = channel::<(Waker, Use)>();
        let left = Arc::<(Mutex<usize>, Condvar)>::default();
        let done = Arc::clone(&left);
        thread::spawn(move || {
            for (waker, how) in jobs {
                survive(move || match how {
                    Use::Wake => waker.wake(),
                    Use::WakeByRef => waker.wake_by_ref(),
                    Use::CloneAndWake => {
                        let clone = waker.clone();
                        waker.wake();
                        drop(clone);
                    }
                    Use::Drop => drop(waker),
                });
                *done.0.lock().expect("no panic") -= 1;
                done.1.notify_all();
            }
        });
        Elsewhere { send, left }
    })
}

/// Gives a waker away.
pub(crate) fn send(waker: Waker, how: Use) {
    let there = elsewhere();
    *there.left.0.lock().expect("no panic") += 1;
    there.send.send((waker, how)).expect("it runs for ever");
}

/// Waits until all that was given away was used.
pub(crate) fn join() {
    let there = elsewhere();
    let left = there.left.0.lock().expect("no panic");
    drop(there.left.1.wait_while(left, |left| *left > 0));
}
