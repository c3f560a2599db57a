//! A fraction where a duration is meant.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, timeout = 1.5).await.unwrap();
    a + b
}

fn main() {}
