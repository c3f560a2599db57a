//! Random operations on a set, checked step by step against a plain model of it.

mod child;
mod model;
mod ops;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
    sync::Arc,
    task::{Context, Waker},
};

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::{
    child::{Child, Kept, World},
    ops::{Case, End, Kind, Op},
};
use super::{ControlFlow, Parent, Permits, Progress, Set};
use crate::panics::Panics;

/// Permits that were taken before a poll.
const TAKEN: usize = 5;

/// A set, the world of its children, and who polls it.
struct Subject {
    set: Set<Child>,
    world: Rc<World>,
    parent: Arc<Parent>,
    waker: Waker,
    /// Whoever polled it before, and how often each was woken when it was moved away from.
    past: Vec<(Arc<Parent>, usize)>,
    /// Wakes when the last poll began, and when it ended.
    wakes: (usize, usize),
}

impl Subject {
    fn new(room: usize, kept: Kept) -> Self {
        let (parent, waker) = Parent::new();
        let mut set = Set::new();
        set.expect(room);
        Self {
            set,
            world: Rc::new(World::new(room, kept)),
            parent,
            waker,
            past: vec![],
            wakes: (0, 0),
        }
    }

    fn push(&mut self, kind: Kind) {
        let child = Child::new(self.world.model.len(), kind, &self.world);
        let index = self.set.push(child);
        assert_eq!(index, self.world.model.push());
    }

    /// Polls until so many are done, or once.
    fn poll(&mut self, most: usize) {
        self.poll_in(most, usize::MAX, false);
    }

    /// The same in so many permits, which those that are done free, or keep as some have done before.
    fn poll_in(&mut self, most: usize, limit: usize, kept: bool) {
        self.wakes.0 = self.parent.wakes();
        let model = &self.world.model;
        let permits = match (limit, kept) {
            (usize::MAX, _) => Permits::ALL,
            (_, false) => Permits::freed(limit),
            (_, true) => Permits::kept(limit + TAKEN, TAKEN),
        };
        model.begin(model::Permits { limit, kept });
        self.set.reset_budget();
        let mut done = 0;
        let cx = &mut Context::from_waker(&self.waker);
        let turn = self.set.poll(cx, permits, |index, output| {
            assert_eq!(output.index(), index);
            assert!(model.is_dropped(index), "the future goes before its result");
            done += 1;
            if done == most {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        match self.set.yielding(cx, turn) {
            Progress::Done => model.end(),
            Progress::Yielded => {
                model.stop(true);
                assert!(
                    self.parent.wakes() > self.wakes.0,
                    "who is cut short is woken"
                );
            }
            Progress::Stopped(()) => model.stop(false),
        }
        self.wakes.1 = self.parent.wakes();
        for (old, wakes) in &mut self.past {
            // Where new futures come first, they are polled before the set is told of its new parent.
            assert!(
                old.wakes() == *wakes || model.was_cut(),
                "an old parent was woken"
            );
            *wakes = old.wakes();
        }
    }

    fn run(&mut self, op: Op) {
        let world = &self.world;
        match op {
            Op::Push(kind) => self.push(kind),
            Op::Poll(most) => self.poll(most),
            Op::PollIn(most, more, kept) => {
                self.poll_in(most, world.model.running() + more, kept);
            }
            Op::Skip(count) => {
                world.model.skip(count);
                self.set.skip_to(world.model.len());
            }
            Op::Wake(pick) => world.wake(pick),
            Op::Finish(pick) => world.finish(pick),
            Op::WakeElsewhere(pick) => world.wake_elsewhere(pick),
            Op::Ready(pick) => world.model.make_ready(pick),
            Op::Tell(pick, act) => world.model.tell(pick, act),
            Op::Drop(pick) => drop(world.kept.take(pick)),
            Op::Cancel(pick) => {
                if let Some((index, is_live)) = world.model.cancel(pick) {
                    assert_eq!(self.set.cancel(index), is_live);
                }
            }
            Op::Move => {
                let (parent, waker) = Parent::new();
                let old = std::mem::replace(&mut self.parent, parent);
                self.waker = waker;
                let before = old.wakes();
                self.past.push((old, before));
                self.poll(usize::MAX);
            }
            Op::End(_) => unreachable!("ends the subject"),
        }
    }

    /// What holds between any two operations.
    fn check(&self) {
        let model = &self.world.model;
        assert_eq!(self.set.len(), model.live());
        assert_eq!(self.set.running(), model.running());
        assert_eq!(self.set.next_index(), model.len());
        if model.is_idle() {
            let wakes = self.parent.wakes();
            if model.is_any_due() {
                assert!(wakes > self.wakes.0, "a wake was lost");
            }
            // One for the first block's top, and one for those of all others.
            assert!(wakes <= self.wakes.1 + 2, "woken more than once a rise");
            for (old, before) in &self.past {
                assert_eq!(old.wakes(), *before, "an old parent was woken");
            }
        }
    }

    /// Drops the set in one of some ways, and gives the wakers that outlive it.
    fn end(mut self, end: End) -> Kept {
        let mut panics = Panics::default();
        match end {
            End::Drop => panics.drop(self.set),
            End::Clear => {
                self.set.clear(&mut panics);
                drop(self.set);
            }
            End::TakeOut => {
                let held = self.set.into_detached().collect::<Vec<_>>();
                let live = self.world.model.scatter();
                assert!(held.iter().map(|(index, _)| *index).eq(live));
                let wakes = self.parent.wakes();
                self.world.kept.wake_all();
                assert_eq!(self.parent.wakes(), wakes, "a wake reached somebody");
                let (some, rest): (Vec<_>, Vec<_>) =
                    held.into_iter().enumerate().partition(|(n, _)| n % 2 == 0);
                for one in some.into_iter().chain(rest.into_iter().rev()) {
                    panics.drop(one);
                }
            }
        }
        let panicked = panics.is_some();
        assert!(!panicked || self.world.poisoned.get());
        self.world.model.ended();
        drop(self.waker);
        let parents = self.past.into_iter().map(|(parent, _)| parent);
        for parent in parents.chain([self.parent]) {
            assert_eq!(Arc::strong_count(&parent), 1, "its waker is released");
        }
        self.world.kept.take_all()
    }
}

fn run(case: Case) {
    let mut subject = Subject::new(case.room, Kept::default());
    for kind in case.first {
        subject.push(kind);
    }
    for op in case.ops {
        let end = match op {
            Op::End(end) => Some(end),
            _ => None,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if end.is_none() {
                subject.run(op);
                subject.check();
            }
        }));
        if let Err(panic) = outcome {
            if !subject.world.poisoned.get() {
                resume_unwind(panic);
            }
        }
        if end.is_some() || subject.world.poisoned.get() {
            // Nothing is polled after a panic. The next set has the wakers of this one at hand, which reach nobody.
            let kept = subject.end(end.unwrap_or(case.end));
            subject = Subject::new(case.room, kept);
        }
    }
    drop(subject.end(case.end));
}

#[test]
fn a_set_does_what_its_model_does() {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, random);
    let result = runner.run(&ops::cases(), |case| {
        run(case);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
