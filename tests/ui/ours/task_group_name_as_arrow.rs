//! A body with `=>` instead of bars.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(tg => { tg.spawn(fetch(1)); }).await;
}

fn main() {}
