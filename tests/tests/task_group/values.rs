//! Values and errors of a group that panic when they are dropped: still no abort, and no other drop is left out.

use std::{future::pending, panic::panic_any};

use futures::poll;
use rejoin::task_group;
use rejoin_tests::{Log, holding, panic_of};

use super::shared::{Bomb, panics};

#[tokio::test(start_paused = true)]
async fn a_group_that_is_dropped_with_a_value_swallows_its_panic_while_unwinding() {
    let mut group = Box::pin(task_group!(|tg| {
        tg.spawn(pending::<()>());
        Bomb::new("value")
    }));
    assert!(poll!(&mut group).is_pending());
    let message = panics(|| {
        let _group = group;
        panic_any("the user's own".to_owned());
    });
    assert_eq!(message, "the user's own");
}

#[tokio::test(start_paused = true)]
async fn of_a_child_s_panic_and_that_of_the_value_the_first_goes_on_from_a_drop() {
    let mut group = Box::pin(task_group!(|tg| {
        tg.spawn_scoped(holding(Bomb::new("child"), pending::<()>()));
        Bomb::new("value")
    }));
    assert!(poll!(&mut group).is_pending());
    assert_eq!(panics(|| drop(group)), "child");
}

#[tokio::test(start_paused = true)]
async fn the_panic_of_a_value_that_is_dropped_with_its_group_goes_on() {
    for stops in [false, true] {
        let mut group = Box::pin(task_group!(
            |tg| {
                tg.spawn(pending::<()>());
                if stops {
                    tg.stop(Bomb::new("value"));
                    pending::<()>().await;
                }
                Bomb::new("value")
            },
            grace = 1s
        ));
        assert!(poll!(&mut group).is_pending());
        assert_eq!(panics(|| drop(group)), "value", "stopped: {stops}");
    }
}

#[tokio::test(start_paused = true)]
async fn values_and_errors_that_are_not_given_are_dropped_quietly_behind_a_panic() {
    let log = Log::default();
    let message = panic_of(task_group!(<Bomb> |tg| {
        let own = log.clone();
        tg.spawn_scoped(async { Err::<(), _>(Bomb::logged(&log, "error")) });
        tg.spawn_scoped(async { panic!("of a child") });
        let handle = tg.handle();
        tg.spawn_scoped(async move { handle.stop(Bomb::logged(&own, "stop")) });
        Ok(Bomb::logged(&log, "value"))
    }));
    // The value of the stop, which came too late, panics in the child that stops.
    assert_eq!(message.await, "of a child");
    let mut seen = log.take();
    seen.sort();
    assert_eq!(seen, ["error", "stop", "value"]);
}

#[tokio::test(start_paused = true)]
async fn the_value_of_the_body_and_that_of_a_stop_may_both_panic() {
    let log = Log::default();
    let message = panic_of(task_group!(|tg| {
        let handle = tg.handle();
        let stop = Bomb::logged(&log, "stop");
        tg.spawn(async move {
            handle.stop(stop);
        });
        Bomb::logged(&log, "value")
    }));
    // The body's value is dropped as the group was stopped, and that counts as a panic. The stop's is dropped behind it.
    assert_eq!(message.await, "value");
    assert_eq!(log.take(), ["value", "stop"]);
}

#[tokio::test(start_paused = true)]
async fn several_errors_that_are_not_given_may_panic() {
    let log = Log::default();
    let message = panic_of(task_group!(<Bomb> |tg| {
        for name in ["a", "b"] {
            tg.spawn_scoped(async { Err::<(), _>(Bomb::logged(&log, name)) });
        }
        tg.spawn_scoped(async { panic!("of a child") });
        Ok(())
    }));
    assert_eq!(message.await, "of a child");
    assert_eq!(log.take(), ["a", "b"]);
    // The same when the group is dropped before it can give them, for the closure runs.
    let (free, wait) = std::sync::mpsc::channel::<()>();
    let (started, starts) = std::sync::mpsc::channel::<()>();
    let mut group = Box::pin(task_group!(<Bomb> |tg| {
        tg.spawn_blocking(move || {
            started.send(()).unwrap();
            wait.recv().unwrap();
        });
        // What has not begun is dropped when the group ends.
        starts.recv().unwrap();
        for name in ["a", "b"] {
            tg.spawn_scoped(async { Err::<(), _>(Bomb::logged(&log, name)) });
        }
        Ok(())
    }));
    assert!(poll!(&mut group).is_pending());
    let message = panics(|| drop(group));
    free.send(()).unwrap();
    assert_eq!(
        (&*message, log.take()),
        ("a", vec!["a".to_owned(), "b".to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn the_error_of_the_body_may_panic_too() {
    let log = Log::default();
    let message = panic_of(task_group!(<Bomb> |tg| {
        tg.spawn_scoped(holding(Bomb::logged(&log, "child"), pending::<Result<(), _>>()));
        tokio::task::yield_now().await;
        Err::<(), _>(Bomb::logged(&log, "error"))
    }));
    assert_eq!(message.await, "child");
    assert_eq!(log.take(), ["child", "error"]);
}
