//! Groups under fire: many threads at once, and wakers that use the group.

use std::{
    future::{Future, pending},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker},
};

use rejoin::{Child, Failing, GroupHandle, gather, task_group};
use rejoin_tests::{Crowd, holding, leaf};
use tokio::task::yield_now;

type Handle = GroupHandle<usize, Failing<usize>>;

/// A number that looks random, and is the same each time.
const fn scramble(n: usize) -> usize {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 17
}

/// What a child of the storm gives.
type Work = Pin<Box<dyn Future<Output = Result<usize, usize>> + Send>>;

/// Spawns, cancels, and now and then fails or stops, as the number says.
fn work(handle: Handle, crowd: Crowd, seed: usize, depth: usize) -> Work {
    let guest = crowd.enter();
    Box::pin(holding(guest, async move {
        for step in 0..20 {
            let n = scramble(seed * 31 + step);
            match n % 1009 {
                0 => handle.stop(n),
                1 => return Err(n),
                _ => {}
            }
            match n % 16 {
                0..=5 if depth > 0 => {
                    let child = work(handle.clone(), crowd.clone(), n % 10_000, depth - 1);
                    drop(handle.spawn(child));
                }
                6 => drop(handle.spawn_daemon(holding(crowd.enter(), pending::<()>()))),
                7 => {
                    let guest = crowd.enter();
                    drop(handle.spawn_blocking(move || drop(guest)));
                }
                8 => {
                    let child = handle.spawn(holding(crowd.enter(), pending::<()>()));
                    child.cancel().await;
                }
                9 => drop(handle.spawn_daemon(holding(crowd.enter(), handle.cancelled()))),
                10 => drop(handle.spawn_daemon(holding(crowd.enter(), handle.ready()))),
                _ => yield_now().await,
            }
        }
        Ok(seed)
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_that_spawn_stop_and_fail_leave_nobody_behind() {
    let (mut ended, mut stopped, mut failed) = (0, 0, 0);
    for round in 0..300 {
        let crowd = Crowd::default();
        let limit = [usize::MAX, 1, 3][round % 3];
        let end = task_group!(<usize> |tg| {
            let (handle, own) = (tg.handle(), crowd.clone());
            // One spawns from a thread beside the runtime's four.
            tg.spawn_blocking(move || drop(handle.spawn(work(handle.clone(), own, round, 1))));
            let mut first = vec![];
            for n in 0..4 {
                let seed = round * 8 + n;
                first.push(tg.spawn(work(tg.handle(), crowd.clone(), seed, 1)));
                first.push(tg.spawn_scoped(work(tg.handle(), crowd.clone(), seed + 4, 1)));
            }
            if round % 2 == 0 {
                gather!(..first).await;
                tg.stop(0);
                return pending().await;
            }
            Ok(0)
        }, limit = limit, timeout = 20s)
        .await;
        assert_eq!(crowd.now(), 0, "in round {round}");
        match end.expect("it ends long before") {
            Ok(0) => ended += 1,
            Ok(_) => stopped += 1,
            Err(failures) => {
                assert!(failures.iter().all(|error| error % 1009 == 1));
                failed += 1;
            }
        }
    }
    // All of it happens.
    assert!(
        ended > 0 && stopped > 0 && failed > 0,
        "{ended} {stopped} {failed}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_group_that_is_dropped_while_others_spawn_leaves_nobody_behind() {
    for round in 0..200 {
        let crowd = Crowd::default();
        let own = crowd.clone();
        let group = task_group!(<usize> move |tg| {
            for n in 0..8 {
                tg.spawn(work(tg.handle(), own.clone(), round * 8 + n, 1));
                tg.spawn_scoped(work(tg.handle(), own.clone(), round * 8 + n, 1));
            }
            pending().await
        }, limit = 1 + round % 5);
        let mut group = Box::pin(group);
        for _ in 0..round % 7 {
            if futures::poll!(&mut group).is_ready() {
                break;
            }
            yield_now().await;
        }
        drop(group);
        while crowd.now() > 0 {
            yield_now().await;
        }
    }
}

/// However little the runtime knows of it yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_child_is_finished_when_its_group_is_over() {
    for _ in 0..20_000 {
        let mut children = vec![];
        task_group!(|tg| children.push(tg.spawn(async {}))).await;
        assert!(children.iter().all(Child::is_finished));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_that_spawn_scoped_children_while_the_group_ends_leave_nobody_behind() {
    for round in 0..100 {
        let (crowd, spawned) = (Crowd::default(), Arc::new(AtomicUsize::new(0)));
        let (guests, count) = (crowd.clone(), Arc::clone(&spawned));
        let group = task_group!(
            move |tg| {
                for _ in 0..2 {
                    let (own, guests, count) = (tg.clone(), guests.clone(), Arc::clone(&count));
                    // It goes on until it is refused.
                    std::thread::spawn(move || {
                        let guest = || (guests.enter(), own.clone());
                        while !own
                            .spawn_scoped(holding(guest(), pending::<()>()))
                            .is_finished()
                        {
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
                while count.load(Ordering::Relaxed) < round {
                    yield_now().await;
                }
                tg.stop(7);
                pending().await
            },
            limit = [usize::MAX, 1][round % 2]
        );
        assert_eq!(group.await, 7);
        // One of each thread may have come only to be refused.
        while crowd.now() > 0 {
            yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_wake_is_lost_between_threads() {
    for _ in 0..500 {
        let sum = task_group!(|tg| {
            let children: Vec<Child<usize>> = (0..8)
                .map(|n| {
                    let handle = tg.handle();
                    tg.spawn(async move {
                        let inner = handle.spawn(async move { n });
                        handle.ready().await;
                        inner.await
                    })
                })
                .collect();
            let mut sum = 0;
            for child in children {
                sum += child.await;
            }
            sum
        });
        assert_eq!(sum.await, 28);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn places_are_handed_on_between_threads() {
    for limit in [1, 2] {
        let (crowd, ran) = (Crowd::default(), Arc::new(AtomicUsize::new(0)));
        task_group!(
            |tg| {
                for n in 0..2_000 {
                    let (crowd, ran) = (crowd.clone(), Arc::clone(&ran));
                    tg.spawn(async move {
                        let _guest = crowd.enter();
                        if n % 3 == 0 {
                            yield_now().await;
                        }
                        ran.fetch_add(1, Ordering::Relaxed);
                    });
                    if n % 100 == 0 {
                        tg.ready().await;
                    }
                }
            },
            limit = limit
        )
        .await;
        assert_eq!((ran.load(Ordering::Relaxed), crowd.now()), (2_000, 0));
        assert!(crowd.most() <= limit);
    }
}

// ---- wakers that use the group ----------------------------------------------------------------------------------

/// What a waker does to a group whenever it is used.
struct Meddler {
    handle: Mutex<Option<GroupHandle<usize>>>,
    used: AtomicUsize,
    crowd: Crowd,
}

impl Meddler {
    fn new(crowd: &Crowd) -> Self {
        Self {
            handle: Mutex::new(None),
            used: AtomicUsize::new(0),
            crowd: crowd.clone(),
        }
    }

    /// One that is never freed, and can be reached for ever.
    fn immortal(crowd: &Crowd) -> &'static Self {
        static ALL: Mutex<Vec<&'static Meddler>> = Mutex::new(Vec::new());
        let meddler: &'static Self = Box::leak(Box::new(Self::new(crowd)));
        ALL.lock().unwrap().push(meddler);
        meddler
    }

    fn meddle(&self) {
        let handle = self.handle.lock().unwrap().clone();
        let used = self.used.fetch_add(1, Ordering::Relaxed);
        let Some(handle) = handle.filter(|_| used < 1000) else {
            return;
        };
        let child = handle.spawn(holding(self.crowd.enter(), async {}));
        drop(handle.spawn_daemon(holding(self.crowd.enter(), pending::<()>())));
        let mut cx = Context::from_waker(Waker::noop());
        let _pending = pin!(handle.cancelled()).poll(&mut cx);
        let _pending = pin!(handle.ready()).poll(&mut cx);
        let _is_ending = handle.is_cancelled();
        drop(child.cancel());
    }
}

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        self.meddle();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.meddle();
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.meddle();
    }
}

/// A waker that meddles also when it is cloned, and each time that one is dropped.
#[expect(
    unsafe_code,
    reason = "there is no other way to see a waker be cloned; what it points to is never freed"
)]
fn restless(meddler: &'static Meddler) -> Waker {
    fn of(data: *const ()) -> &'static Meddler {
        // SAFETY: it was made of such a reference below.
        unsafe { &*data.cast() }
    }
    static TABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            of(data).meddle();
            RawWaker::new(data, &TABLE)
        },
        |data| of(data).meddle(),
        |data| of(data).meddle(),
        |data| of(data).meddle(),
    );
    // SAFETY: the table's functions may be called on any thread and in any order, for they use a shared reference.
    unsafe { Waker::from_raw(RawWaker::new(std::ptr::from_ref(meddler).cast(), &TABLE)) }
}

#[tokio::test]
async fn a_waker_may_use_the_group_when_it_is_woken_cloned_and_dropped() {
    for limit in [1, 2, usize::MAX] {
        let crowd = Crowd::default();
        let meddler = Meddler::immortal(&crowd);
        let waker = restless(meddler);
        let (hand, scoped) = leaf::<()>();
        let mut group = Box::pin(task_group!(
            |tg| {
                *meddler.handle.lock().unwrap() = Some(tg.handle());
                tg.spawn_scoped(scoped);
                let child = tg.spawn(yield_now());
                tg.ready().await;
                child.await;
                tg.spawn_daemon(tg.handle().cancelled());
                tg.spawn(yield_now());
                7
            },
            limit = limit
        ));
        let end = loop {
            let mut cx = Context::from_waker(&waker);
            if let Poll::Ready(end) = group.as_mut().poll(&mut cx) {
                break end;
            }
            // Another waker each time, too.
            let other = restless(meddler);
            if let Poll::Ready(end) = group.as_mut().poll(&mut Context::from_waker(&other)) {
                break end;
            }
            yield_now().await;
            hand.give(());
        };
        assert_eq!(end, 7);
        assert!(meddler.used.load(Ordering::Relaxed) > 5);
        drop(group);
        assert_eq!(crowd.now(), 0);
        let handle = meddler.handle.lock().unwrap().take();
        drop(handle);
    }
}

#[tokio::test]
async fn a_waker_of_a_child_or_of_a_watcher_may_use_the_group() {
    let crowd = Crowd::default();
    let meddler = Meddler::immortal(&crowd);
    let end = task_group!(
        |tg| {
            *meddler.handle.lock().unwrap() = Some(tg.handle());
            let waker = restless(meddler);
            let mut cx = Context::from_waker(&waker);
            let mut child = tg.spawn(yield_now());
            let mut ready = pin!(tg.ready());
            let mut cancelled = Box::pin(tg.cancelled());
            let _pending = ready.as_mut().poll(&mut cx);
            assert!(cancelled.as_mut().poll(&mut cx).is_pending());
            assert!(Pin::new(&mut child).poll(&mut cx).is_pending());
            let other = restless(meddler);
            let mut cx = Context::from_waker(&other);
            assert!(cancelled.as_mut().poll(&mut cx).is_pending());
            let mut kept = Box::pin(tg.cancelled());
            assert!(kept.as_mut().poll(&mut cx).is_pending());
            drop(kept);
            let used = meddler.used.load(Ordering::Relaxed);
            while !child.is_finished() {
                yield_now().await;
            }
            assert!(meddler.used.load(Ordering::Relaxed) > used, "it was woken");
            tg.stop(9);
            pending().await
        },
        limit = 1
    )
    .await;
    assert_eq!((end, crowd.now()), (9, 0));
    let handle = meddler.handle.lock().unwrap().take();
    drop(handle);
}

#[tokio::test]
async fn a_waker_that_is_dropped_with_the_group_may_use_it() {
    let crowd = Crowd::default();
    let meddler = Arc::new(Meddler::new(&crowd));
    let waker = Waker::from(Arc::clone(&meddler));
    let mut group = Box::pin(task_group!(|tg| {
        *meddler.handle.lock().unwrap() = Some(tg.handle());
        tg.spawn_scoped(pending::<()>());
        tg.spawn(pending::<()>());
        pending().await
    }));
    assert!(
        group
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(waker);
    drop(group);
    let handle = meddler.handle.lock().unwrap().clone().unwrap();
    assert!(handle.is_cancelled());
    drop(meddler);
    for _ in 0..3 {
        yield_now().await;
    }
    assert_eq!(crowd.now(), 0);
}

#[tokio::test]
async fn a_waker_may_stop_the_group() {
    struct Stops(Mutex<Option<GroupHandle<usize>>>);
    impl Wake for Stops {
        fn wake(self: Arc<Self>) {
            let handle = self.0.lock().unwrap().clone();
            handle.unwrap().stop(3);
        }
    }
    let stops = Arc::new(Stops(Mutex::new(None)));
    let waker = Waker::from(Arc::clone(&stops));
    let (hand, scoped) = leaf::<()>();
    let mut group = Box::pin(task_group!(|tg| {
        *stops.0.lock().unwrap() = Some(tg.handle());
        tg.spawn_scoped(scoped);
        pending().await
    }));
    let mut cx = Context::from_waker(&waker);
    assert!(group.as_mut().poll(&mut cx).is_pending());
    hand.wake();
    assert_eq!(group.as_mut().poll(&mut cx), Poll::Ready(3));
}
