//! The races of a group with the one that it is in: each of them starts, ends, is dropped or aborts while the other does.

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

use super::{Alive, Cause, Core, ONE, Sort, TWO, block_on, group_of, plain, spawn};
use crate::{panics::Panics, set::model::outcomes, timeout::Timeout};

/// How long orphans may go on. No model lasts that long.
const GRACE: Option<Duration> = Some(Duration::from_secs(3600));

/// A group, and one that is linked to it; in the first there is a task, which polls the second.
fn linked(grace: Option<Duration>) -> (Arc<Core<u8>>, Arc<Core<u8>>) {
    let grace = grace.map(|grace| Timeout::new(grace, "`grace`"));
    let [outer, inner] = [grace, None].map(|grace| Arc::new(Core::new(None, grace)));
    assert!(outer.enter(Sort::Task).is_some());
    inner.link(Arc::clone(&outer));
    (outer, inner)
}

/// What the future of a group does when that is cancelled.
fn ends(group: &Core<u8>, cause: Cause) {
    let mut panics = Panics::default();
    group.end(cause);
    group.call_off(&mut panics);
    group.unwind(&mut panics);
    assert!(!panics.is_some());
}

/// What the drop of a group's future does.
fn dropped(group: &Core<u8>) -> bool {
    ends(group, Cause::Dropped);
    let panicked = group.take_panic().is_some();
    group.orphan();
    panicked
}

/// Nothing of the groups in this one is left in it.
fn keeps_nothing(group: &Core<u8>) -> bool {
    group.tell_nested(&mut Panics::default());
    group.abort_orphans(Instant::now()).is_none() && group.knows_nobody()
}

/// It is aborted, whether the outer one finds it or it finds the outer one so.
#[test]
fn an_inner_group_starts_while_the_outer_one_aborts() {
    let outcomes = outcomes(ONE, || {
        let outer = Arc::new(Core::<u8>::new(None, None));
        assert!(outer.enter(Sort::Task).is_some());
        let thread = thread::spawn({
            let outer = Arc::clone(&outer);
            move || {
                let inner = Arc::new(Core::new(None, None));
                inner.link(Arc::clone(&outer));
                let told = inner.is_told();
                let entered = inner.enter(Sort::Task).is_some();
                if entered {
                    inner.leave(Sort::Task);
                }
                (inner, told, entered)
            }
        });
        ends(&outer, Cause::Stopped);
        outer.abort();
        let (inner, told, entered) = thread.join().expect("no panic");
        assert!(inner.is_told() && inner.is_aborted());
        assert_eq!(inner.cause(), Some(Cause::Cut));
        // The task that polled it drops it.
        dropped(&inner);
        assert!(keeps_nothing(&outer));
        outer.leave(Sort::Task);
        assert!(outer.is_joined());
        (told, entered)
    });
    outcomes.are(&[(false, false), (false, true), (true, false), (true, true)]);
}

/// Whoever waits for it is woken, or sees it.
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
        thread.join().expect("no panic")
    });
    outcomes.are(&[1, 2]);
}

/// The outer group is over only when the task is gone, whether that was let in before or not.
#[test]
fn a_task_comes_to_an_inner_group_while_the_outer_one_ends() {
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
                let called_off = task.is_called_off();
                gone.store(1, Ordering::Relaxed);
                task.end(Ok(()));
                Some(called_off)
            }
        });
        block_on(outer);
        let gone = gone.load(Ordering::Relaxed) == 1;
        let called_off = thread.join().expect("no panic");
        assert!(gone || called_off.is_none(), "what was let in was joined");
        if called_off.is_none() {
            assert!(inner.is_cancelled(), "it was cut");
        }
        called_off
    });
    outcomes.are(&[None, Some(false), Some(true)]);
}

/// Nothing of it is left in the outer one, which may have set a deadline for it.
#[test]
fn an_inner_group_is_dropped_while_its_last_task_ends() {
    let outcomes = outcomes(ONE, || {
        let (outer, inner) = linked(GRACE);
        assert!(inner.enter(Sort::Task).is_some());
        let thread = thread::spawn({
            let inner = Arc::clone(&inner);
            move || inner.leave(Sort::Task)
        });
        dropped(&inner);
        let has_deadline = outer.has_orphans();
        thread.join().expect("no panic");
        assert!(inner.is_over() && !inner.is_aborted());
        assert!(keeps_nothing(&outer));
        outer.leave(Sort::Task);
        assert!(outer.is_joined());
        has_deadline
    });
    outcomes.are(&[false, true]);
}

/// Its tasks are aborted by one of the two.
#[test]
fn an_inner_group_is_dropped_while_the_outer_one_aborts() {
    let outcomes = outcomes(ONE, || {
        let (outer, inner) = linked(GRACE);
        assert!(inner.enter(Sort::Task).is_some());
        let thread = thread::spawn({
            let outer = Arc::clone(&outer);
            move || {
                ends(&outer, Cause::Stopped);
                outer.abort();
            }
        });
        dropped(&inner);
        let had_deadline = outer.has_orphans();
        let cause = inner.cause();
        thread.join().expect("no panic");
        assert!(inner.is_aborted());
        assert!(!outer.is_joined());
        inner.leave(Sort::Task);
        assert!(keeps_nothing(&outer));
        outer.leave(Sort::Task);
        assert!(outer.is_over());
        (cause, had_deadline)
    });
    outcomes
        .include("dropped first", |(cause, _)| *cause == Some(Cause::Dropped))
        .include("cut first", |(cause, _)| *cause == Some(Cause::Cut))
        .include("in time to get a deadline", |(_, deadline)| *deadline)
        .include("too late to get one", |(_, deadline)| !*deadline);
}

/// Its last task leaves, its future is dropped, and the task that held that leaves the outer group, which ends: it is joined once
/// all have left, and told of it.
#[test]
fn the_outer_group_ends_while_an_inner_one_is_dropped_and_its_task_ends() {
    let outcomes = outcomes(TWO - 1, || {
        let (outer, inner) = linked(None);
        assert!(inner.enter(Sort::Task).is_some());
        let gone = Arc::new(AtomicUsize::new(0));
        let task = thread::spawn({
            let (inner, gone) = (Arc::clone(&inner), Arc::clone(&gone));
            move || {
                let aborted = inner.is_aborted();
                gone.fetch_add(1, Ordering::Relaxed);
                inner.leave(Sort::Task);
                aborted
            }
        });
        let holder = thread::spawn({
            let (outer, inner, gone) = (Arc::clone(&outer), Arc::clone(&inner), Arc::clone(&gone));
            move || {
                dropped(&inner);
                gone.fetch_add(1, Ordering::Relaxed);
                outer.leave(Sort::Task);
            }
        });
        ends(&outer, Cause::Stopped);
        outer.abort();
        let joined = outer.is_joined();
        assert!(!joined || gone.load(Ordering::Relaxed) == 2);
        let aborted = task.join().expect("no panic");
        holder.join().expect("no panic");
        assert!(outer.is_over() && inner.is_over());
        assert!(keeps_nothing(&outer));
        (joined, aborted)
    });
    outcomes.are(&[(false, false), (false, true), (true, false), (true, true)]);
}

/// Either the inner future has it, which is being dropped, or the outer group.
#[test]
fn a_task_panics_while_its_group_is_dropped() {
    let outcomes = outcomes(ONE, || {
        let (outer, inner) = linked(GRACE);
        assert!(inner.enter(Sort::Task).is_some());
        let thread = thread::spawn({
            let inner = Arc::clone(&inner);
            move || {
                inner.panicked(Box::new("of a task"));
                inner.leave(Sort::Task);
            }
        });
        let own = dropped(&inner);
        thread.join().expect("no panic");
        let passed_on = outer.take_panic().is_some();
        assert!(own != passed_on, "one of them has it");
        assert_eq!(outer.cause(), passed_on.then_some(Cause::Panicked));
        passed_on
    });
    outcomes.are(&[false, true]);
}

/// Three deep: the innermost task is aborted, and the outermost waits for it.
#[test]
fn a_task_deep_inside_ends_while_the_outermost_group_aborts() {
    let outcomes = outcomes(ONE, || {
        let (outer, middle) = linked(None);
        let inner = Arc::new(Core::<u8>::new(None, None));
        inner.link(Arc::clone(&middle));
        assert!(inner.enter(Sort::Task).is_some());
        let thread = thread::spawn({
            let inner = Arc::clone(&inner);
            move || {
                let aborted = inner.is_aborted();
                inner.leave(Sort::Task);
                aborted
            }
        });
        ends(&outer, Cause::Stopped);
        outer.abort();
        dropped(&inner);
        dropped(&middle);
        outer.leave(Sort::Task);
        let joined = outer.is_joined();
        let aborted = thread.join().expect("no panic");
        assert!(
            [&outer, &middle, &inner]
                .iter()
                .all(|group| group.is_over())
        );
        assert!(keeps_nothing(&outer) && keeps_nothing(&middle));
        (joined, aborted)
    });
    outcomes.are(&[(false, false), (false, true), (true, false), (true, true)]);
}
