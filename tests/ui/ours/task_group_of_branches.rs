//! Branches instead of a body.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(fetch(1), fetch(2), limit = 2).await;
}

fn main() {}
