//! A function that is not called, as a child.

use rejoin::task_group;

async fn fetch() -> u8 {
    1
}

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(fetch);
    })
    .await;
}

fn main() {}
