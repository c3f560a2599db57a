//! A group with `join_next`, as a `JoinSet` has it.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async { 1 });
        while let Some(one) = tg.join_next().await {
            drop(one);
        }
    })
    .await;
}

fn main() {}
