//! A child that is not a future.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(7);
    })
    .await;
}

fn main() {}
