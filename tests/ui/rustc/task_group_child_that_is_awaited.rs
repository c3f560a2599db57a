//! A child that is awaited before it is spawned.

use rejoin::task_group;

async fn fetch() -> u8 {
    1
}

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(fetch().await);
    })
    .await;
}

fn main() {}
