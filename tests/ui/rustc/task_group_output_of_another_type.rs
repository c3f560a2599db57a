//! A body with a return type that its value does not have.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| -> u32 {
        tg.spawn(async {});
        "a"
    })
    .await;
}

fn main() {}
