//! `task_group!` with children that the group polls.

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures_concurrency::future::FutureGroup;
use tokio::task::yield_now;

use super::{UNIT, Workers};
use crate::sheet::{OURS, Sheet};
use crate::text::grouped;

const UNORDERED: &str = "futures::FuturesUnordered";
const CONCURRENCY: &str = "futures-concurrency";

/// Runs the rows.
pub(super) fn run(sheet: &mut Sheet) {
    let home = Workers::None.start();
    for children in [100, 1_000, 10_000] {
        let name = format!("`tg.spawn_scoped`, pending once, N = {}", grouped(children));
        sheet.timed(name, UNIT, None, |race| {
            home.enter(race, UNORDERED, children, unordered);
            home.enter(race, CONCURRENCY, children, concurrency);
            home.enter(race, OURS, children, scoped);
        });
    }
}

/// The work of a child: it waits once.
async fn child(number: usize) -> usize {
    yield_now().await;
    number
}

async fn unordered(children: usize) -> usize {
    let set: FuturesUnordered<BoxFuture<'_, usize>> =
        (0..children).map(|n| Box::pin(child(n)) as _).collect();
    set.fold(0, async |sum, number| sum + number).await
}

async fn concurrency(children: usize) -> usize {
    let mut group = FutureGroup::<BoxFuture<'_, usize>>::with_capacity(children);
    group.extend((0..children).map(|n| Box::pin(child(n)) as _));
    group.fold(0, async |sum, number| sum + number).await
}

async fn scoped(children: usize) {
    rejoin::task_group!(|tg| {
        for n in 0..children {
            tg.spawn_scoped(child(n));
        }
    })
    .await;
}
