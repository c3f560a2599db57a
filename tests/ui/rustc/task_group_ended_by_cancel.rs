//! A group that is ended as others are.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.cancel();
    })
    .await;
}

fn main() {}
