//! `until` with a value that is no future.

use rejoin::gather;

pub async fn run(after: std::time::Duration) -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, until = after).await.unwrap();
    a + b
}

fn main() {}
