//! A group with a value of another type than its use.

use rejoin::task_group;

pub async fn run() -> u32 {
    task_group!(|tg| {
        tg.spawn(async {});
    })
    .await
}

fn main() {}
