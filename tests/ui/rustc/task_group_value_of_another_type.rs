//! A group whose value is of another type than what it is used as.

use rejoin::task_group;

pub async fn run() -> u32 {
    task_group!(|tg| {
        tg.spawn(async {});
    })
    .await
}

fn main() {}
