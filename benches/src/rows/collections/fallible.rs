//! The last of N futures fails at once while the others wait. Measures when each contender returns the error.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::UNIT;
use super::joins::{Buffered, Concurrency, Failed, JoinAll, Rejoin, TryJoins};
use crate::drive::Driver;
use crate::harness::Race;
use crate::leaf::{Leaf, Leaves};
use crate::sheet::{Figure, Limit, Sheet};
use crate::text::grouped;

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    for n in [31, 1_000] {
        let name = format!("fallible, the last fails at once, N = {}", grouped(n));
        sheet.counted(name.as_str(), "polls of the set", Limit::Exactly(1), || {
            vec![
                polls::<JoinAll>(n),
                polls::<Buffered>(n),
                polls::<Concurrency>(n),
                polls::<Rejoin>(n),
            ]
        });
        sheet.timed(name, UNIT, None, |race| {
            enter::<JoinAll>(race, n);
            enter::<Buffered>(race, n);
            enter::<Concurrency>(race, n);
            enter::<Rejoin>(race, n);
        });
    }
}

/// A leaf, or a future that fails at once.
enum Branch<'a> {
    Waits(Leaf<'a>),
    Fails,
}

impl Future for Branch<'_> {
    type Output = Result<u64, Failed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Branch::Waits(leaf) => Pin::new(leaf).poll(cx).map(Ok),
            Branch::Fails => Poll::Ready(Err(Failed)),
        }
    }
}

/// Returns the branches. The last one fails.
fn branches(leaves: &Leaves) -> impl Iterator<Item = Branch<'_>> {
    leaves.all(1).map(Branch::Waits).chain([Branch::Fails])
}

/// Counts polls of the set until it returns the error. If the set does not return it at once, the other leaves are woken one at a
/// time.
fn polls<J: TryJoins>(n: usize) -> Figure {
    let (leaves, driver) = (Leaves::new(n - 1), Driver::in_order(n - 1));
    let mut polls = 1_u32;
    let joined = J::join(branches(&leaves));
    let outcome = driver.turns(joined, 0..leaves.len(), |leaf| {
        polls += 1;
        leaves.wake(leaf);
    });
    assert!(outcome.is_err());
    Figure::exact(J::NAME, polls)
}

fn enter<J: TryJoins>(race: &mut Race, n: usize) {
    let (leaves, driver) = (Leaves::new(n - 1), Driver::in_order(n - 1));
    race.add(J::NAME, n, move || {
        driver.one_at_a_time(&leaves, 1, J::join(branches(&leaves)))
    });
}
