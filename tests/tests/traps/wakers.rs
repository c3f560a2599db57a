//! Wakers that run code of others.

use std::{
    future::{Future, pending},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use rejoin::task_group;
use rejoin_tests::{Driver, Hand, leaves};

use super::{Boxed, FORMS, lock, total};

/// A waker that runs somebody's code when it is used, and when the last of its clones goes.
struct Hooked {
    on_wake: Hook,
    on_drop: Hook,
    wakes: AtomicUsize,
}

type Hook = Box<dyn Fn() + Send + Sync>;

impl Hooked {
    fn new(on_wake: Hook, on_drop: Hook) -> Arc<Self> {
        Arc::new(Self {
            on_wake,
            on_drop,
            wakes: AtomicUsize::new(0),
        })
    }
}

impl Wake for Hooked {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        (self.on_wake)();
    }
}

impl Drop for Hooked {
    fn drop(&mut self) {
        (self.on_drop)();
    }
}

/// Fails if the work hangs, as it does where it waits for a lock that it has itself.
fn must_end(name: &str, work: impl FnOnce() + Send + 'static) {
    let (tell, told) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        work();
        tell.send(()).expect("somebody waits");
    });
    match told.recv_timeout(Duration::from_secs(60)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{name}: a deadlock"),
        _ => thread.join().expect("the work does not panic"),
    }
}

/// Uses wakers in all ways.
fn use_all(wakers: &Mutex<Vec<Waker>>) {
    let wakers = std::mem::take(&mut *lock(wakers));
    for waker in wakers {
        drop(waker.clone());
        waker.wake_by_ref();
        waker.wake();
    }
}

/// A set that wakes or drops wakers under its lock waits for ever when that code wakes one of its futures.
#[test]
fn waking_under_a_lock() {
    for form in FORMS {
        must_end(&format!("{form:?}"), move || {
            let (hands, branches) = leaves::<()>(70);
            let mut all = form.of(branches);
            let kept = || hands.iter().filter_map(Hand::waker).collect::<Vec<_>>();
            let (woken, dropped) = (Arc::new(Mutex::default()), Arc::new(Mutex::default()));
            let hook = |wakers: &Arc<Mutex<Vec<Waker>>>| -> Hook {
                let wakers = Arc::clone(wakers);
                Box::new(move || use_all(&wakers))
            };
            let poll = |all: &mut Boxed<'_>, task: &Arc<Hooked>| {
                let waker = Waker::from(Arc::clone(task));
                all.as_mut().poll(&mut Context::from_waker(&waker))
            };
            let mut task = Hooked::new(hook(&woken), hook(&dropped));
            assert!(poll(&mut all, &task).is_pending());

            // One branch wakes the task, whose waker wakes all others.
            *lock(&woken) = kept();
            hands[0].wake();
            assert!(lock(&woken).is_empty());
            assert!(poll(&mut all, &task).is_pending());
            assert_eq!(total(&hands), 140, "{form:?}");

            // From one task to the next: what is left of one wakes all when it goes.
            for _ in 0..4 {
                *lock(&dropped) = kept();
                task = Hooked::new(hook(&woken), hook(&dropped));
                let before = total(&hands);
                assert!(poll(&mut all, &task).is_pending());
                hands[69].wake();
                assert!(poll(&mut all, &task).is_pending());
                assert!(poll(&mut all, &task).is_pending());
                let most = if lock(&dropped).is_empty() { 71 } else { 1 };
                let polls = total(&hands) - before;
                assert!((most.max(70) - 70..=most).contains(&polls), "{polls}");
                assert!(polls >= most.min(70), "{form:?}: a wake was lost");
            }
            drop(task);

            // Everything goes, and its wakers are used while it does.
            *lock(&woken) = kept();
            *lock(&dropped) = kept();
            hands[5].give(());
            drop(all);
            assert!(hands.iter().all(Hand::is_dropped));
            assert!(lock(&woken).is_empty() && lock(&dropped).is_empty());
        });
    }
}

/// The same for those outside of a group who wait for it, and call it when they are woken.
#[test]
fn waking_under_the_lock_of_a_group() {
    must_end("group", || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime");
        let _entered = runtime.enter();
        let (hands, branches) = leaves::<()>(1);
        let given = Mutex::new(None);
        let mut group = Driver::new(task_group!(
            |tg| {
                for leaf in branches {
                    *lock(&given) = Some((tg.handle(), tg.spawn_scoped(leaf)));
                }
                pending::<u8>().await
            },
            limit = 1
        ));
        assert!(group.run().is_pending());
        let (handle, child) = lock(&given).take().expect("the body has run");

        let asked = Arc::new(AtomicUsize::new(0));
        let task = |spawns: bool| {
            let (handle, asked) = (handle.clone(), Arc::clone(&asked));
            let ask = move || {
                let waits = (handle.ready(), handle.cancelled(), handle.clone());
                if handle.is_cancelled() && spawns {
                    drop(handle.spawn(async {}));
                }
                drop(waits);
                asked.fetch_add(1, Ordering::Relaxed);
            };
            Waker::from(Hooked::new(Box::new(ask), Box::new(|| ())))
        };
        let waits = |future: &mut (dyn Future<Output = ()> + Unpin), spawns| {
            let waker = task(spawns);
            let poll = Pin::new(future).poll(&mut Context::from_waker(&waker));
            assert!(poll.is_pending());
        };
        let (mut ready, mut child, mut end) = (handle.ready(), child, handle.cancelled());
        waits(&mut ready, false);
        waits(&mut child, false);
        waits(&mut end, true);

        hands[0].give(());
        assert!(group.run().is_pending());
        assert_eq!(asked.swap(0, Ordering::Relaxed), 2, "`ready` and the child");
        handle.stop(1);
        assert_eq!(group.run(), Poll::Ready(1));
        assert_eq!(asked.swap(0, Ordering::Relaxed), 1, "`cancelled`");
    });
}
