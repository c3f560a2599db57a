//! A few branches are polled as a set of as many futures is.

use std::future::{poll_fn, ready};

use tokio::task::coop::cooperative;

use super::{
    Arc, Context, ControlFlow, Future, Mutex, Parent, Permits, Pin, Poll, Progress, Set, Waker,
};
use crate::set::{Close, StaticSet};

/// What branches do is decided by the seed, the branch and the number of the poll. So two worlds of one seed are alike.
struct World {
    seed: u64,
    /// For each branch its polls and the waker that it kept.
    branches: Vec<(u64, Option<Waker>)>,
    log: Vec<Event>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    Polled(usize),
    Done(usize),
    Turned(Progress),
    /// How often each of the parents was woken before this.
    WokenBranches(usize, usize),
}

fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn poll_branch(world: &Mutex<World>, branch: usize, cx: &mut Context<'_>) -> bool {
    let mut this = world.lock().expect("no panic");
    this.log.push(Event::Polled(branch));
    let polls = this.branches[branch].0;
    let act = mix(this.seed, branch as u64 * 1_000 + polls);
    this.branches[branch] = (polls + 1, Some(cx.waker().clone()));
    let count = this.branches.len();
    let other = this.branches[(act >> 8) as usize % count].1.clone();
    drop(this);
    match act % 8 {
        0 => return true,
        1 => cx.waker().wake_by_ref(),
        2 => {
            if let Some(other) = other {
                other.wake();
            }
        }
        // A part of the task's budget, or all of it.
        3 => {
            for _ in 0..(act >> 8) % 256 {
                let mut part = std::pin::pin!(cooperative(ready(())));
                if part.as_mut().poll(cx).is_pending() {
                    break;
                }
            }
        }
        _ => {}
    }
    false
}

struct Scripted(usize, Arc<Mutex<World>>);

impl Future for Scripted {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if poll_branch(&self.1, self.0, cx) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// Runs as many operations as the seed decides, and returns what has happened.
fn run(seed: u64, count: usize, world: &Arc<Mutex<World>>, branches: &mut dyn Branches) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("there is enough for one");
    let parents = [Parent::new(), Parent::new()];
    let mut is_closing = false;
    for n in 0..60 {
        let op = mix(!seed, n);
        let waker = &parents[(op >> 32) as usize % 8 / 7].1;
        match op % 10 {
            0 => {
                let branch = (op >> 8) as usize % count;
                let waker = world.lock().expect("no panic").branches[branch].1.take();
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
            1 if n > 20 => {
                let close = [Close::Once, Close::Fairly][usize::from(op & 256 == 0)];
                branches.close(close);
                is_closing = true;
            }
            _ => {
                let one = op % 3 == 0;
                // In a task, which has a budget.
                let turn = runtime.block_on(poll_fn(|_| {
                    Poll::Ready(branches.turn(&mut Context::from_waker(waker), one))
                }));
                world
                    .lock()
                    .expect("no panic")
                    .log
                    .push(Event::Turned(turn));
                if is_closing && turn == Progress::Done {
                    // It was the last one.
                    return;
                }
            }
        }
        let woken = Event::WokenBranches(parents[0].0.wakes(), parents[1].0.wakes());
        world.lock().expect("no panic").log.push(woken);
    }
}

trait Branches {
    fn turn(&mut self, cx: &mut Context<'_>, one: bool) -> Progress;

    fn close(&mut self, close: Close);
}

struct OfSet(Set<Scripted>, Arc<Mutex<World>>);

impl Branches for OfSet {
    fn turn(&mut self, cx: &mut Context<'_>, one: bool) -> Progress {
        self.0.reset_budget();
        let turn = self.0.poll(cx, Permits::ALL, |index, ()| {
            self.1
                .lock()
                .expect("no panic")
                .log
                .push(Event::Done(index));
            if one {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        self.0.yielding(cx, turn)
    }

    fn close(&mut self, close: Close) {
        self.0.close(close, None);
    }
}

struct OfFew(StaticSet, Arc<Mutex<World>>);

impl Branches for OfFew {
    fn turn(&mut self, cx: &mut Context<'_>, one: bool) -> Progress {
        let world = &self.1;
        let turn = self.0.poll(cx, one, &mut |branch, cx| {
            let done = poll_branch(world, branch, cx);
            if done {
                world
                    .lock()
                    .expect("no panic")
                    .log
                    .push(Event::Done(branch));
            }
            done
        });
        let mut done = vec![];
        while let Some(branch) = self.0.pop() {
            done.push(Event::Done(branch));
        }
        // They come in the order in which they were done.
        let log = &world.lock().expect("no panic").log;
        let all = log.iter().filter(|event| matches!(event, Event::Done(_)));
        let all: Vec<_> = all.copied().collect();
        assert!(all.ends_with(&done) && (!one || done.len() <= 1));
        turn
    }

    fn close(&mut self, close: Close) {
        self.0.close(close);
    }
}

#[test]
fn a_few_are_polled_as_a_set_is() {
    let runs = if cfg!(miri) { 20 } else { 4_000 };
    let (mut cuts, mut done) = (0, 0);
    for seed in 0..runs {
        let count = 1 + usize::try_from(mix(seed, 7) % 8).expect("it is small");
        let world = || {
            let branches = vec![(0, None); count];
            let log = vec![];
            Arc::new(Mutex::new(World {
                seed,
                branches,
                log,
            }))
        };
        let (of_set, of_few) = (world(), world());
        let futures = (0..count).map(|n| Scripted(n, Arc::clone(&of_set)));
        let mut set = Set::new();
        set.fill(futures.collect());
        run(seed, count, &of_set, &mut OfSet(set, Arc::clone(&of_set)));
        let few = StaticSet::new(count, (1 << count) - 1);
        run(seed, count, &of_few, &mut OfFew(few, Arc::clone(&of_few)));
        let (of_set, of_few) = (
            &of_set.lock().expect("no panic").log,
            &of_few.lock().expect("no panic").log,
        );
        assert_eq!(of_set, of_few, "seed {seed}");
        cuts += of_set
            .iter()
            .filter(|event| **event == Event::Turned(Progress::Yielded))
            .count();
        done += of_set
            .iter()
            .filter(|event| matches!(event, Event::Done(_)))
            .count();
    }
    assert!(
        cuts > 0 && done > 0,
        "the scripts do what is to be compared"
    );
}

#[test]
fn a_branch_is_polled_again_without_a_wake_and_no_branch_after_the_end() {
    let turn = |set: &mut StaticSet| {
        let mut polled = vec![];
        let cx = &mut Context::from_waker(Waker::noop());
        set.poll(cx, false, &mut |branch, _| {
            polled.push(branch);
            false
        });
        polled
    };
    let mut set = StaticSet::new(3, 0b111);
    assert_eq!(turn(&mut set), [0, 1, 2]);
    set.poll_again(2);
    assert_eq!(turn(&mut set), [2]);
    set.poll_again(1);
    set.end();
    assert!(turn(&mut set).is_empty());
}
