//! A duration where a number is meant.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, limit = 2s).await;
    a + b
}

fn main() {}
