//! A child that is no future.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(7);
    })
    .await;
}

fn main() {}
