//! A whole number where a duration is meant.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, timeout = 30).await.unwrap();
    a + b
}

fn main() {}
