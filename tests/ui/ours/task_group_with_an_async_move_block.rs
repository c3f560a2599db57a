//! A body that is an `async move` block.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(|tg| async move { tg.spawn(fetch(1)).await; }).await;
}

fn main() {}
