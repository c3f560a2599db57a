//! `len` and `is_empty`: the children that a group waits for.

use std::{future::pending, sync::mpsc};

use rejoin::{GroupHandle, task_group};
use rejoin_tests::leaf;
use tokio::task::yield_now;

/// Lets other tasks run until the group has this number of children.
async fn until(handle: &GroupHandle<()>, len: usize) {
    while handle.len() != len {
        yield_now().await;
    }
}

#[tokio::test]
async fn children_of_all_kinds_are_counted_until_they_are_gone_and_no_daemons() {
    let mut left = None;
    task_group!(
        |tg| {
            let handle = tg.handle();
            assert!(tg.is_empty() && handle.is_empty());
            let ((task_hand, task), (scoped_hand, scoped)) = (leaf(), leaf());
            drop((tg.spawn(task), tg.spawn_scoped(scoped)));
            let (sender, receiver) = mpsc::channel();
            let blocking = tg.spawn_blocking(move || receiver.recv());
            assert_eq!((tg.len(), handle.len()), (3, 3));
            // Waits for the limit.
            let queued = tg.spawn(async {});
            assert_eq!(tg.len(), 4);
            tg.spawn_daemon(pending::<()>());
            tg.spawn_daemon_scoped(pending::<()>());
            tg.spawn_blocking_daemon(|_| ()).await;
            assert_eq!((tg.len(), tg.is_empty()), (4, false));
            task_hand.give(());
            queued.await;
            until(&handle, 2).await;
            scoped_hand.give(());
            until(&handle, 1).await;
            sender.send(()).unwrap();
            blocking.await.unwrap();
            until(&handle, 0).await;
            let cancelled = tg.spawn(pending::<()>());
            assert_eq!(tg.len(), 1);
            cancelled.cancel().await;
            until(&handle, 0).await;
            left = Some(handle);
        },
        limit = 3
    )
    .await;
    assert!(left.unwrap().is_empty());
}
