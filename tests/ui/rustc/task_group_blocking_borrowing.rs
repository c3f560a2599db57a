//! A closure on a thread that borrows an argument.

use rejoin::task_group;

pub async fn run(name: &str) {
    task_group!(|tg| {
        tg.spawn_blocking(|| name.len());
    })
    .await;
}

fn main() {}
