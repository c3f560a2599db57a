//! The races for a permit of the `limit`.

use std::{sync::Arc, task::Context};

use loom::thread;

use super::{Admission, ChildKind, EndCause, ONE};
use crate::{
    group::{
        core::Core,
        limit::{NextQueued, QueueEntry},
        notify::{NextStep, WakeList},
    },
    set::model::{Parent, outcomes},
};

/// The permit is handed over, or the group's future is notified and starts the child. The child does not stay in the queue.
#[test]
fn a_permit_is_handed_over_while_a_child_is_queued() {
    let outcomes = outcomes(ONE, || {
        let core = Arc::new(Core::<u8>::new(Some(1), None));
        assert!(core.enter(ChildKind::Task) == Some(Admission::Permit));
        let (parent, waker) = Parent::new();
        core.begin_poll(&Context::from_waker(&waker));
        assert!(core.next_step() == NextStep::Idle);
        let thread = thread::spawn({
            let core = Arc::clone(&core);
            move || {
                let next = core.hand_over();
                core.leave(ChildKind::Task);
                next
            }
        });
        let is_queued = core.enter(ChildKind::Task) == Some(Admission::Queue);
        if is_queued {
            assert!(core.enqueue(QueueEntry::Task(7)).is_ok());
        }
        let handed_over = thread.join().expect("the thread does not panic");
        let given = match core.next_queued() {
            Some(NextQueued::Task(next)) => Some(next),
            _ => None,
        };
        assert_eq!(parent.wakes.get(), given.iter().count());
        assert_eq!(
            usize::from(is_queued),
            handed_over.iter().chain(&given).count()
        );
        (is_queued, handed_over.is_some())
    });
    outcomes.are(&[(false, false), (true, false), (true, true)]);
}

/// The child is rejected, or the end of the group removes it. It does not stay in the queue.
#[test]
fn a_child_is_queued_while_the_group_ends() {
    let outcomes = outcomes(ONE, || {
        let core = Arc::new(Core::<u8>::new(Some(1), None));
        assert!(core.enter(ChildKind::Task) == Some(Admission::Permit));
        let thread = thread::spawn({
            let core = Arc::clone(&core);
            move || {
                core.enter(ChildKind::Task)?;
                let queued = core.enqueue(QueueEntry::Task(7)).is_ok();
                if !queued {
                    core.leave(ChildKind::Task);
                }
                Some(queued)
            }
        });
        core.end(EndCause::Dropped);
        let (queue, wakers) = core.drain_queue();
        let drained = queue.count();
        wakers.into_iter().for_each(WakeList::wake);
        for _ in 0..drained {
            core.leave(ChildKind::Task);
        }
        core.leave(ChildKind::Task);
        let queued = thread.join().expect("the thread does not panic");
        assert_eq!(drained, usize::from(queued == Some(true)));
        assert!(core.is_joined());
        queued
    });
    outcomes.are(&[None, Some(false), Some(true)]);
}

#[test]
fn a_permit_is_handed_over_while_the_group_ends() {
    let outcomes = outcomes(ONE, || {
        let core = Arc::new(Core::<u8>::new(Some(1), None));
        assert!(core.enter(ChildKind::Task) == Some(Admission::Permit));
        assert!(core.enter(ChildKind::Task) == Some(Admission::Queue));
        assert!(core.enqueue(QueueEntry::Task(7)).is_ok());
        let thread = thread::spawn({
            let core = Arc::clone(&core);
            move || {
                let next = core.hand_over();
                if next.is_some() {
                    core.release();
                    core.leave(ChildKind::Task);
                }
                core.leave(ChildKind::Task);
                next
            }
        });
        core.end(EndCause::Dropped);
        let (queue, wakers) = core.drain_queue();
        let drained = queue.count();
        wakers.into_iter().for_each(WakeList::wake);
        for _ in 0..drained {
            core.leave(ChildKind::Task);
        }
        let handed_over = thread.join().expect("the thread does not panic");
        assert_eq!(usize::from(handed_over.is_some()) + drained, 1);
        assert!(core.is_joined());
        drained
    });
    outcomes.are(&[0, 1]);
}
