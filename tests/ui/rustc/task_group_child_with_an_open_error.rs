//! A child of a plain group with an error type that is not determined.

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
