//! A group that is used after the call.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async {});
    })
    .await;
    tg.spawn(async {});
}

fn main() {}
