//! A future where a closure belongs.

use rejoin::task_group;

async fn fetch() -> u8 {
    1
}

pub async fn run() {
    task_group!(|tg| {
        tg.spawn_blocking(fetch());
    })
    .await;
}

fn main() {}
