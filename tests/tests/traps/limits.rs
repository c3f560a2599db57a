//! Limits that do not hold.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::future::join_all;
use rejoin::{as_completed, gather, spawn, task_group, wait};
use rejoin_tests::{Crowd, Driver, leaves, ms};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{FORMS, Form, total};

/// Ten milliseconds of work.
async fn job(crowd: Crowd) {
    let _guest = crowd.enter();
    sleep(ms(10)).await;
}

/// A limit that holds for some ways to start a branch, and not for others.
#[tokio::test(start_paused = true)]
async fn a_limit_that_is_passed_by() {
    for form in FORMS {
        let (start, crowd) = (Instant::now(), Crowd::default());
        let jobs = (0..10).map(|_| job(crowd.clone()));
        form.at_most(3, jobs).await;
        assert_eq!((crowd.most(), crowd.ever()), (3, 10), "{form:?}");
        assert_eq!(start.elapsed(), ms(40), "{form:?}");
    }

    let (start, crowd) = (Instant::now(), Crowd::default());
    let next = || job(crowd.clone());
    gather!(
        next(),
        gather!(next()),
        ..(0..4).map(|_| next()),
        ..[next(), next()],
        next(),
        limit = 3
    )
    .await;
    assert_eq!((crowd.most(), crowd.ever()), (3, 9));
    assert_eq!(start.elapsed(), ms(30));

    let (start, crowd) = (Instant::now(), Crowd::default());
    let next = || job(crowd.clone());
    let first: Vec<_> = (0..4).map(|_| next()).collect();
    let mut results = as_completed!(..first, limit = 3);
    for _ in 0..6 {
        results.push(next());
    }
    while results.next().await.is_some() {}
    assert_eq!((crowd.most(), crowd.ever()), (3, 10));
    assert_eq!(start.elapsed(), ms(40));

    let (start, crowd) = (Instant::now(), Crowd::default());
    let next = || job(crowd.clone());
    as_completed! {
        <limit = 3>
        () = next() => {}
        () in ..(0..4).map(|_| next()) => {}
        () = next() => {}
    }
    assert_eq!((crowd.most(), crowd.ever()), (3, 6));
    assert_eq!(start.elapsed(), ms(20));

    // Children of every sort stand in one queue; a daemon in none.
    let crowd = Crowd::default();
    task_group!(
        |tg| {
            tg.spawn_daemon(pending::<()>());
            for _ in 0..4 {
                tg.spawn(job(crowd.clone()));
                tg.spawn_scoped(job(crowd.clone()));
                let own = crowd.clone();
                tg.spawn_blocking(move || drop(own.enter()));
            }
        },
        limit = 3
    )
    .await;
    assert_eq!((crowd.most(), crowd.ever()), (3, 12));
}

/// Collections of futures, `join_all` and sets of tasks with a semaphore have all that is to be done in memory before the
/// first of it is.
#[tokio::test(start_paused = true)]
async fn a_limit_that_makes_all_at_once() {
    const COUNT: usize = 1_000;
    let (made, done) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let jobs = |limit: usize| {
        let (made, done) = (&made, &done);
        (0..COUNT).map(move |_| {
            let ahead = made.fetch_add(1, Ordering::Relaxed) - done.load(Ordering::Relaxed);
            assert!(ahead < limit, "{ahead} are there already");
            let done = Arc::clone(done);
            // A task, which runs from here on.
            spawn(async move {
                sleep(ms(1)).await;
                done.fetch_add(1, Ordering::Relaxed);
            })
        })
    };
    let counts = || {
        (
            made.swap(0, Ordering::Relaxed),
            done.swap(0, Ordering::Relaxed),
        )
    };
    for form in FORMS {
        // `wait!` drains at the call, whatever the limit is: but it starts no more.
        if matches!(form, Form::Wait | Form::Waits) {
            continue;
        }
        let all = form.at_most(8, jobs(8));
        assert_eq!(made.load(Ordering::Relaxed), 0, "{form:?}");
        all.await;
        assert_eq!(counts(), (COUNT, COUNT), "{form:?}");
    }
    let mut endless = as_completed!(
        ..std::iter::repeat_with(|| jobs(8).next()).flatten(),
        limit = 8
    );
    for _ in 0..100 {
        assert_eq!(endless.next().await, Some(()));
    }
    drop(endless);
    counts();

    let (hands, branches) = leaves::<()>(COUNT);
    let mut all = Driver::new(wait!(..branches, limit = 8));
    assert!(all.run().is_pending());
    assert_eq!(total(&hands), 8);
    hands[3].give(());
    assert!(all.run().is_pending());
    assert_eq!(total(&hands), 10, "one is done, another has started");

    drop(join_all(jobs(usize::MAX)));
    assert_eq!(counts(), (COUNT, 0));
    let (mut set, semaphore) = (JoinSet::new(), Arc::new(tokio::sync::Semaphore::new(8)));
    for _ in 0..COUNT {
        let semaphore = Arc::clone(&semaphore);
        set.spawn(async move { drop(semaphore.acquire().await) });
    }
    assert_eq!(set.len(), COUNT);
}
