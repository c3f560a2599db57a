//! An option written with a colon.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(|tg| { tg.spawn(fetch(1)); }, limit: 2).await;
}

fn main() {}
