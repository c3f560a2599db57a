//! A child of a group that cannot fail whose error is not determined.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async {
            std::fs::read("a")?;
            Ok(())
        });
    })
    .await;
}

fn main() {}
