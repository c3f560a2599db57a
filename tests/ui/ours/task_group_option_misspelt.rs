//! A misspelt option.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(|tg| { tg.spawn(fetch(1)); }, timout = 2s).await;
}

fn main() {}
