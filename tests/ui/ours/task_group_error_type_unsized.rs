//! An error type without a known size.

use rejoin::task_group;

pub async fn run() {
    task_group!(<dyn std::error::Error> |tg| { tg.spawn_scoped(async {}); Ok(()) }).await.unwrap();
}

fn main() {}
