//! An option that is written twice.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(|tg| { tg.spawn(fetch(1)); }, limit = 2, limit = 3).await;
}

fn main() {}
