//! A `?` in the body of a group that cannot fail.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async {});
        std::fs::read("a")?;
    })
    .await;
}

fn main() {}
