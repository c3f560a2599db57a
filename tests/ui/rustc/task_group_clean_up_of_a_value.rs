//! Clean-up that returns a value.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.defer(async { 5 });
    })
    .await;
}

fn main() {}
