//! A body that is a function.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(fetch).await;
}

fn main() {}
