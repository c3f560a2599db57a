//! An option of `as_completed!` in the header.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(<each_timeout = 1s> |tg| { tg.spawn(fetch(1)); }).await;
}

fn main() {}
