//! Random graphs of branches, compared with a simulation of them.

use std::{cell::RefCell, future::Future, pin::Pin, rc::Rc, sync::Mutex, time::Duration};

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tokio::time::{Instant, sleep};

use super::Dependent;
use crate::{
    branch::{Argument, ArgumentWithoutKey as _, PairOf},
    gather::{AtCompletion, By, Limited, gathering},
};

/// The number of branches of each call. Those that a case does not have are ready at once and need no other.
const BRANCHES: usize = 24;

/// A branch of a graph.
#[derive(Clone, Debug, Default)]
struct Branch {
    /// The milliseconds that it takes. With 0 it is ready in its first poll.
    delay: u64,
    fails: bool,
    needs: Vec<usize>,
}

#[derive(Debug)]
struct Graph {
    branches: Vec<Branch>,
    limit: Option<usize>,
}

/// The events of a run: the time of each, and the number of the branch.
#[derive(Debug, Default, PartialEq)]
struct Run {
    starts: Vec<(u64, usize)>,
    drops: Vec<(u64, usize)>,
    /// The end of the call, and its result, which has the branch that failed.
    end: Option<(u64, Result<(), usize>)>,
}

fn graphs() -> impl Strategy<Value = Graph> {
    let branch = (
        0..20_u64,
        prop::bool::weighted(0.02),
        prop::collection::vec(any::<prop::sample::Index>(), 0..=4),
    );
    let branches = prop::collection::vec(branch, 1..=BRANCHES);
    let shuffled = branches.prop_flat_map(|branches| {
        let order: Vec<_> = (0..branches.len()).collect();
        (Just(branches), Just(order).prop_shuffle())
    });
    let limit = prop::option::of(1..6_usize);
    (shuffled, limit).prop_map(|((drawn, order), limit)| {
        let mut branches = vec![Branch::default(); drawn.len()];
        // A branch needs only those before it in a random order, so there is no cycle.
        for (position, (&branch, (delay, fails, needs))) in order.iter().zip(drawn).enumerate() {
            let mut needs: Vec<_> = (needs.iter().filter(|_| position > 0))
                .map(|need| order[need.index(position)])
                .collect();
            needs.sort_unstable();
            needs.dedup();
            branches[branch] = Branch {
                delay,
                fails,
                needs,
            };
        }
        Graph { branches, limit }
    })
}

impl Graph {
    /// Returns what the contract says of this graph.
    fn simulate(&self) -> Run {
        let branches = self.branches.len();
        let (mut run, mut now) = (Run::default(), 0);
        let mut permits = self.limit.unwrap_or(usize::MAX);
        // The end of each branch that has started.
        let mut ends = vec![None; branches];
        let mut is_done = vec![false; branches];
        loop {
            let mut completed: Vec<_> = (0..branches)
                .filter(|&branch| !is_done[branch] && ends[branch] == Some(now))
                .collect();
            permits += completed.len();
            loop {
                for branch in completed.drain(..) {
                    is_done[branch] = true;
                    run.drops.push((now, branch));
                    if self.branches[branch].fails {
                        let left = (0..branches).filter(|&branch| !is_done[branch]);
                        run.drops.extend(left.map(|branch| (now, branch)));
                        run.end = Some((now, Err(branch)));
                        return run;
                    }
                }
                let next = (0..branches).find(|&branch| {
                    let needs = &self.branches[branch].needs;
                    ends[branch].is_none() && needs.iter().all(|&need| is_done[need])
                });
                let Some(branch) = next.filter(|_| permits > 0) else {
                    break;
                };
                run.starts.push((now, branch));
                let delay = self.branches[branch].delay;
                ends[branch] = Some(now + delay);
                if delay == 0 {
                    completed.push(branch);
                } else {
                    permits -= 1;
                }
            }
            let running = (0..branches).filter(|&branch| !is_done[branch]);
            match running.filter_map(|branch| ends[branch]).min() {
                Some(next) => now = next,
                None => {
                    run.end = Some((now, Ok(())));
                    return run;
                }
            }
        }
    }

    /// Returns the length of the longest path.
    fn critical_path(&self) -> u64 {
        let paths = (0..self.branches.len()).map(|branch| self.path_to(branch));
        paths.max().unwrap_or_default()
    }

    fn path_to(&self, branch: usize) -> u64 {
        let Branch { delay, needs, .. } = &self.branches[branch];
        let before = needs.iter().map(|&need| self.path_to(need)).max();
        delay + before.unwrap_or_default()
    }

    /// Runs the graph.
    async fn run(&self) -> Run {
        type Boxed = Pin<Box<dyn Future<Output = Result<(), usize>>>>;
        let (start, run) = (Instant::now(), Rc::new(RefCell::new(Run::default())));
        let elapsed = move || u64::try_from(start.elapsed().as_millis()).expect("a short time");
        let mut arguments: Vec<_> = (0..BRANCHES)
            .map(|number| {
                let Some(branch) = self.branches.get(number) else {
                    return Argument::new(Box::pin(async { Ok(()) }) as Boxed);
                };
                let (delay, fails) = (branch.delay, branch.fails);
                let run = Rc::clone(&run);
                let guard = OnDrop(Rc::clone(&run), elapsed, number);
                Argument::new(Box::pin(async move {
                    let _guard = guard;
                    run.borrow_mut().starts.push((elapsed(), number));
                    if delay > 0 {
                        sleep(Duration::from_millis(delay)).await;
                    }
                    if fails { Err(number) } else { Ok(()) }
                }) as Boxed)
            })
            .collect();
        let mut arguments = arguments.iter_mut();
        macro_rules! leaf {
            () => {{
                let argument = arguments.next().expect("an argument for each branch");
                argument.rejoin_branch().rejoin_check().rejoin_node()
            }};
        }
        macro_rules! eight {
            () => {
                eight!(@ PairOf(PairOf(leaf!(), leaf!()).rejoin_pair_nodes(), PairOf(leaf!(), leaf!()).rejoin_pair_nodes()).rejoin_pair_nodes(),
                    PairOf(PairOf(leaf!(), leaf!()).rejoin_pair_nodes(), PairOf(leaf!(), leaf!()).rejoin_pair_nodes()).rejoin_pair_nodes())
            };
            (@ $one:expr, $two:expr) => { PairOf($one, $two).rejoin_pair_nodes() };
        }
        let part = PairOf(eight!(), PairOf(eight!(), eight!()).rejoin_pair_nodes());
        let needs: Vec<u64> = (0..BRANCHES)
            .map(|branch| {
                let needs = self.branches.get(branch).map(|branch| &branch.needs);
                let needs = needs.into_iter().flatten();
                needs.fold(0, |bits, need| bits | 1 << need)
            })
            .collect();
        let limit = self.limit.map_or_else(Limited::none, Limited::new);
        let limit = Dependent::new(limit, keep(needs));
        let result = gathering(part.rejoin_pair_nodes(), limit, AtCompletion::new(By(drop))).await;
        run.borrow_mut().end = Some((elapsed(), result));
        run.take()
    }
}

/// Keeps the dependencies of a graph, which are constants in a call, until the program ends.
fn keep(needs: Vec<u64>) -> &'static [u64] {
    static KEPT: Mutex<Vec<&[u64]>> = Mutex::new(Vec::new());
    let needs: &[u64] = needs.leak();
    KEPT.lock().expect("no test panics here").push(needs);
    needs
}

/// Records when a branch is dropped.
struct OnDrop<T: Fn() -> u64>(Rc<RefCell<Run>>, T, usize);

impl<T: Fn() -> u64> Drop for OnDrop<T> {
    fn drop(&mut self) {
        self.0.borrow_mut().drops.push((self.1(), self.2));
    }
}

/// Without a limit, a call takes as long as the longest path through its branches.
#[test]
fn random_graphs_run_as_simulated() {
    let cases = if cfg!(miri) { 20 } else { 10_000 };
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(&graphs(), |graph| {
        let run = runtime.block_on(graph.run());
        if let (None, Some((end, Ok(())))) = (graph.limit, run.end) {
            prop_assert_eq!(end, graph.critical_path());
        }
        prop_assert_eq!(run, graph.simulate());
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}
