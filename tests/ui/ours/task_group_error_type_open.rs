//! An error type `_`.

use rejoin::task_group;

pub async fn run() {
    let _ = task_group!(<_> |tg| {
        tg.spawn(async { std::fs::read("a").map(|_| ()) });
        Ok(())
    })
    .await;
}

fn main() {}
