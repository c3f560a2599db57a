//! Loops whose bodies await.

use std::{cell::Cell, sync::Mutex, time::Duration};

use futures::{StreamExt, stream::FuturesUnordered};
use rejoin::{Pending, as_completed};
use rejoin_tests::{after, ms};
use tokio::time::{Instant, sleep, timeout};

use super::{BoxedSend, lock};

/// While the body of a `while let` over `FuturesUnordered` awaits, nobody polls its futures.
#[tokio::test(start_paused = true)]
async fn snoozed_siblings() {
    async fn ends<'a>(
        run: impl AsyncFnOnce(Vec<BoxedSend<'a>>),
        ends: &'a Mutex<Vec<Duration>>,
    ) -> Vec<Duration> {
        let start = Instant::now();
        let work = [20, 30, 40].map(|delay| async move {
            sleep(ms(delay)).await;
            // A second step, which must be taken.
            sleep(ms(1)).await;
            lock(ends).push(start.elapsed());
        });
        run(work.into_iter().map(|work| Box::pin(work) as _).collect()).await;
        std::mem::take(&mut *lock(ends))
    }
    let log = Mutex::default();
    let unhindered = [ms(21), ms(31), ms(41)];
    let body = || sleep(ms(500));
    let looped = async |work: Vec<_>| {
        as_completed!(for () in ..work {
            body().await;
        });
    };
    assert_eq!(ends(looped, &log).await, unhindered);
    let for_each = async |work: Vec<_>| {
        as_completed!(..work)
            .for_each(async |()| body().await)
            .await;
    };
    assert_eq!(ends(for_each, &log).await, unhindered);
    let arms = async |work: Vec<_>| {
        as_completed! {
            () = after(5, ()) => body().await,
            () in ..work => body().await,
        }
    };
    assert_eq!(ends(arms, &log).await, unhindered);
    let driven = async |work: Vec<_>| {
        let mut left = Pending::from_iter(work);
        while left.next().await.is_some() {
            left.drive(body()).await;
        }
    };
    assert_eq!(ends(driven, &log).await, unhindered);

    let peer = async |work: Vec<_>| {
        let mut left = FuturesUnordered::from_iter(work);
        while left.next().await.is_some() {
            body().await;
        }
    };
    let late = ends(peer, &log).await;
    assert_eq!(late, [ms(21), ms(522), ms(1_022)]);
}

/// What the body waits for is held by a sibling that is not polled until the body is through: with `FuturesUnordered`
/// they wait for ever.
#[tokio::test(start_paused = true)]
async fn futurelock() {
    let shared = tokio::sync::Mutex::new(());
    let work = || {
        let holds = async {
            let _held = shared.lock().await;
            sleep(ms(50)).await;
        };
        let work: [BoxedSend<'_>; 2] = [Box::pin(sleep(ms(10))), Box::pin(holds)];
        work
    };
    let seen = Mutex::new(vec![]);
    let start = Cell::new(Instant::now());
    let body = async || {
        let _held = shared.lock().await;
        lock(&seen).push(start.get().elapsed());
    };
    let check = |name| {
        assert_eq!(std::mem::take(&mut *lock(&seen)), [ms(50); 2], "{name}");
        start.set(Instant::now());
    };

    let ours = async {
        as_completed!(for () in ..work() {
            body().await;
        });
        check("loop");
        let mut pending = Pending::from_iter(work());
        as_completed!(for () in ..&mut pending {
            body().await;
        });
        check("loop over a set that is lent");
        as_completed!(..work())
            .for_each(async |()| body().await)
            .await;
        check("for_each");
        let [first, holds] = work();
        as_completed! {
            () = first => body().await,
            () = holds => body().await,
        }
        check("arms");
        as_completed!(for () in ..work() {
            as_completed!(for () in (async {},) {
                body().await;
            });
        });
        check("loop inside of a loop");
        let mut left = Pending::from_iter(work());
        while left.next().await.is_some() {
            left.drive(body()).await;
        }
        check("drive");
    };
    // On the paused clock an hour has passed when nothing else can happen.
    let hour = ms(3_600_000);
    assert!(timeout(hour, ours).await.is_ok(), "a deadlock");

    let peer = async {
        let mut left = FuturesUnordered::from_iter(work());
        while left.next().await.is_some() {
            body().await;
        }
    };
    assert!(timeout(hour, peer).await.is_err());
    assert!(lock(&seen).is_empty(), "not even the first body is through");
}
