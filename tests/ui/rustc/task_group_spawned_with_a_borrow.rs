//! A group that is spawned, and borrows.

use rejoin::{spawn, task_group};

pub async fn run(name: &str) {
    spawn(task_group!(|tg| {
        tg.spawn_scoped(async { name.len() });
    }))
    .await;
}

fn main() {}
