//! The races of a group, explored by loom: its future on one thread, and children, handles and whoever waits on others.
//!
//! Tasks of a runtime are played by threads: each is let in as a task is, and has its tie to the group, which it drops as the
//! last thing. How these models are run is said at `set::model`.

use std::{
    future::{Future, pending, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use loom::thread;

use super::{
    Group, GroupMode, TaskGroup,
    child::{Cell, Child, Member},
    core::{Abort, Cause, Core, Entered, Sort},
    group,
    kind::{Kind, NoError as _, NoPointer as _, failing, plain},
};
use crate::{
    clock::Endless,
    mode::{Failing, Plain},
    set::model::{Parent, outcomes},
};

/// How often threads are interrupted, with one other thread.
const ONE: usize = 4;
/// The same, with two others.
const TWO: usize = 3;

/// A task that a thread plays.
struct Played<T, M: GroupMode> {
    member: Member<T, M>,
    alive: Alive,
}

/// Counts what is there.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<T, M: GroupMode> Played<T, M> {
    /// Ends with this.
    fn end(self, result: Result<T, M::Error>) {
        let Self { mut member, alive } = self;
        drop(alive);
        member.done(result);
    }
}

/// Lets a task in, if anybody is.
fn spawn<R, T, M: GroupMode>(
    tg: &super::GroupHandle<R, M>,
    alive: Alive,
) -> Option<(Child<T>, Played<T, M>)> {
    let Some(Entered::Start(place)) = tg.core().enter(Sort::InPlace) else {
        return None;
    };
    let cell = Cell::new(tg.core(), place);
    let member = Member::new(Arc::clone(&cell), tg.errors().clone());
    Some((Child::new(cell), Played { member, alive }))
}

/// Polls `future` until it is ready.
fn block_on<F: Future>(future: F) -> F::Output {
    let (parent, waker) = Parent::new();
    let mut future = pin!(future);
    loop {
        let own_wakes = parent.own_wakes.get();
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        if parent.own_wakes.get() > own_wakes {
            thread::yield_now();
        }
        parent.wait();
    }
}

/// A group whose body is this.
fn group_of<'a, R, M: GroupMode, B: Future<Output = M::Output<R>>>(
    kind: Kind<M>,
    limit: Option<usize>,
    body: impl FnOnce(TaskGroup<'a, R, M>) -> B,
) -> (Group<'a, B, R, M, Endless>, TaskGroup<'a, R, M>) {
    let (setup, tg) = group(kind, limit, None, Endless);
    (setup.run(body(tg.clone())), tg)
}

fn fails() -> Kind<Failing<u8>> {
    failing::<u8>().rejoin_error().rejoin_pointer()
}

/// What stops a task that was played.
struct Handle(Arc<AtomicUsize>);

impl Abort for Handle {
    fn abort(self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_last_child_ends_while_the_body_does() {
    let outcomes = outcomes(ONE, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&alive);
        let (group, tg) = group_of(
            plain(),
            None,
            |_| async move { seen.load(Ordering::Relaxed) },
        );
        let (_, task) = spawn(&tg.handle(), Alive::new(&alive)).expect("it is open");
        let thread = thread::spawn(move || task.end(Ok(())));
        let left = block_on(group);
        assert_eq!(alive.load(Ordering::Relaxed), 0, "it was joined");
        thread.join().expect("no panic");
        left
    });
    outcomes.are(&[0, 1]);
}

#[test]
fn the_body_gets_what_a_child_gives() {
    let outcomes = outcomes(ONE, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let (setup, tg) = group::<_, Plain, _>(plain(), None, None, Endless);
        let (child, task) = spawn(&tg.handle(), Alive::new(&alive)).expect("it is open");
        let finished = child.is_finished();
        let thread = thread::spawn(move || task.end(Ok(7)));
        let before = child.is_finished();
        let value = block_on(setup.run(child));
        thread.join().expect("no panic");
        assert!(!finished);
        (value, before)
    });
    outcomes.are(&[(7, false), (7, true)]);
}

#[test]
fn a_stop_against_an_error() {
    let outcomes = outcomes(TWO, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let (group, tg) = group_of(fails(), None, |_| pending());
        let handle = tg.handle();
        let (_, task) = spawn::<_, (), _>(&handle, Alive::new(&alive)).expect("it is open");
        let failing = thread::spawn(move || task.end(Err(7)));
        let stopping = thread::spawn(move || handle.stop(1));
        let end = block_on(group).map_err(|failures| failures.into_iter().collect::<Vec<_>>());
        assert_eq!(alive.load(Ordering::Relaxed), 0, "it was joined");
        failing.join().expect("no panic");
        stopping.join().expect("no panic");
        end
    });
    outcomes.are(&[Ok(1), Err(vec![7])]);
}

#[test]
fn a_stop_against_an_error_against_a_drop() {
    let outcomes = outcomes(TWO, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let kind = failing::<Alive>().rejoin_error().rejoin_pointer();
        let (mut group, tg) = group_of(kind, None, |_| pending::<Result<Alive, _>>());
        let handle = tg.handle();
        let (_, task) = spawn::<_, (), _>(&handle, Alive::new(&alive)).expect("it is open");
        let (parent, waker) = Parent::new();
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut group).poll(&mut cx).is_pending());
        let failing = thread::spawn({
            let error = Alive::new(&alive);
            move || task.end(Err(error))
        });
        let stopping = thread::spawn({
            let (value, handle) = (Alive::new(&alive), tg.handle());
            move || handle.stop(value)
        });
        drop(group);
        let cause = handle.core().cause();
        failing.join().expect("no panic");
        stopping.join().expect("no panic");
        assert!(handle.core().is_joined());
        drop((handle, tg));
        assert_eq!(alive.load(Ordering::Relaxed), 0, "nothing is kept");
        drop(waker);
        assert_eq!(parent.wakers.get(), 0, "nor the waker");
        cause
    });
    outcomes.are(&[
        Some(Cause::Failed),
        Some(Cause::Stopped),
        Some(Cause::Dropped),
    ]);
}

#[test]
fn a_spawn_against_the_end() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| async {});
        let gone = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let (handle, gone) = (tg.handle(), Arc::clone(&gone));
            move || match spawn(&handle, Alive::new(&Arc::default())) {
                Some((_, task)) => {
                    gone.store(1, Ordering::Relaxed);
                    task.end(Ok(()));
                    true
                }
                None => false,
            }
        });
        block_on(group);
        let gone = gone.load(Ordering::Relaxed) == 1;
        let let_in = thread.join().expect("no panic");
        assert!(gone || !let_in, "what was let in was joined");
        let_in
    });
    outcomes.are(&[false, true]);
}

#[test]
fn a_scoped_child_spawned_elsewhere_against_the_end() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| async {});
        let count = Arc::new(AtomicUsize::new(0));
        let child = Alive::new(&count);
        let polled = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let polled = Arc::clone(&polled);
            move || {
                tg.spawn_scoped(async move {
                    polled.store(1, Ordering::Relaxed);
                    drop(child);
                });
            }
        });
        block_on(group);
        thread.join().expect("no panic");
        assert_eq!(count.load(Ordering::Relaxed), 0, "it was dropped");
        polled.load(Ordering::Relaxed)
    });
    outcomes.are(&[0, 1]);
}

#[test]
fn a_place_that_gets_free_while_a_child_queues_for_it() {
    let outcomes = outcomes(ONE, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let (group, tg) = group_of(plain(), Some(1), |tg| async move {
            let child = tg.spawn_scoped(async { 7 });
            let waits = !child.is_finished();
            (child.await, waits)
        });
        let (_, task) = spawn(&tg.handle(), Alive::new(&alive)).expect("it is open");
        let first = Arc::clone(&alive);
        let thread = thread::spawn(move || task.end(Ok(())));
        let (value, _) = block_on(group);
        thread.join().expect("no panic");
        (value, first.load(Ordering::Relaxed))
    });
    outcomes.are(&[(7, 0)]);
}

#[test]
fn a_place_that_gets_free_while_it_is_waited_for() {
    let outcomes = outcomes(ONE, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let (group, tg) = group_of(plain(), Some(1), |tg| async move {
            let mut polls = 0;
            let mut ready = pin!(tg.ready());
            poll_fn(|cx| {
                polls += 1;
                ready.as_mut().poll(cx)
            })
            .await;
            polls
        });
        let (_, task) = spawn(&tg.handle(), Alive::new(&alive)).expect("it is open");
        let thread = thread::spawn(move || task.end(Ok(())));
        let polls = block_on(group);
        thread.join().expect("no panic");
        polls
    });
    outcomes.are(&[1, 2]);
}

#[test]
fn whoever_waits_for_the_end_is_told() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| async {});
        let thread = thread::spawn({
            let cancelled = tg.handle().cancelled();
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
        block_on(group);
        thread.join().expect("no panic")
    });
    outcomes.are(&[1, 2]);
}

#[test]
fn a_child_is_cancelled_while_it_ends() {
    let outcomes = outcomes(ONE, || {
        let (_group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (child, task) = spawn(&tg.handle(), Alive::new(&Arc::default())).expect("it is open");
        let thread = thread::spawn(move || {
            if task.member.is_cancelled() {
                drop(task);
            } else {
                task.end(Ok(7));
            }
        });
        let output = block_on(child.cancel());
        thread.join().expect("no panic");
        assert!(tg.handle().core().is_joined());
        output
    });
    outcomes.are(&[None, Some(7)]);
}

/// A task may be gone before whoever has spawned it knows its handle.
#[test]
fn a_task_that_starts_against_its_end_and_an_abort() {
    let outcomes = outcomes(TWO, || {
        let core = Arc::new(Core::<Handle, ()>::new(None));
        let Some(Entered::Start(place)) = core.enter(Sort::Task) else {
            panic!("it is open");
        };
        let leaving = thread::spawn({
            let core = Arc::clone(&core);
            move || core.leave(place, false)
        });
        let ending = thread::spawn({
            let core = Arc::clone(&core);
            move || {
                core.end(Cause::Dropped);
                core.abort();
            }
        });
        let aborts = Arc::new(AtomicUsize::new(0));
        core.spawn(place, || Handle(Arc::clone(&aborts)));
        leaving.join().expect("no panic");
        ending.join().expect("no panic");
        assert!(core.is_joined());
        aborts.load(Ordering::Relaxed)
    });
    outcomes.are(&[0, 1]);
}

#[test]
fn a_task_that_starts_against_an_abort() {
    let outcomes = outcomes(ONE, || {
        let core = Arc::new(Core::<Handle, ()>::new(None));
        let Some(Entered::Start(place)) = core.enter(Sort::Task) else {
            panic!("it is open");
        };
        let ending = thread::spawn({
            let core = Arc::clone(&core);
            move || {
                core.end(Cause::Dropped);
                core.abort();
            }
        });
        let aborts = Arc::new(AtomicUsize::new(0));
        core.spawn(place, || Handle(Arc::clone(&aborts)));
        let started_first = aborts.load(Ordering::Relaxed) == 0;
        ending.join().expect("no panic");
        (started_first, aborts.load(Ordering::Relaxed))
    });
    outcomes.are(&[(false, 1), (true, 1)]);
}
