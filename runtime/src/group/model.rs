//! The races of a group, explored by loom: its future on one thread, and children, handles and whoever waits on others.
//!
//! Tasks of a runtime are played by threads: each is let in as a task is, and has its tie to the group, which it drops as the
//! last thing. How these models are run is said at `set::model`.

mod links;

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
    bell::Wakes,
    child::{Cell, Child},
    core::{Core, Sort},
    group,
    kind::{Kind, NoError as _, NoPointer as _, failing, plain},
    places::{Entered, Next, Waiting},
    running::Member,
    state::{Cause, State},
    stops::Stop,
    sync::AtomicBool,
    watchers::{Event, Watch},
    work::Outlet,
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
    outlet: Outlet<T, M>,
    alive: Option<Alive>,
    member: Member,
}

impl<T, M: GroupMode> Drop for Played<T, M> {
    fn drop(&mut self) {
        self.alive = None;
        self.member.ends_dropped(self.outlet.head());
    }
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
    fn end(mut self, result: Result<T, M::Error>) {
        self.alive = None;
        self.member.ends();
        self.outlet.give(result, &mut self.member);
    }

    fn is_called_off(&self) -> bool {
        self.member.is_called_off(self.outlet.head())
    }

    /// It waits, and is stopped by this.
    fn park(&mut self, stop: Stop) -> Result<(), Stop> {
        self.member.park(self.outlet.head(), stop)
    }
}

/// How a child learned that it was called off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Told {
    Unpolled,
    AsItWaits,
    Woken,
}

impl<T, M: GroupMode> Played<T, M> {
    /// Goes a task's way up to its end: it is polled, and waits, until it is called off.
    fn waits(mut self) -> Told {
        if self.is_called_off() {
            return Told::Unpolled;
        }
        let (parent, waker) = Parent::new();
        if self.park(Stop::Wake(waker)).is_err() {
            return Told::AsItWaits;
        }
        parent.wait();
        assert!(self.is_called_off());
        Told::Woken
    }
}

/// Lets a task in, if anybody is.
fn spawn<R, T, M: GroupMode>(
    tg: &super::GroupHandle<R, M>,
    alive: Alive,
) -> Option<(Child<T>, Played<T, M>)> {
    let entered = tg.core().enter(Sort::Task)?;
    assert!(entered != Entered::Wait, "there is a place");
    let cell = Cell::new(tg.core());
    let played = Played {
        outlet: Outlet::new(tg.errors().clone(), Some(Arc::clone(&cell))),
        alive: Some(alive),
        member: Member::new(tg.core(), Sort::Task, entered),
    };
    Some((Child::new(cell, None), played))
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

/// Whether the last child leaves before the body has been dropped or after it.
#[test]
fn whoever_waits_until_the_group_is_over_is_told() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| async {});
        let handle = tg.handle();
        let (_, task) =
            spawn::<_, (), _>(&handle, Alive::new(&Arc::default())).expect("it is open");
        let mut over = Watch::new(handle.core(), Event::Over);
        let thread = thread::spawn(move || {
            handle.stop(());
            task.end(Ok(()));
            drop(group);
        });
        let mut polls = 0;
        block_on(poll_fn(|cx| {
            polls += 1;
            over.poll(cx)
        }));
        assert!(over.core().is_over());
        thread.join().expect("no panic");
        polls
    });
    outcomes.are(&[1, 2]);
}

/// The same, where the group's future ends while the task does.
#[test]
fn whoever_waits_until_the_group_is_over_is_told_by_the_last() {
    let outcomes = outcomes(TWO - 1, || {
        let (group, tg) = group_of(plain(), None, |_| async {});
        let handle = tg.handle();
        let (_, task) =
            spawn::<_, (), _>(&handle, Alive::new(&Arc::default())).expect("it is open");
        let mut over = Watch::new(handle.core(), Event::Over);
        let leaving = thread::spawn(move || task.end(Ok(())));
        let ending = thread::spawn(move || drop(group));
        block_on(poll_fn(|cx| over.poll(cx)));
        assert!(over.core().is_over());
        leaving.join().expect("no panic");
        ending.join().expect("no panic");
    });
    outcomes.are(&[()]);
}

#[test]
fn a_child_is_cancelled_while_it_ends() {
    let outcomes = outcomes(ONE, || {
        let (_group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (child, task) = spawn(&tg.handle(), Alive::new(&Arc::default())).expect("it is open");
        let thread = thread::spawn(move || {
            if task.is_called_off() {
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

/// A child that polls once and then waits: it is told either before, or by what it has left.
#[test]
fn a_child_is_cancelled_while_it_begins_to_wait() {
    let outcomes = outcomes(ONE, || {
        let (_group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (child, task) =
            spawn::<_, (), _>(&tg.handle(), Alive::new(&Arc::default())).expect("it is open");
        let thread = thread::spawn(move || task.waits());
        let output = block_on(child.cancel());
        assert_eq!(output, None);
        thread.join().expect("no panic")
    });
    outcomes.are(&[Told::Unpolled, Told::AsItWaits, Told::Woken]);
}

#[test]
fn tasks_are_aborted_while_one_begins_to_wait() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (_, task) =
            spawn::<_, (), _>(&tg.handle(), Alive::new(&Arc::default())).expect("it is open");
        let thread = thread::spawn(move || task.waits());
        drop(group);
        let told = thread.join().expect("no panic");
        assert!(tg.handle().core().is_joined());
        told
    });
    outcomes.are(&[Told::Unpolled, Told::AsItWaits, Told::Woken]);
}

/// A child is told by both, and whoever is first wakes it.
#[test]
fn a_child_is_cancelled_while_tasks_are_aborted_and_it_begins_to_wait() {
    let outcomes = outcomes(TWO, || {
        let (group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (child, task) =
            spawn::<_, (), _>(&tg.handle(), Alive::new(&Arc::default())).expect("it is open");
        let waiting = thread::spawn(move || task.waits());
        let cancelling = thread::spawn(move || block_on(child.cancel()));
        drop(group);
        assert_eq!(cancelling.join().expect("no panic"), None);
        let told = waiting.join().expect("no panic");
        assert!(tg.handle().core().is_joined());
        told
    });
    outcomes.are(&[Told::Unpolled, Told::AsItWaits, Told::Woken]);
}

/// What stops a child is taken back when it ends, and not left behind.
#[test]
fn a_child_that_waits_ends_while_tasks_are_aborted() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| pending::<()>());
        let (_, mut task) = spawn(&tg.handle(), Alive::new(&Arc::default())).expect("it is open");
        let (parent, waker) = Parent::new();
        assert!(task.park(Stop::Wake(waker)).is_ok());
        let thread = thread::spawn(move || task.end(Ok(())));
        drop(group);
        thread.join().expect("no panic");
        assert!(tg.handle().core().is_joined());
        assert_eq!(parent.wakers.get(), 0);
        parent.wakes.get()
    });
    outcomes.are(&[0, 1]);
}

// ---- the state ----

#[test]
fn a_child_enters_against_the_normal_end() {
    let outcomes = outcomes(ONE, || {
        let state = Arc::new(State::new());
        let thread = thread::spawn({
            let state = Arc::clone(&state);
            move || {
                let enters = state.enter(false);
                (enters, enters && state.leave(false))
            }
        });
        state.join();
        let cause = state.cause();
        let (enters, tells) = thread.join().expect("no panic");
        assert!(state.is_empty());
        if cause.is_none() {
            // The group was open, so the child had come; and if it has not told, it had left.
            assert!(enters);
            state.join();
            assert_eq!(state.cause(), Some(Cause::Done));
        }
        (cause, enters, tells)
    });
    outcomes.are(&[
        (None, true, true),
        (Some(Cause::Done), false, false),
        (Some(Cause::Done), true, false),
    ]);
}

/// Such a group never ends as if the child had run.
#[test]
fn a_child_is_lost_while_the_body_ends() {
    let outcomes = outcomes(ONE, || {
        let state = Arc::new(State::new());
        assert!(state.enter(false));
        let thread = thread::spawn({
            let state = Arc::clone(&state);
            move || {
                state.lose();
                state.leave(false)
            }
        });
        state.join();
        let cause = state.cause();
        let tells = thread.join().expect("no panic");
        (cause, tells)
    });
    outcomes.are(&[
        // The body has ended first, so the group is told to look again.
        (None, true),
        // The group ends by it, and is told that the child is gone, or finds that out.
        (Some(Cause::Panicked), false),
        (Some(Cause::Panicked), true),
    ]);
}

/// Of two children and a body, whoever is last ends the group, or tells it to.
#[test]
fn children_leave_while_the_body_ends() {
    let outcomes = outcomes(TWO, || {
        let state = Arc::new(State::new());
        let leaves = |daemon| {
            assert!(state.enter(daemon));
            let state = Arc::clone(&state);
            thread::spawn(move || state.leave(daemon))
        };
        let (member, daemon) = (leaves(false), leaves(true));
        state.join();
        let ended = !state.is_open();
        let told = member.join().expect("no panic");
        let daemon_told = daemon.join().expect("no panic");
        assert!(ended != told, "one of them");
        assert!(state.is_empty());
        (told, daemon_told)
    });
    outcomes.are(&[(false, false), (false, true), (true, false)]);
}

#[test]
fn the_last_who_leaves_a_group_that_is_ending_tells() {
    let outcomes = outcomes(TWO, || {
        let state = Arc::new(State::new());
        let leaves = |daemon| {
            assert!(state.enter(daemon));
            let state = Arc::clone(&state);
            thread::spawn(move || state.leave(daemon))
        };
        let (member, daemon) = (leaves(false), leaves(true));
        assert!(state.end(Cause::Stopped));
        assert!(!state.enter(false), "nobody enters any more");
        state.unwind();
        let over = state.is_over();
        let told = [member, daemon].map(|thread| thread.join().expect("no panic"));
        let told = told.into_iter().filter(|told| *told).count();
        assert!(over || told == 1, "it is told, or finds it out");
        told
    });
    outcomes.are(&[0, 1]);
}

#[test]
fn of_two_causes_one_ends_the_group() {
    let outcomes = outcomes(ONE, || {
        let state = Arc::new(State::new());
        let thread = thread::spawn({
            let state = Arc::clone(&state);
            move || state.end(Cause::Failed)
        });
        let stopped = state.end(Cause::Stopped);
        let failed = thread.join().expect("no panic");
        assert!(stopped != failed);
        state.cause()
    });
    outcomes.are(&[Some(Cause::Failed), Some(Cause::Stopped)]);
}

/// Who finds that all are gone sees what they have done.
#[test]
fn what_children_have_done_is_seen_when_they_are_gone() {
    let outcomes = outcomes(TWO, || {
        let state = Arc::new(State::new());
        let works = |daemon| {
            assert!(state.enter(daemon));
            // Nothing but the state may order this.
            let done = Arc::new(AtomicBool::new(false));
            let (own, state) = (Arc::clone(&done), Arc::clone(&state));
            let thread = thread::spawn(move || {
                own.store(true, Ordering::Relaxed);
                state.leave(daemon);
            });
            (done, thread)
        };
        let children = [works(false), works(true)];
        state.end(Cause::Stopped);
        state.unwind();
        let over = state.is_over();
        for (done, thread) in children {
            assert!(!over || done.load(Ordering::Relaxed));
            thread.join().expect("no panic");
        }
        assert!(state.is_over());
        over
    });
    outcomes.are(&[false, true]);
}

// ---- places ----

/// A place is handed on, or the group is called, which gives it away: the queue does not lie there.
#[test]
fn a_place_is_handed_on_while_a_child_queues_for_it() {
    let outcomes = outcomes(ONE, || {
        let core = Arc::new(Core::<u8>::new(Some(1), None));
        assert!(core.enter(Sort::Task) == Some(Entered::Placed));
        let thread = thread::spawn({
            let core = Arc::clone(&core);
            move || {
                let next = core.free(true);
                core.leave(Sort::Task);
                next
            }
        });
        let waits = core.enter(Sort::Task) == Some(Entered::Wait);
        if waits {
            assert!(core.queue(Waiting::Task(7)).is_ok());
        }
        let handed_on = thread.join().expect("no panic");
        let given = match core.next() {
            Some(Next::Task(next)) => Some(next),
            _ => None,
        };
        assert_eq!(usize::from(waits), handed_on.iter().chain(&given).count());
        (waits, handed_on.is_some())
    });
    outcomes.are(&[(false, false), (true, false), (true, true)]);
}

/// It is refused, or dropped by the end: it does not lie there.
#[test]
fn a_child_queues_for_a_place_while_the_group_ends() {
    let outcomes = outcomes(ONE, || {
        let core = Arc::new(Core::<u8>::new(Some(1), None));
        assert!(core.enter(Sort::Task) == Some(Entered::Placed));
        let thread = thread::spawn({
            let core = Arc::clone(&core);
            move || {
                core.enter(Sort::Task)?;
                let queued = core.queue(Waiting::Task(7)).is_ok();
                if !queued {
                    core.leave(Sort::Task);
                }
                Some(queued)
            }
        });
        core.end(Cause::Dropped);
        let (queue, wakes) = core.dismiss();
        let dismissed = queue.count();
        wakes.into_iter().for_each(Wakes::wake);
        for _ in 0..dismissed {
            core.leave(Sort::Task);
        }
        core.leave(Sort::Task);
        let queued = thread.join().expect("no panic");
        assert_eq!(dismissed, usize::from(queued == Some(true)));
        assert!(core.is_joined());
        queued
    });
    outcomes.are(&[None, Some(false), Some(true)]);
}

#[test]
fn a_place_is_handed_on_while_the_group_ends() {
    let outcomes = outcomes(ONE, || {
        let core = Arc::new(Core::<u8>::new(Some(1), None));
        assert!(core.enter(Sort::Task) == Some(Entered::Placed));
        assert!(core.enter(Sort::Task) == Some(Entered::Wait));
        assert!(core.queue(Waiting::Task(7)).is_ok());
        let thread = thread::spawn({
            let core = Arc::clone(&core);
            move || {
                let next = core.free(true);
                if next.is_some() {
                    core.free(false);
                    core.leave(Sort::Task);
                }
                core.leave(Sort::Task);
                next
            }
        });
        core.end(Cause::Dropped);
        let (queue, wakes) = core.dismiss();
        let dismissed = queue.count();
        wakes.into_iter().for_each(Wakes::wake);
        for _ in 0..dismissed {
            core.leave(Sort::Task);
        }
        let handed_on = thread.join().expect("no panic");
        assert_eq!(usize::from(handed_on.is_some()) + dismissed, 1);
        assert!(core.is_joined());
        dismissed
    });
    outcomes.are(&[0, 1]);
}
