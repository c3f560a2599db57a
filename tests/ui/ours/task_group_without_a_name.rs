//! A body without a parameter.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(|| { fetch(1).await; }).await;
}

fn main() {}
