//! A body that says what it gives, and gives something else.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| -> u32 {
        tg.spawn(async {});
        "a"
    })
    .await;
}

fn main() {}
