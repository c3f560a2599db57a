//! An error type where Rust has a return type.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| <std::io::Error> { tg.spawn(async {}); Ok(()) }).await.unwrap();
}

fn main() {}
