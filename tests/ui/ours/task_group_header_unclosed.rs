//! A header that is not closed.

use rejoin::task_group;

pub async fn run() {
    task_group!(<std::io::Error |tg| { tg.spawn(async {}); Ok(()) }).await.unwrap();
}

fn main() {}
