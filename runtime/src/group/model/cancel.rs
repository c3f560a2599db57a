//! The races of cancelling one child, or all tasks of a group.

use std::{future::pending, sync::Arc};

use loom::thread;

use super::{Alive, Canceller, Noticed, ONE, TWO, block_on, group_of, plain, spawn};
use crate::set::model::{Parent, outcomes};

#[test]
fn a_child_is_cancelled_while_it_ends() {
    let outcomes = outcomes(ONE, || {
        let (_group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (child, task) =
            spawn(&tg.handle(), Alive::new(&Arc::default())).expect("the group is open");
        let thread = thread::spawn(move || {
            if task.is_cancelled() {
                drop(task);
            } else {
                task.end(Ok(7));
            }
        });
        let output = block_on(child.cancel());
        thread.join().expect("the thread does not panic");
        assert!(tg.handle().core().is_joined());
        output
    });
    outcomes.are(&[None, Some(7)]);
}

/// The child sees the cancellation before it waits, or its canceller wakes it.
#[test]
fn a_child_is_cancelled_while_it_begins_to_wait() {
    let outcomes = outcomes(ONE, || {
        let (_group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (child, task) = spawn::<_, (), _>(&tg.handle(), Alive::new(&Arc::default()))
            .expect("the group is open");
        let thread = thread::spawn(move || task.wait_until_cancelled());
        let output = block_on(child.cancel());
        assert_eq!(output, None);
        thread.join().expect("the thread does not panic")
    });
    outcomes.are(&[Noticed::BeforePoll, Noticed::AtRegister, Noticed::WhenWoken]);
}

#[test]
fn tasks_are_aborted_while_one_begins_to_wait() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (_, task) = spawn::<_, (), _>(&tg.handle(), Alive::new(&Arc::default()))
            .expect("the group is open");
        let thread = thread::spawn(move || task.wait_until_cancelled());
        drop(group);
        let noticed = thread.join().expect("the thread does not panic");
        assert!(tg.handle().core().is_joined());
        noticed
    });
    outcomes.are(&[Noticed::BeforePoll, Noticed::AtRegister, Noticed::WhenWoken]);
}

/// Both cancel the child, and the first of them wakes it.
#[test]
fn a_child_is_cancelled_while_tasks_are_aborted_and_it_begins_to_wait() {
    let outcomes = outcomes(TWO, || {
        let (group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (child, task) = spawn::<_, (), _>(&tg.handle(), Alive::new(&Arc::default()))
            .expect("the group is open");
        let waiting = thread::spawn(move || task.wait_until_cancelled());
        let cancelling = thread::spawn(move || block_on(child.cancel()));
        drop(group);
        assert_eq!(cancelling.join().expect("the thread does not panic"), None);
        let noticed = waiting.join().expect("the thread does not panic");
        assert!(tg.handle().core().is_joined());
        noticed
    });
    outcomes.are(&[Noticed::BeforePoll, Noticed::AtRegister, Noticed::WhenWoken]);
}

/// A child that ends deregisters its canceller.
#[test]
fn a_pending_child_ends_while_tasks_are_aborted() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (_, mut task) =
            spawn(&tg.handle(), Alive::new(&Arc::default())).expect("the group is open");
        let (parent, waker) = Parent::new();
        assert!(task.register(Canceller::Wake(waker)).is_ok());
        let thread = thread::spawn(move || task.end(Ok(())));
        drop(group);
        thread.join().expect("the thread does not panic");
        assert!(tg.handle().core().is_joined());
        assert_eq!(parent.wakers.get(), 0);
        parent.wakes.get()
    });
    outcomes.are(&[0, 1]);
}
