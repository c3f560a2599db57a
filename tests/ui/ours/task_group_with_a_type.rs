//! A body with a type for its parameter.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(|tg: &rejoin::TaskGroup<(), ()>| { tg.spawn(fetch(1)); }).await;
}

fn main() {}
