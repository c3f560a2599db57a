//! Turns of sets in tasks that have no budget left.

use std::{
    future::{poll_fn, ready},
    pin::pin,
};

use tokio::task::coop::cooperative;

use super::{
    Context, ControlFlow, Future, Permits, Pin, Poll, Progress, Set, Waker, leaves, turns,
    turns::Hog,
};
use crate::set::{Close, StaticSet};

/// Spends the budget of the task.
fn spend(cx: &mut Context<'_>) {
    while pin!(cooperative(ready(()))).poll(cx).is_ready() {}
}

/// Runs `work` in a task, which has a budget at first.
fn in_task<T>(mut work: impl FnMut(&mut Context<'_>) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("there is enough for one");
    runtime.block_on(poll_fn(|cx| Poll::Ready(work(cx))))
}

#[test]
fn under_a_limit_all_futures_start_in_reused_slots_though_the_first_spends_the_budget() {
    let mut set = Set::<Pin<Box<dyn Future<Output = ()>>>>::new();
    set.push(Box::pin(ready(())));
    turns(&mut set, Waker::noop());
    let (hands, leaves) = leaves(2);
    set.push(Box::pin(Hog));
    for leaf in leaves {
        set.push(Box::pin(leaf));
    }
    in_task(|cx| {
        set.poll(cx, Permits::freed(3), |_, ()| {
            ControlFlow::<()>::Continue(())
        });
    });
    assert!(hands.iter().all(|hand| hand.polls() == 1));
}

#[test]
fn a_closing_set_polls_the_only_woken_future_only_with_a_budget() {
    let (hands, leaves) = leaves(2);
    let mut set = Set::new();
    for leaf in leaves {
        set.push(leaf);
    }
    turns(&mut set, Waker::noop());
    hands[1].finish();
    set.close(Close::Once, None);
    let turn = |set: &mut Set<_>, has_budget: bool| {
        in_task(|cx| {
            if !has_budget {
                spend(cx);
            }
            set.poll(cx, Permits::ALL, |_, ()| ControlFlow::<()>::Continue(()))
        })
    };
    assert_eq!(turn(&mut set, false), Progress::Yielded);
    assert_eq!(hands[1].polls(), 1);
    assert_eq!(turn(&mut set, true), Progress::Done);
    assert_eq!((hands[0].polls(), hands[1].polls(), set.len()), (1, 2, 1));
}

#[test]
fn a_closing_static_set_polls_only_with_a_budget() {
    let mut set = StaticSet::new(2, 0b11);
    set.close(Close::Once);
    let mut polled = vec![];
    let turn = in_task(|cx| {
        spend(cx);
        set.poll(cx, false, &mut |branch, _| {
            polled.push(branch);
            false
        })
    });
    assert_eq!(turn, Progress::Yielded);
    assert!(polled.is_empty());
    let turn = in_task(|cx| {
        set.poll(cx, false, &mut |branch, _| {
            polled.push(branch);
            false
        })
    });
    assert_eq!((turn, polled), (Progress::Done, vec![0, 1]));
}
