//! An error type that is written twice.

use rejoin::task_group;

pub async fn run() {
    task_group!(<std::io::Error, error = std::io::Error> |tg| { tg.spawn(async {}); Ok(()) }).await.unwrap();
}

fn main() {}
