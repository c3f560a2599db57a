//! What is lost, and what is left behind.

use std::{
    future::{Future, pending},
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    pin::{Pin, pin},
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll},
};

use futures::stream::FuturesUnordered;
use rejoin::{as_completed, gather, spawn, task_group, wait};
use rejoin_tests::{Crowd, Driver, after, holding, ms, payload_of, settle};
use tokio::time::{sleep, timeout};

use super::FORMS;

/// `timeout` around `join!` drops what is done together with what is not.
#[tokio::test(start_paused = true)]
async fn partial_results_lost_at_a_timeout() {
    let two = || (after(10, 'a'), after(30, 'b'));
    let (a, b) = two();
    let peer = timeout(ms(20), async { futures::join!(a, b) }).await;
    assert!(peer.is_err());

    let (a, b) = two();
    let some = gather!(a, b, timeout = 20ms, partial = true).await;
    assert_eq!(some, (Some('a'), None));
    let (a, b) = two();
    let (done, left) = wait!(a, b, timeout = 20ms).await;
    assert!(done.into_iter().eq(['a']));
    let (done, _) = wait!(..left).await;
    assert!(done.into_iter().eq(['b']));
    let (a, b) = two();
    let mut results = as_completed!(a, b, timeout = 20ms);
    // All that is asked for is asked for late.
    let mut first = pin!(results.next());
    assert!(futures::poll!(first.as_mut()).is_pending());
    sleep(ms(20)).await;
    assert_eq!(first.await, Some(Ok('a')));
    assert!(results.next().await.is_some_and(|item| item.is_err()));
}

/// A tokio task that was aborted and one that has panicked give the same `JoinError`, and whoever unwraps it panics.
#[tokio::test(start_paused = true)]
async fn cancelled_is_not_a_panic() {
    let peer = tokio::spawn(pending::<()>());
    peer.abort();
    assert!(
        payload_of(async { peer.await.unwrap() })
            .await
            .is::<String>()
    );

    let task = spawn(pending::<()>());
    settle().await;
    assert_eq!(task.cancel().await, None);
    let given = task_group!(|tg| {
        let task = tg.spawn(pending::<()>());
        let scoped = tg.spawn_scoped(pending::<()>());
        let other = tg.spawn(after(10, 'a'));
        settle().await;
        assert_eq!(task.cancel().await, None);
        assert_eq!(scoped.cancel().await, None);
        other.await
    });
    assert_eq!(given.await, 'a');
    let kept_going = task_group!(<&'static str> |tg| {
        let child = tg.spawn(async { pending::<Result<(), _>>().await });
        settle().await;
        assert_eq!(child.cancel().await, None);
        Ok('b')
    });
    assert_eq!(kept_going.await.ok(), Some('b'));

    // And a panic is not taken for the cancellation of those that go with it.
    let both = gather!(spawn(pending::<()>()), spawn(async { panic_any('p') }));
    let payload = payload_of(both).await;
    assert_eq!(payload.downcast_ref(), Some(&'p'));
    let group = task_group!(|tg| {
        tg.spawn(pending::<()>());
        tg.spawn(async { panic_any('p') });
        pending::<()>().await;
    });
    assert_eq!(payload_of(group).await.downcast_ref(), Some(&'p'));
}

/// Panics, when it is polled or when it is dropped.
struct Bomb<'a> {
    polls: Option<&'static str>,
    dropped: &'a AtomicUsize,
}

impl Future for Bomb<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.polls {
            Some(message) => panic_any(message.to_owned()),
            None => Poll::Pending,
        }
    }
}

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        panic_any("in a drop".to_owned());
    }
}

/// A second panic while one unwinds aborts the process, as it does where a set just drops its futures.
#[test]
fn double_panic() {
    for form in FORMS {
        let dropped = AtomicUsize::new(0);
        let bombs = |first: Option<&'static str>| {
            let bomb = |polls| Bomb {
                polls,
                dropped: &dropped,
            };
            vec![bomb(None), bomb(first), bomb(None), bomb(None)]
        };
        let mut all = Driver::new(form.of(bombs(Some("in a poll"))));
        assert_eq!(
            panic_of(|| assert!(all.run().is_ready())),
            "in a poll",
            "{form:?}"
        );
        drop(all);
        assert_eq!(dropped.swap(0, Ordering::Relaxed), 4, "{form:?}");

        let mut all = Driver::new(form.of(bombs(None)));
        assert!(all.run().is_pending());
        assert_eq!(panic_of(|| drop(all)), "in a drop", "{form:?}");
        assert_eq!(dropped.swap(0, Ordering::Relaxed), 4, "{form:?}");

        let unwinds = || {
            let mut all = Driver::new(form.of(bombs(None)));
            assert!(all.run().is_pending());
            panic_any("the user's own".to_owned());
        };
        assert_eq!(panic_of(unwinds), "the user's own", "{form:?}");
        assert_eq!(dropped.swap(0, Ordering::Relaxed), 4, "{form:?}");
    }
}

/// Dropping a tokio handle lets its task go on, out of reach.
#[tokio::test(start_paused = true)]
async fn tasks_leaked_by_a_drop() {
    let crowd = Crowd::default();
    let work = || holding(crowd.enter(), pending::<()>());
    let peer: FuturesUnordered<_> = (0..5).map(|_| tokio::spawn(work())).collect();
    settle().await;
    drop(peer);
    settle().await;
    assert_eq!(crowd.now(), 5, "they are there for ever");

    let crowd = Crowd::default();
    for form in FORMS {
        let tasks = (0..5).map(|_| spawn(holding(crowd.enter(), pending())));
        let all = form.of(tasks.collect());
        assert!(timeout(ms(10), all).await.is_err());
        settle().await;
        assert_eq!(crowd.now(), 0, "{form:?}");
    }
    let group = task_group!(|tg| {
        for _ in 0..5 {
            tg.spawn(holding(crowd.enter(), pending::<()>()));
            tg.spawn_daemon(holding(crowd.enter(), pending::<()>()));
        }
    });
    assert!(timeout(ms(10), group).await.is_err());
    settle().await;
    assert_eq!((crowd.now(), crowd.ever()), (0, 45));
}

/// The message of a panic.
fn panic_of(work: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).expect_err("it should have panicked");
    *payload.downcast::<String>().expect("a message")
}
