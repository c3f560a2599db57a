//! A loop instead of a body.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(for n in [1, 2] { fetch(n).await; }).await;
}

fn main() {}
