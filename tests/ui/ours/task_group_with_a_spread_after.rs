//! A spread after the body.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = [fetch(1)];
    task_group!(|tg| { tg.spawn(fetch(1)); }, ..xs).await;
}

fn main() {}
