//! Panics in the drops of a group's children, outputs and body.

use std::{
    future::{Future, pending},
    panic::panic_any,
    pin::Pin,
    task::{Context, Poll},
};

use futures::poll;
use rejoin::task_group;
use rejoin_tests::{Crowd, Log, holding, ms, panic_of, settle};
use tokio::time::sleep;

use super::shared::{Bomb, panics};

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_drop_of_a_child_counts() {
    // When it is done.
    let message = panic_of(task_group!(|tg| {
        tg.spawn(Dropped::done("task"));
    }));
    assert_eq!(message.await, "task");
    let message = panic_of(task_group!(|tg| {
        tg.spawn_scoped(Dropped::done("scoped"));
    }));
    assert_eq!(message.await, "scoped");
    // When it is cancelled by the end of the group.
    for stops in [false, true] {
        let group = |kind: u8| {
            let (log, crowd) = (Log::default(), Crowd::default());
            async move {
                let message = panic_of(task_group!(
                    |tg| {
                        let bomb = Bomb::logged(&log, "bomb");
                        let child = holding(bomb, pending::<()>());
                        match kind {
                            0 => tg.spawn(child),
                            1 => tg.spawn_scoped(child),
                            _ => tg.spawn_daemon(child),
                        };
                        tg.spawn(holding(crowd.enter(), pending::<()>()));
                        tg.spawn_scoped(holding(crowd.enter(), pending::<()>()));
                        sleep(ms(10)).await;
                        if stops {
                            tg.stop(5);
                        }
                        pending().await
                    },
                    timeout = 20ms
                ))
                .await;
                assert_eq!((&*message, crowd.now()), ("bomb", 0));
                assert_eq!(log.take(), ["bomb"]);
            }
        };
        for kind in 0..3 {
            group(kind).await;
        }
    }
    // When only daemons were left.
    let message = panic_of(task_group!(|tg| {
        tg.spawn_daemon(holding(Bomb::new("daemon"), pending::<()>()));
        sleep(ms(1)).await;
    }));
    assert_eq!(message.await, "daemon");
    // When it is cancelled by itself.
    let message = panic_of(task_group!(|tg| {
        let child = tg.spawn(holding(Bomb::new("cancelled"), pending::<()>()));
        sleep(ms(1)).await;
        child.cancel().await;
        pending::<()>().await;
    }));
    assert_eq!(message.await, "cancelled");
    let message = panic_of(task_group!(|tg| {
        let child = tg.spawn_scoped(holding(
            Bomb::new("cancelled scoped child"),
            pending::<()>(),
        ));
        sleep(ms(1)).await;
        child.cancel().await;
        pending::<()>().await;
    }));
    assert_eq!(message.await, "cancelled scoped child");
    // When it was never started.
    let message = panic_of(task_group!(
        |tg| {
            tg.spawn(pending::<()>());
            tg.spawn(holding(Bomb::new("queued"), pending::<()>()));
            tg.stop(());
        },
        limit = 1
    ));
    assert_eq!(message.await, "queued");
    let message = panic_of(task_group!(
        |tg| {
            tg.spawn(pending::<()>());
            tg.spawn_scoped(holding(Bomb::new("queued scoped child"), pending::<()>()));
            tg.stop(());
        },
        limit = 1
    ));
    assert_eq!(message.await, "queued scoped child");
}

/// The body ends the group before children that it has spawned are polled.
#[tokio::test]
async fn panics_in_the_drops_of_children_that_were_never_polled_count() {
    let log = Log::default();
    let message = panic_of(task_group!(|tg| {
        for name in ["first", "second"] {
            tg.spawn_scoped(holding(Bomb::logged(&log, name), pending::<()>()));
        }
        tg.spawn(holding(log.on_drop("task"), pending::<()>()));
        tg.stop(());
    }));
    assert_eq!(message.await, "first");
    assert_eq!(log.take(), ["first", "second", "task"]);
}

/// A future that is done at once, and panics when it is dropped.
struct Dropped(Bomb);

impl Dropped {
    const fn done(message: &'static str) -> Self {
        Self(Bomb::new(message))
    }
}

impl Future for Dropped {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        assert!(!self.0.1.is_empty());
        Poll::Ready(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_drop_of_an_output_that_nobody_wants_counts() {
    let message = panic_of(task_group!(|tg| {
        drop(tg.spawn(async { Bomb::new("task") }));
    }));
    assert_eq!(message.await, "task");
    let message = panic_of(task_group!(|tg| {
        drop(tg.spawn_scoped(async { Bomb::new("scoped") }));
    }));
    assert_eq!(message.await, "scoped");
    let message = panic_of(task_group!(|tg| {
        drop(tg.spawn_blocking(|| Bomb::new("blocking")));
    }));
    assert_eq!(message.await, "blocking");
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_drop_of_the_body_counts() {
    let crowd = Crowd::default();
    let message = panic_of(task_group!(|tg| {
        let _bomb = Bomb::new("body");
        tg.spawn(holding(crowd.enter(), pending::<()>()));
        tg.stop(());
        pending::<()>().await;
    }));
    assert_eq!((&*message.await, crowd.now()), ("body", 0));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_group_drops_everything_and_the_first_panic_goes_on() {
    let log = Log::default();
    let mut group = Box::pin(task_group!(|tg| {
        tg.spawn_scoped(holding(Bomb::logged(&log, "first"), pending::<()>()));
        tg.spawn_scoped(holding(Bomb::logged(&log, "second"), pending::<()>()));
        tg.spawn_scoped(holding(log.on_drop("last"), pending::<()>()));
        tg.spawn(holding(log.on_drop("task"), pending::<()>()));
        pending::<()>().await;
    }));
    assert!(poll!(&mut group).is_pending());
    assert_eq!(panics(|| drop(group)), "first");
    settle().await;
    assert_eq!(log.take(), ["first", "second", "last", "task"]);
}

#[tokio::test(start_paused = true)]
async fn dropped_while_unwinding_it_swallows_panics() {
    let log = Log::default();
    let mut group = Box::pin(task_group!(|tg| {
        let bombs = ["a", "b"].map(|name| Bomb::logged(&log, name));
        for bomb in bombs {
            tg.spawn_scoped(holding(bomb, pending::<()>()));
        }
        pending::<()>().await;
    }));
    assert!(poll!(&mut group).is_pending());
    let message = panics(|| {
        let _group = group;
        panic_any("the user's own".to_owned());
    });
    assert_eq!((&*message, log.take().len()), ("the user's own", 2));
}
