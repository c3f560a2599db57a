//! The races of a nested group with the group around it: each of them starts, ends, is dropped or aborts while the other does.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use loom::thread;
use tokio::time::Instant;

use super::{Alive, ChildKind, EndCause, ONE, TWO, block_on, group_of, plain, spawn};
use crate::{group::core::Core, panics::Panics, set::model::outcomes, timeout::Timeout};

/// How long orphans may run on. No model takes that long.
const GRACE: Option<Duration> = Some(Duration::from_secs(3600));

/// Creates an outer group with a task, and an inner group that this task polls.
fn linked(grace: Option<Duration>) -> (Arc<Core<u8>>, Arc<Core<u8>>) {
    let grace = grace.map(|grace| Timeout::new(grace, "`grace`"));
    let [outer, inner] = [grace, None].map(|grace| Arc::new(Core::new(None, grace)));
    assert!(outer.enter(ChildKind::Task).is_some());
    inner.link(Arc::clone(&outer));
    (outer, inner)
}

/// Cancels a group as its future does.
fn end(group: &Core<u8>, cause: EndCause) {
    let mut panics = Panics::default();
    group.end(cause);
    group.cancel_waiting(&mut panics);
    group.body_dropped(&mut panics);
    assert!(!panics.is_some());
}

/// Drops a group's future. Returns whether it had a panic to resume.
fn drop_future(group: &Arc<Core<u8>>) -> bool {
    end(group, EndCause::Dropped);
    let panicked = group.take_panic().is_some();
    group.orphan();
    panicked
}

/// Returns whether the group has forgotten all nested groups.
fn has_no_nested(group: &Core<u8>) -> bool {
    group.wake_nested(&mut Panics::default());
    group.abort_orphans(Instant::now()).is_none() && group.inner.lock().nested.is_empty()
}

/// The inner group is aborted, whichever of the two sees the other.
#[test]
fn an_inner_group_starts_while_the_outer_one_aborts() {
    let outcomes = outcomes(ONE, || {
        let outer = Arc::new(Core::<u8>::new(None, None));
        assert!(outer.enter(ChildKind::Task).is_some());
        let thread = thread::spawn({
            let outer = Arc::clone(&outer);
            move || {
                let inner = Arc::new(Core::new(None, None));
                inner.link(Arc::clone(&outer));
                let is_cancelled = inner.is_cancelled();
                let entered = inner.enter(ChildKind::Task).is_some();
                if entered {
                    inner.leave(ChildKind::Task);
                }
                (inner, is_cancelled, entered)
            }
        });
        end(&outer, EndCause::Stopped);
        outer.abort();
        let (inner, is_cancelled, entered) = thread.join().expect("the thread does not panic");
        assert!(inner.is_cancelled() && inner.is_aborted());
        assert_eq!(inner.cause(), Some(EndCause::ParentAborted));
        // The task that has polled the future drops it.
        drop_future(&inner);
        assert!(has_no_nested(&outer));
        outer.leave(ChildKind::Task);
        assert!(outer.is_joined());
        (is_cancelled, entered)
    });
    outcomes.are(&[(false, false), (false, true), (true, false), (true, true)]);
}

/// The task sees the end, or is woken.
#[test]
fn a_task_of_an_inner_group_waits_for_the_end_while_the_outer_one_is_cancelled() {
    let outcomes = outcomes(ONE, || {
        let (_inner, inner) = group_of(plain(), None, |_| std::future::pending::<()>());
        let (outer, outer_tg) = group_of(plain(), None, |_| async {});
        let inner = inner.handle();
        inner.core().link(Arc::clone(outer_tg.handle().core()));
        let thread = thread::spawn({
            let cancelled = inner.cancelled();
            move || {
                let mut cancelled = pin!(cancelled);
                let mut polls = 0;
                block_on(poll_fn(|cx| {
                    polls += 1;
                    cancelled.as_mut().poll(cx)
                }));
                polls
            }
        });
        block_on(outer);
        assert!(inner.is_cancelled());
        thread.join().expect("the thread does not panic")
    });
    outcomes.are(&[1, 2]);
}

/// The outer group is over only when the task is gone, if the task has entered.
#[test]
fn a_task_enters_an_inner_group_while_the_outer_one_ends() {
    let outcomes = outcomes(ONE, || {
        let (_inner, inner) = group_of(plain(), None, |_| std::future::pending::<()>());
        let (outer, outer_tg) = group_of(plain(), None, |_| async {});
        let inner = inner.handle();
        inner.core().link(Arc::clone(outer_tg.handle().core()));
        let gone = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let (inner, gone) = (inner.clone(), Arc::clone(&gone));
            move || {
                let (_, task) = spawn::<_, (), _>(&inner, Alive::new(&Arc::default()))?;
                let is_cancelled = task.is_cancelled();
                gone.store(1, Ordering::Relaxed);
                task.end(Ok(()));
                Some(is_cancelled)
            }
        });
        block_on(outer);
        let gone = gone.load(Ordering::Relaxed) == 1;
        let is_cancelled = thread.join().expect("the thread does not panic");
        assert!(
            gone || is_cancelled.is_none(),
            "a task that entered was joined"
        );
        if is_cancelled.is_none() {
            assert!(inner.is_cancelled(), "the inner group is cancelled");
        }
        is_cancelled
    });
    outcomes.are(&[None, Some(false), Some(true)]);
}

/// The outer group forgets the inner one, for which it may have set a deadline.
#[test]
fn an_inner_group_is_dropped_while_its_last_task_ends() {
    let outcomes = outcomes(ONE, || {
        let (outer, inner) = linked(GRACE);
        assert!(inner.enter(ChildKind::Task).is_some());
        let thread = thread::spawn({
            let inner = Arc::clone(&inner);
            move || inner.leave(ChildKind::Task)
        });
        drop_future(&inner);
        let has_deadline = outer.has_orphans();
        thread.join().expect("the thread does not panic");
        assert!(inner.is_over() && !inner.is_aborted());
        assert!(has_no_nested(&outer));
        outer.leave(ChildKind::Task);
        assert!(outer.is_joined());
        has_deadline
    });
    outcomes.are(&[false, true]);
}

/// One of the two aborts its tasks.
#[test]
fn an_inner_group_is_dropped_while_the_outer_one_aborts() {
    let outcomes = outcomes(ONE, || {
        let (outer, inner) = linked(GRACE);
        assert!(inner.enter(ChildKind::Task).is_some());
        let thread = thread::spawn({
            let outer = Arc::clone(&outer);
            move || {
                end(&outer, EndCause::Stopped);
                outer.abort();
            }
        });
        drop_future(&inner);
        let had_deadline = outer.has_orphans();
        let cause = inner.cause();
        thread.join().expect("the thread does not panic");
        assert!(inner.is_aborted());
        assert!(!outer.is_joined());
        inner.leave(ChildKind::Task);
        assert!(has_no_nested(&outer));
        outer.leave(ChildKind::Task);
        assert!(outer.is_over());
        (cause, had_deadline)
    });
    outcomes
        .include("dropped first", |(cause, _)| {
            *cause == Some(EndCause::Dropped)
        })
        .include("aborted first", |(cause, _)| {
            *cause == Some(EndCause::ParentAborted)
        })
        .include("in time to get a deadline", |(_, deadline)| *deadline)
        .include("too late to get a deadline", |(_, deadline)| !*deadline);
}

/// The last task of the inner group leaves. The task that holds the inner future drops it and leaves the outer group, which is
/// ending. The outer group is joined when both tasks have left.
#[test]
fn the_outer_group_ends_while_an_inner_one_is_dropped_and_its_task_ends() {
    let outcomes = outcomes(TWO - 1, || {
        let (outer, inner) = linked(None);
        assert!(inner.enter(ChildKind::Task).is_some());
        let gone = Arc::new(AtomicUsize::new(0));
        let task = thread::spawn({
            let (inner, gone) = (Arc::clone(&inner), Arc::clone(&gone));
            move || {
                let aborted = inner.is_aborted();
                gone.fetch_add(1, Ordering::Relaxed);
                inner.leave(ChildKind::Task);
                aborted
            }
        });
        let holder = thread::spawn({
            let (outer, inner, gone) = (Arc::clone(&outer), Arc::clone(&inner), Arc::clone(&gone));
            move || {
                drop_future(&inner);
                gone.fetch_add(1, Ordering::Relaxed);
                outer.leave(ChildKind::Task);
            }
        });
        end(&outer, EndCause::Stopped);
        outer.abort();
        let joined = outer.is_joined();
        assert!(!joined || gone.load(Ordering::Relaxed) == 2);
        let aborted = task.join().expect("the thread does not panic");
        holder.join().expect("the thread does not panic");
        assert!(outer.is_over() && inner.is_over());
        assert!(has_no_nested(&outer));
        (joined, aborted)
    });
    outcomes.are(&[(false, false), (false, true), (true, false), (true, true)]);
}

/// The panic reaches the inner future, which is being dropped, or the outer group.
#[test]
fn a_task_panics_while_its_group_is_dropped() {
    let outcomes = outcomes(ONE, || {
        let (outer, inner) = linked(GRACE);
        assert!(inner.enter(ChildKind::Task).is_some());
        let thread = thread::spawn({
            let inner = Arc::clone(&inner);
            move || {
                inner.panicked(Box::new("of a task"));
                inner.leave(ChildKind::Task);
            }
        });
        let is_own = drop_future(&inner);
        thread.join().expect("the thread does not panic");
        let passed_on = outer.take_panic().is_some();
        assert!(is_own != passed_on, "one of the two has it");
        assert_eq!(outer.cause(), passed_on.then_some(EndCause::Panicked));
        passed_on
    });
    outcomes.are(&[false, true]);
}

/// A group in a group in a group: the task of the innermost group is aborted, and the outermost group waits for it.
#[test]
fn a_task_of_the_innermost_group_ends_while_the_outermost_group_aborts() {
    let outcomes = outcomes(ONE, || {
        let (outer, middle) = linked(None);
        let inner = Arc::new(Core::<u8>::new(None, None));
        inner.link(Arc::clone(&middle));
        assert!(inner.enter(ChildKind::Task).is_some());
        let thread = thread::spawn({
            let inner = Arc::clone(&inner);
            move || {
                let aborted = inner.is_aborted();
                inner.leave(ChildKind::Task);
                aborted
            }
        });
        end(&outer, EndCause::Stopped);
        outer.abort();
        drop_future(&inner);
        drop_future(&middle);
        outer.leave(ChildKind::Task);
        let joined = outer.is_joined();
        let aborted = thread.join().expect("the thread does not panic");
        assert!(
            [&outer, &middle, &inner]
                .iter()
                .all(|group| group.is_over())
        );
        assert!(has_no_nested(&outer) && has_no_nested(&middle));
        (joined, aborted)
    });
    outcomes.are(&[(false, false), (false, true), (true, false), (true, true)]);
}
