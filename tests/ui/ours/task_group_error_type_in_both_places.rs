//! An error type in the header and after the body.

use rejoin::task_group;

pub async fn run() {
    task_group!(<std::io::Error> |tg| { tg.spawn(async {}); Ok(()) }, error = std::io::Error).await.unwrap();
}

fn main() {}
