//! The races of a group's state word.

use std::sync::{Arc, atomic::Ordering};

use loom::thread;

use super::{EndCause, ONE, TWO};
use crate::{
    group::state::{Counter, State},
    set::model::outcomes,
    sync::AtomicBool,
};

/// Lets a child enter, and leave on a thread of its own, which returns whether it has notified the group.
fn leaves(state: &Arc<State>, counter: Counter) -> thread::JoinHandle<bool> {
    assert!(state.enter(counter));
    let state = Arc::clone(state);
    thread::spawn(move || state.leave(counter))
}

#[test]
fn a_child_enters_while_the_body_ends() {
    let outcomes = outcomes(ONE, || {
        let state = Arc::new(State::new());
        let thread = thread::spawn({
            let state = Arc::clone(&state);
            move || {
                let enters = state.enter(Counter::Member);
                (enters, enters && state.leave(Counter::Member))
            }
        });
        state.join();
        let cause = state.cause();
        let (enters, notifies) = thread.join().expect("the thread does not panic");
        assert!(state.is_empty());
        if cause.is_none() {
            // The group was open, so the child had entered. It had left if it does not notify.
            assert!(enters);
            state.join();
            assert_eq!(state.cause(), Some(EndCause::Done));
        }
        (cause, enters, notifies)
    });
    outcomes.are(&[
        (None, true, true),
        (Some(EndCause::Done), false, false),
        (Some(EndCause::Done), true, false),
    ]);
}

/// Such a group never ends as if the child had finished.
#[test]
fn a_child_is_lost_while_the_body_ends() {
    let outcomes = outcomes(ONE, || {
        let state = Arc::new(State::new());
        assert!(state.enter(Counter::Member));
        let thread = thread::spawn({
            let state = Arc::clone(&state);
            move || {
                state.lose();
                state.leave(Counter::Member)
            }
        });
        state.join();
        let cause = state.cause();
        let notifies = thread.join().expect("the thread does not panic");
        (cause, notifies)
    });
    outcomes.are(&[
        // The body has ended first, and the group's future is notified.
        (None, true),
        // The lost child ends the group. The group's future sees that the child has left, or is notified.
        (Some(EndCause::Panicked), false),
        (Some(EndCause::Panicked), true),
    ]);
}

/// The body and two children end. The body ends the group if it is last, and otherwise the last child notifies it.
#[test]
fn children_leave_while_the_body_ends() {
    let outcomes = outcomes(TWO, || {
        let state = Arc::new(State::new());
        let (member, daemon) = (
            leaves(&state, Counter::Member),
            leaves(&state, Counter::Daemon),
        );
        state.join();
        let ended = !state.is_open();
        let notifies = member.join().expect("the thread does not panic");
        let daemon_notifies = daemon.join().expect("the thread does not panic");
        assert!(ended != notifies, "one of the two");
        assert!(state.is_empty());
        (notifies, daemon_notifies)
    });
    outcomes.are(&[(false, false), (false, true), (true, false)]);
}

#[test]
fn the_last_child_to_leave_an_ending_group_notifies_it() {
    let outcomes = outcomes(TWO, || {
        let state = Arc::new(State::new());
        let (member, daemon) = (
            leaves(&state, Counter::Member),
            leaves(&state, Counter::Daemon),
        );
        assert!(state.end(EndCause::Stopped));
        assert!(!state.enter(Counter::Member), "no child enters any more");
        state.body_dropped();
        let over = state.is_over();
        let notified =
            [member, daemon].map(|thread| thread.join().expect("the thread does not panic"));
        let notified = notified.into_iter().filter(|notified| *notified).count();
        assert!(over || notified == 1, "it sees the end, or is notified");
        notified
    });
    outcomes.are(&[0, 1]);
}

#[test]
fn of_two_causes_one_ends_the_group() {
    let outcomes = outcomes(ONE, || {
        let state = Arc::new(State::new());
        let thread = thread::spawn({
            let state = Arc::clone(&state);
            move || state.end(EndCause::Failed)
        });
        let stopped = state.end(EndCause::Stopped);
        let failed = thread.join().expect("the thread does not panic");
        assert!(stopped != failed);
        state.cause()
    });
    outcomes.are(&[Some(EndCause::Failed), Some(EndCause::Stopped)]);
}

/// A thread that sees an empty group sees the effects of its children.
#[test]
fn the_effects_of_children_are_visible_after_they_have_left() {
    let outcomes = outcomes(TWO, || {
        let state = Arc::new(State::new());
        let works = |counter| {
            assert!(state.enter(counter));
            // Relaxed, so that only the state orders it.
            let done = Arc::new(AtomicBool::new(false));
            let (own, state) = (Arc::clone(&done), Arc::clone(&state));
            let thread = thread::spawn(move || {
                own.store(true, Ordering::Relaxed);
                state.leave(counter);
            });
            (done, thread)
        };
        let children = [works(Counter::Member), works(Counter::Daemon)];
        state.end(EndCause::Stopped);
        state.body_dropped();
        let over = state.is_over();
        for (done, thread) in children {
            assert!(!over || done.load(Ordering::Relaxed));
            thread.join().expect("the thread does not panic");
        }
        assert!(state.is_over());
        over
    });
    outcomes.are(&[false, true]);
}
