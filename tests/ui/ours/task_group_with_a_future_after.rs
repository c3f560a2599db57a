//! A future after the body.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(|tg| { tg.spawn(fetch(1)); }, fetch(2)).await;
}

fn main() {}
