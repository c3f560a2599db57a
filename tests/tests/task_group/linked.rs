//! Groups in groups are one structure: the outer one tells the inner ones, and is not over before their tasks are gone.

#![allow(
    clippy::redundant_pattern_matching,
    clippy::redundant_async_block,
    reason = "the ends of groups and the shapes of calls are what is tested"
)]
#![allow(
    clippy::items_after_statements,
    reason = "helpers of one test stand in it"
)]

use std::{
    future::{Future, pending},
    panic::panic_any,
    pin::{Pin, pin},
    sync::{Arc, Mutex, mpsc},
    task::{Context, Wake, Waker},
};

use futures::poll;
use rejoin::{GroupHandle, Pending, TaskGroup, as_completed, gather, task_group, wait};
use rejoin_tests::{Crowd, Log, after, holding, ms, panic_of, settle};
use tokio::{
    task::{LocalSet, yield_now},
    time::{Instant, sleep},
};

use super::shared::Bomb;

/// Groups that are under way, of any type.
type Boxed<T = ()> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What tasks do, and when.
#[derive(Clone)]
struct Journal {
    start: Instant,
    log: Log,
    crowd: Crowd,
}

impl Journal {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            log: Log::default(),
            crowd: Crowd::default(),
        }
    }

    fn add(&self, what: &str) {
        let at = self.start.elapsed().as_millis();
        self.log.add(&format!("{at} {what}"));
    }

    /// A task that, once its group is told, takes so long to end by itself.
    fn saves(&self, group: &GroupHandle<()>, name: &'static str, takes: u64) -> Boxed {
        let (own, group, guest) = (self.clone(), group.clone(), self.crowd.enter());
        Box::pin(holding(guest, async move {
            group.cancelled().await;
            own.add(&format!("{name} is told"));
            sleep(ms(takes)).await;
            own.add(&format!("{name} has saved"));
        }))
    }

    /// One that does not listen.
    fn ignores(&self) -> Boxed {
        Box::pin(holding(self.crowd.enter(), pending()))
    }

    /// A group whose task takes so long to save, and whose body waits for ever.
    fn inner(&self, takes: u64) -> Boxed {
        let own = self.clone();
        Box::pin(task_group!(
            move |inner| {
                inner.spawn(own.saves(&inner.handle(), "inner", takes));
                pending::<()>().await;
            },
            grace = 1h
        ))
    }

    /// All is gone, and this has happened.
    #[track_caller]
    fn is(&self, wanted: &[&str]) {
        assert_eq!(self.crowd.now(), 0, "nobody is left");
        assert_eq!(self.log.take(), wanted);
    }
}

// ---- the inner group is told ------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn the_inner_group_is_told_in_the_same_moment() {
    let journal = Journal::new();
    let own = journal.clone();
    task_group!(
        |outer| {
            let handle = outer.handle();
            outer.spawn(task_group!(move |inner| {
                inner.spawn(own.saves(&inner.handle(), "inner", 10));
                inner.spawn_daemon(own.saves(&handle, "of the outer", 10));
                let inner = inner.handle();
                sleep(ms(20)).await;
                assert!(!inner.is_cancelled());
                handle.stop(());
                assert!(inner.is_cancelled(), "without an await");
                inner.cancelled().await;
                own.add("the body is told");
            }));
            pending::<()>().await;
        },
        grace = 100ms
    )
    .await;
    assert_eq!(journal.start.elapsed(), ms(30));
    let mut seen = journal.log.take();
    seen.sort();
    assert_eq!(
        seen,
        [
            "20 inner is told",
            "20 of the outer is told",
            "20 the body is told",
            "30 inner has saved",
            "30 of the outer has saved"
        ]
    );
}

/// However the outer one ends.
#[tokio::test(start_paused = true)]
async fn every_end_of_the_outer_group_tells_the_inner_one() {
    let wanted = ["20 inner is told", "50 inner has saved"];
    macro_rules! check {
        ($journal:ident, $group:expr, $end:pat) => {
            check!($journal, $group, $end, 120);
        };
        ($journal:ident, $group:expr, $end:pat, $at:expr) => {
            let $journal = Journal::new();
            assert!(matches!($group.await, $end));
            // The inner body goes on until its child is aborted.
            assert_eq!($journal.start.elapsed(), ms($at));
            $journal.is(&wanted);
        };
    }
    check!(
        journal,
        task_group!(
            |outer| {
                outer.spawn(journal.inner(30));
                sleep(ms(20)).await;
                outer.stop(1);
                pending().await
            },
            grace = 100ms
        ),
        1
    );
    check!(
        journal,
        task_group!(
            |outer| {
                outer.spawn(journal.inner(30));
                pending::<()>().await;
            },
            timeout = 20ms,
            grace = 100ms
        ),
        Err(_)
    );
    check!(
        journal,
        task_group!(<u8> |outer| {
            let inner = journal.inner(30);
            outer.spawn(async {
                inner.await;
                Ok(())
            });
            sleep(ms(20)).await;
            Err::<(), u8>(1)
        }, grace = 100ms),
        Err(_)
    );
    // All others have ended, and a daemon is left.
    check!(
        journal,
        task_group!(
            |outer| {
                outer.spawn_daemon(journal.inner(30));
                sleep(ms(20)).await;
            },
            grace = 100ms
        ),
        ()
    );
    // The body holds it.
    check!(
        journal,
        task_group!(
            |outer| {
                let stop = async {
                    sleep(ms(20)).await;
                    outer.stop(());
                };
                gather!(journal.inner(30), stop).await;
            },
            grace = 100ms
        ),
        (),
        50
    );
}

#[tokio::test(start_paused = true)]
async fn an_inner_group_that_was_told_goes_on_until_its_child_ends() {
    let journal = Journal::new();
    let own = journal.clone();
    let value = task_group!(
        |outer| {
            let done = Arc::new(Mutex::new(0));
            let result = Arc::clone(&done);
            outer.spawn(async move {
                let value = task_group!(|inner| {
                    inner.cancelled().await;
                    // Body, tasks, scoped children, those that it spawns now.
                    let task = inner.spawn(after(10, 1));
                    let scoped = inner.spawn_scoped(after(20, 2));
                    inner.ready().await;
                    task.await + scoped.await + inner.spawn(after(10, 4)).await
                })
                .await;
                own.add("the group has ended");
                sleep(ms(10)).await;
                *result.lock().unwrap() = value;
            });
            sleep(ms(5)).await;
            outer.stop(done);
            pending().await
        },
        grace = 100ms
    )
    .await;
    assert_eq!(*value.lock().unwrap(), 7);
    assert_eq!(journal.start.elapsed(), ms(45));
    journal.is(&["35 the group has ended"]);
}

#[tokio::test(start_paused = true)]
async fn its_own_grace_does_not_count_when_its_child_is_aborted() {
    for (grace, ends) in [(100, 120), (0, 20)] {
        let journal = Journal::new();
        let own = journal.clone();
        task_group!(
            |outer| {
                let inner = task_group!(
                    move |inner| {
                        inner.spawn(own.ignores());
                        inner.spawn_daemon(own.ignores());
                        inner.spawn_scoped(own.ignores());
                        own.ignores().await;
                    },
                    grace = 1h
                );
                outer.spawn(inner);
                sleep(ms(20)).await;
                outer.stop(());
            },
            grace = ms(grace)
        )
        .await;
        assert_eq!(journal.start.elapsed(), ms(ends));
        journal.is(&[]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_inner_group_that_ends_while_the_outer_is_ending_ends_as_it_would() {
    let journal = Journal::new();
    let own = journal.clone();
    task_group!(
        |outer| {
            outer.spawn(async move {
                let value = task_group!(
                    |inner| {
                        inner.spawn(own.saves_at(&inner.handle(), 40));
                        inner.cancelled().await;
                        inner.stop(7);
                        pending().await
                    },
                    grace = 1h
                )
                .await;
                own.add(&format!("the inner one gave {value}"));
            });
            sleep(ms(20)).await;
            outer.stop(());
        },
        grace = 100ms
    )
    .await;
    assert_eq!(journal.start.elapsed(), ms(60));
    journal.is(&["20 told", "60 saved", "60 the inner one gave 7"]);
}

impl Journal {
    fn saves_at<R: Send + 'static>(&self, group: &GroupHandle<R>, takes: u64) -> Boxed {
        let (own, group, guest) = (self.clone(), group.clone(), self.crowd.enter());
        Box::pin(holding(guest, async move {
            group.cancelled().await;
            own.add("told");
            sleep(ms(takes)).await;
            own.add("saved");
        }))
    }
}

// ---- it is dropped midway ---------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn tasks_of_an_inner_group_that_is_dropped_have_the_outer_one_s_grace_from_then_on() {
    let journal = Journal::new();
    task_group!(
        |outer| {
            let all = [
                outer.spawn(journal.inner(30)),
                outer.spawn(journal.inner(70)),
            ];
            for inner in all {
                sleep(ms(20)).await;
                inner.cancel().await;
            }
            assert_eq!(journal.start.elapsed(), ms(40), "nobody waits for them");
            assert!(!outer.is_cancelled());
            outer.spawn(sleep(ms(5))).await;
            sleep(ms(100)).await;
            assert_eq!(journal.crowd.now(), 0);
        },
        grace = 50ms
    )
    .await;
    journal.is(&["20 inner is told", "40 inner is told", "50 inner has saved"]);
    assert_eq!(journal.start.elapsed(), ms(145));
}

/// Adds the time to a log when it is dropped.
struct Notes(Log, Instant);
impl Drop for Notes {
    fn drop(&mut self) {
        self.0.add(&self.1.elapsed().as_millis());
    }
}

#[tokio::test(start_paused = true)]
async fn each_is_aborted_at_its_own_time() {
    let journal = Journal::new();
    let (gone, at) = (Log::default(), Instant::now());
    task_group!(
        |outer| {
            for n in 0..4 {
                let (gone, guest) = (gone.clone(), journal.crowd.enter());
                let notes = Notes(gone, at);
                let child = outer.spawn(task_group!(move |inner| {
                    inner.spawn(holding((notes, guest), pending::<()>()));
                    pending::<()>().await;
                }));
                sleep(ms(20)).await;
                if n < 3 {
                    child.cancel().await;
                }
            }
            // The first at 70, the others at 90 and 110; the last one has the outer's grace, from 80 on.
            outer.stop(());
        },
        grace = 50ms
    )
    .await;
    assert_eq!(gone.take(), ["70", "90", "110", "130"]);
    assert_eq!(at.elapsed(), ms(130));
    assert_eq!(journal.crowd.now(), 0);
}

/// The outer group rests when the inner one is dropped, by a child that goes on.
#[tokio::test(start_paused = true)]
async fn an_outer_group_that_rests_keeps_their_time_too() {
    let journal = Journal::new();
    let own = journal.clone();
    task_group!(
        |outer| {
            outer.spawn(async move {
                let mut inner = Box::pin(task_group!(|inner| {
                    inner.spawn(own.ignores());
                    pending::<()>().await;
                }));
                let _running = poll!(&mut inner);
                sleep(ms(20)).await;
                drop(inner);
                sleep(ms(49)).await;
                assert_eq!(own.crowd.now(), 1);
                sleep(ms(2)).await;
                assert_eq!(own.crowd.now(), 0);
                sleep(ms(100)).await;
            });
        },
        grace = 50ms
    )
    .await;
    assert_eq!(journal.start.elapsed(), ms(171));
}

#[tokio::test(start_paused = true)]
async fn without_grace_they_are_aborted_and_joined() {
    let journal = Journal::new();
    let own = journal.clone();
    task_group!(|outer| {
        let child = outer.spawn(journal.inner(30));
        sleep(ms(20)).await;
        child.cancel().await;
        // Its task is gone after its next await.
        settle().await;
        assert_eq!(own.crowd.now(), 0);
        outer.spawn(journal.inner(30));
        sleep(ms(4)).await;
        outer.stop(());
    })
    .await;
    assert_eq!(journal.start.elapsed(), ms(25));
    journal.is(&[]);
}

#[tokio::test(start_paused = true)]
async fn they_have_the_rest_of_the_grace_where_the_outer_one_is_ending() {
    let journal = Journal::new();
    let own = journal.clone();
    task_group!(
        |outer| {
            // One is dropped with the body, one by a task that ends early.
            outer.spawn_scoped(journal.inner(70));
            let told = outer.handle();
            outer.spawn(async move {
                let mut inner = own.inner(200);
                let _running = poll!(&mut inner);
                told.cancelled().await;
                sleep(ms(30)).await;
                drop(inner);
                own.add("dropped");
            });
            sleep(ms(20)).await;
            outer.stop(());
        },
        grace = 100ms
    )
    .await;
    assert_eq!(journal.start.elapsed(), ms(120));
    journal.is(&[
        "20 inner is told",
        "20 inner is told",
        "50 dropped",
        "90 inner has saved",
    ]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_or_borrows_in_an_inner_group_is_dropped_with_it() {
    let journal = Journal::new();
    let own = journal.clone();
    task_group!(
        |outer| {
            let child = outer.spawn(task_group!(
                move |inner| {
                    inner.spawn(own.saves(&inner.handle(), "inner", 10));
                    inner.spawn(own.ignores());
                    inner.spawn_scoped(own.ignores());
                    own.ignores().await;
                },
                limit = 1,
                grace = 1h
            ));
            sleep(ms(20)).await;
            assert_eq!(journal.crowd.now(), 4);
            child.cancel().await;
            assert_eq!(journal.crowd.now(), 1, "one has time to save");
        },
        grace = 50ms
    )
    .await;
    assert_eq!(journal.start.elapsed(), ms(30));
    journal.is(&["20 inner is told", "30 inner has saved"]);
}

#[tokio::test]
async fn a_blocking_grandchild_is_waited_for() {
    for dropped in [false, true] {
        let (free, wait) = mpsc::channel::<()>();
        let (started, starts) = tokio::sync::oneshot::channel();
        let crowd = Crowd::default();
        let guest = crowd.enter();
        let mut outer = pin!(task_group!(|outer| {
            let child = outer.spawn(task_group!(move |inner| {
                inner.spawn_blocking(move || {
                    started.send(()).unwrap();
                    wait.recv().unwrap();
                    drop(guest);
                });
            }));
            starts.await.unwrap();
            if dropped {
                child.cancel().await;
            }
            outer.stop(());
        }));
        for _ in 0..200 {
            assert!(poll!(&mut outer).is_pending());
            yield_now().await;
        }
        free.send(()).unwrap();
        outer.await;
        assert_eq!(crowd.now(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_an_orphan_s_task_is_one_of_the_outer_group_and_its_error_is_dropped() {
    for depth in [1, 3] {
        let crowd = Crowd::default();
        fn orphan(depth: u8, crowd: &Crowd, panics: bool) -> Boxed {
            let crowd = crowd.clone();
            Box::pin(async move {
                let _failed = task_group!(<&str> |inner| {
                    if depth > 1 {
                        let child = orphan(depth - 1, &crowd, panics);
                        inner.spawn(async {
                            child.await;
                            Ok(())
                        });
                    } else {
                        let told = inner.handle();
                        let guest = crowd.enter();
                        inner.spawn(holding(guest, async move {
                            told.cancelled().await;
                            sleep(ms(10)).await;
                            assert!(!panics, "of an orphan");
                            Err::<(), _>("nobody sees it")
                        }));
                    }
                    pending::<Result<(), _>>().await
                })
                .await;
            })
        }
        let start = Instant::now();
        let outer = |panics| {
            let crowd = &crowd;
            task_group!(<&'static str> move |outer| {
                let orphan = orphan(depth, crowd, panics);
                let child = outer.spawn(async {
                    orphan.await;
                    Ok(())
                });
                sleep(ms(20)).await;
                child.cancel().await;
                sleep(ms(100)).await;
                Ok(7)
            }, grace = 50ms)
        };
        assert_eq!(outer(false).await.unwrap(), 7);
        assert_eq!(start.elapsed(), ms(120));
        assert_eq!(panic_of(outer(true)).await, "of an orphan");
        assert_eq!(start.elapsed(), ms(150));
        assert_eq!(crowd.now(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_the_outer_group_aborts_the_tasks_of_the_inner_ones() {
    let journal = Journal::new();
    for settles in [false, true] {
        let mut outer = Box::pin(task_group!(
            |outer| {
                outer.spawn(journal.inner(30));
                journal.inner(30).await;
            },
            grace = 1h
        ));
        assert!(poll!(&mut outer).is_pending());
        if settles {
            settle().await;
        }
        drop(outer);
        for _ in 0..4 {
            yield_now().await;
        }
        assert_eq!(journal.crowd.now(), 0);
    }
}

/// The outer group is polled when something happens, and not at a deadline of tasks that are gone.
#[tokio::test(start_paused = true)]
async fn no_clock_stops_for_tasks_that_have_saved_in_time() {
    let journal = Journal::new();
    let mut outer = Box::pin(task_group!(
        |outer| {
            let child = outer.spawn(journal.inner(30));
            sleep(ms(20)).await;
            child.cancel().await;
            sleep(ms(980)).await;
        },
        grace = 100ms
    ));
    let polled_at = Log::default();
    std::future::poll_fn(|cx| {
        polled_at.add(&journal.start.elapsed().as_millis());
        outer.as_mut().poll(cx)
    })
    .await;
    journal.is(&["20 inner is told", "50 inner has saved"]);
    let mut polled_at = polled_at.take();
    polled_at.dedup();
    assert_eq!(polled_at, ["0", "20", "50", "1000"]);
}

#[tokio::test(start_paused = true)]
async fn what_an_inner_group_refuses_is_not_waited_for() {
    let start = Instant::now();
    let crowd = Crowd::default();
    let own = crowd.clone();
    task_group!(|outer| {
        let mut kept = None;
        task_group!(
            |inner| {
                kept = Some(inner.handle());
                let (told, own) = (inner.handle(), own.clone());
                inner.spawn_daemon(async move {
                    told.cancelled().await;
                    drop(told.spawn(pending::<()>()));
                    drop(own.enter());
                });
                inner.stop(());
                inner.spawn(pending::<()>());
                inner.spawn_scoped(pending::<()>());
                inner.spawn_blocking(|| panic!("it runs"));
            },
            grace = 10ms
        )
        .await;
        drop(kept.unwrap().spawn(pending::<()>()));
        outer.spawn(after(1, ()));
    })
    .await;
    assert_eq!((start.elapsed(), crowd.ever()), (ms(1), 1));
}

// ---- what is linked ---------------------------------------------------------------------------------------------

/// Whether a group is told that is polled so, in a body.
macro_rules! is_linked {
    (|$outer:ident, $inner:ident| $polled:expr) => {{
        let told = Arc::new(Mutex::new(None));
        let (own, start) = (Arc::clone(&told), Instant::now());
        task_group!(
            |$outer| {
                let handle = $outer.handle();
                let $inner: Boxed = Box::pin(task_group!(move |inner| {
                    sleep(ms(10)).await;
                    handle.stop(());
                    *own.lock().unwrap() = Some(inner.is_cancelled());
                }));
                $polled;
            },
            grace = 100ms
        )
        .await;
        assert!(start.elapsed() >= ms(10));
        // What the group does not wait for.
        settle().await;
        let told = *told.lock().unwrap();
        told.expect("it has run")
    }};
}

#[tokio::test(start_paused = true)]
async fn a_group_is_linked_through_the_other_macros() {
    assert!(is_linked!(|outer, inner| inner.await));
    assert!(is_linked!(
        |outer, inner| gather!(inner, sleep(ms(20))).await
    ));
    assert!(is_linked!(|outer, inner| gather!(..[inner]).await));
    assert!(is_linked!(
        |outer, inner| gather!(..[inner], limit = 1).await
    ));
    assert!(is_linked!(|outer, inner| drop(wait!(inner).await)));
    assert!(is_linked!(|outer, inner| {
        let mut pending: Pending<_> = [inner].into_iter().collect();
        pending.next().await;
    }));
    assert!(is_linked!(|outer, inner| as_completed!(
        for () in ..[inner] {}
    )));
    assert!(is_linked!(
        |outer, inner| as_completed! { () = inner => {} }
    ));
    assert!(is_linked!(|outer, inner| tokio::join!(inner)));
    assert!(is_linked!(|outer, inner| outer.spawn(inner).await));
    assert!(is_linked!(|outer, inner| outer.spawn_scoped(inner).await));
    assert!(is_linked!(|outer, inner| outer.spawn_daemon(inner).await));
    assert!(is_linked!(|outer, inner| {
        outer
            .spawn_scoped(async { gather!(async { inner.await }).await })
            .await
    }));
    assert!(is_linked!(|outer, inner| {
        LocalSet::new().run_until(inner).await;
    }));
}

#[tokio::test(start_paused = true)]
async fn what_another_task_polls_is_not_linked() {
    assert!(!is_linked!(|outer, inner| rejoin::spawn(inner).await));
    assert!(!is_linked!(|outer, inner| tokio::spawn(inner)
        .await
        .unwrap()));
    assert!(!is_linked!(|outer, inner| {
        outer.spawn(async { rejoin::spawn(inner).detach() });
        pending::<()>().await;
    }));
    // Another task that is polled in the body.
    assert!(!is_linked!(|outer, inner| {
        let set = LocalSet::new();
        let task = set.spawn_local(inner);
        set.run_until(task).await.unwrap();
    }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_thread_polls_is_not_linked() {
    let seen = task_group!(|outer| {
        let handle = outer.handle();
        outer
            .spawn_blocking(move || {
                tokio::runtime::Handle::current().block_on(task_group!(|inner| {
                    handle.stop(false);
                    inner.is_cancelled()
                }))
            })
            .await
    });
    assert!(!seen.await);
    // The child itself, which blocks.
    let (sender, seen) = mpsc::channel();
    task_group!(|outer| {
        let handle = outer.handle();
        outer.spawn(async move {
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(task_group!(|inner| {
                    handle.stop(());
                    sender.send(inner.is_cancelled()).unwrap();
                }));
            });
        });
        pending::<()>().await;
    })
    .await;
    assert!(seen.recv().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_group_that_was_polled_outside_first_stays_there() {
    let journal = Journal::new();
    let mut inner = journal.inner(30);
    assert!(poll!(&mut inner).is_pending());
    let outer = task_group!(
        |outer| {
            outer.spawn_scoped(&mut inner);
            sleep(ms(20)).await;
            outer.stop(());
        },
        grace = 100ms
    );
    outer.await;
    assert_eq!(
        journal.start.elapsed(),
        ms(20),
        "there is nobody to wait for"
    );
    assert_eq!(journal.crowd.now(), 1);
    drop(inner);
    settle().await;
    journal.is(&[]);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_polled_elsewhere_later_stays_linked() {
    let journal = Journal::new();
    let (sender, inners) = tokio::sync::oneshot::channel();
    let elsewhere = tokio::spawn(async { panic_of::<()>(inners.await.unwrap()).await });
    let own = journal.clone();
    task_group!(
        |outer| {
            outer.spawn(async move {
                let mut inner = own.inner(30);
                let _running = poll!(&mut inner);
                assert!(sender.send(inner).is_ok());
            });
            sleep(ms(20)).await;
        },
        grace = 100ms
    )
    .await;
    assert_eq!(journal.start.elapsed(), ms(50));
    journal.is(&["20 inner is told", "50 inner has saved"]);
    settle().await;
    assert!(!elsewhere.is_finished(), "its body has not ended");
    elsewhere.abort();
}

const WITHOUT: &str = "this `Group` has no value: the group around it has ended without it";

#[tokio::test(start_paused = true)]
async fn a_group_that_outlives_the_outer_one_loses_its_tasks_and_says_so() {
    let journal = Journal::new();
    let own = journal.clone();
    let mut inner: Boxed = Box::pin(task_group!(move |inner| {
        let guest = own.crowd.enter();
        inner.spawn(holding(guest, pending::<()>())).await;
    }));
    task_group!(|_outer| assert!(poll!(&mut inner).is_pending())).await;
    assert_eq!(journal.crowd.now(), 0);
    assert_eq!(panic_of(inner).await, WITHOUT);
}

/// As soon as its own tasks are gone, and wherever it is polled then.
#[tokio::test(start_paused = true)]
async fn a_group_that_is_polled_elsewhere_ends_when_the_outer_one_aborts_its_tasks() {
    let journal = Journal::new();
    let own = journal.clone();
    let (sender, inners) = tokio::sync::oneshot::channel();
    let start = journal.start;
    let elsewhere = tokio::spawn(async move {
        let message = panic_of::<()>(inners.await.unwrap()).await;
        (message, start.elapsed())
    });
    task_group!(
        |_outer| {
            let mut inner: Boxed = Box::pin(task_group!(
                move |inner| {
                    inner.spawn(own.ignores());
                    own.ignores().await;
                },
                grace = 1h
            ));
            let _running = poll!(&mut inner);
            assert!(sender.send(inner).is_ok());
            sleep(ms(20)).await;
        },
        grace = 50ms
    )
    .await;
    assert_eq!(journal.start.elapsed(), ms(70));
    assert_eq!(elsewhere.await.unwrap(), (WITHOUT.to_owned(), ms(70)));
    journal.is(&[]);
}

/// It cannot be dropped, and is unwound instead, which is no panic of the outer group.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_that_blocks_on_an_inner_group_is_aborted_too() {
    for on_tokio in [false, true] {
        let crowd = Crowd::default();
        let (started, starts) = tokio::sync::oneshot::channel();
        let own = crowd.clone();
        let value = task_group!(|outer| {
            let guest = own.enter();
            outer.spawn(holding(guest, async move {
                let inner = task_group!(move |inner| {
                    inner.spawn(holding(own.enter(), pending::<()>()));
                    started.send(()).unwrap();
                    pending::<()>().await;
                });
                tokio::task::block_in_place(|| {
                    if on_tokio {
                        tokio::runtime::Handle::current().block_on(inner);
                    } else {
                        futures::executor::block_on(inner);
                    }
                });
            }));
            starts.await.unwrap();
            outer.stop(7);
            pending().await
        });
        assert_eq!(value.await, 7);
        assert_eq!(crowd.now(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_of_a_group_that_is_leaked_are_joined_all_the_same() {
    let journal = Journal::new();
    let own = journal.clone();
    task_group!(
        |outer| {
            let mut inner = Box::pin(task_group!(
                move |inner| {
                    inner.spawn(own.saves(&inner.handle(), "inner", 30));
                    inner.spawn(own.ignores());
                    // One that waits for a place, and one that is polled by nobody.
                    inner.spawn(own.ignores());
                    std::mem::forget(inner.spawn_scoped(pending::<()>()));
                    pending::<()>().await;
                },
                limit = 3
            ));
            let _running = poll!(&mut inner);
            std::mem::forget(inner);
            outer.spawn(sleep(ms(20)));
        },
        grace = 100ms
    )
    .await;
    assert_eq!(journal.start.elapsed(), ms(120));
    journal.is(&["20 inner is told", "50 inner has saved"]);
}

// ---- deeper -----------------------------------------------------------------------------------------------------

/// A group in a group in a group, whose innermost task takes so long to save.
fn nested(depth: usize, journal: &Journal, takes: u64) -> Boxed {
    let journal = journal.clone();
    Box::pin(task_group!(
        move |tg| {
            if depth == 0 {
                tg.spawn(journal.saves(&tg.handle(), "the innermost", takes));
                tg.spawn_daemon(journal.ignores());
            } else if depth % 2 == 0 {
                tg.spawn(nested(depth - 1, &journal, takes));
            } else {
                tg.spawn_scoped(nested(depth - 1, &journal, takes));
            }
            pending::<()>().await;
        },
        grace = 1h
    ))
}

#[tokio::test(start_paused = true)]
async fn groups_at_any_depth_are_told_aborted_and_joined() {
    for depth in [1, 2, 5] {
        let journal = Journal::new();
        task_group!(
            |outer| {
                outer.spawn(nested(depth, &journal, 30));
                sleep(ms(20)).await;
                outer.stop(());
            },
            grace = 100ms
        )
        .await;
        assert_eq!(
            journal.start.elapsed(),
            ms(120),
            "the daemon does not listen"
        );
        journal.is(&["20 the innermost is told", "50 the innermost has saved"]);
        // Dropped midway.
        let journal = Journal::new();
        task_group!(
            |outer| {
                let child = outer.spawn(nested(depth, &journal, 30));
                sleep(ms(20)).await;
                child.cancel().await;
                sleep(ms(10)).await;
            },
            grace = 100ms
        )
        .await;
        assert_eq!(journal.start.elapsed(), ms(120), "from the drop on");
        journal.is(&["20 the innermost is told", "50 the innermost has saved"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_of_an_orphan_may_hold_groups_too() {
    let journal = Journal::new();
    let own = journal.clone();
    task_group!(
        |outer| {
            let child = outer.spawn(task_group!(move |middle| {
                let told = middle.handle();
                let inner = own.clone();
                middle.spawn(async move {
                    told.cancelled().await;
                    // A group that begins when its parent is an orphan: it is told from the start.
                    task_group!(|tg| {
                        assert!(tg.is_cancelled());
                        tg.spawn(inner.saves(&tg.handle(), "late", 10)).await;
                        inner.add("the late body");
                        tg.spawn(inner.ignores()).await;
                    })
                    .await;
                });
                pending::<()>().await;
            }));
            sleep(ms(20)).await;
            child.cancel().await;
        },
        grace = 50ms
    )
    .await;
    assert_eq!(journal.start.elapsed(), ms(70));
    journal.is(&["20 late is told", "30 late has saved", "30 the late body"]);
}

#[tokio::test(start_paused = true)]
async fn an_inner_group_spawns_nothing_when_the_outer_one_is_over() {
    let crowd = Crowd::default();
    let (sender, handles) = mpsc::channel();
    let mut inner: Boxed = Box::pin(task_group!(move |inner| {
        sender.send(inner.handle()).unwrap();
        pending::<()>().await;
    }));
    task_group!(|_outer| assert!(poll!(&mut inner).is_pending()), grace = 1h).await;
    let handle: GroupHandle<()> = handles.recv().unwrap();
    assert!(handle.is_cancelled());
    let child = handle.spawn(holding(crowd.enter(), pending::<()>()));
    assert_eq!(crowd.now(), 0, "it was dropped");
    assert_eq!(child.join().await, None);
    assert_eq!(panic_of(inner).await, WITHOUT);
}

/// The task is counted in none of the groups, also not in the one between them, which ends as it would without the task.
#[tokio::test(start_paused = true)]
async fn an_innermost_group_spawns_nothing_when_the_outermost_is_over() {
    let crowd = Crowd::default();
    let (sender, handles) = mpsc::channel();
    let mut middle: Boxed = Box::pin(task_group!(move |_middle| {
        let mut inner = Box::pin(task_group!(|inner| {
            sender.send(inner.handle()).unwrap();
            pending::<()>().await;
        }));
        assert!(poll!(&mut inner).is_pending());
        sleep(ms(10)).await;
    }));
    task_group!(
        |outer| {
            assert!(poll!(&mut middle).is_pending());
            let told = outer.handle();
            outer.spawn_daemon(async move { told.cancelled().await });
        },
        grace = 1h
    )
    .await;
    let handle: GroupHandle<()> = handles.recv().unwrap();
    let child = handle.spawn(holding(crowd.enter(), pending::<()>()));
    assert_eq!(crowd.now(), 0, "it was dropped");
    assert_eq!(child.join().await, None);
    middle.await;
}

/// A child of the limit's queue is dropped with the tasks of its group, before the group's future is polled or dropped.
#[tokio::test(start_paused = true)]
async fn what_waits_in_an_inner_group_that_is_not_polled_is_dropped_when_the_outer_one_aborts() {
    for panics in [false, true] {
        let log = Log::default();
        let inner_log = log.clone();
        let mut inner: Boxed = Box::pin(task_group!(
            move |inner| {
                inner.spawn(holding(inner_log.on_drop("task"), pending::<()>()));
                inner.spawn(holding(inner_log.on_drop("queued"), pending::<()>()));
                if panics {
                    inner.spawn(holding(Bomb::new("queued, too"), pending::<()>()));
                }
                pending::<()>().await;
            },
            limit = 1,
            grace = 1h
        ));
        task_group!(|_outer| {
            assert!(poll!(&mut inner).is_pending());
            settle().await;
        })
        .await;
        let mut seen = log.take();
        seen.sort();
        assert_eq!(seen, ["queued", "task"]);
        let message = panic_of(inner).await;
        assert_eq!(message, if panics { "queued, too" } else { WITHOUT });
    }
}

/// The outer group has nothing to wait for, so it aborts without its `grace`.
#[tokio::test(start_paused = true)]
async fn an_inner_group_without_tasks_ends_with_an_outer_one_without_tasks() {
    let mut inner: Boxed = Box::pin(task_group!(|_inner| sleep(ms(50)).await));
    task_group!(|_outer| assert!(poll!(&mut inner).is_pending()), grace = 1h).await;
    assert_eq!(panic_of(inner).await, WITHOUT);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_waker_of_an_inner_group_is_one_of_that_group() {
    struct Rude;
    impl Wake for Rude {
        fn wake(self: Arc<Self>) {
            panic_any("of a waker".to_owned());
        }
    }
    let mut inner: Boxed = Box::pin(task_group!(|_inner| pending::<()>().await));
    task_group!(|_outer| {
        let waker = Waker::from(Arc::new(Rude));
        let mut cx = Context::from_waker(&waker);
        assert!(inner.as_mut().poll(&mut cx).is_pending());
    })
    .await;
    assert_eq!(panic_of(inner).await, "of a waker");
}

/// Its own future has the first panic, and nothing has the second.
#[tokio::test(start_paused = true)]
async fn the_second_panic_of_an_inner_group_is_none_of_the_outer_one() {
    let value = task_group!(|_outer| {
        let inner = task_group!(|inner| {
            inner.spawn(async { panic!("first") });
            inner.spawn(holding(Bomb::new("second"), pending::<()>()));
            pending::<()>().await;
        });
        assert_eq!(panic_of(inner).await, "first");
        5
    });
    assert_eq!(value.await, 5);
}

/// Nothing of it was aborted, because it had no tasks.
#[tokio::test(start_paused = true)]
async fn an_inner_group_goes_on_after_the_outer_one_until_it_spawns() {
    for spawns in [false, true] {
        let mut inner: Pin<Box<dyn Future<Output = u8>>> = Box::pin(task_group!(|inner| {
            sleep(ms(50)).await;
            assert!(inner.is_cancelled());
            if spawns {
                inner.spawn(async { 1 }).await
            } else {
                inner.spawn_scoped(async { 2 }).await
            }
        }));
        task_group!(
            |outer| {
                assert!(poll!(&mut inner).is_pending());
                let told = outer.handle();
                outer.spawn_daemon(async move {
                    told.cancelled().await;
                    sleep(ms(10)).await;
                });
            },
            grace = 1h
        )
        .await;
        if spawns {
            assert_eq!(panic_of(inner).await, WITHOUT);
        } else {
            assert_eq!(inner.await, 2);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn those_who_spawn_by_a_clone_in_an_inner_child_are_of_the_outer_group() {
    fn spawns<'a>(tg: &TaskGroup<'a, ()>, journal: &'a Journal) {
        tg.spawn_scoped(async { journal.add("of the outer") });
    }
    let journal = Journal::new();
    task_group!(|outer| {
        task_group!(|inner| {
            inner.spawn_scoped(async { spawns(&outer, &journal) });
        })
        .await;
        journal.add("the inner one is over");
    })
    .await;
    journal.is(&["0 the inner one is over", "0 of the outer"]);
}
