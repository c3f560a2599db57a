//! The races of a group, explored by loom: its future runs on one thread, and its children, handles and waiters on others.
//!
//! A thread takes the part of a task of the runtime: it enters the group as a task does, and drops its membership at the end. See
//! `set::model` for how to run the models.

mod cancel;
mod defer;
mod limit;
mod nested;
mod state;

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
    cancellers::Canceller,
    cell::OutputCell,
    child::Child,
    core::{ChildKind, Waiter},
    error_kind::{ErrorKind, NoError as _, NoPointer as _, failing, plain},
    future::{Group, group},
    handle::GroupHandle,
    limit::Admission,
    membership::Membership,
    mode::GroupMode,
    state::EndCause,
    task_group::TaskGroup,
    waiters::Event,
    work::OutputSink,
};
use crate::{
    end_policy::NoTimeout,
    mode::{Failing, Plain},
    set::model::{Parent, outcomes},
};

/// The maximum number of preemptions in a model with one other thread.
const ONE: usize = 4;
/// The maximum number of preemptions in a model with two other threads.
const TWO: usize = 3;

/// A task of which a thread takes the part.
struct PlayedTask<T, M: GroupMode> {
    sink: OutputSink<T, M>,
    alive: Option<Alive>,
    membership: Membership,
}

impl<T, M: GroupMode> Drop for PlayedTask<T, M> {
    fn drop(&mut self) {
        self.alive = None;
        self.membership.clean_up(self.sink.header());
    }
}

/// A value in a count of values that were not dropped yet.
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

impl<T, M: GroupMode> PlayedTask<T, M> {
    /// Returns this result.
    fn end(mut self, result: Result<T, M::Error>) {
        self.alive = None;
        self.membership.completed();
        self.sink.send(result, &mut self.membership);
    }

    fn is_cancelled(&self) -> bool {
        self.membership.is_cancelled(self.sink.header())
    }

    /// Registers the canceller of a task that is pending.
    fn register(&mut self, canceller: Canceller) -> Result<(), Canceller> {
        self.membership.register(self.sink.header(), canceller)
    }
}

/// When a child noticed that it was cancelled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Noticed {
    BeforePoll,
    AtRegister,
    WhenWoken,
}

impl<T, M: GroupMode> PlayedTask<T, M> {
    /// Runs a task that is polled once and then waits until it is cancelled.
    fn wait_until_cancelled(mut self) -> Noticed {
        if self.is_cancelled() {
            return Noticed::BeforePoll;
        }
        let (parent, waker) = Parent::new();
        if self.register(Canceller::Wake(waker)).is_err() {
            return Noticed::AtRegister;
        }
        parent.wait();
        assert!(self.is_cancelled());
        Noticed::WhenWoken
    }
}

/// Spawns a task, if the group is open.
fn spawn<R, T, M: GroupMode>(
    tg: &GroupHandle<R, M>,
    alive: Alive,
) -> Option<(Child<T>, PlayedTask<T, M>)> {
    let admission = tg.core().enter(ChildKind::Task)?;
    assert!(admission != Admission::Queue, "a permit is free");
    let cell = OutputCell::new(tg.core());
    let task = PlayedTask {
        sink: OutputSink::new(tg.errors().clone(), Some(Arc::clone(&cell))),
        alive: Some(alive),
        membership: Membership::new(tg.core(), ChildKind::Task, admission),
    };
    Some((Child::via_cell(cell, None), task))
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

/// Creates a group with this body.
fn group_of<'a, R, M: GroupMode, B: Future<Output = M::Output<R>>>(
    kind: ErrorKind<M>,
    limit: Option<usize>,
    body: impl FnOnce(TaskGroup<'a, R, M>) -> B,
) -> (Group<'a, B, R, M, NoTimeout>, TaskGroup<'a, R, M>) {
    let (builder, tg) = group(kind, limit, None, NoTimeout);
    (builder.run(body(tg.clone())), tg)
}

fn fails() -> ErrorKind<Failing<u8>> {
    failing::<u8>().rejoin_error().rejoin_pointer()
}

#[test]
fn a_child_ends_while_the_body_ends() {
    let outcomes = outcomes(ONE, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&alive);
        let (group, tg) = group_of(
            plain(),
            None,
            |_| async move { seen.load(Ordering::Relaxed) },
        );
        let (_, task) = spawn(&tg.handle(), Alive::new(&alive)).expect("the group is open");
        let thread = thread::spawn(move || task.end(Ok(())));
        let left = block_on(group);
        assert_eq!(alive.load(Ordering::Relaxed), 0, "the task was joined");
        thread.join().expect("the thread does not panic");
        left
    });
    outcomes.are(&[0, 1]);
}

#[test]
fn the_body_awaits_the_output_of_a_child() {
    let outcomes = outcomes(ONE, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let (builder, tg) = group::<_, Plain, _>(plain(), None, None, NoTimeout);
        let (child, task) = spawn(&tg.handle(), Alive::new(&alive)).expect("the group is open");
        let finished = child.is_finished();
        let thread = thread::spawn(move || task.end(Ok(7)));
        let before = child.is_finished();
        let value = block_on(builder.run(child));
        thread.join().expect("the thread does not panic");
        assert!(!finished);
        (value, before)
    });
    outcomes.are(&[(7, false), (7, true)]);
}

#[test]
fn a_stop_races_with_an_error() {
    let outcomes = outcomes(TWO, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let (group, tg) = group_of(fails(), None, |_| pending());
        let handle = tg.handle();
        let (_, task) = spawn::<_, (), _>(&handle, Alive::new(&alive)).expect("the group is open");
        let failing = thread::spawn(move || task.end(Err(7)));
        let stopping = thread::spawn(move || handle.stop(1));
        let end = block_on(group).map_err(|failures| failures.into_iter().collect::<Vec<_>>());
        assert_eq!(alive.load(Ordering::Relaxed), 0, "the task was joined");
        failing.join().expect("the thread does not panic");
        stopping.join().expect("the thread does not panic");
        end
    });
    outcomes.are(&[Ok(1), Err(vec![7])]);
}

#[test]
fn a_stop_races_with_an_error_and_a_drop() {
    let outcomes = outcomes(TWO, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let kind = failing::<Alive>().rejoin_error().rejoin_pointer();
        let (mut group, tg) = group_of(kind, None, |_| pending::<Result<Alive, _>>());
        let handle = tg.handle();
        let (_, task) = spawn::<_, (), _>(&handle, Alive::new(&alive)).expect("the group is open");
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
        failing.join().expect("the thread does not panic");
        stopping.join().expect("the thread does not panic");
        assert!(handle.core().is_joined());
        drop((handle, tg));
        assert_eq!(alive.load(Ordering::Relaxed), 0, "every value was dropped");
        drop(waker);
        assert_eq!(parent.wakers.get(), 0, "the waker was dropped");
        cause
    });
    outcomes.are(&[
        Some(EndCause::Failed),
        Some(EndCause::Stopped),
        Some(EndCause::Dropped),
    ]);
}

#[test]
fn a_spawn_races_with_the_end() {
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
        let entered = thread.join().expect("the thread does not panic");
        assert!(gone || !entered, "a task that entered was joined");
        entered
    });
    outcomes.are(&[false, true]);
}

#[test]
fn a_scoped_spawn_on_another_thread_races_with_the_end() {
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
        thread.join().expect("the thread does not panic");
        assert_eq!(count.load(Ordering::Relaxed), 0, "the child was dropped");
        polled.load(Ordering::Relaxed)
    });
    outcomes.are(&[0, 1]);
}

#[test]
fn a_permit_is_released_while_a_scoped_child_is_queued() {
    let outcomes = outcomes(ONE, || {
        let alive = Arc::new(AtomicUsize::new(0));
        let (group, tg) = group_of(plain(), Some(1), |tg| async move {
            let child = tg.spawn_scoped(async { 7 });
            let waits = !child.is_finished();
            (child.await, waits)
        });
        let (_, task) = spawn(&tg.handle(), Alive::new(&alive)).expect("the group is open");
        let first = Arc::clone(&alive);
        let thread = thread::spawn(move || task.end(Ok(())));
        let (value, _) = block_on(group);
        thread.join().expect("the thread does not panic");
        (value, first.load(Ordering::Relaxed))
    });
    outcomes.are(&[(7, 0)]);
}

#[test]
fn a_permit_is_released_while_a_task_awaits_ready() {
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
        let (_, task) = spawn(&tg.handle(), Alive::new(&alive)).expect("the group is open");
        let thread = thread::spawn(move || task.end(Ok(())));
        let polls = block_on(group);
        thread.join().expect("the thread does not panic");
        polls
    });
    outcomes.are(&[1, 2]);
}

#[test]
fn a_task_that_awaits_cancelled_is_woken() {
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
        thread.join().expect("the thread does not panic")
    });
    outcomes.are(&[1, 2]);
}

/// The last child leaves before the body is dropped.
#[test]
fn a_waiter_for_the_end_is_woken_when_the_future_is_dropped() {
    let outcomes = outcomes(ONE, || {
        let (group, tg) = group_of(plain(), None, |_| async {});
        let handle = tg.handle();
        let (_, task) =
            spawn::<_, (), _>(&handle, Alive::new(&Arc::default())).expect("the group is open");
        let mut over = Waiter::new(handle.core(), Event::Over);
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
        thread.join().expect("the thread does not panic");
        polls
    });
    outcomes.are(&[1, 2]);
}

/// The last child leaves before or after the body is dropped.
#[test]
fn a_waiter_for_the_end_is_woken_by_the_last_child_or_the_future() {
    let outcomes = outcomes(TWO - 1, || {
        let (group, tg) = group_of(plain(), None, |_| async {});
        let handle = tg.handle();
        let (_, task) =
            spawn::<_, (), _>(&handle, Alive::new(&Arc::default())).expect("the group is open");
        let mut over = Waiter::new(handle.core(), Event::Over);
        let leaving = thread::spawn(move || task.end(Ok(())));
        let ending = thread::spawn(move || drop(group));
        block_on(poll_fn(|cx| over.poll(cx)));
        assert!(over.core().is_over());
        leaving.join().expect("the thread does not panic");
        ending.join().expect("the thread does not panic");
    });
    outcomes.are(&[()]);
}
