//! An error type that is not a type.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| { tg.spawn(async {}); Ok(()) }, error = 8).await.unwrap();
}

fn main() {}
