//! The races of clean-up: with the end of the group, and with the drop of its future.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use loom::thread;

use super::{Alive, ONE, TWO, block_on, group_of, plain, spawn};
use crate::set::model::outcomes;

/// Clean-up that is accepted runs before the group returns, and other clean-up is dropped.
#[test]
fn clean_up_is_registered_while_the_group_ends() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| async {});
        let handle = tg.handle();
        let (alive, ran) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let first = Arc::clone(&ran);
        assert!(handle.defer(async move {
            first.fetch_add(1, Ordering::Relaxed);
        }));
        let thread = thread::spawn({
            let (alive, ran) = (Alive::new(&alive), Arc::clone(&ran));
            move || {
                handle.defer(async move {
                    let _alive = alive;
                    ran.fetch_add(1, Ordering::Relaxed);
                })
            }
        });
        block_on(group);
        let ran_in_time = ran.load(Ordering::Relaxed);
        let is_accepted = thread.join().expect("the thread does not panic");
        assert_eq!(ran_in_time, 1 + usize::from(is_accepted));
        assert_eq!(ran.load(Ordering::Relaxed), ran_in_time, "it ran once");
        assert_eq!(alive.load(Ordering::Relaxed), 0, "it was dropped");
        is_accepted
    });
    outcomes.are(&[false, true]);
}

/// There is no runtime in a model, so clean-up of a dropped group is dropped when the last child has left.
#[test]
fn the_last_child_leaves_while_the_future_is_dropped() {
    let outcomes = outcomes(TWO - 1, || {
        let (group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (alive, task_alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let handle = tg.handle();
        let (_, task) =
            spawn::<_, (), _>(&handle, Alive::new(&task_alive)).expect("the group is open");
        for _ in 0..2 {
            let guard = Alive::new(&alive);
            assert!(handle.defer(async move { drop(guard) }));
        }
        let leaving = thread::spawn(move || task.end(Ok(())));
        let registering = thread::spawn({
            let (guard, handle) = (Alive::new(&alive), handle.clone());
            move || handle.defer(async move { drop(guard) })
        });
        drop(group);
        leaving.join().expect("the thread does not panic");
        let is_accepted = registering.join().expect("the thread does not panic");
        assert_eq!(alive.load(Ordering::Relaxed), 0, "all of it was dropped");
        assert!(!handle.defer(async {}), "it is over");
        is_accepted
    });
    outcomes.are(&[false, true]);
}
