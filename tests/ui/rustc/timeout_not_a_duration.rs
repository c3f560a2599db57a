//! A timeout that is not a `Duration`.

use rejoin::gather;

pub async fn run(seconds: u64) -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, timeout = seconds).await.unwrap();
    a + b
}

fn main() {}
